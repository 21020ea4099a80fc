"""A site: everything that is known of one, and what may be done there."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views import View

from console.pages import Page, secured
from console.site import facts, queue
from console.site import status as groups
from console.site.rights import rights
from photonranch.auth.callers import Caller
from photonranch.auth.credentials import identify
from sitecfg.models import Site
from targets.visibility import lowest_altitude


class SitePage(Page):
    template_name = "console/site.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        caller = self.caller
        shown = facts.gathered(caller, kwargs["site"], timezone.now())
        return super().get_context_data(**kwargs, **shown, page=for_scripts(caller, shown))


def for_scripts(caller: Caller, shown: dict[str, Any]) -> dict[str, Any]:
    """What the page's scripts need to know and cannot read from its elements."""
    record, night = shown["record"], shown["night"]
    return {
        "site": shown["code"],
        "mount": next(iter(record.devices.get("mount", [])), "") if record else "",
        "me": {"user_id": caller.user_id, "user_name": caller.user_name, "admin": caller.is_admin},
        "may": shown["may"],
        "start_ms": int(shown["calendar_start"].timestamp() * 1000),
        "end_ms": int(shown["calendar_end"].timestamp() * 1000),
        "lowest": lowest_altitude(record.configuration if record else {}),
        "latitude": night["latitude"] if night else None,
        "longitude": night["longitude"] if night else None,
        "kind": record.kind if record else "obs",
        "status": groups.as_json(),
        "heard": shown["heard"],
        "parts": shown["parts"],
        "jobs": queue.as_json(),
        "images": shown["images"],
        "weather": shown["weather_plots"],
        "levels": facts.LEVELS,
    }


class RightsView(View):
    """What whoever looks may do now: asked again whenever the calendar moves."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, site: str) -> Any:
        found = {row.code: row for row in Site.objects.with_its_wema(site)}
        own = found.pop(site, None)
        wema = next(iter(found), site if own and own.kind == Site.Kind.WEMA else "")
        return secured(request, JsonResponse(rights(identify("", request.user), site, own, wema)))
