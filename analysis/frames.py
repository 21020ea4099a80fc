"""Which stored file a quick look is at."""

from collections.abc import Iterator

from images import names
from images.models import Image
from images.services.products import find_file
from images.store import Stored, store
from photonranch.errors import NotFound

FOLDERS = ("data", "info-images")


def find(full_filename: str, directory: str) -> Stored:
    """The file of that name; where it is not here, another FITS file of the same frame, the large one before
    the small one. Raises NotFound.

    Clients send as `directory` what the frame's package says: its `s3_directory`, or its `fits_path`, which
    is a place at the site and none of ours.
    """
    folders = (directory,) if directory in names.DIRECTORIES else FOLDERS
    for folder in folders:
        try:
            return _fits(find_file(folder, full_filename))
        except NotFound:
            continue
    for key in _others(full_filename):
        if found := store().find(key):
            return found
    raise NotFound(f"full_filename: there is no FITS file {full_filename[:200]} here.")


def _fits(stored: Stored) -> Stored:
    if ".fits" not in stored.key.lower():
        raise NotFound("no FITS file")
    return stored


def _others(full_filename: str) -> Iterator[str]:
    try:
        base = names.parse(full_filename).base
    except names.BadName:
        return
    image = Image.objects.filter(base_filename=base).only("base_filename", "fits_large", "fits_small").first()
    if image is not None:
        yield from (image.file_key(tail) for tail in (image.fits_large, image.fits_small) if tail)
