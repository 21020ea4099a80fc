"""What staff do with queues, items and machines."""

from typing import Any

import pytest

from conftest import Published
from photonranch.errors import NotFound
from pipe import services
from pipe.models import Item, Machine, Queue
from pipe.services import NewItem
from testing.cast import at_once
from testing.staff import act, offered, staff, superuser, text

pytestmark = pytest.mark.django_db

WORK = "work"


def put(*numbers: int, queue_name: str = WORK) -> list[Item]:
    if not Queue.objects.filter(name=queue_name).exists():
        services.create_queue(queue_name)
    return services.enqueue(queue_name, [NewItem({"n": number}) for number in numbers])


def waiting(queue_name: str = WORK) -> list[str]:
    return [item.payload for item in Item.objects.waiting(queue_name, 100, 0)]


def lease(**changes: Any) -> Item:
    item = services.take(WORK, lease_s=60)
    assert item is not None
    Item.objects.filter(pk=item.pk).update(**changes or {"attempts": 1})
    return item


def test_the_dead_are_put_back(published: Published) -> None:
    put(1)
    item = lease(attempts=services.MOST_ATTEMPTS)
    services.give_back(str(item.receipt))
    dead = Item.objects.dead().get()
    client = superuser()

    assert "dead" in text(client.get("/admin/pipe/item/?state=dead"))
    assert "1 put back." in act(client, "requeue", dead, query="?state=dead")
    assert waiting() == ['{"n":1}']
    assert Item.objects.get().attempts == 0


def test_a_lease_is_ended_and_its_receipt_counts_no_more(published: Published) -> None:
    put(1, 2)
    item = lease()
    client = superuser()

    assert "may be done twice" in act(client, "release", item, confirmed=False, query="?state=leased")
    assert waiting() == ['{"n":2}']
    assert "1 lease ended." in act(client, "release", item, query="?state=leased")

    assert waiting() == ['{"n":1}', '{"n":2}']
    with pytest.raises(NotFound):
        services.acknowledge(str(item.receipt))


def test_items_are_thrown_away_but_not_under_a_consumers_hands(published: Published) -> None:
    first, second = put(1, 2)
    taken = lease()
    assert taken.pk == first.pk

    assert services.discard([first.pk, second.pk]) == 1

    assert Item.objects.get().pk == first.pk
    assert services.acknowledge(str(taken.receipt)).pk == first.pk
    assert published.of("pipe")[-2]["event"] == "discarded"


@pytest.mark.django_db(transaction=True)
def test_an_item_is_thrown_away_or_done_never_both() -> None:
    items = put(*range(40))

    def work(number: int) -> int | list[int]:
        if number == 0:
            return services.discard([item.pk for item in items])
        taken = [services.take(WORK) for _ in range(10)]
        return [item.pk for item in taken if item is not None]

    discarded, *taken = at_once(4, work)
    done = [pk for mine in taken if isinstance(mine, list) for pk in mine]
    assert len(done) == len(set(done))
    assert isinstance(discarded, int)
    assert discarded + len(done) + Item.objects.count() == len(items)


def test_a_queue_is_emptied_at_once_and_goes_on(published: Published) -> None:
    put(1, 2)
    item = lease()
    client = superuser()
    queue = Queue.objects.get(name=WORK)

    assert "Throw away everything" in act(client, "empty", queue, confirmed=False)
    assert len(waiting()) == 1
    assert "1 queue emptied." in act(client, "empty", queue)

    assert waiting() == []
    with pytest.raises(NotFound):
        services.acknowledge(str(item.receipt))
    put(3)
    assert services.purge() == 2
    assert waiting() == ['{"n":3}']
    assert {"event": "emptied", "queue_name": WORK, "ids": []} in published.of("pipe")


def test_emptying_what_is_not_there_is_refused() -> None:
    with pytest.raises(NotFound):
        services.empty_queue("nowhere")


def test_a_queue_is_deleted_without_reading_what_is_in_it(published: Published) -> None:
    put(1, 2)
    queue = Queue.objects.get(name=WORK)

    page = text(superuser().post(f"/admin/pipe/queue/{queue.pk}/delete/", {"post": "yes"}, follow=True))

    assert "was deleted" in page
    assert not Queue.objects.filter(name=WORK).exists()
    assert published.of("pipe")[-1]["event"] == "deleted"


def test_a_machine_is_forgotten(published: Published) -> None:
    services.set_status("pipe-1", "online", {})

    assert "1 machine deleted." in act(superuser(), "remove_chosen", Machine.objects.get())
    assert not Machine.objects.exists()
    assert published.of("pipe")[-1]["event"] == "status_deleted"


def test_counts_stop_where_nobody_reads_on(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    put(*range(5))
    lease()
    monkeypatch.setattr("photonranch.db.counting.MAX_COUNTED", 2)

    [queue] = Queue.objects.with_depths()
    assert (queue.ready_count, queue.leased_count) == (3, 1)  # type: ignore[attr-defined]


def test_the_summary_tells_the_dead_from_the_waiting(published: Published) -> None:
    put(1, 2, 3)
    item = lease(attempts=services.MOST_ATTEMPTS)
    services.give_back(str(item.receipt))
    lease()
    put(4, queue_name="other")

    assert Item.objects.depth_summary() == (2, 1, 1)
    services.delete_queue("other")
    assert Item.objects.depth_summary() == (1, 1, 1)


def test_each_action_needs_its_permission(published: Published) -> None:
    [item] = put(1)

    assert offered(staff("pipe.view_item", name="eve"), item) == set()
    assert offered(staff("pipe.view_item", "pipe.change_item"), item) == {"requeue", "release"}
    assert offered(superuser(), item) == {"requeue", "release", "discard"}
    assert offered(staff("pipe.view_queue", name="mallory"), Queue.objects.get()) == set()
