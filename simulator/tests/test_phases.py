"""What a simulated observatory says it is doing, through the night."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.clock import Clock
from simulator.observatory import Observatory
from simulator.phases import AGAIN_AFTER, part_of_night
from simulator.place import Place
from simulator.tests.standin import Standin, at_work, observatory

NOW = datetime.now(UTC)


def phases(standin: Standin) -> list[str]:
    return [body["message"] for body in standin.bodies("/status/phase_status")]


async def test_it_works() -> None:
    """The part of the night, and what it looks at."""
    standin = Standin()
    async with at_work(observatory(standin, every_s=60.0)):
        await standin.until(lambda: any(phase.startswith("Looking at ") for phase in phases(standin)))

    assert phases(standin)[0] == "Observing under a simulated night sky."
    assert standin.bodies("/status/phase_status")[0]["site"] == "saf"


class Sun(Place):
    """A place where the sun stands as a test wants it."""

    altitude = 0.0

    def sun_altitude(self, when: datetime) -> float:
        return self.altitude


@pytest.mark.parametrize(
    ("sun", "roof", "says"),
    [
        (40.0, "Closed", "Day: waiting for the night."),
        (-5.0, "Open", "Twilight: the roof is open, the dome cools down."),
        (-30.0, "Open", "Observing."),
        (-30.0, "Closed", "Waiting for the roof to open; it is closed."),
        (-30.0, "Unknown", "Waiting for the roof to open; it is unknown."),
    ],
)
async def test_the_parts_of_the_night(sun: float, roof: str, says: str) -> None:
    program = observatory(Standin(), open_sky=False)
    place = program.place
    program.place = Sun(place.latitude, place.longitude, place.elevation, place.time_zone)
    Sun.altitude, program.roof = sun, roof

    assert part_of_night(program, NOW) == says


class Watch(Clock):
    """A clock that a test turns."""

    at = NOW

    @staticmethod
    def now() -> datetime:
        return Watch.at


def told(program: Observatory) -> list[Any]:
    return list(program.phases.outbox.waiting)


async def test_what_goes_on_is_told_again_before_web_pages_forget_it() -> None:
    program = observatory(Standin())
    program.clock, Watch.at = Watch(200.0), NOW

    await program.phases.look()
    await program.phases.look()
    assert len(told(program)) == 1

    Watch.at = NOW + AGAIN_AFTER + timedelta(seconds=1)
    await program.phases.look()
    assert len(told(program)) == 2
    assert timedelta(hours=1) > 2 * AGAIN_AFTER


async def test_a_change_of_the_roof_is_told_at_once() -> None:
    program = observatory(Standin(), open_sky=False)
    program.place = replace(program.place)
    program.roof = "Open"
    await program.phases.look()
    program.roof = "Closing"
    await program.phases.look()

    assert len(told(program)) == 2
