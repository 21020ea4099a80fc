"""A file that nobody foresaw: tried five times, then given up, and in nobody's way meanwhile."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import DataError, OperationalError
from django.utils import timezone

from conftest import Published
from images import metrics, tasks
from images.models import Image, Upload
from images.services import ingest, uploads
from images.tests.conftest import Worker
from images.tests.frames import BASE, header_text, jpg, send
from testing.cast import Api

pytestmark = pytest.mark.django_db

State = Upload.State


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """Reading a header text raises the exception that is in the list."""
    raised: list[Exception] = [ValueError("nobody foresaw\0 \ud800 this")]
    read = ingest._read_text

    def fail(*args: Any) -> Any:
        if raised:
            raise raised[0]
        return read(*args)

    monkeypatch.setattr(ingest, "_read_text", fail)
    return raised


def beats(until: timedelta, every: timedelta = timedelta(seconds=15)) -> Iterator[datetime]:
    """What the clock starts, for so long."""
    start = timezone.now()
    at = start
    while at < start + until:
        at += every
        with time_machine.travel(at, tick=False):
            tasks.resume()
            yield at


def gauges() -> dict[str, float]:
    return {metric.name: metric.samples[0].value for metric in metrics.ask()}


def test_it_works(api: Api, published: Published, poison: list[Exception]) -> None:
    """Five tries with growing pauses, then it is given up with the reason; mended, it is read again."""
    start = timezone.now()
    send(api, f"{BASE}-EX10.txt", header_text())
    first = Upload.objects.get()
    assert (first.state, first.tries) == (State.WAITING, 1)
    assert first.reason.startswith("unexpected: ValueError: nobody foresaw")

    tried = [start]
    for at in beats(timedelta(minutes=30)):
        if Upload.objects.get().tries > len(tried):
            tried.append(at)

    upload = Upload.objects.get()
    assert (upload.state, upload.tries) == (State.FAILED, 5)
    pauses = [(later - before).total_seconds() for before, later in pairwise(tried)]
    assert pauses == sorted(pauses)
    assert len(pauses) == 4
    assert sum(pauses) < 600, "the alert that files wait is not for it"
    with time_machine.travel(start + timedelta(minutes=30)):
        assert gauges()["photonranch_uploads_unexpected_day"] == 1
        assert gauges()["photonranch_ingest_lag_seconds"] == 0
        poison.clear()
        assert uploads.read_again([upload]) == 1
    upload.refresh_from_db()
    assert (upload.state, upload.reason) == (State.DONE, "")
    assert Image.objects.get().filter_used == "rp"


def test_the_log_has_two_tracebacks(
    api: Api, published: Published, poison: list[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    send(api, f"{BASE}-EX10.txt", header_text())
    for _ in beats(timedelta(minutes=30)):
        pass
    errors = [record for record in caplog.records if record.name == "images.services.ingest"]
    assert len(errors) == 5
    assert [bool(record.exc_info) for record in errors] == [True, False, False, False, True]


def test_500_of_them_and_a_good_one_whose_task_was_lost(
    api: Api,
    published: Published,
    worker: Worker,
    poison: list[Exception],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL, ingest.log.name)
    worker.idle = True
    send(api, f"{BASE}-EX10.jpg", jpg())
    worker.waiting.clear()
    worker.idle = False
    # As many older as newer ones, none of which was ever tried.
    good = Upload.objects.get()
    now = timezone.now() - timedelta(minutes=10)
    Upload.objects.update(uploaded_at=now)
    many(500, lambda number: now + timedelta(seconds=number - 250))

    for _ in beats(timedelta(minutes=1)):
        pass

    good.refresh_from_db()
    assert good.state == State.DONE
    assert Upload.objects.filter(state=State.WAITING, tries__gte=1).count() == 500


def test_those_that_failed_are_behind_those_that_were_never_tried(
    api: Api, published: Published, worker: Worker, poison: list[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now() - timedelta(minutes=10)
    many(300, lambda number: now)
    Upload.objects.update(tries=2, try_at=now)
    never = [upload.pk for upload in many(5, lambda number: now + timedelta(seconds=number), first=300)]
    Upload.objects.filter(tries=2, pk=never[0] - 1).update(tries=1)

    turns = Upload.objects.in_turn(timezone.now(), 100)

    assert turns[:5] == [never[4], never[0], never[3], never[1], never[2]]
    assert turns[5] == never[0] - 1, "then what failed least often"
    assert len(turns) == 100


def many(count: int, came: Any, first: int = 0) -> list[Upload]:
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    rows = []
    for number in range(first, first + count):
        name = f"saf-bad-20260711-{number:08}-EX10.txt"
        default_storage.save(f"data/{name}", ContentFile(b"x"))
        rows.append(
            Upload(
                key=f"data/{name}", directory="data", filename=name, site="saf", size_bytes=1,
                uploaded_at=came(number),
            )
        )  # fmt: skip
    return Upload.objects.bulk_create(rows)


def test_a_file_that_takes_its_worker_with_it(api: Api, published: Published, worker: Worker) -> None:
    """A killed worker says nothing: tries count when they begin."""
    worker.idle = True
    send(api, f"{BASE}-EX10.txt", header_text())
    worker.waiting.clear()
    for _ in range(5):
        assert ingest._begin(Upload.objects.get())
    worker.idle = False

    for _ in beats(timedelta(minutes=10)):
        pass

    upload = Upload.objects.get()
    assert (upload.state, upload.reason) == (State.FAILED, "unexpected: its workers were lost")


@pytest.mark.parametrize("error", [OperationalError("away"), OSError(28, "No space left on device")])
def test_an_outage_is_no_try(
    api: Api, published: Published, worker: Worker, poison: list[Exception], error: Exception
) -> None:
    worker.idle = True
    send(api, f"{BASE}-EX10.txt", header_text())
    worker.waiting.clear()
    poison[:] = [error]

    for _ in range(20):
        with pytest.raises(type(error)):
            ingest.ingest(Upload.objects.get())

    upload = Upload.objects.get()
    assert (upload.state, upload.tries, upload.reason) == (State.WAITING, 0, "")
    poison.clear()
    ingest.ingest(upload)
    assert Upload.objects.get().state == State.DONE


def test_a_value_that_no_column_takes_is_unexpected(
    api: Api, published: Published, poison: list[Exception]
) -> None:
    poison[:] = [DataError('value "1e400" is out of range')]
    send(api, f"{BASE}-EX10.txt", header_text())
    assert Upload.objects.get().reason == 'unexpected: DataError: value "1e400" is out of range'


def test_what_comes_again_begins_anew(api: Api, published: Published, poison: list[Exception]) -> None:
    send(api, f"{BASE}-EX10.txt", header_text())
    for _ in beats(timedelta(minutes=30)):
        pass
    poison.clear()
    send(api, f"{BASE}-EX10.txt", header_text())
    upload = Upload.objects.get()
    assert (upload.state, upload.reason, upload.tries) == (State.DONE, "", 1)


def test_what_waits_in_the_queue_is_not_sent_again_and_again(
    api: Api, published: Published, worker: Worker
) -> None:
    """Workers that cannot keep up are not sent the same file by every beat."""
    worker.idle = True
    send(api, f"{BASE}-EX10.jpg", jpg())
    sent = len(worker.waiting)
    for _ in beats(timedelta(minutes=5)):
        pass
    assert len(worker.waiting) - sent <= 10
    assert Upload.objects.get().tries == 0
