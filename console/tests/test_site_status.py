"""A status document in groups: order, words, units, what is stale."""

from typing import Any

import pytest

from console.site.status import (
    GROUPS,
    STALE_MS,
    Item,
    instances,
    newest,
    sexagesimal,
    shown,
    vitals,
)
from status.models import Status

NOW = 1_795_215_480_000
OLD = NOW - STALE_MS - 1


def leaf(value: Any, at: int = NOW) -> dict[str, Any]:
    return {"val": value, "timestamp": at}


def a_status(
    document: dict[str, Any], site: str = "saf", status_type: str = "device", at: int = NOW
) -> Status:
    return Status(site=site, status_type=status_type, server_timestamp_ms=at, document=document)


def groups(*found: Status) -> list[Any]:
    return list(instances(newest(found), NOW))


def test_it_works() -> None:
    document = {"mount": {"eastpier": {"airmass": leaf(1.338), "altitude": leaf(48.2), "pier_side": leaf(0)}}}

    (mount,) = groups(a_status(document))

    assert (mount.kind, mount.name, mount.title, mount.stale) == ("mount", "eastpier", "Mount", False)
    assert [(value.label, value.text) for value in mount.values] == [
        ("Altitude", "48.2°"),
        ("Airmass", "1.34"),
    ]
    assert [(value.label, value.text) for value in mount.more] == [("Pier side", "0")]


def test_known_types_come_in_the_table_s_order_others_after_them() -> None:
    document = {kind: {"one": {"x": leaf(1)}} for kind in ("zebra", "focuser", "aardvark", "mount")}

    assert [each.kind for each in groups(a_status(document))] == ["mount", "focuser", "aardvark", "zebra"]


def test_a_screen_and_a_selector() -> None:
    document = {
        "screen": {"s": {"dark_setting": leaf("Screen is On"), "bright_setting": leaf(70.0)}},
        "selector": {"p": {"port": leaf(1), "instrument": leaf("Eyepiece"), "camera": leaf(None)}},
    }

    screen, selector = groups(a_status(document))

    assert [(value.label, value.text) for value in screen.values] == [
        ("State", "Screen is On"),
        ("Brightness", "70"),
    ]
    assert [(value.label, value.text) for value in selector.values][:2] == [
        ("Port", "1"),
        ("Instrument", "Eyepiece"),
    ]


def test_of_what_two_sites_say_the_newer_value() -> None:
    """An observatory copies its WEMA's weather, value by value, and is late with it."""
    own = a_status(
        {"observing_conditions": {"oc": {"wx_ok": leaf("Unknown"), "temperature_C": leaf(1, OLD)}}}
    )
    wema = a_status(
        {"observing_conditions": {"oc": {"wx_ok": leaf("Yes", OLD), "temperature_C": leaf(2)}}}, "safw"
    )

    for order in ([own, wema], [wema, own]):
        (weather,) = groups(*order)
        assert [(value.key, value.text) for value in weather.values] == [
            ("wx_ok", "Unknown"),
            ("temperature_C", "2.0 °C"),
        ]


def test_flat_documents_take_their_time_from_the_post() -> None:
    document = {"obs_settings": {"lowest_altitude": -5, "sun_safety_mode": True, "odd": leaf(1, 10**30)}}

    (settings,) = groups(a_status(document, status_type="obs_settings", at=OLD))

    assert (settings.name, settings.stale, settings.timestamp_ms) == ("", True, OLD)
    assert [value.text for value in settings.values] == ["yes", "−5.0°"]
    assert settings.more[0].timestamp_ms == OLD


def test_each_value_grows_stale_by_itself() -> None:
    document = {"camera": {"c": {"status": leaf("S 2", OLD), "darkslide": leaf("open")}}}

    (camera,) = groups(a_status(document))

    assert camera.stale is False
    assert {value.key: value.stale for value in camera.values} == {"status": True, "darkslide": False}


def test_clocks_of_telescopes_and_what_has_panels_of_its_own_are_left_out() -> None:
    document = {
        "mount": {"m": {"timestamp": leaf(876131400), "altitude": leaf(1)}},
        "forecast": {"a": {"b": leaf(1)}},
        "timestamp": 876131400.062,
        "send_heartbeat": False,
        "screen": {},
        "telescope": {"t": {}},
        "selector": {"s": "text"},
    }

    (mount,) = groups(a_status(document))

    assert [value.key for value in mount.values + mount.more] == ["altitude"]


def test_nothing_known() -> None:
    assert groups() == []


NUMBER = Item("x", "number", "m/s", 1)


@pytest.mark.parametrize(
    ("item", "value", "text"),
    [
        (NUMBER, 3.44, "3.4 m/s"),
        (NUMBER, "3.44", "3.4 m/s"),
        (NUMBER, " >> 5 ", " >> 5 "),
        (NUMBER, -0.04, "0.0 m/s"),
        (NUMBER, -12, "−12.0 m/s"),
        (NUMBER, "n/a", "n/a"),
        (NUMBER, None, "–"),
        (NUMBER, "", "–"),
        (NUMBER, True, "yes"),
        (NUMBER, False, "no"),
        (NUMBER, 1e300, "1e+300"),
        (Item("x", "number", "°", 0), 2.5, "3°"),
        (Item("x", "number", "", 2), 1.005, "1.00"),
        (Item("x", "hours"), 5.588139, "5h 35m 17.3s"),
        (Item("x", "hours"), "5.588139", "5h 35m 17.3s"),
        (Item("x", "hours"), -0.5, "23h 30m 00.0s"),
        (Item("x", "degrees"), -5.391111, "−5° 23′ 28″"),
        (Item("x", "degrees"), -0.0000001, "0° 00′ 00″"),
        (Item("x"), 5.0, "5"),
        (Item("x"), "Yes", "Yes"),
        (Item("x"), [1, 2], "[1,2]"),
        (Item("x"), {"a": None}, '{"a":null}'),
        (Item("x"), "x" * 300, "x" * 200 + "…"),
    ],
    ids=str,
)
def test_values_as_text(item: Item, value: Any, text: str) -> None:
    assert shown(item, value) == text


def test_no_minute_has_sixty_seconds() -> None:
    assert sexagesimal(1 - 1e-9, ("h", "m", "s"), 1) == "1h 00m 00.0s"
    assert sexagesimal(-(10 - 1e-9), ("°", "′", "″"), 0) == "−10° 00′ 00″"


def test_the_table_is_in_order() -> None:
    kinds = {item.kind for group in GROUPS.values() for item in group.items.values()}
    assert kinds == {"text", "number", "hours", "degrees"}


# --- At a glance -------------------------------------------------------------------------------------------


def glance(*found: Status) -> dict[str, tuple[str, str]]:
    return {each.name: (each.text, each.tone) for each in vitals("obs", found, newest(found), NOW)}


def test_a_site_that_was_never_heard_from() -> None:
    assert glance() == {"site": ("Never heard from", ""), "roof": ("Unknown", ""), "weather": ("Unknown", "")}


def test_a_site_that_is_off() -> None:
    assert glance(a_status({}, at=OLD))["site"] == ("Offline", "bad")


def test_roof_and_weather_of_the_wema() -> None:
    """The verdicts are those of the network's page (test_verdicts.py); what is stale says so beside."""
    own = a_status({"mount": {}})
    roof = a_status({"enclosure": {"e": {"shutter_status": leaf("Open")}}}, "safw", "enclosure")
    weather = a_status({"observing_conditions": {"oc": {"wx_ok": leaf("No", OLD)}}}, "safw", "weather", OLD)

    assert glance(own, roof, weather) == {
        "site": ("Online", "good"),
        "roof": ("Open", "good"),
        "weather": ("Bad, stale", ""),
    }
