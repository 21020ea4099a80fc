"""The facts of the whole network, in as many queries for two sites as for two hundred."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from console import sun, verdicts
from console.verdicts import Verdict
from images.models import Image
from images.pages import rows
from images.serializers import milliseconds, package
from images.store import base_url, store
from jobs.models import Job
from photonranch.lenient_json import Json
from reservations.models import Reservation
from sitecfg.models import Site
from sky.night_events import sun_moon_position
from status import calls as site_calls
from status import lastseen
from status.models import Phase, Status
from status.serializers import phase_object

MOST_SITES: Final = 500
# How far ahead a card knows whose time it is, without asking again.
AHEAD: Final = timedelta(hours=12)
# What a site said it does is worth showing for so long.
PHASE_S: Final = 3600.0
# Status type -> the part of its document that verdicts are made of.
PARTS: Final = {"enclosure": "enclosure", "weather": "observing_conditions"}


@dataclass(frozen=True, slots=True)
class Card:
    """A site as its card shows it, and what the browser needs to keep it so (`live`)."""

    code: str
    name: str
    location: str
    kind: str
    wema: str
    place: sun.Point | None
    sky: str
    online: Verdict
    roof: Verdict
    weather: Verdict
    phase: dict[str, Any] | None
    holders: list[dict[str, Any]]
    following: dict[str, Any] | None
    image: dict[str, Any] | None
    waiting: int
    calendar_stopped: bool
    live: dict[str, Json]

    @property
    def phase_ms(self) -> float:
        return float(self.phase["timestamp"]) * 1000 if self.phase else 0


@dataclass(frozen=True, slots=True)
class Network:
    """Every site, observatories first; where the sun stands in the zenith."""

    now: datetime
    sun: sun.Point
    cards: list[Card]

    @property
    def observatories(self) -> list[Card]:
        return [card for card in self.cards if card.kind == Site.Kind.OBS]

    @property
    def wemas(self) -> list[Card]:
        return [card for card in self.cards if card.kind != Site.Kind.OBS]


class Facts:
    """What the tables say, by site."""

    def __init__(self, request: HttpRequest, now: datetime) -> None:
        self.now = now
        self.now_ms = milliseconds(now)
        self.sites = {site.code: site for site in sites_with_newest()[:MOST_SITES]}
        self.heard: dict[str, dict[str, int]] = defaultdict(dict)
        for site, status_type, timestamp_ms, _ in Status.objects.ages():
            self.heard[site][status_type] = timestamp_ms
        self.documents: dict[str, dict[str, Json]] = defaultdict(dict)
        for site, status_type, document in Status.objects.roofs_and_weather():
            self.documents[site][status_type] = document.get(PARTS[status_type])
        self.phases = {each.site: phase_object(each) for each in self._newest(Phase, "phase_id")}
        self.images = _packages(request, self._newest(Image, "image_id"))
        self.events: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for event in Reservation.objects.of_sites(self.sites, now, now + AHEAD):
            self.events[event.site].append(event_fact(event))
        self.unread: dict[str, list[str]] = defaultdict(list)
        for site, ulid in Job.objects.unread_everywhere():
            self.unread[site].append(ulid)
        self.calls = lastseen.by_site()

    def _newest(self, model: Any, column: str) -> QuerySet[Any]:
        """The rows that `sites_with_newest` found to be their sites' newest."""
        keys = [getattr(site, column) for site in self.sites.values()]
        found: QuerySet[Any] = model.objects.filter(pk__in=[key for key in keys if key is not None])
        return found

    def said(self, site: Site, status_type: str) -> tuple[Json, int | None]:
        """A part of a status and when it came: the site's own, or else its WEMA's."""
        for code in (site.code, site.wema):
            if status_type in self.heard.get(code, {}):
                return self.documents[code].get(status_type), self.heard[code][status_type]
        return None, None

    def heard_of(self, site: Site) -> dict[str, int]:
        """When each type of its status last came; of roof and weather the WEMA's counts, too."""
        times = dict(self.heard.get(site.code, {}))
        for status_type in PARTS:
            at = self.said(site, status_type)[1]
            if at is not None:
                times[status_type] = at
        return times

    def place(self, site: Site) -> sun.Point | None:
        wema = self.sites.get(site.wema, site)
        latitude = wema.latitude if site.latitude is None else site.latitude
        longitude = wema.longitude if site.longitude is None else site.longitude
        if latitude is None or longitude is None or not (-90 <= latitude <= 90 and -360 <= longitude <= 360):
            return None
        return sun.Point(latitude, (longitude + 180) % 360 - 180)


def sites_with_newest() -> QuerySet[Site]:
    """Every site with the keys of its newest phase and frame: for each a seek in an index of theirs."""
    phases = Phase.objects.filter(site=OuterRef("code")).order_by("-timestamp", "-id").values("pk")
    images = Image.objects.filter(site=OuterRef("code")).shown().values("pk")
    return Site.objects.annotate(phase_id=Subquery(phases[:1]), image_id=Subquery(images[:1])).order_by(
        "kind", "code"
    )


def _packages(request: HttpRequest, found: Any) -> dict[str, dict[str, Any]]:
    where, base = store(), base_url(request)
    return {row["site"]: package(row, where, base) for row in rows(found)}


def event_fact(event: Reservation) -> dict[str, Any]:
    """Whose time it is, from when to when (unix ms). Of an address only the name in front is shown."""
    return {
        "event_id": event.event_id,
        "start": milliseconds(event.start),
        "end": milliseconds(event.end),
        "creator": event.creator.partition("@")[0],
        "by_scheduler": event.by_scheduler,
    }


def gather(request: HttpRequest, now: datetime) -> Network:
    """The network at the instant `now`."""
    facts = Facts(request, now)
    points = sun_moon_position(now)
    zenith = sun.Point(points.sun_latitude, points.sun_longitude)
    return Network(now, zenith, [_card(facts, site, zenith) for site in facts.sites.values()])


def _card(facts: Facts, site: Site, zenith: sun.Point) -> Card:
    place = facts.place(site)
    heard = facts.heard_of(site)
    enclosure, weather = facts.said(site, "enclosure")[0], facts.said(site, "weather")[0]
    events = facts.events[site.code]
    phase = facts.phases.get(site.code)
    if phase and facts.now.timestamp() - phase["timestamp"] > PHASE_S:
        phase = None
    said = site.configuration if isinstance(site.configuration, dict) else {}
    return Card(
        code=site.code,
        name=_text(said.get("name")),
        location=_text(said.get("location")),
        kind=site.kind,
        wema="" if site.wema == site.code else site.wema,
        place=place,
        sky=sun.sky_at(sun.altitude(zenith, place)) if place else "",
        online=verdicts.online(site.kind, heard, facts.now_ms),
        roof=verdicts.roof(enclosure, facts.now_ms),
        weather=verdicts.weather(weather, facts.now_ms),
        phase=phase,
        holders=verdicts.holders(events, facts.now_ms),
        following=next((each for each in events if each["start"] > facts.now_ms), None),
        image=facts.images.get(site.code),
        waiting=len(facts.unread[site.code]),
        calendar_stopped=site_calls.calendar_stopped(facts.calls.get(site.code, {}), facts.now),
        live={
            "code": site.code,
            "kind": site.kind,
            "place": list(place) if place else None,
            "heard": heard,
            "own": sorted(facts.heard.get(site.code, {})),
            "enclosure": enclosure,
            "weather": weather,
            "events": events,
            "unread": facts.unread[site.code],
        },
    )


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
