"""`GET /api/targets/resolve`: from what is typed to what it may mean."""

from typing import Any

import pytest

from targets.catalogue.names import key_of
from targets.catalogue.search import catalogue
from targets.models import Satellite
from targets.tests.test_moving import ISS
from testing.cast import Api, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]


def names(api: Api, typed: str, limit: int = 10) -> list[str]:
    answer = api.get("/api/targets/resolve", {"q": typed, "limit": limit})
    assert answer.status_code == 200
    return [each["name"] for each in answer.json()]


def test_it_works(api: Api) -> None:
    assert api.get("/api/targets/resolve?q=m 31").json() == [
        {
            "name": "M31",
            "aliases": ["Andromeda Galaxy", "NGC224", "Andromeda", "Andromeda Nebula"],
            "kind": "galaxy",
            "ra": 10.68479,
            "dec": 41.26906,
            "epoch": "J2000",
            "size": 177.8,
            "magnitude": 3.44,
            "source": "OpenNGC",
        }
    ]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("andromeda", "M31"),
        ("ngc224", "M31"),
        ("NGC 0224", "M31"),
        ("Messier 31", "M31"),
        ("andromada", "M31"),
        ("whirpool", "M51"),
        ("crab neb", "M1"),
        ("horsehead", "B33"),
        ("m102", "NGC5866"),
        ("Caldwell 9", "C9"),
        ("ic 434", "IC434"),
        ("alpha canis majoris", "Sirius"),
        ("α CMa", "Sirius"),
        ("alf cma", "Sirius"),
        ("61 Cygni", "61 Cyg"),
        ("betelgeuze", "Betelgeuse"),
        ("barnard star", "Barnard's Star"),
        ("RR Lyrae", "RR Lyr"),
        ("eta carinae", "eta Car"),
        ("large magellanic cloud", "LMC"),
        ("sh 2-155", "C9"),
        ("3C 273", "Quasar 3C 273"),
        ("hd48915", "Sirius"),
        ("jup", "Jupiter"),
        ("MOON", "Moon"),
        ("ceres", "Ceres"),
        ("halley", "1P/Halley"),
    ],
)
def test_names_in_all_their_ways(api: Api, typed: str, first: str) -> None:
    assert names(api, typed)[0] == first


def test_every_messier_and_caldwell_number_is_known() -> None:
    known = set(catalogue().keys)

    assert [n for n in range(1, 111) if f"m{n}" not in known] == []
    assert [n for n in range(1, 110) if f"c{n}" not in known] == []


def test_designations_are_never_taken_for_others(api: Api) -> None:
    """rr lyn is no misspelled RR Lyr, and ngc99999 no NGC 9999."""
    assert names(api, "ngc99999") == []
    assert "RR Lyr" not in names(api, "zz9 lyr")


@pytest.mark.parametrize("typed", ["zzzzzzzz", "?", "☃", "-", "'; DROP TABLE"])
def test_nothing_is_known_of_it(api: Api, typed: str) -> None:
    assert names(api, typed) == []


def test_coordinates(api: Api) -> None:
    both = api.get("/api/targets/resolve", {"q": "5.5881 -5.39"}).json()

    assert [(each["ra"], each["dec"], each["source"]) for each in both] == [
        (5.5881, -5.39, "typed as degrees"),
        (83.8215, -5.39, "typed as hours and degrees"),
    ]


def test_a_planet_is_where_it_is_now(api: Api) -> None:
    jupiter = api.get("/api/targets/resolve?q=jupiter").json()[0]

    # astropy, DE421, astrometric: checked in sky/tests.
    assert (jupiter["ra"], jupiter["dec"], jupiter["epoch"]) == (
        pytest.approx(149.1, abs=1.5),
        pytest.approx(13.0, abs=1.0),
        "of date",
    )


def test_the_sun_is_no_target(api: Api) -> None:
    assert "Sun" not in names(api, "sun")


def test_old_elements_say_so(api: Api) -> None:
    (juno,) = api.get("/api/targets/resolve?q=3 juno").json()

    assert juno["warning"].startswith("The elements are of 2020-05-31, 2370 days from the time asked for")


def test_a_satellite_that_staff_keep(api: Api) -> None:
    Satellite.objects.create(name="ISS", line1=ISS[0], line2=ISS[1])
    iss = api.get("/api/targets/resolve?q=iss").json()[0]

    assert (iss["name"], iss["kind"], iss["epoch"]) == ("ISS", "satellite", "elements of 2026-11-26")
    assert -52 < iss["dec"] < 52


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "q: this key is missing."),
        ("q=", "q: must not be empty."),
        (f"q={'x' * 201}", "q: is longer than 200 characters."),
        ("q=m31&limit=0", "limit: must be a whole number from 1 to 50."),
        ("q=m31&limit=2.5", "limit: must be a whole number from 1 to 50."),
    ],
)
def test_bad_queries(api: Api, query: str, sentence: str) -> None:
    answer = api.get(f"/api/targets/resolve?{query}")

    assert (answer.status_code, text(answer)) == (400, sentence)


def test_keys() -> None:
    assert key_of("  NGC  0224 ") == key_of("ngc224") == "ngc224"
    assert key_of("Bode’s Galaxy") == key_of("bodes galaxy")
    assert key_of("β¹ Scorpii") == key_of("bet1 Sco") == "bet1sco"
    assert key_of("Sh2–155") == "sh2-155"


# --- As CDS's Sesame answers -------------------------------------------------------------------------------


def test_the_answer_that_pages_expect(api: Api) -> None:
    answer = api.get("/api/targets/nph-sesame.jsonp?object=M31&callback=jQuery34_1")
    resolver: Any = api.get("/api/targets/nph-sesame.jsonp?object=M31").json()["Target"]["Resolver"]

    assert answer["Content-Type"] == "application/javascript"
    assert answer.content.decode().startswith('jQuery34_1({"Target":')
    assert (resolver["jradeg"], resolver["jdedeg"]) == (10.68479, 41.26906)
    assert resolver["jpos"] == "00:42:44.35 +41:16:08.6"


def test_an_unknown_name_has_no_resolver(api: Api) -> None:
    assert api.get("/api/targets/nph-sesame.jsonp?object=nonsense99").json() == {
        "Target": {"name": "nonsense99"}
    }


@pytest.mark.parametrize("callback", ["alert(1)//", "a b", "x;y", "é", "1a", "a" * 101, "<script>"])
def test_only_a_function_is_called_back(api: Api, callback: str) -> None:
    answer = api.get("/api/targets/nph-sesame.jsonp", {"object": "M31", "callback": callback})

    assert answer.status_code == 400
    assert text(answer).startswith("callback: ")
