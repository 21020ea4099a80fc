"""Rows of every model, by the number, for tests of the admin: what they say makes sense to the pages that
show it."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from ulid import ULID

from testing.cast import a_project

# Of today, so that nothing has expired before a test looks at it.
START = timezone.now() - timedelta(hours=12)
KEPT = timedelta(days=2)


def model(label: str) -> Any:
    """By its name: this module belongs to no app, and imports none."""
    return apps.get_model(label)


def fill(label: str, count: int) -> list[Any]:
    """`count` rows of a model, with whatever they hang on; they come after those that are there."""
    first = model(label).objects.count()
    rows = [ROWS[label](number) for number in range(first, first + count)]
    made: list[Any] = model(label).objects.bulk_create(rows)
    return made


def when(number: int) -> datetime:
    return START + timedelta(minutes=10 * number)


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def code(number: int) -> str:
    return f"s{number:03}"


def mixed(number: int, usual: str, *states: str) -> str:
    """Each of `states` in turn for the first hundred rows; a large table's rows are nearly all `usual`."""
    return states[number % len(states)] if number < 100 else usual


def site(number: int) -> Any:
    kind = "wema" if number % 3 == 0 else "obs"
    configuration = {"instance_type": kind, "note": "<b>&"}
    return model("sitecfg.site")(code=code(number), kind=kind, wema=code(0), configuration=configuration)


def job(number: int) -> Any:
    at, state = ms(when(number)), mixed(number, "COMPLETE", "UNREAD", "RECEIVED", "COMPLETE", "EXPOSING")
    key = ULID.from_bytes(at.to_bytes(6, "big") + number.to_bytes(10, "big"))
    return model("jobs.job")(
        ulid=str(key), site=code(number % 20), timestamp_ms=at, status=state,
        device_type="camera", device_instance="camera_1_1", action="expose",
        required_params={"time": "<i>1"}, user_id="auth0|alice", user_name="Alice", seconds_until_complete=-1,
    )  # fmt: skip


def report(number: int) -> Any:
    [of] = fill("jobs.job", 1)
    return model("jobs.jobreport")(job=of, status="STARTED", applied=True, received_at=when(number))


def reservation(number: int) -> Any:
    start = when(number)
    return model("reservations.reservation")(
        event_id=f"event-{number}", site=code(number), start=start, end=start + timedelta(minutes=30),
        start_text=str(start), end_text=str(start), creator_id=f"auth0|{number}", creator="Alice",
        title="M 31", reservation_type="realtime", project_id="m31#2026", origin="PTR", last_modified=start,
    )  # fmt: skip


def project(number: int) -> Any:
    return model("projects.project")(
        project_name=f"m{number}",
        created_at=when(number).isoformat(),
        user_id="auth0|alice",
        document=a_project(),
    )


def project_frame(number: int) -> Any:
    state = mixed(number, "left out", "counted", "left out", "waiting", "reported")
    counts = state in ("counted", "reported")
    return model("projects.projectframe")(
        base_filename=f"saf-camera-20260301-{number:08}",
        state=state,
        exposure_index=0 if counts else None,
        reason="" if counts else "There was no event.",
        changed_at=when(number),
    )


def image(number: int) -> Any:
    return model("images.image")(
        base_filename=f"saf-camera-20260301-{number:08}", site=code(number % 20), instrument="camera",
        data_type="EX", capture_date=when(number), jpg="EX10.jpg", fits_large="EX00.fits.fz",
        listed=number % 5 != 4, filter_used="w", username="alice", user_key="auth0alice", exposure_time=60,
    )  # fmt: skip


def header(number: int) -> Any:
    [of] = fill("images.image", 1)
    return model("images.imageheader")(image=of, cards={"OBJECT": "M 31", "EXPTIME": 60}, from_text=True)


def upload(number: int) -> Any:
    name = f"saf-camera-20260301-{number:08}-EX10.jpg"
    state = mixed(number, "done", "done", "failed", "waiting", "kept")
    return model("images.upload")(
        key=f"data/{name}", directory="data", filename=name, site=code(number % 20), size_bytes=1000 + number,
        uploaded_at=when(number), state=state, reason="not a jpg" if state == "failed" else "",
    )  # fmt: skip


def info_image(number: int) -> Any:
    return model("images.infoimage")(
        site=code(number), channel=1, base_filename=f"saf-info-20260301-{number:08}", data_type="EX",
        date="20260301", jpg="EX10.jpg", updated_at=when(number), expires_at=when(number) + KEPT,
    )  # fmt: skip


def product(number: int) -> Any:
    return model("images.product")(
        id=f"{number:040}", kind="zip", site="saf", filename=f"saf-{number}.zip", recipe={"members": []},
        state="ready", total=5, done=5, created_at=when(number), touched_at=when(number),
        expires_at=when(number) + KEPT,
    )  # fmt: skip


def item(number: int) -> Any:
    [of] = fill("pipe.queue", 1)
    held = (
        {"leased_until": ms(timezone.now()) + 60_000, "receipt": f"{number:032}"} if number % 3 == 2 else {}
    )
    return model("pipe.item")(
        queue=of, payload=json.dumps({"n": number}), sender="saf", created_at=ms(when(number)), **held
    )


def room(number: int) -> Any:
    return model("sitecfg.controlroom")(
        site=code(number),
        provider="jitsi",
        url="https://meet.example/x",
        claimed_at=START,
        restarted_at=START,
    )


def entry(number: int) -> Any:
    user, _ = User.objects.get_or_create(username="auditor")
    of = ContentType.objects.get_for_model(model("jobs.job"))
    text = "Canceled"
    return LogEntry(
        user=user,
        content_type=of,
        object_id="1",
        object_repr="a job",
        action_flag=CHANGE,
        change_message=text,
    )


# The label of a model → its row of that number.
ROWS: dict[str, Callable[[int], Any]] = {
    "auth.user": lambda n: User(username=f"user-{n}"),
    "auth.group": lambda n: Group(name=f"group-{n}"),
    "admin.logentry": entry,
    "sitecfg.site": site,
    "sitecfg.configuration": lambda n: model("sitecfg.configuration")(
        site=code(n), configuration={"n": n} if n % 2 else None, put_at=when(n), put_by="ada"
    ),
    "sitecfg.sitekey": lambda n: model("sitecfg.sitekey")(
        scope="site", site=code(n), start="prk_abc", digest=f"{n:064}", made_at=when(n), made_by="ada"
    ),
    "sitecfg.night": lambda n: model("sitecfg.night")(
        site=code(n), date=when(n).date(), start=when(n), end=when(n), events={"sunset": 2461000.5}
    ),
    "sitecfg.nightnote": lambda n: model("sitecfg.nightnote")(
        site=code(n),
        note_data={"message": "clouds"},
        created_at=when(n),
        expires_at=when(n) + KEPT,
        author="ada",
    ),
    "sitecfg.controlroom": room,
    "targets.satellite": lambda n: model("targets.satellite")(
        name=f"<b>satellite {n}", key=f"<b>satellite {n}", line1="1" * 69, line2="2" * 69, changed_at=when(n)
    ),
    "targets.targetlist": lambda n: model("targets.targetlist")(
        user_id="auth0|alice",
        name=f"<b>list {n}",
        targets=[{"name": "M31"}],
        created_at=when(n),
        changed_at=when(n),
    ),
    "jobs.job": job,
    "jobs.jobreport": report,
    "jobs.siteclock": lambda n: model("jobs.siteclock")(site=code(n), last_ms=ms(when(n))),
    "logs.logmessage": lambda n: model("logs.logmessage")(
        site=code(n % 20),
        message=f"<b>message {n}",
        log_level="error",
        timestamp=when(n).timestamp(),
        received_at=when(n),
    ),
    "reservations.reservation": reservation,
    "reservations.sitecalendar": lambda n: model("reservations.sitecalendar")(site=code(n)),
    "projects.project": project,
    "projects.projectframe": project_frame,
    "status.status": lambda n: model("status.status")(
        site=code(n),
        status_type="weather",
        server_timestamp_ms=ms(when(n)),
        wx_ok=n % 2 == 0,
        document={"n": n},
    ),
    "status.phase": lambda n: model("status.phase")(
        site=code(n), message="Taking flats", timestamp=when(n).timestamp()
    ),
    "status.weathersample": lambda n: model("status.weathersample")(
        site=code(n), minute=ms(when(n)) // 60_000, temperature=-4.5 + n, humidity=40.0
    ),
    "status.lastseen": lambda n: model("status.lastseen")(
        site=code(n), endpoint="getnewjobs", at=timezone.now() - timedelta(hours=n)
    ),
    "images.image": image,
    "images.imageheader": header,
    "images.upload": upload,
    "images.infoimage": info_image,
    "images.product": product,
    "images.storedvolume": lambda n: model("images.storedvolume")(
        directory="data", site=code(n), files=n, size_bytes=n, measured_at=when(n)
    ),
    "pipe.queue": lambda n: model("pipe.queue")(name=f"queue-{n}", created_at=ms(when(n))),
    "pipe.item": item,
    "pipe.sample": lambda n: model("pipe.sample")(at=ms(when(n)), depths={"work": [n, 0]}),
    "pipe.machine": lambda n: model("pipe.machine")(
        pipe_id=f"pipe-{n}", status="online", details={"load": n}, last_updated=ms(when(n))
    ),
}
