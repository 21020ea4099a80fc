import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from photonranch.admin.actions import Done, counted, staff_action
from photonranch.admin.base import StaffAdmin
from photonranch.admin.display import as_json, at, label, link, list_link, written
from photonranch.admin.filters import ChoiceFilter, Dropdown
from photonranch.db.counting import shown
from pipe import services
from pipe.models import DEAD, Item, Items, Machine, Queue, Sample, now_ms


@admin.register(Queue)
class QueueAdmin(StaffAdmin):
    list_display = ["name", "waiting", "leased", "created"]
    search_fields = ["name"]
    ordering = ["name"]
    fields = ["name", "created", "waiting", "leased"]
    readonly_fields = fields
    removal = "Everything in it goes with it."
    actions = ["empty", "remove_chosen"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        return Queue.objects.exclude(name=None).with_depths()

    def remove_row(self, row: Queue, by: str) -> None:
        services.delete_queue(str(row))

    @admin.display(description="items waiting")
    def waiting(self, queue: Any) -> SafeString:
        return list_link(shown(queue.ready_count), "pipe.item", queue=queue.pk, state="waiting")

    @admin.display(description="leased")
    def leased(self, queue: Any) -> SafeString:
        return list_link(shown(queue.leased_count), "pipe.item", queue=queue.pk, state="leased")

    @admin.display(description="made", ordering="created_at")
    def created(self, queue: Queue) -> SafeString | str:
        return at(queue.created_at / 1000)

    @staff_action(
        "Empty",
        permission="remove",
        question="Throw away everything in these queues, what is being worked on included?",
        icon="delete_sweep",
        dangerous=True,
    )
    def empty(self, request: HttpRequest, rows: list[Queue]) -> Done:
        for queue in rows:
            services.empty_queue(str(queue))
        return Done(f"{counted(len(rows), 'queue')} emptied.", rows)


class ItemState(ChoiceFilter):
    title = "state"
    parameter_name = "state"
    options = (("waiting", "waiting"), ("leased", "leased"), ("dead", "dead: tried too often"))
    # The partial indexes "pipe_ready" and "pipe_lease_end".
    served = ("waiting", "leased", "dead")
    all_option = None
    fallback = "waiting"

    def narrow(self, queryset: Items, value: str) -> Items:
        match value:
            case "leased":
                return queryset.filter(leased_until__isnull=False)
            case "dead":
                return queryset.dead().filter(leased_until=None)
        return queryset.filter(leased_until=None)


class InQueue(Dropdown):
    title = "queue"
    parameter_name = "queue"
    MOST = 500

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        queues = Queue.objects.exclude(name=None).order_by("name")[: self.MOST]
        return [(str(queue.pk), str(queue)) for queue in queues]

    @property
    def seeks(self) -> bool:
        return bool(self.value())

    def narrow(self, queryset: Items, value: str) -> Items:
        return queryset.filter(queue_id=value)


@admin.register(Item)
class ItemAdmin(StaffAdmin):
    list_display = ["seq", "queue_link", "state", "sender", "attempts", "sent", "payload_start"]
    list_filter = [ItemState, InQueue]
    search_fields = ["sender", "payload"]
    search_help_text = "Number or id; sender, payload"
    list_select_related = ["queue"]
    ordering = ["seq"]
    fields = ["seq", "id", "queue_link", "state", "sender", "attempts", "sent", "until", "content"]
    readonly_fields = fields
    actions = ["requeue", "release", "discard"]

    def get_ordering(self, request: HttpRequest) -> list[str]:
        """What is leased in the order in which the leases end, which the index "pipe_lease_end" has."""
        return ["leased_until"] if request.GET.get("state") == "leased" else ["seq"]

    def seek(self, queryset: Items, term: str) -> list[Items]:
        number = term.rpartition("-")[2]
        return [queryset.filter(pk=int(number))] if number.isdecimal() and len(number) < 19 else []

    @admin.display(description="queue")
    def queue_link(self, item: Item) -> SafeString | str:
        return link("pipe.queue", item.queue_id, str(item.queue))

    @admin.display(description="state")
    def state(self, item: Item) -> SafeString:
        if item.leased_until is not None and item.leased_until > now_ms():
            return label("leased", "work")
        return label("dead", "bad") if str(item.queue).endswith(DEAD) else label("waiting", "wait")

    @admin.display(description="came in")
    def sent(self, item: Item) -> SafeString | str:
        return at(item.created_at / 1000)

    @admin.display(description="leased until")
    def until(self, item: Item) -> SafeString | str:
        return at((item.leased_until or 0) / 1000)

    @admin.display(description="payload")
    def payload_start(self, item: Item) -> str:
        return item.payload[:80]

    @admin.display(description="payload")
    def content(self, item: Item) -> SafeString | str:
        return written(json.loads(item.payload))

    @staff_action("Put back (dead ones)", icon="replay")
    def requeue(self, request: HttpRequest, rows: list[Item]) -> Done:
        count = services.requeue([item.pk for item in rows])
        said = f"{count} put back"
        said += "." if count == len(rows) else "; what is not dead stayed where it was."
        return Done(said, rows if count else [], messages.SUCCESS if count else messages.WARNING)

    @staff_action(
        "End the lease",
        question="Take these from who works on them? They are handed out again, and may be done twice.",
        icon="timer_off",
    )
    def release(self, request: HttpRequest, rows: list[Item]) -> Done:
        count = services.release([item.pk for item in rows])
        said = f"{counted(count, 'lease')} ended."
        return Done(said, rows if count else [], messages.SUCCESS if count else messages.WARNING)

    @staff_action(
        "Throw away",
        permission="discard",
        question="Throw these items away? What is being worked on stays.",
        icon="delete",
        dangerous=True,
    )
    def discard(self, request: HttpRequest, rows: list[Item]) -> Done:
        count = services.discard([item.pk for item in rows])
        said = f"{count} thrown away."
        if left := len(rows) - count:
            said += f" {left} are leased, or were taken meanwhile."
        return Done(said, rows if count else [], messages.SUCCESS if count else messages.WARNING)

    def has_discard_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("pipe.delete_item")


@admin.register(Machine)
class MachineAdmin(StaffAdmin):
    list_display = ["pipe_id", "status", "heard", "freshness"]
    search_fields = ["pipe_id", "status"]
    search_help_text = "Machine, status"
    ordering = ["pipe_id"]
    fields = ["pipe_id", "status", "heard", "freshness", "told"]
    readonly_fields = fields
    removal = "It is there again when it tells of itself."
    told = as_json("details")

    def remove_row(self, row: Machine, by: str) -> None:
        services.forget_status(row.pipe_id)

    @admin.display(description="heard", ordering="last_updated")
    def heard(self, machine: Machine) -> SafeString | str:
        return at(machine.last_updated / 1000)

    @admin.display(description="freshness")
    def freshness(self, machine: Machine) -> SafeString:
        """Stale: silent for longer than PIPE_STALE_S."""
        return label("stale", "bad") if machine.is_stale(now_ms()) else label("fresh", "good")


@admin.register(Sample)
class SampleAdmin(StaffAdmin):
    """How deep the queues were, a row a minute for two days; the console draws them."""

    list_display = ["taken", "queues"]
    ordering = ["-pk"]
    fields = ["taken", "deep"]
    readonly_fields = fields
    deep = as_json("depths", "queue → waiting, leased")

    @admin.display(description="taken", ordering="pk")
    def taken(self, sample: Sample) -> SafeString | str:
        return at(sample.at / 1000)

    @admin.display(description="queues that held anything")
    def queues(self, sample: Sample) -> int:
        return len(sample.depths)
