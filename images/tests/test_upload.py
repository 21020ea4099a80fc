"""POST /api/upload, and the post of the file that follows."""

import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from conftest import Published
from images.models import Image, Upload
from images.services import uploads
from images.store import store
from images.tests.conftest import Worker
from images.tests.frames import BASE, ask, body, fetch, folder, jpg, post_form, send
from testing.cast import Api, text

JPG = f"{BASE}-EX10.jpg"


@pytest.mark.django_db
def test_it_works(api: Api, published: Published) -> None:
    answer = ask(api, JPG)

    assert answer.status_code == 200
    form = answer.json()
    assert form["fields"]["key"] == f"data/{JPG}"

    posted = post_form(form, JPG, jpg())

    assert (posted.status_code, posted.content) == (204, b"")
    assert (folder() / "data" / JPG).read_bytes() == jpg()
    assert published.of("imagedata") == [{"s3_directory": "data", "base_filename": BASE, "site": "saf"}]
    image = Image.objects.get()
    assert (image.base_filename, image.jpg, image.thumbnail, image.listed) == (
        BASE,
        "EX10.jpg",
        "EX11.jpg",
        True,
    )


def test_asking_touches_no_database(api: Api) -> None:
    """Without the mark, any query fails the test."""
    assert ask(api, JPG).status_code == 200
    assert ask(api, JPG, "info-images", info_channel=2).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"object_name": JPG},
        {"filename": JPG, "s3_directory": "data"},
        {"object_name": JPG, "s3_directory": "data", "metadata": "{}", "whatever": None},
    ],
)
def test_the_directory_is_data_and_the_documented_name_counts(api: Api, body: dict[str, Any]) -> None:
    assert api.post("/api/upload", body).json()["fields"]["key"] == f"data/{JPG}"


@pytest.mark.parametrize(
    ("body", "status", "names"),
    [
        ({}, 400, "object_name: "),
        ({"object_name": JPG, "s3_directory": "secrets"}, 403, "s3_directory: "),
        ({"object_name": JPG, "s3_directory": "info-images", "info_channel": 4}, 403, "info_channel: "),
        ({"object_name": JPG, "s3_directory": "info-images", "info_channel": "abc"}, 403, "info_channel: "),
        ({"object_name": "../data/x.jpg"}, 400, "object_name: "),
        ({"object_name": "/etc/passwd"}, 400, "object_name: "),
        ({"object_name": "a\\b.jpg"}, 400, "object_name: "),
        ({"object_name": ".."}, 400, "object_name: "),
        ({"object_name": ".hidden"}, 400, "object_name: "),
        ({"object_name": "x" * 201}, 400, "object_name: "),
        ({"object_name": "a\nb"}, 400, "object_name: "),
        ({"object_name": ["x"]}, 400, "object_name: "),
    ],
)
def test_bad_input_names_the_field(api: Api, body: dict[str, Any], status: int, names: str) -> None:
    answer = api.post("/api/upload", body)

    assert answer.status_code == status
    assert text(answer).startswith(names)


@pytest.mark.django_db
def test_the_same_post_again_is_the_same_file(api: Api, published: Published) -> None:
    form = ask(api, JPG).json()
    for shade in (10, 200):
        assert post_form(form, JPG, jpg(shade=shade)).status_code == 204

    assert (folder() / "data" / JPG).read_bytes() == jpg(shade=200)
    assert Upload.objects.filter(filename=JPG).count() == 1
    assert Image.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", [{"key": f"data/{BASE}-EX11.jpg"}, {"signature": "x"}, {"expires": "9999999999"}]
)
def test_what_the_signature_does_not_cover_is_refused(
    api: Api, published: Published, change: dict[str, str]
) -> None:
    form = ask(api, JPG).json()

    answer = post_form({**form, "fields": {**form["fields"], **change}}, JPG, jpg())

    assert answer.status_code == 403
    assert text(answer) == "The signature is not valid for this."
    assert not [path for path in folder().rglob("*") if path.is_file()]
    assert not Upload.objects.exists()


@pytest.mark.django_db
def test_a_form_expires(api: Api, published: Published) -> None:
    form = ask(api, JPG).json()

    with time_machine.travel(time.time() + 1801):
        answer = post_form(form, JPG, jpg())

    assert (answer.status_code, text(answer)) == (403, "The signature has expired.")


@pytest.mark.django_db
@pytest.mark.parametrize("said", [True, False])
def test_a_file_over_the_limit_is_refused(api: Api, published: Published, settings: Any, said: bool) -> None:
    """By the length that it declares, or (a small file beside the form's own bytes) as it comes."""
    settings.UPLOAD_MAX_BYTES = 1000
    form = ask(api, JPG).json()

    answer = post_form(form, JPG, b"x" * (200_000 if said else 1001))

    assert answer.status_code == 413
    assert text(answer) == "The file is larger than 1000 bytes."
    assert not [path for path in folder().rglob("*") if path.is_file()]


@pytest.mark.django_db
def test_a_post_without_a_file_is_refused(api: Api, published: Published) -> None:
    answer = api.send("POST", "/api/upload/file", b"{}")
    assert answer.status_code == 400
    form = ask(api, JPG).json()
    cut = post_form(form, JPG, b"")
    assert cut.status_code == 204  # an empty file is a file


@pytest.mark.django_db
def test_a_night_s_token_is_kept(api: Api, published: Published) -> None:
    answer = send(api, "mrc120250711.token", b"token")

    assert answer.status_code == 204
    upload = Upload.objects.get()
    assert (upload.state, upload.site) == (Upload.State.KEPT, "mrc1")
    assert "5" in upload.reason
    assert not Image.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("found_by", ["worker", "sweep"])
def test_when_the_database_fails_the_file_is_safe(
    api: Api, published: Published, worker: Worker, monkeypatch: pytest.MonkeyPatch, found_by: str
) -> None:
    def fail(stored: Any) -> None:
        raise OperationalError("gone")

    form = ask(api, JPG).json()
    worker.idle = True
    with monkeypatch.context() as broken:
        broken.setattr(uploads, "received", fail)
        assert post_form(form, JPG, jpg()).status_code == 204
        assert not Upload.objects.exists()
    if found_by == "worker":
        worker.work()
    else:
        worker.waiting.clear()
        worker.idle = False
        with time_machine.travel(time.time() + 300):
            assert uploads.sweep() == 1

    assert Image.objects.get().jpg == "EX10.jpg"


def test_a_new_file_of_an_old_name_that_was_not_noted_is_found_by_the_sweep(
    api: Api, published: Published
) -> None:
    form = ask(api, JPG).json()
    post_form(form, JPG, jpg())
    stored = store().find(f"data/{JPG}")
    assert stored
    Upload.objects.filter(key=stored.key).update(
        size_bytes=stored.size - 1, uploaded_at=timezone.now() - timedelta(hours=1)
    )

    with time_machine.travel(time.time() + 300):
        assert uploads.sweep() == 1
        assert uploads.sweep() == 0


def test_in_strict_mode_nobody_uploads_without_a_key(api: Api, settings: Any, admin: Any) -> None:
    settings.REQUIRE_SITE_KEYS = True

    assert ask(api, JPG).status_code == 401
    assert api.post("/api/upload", {"object_name": JPG}, as_=admin).status_code == 200


@pytest.mark.django_db
def test_the_file_is_on_its_way_out_at_once(api: Api, published: Published) -> None:
    send(api, JPG, jpg())

    package = api.get(f"/api/image/{BASE}").json()
    assert body(fetch(package["jpg_url"])) == jpg()
