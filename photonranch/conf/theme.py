"""The look of the admin: django-unfold's settings, and the menu at its side."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

Item = dict[str, Any]


def _allowed(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _model(title: str, model: str, icon: str) -> Item:
    """A line of the menu, for who may see the model."""
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": _allowed(f"{app}.view_{name}"),
    }


def _group(title: str, *items: Item) -> dict[str, Any]:
    return {"title": title, "separator": True, "collapsible": False, "items": list(items)}


def _never(request: HttpRequest) -> bool:
    """The theme takes "/" for the beginning of every page's path."""
    return False


def environment(request: HttpRequest) -> tuple[str, str] | None:
    """The badge at the top: a server that must not be taken for the real one says what it is."""
    if settings.DEBUG:
        return ("Debug", "danger")
    return ("Demo", "warning") if settings.DEMO else None


MENU = [
    {
        "items": [
            {"title": "Start", "icon": "dashboard", "link": reverse_lazy("admin:index")},
            {"title": "Live console", "icon": "monitoring", "link": "/", "active": _never},
            {"title": "API", "icon": "api", "link": reverse_lazy("docs")},
        ]
    },
    _group(
        "Observing",
        _model("Sites", "sitecfg.site", "public"),
        _model("Jobs", "jobs.job", "play_arrow"),
        _model("Job reports", "jobs.jobreport", "fact_check"),
        _model("Reservations", "reservations.reservation", "event"),
        _model("Projects", "projects.project", "rocket_launch"),
        _model("Frames of projects", "projects.projectframe", "photo_camera"),
        _model("Night log", "sitecfg.nightnote", "sticky_note_2"),
        _model("Control rooms", "sitecfg.controlroom", "meeting_room"),
        _model("Nights", "sitecfg.night", "bedtime"),
        _model("Lists of targets", "targets.targetlist", "star"),
        _model("Satellites", "targets.satellite", "satellite_alt"),
    ),
    _group(
        "What sites say",
        _model("Status", "status.status", "thermostat"),
        _model("Phases", "status.phase", "timeline"),
        _model("Weather", "status.weathersample", "thunderstorm"),
        _model("Last calls", "status.lastseen", "call_received"),
        _model("Log", "logs.logmessage", "article"),
    ),
    _group(
        "Data",
        _model("Images", "images.image", "image"),
        _model("FITS headers", "images.imageheader", "data_object"),
        _model("Uploads", "images.upload", "upload"),
        _model("Info images", "images.infoimage", "monitor"),
        _model("Downloads", "images.product", "download"),
        _model("Storage used", "images.storedvolume", "storage"),
    ),
    _group(
        "PIPE",
        _model("Queues", "pipe.queue", "queue"),
        _model("Items", "pipe.item", "list_alt"),
        _model("Machines", "pipe.machine", "memory"),
        _model("Depths over time", "pipe.sample", "show_chart"),
    ),
    _group(
        "People and keys",
        _model("Staff", "auth.user", "person"),
        _model("Groups", "auth.group", "group"),
        _model("Site keys", "sitecfg.sitekey", "key"),
        _model("Versions of configurations", "sitecfg.configuration", "history"),
        _model("Audit", "admin.logentry", "policy"),
    ),
    _group(
        "Inside",
        _model("Clocks of jobs", "jobs.siteclock", "schedule"),
        _model("Calendars", "reservations.sitecalendar", "calendar_month"),
    ),
]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Photon Ranch",
    "SITE_HEADER": "Photon Ranch",
    "SITE_SUBHEADER": "Staff",
    "SITE_SYMBOL": "satellite_alt",
    "STYLES": [lambda request: static("photonranch/admin.css")],
    "SCRIPTS": [lambda request: static("photonranch/admin.js")],
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "photonranch.conf.theme.environment",
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": MENU},
    "COLORS": {
        # Tailwind's sky: dark enough at 600 for white text on it.
        "primary": {
            "50": "oklch(97.7% .013 236.62)",
            "100": "oklch(95.1% .026 236.824)",
            "200": "oklch(90.1% .058 230.902)",
            "300": "oklch(82.8% .111 230.318)",
            "400": "oklch(74.6% .16 232.661)",
            "500": "oklch(68.5% .169 237.323)",
            "600": "oklch(50% .134 242.749)",
            "700": "oklch(44.3% .11 240.79)",
            "800": "oklch(39.1% .09 240.876)",
            "900": "oklch(34% .07 241)",
            "950": "oklch(29.3% .066 243.157)",
        },
    },
}
