"""Many producers and consumers on one queue: everything arrives once, and in each producer's order."""

from collections import Counter
from itertools import pairwise
from threading import Semaphore

import pytest
from django.db import connection, transaction

from pipe import services, taking
from pipe.models import Item, now_ms
from testing.cast import Api, at_once

pytestmark = pytest.mark.django_db(transaction=True)

PRODUCERS = 4
CONSUMERS = 8


def run(each: int, put: "type[Service] | type[Http]") -> list[list[tuple[int, int]]]:
    """What every consumer received, as (producer, number), while the producers sent `each` items apiece.

    A consumer takes once for each item that was acknowledged to a producer, and must get one: not the same,
    but never "empty".
    """
    services.create_queue("busy")
    sent = Semaphore(0)
    share = PRODUCERS * each // CONSUMERS

    def work(worker: int) -> list[tuple[int, int]]:
        door = put()
        if worker >= PRODUCERS:
            return [door.take() for _ in range(share) if sent.acquire(timeout=60)]
        for number in range(each):
            door.send(worker, number)
            sent.release()
        return []

    return at_once(PRODUCERS + CONSUMERS, work)


class Service:
    """The services themselves, called from as many threads."""

    def send(self, producer: int, number: int) -> None:
        services.enqueue("busy", [services.NewItem([producer, number])])

    def take(self) -> tuple[int, int]:
        item = services.take("busy")
        assert item is not None
        producer, number = item.payload.strip("[]").split(",")
        return int(producer), int(number)


class Http:
    """The documented calls."""

    def __init__(self) -> None:
        self.api = Api()

    def send(self, producer: int, number: int) -> None:
        answer = self.api.post("/api/pipe/enqueue", {"queue_name": "busy", "payload": [producer, number]})
        assert answer.status_code == 200

    def take(self) -> tuple[int, int]:
        answer = self.api.post("/api/pipe/queue/busy/dequeue")
        assert answer.status_code == 200
        producer, number = answer.json()["payload"]
        return producer, number


@pytest.mark.parametrize(("door", "each"), [(Service, 5000), (Http, 500)])
def test_each_item_once_and_in_order(door: type[Service] | type[Http], each: int) -> None:
    received = run(each, door)

    counted = Counter(item for items in received for item in items)
    assert counted == Counter((producer, number) for producer in range(PRODUCERS) for number in range(each))
    for items in received:
        for producer in range(PRODUCERS):
            numbers = [number for sender, number in items if sender == producer]
            assert all(before < after for before, after in pairwise(numbers))
    assert not Item.objects.exists()


def test_one_item_goes_to_one_of_many() -> None:
    services.create_queue("busy")
    for number in range(20):
        services.enqueue("busy", [services.NewItem(number)])

        taken = at_once(8, lambda worker: services.take("busy", lease_s=60 if worker % 2 else None))

        assert sum(item is not None for item in taken) == 1


def test_an_ended_lease_is_settled_once() -> None:
    services.create_queue("busy")
    services.enqueue("busy", [services.NewItem(number) for number in range(4)])
    Item.objects.update(leased_until=1, receipt=None, attempts=1)

    taken = at_once(4, lambda _: services.take("busy", lease_s=60))

    assert sorted(item.payload for item in taken if item) == ["0", "1", "2", "3"]
    assert {item.attempts for item in taken if item} == {2}


def test_a_consumer_passes_by_what_another_is_taking() -> None:
    """On PostgreSQL nobody waits for one that is in the middle of it; SQLite has one writer at a time."""
    services.create_queue("busy")
    services.enqueue("busy", [services.NewItem(1), services.NewItem(2)])

    def second(_: int) -> str:
        item = taking.remove_oldest("busy", now_ms())
        assert item is not None
        return item.payload

    with transaction.atomic():
        first = taking.remove_oldest("busy", now_ms())
        if connection.vendor == "postgresql":
            assert at_once(1, second) == ["2"]
    assert first is not None
    assert first.payload == "1"
    assert Item.objects.count() == (0 if connection.vendor == "postgresql" else 1)


def test_a_receipt_used_twice_at_once_counts_once() -> None:
    services.create_queue("busy")
    services.enqueue("busy", [services.NewItem(1)])
    item = services.take("busy", lease_s=60)
    assert item is not None
    receipt = item.receipt

    answers = at_once(4, lambda _: Api().post("/api/pipe/ack", {"receipt": receipt}).status_code)

    assert sorted(answers) == [200, 404, 404, 404]
