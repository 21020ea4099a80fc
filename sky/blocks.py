"""The crossings of a night: which of all that sun and moon do belongs to which block, evening and morning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from sky.crossings import Crossings, Flags, Floats, Ints, Turns, crossings, monotonic_pieces, turning_points
from sky.ephemeris import MOON, SUN, Observer, table

BODIES: Final = np.array([[SUN], [MOON]])

_SAMPLES: Final = 48  # per block, half an hour apart; a curve with a day's period turns at most once in that
_STEP: Final = 1 / _SAMPLES


class BlockCrossings(NamedTuple):
    """TT days, NaN where there is none: evening and morning are (angle, block); the rest (block,)."""

    evening: Floats
    morning: Floats
    moon_rise: Floats
    moon_set: Floats


def block_crossings(
    observer: Observer, edges: Floats, sun_angles: Sequence[float], moon_angle: float
) -> BlockCrossings:
    """The crossings of the sun's angles and the moon's one (degrees) in the blocks between the edges.

    Edges are TT days, ascending. Raises OutsideEphemeris.
    """
    t = _sample_times(edges)
    sky = table(t[0], t[-1])

    def altitude(t: Floats, body: Ints) -> Floats:
        return observer.sine_of_altitude(sky, t, body)

    y = altitude(t, BODIES)
    turns = turning_points(altitude, t, y)
    levels = np.sin(np.radians([*sun_angles, moon_angle]))
    rows = np.array([SUN] * len(sun_angles) + [MOON])
    found = crossings(altitude, monotonic_pieces(t, y, turns), rows, levels)
    return _by_block(edges, found, _lowest_moments(edges, t, y[SUN], turns), len(sun_angles))


def _sample_times(edges: Floats) -> Floats:
    """Every block in 48 steps, and a step beyond either end so that turns next to the ends are seen."""
    steps = np.arange(_SAMPLES) / _SAMPLES
    inside = (edges[:-1, None] + np.diff(edges)[:, None] * steps).ravel()
    return np.concatenate(([edges[0] - _STEP], inside, [edges[-1], edges[-1] + _STEP]))


def _lowest_moments(edges: Floats, t: Floats, y: Floats, turns: Turns) -> Floats:
    """When the sun is lowest in each block: where its curve turns upwards, or else at an edge.

    The lowest sample is that edge, or stands next to a turn, which is lower still and replaces it. Where a
    block has two turns, writing them from high to low leaves the lower.
    """
    blocks = np.arange(len(edges) - 1)
    within = 1 + _SAMPLES * blocks[:, None] + np.arange(_SAMPLES + 1)
    moment: Floats = t[within[blocks, np.argmin(y[within], axis=1)]]
    depth = y[within].min(axis=1)
    ups = np.flatnonzero(turns.lowest & (turns.row == SUN))
    ups = ups[np.argsort(-turns.value[ups])]
    block = _block_of(edges, turns.time[ups])
    deeper = (block >= 0) & (turns.value[ups] < depth[block])
    moment[block[deeper]] = turns.time[ups[deeper]]
    return moment


def _block_of(edges: Floats, t: Floats) -> Ints:
    """The number of the block each moment lies in, −1 outside of all. A block ends before its later edge."""
    block: Ints = np.searchsorted(edges, t, side="right") - 1
    block[block == len(edges) - 1] = -1
    return block


def _by_block(edges: Floats, found: Crossings, lowest: Floats, moon: int) -> BlockCrossings:
    """Share the crossings out among the blocks; `moon` is the moon's level, after the sun's."""
    block = _block_of(edges, found.time)
    late = found.time > lowest[block]
    sun = found.level < moon

    def moments(which: Flags, order: int) -> Floats:
        # The crossings come in order of time, and where two want one slot numpy lets the last one written
        # stay: order 1 leaves the last of each block and level, order −1 the first.
        chosen = np.flatnonzero(which & (block >= 0))[::order]
        slots = np.full((moon + 1, len(lowest)), np.nan)
        slots[found.level[chosen], block[chosen]] = found.time[chosen]
        return slots

    return BlockCrossings(
        evening=moments(sun & ~late & ~found.rising, 1)[:moon],
        morning=moments(sun & late & found.rising, -1)[:moon],
        moon_rise=moments(~sun & found.rising, -1)[moon],
        moon_set=moments(~sun & ~found.rising, -1)[moon],
    )
