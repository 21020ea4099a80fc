"""The calendar as an observatory sees it, and the projects that people reserved time for."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator.exposing import Request
from simulator.job import Refused

if TYPE_CHECKING:
    from simulator.observatory import Observatory

WINDOW = timedelta(hours=24)
# A project that could not be fetched is asked for again after so many simulated seconds.
AGAIN_S = 10.0
# Of one exposure request in one block.
MOST_FRAMES = 1000
NO_PROJECT = ("", "none", "none#")


class Calendar:
    """The events of this site in the window from a day before boot, or the last reset, to a day after."""

    def __init__(self, observatory: "Observatory") -> None:
        self.observatory = observatory
        self.events: list[dict[str, Any]] = []
        self.current: Block | None = None
        # Events whose project was run, or given up, since this program started.
        self.done: set[str] = set()
        self.begin_window()

    def begin_window(self) -> None:
        now = self.observatory.clock.now()
        self.start, self.end = now - WINDOW, now + WINDOW

    async def fetch(self) -> None:
        """What comes instead of a list changes nothing: an empty one would end the block that runs."""
        body = {
            "site": self.observatory.code,
            "start": f"{self.start:%Y-%m-%dT%H:%M:%SZ}",
            "end": f"{self.end:%Y-%m-%dT%H:%M:%SZ}",
            "full_project_details": False,
        }
        answer = await self.observatory.client.post("/calendar/siteevents", body)
        if isinstance(answer.json, list):
            self.events = answer.json
            self.observatory.wake.set()

    def now_on(self, now: datetime) -> list[dict[str, Any]]:
        return [event for event in self.events if _instant(event["start"]) <= now <= _instant(event["end"])]

    def block(self, now: datetime) -> "Block | None":
        """What there is to do for the project that is on now; None when there is nothing more."""
        on = {str(event["event_id"]): event for event in self.now_on(now) if _has_project(event)}
        if self.current is not None and self.current.event_id not in on:
            self.observatory.say("The calendar's block ended.")
            self.current = None
        if self.current is None:
            waiting = [event for event_id, event in on.items() if event_id not in self.done]
            self.current = Block(self.observatory, self, waiting[0]) if waiting else None
        return self.current if self.current and self.current.is_ready(now) else None

    def give_up_block(self) -> None:
        if self.current is not None:
            self.finish(self.current)

    def finish(self, block: "Block") -> None:
        self.done.add(block.event_id)
        self.current = None


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame of a project: `index` says of which of its exposures; hours, degrees, seconds."""

    index: int
    target: str
    ra: float
    dec: float
    angle: float
    filter_name: str
    seconds: float


@dataclass
class Block:
    """A project in its reserved time, one exposure at a time: commands come in between."""

    observatory: "Observatory"
    calendar: Calendar
    event: dict[str, Any]
    project: dict[str, Any] = field(default_factory=dict)
    shots: deque[Shot] = field(default_factory=deque)
    ask_after: datetime | None = None
    pointed_at: tuple[float, float] | None = None
    waits: bool = False

    @property
    def event_id(self) -> str:
        return str(self.event["event_id"])

    def is_ready(self, now: datetime) -> bool:
        """Whether there is something to do at this moment; light frames need a roof that is open."""
        if self.ask_after is not None and now < self.ask_after:
            return False
        if not self.project or self.observatory.sees_sky:
            self.waits = False
            return True
        if not self.waits:
            self.observatory.say(
                f"Project {self.project['project_name']} waits for the roof to open.", "WARN"
            )
            self.waits = True
        return False

    async def step(self) -> None:
        """Fetch the project, or take its next frame."""
        if not self.project:
            await self._fetch()
        elif not self.shots:
            self._end("is complete")
        else:
            try:
                await self._take(self.shots[0])
            except Refused as reason:
                self.observatory.say(str(reason), "WARN")
                self._end("is given up")
            else:
                self.shots.popleft()

    async def _fetch(self) -> None:
        # The first part is the name, the second the date, wherever else a # may stand.
        name, created_at, *_ = [*str(self.event["project_id"]).split("#"), ""]
        key = {"project_name": name, "created_at": created_at}
        answer = await self.observatory.client.post("/projects/get-project", key, timeout_s=10)
        clock = self.observatory.clock
        if answer.status != 200 or not isinstance(answer.json, dict):
            self.ask_after = clock.now() + timedelta(seconds=AGAIN_S / clock.speed)
            return
        self.project = answer.json
        try:
            self.shots = deque(plan(self.project))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self._end(f"is poorly formatted ({error!r}) and left out")
            return
        self._say_phase(f"Project {name} begins: {len(self.shots)} frames to take.")

    async def _take(self, shot: Shot) -> None:
        observatory = self.observatory
        if (shot.ra, shot.dec) != self.pointed_at:
            observatory.telescope.rotation = shot.angle
            await observatory.slew(shot.ra, shot.dec, shot.target)
            self.pointed_at = shot.ra, shot.dec
        if not observatory.telescope.choose_filter(shot.filter_name):
            observatory.say(f"There is no filter {shot.filter_name!r} here; another one is taken.", "WARN")
        creator = self.project.get("project_creator")
        request = Request(
            seconds=max(0.0, min(shot.seconds, observatory.telescope.longest_exposure)),
            object_name=shot.target,
            user_id=str(self.project.get("user_id", "")),
            user_name=str(creator.get("username", "")) if isinstance(creator, dict) else "",
        )
        frames = await observatory.expose(request, 1)
        await self._report(shot.index, frames[0].base)

    async def _report(self, index: int, base: str) -> None:
        key = {name: self.project[name] for name in ("project_name", "created_at")}
        body = {**key, "exposure_index": index, "base_filename": base}
        await self.observatory.client.post("/projects/add-project-data", body)

    def _end(self, how: str) -> None:
        self.calendar.finish(self)
        self._say_phase(f"Project {self.project.get('project_name')} {how}.")

    def _say_phase(self, message: str) -> None:
        self.observatory.say(message)
        self.observatory.phases.say(message)


def plan(project: dict[str, Any]) -> list[Shot]:
    """What remains to be taken, in order; of several targets each exposure's frames go around.

    Numbers may be text. Raises KeyError, TypeError, ValueError or AttributeError for a project that is none.
    """
    constraints = project.get("project_constraints") or {}
    # Offsets are degrees on the sky; right ascension is in hours.
    ra_offset, dec_offset, angle = (
        float(constraints.get(key, 0)) for key in ("ra_offset", "dec_offset", "position_angle")
    )
    targets = project.get("project_targets") or []
    remaining = project.get("remaining") or []
    found = []
    for index, exposure in enumerate(project.get("exposures") or []):
        if exposure["imtype"] != "light":
            continue
        left = int(float(remaining[index] if index < len(remaining) else exposure["count"]))
        for number in range(min(left, MOST_FRAMES) if targets else 0):
            target = targets[number % len(targets)]
            shot = Shot(
                index=index,
                target=str(target.get("name", "")),
                ra=(float(target["ra"]) - ra_offset / 15) % 24,
                dec=float(target["dec"]) - dec_offset,
                angle=angle % 360,
                filter_name=str(exposure.get("filter", "")),
                seconds=float(exposure["exposure"]),
            )
            found.append(shot)
    return found


def _has_project(event: dict[str, Any]) -> bool:
    return str(event.get("project_id") or "") not in NO_PROJECT


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
