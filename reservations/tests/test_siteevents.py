"""POST /calendar/siteevents: what telescopes decide by whether they go on observing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from photonranch.api.signals import site_called
from reservations.models import Reservation, Reservations
from testing.cast import OTHER_SITE, Api, Person, a_project, an_event, text, utc

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]

NIGHT = datetime(2026, 11, 22, 4, tzinfo=UTC)
DAY = {"site": "saf", "start": "2026-11-22T00:00:00Z", "end": "2026-11-23T00:00:00Z"}


def make(api: Api, who: Person, start: datetime, minutes: float = 30, /, **changes: Any) -> dict[str, Any]:
    answer = api.post("/calendar/newevent", an_event(start, minutes, **changes), as_=who)
    event: dict[str, Any] = answer.json()["new_calendar_event"]
    return event


def test_it_works(api: Api, alice: Person) -> None:
    second = make(api, alice, NIGHT + timedelta(hours=2))
    first = make(api, alice, NIGHT)
    make(api, alice, NIGHT, site=OTHER_SITE)
    make(api, alice, NIGHT + timedelta(days=1))

    assert api.post("/calendar/siteevents", DAY).json() == [first, second]


@pytest.mark.parametrize(
    ("start", "end", "seen"),
    [
        (NIGHT + timedelta(minutes=5), NIGHT + timedelta(minutes=6), True),
        (NIGHT - timedelta(hours=1), NIGHT + timedelta(minutes=1), True),
        (NIGHT + timedelta(minutes=29), NIGHT + timedelta(hours=1), True),
        (NIGHT - timedelta(hours=1), NIGHT - timedelta(seconds=1), False),
        (NIGHT + timedelta(minutes=31), NIGHT + timedelta(hours=1), False),
    ],
)
def test_what_overlaps_the_window_is_seen(
    api: Api, alice: Person, start: datetime, end: datetime, seen: bool
) -> None:
    """Also what begins before it and ends after it: a long block is running all the while."""
    make(api, alice, NIGHT)

    found = api.post("/calendar/siteevents", {"site": "saf", "start": utc(start), "end": utc(end)}).json()

    assert len(found) == seen


def test_projects_come_along_in_a_fixed_number_of_queries(
    api: Api, alice: Person, django_assert_num_queries: Any
) -> None:
    for number in range(3):
        project = a_project(project_name=f"m{number}")
        api.post("/projects/new-project", project)
        start = NIGHT + timedelta(hours=number)
        make(api, alice, start, project_id=f"m{number}#{project['created_at']}")
    for number, project_id in enumerate(["none", "none#", "none#undefined", "lost#2020-01-01T00:00:00Z"], 3):
        make(api, alice, NIGHT + timedelta(hours=number), project_id=project_id)

    body = {**DAY, "full_project_details": True}
    with django_assert_num_queries(2):
        # As a page does: when a site last asked is written down now and then.
        found = api.send("POST", "/calendar/siteevents", body, Origin="http://testserver").json()

    assert [event.get("project") for event in found] == [
        *(a_project(project_name=f"m{number}") for number in range(3)),
        *(None, None, None),
        "Project not found.",
    ]
    plain = api.post("/calendar/siteevents", {**DAY, "full_project_details": False}).json()
    assert not [event for event in plain if "project" in event]


CREATED_AT = "2026-11-20T22:58:14Z"
TELESCOPES = [
    {"full_project_details": False},
    {"full_project_details": "false"},
    {"full_project_details": 0},
    {"full_project_details": None},
    {"full_project_details:": False},
]
OTHERS: list[dict[str, Any]] = [{}, {"full_project_details": True}]
NAMED = ["own#" + CREATED_AT, "another's#" + CREATED_AT, "nobody's#" + CREATED_AT, "none#", "none#undefined"]


def what_is_named(api: Api, alice: Person, bob: Person, form: dict[str, Any]) -> list[str]:
    """The texts that a caller gets of Alice's events, which name NAMED; of those she made one project."""
    for name, owner in (("own", alice), ("another's", bob)):
        api.post("/projects/new-project", a_project(project_name=name, user_id=owner.user_id))
    for hour, project_id in enumerate(NAMED):
        make(api, alice, NIGHT + timedelta(hours=hour), project_id=project_id)
    # Made when the event was there: nobody put it in.
    late = a_project(project_name="nobody's", user_id=alice.user_id)
    api.post("/projects/new-project", late)
    answer = api.post("/calendar/siteevents", {**DAY, **form})
    assert answer.status_code == 200, answer.content
    return [event["project_id"] for event in answer.json()]


@pytest.mark.parametrize("form", TELESCOPES, ids=str)
def test_a_telescope_is_told_of_no_project_that_the_event_does_not_deliver(
    api: Api, alice: Person, bob: Person, form: dict[str, Any]
) -> None:
    assert what_is_named(api, alice, bob, form) == [NAMED[0], "none", "none", "none", "none"]


@pytest.mark.parametrize("form", OTHERS, ids=str)
def test_everybody_else_reads_what_was_sent(
    api: Api, alice: Person, bob: Person, form: dict[str, Any]
) -> None:
    assert what_is_named(api, alice, bob, form) == NAMED


def test_nor_of_one_that_it_would_take_for_another(api: Api, alice: Person) -> None:
    """It splits the text at every "#": the rest of a date with one in it would be cut off."""
    project = a_project(created_at=CREATED_AT + "#2")
    api.post("/projects/new-project", project)
    event = make(api, alice, NIGHT, project_id=f"m31#{CREATED_AT}#2")

    [whole] = api.post("/calendar/siteevents", {**DAY, "full_project_details": True}).json()
    [told] = api.post("/calendar/siteevents", {**DAY, "full_project_details": False}).json()

    assert whole == {**event, "project": project}
    assert told == {**event, "project_id": "none"}


def test_it_is_known_when_a_site_last_asked(api: Api) -> None:
    asked = []

    def heard(site: str, endpoint: str, **_: Any) -> None:
        asked.append((site, endpoint))

    site_called.connect(heard)
    try:
        api.post("/calendar/siteevents", DAY)
    finally:
        site_called.disconnect(heard)

    assert asked == [("saf", "siteevents")]


def test_a_failure_is_an_object_and_never_an_empty_list(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(Reservations, "overlapping", fail)
    answer = api.post("/calendar/siteevents", DAY)

    assert answer.status_code == 503
    assert isinstance(answer.json(), dict)
    assert answer.json()["message"]


def test_so_is_a_mistake_of_our_own(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Reservations, "overlapping", fail)
    answer = api.post("/calendar/siteevents", DAY)

    assert answer.status_code == 503
    assert answer.json()["message"]


@pytest.mark.parametrize("missing", ["site", "start", "end"])
def test_bad_input_names_the_field(api: Api, missing: str) -> None:
    answer = api.post("/calendar/siteevents", {key: value for key, value in DAY.items() if key != missing})

    assert (answer.status_code, text(answer)) == (400, f"{missing}: this key is missing.")


def test_a_window_holds_at_most_so_many(api: Api, alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reservations, "MOST", 2)
    for hour in range(3):
        make(api, alice, NIGHT + timedelta(hours=hour))

    assert len(api.post("/calendar/siteevents", DAY).json()) == 2
    assert Reservation.objects.count() == 3
