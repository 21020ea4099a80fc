"""Frames count for projects by their headers alone, as telescopes upload them and report nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import Published
from images.models import Image
from images.services.upkeep import remove_image
from images.tests.conftest import Worker
from images.tests.frames import header_text, jpg, packed_fits, send, send_frame
from projects import frames, tasks
from projects.models import Project, ProjectFrame
from reservations.models import Reservation
from sitecfg.models import Site
from testing.cast import ALICE, BOB, Api, Person, a_project, an_event, an_exposure, at_once, text

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 11, 20, 22, tzinfo=UTC)
KEY = {"project_name": "m31", "created_at": "2026-11-20T22:58:14Z"}
ID = "m31#2026-11-20T22:58:14Z"


@pytest.fixture(autouse=True)
def _evening(time_machine: Any) -> None:
    time_machine.move_to(NIGHT - timedelta(hours=1), tick=False)


def name(number: int, site: str = "saf") -> str:
    return f"{site}-sq003ms-20261120-{number:08d}"


def header(**changes: Any) -> dict[str, Any]:
    return {"DATE-OBS": taken_at(10), "EXPTIME": 60.0, "FILTER": "w", "OBSTYPE": "EXPOSE", **changes}


def taken_at(minutes: float) -> str:
    return f"{NIGHT + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S.%f}"[:-3]


def upload(api: Api, number: int, site: str = "saf", **changes: Any) -> str:
    """A frame as a telescope sends it: its picture, then its header as text."""
    send_frame(api, name(number, site), **header(**changes))
    return name(number, site)


def planned(api: Api, person: Person = ALICE, start: datetime = NIGHT, **changes: Any) -> dict[str, Any]:
    """A project of one's own, and half an hour in which it is to be observed."""
    project = a_project(user_id=person.user_id, **changes)
    assert api.post("/projects/new-project", project).status_code == 200
    name_of_it = f"{project['project_name']}#{project['created_at']}"
    event = an_event(start, project_id=name_of_it, reservation_type="project")
    assert api.post("/calendar/newevent", event, as_=person).status_code == 200
    return event


def counts(**key: str) -> tuple[list[list[str]], list[int]]:
    project = Project.objects.get(**key)
    return project.document["project_data"], [int(left) for left in project.document["remaining"]]


def about(api: Api, base: str) -> dict[str, Any]:
    [found] = api.get("/projects/frames", {"base_filename": base}).json()
    return dict(found)


def test_it_works(api: Api, published: Published) -> None:
    event = planned(api)

    one, two = upload(api, 1), upload(api, 2, FILTER="HA")

    assert counts() == ([[one], [two]], [2, 29])
    assert about(api, one) == {
        "base_filename": one,
        "state": "counted",
        **KEY,
        "exposure_index": 0,
        "event_id": event["event_id"],
        "reason": "",
        "changed_at": "2026-11-20T21:00:00Z",
    }
    pushed = published.of("projects")[-1]
    assert (pushed["change"], pushed["taken"], pushed["remaining"]) == ("modified", 2, 31)


@pytest.mark.parametrize("picture_first", [True, False])
def test_the_same_frame_counts_once(api: Api, published: Published, picture_first: bool) -> None:
    """Raw and reduced, header as text and in the file, sent again."""
    planned(api)
    files = [
        ("EX10.jpg", jpg()),
        ("EX00.txt", header_text(**header())),
        ("EX00.fits.fz", packed_fits(**header())),
        ("EX01.fits.fz", packed_fits(**header())),
        ("EX10.fits.fz", packed_fits(**header())),
    ]
    for tail, content in [*files, *files] if picture_first else [*files[::-1], *files[::-1]]:
        send(api, f"{name(1)}-{tail}", content)

    assert counts() == ([[name(1)], []], [2, 30])


def test_nothing_counts_before_its_header_is_read(api: Api, published: Published) -> None:
    planned(api)
    send(api, f"{name(1)}-EX10.jpg", jpg())
    assert counts() == ([[], []], [3, 30])
    assert api.get("/projects/frames", {"base_filename": name(1)}).json() == []

    send(api, f"{name(1)}-EX00.txt", header_text(**header()))
    assert counts() == ([[name(1)], []], [2, 30])


def test_frames_that_arrive_days_later_count(api: Api, published: Published, time_machine: Any) -> None:
    planned(api)
    time_machine.move_to(NIGHT + timedelta(days=5))

    assert counts(project_name="m31") == ([[], []], [3, 30])
    upload(api, 1)
    assert counts() == ([[name(1)], []], [2, 30])


@pytest.mark.parametrize(
    ("begun", "seconds", "counted"),
    [(29, 60.0, True), (29.6, 60.0, False), (-0.4, 60.0, True), (-0.6, 60.0, False), (29.5, 60.0, False)],
)
def test_the_middle_of_the_exposure_says_whose_it_is(
    api: Api, published: Published, begun: float, seconds: float, counted: bool
) -> None:
    planned(api)
    upload(api, 1, EXPTIME=seconds, **{"DATE-OBS": taken_at(begun)})

    assert (counts() == ([[name(1)], []], [2, 30])) is counted


def test_neighbours_in_the_calendar_get_their_own(api: Api, published: Published) -> None:
    planned(api)
    planned(api, BOB, NIGHT + timedelta(minutes=30), project_name="m33")

    mine, his = upload(api, 1), upload(api, 2, **{"DATE-OBS": taken_at(29.8)})

    assert counts(project_name="m31") == ([[mine], []], [2, 30])
    assert counts(project_name="m33") == ([[his], []], [2, 30])


def test_more_than_was_asked_for_is_left_out(api: Api, published: Published) -> None:
    planned(api)
    bases = [upload(api, number) for number in range(5)]

    assert counts() == ([bases[:3], []], [0, 30])
    left_out = about(api, bases[4])
    assert (left_out["state"], left_out["exposure_index"], left_out["project_name"]) == (
        "left out",
        None,
        "m31",
    )
    assert left_out["reason"] == (
        "The project has all the frames of this kind, filter and exposure time already."
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"FILTER": "gp"}, "The project asks for no light frames through gp."),
        ({"EXPTIME": 20.0}, "The project asks for no such frames of 20 s."),
        ({"OBSTYPE": "DARK"}, "The project asks for no dark frames."),
        ({"DATE-OBS": None}, "Its header does not say when it was taken."),
        ({"DATE-OBS": taken_at(45)}, "There was no event at saf at 2026-11-20 22:45:30 UTC."),
    ],
)
def test_why_a_frame_counts_for_nothing_is_kept(
    api: Api, published: Published, changes: dict[str, Any], reason: str
) -> None:
    planned(api)
    upload(api, 1, **changes)

    assert counts() == ([[], []], [3, 30])
    assert (about(api, name(1))["state"], about(api, name(1))["reason"]) == ("left out", reason)


def test_what_was_taken_in_no_event_costs_no_task_and_can_be_matched_again(
    api: Api, published: Published, worker: Worker
) -> None:
    worker.idle = True
    upload(api, 1)
    sent = [worker.waiting.pop(0) for _ in range(len(worker.waiting))]
    for task, args in sent:
        tasks_of(worker)[task](*args)
    assert about(api, name(1))["state"] == "left out"
    assert worker.waiting == []
    worker.idle = False

    # Put into the calendar after the fact, as staff may.
    planned(api)
    frames.expect(name(1))
    assert counts() == ([[name(1)], []], [2, 30])


def test_a_counted_frame_whose_corrected_date_lies_in_no_event_is_taken_back(
    api: Api, published: Published
) -> None:
    planned(api)
    upload(api, 1)
    upload(api, 1, **{"DATE-OBS": taken_at(45)})

    assert counts() == ([[], []], [3, 30])
    assert about(api, name(1))["reason"] == "There was no event at saf at 2026-11-20 22:45:30 UTC."


def test_a_reported_frame_that_was_taken_in_no_event_stays_reported(api: Api, published: Published) -> None:
    planned(api)
    body = {**KEY, "exposure_index": 1, "base_filename": name(1)}
    assert api.post("/projects/add-project-data", body).status_code == 200
    upload(api, 1, **{"DATE-OBS": taken_at(45)})

    assert counts() == ([[], [name(1)]], [3, 29])
    assert about(api, name(1))["state"] == "reported"


def test_an_event_without_a_project_delivers_none(api: Api, published: Published) -> None:
    api.post("/calendar/newevent", an_event(NIGHT), as_=ALICE)
    upload(api, 1)

    assert about(api, name(1))["reason"] == (
        "The event at saf at 2026-11-20 22:10:30 UTC has no project that is delivered in it."
    )


def test_another_site_s_frames_are_not_its_own(api: Api, published: Published) -> None:
    planned(api)
    upload(api, 1, site="mrc1")

    assert counts() == ([[], []], [3, 30])


def test_a_project_of_somebody_else_is_not_delivered(api: Api, published: Published) -> None:
    """Whoever names it in their own time does not move it."""
    api.post("/projects/new-project", a_project())
    api.post("/calendar/newevent", an_event(NIGHT, project_id=ID), as_=BOB)
    upload(api, 1)

    assert counts() == ([[], []], [3, 30])


# --- Headers that change -----------------------------------------------------------------------------------


def test_a_corrected_header_moves_the_frame(api: Api, published: Published) -> None:
    planned(api)
    upload(api, 1)
    upload(api, 1, FILTER="HA")
    assert counts() == ([[], [name(1)]], [3, 29])
    assert about(api, name(1))["exposure_index"] == 1

    upload(api, 1, FILTER="gp")
    assert counts() == ([[], []], [3, 30])
    assert about(api, name(1))["reason"] == "The project asks for no light frames through gp."

    upload(api, 1)
    assert counts() == ([[name(1)], []], [2, 30])


def test_a_corrected_date_moves_it_to_another_project(api: Api, published: Published) -> None:
    planned(api)
    planned(api, BOB, NIGHT + timedelta(minutes=30), project_name="m33")
    upload(api, 1)

    upload(api, 1, **{"DATE-OBS": taken_at(40)})

    assert counts(project_name="m31") == ([[], []], [3, 30])
    assert counts(project_name="m33") == ([[name(1)], []], [2, 30])

    upload(api, 1, **{"DATE-OBS": taken_at(400)})
    assert counts(project_name="m33") == ([[], []], [3, 30])
    assert about(api, name(1))["project_name"] is None


def test_a_header_that_says_the_same_changes_nothing(api: Api, published: Published) -> None:
    planned(api)
    upload(api, 1)
    before = len(published.of("projects"))
    upload(api, 1)

    assert len(published.of("projects")) == before
    assert counts() == ([[name(1)], []], [2, 30])


# --- What sites report goes before -------------------------------------------------------------------------


def report(api: Api, index: int, base_filename: str, **key: str) -> None:
    body = {**KEY, "exposure_index": index, "base_filename": base_filename, **key}
    assert api.post("/projects/add-project-data", body).json() == {"message": "success"}


FORMS = ["{}", "{}-EX00.fits.fz", "{}-EX10.jpg", "data/{}-EX00.fits", "{}.fits"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("reported_first", [True, False])
def test_a_frame_that_is_reported_too_counts_once(
    api: Api, published: Published, form: str, reported_first: bool
) -> None:
    planned(api)
    written = form.format(name(1))
    if reported_first:
        report(api, 0, written)
    upload(api, 1)
    if not reported_first:
        report(api, 0, written)
    report(api, 0, name(1))

    assert counts() == ([[written if reported_first else name(1)], []], [2, 30])
    assert about(api, written)["state"] == "reported"


@pytest.mark.parametrize("reported_first", [True, False])
def test_what_a_site_reports_goes_before_what_the_header_says(
    api: Api, published: Published, reported_first: bool
) -> None:
    planned(api)
    if reported_first:
        report(api, 1, name(1))
    upload(api, 1)
    report(api, 1, name(1))
    upload(api, 1)

    assert counts() == ([[], [name(1)]], [3, 29])


@pytest.mark.parametrize("reported_first", [True, False])
def test_also_where_it_is_another_project_s(api: Api, published: Published, reported_first: bool) -> None:
    planned(api)
    api.post("/projects/new-project", a_project(project_name="m1", user_id=BOB.user_id))
    if reported_first:
        report(api, 0, name(1), project_name="m1")
    upload(api, 1)
    report(api, 0, name(1), project_name="m1")
    upload(api, 1)

    assert counts(project_name="m31") == ([[], []], [3, 30])
    assert counts(project_name="m1") == ([[name(1)], []], [2, 30])


def test_what_was_reported_before_there_were_rows_for_frames_counts(api: Api, published: Published) -> None:
    planned(api)
    report(api, 1, name(1))
    ProjectFrame.objects.all().delete()

    upload(api, 1)

    assert counts() == ([[], [name(1)]], [3, 29])
    assert about(api, name(1))["state"] == "reported"


def test_a_refused_report_takes_nothing_away(api: Api, published: Published, time_machine: Any) -> None:
    planned(api)
    api.post("/projects/new-project", a_project(project_name="m1"))
    upload(api, 1)
    for change in (
        {"exposure_index": 7},
        {"project_name": "none such"},
        {"project_name": "m1", "exposure_index": -1},
    ):
        body = {**KEY, "exposure_index": 0, "base_filename": name(1), **change}
        assert api.post("/projects/add-project-data", body).status_code in (400, 404)

    assert counts(project_name="m31") == ([[name(1)], []], [2, 30])


# --- Smart stacks ------------------------------------------------------------------------------------------


def test_a_smart_stack_counts_once_when_it_is_complete(api: Api, published: Published) -> None:
    planned(api, exposures=[an_exposure("w", "2", exposure="100")], remaining=["2"], project_data=[[]])
    stack: dict[str, Any] = {"SMARTSTK": "201126221000", "SSTKLEN": 4, "EXPTIME": 30.0}
    for number in (0, 1, 3):
        upload(api, number, SSTKNUM=number, **stack)
    assert counts() == ([[]], [2])
    assert about(api, name(3))["reason"].startswith("Of its smart stack of 4 frames 3 are here")

    upload(api, 2, SSTKNUM=2, **stack)
    assert counts() == ([[name(2)]], [1])

    upload(api, 3, SSTKNUM=3, **stack)
    assert counts() == ([[name(2)]], [1])
    assert about(api, name(3))["reason"] == f"Its smart stack counts as one frame: {name(2)}."


# --- Nothing is lost, nothing counts twice -----------------------------------------------------------------


def test_a_lost_message_is_made_up_for(
    api: Api,
    published: Published,
    worker: Worker,
    time_machine: Any,
) -> None:
    planned(api)
    worker.idle = True
    upload(api, 1)
    lost = ("projects.tasks.match_frame", (name(1),))
    while worker.waiting:
        task, args = worker.waiting.pop(0)
        if task != "projects.tasks.match_frame":
            tasks_of(worker)[task](*args)
    assert lost not in worker.waiting
    assert about(api, name(1))["state"] == "waiting"

    tasks.resume()
    assert counts() == ([[], []], [3, 30]), "its message may still come"
    time_machine.shift(timedelta(seconds=31))
    tasks.resume()
    assert counts() == ([[name(1)], []], [2, 30])
    assert frames.resume() == 0


def tasks_of(worker: Worker) -> Any:
    from photonranch.celery import app

    return app.tasks


def test_one_that_cannot_be_matched_holds_up_no_other(
    api: Api, published: Published, monkeypatch: pytest.MonkeyPatch, time_machine: Any
) -> None:
    planned(api)
    for number in (1, 2):
        upload(api, number)
    Project.objects.get().frames.update(state="waiting")
    match = frames.match

    def broken(base: str) -> None:
        if base == name(1):
            raise RuntimeError("broken")
        match(base)

    monkeypatch.setattr(frames, "match", broken)
    time_machine.shift(timedelta(seconds=31))

    assert frames.resume() == 2
    assert [about(api, name(number))["state"] for number in (1, 2)] == ["waiting", "counted"]
    assert frames.resume() == 0


def test_a_frame_that_is_gone_is_left_out(api: Api, published: Published) -> None:
    planned(api)
    upload(api, 1, FILTER="gp")
    remove_image(Image.objects.get())
    frames.expect(name(1))

    assert about(api, name(1))["reason"] == "The archive does not have it any more."


@pytest.mark.django_db(transaction=True)
def test_many_at_once_for_the_last_place(api: Api, worker: Worker) -> None:
    planned(api, exposures=[an_exposure("w", "2")], remaining=["2"], project_data=[[]])
    worker.idle = True
    for number in range(6):
        upload(api, number)
    ingests = [args for task, args in worker.waiting if task == "images.tasks.ingest"]
    worker.waiting.clear()
    for args in ingests:
        tasks_of(worker)["images.tasks.ingest"](*args)
    messages = [args for task, args in worker.waiting if task == "projects.tasks.match_frame"]

    at_once(len(messages), lambda number: tasks.match_frame(*messages[number]))

    data, left = counts()
    assert (len(data[0]), left) == (2, [0])
    assert sorted(ProjectFrame.objects.values_list("state", flat=True)) == ["counted"] * 2 + ["left out"] * 4


@pytest.mark.django_db(transaction=True)
def test_reported_and_matched_at_once_counts_once(api: Api, worker: Worker) -> None:
    planned(api)
    worker.idle = True
    upload(api, 1)
    for task, args in [*worker.waiting]:
        tasks_of(worker)[task](*args)

    def do(number: int) -> None:
        if number % 2:
            tasks.match_frame(name(1))
        else:
            report(Api(), number % 4 // 2, name(1))

    at_once(6, do)

    data, left = counts()
    assert 31 <= sum(left) <= 32
    assert all(names in ([], [name(1)]) for names in data)
    assert about(api, name(1))["state"] == "reported"


# --- Projects that change ----------------------------------------------------------------------------------


def test_where_a_frame_counts_follows_the_exposures(api: Api, published: Published) -> None:
    planned(api)
    one, two = upload(api, 1), upload(api, 2, FILTER="HA")
    swapped = [an_exposure("HA", "30"), an_exposure("w", "3")]
    change = {**KEY, "project_changes": {"exposures": swapped}}
    assert api.post("/projects/modify-project", change, as_=ALICE).status_code == 200
    assert [about(api, base)["exposure_index"] for base in (one, two)] == [1, 0]

    change = {**KEY, "project_changes": {"exposures": swapped[:1]}}
    assert api.post("/projects/modify-project", change, as_=ALICE).status_code == 200
    assert about(api, two)["exposure_index"] == 0
    assert (about(api, one)["state"], about(api, one)["reason"]) == (
        "left out",
        "The exposure that it counted for was changed, or is gone.",
    )


def test_a_deleted_project_has_no_frames(api: Api, published: Published) -> None:
    planned(api)
    upload(api, 1)
    assert api.post("/projects/delete-project", KEY, as_=ALICE).status_code == 200

    left = about(api, name(1))
    assert (left["state"], left["project_name"], left["reason"]) == (
        "left out",
        None,
        "Its project was deleted.",
    )


# --- What is shown -----------------------------------------------------------------------------------------


def test_a_project_s_frames_with_those_that_do_not_count(api: Api, published: Published) -> None:
    planned(api)
    upload(api, 1)
    upload(api, 2, FILTER="gp")
    upload(api, 3, site="mrc1")

    found = api.get("/projects/frames", KEY).json()
    assert {frame["base_filename"]: frame["state"] for frame in found} == {
        name(1): "counted",
        name(2): "left out",
    }


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ({}, 400, "project_name: this key is missing."),
        ({"project_name": "m31"}, 400, "created_at: this key is missing."),
        ({**KEY, "project_name": "m2"}, 404, "Project not found."),
    ],
)
def test_bad_questions_are_told(api: Api, query: dict[str, str], status: int, said: str) -> None:
    answer = api.get("/projects/frames", query)
    assert (answer.status_code, text(answer)) == (status, said)


def test_the_admin_shows_both_sides(api: Api, published: Published, admin_client: Any) -> None:
    Site.objects.create(code="saf")
    planned(api)
    upload(api, 1)
    upload(api, 2, FILTER="gp")
    project = Project.objects.get()

    page = admin_client.get(f"/admin/projects/projectframe/?project={project.pk}")
    assert [frame.pk for frame in page.context["cl"].result_list] == [name(2), name(1)]
    assert b"no light frames through gp" in page.content
    one = Image.objects.get(base_filename=name(1))
    assert b"m31, exposure 0" in admin_client.get(f"/admin/images/image/{one.pk}/change/").content
    assert admin_client.get(f"/admin/projects/projectframe/{name(1)}/change/").status_code == 200
    assert (
        f"projectframe/?project={project.pk}"
        in admin_client.get(f"/admin/projects/project/{project.pk}/change/").content.decode()
    )


def test_staff_have_a_frame_matched_again(api: Api, published: Published, admin_client: Any) -> None:
    """When its event was put into the calendar after the fact."""
    upload(api, 1)
    assert about(api, name(1))["state"] == "left out"
    planned(api)
    admin_client.post(
        "/admin/projects/projectframe/",
        {"action": "match_again", "_selected_action": [name(1)], "confirmed": "yes"},
    )

    assert about(api, name(1))["state"] == "counted"
    assert Reservation.objects.count() == 1
