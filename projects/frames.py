"""What counts for projects: frames by their headers, as the archive reads them, and what sites report.

A telescope uploads its frames and reports nothing. So a frame counts for the project of the event that was on
at its site at the middle of its exposure. What a site does report (`add-project-data`) goes before that.

Locks are taken in one order, and a transaction holds one project: the project, then the frame.
"""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from images.models import Image
from images.taken import Taken, middle_of, taken
from photonranch.celery import app
from photonranch.errors import BadRequest
from projects import matching, progress, services
from projects.models import Project, ProjectFrame
from reservations import links
from reservations.models import Reservation

log = logging.getLogger(__name__)

State = ProjectFrame.State
# What a message usually takes to be worked on, with others before it.
MATCHED_WITHIN = timedelta(seconds=30)
RESUMED_AT_ONCE = 500
NO_DATE = "Its header does not say when it was taken."
NO_IMAGE = "The archive does not have it any more."


# --- By their headers --------------------------------------------------------------------------------------


def heard(sender: object, image: Image, **_: object) -> None:
    """A frame's header came, or came corrected: that it is to be matched is kept with the header itself."""
    expect(image.base_filename, _why_at_once(image))


def _why_at_once(image: Image) -> str:
    """Why a frame counts for nothing, where one question tells; else nothing. Most frames of most sites are
    taken in no event: each saves a message and a task, a fifth of what it takes to read its header."""
    middle = middle_of(image)
    if middle is None:
        return NO_DATE
    return "" if Reservation.objects.creators(image.site, middle) else _no_event(image.site, middle)


def expect(base_filename: str, reason: str = "") -> None:
    """Have a frame matched after the commit; a new one with a `reason` is left out for it. What a site
    reported stays as it is."""
    if _put_down(base_filename, reason) == State.WAITING:
        message = ("projects.tasks.match_frame", (base_filename,))
        transaction.on_commit(lambda: app.send_task(*message, retry=False), robust=True)


def _put_down(base_filename: str, reason: str) -> str | None:
    """The state of the frame's row from now on; None when a site reported it. One that is there may count
    somewhere, and is looked at again. One statement, so two that meet are one after the other."""
    table = ProjectFrame._meta.db_table
    state = State.LEFT_OUT if reason else State.WAITING
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (base_filename, state, event_id, reason, changed_at) "  # noqa: S608
            "VALUES (%s, %s, '', %s, %s) ON CONFLICT (base_filename) DO UPDATE SET state = %s, "
            f"changed_at = excluded.changed_at WHERE {table}.state <> %s RETURNING state",
            [base_filename, state, reason, now, State.WAITING, State.REPORTED],
        )
        found = cursor.fetchone()
    return found and str(found[0])


def match(base_filename: str) -> None:
    """Find what a waiting frame counts for. Safe to repeat, and to do twice at once."""
    frame = ProjectFrame.objects.filter(base_filename=base_filename, state=State.WAITING).first()
    if frame is None:
        return
    found = taken(base_filename)
    if found is None or found.middle is None:
        _leave_out(frame, NO_DATE if found else NO_IMAGE)
        return
    delivered = links.delivered_at(found.site, found.middle)
    if frame.counts_by_header:
        # Where it counts it may stay; else it is taken back before it counts elsewhere.
        delivered.sort(key=lambda pair: pair[1].pk != frame.project_id)
        if not delivered or delivered[0][1].pk != frame.project_id:
            _take_back(frame)
    reasons = []
    for event, project in delivered:
        frame.project, frame.event_id = project, event.pk
        reason = _count_for(frame, found)
        if reason is None:
            return
        reasons.append(reason)
    _leave_out(frame, reasons[0] if reasons else _no_project(found))


def _no_project(found: Taken) -> str:
    assert found.middle
    if Reservation.objects.active(found.site, found.middle):
        return f"The event at {found.site} at {_when(found.middle)} has no project that is delivered in it."
    return _no_event(found.site, found.middle)


def _no_event(site: str, at: datetime) -> str:
    return f"There was no event at {site} at {_when(at)}."


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _count_for(frame: ProjectFrame, found: Taken) -> str | None:
    """Count a frame for its project; the reason when it counts for nothing there, None when it is settled."""
    with transaction.atomic():
        project = Project.objects.select_for_update().filter(pk=frame.project_id or 0).first()
        now = _still_waiting(frame)
        if project is None or now is None:
            return None if now is None else "Its project was deleted."
        place = progress.places(project.document).get(frame.pk)
        if place is not None and not (now.counts_by_header and now.project_id == project.pk):
            _settle(frame, State.REPORTED, place)
            return None
        if place is not None and _fits(project, place, found):
            _settle(frame, State.COUNTED, place)
            return None
        if place is not None:
            progress.take_back(project.document, place, frame.pk)
        try:
            index = _free_place(project, found)
        except matching.NoMatch as reason:
            if place is not None:
                services.save_progress(project)
                ProjectFrame.objects.filter(pk=frame.pk).update(exposure_index=None)
            return str(reason)
        progress.add(project.document, index, frame.pk)
        services.save_progress(project)
        _settle(frame, State.COUNTED, index)
    return None


def _fits(project: Project, place: int, found: Taken) -> bool:
    requests = progress.exposures(project.document)
    return place < len(requests) and matching.fits(requests[place], found)


def _free_place(project: Project, found: Taken) -> int:
    """Raises NoMatch, also when another frame of the same smart stack counts."""
    index = matching.exposure_for(project.document, found)
    counted = progress.places(project.document)
    of_stack = next((name for name in found.stack if name in counted), None)
    if of_stack is not None and matching.counts_as_stack(project.document, index, found):
        raise matching.NoMatch(f"Its smart stack counts as one frame: {of_stack}.")
    return index


def _still_waiting(frame: ProjectFrame) -> ProjectFrame | None:
    """The row, locked; None when it was settled or its header came again meanwhile: then another matches."""
    same = ProjectFrame.objects.select_for_update().filter(pk=frame.pk, state=State.WAITING)
    return same.filter(changed_at=frame.changed_at).first()


def _settle(frame: ProjectFrame, state: State, index: int) -> None:
    ProjectFrame.objects.filter(pk=frame.pk).update(
        state=state,
        project=frame.project,
        exposure_index=index,
        event_id=frame.event_id,
        reason="",
        changed_at=timezone.now(),
    )


def _leave_out(frame: ProjectFrame, reason: str) -> None:
    with transaction.atomic():
        if _still_waiting(frame):
            same = ProjectFrame.objects.filter(pk=frame.pk)
            same.update(project=frame.project, event_id=frame.event_id)
            same.left_out(reason)


def _take_back(frame: ProjectFrame) -> None:
    """Count a frame no longer for the project that it was found to count for. It waits to be matched."""
    with transaction.atomic():
        project = Project.objects.select_for_update().filter(pk=frame.project_id or 0).first()
        now = ProjectFrame.objects.select_for_update().get(pk=frame.pk)
        if not now.counts_by_header or now.project_id != frame.project_id:
            return
        if project and (place := progress.places(project.document).get(frame.pk)) is not None:
            progress.take_back(project.document, place, frame.pk)
            services.save_progress(project)
        same = ProjectFrame.objects.filter(pk=frame.pk)
        same.update(state=State.WAITING, project=None, exposure_index=None)
    frame.project = None
    frame.exposure_index = None


def resume() -> int:
    """Match what was not matched at its time: its message was lost, or its worker died; returns how many."""
    left = ProjectFrame.objects.left_waiting(timezone.now() - MATCHED_WITHIN)
    names = list(left.values_list("pk", flat=True)[:RESUMED_AT_ONCE])
    for name in names:
        try:
            match(name)
        except Exception:
            log.exception("%s cannot be matched", name)
            # To the end of those that wait: it must not hold up the others.
            ProjectFrame.objects.filter(pk=name, state=State.WAITING).update(changed_at=timezone.now())
    return len(names)


# --- What sites report -------------------------------------------------------------------------------------


def add_data(project_name: str, created_at: str, exposure_index: int, base_filename: str) -> Project:
    """Count a frame as a site reports it, whatever its header says.

    The row is locked: of 16 cameras at once each is counted, and a retry only once.
    """
    base = progress.base_of(base_filename)
    while True:
        try:
            with transaction.atomic():
                project = services.locked(project_name, created_at)
                _report(project, exposure_index, base, base_filename)
                return project
        except _CountsElsewhere as elsewhere:
            _take_back(elsewhere.frame)


class _CountsElsewhere(Exception):
    """The frame was found to count for another project, whose row has to be locked first."""

    def __init__(self, frame: ProjectFrame) -> None:
        self.frame = frame


def _report(project: Project, index: int, base: str, base_filename: str) -> None:
    _check_index(project, index)
    moved = _leave_place(project, base, index)
    is_new = progress.add(project.document, index, base_filename)
    reported = {"state": State.REPORTED, "project": project, "exposure_index": index, "reason": ""}
    ProjectFrame.objects.update_or_create(pk=base, defaults={**reported, "changed_at": timezone.now()})
    if is_new or moved:
        services.save_progress(project)


def _check_index(project: Project, exposure_index: int) -> None:
    count = len(progress.exposures(project.document))
    if not 0 <= exposure_index < count:
        raise BadRequest(f"exposure_index: this project has {count} exposures, numbered from 0.")


def _leave_place(project: Project, base: str, index: int) -> bool:
    """Where its header had it counted, a reported frame counts no longer; whether that was here."""
    frame = ProjectFrame.objects.select_for_update().filter(pk=base).first()
    if frame is None or not frame.counts_by_header:
        return False
    if frame.project_id not in (None, project.pk):
        raise _CountsElsewhere(frame)
    place = progress.places(project.document).get(base)
    if place is None or place == index:
        return False
    progress.take_back(project.document, place, base)
    return True
