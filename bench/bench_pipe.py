"""PIPE's queues against the bare loop on the same engine: `python -m bench.bench_pipe [items]`.

Makes a database of its own (`test_…`) and removes it. Prints items per second and ratios; on PostgreSQL the
peer is `DELETE … FOR UPDATE SKIP LOCKED … RETURNING` over a table of two columns, on SQLite the same without
the lock clause.
"""

import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "photonranch.settings")
os.environ.setdefault("DEMO", "0")
os.environ["LOG_LEVEL"] = "ERROR"

TAKEN = 2000
CONSUMERS = 4
HTTP_TAKEN = 1000


def main() -> None:
    with TemporaryDirectory() as folder:
        os.environ["VAR_DIR"] = folder
        import django
        from django.db import connection
        from django.test.utils import setup_databases, teardown_databases

        django.setup()
        old = setup_databases(verbosity=0, interactive=False)
        try:
            print(f"{connection.vendor}, items per second")
            in_process(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
        finally:
            connection.close()
            teardown_databases(old, verbosity=0)
        over_http(Path(folder) / "server")


def in_process(most: int) -> None:
    from django.db import connection

    from pipe import services

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, payload TEXT)")
    services.create_queue("bench")
    here = 0
    for size in (1000, most):
        fill(size - here)
        for consumers in (1, CONSUMERS):
            count = min(TAKEN, size // 2) // consumers
            bare = measured(consumers, count, take_bare)
            ours = measured(consumers, count, lambda: services.take("bench") is not None)
            held = measured(consumers, count // 2, lambda: services.take("bench", lease_s=600) is not None)
            print(
                f"{size:>9,} queued, {consumers} consumers: bare {bare:6.0f}  ours {ours:6.0f} "
                f"({ours / bare:.0%})  on lease {held:6.0f} ({held / bare:.0%})"
            )
            here = refill(size)


def fill(count: int) -> None:
    """Straight into the tables, in pieces."""
    from django.db import connection

    from pipe.models import Item, Queue

    queue = Queue.objects.get(name="bench")
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(id), 0) FROM bare")
        first = cursor.fetchone()[0] + 1
        for start in range(first, first + count, 5000):
            numbers = range(start, min(start + 5000, first + count))
            cursor.executemany("INSERT INTO bare VALUES (%s, %s)", [(n, '{"n": 1}') for n in numbers])
            Item.objects.bulk_create(Item(queue=queue, payload='{"n": 1}', created_at=0) for _ in numbers)
        cursor.execute("ANALYZE")


def refill(size: int) -> int:
    from pipe.models import Item

    Item.objects.exclude(leased_until=None).delete()
    waiting = Item.objects.count()
    fill(size - waiting)
    return size


def take_bare() -> bool:
    from django.db import connection

    lock = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM bare WHERE id = (SELECT id FROM bare ORDER BY id LIMIT 1 {lock}) "
            "RETURNING id, payload"
        )
        return bool(cursor.fetchall())


def measured(consumers: int, each: int, take: Callable[[], bool]) -> float:
    """Items per second that `consumers` threads take together."""
    from testing.cast import at_once

    def work(_: int) -> float:
        take()
        began = time.perf_counter()
        for _ in range(each):
            assert take()
        return time.perf_counter() - began

    return consumers * each / max(at_once(consumers, work))


def over_http(folder: Path) -> None:
    """One server, embedded, as `make run` starts it; one kept connection per consumer."""
    environment = {**os.environ, "VAR_DIR": str(folder), "DATABASE_URL": "", "REDIS_URL": ""}
    command = [sys.executable, "manage.py", "serve", "--port", "0"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        line = next(line for line in server.stdout if "/api/docs" in line)
        place = line.split("http://")[1].split("/")[0]
        call(http.client.HTTPConnection(place), "queue", b'{"queue_name": "bench"}')
        body = b'{"queue_name": "bench", "items": [' + b",".join([b"{}"] * HTTP_TAKEN) + b"]}"
        call(http.client.HTTPConnection(place), "enqueue_batch", body)
        began = time.perf_counter()
        threads = [threading.Thread(target=take_over_http, args=(place,)) for _ in range(CONSUMERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rate = HTTP_TAKEN / (time.perf_counter() - began)
        print(f"over HTTP (manage.py serve, SQLite), {CONSUMERS} consumers: {rate:.0f}")
    finally:
        server.kill()
        server.wait()


def call(door: http.client.HTTPConnection, path: str, body: bytes | None = None) -> int:
    door.request("POST", f"/api/pipe/{path}", body)
    answer = door.getresponse()
    answer.read()
    return answer.status


def take_over_http(place: str) -> None:
    door = http.client.HTTPConnection(place)
    for _ in range(HTTP_TAKEN // CONSUMERS):
        assert call(door, "queue/bench/dequeue") == 200


if __name__ == "__main__":
    main()
