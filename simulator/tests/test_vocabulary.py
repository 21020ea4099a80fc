"""The commands that the simulator understands are those of the telescopes and WEMAs, and are documented."""

import re
from pathlib import Path
from typing import Any

import pytest

from simulator.commands import ACTIONS
from simulator.commands.scripts import SCRIPTS
from simulator.job import Job
from simulator.tests.standin import Standin, a_job, wema

# What the telescopes' and the WEMAs' programs understand; stops are understood for any device.
OBSERVATORY = {
    "obs": {
        *("configure_pointing_reference_off", "configure_pointing_reference_on", "configure_telescope_mode"),
        *("configure_moon_safety", "configure_sun_safety", "configure_altitude_safety"),
        *("configure_daytime_exposure_safety", "configure_who_can_send_commands"),
        *("start_simulating_open_roof", "stop_simulating_open_roof"),
        *("obs_configure_auto_center_on", "obs_configure_auto_center_off"),
    },
    "camera": {"expose", "darkslide_close", "darkslide_open"},
    "mount": {
        *("go", "center_on_pixels", "home", "tracking", "pivot", "zero", "ra=sid, dec=0"),
        *("park", "unpark", "sky_flat_position"),
    },
    "rotator": {"move_relative", "move_absolute", "home"},
    "focuser": {"move_relative", "move_absolute", "go_to_reference", "save_as_reference"},
    "filter_wheel": {"set_name", "set_position", "home"},
    "sequencer": {"run", "fixpointingscript", "autofocus", "home"},
}
SCRIPT_NAMES = {
    *("focusAuto", "focusExtensive", "focusFine", "collectScreenFlats", "collectSkyFlats"),
    *("restackLocalCalibrations", "pointingRun", "equatorialSweep", "collectBiasesAndDarks"),
    *("findFieldCenter", "calibrateAtFieldCenter", "estimateFocusOffset"),
}
WEMAS: list[tuple[str, dict[str, Any]]] = [
    ("open", {}),
    ("close", {}),
    ("set_enclosure_mode", {"enclosure_mode": "Manual"}),
    ("set_observing_mode", {"observing_mode": "inactive"}),
    ("configure_active_weather_report", {"weather_type": "owm", "weather_type_value": "off"}),
    ("force_roof_state", {"force_roof_state": "auto"}),
    (
        "set_weather_values",
        {"weather_values": {"rain": {"status": "on", "warning_level": 1, "danger_level": 2}}},
    ),
    ("simulate_weather_hold", {}),
    ("open_no_earlier_than_owm_plan", {}),
]

DOC = Path(__file__).parents[2] / "docs" / "observatories.md"


def documented() -> set[str]:
    table = DOC.read_text().partition("## The vocabulary of commands")[2].partition("\n## ")[0]
    # `configure_pointing_reference_on`, `…_off`: the second is the first with another end.
    return {word for written in re.findall(r"`([^`]+)`(, `…_off`)?", table) for word in whole(*written)}


def whole(word: str, also_off: str) -> list[str]:
    return [word, re.sub("on$", "off", word)] if also_off else [word]


def test_it_is_the_telescopes() -> None:
    """But for its screen and selector, which the telescopes' program does not serve."""
    known = {device: set(actions) for device, actions in ACTIONS.items()}

    assert known.pop("screen")
    assert known.pop("selector")
    assert known == OBSERVATORY
    assert set(SCRIPTS) == SCRIPT_NAMES


@pytest.mark.parametrize("action", ["cancel_all_commands", "stop", "cancel"])
def test_stops_are_understood_for_any_device(action: str) -> None:
    assert Job.of(a_job("anything", action)).is_stop
    assert Job.of(a_job("sequencer", "run", required_params={"script": "stopScript"})).is_stop


@pytest.mark.parametrize(("action", "parameters"), WEMAS)
async def test_a_wemas(action: str, parameters: dict[str, Any]) -> None:
    wema(Standin())._obey(Job.of(a_job("enclosure", action, required_params=parameters)))


def test_all_of_it_is_documented() -> None:
    words = {word for actions in OBSERVATORY.values() for word in actions} | SCRIPT_NAMES
    words |= {action for action, _ in WEMAS} | {"cancel_all_commands", "stop", "cancel", "stopScript"}

    assert words - documented() == set()
