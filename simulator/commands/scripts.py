"""Commands to the sequencer: scripts that make the whole telescope work."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from simulator import plots
from simulator.commands.instruments import focus, use_screen
from simulator.exposing import Request
from simulator.frames import Frame
from simulator.job import Job, Refused

if TYPE_CHECKING:
    from simulator.observatory import Observatory

Action = Callable[["Observatory", Job], Awaitable[None]]

FOCUS_STEPS = (-120, -60, 0, 60, 120)
FOCUS_EXPOSURE_S = 5.0
FOCUS_CHANNEL = 2
MOST_POINTINGS = 100


async def run(observatory: "Observatory", job: Job) -> None:
    name = job.text("script")
    script = SCRIPTS.get(name)
    if script is None:
        raise Refused(f"There is no script {name!r} here.")
    await _run(observatory, job, name, script)


async def autofocus_command(observatory: "Observatory", job: Job) -> None:
    await _run(observatory, job, "focusAuto", autofocus)


async def _run(observatory: "Observatory", job: Job, name: str, script: Action) -> None:
    observatory.telescope.script = name
    observatory.changed.set()
    observatory.say(f"Script {name} starts.")
    observatory.phases.say(f"Script {name}.")
    try:
        await script(observatory, job)
    finally:
        observatory.telescope.script = None
    observatory.say(f"Script {name} is done.")


async def _frame(observatory: "Observatory", job: Job, seconds: float, image_type: str, kind: str) -> Frame:
    """One frame of a script; it carries the name of the person who started that."""
    request = Request(seconds, image_type, kind=kind, user_id=job.user_id, user_name=job.user_name)
    return (await observatory.expose(request, 1))[0]


async def autofocus(observatory: "Observatory", job: Job) -> None:
    """Frames at several positions; the best is where the stars are smallest."""
    telescope = observatory.telescope
    if not observatory.sees_sky:
        raise Refused("There is nothing to focus on: the roof is closed.")
    middle, measured, last = telescope.focus, [], None
    for step in FOCUS_STEPS:
        await focus(observatory, middle + step)
        last = await _frame(observatory, job, FOCUS_EXPOSURE_S, "focus", "EF")
        measured.append((middle + step, last.view.fwhm))
        observatory.say(f"Focus {middle + step:.0f}: FWHM {last.view.fwhm:.2f} arc seconds.")
    best = plots.best_focus(measured)
    await focus(observatory, best)
    observatory.say(f"Best focus at {best:.0f}.")
    if last is not None:
        observatory.send_file(f"{last.base}-EX10.jpg", plots.focus_curve(measured, best), FOCUS_CHANNEL)


async def biases_and_darks(observatory: "Observatory", job: Job) -> None:
    for image_type, seconds in (("bias", 0.0), ("bias", 0.0), ("bias", 0.0), ("dark", 30.0), ("dark", 30.0)):
        await _frame(observatory, job, seconds, image_type, "EF")


async def screen_flats(observatory: "Observatory", job: Job) -> None:
    await use_screen(observatory, observatory.telescope.screen.brightest, covers=True)
    try:
        for name in observatory.telescope.filters[1:4]:
            observatory.telescope.choose_filter(name)
            await _frame(observatory, job, 3.0, "screen flat", "EF")
    finally:
        observatory.telescope.screen.uncover()


async def sky_flats(observatory: "Observatory", job: Job) -> None:
    if not observatory.sees_sky:
        raise Refused("Sky flats need the sky: the roof is closed.")
    for name in observatory.telescope.filters[1:4]:
        observatory.telescope.choose_filter(name)
        await _frame(observatory, job, 2.0, "sky flat", "EF")
    observatory.settings["morning_flats_done"] = True


async def pointings(observatory: "Observatory", job: Job) -> None:
    """Short frames all over the sky."""
    number = int(job.number("numPointingRuns", job.number("points", 5)))
    lowest = max(job.number("minAltitude", 30), float(observatory.settings["lowest_altitude"]))
    if not 1 <= number <= MOST_POINTINGS or not lowest < 85:
        raise Refused(f"From 1 to {MOST_POINTINGS} pointings, above an altitude below 85°.")
    for _ in range(number):
        altitude, azimuth = observatory.random.uniform(lowest, 85), observatory.random.uniform(0, 360)
        await observatory.slew(*observatory.place.ra_dec(altitude, azimuth, observatory.clock.now()))
        await _frame(observatory, job, 10.0, "pointing", "EP")


async def field_centre(observatory: "Observatory", job: Job) -> None:
    """Where it points already, when nothing else is said."""
    mount = observatory.telescope.mount
    mount.look(observatory.clock.now())
    await observatory.slew(job.number("ra", mount.ra) % 24, job.number("dec", mount.dec))
    await _frame(observatory, job, 10.0, "pointing", "EP")


async def restack(observatory: "Observatory", job: Job) -> None:
    await observatory.clock.sleep(60)


async def stop_script(observatory: "Observatory", job: Job) -> None:
    """There was nothing to stop: whatever ran would have been stopped before this came here."""


SCRIPTS: dict[str, Action] = {
    "focusAuto": autofocus,
    "focusFine": autofocus,
    "focusExtensive": autofocus,
    "estimateFocusOffset": autofocus,
    "collectScreenFlats": screen_flats,
    "collectSkyFlats": sky_flats,
    "collectBiasesAndDarks": biases_and_darks,
    "pointingRun": pointings,
    "equatorialSweep": pointings,
    "findFieldCenter": field_centre,
    "calibrateAtFieldCenter": field_centre,
    "restackLocalCalibrations": restack,
}
ACTIONS: dict[str, Action] = {
    "run": run,
    "autofocus": autofocus_command,
    "fixpointingscript": field_centre,
    "home": stop_script,
}
