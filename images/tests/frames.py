"""Frames as telescopes make and send them: star fields by astropy, packed with Rice, header text, jpg."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT
from PIL import Image as Pillow

from testing.cast import Api

BASE = "saf-sq003ms-20260711-00000012"


def pixels(seed: int = 1, size: tuple[int, int] = (120, 180)) -> Any:
    """A field of stars on a noisy sky, in 16-bit counts: shape `size`, rows first."""
    random = np.random.default_rng(seed)
    sky = random.normal(1000, 12, size)
    y, x = np.mgrid[: size[0], : size[1]]
    for _ in range(25):
        at_y, at_x, light = (
            random.uniform(0, size[0]),
            random.uniform(0, size[1]),
            random.uniform(300, 40_000),
        )
        sky += light * np.exp(-((y - at_y) ** 2 + (x - at_x) ** 2) / 4)
    return np.clip(sky, 0, 65_535).astype(np.uint16)


def header(**changes: Any) -> fits.Header:
    """What an observatory's client writes; a value of None leaves the keyword out."""
    values: dict[str, Any] = {
        "DATE-OBS": "2026-07-11T05:12:44.123",
        "EXPTIME": 30.0,
        "FILTER": "rp",
        "CRVAL1": 83.82,
        "CRVAL2": -5.39,
        "ALTITUDE": 61.5,
        "AZIMUTH": 180.25,
        "AIRMASS": 1.138,
        "USERID": "googleoauth21124",
        "USERNAME": "Alice",
        "SITEID": "saf",
        "INSTRUME": "sq003ms",
        "DAY-OBS": "20260711",
        "ORIGNAME": f"{BASE}-EX00.fits.fz",
        "SMARTSTK": "no",
        "SSTKNUM": "1",
        "FWHMASEC": 2.4,
        **changes,
    }
    made = fits.Header()
    for keyword, value in values.items():
        if value is not None:
            made[keyword] = value
    return made


def header_text(**changes: Any) -> bytes:
    return str(header(**changes)).encode()


def packed_fits(image: Any = None, **changes: Any) -> bytes:
    """`.fits.fz` by Rice compression."""
    image = pixels() if image is None else image
    packed = fits.CompImageHDU(image, header(**changes), compression_type="RICE_1")
    return _written(fits.HDUList([fits.PrimaryHDU(), packed]))


def plain_fits(image: Any = None, **changes: Any) -> bytes:
    return _written(fits.HDUList([fits.PrimaryHDU(pixels() if image is None else image, header(**changes))]))


def _written(hdus: fits.HDUList) -> bytes:
    file = io.BytesIO()
    hdus.writeto(file)
    return file.getvalue()


def jpg(width: int = 180, height: int = 144, shade: int = 40) -> bytes:
    file = io.BytesIO()
    Pillow.new("L", (width, height), shade).save(file, "JPEG")
    return file.getvalue()


# --- As telescopes send them -------------------------------------------------------------------------------


def ask(api: Api, name: str, directory: str | None = "data", **more: Any) -> Any:
    """The form to post a file to, asked for as the observatory's client does."""
    body = {"object_name": name, **({"s3_directory": directory} if directory else {}), **more}
    return api.send("POST", "/api//upload/", json.dumps(body).encode())


def multipart(fields: dict[str, str], name: str, content: bytes) -> bytes:
    """What `requests.post(url, data=fields, files={"file": (path, file)})` sends: the fields first, then the
    file under its full Windows path, without a type."""
    lines = []
    for key, value in fields.items():
        lines.append(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        )
    path = f"F:/ptr/saf/archive/sq003ms/20260711/to_AWS/{name}"
    disposition = f'Content-Disposition: form-data; name="file"; filename="{path}"'
    lines.append(f"--{BOUNDARY}\r\n{disposition}\r\n\r\n".encode() + content + b"\r\n")
    return b"".join([*lines, f"--{BOUNDARY}--\r\n".encode()])


def post_form(form: dict[str, Any], name: str, content: bytes) -> Any:
    path = form["url"].replace("http://testserver", "")
    body = multipart(form["fields"], name, content)
    return Client(raise_request_exception=False).generic("POST", path, body, content_type=MULTIPART_CONTENT)


def send(api: Api, name: str, content: bytes, directory: str = "data", **more: Any) -> Any:
    """Both steps; the answer of the second."""
    return post_form(ask(api, name, directory, **more).json(), name, content)


def send_frame(api: Api, base: str = BASE, **changes: Any) -> None:
    """A frame's jpg and header text, as they arrive."""
    send(api, f"{base}-EX10.jpg", jpg())
    send(api, f"{base}-EX00.txt", header_text(**changes))


def fetch(url: str, **headers: str) -> Any:
    """What a link hands out; `content` holds the bytes."""
    return Client().get(url.replace("http://testserver", ""), headers=headers)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def folder() -> Path:
    from django.core.files.storage import default_storage

    return Path(default_storage.path(""))
