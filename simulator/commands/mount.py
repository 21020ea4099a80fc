"""Commands to mounts."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from simulator.job import Job, Refused
from simulator.sky.starfield import Camera, View, wcs_of

if TYPE_CHECKING:
    from simulator.observatory import Observatory

Action = Callable[["Observatory", Job], Awaitable[None]]

PARK_S = 8.0
SKY_FLAT_ALTITUDE = 75.0


def admins_only(action: Action) -> Action:
    async def checked(observatory: "Observatory", job: Job) -> None:
        if not job.by_admin:
            raise Refused(f"{job.action}: only admins may.")
        await action(observatory, job)

    return checked


async def go(observatory: "Observatory", job: Job) -> None:
    """To `ra` (hours) and `dec`, to `az` and `alt`, or to `ha` (hours) and `dec`."""
    now, place = observatory.clock.now(), observatory.place
    given = {**job.optional, **job.required}
    if "alt" in given:
        ra, dec = place.ra_dec(job.number("alt"), job.number("az"), now)
    elif "ha" in given:
        ra, dec = place.sidereal_hours(now) - job.number("ha"), job.number("dec")
    else:
        ra, dec = job.number("ra"), job.number("dec")
    await observatory.slew(ra % 24, dec, job.object_name)
    observatory.say("On target, tracking.")


async def center_on_pixels(observatory: "Observatory", job: Job) -> None:
    """Move to the middle what stands at a place of a picture, in shares of its sides from the top left."""
    ra, dec = job.number("header_rahrs") * 15, job.number("header_decdeg")
    camera = Camera(scale=job.number("header_pixscale", Camera().scale))
    if not (0.01 <= camera.scale <= 100 and -90 <= dec <= 90):
        raise Refused(f"No picture is of {camera.scale:g} arc seconds per pixel at {dec:g}°.")
    x, y = job.number("image_x") * camera.width, (1 - job.number("image_y")) * camera.height
    found = wcs_of(camera, View(ra, dec)).all_pix2world(x - 0.5, y - 0.5, 0)
    await observatory.slew(float(found[0]) / 15 % 24, float(found[1]), "the place in the picture")


async def park(observatory: "Observatory", job: Job) -> None:
    mount = observatory.telescope.mount
    observatory.say("Parking.")
    mount.tracking = False
    await observatory.clock.sleep(PARK_S)
    mount.altitude, mount.azimuth, mount.parked = 20.0, 180.0, True
    observatory.say("Parked.")


async def unpark(observatory: "Observatory", job: Job) -> None:
    mount = observatory.telescope.mount
    mount.look(observatory.clock.now())
    mount.parked, mount.tracking = False, True
    observatory.say("Unparked, tracking.")


async def tracking(observatory: "Observatory", job: Job) -> None:
    mount = observatory.telescope.mount
    mount.look(observatory.clock.now())
    mount.tracking = not mount.tracking
    observatory.say(f"Tracking is {'on' if mount.tracking else 'off'}.")


async def home(observatory: "Observatory", job: Job) -> None:
    settings = next(iter(observatory.site.configuration["mount"].values()))
    where = float(settings.get("home_altitude", 70)), float(settings.get("home_azimuth", 180))
    await observatory.slew(*observatory.place.ra_dec(*where, observatory.clock.now()), "home")


async def pivot(observatory: "Observatory", job: Job) -> None:
    """To the celestial equator in the south."""
    await observatory.slew(observatory.place.sidereal_hours(observatory.clock.now()), 0.0, "pivot")


async def sky_flat_position(observatory: "Observatory", job: Job) -> None:
    """High up, away from the sun."""
    now, place = observatory.clock.now(), observatory.place
    _, azimuth = place.altitude_azimuth(*place.sun_direction(now), now)
    opposite = place.ra_dec(SKY_FLAT_ALTITUDE, (azimuth + 180) % 360, now)
    await observatory.slew(*opposite, "where the twilight is even")


ACTIONS: dict[str, Action] = {
    "go": go,
    "center_on_pixels": center_on_pixels,
    "home": admins_only(home),
    "tracking": admins_only(tracking),
    "pivot": admins_only(pivot),
    "zero": admins_only(pivot),
    "ra=sid, dec=0": admins_only(pivot),
    "park": admins_only(park),
    "unpark": admins_only(unpark),
    "sky_flat_position": admins_only(sky_flat_position),
}
