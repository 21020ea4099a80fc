"""From pixels to 65,536 greys, strip by strip: where black and white lie, and the curve between them.

The rules are the console viewer's too (console/static/console/js/site/stretch.js): NaN, infinite and BLANK
pixels decide nothing; black and white are values that occur in the picture; any scale will do. Pure numpy.
"""

from collections.abc import Iterable
from math import ceil, gcd
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LEVELS = 65_536
# Black and white are the values below which these parts of the pixels lie, so that neither a dead pixel nor
# one star decides; arcsinh(x / SOFTENING) lifts what is faint (Lupton et al. 2004, PASP 116, 133). With
# 0.02 a frame that is mostly noise became nearly white: 5 % to 99 % of its pixels in a quarter of the greys.
BLACK_PART, WHITE_PART = 0.001, 0.9995
SOFTENING = 0.05
SAMPLES = 1_000_000


class Ends(NamedTuple):
    black: float
    white: float


def step_of(pixels: int, width: int) -> int:
    """Every how many pixels one is looked at, in a picture of that size.

    Never in step with the rows: of a colour camera's mosaic all the same colour would be seen.
    """
    step = max(1, pixels // SAMPLES)
    while gcd(step, width) > 1:
        step += 1
    return step


def sampled(strips: Iterable[NDArray[Any]], pixels: int, width: int) -> NDArray[Any]:
    """Values at equal steps, some million: they tell the ends as well as all, which take seconds to sort."""
    step = step_of(pixels, width)
    taken, at = [], 0
    for strip in strips:
        taken.append(strip.ravel()[-at % step :: step].copy())
        at += strip.size
    return np.concatenate(taken)


def ends(values: NDArray[Any]) -> Ends:
    """Black and white of a sample."""
    ordered = np.sort(values[np.isfinite(values)])
    if not ordered.size:
        return Ends(0.0, 1.0)
    return Ends(*(float(ordered[max(0, ceil(part * ordered.size) - 1)]) for part in (BLACK_PART, WHITE_PART)))


def curve(values: NDArray[Any], between: Ends, stretch: str, exact: Any = np.float64) -> NDArray[np.uint16]:
    """`values` from black (0) to white (65,535); what is no number becomes black.

    `exact`: the kind of number that the curve itself is worked out in. float32 takes a third of the time, and
    is wrong by one grey at most.
    """
    black, white = between
    with np.errstate(all="ignore"):
        if white > black:
            share = (np.clip(np.asarray(values, np.float64), black, white) - black) / (white - black)
        else:  # A picture of almost one value: what is brighter is white.
            share = (np.asarray(values, np.float64) > white).astype(np.float64)
        share = np.nan_to_num(share.astype(exact, copy=False), copy=False, nan=0.0)
        if stretch == "arcsinh":
            share = np.arcsinh(share / SOFTENING) / np.arcsinh(1 / SOFTENING)
    greys: NDArray[np.uint16] = np.rint(share * (LEVELS - 1)).astype(np.uint16)
    return greys


class Table:
    """The curve of 16-bit pixels, worked out once for each value: a third of the time."""

    def __init__(
        self, dtype: np.dtype[Any], between: Ends, stretch: str, blank: float | None, sign: int
    ) -> None:
        info = np.iinfo(dtype)
        greys = curve(sign * np.arange(info.min, info.max + 1, dtype=np.float64), between, stretch)
        if blank is not None and info.min <= blank <= info.max:
            greys[int(blank) - info.min] = 0
        # In the order of the pixels' bits, so that these are the places in the table.
        self.greys = np.roll(greys, info.min)
        self.bits = f"u{dtype.itemsize}"

    def __call__(self, strip: NDArray[Any]) -> NDArray[np.uint16]:
        return self.greys.take(strip.view(self.bits))


def stretched(image: NDArray[Any], stretch: str) -> NDArray[np.uint16]:
    """A whole picture, without BLANK."""
    between = ends(sampled([image], image.size, image.shape[-1]).astype(np.float64))
    return curve(image, between, stretch)
