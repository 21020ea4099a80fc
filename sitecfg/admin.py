import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from photonranch.errors import ApiError
from sitecfg import keys, services
from sitecfg.models import Configuration, ControlRoom, Night, NightNote, Site, SiteKey


def _pretty(value: Any) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))


class ReadOnly:
    """What programs write, the admin only shows."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Site)
class SiteAdmin(ReadOnly, admin.ModelAdmin[Site]):
    list_display = ["code", "kind", "wema", "latitude", "longitude", "time_zone"]
    list_filter = ["kind"]
    search_fields = ["code", "wema"]
    fields = ["code", "kind", "wema", "devices", "latitude", "longitude", "elevation", "time_zone", "as_put"]
    readonly_fields = ["as_put"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        return Site.objects.light()

    @admin.display(description="configuration")
    def as_put(self, site: Site) -> SafeString:
        return _pretty(site.configuration)

    def has_delete_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        return False


@admin.register(Configuration)
class ConfigurationAdmin(ReadOnly, admin.ModelAdmin[Configuration]):
    """Every version that was put; one of them can be made the present one again."""

    list_display = ["site", "put_at", "put_by", "says"]
    list_filter = ["site"]
    search_fields = ["site", "put_by"]
    ordering = ["-pk"]
    fields = ["site", "put_at", "put_by", "as_put"]
    readonly_fields = ["as_put"]
    actions = ["restore"]
    show_full_result_count = False

    @admin.display(description="says")
    def says(self, version: Configuration) -> str:
        said = version.configuration
        return "deleted" if said is None else f"{len(said)} keys"

    @admin.display(description="configuration")
    def as_put(self, version: Configuration) -> SafeString:
        return _pretty(version.configuration)

    def has_delete_permission(self, request: HttpRequest, obj: Configuration | None = None) -> bool:
        return False

    def has_restore_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("sitecfg.change_site")

    @admin.action(description="Make this the site's configuration again", permissions=["restore"])
    def restore(self, request: HttpRequest, chosen: QuerySet[Configuration]) -> None:
        try:
            [version] = chosen
        except ValueError:
            self.message_user(request, "Choose one version.", messages.ERROR)
            return
        try:
            site = services.restore(version, request.user.get_username())
        except ApiError as problem:
            self.message_user(request, problem.sentence, messages.ERROR)
        else:
            said = f"{site} is again as it was put at {version.put_at:%Y-%m-%d %H:%M} UTC."
            self.message_user(request, said, messages.SUCCESS)


@admin.register(SiteKey)
class SiteKeyAdmin(admin.ModelAdmin[SiteKey]):
    list_display = ["start", "scope", "site", "note", "made_at", "made_by", "last_used_at", "revoked_at"]
    list_filter = ["scope"]
    search_fields = ["start", "site", "note"]
    ordering = ["-pk"]
    fields = ["scope", "site", "note"]
    actions = ["revoke"]

    def save_model(self, request: HttpRequest, obj: SiteKey, form: Any, change: bool) -> None:
        row, key = keys.make(obj.scope, obj.site, note=obj.note, by=request.user.get_username())
        obj.pk, obj.start = row.pk, row.start
        self.message_user(
            request, f"The key of {row.holder}, shown only now: {key}", messages.WARNING, fail_silently=False
        )

    def has_change_permission(self, request: HttpRequest, obj: SiteKey | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SiteKey | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("sitecfg.change_sitekey")

    @admin.action(description="Refuse these keys from now on", permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[SiteKey]) -> None:
        for key in chosen:
            keys.revoke(key)
        self.message_user(request, f"{len(chosen)} refused from now on.", messages.SUCCESS)


@admin.register(Night)
class NightAdmin(ReadOnly, admin.ModelAdmin[Night]):
    list_display = ["site", "date", "start", "end"]
    list_filter = ["site"]
    ordering = ["site", "date"]


@admin.register(NightNote)
class NightNoteAdmin(ReadOnly, admin.ModelAdmin[NightNote]):
    list_display = ["site", "created_at", "expires_at", "author"]


@admin.register(ControlRoom)
class ControlRoomAdmin(ReadOnly, admin.ModelAdmin[ControlRoom]):
    list_display = ["site", "provider", "url", "restarted_at"]
