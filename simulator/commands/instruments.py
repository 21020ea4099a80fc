"""Commands to rotators, focusers, filter wheels, screens and selectors."""

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


async def turn_on(observatory: "Observatory", job: Job) -> None:
    await use_screen(observatory, _brightness(observatory, job))


def _brightness(observatory: "Observatory", job: Job) -> float:
    """As the command says; full where it says nothing. Raises Refused."""
    screen = observatory.telescope.screen
    wanted = job.number("brightness", screen.brightest)
    if not screen.dimmest <= wanted <= screen.brightest:
        limits = f"{screen.dimmest:g} to {screen.brightest:g}"
        raise Refused(f"The screen's brightness goes from {limits}, not to {wanted:g}.")
    return wanted


async def turn_off(observatory: "Observatory", job: Job) -> None:
    await use_screen(observatory, 0.0)


async def close_and_turn_on(observatory: "Observatory", job: Job) -> None:
    await use_screen(observatory, _brightness(observatory, job), covers=True)


async def turn_off_and_close(observatory: "Observatory", job: Job) -> None:
    await use_screen(observatory, 0.0, covers=True)


async def open_and_turn_off(observatory: "Observatory", job: Job) -> None:
    await use_screen(observatory, 0.0, covers=False)


async def use_screen(observatory: "Observatory", brightness: float, covers: bool | None = None) -> None:
    """`covers`: whether it stands before the telescope from then on; None leaves it where it is."""
    screen = observatory.telescope.screen
    if covers is not None and covers != screen.covers:
        await observatory.clock.sleep(MOVE_S)
        screen.covers = covers
    screen.brightness = brightness
    where = "before the telescope" if screen.covers else "beside the telescope"
    lit = f"on, brightness {brightness:g}" if brightness else "off"
    observatory.say(f"The screen is {lit}, {where}.")


async def new_selection(observatory: "Observatory", job: Job) -> None:
    telescope, port = observatory.telescope, int(job.number("port"))
    if not 0 <= port < len(telescope.ports):
        raise Refused(f"The selector has ports 0 to {len(telescope.ports) - 1}, not {port}.")
    await observatory.clock.sleep(MOVE_S)
    telescope.port = port
    observatory.say(f"The light goes to port {port}, {telescope.ports[port]}.")


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
SCREEN: dict[str, Action] = {
    "turn_on": turn_on,
    "turn_off": turn_off,
    "close_and_turn_on": close_and_turn_on,
    "turn_off_and_close": turn_off_and_close,
    "open_and_turn_off": open_and_turn_off,
}
SELECTOR: dict[str, Action] = {"new_selection": new_selection}
