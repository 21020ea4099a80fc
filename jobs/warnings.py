"""What a person should know of a command before the telescope says it: that its place is too low now.

Never a refusal: what the telescope does is its own decision (its limits, its clock, its mount).
"""

from datetime import datetime
from math import isfinite
from typing import Any

from photonranch.errors import ApiError
from sitecfg.models import Site
from sitecfg.places import position_of
from sky.night_events import SkyError
from sky.visibility import altitude_at_hour_angle, altitude_of
from targets.visibility import lowest_altitude


def warnings_of(site: str, required_params: dict[str, Any], now: datetime) -> list[str]:
    """Sentences about a command's parameters; none where they name no place, or nobody knows where the site
    is."""
    try:
        altitude = _altitude(site, required_params, now)
        if altitude is None:
            return []
        configuration = Site.objects.only("configuration").get(code=site).configuration
    except (ApiError, SkyError, Site.DoesNotExist):
        return []
    lowest = lowest_altitude(configuration)
    if altitude >= lowest:
        return []
    where = f"{altitude:.0f}° high" if altitude >= 0 else f"{-altitude:.0f}° below the horizon"
    return [f"That place is {where} at {site} now; the site takes nothing below {lowest:g}°."]


def _altitude(site: str, params: dict[str, Any], now: datetime) -> float | None:
    """Of ra (hours) and dec, ha (hours) and dec, or az and alt, as the clients send them."""
    if (alt := _number(params, "alt", 90)) is not None and "az" in params:
        return alt
    dec = _number(params, "dec", 90)
    if dec is None:
        return None
    if (ra := _number(params, "ra", 24)) is not None:
        return altitude_of(position_of(site).place(), ra * 15, dec, now)
    if (hours := _number(params, "ha", 24)) is not None:
        return altitude_at_hour_angle(position_of(site).place(), hours, dec)
    return None


def _number(params: dict[str, Any], key: str, most: float) -> float | None:
    """A number, or a numeric text, within ± `most`; anything else is the telescope's to judge."""
    value = params.get(key)
    try:
        number = (
            float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
        )
    except (ValueError, OverflowError):
        number = None
    return number if number is not None and isfinite(number) and abs(number) <= most else None
