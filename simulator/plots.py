"""The little pictures beside the frames: the focus curve, and which stars were recognised."""

import io

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from simulator.frames import JPG_WIDTH, Frame
from simulator.sky import stars
from simulator.sky.starfield import wcs_of

CURVE_SIZE = (640, 420)
MARGIN = 50
INK, PAPER, MARK = (40, 40, 48), (250, 250, 248), (200, 60, 40)
RECOGNISED = 14.0  # magnitudes


def best_focus(measured: list[tuple[float, float]]) -> float:
    """The bottom of the parabola through position and FWHM²; the best one measured when it has none."""
    positions, widths = np.array(measured).T
    middle = positions.mean()
    square, slope, _ = np.polyfit(positions - middle, widths**2, 2)
    if square <= 0:
        return float(positions[np.argmin(widths)])
    bottom = middle - slope / (2 * square)
    return float(np.clip(bottom, positions.min(), positions.max()))


def focus_curve(measured: list[tuple[float, float]], best: float) -> bytes:
    """FWHM in arc seconds over the focuser's position, as a jpg."""
    picture = Pillow.new("RGB", CURVE_SIZE, PAPER)
    draw = ImageDraw.Draw(picture)
    positions, widths = np.array(measured).T
    width, height = (side - 2 * MARGIN for side in CURVE_SIZE)
    across = MARGIN + (positions - positions.min()) / np.ptp(positions) * width
    up = CURVE_SIZE[1] - MARGIN - widths / widths.max() * height
    draw.line([(MARGIN, MARGIN), (MARGIN, MARGIN + height), (MARGIN + width, MARGIN + height)], INK, 2)
    draw.line(list(zip(across, up, strict=True)), INK, 2)
    for x, y, position, fwhm in zip(across, up, positions, widths, strict=True):
        draw.ellipse([x - 5, y - 5, x + 5, y + 5], MARK)
        draw.text((x - 12, y - 22), f'{fwhm:.1f}"', INK)
        draw.text((x - 12, MARGIN + height + 8), f"{position:.0f}", INK)
    draw.text((MARGIN, 16), f"FWHM over focus; best at {best:.0f} (simulated)", INK, font_size=16)
    return _jpg(picture)


def solved(frame: Frame, jpg: bytes) -> bytes:
    """The frame's jpg, with a circle around each bright star of the catalogue."""
    with Pillow.open(io.BytesIO(jpg)) as grey:
        picture = grey.convert("RGB")
    draw = ImageDraw.Draw(picture)
    known = stars.around(frame.view.ra, frame.view.dec, frame.camera.diagonal)
    bright = known.magnitude < RECOGNISED
    x, y = wcs_of(frame.camera, frame.view).all_world2pix(known.ra[bright], known.dec[bright], 0)
    shrunk = JPG_WIDTH / frame.camera.width
    for column, row in zip(x * shrunk, (frame.camera.height - 1 - y) * shrunk, strict=True):
        draw.ellipse([column - 9, row - 9, column + 9, row + 9], outline=MARK, width=2)
    where = f"RA {frame.view.ra / 15:.4f} h  Dec {frame.view.dec:.4f}°"
    draw.text((10, 8), where, (255, 220, 120), font_size=18)
    return _jpg(picture)


def _jpg(picture: Pillow.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=85)
    return file.getvalue()
