"""Times in pages: right when the page is made, and kept right by js/time.js, which writes them alike."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from photonranch.api.instants import nearest

register = template.Library()

# Up to so many seconds, counted in so many, called so.
STEPS = ((60, 1, "s"), (3600, 60, "min"), (2 * 86400, 3600, "h"))


@register.simple_tag
def ago(at_ms: float) -> SafeString:
    """`<time>3 min ago</time>`, from unix ms."""
    at = nearest(at_ms / 1000)
    return format_html(
        '<time datetime="{}" data-age title="{}">{}</time>', _iso(at), _title(at), age(at, timezone.now())
    )


@register.simple_tag
def at(at_ms: float) -> SafeString:
    """`<time>21:04</time>`, from unix ms; with its day when that is not today. UTC."""
    when = nearest(at_ms / 1000)
    text = f"{when:%H:%M}" if when.date() == timezone.now().date() else f"{when.day} {when:%b %H:%M}"
    return format_html('<time datetime="{}" data-clock title="{}">{}</time>', _iso(when), _title(when), text)


def age(when: datetime, now: datetime) -> str:
    """now, 12 s ago, 3 min ago, in 2 h."""
    seconds = round((now - when).total_seconds())
    size = abs(seconds)
    if size < 5:
        return "now"
    unit, name = next(((unit, name) for limit, unit, name in STEPS if size < limit), (86400, "d"))
    text = f"{size // unit} {name}"
    return f"{text} ago" if seconds > 0 else f"in {text}"


def _iso(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _title(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"
