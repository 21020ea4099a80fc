"""`/readyz`: what the server stands on, asked side by side, with patience and discretion."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as here
from django.core.cache import cache
from django.db import OperationalError
from pytest_django import Settings

from photonranch.observe import readiness
from photonranch.observe.probes import Probe, ProbeResult, Unhealthy, ask_all
from testing.cast import Api
from testing.live import running, running_redis

HOST = "db-7.internal.example.org"


@pytest.fixture(autouse=True)
def _asked_anew() -> None:
    for probe in readiness.checks.values():
        probe.last = None


def with_a_worker() -> None:
    readiness.beat()


@pytest.mark.django_db(transaction=True)
def test_it_works(api: Api) -> None:
    with_a_worker()
    answer = api.get("/readyz")

    told = answer.json()
    assert (answer.status_code, told["ready"]) == (200, True)
    redis = {"redis"} if here.REDIS_URL else set()
    assert set(told["checks"]) == {"database", "worker", "storage"} | redis
    assert re.fullmatch(r"UT1 and the pole are known until 20\d\d-\d\d-\d\d\.", told["details"]["earth"])
    for check in told["checks"].values():
        assert set(check) == {"ok", "ms"}
        assert 0 <= check["ms"] < 2000


@pytest.mark.django_db(transaction=True)
def test_without_a_worker(api: Api) -> None:
    answer = api.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["worker"]["reason"] == "no worker has given a sign of life"
    assert answer.json()["checks"]["database"]["ok"] is True


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_fell_silent(api: Api) -> None:
    cache.set(readiness.HEARTBEAT, time.time() - 100)

    told = api.get("/readyz").json()
    assert told["checks"]["worker"]["reason"] == "no worker has given a sign of life for 100 s"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["database", "redis", "storage"])
def test_a_part_that_fails_is_named_and_its_host_is_not(
    api: Api, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fails() -> None:
        raise OperationalError(f"connection to {HOST} port 5432 failed: password sesame")

    with_a_worker()
    readiness.check("redis", lambda: None)
    monkeypatch.setattr(readiness.checks[name], "ask", fails)
    try:
        answer = api.get("/readyz")
    finally:
        if not here.REDIS_URL:
            del readiness.checks["redis"]

    assert answer.status_code == 503
    assert answer.json()["checks"][name]["reason"] == "does not answer (OperationalError)"
    assert [each for each, check in answer.json()["checks"].items() if not check["ok"]] == [name]
    assert HOST not in answer.content.decode()
    assert "sesame" not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_folder_that_takes_no_files(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with_a_worker()
    monkeypatch.setattr("images.readiness.os.access", lambda *_: False)

    answer = api.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["storage"]["reason"] == "the folder of the files cannot be written to"
    assert str(here.MEDIA_ROOT) not in answer.content.decode()


def test_a_disk_that_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    from images import readiness as files

    monkeypatch.setattr(files, "LEAST_FREE", 2**63)
    with pytest.raises(Unhealthy, match="the disk of the files is full"):
        files.storage()


# --- Probes ------------------------------------------------------------------------------------------------


class Stuck:
    """A question that hangs until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked = 0

    def __call__(self) -> None:
        self.asked += 1
        assert self.go.wait(30)


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    made = Stuck()
    yield made
    made.go.set()


def found(ask: Callable[[], Any], timeout_s: float = 5.0, keep_s: float = 0.0) -> ProbeResult[Any]:
    probe: Probe[Any] = Probe("it", ask, timeout_s=timeout_s, keep_s=keep_s)
    return ask_all([probe])["it"]


def test_what_hangs_is_waited_for_so_long_and_no_longer(stuck: Stuck) -> None:
    began = time.monotonic()

    late = found(stuck, timeout_s=0.2)

    assert late.reason == "has not answered within 0.2 s"
    assert 0.2 <= time.monotonic() - began < 5


def test_what_hangs_is_asked_once_however_many_look(stuck: Stuck) -> None:
    probe: Probe[None] = Probe("it", stuck, timeout_s=0.05, keep_s=0.0)

    for _ in range(5):
        assert not ask_all([probe])["it"].well

    assert stuck.asked == 1
    stuck.go.set()
    assert probe.start().result(10).well


def test_parts_are_asked_side_by_side() -> None:
    meeting = threading.Barrier(3)
    probes = [Probe(f"{n}", lambda: meeting.wait(10), timeout_s=10, keep_s=0) for n in range(3)]

    assert all(each.well for each in ask_all(probes).values())


def test_an_answer_counts_for_a_moment() -> None:
    asked: list[int] = []
    probe: Probe[None] = Probe("it", lambda: asked.append(1), timeout_s=5, keep_s=60)

    for _ in range(3):
        assert ask_all([probe])["it"].well

    assert asked == [1]


def test_one_that_hangs_does_not_shorten_the_patience_with_others(stuck: Stuck) -> None:
    quick: Probe[Any] = Probe("quick", lambda: "here", timeout_s=5, keep_s=0)
    hangs: Probe[Any] = Probe("hangs", stuck, timeout_s=0.1, keep_s=0)

    told = ask_all([hangs, quick])

    assert list(told) == ["hangs", "quick"]
    assert (told["hangs"].well, told["quick"].value) == (False, "here")


# --- The real thing ----------------------------------------------------------------------------------------


@pytest.mark.live
def test_the_server_of_one_process_becomes_ready() -> None:
    """Its own worker gives the sign of life."""
    with running(env={"REDIS_URL": ""}) as server:
        deadline = time.monotonic() + 30
        while (answer := server.http.get("/readyz")).status_code != 200:
            assert time.monotonic() < deadline, answer.text
            assert answer.json()["checks"]["database"]["ok"]
            threading.Event().wait(0.1)


@pytest.mark.live
@pytest.mark.redis_server
def test_a_redis_that_stops_and_comes_back() -> None:
    with running_redis() as redis, running("uvicorn", env={"REDIS_URL": redis.url}) as server:
        assert server.http.get("/readyz").json()["checks"]["redis"]["ok"] is True
        redis.stop()
        threading.Event().wait(readiness.KEEP_S)

        began = time.monotonic()
        answer = server.http.get("/readyz")
        assert time.monotonic() - began < 5
        checks = answer.json()["checks"]
        assert answer.status_code == 503
        assert (checks["redis"]["ok"], checks["worker"]["ok"], checks["database"]["ok"]) == (
            False,
            False,
            True,
        )
        assert str(redis.path) not in answer.text
        assert server.http.get("/healthz").text == "ok"
        assert server.http.get("/metrics").status_code == 200

        redis.start()
        deadline = time.monotonic() + 30
        while not server.http.get("/readyz").json()["checks"]["redis"]["ok"]:
            assert time.monotonic() < deadline
            threading.Event().wait(0.1)


def test_a_bucket_is_asked_with_less_patience_than_files_are_moved(settings: Settings) -> None:
    from botocore.config import Config

    from images import readiness as files

    options = {"bucket_name": "b", "access_key": "a", "secret_key": "s", "region_name": "us-east-1"}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {**options, "client_config": Config(connect_timeout=3, read_timeout=20)},
        },
    }
    files._client.cache_clear()
    try:
        config = files._client().meta.config
    finally:
        files._client.cache_clear()

    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert config.retries["total_max_attempts"] == 1


def test_a_worker_s_first_sign_needs_no_waiting(tmp_path: Path) -> None:
    """The step of the worker gives it as soon as it starts, and stops giving it when it ends."""
    from photonranch.background.signals import SignOfLife

    class Timer:
        cancelled = False

        def call_repeatedly(self, every_s: float, call: Callable[[], None]) -> Any:
            assert every_s < readiness.HEARTBEAT_OLD_S
            return self

        def cancel(self) -> None:
            self.cancelled = True

    class Worker:
        timer = Timer()

    cache.delete(readiness.HEARTBEAT)
    step = SignOfLife(Worker())
    step.start(Worker())

    readiness.worker()
    step.stop(Worker())
    assert Worker.timer.cancelled
