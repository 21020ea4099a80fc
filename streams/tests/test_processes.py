"""Several server processes on one Redis, and a Redis that goes away and comes back."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from streams.frames import encode
from streams.layers import RedisLayer
from testing.cast import ADMIN
from testing.live import RedisServer, Server, fresh_state, running, running_redis

pytestmark = [pytest.mark.live, pytest.mark.redis_server]


def send(server: Server, data: Any) -> None:
    headers = {"Authorization": f"Bearer {ADMIN.token}"}
    frame = {"site": "saf", "topic": "testing", "data": data}
    assert server.http.post("/datastream/send", json=frame, headers=headers).status_code == 200


def watch(server: Server, query: str = "") -> ClientConnection:
    return connect(f"{server.ws}/datastream?site=saf{query}")


def data(socket: ClientConnection, count: int) -> list[Any]:
    return [json.loads(socket.recv(timeout=20))["data"] for _ in range(count)]


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with running_redis(keeps=True) as server:
        yield server


@pytest.fixture
def two(redis: RedisServer) -> Iterator[tuple[Server, Server]]:
    env = {"REDIS_URL": redis.url}
    with (
        fresh_state() as state,
        running("daphne", env=env, state=state) as one,
        running("uvicorn", env=env, state=state) as other,
    ):
        yield one, other


def test_it_works(two: tuple[Server, Server]) -> None:
    one, other = two
    with watch(one) as here, watch(other) as there:
        for number in range(20):
            send(two[number % 2], number)

        assert data(here, 20) == data(there, 20) == list(range(20))


def test_a_socket_that_moves_to_the_other_process_misses_nothing(two: tuple[Server, Server]) -> None:
    one, other = two
    with watch(one) as socket:
        send(other, 0)
        last = json.loads(socket.recv(timeout=10))["id"]
    send(one, 1)
    send(other, 2)
    with watch(other, f"&since={last}") as socket:
        send(one, 3)
        assert data(socket, 3) == [1, 2, 3]


def test_redis_restarts_with_its_data(two: tuple[Server, Server], redis: RedisServer) -> None:
    """Sockets stay open, are told again what comes, and what was published while nobody could hear."""
    one, other = two
    with watch(one) as here, watch(other) as there:
        send(one, "before")
        assert data(here, 1) == data(there, 1) == ["before"]
        redis.stop()
        send(one, "nobody takes it, and the request succeeds")
        redis.start()
        publish_in_redis(redis, "published before the processes listen again")

        said = {"published before the processes listen again", "nobody takes it, and the request succeeds"}
        for socket in (here, there):
            assert set(data(socket, 2)) == said
        publish_in_redis(redis, "after")
        assert data(here, 1) == data(there, 1) == ["after"]


def test_redis_restarts_without_its_data() -> None:
    with running_redis() as redis, running("uvicorn", env={"REDIS_URL": redis.url}) as server:
        with watch(server) as socket:
            send(server, "before")
            assert data(socket, 1) == ["before"]
            redis.stop()
            redis.start()
            publish_in_redis(redis, "after")
            assert data(socket, 1) == ["after"]
        with watch(server, "&since=0") as socket:
            assert data(socket, 1) == ["after"]


def test_without_redis_sockets_are_refused_and_come_back_later(redis: RedisServer) -> None:
    with running("uvicorn", env={"REDIS_URL": redis.url}) as server:
        redis.stop()
        with pytest.raises(InvalidStatus) as refused, watch(server):
            pass
        assert refused.value.response.status_code == 503
        assert refused.value.response.body == b"Live streams are not available just now; please try again."
        redis.start()
        with watch(server) as socket:
            publish_in_redis(redis, "hello")
            assert data(socket, 1) == ["hello"]


def test_the_same_frame_sent_again_is_one(redis: RedisServer) -> None:
    layer = RedisLayer(hosts=[redis.url], prefix=settings.STREAM_PREFIX)
    body = encode("saf", "testing", 1)
    first = layer.publish("saf", body, "a token")

    assert first > 0
    assert layer.publish("saf", body, "a token") == 0
    assert layer.publish("saf", body) > first
    layer.client.close()


def publish_in_redis(redis: RedisServer, said: str) -> None:
    """As a process of its own does that has not noticed anything."""
    layer = RedisLayer(hosts=[redis.url], prefix=settings.STREAM_PREFIX)
    layer.publish("saf", encode("saf", "testing", said))
    layer.client.close()
