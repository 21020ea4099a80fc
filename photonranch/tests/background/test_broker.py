"""Celery's way to Redis."""

from typing import Any

import pytest
from kombu.connection import Connection
from redis.exceptions import ConnectionError as RedisConnectionError

from photonranch.background.broker import RedisChannel, RedisTransport, broker_url


@pytest.mark.parametrize(
    ("given", "celerys"),
    [
        ("redis://host:6379/2", "redis://host:6379/2"),
        ("rediss://user:pw@host/0", "rediss://user:pw@host/0"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock"),
        ("unix:///run/redis.sock?db=3", "redis+socket:///run/redis.sock?virtual_host=3"),
    ],
)
def test_it_works(given: str, celerys: str) -> None:
    assert broker_url(given) == celerys


def test_what_is_given_back_on_a_closed_connection_fails_as_that() -> None:
    """Celery expects this error, and ends for any other."""
    connection: Any = Connection("redis://127.0.0.1:1/0")  # type: ignore[no-untyped-call]
    transport = connection.transport
    assert isinstance(transport, RedisTransport)
    channel = RedisChannel.__new__(RedisChannel)
    channel.connection = transport
    connection.collect()

    with pytest.raises(RedisConnectionError, match="closed") as closed:
        channel._connparams()
    assert isinstance(closed.value, connection.connection_errors)
