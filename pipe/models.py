from typing import Any, NamedTuple, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Min, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from photonranch.db import counting
from photonranch.db.counting import capped

# What was tried too often waits for staff in the queue of this name's end.
DEAD = ".dead"


def now_ms() -> int:
    return int(timezone.now().timestamp() * 1000)


# Counted in the partial index of each kind, and no further than a page needs; the ORM cannot say the LIMIT
# within a sub-select that looks at the row outside.
_DEPTH = """(SELECT COUNT(*) FROM (
    SELECT 1 FROM pipe_item WHERE pipe_item.queue_id = pipe_queue.id AND pipe_item.leased_until IS {null}
    LIMIT %s
) AS counted)"""


class Depth(NamedTuple):
    """How many items of a queue wait and are under way; when the oldest that waits came, unix ms."""

    waiting: int = 0
    leased: int = 0
    oldest_ms: int | None = None


class Queues(models.QuerySet["Queue"]):
    def depths(self, at_ms: int) -> dict[str, Depth]:
        """Every queue by name: five questions, however many queues and items there are.

        Counted in the indexes, as `with_counts` does; the oldest of a queue is the one with its least `seq`.
        """
        items = Item.objects.order_by().values_list("queue__name").exclude(queue__name=None)
        free = items.filter(leased_until=None).annotate(Count("seq"), Min("seq"))
        ended = items.filter(leased_until__lte=at_ms).annotate(Count("seq"), Min("seq"))
        held = dict(items.filter(leased_until__gt=at_ms).annotate(Count("seq")))
        counts: dict[str, int] = {}
        oldest: dict[str, int] = {}
        for name, count, seq in (*free, *ended):
            counts[name] = counts.get(name, 0) + count
            oldest[name] = min(seq, oldest.get(name, seq))
        came = dict(Item.objects.filter(pk__in=oldest.values()).values_list("pk", "created_at"))
        names = self.exclude(name=None).order_by("name").values_list("name", flat=True)
        return {
            str(name): Depth(counts.get(str(name), 0), held.get(name, 0), came.get(oldest.get(str(name), 0)))
            for name in names
        }

    def with_depths(self) -> Self:
        """Each with `ready_count` and `leased_count`, counted to counting.MAX_COUNTED."""
        most = [counting.MAX_COUNTED + 1]
        return self.annotate(
            ready_count=RawSQL(_DEPTH.format(null="NULL"), most, models.IntegerField()),  # noqa: S611  (ours)
            leased_count=RawSQL(_DEPTH.format(null="NOT NULL"), most, models.IntegerField()),  # noqa: S611
        )

    def with_counts(self, at_ms: int) -> dict[str, int]:
        """Every queue and how many items wait in it; what is leased does not wait.

        Counted in the indexes "pipe_ready" and "pipe_leased": some 60 ms for a million items.
        """
        names = self.exclude(name=None).order_by("name").values_list("name", flat=True)
        counts = {str(name): 0 for name in names}
        for waiting in (Q(leased_until=None), Q(leased_until__lte=at_ms)):
            found = Item.objects.filter(waiting).order_by().values_list("queue__name").annotate(Count("seq"))
            for name, count in found:
                if name in counts:
                    counts[name] += count
        return counts

    def backlog(self, at_ms: int) -> tuple[int, int]:
        """How many items wait in all queues together: for a machine, and (tried too often) for staff."""
        counts = self.with_counts(at_ms)
        dead = sum(count for name, count in counts.items() if name.endswith(DEAD))
        return sum(counts.values()) - dead, dead


class Queue(models.Model):
    """A queue. One that was deleted has no name any more, and is emptied in the background."""

    name = models.CharField(
        max_length=255, unique=True, null=True, blank=True, help_text="Empty: deleted, about to disappear."
    )
    created_at = models.BigIntegerField(help_text="Unix time in ms.")

    objects = Queues.as_manager()

    def __str__(self) -> str:
        return self.name or "(deleted)"


class Totals(NamedTuple):
    """How many items wait, are leased and are dead in all queues, each counted to counting.MAX_COUNTED."""

    waiting: int
    leased: int
    dead: int


class Items(models.QuerySet["Item"]):
    MOST_PEEKED = 1000

    def waiting(self, queue_name: str, limit: int, at_ms: int) -> "list[Item]":
        """The oldest items that a consumer could have at `at_ms`, in their order, at most `limit`.

        Two questions, each with an index: those nobody holds ("pipe_ready"), those whose lease has ended and
        nobody asked since ("pipe_leased").
        """
        here = self.filter(queue__name=queue_name).order_by("seq")
        found = [*here.filter(leased_until=None)[:limit], *here.filter(leased_until__lte=at_ms)[:limit]]
        return sorted(found, key=lambda item: item.seq)[:limit]

    def lease_ended(self, at_ms: int, queue_name: str | None = None) -> Self:
        """Served by the indexes "pipe_leased" (of one queue) and "pipe_lease_end" (of all)."""
        ended = self.filter(leased_until__lte=at_ms, queue__name__isnull=False).order_by("seq")
        return ended if queue_name is None else ended.filter(queue__name=queue_name)

    def held(self, receipt: str, at_ms: int) -> Self:
        """The item that `receipt` was given for, while its lease lasts; served by "pipe_one_receipt"."""
        return self.filter(receipt=receipt, leased_until__gt=at_ms, queue__name__isnull=False)

    def under_way(self, at_ms: int) -> Self:
        """What consumers hold, without payloads, the lease that ends first first; at most MOST_PEEKED.

        Served by the index "pipe_lease_end".
        """
        held = self.filter(leased_until__gt=at_ms, queue__name__isnull=False).select_related("queue")
        return held.defer("payload").order_by("leased_until", "seq")[: self.MOST_PEEKED]

    def newest_dead(self) -> Self:
        """At most MOST_PEEKED."""
        return self.dead().select_related("queue").defer("payload").order_by("-seq")[: self.MOST_PEEKED]

    def depth_summary(self) -> Totals:
        """Served by the partial indexes "pipe_ready" and "pipe_lease_end". The dead do not wait."""
        queues = Queue.objects.exclude(name=None)
        alive = list(queues.exclude(name__endswith=DEAD).values_list("pk", flat=True))
        dead = list(queues.filter(name__endswith=DEAD).values_list("pk", flat=True))
        ready = self.filter(leased_until=None)
        return Totals(
            capped(ready.filter(queue__in=alive)),
            capped(self.filter(leased_until__isnull=False)),
            capped(ready.filter(queue__in=dead)),
        )

    def dead(self) -> Self:
        return self.filter(queue__name__endswith=DEAD)


class Item(models.Model):
    """Something to do. Its place in the queue is `seq`, which it keeps whatever happens to it."""

    seq = models.BigAutoField(
        primary_key=True,
        help_text="Given by the database, growing: two items sent one after the other keep it.",
    )
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="items", db_index=False)
    payload = models.TextField(help_text="JSON, with its keys in the order in which they came.")
    sender = models.CharField(max_length=255, blank=True, help_text="Who sent it, as they say.")
    created_at = models.BigIntegerField(help_text="When it came here: unix time in ms.")
    attempts = models.PositiveIntegerField(default=0, help_text="How often it was leased.")
    leased_until = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="A consumer works on it until then: unix time in ms. Empty: it waits.",
    )
    # Null and not "": the index is of the leased few alone, and both engines see that `= %s` means not null.
    receipt = models.CharField(  # noqa: DJ001
        max_length=32,
        null=True,
        blank=True,
        help_text="What that consumer proves its lease with.",
    )

    objects = Items.as_manager()

    class Meta:
        verbose_name = "item"
        constraints = [
            models.UniqueConstraint(
                fields=["receipt"], name="pipe_one_receipt", condition=Q(receipt__isnull=False)
            )
        ]
        indexes = [
            # What is leased is not in it: a thousand leases at a queue's head cost the next consumer nothing.
            models.Index(fields=["queue", "seq"], name="pipe_ready", condition=Q(leased_until__isnull=True)),
            models.Index(
                fields=["queue", "leased_until"],
                name="pipe_leased",
                condition=Q(leased_until__isnull=False),
            ),
            models.Index(
                fields=["leased_until"], name="pipe_lease_end", condition=Q(leased_until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def id(self) -> str:
        """As clients know it: when it came and its place, so that it is unique and sorts by time."""
        return f"{self.created_at}-{self.seq}"


class Machines(models.QuerySet["Machine"]):
    MOST = 1000

    def stale(self, at_ms: int) -> int:
        """How many have been silent for longer than settings.PIPE_STALE_S; there are a few dozen in all."""
        return self.filter(last_updated__lt=at_ms - settings.PIPE_STALE_S * 1000).count()


class Machine(models.Model):
    """What a PIPE machine last said of itself."""

    pipe_id = models.CharField(max_length=255, primary_key=True, help_text="The machine's own name.")
    status = models.CharField(max_length=255, help_text="Such as online or offline.")
    details = models.JSONField(default=dict, blank=True, help_text="Whatever else it told.")
    last_updated = models.BigIntegerField(help_text="When it told: unix time in ms.")

    objects = Machines.as_manager()

    class Meta:
        verbose_name = "machine"

    def __str__(self) -> str:
        return f"{self.pipe_id} {self.status}"

    def is_stale(self, at_ms: int) -> bool:
        """Whether it has been silent for longer than settings.PIPE_STALE_S."""
        return bool(at_ms - self.last_updated > settings.PIPE_STALE_S * 1000)


class Samples(models.QuerySet["Sample"]):
    KEEP_MS = 48 * 3600 * 1000

    def since(self, at_ms: int) -> list[tuple[int, dict[str, list[int]]]]:
        """(unix ms, name -> [waiting, leased]) from `at_ms` on, oldest first."""
        return list(self.filter(pk__gte=at_ms).order_by("pk").values_list("pk", "depths"))

    def expired(self, now_ms: int) -> Self:
        return self.filter(pk__lt=now_ms - self.KEEP_MS)


class Sample(models.Model):
    """How deep the queues were at a minute. A row a minute for two days, whatever the number of queues."""

    at = models.BigIntegerField(primary_key=True, help_text="The minute: unix time in ms.")
    depths: Any = models.JSONField(help_text="Queue name → [waiting, leased]; empty queues are left out.")

    objects = Samples.as_manager()

    class Meta:
        verbose_name = "sample of the queues' depths"
        verbose_name_plural = "samples of the queues' depths"

    def __str__(self) -> str:
        return str(self.at)
