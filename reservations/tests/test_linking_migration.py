"""The migration that makes links of what events named before there were any."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from conftest import Published
from projects.models import Project
from reservations.models import LinkedBy, Reservation
from testing.cast import ALICE, BOB, a_project

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]

NIGHT = datetime(2025, 11, 22, 4, tzinfo=UTC)
CREATED_AT = "2025-11-20T22:58:14Z"
migration: Any = import_module("reservations.migrations.0005_link_the_events_that_are_there")


def project(name: str, user_id: str, **changes: Any) -> Project:
    key = {"project_name": name, "created_at": changes.pop("created_at", CREATED_AT)}
    return Project.objects.create(**key, user_id=user_id, **changes, document=a_project(**key))


def event(event_id: str, creator_id: str, project_id: str, **changes: Any) -> Reservation:
    return Reservation.objects.create(
        event_id=event_id,
        site="saf",
        start=NIGHT,
        end=NIGHT + timedelta(hours=1),
        creator_id=creator_id,
        project_id=project_id,
        exclusive=False,
        last_modified=NIGHT,
        **changes,
    )


def migrate() -> None:
    with connection.cursor():
        migration.link(apps, connection.schema_editor())


def links() -> dict[str, tuple[Project | None, str]]:
    return {each.pk: (each.linked_project, each.linked_by) for each in Reservation.objects.all()}


def test_it_works(published: Published) -> None:
    hers, planned = project("hers", ALICE.user_id), project("planned", "portal", origin="LCO")
    project("none", ALICE.user_id)
    project("old", ALICE.user_id, created_at="undefined")
    event("own", ALICE.user_id, hers.project_id)
    event("another's", BOB.user_id, hers.project_id)
    event("planned", "importer", planned.project_id, by_scheduler=True)
    event("a person's, planned", BOB.user_id, planned.project_id)
    event("unknown", ALICE.user_id, f"gone#{CREATED_AT}")
    for number, text in enumerate(["none", "none#", "none#undefined", f"none#{CREATED_AT}", "old#undefined"]):
        event(f"nothing {number}", ALICE.user_id, text)

    for _ in range(2):  # as after a try that was cut off
        migrate()

    linked = {pk: link for pk, link in links().items() if link[0] is not None}
    assert linked == {"own": (hers, LinkedBy.ANYBODY), "planned": (planned, LinkedBy.SCHEDULER)}
    assert {by for project, by in links().values() if project is None} == {LinkedBy.ANYBODY}


def test_in_batches_every_event_is_looked_at(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "BATCH", 3)
    for number in range(7):
        mine = project(f"m{number}", ALICE.user_id)
        event(f"{number}", ALICE.user_id, mine.project_id)
        event(f"{number} nothing", BOB.user_id, mine.project_id)

    migrate()

    found = {pk: link.project_name for pk, (link, _) in links().items() if link}
    assert found == {str(number): f"m{number}" for number in range(7)}


def test_what_was_changed_meanwhile_is_left_alone(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version that still runs has Alice choose another project after the batch was read."""
    mine, other = project("m1", ALICE.user_id), project("m2", ALICE.user_id)
    event("1", ALICE.user_id, mine.project_id)
    named = migration._named

    def meanwhile(*args: Any) -> Any:
        Reservation.objects.update(project_id=other.project_id)
        return named(*args)

    monkeypatch.setattr(migration, "_named", meanwhile)
    migrate()

    assert links() == {"1": (None, LinkedBy.ANYBODY)}
