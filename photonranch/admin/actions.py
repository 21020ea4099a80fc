"""What staff do with rows of a list, or with one from its own page.

An action calls the app's services and says what became of it. One that cannot be undone asks first. All of
them are kept to MAX_AT_ONCE rows, need a permission, and leave an entry in the audit for every row they
changed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.enums import ActionVariant

from photonranch.errors import ApiError

MAX_AT_ONCE = 1000
SHOWN_AT_ONCE = 50


@dataclass(frozen=True)
class Done:
    """What an action did: a sentence for whoever asked, and the rows that it changed."""

    said: str
    rows: Sequence[Model] = field(default_factory=list)
    level: int = messages.SUCCESS


Work = Callable[[Any, HttpRequest, list[Any]], Done]
Action = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]


def staff_action(
    name: str, *, permission: str = "act", question: str = "", icon: str = "", dangerous: bool = False
) -> Callable[[Work], Action]:
    """Make an action of a method that takes the chosen rows.

    `permission`: "act" (change the model) or "remove" (delete it), or another `has_…_permission` of the
    admin.
    `question`: asked before; without one the action is carried out at once when it is chosen in a list.
    """

    def decorate(work: Work) -> Action:
        @wraps(work)
        def action(self: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
            rows = list(queryset[: MAX_AT_ONCE + 1])
            if len(rows) > MAX_AT_ONCE:
                self.message_user(request, f"Choose at most {MAX_AT_ONCE} at once.", messages.ERROR)
                return None
            if question and rows and "confirmed" not in request.POST:
                return confirmation(self, request, work.__name__, rows)
            _carry_out(self, request, work, name, rows)
            return None

        marked: Any = admin.action(description=name, permissions=[permission])(action)
        marked.question, marked.icon = question, icon
        marked.variant = ActionVariant.DANGER if dangerous else ActionVariant.DEFAULT
        return cast(Action, marked)

    return decorate


def _carry_out(model_admin: Any, request: HttpRequest, work: Work, name: str, rows: list[Any]) -> None:
    # Services that delete a row take its key away, too.
    keys = {id(row): row.pk for row in rows}
    try:
        done = work(model_admin, request, rows)
    except ApiError as problem:
        model_admin.message_user(request, problem.sentence, messages.ERROR)
        return
    audit(request, done.rows, name, keys)
    model_admin.message_user(request, done.said, done.level)


def audit(request: HttpRequest, rows: Sequence[Model], what: str, keys: dict[int, Any] | None = None) -> None:
    for row in rows:
        if row.pk is None and keys:
            row.pk = keys[id(row)]
    if rows:
        LogEntry.objects.log_actions(cast(int, request.user.pk), rows, CHANGE, what)


def confirmation(model_admin: Any, request: HttpRequest, action: str, rows: list[Any]) -> HttpResponse:
    """The page that asks before an action is carried out."""
    method = getattr(type(model_admin), action)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": method.short_description,
        "question": method.question,
        "opts": model_admin.model._meta,
        "model_admin": model_admin,
        "action": action,
        "dangerous": method.variant is ActionVariant.DANGER,
        "rows": rows,
        "shown": rows[:SHOWN_AT_ONCE],
        "not_shown": max(0, len(rows) - SHOWN_AT_ONCE),
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "media": model_admin.media,
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "admin/confirm_action.html", context)


def counted(count: int, one: str, many: str = "") -> str:
    """`1 job`, `3 jobs`."""
    return f"{count} {one if count == 1 else many or one + 's'}"
