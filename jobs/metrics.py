"""The commands that wait, for Prometheus."""

import time
from collections.abc import Iterator

from prometheus_client import Metric

from jobs.models import Job
from photonranch.observe.metrics import gauge


def ask() -> Iterator[Metric]:
    count, oldest_ms = Job.objects.backlog()
    age = 0.0 if oldest_ms is None else max(0.0, time.time() - oldest_ms / 1000)
    yield gauge("jobs_unread", "Commands that no observatory has fetched.", count)
    yield gauge("jobs_oldest_unread_seconds", "Age of the oldest of them; 0: there are none.", age)
