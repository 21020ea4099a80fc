"""Status documents as pure functions: what a post becomes, how it joins what is known, what is shown.

A document is the whole known status of one type (`device`, `weather`, `enclosure` …) at one site:

    {"mount": {"eastpier": {"altitude": {"val": 41.5, "timestamp": 1752262800123}}}, "send_heartbeat": false}

A value at depth three is a leaf `{"val", "timestamp"}`, the timestamp in unix ms; whatever is not an object
above that stays as it came, so `obs_settings`, `wema_settings`, forecasts and top-level scalars are bare.
Nothing here changes its arguments.
"""

from collections.abc import Iterable, Mapping
from typing import TypeGuard

from photonranch.api.instants import NotATime, from_text
from photonranch.lenient_json import Json

Document = dict[str, Json]

FORECAST = "forecast"
WEATHER_TYPE = "weather"
FORECAST_KEEP_S = 96 * 3600
HOUR_S = 3600

# What a WEMA reports and its observatories repeat under their own code.
SHARED = ("weather", "enclosure")

# Status type -> the key without which the web page's later renders throw.
NEEDED = {
    "weather": "observing_conditions",
    "enclosure": "enclosure",
    "obs_settings": "obs_settings",
    "wema_settings": "wema_settings",
}
# The same for the document that combines all types.
NEEDED_TOGETHER = ("observing_conditions", "enclosure", "obs_settings")

# What is kept of the weather's past -> under which names stations report it, the better one first.
WEATHER: Mapping[str, tuple[str, ...]] = {
    "temperature": ("temperature_C",),
    "dewpoint": ("dewpoint_C",),
    "humidity": ("humidity_%",),
    "wind": ("wind_m/s",),
    "sky_temperature": ("sky_temp_C",),
    "sky_brightness": ("meas_sky_mpsas", "calc_sky_mpsas"),
    "cloud_cover": ("cloud_cover_%",),
    "rain_rate": ("rain_rate",),
}
# No station measures more than this of anything.
ABSURD = 1e6

# Sites say it in their own ways; everything else means no, or that nobody knows.
WEATHER_OK = ("Yes", "yes", "True", "true", True)


# --- A post ------------------------------------------------------------------------------------------------


def wrapped(status: Document, now_ms: int, source: Mapping[str, Json] | None = None) -> Document:
    """`status` with every value at depth three as `{"val", "timestamp"}`, and nothing else changed.

    `source` is the document from which the poster copies: a value that stands there too was not measured now,
    and keeps the time at which the source reported it.
    """
    source = source or {}
    return {
        kind: _wrapped_instances(instances, now_ms, _part(source, kind))
        if isinstance(instances, dict)
        else instances
        for kind, instances in status.items()
    }


def _wrapped_instances(instances: Document, now_ms: int, source: Document) -> Document:
    return {
        name: _wrapped_leaves(values, now_ms, _part(source, name)) if isinstance(values, dict) else values
        for name, values in instances.items()
    }


def _wrapped_leaves(values: Document, now_ms: int, source: Document) -> Document:
    if not source:
        return {key: {"val": value, "timestamp": now_ms} for key, value in values.items()}
    return {
        key: {"val": value, "timestamp": _said_at(value, source.get(key), now_ms)}
        for key, value in values.items()
    }


def _part(document: Mapping[str, Json], key: str) -> Document:
    part = document.get(key)
    return part if isinstance(part, dict) else {}


def _said_at(value: Json, leaf: Json, now_ms: int) -> int:
    if not is_leaf(leaf) or not _same(leaf["val"], value):
        return now_ms
    return min(int(leaf["timestamp"]), now_ms)


def _same(one: Json, other: Json) -> bool:
    # In Python True == 1 == 1.0; in JSON they are three values.
    return type(one) is type(other) and bool(one == other)


def is_leaf(value: Json) -> TypeGuard[Document]:
    """Whether `value` is a value with its time, as `wrapped` makes them."""
    return (
        isinstance(value, dict) and value.keys() == {"val", "timestamp"} and type(value["timestamp"]) is int
    )


# --- Joining what is known ---------------------------------------------------------------------------------


def merged(old: Document, new: Document) -> Document:
    """`old` with everything that `new` says: objects key by key, at any depth; all else is replaced."""
    result = dict(old)
    for key, value in new.items():
        before = result.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            value = merged(before, value)
        result[key] = value
    return result


def joined(
    status_type: str, old: Document, post: Document, now_ms: int, source: Mapping[str, Json] | None = None
) -> Document:
    """The document of `status_type` after `post`, which came in at `now_ms`."""
    new = wrapped(post, now_ms, source)
    if status_type == FORECAST and isinstance(post.get(FORECAST), list):
        before = old.get(FORECAST)
        new[FORECAST] = merged_forecast(
            before if isinstance(before, list) else [], post[FORECAST], now_ms / 1000
        )
    return merged(old, new)


def merged_forecast(old: Iterable[Json], new: list[Json], now_s: float) -> list[Json]:
    """The forecast of the last 96 hours and of all to come, one entry an hour, in the order of time.

    An entry of `new` replaces the older one for the same hour. Entries that name no hour (`utc_long_form`)
    can neither be replaced nor grow old: only those of `new` are kept, at the end.
    """
    by_hour: dict[int, Json] = {}
    for entry in (*old, *new):
        if (hour := hour_of(entry)) is not None:
            by_hour[hour] = entry
    first = int(now_s - FORECAST_KEEP_S) // HOUR_S
    dated = [by_hour[hour] for hour in sorted(by_hour) if hour >= first]
    return dated + [entry for entry in new if hour_of(entry) is None]


def hour_of(entry: Json) -> int | None:
    """The hour that a forecast entry is for, counted from 1970 in UTC; None when it does not say."""
    text = entry.get("utc_long_form") if isinstance(entry, dict) else None
    if not isinstance(text, str):
        return None
    try:
        return int(from_text(text).timestamp() // HOUR_S)
    except NotATime:
        return None


def without_forgotten(document: Document, before_ms: int) -> Document:
    """`document` without the leaves that were last reported before `before_ms`, nor instances left empty.

    A device that was renamed or taken away would otherwise be shown for ever.
    """
    return {
        kind: _fresh_instances(instances, before_ms) if isinstance(instances, dict) else instances
        for kind, instances in document.items()
    }


def _fresh_instances(instances: Document, before_ms: int) -> Document:
    kept = {}
    for name, values in instances.items():
        if not isinstance(values, dict) or not values:
            kept[name] = values
            continue
        fresh = {
            key: leaf
            for key, leaf in values.items()
            if not is_leaf(leaf) or int(leaf["timestamp"]) >= before_ms
        }
        if fresh:
            kept[name] = fresh
    return kept


# --- What is shown -----------------------------------------------------------------------------------------


def complete(status_type: str, document: Document) -> Document:
    """`document` with the keys that must be there even when the site never sent them."""
    needed = NEEDED.get(status_type)
    if needed and not isinstance(document.get(needed), dict):
        return {**document, needed: {}}
    if status_type == FORECAST and not isinstance(document.get(FORECAST), list):
        return {**document, FORECAST: []}
    return document


def together(parts: Iterable[Document]) -> Document:
    """The documents of all types as one. Of two that have the same key, the later part wins."""
    combined: Document = {}
    for document in parts:
        combined.update(document)
    for key in NEEDED_TOGETHER:
        if not isinstance(combined.get(key), dict):
            combined[key] = {}
    return combined


def wx_ok(document: Document) -> bool:
    """Whether every station of a weather document that gives a verdict (`wx_ok`) says yes; and one must."""
    stations = [
        leaf["val"]
        for station in _part(document, "observing_conditions").values()
        if isinstance(station, dict) and is_leaf(leaf := station.get("wx_ok"))
    ]
    return bool(stations) and all(any(_same(verdict, yes) for yes in WEATHER_OK) for verdict in stations)


def has_settings(document: Document) -> bool:
    """Whether an `obs_settings` document holds settings."""
    return bool(_part(document, "obs_settings"))


def measured(document: Document, now_ms: int) -> dict[str, float]:
    """The columns of WEATHER that a weather document got at `now_ms`; of several stations the first's.

    What was reported earlier is left out, and so is what an observatory copied from its WEMA: both would be
    old measurements under a new time.
    """
    stations = [
        station for station in _part(document, "observing_conditions").values() if isinstance(station, dict)
    ]
    found = {
        column: [
            number
            for station in stations
            for name in names
            if (number := _now(station, name, now_ms)) is not None
        ]
        for column, names in WEATHER.items()
    }
    return {column: numbers[0] for column, numbers in found.items() if numbers}


def _now(station: Document, name: str, now_ms: int) -> float | None:
    """A finite number or its text that was reported at `now_ms`."""
    leaf = station.get(name)
    if not is_leaf(leaf) or leaf["timestamp"] != now_ms or not isinstance(leaf["val"], int | float | str):
        return None
    try:
        number = float(leaf["val"])
    except (ValueError, OverflowError):
        return None
    return number if not isinstance(leaf["val"], bool) and abs(number) < ABSURD else None
