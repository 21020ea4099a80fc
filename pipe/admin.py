from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from pipe import services
from pipe.models import Item, Machine, Queue, now_ms


class ReadOnly:
    """Staff look; what changes goes through the services, so that it is pushed."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Queue)
class QueueAdmin(ReadOnly, admin.ModelAdmin[Queue]):
    list_display = ["name", "waiting"]
    search_fields = ["name"]
    ordering = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        return super().get_queryset(request).exclude(name=None)

    @admin.display(description="items waiting")
    def waiting(self, queue: Queue) -> int:
        return queue.items.filter(leased_until=None).count()


class InDeadQueue(admin.SimpleListFilter):
    title = "where"
    parameter_name = "dead"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("1", "dead: tried too often")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Item]) -> QuerySet[Item]:
        return queryset.filter(pk__in=Item.objects.dead().values("pk")) if self.value() else queryset


@admin.register(Item)
class ItemAdmin(ReadOnly, admin.ModelAdmin[Item]):
    list_display = ["seq", "queue", "sender", "attempts", "leased", "payload_start"]
    list_filter = [InDeadQueue]
    search_fields = ["queue__name", "sender"]
    list_select_related = ["queue"]
    ordering = ["seq"]
    exclude = ["receipt"]
    actions = ["requeue"]

    @admin.display(boolean=True)
    def leased(self, item: Item) -> bool:
        return item.leased_until is not None and item.leased_until > now_ms()

    @admin.display(description="payload")
    def payload_start(self, item: Item) -> str:
        return item.payload[:80]

    @admin.action(description="Put dead items back on their queue", permissions=["requeue"])
    def requeue(self, request: HttpRequest, queryset: QuerySet[Item]) -> None:
        count = services.requeue(queryset.values_list("pk", flat=True))
        self.message_user(request, f"{count} put back; what is not dead stayed where it was.")

    def has_requeue_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("pipe.change_item")


@admin.register(Machine)
class MachineAdmin(ReadOnly, admin.ModelAdmin[Machine]):
    list_display = ["pipe_id", "status", "heard_from"]
    ordering = ["pipe_id"]

    @admin.display(boolean=True, description="heard from lately")
    def heard_from(self, machine: Machine) -> bool:
        """A red cross: stale, silent for longer than PIPE_STALE_S."""
        return not machine.is_stale(now_ms())
