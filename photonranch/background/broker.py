"""Kombu's Redis transport, whose worker survives that Redis went away while it was working.

Celery takes a broken connection apart before it closes it. What is acknowledged or given back on it then, as
every task is that was being worked on, fails with an AttributeError that nobody expects, and the worker ends
without ending its process. Here it fails as what it is: a connection that is closed.

Gain: a worker that was at work when Redis restarted goes on; it took no task any more until it was restarted.
Version: kombu 5.7.0, celery 5.7.0
Upstream: https://github.com/celery/kombu/issues/582 (the same error, at another end of a connection)
Guarded by: photonranch/tests/background/test_broker.py, photonranch/tests/drills/test_redis.py
Way back: delete the two classes, and `use_for_redis` with its call in photonranch/celery.py.
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as kombu_redis
from redis.exceptions import ConnectionError as RedisConnectionError


class RedisChannel(kombu_redis.Channel):
    def _connparams(self, *args: Any, **kwargs: Any) -> Any:
        if self.connection.client is None:
            raise RedisConnectionError("this connection to the broker was closed")
        return super()._connparams(*args, **kwargs)  # type: ignore[no-untyped-call]


class RedisTransport(kombu_redis.Transport):
    Channel = RedisChannel


def use_for_redis() -> None:
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:RedisTransport"


def broker_url(redis_url: str) -> str:
    """As Celery spells it: of a socket file it has its own form."""
    url = redis_url.replace("unix://", "redis+socket://", 1)
    return url.replace("?db=", "?virtual_host=") if url != redis_url else url
