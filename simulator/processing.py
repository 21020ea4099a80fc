"""Frames on their way to PIPE, which reduces them: the telescope's side, and a machine that takes them."""

from collections import deque
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from simulator.client import Client
from simulator.clock import Clock
from simulator.frames import SKY_TYPES, Frame

if TYPE_CHECKING:
    from simulator.observatory import Observatory

# Simulated seconds between two lists of frames, and for how many frames a machine works on one.
PASS_ON_S, REDUCE_S = 1800.0, 20.0
# The machine asks and tells so often.
ASK_S = 30.0
MOST_NAMES = 500


class Processing:
    """The names of frames that PIPE has not been told of."""

    def __init__(self, observatory: "Observatory") -> None:
        self.observatory = observatory
        self.wanted = observatory.site.passes_frames_on
        self.names: deque[str] = deque(maxlen=MOST_NAMES)

    def add(self, frame: Frame) -> None:
        if self.wanted and frame.image_type in SKY_TYPES:
            self.names.append(frame.name("00.fits.fz"))

    async def pass_on(self) -> None:
        """All of them as one item of the site's queue; kept for the next time where it is not taken."""
        if not self.names:
            return
        names = list(self.names)
        # The telescopes' program leaves a comma behind every name but the last.
        content = [f"{name}," for name in names[:-1]] + names[-1:]
        body = {
            "queue_name": self.observatory.code,
            "sender": self.observatory.code,
            "payload": {"request": "EVA_process_files", "request_content": content},
        }
        answer = await self.observatory.client.post("/api/pipe/enqueue", body)
        if answer.status == 200:
            self.names.clear()
            self.observatory.say(f"{len(names)} frames are passed on to PIPE.")


class Machine:
    """A PIPE machine: it takes items from the queues of sites, works on them for a while, and says so."""

    def __init__(self, client: Client, clock: Clock, queues: list[str], name: str = "pipe-demo") -> None:
        self.client = client
        self.clock = clock
        self.queues = queues
        self.name = name
        self.done = 0

    async def run(self) -> None:
        """For ever."""
        for queue in self.queues:
            # Answered with 409 where there is one.
            await self.client.post("/api/pipe/queue", {"queue_name": queue})
        while True:
            for queue in self.queues:
                await self._take_from(queue)
            await self._tell("idle", {"items_done": self.done})
            await self.client.pause()
            await self.clock.sleep(ASK_S)

    async def _take_from(self, queue: str) -> None:
        answer = await self.client.post(f"/api/pipe/queue/{quote(queue, safe='')}/dequeue", None)
        if answer.status != 200 or not isinstance(answer.json, dict):
            return
        payload = answer.json.get("payload")
        content = payload.get("request_content") if isinstance(payload, dict) else None
        names = [str(name) for name in content] if isinstance(content, list) else []
        for number, name in enumerate(names, 1):
            progress = {"item": answer.json.get("id"), "frame": name, "number": number, "of": len(names)}
            await self._tell("processing", progress)
            await self.clock.sleep(REDUCE_S)
        self.done += 1

    async def _tell(self, status: str, details: dict[str, Any]) -> None:
        await self.client.post(
            "/api/pipe/status", {"pipe_id": self.name, "status": status, "details": details}
        )
