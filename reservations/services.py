"""Everything that changes reservations. Every change is pushed, with the whole event, as topic `calendar`."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from photonranch.api.validation import validated
from photonranch.auth.callers import Caller
from photonranch.auth.permissions import keep_to_own_site
from photonranch.errors import Conflict, Forbidden, NotFound
from photonranch.excerpts import excerpt
from photonranch.lenient_json import Json
from projects.checks import NO_PROJECT
from projects.models import Project
from reservations import limits, links
from reservations.models import PEOPLE, LinkedBy, Reservation, SiteCalendar, is_scheduler
from reservations.serializers import NewEvent, event_object, others
from reservations.times import as_text
from streams.services import publish

CREATED, MODIFIED, DELETED = "created", "modified", "deleted"


# --- Making, changing and cancelling -----------------------------------------------------------------------


def reserve(caller: Caller, event: dict[str, Any], details: dict[str, Json]) -> Reservation:
    """Put an event into the calendar. `event`: NewEvent's keys; `details`: what else the client sent.

    Raises Conflict when the id is taken, or somebody else holds the time; Forbidden for another site's key.
    """
    keep_to_own_site(caller, event["site"])
    creator_id, creator = _holder(caller, event)
    reservation = Reservation(event_id=event["event_id"], creator_id=creator_id, creator=creator)
    _fill(reservation, event, details)
    right = links.right_of(caller, reservation.site)
    _plan(right, reservation)
    try:
        with transaction.atomic():
            project = links.standing(event["project_id"])
            links.put_in(reservation, event["project_id"], project, right)
            _queue_up(reservation.site)
            if Reservation.objects.filter(pk=reservation.pk).exists():
                raise Conflict("event_id: there is an event with this id already.")
            _take_time(caller, reservation, reservation.start)
            reservation.save(force_insert=True)
            _push(reservation, CREATED)
    except IntegrityError:
        # The same id came for another site at the same time.
        raise Conflict("event_id: there is an event with this id already.") from None
    return reservation


def modify(caller: Caller, event_id: str, changes: Mapping[str, Json]) -> Reservation:
    """Change an event in one update: at no moment is it missing. Creator and id never change."""
    with transaction.atomic():
        named = links.standing(str(changes.get("project_id"))[: NewEvent.LONGEST_PROJECT_ID])
        reservation = _own(caller, event_id)
        before = (reservation.site, reservation.start, reservation.end, reservation.by_scheduler)
        old = event_object(reservation)
        # A null is as good as nothing: one null among the texts empties the whole calendar page.
        event = validated(NewEvent, old | {key: value for key, value in changes.items() if value is not None})
        keep_to_own_site(caller, event["site"])
        _fill(reservation, event, {**reservation.details, **others(changes)})
        _link(caller, reservation, event["project_id"], named, moved=before[0] != reservation.site)
        if _needs_time(before, reservation):
            _plan(links.right_of(caller, reservation.site), reservation)
            _queue_up(reservation.site)
            _take_time(caller, reservation, _newly_from(before, reservation))
        reservation.save(force_update=True)
        if before[0] != reservation.site:
            publish(before[0], "calendar", {**old, "change": DELETED})
        _push(reservation, MODIFIED)
    return reservation


def cancel(caller: Caller, event_id: str) -> None:
    """Take an event out of the calendar."""
    with transaction.atomic():
        remove(_own(caller, event_id))


@transaction.atomic
def remove(reservation: Reservation) -> None:
    """The same for whoever needs no permission: staff, in the admin."""
    _push(reservation, DELETED)
    reservation.delete()


def _own(caller: Caller, event_id: str) -> Reservation:
    """The event, locked, if it is the caller's, or at the caller's site, or the caller is an admin."""
    reservation = Reservation.objects.select_for_update().filter(pk=event_id).first()
    if reservation is None:
        raise NotFound(f"event_id: there is no event {excerpt(event_id)}.")
    keep_to_own_site(caller, reservation.site)
    if caller.kind != "site" and reservation.creator_id != caller.user_id and not caller.is_admin:
        raise Forbidden("You may only modify your own events.")
    return reservation


def _holder(caller: Caller, event: dict[str, Any]) -> tuple[str, str]:
    """Whose a new event is, and how they are shown. Only admins and sites, by their key, book for others."""
    own: str = caller.site if caller.kind == "site" else caller.user_id
    named: str = event["creator_id"]
    if (caller.is_admin or caller.kind == "site") and named not in ("", own):
        return named, event["creator"] or named
    return own, caller.user_name or event["creator"] or own


def _fill(reservation: Reservation, event: dict[str, Any], details: dict[str, Json]) -> None:
    """Everything but who holds it, from a validated event."""
    reservation.site = event["site"]
    reservation.start, reservation.start_text = event["start"]
    reservation.end, reservation.end_text = event["end"]
    reservation.title = event["title"] or reservation.creator
    reservation.reservation_type = event["reservation_type"]
    reservation.origin = event["origin"]
    reservation.by_scheduler = is_scheduler(event["origin"])
    reservation.details = {**details, "reservation_note": event["reservation_note"]}
    reservation.last_modified = timezone.now()


def _plan(right: LinkedBy, reservation: Reservation) -> None:
    """What anybody calls the scheduler's is theirs all the same, and obeys the rules for people."""
    if right == LinkedBy.ANYBODY and reservation.by_scheduler:
        reservation.origin, reservation.by_scheduler = PEOPLE, False


def _link(
    caller: Caller, reservation: Reservation, project_id: str, project: Project | None, *, moved: bool
) -> None:
    """Follow a change of what an event names.

    The frontend sends whole events: an admin who moves one has not put in what it names. And the word of a
    site does not count at another.
    """
    if moved and reservation.linked_by == LinkedBy.SITE:
        reservation.linked_by = LinkedBy.ANYBODY
    if project_id != reservation.project_id:
        links.put_in(reservation, project_id, project, links.right_of(caller, reservation.site))
    elif project is not None:
        links.put_in(reservation, project_id, project, LinkedBy.ANYBODY)


# --- Nobody else has it ------------------------------------------------------------------------------------


def _queue_up(site: str) -> None:
    """Until this transaction ends nobody else takes time at `site`.

    Without it two inserts that overlap would each find the other's row in PostgreSQL's exclusion constraint
    and wait for each other, until one of them is shot after a second. On SQLite the whole transaction is
    alone already.
    """
    SiteCalendar.objects.bulk_create([SiteCalendar(site=site)], ignore_conflicts=True)
    SiteCalendar.objects.select_for_update().get(pk=site)


def _needs_time(before: tuple[Any, ...], now: Reservation) -> bool:
    """Whether a changed event takes time that it did not have; a shorter one, or a new title, asks nobody."""
    site, start, end, by_scheduler = before
    return bool(site != now.site or now.start < start or now.end > end or by_scheduler != now.by_scheduler)


def _newly_from(before: tuple[Any, ...], now: Reservation) -> datetime:
    """Where the time that a change takes, and that was not held before, begins."""
    site, start, end, by_scheduler = before
    if site != now.site or by_scheduler != now.by_scheduler or now.start < start or now.start > end:
        return now.start
    held_until: datetime = end
    return held_until


def _take_time(caller: Caller, reservation: Reservation, taken_from: datetime) -> None:
    """Refuse time that somebody else holds, or that is beyond the limits for people.

    Admins and the scheduler may overlap, and are marked for it.
    """
    is_free = links.right_of(caller, reservation.site) != LinkedBy.ANYBODY
    if not is_free:
        limits.check(reservation, taken_from)
    if reservation.by_scheduler:
        reservation.exclusive = False
        return
    held = Reservation.objects.held(reservation.site, reservation.start, reservation.end)
    held = held.exclude(pk=reservation.pk)
    other = held.exclude(creator_id=reservation.creator_id).first()
    if other is not None and not caller.is_admin:
        raise _taken(other, excerpt(other.creator))
    own = None if is_free else held.filter(creator_id=reservation.creator_id).first()
    if own is not None:
        raise _taken(own, "you")
    reservation.exclusive = other is None


def _taken(held: Reservation, by: str) -> Conflict:
    return Conflict(
        f"{held.site} is reserved by {by} from {as_text(held.start)} "
        f"to {as_text(held.end)}; please choose another time."
    )


# --- Projects in events ------------------------------------------------------------------------------------


def set_project(caller: Caller, event_ids: list[str], project_id: str) -> list[Reservation]:
    """Have a project observed in these events; all of them or, when one is unknown (NotFound), none."""
    with transaction.atomic():
        project = links.standing(project_id)
        events = _locked(event_ids)
        if missing := set(event_ids) - {event.pk for event in events}:
            raise NotFound(f"events: there is no event {excerpt(min(missing))}.")
        for event in events:
            links.put_in(event, project_id, project, links.right_of(caller, event.site))
        _save_projects(events)
    return events


@transaction.atomic
def clear_project(event_ids: list[str]) -> None:
    """Take whatever project they have out of these events; unknown ones have none."""
    _put_in_all(_locked(event_ids), NO_PROJECT, None)


@transaction.atomic
def link_again(caller: Caller, event_id: str, project: Project) -> None:
    """Have an event that names `project` (locked) deliver it, if it may; nothing else of it changes."""
    for event in _locked([event_id]):
        if event.project_id != project.project_id or links.delivers(event, project):
            continue
        if links.may_put_in(caller, event):
            links.put_in(event, event.project_id, project, links.right_of(caller, event.site))
            _save_projects([event])


@transaction.atomic
def rename_project(events: list[Reservation], project: Project) -> None:
    """`project` (locked) has another name: these events, which delivered it under the old one, follow."""
    for event in events:
        event.project_id = project.project_id
    _save_projects(events)


@transaction.atomic
def end_project(project: Project) -> None:
    """`project` (locked) is about to be deleted: the events that deliver it have none from now on."""
    _put_in_all(links.carrying(project), NO_PROJECT, None)


def _locked(event_ids: list[str]) -> list[Reservation]:
    return list(Reservation.objects.select_for_update().filter(pk__in=event_ids).order_by("pk"))


def _put_in_all(events: Iterable[Reservation], project_id: str, project: Project | None) -> None:
    for event in events:
        links.put_in(event, project_id, project, LinkedBy.ANYBODY)
    _save_projects(events)


def _save_projects(events: Iterable[Reservation]) -> None:
    for event in events:
        event.last_modified = timezone.now()
        event.save(update_fields=["project_id", "linked_project", "linked_by", "last_modified"])
        _push(event, MODIFIED)


def _push(event: Reservation, change: str) -> None:
    publish(event.site, "calendar", {**event_object(event), "change": change})
