"""Every call to somebody else has an end: what is set, and that it holds against one that dawdles."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache.backends.redis import RedisCache
from pytest_django import Settings

from photonranch.auth import jwks
from photonranch.auth.jwks import IssuerError
from photonranch.observe import shared_redis
from photonranch.tests.conf.test_settings import started  # noqa: F401  (a fixture)
from sitecfg import providers
from sitecfg.providers import RemoteHQ, RoomFailure
from streams.layers import RedisLayer


class Dawdler:
    """A server that answers a byte every 20 ms, for ever."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while not self.stopped.is_set():
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            with line:
                line.recv(65536)
                self._dawdle(line)

    def _dawdle(self, line: socket.socket) -> None:
        try:
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
            while not self.stopped.wait(0.02):
                line.sendall(b" ")
        except OSError:
            return

    def stop(self) -> None:
        self.stopped.set()
        self.listener.close()
        self.thread.join(10)


@pytest.fixture
def dawdler() -> Iterator[Dawdler]:
    made = Dawdler()
    yield made
    made.stop()


def test_it_works(started: Any) -> None:  # noqa: F811
    """What the settings say, of each kind of thing that is asked."""
    found = started(DATABASE_URL="postgres://u:p@h/n", REDIS_URL="redis://r:6379/0")

    database = found["DATABASES"]["default"]["OPTIONS"]
    assert (database["connect_timeout"], database["pool"]["timeout"]) == (5, 5)
    assert database["tcp_user_timeout"] == 20_000
    assert found["CACHES"]["default"]["OPTIONS"] == {"socket_connect_timeout": 2, "socket_timeout": 5}
    broker = found["CELERY_BROKER_TRANSPORT_OPTIONS"]
    assert (broker["socket_connect_timeout"], broker["socket_timeout"]) == (2, 5)
    assert found["CELERY_TASK_TIME_LIMIT"] < broker["visibility_timeout"]


def test_what_the_database_s_url_says_is_added(started: Any) -> None:  # noqa: F811
    options = started(DATABASE_URL="postgres://u:p@h/n?sslmode=require")["DATABASES"]["default"]["OPTIONS"]

    assert (options["sslmode"], options["connect_timeout"]) == ("require", 5)


def test_the_store_of_files(started: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setenv("S3_BUCKET", "frames")

    config = started()["STORAGES"]["default"]["OPTIONS"]["client_config"]

    assert (config.connect_timeout, config.read_timeout) == (3, 10)
    assert config.retries == {"total_max_attempts": 2}


def test_the_issuer_of_tokens(dawdler: Dawdler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "OUTSIDE_TIMEOUT_S", 0.3)
    began = time.monotonic()

    with pytest.raises(IssuerError, match="too slowly"):
        jwks.ask(f"{dawdler.url}/.well-known/jwks.json")

    assert time.monotonic() - began < 5


def test_the_provider_of_rooms(dawdler: Dawdler, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.REMOTEHQ_URL, settings.REMOTEHQ_TOKEN = dawdler.url, "token"
    monkeypatch.setattr(providers, "TIMEOUT_S", 0.3)
    began = time.monotonic()

    with pytest.raises(RoomFailure, match="TooLong"):
        RemoteHQ().remove("room")

    assert time.monotonic() - began < 5


def test_redis(settings: Settings) -> None:
    """Whoever speaks to it, of the streams, the cache and the metrics."""
    url = "redis://127.0.0.1:1/0"
    settings.REDIS_URL = url
    shared_redis.shared.cache_clear()
    layer = RedisLayer([url], "t")
    cache: Any = RedisCache(url, {"OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 5}})
    clients: list[Any] = [layer.client, shared_redis.shared(), cache._cache.get_client()]
    try:
        for client in clients:
            options = client.connection_pool.connection_kwargs
            assert 0 < options["socket_connect_timeout"] <= 2
            assert 0 < options["socket_timeout"] <= 5
        listener = layer._listener()
        assert (listener["socket_timeout"], listener["socket_connect_timeout"]) == (5, 2)
    finally:
        shared_redis.shared.cache_clear()
