"""POST /api/downloadzip, its link, and the page that waits."""

import io
import os
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conftest import Published
from images import zips
from images.models import Image, Product
from images.services import products
from images.tests.conftest import Worker
from images.tests.frames import body, fetch, folder, packed_fits, plain_fits, send
from testing.cast import Api, text

pytestmark = pytest.mark.django_db

START = datetime(2026, 7, 11, 5, 0, tzinfo=UTC).timestamp()
LARGE, SMALL = packed_fits(), plain_fits()


def base(number: int) -> str:
    return f"saf-sq003ms-20260711-{number:08d}"


def frames(api: Api, count: int = 3) -> None:
    for number in range(count):
        date = f"2026-07-11T05:{number:02d}:00.000"
        send(api, f"{base(number)}-EX00.fits.fz", packed_fits(**{"DATE-OBS": date}))
        if number != 1:
            send(api, f"{base(number)}-EX10.fits", plain_fits(**{"DATE-OBS": date}))


def ask(api: Api, size: str = "large", minutes: float = 10, **more: Any) -> Any:
    times: dict[str, Any] = {"start_timestamp_s": START + 0.123 - 1, "end_timestamp_s": START + minutes * 60}
    return api.post("/api/downloadzip", {"site": "saf", "fits_size": size, **times, **more})


def content(answer: Any) -> dict[str, bytes]:
    file = fetch(answer.json()["message"])
    assert file.status_code == 200
    with zipfile.ZipFile(io.BytesIO(body(file))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_works(api: Api, published: Published) -> None:
    frames(api)

    answer = ask(api)

    assert answer.status_code == 200
    assert list(answer.json()) == ["message"]
    found = content(answer)
    assert list(found) == [f"{base(number)}-EX00.fits.fz" for number in range(3)]
    assert found[f"{base(2)}-EX00.fits.fz"] == (folder() / "data" / f"{base(2)}-EX00.fits.fz").read_bytes()
    file = fetch(answer.json()["message"])
    assert file["Content-Disposition"].startswith('attachment; filename="saf-2026')
    assert [push["state"] for push in published.of("downloads")] == ["ready"]
    assert published.of("downloads")[0]["done"] == published.of("downloads")[0]["total"]


@pytest.mark.parametrize(
    ("size", "minutes", "tails"),
    [
        ("small", 10, {0: "EX10.fits", 2: "EX10.fits"}),
        ("best", 10, {0: "EX00.fits.fz", 1: "EX00.fits.fz", 2: "EX00.fits.fz"}),
        ("large", 1.5, {0: "EX00.fits.fz", 1: "EX00.fits.fz"}),
    ],
)
def test_sizes_and_times(
    api: Api, published: Published, size: str, minutes: float, tails: dict[int, str]
) -> None:
    frames(api)
    assert set(content(ask(api, size, minutes))) == {f"{base(key)}-{tail}" for key, tail in tails.items()}


def test_documented_dates_are_read(api: Api, published: Published) -> None:
    frames(api, 1)
    times: dict[str, Any] = {
        "start_timestamp_s": "2026-07-11 04:00:00",
        "end_timestamp_s": "2026-07-11T06:00:00Z",
    }
    assert len(content(ask(api, **times))) == 1


def test_the_frontend_s_literal(api: Api, published: Published, settings: Any) -> None:
    frames(api, 1)
    assert "https://photonranch-001.s3.amazonaws.com" in ask(api).json()["message"]
    settings.FRONTEND_ZIP_LITERAL = False
    assert "amazonaws" not in ask(api).json()["message"]


def test_the_same_question_finds_the_same_file(api: Api, published: Published) -> None:
    frames(api)
    first = ask(api).json()["message"]
    made = (folder() / "products").glob("*")
    stamps = {path.stat().st_mtime_ns for path in made}

    assert ask(api).json()["message"] == first
    assert {path.stat().st_mtime_ns for path in (folder() / "products").glob("*")} == stamps
    send(api, f"{base(7)}-EX00.fits.fz", packed_fits(**{"DATE-OBS": "2026-07-11T05:07:00"}))
    assert ask(api).json()["message"] != first


def test_the_same_files_are_the_same_bytes(tmp_path: Any) -> None:
    from contextlib import nullcontext

    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    written: list[int] = []
    for name in ("one.zip", "two.zip"):
        members = [("a", 3_000_000, lambda: nullcontext(tmp_path / "a"))]
        assert zips.write(tmp_path / name, members, written.append) == []

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert written[-1] == 3_000_000
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"site": "nowhere"}, 404, "No images match the query."),
        ({"site": None}, 400, "site: "),
        ({"start_timestamp_s": "soon"}, 400, "start_timestamp_s: must be a date"),
        ({"end_timestamp_s": None}, 400, "end_timestamp_s: "),
        ({"end_timestamp_s": 1e300}, 400, "end_timestamp_s: "),
        ({"fits_size": "medium"}, 400, "fits_size: must be small, large or best."),
    ],
)
def test_bad_input_names_the_field(
    api: Api, published: Published, change: dict[str, Any], status: int, said: str
) -> None:
    frames(api, 1)
    answer = ask(api, **change)
    assert answer.status_code == status
    assert text(answer).startswith(said)


def test_too_many_files(api: Api, published: Published, settings: Any) -> None:
    settings.ZIP_MAX_FILES = 2
    frames(api)
    answer = ask(api)
    assert answer.status_code == 504
    assert "shorter time" in text(answer)


def test_a_link_to_what_is_not_ready(api: Api, published: Published, worker: Worker) -> None:
    frames(api)
    worker.idle = True
    link = ask(api).json()["message"]

    program = fetch(link)
    total = sum((folder() / "data" / f"{base(number)}-EX00.fits.fz").stat().st_size for number in range(3))
    assert program.status_code == 202
    assert program.json() == {"state": "waiting", "done": 0, "total": total}
    browser = fetch(link, Accept="text/html,application/xhtml+xml")
    assert (browser.status_code, browser["Content-Type"]) == (202, "text/html; charset=utf-8")
    assert b"<progress" in browser.content

    worker.work()
    assert fetch(link).status_code == 200
    state = fetch(link + "&state=1")
    assert (state.status_code, state.json()["state"]) == (200, "ready")


def test_no_worker_is_a_503(api: Api, published: Published, worker: Worker) -> None:
    frames(api, 1)
    worker.idle, worker.alive = True, False
    link = ask(api).json()["message"]
    Product.objects.update(created_at=timezone.now() - timedelta(seconds=4))

    for answer in (ask(api), fetch(link), fetch(link, Accept="text/html")):
        assert answer.status_code == 503
        assert text(answer).startswith("No worker is running")


def test_progress_is_told_while_it_is_built(
    api: Api, published: Published, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames(api)
    monkeypatch.setattr(products, "SIGN_EVERY_S", 0.0)

    ask(api)

    done = [push["done"] for push in published.of("downloads")]
    assert done == sorted(done)
    assert len(done) == 4
    assert done[-1] == published.of("downloads")[-1]["total"]


def test_what_was_taken_over_is_not_finished_twice(
    api: Api, published: Published, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first worker was slow, not dead: it stops at its next sign."""
    frames(api)
    worker.idle = True
    link = ask(api).json()["message"]
    monkeypatch.setattr(products, "SIGN_EVERY_S", 0.0)
    write = zips.write

    def slow(target: Any, members: Any, progress: Any) -> list[str]:
        Product.objects.update(claim="someone else")
        return write(target, members, progress)

    monkeypatch.setattr(zips, "write", slow)
    worker.work()

    assert Product.objects.get().state == Product.State.BUILDING
    assert fetch(link).status_code == 202
    assert not list((folder() / ".incoming").glob("*.draft"))


def test_a_frame_that_was_removed_is_left_out(api: Api, published: Published, worker: Worker) -> None:
    frames(api)
    worker.idle = True
    answer = ask(api)
    (folder() / "data" / f"{base(1)}-EX00.fits.fz").unlink()
    worker.work()
    assert len(content(answer)) == 2


def test_a_link_needs_its_signature(api: Api, published: Published) -> None:
    frames(api, 1)
    link = ask(api).json()["message"]
    wrong = Client().get(link.replace("http://testserver", "").replace("signature=", "signature=x"))
    assert wrong.status_code == 403


def test_what_a_killed_process_left_is_removed_after_a_day(api: Api) -> None:
    from images.services import upkeep
    from images.store import scratch

    for name, hours in (("old.draft", 25), ("young.draft", 23)):
        (scratch() / name).write_bytes(b"half")
        then = (timezone.now() - timedelta(hours=hours)).timestamp()
        os.utime(scratch() / name, (then, then))

    upkeep.expire()

    assert [path.name for path in scratch().iterdir()] == ["young.draft"]


def test_expired_frames_leave_with_all_their_files(api: Api, published: Published) -> None:
    from images.services import upkeep
    from images.tests.frames import jpg

    names = {"saf": "EP", "tst": "EF", "mrc1": "EX"}
    for site, kind in names.items():
        send(api, f"{site}-sq003ms-20260711-00000001-{kind}10.jpg", jpg())
    lives = {image.site: image.expires_at for image in Image.objects.all()}
    assert lives["mrc1"] is None
    assert lives["saf"] - timezone.now() > timedelta(days=6, hours=23)  # type: ignore[operator]
    assert lives["tst"] - timezone.now() < timedelta(minutes=5)  # type: ignore[operator]
    Image.objects.exclude(site="mrc1").update(expires_at=timezone.now() - timedelta(seconds=1))

    assert upkeep.expire_images() == 2

    left = sorted(path.name[:4] for path in (folder() / "data").iterdir())
    assert left == ["mrc1", "mrc1"]
    assert Image.objects.get().site == "mrc1"
