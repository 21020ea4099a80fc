"""The archive: `python -m bench.bench_images [ingest|queries|files|push]`; ratios against a peer in one run.

ingest   a frame's jpg, header text and packed file read and kept, beside a thumbnail by Pillow and one INSERT
queries  a million frames, on SQLite or DATABASE_URL: what a call takes beside its own SQL sent by hand
files    a zip beside `cp`, unpacking beside cfitsio's `funpack`, a TIFF beside float64 arithmetic and bz2
push     on a server of its own: from the last byte of an upload to the push on a websocket
"""

import bz2
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

ROWS = 1_000_000
ROUNDS = 60


def main() -> None:
    parts = {"ingest": ingest, "queries": queries, "files": files, "push": push}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "photonranch.settings")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAR_DIR"] = folder
        import django

        django.setup()
        for name in sys.argv[1:] or list(parts):
            print(f"\n{name}")
            parts[name]()


def seconds(work: Callable[[], Any], rounds: int) -> list[float]:
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return sorted(taken)


def processor_seconds(work: Callable[[], Any]) -> list[float]:
    """What a machine with other work to do does not change."""
    start = time.process_time()
    work()
    return [time.process_time() - start]


def p95(taken: list[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.95) - 1]


def ms(taken: list[float]) -> float:
    return statistics.median(taken) * 1e3


# --- Ingest ------------------------------------------------------------------------------------------------

FRAMES = 60
WCS = {
    "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRPIX1": 90.5, "CRPIX2": 60.5, "CD1_1": -2e-4, "CD1_2": 1e-6,
    "CD2_1": 1e-6, "CD2_2": 2e-4,
}  # fmt: skip


def ingest() -> None:
    """What a worker does for each file, without the broker, in processor time; the header has 170 cards."""
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        _ingest()
    finally:
        connection.creation.destroy_test_db(str(connection.settings_dict["NAME"]), verbosity=0)


def _ingest() -> None:
    from django.core.files.storage import default_storage

    from images.tests import frames

    more = {f"KEY{number}": number * 1.5 for number in range(140)}
    contents = {
        "EX10.jpg": frames.jpg(900, 600),
        "EX00.txt": frames.header_text(**WCS, **more, NAXIS=2, NAXIS1=180, NAXIS2=120),
        "EX00.fits.fz": frames.packed_fits(**WCS, **more),
    }
    folder = Path(default_storage.path("data"))
    folder.mkdir(parents=True)
    taken: dict[str, list[float]] = {tail: [] for tail in [*contents, "peer"]}
    for number in range(FRAMES + 5):
        for tail, content in contents.items():
            path = folder / f"saf-sq003ms-20260711-{number:08d}-{tail}"
            path.write_bytes(content)
            taken[tail] += _read_one(path)
        taken["peer"] += processor_seconds(partial(_plainest, folder, contents["EX10.jpg"], number))
    # The first of a process import what they need.
    each = {tail: ms(times[5:]) for tail, times in taken.items()}
    for tail in contents:
        print(f"  {tail:12} {each[tail]:6.2f} ms: ×{each[tail] / each['peer']:.2f} of the plainest frame's")
    both = each["EX10.jpg"] + each["EX00.txt"]
    print(f"  jpg and text {both:6.2f} ms: ×{both / each['peer']:.2f}; the plainest {each['peer']:.2f} ms")


def _read_one(path: Path) -> list[float]:
    from django.utils import timezone

    from images.models import Upload
    from images.services.ingest import ingest as read

    upload = Upload.objects.create(
        key=f"data/{path.name}", directory="data", filename=path.name, site="saf",
        size_bytes=path.stat().st_size, uploaded_at=timezone.now(),
    )  # fmt: skip
    return processor_seconds(partial(read, upload))


def _plainest(folder: Path, picture: bytes, number: int) -> None:
    """What nobody can leave out: a thumbnail and a row."""
    import io

    from django.db import connection, transaction
    from PIL import Image as Pillow

    with Pillow.open(io.BytesIO(picture)) as opened:
        opened.draft(None, (384, 256))
        opened.resize((192, 128), Pillow.Resampling.LANCZOS).save(
            folder / f"{number}.jpg", "JPEG", quality=85
        )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO images_upload "
            "(key, directory, filename, site, size_bytes, uploaded_at, state, reason) "
            "VALUES (%s, 'data', 'x', 'saf', 1, CURRENT_TIMESTAMP, 'done', '')",
            [f"peer/{number}"],
        )


# --- Queries -----------------------------------------------------------------------------------------------

COLUMNS = (
    "base_filename, site, instrument, data_type, capture_date, jpg, thumbnail, fits_large, fits_small, "
    "listed, right_ascension, declination, exposure_time, filter_used, user_id, user_key, username, "
    "smart_stack, fits_path, fits_filename"
)
VALUES = (
    "'site' || (i % 13) || '-sq003ms-20260711-' || {counter}, 'site' || (i % 13), 'sq003ms', 'EX', {date}, "
    "'EX10.jpg', 'EX11.jpg', 'EX00.fits.fz', '', {true}, (i * 7) % 360, (i % 120) - 60, (i % 60) * 5, "
    "'f' || (i % 9), 'auth0|u' || (i % 500), 'auth0u' || (i % 500), 'name', '', '', ''"
)
ASKED = {
    "latest_images": "/api/site3/latest_images/50",
    "site and dates": "/api/filtered_images?site=site3&start_date=2022-03-01&end_date=2022-03-02",
    "user": "/api/filtered_images?user_id=auth0%7Cu77&limit=50",
    "filter and exposure": "/api/filtered_images?filter=f3&exposure_time_min=100&limit=50",
    "a thousand": "/api/filtered_images?site=site3&filter=f3",
    "deep in a site": "/api/filtered_images?site=site3&before=1650000000000&limit=50",
}


def queries() -> None:
    from django.db import connection
    from django.test.utils import setup_test_environment

    setup_test_environment()
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        _fill()
        for name, url in ASKED.items():
            _compare(name, url)
    finally:
        connection.creation.destroy_test_db(str(connection.settings_dict["NAME"]), verbosity=0)


def _fill() -> None:
    from django.db import connection

    if connection.vendor == "sqlite":
        numbers = f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS - 1})"
        date = "strftime('%Y-%m-%d %H:%M:%S', 1600000000 + i * 180, 'unixepoch')"
        values = VALUES.format(counter="printf('%08d', i)", date=date, true="1")
    else:
        numbers = f"WITH n AS (SELECT generate_series(0, {ROWS - 1}) AS i)"
        date = "to_timestamp(1600000000 + i::bigint * 180)"
        values = VALUES.format(counter="lpad(i::text, 8, '0')", date=date, true="true")
    with connection.cursor() as cursor:
        cursor.execute(f"{numbers} INSERT INTO images_image ({COLUMNS}) SELECT {values} FROM n")
        cursor.execute("ANALYZE")
        cursor.execute("SELECT count(*) FROM images_image")
        print(f"  {connection.vendor}: {cursor.fetchone()[0]} rows")


def _compare(name: str, url: str) -> None:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from images import pages

    client, asked = Client(), []
    page = pages.page
    pages.page = lambda *args: (asked.append(args), page(*args))[1]  # type: ignore[func-returns-value]
    with CaptureQueriesContext(connection) as captured:
        found = len(client.get(url).json())
    pages.page = page
    [query] = captured.captured_queries
    assert "header" not in query["sql"]

    def by_hand() -> None:
        with connection.cursor() as cursor:
            cursor.execute(query["sql"])
            cursor.fetchall()

    hand, rows, call = [], [], []
    for _ in range(ROUNDS):
        hand += seconds(by_hand, 1)
        rows += seconds(partial(page, *asked[0]), 1)
        call += seconds(partial(client.get, url), 1)
    said = (
        f"by hand {p95(hand) * 1e3:6.2f} ms, as rows {p95(rows) * 1e3:6.2f} ms (×{p95(rows) / p95(hand):.1f})"
    )
    print(f"  {name:20} {found:5} rows, p95: {said}, the whole call {p95(call) * 1e3:6.2f} ms")


# --- Files -------------------------------------------------------------------------------------------------


def files() -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        _zip(Path(folder))
        _fits(Path(folder))


def _zip(folder: Path) -> None:
    from images import zips

    source, copy, archive = folder / "source", folder / "copy", folder / "all.zip"
    source.mkdir()
    block = os.urandom(8 * 1024 * 1024)
    for number in range(200):
        (source / f"{number:08d}.fits.fz").write_bytes(block)

    def opened(path: Path) -> AbstractContextManager[Path]:
        return nullcontext(path)

    members = [(path.name, len(block), partial(opened, path)) for path in sorted(source.iterdir())]
    plain, zipped = [], []
    for _ in range(5):
        plain += seconds(partial(subprocess.run, ["cp", "-r", str(source), str(copy)], check=True), 1)
        shutil.rmtree(copy)
        zipped += seconds(lambda: zips.write(archive, members, lambda done: None), 1)
        archive.unlink()
    size = 200 * len(block) / 1e3
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  cp  {size / ms(plain):6.0f} MB/s")
    print(f"  zip {size / ms(zipped):6.0f} MB/s: {ms(plain) / ms(zipped):.0%} of cp, peak {memory:.0f} MB")
    shutil.rmtree(source)


def _fits(folder: Path) -> None:
    import numpy as np
    from astropy.io import fits

    from images import pictures

    sky = np.random.default_rng(1).normal(1000, 12, (4096, 4096))
    packed = folder / "a.fits.fz"
    image = fits.CompImageHDU(sky.astype(np.uint16), compression_type="RICE_1")
    fits.HDUList([fits.PrimaryHDU(), image]).writeto(packed)
    ours: list[float] = []
    peer: list[float] = []
    for _ in range(8):
        ours += seconds(lambda: pictures.unpack(packed, folder / "b.fits", "fz"), 1)
        (folder / "a.fits").unlink(missing_ok=True)
        if shutil.which("funpack"):
            command = ["funpack", "-O", str(folder / "a.fits"), str(packed)]
            peer += seconds(partial(subprocess.run, command, check=True), 1)
    against = f", funpack {ms(peer):.0f} ms: ×{ms(ours) / ms(peer):.2f}" if peer else ""
    print(f"  unpacked in {ms(ours):.0f} ms{against}")
    quick = seconds(lambda: pictures.tiff(packed, folder / "quick.tif", "arcsinh"), 5)
    slow = seconds(lambda: _slow_tiff(packed, folder / "slow.tif"), 2)
    print(f"  tiff in {ms(quick):.0f} ms, by float64 and bz2 {ms(slow):.0f} ms: ×{ms(slow) / ms(quick):.1f}")


def _slow_tiff(packed: Path, target: Path) -> None:
    import numpy as np
    import tifffile
    from astropy.io import fits

    from images import stretching

    pixels = fits.getdata(packed).astype(np.float64)
    black, white = np.quantile(pixels, [stretching.BLACK_PART, stretching.WHITE_PART])
    share = np.clip((pixels - black) / (white - black), 0, 1)
    grey = np.arcsinh(share / stretching.SOFTENING) / np.arcsinh(1 / stretching.SOFTENING)
    tifffile.imwrite(target, np.rint(grey * 65_535).astype(np.uint16))
    target.with_suffix(".bz2").write_bytes(bz2.compress(target.read_bytes()))


# --- Push --------------------------------------------------------------------------------------------------


def push() -> None:
    from websockets.sync.client import connect

    from images.tests.frames import header_text, jpg
    from testing.live import running

    contents = {"EX10.jpg": jpg(900, 600), "EX00.txt": header_text()}
    taken: dict[str, list[float]] = {tail: [] for tail in contents}
    with running("daphne") as server, connect(f"{server.ws}/datastream?site=saf") as stream:
        for number in range(40):
            for tail, content in contents.items():
                name = f"saf-sq003ms-20260711-{number:08d}-{tail}"
                form = server.http.post("/api/upload", content=json.dumps({"object_name": name})).json()
                sent = _post(server.address, form, name, content)
                stream.recv(timeout=20)
                taken[tail].append(time.perf_counter() - sent)
    for tail, times in taken.items():
        print(f"  {tail}: from last byte to push, median {ms(times):.0f} ms, p95 {p95(times) * 1e3:.0f} ms")


def _post(address: tuple[str, int], form: dict[str, Any], name: str, content: bytes) -> float:
    """Post a file as a telescope does; when its last byte was handed over."""
    import httpx

    request = httpx.Request("POST", form["url"], data=form["fields"], files={"file": (name, content)})
    body = request.read()
    lines = [f"POST {request.url.raw_path.decode()} HTTP/1.1", "Connection: close"]
    lines += [f"{key}: {value}" for key, value in request.headers.items()]
    with socket.create_connection(address) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        sent = time.perf_counter()
        answer = b""
        while part := connection.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 204"), answer
    return sent


if __name__ == "__main__":
    main()
