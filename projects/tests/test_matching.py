"""Which exposure of a project a frame counts for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from images.taken import Taken
from projects.matching import NoMatch, exposure_for, fits
from testing.cast import an_exposure

FRAME = "saf-sq003ms-20261120-00000001"


def frame(filter_name: str = "w", seconds: float | None = 60.0, **changes: Any) -> Taken:
    values: dict[str, Any] = {
        "base_filename": FRAME,
        "site": "saf",
        "kind": "light",
        "filter": filter_name,
        "seconds": seconds,
        "middle": datetime(2026, 11, 20, 23, tzinfo=UTC),
        **changes,
    }
    return Taken(**values)


def project(*exposures: Any, **changes: Any) -> dict[str, Any]:
    return {"exposures": list(exposures), **changes}


TWO = project(an_exposure("w", "3"), an_exposure("HA", "30"))


def test_it_works() -> None:
    assert exposure_for(TWO, frame("w")) == 0
    assert exposure_for(TWO, frame("HA")) == 1


def test_the_first_that_lacks_frames() -> None:
    same = project(an_exposure("w", "1"), an_exposure("w", "2"), an_exposure("w", "1"))

    assert exposure_for({**same, "remaining": ["0", "2", "1"]}, frame()) == 1
    assert exposure_for({**same, "remaining": [0, 0, 1]}, frame()) == 2
    with pytest.raises(NoMatch, match="has all the frames"):
        exposure_for({**same, "remaining": [0, "0", 0]}, frame())


@pytest.mark.parametrize(
    ("wanted", "seconds", "counts"),
    [
        (60, 60.0, True),
        ("60", 60.0, True),
        ("60.0", 59.4, True),
        (60, 60.6, True),
        (60, 60.61, False),
        (60, 59.39, False),
        ("0.1", 0.1005, True),
        ("soon", 60.0, False),
        (None, 60.0, False),
        ("nan", 60.0, False),
        ([60], 60.0, False),
    ],
)
def test_times_are_alike_within_one_percent(wanted: Any, seconds: float, counts: bool) -> None:
    assert fits(an_exposure("w", "1", exposure=wanted), frame(seconds=seconds)) is counts


@pytest.mark.parametrize(
    ("wanted", "taken_through", "counts"),
    [
        ("w", "w", True),
        ("W", "w", True),
        (" HA", "ha", True),
        # What is not in the wheel is taken through what is like it.
        ("w", "PL", True),
        ("Lum", "air", True),
        ("r", "rp", True),
        ("Blue", "PB", True),
        ("rp", "gp", False),
        ("HA", "w", False),
        ("own make", "Own Make", True),
        # A project that names none, as the form of a telescope without a wheel.
        ("", "rp", True),
        (None, "", True),
        ("none", "w", True),
        ("w", "", False),
    ],
)
def test_filters_have_more_names_than_one(wanted: Any, taken_through: str, counts: bool) -> None:
    assert fits(an_exposure(wanted, "1"), frame(taken_through)) is counts


def test_a_project_that_names_both_means_them_apart() -> None:
    both = project(an_exposure("w", "1"), an_exposure("PL", "1"))

    assert exposure_for(both, frame("PL")) == 1
    assert exposure_for(both, frame("Lum")) == 0
    with pytest.raises(NoMatch, match="has all the frames"):
        exposure_for({**both, "remaining": [1, 0]}, frame("PL"))


def test_an_exposure_without_a_filter_key_takes_any() -> None:
    without = {key: value for key, value in an_exposure("w", "1").items() if key != "filter"}

    assert exposure_for(project(an_exposure("HA", "1"), without), frame("rp")) == 1


@pytest.mark.parametrize(
    ("imtype", "kind", "counts"),
    [
        ("light", "light", True),
        ("Light", "light", True),
        ("expose", "light", True),
        (None, "light", True),
        ("dark", "dark", True),
        ("light", "dark", False),
        ("dark", "light", False),
        ("autofocus", "focus", True),
        ("light", "pointing", False),
    ],
)
def test_the_kind_has_to_be_the_same(imtype: Any, kind: str, counts: bool) -> None:
    assert fits(an_exposure("w", "1", imtype=imtype), frame(kind=kind)) is counts


def test_darks_have_no_filter_and_a_bias_has_no_time() -> None:
    calibration = project(an_exposure("w", "1", imtype="dark"), an_exposure("HA", "5", imtype="bias"))

    assert exposure_for(calibration, frame("rp", kind="dark")) == 0
    assert exposure_for(calibration, frame("", 0.0, kind="bias")) == 1
    with pytest.raises(NoMatch, match="no such frames of 10 s"):
        exposure_for(calibration, frame("rp", 10.0, kind="dark"))


@pytest.mark.parametrize(
    ("document", "taken", "reason"),
    [
        (project(), frame(), "The project asks for no light frames."),
        (TWO, frame(kind="dark"), "The project asks for no dark frames."),
        (TWO, frame("gp"), "The project asks for no light frames through gp."),
        (TWO, frame(""), "The project asks for no light frames through no filter."),
        (TWO, frame("w", 30.5), "The project asks for no such frames of 30.5 s."),
        (TWO, frame("w", None), "Its header does not say how long it was exposed."),
        (project("light", None, 5), frame(), "The project asks for no such frames of 60 s."),
    ],
)
def test_the_reason_is_said(document: Any, taken: Taken, reason: str) -> None:
    with pytest.raises(NoMatch) as refused:
        exposure_for(document, taken)
    assert str(refused.value) == reason


# --- Smart stacks: a telescope divides a long exposure and uploads each part -------------------------------


def part(here: int, length: int = 4, seconds: float = 30.0) -> Taken:
    return frame(seconds=seconds, stack_length=length, stack=tuple(f"part {n}" for n in range(here)))


def test_a_stack_counts_as_the_one_exposure_it_adds_up_to() -> None:
    long = project(an_exposure("w", "2", exposure="120"))

    assert exposure_for(long, part(4)) == 0
    with pytest.raises(NoMatch, match="Of its smart stack of 4 frames 3 are here"):
        exposure_for(long, part(3))


@pytest.mark.parametrize(
    ("wanted", "counts"), [(120, True), (91, True), (100, True), (90, False), (122, False)]
)
def test_its_parts_are_whole(wanted: float, counts: bool) -> None:
    """100 s are taken as four of 30 s."""
    assert fits(an_exposure("w", "1", exposure=wanted), part(4)) is counts


def test_frames_of_a_stack_that_adds_up_to_nothing_asked_for_count_each() -> None:
    assert exposure_for(project(an_exposure("w", "9", exposure=30)), part(1)) == 0
