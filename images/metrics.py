"""How far the archive is behind, for Prometheus."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from prometheus_client import Metric

from images.models import Product, Upload
from images.store import store
from photonranch.observe.metrics import gauge


def ask() -> Iterator[Metric]:
    now = timezone.now()
    count, oldest = Upload.objects.backlog()
    yield gauge("uploads_waiting", "Files that came and are not read yet.", count)
    yield gauge("ingest_lag_seconds", "How long the oldest of them has waited; 0: none.", _age(now, oldest))
    failed = Upload.objects.failed_since(now - timedelta(days=1))
    yield gauge("uploads_failed_day", "Files of the last 24 hours that cannot be read.", failed)
    given_up = Upload.objects.given_up_since(now - timedelta(days=1))
    yield gauge("uploads_unexpected_day", "Those of them that met an error nobody foresaw.", given_up)
    count, oldest = Product.objects.backlog()
    yield gauge("downloads_waiting", "Zips and converted frames being made or waiting for it.", count)
    yield gauge("downloads_oldest_seconds", "Age of the oldest of them; 0: none.", _age(now, oldest))
    if store().local:
        free = shutil.disk_usage(settings.MEDIA_ROOT).free
        yield gauge("storage_free_bytes", "Free on the disk that holds the files.", free)


def _age(now: datetime, since: datetime | None) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
