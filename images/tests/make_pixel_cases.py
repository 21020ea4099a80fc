"""Writes pixel_cases.json: small frames of every kind, and their pixels as astropy reads them.

`python -m images.tests.make_pixel_cases`. Both who reads frames here are held to it: images/conversions.py
(test_pixel_cases.py) and the console's viewer (console/tests/test_pixel_cases_in_browser.py).
"""

import gzip
import io
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

TABLE = Path(__file__).with_name("pixel_cases.json")
WIDTH, HEIGHT = 20, 12


def field() -> Any:
    """A sky with a slope, noise and a star: 20 × 12 pixels from about 300 to 3000."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    noise = np.random.default_rng(5).normal(0, 20, (HEIGHT, WIDTH))
    return 400 + 5 * x + noise + 2500 * np.exp(-((x - 7) ** 2 + (y - 5) ** 2) / 8)


def written(*hdus: Any) -> bytes:
    file = io.BytesIO()
    fits.HDUList(list(hdus)).writeto(file, output_verify="ignore")
    return file.getvalue()


def frame(data: Any, **cards: Any) -> bytes:
    hdu = fits.PrimaryHDU(data)
    for name, value in cards.items():
        hdu.header[name] = value
    return written(hdu)


def stored(data: Any, **cards: str) -> bytes:
    """Pixels as they are, with cards that astropy would not write: the text of the value."""
    content = frame(data)
    extra = "".join(f"{name:8}= {value}".ljust(80) for name, value in cards.items()).encode()
    header, rest = content[:2880].rstrip(), content[2880:]
    assert header.endswith(b"END")
    return (header[:-3] + extra + b"END").ljust(2880) + rest


def packed(data: Any, kind: str, **how: Any) -> bytes:
    return written(fits.PrimaryHDU(), fits.CompImageHDU(data, compression_type=kind, **how))


def cases() -> dict[str, tuple[bytes, Any]]:
    """Name → file, physical values."""
    sky = field()
    whole = sky.astype(np.int16)
    first = whole[0, 0]
    floats = sky.astype(np.float32)
    holes = floats.copy()
    holes[3, 4:9] = np.nan
    blank = whole.astype(np.int32)
    blank[2, :5] = -2_000_000_000
    rice = {"quantize_level": 16, "dither_seed": 3}
    made: dict[str, tuple[bytes, Any]] = {
        "bytes": (frame((sky / 15).astype(np.uint8)), (sky / 15).astype(np.uint8)),
        "16 bits": (frame(whole), whole),
        "unsigned 16 bits": (frame((sky + 40_000).astype(np.uint16)), (sky + 40_000).astype(np.uint16)),
        "32 bits": (frame(blank.clip(0) * 1000), blank.clip(0) * 1000),
        "unsigned 32 bits": (frame((sky * 1e6).astype(np.uint32)), (sky * 1e6).astype(np.uint32)),
        "64 bits": (frame((sky * 1e9).astype(np.int64)), (sky * 1e9).astype(np.int64)),
        "floats": (frame(floats), floats),
        "doubles": (frame(sky), sky),
        "NaN": (frame(holes), holes),
        "BLANK": (stored(blank, BLANK="-2000000000"), np.where(blank == -2_000_000_000, np.nan, blank)),
        "BLANK of 16 bits": (stored(whole, BLANK=str(first)), np.where(whole == first, np.nan, whole)),
        "scaled": (stored(whole, BSCALE="0.25", BZERO="-100.5"), whole * 0.25 - 100.5),
        "scaled, negative": (stored(whole, BSCALE="-2.0", BZERO="1.0D+04"), whole * -2.0 + 10_000),
        "BSCALE as text": (stored(whole, BSCALE="'2.0     '", BZERO="'32768'"), whole * 2.0 + 32_768),
        "BSCALE that is no number": (stored(whole, BSCALE="'none'"), whole),
        "the first BSCALE counts": (stored(whole, BSCALE=f"{'3.0':70}{'BSCALE  = 7.0':80}"), whole * 3.0),
        "1e-30": (frame(sky * 1e-33), sky * 1e-33),
        "1e-15 in floats": (frame((sky * 1e-18).astype(np.float32)), (sky * 1e-18).astype(np.float32)),
        "1e30": (frame(sky * 1e27), sky * 1e27),
        "a short last block": (frame(whole)[: 2880 + whole.nbytes], whole),
        "a cube": (frame(np.stack([whole, whole[::-1]])), whole),
        "an extension": (written(fits.PrimaryHDU(), fits.ImageHDU(whole)), whole),
        "behind a table": (
            written(fits.PrimaryHDU(), fits.BinTableHDU(np.zeros(70, [("a", "f8")])), fits.ImageHDU(floats)),
            floats,
        ),
        "a strip": (frame(whole[:2]), whole[:2]),
        "one value": (frame(np.full((HEIGHT, WIDTH), 7, np.int16)), np.full((HEIGHT, WIDTH), 7)),
        "a packed cube": (packed(np.stack([whole, whole[::-1]]), "RICE_1", tile_shape=(1, 5, WIDTH)), whole),
    }  # fmt: skip
    for kind in ("RICE_1", "GZIP_1", "GZIP_2", "NOCOMPRESS"):
        for name, data in (
            ("bytes", (sky / 15).astype(np.uint8)),
            ("16 bits", whole),
            ("32 bits", blank.clip(0)),
        ):
            made[f"{kind}, {name}"] = (packed(data, kind), data)
        made[f"{kind}, tiles"] = (packed(whole, kind, tile_shape=(7, 9)), whole)
        unsigned = (sky + 40_000).astype(np.uint16)
        made[f"{kind}, unsigned"] = (packed(unsigned, kind), unsigned)
    for kind in ("GZIP_1", "GZIP_2"):
        made[f"{kind}, floats without loss"] = (packed(holes, kind, quantize_level=0), holes)
    noise = np.random.default_rng(2).integers(-(2**31), 2**31, (HEIGHT, WIDTH)).astype(np.int32)
    made["RICE_1, noise of 32 bits"] = (packed(noise, "RICE_1"), noise)
    for number, method in (("no dither", -1), ("dither 1", 1), ("dither 2", 2)):
        some = floats.copy()
        some[1, :4] = 0
        some[5, 5] = np.nan
        content = packed(some, "RICE_1", quantize_method=method, **rice)
        made[f"RICE_1, floats, {number}"] = (content, fits.open(io.BytesIO(content))[1].data)
    return made


def case(name: str, content: bytes, values: Any) -> dict[str, Any]:
    """The greys are worked out from the physical values, in the plainest way."""
    values = np.asarray(values, np.float64)
    ordered = np.sort(values[np.isfinite(values)])
    black, white = (ordered[max(0, int(np.ceil(part * ordered.size)) - 1)] for part in (0.001, 0.9995))
    share = np.nan_to_num(np.clip((values - black) / ((white - black) or 1), 0, 1))
    return {
        "name": name, "width": values.shape[1], "height": values.shape[0],
        "values": [None if np.isnan(value) else value for value in values.ravel().tolist()],
        "black": black, "white": white, "greys": np.rint(share * 65_535).astype(int).ravel().tolist(),
        "file": b64encode(gzip.compress(content, 9, mtime=0)).decode(),
    }  # fmt: skip


def main() -> None:
    lines = [json.dumps(case(name, *made)) for name, made in cases().items()]
    TABLE.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
