"""Several processes, one answer: whichever is asked for `/metrics` tells the counts of all."""

import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families as read
from pytest_django import Settings

from photonranch.observe import metrics, multiprocess, shared_redis
from testing.live import Process, RedisServer, Server, environment, fresh_state, running, running_redis

pytestmark = pytest.mark.redis_server


@pytest.fixture
def own_redis(settings: Settings) -> Iterator[RedisServer]:
    with running_redis() as server:
        settings.REDIS_URL = server.url
        shared_redis.shared.cache_clear()
        yield server
        shared_redis.shared().close()
        shared_redis.shared.cache_clear()


def other(process: str, at: float, requests: float = 5) -> None:
    """Another process has written."""
    labels = {"method": "GET", "route": "healthz", "status": "200"}
    sample = ("photonranch_requests_total", labels, requests)
    family = ("photonranch_requests", "Requests answered.", "counter", [sample])
    shared_redis.shared().hset(multiprocess._key(), process, orjson.dumps({"at": at, "families": [family]}))


def told() -> Counter[str]:
    """Process -> requests for /healthz, whatever their method and status."""
    found: Counter[str] = Counter()
    for family in multiprocess.Everything()._counts():
        for sample in family.samples:
            if sample.name == "photonranch_requests_total" and sample.labels["route"] == "healthz":
                found[sample.labels["process"]] += int(sample.value)
    return found


def test_it_works(own_redis: RedisServer) -> None:
    metrics.count_request("GET", "healthz", 200, 0.001)
    multiprocess.write()
    other("elsewhere-1", time.time(), 5)
    other("elsewhere-2", time.time(), 7)

    found = told()

    assert found["elsewhere-1"] == 5
    assert found["elsewhere-2"] == 7
    # Its own are told as they are now, not as they were written.
    metrics.count_request("GET", "healthz", 200, 0.001)
    assert told()[metrics.process_name()] == found[metrics.process_name()] + 1


def test_what_it_writes_is_what_another_reads(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics.count_request("GET", "healthz", 200, 0.001)
    multiprocess.write()
    mine = told()
    monkeypatch.setattr(metrics, "process_name", lambda: "somebody-else")
    monkeypatch.setattr(multiprocess, "counts", list)

    assert told() == mine


def test_a_process_that_is_gone_is_forgotten(own_redis: RedisServer) -> None:
    other("gone-1", time.time() - multiprocess.GONE_AFTER_S - 1)

    assert "gone-1" not in told()
    assert shared_redis.shared().hgetall(multiprocess._key()) == {}
    multiprocess.write()
    ttl: Any = shared_redis.shared().ttl(multiprocess._key())
    assert 0 < ttl <= multiprocess.GONE_AFTER_S * 4


def test_without_redis_one_tells_its_own(own_redis: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    metrics.count_request("GET", "healthz", 200, 0.001)
    own_redis.stop()
    with pytest.raises(redis.RedisError):
        multiprocess.write()

    assert set(told()) == {metrics.process_name()}
    writer = multiprocess.MetricsWriter()
    writer.try_to_write()
    writer.try_to_write()
    assert caplog.text.count("reach nobody") == 1


@pytest.mark.live
def test_two_servers_and_a_worker_answer_as_one() -> None:
    with running_redis() as redis, fresh_state() as state:
        env = {"REDIS_URL": redis.url, "LOG_LEVEL": "INFO", "LOG_FORMAT": "json"}
        command = [sys.executable, "-m", "celery", "-A", "photonranch", "worker", "--concurrency=1"]
        worker = Process(command, {**environment(state), **env})
        try:
            with (
                running("uvicorn", env=env, state=state) as one,
                running("uvicorn", env=env, state=state) as two,
            ):
                worker.wait_for(r" ready\.")
                config = {"site": "tst", "latitude": 34.0, "longitude": -119.0, "elevation": 100}
                headers = {"X-Request-ID": "over-the-broker-1"}
                assert one.http.put("/api/tst/config", json=config, headers=headers).status_code == 200
                # One asks for the other's route and for the task that the worker's child ran.
                wanted = {("route", "api/<str:site>/config"), ("task", "sitecfg.tasks.compute_nights_of")}
                until(lambda: wanted <= labels(two))
                until(lambda: two.http.get("/readyz").status_code == 200)
        finally:
            worker.stop()


def labels(server: Server) -> set[tuple[str, str]]:
    text = server.http.get("/metrics").text
    return {item for family in read(text) for sample in family.samples for item in sample.labels.items()}


def until(holds: Any, seconds: float = 30.0) -> None:
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not holds():
        assert time.monotonic() < deadline
        pause.wait(0.2)
