"""Info images: three channels a site, 48 hours."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from conftest import Published
from images import tasks
from images.models import Image, InfoImage, Upload
from images.tests.conftest import Worker
from images.tests.frames import BASE, body, fetch, folder, header_text, jpg, send
from testing.cast import Api, text

pytestmark = pytest.mark.django_db

JPG = f"{BASE}-EX10.jpg"
LATER = "saf-sq003ms-20260711-00000013"


def plot(api: Api, name: str = JPG, channel: Any = 2, content: bytes | None = None) -> Any:
    return send(api, name, jpg() if content is None else content, "info-images", info_channel=channel)


def test_it_works(api: Api, published: Published) -> None:
    assert plot(api).status_code == 204

    shown = api.get("/api/infoimage/saf/2").json()

    assert body(fetch(shown["jpg_url"])) == jpg()
    assert (shown["channel"], shown["base_filename"], shown["site"]) == ("2", BASE, "saf")
    assert shown["s3_directory"] == "info-images"
    assert (shown["jpg_medium_exists"], shown["fits_01_exists"], shown["fits_10_url"]) == (True, False, "")
    assert published.of("imagedata") == [
        {"s3_directory": "info-images", "base_filename": BASE, "site": "saf", "channel": 2}
    ]
    assert not Image.objects.exists()


def test_nothing_there_is_204(api: Api) -> None:
    answer = api.get("/api/infoimage/saf/1")
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("channel", ["0", "4", "x", "12"])
def test_there_are_three_channels(api: Api, channel: str) -> None:
    answer = api.get(f"/api/infoimage/saf/{channel}")
    assert (answer.status_code, text(answer)) == (400, "channel: must be 1, 2 or 3.")


def test_one_name_in_two_channels_and_in_data(api: Api, published: Published) -> None:
    plot(api, channel=1, content=jpg(shade=1))
    plot(api, channel="2", content=jpg(shade=2))
    send(api, JPG, jpg(shade=3))

    for channel in (1, 2):
        shown = api.get(f"/api/infoimage/saf/{channel}").json()
        assert body(fetch(shown["jpg_url"])) == jpg(shade=channel)
    assert body(fetch(api.get(f"/api/image/{BASE}").json()["jpg_url"])) == jpg(shade=3)


def test_without_a_channel_it_is_the_first(api: Api, published: Published) -> None:
    send(api, JPG, jpg(), "info-images")
    assert api.get("/api/infoimage/saf/1").status_code == 200


def test_two_forms_for_one_channel_lose_neither_file(api: Api, published: Published, worker: Worker) -> None:
    """Both are asked for before either is sent; the one that was sent last is shown, in whichever order they
    are read."""
    worker.idle = True
    plot(api, JPG)
    plot(api, f"{LATER}-EX10.jpg")
    worker.waiting.reverse()
    worker.work()

    assert api.get("/api/infoimage/saf/2").json()["base_filename"] == LATER
    assert set(Upload.objects.values_list("state", flat=True)) == {Upload.State.DONE}


def test_the_next_image_replaces_the_last(api: Api, published: Published) -> None:
    plot(api)
    plot(api, f"{BASE}-EX00.txt", content=header_text())
    assert api.get("/api/infoimage/saf/2").json()["exposure_time"] == 30.0
    assert api.get("/api/infoimage/saf/2").json()["jpg_url"]

    plot(api, f"{LATER}-EX10.jpg")
    shown = api.get("/api/infoimage/saf/2").json()
    assert shown["base_filename"] == LATER
    assert "exposure_time" not in shown
    assert InfoImage.objects.count() == 1


def test_after_48_hours_it_is_gone(api: Api, published: Published) -> None:
    plot(api)
    with time_machine.travel(timezone.now() + timedelta(hours=48, seconds=1)):
        assert api.get("/api/infoimage/saf/2").status_code == 204
        tasks.expire()

    assert not InfoImage.objects.exists()
    assert not Upload.objects.exists()
    assert not list((folder() / "info-images").rglob("*.jpg"))
