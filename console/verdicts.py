"""What a site's status comes to, in a word and a colour: pure functions over what the sites sent.

js/verdicts.js says the same of every frame in the browser; console/tests/verdicts.json holds the two
together. A tone is one of good, warn, bad and idle; the pages give each a mark of its own besides its colour.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from photonranch.lenient_json import Json

# As the network's web page has it: what is older does not count as known.
FRESH_MS: Final = 300_000
NEEDED: Final = {"obs": ("device", "enclosure"), "wema": ("enclosure", "weather")}
YES: Final = ("yes", "true")
NO: Final = ("no", "false")
# Leaf of an enclosure that is true -> why the roof is shut.
SHUT_REASONS: Final = {
    "shut_reason_bad_weather": "bad weather",
    "shut_reason_daytime": "daytime",
    "shut_reason_manual_mode": "manual mode",
}
# Leaf of a weather station that is said when it is measured: (name, unit).
READINGS: Final = {
    "temperature_C": ("", "°C"),
    "humidity_%": ("humidity", "%"),
    "wind_m/s": ("wind", "m/s"),
    "rain_rate": ("rain", "mm/h"),
    "cloud_cover_%": ("cloud", "%"),
}


class Verdict(NamedTuple):
    """`why`: what else there is to say. `at`: when that was so, in unix ms; None: nobody said."""

    text: str
    tone: str
    why: str = ""
    at: int | None = None


def online(kind: str, heard: Mapping[str, int], now_ms: int) -> Verdict:
    """Whether a site reports. `heard`: status type -> when it last came, unix ms.

    An observatory has to send its devices, and it or its WEMA the enclosure; a WEMA enclosure and weather.
    What a site never sent is not missed, as long as it sends something of these.
    """
    times = [heard[each] for each in NEEDED.get(kind, NEEDED["obs"]) if each in heard]
    if not times:
        return Verdict("Never heard from", "idle")
    oldest = min(times)
    if now_ms - oldest < FRESH_MS:
        return Verdict("Online", "good", at=max(times))
    return Verdict("Offline", "bad", at=oldest)


def roof(enclosure: Json, now_ms: int) -> Verdict:
    """Of the `enclosure` part of a status document: its first roof or dome that says how it is."""
    for values in _instances(enclosure):
        leaf = values.get("shutter_status")
        if isinstance(leaf, dict) and isinstance(leaf.get("val"), str) and leaf["val"]:
            said, at = str(leaf["val"]), _when(leaf)
            tone = _roof_tone(said) if at is not None and now_ms - at < FRESH_MS else "idle"
            reasons = [text for key, text in SHUT_REASONS.items() if _says(values, key) in YES]
            return Verdict(said, tone, ", ".join(reasons), at)
    return Verdict("Unknown", "idle")


def _roof_tone(said: str) -> str:
    lower = said.lower()
    if "error" in lower or "fault" in lower:
        return "bad"
    if "opening" in lower or "closing" in lower:
        return "warn"
    return "good" if "open" in lower else "idle"


def weather(conditions: Json, now_ms: int) -> Verdict:
    """Of the `observing_conditions` part of a status document: all stations that give a verdict must say yes.

    `why` are the reasons where the weather is not good, and then what is measured.
    """
    stations = list(_instances(conditions))
    said = [_says(values, "wx_ok") for values in stations if "wx_ok" in values]
    times = [at for values in stations for leaf in values.values() if (at := _when(leaf)) is not None]
    if not stations or not times:
        return Verdict("Unknown", "idle")
    at = max(times)
    good = bool(said) and all(each in YES for each in said)
    bad = any(each in NO for each in said)
    text, tone = ("Good", "good") if good else ("Bad", "bad") if bad else ("Unknown", "warn")
    why = [*(() if good else _reasons(stations)), *_readings(stations)]
    return Verdict(text, tone if now_ms - at < FRESH_MS else "idle", ", ".join(why), at)


def _reasons(stations: list[dict[str, Json]]) -> Iterator[str]:
    if any(_says(values, "wx_hold") in (*YES, "holding") for values in stations):
        yield "on hold"
    if any(_says(values, "open_ok") in NO for values in stations):
        yield "roof may not open"
    if any(_says(values, "weather_report_good") in NO for values in stations):
        yield "poor forecast"


def _readings(stations: list[dict[str, Json]]) -> Iterator[str]:
    for key, (name, unit) in READINGS.items():
        for values in stations:
            value = _value(values, key)
            if isinstance(value, int | float) and not isinstance(value, bool):
                if key != "rain_rate" or value > 0:
                    yield f"{name} {number(value)}\u00a0{unit}".strip()
                break


def number(value: float) -> str:
    """One digit after the point, and none where it is a nought."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def holders(events: Iterable[dict[str, Any]], now_ms: int) -> list[dict[str, Any]]:
    """Whose time it is: of the events that are on (start <= now < end, unix ms) those of people, or else the
    scheduler's, earliest first."""
    on = sorted(
        (each for each in events if each["start"] <= now_ms < each["end"]), key=lambda event: event["start"]
    )
    return [each for each in on if not each["by_scheduler"]] or on


# --- Leaves ------------------------------------------------------------------------------------------------


def _instances(part: Json) -> Iterator[dict[str, Json]]:
    if isinstance(part, dict):
        yield from (values for values in part.values() if isinstance(values, dict))


def _value(values: Mapping[str, Json], key: str) -> Json:
    leaf = values.get(key)
    return leaf.get("val") if isinstance(leaf, dict) else None


def _says(values: Mapping[str, Json], key: str) -> str:
    return str(_value(values, key)).lower()


def _when(leaf: Json) -> int | None:
    at = leaf.get("timestamp") if isinstance(leaf, dict) else None
    return at if isinstance(at, int) and not isinstance(at, bool) else None
