"""What an observatory does when nobody asks: nice objects at night, calibration behind a closed roof."""

from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator.exposing import Request
from simulator.job import Refused
from simulator.sky.targets import TARGETS, Target

if TYPE_CHECKING:
    from simulator.observatory import Observatory

# Above this an object is worth a look; of the highest so many one after another.
NICE_ALTITUDE, SHOWN = 35.0, 6
EXPOSURE_S = 30.0
# People who are at work are not disturbed for so many simulated seconds.
QUIET_S = 300.0
CALIBRATION = (("bias", 0.0), ("dark", 60.0), ("screen flat", 3.0))


class Leisure:
    """Every `every_s` simulated seconds a frame, the first one after `first_s`; none at all when it is 0."""

    def __init__(self, observatory: "Observatory", every_s: float, first_s: float) -> None:
        self.observatory = observatory
        self.every_s = every_s
        self.number = 0
        self.not_before: datetime | None = None
        self._not_before(observatory.clock.now(), first_s)

    def wait(self, now: datetime) -> None:
        """Somebody is at work."""
        self._not_before(now, QUIET_S)

    def next(self, now: datetime) -> Coroutine[Any, Any, None] | None:
        if not self.every_s or (self.not_before and now < self.not_before):
            return None
        # Time that somebody reserved is theirs.
        if self.observatory.calendar.now_on(now) or self.observatory.roof == "Unknown":
            return None
        self._not_before(now, self.every_s)
        self.number += 1
        return self.look_at_something() if self.observatory.sees_sky else self.calibrate()

    def _not_before(self, now: datetime, seconds: float) -> None:
        later = now + timedelta(seconds=seconds / self.observatory.clock.speed)
        self.not_before = max(self.not_before or later, later)

    async def look_at_something(self) -> None:
        observatory = self.observatory
        target = self.choose()
        if target is None:
            return
        telescope = observatory.telescope
        telescope.filter_name = telescope.default_filter
        try:
            await observatory.slew(target.ra, target.dec, target.name)
        except Refused as reason:
            observatory.say(str(reason))
            return
        observatory.phases.say(f"Looking at {target.name}.")
        request = Request(EXPOSURE_S, object_name=target.name, kind="EP")
        await observatory.expose(request, 1)

    def choose(self) -> Target | None:
        """One of the objects that stand highest now, another one each time."""
        now, place = self.observatory.clock.now(), self.observatory.place
        heights = {target.name: place.altitude_azimuth(target.ra, target.dec, now)[0] for target in TARGETS}
        high = sorted(TARGETS, key=lambda target: -heights[target.name])
        high = [target for target in high if heights[target.name] > NICE_ALTITUDE][:SHOWN]
        return high[self.number % len(high)] if high else None

    async def calibrate(self) -> None:
        image_type, seconds = CALIBRATION[self.number % len(CALIBRATION)]
        self.observatory.phases.say(f"Calibration: {image_type}.")
        await self.observatory.expose(Request(seconds, image_type, kind="EF"), 1)
