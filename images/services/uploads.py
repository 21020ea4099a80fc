"""Files coming in: where they may be put, and noting that they came."""

import logging
import zlib
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from kombu.exceptions import KombuError

from images import names
from images.models import KEY, TASK_LOST, Upload
from images.store import Stored, store
from photonranch.celery import app
from photonranch.errors import BadRequest, Forbidden
from photonranch.excerpts import storable

log = logging.getLogger(__name__)

# A file that is to be read, as if it had never been tried.
AFRESH: dict[str, Any] = {"state": Upload.State.WAITING, "reason": "", "tries": 0, "try_at": None}
RESUMED_AT_ONCE = 200
# An object store may announce a file twice.
SAME_EVENT = timedelta(minutes=1)
# How many files that are not the archive's are listed, and the largest size that a column holds.
MOST_ELSEWHERE = 1000
MOST_BYTES = 2**63 - 1


def later(task: str, *args: Any, **options: Any) -> None:
    """Start a task once the transaction has committed. A broker that does not answer costs time, not work:
    `resume` finds what was left waiting. `options` go to Celery."""
    transaction.on_commit(lambda: app.send_task(task, args, retry=False, **options), robust=True)


def key_for(directory: str, filename: str, channel: int) -> str:
    """The key under which an upload will lie; Forbidden for a directory or channel that is not served."""
    if directory not in names.DIRECTORIES:
        raise Forbidden(f"s3_directory: must be one of {', '.join(names.DIRECTORIES)}.")
    if directory == "info-images" and channel not in names.CHANNELS:
        raise Forbidden("info_channel: must be 1, 2 or 3.")
    if not names.is_safe(filename):
        raise BadRequest(f"object_name: must be a plain file name of at most {names.LONGEST} characters.")
    if names.is_preview(filename):
        raise BadRequest(
            f"object_name: names that end in {names.PREVIEW} are given to pictures that are made here."
        )
    return names.key_of(directory, filename, channel)


def received(stored: Stored) -> Upload | None:
    """A file is in the store: note it, and have it read. Safe to repeat; None for what is not the archive's.

    The same name again is the same row: read again, as it may be another file now.
    """
    try:
        directory, channel, filename = names.place_of(stored.key)
    except names.BadName as reason:
        _note_elsewhere(stored, str(reason))
        return None
    if names.is_preview(filename):
        return None  # An object store announces, and the sweep finds, what was made here as well.
    with transaction.atomic():
        upload, _ = Upload.objects.update_or_create(
            key=stored.key,
            defaults={
                "directory": directory,
                "channel": channel,
                "filename": filename,
                "site": names.site_of(filename)[:40],
                "size_bytes": stored.size,
                "uploaded_at": timezone.now(),
                **AFRESH,
            },
        )
        later("images.tasks.ingest", upload.pk)
    return upload


def _note_elsewhere(stored: Stored, reason: str) -> None:
    """List a file that is not the archive's, and why.

    There are MOST_ELSEWHERE places for them, each taken by the last that falls on it, so a bucket full of
    others' files fills no table; a sweep that finds the same one again changes nothing.
    """
    log.warning("a file at %r is not the archive's: %s", stored.key, reason)
    place = zlib.crc32(stored.key.encode(errors="replace")) % MOST_ELSEWHERE
    row = Upload(
        key=f"{names.ELSEWHERE}/{place}",
        directory=names.ELSEWHERE,
        filename=storable(stored.key)[:KEY],
        size_bytes=min(max(stored.size, 0), MOST_BYTES),
        uploaded_at=stored.modified,
        state=Upload.State.KEPT,
        reason=storable(reason),
    )
    fresh = ["filename", "size_bytes", "uploaded_at", "state", "reason"]
    Upload.objects.bulk_create([row], update_conflicts=True, unique_fields=["key"], update_fields=fresh)


def note_later(key: str) -> None:
    """A file is in the store and the database does not answer: have a worker note it, which tries again."""
    try:
        app.send_task("images.tasks.note", [key], retry=False)
    except KombuError:
        log.exception("the broker does not answer either; the sweep will find %s", key)


def note(key: str) -> None:
    stored = store().find(key)
    if stored is not None:
        received(stored)


def announced(stored: Stored) -> None:
    """An object store says that a file came; it may say so twice, and of files that were made here."""
    if not _known(stored):
        received(stored)


def _known(stored: Stored) -> bool:
    just_now = timezone.now() - SAME_EVENT
    key = storable(stored.key)
    return Upload.objects.filter(key=key, size_bytes=stored.size, uploaded_at__gt=just_now).exists()


def read_again(uploads: list[Upload]) -> int:
    """Have stored files read once more, as the admin's action does; returns how many."""
    pks = [upload.pk for upload in uploads if upload.directory != names.ELSEWHERE]
    with transaction.atomic():
        found = Upload.objects.filter(pk__in=pks).update(**AFRESH)
        for pk in pks:
            later("images.tasks.ingest", pk)
    return found


def resume() -> int:
    """Start again what was not read at its time: its worker was killed, its task lost, or reading it failed;
    returns how many.

    A few at a time, and each not again before its task has expired: when everything waits, because workers
    cannot keep up, this must not be what they are busy with. A task that comes too late to be needed ends at
    once, or expires.
    """
    now = timezone.now()
    pks = Upload.objects.in_turn(now, RESUMED_AT_ONCE)
    Upload.objects.filter(pk__in=pks, state=Upload.State.WAITING).update(try_at=now + TASK_LOST)
    for pk in pks:
        later("images.tasks.ingest", pk, expires=TASK_LOST.total_seconds())
    return len(pks)


def sweep(since: timedelta = timedelta(hours=48), patience: timedelta = timedelta(minutes=2)) -> int:
    """Find what a lost notification or task left behind; returns how many files it took up.

    Walks the store for files younger than `since` that have no row, and starts again what waits.
    """
    now = timezone.now()
    found = 0
    batch: list[Stored] = []
    for directory in names.DIRECTORIES:
        for stored in store().walk(directory):
            if now - since < stored.modified < now - patience:
                batch.append(stored)
            if len(batch) == 500:
                found += _take_up(batch)
                batch = []
    found += _take_up(batch)
    return found + resume()


def _take_up(batch: list[Stored]) -> int:
    rows = Upload.objects.filter(key__in=[stored.key for stored in batch])
    known = {key: (size, at) for key, size, at in rows.values_list("key", "size_bytes", "uploaded_at")}
    new = [stored for stored in batch if _is_new(stored, known.get(stored.key))]
    return sum(received(stored) is not None for stored in new)


def _is_new(stored: Stored, known: tuple[int, datetime] | None) -> bool:
    """Nobody noted it; or another file was, that had its name before it."""
    if known is None:
        return True
    size, noted_at = known
    return stored.size != size and stored.modified > noted_at
