"""POST /quickanalysis/histogram-clipped: every count compared with counting the pixels."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from analysis.tests.fields import ask, counts, field, look, packed, plain, sent
from images.tests.frames import BASE
from testing.cast import Api, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published", "no_child")]

PLAIN = f"{BASE}-EX00.fits"


def histogram(api: Api, name: str = PLAIN, **more: Any) -> tuple[list[int], list[float]]:
    found = look(api, "histogram-clipped", name, **more)["histogram"]
    return found["counts"], found["edges"]


def counted(values: Any, edges: list[float]) -> list[int]:
    """The pixels between each two edges, one bin after the other; the last edge belongs to the last bin."""
    ends = [*edges[:-1], np.nextafter(edges[-1], np.inf)]
    return [int(((values >= low) & (values < high)).sum()) for low, high in pairwise(ends)]


def test_it_works(api: Api) -> None:
    image = counts(field())
    sent(api, plain(image), PLAIN)

    found, edges = histogram(api, clip_percent=0.5)

    assert len(edges) == len(found) + 1 <= 257
    assert found == counted(image, edges)
    low, high = np.percentile(image, [0.5, 99.5])
    widths = {b - a for a, b in pairwise(edges)}
    # The bins of whole numbers are whole: as wide as they must be, and begin between two of them.
    assert widths == {np.ceil((np.ceil(high) - np.floor(low) + 1) / 256)}
    assert edges[0] == np.floor(low) - 0.5
    assert edges[-2] < high <= edges[-1]


def test_as_the_frontend_asks(api: Api) -> None:
    """It leaves out a hundred-thousandth at each end: of this frame not one whole pixel."""
    image = counts(field())
    sent(api, packed(image), f"{PLAIN}.fz")

    found, edges = histogram(api, f"{PLAIN}.fz", clip_percent=0.001)

    assert image.size - 4 <= sum(found) <= image.size
    assert found == counted(image, edges)


def test_a_part_of_it(api: Api) -> None:
    image = counts(field())
    sent(api, plain(image), PLAIN)
    part = {"x0": 0.2, "y0": 0.1, "x1": 0.5, "y1": 0.2}

    found, edges = histogram(api, subregion=part, clip_percent=0)

    assert sum(found) == image[40:80, 100:250].size
    assert found == counted(image[40:80, 100:250], edges)


def test_values_that_are_not_whole(api: Api) -> None:
    image = (field() + 0.25).astype(np.float32)
    image[3] = np.nan
    sent(api, plain(image), PLAIN)

    found, edges = histogram(api, clip_percent=1)

    known = image[np.isfinite(image)]
    low, high = np.percentile(known, [1, 99])
    assert len(found) == 256
    assert [edges[0], edges[-1]] == pytest.approx([low, high])
    assert found == pytest.approx(np.histogram(known, 256, (low, high))[0], abs=2)


@pytest.mark.parametrize("value", [0, 7, 65_535])
@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_a_frame_of_one_value(api: Api, value: int, dtype: Any) -> None:
    """The frontend draws from edge to edge: there is one bin, with a width."""
    sent(api, plain(np.full((20, 30), value, dtype)), PLAIN)

    assert histogram(api) == ([600], [value - 0.5, value + 0.5])


@pytest.mark.parametrize("percent", [-1, 50, "x", [1]])
def test_bad_input_names_the_field(api: Api, percent: Any) -> None:
    answer = ask(api, "histogram-clipped", clip_percent=percent)

    assert answer.status_code == 400
    assert text(answer).startswith("clip_percent: must be a number")
