"""A picture, and a thumbnail of it, for frames of which a FITS file came and no jpg: lists show frames with a
picture, and people look at pictures.

Telescopes send a jpg with every frame, in any order with its other files, so a picture is made only when
none has come WAIT after the FITS file. Until then, and until it is made, it is a row of Upload (directory
`previews`) that waits to be read: `uploads.resume` takes it up in its turn, ingest counts its tries, and the
admin shows why none could be made. A frame whose jpg came first costs nothing.

What is made has names of its own (`names.PREVIEW`), so it never lies where a jpg that somebody sends would.
That one goes before it whenever it comes.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from images import names, pictures
from images.models import Image, Upload
from images.names import FrameName
from images.services import stacks
from images.store import Stored, draft, store
from streams.services import publish

DIRECTORY = "previews"
WAIT = timedelta(seconds=30)
# No second worker begins with a picture before the first must have ended.
LONGEST = timedelta(seconds=pictures.CONVERSION_S + pictures.PICTURE_S + 60)


@dataclass(frozen=True)
class Made:
    picture: Stored
    thumbnail: Stored

    def delete(self) -> None:
        store().delete(self.picture.key)
        store().delete(self.thumbnail.key)


def order(image: Image, frame: FrameName) -> None:
    """A FITS file was read: have a picture made of it, unless the frame has a jpg, or one is made of another
    of its files. In the transaction that notes the file."""
    if not _needs_one(image) or frame.tail != _source(image):
        return
    now = timezone.now()
    tail = names.preview(frame, names.THUMBNAIL_OF)
    Upload.objects.update_or_create(
        key=image.file_key(tail),
        defaults={
            "directory": DIRECTORY,
            "filename": f"{image.base_filename}-{tail}",
            "site": frame.site,
            "size_bytes": 0,
            "uploaded_at": now,
            "state": Upload.State.WAITING,
            "reason": "",
            "tries": 0,
            "try_at": now + WAIT,
        },
    )


def cancel(image: Image) -> None:
    """Its jpg came: none is needed any more. One that is being made just now is thrown away once it is."""
    if _source(image):
        waiting = Upload.objects.of_image(image.base_filename).filter(state=Upload.State.WAITING)
        waiting.filter(directory=DIRECTORY).delete()


def make(upload: Upload, frame: FrameName) -> None:
    """Make the picture that was ordered, unless it is needed no more. Raises Unreadable and NotStored."""
    image = Image.objects.filter(base_filename=frame.base).first()
    if image is None or not _needs_one(image):
        Upload.objects.filter(pk=upload.pk, uploaded_at=upload.uploaded_at).delete()
        return
    made = _made(image, frame)
    if not _keep(frame, made):
        made.delete()
        Upload.objects.filter(pk=upload.pk).delete()
        return
    stacks.settle(image.site, image.smart_stack)


def _needs_one(image: Image) -> bool:
    return not image.jpg or names.is_preview(image.jpg)


def _source(image: Image) -> str:
    """The small file will do, and takes less time."""
    return image.fits_small or image.fits_large


def _made(image: Image, frame: FrameName) -> Made:
    source = _source(image)
    with store().reading(image.file_key(source)) as path, draft() as large, draft() as small:
        try:
            pictures.preview(path, large)
        except pictures.Unreadable as reason:
            raise pictures.Unreadable(f"no picture can be made of {source}: {reason}") from None
        pictures.thumbnail(large, small)
        return Made(
            _put(image.file_key(frame.tail), large),
            _put(image.file_key(names.preview(frame, names.SMALL_JPG[0])), small),
        )


def _put(key: str, path: Path) -> Stored:
    stored = Stored(key, path.stat().st_size, timezone.now())
    store().put(key, path)
    return stored


@transaction.atomic
def _keep(frame: FrameName, made: Made) -> bool:
    """Show them, and tell; False when the frame was removed meanwhile, or its own jpg came."""
    image = Image.objects.select_for_update().filter(base_filename=frame.base).first()
    if image is None or not _needs_one(image):
        return False
    image.jpg, image.listed = frame.tail, True
    if not image.thumbnail:
        image.thumbnail = names.preview(frame, names.SMALL_JPG[0])
    image.save(update_fields=["jpg", "thumbnail", "listed"])
    Upload.objects.filter(key=made.picture.key).update(size_bytes=made.picture.size)
    Upload.objects.update_or_create(
        key=made.thumbnail.key,
        defaults={
            "directory": DIRECTORY,
            "filename": made.thumbnail.key.rpartition("/")[2],
            "site": frame.site,
            "size_bytes": made.thumbnail.size,
            "uploaded_at": made.thumbnail.modified,
            "state": Upload.State.DONE,
        },
    )
    told = {"s3_directory": "data", "base_filename": frame.base, "site": frame.site}
    publish(frame.site, "imagedata", told)
    return True
