"""Everything that changes jobs. Every change is pushed, with the whole job, as topic `jobs`."""

import time
from collections.abc import Collection, Iterable
from datetime import timedelta
from itertools import takewhile
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from ulid import ULID

from jobs import commands, states
from jobs.models import ALTERNATE, MAIN, Job, JobReport, SiteClock
from jobs.reservation import holders
from jobs.serializers import job_object
from photonranch.auth.callers import Caller
from photonranch.db.prepared import insert
from photonranch.errors import NotFound, Unauthorized
from photonranch.excerpts import excerpt
from photonranch.lenient_json import Json
from sitecfg.models import Site
from streams.services import publish

NO_ESTIMATE = -1


# --- Asking for something ----------------------------------------------------------------------------------


def create_job(caller: Caller, command: dict[str, Any]) -> Job:
    """Put a command on its site's queues.

    `command` holds site, device, instance, action, required_params, optional_params and user_name (shown when
    the caller's token has no name). Raises Unauthorized and BadRequest, with a sentence.
    """
    site = Site.objects.in_brief(command["site"])
    _may_command(caller, command["site"], site)
    commands.check(
        site, command["device"], command["instance"], command["action"], command["required_params"]
    )
    with transaction.atomic():
        timestamp_ms = _next_timestamp(command["site"])
        if command["action"] == commands.CANCEL_ALL:
            _cancel_unread(command["site"])
        job = Job(
            ulid=str(ULID.from_timestamp(timestamp_ms / 1000)),
            site=command["site"],
            status=states.ALTERNATE if command["action"] in commands.ALTERNATE_ONLY else states.UNREAD,
            timestamp_ms=timestamp_ms,
            device_type=command["device"],
            device_instance=command["instance"],
            action=command["action"],
            required_params=command["required_params"],
            optional_params=command["optional_params"],
            user_id=caller.user_id,
            user_name=caller.user_name or command["user_name"] or caller.user_id,
            user_roles=list(caller.roles),
        )
        insert(job)
        _push(job)
    return job


def issue_again(caller: Caller, job: Job) -> Job:
    """Ask for the same command once more, in the caller's name and under the rules of any new command.

    A job never moves back: an observatory that fetched one and died never does it.
    """
    return create_job(
        caller,
        {
            "site": job.site,
            "device": job.device_type,
            "instance": job.device_instance,
            "action": job.action,
            "required_params": job.required_params,
            "optional_params": job.optional_params,
            "user_name": "",
        },
    )


def _may_command(caller: Caller, code: str, site: Site | None) -> None:
    if reason := refusal(caller, code, site):
        raise Unauthorized(reason)


def refusal(caller: Caller, code: str, site: Site | None) -> str:
    """Why `caller`, a user, may not command `code` now, as a sentence; empty: they may.

    Admins always may; others while nobody else holds the site, and never a WEMA: it obeys any command.
    """
    if caller.is_admin:
        return ""
    if site is not None and site.kind == Site.Kind.WEMA:
        return "Commands to a weather and enclosure manager need the role admin."
    held_by = holders(code, timezone.now())
    if held_by and caller.user_id not in held_by:
        return "Someone else has a reservation at this site now; the calendar shows until when."
    return ""


def _next_timestamp(site: str) -> int:
    """A `timestamp_ms` larger than any before it at this site.

    The row stays locked until the transaction ends, so jobs of one site become visible in their order, and a
    cancel meets every job that is older than itself. One statement, which the ORM cannot say: what it does at
    a conflict is to take the new value. The clock may stand still or jump back.
    """
    table = SiteClock._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (site, last_ms) VALUES (%s, %s) "  # noqa: S608
            f"ON CONFLICT (site) DO UPDATE SET last_ms = CASE WHEN {table}.last_ms >= excluded.last_ms "
            f"THEN {table}.last_ms + 1 ELSE excluded.last_ms END RETURNING last_ms",
            [site, time.time_ns() // 1_000_000],
        )
        return int(cursor.fetchone()[0])


def _cancel_unread(site: str) -> None:
    """Take what nobody fetched yet off both queues. It stays in the history, as canceled."""
    for queue in (MAIN, ALTERNATE):
        waiting = list(Job.objects.unread(site, queue).select_for_update())
        _move(waiting, queue, states.CANCELED)
    # Jobs that only the watchdog would have fetched never waited on the main queue.
    Job.objects.filter(site=site, status=states.ALTERNATE, alternate_status=states.CANCELED).update(
        status=states.CANCELED
    )


# --- Taking back -------------------------------------------------------------------------------------------


@transaction.atomic
def cancel(ulids: Collection[str]) -> list[Job]:
    """Take those of these jobs that nobody fetched yet off their queues; returns them.

    Who fetches at the same moment either has the job, which stays as it is, or never gets it.
    """
    jobs = list(Job.objects.not_fetched().filter(pk__in=ulids).order_by("pk").select_for_update())
    for job in jobs:
        job.status = states.CANCELED
        if job.alternate_status == states.UNREAD:
            job.alternate_status = states.CANCELED
        job.save(update_fields=[MAIN, ALTERNATE])
        _push(job)
    return jobs


# --- Fetching ----------------------------------------------------------------------------------------------


def claim_unread(site: str, queue: str = MAIN) -> list[dict[str, Any]]:
    """Hand out what is unread at a site, each job once, as the job objects were before they were taken.

    Pollers that meet skip each other's rows (PostgreSQL) or wait for each other (SQLite).
    """
    if not Job.objects.any_unread(site, queue):
        # The usual answer, some 20,000 times a day and site, without a transaction.
        return []
    with transaction.atomic():
        waiting = list(
            Job.objects.unread(site, queue).select_for_update(skip_locked=True)[
                : Job.objects.all().MAX_AT_ONCE
            ]
        )
        claimed = waiting if queue == ALTERNATE else _one_answer(waiting)
        answer = [job_object(job) for job in claimed]
        _move(claimed, queue, states.RECEIVED)
    return answer


def _one_answer(waiting: list[Job]) -> list[Job]:
    """The first jobs that may arrive together; a job that must arrive alone waits or goes first, alone."""

    def alone(job: Job) -> bool:
        return commands.arrives_alone(job.device_type, job.action)

    return (
        waiting[:1] if waiting and alone(waiting[0]) else list(takewhile(lambda job: not alone(job), waiting))
    )


def _move(jobs: Iterable[Job], queue: str, status: str) -> None:
    jobs = list(jobs)
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(**{queue: status})
    for job in jobs:
        job.move(queue, status)
        _push(job)


# --- Hearing back ------------------------------------------------------------------------------------------


def report(site: str, ulid: str, *, status: str = "", estimate: Json = NO_ESTIMATE, queue: str = MAIN) -> Job:
    """Take a site's report on a job; returns the job as it is now.

    A report that comes late or again is kept and changes nothing. Raises NotFound for an unknown job.
    """
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(site=site, pk=ulid).first()
        if job is None:
            raise NotFound(f"ulid: no job {excerpt(ulid)} at {excerpt(site)}.")
        old = getattr(job, queue)
        applied = states.stage(old) != states.DONE if not status else states.may_follow(old, status)
        if applied:
            job.move(queue, status or old)
            job.seconds_until_complete = estimate
            job.save(update_fields=[queue, "seconds_until_complete"])
            _push(job)
        JobReport.objects.create(
            job=job,
            status=status,
            seconds_until_complete=estimate,
            applied=applied,
            received_at=timezone.now(),
        )
    return job


# --- By the clock ------------------------------------------------------------------------------------------


def expire_unread() -> int:
    """Take jobs that nobody fetched for settings.JOB_UNREAD_HOURS off their queues; returns how many."""
    oldest = timezone.now() - timedelta(hours=settings.JOB_UNREAD_HOURS)
    expired = 0
    for queue in (MAIN, ALTERNATE):
        while batch := _expire_batch(queue, int(oldest.timestamp() * 1000)):
            expired += batch
    return expired


@transaction.atomic
def _expire_batch(queue: str, before_ms: int) -> int:
    overdue = Job.objects.unread_since_before(before_ms, queue).select_for_update(skip_locked=True)
    batch = list(overdue[: Job.objects.all().MAX_AT_ONCE])
    _move(batch, queue, states.EXPIRED)
    return len(batch)


def _push(job: Job) -> None:
    publish(job.site, "jobs", job_object(job))
