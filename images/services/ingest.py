"""What becomes of a file that came in: a frame's picture, header or data; an info image; or neither.

A file is read outside of any transaction, then written in a short one. Files of one frame arrive together and
are read at once by several workers: the frame's unique name makes them one row, its lock one after another.
"""

import bz2
import gzip
import logging
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from images import headers, names, people, pictures
from images.models import UNEXPECTED, DateSource, Image, ImageHeader, InfoImage, Upload, Uploads
from images.names import FrameName
from images.services import previews, stacks
from images.signals import header_read
from images.store import NotStored, Stored, draft, store
from photonranch.api.outages import outage
from photonranch.excerpts import storable
from streams.services import publish

log = logging.getLogger(__name__)

INFO_LIFE = timedelta(hours=48)
# What is not for keeping: data type → how long. The site "tst" tests expiry itself.
LIVES = {"EP": timedelta(days=7), "EF": timedelta(days=1)}
TEST_SITE, TEST_LIFE = "tst", timedelta(minutes=5)
PACKED: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open}
# What a column holds when its header does not say: a header replaces all that came from the one before.
UNKNOWN: dict[str, Any] = {
    column.name: None if column.null else column.get_default()
    for column in Image._meta.concrete_fields
    if column.name in {one.name for one in fields(headers.Columns)} - {"capture_date"}
}


# A file that is tried five times is given up after some eight minutes, before the alert that files wait.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 240))
TRIES = len(PAUSES) + 1


class NoFrame(Exception):
    """A file that is kept and not read; the text says why."""


@dataclass
class Finding:
    """What one file says of its frame: which columns to set, and the header when it has one."""

    columns: dict[str, Any] = field(default_factory=dict)
    header: headers.Header | None = None
    # None: a header that came before counts for more.
    header_columns: dict[str, Any] | None = None
    from_text: bool = False
    made: Stored | None = None

    def mended(self) -> list[str] | None:
        return (self.header.mended.sentences() or None) if self.header is not None else None


# --- One file ----------------------------------------------------------------------------------------------


def ingest(upload: Upload) -> None:
    """Read an uploaded file and record what it is. Safe to repeat; a file that cannot be read is recorded
    with the reason and stops nothing else.

    What nobody foresaw is tried five times, with growing pauses, and then given up. A try counts when it
    begins, so that a file that takes its worker with it is given up as well; an outage is no try.
    """
    if not _begin(upload):
        return
    try:
        _ingest(upload)
    except (OperationalError, InterfaceError, BotoCoreError):
        _take_back(upload)
        raise
    except Exception as error:
        if outage(error):
            _take_back(upload)
            raise
        _failed(upload, error)


def _ingest(upload: Upload) -> None:
    try:
        finding = _recorded(upload, names.parse(upload.filename))
    except (NoFrame, names.BadName) as reason:
        _settle(upload, Upload.State.KEPT, str(reason))
    except NotStored:
        _settle(upload, Upload.State.FAILED, "the file is not in the store")
    except (pictures.Unreadable, headers.BadHeader) as reason:
        log.warning("%s: %s", upload.key, reason)
        _settle(upload, Upload.State.FAILED, str(reason))
    else:
        _settle(upload, Upload.State.DONE, "", finding.mended())


def _recorded(upload: Upload, frame: FrameName) -> Finding:
    """What the file says, once it has been written down."""
    if upload.directory == previews.DIRECTORY:
        previews.make(upload, frame)
        return Finding()
    if upload.directory not in ("data", "info-images"):
        raise NoFrame(f"files in {upload.directory} are kept as they are")
    finding = _read(upload.key, frame, archived=upload.directory == "data")
    if upload.directory == "data":
        _save_frame(frame, finding)
    else:
        _save_info(frame, upload, finding)
    return finding


def _same(upload: Upload) -> Uploads:
    """Unless the file came again meanwhile: that one is still to be read."""
    return Upload.objects.filter(pk=upload.pk, uploaded_at=upload.uploaded_at)


def _begin(upload: Upload) -> bool:
    """Count a try, and say when the next is, should this one not end."""
    if upload.tries >= TRIES:
        _settle(upload, Upload.State.FAILED, upload.reason or f"{UNEXPECTED}its workers were lost")
        return False
    pause = PAUSES[min(upload.tries, len(PAUSES) - 1)]
    if upload.directory == previews.DIRECTORY:
        pause = max(pause, previews.LONGEST)
    again = timezone.now() + pause
    waiting = _same(upload).filter(state=Upload.State.WAITING)
    return bool(waiting.update(tries=F("tries") + 1, try_at=again))


def _take_back(upload: Upload) -> None:
    with suppress(OperationalError, InterfaceError):
        _same(upload).filter(tries__gt=0).update(tries=F("tries") - 1)


def _failed(upload: Upload, error: Exception) -> None:
    tries = upload.tries + 1
    reason = UNEXPECTED + storable(f"{type(error).__name__}: {error}")[:500]
    log.error("%s, try %d of %d: %s", upload.key, tries, TRIES, reason, exc_info=tries in (1, TRIES))
    _settle(upload, Upload.State.FAILED if tries >= TRIES else Upload.State.WAITING, reason)


def _settle(upload: Upload, state: Upload.State, reason: str, mended: list[str] | None = None) -> None:
    _same(upload).update(state=state, reason=storable(reason), mended=mended)


def _read(key: str, frame: FrameName, *, archived: bool = True) -> Finding:
    """`archived`: a file of a frame that is kept, whose medium jpg has a thumbnail, and whose header text
    counts for more than the header in a file."""
    readers: dict[str, Callable[[Path, FrameName], Finding]] = {
        "txt": _read_text,
        "fits": _read_fits,
        "jpg": _read_jpg,
    }
    if frame.kind not in readers:
        raise NoFrame(f"nothing is read from .{frame.extension} files")
    with store().reading(key) as path:
        finding = readers[frame.kind](path, frame)
        if archived and frame.kind == "jpg" and frame.level == names.THUMBNAIL_OF:
            _add_thumbnail(path, frame, finding)
    if finding.header is not None and not (archived and _outranked(frame, finding)):
        finding.header_columns = headers.columns(finding.header).known()
    return finding


def _outranked(frame: FrameName, finding: Finding) -> bool:
    """Whether a header came before that counts for more. Solving another's WCS for nothing is what most of a
    FITS file's time would go to."""
    text = ImageHeader.objects.filter(image__base_filename=frame.base, from_text=True)
    return not finding.from_text and text.exists()


def _read_text(path: Path, frame: FrameName) -> Finding:
    with path.open("rb") as file:
        header = headers.from_text(file.read(headers.MOST_BYTES + 1))
    return Finding(header=header, from_text=True)


def _read_fits(path: Path, frame: FrameName) -> Finding:
    try:
        with _unzipped(path) as file:
            header = headers.from_fits(file)
    except (OSError, EOFError, zlib.error) as error:
        raise pictures.Unreadable(f"cannot be read: {error}") from None
    return Finding(_file_column(frame), header)


def _unzipped(path: Path) -> Any:
    """The file as it was before it was packed as a whole; how, its first bytes tell better than its name."""
    with path.open("rb") as file:
        first = file.read(3)
    opened = next((opened for magic, opened in PACKED.items() if first.startswith(magic)), open)
    return opened(path, "rb")


def _read_jpg(path: Path, frame: FrameName) -> Finding:
    pictures.check_jpg(path)
    return Finding(_file_column(frame))


def _file_column(frame: FrameName) -> dict[str, str]:
    """Which of a frame's files this is; empty for levels that nobody asks for."""
    jpg = frame.kind == "jpg"
    medium, small = (names.MEDIUM_JPG, names.SMALL_JPG) if jpg else (names.LARGE_FITS, names.SMALL_FITS)
    if frame.level in medium:
        return {"jpg" if jpg else "fits_large": frame.tail}
    if frame.level in small:
        return {"thumbnail" if jpg else "fits_small": frame.tail}
    return {}


def _add_thumbnail(path: Path, frame: FrameName, finding: Finding) -> None:
    tail = f"{frame.data_type}11.jpg"
    key = names.key_of("data", f"{frame.base}-{tail}")
    with draft() as small:
        pictures.thumbnail(path, small)
        finding.made = Stored(key, small.stat().st_size, timezone.now())
        store().put(key, small)
    finding.columns["thumbnail"] = tail


# --- Frames ------------------------------------------------------------------------------------------------


def _save_frame(frame: FrameName, finding: Finding) -> None:
    with transaction.atomic():
        image = _locked(frame)
        stack_before = image.smart_stack
        from_header = _header_columns(image, finding)
        changes = {**finding.columns, **from_header}
        if frame.kind in ("jpg", "fits"):
            changes["data_type"] = frame.data_type
        changes = {name: value for name, value in changes.items() if getattr(image, name) != value}
        for name, value in changes.items():
            setattr(image, name, value)
        image.listed = bool(image.jpg)
        image.save(update_fields=[*changes, "listed"])
        if finding.made:
            _note_made(finding.made, frame)
        if frame.kind == "fits":
            previews.order(image, frame)
        elif "jpg" in changes:
            previews.cancel(image)
        if from_header:
            header_read.send(Image, image=image)
        if image.jpg:
            # Pages ask for the frame at once, and before its picture is here they are told 404.
            publish(
                frame.site,
                "imagedata",
                {"s3_directory": "data", "base_filename": frame.base, "site": frame.site},
            )
    stacks.settle(image.site, image.smart_stack)
    if stack_before != image.smart_stack:
        stacks.settle(image.site, stack_before)


def _locked(frame: FrameName) -> Image:
    """The frame's row, which its first file makes; nobody else changes it until the transaction ends."""
    same = Image.objects.select_for_update().filter(base_filename=frame.base)
    found = next(iter(same), None)
    if found is None:
        # Of two that meet here one waits for the other, and finds its row.
        Image.objects.bulk_create([_new(frame)], ignore_conflicts=True)
        found = same.get()
    return found


def _new(frame: FrameName) -> Image:
    now = timezone.now()
    return Image(
        base_filename=frame.base,
        site=frame.site,
        instrument=frame.instrument,
        data_type=frame.data_type,
        capture_date=_to_millisecond(now),
        expires_at=_expiry(frame, now),
    )


def _to_millisecond(instant: datetime) -> datetime:
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def _expiry(frame: FrameName, now: datetime) -> datetime | None:
    life = LIVES.get(frame.data_type)
    if life is None:
        return None
    return now + (TEST_LIFE if frame.site == TEST_SITE else life)


def _header_columns(image: Image, finding: Finding) -> dict[str, Any]:
    """Keep the header, and what it says of the frame, in place of all that the one before said. One that came
    as text counts for more than the file's: the site wrote it last."""
    if finding.header_columns is None:
        return {}
    kept = ImageHeader.objects.filter(image=image).values_list("from_text", flat=True).first()
    if kept and not finding.from_text:
        return {}
    # The frame's row is locked: nobody else keeps its header meanwhile.
    what = {"cards": finding.header, "from_text": finding.from_text}
    if kept is None:
        ImageHeader(image=image, **what).save(force_insert=True)
    else:
        ImageHeader.objects.filter(image=image).update(**what)
    changes = {**UNKNOWN, **finding.header_columns}
    changes["user_key"] = people.key_of(changes["user_id"])
    return {**changes, **_date_columns(image, changes.get("capture_date"))}


def _date_columns(image: Image, written: datetime | None) -> dict[str, Any]:
    """The date that the header says; without one, when the first of the frame's files came."""
    if written is not None:
        return {"capture_date": written, "capture_date_source": DateSource.HEADER}
    if image.capture_date_source == DateSource.UPLOAD:
        return {}
    first = Upload.objects.first_of_image(image.base_filename) or timezone.now()
    return {"capture_date": _to_millisecond(first), "capture_date_source": DateSource.UPLOAD}


def _note_made(made: Stored, frame: FrameName) -> None:
    """A thumbnail is a file of the archive like those that were sent, and needs no reading."""
    row = Upload(
        key=made.key,
        directory="data",
        filename=made.key.rpartition("/")[2],
        site=frame.site,
        size_bytes=made.size,
        uploaded_at=made.modified,
        state=Upload.State.DONE,
    )
    fresh = ["directory", "filename", "site", "size_bytes", "uploaded_at", "state"]
    Upload.objects.bulk_create([row], update_conflicts=True, unique_fields=["key"], update_fields=fresh)


# --- Info images -------------------------------------------------------------------------------------------


@transaction.atomic
def _save_info(frame: FrameName, upload: Upload, finding: Finding) -> None:
    """Show the file in its channel. The first file of another frame replaces what was there, unless it came
    earlier and was only read later."""
    now = timezone.now()
    fresh = {
        "base_filename": frame.base,
        "data_type": frame.data_type,
        "date": frame.date,
        "updated_at": upload.uploaded_at,
        "expires_at": now + INFO_LIFE,
    }
    empty = {"jpg": "", "thumbnail": "", "fits_large": "", "fits_small": ""}
    info, _ = InfoImage.objects.select_for_update().get_or_create(
        site=frame.site, channel=upload.channel or 1, defaults=fresh
    )
    if info.base_filename != frame.base:
        if upload.uploaded_at < info.updated_at:
            return
        fresh |= {**empty, "others": [], "columns": {}, "cards": {}}
    changes: dict[str, Any] = {**fresh, **finding.columns}
    if finding.header_columns is not None:
        changes["cards"] = finding.header
        changes["columns"] = finding.header_columns
    if not finding.columns and frame.tail not in info.others:
        changes["others"] = [*changes.get("others", info.others), frame.tail]
    for name, value in changes.items():
        setattr(info, name, value)
    info.save()
    pushed = {"s3_directory": "info-images", "base_filename": frame.base, "site": frame.site}
    publish(frame.site, "imagedata", {**pushed, "channel": info.channel})
