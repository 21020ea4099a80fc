"""Targets of projects that move: kept as they came, and told to telescopes with the place of the moment."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from targets.tests.test_moving import HORIZONS, ISS
from testing.cast import Api, Person, a_project

pytestmark = pytest.mark.django_db

VESTA = {"name": "Vesta", "elements": {**HORIZONS, "EPOCH": 2461000.5}}
NOW = datetime(2025, 12, 1, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def made(api: Api, alice: Person, *targets: Any) -> tuple[dict[str, Any], list[Any]]:
    """The project as telescopes ask for it, and the warnings of its making."""
    project = a_project(project_targets=list(targets))
    answer = api.post("/projects/new-project", project, as_=alice)
    assert answer.status_code == 200
    key = {"project_name": project["project_name"], "created_at": project["created_at"]}
    told = api.post("/projects/get-project", key).json()
    return told, [each for each in answer.json().get("warnings", []) if "project_targets" in each]


def test_a_telescope_is_told_where_it_is_now(api: Api, alice: Person) -> None:
    told, warnings = made(api, alice, VESTA)
    (target,) = told["project_targets"]

    # Vesta was in Sagittarius then, in the evening sky.
    assert (target["ra"], target["dec"]) == (pytest.approx(18.565, abs=0.01), pytest.approx(-23.82, abs=0.05))
    assert {key: target[key] for key in VESTA} == VESTA
    assert warnings == []


def test_it_moves(api: Api, alice: Person) -> None:
    first = made(api, alice, VESTA)[0]["project_targets"][0]["ra"]
    with time_machine.travel(NOW.replace(day=2), tick=False):
        key = {"project_name": a_project()["project_name"], "created_at": a_project()["created_at"]}
        second = api.post("/projects/get-project", key).json()["project_targets"][0]["ra"]

    assert 0.01 < second - first < 0.06


def test_everybody_else_gets_what_was_sent(api: Api, alice: Person) -> None:
    made(api, alice, VESTA)

    (kept,) = api.post("/projects/get-all-projects", {}).json()
    assert kept["project_targets"] == [VESTA]


def test_coordinates_that_were_sent_stay(api: Api, alice: Person) -> None:
    both = {**VESTA, "ra": "1.5", "dec": "2"}

    assert made(api, alice, both)[0]["project_targets"] == [both]


def test_what_cannot_be_placed_stays_and_is_said(api: Api, alice: Person) -> None:
    broken, satellite = {"name": "x", "elements": {"e": 0.1}}, {"name": "ISS", "tle": list(ISS)}
    told, warnings = made(api, alice, broken, satellite)

    assert told["project_targets"] == [broken, satellite]
    assert warnings == [
        "project_targets.0.elements need q (the perihelion distance), or a with an e below 1.",
        "project_targets.1.tle: a satellite has no place for a whole block; a telescope cannot point at it.",
    ]


def test_old_elements_are_said(api: Api, alice: Person) -> None:
    old = {"name": "Vesta", "elements": {**HORIZONS, "EPOCH": 2458000.5}}

    (warning,) = made(api, alice, old)[1]
    assert warning.startswith("project_targets.0.elements: The elements are of 2017-09-04")
