"""Reading a configuration: what the server itself must know of it. Pure functions; nothing is ever refused.

A configuration belongs to its site and comes back as it was put. What is read here is read leniently: a key
that is missing or odd means "unknown", because a site must be able to start whatever it says of itself.
"""

from typing import Any, Final, NamedTuple

from photonranch.lenient_json import Json
from sitecfg.angles import decimal_or_sexagesimal

# The sections that hold devices, where a configuration does not list them itself.
DEVICE_TYPES: Final = (
    "mount",
    "telescope",
    "screen",
    "rotator",
    "selector",
    "filter_wheel",
    "focuser",
    "camera",
    "sequencer",
    "telops",
    "observing_conditions",
    "enclosure",
)
# What a configuration is recognised by when its instance_type says neither.
_ONLY_WEMA: Final = ("wema_types", "obsp_ids")


class Known(NamedTuple):
    """What the columns of a Site hold: degrees, metres, an IANA name; None or "" where it says nothing."""

    kind: str
    wema: str
    devices: dict[str, list[str]]
    latitude: float | None
    longitude: float | None
    elevation: float | None
    time_zone: str


def read(code: str, configuration: dict[str, Json]) -> Known:
    """What the configuration of site `code` says."""
    kind = _kind(code, configuration)
    return Known(
        kind=kind,
        wema=_text(configuration, "wema_name", most=40) or (code if kind == "wema" else ""),
        devices=_devices(configuration),
        latitude=_latitude(configuration),
        longitude=_longitude(configuration),
        elevation=_number(configuration, "elevation", "site_elevation"),
        time_zone=_text(configuration, "TZ_database_name", most=100),
    )


def _kind(code: str, configuration: dict[str, Json]) -> str:
    said = configuration.get("instance_type")
    if said in ("obs", "wema"):
        return str(said)
    of_a_wema = any(key in configuration for key in _ONLY_WEMA)
    return "wema" if of_a_wema or configuration.get("wema_name") == code else "obs"


def _devices(configuration: dict[str, Json]) -> dict[str, list[str]]:
    """Device type → the names of its instances, as the site's client looks them up.

    The client takes the types from `device_types` (a WEMA's from `wema_types`), and for each of them the keys
    of the section of that name.
    """
    listed = [
        name
        for key in ("device_types", "wema_types")
        if isinstance(types := configuration.get(key), list)
        for name in types
        if isinstance(name, str)
    ]
    sections = listed or [name for name in DEVICE_TYPES if name in configuration]
    return {name: _instances(configuration.get(name)) for name in sections}


def _instances(section: Json) -> list[str]:
    return list(section) if isinstance(section, dict) else []


def _text(configuration: dict[str, Json], key: str, *, most: int) -> str:
    value = configuration.get(key)
    return value if isinstance(value, str) and len(value) <= most else ""


def _latitude(configuration: dict[str, Json]) -> float | None:
    return _degrees(configuration, ("latitude", "site_latitude"), "NS")


def _longitude(configuration: dict[str, Json]) -> float | None:
    """From -180 to 180, east of Greenwich: some count from 0 to 360."""
    degrees = _degrees(configuration, ("longitude", "site_longitude"), "EW")
    return degrees - 360 if degrees is not None and 180 < degrees <= 360 else degrees


def _degrees(configuration: dict[str, Json], keys: tuple[str, ...], sides: str) -> float | None:
    """The first of the keys that holds degrees: a number, or `35 33 15.5`, `105° 52' W`, `W105:52:12`."""
    for key in keys:
        value = configuration.get(key)
        found = _number(configuration, key)
        if found is None and isinstance(value, str):
            found = _of_sides(value.strip(), sides)
        if found is not None:
            return found
    return None


def _of_sides(written: str, sides: str) -> float | None:
    """An angle with the letter of its side before or after it, or without one; of `sides` the second is
    negative. A sign and a letter contradict each other, so only one may stand there."""
    letter = next((side for side in sides if side in (written[:1].upper(), written[-1:].upper())), "")
    angle = written[1:] if letter and written[:1].upper() == letter else written[: -1 if letter else None]
    found = decimal_or_sexagesimal(angle)
    if found is None or (letter and angle.strip()[:1] in ("-", "−", "+")):
        return None
    return -found if letter and letter == sides[1] else found


def _number(configuration: dict[str, Json], *keys: str) -> float | None:
    """The first of the keys that holds a finite number or its text."""
    for key in keys:
        value: Any = configuration.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            continue
        try:
            number = float(value)
        except (ValueError, OverflowError):
            continue
        if abs(number) < 1e9:
            return number
    return None
