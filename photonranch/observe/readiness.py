"""Whether this process can serve: what it stands on, asked side by side (`/readyz`).

An app adds its own with `check(name, function)`; the function returns nothing, or raises (Unhealthy with a
sentence for everybody to read).
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from photonranch.observe.probes import Probe, ProbeResult, Unhealthy, ask_all
from photonranch.observe.shared_redis import shared

TIMEOUT_S = 2.0
# However many ask, and whatever they pay for it: a part is asked once a second.
KEEP_S = 1.0

# Where workers leave their sign of life, how often, and how old it may be.
HEARTBEAT = "observe:worker"
HEARTBEAT_EVERY_S = 10.0
HEARTBEAT_OLD_S = 45.0

checks: dict[str, Probe[None]] = {}
# What people should know beside the checks, and nobody waits for: a name -> a sentence.
details: dict[str, Callable[[], str]] = {}


def check(name: str, ask: Callable[[], None], timeout_s: float = TIMEOUT_S) -> None:
    checks[name] = Probe(name, ask, timeout_s=timeout_s, keep_s=KEEP_S)


def results() -> dict[str, ProbeResult[None]]:
    return ask_all(checks.values())


def as_answer(results: dict[str, ProbeResult[None]]) -> dict[str, Any]:
    """`results` as `/readyz` answers it."""
    parts: dict[str, dict[str, Any]] = {}
    for name, each in results.items():
        parts[name] = {"ok": each.well, "ms": round(each.seconds * 1000, 1)}
        if not each.well:
            parts[name]["reason"] = each.reason
    ready = all(each.well for each in results.values())
    return {"ready": ready, "checks": parts, "details": {name: tell() for name, tell in details.items()}}


def database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def redis() -> None:
    shared().ping()


def worker() -> None:
    """A worker gave a sign of life; one that is busy gives it too."""
    last_sign = cache.get(HEARTBEAT)
    if last_sign is None:
        raise Unhealthy("no worker has given a sign of life")
    age = time.time() - float(last_sign)
    if age > HEARTBEAT_OLD_S:
        raise Unhealthy(f"no worker has given a sign of life for {age:.0f} s")


def beat() -> None:
    """Leave a worker's sign of life; raises what the cache raises."""
    cache.set(HEARTBEAT, time.time(), 24 * 3600)


def check_what_everybody_needs() -> None:
    check("database", database)
    if settings.REDIS_URL:
        check("redis", redis)
    check("worker", worker)
