from celery import shared_task

from images import warming  # noqa: F401  # its place in the worker's start
from images.models import Upload
from images.services import ingest as ingesting
from images.services import products, upkeep, uploads, usage


@shared_task
def ingest(upload_id: int) -> None:
    for upload in Upload.objects.filter(pk=upload_id, state=Upload.State.WAITING):
        ingesting.ingest(upload)


@shared_task
def note(key: str) -> None:
    uploads.note(key)


@shared_task
def make(product_id: str) -> None:
    products.make(product_id)


@shared_task
def resume() -> None:
    uploads.resume()
    products.resume()


@shared_task
def sweep() -> None:
    uploads.sweep()


@shared_task
def expire() -> None:
    upkeep.expire()


@shared_task
def measure() -> None:
    usage.measure()
