"""Where smooth curves pass given levels, all of them at once: pure numpy, no astronomy.

A curve is first sampled. Between two samples it may still touch a level and turn back, so the turning points
are found and cut the pieces they lie in; then every piece is monotonic, a level is crossed exactly where its
ends lie on different sides, and a root search inside the piece cannot go astray.

Several curves (sun and moon) go through together, told apart by `row`, because numpy's price is per call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# curve(t, row): values at t of the curves named by row, broadcast together.
Curve = Callable[[Floats, Ints], Floats]

MINUTE: Final = 1 / 1440
TOLERANCE: Final = 1e-9  # days, 0.1 ms
_MOST_ROUNDS: Final = 60  # halving alone goes from half an hour to the tolerance in 25


class Turns(NamedTuple):
    """Turning points: the row they belong to, the sample they were seen at, when, how high, and which way."""

    row: Ints
    sample: Ints
    time: Floats
    value: Floats
    lowest: Flags


class Pieces(NamedTuple):
    """Monotonic pieces of curves, from (t0, y0) to (t1, y1)."""

    row: Ints
    t0: Floats
    y0: Floats
    t1: Floats
    y1: Floats


class Crossings(NamedTuple):
    """Passages in order of time; `level` counts through the levels searched."""

    time: Floats
    level: Ints
    rising: Flags


def turning_points(curve: Curve, t: Floats, y: Floats) -> Turns:
    """Highest and lowest points of the rows of y, sampled at the ascending times t.

    A parabola through three samples comes within seconds of the turn, and one through two minutes on either
    side of that within milliseconds, which moves the value there by less than 1e-12.
    """
    growing = np.diff(y, axis=1) > 0
    row, sample = np.nonzero(growing[:, :-1] != growing[:, 1:])
    sample = sample + 1
    around = [(t[sample + k], y[row, sample + k]) for k in (-1, 0, 1)]
    near = np.clip(_vertex(*around), around[0][0], around[2][0])
    nodes = near + 2 * MINUTE * _THREE
    values = curve(nodes, row)
    time = np.clip(_vertex(*zip(nodes, values, strict=True)), around[0][0], around[2][0])
    return Turns(row, sample, time, curve(time, row), growing[row, sample])


_THREE: Final = np.array([[-1.0], [0.0], [1.0]])


def _vertex(a: tuple[Floats, Floats], b: tuple[Floats, Floats], c: tuple[Floats, Floats]) -> Floats:
    """Where the parabola through three points (time, value) turns; the middle one's time if it is a line."""
    left, right = b[0] - a[0], c[0] - b[0]
    fall, rise = (b[1] - a[1]) * right, (c[1] - b[1]) * left
    bend = rise - fall
    flat = bend == 0
    shift = 0.5 * (rise * left + fall * right) / np.where(flat, 1.0, bend)
    return b[0] - np.where(flat, 0.0, shift)


def monotonic_pieces(t: Floats, y: Floats, turns: Turns) -> Pieces:
    """The stretches between samples, those with a turning point cut in two there."""
    rows, samples = y.shape
    row = np.repeat(np.arange(rows), samples - 1)
    t0, t1 = np.tile(t[:-1], rows), np.tile(t[1:], rows)
    y0, y1 = y[:, :-1].ravel(), y[:, 1:].ravel()
    cut = turns.row * (samples - 1) + turns.sample - (turns.time < t[turns.sample])
    after = Pieces(turns.row, turns.time, turns.value, t1[cut], y1[cut])
    t1[cut], y1[cut] = turns.time, turns.value
    return Pieces(*(np.concatenate(pair) for pair in zip((row, t0, y0, t1, y1), after, strict=True)))


def crossings(curve: Curve, pieces: Pieces, level_rows: Ints, levels: Floats) -> Crossings:
    """Every passage of levels[i] by the curve of row level_rows[i]."""
    below0, below1 = pieces.y0 < levels[:, None], pieces.y1 < levels[:, None]
    level, piece = np.nonzero((below0 != below1) & (pieces.row == level_rows[:, None]))
    height, row = levels[level], level_rows[level]

    def above_level(t: Floats) -> Floats:
        return curve(t, row) - height

    ends = (part[piece] for part in pieces[1:])
    t0, y0, t1, y1 = ends
    time = roots(above_level, t0, y0 - height, t1, y1 - height)
    order = np.argsort(time, kind="stable")
    return Crossings(time[order], level[order], below0[level, piece][order])


def roots(f: Callable[[Floats], Floats], t0: Floats, f0: Floats, t1: Floats, f1: Floats) -> Floats:
    """The zero of f in each bracket (t0, t1), to TOLERANCE; f0 and f1 lie on different sides.

    Chandrupatla's method (Advances in Engineering Software 28, 1997, 145), all brackets in step: inverse
    quadratic interpolation where it is safe, halving where it is not. Starting from the chord, the crossings
    of a night take five rounds, with a grazing one among them a few more.
    """
    if not t0.size:
        return t0
    a, fa, b, fb = t1, f1, t0, f0  # the newest point, and the one on the other side
    part = np.divide(f1, f1 - f0, out=np.full_like(f1, 0.5), where=f1 != f0)
    for _ in range(_MOST_ROUNDS):
        t = a + part * (b - a)
        ft = f(t)
        same = (ft < 0) == (fa < 0)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)  # the point given up
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = t, ft
        least = TOLERANCE / np.maximum(np.abs(b - a), TOLERANCE)
        if ((least > 0.5) | (fa == 0)).all():
            break
        # Overshooting a nearly found zero by the tolerance makes the bracket collapse around it.
        part = np.clip(_next_part(a, fa, b, fb, c, fc), least, 1 - least)
    return np.where(np.abs(fa) < np.abs(fb), a, b)


def _next_part(a: Floats, fa: Floats, b: Floats, fb: Floats, c: Floats, fc: Floats) -> Floats:
    """How far to go from a to b: by inverse quadratic interpolation where Chandrupatla allows it, or half."""
    with np.errstate(divide="ignore", invalid="ignore"):
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        safe = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
        part = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    return np.where(safe, part, 0.5)
