"""What expires: frames that are not for keeping, info images, downloads. In batches, files first.

A file that is removed before its row leaves a row that the next run removes; the other way round it would
stay for ever.
"""

import time
from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction
from django.utils import timezone

from images.models import Image, InfoImage, Product, Upload
from images.services.ingest import INFO_LIFE
from images.store import scratch, store

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
