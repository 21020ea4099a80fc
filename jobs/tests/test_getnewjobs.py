"""POST /jobs/getnewjobs."""

from typing import Any

import pytest
from django.db import OperationalError

from conftest import Published
from jobs import services
from jobs.models import ALTERNATE, Job
from photonranch.auth.callers import Caller
from testing.cast import SITE, Api, a_command, at_once, text

pytestmark = pytest.mark.django_db

SOMEBODY = Caller("user", "auth0|alice", "Alice")


def ask(**changes: Any) -> Job:
    return services.create_job(SOMEBODY, a_command(**changes))


def poll(api: Api, **more: Any) -> list[dict[str, Any]]:
    answer = api.post("/jobs/getnewjobs", {"site": SITE, **more})
    assert answer.status_code == 200
    jobs: list[dict[str, Any]] = answer.json()
    return jobs


def test_it_works(api: Api, published: Published) -> None:
    first, second = ask(), ask(action="stop")
    ask(site="mrc1")
    published.clear()

    jobs = poll(api)

    # As they were before they were taken: the documentation's own example shows UNREAD.
    assert [job["statusId"] for job in jobs] == [f"UNREAD#{first.ulid}", f"UNREAD#{second.ulid}"]
    assert [job["statusId"] for job in published.of("jobs")] == [
        f"RECEIVED#{first.ulid}",
        f"RECEIVED#{second.ulid}",
    ]
    assert poll(api) == []


def test_everything_the_telescope_reads_is_there(api: Api, published: Published) -> None:
    ask()

    [job] = poll(api)
    assert isinstance(job["timestamp_ms"], int)
    assert isinstance(job["required_params"], dict)
    assert isinstance(job["optional_params"], dict)
    assert isinstance(job["user_roles"], list)
    assert {"action", "deviceType", "deviceInstance", "user_id", "user_name"} <= job.keys()


def test_nothing_waiting_is_an_empty_list_and_one_query(
    api: Api, published: Published, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert poll(api) == []


def test_the_two_queues_are_independent(api: Api, published: Published) -> None:
    job = ask()

    assert [each["ulid"] for each in poll(api, alternateQueue=True)] == [job.ulid]
    assert poll(api, alternateQueue=True) == []
    [fetched] = poll(api)
    assert fetched["statusId"] == f"UNREAD#{job.ulid}"
    assert fetched["replicaStatusId"] == f"RECEIVED#{job.ulid}"
    assert poll(api) == []


def test_a_command_to_a_screen_arrives_alone(api: Api, published: Published) -> None:
    """The client fails over it, and drops whatever came in the same answer."""
    before, screen, after = ask(), ask(device="screen", instance="screen", action="turn_on"), ask()

    assert [job["ulid"] for job in poll(api)] == [before.ulid]
    assert [job["ulid"] for job in poll(api)] == [screen.ulid]
    assert [job["ulid"] for job in poll(api)] == [after.ulid]


@pytest.mark.parametrize("failure", [OperationalError("gone"), RuntimeError("a bug")])
def test_a_failure_answers_an_empty_list(
    api: Api, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """Text would jam the telescope's sequencer, an object would clear an operator's stop."""

    def fail(*_: Any) -> None:
        raise failure

    monkeypatch.setattr(services, "claim_unread", fail)
    answer = api.post("/jobs/getnewjobs", {"site": SITE})

    assert answer.status_code == 503
    assert answer.json() == []


def test_in_strict_mode_a_stranger_gets_an_empty_list_too(api: Api, settings: Any) -> None:
    settings.REQUIRE_SITE_KEYS = True
    answer = api.post("/jobs/getnewjobs", {"site": SITE})

    assert (answer.status_code, answer.json()) == (401, [])


def test_a_missing_site_is_named(api: Api) -> None:
    answer = api.post("/jobs/getnewjobs")

    assert answer.status_code == 400
    assert text(answer) == "site: this key is missing."


@pytest.mark.django_db(transaction=True)
def test_eight_pollers_get_each_job_once() -> None:
    issued = {ask().ulid for _ in range(40)}

    def poll_until_nothing_is_left(_: int) -> list[str]:
        api, mine = Api(), list[str]()
        while Job.objects.unread(SITE).exists():
            mine += [job["ulid"] for job in poll(api)]
        return mine

    delivered = [ulid for mine in at_once(8, poll_until_nothing_is_left) for ulid in mine]
    assert len(delivered) == len(set(delivered))
    assert set(delivered) == issued


@pytest.mark.django_db(transaction=True)
def test_jobs_asked_for_while_pollers_poll_are_delivered_once() -> None:
    def work(number: int) -> tuple[list[str], list[str]]:
        if number < 3:
            return [ask().ulid for _ in range(10)], []
        api, got = Api(), list[str]()
        for _ in range(15):
            got += [job["ulid"] for job in poll(api)]
        return [], got

    results = at_once(8, work)
    issued = [ulid for asked, _ in results for ulid in asked]
    delivered = [ulid for _, got in results for ulid in got]
    delivered += [job["ulid"] for job in poll(Api())]
    assert sorted(delivered) == sorted(issued)


@pytest.mark.django_db(transaction=True)
def test_both_queues_at_once_do_not_disturb_each_other() -> None:
    issued = sorted(ask().ulid for _ in range(20))

    def fetch(number: int) -> list[str]:
        api = Api()
        return [job["ulid"] for _ in range(4) for job in poll(api, alternateQueue=number % 2 == 0)]

    results = at_once(6, fetch)
    assert sorted(ulid for mine in results[::2] for ulid in mine) == issued
    assert sorted(ulid for mine in results[1::2] for ulid in mine) == issued
    assert not Job.objects.unread(SITE, ALTERNATE).exists()
