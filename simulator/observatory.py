"""A telescope's program: boot, status, commands, the calendar, and something to do when nobody asks."""

import asyncio
import random
from collections import deque
from collections.abc import Coroutine
from datetime import date, datetime
from typing import Any

from simulator import commands, exposing, idle
from simulator.blocks import Block, Calendar
from simulator.client import Client
from simulator.clock import Clock
from simulator.commands.settings import first_settings
from simulator.configuration import Site
from simulator.frames import Frame
from simulator.job import Job, Refused
from simulator.outbox import Outbox
from simulator.phases import LOOK_S, Phases
from simulator.processing import PASS_ON_S, Processing
from simulator.program import NIGHT_S, Program
from simulator.telescope import Telescope

# How often, in simulated seconds.
POLL_S, WATCHDOG_S, DEVICE_S, SETTINGS_S, CALENDAR_S = 3.5, 10.0, 30.0, 60.0, 60.0
DEVICE_GAP_S, IDLE_S, ROOF_TRIES = 2.0, 5.0, 15
SLEW_DEG_S, SLEW_SETTLE_S, SLEW_POST_S = 4.0, 4.0, 0.5
# As web pages know it: they compare with this very word.
SIMULATED_ROOF = {"shutter_status": "Open", "enclosure_mode": "Simulated", "enclosure_is_open": True}
# A slew's posts come a round trip apart; faster than this real time says nothing to anybody.
SHORTEST_POST_S = 0.1


class Observatory(Program):
    """`open_sky`: always dark and clear, behind a roof that is simulated to be open.

    `every_s`: how often it takes a frame of its own accord, 0 for never; `first_s`: when the first. Both in
    simulated seconds.
    """

    def __init__(
        self,
        site: Site,
        client: Client,
        clock: Clock,
        *,
        open_sky: bool = False,
        every_s: float = 900,
        first_s: float = 0,
    ) -> None:
        super().__init__(site.code, site, client, clock)
        self.random = random.Random(site.seed)  # noqa: S311
        self.telescope = Telescope(site, self.random)
        self.calendar = Calendar(self)
        self.leisure = idle.Leisure(self, every_s, first_s)
        self.open_sky = open_sky
        self.settings = first_settings(site.configuration, simulating_open_roof=open_sky)
        self.roof = "Unknown"
        self.cloud = 10.0
        self.jobs: deque[Job] = deque()
        self.doing: asyncio.Task[None] | None = None
        self.wake, self.changed, self.settings_changed = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.messages: Outbox[dict[str, Any]] = Outbox(client, self._send_message, most=200, keeps=False)
        self.files: Outbox[tuple[str, bytes, int | None]] = Outbox(
            client, self._send_file, most=60, keeps=True
        )
        self.phases = Phases(self)
        self.processing = Processing(self)
        self.last_number = 0
        self.frames_taken = 0

    # --- Boot ---------------------------------------------------------------------------------------------

    async def boot(self) -> None:
        for job in await self.fetch_jobs():
            self.report(job, "CANCELED")
        while await self.configuration_of(self.site.wema_code) is None:
            await self.client.pause()
            await self.clock.sleep(5)
        await self.put_configuration(self.site.configuration)
        self.say(f"Simulated observatory {self.code} started: no telescope moves, every frame is computed.")
        await self._see_the_roof()
        if self.open_sky:
            self.say("Its sky is simulated, too: always dark and clear behind a simulated open roof.")

    async def _see_the_roof(self) -> None:
        """Until the WEMA, which starts at the same time, has told of it; not for ever."""
        for _ in range(ROOF_TRIES):
            await self.copy_roof()
            if self.roof != "Unknown":
                return
            await self.clock.sleep(DEVICE_GAP_S)

    def loops(self) -> list[Coroutine[Any, Any, None]]:
        minutes = self.site.configuration
        roof_s = 60 * float(minutes["enclosure_check_period"])
        weather_s = 60 * float(minutes["observing_check_period"])
        return [
            self.every(POLL_S, self.poll),
            self.every(WATCHDOG_S, self.watch),
            self.every(DEVICE_S, self.post_device, self.changed),
            self.every(SETTINGS_S, self.post_settings, self.settings_changed),
            self.every(roof_s, self.copy_roof),
            self.every(weather_s, self.copy_weather),
            self.every(CALENDAR_S, self.calendar.fetch),
            self.every(LOOK_S, self.phases.look),
            self.every(PASS_ON_S, self.processing.pass_on),
            self.every(NIGHT_S, self.mind_the_date),
            self.work(),
            self.reports.run(),
            self.messages.run(),
            self.phases.outbox.run(),
            self.files.run(),
        ]

    # --- What is known of the sky -------------------------------------------------------------------------

    @property
    def simulates_roof(self) -> bool:
        return bool(self.settings["simulating_open_roof"])

    @property
    def sees_sky(self) -> bool:
        return self.roof == "Open" or (self.simulates_roof and self.roof == "Unknown")

    async def copy_roof(self) -> None:
        """The WEMA's enclosure under this site's name.

        A roof that is simulated to be open is open, also over a WEMA that knows nothing of it. One that does
        may have been told to close.
        """
        before = self.roof
        found = (await self.status_of(self.site.wema_code, "enclosure")).get("enclosure") or {}
        values = _values(found.get("enclosure1"))
        if self.simulates_roof and not values.get("roof_is_simulated"):
            values |= SIMULATED_ROOF
        self.roof = str(values.get("shutter_status", "Unknown"))
        if self.roof != before and {self.roof, before} & {"Open", "Closed"} and before != "Unknown":
            self.say(f"The roof is now {self.roof.lower()}.")
        await self.post_status("enclosure", {"enclosure": {"enclosure1": values}})

    async def copy_weather(self) -> None:
        found = (await self.status_of(self.site.wema_code, "weather")).get("observing_conditions") or {}
        values = _values(found.get("observing_conditions1")) or {"wx_ok": "Unknown"}
        cloud = values.get("cloud_cover_%")
        if isinstance(cloud, int | float):
            self.cloud = float(cloud)
        await self.post_status("weather", {"observing_conditions": {"observing_conditions1": values}})

    # --- Status -------------------------------------------------------------------------------------------

    async def post_device(self) -> None:
        self.changed.clear()
        await self.post_status("device", self.telescope.status(self.clock.now()))
        await self.clock.sleep(DEVICE_GAP_S)

    async def post_settings(self) -> None:
        await self.post_status("obs_settings", {"obs_settings": self.settings})

    async def begin_night(self, before: date) -> None:
        """Also a token, that all files of the night are sent, and a new window of the calendar."""
        self.send_file(f"{self.code}{before:%Y%m%d}.token", b"")
        self.last_number = 0
        self.calendar.begin_window()
        await self.put_configuration(self.site.configuration)
        self.say("Nightly reset.")

    # --- Saying and sending -------------------------------------------------------------------------------

    def say(self, message: str, level: str = "INFO") -> None:
        """To the people who watch the site."""
        now = self.clock.now().timestamp()
        self.messages.put({"site": self.code, "log_message": message, "log_level": level, "timestamp": now})

    async def _send_message(self, message: dict[str, Any]) -> bool:
        return (await self.client.post("/logs/newlog", message, timeout_s=5)).ok

    def send_file(self, name: str, content: bytes, channel: int | None = None) -> None:
        """To the archive; with a channel, to be shown there as an info image."""
        self.files.put((name, content, channel))

    async def _send_file(self, file: tuple[str, bytes, int | None]) -> bool:
        name, content, channel = file
        arrived = await self.client.upload(name, content, "info-images" if channel else "data", channel)
        if arrived:
            self.settings["timedottime_of_last_upload"] = self.clock.now().timestamp()
        return arrived

    def next_number(self, now: datetime) -> int:
        """A frame's number in its night: hundredths of a second since the night began, so that no restart
        gives one out again. Eight digits."""
        self.last_number = max(int(self.place.seconds_into_night(now) * 100), self.last_number + 1)
        return self.last_number

    # --- Commands -----------------------------------------------------------------------------------------

    async def poll(self) -> None:
        for job in await self.fetch_jobs():
            if job.is_stop:
                self.stop(job)
            elif self.settings["admin_owner_commands_only"] and not job.by_admin:
                self.say(f"Only admins and owners may command now: {job.action} refused.", "WARN")
                self.report(job, "FAILED")
            elif job.device_type == "obs":
                await self._perform(job)
            else:
                self.jobs.append(job)
                self.wake.set()

    async def watch(self) -> None:
        """The watchdog's part, who reads the second queue and restarts the program."""
        for job in await self.fetch_jobs(alternate=True):
            if job.action == "observatory_restart":
                self.report(job, "STARTED", alternate=True)
                self.say("The observatory's program restarts.", "WARN")
                self.drop_everything()
                await self.boot()
                self.report(job, "COMPLETE", 0, alternate=True)

    def stop(self, job: Job) -> None:
        self.say("Stop: whatever runs is cancelled.")
        dropped = self.drop_everything()
        self.say(f"{dropped} waiting commands are dropped.")
        self.say("Ready for new commands.")
        self.report(job, "COMPLETE", 0)

    def drop_everything(self) -> int:
        """End what runs, and forget what waits; returns how many waited."""
        waiting, self.jobs = self.jobs, deque()
        for job in waiting:
            self.report(job, "CANCELED")
        self.calendar.give_up_block()
        if self.doing is not None:
            self.doing.cancel()
        return len(waiting)

    async def work(self) -> None:
        """One thing after another: commands, then what the calendar has, then what is nice to look at."""
        while True:
            thing = self._next()
            if thing is None:
                await self.clock.until(self.wake, IDLE_S)
                continue
            self.doing = asyncio.create_task(thing)
            try:
                await asyncio.wait([self.doing])
            finally:
                self.doing.cancel()
            if not self.doing.cancelled():
                self.doing.result()
            self.doing = None

    def _next(self) -> Coroutine[Any, Any, None] | None:
        now = self.clock.now()
        if self.jobs:
            self.leisure.wait(now)
            return self._perform(self.jobs.popleft())
        block: Block | None = self.calendar.block(now)
        if block is not None:
            self.leisure.wait(now)
            return block.step()
        return self.leisure.next(now)

    async def _perform(self, job: Job) -> None:
        self.report(job, "STARTED")
        try:
            await commands.perform(self, job)
        except Refused as reason:
            self.say(str(reason), "WARN")
            self.report(job, "FAILED")
        except asyncio.CancelledError:
            self.report(job, "STOPPED")
            raise
        else:
            self.report(job, "COMPLETE", 0)
        finally:
            self.changed.set()

    # --- Work that several commands share -----------------------------------------------------------------

    async def slew(self, ra: float, dec: float, name: str = "") -> None:
        """Point there (hours, degrees) and track, posting the mount's status all along. Raises Refused."""
        self._check_direction(ra, dec)
        mount, now = self.telescope.mount, self.clock.now()
        mount.look(now)
        from_ra, from_dec = mount.ra, mount.dec
        across = (ra - from_ra + 12) % 24 - 12
        duration = max(abs(across) * 15, abs(dec - from_dec)) / SLEW_DEG_S + SLEW_SETTLE_S
        self.say(f"Slewing to {name or f'RA {ra:.4f} h, Dec {dec:.3f}°'}.")
        mount.parked, mount.slewing, mount.message = False, True, "Slewing"
        try:
            step = max(SLEW_POST_S, SHORTEST_POST_S * self.clock.speed)
            for number in range(1, steps := max(1, round(duration / step)) + 1):
                await self.clock.sleep(duration / steps)
                share = number / steps
                mount.point(from_ra + share * across, from_dec + share * (dec - from_dec), self.clock.now())
                await self.post_status("device", self.telescope.mount_status(self.clock.now()))
            mount.point(ra, dec, self.clock.now())
        finally:
            mount.slewing, mount.tracking, mount.message = False, True, "-"
            self.changed.set()

    def _check_direction(self, ra: float, dec: float) -> None:
        if not -90 <= dec <= 90:
            raise Refused(f"A declination of {dec:g}° does not exist.")
        now = self.clock.now()
        altitude, _ = self.place.altitude_azimuth(ra, dec, now)
        lowest = float(self.settings["lowest_altitude"])
        if self.settings["altitude_safety_mode"] and altitude < lowest:
            raise Refused(f"That is {altitude:.0f}° above the horizon; the lowest allowed is {lowest:g}°.")
        commands.check_sun(self, ra, dec, now)

    async def expose(self, request: exposing.Request, count: int, job: Job | None = None) -> list[Frame]:
        """Frames as asked; the command's state follows."""

        def progress(seconds: float) -> None:
            if job is not None:
                self.report(job, "EXPOSING", seconds)

        return await exposing.take_many(self, request, count, progress)


def _values(leaves: Any) -> dict[str, Any]:
    """`{key: {"val": value, …}}` unwrapped; empty for what has not that shape."""
    if not isinstance(leaves, dict) or not all(isinstance(leaf, dict) for leaf in leaves.values()):
        return {}
    return {key: leaf.get("val") for key, leaf in leaves.items()}
