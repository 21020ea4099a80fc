"""The connection to Redis of those who watch the server: counts of processes, tasks that wait, readiness."""

from functools import lru_cache
from typing import Any

import redis
from django.conf import settings


@lru_cache(maxsize=1)
def shared() -> "redis.Redis":
    """One for the process. Only where REDIS_URL is set."""
    timeouts: Any = {"socket_timeout": 2, "socket_connect_timeout": 1}
    return redis.Redis.from_url(str(settings.REDIS_URL), **timeouts)
