"""What an observatory says it is doing, for the bar above its page: that shows the last hour's."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simulator.outbox import Outbox
from simulator.weather import SUN_LIMIT

if TYPE_CHECKING:
    from simulator.observatory import Observatory

# How often it is seen whether another part of the night began, in simulated seconds.
LOOK_S = 60.0
# The bar forgets after an hour of real time; what still goes on is told again in time.
AGAIN_AFTER = timedelta(minutes=25)
DARK = -18.0


class Phases:
    """The parts of the night as they begin, and whatever else is worth a line."""

    def __init__(self, observatory: "Observatory") -> None:
        self.observatory = observatory
        self.outbox: Outbox[str] = Outbox(observatory.client, self._send, most=20, keeps=False)
        self.part = ""
        self.told_at: datetime | None = None

    def say(self, message: str) -> None:
        self.told_at = self.observatory.clock.now()
        self.outbox.put(message)

    async def look(self) -> None:
        """Tell which part of the night it is, when another one began or nothing was told for long."""
        now = self.observatory.clock.now()
        part = part_of_night(self.observatory, now)
        silent = self.told_at is None or now - self.told_at > AGAIN_AFTER
        if part != self.part or (silent and self.observatory.doing is None):
            self.part = part
            self.say(part)

    async def _send(self, message: str) -> bool:
        body = {"site": self.observatory.code, "message": message}
        return (await self.observatory.client.post("/status/phase_status", body)).ok


def part_of_night(observatory: "Observatory", now: datetime) -> str:
    sun = observatory.place.sun_altitude(now)
    if observatory.sees_sky:
        return "Observing under a simulated night sky." if observatory.simulates_roof else _open(sun)
    if sun >= SUN_LIMIT:
        return "Day: waiting for the night."
    return f"Waiting for the roof to open; it is {observatory.roof.lower()}."


def _open(sun: float) -> str:
    if sun > DARK:
        return "Twilight: the roof is open, the dome cools down."
    return "Observing."
