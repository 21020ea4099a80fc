"""POST /projects/modify-project."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User

from conftest import Published
from projects.models import Project
from reservations.models import Reservation
from testing.cast import Api, Person, a_project, an_event, an_exposure, at_once, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("before_the_nights")]

KEY = {"project_name": "m31", "created_at": "2026-11-20T22:58:14Z"}
ID = "m31#2026-11-20T22:58:14Z"


def make(api: Api, **changes: Any) -> None:
    assert api.post("/projects/new-project", a_project(**changes)).status_code == 200


def take(api: Api, index: int, name: str) -> None:
    frame = {**KEY, "exposure_index": index, "base_filename": name}
    assert api.post("/projects/add-project-data", frame).status_code == 200


def modify(api: Api, who: Person | None, **changes: Any) -> Any:
    return api.post("/projects/modify-project", {**KEY, "project_changes": changes}, as_=who)


def stored(api: Api, name: str = "m31") -> dict[str, Any]:
    return dict(api.post("/projects/get-project", {**KEY, "project_name": name}).json())


def test_it_works(api: Api, alice: Person, published: Published) -> None:
    make(api, unknown=1)

    answer = modify(api, alice, project_note="brighter", another={"kept": True})

    assert answer.status_code == 200
    expected = a_project(unknown=1, project_note="brighter", another={"kept": True})
    assert answer.json() == {"is_successful": True, "project": expected, "warnings": []}
    assert stored(api) == expected
    assert published.of("projects")[-1]["change"] == "modified"


def test_a_complete_project_with_another_identity_changes_neither_identity_nor_owner(
    api: Api, admin: Person, published: Published
) -> None:
    """So the frontend sends it: `created_at` is now, `user_id` the editor's, progress that of its form."""
    make(api)
    take(api, 0, "saf-1")
    form = a_project(
        created_at="2027-01-01T00:00:00Z",
        user_id=admin.user_id,
        project_creator={"username": "Ada", "user_id": admin.user_id},
        project_note="by Ada",
        remaining=[3, 30],
    )

    modify(api, admin, **form)

    kept = {"remaining": [2, "30"], "project_data": [["saf-1"], []]}
    assert stored(api) == a_project(project_note="by Ada", **kept)


def test_only_the_owner_or_an_admin_may(
    api: Api, alice: Person, bob: Person, admin: Person, published: Published
) -> None:
    make(api)

    refused = modify(api, bob, project_note="mine")

    assert (refused.status_code, text(refused)) == (403, "You may only modify your own projects.")
    anonymous = modify(api, None, project_note="mine")
    assert (anonymous.status_code, anonymous.json()) == (401, {"message": "Unauthorized"})
    assert stored(api) == a_project()
    assert modify(api, alice).status_code == modify(api, admin).status_code == 200


def test_a_setting_opens_it_for_the_old_frontend(
    api: Api, bob: Person, settings: Any, published: Published
) -> None:
    make(api)
    settings.OPEN_PROJECT_WRITES = True

    assert modify(api, None, project_note="by nobody known").status_code == 200
    assert modify(api, bob, project_note="mine").status_code == 403
    assert modify(api, None, project_name="x#").status_code == 400
    settings.REQUIRE_SITE_KEYS = True
    assert modify(api, None, project_note="strict").status_code == 401
    assert stored(api)["project_note"] == "by nobody known"


@pytest.mark.parametrize(("origin", "status"), [("http://testserver", 200), ("https://elsewhere.org", 401)])
def test_a_session_counts_on_the_same_origin(
    api: Api, published: Published, origin: str, status: int
) -> None:
    """The frontend sends no token: served from here, the browser's session says who it is."""
    make(api, user_id="carol")
    api.client.force_login(User.objects.create_user("carol"))
    body = {**KEY, "project_changes": {"project_note": "by Carol"}}

    answer = api.send("POST", "/projects/modify-project", body, Origin=origin)

    assert answer.status_code == status
    assert stored(api)["project_note"] == ("by Carol" if status == 200 else "")


def test_what_does_not_exist_is_not_made(api: Api, alice: Person, settings: Any) -> None:
    assert modify(api, alice).status_code == 404
    settings.OPEN_PROJECT_WRITES = True
    assert modify(api, None).status_code == 404
    assert not Project.objects.exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"project_name": "a#b"}, "project_name: must not contain '#'."),
        ({"project_name": ""}, "project_changes.project_name: "),
        ({"project_name": "x" * 256}, "project_changes.project_name: "),
        ({"project_name": None}, "project_changes.project_name: "),
        ({"project_name": []}, "project_changes.project_name: "),
        ({"project_name": "none"}, "project_name: 'none' means that there is no project"),
    ],
)
def test_a_name_that_is_none_is_refused(
    api: Api, alice: Person, published: Published, changes: dict[str, Any], says: str
) -> None:
    make(api)

    answer = modify(api, alice, **changes)

    assert answer.status_code == 400
    assert text(answer).startswith(says)
    assert stored(api) == a_project()


# --- Another name ------------------------------------------------------------------------------------------


def test_a_new_name_follows_into_the_events(
    api: Api, alice: Person, bob: Person, published: Published
) -> None:
    make(api)
    for day, project_id, who in [(1, ID, alice), (2, ID, bob), (3, "m3#2026-11-20T22:58:14Z", alice)]:
        sent = an_event(datetime(2026, 12, day, tzinfo=UTC), project_id=project_id)
        api.post("/calendar/newevent", sent, as_=who)

    modify(api, alice, project_name="Andromeda")

    assert stored(api, "Andromeda") == a_project(project_name="Andromeda")
    assert api.post("/projects/get-project", KEY).status_code == 404
    new_id = "Andromeda#2026-11-20T22:58:14Z"
    in_events = Reservation.objects.order_by("start").values_list("project_id", flat=True)
    # Bob's event names it, and does not deliver it: what it says is his.
    assert list(in_events) == [new_id, ID, "m3#2026-11-20T22:58:14Z"]
    assert [event["project_id"] for event in published.of("calendar")[3:]] == [new_id]


def test_a_name_that_is_taken_changes_nothing(api: Api, alice: Person, published: Published) -> None:
    make(api)
    make(api, project_name="Andromeda")
    event = an_event(datetime(2026, 12, 1, tzinfo=UTC), project_id=ID)
    api.post("/calendar/newevent", event, as_=alice)

    assert modify(api, alice, project_name="Andromeda").status_code == 409
    assert stored(api) == a_project()
    assert Reservation.objects.get().project_id == ID


@pytest.mark.django_db(transaction=True)
def test_of_two_renamed_alike_at_once_one_is(api: Api, alice: Person) -> None:
    for name in ("m31", "m32"):
        make(api, project_name=name)

    def rename(number: int) -> int:
        key = {**KEY, "project_name": ("m31", "m32")[number]}
        changes = {"project_changes": {"project_name": "Andromeda"}}
        return int(Api().post("/projects/modify-project", {**key, **changes}, as_=alice).status_code)

    assert sorted(at_once(2, rename)) == [200, 409]
    assert Project.objects.filter(project_name="Andromeda").count() == 1
    assert Project.objects.count() == 2


# --- Progress ----------------------------------------------------------------------------------------------


def test_progress_stays_with_exposures_that_did_not_change(
    api: Api, alice: Person, published: Published
) -> None:
    make(api)
    take(api, 0, "w-1")
    take(api, 1, "ha-1")
    take(api, 1, "ha-2")
    # HA goes first, w exposes longer, a new one comes between.
    edited = [an_exposure("HA", "30"), an_exposure("O3", "4"), an_exposure("w", "3", exposure=90)]

    modify(api, alice, exposures=edited)

    assert stored(api)["exposures"] == edited
    assert stored(api)["project_data"] == [["ha-1", "ha-2"], [], []]
    assert stored(api)["remaining"] == [28, 4, 3]


def test_of_identical_exposures_each_keeps_its_own(api: Api, alice: Person, published: Published) -> None:
    same = [an_exposure("w", "3") for _ in range(3)]
    make(api, exposures=same, remaining=[3, 3, 3], project_data=[[], [], []])
    take(api, 0, "first")
    take(api, 2, "third")

    modify(api, alice, exposures=[*same, an_exposure("w", "3")])

    assert stored(api)["project_data"] == [["first"], [], ["third"], []]
    assert stored(api)["remaining"] == [2, 3, 2, 3]

    modify(api, alice, exposures=[an_exposure("O3", "1"), an_exposure("w", "3")])

    assert stored(api)["project_data"] == [[], []]
    assert stored(api)["remaining"] == [1, 3]


def test_another_count_keeps_what_was_taken(api: Api, alice: Person, published: Published) -> None:
    make(api)
    take(api, 0, "w-1")
    take(api, 0, "w-2")

    modify(api, alice, exposures=[an_exposure("w", "10"), an_exposure("HA", "30")])

    assert stored(api)["project_data"] == [["w-1", "w-2"], []]
    assert stored(api)["remaining"] == [8, 30]

    modify(api, alice, exposures=[an_exposure("w", "1"), an_exposure("HA", "30")])

    assert stored(api)["remaining"] == [0, 30]


def test_numbers_written_otherwise_and_what_is_empty_are_no_change(
    api: Api, alice: Person, published: Published
) -> None:
    make(api, exposures=[{"imtype": "light", "count": "3", "exposure": 60, "filter": ""}])
    take(api, 0, "w-1")

    modify(api, alice, exposures=[{"imtype": "light", "count": 3.0, "exposure": "60.0", "angle": None}])

    assert (stored(api)["project_data"][0], stored(api)["remaining"][0]) == (["w-1"], 2)


@pytest.mark.parametrize("nothing", [None, [], {}, "3 × 60 s"])
def test_what_was_taken_outlives_a_form_without_exposures(
    api: Api, alice: Person, published: Published, nothing: Any
) -> None:
    make(api)
    take(api, 0, "w-1")
    take(api, 1, "ha-1")

    answer = modify(api, alice, exposures=nothing)

    taken = {"project_data": [["w-1"], ["ha-1"]], "remaining": [2, 29]}
    assert answer.json()["project"] == a_project(exposures=nothing, **taken)
    modify(api, alice, exposures=[an_exposure("w", "5"), an_exposure("HA", "30")])
    assert stored(api)["project_data"] == [["w-1"], ["ha-1"]]
    assert stored(api)["remaining"] == [4, 29]


@pytest.mark.django_db(transaction=True)
def test_frames_that_come_while_it_is_modified_are_kept(api: Api, alice: Person) -> None:
    make(api)

    def work(number: int) -> None:
        for turn in range(8):
            if number:
                take(Api(), 1, f"frame-{number}-{turn}")
            else:
                exposures = [an_exposure("w", "3", exposure=turn), an_exposure("HA", "30")]
                assert modify(Api(), alice, project_note=str(turn), exposures=exposures).status_code == 200

    at_once(4, work)

    assert len(stored(api)["project_data"][1]) == 24
    assert stored(api)["remaining"][1] == 6
    assert stored(api)["project_note"] == "7"
