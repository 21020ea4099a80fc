"""The counts of all processes, wherever they run, in one answer.

Whichever process is asked for `/metrics` (a proxy chooses) answers for all: each writes its counts into a
hash in Redis every few seconds. Prometheus' own way for several processes is a folder of memory-mapped files;
it reaches no other machine or container, keeps the files of every process that ever was, and takes no
collectors, by which the streams are counted.

Samples carry the label `process`. So a process that ends takes its series with it, and `rate()` of what is
left stays right: `sum by (route) (rate(photonranch_requests_total[5m]))`.
"""

import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
import redis
from django.conf import settings
from prometheus_client import Metric
from prometheus_client.registry import Collector

from photonranch.observe import metrics, readiness
from photonranch.observe.probes import ProbeResult, ask_all
from photonranch.observe.shared_redis import shared

log = logging.getLogger(__name__)

WRITE_EVERY_S = 5.0
# A process that has written nothing for this long is gone.
GONE_AFTER_S = 30.0

# Name, help, type, and (sample, labels, value) of each.
Family = tuple[str, str, str, list[tuple[str, dict[str, str], float]]]


def _key() -> str:
    return f"{settings.REDIS_PREFIX}:metrics"


# --- What this process writes ------------------------------------------------------------------------------


def counts() -> list[Family]:
    """This process' own."""
    return [
        (
            family.name,
            family.documentation,
            family.type,
            [(s.name, s.labels, s.value) for s in family.samples],
        )
        for family in metrics.registry.collect()
    ]


def write() -> None:
    """Raises RedisError."""
    entry = orjson.dumps({"at": time.time(), "families": counts()})
    with shared().pipeline(transaction=False) as pipe:
        pipe.hset(_key(), metrics.process_name(), entry)
        pipe.expire(_key(), int(GONE_AFTER_S * 4))
        pipe.execute()


class MetricsWriter:
    """A thread that writes, in every process that counts; also in those that are forked off later."""

    def __init__(self) -> None:
        self.thread: threading.Thread | None = None
        self.silent = False
        os.register_at_fork(after_in_child=self._forked)

    def start(self) -> None:
        """Does nothing where one process is all there is, or when it runs already."""
        if settings.REDIS_URL and self.thread is None:
            self.thread = threading.Thread(target=self._run, name="metrics", daemon=True)
            self.thread.start()

    def _forked(self) -> None:
        if self.thread is not None:
            self.thread = None
            self.start()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self.try_to_write()
            pause.wait(WRITE_EVERY_S)

    def try_to_write(self) -> None:
        try:
            write()
        except redis.RedisError as error:
            if not self.silent:
                log.warning("this process' counts reach nobody just now: %s", type(error).__name__)
            self.silent = True
        else:
            self.silent = False


writer = MetricsWriter()


# --- What whoever asks is answered -------------------------------------------------------------------------


def others() -> dict[str, list[Family]]:
    """The counts of the other processes, by their names; raises RedisError. What is gone is forgotten."""
    families: dict[str, list[Family]] = {}
    entries: Any = shared().hgetall(_key())
    for name, entry in entries.items():
        read = orjson.loads(entry)
        if time.time() - read["at"] > GONE_AFTER_S:
            shared().hdel(_key(), name)
        elif name.decode() != metrics.process_name():
            families[name.decode()] = read["families"]
    return families


class Everything(Collector):
    """The counts of all processes, the gauges of the apps, and what is well."""

    def collect(self) -> Iterator[Metric]:
        parts = ask_all(readiness.checks.values())
        sources = ask_all(metrics.sources.values())
        yield from self._counts()
        for result in sources.values():
            yield from result.value or ()
        yield _well("photonranch_ready", "Whether a part is ready to serve, as /readyz says.", "part", parts)
        yield _well("photonranch_source_up", "Whether an app's gauges could be asked for.", "source", sources)

    def _counts(self) -> Iterable[Metric]:
        merged: dict[str, Metric] = {}
        _merge(merged, metrics.process_name(), counts())
        if settings.REDIS_URL:
            try:
                for process, families in others().items():
                    _merge(merged, process, families)
            except redis.RedisError as error:
                # One's own counts are worth more than none; photonranch_ready says what is wrong.
                log.warning("only one process' counts can be told: %s", type(error).__name__)
        return merged.values()


def _merge(merged: dict[str, Metric], process: str, families: Iterable[Family]) -> None:
    for name, says, kind, samples in families:
        family = merged.setdefault(name, Metric(name, says, kind))
        for sample, labels, value in samples:
            family.add_sample(sample, {"process": process, **labels}, value)


def _well(name: str, says: str, label: str, results: dict[str, ProbeResult[Any]]) -> Metric:
    family = Metric(name, says, "gauge")
    for part, each in results.items():
        family.add_sample(name, {label: part}, float(each.well))
    return family
