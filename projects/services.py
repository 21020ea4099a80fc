"""Everything that changes projects. Every change is pushed to the project's sites as topic `projects`."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from photonranch.auth.callers import ANONYMOUS, Caller
from photonranch.errors import BadRequest, Conflict, Forbidden, NotFound
from photonranch.lenient_json import Json
from projects import checks, progress
from projects.models import Project
from projects.serializers import progress_object
from reservations import links
from reservations import services as reservations
from reservations.models import Reservation
from streams.services import publish

CREATED, MODIFIED, DELETED = "created", "modified", "deleted"
# Of the calendar's events that one project notes. The busiest project of the network has some dozens.
MOST_EVENTS = 1000
# What a change of a project leaves as it is: its identity, its owner, and the progress that sites reported.
KEPT = ("created_at", "user_id", "project_creator", "origin", "remaining", "project_data")


# --- Making, changing and deleting -------------------------------------------------------------------------


def create(project_name: str, created_at: str, user_id: str, document: dict[str, Json]) -> Project:
    """Keep a project as it came. The same one again is no mistake; another of its identity is a Conflict."""
    checks.check_name(project_name)
    checks.check_created_at(created_at)
    project = Project(
        project_name=project_name,
        created_at=created_at,
        user_id=user_id,
        origin=str(document.get("origin") or "")[:40],
        document=document,
    )
    try:
        with transaction.atomic():
            project.save(force_insert=True)
            _push(project, CREATED)
    except IntegrityError:
        there = Project.objects.named(project_name, created_at).first()
        if there is None or there.document != document:
            raise Conflict("project_name: there is a project with this name and created_at.") from None
        return there
    return project


def modify(caller: Caller, project_name: str, created_at: str, changes: Mapping[str, Json]) -> Project:
    """Change a project in one update; a new name follows into the calendar's events.

    `changes` may be a complete project: what it says of identity, owner and progress is left aside. An
    anonymous caller comes here only where the installation lets them.
    """
    with transaction.atomic():
        project = _own(caller, project_name, created_at, "modify")
        old, new = project.document, {**project.document, **_without(changes, KEPT)}
        name = _new_name(project, changes)
        followers = links.carrying(project) if name != project.project_name else []
        project.project_name = name
        if new.get("exposures") != old.get("exposures"):
            progress.carry_over(old, new)
        if "project_id" in new:
            new["project_id"] = project.project_id
        project.document = new
        _save_unless_taken(project)
        _note_places(project)
        reservations.rename_project(followers, project)
        _push(project, MODIFIED)
    return project


def delete(caller: Caller, project_name: str, created_at: str) -> None:
    """Delete a project, and take it out of the calendar's events."""
    with transaction.atomic():
        remove(_own(caller, project_name, created_at, "delete"))


@transaction.atomic
def remove(project: Project) -> None:
    """The same for whoever needs no permission: staff, in the admin."""
    Project.objects.select_for_update().get(pk=project.pk)
    reservations.end_project(project)
    _push(project, DELETED)
    project.frames.left_out("Its project was deleted.")
    project.delete()


def delete_scheduled(project_ids: list[str]) -> list[str]:
    """Delete those of the projects that the scheduler made; others are left alone.

    Returns the ids that failed: of what does not exist, or is not the scheduler's.
    """
    return [project_id for project_id in project_ids if not _delete_scheduled(project_id)]


@transaction.atomic
def _delete_scheduled(project_id: str) -> bool:
    name, _, created_at = project_id.partition("#")
    project = Project.objects.named(name, created_at).select_for_update().first()
    if project is None or not project.by_scheduler:
        return False
    remove(project)
    return True


def _own(caller: Caller, project_name: str, created_at: str, verb: str) -> Project:
    """The project, locked, if it is the caller's or the caller is an admin."""
    project = locked(project_name, created_at)
    if caller != ANONYMOUS and project.user_id != caller.user_id and not caller.is_admin:
        raise Forbidden(f"You may only {verb} your own projects.")
    return project


def locked(project_name: str, created_at: str) -> Project:
    project = Project.objects.named(project_name, created_at).select_for_update().first()
    if project is None:
        raise NotFound("Project not found.")
    return project


def _new_name(project: Project, changes: Mapping[str, Json]) -> str:
    name = changes.get("project_name", project.project_name)
    if isinstance(name, int | float) and not isinstance(name, bool):
        name = str(name)
    if not isinstance(name, str) or not 0 < len(name) <= 255:
        raise BadRequest("project_changes.project_name: must be text of 1 to 255 characters.")
    if name != project.project_name:
        checks.check_name(name)
    return name


def _save_unless_taken(project: Project) -> None:
    try:
        with transaction.atomic():
            project.save(update_fields=["project_name", "document"])
    except IntegrityError:
        raise Conflict("project_name: there is a project with this name and created_at.") from None


def _without(mapping: Mapping[str, Json], keys: tuple[str, ...]) -> dict[str, Json]:
    return {key: value for key, value in mapping.items() if key not in keys}


# --- Events and progress ------------------------------------------------------------------------------------


def add_event(caller: Caller, project_name: str, created_at: str, event_id: str) -> bool:
    """Note an event of the calendar with a project; False when it was noted before.

    Raises Conflict when MOST_EVENTS are noted already.
    An event that names the project already, but does not deliver it, does so from now on if it may.
    """
    with transaction.atomic():
        project = locked(project_name, created_at)
        reservations.link_again(caller, event_id, project)
        noted = project.document.get("scheduled_with_events")
        events = noted if isinstance(noted, list) else []
        if event_id in events:
            return False
        project.document["scheduled_with_events"] = [*_with_room(events), event_id]
        project.save(update_fields=["document"])
        _push(project, MODIFIED)
    return True


def _with_room(events: list[Json]) -> list[Json]:
    """The events that a project notes, when one more comes.

    Anybody may note one, whether it is there or not. What is not in the calendar makes room, so that nobody
    fills the list with what they make up.
    """
    if len(events) < MOST_EVENTS:
        return events
    there = Reservation.objects.known(event for event in events if isinstance(event, str))
    kept = [event for event in events if isinstance(event, str) and event in there]
    if len(kept) >= MOST_EVENTS:
        raise Conflict(f"event_id: {MOST_EVENTS} events are noted with this project, and more are not kept.")
    return kept


def save_progress(project: Project) -> None:
    """Keep what changed in the progress of `project`, whose row is locked."""
    project.save(update_fields=["document"])
    _push(project, MODIFIED)


def _note_places(project: Project) -> None:
    """The exposures of `project`, whose row is locked, may have moved: note where its frames count now."""
    places = progress.places(project.document)
    moved: dict[int | None, list[str]] = {}
    for name, index in project.frames.counted().values_list("pk", "exposure_index"):
        if (place := places.get(name)) != index:
            moved.setdefault(place, []).append(name)
    for place, names in moved.items():
        frames = project.frames.filter(pk__in=names)
        if place is None:
            frames.left_out("The exposure that it counted for was changed, or is gone.")
        else:
            frames.update(exposure_index=place)


def _push(project: Project, change: str) -> None:
    """To each of its sites how far it is; not the whole of it, which grows with every frame."""
    data = {**progress_object(project), "change": change}
    for site in project.sites:
        publish(site, "projects", data)


# --- What the calendar asks --------------------------------------------------------------------------------


def lco_observation(project: Project | None) -> dict[str, Any] | None:
    """The observation that the scheduler's importer put into its project, as JSON text; None without one."""
    text = project and project.document.get("full_lco_observation")
    try:
        observation = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return None
    return observation if isinstance(observation, dict) else None
