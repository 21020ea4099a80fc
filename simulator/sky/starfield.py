"""What a camera records: stars, galaxies and nebulae behind an atmosphere, sky, dark current, noise.

Everything is computed in electrons and becomes counts at the end. Arrays are rows by columns, the first row
at the bottom, as FITS counts; pixel coordinates are those of arrays, from 0.
"""

from dataclasses import dataclass
from math import cos, hypot, radians, sin

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from simulator.sky import stars
from simulator.sky.targets import Target

Floats = NDArray[np.float64]

# Electrons a second from a star of magnitude 0 without filter: 30 cm of aperture, half of the light arrives.
ZERO_POINT = 2.7e8
THROUGHPUT = {"w": 1.0, "air": 1.0, "PL": 0.9, "PR": 0.3, "PG": 0.33, "PB": 0.28, "ip": 0.25}
NARROW_BAND = 0.02
EMISSION = ("HA", "O3", "S2")
# Moffat's profile, as the atmosphere makes it: wings fall as r^(-2 BETA).
BETA = 3.0
STAMP = 6  # pixels from a faint star's centre to the edge of its picture
BRIGHT_STAMP = 32
BRIGHT_E_S = 4000.0


@dataclass(frozen=True, slots=True)
class Camera:
    """A window of a binned chip. `scale`: arc seconds per pixel."""

    width: int = 960
    height: int = 640
    scale: float = 1.557
    gain: float = 1.0  # electrons per count
    read_noise: float = 3.5  # electrons
    bias: float = 300.0  # counts
    dark_e_s: float = 0.05
    saturate: int = 60_000
    seed: int = 1  # of its hot pixels and its flat field

    @property
    def diagonal(self) -> float:
        """Half of it, in degrees."""
        return hypot(self.width, self.height) * self.scale / 7200


@dataclass(frozen=True, slots=True)
class View:
    """What the telescope looks at, and through what. Angles in degrees.

    `sky`: magnitudes per square arc second; `fwhm`: arc seconds; `light`: how much gets in: 1 under the open
    sky, 0 behind a closed roof or with the shutter closed; `panel`: electrons a second and pixel
    that a screen in front of the telescope gives.
    """

    ra: float
    dec: float
    angle: float = 0.0
    filter_name: str = "w"
    sky: float = 21.0
    fwhm: float = 2.4
    light: float = 1.0
    extinction: float = 0.15  # magnitudes
    panel: float = 0.0


def wcs_of(camera: Camera, view: View) -> WCS:
    """A gnomonic projection about the frame's middle, east to the left at an angle of 0."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.cunit = ["deg", "deg"]
    wcs.wcs.crval = [view.ra, view.dec]
    wcs.wcs.crpix = [(camera.width + 1) / 2, (camera.height + 1) / 2]
    step, angle = camera.scale / 3600, radians(view.angle)
    wcs.wcs.cd = step * np.array([[-cos(angle), sin(angle)], [sin(angle), cos(angle)]])
    wcs.array_shape = (camera.height, camera.width)
    return wcs


def expose(camera: Camera, view: View, seconds: float, random: np.random.Generator) -> NDArray[np.uint16]:
    """One frame in counts."""
    shape = (camera.height, camera.width)
    rate = np.full(shape, camera.dark_e_s) + hot_pixels(camera)
    if view.light or view.panel:
        seen = view.light * light(camera, view) if view.light else 0.0
        rate += (seen + view.panel) * flat_field(camera)
    electrons = random.poisson(np.minimum(rate * seconds, 1e8)) + random.normal(0, camera.read_noise, shape)
    # A full pixel is full; a little noise stays, as the amplifier's.
    counts = np.minimum(electrons / camera.gain + camera.bias, camera.saturate + random.normal(0, 2, shape))
    return np.clip(np.rint(counts), 0, 65_535).astype(np.uint16)


def light(camera: Camera, view: View) -> Floats:
    """Electrons a second and pixel from the sky and all that stands in it."""
    passed = THROUGHPUT.get(view.filter_name, NARROW_BAND if view.filter_name in EMISSION else 0.25)
    per_mag0 = ZERO_POINT * passed * 10 ** (-0.4 * view.extinction)
    background = ZERO_POINT * passed * 10 ** (-0.4 * view.sky) * camera.scale**2
    rate = np.full((camera.height, camera.width), background)
    wcs = wcs_of(camera, view)
    found = stars.around(view.ra, view.dec, camera.diagonal)
    x, y = wcs.all_world2pix(found.ra, found.dec, 0)
    add_stars(rate, x, y, per_mag0 * 10 ** (-0.4 * found.magnitude), view.fwhm / camera.scale)
    for target in stars.near(view.ra, view.dec, camera.diagonal):
        if target.kind in ("galaxy", "nebula"):
            # An emission nebula's light is in the lines that narrow filters let through.
            boost = 0.3 / NARROW_BAND if target.kind == "nebula" and view.filter_name in EMISSION else 1.0
            rate += boost * per_mag0 * 10 ** (-0.4 * target.magnitude) * _shape(camera, wcs, view, target)
    return rate


# --- Stars -------------------------------------------------------------------------------------------------


def add_stars(image: Floats, x: Floats, y: Floats, flux: Floats, fwhm: float) -> None:
    """Add stars at pixels x, y, in place; `fwhm` in pixels. Each star's picture sums up to its flux."""
    bright = flux > BRIGHT_E_S
    for which, size in ((~bright, STAMP), (bright, BRIGHT_STAMP)):
        reach = max(size, round(2 * fwhm))
        inside = which & (x > -reach) & (x < image.shape[1] + reach)
        inside &= (y > -reach) & (y < image.shape[0] + reach)
        # In pieces, so that many bright stars do not take much memory.
        for part in np.array_split(np.flatnonzero(inside), max(1, inside.sum() * reach * reach // 200_000)):
            _add_stamps(image, x[part], y[part], flux[part], fwhm, reach)


def _add_stamps(image: Floats, x: Floats, y: Floats, flux: Floats, fwhm: float, reach: int) -> None:
    offsets = np.arange(-reach, reach + 1)
    columns = np.rint(x).astype(int)[:, None] + offsets
    rows = np.rint(y).astype(int)[:, None] + offsets
    width = fwhm / (2 * np.sqrt(2 ** (1 / BETA) - 1))
    distance2 = (rows - y[:, None])[:, :, None] ** 2 + (columns - x[:, None])[:, None, :] ** 2
    stamps = (1 + distance2 / width**2) ** -BETA
    stamps *= (flux / stamps.sum(axis=(1, 2)))[:, None, None]
    inside = (rows >= 0) & (rows < image.shape[0])
    within = inside[:, :, None] & ((columns >= 0) & (columns < image.shape[1]))[:, None, :]
    where = (rows[:, :, None] * image.shape[1] + columns[:, None, :])[within]
    image += np.bincount(where, weights=stamps[within], minlength=image.size).reshape(image.shape)


# --- Galaxies and nebulae ----------------------------------------------------------------------------------


def _shape(camera: Camera, wcs: WCS, view: View, target: Target) -> Floats:
    """The share of an object's light in each pixel; it sums up to 1 over the whole object."""
    x0, y0 = wcs.all_world2pix(target.ra * 15, target.dec, 0)
    y, x = np.mgrid[: camera.height, : camera.width]
    # Along the object's axes, in units of the radius that holds half of its light.
    turn = radians(view.angle - target.angle)
    east, north = -(x - x0) * camera.scale / 60, (y - y0) * camera.scale / 60
    along = (north * cos(turn) - east * sin(turn)) / target.radius
    across = (north * sin(turn) + east * cos(turn)) / target.radius / target.axes
    pixels = target.axes * (target.radius * 60 / camera.scale) ** 2
    distance = np.hypot(along, across)
    if target.kind == "galaxy":
        # A disc and a bulge: exponentials whose halves lie within 1 and 0.15.
        disc, bulge = (
            np.exp(-1.68 * distance / r) * 1.68**2 / (2 * np.pi * r * r * pixels) for r in (1.0, 0.15)
        )
        spiral = 1 + 0.35 * np.cos(2 * np.arctan2(across, along) + 7 * np.log(distance + 0.1))
        share: Floats = 0.8 * disc * np.where(distance > 0.2, spiral, 1) + 0.2 * bulge
    else:
        share = _wisps(target, along, across) * np.exp(-0.69 * distance**2) * 0.69 / (np.pi * pixels)
    return share


def _wisps(target: Target, along: Floats, across: Floats) -> Floats:
    """Filaments with a mean of 1, the same ones every time."""
    grid = np.random.default_rng(list(target.name.encode())).normal(size=(256, 256))
    clouds = sum(gaussian_filter(grid, sigma) * sigma**1.5 for sigma in (2, 5, 12))
    clouds = np.exp(0.9 * clouds / np.std(clouds))
    clouds /= clouds.mean()
    places = [np.clip((axis / 3 + 1) * 127.5, 0, 255) for axis in (across, along)]
    result: Floats = map_coordinates(clouds, places, order=1)
    return result


# --- The camera itself -------------------------------------------------------------------------------------


def hot_pixels(camera: Camera) -> Floats:
    """Electrons a second of the pixels that glow by themselves, always the same ones."""
    random = np.random.default_rng(camera.seed)
    found = np.zeros((camera.height, camera.width))
    number = camera.width * camera.height // 2000
    where = random.integers(0, found.size, number)
    found.flat[where] = random.exponential(20, number)
    return found


def flat_field(camera: Camera) -> Floats:
    """How sensitive each pixel is: darker corners, and pixels that differ by half a percent."""
    y, x = np.mgrid[-1 : 1 : camera.height * 1j, -1 : 1 : camera.width * 1j]
    random = np.random.default_rng(camera.seed + 1)
    result: Floats = (1 - 0.12 * (x * x + y * y) / 2) * random.normal(1, 0.005, x.shape)
    return result
