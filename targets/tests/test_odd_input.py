"""Whatever a stranger sends is answered: orbits nobody can follow, places at the poles, names of any kind."""

import itertools
from typing import Any
from urllib.parse import quote

import pytest

from sitecfg import services as sites
from sitecfg.tests.cast import obs_configuration, wema_configuration
from targets.tests.test_moving import HORIZONS, ISS
from testing.cast import Api

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]

ORBIT = {**HORIZONS, "EPOCH": 2461000.5}
ODD: list[Any] = [
    None,
    True,
    "x",
    -1,
    0,
    1e-12,
    0.999999999,
    1.0,
    1.0000001,
    1e10,
    1e308,
    float("inf"),
    [],
    {},
    "K99ZZ",
]
# Around the Earth's own way, straight into the sun, nearly parabolic, far beyond the planets.
FLAT = {"IN": 0, "OM": 0, "W": 0}
ORBITS = [
    {**FLAT, "q": q, "e": e, "TP": tp}
    for q, e, tp in [
        (1e-4, 1.0, 2461000.5), (1e-4, 20, 2461000.5), (1000, 0, 2461000.5), (0.5, 0.9999999999, 2461000.5),
        (0.5, 1.0000000001, 2221000.5), (0.9833, 0.0167, 2461044.5),
    ]
]  # fmt: skip
NAMES = [
    "\x00", "é" * 100, "🌌", "+", "J", "J+", "l= b=", "°", "١٢ ٣", "ngc ", "m", "0", "9" * 199, "-0 -0",
    "360 0", "359.9999 90", "gal", "g1", "'", '"', "<svg/onload=1>",
    "%", "..", "NaN NaN", "messier", "messier x",
    "alpha",
]  # fmt: skip
CORNERS = [
    (90, 0, "UTC"), (-90, 0, "UTC"), (89.9999, 180, "Pacific/Auckland"), (0, 180, "Pacific/Apia"),
    (66.56, 25, "Europe/Helsinki"), (78, 15, "Arctic/Longyearbyen"),
]  # fmt: skip


def send(api: Api, target: Any) -> int:
    status: int = api.post("/api/visibility", {"targets": [target], "sites": ["saf"]}).status_code
    return status


@pytest.mark.parametrize("key", sorted(ORBIT))
def test_an_element_of_any_kind(api: Api, key: str) -> None:
    answers = {send(api, {"elements": {**ORBIT, key: value}}) for value in ODD}

    assert answers <= {200, 400}
    assert 400 in answers


@pytest.mark.parametrize("orbit", ORBITS, ids=str)
def test_an_orbit_of_any_shape(api: Api, orbit: dict[str, float]) -> None:
    assert send(api, {"elements": orbit}) in (200, 400)


def checked(line: str) -> str:
    return line[:68] + str(sum(int(each) if each.isdigit() else each == "-" for each in line[:68]) % 10)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ISS[0].replace("26330.5", "00330.5"), ISS[1].replace("0006317", "9906317")),
        (ISS[0], ISS[1].replace("15.50000000", " 0.00000001")),
        (ISS[0], ISS[1].replace("15.50000000", "99.99999999")),
        (ISS[0].replace(" .00016717", "-.99999999"), ISS[1].replace("0006317", "0000000")),
        (ISS[0].replace("26330.5", "26400.5"), ISS[1].replace(" 51.6400", "999.9999")),
    ],
)
def test_a_satellite_of_any_kind(api: Api, first: str, second: str) -> None:
    assert send(api, {"tle": [checked(first), checked(second)]}) in (200, 400)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_kind(api: Api, name: str) -> None:
    calls = [
        api.get("/api/targets/resolve", {"q": name}),
        api.get("/api/targets/nph-sesame.jsonp", {"object": name}),
        api.get("/api/visibility", {"site": "saf", "target": name}),
        api.get("/api/visibility.svg", {"site": "saf", "target": name}),
        api.get(f"/targets?q={quote(name)}"),
        api.get(f"/targets/{quote(name, safe='')}"),
    ]

    assert {call.status_code for call in calls} <= {200, 400, 404}


def test_places_at_the_ends_of_the_world(api: Api) -> None:
    for number, (latitude, longitude, zone) in enumerate(CORNERS):
        place = {"latitude": latitude, "longitude": longitude, "TZ_database_name": zone}
        sites.put_configuration(f"w{number}", wema_configuration(**place))
        sites.put_configuration(f"p{number}", obs_configuration(wema_name=f"w{number}"))
    days = ["2026-06-21", "2026-12-21", "2026-03-20", "2011-12-30", "2025-12-31"]  # Apia had no 30th
    for day, target in itertools.product(days, ["M31", "Polaris", "moon", "jupiter", "ceres"]):
        answer = api.get("/api/visibility", {"site": "all", "target": target, "start": day})
        assert answer.status_code == 200, answer.content
        assert len(answer.json()["sites"]) == len(CORNERS) + 1
    for day in days:
        query = {"site": "p0,p1,p2,p3,p4,p5", "target": "moon", "start": day}
        assert api.get("/api/visibility.svg", query).status_code == 200


def test_a_year_of_what_moves(api: Api) -> None:
    answer = api.get("/api/visibility?site=saf&target=jupiter&nights=366")

    assert len(answer.json()["nights"]) == 366
