"""A command to a place that is too low now: sent, and a sentence comes along."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from jobs.models import Job
from sitecfg import services as sites
from sitecfg.tests.cast import obs_configuration, put_both
from testing.cast import Api, Person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _night() -> Any:
    """M31 stands 84° high over saf at 03:23 UTC."""
    with time_machine.travel(datetime(2026, 11, 27, 3, 23, tzinfo=UTC), tick=False):
        put_both()
        yield


def go(api: Api, alice: Person, **params: Any) -> Any:
    body = {
        "site": "saf", "device": "mount", "instance": "eastpier", "action": "go",
        "required_params": params, "optional_params": {"object": "x"},
    }  # fmt: skip
    answer = api.post("/jobs/newjob", body, as_=alice)
    assert answer.status_code == 200, answer.content
    assert Job.objects.count() == 1
    return answer.json()


def test_a_place_that_is_high_is_no_matter(api: Api, alice: Person) -> None:
    assert "warnings" not in go(api, alice, ra="0.7123", dec="41.269")


@pytest.mark.parametrize(
    ("params", "where"),
    [
        (
            {"ra": "0.7123", "dec": "-46"},
            "9° high",
        ),
        (
            {"ra": 12.7, "dec": -41},
            "84° below the horizon",
        ),
        ({"alt": "10", "az": "180"}, "10° high"),
        ({"ha": "0", "dec": "-46"}, "8° high"),
    ],
)
def test_a_place_that_is_too_low(api: Api, alice: Person, params: Any, where: str) -> None:
    sentence = f"That place is {where} at saf now; the site takes nothing below 15°."

    assert go(api, alice, **params)["warnings"] == [sentence]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"ra": "soon", "dec": "5"},
        {"ra": "5"},
        {"ra": "NaN", "dec": "-80"},
        {"ra": 99, "dec": -80},
        {"alt": 5},
    ],
)
def test_what_names_no_place_is_the_telescopes_matter(api: Api, alice: Person, params: Any) -> None:
    assert "warnings" not in go(api, alice, **params)


def test_the_limit_is_the_sites(api: Api, alice: Person) -> None:
    sites.put_configuration("saf", obs_configuration(lowest_requestable_altitude=5))

    assert "warnings" not in go(api, alice, ra="0.7123", dec="-46")


def test_where_nobody_knows_the_place(api: Api, alice: Person) -> None:
    sites.put_configuration("saf", obs_configuration(wema_name="nowhere"))

    assert "warnings" not in go(api, alice, ra="0.7123", dec="-46")
