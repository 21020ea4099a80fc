"""The counters and histograms of this process, in Prometheus' terms (https://prometheus.io/docs/practices/naming/).

Two kinds. Counts belong to a process: each keeps its own in memory, says them to the others by Redis
(`observe.multiprocess`), and every sample carries the label `process`. Gauges that all processes would
answer alike (how many commands wait) are asked for when somebody looks: `ask_for(name, function)`.

No label holds anything that people or sites made: routes, methods, tasks and parts are the program's own.
"""

import os
import socket
import time
from collections.abc import Callable, Iterable
from functools import cache

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, ProcessCollector
from prometheus_client.core import GaugeMetricFamily

from photonranch.observe.probes import Probe

# The moment each counter was made, as a series of its own: nobody asks for it.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]

registry = CollectorRegistry()
ProcessCollector(namespace="photonranch", registry=registry)

REQUESTS = Counter(
    "photonranch_requests", "Requests answered.", ["method", "route", "status"], registry=registry
)
REQUEST_SECONDS = Histogram(
    "photonranch_request_seconds",
    "Time until a request's answer began.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=registry,
)
TASKS = Counter("photonranch_tasks", "Tasks that ended, by how.", ["task", "state"], registry=registry)
TASK_SECONDS = Histogram(
    "photonranch_task_seconds",
    "How long tasks ran.",
    ["task"],
    buckets=(0.05, 0.25, 1, 5, 15, 60, 300, 1800),
    registry=registry,
)
TASK_WAIT_SECONDS = Histogram(
    "photonranch_task_wait_seconds",
    "How long tasks waited for a worker.",
    ["task"],
    buckets=(0.05, 0.25, 1, 5, 15, 60, 300, 1800),
    registry=registry,
)
TASK_SUCCEEDED_AT = Gauge(
    "photonranch_task_succeeded_timestamp_seconds",
    "When a task last succeeded: unix time.",
    ["task"],
    registry=registry,
)

METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    count, took = _series(method if method in METHODS else "other", route, status)
    count.inc()
    took.observe(seconds)


@cache
def _series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Found once: by their labels it takes as long as the counting itself."""
    return REQUESTS.labels(method, route, str(status)), REQUEST_SECONDS.labels(route)


def count_task(task: str, state: str, seconds: float) -> None:
    TASKS.labels(task, state).inc()
    TASK_SECONDS.labels(task).observe(seconds)
    if state == "success":
        TASK_SUCCEEDED_AT.labels(task).set(time.time())


def process_name() -> str:
    """This process among all that share the metrics."""
    return f"{socket.gethostname()}-{os.getpid()}"


# --- Asked for when somebody looks -------------------------------------------------------------------------

# Together a scrape takes as long as the slowest of them, within Prometheus' own ten seconds.
ASK_TIMEOUT_S = 3.0
# What several Prometheus servers, and all who look at once, are answered alike.
ASK_KEEP_S = 5.0

sources: dict[str, Probe[list[Metric]]] = {}


def ask_for(name: str, ask: Callable[[], Iterable[Metric]]) -> None:
    """Have `ask` answer for a part of the metrics; it may fail, or take too long: then they are absent.

    It runs in a thread of its own, and its queries must be bounded by an index.
    """
    sources[name] = Probe(name, lambda: list(ask()), timeout_s=ASK_TIMEOUT_S, keep_s=ASK_KEEP_S)


def gauge(name: str, says: str, value: float | None) -> Metric:
    """One number of the whole installation; None leaves it out."""
    family = GaugeMetricFamily(f"photonranch_{name}", says)
    if value is not None:
        family.add_metric([], value)
    return family
