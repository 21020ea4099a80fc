"""Which project an event delivers: a link from row to row, beside the text that clients see.

The text says what somebody wrote. The link says which project stood under that name when it was put in, and
is there only where that project may be delivered. A project that comes later under the same name is another.

Who links locks the project first, the events after it, as renaming and deleting a project do.
"""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from photonranch.auth.callers import Caller
from projects.checks import NO_PROJECT
from projects.models import Project
from reservations.models import LinkedBy, Reservation, named_project


def may_be_delivered(project: Project, event: Reservation, linked_by: str) -> bool:
    """Whether `project` may be delivered in `event`, put in by `linked_by`: the one rule.

    People's projects run in their own time; in another's only where an admin, the site or the scheduler put
    them in.
    """
    return project.user_id == event.creator_id or linked_by != LinkedBy.ANYBODY


def right_of(caller: Caller | None, site: str) -> LinkedBy:
    """With whose right `caller` puts a project into an event at `site`; no caller: the scheduler, in here."""
    if caller is None or caller.is_scheduler:
        return LinkedBy.SCHEDULER
    if caller.is_admin:
        return LinkedBy.ADMIN
    return LinkedBy.SITE if caller.kind == "site" and caller.site == site else LinkedBy.ANYBODY


def may_put_in(caller: Caller, event: Reservation) -> bool:
    """Whether `caller` may say what an event observes: anybody, as documented; in strict mode whoever holds
    the event, its site, an admin, the scheduler."""
    if not settings.REQUIRE_SITE_KEYS or right_of(caller, event.site) != LinkedBy.ANYBODY:
        return True
    return caller.kind == "user" and caller.user_id == event.creator_id


# --- Asking ------------------------------------------------------------------------------------------------


def delivers(event: Reservation, project: Project) -> bool:
    """Whether `event` delivers this very project.

    The text is compared, too: the version before, which may run beside this one, changes it alone.
    """
    return (
        event.linked_project_id == project.pk
        and event.project_id == project.project_id
        and may_be_delivered(project, event, event.linked_by)
    )


def delivered(events: Iterable[Reservation]) -> dict[str, Project]:
    """Event id → the project that it delivers, for those that deliver one; one query."""
    linked = [event for event in events if event.linked_project_id is not None]
    if not linked:
        return {}
    projects = Project.objects.in_bulk({event.linked_project_id for event in linked})
    found = ((event, projects.get(event.linked_project_id)) for event in linked)
    return {event.pk: project for event, project in found if project and delivers(event, project)}


def delivered_at(site: str, at: datetime) -> list[tuple[Reservation, Project]]:
    """What is to be observed at `site` at the instant `at`: its active events with the project of each,
    earliest first. People's go before the scheduler's, which may lie under them."""
    active = [event for event in Reservation.objects.active(site, at) if event.site == site]
    projects = delivered(active)
    active.sort(key=lambda event: (event.by_scheduler, event.start, event.pk))
    return [(event, projects[event.pk]) for event in active if event.pk in projects]


# --- Linking -----------------------------------------------------------------------------------------------


def standing(project_id: str) -> Project | None:
    """The project that stands under that name now, locked until the transaction ends."""
    key = named_project(project_id)
    return None if key is None else Project.objects.named(*key).select_for_update().first()


def put_in(event: Reservation, project_id: str, project: Project | None, linked_by: LinkedBy) -> None:
    """Have `event` name `project_id`, and deliver `project`, which stands under that name, if it may be.

    What it delivers already stays, with the right that it was put in with. Not saved here.
    """
    stays = project is not None and event.project_id == project_id and delivers(event, project)
    event.project_id = project_id or NO_PROJECT
    if stays:
        return
    counts = project is not None and may_be_delivered(project, event, linked_by)
    event.linked_project = project if counts else None
    event.linked_by = linked_by if counts else LinkedBy.ANYBODY


def carrying(project: Project) -> list[Reservation]:
    """The events that deliver `project`, locked until the transaction ends."""
    linked = Reservation.objects.linked_to(project).select_for_update()
    return [event for event in linked if delivers(event, project)]
