"""GET /projects/progress, and what the admin shows of it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conftest import Published
from projects import progress
from projects.models import Project
from reservations.models import Reservation
from testing.cast import ALICE, Api, a_project, an_event, an_exposure, text

KEY = {"project_name": "m31", "created_at": "2026-11-20T22:58:14Z"}


@pytest.mark.django_db
def test_it_works(api: Api, published: Published) -> None:
    api.post("/projects/new-project", a_project(project_name="older", exposures=[an_exposure("w", "1")]))
    api.post("/projects/new-project", a_project())
    api.post("/projects/new-project", a_project(project_name="m1", user_id="auth0|bob"))
    for name in ("saf-1", "saf-2"):
        api.post("/projects/add-project-data", {**KEY, "exposure_index": 0, "base_filename": name})

    newest, older = api.get("/projects/progress", {"user_id": ALICE.user_id}).json()

    assert older["project_name"] == "older"
    exposures = newest.pop("exposures")
    assert newest == {
        **KEY,
        "user_id": ALICE.user_id,
        "project_sites": ["saf"],
        "wanted": 33,
        "taken": 2,
        "remaining": 31,
        "percent": 6,
    }
    assert exposures[0] == {
        "exposure_index": 0,
        "filter": "w",
        "imtype": "light",
        "exposure": 60,
        "wanted": 3,
        "taken": 2,
        "remaining": 1,
    }
    assert published.of("projects")[-1]["exposures"] == exposures


@pytest.mark.django_db
def test_bad_input_names_the_field(api: Api) -> None:
    answer = api.get("/projects/progress")

    assert (answer.status_code, text(answer)) == (400, "user_id: this key is missing.")


@pytest.mark.parametrize(
    ("document", "wanted", "taken", "remaining", "percent"),
    [
        ({}, 0, 0, 0, 0),
        ({"exposures": None, "remaining": "x"}, 0, 0, 0, 0),
        ({"exposures": [{"count": "2"}, {"count": 2.0}]}, 4, 0, 4, 0),
        ({"exposures": [{"count": 3}], "remaining": ["1"], "project_data": [["a", "b"]]}, 3, 2, 1, 66),
        ({"exposures": [{"count": 1}], "remaining": [0], "project_data": [["a", "b"]]}, 1, 2, 0, 100),
        # Remaining is what the site works by; a wish that is smaller than it cannot be right.
        ({"exposures": [{"count": 1}], "remaining": [5]}, 5, 0, 5, 0),
        ({"exposures": [{"count": "many"}], "remaining": [True]}, 0, 0, 0, 100),
        ({"exposures": [{"count": 1000}], "remaining": [1]}, 1000, 0, 1, 99),
        ({"remaining": [2, 3], "project_data": [["a"]]}, 5, 1, 5, 0),
        ({"exposures": ["odd", {"count": -3}], "remaining": [-1]}, 0, 0, 0, 100),
        ({"exposures": [{"count": "1e999"}]}, 0, 0, 0, 100),
    ],
)
def test_it_makes_sense_of_whatever_is_stored(
    document: dict[str, Any], wanted: int, taken: int, remaining: int, percent: int
) -> None:
    made = progress.of(document)

    assert (made.wanted, made.taken, made.remaining, made.percent) == (wanted, taken, remaining, percent)


# --- In the admin ------------------------------------------------------------------------------------------


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("staff"))
    return client


@pytest.fixture
def _scheduled(api: Api, published: Published, before_the_nights: None) -> None:
    api.post("/projects/new-project", a_project(remaining=["1", "5"]))
    december = datetime(2026, 12, 1, tzinfo=UTC)
    sent = an_event(december, project_id="m31#2026-11-20T22:58:14Z", event_id="1")
    assert api.post("/calendar/newevent", sent, as_=ALICE).status_code == 200


@pytest.mark.usefixtures("_scheduled")
def test_the_admin_shows_progress_as_a_bar(staff: Client) -> None:
    shown = staff.get("/admin/projects/project/").content.decode()

    assert '<progress max="100" value="81" aria-label="progress of m31"></progress> 81 %' in shown
    project = Project.objects.get()
    page = staff.get(f"/admin/projects/project/{project.pk}/change/").content.decode()
    assert "30 × 60 s HA light: 0 taken, 5 remain" in page


@pytest.mark.usefixtures("_scheduled")
def test_what_staff_delete_follows_the_same_rules(staff: Client, published: Published) -> None:
    project = Project.objects.get()
    staff.post(f"/admin/projects/project/{project.pk}/delete/", {"post": "yes"})

    assert not Project.objects.exists()
    assert Reservation.objects.get().project_id == "none"
    assert published.of("projects")[-1]["change"] == "deleted"

    staff.post(
        "/admin/reservations/reservation/",
        {"action": "cancel", "_selected_action": ["1"], "confirmed": "yes"},
    )
    assert not Reservation.objects.exists()
    assert published.of("calendar")[-1]["change"] == "deleted"


@pytest.mark.usefixtures("_scheduled")
@pytest.mark.parametrize("when", ["", "?when=now", "?when=coming", "?when=over"])
def test_the_admin_lists_the_calendar(staff: Client, when: str) -> None:
    answer = staff.get(f"/admin/reservations/reservation/{when}")

    assert answer.status_code == 200
    assert ("Alice" in answer.content.decode()) == (when in ("", "?when=coming"))


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("saf-sq003ms-20261120-00000012", "saf-sq003ms-20261120-00000012"),
        ("saf-sq003ms-20261120-00000012-EX00.fits.fz", "saf-sq003ms-20261120-00000012"),
        ("data/saf-sim-ec003zwo-20261120-00000012-EX10.jpg", "saf-sim-ec003zwo-20261120-00000012"),
        ("F:\\ptr\\saf-a-20261120-00000012-EX00.txt", "saf-a-20261120-00000012"),
        ("dht-sq11-20220701-00001", "dht-sq11-20220701-00001"),
        ("my.own-name", "my.own-name"),
        ("", ""),
        (5, "5"),
        (None, "None"),
    ],
)
def test_a_frame_has_one_name_in_every_form(name: Any, base: str) -> None:
    assert progress.base_of(name) == base


def test_a_name_without_end_takes_no_time() -> None:
    """Looked through for an ending from each of its dots it would take hours."""
    assert progress.places({"project_data": [[".fits" * 200_000 + "x"]]}) == {".fits" * 200_000 + "x": 0}


def test_a_frame_that_is_taken_back_leaves_what_was_there() -> None:
    document: dict[str, Any] = {
        "exposures": [an_exposure("w", "3")],
        "remaining": ["2"],
        "project_data": [[]],
    }
    for name in ("a", "b", "c", "d"):
        progress.add(document, 0, name)
    assert document["remaining"] == [0]

    progress.take_back(document, 0, "b")
    assert (document["project_data"], document["remaining"]) == ([["a", "c", "d"]], [0])
    for name in ("a", "c", "d"):
        progress.take_back(document, 0, name)
    assert (document["project_data"], document["remaining"]) == ([[]], [3])
