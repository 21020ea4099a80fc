"""Frames to look at: fields of stars of a known width, and how the frontend asks about them."""

import io
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from images.tests.frames import BASE, send
from testing.cast import Api

LARGE, SMALL = f"{BASE}-EX00.fits.fz", f"{BASE}-EX10.fits.fz"
SKY, NOISE = 1000.0, 10.0
# Width of a Gaussian at half its height, in its standard deviations.
FWHM = 2.0 * np.sqrt(2.0 * np.log(2.0))


def field(fwhm: float = 4.0, size: tuple[int, int] = (400, 500), stars: int = 40) -> NDArray[np.float64]:
    """Round stars of the same width, far from each other and from the edges, on a noisy sky."""
    random = np.random.default_rng(7)
    image = random.normal(SKY, NOISE, size)
    y, x = np.mgrid[: size[0], : size[1]]
    for row, column in places(size, stars):
        shape = np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * (fwhm / FWHM) ** 2))
        image += random.uniform(3_000, 30_000) * shape
    return image


def places(size: tuple[int, int], stars: int) -> list[tuple[float, float]]:
    """Row and column of each star: on a grid, moved a little off the pixels' middles."""
    random = np.random.default_rng(8)
    grid = [(row, column) for row in range(40, size[0] - 39, 60) for column in range(40, size[1] - 39, 60)]
    return [(row + random.uniform(-3, 3), column + random.uniform(-3, 3)) for row, column in grid[:stars]]


def counts(image: NDArray[Any]) -> NDArray[np.uint16]:
    """As a camera stores them."""
    stored: NDArray[np.uint16] = np.clip(np.rint(image), 0, 65_535).astype(np.uint16)
    return stored


def written(*hdus: Any) -> bytes:
    file = io.BytesIO()
    fits.HDUList(list(hdus)).writeto(file)
    return file.getvalue()


def plain(image: NDArray[Any], **cards: Any) -> bytes:
    hdu = fits.PrimaryHDU(image)
    hdu.header.update(cards)
    return written(hdu)


def packed(image: NDArray[Any], how: str = "RICE_1", **options: Any) -> bytes:
    return written(fits.PrimaryHDU(), fits.CompImageHDU(image, compression_type=how, **options))


def ask(api: Api, what: str, name: str = LARGE, **more: Any) -> Any:
    """As the frontend does: the place at the site for a directory."""
    body = {"site": "saf", "full_filename": name, "s3_directory": "saf/sq003ms/20260711/raw", **more}
    return api.post(f"/quickanalysis/{what}", body)


def look(api: Api, what: str, name: str = LARGE, **more: Any) -> Any:
    """The answer to a call that must succeed."""
    answer = ask(api, what, name, **more)
    assert answer.status_code == 200, answer.content
    return answer.json()


def sent(api: Api, content: bytes, name: str = LARGE) -> None:
    assert send(api, name, content).status_code == 204
