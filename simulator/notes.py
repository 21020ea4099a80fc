"""The note in a site's night log, as a person of its staff writes it."""

from typing import Any

from simulator.client import Client
from simulator.clock import Clock
from simulator.observatory import Observatory

WRITER = "Demo observer"
# Real hours that a note stays, and how often it is seen whether one is due, in simulated seconds.
STAYS_H, LOOK_S = 8, 1800.0
# The first one says something of the night, so there has to be some.
FIRST_S = 600.0


class NightLog:
    """Writes a note where there is none; a person's own is left alone until its time is over.

    `client` shows the token of a signed-in person: no site's key writes the night log.
    """

    def __init__(self, observatory: Observatory, client: Client, clock: Clock) -> None:
        self.observatory = observatory
        self.client = client
        self.clock = clock

    async def run(self) -> None:
        """For ever, or until the server does not know the person any more."""
        await self.clock.sleep(FIRST_S)
        while await self.look():
            await self.client.pause()
            await self.clock.sleep(LOOK_S)

    async def look(self) -> bool:
        """Write one where there is none; False when this person may not."""
        path = f"/api/nightlog/{self.observatory.code}"
        if (await self.client.get(path)).status != 204:
            return True
        answer = await self.client.post(path, {"note_data": await self._note()})
        return answer.status not in (401, 403)

    async def _note(self) -> dict[str, Any]:
        code = self.observatory.code
        latest = await self.client.get(f"/api/{code}/latest_images/1")
        images = latest.json if isinstance(latest.json, list) else []
        return {
            "site": code,
            "username": WRITER,
            "message": self._message(),
            "ttl_hours": STAYS_H,
            "selected_image": images[0] if images else None,
        }

    def _message(self) -> str:
        observatory = self.observatory
        seeing = observatory.telescope.fwhm
        stars = f"stars are {seeing:.1f} arc seconds wide" if seeing else "no stars measured yet"
        return (
            f"The roof is {observatory.roof.lower()}, clouds {observatory.cloud:.0f} %, {stars}; "
            f"frames since the program started: {observatory.frames_taken}. (This observatory is simulated.)"
        )
