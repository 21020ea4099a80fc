"""What pixels say: statistics, a histogram, values along a line. Pure functions over arrays.

Places are fractions of the frame, from its left and from its top; the first row of a frame is its top, as in
the pictures that telescopes make of it. Pixels that have no value (NaN, infinite) count nowhere.
"""

from collections.abc import Iterator, Mapping
from math import ceil, floor, hypot
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import Refused

Values = NDArray[Any]
Place = Mapping[str, float]

# A chart of a histogram is some 600 points wide.
BINS = 256
# Sums are made of so many values at a time: in double precision, without a copy of the frame.
PIECE = 1_000_000
# Whole numbers that lie further apart are counted by sorting them.
COUNTABLE = 1 << 22
# For values that are no whole numbers: the mode is the middle of the fullest of so many equal bins between
# these parts of the values.
MODE_BINS, MODE_ENDS = 1000, (0.001, 0.999)


def bounds_of(shape: tuple[int, ...], region: Place | None) -> tuple[slice, slice]:
    """Rows and columns that the rectangle between two opposite corners touches; without one, all of them."""
    if region is None:
        return slice(0, shape[0]), slice(0, shape[1])
    rows, columns = _span(region["y0"], region["y1"], shape[0]), _span(region["x0"], region["x1"], shape[1])
    return slice(*rows), slice(*columns)


def _span(one: float, other: float, size: int) -> tuple[int, int]:
    """First pixel and the one after the last: at least one, and none beyond the edge."""
    start = min(floor(min(one, other) * size), size - 1)
    return start, max(start + 1, min(ceil(max(one, other) * size), size))


def statistics(image: Values, region: Place | None) -> dict[str, float]:
    values = _valued(image[bounds_of(image.shape, region)])
    mean = _mean(values)
    median = float(np.median(values, overwrite_input=True))
    found = {
        "min": float(values.min()),
        "max": float(values.max()),
        "median": median,
        "mean": mean,
        "std": _deviation(values, mean),
        "mode": _mode(values),
    }
    return {**found, "median_abs_deviation": _median_distance(values, median)}


def histogram(image: Values, region: Place | None, clip_percent: float) -> dict[str, list[float]]:
    """Counts and edges, without the lowest and the highest `clip_percent` percent of the pixels. The bins of
    whole numbers are whole numbers wide: others would hold now one value more, now one less."""
    values = _valued(image[bounds_of(image.shape, region)])
    ends = np.percentile(values, [clip_percent, 100 - clip_percent], overwrite_input=True)
    low, high = float(ends[0]), float(ends[1])
    if _are_whole(values):
        low, high = floor(low), ceil(high)
        width = ceil((high - low + 1) / BINS)
        bins = ceil((high - low + 1) / width)
        low, high = low - 0.5, low - 0.5 + bins * width
    else:
        bins = BINS if high > low else 1
        low, high = (low, high) if high > low else (low - 0.5, high + 0.5)
    counts, edges = np.histogram(values, bins, (low, high))
    return {"counts": counts.tolist(), "edges": edges.tolist()}


def profile(image: Values, start: Place, end: Place) -> list[float]:
    """Values about one pixel apart from `start` to `end`, between pixels in proportion to their distance.

    Where a pixel has no value the line goes straight from the one before to the one after it: a chart of it
    has no gaps.
    """
    from scipy.ndimage import map_coordinates

    height, width = image.shape
    across, down = (end["x"] - start["x"]) * width, (end["y"] - start["y"]) * height
    at = np.linspace(0, 1, max(2, round(hypot(across, down)) + 1))
    # The middle of a frame's first pixel lies half a pixel from its edge.
    columns = np.clip(start["x"] * width - 0.5 + at * across, 0, width - 1)
    rows = np.clip(start["y"] * height - 0.5 + at * down, 0, height - 1)
    values = map_coordinates(image, [rows, columns], output=np.float64, order=1, mode="nearest")
    known = np.isfinite(values)
    if not known.any():
        raise Refused("no pixel along this line has a value")
    found: list[float] = np.interp(at, at[known], values[known]).tolist()
    return found


# --- Of values without an order ----------------------------------------------------------------------------


def _valued(region: Values) -> Values:
    """The values of a region in a row of their own, which may be reordered."""
    values: Values = region[np.isfinite(region)] if region.dtype.kind == "f" else region.flatten()
    if not values.size:
        raise Refused("no pixel there has a value")
    return values


def _pieces(values: Values) -> Iterator[Values]:
    for at in range(0, values.size, PIECE):
        yield values[at : at + PIECE]


def _mean(values: Values) -> float:
    return sum(float(piece.sum(dtype=np.float64)) for piece in _pieces(values)) / values.size


def _deviation(values: Values, mean: float) -> float:
    squares = (float(np.square(piece - mean, dtype=np.float64).sum()) for piece in _pieces(values))
    return float(np.sqrt(sum(squares) / values.size))


def _median_distance(values: Values, middle: float) -> float:
    """The median of the distances from `middle`. They take the place of the values, where these are no whole
    numbers; of short ones, single precision holds them exactly."""
    distances = values
    if values.dtype.kind != "f":
        distances = values.astype(np.float32 if values.dtype.itemsize <= 2 else np.float64)
    np.subtract(distances, middle, out=distances)
    np.abs(distances, out=distances)
    return float(np.median(distances, overwrite_input=True))


def _are_whole(values: Values) -> bool:
    return values.dtype.kind in "iu" or all(
        bool((piece == np.rint(piece)).all()) for piece in _pieces(values)
    )


def _mode(values: Values) -> float:
    """The value that occurs most, of several the lowest. (Of values that are no whole numbers each occurs
    about once: there, the middle of the fullest bin.)"""
    low, high = float(values.min()), float(values.max())
    if not _are_whole(values):
        return _fullest(values)
    if high - low > COUNTABLE:
        found, counts = np.unique(values, return_counts=True)
        return float(found[counts.argmax()])
    counts = np.zeros(int(high - low) + 1, dtype=np.int64)
    for piece in _pieces(values):
        counts += np.bincount((piece - low).astype(np.intp), minlength=counts.size)
    return low + int(counts.argmax())


def _fullest(values: Values) -> float:
    low, high = (float(end) for end in np.quantile(values, MODE_ENDS))
    if not high > low:
        return low
    counts, edges = np.histogram(values, MODE_BINS, (low, high))
    at = int(counts.argmax())
    return float(edges[at] + edges[at + 1]) / 2
