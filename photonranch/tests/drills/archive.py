"""Frames that are large enough to be caught while something is made of them."""

import io
from functools import cache
from typing import Any

import httpx
import numpy as np
from astropy.io import fits

from images.tests.frames import header
from testing.stack import ServerPart, Stack

BASE = "saf-sq003ms-20260711-000000{:02}"
MEGABYTE = 1024 * 1024
NIGHT = {"start_timestamp_s": "2026-07-11", "end_timestamp_s": "2026-07-12"}


@cache
def frame(megabytes: int) -> bytes:
    made = io.BytesIO()
    data = np.zeros((megabytes, MEGABYTE), np.uint8)
    fits.PrimaryHDU(data, header()).writeto(made)
    return made.getvalue()


def upload(server: ServerPart, name: str, content: bytes) -> httpx.Response:
    with server.client(timeout_s=120) as client:
        form = client.post("/api/upload", json={"object_name": name}).json()
        return client.post(form["url"], data=form["fields"], files={"file": (name, content)})


def ask_for_zip(server: ServerPart) -> httpx.Response:
    with server.client(timeout_s=60) as client:
        return client.post("/api/downloadzip", json={"site": "saf", "fits_size": "best", **NIGHT})


def fetch(url: str, *, state: bool = False) -> httpx.Response:
    return httpx.get(f"{url}&state=1" if state else url, timeout=120, trust_env=False)


def states(there: Stack) -> list[tuple[Any, ...]]:
    return there.rows("SELECT state, reason FROM images_product")


def unread(there: Stack) -> list[tuple[Any, ...]]:
    return there.rows("SELECT filename, state, reason FROM images_upload WHERE state != 'done'")


def drafts(there: Stack) -> list[str]:
    """What is in the making."""
    return [path.name for path in (there.var / "media" / ".incoming").glob("*.draft")]
