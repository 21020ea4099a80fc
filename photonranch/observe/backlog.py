"""How many tasks wait for a worker, wherever the broker keeps them."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from prometheus_client import Metric

from photonranch.observe import metrics

QUEUE = "celery"


def tell() -> None:
    metrics.ask_for("tasks", ask)


def ask() -> Iterator[Metric]:
    yield metrics.gauge("tasks_waiting", "Tasks that no worker has taken yet.", waiting())


def waiting() -> int:
    """In Redis the length of Celery's list; without it the number of its files."""
    if settings.REDIS_URL:
        from photonranch.observe.shared_redis import shared

        prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
        length: int = shared().llen(f"{prefix}{QUEUE}")
        return length
    folder = Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"])
    return sum(1 for path in folder.iterdir() if path.name.endswith(f".{QUEUE}.msg"))
