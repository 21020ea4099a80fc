"""POST /jobs/updatejobstatus and /jobs/startjob."""

from typing import Any

import pytest

from conftest import Published
from jobs import services
from jobs.models import Job, JobReport
from photonranch.auth.callers import Caller
from testing.cast import SITE, Api, a_command, at_once, text

pytestmark = pytest.mark.django_db

SOMEBODY = Caller("user", "auth0|alice", "Alice")


@pytest.fixture
def job(published: Published) -> Job:
    job = services.create_job(SOMEBODY, a_command())
    services.claim_unread(SITE)
    published.clear()
    return job


def report(api: Api, job: Job, **more: Any) -> Any:
    return api.post("/jobs/updatejobstatus", {"site": SITE, "ulid": job.ulid, **more})


def test_it_works(api: Api, job: Job, published: Published) -> None:
    answer = report(api, job, newStatus="STARTED", secondsUntilComplete=5)

    assert answer.status_code == 200
    assert answer.json() == {
        "ResponseMetadata": {"HTTPStatusCode": 200},
        "ulid": job.ulid,
        "statusId": f"STARTED#{job.ulid}",
        "secondsUntilComplete": 5,
    }
    [pushed] = published.of("jobs")
    assert (pushed["statusId"], pushed["secondsUntilComplete"]) == (f"STARTED#{job.ulid}", 5)


def test_startjob_is_the_same_as_reporting_started(api: Api, job: Job) -> None:
    answer = api.post("/jobs/startjob", {"site": SITE, "ulid": job.ulid, "secondsUntilComplete": "60"})

    assert answer.json()["statusId"] == f"STARTED#{job.ulid}"
    assert answer.json()["secondsUntilComplete"] == "60"


@pytest.mark.parametrize("given", [{}, {"secondsUntilComplete": ""}, {"secondsUntilComplete": None}])
def test_no_estimate_is_minus_one(api: Api, job: Job, given: dict[str, Any]) -> None:
    assert report(api, job, newStatus="STARTED", **given).json()["secondsUntilComplete"] == -1


def test_a_site_may_name_its_work_as_it_likes(api: Api, job: Job) -> None:
    seen = [
        report(api, job, newStatus=status).json()["statusId"].split("#")[0]
        for status in ("STARTED", "EXPOSING", "READING OUT", "EXPOSING", "COMPLETE")
    ]

    assert seen == ["STARTED", "EXPOSING", "READING OUT", "EXPOSING", "COMPLETE"]


def test_a_late_report_is_answered_recorded_and_harmless(api: Api, job: Job, published: Published) -> None:
    report(api, job, newStatus="COMPLETE")
    published.clear()

    late = report(api, job, newStatus="STARTED", secondsUntilComplete=30)

    assert late.status_code == 200
    assert late.json()["statusId"] == f"COMPLETE#{job.ulid}"
    assert not published
    assert list(JobReport.objects.values_list("status", "applied")) == [
        ("COMPLETE", True),
        ("STARTED", False),
    ]


def test_a_repeated_report_is_harmless(api: Api, job: Job, published: Published) -> None:
    report(api, job, newStatus="COMPLETE")
    published.clear()

    assert report(api, job, newStatus="COMPLETE").status_code == 200
    assert not published


def test_nobody_puts_a_job_back_on_the_queue(api: Api, job: Job) -> None:
    report(api, job, newStatus="UNREAD")

    assert services.claim_unread(SITE) == []


def test_an_estimate_alone_keeps_the_status(api: Api, job: Job) -> None:
    report(api, job, newStatus="EXPOSING")
    answer = report(api, job, secondsUntilComplete=12)

    assert answer.json()["statusId"] == f"EXPOSING#{job.ulid}"
    assert answer.json()["secondsUntilComplete"] == 12


def test_the_alternate_queue_has_its_own_status(api: Api, job: Job) -> None:
    answer = report(api, job, newStatus="STARTED", alternateQueue=True)

    assert answer.json()["statusId"] == f"STARTED#{job.ulid}"
    job.refresh_from_db()
    assert (job.status, job.alternate_status) == ("RECEIVED", "STARTED")


@pytest.mark.parametrize(("site", "ulid"), [(SITE, "01E4C33S9ZFGS8P0K31FH9FDTN"), ("mrc1", None)])
def test_an_unknown_job_is_a_404_and_leaves_no_stub(api: Api, job: Job, site: str, ulid: str | None) -> None:
    answer = api.post(
        "/jobs/updatejobstatus", {"site": site, "ulid": ulid or job.ulid, "newStatus": "STARTED"}
    )

    assert answer.status_code == 404
    assert text(answer).startswith("ulid: ")
    assert Job.objects.count() == 1
    assert not JobReport.objects.exists()


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"ulid": "x", "newStatus": "STARTED"}, "site"),
        ({"site": SITE, "newStatus": "STARTED"}, "ulid"),
        ({"site": SITE, "ulid": "x", "newStatus": "A#B"}, "newStatus"),
        (
            {"site": SITE, "ulid": "x", "newStatus": "STARTED", "secondsUntilComplete": [5]},
            "secondsUntilComplete",
        ),
    ],
)
def test_bad_input_names_the_field(api: Api, body: dict[str, Any], names: str) -> None:
    answer = api.post("/jobs/updatejobstatus", body)

    assert answer.status_code == 400
    assert text(answer).startswith(f"{names}: ")


@pytest.mark.django_db(transaction=True)
def test_reports_that_meet_leave_one_end() -> None:
    job = services.create_job(SOMEBODY, a_command())
    services.claim_unread(SITE)

    def work(number: int) -> None:
        services.report(SITE, job.ulid, status="COMPLETE" if number == 0 else f"STEP {number}")

    at_once(6, work)
    job.refresh_from_db()
    assert job.status == "COMPLETE"
    assert JobReport.objects.count() == 6
