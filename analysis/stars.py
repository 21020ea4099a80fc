"""Stars in a frame and how sharp they are, by SEP (Barbary 2016, JOSS 1(6), 58; Bertin & Arnouts 1996)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import Refused
from analysis.measuring import Place, bounds_of

THRESHOLD = 5.0  # times the noise of the background
SMALLEST = 5  # pixels above it
LISTED = 200
# Sources that may be found at once; a frame with more is no frame of stars.
PIXELS_AT_ONCE = 3_000_000
# How much longer than wide a star may be before it counts as a trail or two stars.
ROUND = 1.6
# A star is wider than this (pixels): one pixel by itself, hot or hit by a cosmic ray, comes to 0.8.
SHARPEST = 1.2
# The FWHM of a Gaussian is twice the radius that holds half of its light.
HALF_LIGHT, RADII = 0.5, 6.0


def stars(image: NDArray[Any], region: Place | None) -> dict[str, Any]:
    """How many there are, the median of their FWHM (pixels) and elongation, the sky's level and noise, and
    the brightest of them; `x` and `y` are fractions of the frame."""
    import sep

    rows, columns = bounds_of(image.shape, region)
    light = np.array(image[rows, columns], dtype=np.float32, order="C")
    blank = ~np.isfinite(light)
    if blank.all():
        raise Refused("no pixel there has a value")
    mask = blank if blank.any() else None
    if mask is not None:
        light[blank] = 0
    sky = sep.Background(light, mask=mask)
    sky.subfrom(light)
    sep.set_extract_pixstack(PIXELS_AT_ONCE)
    try:
        found = sep.extract(light, THRESHOLD, err=sky.globalrms, mask=mask, minarea=SMALLEST)
    except Exception as error:
        raise Refused(f"its stars cannot be told apart ({str(error)[:100]})") from None
    sharp = _whole(found)
    widths = _fwhm(light, sharp, mask)
    elongation = sharp["a"] / sharp["b"]
    fit = np.isfinite(widths) & (widths > SHARPEST) & (elongation < ROUND)
    listed = np.flatnonzero(fit)[np.argsort(-sharp["flux"][fit])][:LISTED]
    height, width = image.shape
    return {
        "count": int(fit.sum()),
        "fwhm": _median(widths[fit]),
        "elongation": _median(elongation[fit]),
        "background": float(sky.globalback),
        "noise": float(sky.globalrms),
        "brightest": [
            {
                "x": float((sharp["x"][at] + columns.start + 0.5) / width),
                "y": float((sharp["y"][at] + rows.start + 0.5) / height),
                "fwhm": float(widths[at]),
                "elongation": float(elongation[at]),
                "peak": float(sharp["peak"][at]),
                "flux": float(sharp["flux"][at]),
            }
            for at in listed
        ],
    }


def _whole(found: NDArray[Any]) -> NDArray[Any]:
    """Those that SEP flags nothing about: neither cut off at an edge nor grown into another."""
    whole: NDArray[Any] = found[(found["flag"] == 0) & (found["b"] > 0)]
    return whole


def _fwhm(light: NDArray[Any], found: NDArray[Any], mask: NDArray[Any] | None) -> NDArray[Any]:
    import sep

    radii, flags = sep.flux_radius(
        light, found["x"], found["y"], RADII * found["a"], HALF_LIGHT, mask=mask, subpix=5
    )
    widths: NDArray[Any] = np.where(flags == 0, 2 * radii, np.nan)
    return widths


def _median(values: NDArray[Any]) -> float | None:
    return float(np.median(values)) if values.size else None
