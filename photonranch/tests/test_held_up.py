"""Requests that are made to keep the server busy keep nobody waiting."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from photonranch.tests.test_excerpts import forged
from testing.live import KINDS, Kind, Server, running

AT_ONCE = 30
# What `re` went through again and again, in some 11 KB.
ADDRESS, TOKEN = "://" + "a:" * 5_500, "eyJ-" * 2_750


def requests() -> list[dict[str, Any]]:
    """Key ids and algorithms like an address with a password, and paths like the beginning of a token."""
    forgeries = [forged(kid=ADDRESS), forged(alg=ADDRESS), forged(kid=TOKEN), forged(alg=TOKEN)]
    headers = [{"url": "/jobs/newjob", "headers": {"Authorization": f"Bearer {each}"}} for each in forgeries]
    return [*headers, {"url": f"/{TOKEN}"}, {"url": f"/api/image/{TOKEN}"}]


def waited(server: Server) -> float:
    began = time.monotonic()
    assert httpx.get(f"{server.url}/healthz", timeout=5, trust_env=False).status_code == 200
    return time.monotonic() - began


@pytest.mark.live
@pytest.mark.parametrize("kind", KINDS)
def test_thirty_of_them_do_not_hold_up_the_health_check(kind: Kind) -> None:
    """Each of them took seconds; five are what a crowded machine may take for anything."""
    with (
        running(kind, env={"ACCESS_LOG": "1", "LOG_LEVEL": "INFO"}) as server,
        ThreadPoolExecutor(AT_ONCE) as crowd,
    ):
        asked = [crowd.submit(server.http.post, **request) for request in requests() * (AT_ONCE // 6)]
        waits = [waited(server)]
        while not all(each.done() for each in asked):
            waits.append(waited(server))

        assert {each.result().status_code for each in asked} <= {401, 404, 405}
        assert statistics.median(waits) < 1
        server.wait_for("token refused", times=AT_ONCE * 4 // 6)
        assert max(map(len, server.output.splitlines())) < 2_000
