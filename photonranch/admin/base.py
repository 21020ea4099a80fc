"""The one base of every admin: to look at, unless a class says what may be done."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import quote, unquote
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin, TabularInline

from photonranch.admin.actions import Done, confirmation, counted, staff_action
from photonranch.admin.dates import Dates
from photonranch.admin.lists import BoundedPaginator, StaffChangeList, newest

MAX_FOUND = 500


class Heading:
    """A row for the theme's heading, which takes its key for an address as it is: of one with a line break in
    it, such as a client may call an event, there is none."""

    def __init__(self, row: Model) -> None:
        self._meta = row._meta
        self.pk = quote(str(row.pk))
        self.title = str(row)

    def __str__(self) -> str:
        return self.title


class StaffAdmin(ModelAdmin):
    """Programs write these rows, so nobody adds or changes them by hand: that would lie about what happened.

    A subclass sets what its list shows. `ordering` must be served by an index. `search_fields` are looked
    through among the newest rows; what is to be found in the whole table by an index, `seek` asks for.
    `dates` puts years, months and days above the list. With `remove_row` rows may be deleted, through a
    service.
    """

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 200
    list_filter_submit = True
    list_fullwidth = True
    dates: ClassVar[Dates | None] = None
    # What deleting a row takes along, for the page that asks.
    removal = "It is deleted for good."
    actions: ClassVar[Sequence[str]] = ["remove_chosen"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[StaffChangeList]:
        return StaffChangeList

    # --- Who may do what -----------------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_remove() and bool(super().has_delete_permission(request, obj))

    def has_act_permission(self, request: HttpRequest) -> bool:
        codename = get_permission_codename("change", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")

    def has_remove_permission(self, request: HttpRequest) -> bool:
        return self.has_delete_permission(request)

    # --- Deleting ------------------------------------------------------------------------------------------

    def remove_row(self, row: Any, by: str) -> object:
        """Delete a row through the app's service; `by` is the user's name."""
        raise NotImplementedError

    def can_remove(self) -> bool:
        return type(self).remove_row is not StaffAdmin.remove_row

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.remove_row(obj, request.user.get_username())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, ...]:
        """Only what was chosen: to collect what hangs on it would read a whole queue."""
        named: list[Any] = []
        for row in objs:
            named += [str(row), [self.removal]]
        return named, {self.opts.verbose_name_plural: len(named) // 2}, set(), []

    @staff_action("Delete", permission="remove", question="Delete for good?", icon="delete", dangerous=True)
    def remove_chosen(self, request: HttpRequest, rows: list[Any]) -> Done:
        for row in rows:
            self.remove_row(row, request.user.get_username())
        deleted = counted(len(rows), str(self.opts.verbose_name), str(self.opts.verbose_name_plural))
        return Done(f"{deleted} deleted.", rows)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        # Django's own would collect everything that hangs on the rows, and go past the services.
        actions.pop("delete_selected", None)
        return actions

    # --- Finding -------------------------------------------------------------------------------------------

    def seek(self, queryset: Any, term: str) -> list[Any]:
        """What an index finds for `term` in the whole table, newest first."""
        return []

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        keys = {
            pk for some in self.seek(queryset, term) for pk in some.values_list("pk", flat=True)[:MAX_FOUND]
        }
        sifted = newest(queryset, self.get_ordering(request)).filter(self._contains(request, term))
        keys |= set(sifted.order_by(*self.get_ordering(request)).values_list("pk", flat=True)[:MAX_FOUND])
        return queryset.filter(pk__in=keys), False

    def _contains(self, request: HttpRequest, term: str) -> Q:
        """Every word of `term` somewhere in `search_fields`."""
        words = Q()
        for word in term.split():
            anywhere = Q()
            for column in self.get_search_fields(request):
                anywhere |= Q(**{f"{column}__icontains": word})
            words &= anywhere
        return words

    # --- Acting on one row from its page -------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_act"
        view = self.admin_site.admin_view(self.act_view)
        return [path("<path:object_id>/act/<str:action>/", view, name=name), *super().get_urls()]

    def act_view(self, request: HttpRequest, object_id: str, action: str) -> HttpResponse:
        """GET asks, POST does it: following a link never changes anything."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        offered = self.get_actions(request)
        if action not in offered or not self.has_view_permission(request, row):
            raise PermissionDenied
        if request.method != "POST":
            return confirmation(self, request, action, [row])
        answer = offered[action][0](self, request, self.get_queryset(request).filter(pk=row.pk))
        return answer or redirect(self._page_after(request, row.pk))

    def _page_after(self, request: HttpRequest, pk: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        if self.get_queryset(request).filter(pk=pk).exists():
            return reverse(f"{name}_change", args=[quote(pk)])
        return reverse(f"{name}_changelist")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> Any:
        """Offers the list's actions as buttons of the row's page; deleting has one of its own."""
        if obj is not None:
            context["heading"] = Heading(obj)
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_act"
            context["actions_detail"] = [
                {
                    "title": title,
                    "icon": method.icon,
                    "variant": method.variant,
                    "attrs": {},
                    "path": reverse(name, args=[quote(obj.pk), action]),
                }
                for action, (method, _, title) in self.get_actions(request).items()
                if action != "remove_chosen"
            ]
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)


class StaffInline(TabularInline):
    """What belongs to a row, newest first, `per_page` rows on a page."""

    extra = 0
    can_delete = False
    show_change_link = False
    per_page = 20

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
