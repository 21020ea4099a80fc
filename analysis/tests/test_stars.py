"""POST /quickanalysis/stars: widths and places compared with the Gaussians that were drawn."""

from typing import Any

import numpy as np
import pytest

from analysis.tests.fields import NOISE, SKY, ask, counts, field, look, packed, places, plain, sent
from images.tests.frames import BASE
from testing.cast import Api, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published", "no_child")]

PLAIN = f"{BASE}-EX00.fits"
SIZE = (400, 500)


def stars(api: Api, name: str = PLAIN, **more: Any) -> Any:
    return look(api, "stars", name, **more)["stars"]


@pytest.mark.parametrize("fwhm", [2.5, 4.0, 6.0, 9.0])
def test_it_works(api: Api, fwhm: float) -> None:
    sent(api, packed(counts(field(fwhm))), f"{PLAIN}.fz")

    found = stars(api, f"{PLAIN}.fz")

    drawn = places(SIZE, 40)
    assert found["count"] == len(drawn)
    assert found["fwhm"] == pytest.approx(fwhm, rel=0.04)
    assert found["elongation"] == pytest.approx(1, abs=0.03)
    assert found["background"] == pytest.approx(SKY, abs=2)
    assert found["noise"] == pytest.approx(NOISE, rel=0.1)
    assert sorted((star["y"] * SIZE[0] - 0.5, star["x"] * SIZE[1] - 0.5) for star in found["brightest"]) == [
        pytest.approx(place, abs=0.1) for place in sorted(drawn)
    ]
    assert all(star["fwhm"] == pytest.approx(fwhm, rel=0.12) for star in found["brightest"])
    fluxes = [star["flux"] for star in found["brightest"]]
    assert fluxes == sorted(fluxes, reverse=True)


def test_a_part_of_it_has_its_stars_at_the_same_places(api: Api) -> None:
    sent(api, plain(field()), PLAIN)
    whole = stars(api)["brightest"]

    part = stars(api, subregion={"x0": 0.0, "y0": 0.5, "x1": 0.6, "y1": 1.0})["brightest"]

    inside = [star for star in whole if star["y"] > 0.53 and star["x"] < 0.57]
    assert len(part) >= len(inside) > 3
    for star in inside:
        assert any(abs(star["x"] - same["x"]) < 0.001 and abs(star["y"] - same["y"]) < 0.001 for same in part)


def test_trails_and_hot_pixels_are_no_stars(api: Api) -> None:
    image = field(stars=6)
    image[300, 20:480] += 20_000
    image[200:380:20, 400] += 30_000
    sent(api, plain(image.astype(np.float32)), PLAIN)

    assert stars(api)["count"] == 6


def test_pixels_without_a_value_are_left_out(api: Api) -> None:
    image = field().astype(np.float32)
    image[:, 300:] = np.nan
    sent(api, plain(image), PLAIN)

    found = stars(api)

    assert found["fwhm"] == pytest.approx(4, rel=0.05)
    assert all(star["x"] < 0.6 for star in found["brightest"])


def test_an_empty_sky(api: Api) -> None:
    sent(api, plain(field(stars=0).astype(np.float32)), PLAIN)

    found = stars(api)

    assert (found["count"], found["fwhm"], found["elongation"], found["brightest"]) == (0, None, None, [])


@pytest.mark.parametrize("value", [np.nan, 7])
def test_a_frame_of_one_value_is_answered(api: Api, value: float) -> None:
    sent(api, plain(np.full((64, 64), value, np.float32)), PLAIN)

    answer = ask(api, "stars", PLAIN)

    if value == 7:
        assert (answer.status_code, answer.json()["stars"]["count"]) == (200, 0)
    else:
        assert (answer.status_code, text(answer)) == (
            422,
            f"{PLAIN} cannot be analysed: no pixel there has a value.",
        )
