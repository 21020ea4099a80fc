"""The root search on curves whose crossings are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from sky.crossings import (
    TOLERANCE,
    Crossings,
    Floats,
    Ints,
    crossings,
    monotonic_pieces,
    roots,
    turning_points,
)

TURN = 2 * np.pi
T = np.linspace(-0.1, 1.1, 58)  # about half an hour apart


def waves(t: Floats, row: Ints) -> Floats:
    """Row 0: a cosine with a period of a day, lowest at 0.5; row 1: a sine of twice its height."""
    waved: Floats = np.where(row == 0, np.cos(TURN * t), 2 * np.sin(TURN * t))
    return waved


def search(rows: list[int], levels: list[float]) -> Crossings:
    y = waves(T, np.array([[0], [1]]))
    turns = turning_points(waves, T, y)
    return crossings(waves, monotonic_pieces(T, y, turns), np.array(rows), np.array(levels))


def test_it_works() -> None:
    found = search([0], [0.0])
    assert found.time == pytest.approx([0.25, 0.75], abs=TOLERANCE)
    assert found.rising.tolist() == [False, True]


def test_rows_and_levels_are_told_apart_and_sorted() -> None:
    found = search([0, 1, 1], [0.5, 1.0, -5.0])
    assert found.time == pytest.approx([1 / 12, 1 / 6, 5 / 12, 5 / 6, 13 / 12], abs=TOLERANCE)
    assert found.level.tolist() == [1, 0, 1, 0, 1]
    assert found.rising.tolist() == [True, False, False, True, True]


def test_turning_points() -> None:
    turns = turning_points(waves, T, waves(T, np.array([[0], [1]])))
    assert turns.time == pytest.approx([0, 0.5, 1, 0.25, 0.75], abs=1e-7)
    assert turns.value == pytest.approx([1, -1, 1, 2, -2], abs=1e-12)
    assert turns.lowest.tolist() == [False, True, False, False, True]


@pytest.mark.parametrize("depth", [1e-2, 1e-6, 1e-9, 1e-11])
def test_a_dip_between_two_samples(depth: float) -> None:
    found = search([0], [depth - 1])
    half = np.arccos(1 - depth) / TURN
    assert found.time == pytest.approx([0.5 - half, 0.5 + half], abs=1e-7)
    assert found.rising.tolist() == [False, True]
    assert search([0], [-depth - 1]).time.size == 0


def test_a_line_has_no_turning_point() -> None:
    def line(t: Floats, row: Ints) -> Floats:
        return t + row

    y = line(T, np.array([[0]]))
    turns = turning_points(line, T, y)
    assert turns.time.size == 0
    found = crossings(line, monotonic_pieces(T, y, turns), np.array([0]), np.array([0.3]))
    assert found.time == pytest.approx([0.3], abs=TOLERANCE)


@pytest.mark.parametrize("power", [1, 3, 9])
def test_roots_of_flat_and_steep_curves(power: int) -> None:
    at = np.array([0.001, 0.3, 0.5, 0.999])

    def f(t: Floats) -> Floats:
        difference: Floats = (t - at) ** power
        return difference

    zeros, ones = np.zeros(4), np.ones(4)
    assert roots(f, zeros, f(zeros), ones, f(ones)) == pytest.approx(at, abs=2 * TOLERANCE)


def test_a_root_at_the_end_of_its_bracket() -> None:
    ends = np.array([0.0]), np.array([1.0])
    assert roots(lambda t: t, ends[0], ends[0], ends[1], ends[1]) == pytest.approx([0.0], abs=TOLERANCE)


def test_nothing_to_search() -> None:
    empty = np.array([])
    assert roots(lambda t: t, empty, empty, empty, empty).size == 0
    assert search([0], [7.0]).time.size == 0
