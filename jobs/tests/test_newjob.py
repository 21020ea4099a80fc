"""POST /jobs/newjob."""

import time
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
import time_machine

from conftest import Published
from jobs.models import Job
from sitecfg.models import Site
from testing.cast import SITE, WEMA, Api, Person, a_command, at_once, text

pytestmark = pytest.mark.django_db


def test_it_works(api: Api, alice: Person, published: Published) -> None:
    before_ms = time.time_ns() // 1_000_000
    answer = api.post("/jobs/newjob", a_command(), as_=alice)

    assert answer.status_code == 200
    job = answer.json()
    assert job["statusId"] == f"UNREAD#{job['ulid']}"
    assert job["replicaStatusId"] == f"UNREAD#{job['ulid']}"
    assert len(job["ulid"]) == 26
    assert before_ms <= job["timestamp_ms"] <= time.time_ns() // 1_000_000
    assert (job["site"], job["deviceType"], job["deviceInstance"], job["action"]) == (
        "saf",
        "camera",
        "camera_1_1",
        "expose",
    )
    assert job["required_params"] == a_command()["required_params"]
    assert job["optional_params"] == a_command()["optional_params"]
    assert "secondsUntilComplete" not in job
    assert published.of("jobs") == [job]


def test_identity_and_roles_come_from_the_token(api: Api, alice: Person, published: Published) -> None:
    job = api.post(
        "/jobs/newjob",
        a_command(user_id="auth0|ada", user_name="Ada", user_roles=["admin", "owner"]),
        as_=alice,
    ).json()

    assert (job["user_id"], job["user_name"], job["user_roles"]) == ("auth0|alice", "Alice", [])


def test_an_admin_s_roles_are_a_list_for_the_telescope(api: Api, admin: Person, published: Published) -> None:
    assert api.post("/jobs/newjob", a_command(), as_=admin).json()["user_roles"] == ["admin"]


def test_params_pass_through_as_they_came(api: Api, alice: Person, published: Published) -> None:
    params = {"time": "1", "a": 1, "b": 1.5, "c": None, "d": [], "e": {"f": ""}, "ü %/^'": "π"}
    job = api.post(
        "/jobs/newjob", a_command(required_params=params, optional_params=params), as_=alice
    ).json()

    assert job["required_params"] == job["optional_params"] == params
    Job.objects.get().refresh_from_db()
    assert Job.objects.get().required_params == params


def test_the_query_is_decoration(api: Api, alice: Person, published: Published) -> None:
    job = api.post("/jobs/newjob?site=elsewhere", a_command(), as_=alice).json()

    assert job["site"] == SITE


@pytest.mark.parametrize("authorization", ["", "Bearer undefined"])
def test_without_a_user_it_is_unauthorized(api: Api, published: Published, authorization: str) -> None:
    answer = api.send("POST", "/jobs/newjob", a_command(), None, authorization=authorization)

    assert answer.status_code == 401
    assert answer.json() == {"message": "Unauthorized"}
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "key", ["site", "device", "instance", "action", "required_params", "optional_params"]
)
def test_a_missing_key_is_named(api: Api, alice: Person, published: Published, key: str) -> None:
    command = a_command()
    del command[key]
    answer = api.post("/jobs/newjob", command, as_=alice)

    assert answer.status_code == 400
    assert text(answer) == f"{key}: this key is missing."
    assert not published


@pytest.mark.parametrize(
    "change",
    [
        {"site": "no such/site"},
        {"device": ["camera"]},
        {"action": ""},
        {"required_params": "time=1"},
        {"optional_params": [1]},
        {"device": "x" * 101},
    ],
)
def test_bad_input_names_the_field(
    api: Api, alice: Person, published: Published, change: dict[str, Any]
) -> None:
    answer = api.post("/jobs/newjob", a_command(**change), as_=alice)

    assert answer.status_code == 400
    assert text(answer).startswith(f"{next(iter(change))}: ")
    assert not Job.objects.exists()


def test_while_someone_else_holds_the_site(
    api: Api, alice: Person, bob: Person, admin: Person, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held_by_bob(site: str, at: datetime) -> frozenset[str]:
        return frozenset([bob.user_id]) if site == SITE else frozenset()

    monkeypatch.setattr("jobs.services.holders", held_by_bob)

    refused = api.post("/jobs/newjob", a_command(), as_=alice)
    assert refused.status_code == 401
    assert "Someone else has a reservation" in text(refused)
    assert api.post("/jobs/newjob", a_command(), as_=bob).status_code == 200
    assert api.post("/jobs/newjob", a_command(), as_=admin).status_code == 200
    assert api.post("/jobs/newjob", a_command(site="mrc1"), as_=alice).status_code == 200


def test_commands_to_a_wema_need_the_role_admin(
    api: Api, alice: Person, admin: Person, published: Published
) -> None:
    Site.objects.create(code=WEMA, kind=Site.Kind.WEMA, wema=WEMA)
    command = a_command(
        site=WEMA, device="enclosure", instance="enclosure1", action="open", required_params={}
    )

    refused = api.post("/jobs/newjob", command, as_=alice)
    assert refused.status_code == 401
    assert "admin" in text(refused)
    assert not Job.objects.exists()
    assert api.post("/jobs/newjob", command, as_=admin).status_code == 200


def test_a_restart_goes_to_the_alternate_queue_alone(api: Api, admin: Person, published: Published) -> None:
    restart = a_command(device="all", instance="all", action="observatory_restart")
    job = api.post("/jobs/newjob", restart, as_=admin).json()

    assert job["statusId"] == f"ALTERNATE#{job['ulid']}"
    assert api.post("/jobs/getnewjobs", {"site": SITE}).json() == []
    [fetched] = api.post("/jobs/getnewjobs", {"site": SITE, "alternateQueue": True}).json()
    assert fetched["ulid"] == job["ulid"]


class TestOrder:
    """ULIDs and `timestamp_ms` grow strictly per site, whatever the clock does."""

    def test_when_the_clock_stands_still(self, api: Api, alice: Person, published: Published) -> None:
        with time_machine.travel(1_800_000_000, tick=False):
            jobs = [api.post("/jobs/newjob", a_command(), as_=alice).json() for _ in range(5)]

        assert all(a["timestamp_ms"] + 1 == b["timestamp_ms"] for a, b in pairwise(jobs))
        assert all(a["ulid"] < b["ulid"] for a, b in pairwise(jobs))

    def test_when_the_clock_jumps_back(self, api: Api, alice: Person, published: Published) -> None:
        with time_machine.travel(1_800_000_000, tick=False):
            first = api.post("/jobs/newjob", a_command(), as_=alice).json()
        with time_machine.travel(1_799_990_000, tick=False):
            second = api.post("/jobs/newjob", a_command(), as_=alice).json()

        assert second["timestamp_ms"] == first["timestamp_ms"] + 1
        assert second["ulid"] > first["ulid"]

    def test_sites_do_not_wait_for_each_other(self, api: Api, alice: Person, published: Published) -> None:
        with time_machine.travel(1_800_000_000, tick=False):
            here = api.post("/jobs/newjob", a_command(), as_=alice).json()
            there = api.post("/jobs/newjob", a_command(site="mrc1"), as_=alice).json()

        assert here["timestamp_ms"] == there["timestamp_ms"]

    @pytest.mark.django_db(transaction=True)
    def test_when_many_ask_at_once(self, alice: Person) -> None:
        token = alice

        def ask(_: int) -> list[dict[str, Any]]:
            api = Api()
            return [api.post("/jobs/newjob", a_command(), as_=token).json() for _ in range(5)]

        jobs = [job for mine in at_once(6, ask) for job in mine]
        by_time = sorted(jobs, key=lambda job: job["timestamp_ms"])
        assert len({job["timestamp_ms"] for job in jobs}) == 30
        assert [job["ulid"] for job in by_time] == sorted(job["ulid"] for job in jobs)
