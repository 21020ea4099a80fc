"""Queues, items and machines as JSON: what comes in, and the objects that REST answers."""

import unicodedata
from typing import Any

from rest_framework import serializers

from photonranch.api.fields import JsonField, NumberField, ObjectField, TextField
from photonranch.lenient_json import Json, loads
from pipe.models import Item, Items, Machine, now_ms

LONGEST_LEASE_S = 12 * 3600
# Proxies and clients give up on a silent call after a minute.
LONGEST_WAIT_S = 50
MOST_IN_BATCH = 1000
UNKNOWN_SENDER = "unknown"


class NameField(TextField):
    """The name of a queue or machine: any characters that can be seen, and spaces."""

    default_error_messages = {"invisible": "must not contain control characters."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, **kwargs)

    def to_internal_value(self, data: Json) -> str:
        name = super().to_internal_value(data)
        if any(unicodedata.category(character) == "Cc" for character in name):
            self.fail("invisible")
        return name


class SecondsField(NumberField):
    """A time in seconds, from `least` to `most`; more than that is refused, or with `cap` becomes it."""

    default_error_messages = {"range": "must be from {least} to {most} seconds."}

    def __init__(self, *, least: float, most: float, cap: bool = False, **kwargs: Any) -> None:
        self.least, self.most, self.cap = least, most, cap
        super().__init__(**kwargs)

    def to_internal_value(self, data: Json) -> float:
        seconds = super().to_internal_value(data)
        if self.cap:
            seconds = min(seconds, self.most)
        if not self.least <= seconds <= self.most:
            self.fail("range", least=self.least, most=self.most)
        return seconds


class HoursField(NumberField):
    default_error_messages = {"range": "must be above 0 and at most 48 hours."}

    def to_internal_value(self, data: Json) -> float:
        hours = super().to_internal_value(data)
        if not 0 < hours <= 48:
            self.fail("range")
        return hours


class LimitField(NumberField):
    """How many; from 1, and never more than there are in one answer."""

    default_error_messages = {"range": "must be a whole number from 1."}

    def to_internal_value(self, data: Json) -> int:
        limit = super().to_internal_value(data)
        if limit < 1 or not isinstance(limit, int):
            self.fail("range")
        return min(limit, Items.MOST_PEEKED)


class NewQueue(serializers.Serializer[Any]):
    """The body of `queue`."""

    queue_name = NameField(help_text="Any printable characters, at most 200.")


class NewItemBody(serializers.Serializer[Any]):
    """An item of a batch."""

    payload = JsonField(
        required=False, default=dict, help_text="What is to be done: any JSON. Default: `{}`."
    )
    sender = TextField(
        max_length=255, required=False, default="", allow_blank=True, help_text="Who sends it."
    )

    def validate_payload(self, payload: Json) -> Json:
        return without_trailing_commas(payload)


class NewItem(NewItemBody):
    """The body of `enqueue`."""

    queue_name = TextField(max_length=255, help_text="Which queue.")
    sender = TextField(
        max_length=255,
        required=False,
        default=UNKNOWN_SENDER,
        allow_blank=True,
        help_text=f"Who sends it. Default: {UNKNOWN_SENDER}.",
    )


class NewBatch(serializers.Serializer[Any]):
    """The body of `enqueue_batch`."""

    queue_name = TextField(max_length=255, help_text="Which queue.")
    sender = TextField(
        max_length=255,
        required=False,
        default=UNKNOWN_SENDER,
        allow_blank=True,
        help_text=f"Of items without their own. Default: {UNKNOWN_SENDER}.",
    )
    items = serializers.ListField(child=NewItemBody(), allow_empty=False, max_length=MOST_IN_BATCH)


class Take(serializers.Serializer[Any]):
    """The body of `dequeue`; empty, as documented, takes the item for good and answers at once."""

    lease_s = SecondsField(
        least=1,
        most=LONGEST_LEASE_S,
        required=False,
        default=None,
        help_text="Hold the item for so many seconds; it comes back unless it is acknowledged.",
    )
    wait_s = SecondsField(
        least=0,
        most=LONGEST_WAIT_S,
        cap=True,
        required=False,
        default=0,
        help_text=f"Wait up to so many seconds for an item, at most {LONGEST_WAIT_S}.",
    )


class Receipt(serializers.Serializer[Any]):
    """The body of `ack` and `nack`."""

    receipt = TextField(max_length=100, help_text="As the lease gave it.")


class Extension(Receipt):
    """The body of `extend`."""

    lease_s = SecondsField(least=1, most=LONGEST_LEASE_S, help_text="So many seconds from now.")


class Peek(serializers.Serializer[Any]):
    """The query of a look at a queue."""

    limit = LimitField(required=False, default=10, help_text=f"At most {Items.MOST_PEEKED}. Default: 10.")


class NewPipeStatus(serializers.Serializer[Any]):
    """The body of `status`."""

    pipe_id = NameField(help_text="The machine's name.")
    status = TextField(max_length=255, help_text="Such as online or offline.")
    details = ObjectField(required=False, default=dict, help_text="Anything else. Default: `{}`.")


class PipeMessage(serializers.Serializer[Any]):
    message = serializers.CharField()


class ItemObject(serializers.Serializer[Any]):
    """An item."""

    id = serializers.CharField(help_text="Starts with its time.")
    queue_name = serializers.CharField()
    payload = JsonField()
    created_at = serializers.IntegerField(help_text="Unix time in ms.")
    sender = serializers.CharField()


class TakenItem(ItemObject):
    """An item that was taken; the keys of a lease are there when one was asked for."""

    receipt = serializers.CharField(required=False, help_text="For ack, nack and extend.")
    leased_until = serializers.IntegerField(required=False, help_text="Unix time in ms.")
    attempts = serializers.IntegerField(
        required=False, help_text="How often it was leased, this time included."
    )


class Extended(serializers.Serializer[Any]):
    receipt = serializers.CharField()
    leased_until = serializers.IntegerField(help_text="Unix time in ms.")


class Hours(serializers.Serializer[Any]):
    """The query of the depths."""

    hours = HoursField(required=False, default=24, help_text="How far back, at most 48. Default: 24.")


class Depths(serializers.Serializer[Any]):
    """How deep queues were, minute by minute; all lists have one length."""

    times = serializers.ListField(child=serializers.IntegerField(), help_text="Unix time in ms.")
    queues = ObjectField(help_text='`{"queue1": {"waiting": [3, 2], "leased": [0, 1]}}`')


class LeasedItem(serializers.Serializer[Any]):
    """An item that a consumer works on, or that died; without its payload."""

    id = serializers.CharField()
    queue_name = serializers.CharField()
    created_at = serializers.IntegerField(help_text="Unix time in ms.")
    sender = serializers.CharField()
    attempts = serializers.IntegerField(help_text="How often it was leased.")
    leased_until = serializers.IntegerField(required=False, help_text="Unix time in ms; of leases only.")


class MachineObject(serializers.Serializer[Any]):
    """A machine."""

    pipe_id = serializers.CharField()
    status = serializers.CharField()
    details = ObjectField()
    last_updated = serializers.IntegerField(help_text="Unix time in ms.")
    stale = serializers.BooleanField(help_text="It has been silent for too long (PIPE_STALE_S).")


def without_trailing_commas(payload: Json) -> Json:
    """The observatories' file lists have a comma at the end of every name but the last."""
    if not isinstance(payload, dict) or not isinstance(payload.get("request_content"), list | str):
        return payload
    content = payload["request_content"]
    names = content if isinstance(content, list) else [content]
    clean = [name.rstrip(", ") if isinstance(name, str) and "," in name[-2:] else name for name in names]
    return {**payload, "request_content": clean if isinstance(content, list) else clean[0]}


def item_object(item: Item, queue_name: str) -> dict[str, Any]:
    return {
        "id": item.id,
        "queue_name": queue_name,
        "payload": loads(item.payload.encode()),
        "created_at": item.created_at,
        "sender": item.sender,
    }


def taken_object(item: Item, queue_name: str) -> dict[str, Any]:
    if item.receipt is None:
        return item_object(item, queue_name)
    lease = {"receipt": item.receipt, "leased_until": item.leased_until, "attempts": item.attempts}
    return {**item_object(item, queue_name), **lease}


def leased_object(item: Item) -> dict[str, Any]:
    """What everybody may know of an item: neither what is in it nor its receipt."""
    shown = {
        "id": item.id,
        "queue_name": str(item.queue),
        "created_at": item.created_at,
        "sender": item.sender,
        "attempts": item.attempts,
    }
    return shown if item.leased_until is None else {**shown, "leased_until": item.leased_until}


def depths_object(samples: list[tuple[int, dict[str, list[int]]]]) -> dict[str, Any]:
    """Samples turned into a line for each queue; a queue that a sample does not name was empty then."""
    names = sorted({name for _, depths in samples for name in depths})
    return {
        "times": [at for at, _ in samples],
        "queues": {
            name: {
                key: [depths.get(name, (0, 0))[n] for _, depths in samples]
                for n, key in enumerate(("waiting", "leased"))
            }
            for name in names
        },
    }


def machine_object(machine: Machine) -> dict[str, Any]:
    return {
        "pipe_id": machine.pipe_id,
        "status": machine.status,
        "details": machine.details,
        "last_updated": machine.last_updated,
        "stale": machine.is_stale(now_ms()),
    }
