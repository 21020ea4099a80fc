"""POST /jobs/getrecentjobs."""

from typing import Any

import pytest
import time_machine

from conftest import Published
from jobs import services
from jobs.models import Job, Jobs
from photonranch.auth.callers import Caller
from testing.cast import SITE, Api, a_command, text

pytestmark = pytest.mark.django_db

SOMEBODY = Caller("user", "auth0|alice", "Alice")
HOUR_MS = 3_600_000
NOW = 1_800_000_000


def ask(hours_ago: float, **changes: Any) -> Job:
    with time_machine.travel(NOW - hours_ago * 3600, tick=False):
        return services.create_job(SOMEBODY, a_command(**changes))


def recent(api: Api, **body: Any) -> list[str]:
    with time_machine.travel(NOW, tick=False):
        return [job["ulid"] for job in api.post("/jobs/getrecentjobs", {"site": SITE, **body}).json()]


def test_it_works(api: Api, published: Published) -> None:
    _, second, third = ask(3), ask(1), ask(0.5)
    ask(0.2, site="mrc1")

    assert recent(api, timeRange=2 * HOUR_MS) == [second.ulid, third.ulid]


def test_without_a_range_it_is_a_day(api: Api, published: Published) -> None:
    ask(25)
    job = ask(23)

    assert recent(api) == [job.ulid]


def test_of_too_many_the_newest_are_answered(
    api: Api, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Jobs, "MAX_RECENT", 2)
    jobs = [ask(hours_ago) for hours_ago in (4, 3, 2, 1)]

    assert recent(api, timeRange=10 * HOUR_MS) == [job.ulid for job in jobs[2:]]


@pytest.mark.parametrize(("body", "names"), [({}, "site"), ({"site": SITE, "timeRange": "all"}, "timeRange")])
def test_bad_input_names_the_field(api: Api, body: dict[str, Any], names: str) -> None:
    answer = api.post("/jobs/getrecentjobs", body)

    assert answer.status_code == 400
    assert text(answer).startswith(f"{names}: ")
