"""Frames of every kind as TIFFs. The same cases are put to the console's viewer in
console/tests/test_pixel_cases_in_browser.py."""

import gzip
import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from images import conversions

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("pixel_cases.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gz"])
def test_greys(tmp_path: Path, case: dict[str, Any], zipped: bool) -> None:
    content = b64decode(case["file"])
    (tmp_path / "frame").write_bytes(content if zipped else gzip.decompress(content))

    conversions.tiff(tmp_path / "frame", tmp_path / "a.tif", "linear")

    grey = tifffile.imread(tmp_path / "a.tif").astype(int)
    assert grey.shape == (case["height"], case["width"])
    # One grey of 65,536 is what float32 may round to the other side.
    assert np.abs(grey.ravel() - case["greys"]).max() <= 1


@pytest.mark.parametrize("name", ["1e-30", "1e-15 in floats", "1e30"])
def test_any_scale_shows_the_object(tmp_path: Path, name: str) -> None:
    [case] = [case for case in CASES if case["name"] == name]
    (tmp_path / "frame").write_bytes(gzip.decompress(b64decode(case["file"])))
    conversions.tiff(tmp_path / "frame", tmp_path / "a.tif", "arcsinh")
    low, high = np.quantile(tifffile.imread(tmp_path / "a.tif"), [0.05, 0.99])
    assert high - low > 65_535 / 3


@pytest.mark.parametrize("stretch", ["arcsinh", "linear"])
def test_a_flux_calibrated_frame_shows_its_object(tmp_path: Path, stretch: str) -> None:
    """Pixels around 1e-15, most of them noise."""
    conversions.tiff(Path(__file__).parent / "data" / "flux_calibrated.fits", tmp_path / "a.tif", stretch)
    low, high = np.quantile(tifffile.imread(tmp_path / "a.tif"), [0.05, 0.99])
    assert high - low > 65_535 / 3
