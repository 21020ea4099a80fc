"""GET /api/recentuploads."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conftest import Published
from images.models import Upload
from images.tests.frames import BASE, header_text, jpg, send
from testing.cast import Api, text

pytestmark = pytest.mark.django_db


def test_it_works(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX00.txt", header_text())
    send(api, "mrc120250711.token", b"x")
    send(api, f"{BASE}-EX10.jpg", jpg(), "info-images", info_channel=1)

    found = api.get("/api/recentuploads", {"site": "saf"}).json()

    uploaded = Upload.objects.get(directory="data", site="saf").uploaded_at
    assert found == [
        {
            "site": "saf",
            "filename": f"data/{BASE}-EX00.txt",
            "upload_timestamp_s": int(uploaded.timestamp()),
            "expire_timestamp_s": int(uploaded.timestamp()) + 48 * 3600,
            "size_bytes": len(header_text()),
        }
    ]
    everything = api.get("/api/recentuploads?site=all").json()
    assert [upload["site"] for upload in everything] == ["mrc1", "saf"]


def test_only_the_last_48_hours(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX00.txt", header_text())
    Upload.objects.update(uploaded_at=timezone.now() - timedelta(hours=48, seconds=1))
    assert api.get("/api/recentuploads", {"site": "all"}).json() == []


def test_without_a_site(api: Api) -> None:
    answer = api.get("/api/recentuploads")
    assert answer.status_code == 404
    assert text(answer) == "site: this key is missing."
