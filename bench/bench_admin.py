"""The admin: `python -m bench.bench_admin [rows]`; each page among many rows beside the same among few.

On SQLite or DATABASE_URL. A list that reads its whole table takes longer the more there is; these must not.
"""

import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from bench.database import prepared_database

FEW = 25_000
MANY = 250_000
ROUNDS = 5
BATCH = 10_000
TABLES = ("jobs.job", "logs.logmessage", "images.image", "images.upload", "reservations.reservation")
PAGES = {
    "the start page": "",
    "jobs": "jobs/job/",
    "jobs of a site": "jobs/job/?site=s007",
    "jobs waiting": "jobs/job/?state=UNREAD",
    "jobs of a month": "jobs/job/?date=2026-01",
    "jobs failed, the newest": "jobs/job/?state=FAILED",
    "jobs by user, the newest": "jobs/job/?o=7",
    "jobs by words": "jobs/job/?q=alice+nothing",
    "jobs, a page far back": "jobs/job/?p=190",
    "log": "logs/logmessage/",
    "log of a site": "logs/logmessage/?site=s007",
    "log, warnings": "logs/logmessage/?level=warning",
    "log by words": "logs/logmessage/?q=nothing+like+it",
    "images": "images/image/",
    "images of a site": "images/image/?site=s007",
    "images by name": "images/image/?q=saf-camera-20260301-00001234",
    "images, all of a site": "images/image/?shown=all&site=s007",
    "uploads": "images/upload/",
    "uploads failed": "images/upload/?state=failed",
    "uploads of a day": "images/upload/?date=2026-01-20",
    "reservations": "reservations/reservation/",
    "reservations of a site": "reservations/reservation/?site=s007",
    "reservations now": "reservations/reservation/?when=now",
    "reservations over": "reservations/reservation/?when=over",
    "queues": "pipe/queue/",
    "items": "pipe/item/",
    "items of a queue": "pipe/item/?queue=1",
    "items by words": "pipe/item/?q=nothing",
}


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    with prepared_database():
        from testing import rows

        rows.START -= timedelta(minutes=10 * many)
        ask = _asker()
        fill(0, FEW)
        few = dict(measure(ask))
        fill(FEW, many)
        print(f"{'':28}{FEW:>12,}{many:>12,} rows; best of {ROUNDS}, in ms")
        for name, taken in measure(ask):
            print(f"  {name:26}{few[name]:12.0f}{taken:12.0f}   ×{taken / few[name]:.1f}")


def _asker() -> Callable[[str], Any]:
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    from pipe import services
    from testing.rows import fill as rows

    settings.ALLOWED_HOSTS = ["testserver"]
    rows("sitecfg.site", 20)
    services.create_queue("work")
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    return lambda page: client.get(f"/admin/{page}")


def measure(ask: Callable[[str], Any]) -> Iterator[tuple[str, float]]:
    for name, page in PAGES.items():
        taken = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            answer = ask(page)
            taken.append(time.perf_counter() - start)
            assert answer.status_code == 200, (page, answer.status_code)
        # The best of them: whatever else the machine does makes a page slower, never faster.
        yield name, min(taken) * 1e3


def fill(first: int, last: int) -> None:
    """Rows `first` to `last` - 1 of every table."""
    from django.db import connection

    from pipe import services
    from testing.rows import ROWS, model

    for start in range(first, last, BATCH):
        numbers = range(start, min(last, start + BATCH))
        for label in TABLES:
            model(label).objects.bulk_create(map(ROWS[label], numbers))
        services.enqueue("work", [services.NewItem({"n": number}) for number in numbers])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    main()
