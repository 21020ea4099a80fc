"""Finding frames: image, latest_images, latest_image_all_sites, filtered_images, fitsheader."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from conftest import Published
from images.models import Image
from images.tests.frames import BASE, body, fetch, header, header_text, jpg, packed_fits, send, send_frame
from testing.cast import Api, text

pytestmark = pytest.mark.django_db

WHEN = datetime(2026, 7, 11, 4, 0, tzinfo=UTC)


def frame(number: int, site: str = "saf", **changes: Any) -> Image:
    """A row as ingest leaves it, an hour after the one before."""
    values = {
        "base_filename": f"{site}-sq003ms-20260711-{number:08d}",
        "site": site,
        "instrument": "sq003ms",
        "data_type": "EX",
        "capture_date": WHEN + timedelta(hours=number),
        "jpg": "EX10.jpg",
        "listed": True,
        "exposure_time": 10.0 * number,
        **changes,
    }
    return Image.objects.create(**values)


def found(api: Api, **query: Any) -> list[int]:
    """The numbers of the frames that a search finds."""
    answer = api.get("/api/filtered_images", query)
    assert answer.status_code == 200, answer.content
    return [int(image["base_filename"][-8:]) for image in answer.json()]


def test_it_works(api: Api, published: Published) -> None:
    send_frame(api)
    send(api, f"{BASE}-EX00.fits.fz", packed_fits())

    package = api.get(f"/api/image/{BASE}").json()

    assert body(fetch(package.pop("jpg_url"))) == jpg()
    assert body(fetch(package.pop("jpg_thumbnail_url"))).startswith(b"\xff\xd8")
    assert package == {
        "image_id": Image.objects.get().pk,
        "base_filename": BASE,
        "data_type": "EX",
        "site": "saf",
        "capture_date": 1783746764123,
        "capture_date_source": "header",
        "sort_date": 1783746764123,
        "exposure_time": 30,
        "right_ascension": 83.82,
        "declination": -5.39,
        "altitude": 61.5,
        "azimuth": 180.25,
        "airmass": 1.138,
        "object_name": "",
        "filter_used": "rp",
        "fits_01_exists": True,
        "fits_10_exists": False,
        "fits_01_name": f"{BASE}-EX00.fits.fz",
        "fits_10_name": "",
        "jpg_medium_exists": True,
        "jpg_small_exists": True,
        "s3_directory": "data",
        "user_id": "google-oauth2|1124",
        "username": "Alice",
        "fits_filename": f"{BASE}-EX00.fits.fz",
        "fits_path": "saf/sq003ms/20260711/raw",
        "SMARTSTK": "no",
        "SSTKNUM": "",
        "pixel_scale": None,
        "footprint": None,
        "details": {"instrument": "sq003ms"},
    }


def test_an_image_is_found_once_its_picture_is_here(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX00.txt", header_text())
    answer = api.get(f"/api/image/{BASE}")
    assert (answer.status_code, text(answer)) == (404, f"There is no image {BASE}.")
    assert api.get("/api/saf/latest_images/1").json() == []

    send(api, f"{BASE}-EX13.jpg", jpg())
    package = api.get(f"/api/image/{BASE}").json()
    assert body(fetch(package["jpg_url"])) == jpg(), "level 13 has its own name"
    assert package["jpg_thumbnail_url"] == ""


def test_right_ascension_is_in_hours_before_march_2023(api: Api) -> None:
    old = frame(1, capture_date=datetime(2023, 3, 8, 9, 20, tzinfo=UTC), right_ascension=30.0)
    new = frame(2, capture_date=datetime(2023, 3, 8, 9, 20, 1, tzinfo=UTC), right_ascension=30.0)

    assert api.get(f"/api/image/{old}").json()["right_ascension"] == 2.0
    assert api.get(f"/api/image/{new}").json()["right_ascension"] == 30.0


def test_a_frame_without_an_exposure_time_is_a_number_all_the_same(api: Api) -> None:
    frame(1, exposure_time=None)
    assert api.get("/api/saf/latest_images/1").json()[0]["exposure_time"] == 0


def test_latest_images(api: Api, django_assert_num_queries: Any) -> None:
    for number in range(5):
        frame(number, user_id="auth0|a-1", user_key="auth0a1" if number == 2 else "")
    frame(9, listed=False)
    frame(10, site="mrc1")

    with django_assert_num_queries(1) as queries:
        answer = api.get("/api/saf/latest_images/3")

    assert [image["base_filename"][-1] for image in answer.json()] == ["4", "3", "2"]
    assert "header" not in queries.captured_queries[0]["sql"]
    mine = api.get("/api/saf/latest_images/9", {"userid": "auth0|a-1"}).json()
    assert [image["base_filename"][-1] for image in mine] == ["2"]
    assert api.get("/api/saf/latest_images/0").json() == []
    assert api.get("/api/nowhere/latest_images/5").json() == []


def test_the_link_header_leads_through_everything_once(api: Api) -> None:
    for number in range(7):
        frame(number, capture_date=WHEN + timedelta(hours=number // 3))
    seen, query = [], "limit=2"
    while query:
        answer = api.get(f"/api/filtered_images?{query}")
        seen += [int(image["base_filename"][-1]) for image in answer.json()]
        link = answer.get("Link", "")
        query = link.partition("?")[2].partition(">")[0]

    assert seen == [6, 5, 4, 3, 2, 1, 0]


def test_before_a_date_alone(api: Api) -> None:
    for number in range(3):
        frame(number)
    assert found(api, before=int((WHEN + timedelta(hours=2)).timestamp() * 1000)) == [1, 0]


def test_latest_image_all_sites(api: Api, django_assert_num_queries: Any) -> None:
    for number in range(3):
        frame(number)
        frame(number, site="mrc1", listed=number < 2)
    frame(1, site="eco", listed=False, jpg="")

    with django_assert_num_queries(3):
        answer = api.get("/api/latest_image_all_sites").json()

    assert list(answer) == ["mrc1", "saf"]
    assert "mrc1-sq003ms-20260711-00000001-EX10.jpg" in answer["mrc1"]
    assert "saf-sq003ms-20260711-00000002-EX10.jpg" in answer["saf"]
    assert answer["saf"].split("-")[3] == "20260711", "the frontend orders sites by it"


def test_links_stay_the_same_for_a_day(api: Api) -> None:
    frame(1)
    urls = set()
    for hour in (0, 11, 23):
        with time_machine.travel(datetime(2026, 11, 21, hour, 30, tzinfo=UTC)):
            urls.add(api.get("/api/latest_image_all_sites").json()["saf"])
    assert len(urls) == 1


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, [4, 3, 2, 1]),
        ({"site": "saf"}, [4, 3, 2, 1]),
        ({"site": "mrc1"}, []),
        ({"username": "Bob"}, [2]),
        ({"user_id": "auth0|b-2"}, [2]),
        ({"user_id": "auth0b2"}, [2]),
        ({"filter": "rp"}, [3]),
        ({"exposure_time_min": "20"}, [4, 3, 2]),
        ({"exposure_time_min": "20", "exposure_time_max": "30.0"}, [3, 2]),
        ({"start_date": "2026-07-11 06:00:00"}, [4, 3, 2]),
        ({"end_date": "2026-07-11 06:00:00"}, [2, 1]),
        ({"start_date": "2026-07-11T05:00:00Z", "end_date": "2026-07-11T08:00:00+02:00"}, [2, 1]),
        ({"filename": "saf-sq003ms-20260711-00000003"}, [3]),
        ({"filename": "%0000003"}, [3]),
        ({"filename": "saf-%"}, [4, 3, 2, 1]),
        ({"filename": "SAF-%"}, []),
        ({"filename": "saf-sq003ms-20260711-0000000_"}, [4, 3, 2, 1]),
        ({"filename": "saf*"}, []),
        ({"filename": "%\\"}, []),
        ({"limit": "2"}, [4, 3]),
        ({"site": "", "filter": "", "unknown": "x"}, [4, 3, 2, 1]),
    ],
)
def test_filters(api: Api, query: dict[str, str], numbers: list[int]) -> None:
    frame(1)
    frame(2, username="Bob", user_id="auth0|b-2", user_key="auth0b2")
    frame(3, filter_used="rp")
    frame(4)
    frame(5, listed=False)

    assert found(api, **query) == numbers


def test_the_frontend_s_own_query(api: Api) -> None:
    frame(1)
    query = "site=saf&start_date=2026-07-11+04:00:00&end_date=2026-07-12+04:00:00"
    assert len(api.get(f"/api/filtered_images?{query}").json()) == 1


def test_the_documentation_s_body_is_read_too(api: Api) -> None:
    frame(1)
    answer = api.send("GET", "/api/filtered_images", b'{"site": "mrc1"}')
    assert answer.json() == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"exposure_time_min": "long"}, "exposure_time_min"),
        ({"exposure_time_max": "nan"}, "exposure_time_max"),
        ({"start_date": "yesterday"}, "start_date"),
        ({"end_date": "2026-13-40"}, "end_date"),
        ({"end_date": "1e400"}, "end_date"),
        ({"limit": "0"}, "limit"),
        ({"limit": "10001"}, "limit"),
        ({"limit": "2.5"}, "limit"),
        ({"before": "soon"}, "before"),
        ({"before": "9" * 30}, "before"),
        ({"site": "../etc"}, "site"),
        ({"filename": "x" * 121}, "filename"),
    ],
)
def test_a_bad_filter_is_named(api: Api, query: dict[str, str], names: str) -> None:
    answer = api.get("/api/filtered_images", query)

    assert answer.status_code == 400
    assert text(answer).startswith(f"{names}: ")


def test_fitsheader(api: Api, published: Published) -> None:
    send_frame(api)

    answer = api.get(f"/api/fitsheader/{BASE}/").json()

    assert answer["FWHMASEC"] == "2.4"
    assert set(answer) == set(header().keys())


def test_fitsheader_of_a_frame_that_has_none(api: Api) -> None:
    frame(1)
    assert api.get("/api/fitsheader/saf-sq003ms-20260711-00000001").json() == {}
    answer = api.get("/api/fitsheader/saf-sq003ms-20260711-00000002/")
    missing = "There is no image saf-sq003ms-20260711-00000002."
    assert (answer.status_code, text(answer)) == (404, missing)


def test_the_header_of_the_web_frontends_placeholder_is_empty(api: Api) -> None:
    """It asks for it on the page of every site without a frame: a 404 would stand in its console."""
    answer = api.get("/api/fitsheader/placeholder%20image/")

    assert (answer.status_code, answer.json()) == (200, {})


def test_my_images(api: Api, published: Published) -> None:
    """The id in the token, with the characters that a header never has."""
    send_frame(api)
    images = api.get("/api/filtered_images", {"user_id": "google-oauth2|1124"}).json()
    assert [image["user_id"] for image in images] == ["google-oauth2|1124"]
