"""What expires: frames that are not for keeping, info images, downloads. In batches, files first.

A file that is removed before its row leaves a row that the next run removes; the other way round it would
stay for ever.
"""

import time
from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction
from django.utils import timezone

from images import names
from images.models import Image, InfoImage, Product, Upload
from images.services.ingest import INFO_LIFE
from images.store import scratch, store
from photonranch.errors import Conflict

BATCH = 200
SCRATCH_LIFE_S = 86_400


def expire() -> int:
    """Remove what has had its time; returns how many rows."""
    clear_scratch()
    return expire_images() + expire_info_images() + expire_products()


def clear_scratch() -> None:
    """Remove what killed processes left behind on its way in, or half made."""
    before = time.time() - SCRATCH_LIFE_S
    for path in scratch().iterdir():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()


def expire_images() -> int:
    removed = 0
    while batch := list(Image.objects.expired(timezone.now())[:BATCH]):
        for image in batch:
            remove_image(image)
        removed += len(batch)
    return removed


def remove_image(image: Image) -> None:
    """A frame with all its files."""
    uploads = Upload.objects.of_image(image.base_filename)
    keys = set(uploads.values_list("key", flat=True))
    tails = (image.jpg, image.thumbnail, image.fits_large, image.fits_small)
    _delete_files(keys | {image.file_key(tail) for tail in tails if tail})
    with transaction.atomic():
        uploads.delete()
        image.delete()


def may_go_alone(upload: Upload) -> bool:
    """Whether a file may be removed by itself: a frame's files go with the frame."""
    return upload.state in (Upload.State.FAILED, Upload.State.KEPT)


def remove_upload(upload: Upload) -> None:
    """A file that is no frame's, with its row. Raises Conflict for a frame's; one that came again meanwhile
    stays. What is not the archive's loses its row alone."""
    if not may_go_alone(upload):
        raise Conflict(f"{upload.filename}: remove the image that it belongs to.")
    with transaction.atomic():
        same = Upload.objects.select_for_update().filter(pk=upload.pk, uploaded_at=upload.uploaded_at)
        if same.filter(state=upload.state).exists():
            if upload.directory != names.ELSEWHERE:
                _delete_files([upload.key])
            same.delete()


def remove_info_image(image: InfoImage) -> None:
    """What a channel shows, with the files of that frame in it."""
    first = names.key_of("info-images", f"{image.base_filename}-", image.channel)
    files = Upload.objects.beginning_with(first)
    tails = (image.jpg, image.thumbnail, image.fits_large, image.fits_small, *image.others)
    keys = set(files.values_list("key", flat=True)) | {image.file_key(tail) for tail in tails if tail}
    _delete_files(keys)
    with transaction.atomic():
        files.delete()
        InfoImage.objects.filter(pk=image.pk, base_filename=image.base_filename).delete()


def remove_product(product: Product) -> None:
    """A download with its file; one that is being made just now finds that it has expired."""
    _delete_files([product.file_key])
    Product.objects.filter(pk=product.pk).delete()


def expire_info_images() -> int:
    before = timezone.now() - INFO_LIFE
    removed = InfoImage.objects.filter(expires_at__lt=timezone.now()).delete()[0]
    old = Upload.objects.filter(directory="info-images", uploaded_at__lt=before).order_by("uploaded_at")
    while batch := list(old[:BATCH]):
        _delete_files(upload.key for upload in batch)
        Upload.objects.filter(pk__in=[upload.pk for upload in batch], uploaded_at__lt=before).delete()
        removed += len(batch)
    return removed


def expire_products() -> int:
    removed = 0
    while batch := list(Product.objects.expired(timezone.now())[:BATCH]):
        _delete_files(product.file_key for product in batch)
        for product in batch:
            removed += Product.objects.filter(pk=product.pk, expires_at=product.expires_at).delete()[0]
    return removed


def _delete_files(keys: Iterable[str]) -> None:
    for key in keys:
        store().delete(key)
