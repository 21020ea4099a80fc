from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from reservations import services
from reservations.models import Reservation


class When(admin.SimpleListFilter):
    title = "when"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("now", "now"), ("coming", "coming"), ("over", "over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reservation]) -> QuerySet[Reservation]:
        now = timezone.now()
        match self.value():
            case "now":
                return queryset.filter(start__lte=now, end__gt=now)
            case "coming":
                return queryset.filter(start__gt=now)
            case "over":
                return queryset.filter(end__lte=now)
        return queryset


@admin.register(Reservation)
class ReservationAdmin(admin.ModelAdmin[Reservation]):
    """To look at, and to cancel. Changes belong to the calendar, where the rules are."""

    list_display = ["site", "start", "end", "creator", "title", "reservation_type", "project_id", "origin"]
    list_filter = [When, "reservation_type", "origin"]
    search_fields = ["event_id", "site", "creator", "creator_id", "title", "project_id"]
    ordering = ["-start"]
    date_hierarchy = "start"
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Reservation | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Reservation) -> None:
        services.remove(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Reservation]) -> None:
        for reservation in queryset:
            services.remove(reservation)
