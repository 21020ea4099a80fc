"""A network that has been in use, and everything it answers; for tests of upgrades and backups.

    python -m testing.network fill       makes one in an empty database, through the REST API
    python -m testing.network answers    prints what every call that only asks answers, as JSON

    python -m testing.network use        goes on working with what is there

All run at a fixed time: what depends on the clock comes out alike, whenever it is asked. The database is the
one of DATABASE_URL or VAR_DIR, files and keys are in VAR_DIR; SECRET_KEY has to be the same.
"""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from testing.cast import Api

BASE = "saf-sq003ms-20260711-00000012"
FILLED_AT = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
ASKED_AT = FILLED_AT + timedelta(hours=1)
PROJECT = {"project_name": "m31", "created_at": "2026-11-20T22:58:14Z"}
NIGHT = Path(__file__).parents[1] / "photonranch" / "tests" / "recorded_night.jsonl"
QUEUES = ["image-processing", "a/b #c?", "leased"]


# --- Filling -----------------------------------------------------------------------------------------------


def fill(api: "Api") -> None:
    for step in (_sites, _night, _calendar_and_projects, _statuses, _queues, _files):
        step(api)


def _did(answer: Any) -> Any:
    assert answer.status_code in (200, 204), (answer.request, answer.content)
    return json.loads(answer.content) if answer.content[:1] in (b"{", b"[") else None


def _sites(api: "Api") -> None:
    from testing.cast import ADMIN, ALICE

    zone = {"TZ_database_name": "America/Los_Angeles"}
    place = {"latitude": 34.3, "longitude": -119.7, "elevation": 300, **zone}
    _did(api.put("/api/saf/config", {**place, "site": "saf", "wema_name": "safw", "text": "é \U0001f52d"}))
    _did(api.put("/api/safw/config", {**place, "site": "safw", "instance_type": "wema"}))
    _did(api.put("/api/mrc1/config", {"site": "mrc1", "latitude": "34,3", "nothing": None}))
    note = {"site": "saf", "message": "Clouds after midnight.\n☁", "ttl_hours": 48}
    _did(api.post("/api/nightlog/saf", {"note_data": note}, as_=ADMIN))
    _did(api.get("/api/control_room/saf", as_=ALICE))


def _night(api: "Api") -> None:
    """Logs and commands of a recorded night, in the states that they came to."""
    from testing.cast import ADMIN, ALICE, BOB

    people = {"alice": ALICE, "bob": BOB, "ada": ADMIN}
    for line in map(json.loads, NIGHT.read_text().splitlines()):
        body = {**line["body"]}
        if "timestamp" in body:
            body["timestamp"] = FILLED_AT.timestamp() - 7200 + line["t"]
        _did(api.post(line["path"], body, as_=people.get(line["who"])))
    jobs = _did(api.post("/jobs/getrecentjobs", {"site": "saf", "timeRange": 86_400_000}))
    started = next(job for job in jobs if job["statusId"].startswith("RECEIVED"))
    report = {"site": "saf", "ulid": started["ulid"], "newStatus": "EXPOSING", "secondsUntilComplete": 5}
    _did(api.post("/jobs/updatejobstatus", report))


def _calendar_and_projects(api: "Api") -> None:
    from testing.cast import ADMIN, ALICE, BOB, a_project, an_event

    _did(api.post("/projects/new-project", a_project()))
    _did(api.post("/projects/new-project", a_project(project_name="grüße/1", user_id=BOB.user_id)))
    for number in range(3):
        frame = {**PROJECT, "exposure_index": number % 2, "base_filename": f"saf-sq11-20261120-{number:08}"}
        _did(api.post("/projects/add-project-data", frame))
    name = f"{PROJECT['project_name']}#{PROJECT['created_at']}"
    events = [
        (FILLED_AT + timedelta(minutes=30), ALICE, {"project_id": name, "event_id": "event-1"}),
        (FILLED_AT + timedelta(hours=2), BOB, {"event_id": "event-2", "reservation_note": "clear, please"}),
        (FILLED_AT + timedelta(hours=3), ADMIN, {"event_id": "event-3", "site": "mrc1"}),
    ]
    for start, person, changes in events:
        _did(api.post("/calendar/newevent", an_event(start, 45, **changes), as_=person))


def _statuses(api: "Api") -> None:
    from status.lastseen import notebook

    for number in range(3):
        mount = {"eastpier": {"altitude": 41.5 + number, "message": "-", "is_parked": False, "nan": None}}
        _did(api.post("/status/saf/status", {"statusType": "device", "status": {"mount": mount}}))
    weather = {"observing_conditions": {"observing_conditions1": {"wx_ok": "Yes", "temperature_C": "12.3"}}}
    _did(api.post("/status/safw/status", {"statusType": "weather", "status": weather}))
    roof = {"enclosure": {"enclosure1": {"shutter_status": "Open", "enclosure_mode": "Automatic"}}}
    _did(api.post("/status/safw/status", {"statusType": "enclosure", "status": roof}))
    _did(api.post("/status/phase_status", {"site": "saf", "message": "Taking flats"}))
    # Who called when is kept in memory for some seconds, and written in one go.
    notebook.write()


def _queues(api: "Api") -> None:
    for name in QUEUES:
        _did(api.post("/api/pipe/queue", {"queue_name": name}))
        for number in range(3):
            item = {"queue_name": name, "payload": {"n": number, "π": [1.0, "1", None]}, "sender": "saf"}
            _did(api.post("/api/pipe/enqueue", item))
    _did(api.post("/api/pipe/queue/leased/dequeue", {"lease_s": 43_200}))
    _did(api.post("/api/pipe/status", {"pipe_id": "pipe-1", "status": "busy", "details": {"n": 7}}))


def _files(api: "Api") -> None:
    """A frame in all its forms, and what a site shows of its camera."""
    from images.tests import frames

    for name, content in [
        (f"{BASE}-EX00.txt", frames.header_text()),
        (f"{BASE}-EX10.jpg", frames.jpg()),
        (f"{BASE}-EX00.fits.fz", frames.packed_fits()),
    ]:
        assert frames.send(api, name, content).status_code == 204
    name = f"{BASE}-EX10.jpg"
    assert frames.send(api, name, frames.jpg(), "info-images", info_channel=2).status_code == 204


# --- Asking ------------------------------------------------------------------------------------------------

WINDOW = {"start": "2026-11-20T00:00:00Z", "end": "2026-11-23T00:00:00Z"}
AT = {"site": "saf", "time": "2026-11-21T04:40:00Z", "user_id": "auth0|alice"}
# Every call that only asks; test_upgrades.py holds that none is missing.
ASKS: list[tuple[str, str, Any]] = [
    ("GET", "/api/all/config", None),
    ("GET", "/api/saf/config", None),
    ("GET", "/api/nightlog/saf", None),
    ("GET", "/api/control_room/saf", None),
    ("GET", "/api/events?site=saf&when=1795215496", None),
    ("GET", "/api/events/range?site=saf&start=2026-11-20&nights=2", None),
    (
        "GET",
        "/api/events/moon/rise-set-illum?lat=34&lng=-119&start=2026-11-20T00:00:00Z&end=2026-11-24T00:00:00Z",
        None,
    ),
    ("GET", "/api/sky/saf.svg?when=1795215496", None),
    ("GET", f"/api/image/{BASE}", None),
    ("GET", f"/api/fitsheader/{BASE}", None),
    ("GET", "/api/saf/latest_images/10", None),
    ("GET", "/api/latest_image_all_sites", None),
    ("GET", "/api/filtered_images?site=saf", None),
    ("GET", "/api/recentuploads?site=all", None),
    ("GET", "/api/infoimage/saf/2", None),
    ("POST", "/api/download", {"object_name": f"{BASE}-EX10.jpg", "image_type": "stored"}),
    ("GET", "/api/pipe/queues", None),
    ("GET", "/api/pipe/queue/a%2Fb%20%23c%3F", None),
    ("GET", "/api/pipe/queue/image-processing?limit=2", None),
    ("GET", "/api/pipe/queue/leased", None),
    ("GET", "/api/pipe/depths", None),
    ("GET", "/api/pipe/leases", None),
    ("GET", "/api/pipe/dead", None),
    ("GET", "/api/pipe/status/pipe-1", None),
    ("GET", "/api/pipe/statuses", None),
    ("POST", "/calendar/siteevents", {"site": "saf", **WINDOW, "full_project_details": True}),
    ("POST", "/calendar/siteevents", {"site": "mrc1", **WINDOW}),
    ("POST", "/calendar/get-event-at-time", AT),
    ("POST", "/calendar/is-user-scheduled", AT),
    ("POST", "/calendar/does-conflicting-event-exist", AT),
    ("POST", "/calendar/user-events-ending-after-time", AT),
    ("POST", "/calendar/scheduler-observations", {"site": "saf", **WINDOW}),
    ("POST", "/projects/get-all-projects", {}),
    ("POST", "/projects/get-user-projects", {"user_id": "auth0|alice"}),
    ("POST", "/projects/get-project", PROJECT),
    ("GET", "/projects/progress?user_id=auth0%7Calice", None),
    ("GET", "/projects/frames?base_filename=saf-sq11-20261121-00000009", None),
    ("POST", "/jobs/getrecentjobs", {"site": "saf", "timeRange": 86_400_000}),
    ("POST", "/jobs/getrecentjobs", {"site": "safw", "timeRange": 86_400_000}),
    ("GET", "/logs/recent-logs?site=saf&after_time=0", None),
    ("GET", "/status/saf/device", None),
    ("GET", "/status/safw/weather/history", None),
    ("GET", "/status/saf/complete_status", None),
    ("GET", "/status/safw/complete_status", None),
    ("GET", "/status/allopenstatus", None),
    ("GET", "/status/lastseen", None),
    ("GET", "/status/phase_status/saf?max_age_seconds=86400", None),
]


def answers(api: "Api") -> dict[str, Any]:
    """Call → status, and the body as it stands; of links, what they hand out as well."""
    from testing.cast import ADMIN

    answers_by_call: dict[str, Any] = {}
    for method, path, body in ASKS:
        answer = api.send(method, path, body, ADMIN)
        sent = "" if body is None else f" {json.dumps(body, sort_keys=True)}"
        answers_by_call[f"{method} {path}{sent}"] = [answer.status_code, answer.content.decode()]
        if path == "/api/download":
            file = api.client.get(answer.content.decode())
            answers_by_call["the file"] = [file.status_code, file.getvalue().hex()]
    return answers_by_call


# --- Going on ----------------------------------------------------------------------------------------------


def use(api: "Api") -> None:
    """Every kind of row that was there before is changed, and what was waiting is handed out in its order."""
    from testing.cast import ADMIN, ALICE, a_command

    first = _did(api.post("/api/pipe/queue/image-processing/dequeue"))
    assert first["payload"]["n"] == 0
    job = _did(api.post("/jobs/newjob", a_command(), as_=ALICE))
    assert job["ulid"] in [each["ulid"] for each in _did(api.post("/jobs/getnewjobs", {"site": "saf"}))]
    [event, *_] = _did(api.post("/calendar/siteevents", {"site": "saf", **WINDOW}))
    changed = {**event, "reservation_note": "changed"}
    _did(api.post("/calendar/modifyevent", {"originalEvent": event, "modifiedEvent": changed}, as_=ADMIN))
    frame = {**PROJECT, "exposure_index": 0, "base_filename": "saf-sq11-20261121-00000009"}
    _did(api.post("/projects/add-project-data", frame))
    config = _did(api.get("/api/saf/config"))["configuration"]
    _did(api.put("/api/saf/config", {**config, "changed": True}))
    _did(api.post("/logs/newlog", {"site": "saf", "log_message": "after"}))
    _statuses(api)
    _files(api)
    _did(api.get(f"/api/image/{BASE}"))


# --- From the command line ---------------------------------------------------------------------------------


def main(task: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "photonranch.settings")
    import django

    django.setup()
    import time_machine
    from django.test.utils import setup_test_environment

    from photonranch.celery import app
    from testing.cast import Api

    setup_test_environment()
    # What a worker would do is done on the spot.
    app.loader.import_default_modules()
    app.send_task = lambda name, args=(), **_: app.tasks[name](*args)
    if task == "fill":
        with time_machine.travel(FILLED_AT):
            fill(Api())
    elif task == "use":
        with time_machine.travel(ASKED_AT):
            use(Api())
    else:
        with time_machine.travel(ASKED_AT, tick=False):
            json.dump(answers(Api()), sys.stdout, indent=1, ensure_ascii=False)


if __name__ == "__main__":
    main(sys.argv[1])
