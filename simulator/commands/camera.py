"""Commands to cameras."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from simulator.exposing import Request
from simulator.job import Job, Refused

if TYPE_CHECKING:
    from simulator.observatory import Observatory

Action = Callable[["Observatory", Job], Awaitable[None]]

MOST_FRAMES = 500


async def expose(observatory: "Observatory", job: Job) -> None:
    telescope = observatory.telescope
    wanted = job.text("filter") or job.text("filter_name")
    if wanted and not telescope.choose_filter(wanted):
        raise Refused(f"There is no filter {wanted!r} here, but {', '.join(telescope.filters)}.")
    count = int(job.number("count", 1))
    if not 1 <= count <= MOST_FRAMES:
        raise Refused(f"count must be from 1 to {MOST_FRAMES}, not {count}.")
    seconds = job.number("time")
    if not 0 <= seconds <= telescope.longest_exposure:
        raise Refused(f"time must be from 0 to {telescope.longest_exposure:g} s, not {seconds:g}.")
    request = Request(
        seconds=seconds,
        image_type=job.text("image_type", "light").lower(),
        object_name=job.object_name,
        user_id=job.user_id,
        user_name=job.user_name,
    )
    frames = await observatory.expose(request, count, job)
    observatory.say(f"{len(frames)} exposed; the last one is {frames[-1].base}.")


async def darkslide_close(observatory: "Observatory", job: Job) -> None:
    observatory.telescope.darkslide = "closed"


async def darkslide_open(observatory: "Observatory", job: Job) -> None:
    observatory.telescope.darkslide = "open"


ACTIONS: dict[str, Action] = {
    "expose": expose,
    "darkslide_close": darkslide_close,
    "darkslide_open": darkslide_open,
}
