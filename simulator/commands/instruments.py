"""Commands to rotators, focusers and filter wheels."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from simulator.job import Job, Refused

if TYPE_CHECKING:
    from simulator.observatory import Observatory

Action = Callable[["Observatory", Job], Awaitable[None]]

MOVE_S = 3.0


async def rotate_absolute(observatory: "Observatory", job: Job) -> None:
    await _rotate(observatory, job.number("position"))


async def rotate_relative(observatory: "Observatory", job: Job) -> None:
    await _rotate(observatory, observatory.telescope.rotation + job.number("position"))


async def rotate_home(observatory: "Observatory", job: Job) -> None:
    await _rotate(observatory, 0.0)


async def _rotate(observatory: "Observatory", angle: float) -> None:
    await observatory.clock.sleep(MOVE_S)
    observatory.telescope.rotation = angle % 360
    observatory.say(f"The rotator is at {angle % 360:.2f}°.")


async def focus_absolute(observatory: "Observatory", job: Job) -> None:
    await focus(observatory, job.number("position"))


async def focus_relative(observatory: "Observatory", job: Job) -> None:
    await focus(observatory, observatory.telescope.focus + job.number("position"))


async def go_to_reference(observatory: "Observatory", job: Job) -> None:
    await focus(observatory, observatory.telescope.focus_reference)


async def save_as_reference(observatory: "Observatory", job: Job) -> None:
    observatory.telescope.focus_reference = observatory.telescope.focus


async def focus(observatory: "Observatory", position: float) -> None:
    lowest, highest = observatory.telescope.focus_limits
    if not lowest <= position <= highest:
        raise Refused(f"The focuser goes from {lowest:g} to {highest:g}, not to {position:g}.")
    await observatory.clock.sleep(MOVE_S)
    observatory.telescope.focus = position
    observatory.say(f"The focuser is at {position:.0f}.")


async def set_filter(observatory: "Observatory", job: Job) -> None:
    name = job.text("filter") or job.text("filter_name")
    await observatory.clock.sleep(MOVE_S)
    if not observatory.telescope.choose_filter(name):
        raise Refused(f"There is no filter {name!r} here, but {', '.join(observatory.telescope.filters)}.")
    observatory.say(f"Filter {observatory.telescope.filter_name}.")


async def set_filter_position(observatory: "Observatory", job: Job) -> None:
    number, filters = int(job.number("filter_num", job.number("position", 0))), observatory.telescope.filters
    if not 0 <= number < len(filters):
        raise Refused(f"The filter wheel has places 0 to {len(filters) - 1}, not {number}.")
    await observatory.clock.sleep(MOVE_S)
    observatory.telescope.filter_name = filters[number]


async def home_filter(observatory: "Observatory", job: Job) -> None:
    await observatory.clock.sleep(MOVE_S)
    observatory.telescope.filter_name = observatory.telescope.default_filter


ROTATOR: dict[str, Action] = {
    "move_absolute": rotate_absolute,
    "move_relative": rotate_relative,
    "home": rotate_home,
}
FOCUSER: dict[str, Action] = {
    "move_absolute": focus_absolute,
    "move_relative": focus_relative,
    "go_to_reference": go_to_reference,
    "save_as_reference": save_as_reference,
}
FILTER_WHEEL: dict[str, Action] = {
    "set_name": set_filter,
    "set_position": set_filter_position,
    "home": home_filter,
}
