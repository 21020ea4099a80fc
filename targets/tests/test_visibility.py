"""`/api/visibility`: one target through nights, many through one, and what may not be asked."""

import io
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sitecfg import services as sites
from sitecfg.tests.cast import obs_configuration, wema_configuration
from targets.models import Satellite
from targets.tests.test_moving import ISS, VESTA
from testing.cast import Api, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]

KEYS = [
    "date", "dark_start", "dark_end", "windows", "transit", "max_altitude", "best", "moon_distance",
    "moon_illumination", "hours", "why_not",
]  # fmt: skip


def ask(api: Api, **query: Any) -> Any:
    answer = api.get("/api/visibility", {"site": "saf", **query})
    assert answer.status_code == 200, text(answer)
    return answer.json()


def test_it_works(api: Api) -> None:
    """The figures are those of sky/tests, which stand beside astropy's."""
    answer = ask(api, target="M31")
    (night,) = answer["nights"]

    assert (answer["site"], answer["target"]["name"]) == ("saf", "M31")
    assert list(night) == KEYS
    assert night == {
        "date": "2026-11-26",
        "dark_start": "2026-11-27T01:21:07.978Z",
        "dark_end": "2026-11-27T12:21:07.167Z",
        "windows": [{"start": "2026-11-27T01:21:07.978Z", "end": night["windows"][0]["end"]}],
        "transit": "2026-11-27T03:23:27.326Z",
        "max_altitude": 84.133,
        "best": "2026-11-27T03:23:27.326Z",
        "moon_distance": 74.16,
        "moon_illumination": 0.8962,
        "hours": 8.814,
        "why_not": None,
    }


def test_coordinates_instead_of_a_name(api: Api) -> None:
    by_name, by_place = ask(api, target="M31"), ask(api, ra=10.68479, dec=41.26906)

    assert by_name["nights"] == by_place["nights"]


def test_nights_follow_each_other(api: Api) -> None:
    nights = ask(api, target="M31", start="2027-02-26", nights=4)["nights"]

    assert [night["date"] for night in nights] == ["2027-02-26", "2027-02-27", "2027-02-28", "2027-03-01"]
    transits = [datetime.fromisoformat(night["transit"]).timestamp() for night in nights]
    assert [b - a for a, b in pairwise(transits)] == pytest.approx([86164.1] * 3, abs=0.2)


def test_why_not(api: Api) -> None:
    (night,) = ask(api, ra=10, dec=-46)["nights"]

    assert (night["windows"], night["hours"], night["best"]) == ([], 0.0, None)
    assert night["why_not"] == "never above 15° from 35.6° N: at most 8.6°"


def test_limits_of_the_call(api: Api) -> None:
    hours = {
        key: ask(api, target="M31", **{key: value})["nights"][0]["hours"]
        for key, value in {
            "min_altitude": 60,
            "max_airmass": 1.2,
            "max_ha": 1,
            "sun_below": -12,
            "moon_distance": 100,
            "moon_illumination": 0.5,
        }.items()
    }

    assert hours["max_ha"] == pytest.approx(2 * 0.99727, abs=0.002)
    assert hours["moon_distance"] == 0
    assert hours["min_altitude"] < hours["max_airmass"] < 8.814 < hours["sun_below"]
    assert hours["moon_illumination"] < 1


def test_limits_of_the_site(api: Api) -> None:
    sites.put_configuration("saf", obs_configuration(lowest_requestable_altitude=50))

    assert ask(api, target="M31")["nights"][0]["hours"] < 6
    assert ask(api, target="M31", min_altitude=15)["nights"][0]["hours"] == 8.814


@pytest.mark.parametrize("odd", ["low", None, True, 1e9, [15]])
def test_an_odd_limit_in_a_configuration_counts_as_none(api: Api, odd: Any) -> None:
    sites.put_configuration("saf", obs_configuration(lowest_requestable_altitude=odd))

    assert ask(api, target="M31")["nights"][0]["hours"] == 8.814


def test_all_sites(api: Api) -> None:
    """One whose place nobody knows hides no other."""
    sites.put_configuration("aro", obs_configuration(wema_name="arow"))
    sites.put_configuration("arow", wema_configuration(latitude="north"))
    answer = ask(api, target="M31", site="all")

    assert answer["target"]["name"] == "M31"
    assert [row["site"] for row in answer["sites"]] == ["saf"]
    assert answer["sites"][0]["nights"] == ask(api, target="M31")["nights"]


@pytest.mark.parametrize("target", ["moon", "jupiter", "ceres"])
def test_what_moves_has_windows_too(api: Api, target: str) -> None:
    (night,) = ask(api, target=target)["nights"]

    assert night["hours"] > 0 or night["why_not"]
    assert (night["moon_distance"] == 0) == (target == "moon")


def test_many(api: Api) -> None:
    targets: list[Any] = [
        "M31",
        {"name": "mine", "ra": 83.8, "dec": -5.4},
        {"name": "Vesta", "elements": VESTA},
        {"name": "ISS", "tle": list(ISS)},
    ]
    answer = api.post("/api/visibility", {"targets": targets, "sites": ["saf"]}).json()

    assert [each["name"] for each in answer["targets"]] == ["M31", "mine", "Vesta", "ISS"]
    (row,) = answer["sites"]
    assert row["nights"][0] == ask(api, target="M31")["nights"][0]
    assert [list(night) for night in row["nights"]] == [KEYS] * 4
    assert row["nights"][3]["transit"] is None


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("target=M31", 400, "site: this key is missing."),
        ("site=nope&target=M31", 404, "There is no site"),
        ("site=saf", 400, "target: is missing; or ra and dec, in degrees."),
        ("site=saf&ra=10", 400, "target: is missing"),
        ("site=saf&ra=400&dec=0", 400, "target: ra must be a number of degrees from 0 to 360."),
        ("site=saf&target=nonsense99", 400, "target: nothing is known of"),
        ("site=saf&target=M31&nights=400", 400, "nights: must be a whole number from 1 to 366."),
        ("site=saf&target=M31&start=soon", 400, "start: must be a day such as 2026-11-26."),
        ("site=saf&target=M31&start=1850-01-01", 400, "start: Sun and moon are known from"),
        ("site=saf&target=M31&start=9999-12-31&nights=3", 400, "start: "),
        ("site=saf&target=M31&max_airmass=0.5", 400, "max_airmass must be a number from 1 to 40"),
        ("site=saf&target=M31&max_ha=13", 400, "max_ha must be a number from 0 to 12"),
        ("site=saf&target=M31&moon_distance=NaN", 400, "moon_distance: must be a number."),
    ],
)
def test_bad_queries(api: Api, query: str, status: int, sentence: str) -> None:
    answer = api.get(f"/api/visibility?{query}")

    assert answer.status_code == status
    assert text(answer).startswith(sentence)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "targets: This field is required."),
        ({"targets": []}, "targets: "),
        ({"targets": [7]}, "targets.0: must be a name or an object"),
        ({"targets": ["M31", {"ra": "x", "dec": 1}]}, "targets.1: ra must be a number of degrees"),
        ({"targets": ["M31", {"name": "x", "tle": "1\n2"}]}, "targets.1: tle: line 1 must have 69"),
        ({"targets": ["jupiter"] * 51, "sites": ["saf"]}, "targets: at most 50 that move, not 51."),
        ({"targets": ["M31"] * 5001, "sites": ["saf"]}, "targets: "),
        ({"targets": ["M31"], "sites": ["saf"] * 501}, "sites: "),
    ],
)
def test_bad_bodies(api: Api, body: Any, sentence: str) -> None:
    answer = api.post("/api/visibility", body)

    assert answer.status_code == 400
    assert text(answer).startswith(sentence)


@pytest.mark.parametrize(
    ("targets", "sites", "sentence"),
    [
        (["jupiter"] * 41, 10, "nights: at most 400 nights of sites for targets that move."),
        (["M31"] * 1001, 100, "targets: targets times sites times nights may be at most 100000."),
    ],
)
def test_what_a_call_may_cost(api: Api, targets: list[str], sites: int, sentence: str) -> None:
    answer = api.post("/api/visibility", {"targets": targets, "sites": ["saf"] * sites})

    assert (answer.status_code, text(answer)) == (400, sentence)


def test_nights_of_many_sites_are_bounded(api: Api) -> None:
    for number in range(4):
        sites.put_configuration(f"s{number}", obs_configuration(wema_name="safw"))
    answer = api.get("/api/visibility?site=all&target=M31&nights=366")

    assert (answer.status_code, text(answer)) == (
        400,
        "nights: at most 1000 nights of sites together, not 1830.",
    )


def test_a_satellites_nights_are_bounded(api: Api) -> None:
    answer = api.post("/api/visibility", {"targets": [{"tle": list(ISS)}], "sites": ["saf"] * 31})

    assert (answer.status_code, text(answer)) == (400, "nights: at most 30 nights of sites for a satellite.")


# --- Pictures ----------------------------------------------------------------------------------------------


def drawn(api: Api, **query: Any) -> str:
    answer = api.get("/api/visibility.svg", {"site": "saf", **query})
    assert answer.status_code == 200
    svg: str = answer.content.decode()
    return svg


@pytest.mark.parametrize("theme", ["light", "dark", "red"])
def test_a_picture(api: Api, theme: str) -> None:
    svg = drawn(api, target="M31; jupiter", theme=theme)

    assert svg.startswith("<svg")
    assert "M31, Jupiter from saf" in svg
    assert svg.count('class="curve" points') >= 2


def test_text_has_pixels(api: Api) -> None:
    """Without its font all text would vanish from the PNG, and nobody would be told."""
    answer = api.get("/api/visibility.png", {"site": "saf", "target": "M31"})
    pixels = np.asarray(Image.open(io.BytesIO(answer.content)).convert("L"))
    heading = pixels[16:60, 96:500]

    assert answer["Content-Type"] == "image/png"
    assert pixels.shape == (960, 1920)
    assert (heading < 100).mean() > 0.03


def test_a_name_cannot_leave_its_place(api: Api) -> None:
    Satellite.objects.create(name="<script>", line1=ISS[0], line2=ISS[1])

    svg = drawn(api, target="<script>")

    assert "<script" not in svg
    assert "&lt;script&gt; from saf" in svg


def test_a_picture_has_eight_lines_at_most(api: Api) -> None:
    answer = api.get("/api/visibility.svg", {"site": "saf", "target": ";".join(["M31"] * 9)})

    assert (answer.status_code, text(answer)) == (400, "target: targets times sites must be from 1 to 8.")
