"""Fails with a sentence unless the PostgreSQL and the Redis that the tests are to run on answer."""

import os
import sys
import time

import psycopg
import redis

DEADLINE = time.monotonic() + 20


def reach(name: str, url: str) -> None:
    while True:
        try:
            if name == "PostgreSQL":
                psycopg.connect(url.replace("postgres://", "postgresql://"), connect_timeout=2).close()
            else:
                redis.Redis.from_url(url, socket_connect_timeout=2).ping()
            return
        except (psycopg.OperationalError, redis.ConnectionError) as error:
            if time.monotonic() > DEADLINE:
                sys.exit(f"{name} does not answer, and half of the tests need it: {error}")
            time.sleep(0.2)


reach("PostgreSQL", os.environ["DATABASE_URL_FOR_TESTS"])
reach("Redis", os.environ["REDIS_URL_FOR_TESTS"])
print("PostgreSQL and Redis answer.")
