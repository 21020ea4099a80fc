"""Commands to the observatory itself: its own rules. Done at once, whatever else goes on."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from simulator.job import Job

if TYPE_CHECKING:
    from simulator.observatory import Observatory

Action = Callable[["Observatory", Job], Awaitable[None]]


def first_settings(configuration: dict[str, Any], *, simulating_open_roof: bool) -> dict[str, Any]:
    """An observatory's own rules when its program starts, as its configuration has them."""
    return {
        "scope_in_manual_mode": False,
        "sun_safety_mode": bool(configuration.get("sun_checks_on", True)),
        "moon_safety_mode": bool(configuration.get("moon_checks_on", True)),
        "altitude_safety_mode": bool(configuration.get("altitude_checks_on", True)),
        "lowest_altitude": configuration.get("lowest_requestable_altitude", 15),
        "daytime_exposure_safety_mode": True,
        "daytime_exposure_time": 0.01,
        "auto_center_on": True,
        "admin_owner_commands_only": bool(configuration.get("owner_only_commands")),
        "simulating_open_roof": simulating_open_roof,
        "pointing_reference_on": True,
        "morning_flats_done": True,
        "timedottime_of_last_upload": 0.0,
    }


def sets(setting: str, value: Callable[[Job], Any]) -> Action:
    async def change(observatory: "Observatory", job: Job) -> None:
        observatory.settings[setting] = value(job)
        observatory.say(f"{setting.replace('_', ' ')}: {'on' if observatory.settings[setting] else 'off'}.")
        observatory.settings_changed.set()

    return change


def simulates_roof(opens: bool) -> Action:
    change = sets("simulating_open_roof", lambda job: opens)

    async def simulate(observatory: "Observatory", job: Job) -> None:
        await change(observatory, job)
        await observatory.copy_roof()

    return simulate


def is_on(job: Job) -> bool:
    return job.text("mode") == "on"


ACTIONS: dict[str, Action] = {
    "configure_pointing_reference_on": sets("pointing_reference_on", lambda job: True),
    "configure_pointing_reference_off": sets("pointing_reference_on", lambda job: False),
    "configure_telescope_mode": sets("scope_in_manual_mode", lambda job: job.text("mode") == "manual"),
    "configure_moon_safety": sets("moon_safety_mode", is_on),
    "configure_sun_safety": sets("sun_safety_mode", is_on),
    "configure_altitude_safety": sets("altitude_safety_mode", is_on),
    "configure_daytime_exposure_safety": sets("daytime_exposure_safety_mode", is_on),
    "start_simulating_open_roof": simulates_roof(True),
    "stop_simulating_open_roof": simulates_roof(False),
    "configure_who_can_send_commands": sets(
        "admin_owner_commands_only",
        lambda job: job.required.get("only_accept_admin_or_owner_commands") is True,
    ),
    "obs_configure_auto_center_on": sets("auto_center_on", lambda job: True),
    "obs_configure_auto_center_off": sets("auto_center_on", lambda job: False),
}
