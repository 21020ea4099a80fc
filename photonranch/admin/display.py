"""How the admin writes things: times in UTC with their age, JSON, sizes, links, states."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from photonranch.api.instants import NotATime, from_seconds
from photonranch.excerpts import excerpt

Tone = Literal["good", "bad", "wait", "work", ""]
EMPTY = "–"
_STEPS = ((60, "s", 1), (3600, "min", 60), (86_400, "h", 3600), (float("inf"), "d", 86_400))


def age(when: datetime, now: datetime | None = None) -> str:
    """How long ago in one number: 45 s, 12 min, 3 h, 9 d; what is yet to come is "in 3 h"."""
    seconds = ((now or timezone.now()) - when).total_seconds()
    for below, unit, divisor in _STEPS:
        if abs(seconds) < below:
            text = f"{int(abs(seconds) // divisor)} {unit}"
            return f"in {text}" if seconds < 0 else f"{text} ago"
    raise AssertionError("the last step has no end")


def at(when: datetime | float | None) -> SafeString | str:
    """An instant (or unix seconds) in UTC, with its age; nothing for None or 0."""
    if not when:
        return EMPTY
    try:
        utc = when.astimezone(UTC) if isinstance(when, datetime) else from_seconds(when)
    except (NotATime, OverflowError):  # a clock that is out of its mind must not cost the whole list
        return excerpt(when)
    return format_html(
        '<time datetime="{}" class="pr-time">{} <span class="text-subtle">{}</span></time>',
        utc.isoformat(),
        f"{utc:%Y-%m-%d %H:%M:%S}",
        age(utc),
    )


def size(count: int | None) -> str:
    return EMPTY if count is None else filesizeformat(count).replace("\xa0", " ")


def label(text: str, tone: Tone = "") -> SafeString:
    return format_html('<span class="pr-label {}">{}</span>', f"pr-label-{tone}" if tone else "", text)


# --- Links -------------------------------------------------------------------------------------------------


def link(model: str, pk: Any, text: str = "") -> SafeString | str:
    """To the page of a row; `model` such as "jobs.job". Nothing when there is no key."""
    if pk in (None, ""):
        return EMPTY
    path = reverse(f"admin:{model.replace('.', '_')}_change", args=[quote(pk)])
    return format_html('<a href="{}" class="text-link">{}</a>', path, text or pk)


def link_to(row: Model) -> SafeString | str:
    return link(row._meta.label_lower, row.pk, str(row))


def list_path(model: str, **query: Any) -> str:
    path = reverse(f"admin:{model.replace('.', '_')}_changelist")
    return f"{path}?{urlencode(query)}" if query else path


def list_link(text: str, model: str, **query: Any) -> SafeString:
    """To a list, filtered by `query`."""
    return format_html('<a href="{}" class="text-link">{}</a>', list_path(model, **query), text)


# --- Documents ---------------------------------------------------------------------------------------------


def written(value: Any) -> SafeString | str:
    """JSON to read: indented, and scrolled where it is long."""
    if value is None:
        return EMPTY
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    # In the order of tabs, so that it can be scrolled by keys.
    return format_html('<pre tabindex="0" class="pr-json">{}</pre>', text)


def as_json(field: str, description: str = "") -> Callable[[Any, Any], SafeString | str]:
    """A read-only field of an admin that shows the JSON in `field`."""

    @admin.display(description=description or field.replace("_", " "))
    def shown(self: Any, row: Any) -> SafeString | str:
        return written(getattr(row, field))

    return shown
