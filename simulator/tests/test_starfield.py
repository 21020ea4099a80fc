"""What a simulated camera sees: stars where the catalogue has them, the same ones at every look."""

from typing import Any

import numpy as np
import pytest
from scipy.ndimage import maximum_filter
from scipy.spatial import cKDTree

from simulator.sky import stars
from simulator.sky.starfield import Camera, View, expose, hot_pixels, wcs_of

CAMERA = Camera()
# A quiet field, one by the celestial pole, one across 0h.
POINTINGS = [(150.0, 20.0, 0.0), (40.0, 89.9, 30.0), (359.95, -30.0, 200.0)]


def picture(view: View, seconds: float = 30, seed: int = 1) -> Any:
    return expose(CAMERA, view, seconds, np.random.default_rng(seed)).astype(float)


def peaks(image: Any, count: int) -> Any:
    """The brightest places of an image as x, y; at least as far from an edge as a star's picture reaches."""
    image = image - hot_pixels(CAMERA) * 30
    top = (image == maximum_filter(image, 7)) & (image < CAMERA.saturate * 0.9)
    top[:8], top[-8:], top[:, :8], top[:, -8:] = False, False, False, False
    y, x = np.nonzero(top)
    order = np.argsort(-image[y, x])[:count]
    return np.column_stack([x[order], y[order]])


@pytest.mark.parametrize(("ra", "dec", "angle"), POINTINGS)
def test_it_works(ra: float, dec: float, angle: float) -> None:
    """The brightest places of a frame are, by its own WCS, where the catalogue has stars."""
    view = View(ra, dec, angle)
    found = peaks(picture(view), 40)
    known = stars.around(ra, dec, CAMERA.diagonal)
    bright = known.magnitude < 16.5
    x, y = wcs_of(CAMERA, view).all_world2pix(known.ra[bright], known.dec[bright], 0)

    distance, _ = cKDTree(np.column_stack([x, y])).query(found)

    # Two that touch make one peak between them: most, then, and not all.
    assert np.mean(distance < 1.0) > 0.9
    assert np.median(distance) < 0.6


def test_the_catalogue_covers_the_frame() -> None:
    view = View(*POINTINGS[1])
    known = stars.around(view.ra, view.dec, CAMERA.diagonal)
    x, y = wcs_of(CAMERA, view).all_world2pix(known.ra, known.dec, 0)

    counts, _, _ = np.histogram2d(x, y, bins=[4, 3], range=[[0, CAMERA.width], [0, CAMERA.height]])

    assert counts.min() > 10


def test_the_same_pointing_shows_the_same_stars() -> None:
    view = View(150, 20)

    one, other = peaks(picture(view, seed=1), 20), peaks(picture(view, seed=2), 20)

    assert {tuple(place) for place in one[:15]} <= {tuple(place) for place in other}


def test_neighbouring_frames_share_the_stars_between_them() -> None:
    shared = 100
    step = shared * CAMERA.scale / 3600
    one, other = View(150, 20), View(150, 20 + step)
    up = picture(one)[shared:], picture(other, seed=2)[:-shared]

    places = [{tuple(place) for place in peaks(np.pad(part, ((0, shared), (0, 0))), 15)} for part in up]

    assert len(places[0] & places[1]) > 8


def test_a_well_known_object_stands_where_it_should() -> None:
    view = View(0.7123 * 15, 41.269)
    image = picture(view)

    middle = np.median(image[310:330, 470:490])

    assert middle > 5 * np.median(image[:40, :40])


def test_longer_exposures_collect_more_light() -> None:
    sky = [float(np.median(picture(View(150, 20), seconds))) - CAMERA.bias for seconds in (10, 100)]

    assert sky[1] / sky[0] == pytest.approx(10, rel=0.1)


def test_behind_a_closed_roof_there_are_no_stars() -> None:
    image = picture(View(150, 20, light=0.0))
    hot = hot_pixels(CAMERA)

    assert np.median(image) == pytest.approx(CAMERA.bias, abs=3)
    assert np.percentile(image[hot == 0], 99.99) < CAMERA.bias + 30
    assert np.median((image - CAMERA.bias)[hot > 20] / (30 * hot[hot > 20])) == pytest.approx(1, abs=0.1)


def test_a_bias_frame_is_bias_and_read_noise() -> None:
    image = picture(View(150, 20, light=0.0), 0)

    assert np.mean(image) == pytest.approx(CAMERA.bias, abs=0.1)
    assert np.std(image) == pytest.approx(CAMERA.read_noise / CAMERA.gain, rel=0.05)


def test_daylight_saturates() -> None:
    assert np.median(picture(View(150, 20, sky=4.0))) == pytest.approx(CAMERA.saturate, abs=10)


def test_a_telescope_out_of_focus_spreads_its_stars() -> None:
    sharp, blurred = (picture(View(150, 20, fwhm=fwhm)) for fwhm in (2.0, 8.0))
    x, y = peaks(sharp, 1)[0]

    assert blurred[y, x] - np.median(blurred) < 0.3 * (sharp[y, x] - np.median(sharp))
