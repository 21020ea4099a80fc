"""Intervals of time, in order and apart from each other: where curves are above a level, and what they
share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sky.crossings import Floats, Ints, crossings, monotonic_pieces, turning_points

Interval = tuple[float, float]
Intervals = list[Interval]


def where_above(curve: Callable[[Floats, Ints], Floats], t: Floats, y: Floats, level: float) -> Intervals:
    """Where a smooth curve, y at the samples t, is above a level, within the samples."""
    turns = turning_points(curve, t, y[None])
    found = crossings(curve, monotonic_pieces(t, y[None], turns), np.array([0]), np.array([level]))
    edges = found.time.tolist()
    above = bool(found.rising[0]) is False if edges else bool(y[len(y) // 2] > level)
    ends = [float(t[0])] * above + edges
    if len(ends) % 2:
        ends.append(float(t[-1]))
    return list(zip(ends[::2], ends[1::2], strict=True))


def intersection(first: Intervals, second: Intervals) -> Intervals:
    """What lies in both; each is in order and does not overlap itself."""
    both = [(max(a, c), min(b, d)) for a, b in first for c, d in second]
    return sorted((a, b) for a, b in both if b > a)


def complement(intervals: Intervals, start: float, end: float) -> Intervals:
    """What of start to end lies in none of them."""
    edges = [start, *(edge for interval in intervals for edge in interval), end]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]
