"""From what a person typed, or a client sent, to targets: catalogue, solar system, satellites,
coordinates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from photonranch.errors import BadRequest
from photonranch.excerpts import excerpt, quoted
from sky.paths import BODIES, BadTarget, OrbitPath, SatellitePath, Star, body_path
from targets import online
from targets.catalogue.names import key_of
from targets.catalogue.search import CatalogueObject, catalogue
from targets.coordinates import Reading, readings
from targets.models import Satellite
from targets.moving import (
    OLD_ELEMENTS,
    OLD_TLE,
    MinorBody,
    age_warning,
    elements_of,
    epoch_of,
    minor_bodies,
    satellite_of,
)
from targets.target import Target

MAX_NAME = 200
# The sun is in the ephemeris, and no target.
PLANETS = {name: name.capitalize() for name in BODIES if name != "sun"}


# --- By name -----------------------------------------------------------------------------------------------


def resolve(text: str, when: datetime, limit: int = 10) -> list[Target]:
    """What the text may mean, the likeliest first; asks the network only where nothing is known offline."""
    text = text.strip()
    if not text or len(text) > MAX_NAME:
        return []
    typed = [of_reading(text, reading) for reading in readings(text)]
    if typed:
        return typed[:limit]
    exact = exactly_named(text, when)
    likely = [*_solar_system(text, when), *_satellites(text, when, limit)]
    likely += [of_catalogue(each) for each in catalogue().search(text, limit)]
    found = {target.name: target for target in ([exact] if exact else []) + likely}
    return list(found.values())[:limit] or [each for each in [online.resolve(text)] if each]


def named(text: str, when: datetime) -> Target:
    """The one target that a name, or coordinates, stand for. Raises BadRequest."""
    if len(text) > MAX_NAME:
        raise BadRequest(f"target: longer than {MAX_NAME} characters.")
    found = resolve(text, when, 1)
    if not found:
        raise BadRequest(f"target: nothing is known of {quoted(text)}.")
    return found[0]


def exactly_named(text: str, when: datetime) -> Target | None:
    """The target with exactly this name."""
    key = key_of(text)
    if key in PLANETS:
        return _planet(key)
    for body in minor_bodies():
        if key in {key_of(name) for name in (body.name, *body.aliases)}:
            return of_minor_body(body, when)
    satellite = Satellite.objects.named(text)
    if satellite is not None:
        return of_satellite(satellite, when)
    found = catalogue().named(text)
    return None if found is None else of_catalogue(found)


def _solar_system(text: str, when: datetime) -> list[Target]:
    key = key_of(text)
    if len(key) < 2:
        return []
    bodies = [_planet(name) for name in PLANETS if name.startswith(key)]
    minor = [
        body
        for body in minor_bodies()
        if any(key_of(name).startswith(key) for name in (body.name, *body.aliases))
    ]
    return bodies + [of_minor_body(body, when) for body in minor]


def _satellites(text: str, when: datetime, limit: int) -> list[Target]:
    return [of_satellite(each, when) for each in Satellite.objects.beginning_with(text, limit)]


def _planet(key: str) -> Target:
    kind = {"moon": "moon", "pluto": "dwarf planet"}.get(key, "planet")
    return Target(PLANETS[key], kind, "JPL DE421", path=body_path(key), epoch="of date")


def of_minor_body(body: MinorBody, when: datetime) -> Target:
    made = epoch_of(body.elements)
    return Target(
        body.name,
        body.kind,
        "Minor Planet Center",
        path=OrbitPath(body.elements),
        aliases=body.aliases,
        epoch=f"elements of {made:%Y-%m-%d}",
        warning=age_warning(made, when, OLD_ELEMENTS) or "",
    )


def of_satellite(satellite: Satellite, when: datetime) -> Target:
    path = SatellitePath(satellite.line1, satellite.line2)
    return Target(
        satellite.name,
        "satellite",
        "two-line elements",
        path=path,
        epoch=f"elements of {path.epoch:%Y-%m-%d}",
        warning=age_warning(path.epoch, when, OLD_TLE) or "",
    )


def of_catalogue(found: CatalogueObject) -> Target:
    return Target(
        found.name,
        found.kind,
        found.source,
        star=Star(found.ra, found.dec, found.pm_ra, found.pm_dec, found.parallax),
        aliases=found.aliases,
        size=found.size,
        magnitude=found.magnitude,
    )


def of_reading(text: str, reading: Reading) -> Target:
    return Target(
        excerpt(text), "coordinates", f"typed as {reading.reading}", star=Star(reading.ra, reading.dec)
    )


# --- As a client sends it ----------------------------------------------------------------------------------


def target_of(given: object, when: datetime) -> Target:
    """A name, or an object: `{"name"?, "ra", "dec"}` in degrees, `{"elements"}`, `{"tle"}`, or `{"name"}`
    alone.

    Raises BadRequest with a sentence that names the key.
    """
    if isinstance(given, str):
        return named(given, when)
    if not isinstance(given, Mapping):
        raise BadRequest("target: must be a name or an object with ra and dec, elements, tle or name.")
    name = given.get("name")
    name = name[:MAX_NAME] if isinstance(name, str) else ""
    try:
        if moving := moving_of(given, when):
            return moving
        if "ra" in given or "dec" in given:
            star = Star(_degrees(given, "ra", 0, 360), _degrees(given, "dec", -90, 90))
            return Target(name or "coordinates", "coordinates", "as sent", star=star)
    except BadTarget as problem:
        raise BadRequest(f"target: {problem}") from None
    if not name:
        raise BadRequest("target: needs ra and dec, elements, tle or a name.")
    return named(name, when)


def moving_of(given: Mapping[str, Any], when: datetime) -> Target | None:
    """What moves by elements or two-line elements in the object, or None. Raises BadTarget."""
    name = given.get("name")
    name = name[:MAX_NAME] if isinstance(name, str) else ""
    if given.get("elements") is not None:
        elements = elements_of(given["elements"])
        made = epoch_of(elements)
        return Target(
            name or "an orbit",
            "orbit",
            "elements as sent",
            path=OrbitPath(elements),
            epoch=f"elements of {made:%Y-%m-%d}",
            warning=age_warning(made, when, OLD_ELEMENTS) or "",
        )
    if given.get("tle") is not None:
        path = satellite_of(given["tle"])
        return Target(
            name or "a satellite",
            "satellite",
            "elements as sent",
            path=path,
            epoch=f"elements of {path.epoch:%Y-%m-%d}",
            warning=age_warning(path.epoch, when, OLD_TLE) or "",
        )
    return None


def _degrees(given: Mapping[str, Any], key: str, least: float, most: float) -> float:
    value = given.get(key)
    try:
        number = (
            float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
        )
    except ValueError:
        number = None
    if number is None or not isfinite(number) or not least <= number <= most:
        raise BadTarget(f"{key} must be a number of degrees from {least} to {most}.")
    return number % 360 if key == "ra" else number
