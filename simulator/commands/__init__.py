"""The commands an observatory understands: device type → action → what is done."""

from datetime import datetime
from typing import TYPE_CHECKING

from simulator import pointing
from simulator.commands import camera, instruments, mount, scripts, settings
from simulator.job import Job, Refused

if TYPE_CHECKING:
    from simulator.observatory import Observatory

ACTIONS = {
    "camera": camera.ACTIONS,
    "filter_wheel": instruments.FILTER_WHEEL,
    "focuser": instruments.FOCUSER,
    "mount": mount.ACTIONS,
    "obs": settings.ACTIONS,
    "rotator": instruments.ROTATOR,
    "screen": instruments.SCREEN,
    "selector": instruments.SELECTOR,
    "sequencer": scripts.ACTIONS,
}


async def perform(observatory: "Observatory", job: Job) -> None:
    """Do what the command says. Raises Refused with a sentence."""
    action = ACTIONS.get(job.device_type, {}).get(job.action)
    if action is None:
        raise Refused(f"This observatory does not know how to {job.action} with a {job.device_type}.")
    await action(observatory, job)


def check_sun(observatory: "Observatory", ra: float, dec: float, now: datetime) -> None:
    """Raises Refused for a direction (hours, degrees) too near to a sun that is up."""
    if not observatory.settings["sun_safety_mode"] or observatory.simulates_roof:
        return
    sun_ra, sun_dec = observatory.place.sun_direction(now)
    away = pointing.separation(ra * 15, dec, sun_ra * 15, sun_dec)
    nearest = float(observatory.site.configuration.get("closest_distance_to_the_sun", 45))
    if away < nearest and observatory.place.sun_altitude(now) > -5:
        raise Refused(f"That is {away:.0f}° from the sun; {nearest:g}° are the least.")
