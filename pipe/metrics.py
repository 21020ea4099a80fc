"""PIPE's queues and machines, for Prometheus; of all queues together, whose names people choose."""

from collections.abc import Iterator

from prometheus_client import Metric

from photonranch.observe.metrics import gauge
from pipe.models import Machine, Queue, now_ms


def ask() -> Iterator[Metric]:
    at = now_ms()
    waiting, dead = Queue.objects.backlog(at)
    yield gauge("pipe_items_waiting", "Items that a machine could have.", waiting)
    yield gauge("pipe_items_dead", "Items tried too often, which wait for staff.", dead)
    yield gauge(
        "pipe_machines_stale", "Machines that have been silent for PIPE_STALE_S.", Machine.objects.stale(at)
    )
