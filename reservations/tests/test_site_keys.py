"""What a site does to its own calendar, with its key: newevent, modifyevent and delete."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from conftest import Published
from reservations.models import LinkedBy, Reservation
from sitecfg import keys
from testing.cast import BEFORE_THE_NIGHTS as NOW
from testing.cast import OTHER_SITE, SITE, Api, Person, a_project, an_event, text, utc

pytestmark = pytest.mark.django_db

START = NOW + timedelta(hours=3)
NOT_THERE = f"This key belongs to {SITE}; it does not write for {OTHER_SITE}."


@pytest.fixture(autouse=True, params=[False, True], ids=["as documented", "strict"])
def _mode(request: pytest.FixtureRequest, settings: Settings) -> None:
    settings.REQUIRE_SITE_KEYS = request.param


class Site:
    """Whoever holds a key of `site`."""

    def __init__(self, kind: Any = "site", site: str = SITE) -> None:
        self.api = Api()
        _, self.key = keys.make(kind, site)

    def post(self, path: str, body: Any) -> Any:
        return self.api.send("POST", f"/calendar/{path}", body, Authorization=f"Bearer {self.key}")

    def modify(self, event: dict[str, Any], **changes: Any) -> Any:
        return self.post("modifyevent", {"originalEvent": event, "modifiedEvent": {**event, **changes}})


@pytest.fixture
def site(published: Published) -> Site:
    return Site()


def reserved(api: Api, who: Person, **changes: Any) -> dict[str, Any]:
    answer = api.post("/calendar/newevent", an_event(START, **changes), as_=who)
    event: dict[str, Any] = answer.json()["new_calendar_event"]
    return event


def test_it_works(site: Site, published: Published) -> None:
    sent = an_event(START, creator_id="auth0|alice", creator="Alice", title="For Alice", unknown=1)

    made = site.post("newevent", sent)
    event = made.json()["new_calendar_event"]
    changed = site.modify(event, title="Maintenance", end=utc(START + timedelta(hours=2)))
    deleted = site.post("delete", {"event_id": event["event_id"]})

    assert [answer.status_code for answer in (made, changed, deleted)] == [200, 200, 200]
    assert made.json() == {
        "table_response": {"ResponseMetadata": {"HTTPStatusCode": 200}},
        "new_calendar_event": {**sent, "last_modified": event["last_modified"]},
    }
    after = {"title": "Maintenance", "end": utc(START + timedelta(hours=2))}
    assert changed.json() == {**event, **after, "last_modified": changed.json()["last_modified"]}
    assert deleted.json() == {"message": "The event was deleted.", "event_id": event["event_id"]}
    assert [pushed["change"] for pushed in published.of("calendar")] == ["created", "modified", "deleted"]
    assert not Reservation.objects.exists()


@pytest.mark.parametrize(
    ("sent", "holder"),
    [
        ({}, (SITE, SITE)),
        ({"creator_id": "", "creator": "The dome"}, (SITE, "The dome")),
        ({"creator_id": SITE}, (SITE, SITE)),
        ({"creator_id": "auth0|bob"}, ("auth0|bob", "auth0|bob")),
    ],
    ids=str,
)
def test_it_belongs_to_whom_the_body_says_or_to_the_site(
    site: Site, sent: dict[str, Any], holder: tuple[str, str]
) -> None:
    body = {**an_event(START), **sent}
    for key in {"creator_id", "creator"} - sent.keys():
        del body[key]

    event = site.post("newevent", body).json()["new_calendar_event"]

    assert (event["creator_id"], event["creator"]) == holder


def test_anybodys_event_at_the_site_is_changed_and_deleted(site: Site, api: Api, alice: Person) -> None:
    event = reserved(api, alice)

    changed = site.modify(event, title="Clouds")

    assert changed.json() == {**event, "title": "Clouds", "last_modified": changed.json()["last_modified"]}
    assert site.post("delete", {"event_id": event["event_id"]}).status_code == 200
    assert not Reservation.objects.exists()


def test_the_scheduler_s_events_may_lie_over_people_s(site: Site, api: Api, alice: Person) -> None:
    reserved(api, alice)

    planned = site.post("newevent", an_event(START, origin="LCO"))
    own = site.post("newevent", an_event(START))

    assert planned.json()["new_calendar_event"]["origin"] == "LCO"
    assert (own.status_code, text(own)) == (
        409,
        f"saf is reserved by Alice from {utc(START)} to {utc(START + timedelta(minutes=30))}; "
        "please choose another time.",
    )
    assert Reservation.objects.get(by_scheduler=True).exclusive is False


def test_it_is_free_of_the_limits(site: Site) -> None:
    long = {"start": utc(NOW - timedelta(days=2)), "end": utc(NOW + timedelta(days=400))}

    answers = [site.post("newevent", an_event(START, **long)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]


def test_it_puts_in_projects_of_others(site: Site, api: Api, alice: Person, admin: Person) -> None:
    project = a_project(user_id="auth0|carol")
    named = f"{project['project_name']}#{project['created_at']}"
    api.post("/projects/new-project", project, as_=admin)

    made = site.post("newevent", an_event(START, creator_id=alice.user_id, project_id=named))
    later = reserved(api, alice, start=utc(START + timedelta(hours=1)), end=utc(START + timedelta(hours=2)))
    assert site.modify(later, project_id=named).status_code == 200

    assert made.json()["warnings"] == []
    assert set(Reservation.objects.values_list("linked_by", "linked_project__user_id")) == {
        (LinkedBy.SITE, "auth0|carol")
    }
    window = {"site": SITE, "start": utc(NOW), "end": utc(NOW + timedelta(days=1))}
    told = api.post("/calendar/siteevents", {**window, "full_project_details": False}).json()
    assert [event["project_id"] for event in told] == [named, named]


def test_another_site_s_calendar_is_not_touched(site: Site, api: Api, alice: Person) -> None:
    there = reserved(api, alice, site=OTHER_SITE)
    here = reserved(api, alice)

    refused = [
        site.post("newevent", an_event(START, site=OTHER_SITE)),
        site.modify(there, title="mine"),
        site.modify(there, site=SITE),
        site.modify(here, site=OTHER_SITE),
        site.post("delete", {"event_id": there["event_id"]}),
    ]

    assert [(answer.status_code, text(answer)) for answer in refused] == [(403, NOT_THERE)] * 5
    kept = Reservation.objects.order_by("site").values_list("event_id", "site", "title")
    assert list(kept) == [
        (there["event_id"], OTHER_SITE, there["title"]),
        (here["event_id"], SITE, here["title"]),
    ]


@pytest.mark.parametrize("kind", ["pipe", "datastream"])
def test_other_keys_open_no_calendar(published: Published, kind: str) -> None:
    holder = Site(kind, "")

    for path, body in (
        ("newevent", an_event(START)),
        ("modifyevent", {"originalEvent": {"event_id": "1"}, "modifiedEvent": {}}),
        ("delete", {"event_id": "1"}),
    ):
        answer = holder.post(path, body)
        assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
