"""Everything that changes queues, items and machines, and pushes it as topic `pipe` to site `pipe`."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from photonranch.db.batches import delete_in_batches
from photonranch.errors import Conflict, NotFound
from photonranch.excerpts import excerpt
from photonranch.lenient_json import Json, dumps
from pipe import taking
from pipe.models import DEAD, Item, Machine, Queue, Sample, now_ms
from pipe.serializers import machine_object
from sitecfg.models import Site
from streams.services import publish

SITE = "pipe"
MOST_ATTEMPTS = 5
BATCH = 500
MINUTE_MS = 60_000
# Of one sample; of more queues the deepest.
MOST_SAMPLED = 200


@dataclass(frozen=True, slots=True)
class NewItem:
    payload: Json
    sender: str = ""


# --- Queues ------------------------------------------------------------------------------------------------


def create_queue(name: str) -> Queue:
    """Raises Conflict when there is one of this name."""
    queue, created = Queue.objects.get_or_create(name=name, defaults={"created_at": now_ms()})
    if not created:
        raise Conflict(f"There is a queue {excerpt(name)} already.")
    _push("created", name)
    return queue


def delete_queue(name: str) -> None:
    """Take a queue away at once, with everything in it; raises NotFound.

    What it holds is removed by `purge`, in the background: a million rows take seconds.
    """
    if not Queue.objects.filter(name=name).update(name=None):
        raise _no_queue(name)
    _push("deleted", name)


@transaction.atomic
def empty_queue(name: str) -> None:
    """Throw away everything in a queue at once, what is leased included; raises NotFound.

    The old row goes the way of a deleted queue, and a new one takes its name: a million items take no longer
    than ten. What is enqueued at the same moment comes before or after it.
    """
    if not Queue.objects.filter(name=name).update(name=None):
        raise _no_queue(name)
    Queue.objects.get_or_create(name=name, defaults={"created_at": now_ms()})
    _push("emptied", name)


def purge() -> int:
    """Remove the items of deleted queues, and then these; returns how many items."""
    removed = 0
    for queue in Queue.objects.filter(name=None):
        for index in ({"leased_until": None}, {"leased_until__isnull": False}):
            items = Item.objects.filter(queue=queue, **index)
            removed += delete_in_batches(items, BATCH)
        try:
            queue.delete()
        except IntegrityError:
            # An item came in that was on its way when the queue was deleted; next time.
            continue
    return removed


def _queue_id(name: str) -> int:
    """The queue to put something into; one named after a site comes into being by that."""
    found = Queue.objects.filter(name=name).values_list("pk", flat=True).first()
    if found is not None:
        return found
    if not Site.objects.filter(code=name).exists():
        raise _no_queue(name)
    return Queue.objects.get_or_create(name=name, defaults={"created_at": now_ms()})[0].pk


def is_known(name: str) -> bool:
    """Whether there is a queue, or would be one with its first item."""
    return Queue.objects.filter(name=name).exists() or Site.objects.filter(code=name).exists()


def _no_queue(name: str) -> NotFound:
    return NotFound(f"queue_name: there is no queue {excerpt(name)}.")


# --- In and out --------------------------------------------------------------------------------------------


def enqueue(queue_name: str, new: Iterable[NewItem]) -> list[Item]:
    """Put items at the end of a queue, all or none, in their order; raises NotFound.

    One statement; when it returns they are on disk.
    """
    queue_id, at = _queue_id(queue_name), now_ms()
    items = [
        Item(queue_id=queue_id, payload=dumps(each.payload).decode(), sender=each.sender, created_at=at)
        for each in new
    ]
    if len(items) == 1:
        items[0].save(force_insert=True)
    else:
        Item.objects.bulk_create(items)
    _push("enqueued", queue_name, items)
    return items


# How often it is looked for an item again while others take what was seen, and some are left.
TAKE_AGAIN = 10


def take(queue_name: str, *, lease_s: float | None = None) -> Item | None:
    """Hand out the oldest item, to one consumer only; None when nothing waits.

    Without a lease it is gone. With one it is held for `lease_s` seconds, and comes back unless it is
    acknowledged.
    """
    item = _take(queue_name, lease_s)
    for _ in range(TAKE_AGAIN):
        if item is not None:
            break
        # Again in any case: what was to be settled a moment ago may have been settled by another consumer.
        return_ended(queue_name)
        item = _take(queue_name, lease_s)
        # All that one look saw may have gone to others, while an item came that it did not see yet.
        if item is None and not Item.objects.filter(queue__name=queue_name, leased_until=None).exists():
            break
    if item is not None:
        _push("dequeued" if lease_s is None else "leased", queue_name, [item])
    return item


def _take(queue_name: str, lease_s: float | None) -> Item | None:
    at = now_ms()
    if lease_s is None:
        return taking.remove_oldest(queue_name, at)
    return taking.lease_oldest(queue_name, at, at + int(lease_s * 1000))


# --- Leases ------------------------------------------------------------------------------------------------


@transaction.atomic
def acknowledge(receipt: str) -> Item:
    """The work is done: the item goes for good. Raises NotFound when the lease has ended."""
    item = _held(receipt)
    Item.objects.filter(pk=item.pk).delete()
    _push("acknowledged", str(item.queue), [item])
    return item


@transaction.atomic
def give_back(receipt: str) -> Item:
    """The work could not be done: the item returns to its old place, or to the dead. Raises NotFound."""
    item = _held(receipt)
    _return([item])
    return item


@transaction.atomic
def extend(receipt: str, lease_s: float) -> Item:
    """The work takes longer: hold the item for `lease_s` seconds from now. Raises NotFound."""
    item = _held(receipt)
    item.leased_until = now_ms() + int(lease_s * 1000)
    item.save(update_fields=["leased_until"])
    return item


def return_ended(queue_name: str | None = None) -> None:
    """Bring back what is leased no longer, of one queue or of all; usually that is one question."""
    ended = Item.objects.lease_ended(now_ms(), queue_name).order_by()
    for queue_id in list(ended.values_list("queue_id", flat=True).distinct()):
        while _return_batch(queue_id):
            pass


@transaction.atomic
def _return_batch(queue_id: int) -> int:
    # Who comes second waits here, and not at the items: PostgreSQL would leave these locked after the wait
    # although they do not match any more, and consumers that skip what is locked would find the queue empty.
    # Without the key, so that nobody's enqueue waits for it.
    Queue.objects.select_for_update(no_key=True).filter(pk=queue_id).first()
    ended = Item.objects.lease_ended(now_ms()).filter(queue=queue_id).select_related("queue")
    batch = list(ended.select_for_update(of=("self",))[:BATCH])
    _return(batch)
    return len(batch)


def _return(items: list[Item]) -> None:
    """End leases. Called with the items' rows locked."""
    for queue in {item.queue for item in items}:
        here = [item for item in items if item.queue_id == queue.pk]
        tired = [item for item in here if item.attempts >= MOST_ATTEMPTS and _may_die(queue)]
        _put(queue, "returned", [item for item in here if item not in tired])
        if tired:
            dead, _ = Queue.objects.get_or_create(
                name=f"{queue.name}{DEAD}", defaults={"created_at": now_ms()}
            )
            _put(dead, "dead", tired)


def _may_die(queue: Queue) -> bool:
    """What is dead does not die again."""
    return not str(queue).endswith(DEAD)


def _put(queue: Queue, event: str, items: list[Item], **changes: Any) -> None:
    if not items:
        return
    pks = [item.pk for item in items]
    Item.objects.filter(pk__in=pks).update(queue=queue, leased_until=None, receipt=None, **changes)
    for item in items:
        item.queue = queue
        item.leased_until = item.receipt = None
    _push(event, str(queue), items)


def _held(receipt: str) -> Item:
    held = Item.objects.held(receipt, now_ms()).select_related("queue").select_for_update(of=("self",))
    item = held.first()
    if item is None:
        raise NotFound("receipt: it is unknown, used already, or its lease has ended.")
    return item


@transaction.atomic
def requeue(pks: Iterable[int]) -> int:
    """Put dead items back where they came from, at their old place, as if never tried; returns how many."""
    dead = Item.objects.dead().filter(pk__in=list(pks), leased_until=None).select_related("queue")
    items = list(dead.select_for_update(of=("self",)))
    for origin in {str(item.queue).removesuffix(DEAD) for item in items}:
        queue, _ = Queue.objects.get_or_create(name=origin, defaults={"created_at": now_ms()})
        _put(queue, "requeued", [item for item in items if str(item.queue) == origin + DEAD], attempts=0)
    return len(items)


# --- Depth over time ---------------------------------------------------------------------------------------


def sample_depths() -> None:
    """Note how deep the queues are, once a minute whoever asks, and forget what is older than two days."""
    now = now_ms()
    deep = sorted(Queue.objects.depths(now).items(), key=lambda each: -(each[1].waiting + each[1].leased))
    depths = {name: [at.waiting, at.leased] for name, at in deep[:MOST_SAMPLED] if at.waiting or at.leased}
    Sample.objects.bulk_create([Sample(at=now - now % MINUTE_MS, depths=depths)], ignore_conflicts=True)
    Sample.objects.expired(now).delete()


@transaction.atomic
def release(pks: Collection[int]) -> int:
    """End the leases of these items before their time; returns how many had one.

    Their consumers' receipts do not count any more. An item that was tried too often goes to the dead.
    """
    leased = Item.objects.filter(pk__in=pks, leased_until__isnull=False, queue__name__isnull=False)
    items = list(leased.select_related("queue").order_by("seq").select_for_update(of=("self",)))
    _return(items)
    return len(items)


@transaction.atomic
def discard(pks: Collection[int]) -> int:
    """Throw items away that nobody works on; returns how many. What a consumer took meanwhile is its own."""
    free = Item.objects.filter(pk__in=pks, leased_until=None, queue__name__isnull=False)
    items = list(free.select_related("queue").order_by("seq").select_for_update(of=("self",)))
    Item.objects.filter(pk__in=[item.pk for item in items]).delete()
    for queue in {item.queue for item in items}:
        _push("discarded", str(queue), [item for item in items if item.queue_id == queue.pk])
    return len(items)


# --- Machines ----------------------------------------------------------------------------------------------


def set_status(pipe_id: str, status: str, details: dict[str, Json]) -> Machine:
    """What a machine says of itself replaces what it said before. One statement."""
    machine = Machine(pipe_id=pipe_id, status=status, details=details, last_updated=now_ms())
    Machine.objects.bulk_create(
        [machine],
        update_conflicts=True,
        unique_fields=["pipe_id"],
        update_fields=["status", "details", "last_updated"],
    )
    publish(SITE, "pipe", {"event": "status", **machine_object(machine)})
    return machine


def forget_status(pipe_id: str) -> None:
    """Nothing is left of a machine; one that is unknown already is fine."""
    if Machine.objects.filter(pipe_id=pipe_id).delete()[0]:
        publish(SITE, "pipe", {"event": "status_deleted", "pipe_id": pipe_id})


def _push(event: str, queue_name: str, items: Iterable[Item] = ()) -> None:
    """Which items, not what is in them: a payload may be megabytes, and watchers only count."""
    publish(SITE, "pipe", {"event": event, "queue_name": queue_name, "ids": [item.id for item in items]})
