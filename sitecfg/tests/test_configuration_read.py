"""What the server reads out of a configuration."""

from typing import Any

import pytest

from photonranch.lenient_json import Json
from sitecfg.configuration import read
from sitecfg.tests.cast import obs_configuration, wema_configuration


def test_it_works() -> None:
    obs = read("saf", obs_configuration())
    assert (obs.kind, obs.wema) == ("obs", "safw")
    assert obs.devices == {
        "mount": ["eastpier"],
        "camera": ["camera_1_1"],
        "filter_wheel": ["Dual filter wheel"],
        "telops": [],
    }
    assert (obs.latitude, obs.longitude, obs.elevation, obs.time_zone) == (None, None, None, "")

    wema = read("safw", wema_configuration())
    assert (wema.kind, wema.wema) == ("wema", "safw")
    assert wema.devices == {
        "observing_conditions": ["observing_conditions1"],
        "enclosure": ["enclosure1"],
    }
    assert wema[3:] == (35.554298, -105.870197, 2187, "America/Denver")


@pytest.mark.parametrize(
    ("code", "configuration", "kind", "wema"),
    [
        ("saf", {}, "obs", ""),
        ("saf", {"instance_type": "OBS?", "wema_name": "mrc"}, "obs", "mrc"),
        ("mrc", {"wema_name": "mrc"}, "wema", "mrc"),
        ("mrc", {"instance_type": "wema"}, "wema", "mrc"),
        ("mrc", {"obsp_ids": []}, "wema", "mrc"),
        ("saf", {"instance_type": ["obs"], "wema_name": {"a": 1}}, "obs", ""),
        ("saf", {"instance_type": "obs", "wema_name": "saf"}, "obs", "saf"),
    ],
)
def test_kind_and_wema(code: str, configuration: dict[str, Json], kind: str, wema: str) -> None:
    found = read(code, configuration)
    assert (found.kind, found.wema) == (kind, wema)


def test_without_a_list_of_types_the_sections_speak() -> None:
    found = read("saf", {"camera": {"c1": {}}, "mount": {"m1": {}}, "settings": {"x": {}}})
    assert found.devices == {"mount": ["m1"], "camera": ["c1"]}


@pytest.mark.parametrize("types", [None, "camera", 5, {"camera": 1}, []])
def test_an_odd_list_of_types_counts_as_none(types: Any) -> None:
    assert read("saf", {"device_types": types, "camera": {"c1": {}}}).devices == {"camera": ["c1"]}


def test_odd_entries_are_passed_over() -> None:
    found = read("saf", {"device_types": ["camera", None, 3, "screen", "mount"], "camera": ["a"], "mount": 1})
    assert found.devices == {"camera": [], "screen": [], "mount": []}


@pytest.mark.parametrize(
    ("given", "read_as"),
    [
        (35, 35),
        ("35.5", 35.5),
        ("", None),
        (None, None),
        (True, None),
        ([1], None),
        ("nan", None),
        (10**400, None),
    ],
)
def test_numbers(given: Json, read_as: float | None) -> None:
    assert read("saf", {"latitude": given}).latitude == read_as
    assert read("saf", {"site_latitude": given}).latitude == read_as


def test_an_overlong_name_is_not_taken() -> None:
    assert read("saf", {"wema_name": "x" * 41, "TZ_database_name": "y" * 101})[1:7:5] == ("", "")


@pytest.mark.parametrize(
    ("given", "read_as"),
    [
        (254.129803, -105.870197),
        ("254.129803", -105.870197),
        (-105.870197, -105.870197),
        (180, 180),
        (360, 0),
        (0, 0),
        (361, 361),
        ("-105:52:12.7092", -105.870197),
        ("-105 52 12.7092", -105.870197),
        ("254 07 47.2908", -105.870197),
        ("105° 52′ 12.7092″ W", -105.870197),
        ("W105d52m12.7092s", -105.870197),
        ("105.870197 W", -105.870197),
        ("105.870197w", -105.870197),
        ("16° 22.3' E", 16.371667),
        ("e16.371667°", 16.371667),
        ("-105 W", None),
        ("105 N", None),
        ("west", None),
        ("W", None),
        ("", None),
        ("1:2:3:4", None),
        ("9" * 5000, None),
    ],
)
def test_longitudes(given: Json, read_as: float | None) -> None:
    for key in ("longitude", "site_longitude"):
        found = read("saf", {key: given}).longitude
        assert found == (None if read_as is None else pytest.approx(read_as, abs=1e-6))


@pytest.mark.parametrize(
    ("given", "read_as"),
    [
        ("35:33:15.4728", 35.554298),
        ("-35 33 15.4728", -35.554298),
        ("35°33'15.4728\" N", 35.554298),
        ("35.554298 S", -35.554298),
        ("-0:30", -0.5),
        ("35 E", None),
    ],
)
def test_latitudes(given: Json, read_as: float | None) -> None:
    assert read("saf", {"latitude": given}).latitude == (
        None if read_as is None else pytest.approx(read_as, abs=1e-6)
    )


def test_what_cannot_be_read_leaves_the_other_key() -> None:
    assert read("saf", {"longitude": "west", "site_longitude": "254 07 47.2908"}).longitude == pytest.approx(
        -105.870197, abs=1e-6
    )
