"""Taking a frame: what the telescope sees at this moment, how long that takes, and where the files go."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from simulator import plots, pointing
from simulator.frames import SKY_TYPES, Frame, files
from simulator.sky.starfield import Camera, View, expose
from simulator.weather import sky_magnitude

if TYPE_CHECKING:
    from simulator.observatory import Observatory

READOUT_S = 4.0
# Of every so many frames people are shown which stars were recognised.
SOLVE_NTH = 4
SOLVED_CHANNEL = 1
PANEL_E_S = 4000.0
# Pixels take a quarter of a second of computing. One frame after another, however many sites there are: the
# rest of the processor is for everything else that goes on meanwhile.
DARKROOM = ThreadPoolExecutor(1, "darkroom")
# While the roof is simulated to be open, so is the night.
SIMULATED_SKY = 21.3
# With these in them, the names that web pages give to kinds of exposures say that no light is to come in.
CLOSED = ("bias", "dark")


@dataclass(frozen=True, slots=True)
class Request:
    """What to take. `kind` names the files: EX is kept, EP expires after 7 days, EF after 1."""

    seconds: float
    image_type: str = "light"
    object_name: str = ""
    user_id: str = ""
    user_name: str = ""
    kind: str = "EX"


async def take(observatory: "Observatory", request: Request) -> Frame:
    """Expose, read out, and hand the files on to be sent; returns the frame when it is read out."""
    telescope, clock = observatory.telescope, observatory.clock
    started = clock.now()
    frame = frame_of(observatory, request, started)
    telescope.camera_state = f"Exposing {request.seconds:g} s"
    observatory.changed.set()
    try:
        await clock.sleep(request.seconds)
        telescope.camera_state = "Reading out"
        observatory.changed.set()
        loop = asyncio.get_running_loop()
        made = loop.run_in_executor(DARKROOM, develop, frame)
        await clock.sleep(READOUT_S)
        sent = await made
        for name, content in sent:
            observatory.send_file(name, content)
        observatory.processing.add(frame)
        solvable = observatory.sees_sky and request.image_type == "light"
        if solvable and observatory.frames_taken % SOLVE_NTH == 0:
            # Named like the frame's own picture, as the real program does: another room of the archive.
            picture = await loop.run_in_executor(DARKROOM, plots.solved, frame, sent[0][1])
            observatory.send_file(f"{frame.base}-EX10.jpg", picture, SOLVED_CHANNEL)
        observatory.frames_taken += 1
    finally:
        telescope.camera_state = "Idle"
        observatory.changed.set()
    return frame


def develop(frame: Frame) -> list[tuple[str, bytes]]:
    """The frame's files; the light that fell is computed here."""
    random = np.random.default_rng([frame.number, frame.camera.seed])
    pixels = expose(frame.camera, frame.view, frame.seconds, random)
    return files(frame, pixels)


def frame_of(observatory: "Observatory", request: Request, started: datetime) -> Frame:
    telescope, site = observatory.telescope, observatory.site
    telescope.mount.look(started)
    seconds = 0.0 if "bias" in request.image_type else request.seconds
    return Frame(
        site=site.code,
        wema=site.wema_code,
        instrument=telescope.camera_name,
        day=observatory.place.night(started).strftime("%Y%m%d"),
        number=observatory.next_number(started),
        started=started,
        seconds=seconds,
        camera=Camera(seed=site.seed),
        view=_view(observatory, request, started),
        altitude=telescope.mount.altitude,
        azimuth=telescope.mount.azimuth,
        kind=request.kind,
        image_type=request.image_type,
        object_name=request.object_name,
        user_id=request.user_id,
        user_name=request.user_name,
        focus=telescope.focus,
        temperature=telescope.setpoint,
        roof=observatory.roof,
    )


def _view(observatory: "Observatory", request: Request, now: datetime) -> View:
    telescope = observatory.telescope
    mount = telescope.mount
    closed = any(word in request.image_type for word in CLOSED)
    panel = PANEL_E_S * telescope.screen.light
    if "screen" in request.image_type or request.image_type == "flat":
        panel = PANEL_E_S
    cloud = observatory.cloud
    night = SIMULATED_SKY if observatory.simulates_roof else None
    return View(
        ra=mount.ra * 15,
        dec=mount.dec,
        angle=telescope.rotation,
        filter_name="dark" if closed else telescope.filter_name,
        sky=sky_magnitude(observatory.place.sun_altitude(now), cloud) if night is None else night,
        fwhm=telescope.seeing(),
        light=float(observatory.sees_sky and telescope.is_uncovered and not closed and not panel),
        extinction=0.15 * pointing.airmass(mount.altitude) + (cloud / 40 if night is None else 0),
        panel=panel,
    )


async def take_many(
    observatory: "Observatory", request: Request, count: int, progress: Callable[[float], None]
) -> list[Frame]:
    """Frame after frame; `progress` hears before each how many simulated seconds are left."""
    if request.image_type in SKY_TYPES and not observatory.sees_sky:
        observatory.say(
            f"The roof is closed ({observatory.roof}): the frame will show the inside of a dark dome.",
            "WARN",
        )
    frames = []
    for number in range(count):
        progress((count - number) * (request.seconds + READOUT_S))
        name = request.object_name or "this direction"
        nth = f" {number + 1} of {count}" if count > 1 else ""
        observatory.say(
            f"Exposing {request.image_type}{nth}: {request.seconds:g} s of {name}, "
            f"filter {observatory.telescope.filter_name}."
        )
        frames.append(await take(observatory, request))
    return frames
