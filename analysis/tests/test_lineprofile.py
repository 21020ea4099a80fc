"""POST /quickanalysis/lineprofile: compared with pixels read one by one, and with another interpolation."""

from typing import Any

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from analysis.tests.fields import ask, counts, field, look, packed, plain, sent
from images.tests.frames import BASE
from testing.cast import Api, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published", "no_child")]

PLAIN = f"{BASE}-EX00.fits"
HEIGHT, WIDTH = 400, 500


def line(api: Api, start: tuple[float, float], end: tuple[float, float], name: str = PLAIN) -> list[float]:
    places = {key: {"x": x, "y": y} for key, (x, y) in (("start", start), ("end", end))}
    found: list[float] = look(api, "lineprofile", name, **places)["data"]
    return found


def test_it_works(api: Api) -> None:
    """Along the middle of a row, from the middle of its first pixel to that of its last: the row itself."""
    image = counts(field())
    sent(api, packed(image), f"{PLAIN}.fz")
    y = (40 + 0.5) / HEIGHT

    found = line(api, (0.5 / WIDTH, y), (1 - 0.5 / WIDTH, y), f"{PLAIN}.fz")

    assert found == pytest.approx(image[40].tolist(), abs=1e-6)


def test_down_a_column_from_the_top(api: Api) -> None:
    image = counts(field())
    sent(api, plain(image), PLAIN)
    x = (77 + 0.5) / WIDTH

    found = line(api, (x, 0.5 / HEIGHT), (x, 1 - 0.5 / HEIGHT))

    assert found == pytest.approx(image[:, 77].tolist(), abs=1e-6)
    assert line(api, (x, 1 - 0.5 / HEIGHT), (x, 0.5 / HEIGHT)) == pytest.approx(found[::-1], abs=1e-6)


@pytest.mark.parametrize(
    ("start", "end"),
    [((0.1, 0.2), (0.9, 0.7)), ((0.9, 0.1), (0.2, 0.95)), ((0.3, 0.3), (0.31, 0.3))],
)
def test_across_it(api: Api, start: tuple[float, float], end: tuple[float, float]) -> None:
    image = field()
    sent(api, plain(image), PLAIN)

    found = line(api, start, end)

    between = RegularGridInterpolator((np.arange(HEIGHT) + 0.5, np.arange(WIDTH) + 0.5), image)
    length = np.hypot((end[0] - start[0]) * WIDTH, (end[1] - start[1]) * HEIGHT)
    assert abs(len(found) - 1 - length) <= 0.5
    at = np.linspace(0, 1, len(found))[:, np.newaxis]
    corners = np.array([start, end]) * (WIDTH, HEIGHT)
    places = corners[0] + at * (corners[1] - corners[0])
    assert found == pytest.approx(between(places[:, ::-1]), rel=1e-9)


def test_from_edge_to_edge_and_along_it(api: Api) -> None:
    """Beyond the middles of the first and the last pixel their values go on to the edge."""
    image = counts(field())
    sent(api, plain(image), PLAIN)

    found = line(api, (0, 0), (1, 0))

    assert (len(found), found[0], found[-1]) == (WIDTH + 1, image[0, 0], image[0, -1])


def test_a_line_without_length(api: Api) -> None:
    image = counts(field())
    sent(api, plain(image), PLAIN)
    middle = ((77 + 0.5) / WIDTH, (40 + 0.5) / HEIGHT)

    assert line(api, middle, middle) == pytest.approx([image[40, 77]] * 2)


def test_pixels_without_a_value_leave_no_gap(api: Api) -> None:
    image = np.tile(np.arange(WIDTH, dtype=np.float32), (HEIGHT, 1))
    image[:, 100:110] = np.nan
    sent(api, plain(image), PLAIN)
    y = 0.5 + 0.5 / HEIGHT

    assert line(api, (0.5 / WIDTH, y), (1 - 0.5 / WIDTH, y)) == pytest.approx(list(range(WIDTH)))


def test_nothing_but_pixels_without_a_value(api: Api) -> None:
    sent(api, plain(np.full((20, 30), np.nan, np.float32)), PLAIN)

    answer = ask(api, "lineprofile", PLAIN, start={"x": 0, "y": 0}, end={"x": 1, "y": 1})

    assert answer.status_code == 422
    assert text(answer) == f"{PLAIN} cannot be analysed: no pixel along this line has a value."


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"start": None}, "start: "),
        ({"end": {"x": 0}}, "end.y: this key is missing."),
        ({"end": {"x": 0, "y": -0.01}}, "end.y: must be a number from 0 to 1."),
        ({"start": {"x": "1e999", "y": 0}}, "start.x: must be a number."),
    ],
)
def test_bad_input_names_the_field(api: Api, change: dict[str, Any], sentence: str) -> None:
    answer = ask(api, "lineprofile", **{"start": {"x": 0, "y": 0}, "end": {"x": 1, "y": 1}, **change})

    assert answer.status_code == 400
    assert text(answer).startswith(sentence)
