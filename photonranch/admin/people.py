"""Staff, their groups, and what they did."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from photonranch.admin.base import StaffAdmin
from photonranch.admin.display import at
from photonranch.admin.lists import BoundedPaginator

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class PeopleAdmin(UserAdmin[User], ModelAdmin):
    """Who may sign in here. Observers sign in elsewhere and come with tokens: they have no row."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_display = [
        "username",
        "first_name",
        "last_name",
        "is_staff",
        "is_superuser",
        "is_active",
        "last_seen",
    ]
    list_filter = ["is_staff", "is_superuser", "is_active"]

    @admin.display(description="last sign-in", ordering="last_login")
    def last_seen(self, user: User) -> SafeString | str:
        return at(user.last_login)


@admin.register(Group)
class TeamAdmin(GroupAdmin, ModelAdmin):
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False


@admin.register(LogEntry)
class AuditAdmin(StaffAdmin):
    """What staff did in the admin, and to what. Nobody changes or deletes it."""

    list_display = ["done_at", "user", "content_type", "thing", "what"]
    list_display_links = ["done_at"]
    list_select_related = ["user", "content_type"]
    search_fields = ["object_repr", "change_message", "user__username"]
    search_help_text = "User, thing, what was done"
    # The table has no index on its time; its key grows with it.
    ordering = ["-pk"]
    fields = ["done_at", "user", "content_type", "thing", "object_id", "what"]
    readonly_fields = ["done_at", "thing", "what"]

    @admin.display(description="when", ordering="pk")
    def done_at(self, entry: LogEntry) -> SafeString | str:
        return at(entry.action_time)

    @admin.display(description="what")
    def what(self, entry: LogEntry) -> str:
        return f"{entry.get_action_flag_display()}: {entry.get_change_message()}".rstrip(": ")

    @admin.display(description="thing")
    def thing(self, entry: LogEntry) -> SafeString | str:
        kind: Any = entry.content_type
        try:
            name = f"admin:{kind.app_label}_{kind.model}_change"
            path = reverse(name, args=[quote(str(entry.object_id))])
        except (AttributeError, NoReverseMatch):
            return entry.object_repr
        return format_html('<a href="{}" class="text-link">{}</a>', path, entry.object_repr)
