"""Which file is looked at: whatever of a frame's names is asked for, in a folder and in S3."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from analysis.tests.fields import LARGE, SMALL, ask, counts, field, look, packed, plain, sent
from images.store import S3Store, store
from images.tests.frames import BASE, header_text, jpg, send, send_frame
from testing.cast import Api, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published", "no_child")]

BRIGHT, DARK = counts(field() + 3000), counts(field())


def median(api: Api, name: str, **more: Any) -> float:
    found: float = look(api, "statistics", name, **more)["stats"]["median"]
    return found


def test_it_works(api: Api) -> None:
    """What the frame's package says is what the frontend sends."""
    send_frame(api)
    sent(api, packed(BRIGHT), LARGE)
    sent(api, packed(DARK), SMALL)
    package = api.get(f"/api/image/{BASE}").json()
    assert package["fits_filename"] == LARGE

    body = {"full_filename": package["fits_filename"], "s3_directory": package["fits_path"]}
    answer = api.post("/quickanalysis/statistics", body)

    assert answer.json()["stats"]["median"] == 4000


@pytest.mark.parametrize("directory", ["data", "", "saf/sq003ms/20260711/raw", None])
def test_each_of_its_files_by_name(api: Api, directory: str | None) -> None:
    sent(api, packed(BRIGHT), LARGE)
    sent(api, packed(DARK), SMALL)

    assert median(api, LARGE, s3_directory=directory) == 4000
    assert median(api, SMALL, s3_directory=directory) == 1000


def test_the_other_one_where_it_is_not_here(api: Api) -> None:
    """The frontend asks for `EX00` of frames that have `EX01`, and packed when they are not; the header names
    files that stay at the site."""
    sent(api, plain(DARK), f"{BASE}-EX01.fits")

    for name in (LARGE, f"{BASE}-EX01.fits.fz", SMALL, f"{BASE}-EX00.fits"):
        assert median(api, name) == 1000

    sent(api, plain(BRIGHT), f"{BASE}-EX10.fits")
    assert median(api, LARGE) == 1000
    assert median(api, f"{BASE}-EX10.fits") == 4000


def test_only_the_small_one_is_here(api: Api) -> None:
    send_frame(api)
    assert api.get(f"/api/image/{BASE}").json()["fits_filename"] == ""
    sent(api, packed(DARK), SMALL)

    assert api.get(f"/api/image/{BASE}").json()["fits_filename"] == SMALL
    assert median(api, LARGE) == 1000


@pytest.mark.parametrize("directory", ["info-images", "saf/sq003ms/20260711/raw"])
def test_what_an_info_channel_shows(api: Api, directory: str) -> None:
    send(api, f"{BASE}-EX10.jpg", jpg(), "info-images", info_channel=2)
    send(api, f"{BASE}-EX00.txt", header_text(), "info-images", info_channel=2)
    assert api.get("/api/infoimage/saf/2").json()["fits_filename"] == ""
    send(api, SMALL, packed(DARK), "info-images", info_channel=2)

    assert api.get("/api/infoimage/saf/2").json()["fits_filename"] == SMALL
    assert median(api, SMALL, s3_directory=directory) == 1000


@pytest.mark.parametrize(
    "name", ["nothing", LARGE, f"{BASE}-EX10.jpg", BASE, "../../settings.py", "x" * 999, "%00"]
)
def test_what_is_not_there(api: Api, name: str) -> None:
    send_frame(api)

    answer = ask(api, "statistics", name)

    assert answer.status_code == 404
    assert text(answer) == f"full_filename: there is no FITS file {name[:200]} here."


def test_a_file_that_comes_again_is_read_again(api: Api) -> None:
    sent(api, plain(DARK), f"{BASE}-EX00.fits")
    assert median(api, f"{BASE}-EX00.fits") == 1000

    sent(api, plain(BRIGHT), f"{BASE}-EX00.fits")

    assert median(api, f"{BASE}-EX00.fits") == 4000


# --- In S3 -------------------------------------------------------------------------------------------------


@pytest.fixture
def bucket(settings: Any, _own_store: None) -> Iterator[Any]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    known = {"endpoint_url": f"http://{host}:{port}", "region_name": "us-east-1"}
    options = {
        **known, "bucket_name": "frames", "access_key": "us", "secret_key": "our secret",
        "signature_version": "s3v4", "file_overwrite": True,
    }  # fmt: skip
    backend = "storages.backends.s3.S3Storage"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend, "OPTIONS": options}}
    client = boto3.client("s3", **known, aws_access_key_id="us", aws_secret_access_key="our secret")
    client.create_bucket(Bucket="frames")
    yield client
    server.stop()


def test_from_an_object_store(api: Api, bucket: Any) -> None:
    assert isinstance(store(), S3Store)
    bucket.put_object(Bucket="frames", Key=f"data/{LARGE}", Body=packed(DARK))

    assert median(api, LARGE) == 1000

    # Its pixels are here now; that it is still there is asked, its bytes are not fetched again.
    events: list[str] = []
    store().client.meta.events.register(  # type: ignore[attr-defined]
        "before-call.s3.*", lambda model, **_: events.append(model.name)
    )
    assert median(api, LARGE) == 1000
    assert events == ["HeadObject"]

    bucket.delete_object(Bucket="frames", Key=f"data/{LARGE}")
    assert ask(api, "statistics", LARGE).status_code == 404
