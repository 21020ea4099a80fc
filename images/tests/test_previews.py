"""A frame of which a FITS file came and no jpg: a picture is made of it, so that people see it."""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import time_machine
from astropy.io import fits
from django.utils import timezone
from PIL import Image as Pillow

from conftest import Published
from images import tasks
from images.models import Image, Upload
from images.services import previews, upkeep, uploads
from images.store import Stored, store
from images.tests.conftest import Worker
from images.tests.frames import BASE, body, fetch, folder, jpg, packed_fits, pixels, plain_fits, send
from testing.cast import Api

pytestmark = pytest.mark.django_db

LARGE, SMALL, PICTURE = f"{BASE}-EX00.fits.fz", f"{BASE}-EX10.fits.fz", f"{BASE}-EX10.jpg"
PREVIEW = "EX10_preview.jpg"
PUSHED = {"s3_directory": "data", "base_filename": BASE, "site": "saf"}


def wait(seconds: float = 31) -> None:
    """What the clock starts after so long."""
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False):
        tasks.resume()


def order_of(base: str = BASE) -> Upload | None:
    return Upload.objects.filter(key=f"data/{base}-{PREVIEW}").first()


def shown(url: str) -> Any:
    return np.asarray(Pillow.open(io.BytesIO(body(fetch(url)))), dtype=float)


def test_it_works(api: Api, published: Published) -> None:
    send(api, LARGE, packed_fits())
    assert api.get(f"/api/image/{BASE}").status_code == 404

    wait()

    [listed] = api.get("/api/filtered_images", {"site": "saf"}).json()
    assert listed["jpg_url"] == api.get(f"/api/image/{BASE}").json()["jpg_url"]
    assert shown(listed["jpg_url"]).shape == (120, 180)
    assert shown(listed["jpg_thumbnail_url"]).shape == (128, 192)
    assert api.get("/api/saf/latest_images/1").json()[0]["base_filename"] == BASE
    assert published.of("imagedata") == [PUSHED]
    assert {one.state for one in Upload.objects.all()} == {Upload.State.DONE}


def test_it_shows_what_the_tiff_shows(api: Api, published: Published) -> None:
    image = pixels()
    send(api, f"{BASE}-EX01.fits", plain_fits(image))
    wait()

    picture = shown(api.get(f"/api/image/{BASE}").json()["jpg_url"])
    black, white = np.quantile(image, [0.001, 0.9995], method="inverted_cdf")
    share = (np.clip(image.astype(float), black, white) - black) / (white - black)
    expected = np.arcsinh(share / 0.05) / np.arcsinh(20) * 255
    assert np.abs(picture - expected).mean() < 2.55


def test_until_a_jpg_may_still_come_nothing_is_made(api: Api, published: Published) -> None:
    send(api, LARGE, packed_fits())
    wait(29)

    assert Image.objects.get().jpg == ""


@pytest.mark.parametrize("late", [False, True])
def test_the_jpg_that_somebody_sent_wins(api: Api, published: Published, late: bool) -> None:
    send(api, LARGE, packed_fits())
    if late:
        wait()
    sent = jpg(shade=200)
    send(api, PICTURE, sent)
    assert not Upload.objects.filter(state=Upload.State.WAITING).exists()
    wait(400)

    image = Image.objects.get()
    assert (image.jpg, image.thumbnail, image.listed) == ("EX10.jpg", "EX11.jpg", True)
    assert body(fetch(api.get(f"/api/image/{BASE}").json()["jpg_url"])) == sent
    assert len(published.of("imagedata")) == 1 + late


def test_a_jpg_that_comes_while_it_is_made_wins(
    api: Api, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(api, LARGE, packed_fits())
    made = previews._made

    def made_meanwhile(*args: Any) -> Any:
        found = made(*args)
        send(api, PICTURE, jpg())
        return found

    monkeypatch.setattr(previews, "_made", made_meanwhile)
    wait()

    assert Image.objects.get().jpg == "EX10.jpg"
    assert sorted(path.name for path in (folder() / "data").iterdir()) == [LARGE, PICTURE, f"{BASE}-EX11.jpg"]
    assert order_of() is None


def test_a_frame_that_is_removed_while_it_is_made_stays_away(
    api: Api, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(api, LARGE, packed_fits())
    made = previews._made

    def made_meanwhile(image: Image, frame: Any) -> Any:
        found = made(image, frame)
        upkeep.remove_image(image)
        return found

    monkeypatch.setattr(previews, "_made", made_meanwhile)
    wait()

    assert not Image.objects.exists()
    assert not Upload.objects.exists()
    assert list((folder() / "data").iterdir()) == []


def test_telescopes_that_send_a_jpg_first_cost_nothing(api: Api, published: Published) -> None:
    send(api, PICTURE, jpg())
    send(api, SMALL, packed_fits())
    send(api, LARGE, packed_fits())

    assert order_of() is None
    assert len(published.of("imagedata")) == 3


def test_the_small_file_is_preferred_and_made_anew_when_it_comes_again(
    api: Api, published: Published
) -> None:
    send(api, SMALL, packed_fits(pixels(size=(60, 90))))
    send(api, LARGE, packed_fits())
    wait()
    url = api.get(f"/api/image/{BASE}").json()["jpg_url"]
    assert shown(url).shape == (60, 90)

    send(api, SMALL, packed_fits(pixels(size=(50, 70))))
    wait(400)

    assert shown(url).shape == (50, 70)
    assert published.of("imagedata") == [PUSHED] * 3


def test_a_thumbnail_that_was_sent_stays(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX11.jpg", jpg(192, 128))
    send(api, LARGE, packed_fits())
    wait()

    assert (Image.objects.get().jpg, Image.objects.get().thumbnail) == (PREVIEW, "EX11.jpg")


def test_it_is_removed_with_its_frame(api: Api, published: Published) -> None:
    send(api, LARGE, packed_fits())
    wait()
    send(api, PICTURE, jpg())

    upkeep.remove_image(Image.objects.get())

    assert list((folder() / "data").iterdir()) == []
    assert not Upload.objects.exists()


def test_of_a_smart_stack_the_highest_is_listed(api: Api, published: Published) -> None:
    for number in (1, 2, 3):
        base = BASE[:-1] + str(number)
        send(api, f"{base}-EX00.fits.fz", packed_fits(SMARTSTK="s1", SSTKNUM=str(number)))
    wait()

    assert [one["SSTKNUM"] for one in api.get("/api/filtered_images", {"site": "saf"}).json()] == ["3"]


# --- Odd frames --------------------------------------------------------------------------------------------


def scaled(scale: float) -> bytes:
    return plain_fits((pixels() * scale).astype(np.float32))


def with_gaps() -> bytes:
    image = pixels().astype(np.float32)
    image[:60] = np.nan
    image[60, :9] = np.inf
    return plain_fits(image)


def with_blank() -> bytes:
    image = (pixels() // 4).astype(np.int16)
    image[:60] = -32_000
    return plain_fits(image, BLANK=-32_000)


def with_text() -> bytes:
    card = fits.Card("BSCALE", "2.0").image.encode()
    return plain_fits(pixels().astype(np.int32), EXPTIME=1.5).replace(
        fits.Card("EXPTIME", 1.5).image.encode(), card
    )


FRAMES = {
    "1e-30": lambda: scaled(1e-30),
    "1e30": lambda: scaled(1e30),
    "NaN and infinite": with_gaps,
    "BLANK": with_blank,
    "BSCALE as text": with_text,
    "a cube": lambda: plain_fits(np.stack([pixels(), pixels(2), pixels(3)])),
    "a short last block": lambda: plain_fits().rstrip(b"\0")[: 2880 * 2 + 120 * 180 * 2],
}


@pytest.mark.parametrize("made", FRAMES.values(), ids=FRAMES)
def test_odd_frames_are_seen(api: Api, published: Published, made: Any) -> None:
    send(api, f"{BASE}-EX01.fits", made())
    wait()

    picture = shown(api.get(f"/api/image/{BASE}").json()["jpg_url"])
    low, high = np.percentile(picture, [5, 99.9])
    assert picture.shape == (120, 180)
    assert high - low > 85


@pytest.mark.parametrize(
    ("size", "expected"), [((4, 4096), (1, 1365)), ((4096, 1), (1365, 1)), ((3201, 2000), (1067, 666))]
)
def test_large_frames_become_small_pictures(
    api: Api, published: Published, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    send(api, f"{BASE}-EX01.fits", plain_fits(pixels(size=size)))
    wait()

    found = api.get(f"/api/image/{BASE}").json()
    assert shown(found["jpg_url"]).shape == expected
    assert shown(found["jpg_thumbnail_url"]).shape[0] == 128


def test_a_mean_of_strips_is_the_mean_of_the_whole() -> None:
    from images import conversions

    image = np.arange(70 * 30).reshape(70, 30)
    strips: Iterator[Any] = iter([image[:7], image[7:8], image[8:40], image[40:]])

    means = np.concatenate(list(conversions._means(strips, 4, 3)))

    assert means.shape == (23, 7)
    assert means == pytest.approx(image[:69, :28].reshape(23, 3, 7, 4).mean(axis=(1, 3)))


def test_why_there_is_none_is_in_the_admin_and_nothing_is_tried_for_ever(
    api: Api, published: Published
) -> None:
    send(api, f"{BASE}-EX01.fits", plain_fits()[:9000])
    wait()

    order = order_of()
    assert order
    assert order.state == Upload.State.FAILED
    assert order.reason == ("no picture can be made of EX01.fits: cannot be read as FITS: it ends too early")
    assert published.of("imagedata") == []

    send(api, f"{BASE}-EX01.fits", plain_fits())
    wait()
    assert Image.objects.get().listed


# --- Nobody else's names, nothing lost ---------------------------------------------------------------------


def test_nobody_sends_a_file_of_its_name(api: Api, published: Published) -> None:
    answer = api.post("/api/upload", {"object_name": f"{BASE}-{PREVIEW}"})

    assert answer.status_code == 400
    assert answer.content.decode() == (
        "object_name: names that end in _preview.jpg are given to pictures that are made here."
    )


def test_what_a_store_announces_of_it_is_not_read(api: Api, published: Published) -> None:
    send(api, LARGE, packed_fits())
    wait()

    with time_machine.travel(timezone.now() + timedelta(minutes=9)):
        uploads.announced(Stored(f"data/{BASE}-{PREVIEW}", 1, timezone.now()))
        uploads.sweep()

    order = order_of()
    assert order
    assert (order.directory, order.state) == ("previews", Upload.State.DONE)


def test_a_worker_that_dies_over_it_leaves_it_to_another(
    api: Api, published: Published, worker: Worker
) -> None:
    send(api, LARGE, packed_fits())
    worker.idle = True
    wait()
    worker.waiting.clear()
    worker.idle = False
    assert Image.objects.get().jpg == ""

    wait(90)

    assert Image.objects.get().jpg == PREVIEW


def test_two_workers_do_not_make_it_at_once(
    api: Api, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(api, LARGE, packed_fits())
    made, begun = previews._made, []

    def made_slowly(*args: Any) -> Any:
        begun.append(1)
        wait(300)
        return made(*args)

    monkeypatch.setattr(previews, "_made", made_slowly)
    wait()

    assert begun == [1]
    assert Image.objects.get().jpg == PREVIEW


def test_it_is_no_upload(api: Api, published: Published) -> None:
    send(api, LARGE, packed_fits())
    wait()

    recent = api.get("/api/recentuploads", {"site": "saf"}).json()
    assert [one["filename"] for one in recent] == [f"data/{LARGE}"]


def test_who_asks_for_the_jpg_is_given_it(api: Api, published: Published) -> None:
    send(api, LARGE, packed_fits())
    wait()

    url = api.post("/api/download", {"object_name": PICTURE, "s3_directory": "data", "image_type": "jpg"})

    assert shown(url.content.decode()).shape == (120, 180)


def test_a_long_type_leaves_room_for_its_name(api: Api, published: Published) -> None:
    send(api, f"{BASE}-{'L' * 50}00.fits", plain_fits())
    wait()

    image = Image.objects.get()
    assert len(image.jpg) == 60
    assert store().find(image.file_key(image.jpg))
