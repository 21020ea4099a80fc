from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from photonranch.admin.actions import Done, counted, staff_action
from photonranch.admin.base import StaffAdmin
from photonranch.admin.display import as_json, at, label, link, list_link
from photonranch.admin.filters import ChoiceFilter
from photonranch.errors import NotFound
from sitecfg import keys, nights, rooms, services
from sitecfg.models import Configuration, ControlRoom, Night, NightNote, Site, SiteKey
from sitecfg.providers import RoomFailure
from sitecfg.site_filter import SiteFilter, SiteFilterAmongNewest
from sitecfg.site_link import SiteLinked

# What there is of a site in other apps; they know this one, not the other way round.
OF_A_SITE = (
    ("jobs", "jobs.job"),
    ("log", "logs.logmessage"),
    ("status", "status.status"),
    ("last calls", "status.lastseen"),
    ("reservations", "reservations.reservation"),
    ("images", "images.image"),
    ("uploads", "images.upload"),
    ("versions of its configuration", "sitecfg.configuration"),
    ("keys", "sitecfg.sitekey"),
    ("nights", "sitecfg.night"),
)


@admin.register(Site)
class SiteAdmin(StaffAdmin):
    """A site is what it put last; what may be done is to remove it, and to restore one of its versions."""

    list_display = ["code", "kind", "wema_link", "latitude", "longitude", "time_zone", "jobs"]
    list_filter = ["kind"]
    search_fields = ["code", "wema"]
    search_help_text = "Site, WEMA"
    ordering = ["code"]
    fields = [
        "code", "kind", "wema_link", "around", "latitude", "longitude", "elevation", "time_zone",
        "known_devices", "as_put",
    ]  # fmt: skip
    readonly_fields = fields
    removal = "Its versions stay, and each of them can be restored."
    actions = ["remove_chosen", "compute_nights"]
    known_devices = as_json("devices")
    as_put = as_json("configuration")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        return Site.objects.light()

    def remove_row(self, row: Site, by: str) -> None:
        services.delete_configuration(row.code, by=by)

    @admin.display(description="WEMA", ordering="wema")
    def wema_link(self, site: Site) -> SafeString | str:
        return link("sitecfg.site", site.wema)

    @admin.display(description="jobs")
    def jobs(self, site: Site) -> SafeString:
        return list_link("jobs", "jobs.job", site=site.code)

    @admin.display(description="of this site")
    def around(self, site: Site) -> SafeString:
        links = ((list_link(text, model, site=site.code),) for text, model in OF_A_SITE)
        return format_html_join(" · ", "{}", links)

    @staff_action("Compute the nights ahead again", icon="bedtime")
    def compute_nights(self, request: HttpRequest, rows: list[Site]) -> Done:
        computed = nights.compute_ahead([site.code for site in rows])
        without = len(rows) - computed
        said = f"Nights of {counted(computed, 'site')} computed."
        if without:
            said += f" {counted(without, 'site')} without a place: none."
        return Done(said, rows, messages.WARNING if without else messages.SUCCESS)


@admin.register(Configuration)
class ConfigurationAdmin(SiteLinked, StaffAdmin):
    """Every version that was put; one of them can be made the present one again."""

    list_display = ["put", "site_link", "put_by", "says"]
    list_display_links = ["put"]
    list_filter = [SiteFilter]
    search_fields = ["site", "put_by"]
    search_help_text = "Site, who put it"
    ordering = ["-pk"]
    fields = ["site_link", "put", "put_by", "says", "as_put"]
    readonly_fields = fields
    actions = ["restore"]
    as_put = as_json("configuration")

    @admin.display(description="put", ordering="pk")
    def put(self, version: Configuration) -> SafeString | str:
        return at(version.put_at)

    @admin.display(description="says")
    def says(self, version: Configuration) -> SafeString | str:
        said = version.configuration
        return label("deleted", "bad") if said is None else f"{len(said)} keys"

    def has_restore_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("sitecfg.change_site")

    @staff_action(
        "Restore",
        permission="restore",
        question="Make this the site's configuration again? It becomes the newest version.",
        icon="settings_backup_restore",
    )
    def restore(self, request: HttpRequest, rows: list[Configuration]) -> Done:
        if len(rows) != 1:
            return Done("Choose one version.", level=messages.ERROR)
        site = services.restore(rows[0], request.user.get_username())
        return Done(f"{site} is again as it was put at {rows[0].put_at:%Y-%m-%d %H:%M} UTC.", rows)


class Validity(ChoiceFilter):
    title = "validity"
    parameter_name = "valid"
    options = (("1", "valid"), ("0", "revoked"))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(revoked_at__isnull=value == "1")


@admin.register(SiteKey)
class SiteKeyAdmin(StaffAdmin):
    """Keys are made here, shown once, and revoked; they stay in the list, so that one can tell what was
    used."""

    list_display = ["start", "scope", "holder", "state", "note", "made", "made_by", "used"]
    list_filter = [Validity, "scope", SiteFilterAmongNewest]
    search_fields = ["start", "site", "note", "made_by"]
    search_help_text = "First characters, site, note, who made it"
    ordering = ["-pk"]
    actions = ["revoke"]
    made_fields = ["start", "scope", "holder", "state", "note", "made", "made_by", "used"]

    def get_fields(self, request: HttpRequest, obj: SiteKey | None = None) -> list[str]:
        return self.made_fields if obj else ["scope", "site", "note"]

    def get_readonly_fields(self, request: HttpRequest, obj: SiteKey | None = None) -> list[str]:
        return self.made_fields if obj else []

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("sitecfg.add_sitekey")

    def save_model(self, request: HttpRequest, obj: SiteKey, form: ModelForm[Any], change: bool) -> None:
        row, key = keys.make(obj.scope, obj.site, note=obj.note, by=request.user.get_username())
        obj.pk, obj.start = row.pk, row.start
        self.message_user(
            request, f"The key of {row.holder}, shown only now: {key}", messages.WARNING, fail_silently=False
        )

    @admin.display(description="holder", ordering="site")
    def holder(self, key: SiteKey) -> SafeString | str:
        return link("sitecfg.site", key.site) if key.site else key.holder

    @admin.display(description="state", ordering="revoked_at")
    def state(self, key: SiteKey) -> SafeString:
        return label("valid", "good") if key.revoked_at is None else label("revoked", "bad")

    @admin.display(description="made", ordering="made_at")
    def made(self, key: SiteKey) -> SafeString | str:
        return at(key.made_at)

    @admin.display(description="last used", ordering="last_used_at")
    def used(self, key: SiteKey) -> SafeString | str:
        return at(key.last_used_at)

    @staff_action(
        "Revoke",
        question="Refuse these keys from now on? That cannot be undone: a machine needs a new key then.",
        icon="key_off",
        dangerous=True,
    )
    def revoke(self, request: HttpRequest, rows: list[SiteKey]) -> Done:
        valid = [key for key in rows if key.revoked_at is None]
        for key in valid:
            keys.revoke(key)
        said = f"{len(valid)} refused from now on."
        if before := len(rows) - len(valid):
            said += f" {before} had been revoked before."
        return Done(said, valid)


@admin.register(Night)
class NightAdmin(SiteLinked, StaffAdmin):
    """Computed ahead, to save time; what is not here is computed when it is asked."""

    list_display = ["date", "site_link", "begins", "ends"]
    list_filter = [SiteFilter]
    search_fields = ["site"]
    ordering = ["site", "date"]
    fields = ["site_link", "date", "begins", "ends", "crossings"]
    readonly_fields = fields
    crossings = as_json("events", "events (TAI Julian days)")

    @admin.display(description="from", ordering="start")
    def begins(self, night: Night) -> SafeString | str:
        return at(night.start)

    @admin.display(description="to", ordering="end")
    def ends(self, night: Night) -> SafeString | str:
        return at(night.end)


@admin.register(NightNote)
class NightNoteAdmin(StaffAdmin):
    list_display = ["site", "message", "author", "written", "until"]
    search_fields = ["site", "author", "note_data"]
    search_help_text = "Site, author, text"
    ordering = ["site"]
    fields = ["site", "author", "written", "until", "sent"]
    readonly_fields = fields
    removal = "It disappears from the site's page."
    sent = as_json("note_data", "note")

    def remove_row(self, row: NightNote, by: str) -> None:
        services.remove_note(row.site)

    @admin.display(description="message")
    def message(self, note: NightNote) -> str:
        data = note.note_data
        return str(data.get("message", "") if isinstance(data, dict) else data)[:160]

    @admin.display(description="written", ordering="created_at")
    def written(self, note: NightNote) -> SafeString | str:
        return at(note.created_at)

    @admin.display(description="until", ordering="expires_at")
    def until(self, note: NightNote) -> SafeString | str:
        return at(note.expires_at)


@admin.register(ControlRoom)
class ControlRoomAdmin(StaffAdmin):
    list_display = ["site", "provider", "url", "restarted"]
    search_fields = ["site", "url"]
    search_help_text = "Site, address"
    ordering = ["site"]
    fields = ["site", "provider", "url", "slug", "room_id", "claimed", "restarted", "runs"]
    readonly_fields = fields
    removal = "The provider is told; the next visitor gets a new room."
    actions = ["remove_chosen", "restart"]
    runs = as_json("config", "what runs in it")

    def remove_row(self, row: ControlRoom, by: str) -> None:
        rooms.remove_room(row.site)

    @admin.display(description="claimed", ordering="claimed_at")
    def claimed(self, room: ControlRoom) -> SafeString | str:
        return at(room.claimed_at)

    @admin.display(description="began afresh", ordering="restarted_at")
    def restarted(self, room: ControlRoom) -> SafeString | str:
        return at(room.restarted_at)

    @staff_action(
        "Begin afresh",
        question="Restart what runs in these rooms? Whoever is in one notices.",
        icon="restart_alt",
    )
    def restart(self, request: HttpRequest, rows: list[ControlRoom]) -> Done:
        done, problems = [], []
        for room in rows:
            try:
                rooms.restart_room(room.site)
                done.append(room)
            except (RoomFailure, NotFound) as problem:
                problems.append(f"{room.site}: {problem}.")
        said = " ".join([f"{counted(len(done), 'room')} began afresh.", *problems])
        return Done(said, done, messages.WARNING if problems else messages.SUCCESS)
