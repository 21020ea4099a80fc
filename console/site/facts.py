"""Everything a site's page shows when it is opened: bounded lists, one query for each panel."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.http import Http404

from console import verdicts
from console.network import event_fact
from console.site import commands, queue, sky, weather
from console.site import status as groups
from console.site.rights import rights
from images import serializers as images
from images.models import Image
from images.pages import rows
from images.store import store
from logs.models import LogMessage
from logs.serializers import recent
from photonranch.api.instants import nearest
from photonranch.auth.callers import Caller
from photonranch.excerpts import excerpt
from reservations.models import Reservation
from reservations.serializers import event_object
from sitecfg.models import NightNote, Site
from sitecfg.serializers import note as note_object
from sky.night_events import SkyError
from status.models import Phase, Status, WeatherSample

MESSAGES: Final = 150
IMAGES: Final = 24
LEVELS: Final = ("debug", "info", "warning", "error", "critical")
DAY: Final = timedelta(days=1)
PHASE_S: Final = 3600
# Where the site's place is not known: this much of the calendar is "tonight".
EARLIER, LATER = timedelta(hours=6), timedelta(hours=18)


def gathered(caller: Caller, code: str, now: datetime) -> dict[str, Any]:
    """The page's context. Raises Http404 for a code under which nothing is known."""
    found = {row.code: row for row in Site.objects.with_its_wema(code)}
    site = found.pop(code, None)
    wema = next(iter(found.values()), None)
    statuses = list(Status.objects.combined(code))
    if site is None and not statuses:
        says = "It appears when it sends its configuration or its status."
        raise Http404(f"There is no site {excerpt(code)}. {says}")
    night = _night(code, now)
    may = rights(caller, code, site, wema.code if wema else code if site and site.kind == "wema" else "")
    return {
        "code": code,
        "record": site,
        "name": _name(site),
        "wema": wema,
        "is_wema": site is not None and site.kind == Site.Kind.WEMA,
        "under": list(_observatories(site)),
        "now": now,
        "may": may,
        "panels": commands.panels(site, wema) if site else [],
        "cancel_all": commands.CANCEL_ALL,
        "night": night,
        "jobs": queue.rows(code),
        "messages": _messages(code, now),
        "levels": LEVELS,
        "phases": _phases(code, now),
        "images": _images(code),
        **_status(site.kind if site else "obs", statuses, now),
        **_weather(code, now),
        **_calendar(caller, code, night, now),
        "note": _note(code, now),
    }


def moment(timestamp_ms: float) -> datetime:
    return nearest(timestamp_ms / 1000)


def _name(site: Site | None) -> str:
    config = site.configuration if site and isinstance(site.configuration, dict) else {}
    name = config.get("name") or config.get("site_desc")
    return name if isinstance(name, str) else ""


def _observatories(site: Site | None) -> Any:
    """Under a WEMA."""
    if site is None or site.kind != Site.Kind.WEMA:
        return []
    return Site.objects.standing_at(site.code).exclude(code=site.code).values_list("code", flat=True)


def _night(code: str, now: datetime) -> dict[str, Any] | None:
    where = sky.position(code)
    try:
        return sky.tonight(where, now) if where else None
    except (sky.NoPlace, SkyError):
        return None


def _status(kind: str, statuses: list[Status], now: datetime) -> dict[str, Any]:
    now_ms = int(now.timestamp() * 1000)
    document = groups.newest(statuses)
    return {
        "heard": groups.heard(statuses),
        "parts": {part: document.get(part, {}) for part in ("enclosure", "observing_conditions")},
        "devices": list(groups.instances(document, now_ms)),
        "vitals": groups.vitals(kind, statuses, document, now_ms),
    }


def _messages(code: str, now: datetime) -> list[dict[str, Any]]:
    found = LogMessage.objects.recent(code, (now - DAY).timestamp())[:MESSAGES]
    return [{**recent(message), "level": level_of(message.log_level)} for message in found]


def level_of(said: str) -> str:
    """Sites write it as they like; what is none of the five is shown as info."""
    level = said.lower()
    return level if level in LEVELS else "info"


def _phases(code: str, now: datetime) -> list[dict[str, Any]]:
    found = Phase.objects.recent(code, now.timestamp() - PHASE_S)
    return [{"message": phase.message, "at": moment(phase.timestamp * 1000)} for phase in found]


def _images(code: str) -> list[dict[str, Any]]:
    """Packages as REST answers them. Links to the local store have no host: they are the page's own."""
    where = store()
    found = rows(Image.objects.shown().filter(site=code)[:IMAGES])
    return [images.package(row, where, "") for row in found]


def _weather(code: str, now: datetime) -> dict[str, Any]:
    found = WeatherSample.objects.history(code, int((now - DAY).timestamp() * 1000))
    return {
        "weather": weather.table(found),
        "weather_by": found[-1].site if found else "",
        "weather_plots": weather.as_json(),
    }


def _calendar(caller: Caller, code: str, night: dict[str, Any] | None, now: datetime) -> dict[str, Any]:
    start, end = (night["start"], night["end"]) if night else (now - EARLIER, now + LATER)
    found = list(Reservation.objects.overlapping(code, start, end))
    on = verdicts.holders(map(event_fact, found), int(now.timestamp() * 1000))
    return {
        # What follows an @ is nobody's business.
        "holder": on[0]["creator"].partition("@")[0] if on else "",
        "calendar_start": start,
        "calendar_end": end,
        "events": [
            {
                **event_object(event),
                "from": event.start,
                "until": event.end,
                "mine": _theirs(caller, event),
                "by_scheduler": event.by_scheduler,
            }
            for event in found
        ],
    }


def _theirs(caller: Caller, event: Reservation) -> bool:
    """Whether `caller` may cancel it."""
    return caller.kind == "user" and (caller.is_admin or event.creator_id == caller.user_id)


def _note(code: str, now: datetime) -> dict[str, Any] | None:
    kept = NightNote.objects.current(code, now)
    if kept is None:
        return None
    return {**note_object(kept), "created": kept.created_at, "expires": kept.expires_at}
