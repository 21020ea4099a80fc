from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from photonranch.admin.base import StaffAdmin
from photonranch.admin.display import as_json
from sky.paths import BadTarget
from targets import services
from targets.models import Satellite, TargetList
from targets.moving import satellite_of


class SatelliteForm(forms.ModelForm):  # type: ignore[type-arg]
    """Its lines are read before they are kept."""

    class Meta:
        model = Satellite
        fields = ["name", "line1", "line2"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "line1" in cleaned and "line2" in cleaned:
            try:
                satellite_of([cleaned["line1"], cleaned["line2"]])
            except BadTarget as problem:
                raise forms.ValidationError(str(problem)) from None
        return cleaned


@admin.register(Satellite)
class SatelliteAdmin(StaffAdmin):
    form = SatelliteForm
    list_display = ["name", "line1", "changed_at"]
    search_fields = ["key"]
    search_help_text = "Name"
    ordering = ["key"]
    fields = ["name", "line1", "line2", "changed_at"]
    readonly_fields = ["changed_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def save_model(self, request: HttpRequest, obj: Satellite, form: Any, change: bool) -> None:
        services.keep_satellite(obj)

    def remove_row(self, row: Satellite, by: str) -> None:
        services.remove_satellite(row)


@admin.register(TargetList)
class TargetListAdmin(StaffAdmin):
    """People's own lists: staff look at them, and leave them alone."""

    list_display = ["name", "user_id", "created_at", "changed_at"]
    search_fields = ["user_id"]
    search_help_text = "User"
    ordering = ["-pk"]
    fields = ["name", "user_id", "listed", "created_at", "changed_at"]
    readonly_fields = fields
    listed = as_json("targets")
