"""Whatever people do with projects and events: nobody's event delivers what neither its holder nor somebody
with a right to it put there, and nothing else than a small plain model of both comes out.

Every project carries a serial number that no client chooses: one that is made anew under an old name is seen
to be another.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from hypothesis.stateful import run_state_machine_as_test as run

from conftest import Published
from projects.models import Project
from reservations.models import Reservation
from sitecfg import keys
from testing.cast import (
    ADMIN,
    ALICE,
    BOB,
    OTHER_SITE,
    SCHEDULER,
    SITE,
    Api,
    Person,
    a_project,
    an_event,
    an_exposure,
    utc,
)

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 11, 22, 0, tzinfo=UTC)
WINDOW = {"start": utc(NIGHT), "end": utc(NIGHT + timedelta(days=1)), "full_project_details": True}
CREATED_AT = "2026-11-20T22:58:14Z"
PEOPLE = {"alice": ALICE, "bob": BOB, "admin": ADMIN, "scheduler": SCHEDULER}
RIGHTS = {"admin": "admin", "scheduler": "scheduler"}

names = st.sampled_from(["m31", "m32", "none"])
texts = st.sampled_from(
    [f"m31#{CREATED_AT}", f"m32#{CREATED_AT}", f"none#{CREATED_AT}", "none#undefined", ""]
)
people = st.sampled_from(sorted(PEOPLE))
anybody = st.sampled_from([*sorted(PEOPLE), "nobody", "key"])
sites = st.sampled_from([SITE, OTHER_SITE])
hours = st.integers(0, 3)


@dataclass(eq=False)
class PlainProject:
    serial: int
    name: str
    owner: str
    # Filter → frames wanted, left, taken; in the order of the exposures.
    exposures: dict[str, list[Any]] = field(default_factory=lambda: {"w": [3, 3, []], "HA": [2, 2, []]})

    @property
    def text(self) -> str:
        return f"{self.name}#{CREATED_AT}"


@dataclass(eq=False)
class PlainEvent:
    event_id: str
    holder: str
    site: str
    hour: int
    text: str = "none"
    planned: bool = False
    link: PlainProject | None = None
    right: str = ""

    def delivers(self) -> PlainProject | None:
        found = self.link
        own = found is not None and found.owner == PEOPLE[self.holder].user_id
        return found if found and found.text == self.text and (own or self.right) else None

    def put_in(self, text: str, project: PlainProject | None, right: str) -> None:
        if project is not None and self.text == text and self.delivers() is project:
            return
        self.text = text or "none"
        counts = project is not None and (right or project.owner == PEOPLE[self.holder].user_id)
        self.link, self.right = (project, right) if counts else (None, "")


class Calendar(RuleBasedStateMachine):
    key: ClassVar[str]

    projects = Bundle("projects")
    events = Bundle("events")

    def __init__(self) -> None:
        super().__init__()
        Reservation.objects.all().delete()
        Project.objects.all().delete()
        self.api = Api()
        self.serials = 0
        self.there: list[PlainProject] = []
        self.calendar: list[PlainEvent] = []
        # (event id, serial): what somebody with a right to others' time put there.
        self.blessed: set[tuple[str, int]] = set()

    # --- Helpers ------------------------------------------------------------------------------------------

    def call(self, path: str, body: Any, who: str = "nobody") -> Any:
        if who == "key":
            return self.api.send("POST", path, body, Authorization=f"Bearer {self.key}")
        person: Person | None = PEOPLE.get(who)
        return self.api.post(path, body, as_=person)

    def named(self, text: str) -> PlainProject | None:
        return next((each for each in self.there if each.text == text and each.name != "none"), None)

    def right(self, who: str, site: str) -> str:
        return "site" if who == "key" and site == SITE else RIGHTS.get(who, "")

    def put_in(self, event: PlainEvent, text: str, right: str) -> None:
        project = self.named(text)
        event.put_in(text, project, right)
        if project is not None and right:
            self.blessed.add((event.event_id, project.serial))

    def is_taken(self, event: PlainEvent, who: str, site: str, hour: int, *, planned: bool) -> bool:
        """Whether somebody is in the way of `who`, who takes that time for `event`."""
        held = [
            each
            for each in self.calendar
            if (each.site, each.hour) == (site, hour) and each is not event and not each.planned
        ]
        others = [each for each in held if each.holder != event.holder]
        if planned or who == "admin":
            return False
        return bool(others) or (not self.right(who, site) and len(others) < len(held))

    # --- Projects -----------------------------------------------------------------------------------------

    @rule(target=projects, name=names, owner=people)
    def make_project(self, name: str, owner: str) -> Any:
        """By nobody known, who claims any owner."""
        self.serials += 1
        made = PlainProject(self.serials, name, PEOPLE[owner].user_id)
        document = a_project(
            project_name=name,
            user_id=made.owner,
            exposures=[an_exposure("w", "3"), an_exposure("HA", "2")],
            remaining=[3, 2],
            serial=made.serial,
        )
        answer = self.call("/projects/new-project", document)
        expected = 400 if name == "none" else 409 if self.named(made.text) else 200
        assert answer.status_code == expected, answer.content
        if expected != 200:
            return multiple()
        self.there.append(made)
        return made

    @rule(project=projects, name=names, who=people)
    def rename(self, project: PlainProject, name: str, who: str) -> None:
        if project not in self.there:
            return
        body = {**self.id_of(project), "project_changes": {"project_name": name, "user_id": "somebody else"}}
        answer = self.call("/projects/modify-project", body, who)
        expected = 200
        if who != "admin" and PEOPLE[who].user_id != project.owner:
            expected = 403
        elif name == "none":
            expected = 400
        elif self.named(f"{name}#{CREATED_AT}") not in (None, project):
            expected = 409
        assert answer.status_code == expected, answer.content
        if expected == 200:
            followers = [event for event in self.calendar if event.delivers() is project]
            project.name = name
            for event in followers:
                event.text = project.text

    @rule(project=projects, counts=st.tuples(st.integers(1, 4), st.integers(1, 4)), swapped=st.booleans())
    def ask_for_more(self, project: PlainProject, counts: tuple[int, int], swapped: bool) -> None:
        if project not in self.there:
            return
        wanted = dict(zip(("w", "HA"), counts, strict=True))
        order = ["HA", "w"] if swapped else ["w", "HA"]
        exposures = [an_exposure(each, str(wanted[each])) for each in order]
        body = {**self.id_of(project), "project_changes": {"exposures": exposures}}
        assert self.call("/projects/modify-project", body, "admin").status_code == 200
        before = project.exposures
        project.exposures = {
            each: [wanted[each], max(0, left + wanted[each] - count), taken]
            for each in order
            for count, left, taken in [before[each]]
        }

    @rule(project=projects, index=st.integers(0, 1), number=st.integers(0, 5))
    def report_frame(self, project: PlainProject, index: int, number: int) -> None:
        body = {**self.id_of(project), "exposure_index": index, "base_filename": f"saf-{number}"}
        answer = self.call("/projects/add-project-data", body)
        found = self.named(project.text)
        assert answer.status_code == (200 if found else 404)
        if found is not None:
            line = list(found.exposures.values())[index]
            if f"saf-{number}" not in line[2]:
                line[1] = max(0, line[1] - 1)
                line[2].append(f"saf-{number}")

    @rule(project=projects, who=people)
    def delete_project(self, project: PlainProject, who: str) -> None:
        if project not in self.there:
            return
        answer = self.call("/projects/delete-project", self.id_of(project), who)
        expected = 200 if who == "admin" or PEOPLE[who].user_id == project.owner else 403
        assert answer.status_code == expected
        if expected == 200:
            for event in [each for each in self.calendar if each.delivers() is project]:
                event.put_in("none", None, "")
            self.there.remove(project)

    @staticmethod
    def id_of(project: PlainProject) -> dict[str, str]:
        return {"project_name": project.name, "created_at": CREATED_AT}

    # --- Events -------------------------------------------------------------------------------------------

    @rule(
        target=events, who=people, site=sites, hour=hours, text=texts, origin=st.sampled_from(["PTR", "LCO"])
    )
    def reserve(self, who: str, site: str, hour: int, text: str, origin: str) -> Any:
        sent = an_event(NIGHT + timedelta(hours=hour), 60, site=site, project_id=text, origin=origin)
        right = self.right(who, site)
        event = PlainEvent(sent["event_id"], who, site, hour, planned=origin == "LCO" and bool(right))
        answer = self.call("/calendar/newevent", sent, who)
        taken = self.is_taken(event, who, site, hour, planned=event.planned)
        assert answer.status_code == (409 if taken else 200), answer.content
        if taken:
            return multiple()
        self.put_in(event, text, right)
        self.calendar.append(event)
        return event

    @rule(event=events, who=people, site=sites, hour=hours)
    def drag(self, event: PlainEvent, who: str, site: str, hour: int) -> None:
        """As the frontend does it: the whole event is sent, with the text that it has."""
        start = NIGHT + timedelta(hours=hour)
        moved = {"site": site, "start": utc(start), "end": utc(start + timedelta(hours=1))}
        if not self.change(event, who, moved, site, hour):
            return
        if event.site != site and event.right == "site":
            event.right = ""
        event.site, event.hour = site, hour
        project = self.named(event.text)
        if project is not None:
            event.put_in(event.text, project, "")

    @rule(event=events, who=people, text=texts)
    def choose_project(self, event: PlainEvent, who: str, text: str) -> None:
        if self.change(event, who, {"project_id": text}, event.site, event.hour):
            # Only a change puts something in with the right of whoever makes it.
            right = self.right(who, event.site) if text != event.text else ""
            self.put_in(event, text, right)

    def change(self, event: PlainEvent, who: str, changes: Any, site: str, hour: int) -> bool:
        shown = {"event_id": event.event_id, "project_id": event.text}
        body = {"originalEvent": shown, "modifiedEvent": {**shown, **changes}}
        answer = self.call("/calendar/modifyevent", body, who)
        moves = (event.site, event.hour) != (site, hour)
        if event not in self.calendar:
            expected = 404
        elif who not in (event.holder, "admin"):
            expected = 403
        elif moves and self.is_taken(event, who, site, hour, planned=event.planned):
            expected = 409
        else:
            expected = 200
        assert answer.status_code == expected, answer.content
        return expected == 200

    @rule(event=events, who=anybody, text=texts.filter(bool))
    def add_project_to_event(self, event: PlainEvent, who: str, text: str) -> None:
        body = {"project_id": text, "events": [event.event_id]}
        answer = self.call("/calendar/add-projects-to-events", body, who)
        refused = 403 if who == "key" and event.site != SITE else 200
        expected = refused if event in self.calendar else 404
        assert answer.status_code == expected, answer.content
        if expected == 200:
            self.put_in(event, text, self.right(who, event.site))

    @rule(event=events, project=projects, who=anybody)
    def note_event_with_project(self, event: PlainEvent, project: PlainProject, who: str) -> None:
        answer = self.call(
            "/projects/add-project-event", {**self.id_of(project), "event_id": event.event_id}, who
        )
        found = self.named(project.text)
        assert answer.status_code == (200 if found else 404), answer.content
        if found is not None and event in self.calendar and event.text == found.text:
            self.put_in(event, event.text, self.right(who, event.site))

    @rule(event=events)
    def take_project_out(self, event: PlainEvent) -> None:
        body = {"events": [event.event_id]}
        assert self.call("/calendar/remove-project-from-events", body).status_code == 200
        event.put_in("none", None, "")

    @rule(event=consumes(events))
    def cancel(self, event: PlainEvent) -> None:
        answer = self.call("/calendar/delete", {"event_id": event.event_id}, event.holder)
        assert answer.status_code == 200
        self.calendar.remove(event)

    # --- What must be true ----------------------------------------------------------------------------------

    def seen(self) -> dict[str, dict[str, Any]]:
        bodies = ({"site": site, **WINDOW} for site in (SITE, OTHER_SITE))
        found = (self.call("/calendar/siteevents", body).json() for body in bodies)
        return {event["event_id"]: event for events in found for event in events}

    @invariant()
    def what_is_delivered_is_right(self) -> None:
        seen = self.seen()
        self.nobody_s_time_goes_to_another_s_project(seen)
        self.it_is_what_the_model_says(seen)

    def nobody_s_time_goes_to_another_s_project(self, seen: dict[str, dict[str, Any]]) -> None:
        owners = {each.serial: each.owner for each in self.there}
        for event_id, shown in seen.items():
            if isinstance(project := shown.get("project"), dict):
                own = owners[project["serial"]] == shown["creator_id"]
                assert own or (event_id, project["serial"]) in self.blessed, shown

    def it_is_what_the_model_says(self, seen: dict[str, dict[str, Any]]) -> None:
        found_there = {}
        for event_id, shown in seen.items():
            project = shown.get("project")
            serial = project["serial"] if isinstance(project, dict) else project
            found_there[event_id] = (shown["project_id"], serial)
        expected = {}
        for event in self.calendar:
            delivered = event.delivers()
            none = event.text.startswith("none")
            found = delivered.serial if delivered else None if none else "Project not found."
            expected[event.event_id] = (event.text, found)
        assert found_there == expected

    @invariant()
    def a_telescope_runs_nothing_else(self) -> None:
        """It follows the text of what it is told, and runs what stands under that name."""
        owners = {each.serial: each.owner for each in self.there}
        ran = {}
        for site in (SITE, OTHER_SITE):
            body = {"site": site, **WINDOW, "full_project_details": False}
            for event in self.call("/calendar/siteevents", body).json():
                serial = self.fetched(event["project_id"])
                if serial is not None:
                    own = owners[serial] == event["creator_id"]
                    assert own or (event["event_id"], serial) in self.blessed, event
                ran[event["event_id"]] = serial
        delivered = {event.event_id: event.delivers() for event in self.calendar}
        assert ran == {event_id: found and found.serial for event_id, found in delivered.items()}

    def fetched(self, project_id: str) -> int | None:
        """The serial number of what a telescope gets for the text of an event."""
        if project_id in ("none", "none#"):
            return None
        name, created_at = project_id.split("#")[:2]
        answer = self.call("/projects/get-project", {"project_name": name, "created_at": created_at})
        assert answer.status_code in (200, 404), answer.content
        return int(answer.json()["serial"]) if answer.status_code == 200 else None

    @invariant()
    def progress_is_what_was_reported(self) -> None:
        stored = {each["serial"]: each for each in self.call("/projects/get-all-projects", None).json()}
        assert stored.keys() == {each.serial for each in self.there}
        for project in self.there:
            kept = stored[project.serial]
            lines = list(project.exposures.values())
            assert (kept["project_name"], kept["user_id"]) == (project.name, project.owner)
            assert [int(left) for left in kept["remaining"]] == [left for _, left, _ in lines]
            assert kept["project_data"] == [taken for _, _, taken in lines]


def test_it_works(published: Published) -> None:
    _, Calendar.key = keys.make("site", SITE)
    run(
        Calendar,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
