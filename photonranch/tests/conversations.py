"""The documented conversation of each service: every documented call, in an order in which people make them,
with its answer. Where the answer is not the documentation's, `decided` says what was decided instead.

An expected value may be `Like` (a text that matches) or `Number()`; an answer may be made of earlier ones.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from testing.cast import ADMIN, ALICE, BOB, Person


class Like:
    """A text that matches as a whole."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(self.pattern, other, re.DOTALL) is not None

    def __hash__(self) -> int:
        return hash(self.pattern)

    def __repr__(self) -> str:
        return f"Like({self.pattern!r})"


class Number:
    def __eq__(self, other: object) -> bool:
        return isinstance(other, int | float) and not isinstance(other, bool)

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "Number()"


Kept = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Call:
    """One call. `{…}` in its path, and a function as body or answer, take what earlier answers kept."""

    line: str
    answer: Any
    body: Any = None
    who: Person | None = None
    status: int = 200
    keep: str = ""
    decided: str = ""
    pushed: list[Any] = field(default_factory=list)


SENTENCE = Like(r"[^<{\[].{5,}")
UNAUTHORIZED = {"message": "Unauthorized"}
METADATA = {"ResponseMetadata": {"HTTPStatusCode": 200}}
WARNINGS = "with what a telescope would stumble over; and the answer of a write is DynamoDB's, in short"
AS_STORED = "the answer of a write is DynamoDB's, in short"

# --- User status -------------------------------------------------------------------------------------------

MESSAGE = {
    "message": "This is a log message for testing.\nIt is sent from the frontend.",
    "log_level": "warning",
    "timestamp": "1604514063",
    "timestamp_ms": 1604514063000,
}
FULL_TIME = "timestamp_ms beside the documented timestamp"

LOGS = [
    Call(
        "POST /logs/newlog",
        {"site": "tst", **MESSAGE},
        body={
            "site": "tst",
            "log_message": "This is a log message for testing.\nIt is sent from the frontend.",
            "log_level": "warning",
            "timestamp": 1604514063,
        },
        pushed=[{"site": "tst", "topic": "userstatus", "data": {"site": "tst", **MESSAGE}}],
        decided=FULL_TIME,
    ),
    Call("GET /logs/recent-logs?after_time=1604427663&site=tst", [MESSAGE], decided=FULL_TIME),
    Call("GET /logs/recent-logs?after_time=1604514063&site=tst", []),
    Call(
        "POST /logs/newlog",
        {
            "site": "saf",
            "message": "Here is a log sent with python.",
            "log_level": "info",
            "timestamp": "1752262800",
            "timestamp_ms": 1752262800123.457,
        },
        body={
            "site": "saf",
            "log_message": "Here is a log sent with python.",
            "timestamp": 1752262800.1234567,
        },
        decided=FULL_TIME,
    ),
]

# --- Jobs --------------------------------------------------------------------------------------------------

NEW_JOB = {
    "site": "wmd",
    "device": "focuser",
    "instance": "focuser1",
    "action": "move_relative",
    "required_params": {"position": "1"},
    "optional_params": {},
    "user_name": "Firstname Lastname",
    "user_id": "user-id-1234",
}
ULID = r"[0-9A-HJKMNP-TV-Z]{26}"
JOB = {
    "statusId": Like(f"UNREAD#{ULID}"),
    "replicaStatusId": Like(f"UNREAD#{ULID}"),
    "action": "move_relative",
    "deviceType": "focuser",
    "required_params": {"position": "1"},
    "ulid": Like(ULID),
    "timestamp_ms": Number(),
    "deviceInstance": "focuser1",
    "site": "wmd",
    "optional_params": {},
    "user_name": "Alice",
    "user_id": ALICE.user_id,
    "user_roles": [],
}
WHO = "who commands is whom the token names"


def job_as(status: str, seconds: int) -> Kept:
    return lambda kept: {
        **kept["job"],
        "statusId": f"{status}#{kept['job']['ulid']}",
        "secondsUntilComplete": seconds,
    }


def update(**changes: Any) -> Kept:
    return lambda kept: {"site": "wmd", "ulid": kept["job"]["ulid"], **changes}


def updated(status: str, seconds: int) -> Kept:
    return lambda kept: {
        **METADATA,
        "ulid": kept["job"]["ulid"],
        "statusId": f"{status}#{kept['job']['ulid']}",
        "secondsUntilComplete": seconds,
    }


BOTH = "both: what the text says and what the example shows"

JOBS = [
    Call("POST /jobs/newjob", UNAUTHORIZED, body=NEW_JOB, status=401),
    Call(
        "POST /jobs/newjob",
        "action: this key is missing.",
        body={key: value for key, value in NEW_JOB.items() if key != "action"},
        who=ALICE,
        status=400,
    ),
    Call("POST /jobs/newjob", JOB, body=NEW_JOB, who=ALICE, keep="job", decided=WHO),
    Call("POST /jobs/getnewjobs", lambda kept: [kept["job"]], body={"site": "wmd"}),
    Call("POST /jobs/getnewjobs", [], body={"site": "wmd"}),
    Call(
        "POST /jobs/updatejobstatus",
        updated("STARTED", 5),
        body=update(newStatus="STARTED", secondsUntilComplete=5),
        decided=BOTH,
    ),
    Call(
        "POST /jobs/getrecentjobs",
        lambda kept: [job_as("STARTED", 5)(kept)],
        body={"site": "wmd", "timeRange": 1000 * 60 * 60 * 24},
    ),
    Call(
        "POST /jobs/updatejobstatus",
        updated("COMPLETE", -1),
        body=update(newStatus="COMPLETE", secondsUntilComplete=""),
        decided=BOTH,
    ),
    Call("POST /jobs/updatejobstatus", "ulid: this key is missing.", body={"site": "wmd"}, status=400),
    Call("POST /jobs/updatejobstatus", "site: this key is missing.", body={"ulid": "x"}, status=400),
]

# --- Projects ----------------------------------------------------------------------------------------------

KEY = {"project_name": "Trifid SRO Filters", "created_at": "2022-04-26T00:56:09Z"}
PROJECT = {
    "user_id": ALICE.user_id,
    "project_constraints": {
        "dec_offset_units": "deg",
        "meridian_flip": "flip_ok",
        "add_center_to_mosaic": False,
        "close_on_block_completion": False,
        "project_is_active": False,
        "prefer_bessell": False,
        "dark_sky_setting": False,
        "frequent_autofocus": False,
        "ra_offset": 0,
        "lunar_phase_max": 60,
        "min_zenith_dist": 0,
        "lunar_dist_min": 30,
        "enhance_photometry": False,
        "max_airmass": 2,
        "dec_offset": 0,
        "generic_instrument": "Main Camera",
        "max_ha": 4,
        "ra_offset_units": "deg",
        "near_tycho_star": False,
        "position_angle": 0,
    },
    **KEY,
    "scheduled_with_events": [],
    "remaining": ["3", "30"],
    "project_note": "SRO filters",
    "project_data": [[], []],
    "project_sites": ["sro"],
    "exposures": [
        {
            "area": "FULL", "filter": "PL", "dither": "no", "exposure": "15", "bin": "1, 1",
            "count": "3", "photometry": "-", "imtype": "light", "defocus": 0,
        },
        {
            "area": "FULL", "filter": "HA", "dither": "no", "exposure": "120", "bin": "1, 1",
            "count": "30", "photometry": "-", "imtype": "light", "defocus": 0,
        },
    ],
    "project_targets": [{"name": "M 20", "dec": "-22.9717", "ra": "18.0450"}],
}  # fmt: skip
FRAME = {**KEY, "exposure_index": 0, "base_filename": "sro-sq11-20220701-00001"}
EVENT = {**KEY, "event_id": "f83y1313-23f8-xxxx-zzzz-yy1351b7a711"}
TAKEN = {
    **PROJECT,
    "remaining": [2, "30"],
    "project_data": [["sro-sq11-20220701-00001"], []],
    "scheduled_with_events": [EVENT["event_id"]],
}
CHANGE = {**KEY, "project_changes": {"project_note": "changed"}}

PROJECTS = [
    *(
        Call(
            "POST /projects/new-project",
            f"{missing}: this key is missing.",
            body={key: value for key, value in PROJECT.items() if key != missing},
            status=400,
        )
        for missing in ("project_name", "user_id", "created_at")
    ),
    Call(
        "POST /projects/new-project",
        {"table_response": METADATA, "new_project": PROJECT, "warnings": []},
        body=PROJECT,
        decided=WARNINGS,
    ),
    Call("POST /projects/get-project", PROJECT, body=KEY),
    Call(
        "POST /projects/get-project",
        "Project not found.",
        body={**KEY, "created_at": "2023-07-11T05:37:40Z"},
        status=404,
    ),
    Call("POST /projects/get-all-projects", [PROJECT]),
    Call("POST /projects/get-user-projects", [PROJECT], body={"user_id": ALICE.user_id}),
    Call("POST /projects/get-user-projects", "user_id: this key is missing.", body={}, status=400),
    Call("POST /projects/add-project-data", {"message": "success"}, body=FRAME),
    Call(
        "POST /projects/add-project-event",
        {"message": "Successfully associated event with project."},
        body=EVENT,
    ),
    Call(
        "POST /projects/add-project-event", {"message": "Event already associated with project."}, body=EVENT
    ),
    Call("POST /projects/get-project", TAKEN, body=KEY),
    Call("POST /projects/modify-project", UNAUTHORIZED, body=CHANGE, status=401),
    Call(
        "POST /projects/modify-project",
        "You may only modify your own projects.",
        body=CHANGE,
        who=BOB,
        status=403,
    ),
    Call(
        "POST /projects/modify-project",
        {"is_successful": True, "project": {**TAKEN, "project_note": "changed"}, "warnings": []},
        body=CHANGE,
        who=ALICE,
        decided=WARNINGS,
    ),
    Call("POST /projects/modify-project", SENTENCE, body=KEY, who=ALICE, status=400),
    Call(
        "POST /projects/delete-project",
        "You may only delete your own projects.",
        body=KEY,
        who=BOB,
        status=403,
    ),
    Call("POST /projects/delete-project", {"message": "Successfully deleted project."}, body=KEY, who=ALICE),
    Call("POST /projects/get-all-projects", []),
    Call(
        "POST /projects/delete-scheduler-projects",
        {
            "message": "Delete finished",
            "successful_delete_count": 0,
            "failed_delete_count": 1,
            "failed_ids": ["gone#2022-07-01T23:45:37Z"],
        },
        body={"project_ids": ["gone#2022-07-01T23:45:37Z"]},
        decided="a caller counts on it",
    ),
]

# --- API: sites --------------------------------------------------------------------------------------------

WEMA = {
    "instance_type": "wema",
    "wema_name": "sro",
    "latitude": 37.07,
    "longitude": -119.4,
    "elevation": 1405,
    "TZ_database_name": "America/Los_Angeles",
}
NIGHT_EVENTS = (
    "Eve Bias Dark", "End Eve Bias Dark", "Eve Scrn Flats", "End Eve Scrn Flats", "Ops Window Start",
    "Observing Begins", "Observing Ends", "Cool Down, Open", "Eve Sky Flats", "Sun Set", "Civil Dusk",
    "End Eve Sky Flats", "Clock & Auto Focus", "Naut Dusk", "Astro Dark", "Middle of Night", "End Astro Dark",
    "Final Clock & Auto Focus", "Naut Dawn", "Morn Sky Flats", "Civil Dawn", "End Morn Sky Flats",
    "Ops Window Closes", "Sunrise", "Moon Rise", "Moon Set",
)  # fmt: skip
NOTE = {"note_data": {"ttl_hours": 48, "username": "Ada", "message": "Clouds expected."}}
UTC = r"\d{4}-\d\d-\d\d.\d\d:\d\d:\d\d.*"
MOON = "GET /api/events/moon/rise-set-illum?lat=37&lng=-119"
ROOM = {
    "site": "sro",
    "slug": Like("photonranch-sro-.+"),
    "room_id": Like("photonranch-sro-.+"),
    "url": Like("https://meet.jit.si/photonranch-sro-.+"),
    "config": {},
    "is_deleted": False,
}

SITES = [
    Call("PUT /api/sro/config", METADATA, body=WEMA, decided=AS_STORED),
    Call("GET /api/sro/config", {"site": "sro", "configuration": WEMA}),
    Call("GET /api/all/config", {"sro": WEMA}),
    Call("GET /api/events?site=sro", dict.fromkeys(NIGHT_EVENTS, Number())),
    Call("GET /api/events?site=sro&when=1668000000", dict.fromkeys(NIGHT_EVENTS, Number())),
    Call("GET /api/events", SENTENCE, status=400),
    Call("GET /api/events?site=nowhere", SENTENCE, status=500),
    Call("GET /api/events?site=sro&when=yesterday", SENTENCE, status=400, decided="bad input is a 400"),
    Call(
        f"{MOON}&start=2022-12-31T01:00:00Z&end=2023-01-02T01:00:00Z",
        [{"rise": Like(UTC), "set": Like(UTC), "transit": Like(UTC), "illumination": Number()}],
    ),
    Call(f"{MOON}&start=yesterday&end=2023-01-01T01:00:00Z", SENTENCE, status=404),
    Call("GET /api/nightlog/sro", "", status=204, decided="204 when there is none"),
    Call("POST /api/nightlog/sro", UNAUTHORIZED, body=NOTE, status=401, decided="a note is signed"),
    Call(
        "POST /api/nightlog/sro",
        {
            "site": "sro",
            "created_timestamp": Number(),
            "ttl_timestamp_seconds": Number(),
            "note_data": {**NOTE["note_data"]},
        },
        body=NOTE,
        who=ADMIN,
        keep="note",
    ),
    Call("GET /api/nightlog/sro", lambda kept: kept["note"]),
    Call("GET /api/control_room/sro/restart", "no control room found for site sro", status=404),
    Call("GET /api/control_room/sro", ROOM, keep="room"),
    Call("GET /api/control_room/sro", lambda kept: kept["room"]),
    Call("GET /api/control_room/sro/restart", "control room restarted successfully"),
    Call("DELETE /api/control_room/sro", "room has been deleted"),
    Call("DELETE /api/control_room/sro", "no such room found"),
    Call("POST /api/new_remotehq_browser", UNAUTHORIZED, status=401),
    Call("DELETE /api/sro/config", METADATA, decided=AS_STORED),
    Call("GET /api/all/config", {}),
]

# --- API: images -------------------------------------------------------------------------------------------

BASE = "saf-sq003ms-20260711-00000012"
JPG, PACKED, TEXT = (f"{BASE}-{tail}" for tail in ("EX10.jpg", "EX00.fits.fz", "EX00.txt"))
LINK = r"http://[^ ]+"


IMAGES = [
    Call("POST /api/upload", SENTENCE, body={"s3_directory": "secrets", "filename": JPG}, status=403),
    Call(
        "POST /api/upload",
        SENTENCE,
        body={"s3_directory": "info-images", "filename": JPG, "info_channel": 4},
        status=403,
    ),
    Call(
        "POST /api/upload",
        {
            "url": Like(LINK),
            "fields": {"key": f"data/{JPG}", "expires": Like(r"\d+"), "signature": Like(".+")},
        },
        body={"s3_directory": "data", "filename": JPG},
        keep="form",
        decided="200 for the form, then 204 for the file",
    ),
    Call(f"GET /api/image/{BASE}", f"There is no image {BASE}.", status=404),
    Call(f"GET /api/fitsheader/{BASE}", f"There is no image {BASE}.", status=404),
    Call("GET /api/infoimage/saf/1", "", status=204, decided="204 when there is none"),
    Call("GET /api/recentuploads", SENTENCE, status=404),
    Call("GET /api/recentuploads?site=saf", []),
    Call("GET /api/saf/latest_images/1", []),
    Call("GET /api/latest_image_all_sites/", {}),
    Call("GET /api/filtered_images?site=saf", []),
    Call("GET /api/filtered_images?exposure_time_min=long", SENTENCE, status=400),
    Call("POST /api/download", SENTENCE, body={"s3_directory": "secrets", "object_name": JPG}, status=403),
    Call(
        "POST /api/downloadzip",
        SENTENCE,
        body={
            "site": "saf",
            "start_timestamp_s": "2026-07-11",
            "end_timestamp_s": "2026-07-12",
            "fits_size": "small",
        },
        status=404,
    ),
    Call("GET /api/", "This is the Photon Ranch API; see /api/docs.", decided="operators' pings"),
]

# As it stands in the text that was sent.
HEADER = {
    "DATE-OBS": "2026-07-11T05:12:44.123",
    "EXPTIME": "30.0",
    "FILTER": "rp",
    "CRVAL1": "83.82",
    "CRVAL2": "-5.39",
    "ALTITUDE": "61.5",
    "AZIMUTH": "180.25",
    "AIRMASS": "1.138",
    "USERID": "googleoauth21124",
    "USERNAME": "Alice",
    "SITEID": "saf",
    "INSTRUME": "sq003ms",
    "DAY-OBS": "20260711",
    "ORIGNAME": PACKED,
    "SMARTSTK": "no",
    "SSTKNUM": "1",
    "FWHMASEC": "2.4",
}
PACKAGE = {
    "image_id": Number(),
    "base_filename": BASE,
    "data_type": "EX",
    "site": "saf",
    "capture_date": 1783746764123,
    "sort_date": 1783746764123,
    "capture_date_source": "header",
    "object_name": "",
    "details": {"instrument": "sq003ms"},
    "pixel_scale": None,
    "footprint": None,
    "exposure_time": 30,
    "right_ascension": 83.82,
    "declination": -5.39,
    "altitude": 61.5,
    "azimuth": 180.25,
    "airmass": 1.138,
    "filter_used": "rp",
    "fits_01_exists": True,
    "fits_10_exists": False,
    "fits_01_name": PACKED,
    "fits_10_name": "",
    "jpg_medium_exists": True,
    "jpg_small_exists": True,
    "jpg_url": Like(LINK),
    "jpg_thumbnail_url": Like(LINK),
    "s3_directory": "data",
    "user_id": "google-oauth2|1124",
    "username": "Alice",
    "fits_filename": PACKED,
    "fits_path": "saf/sq003ms/20260711/raw",
    "SMARTSTK": "no",
    "SSTKNUM": "",
}
UPLOADED = {
    "site": "saf",
    "upload_timestamp_s": Number(),
    "expire_timestamp_s": Number(),
    "size_bytes": Number(),
}
NIGHT = {"site": "saf", "start_timestamp_s": "2026-07-11", "end_timestamp_s": "2026-07-12"}


def downloaded(image_type: str | None, name: str) -> Call:
    """A link to a file that is saved under that name."""
    body = {"s3_directory": "data", "object_name": PACKED}
    if image_type:
        body["image_type"] = image_type
    decided = "" if image_type in ("fits", "tif") else "another image_type, or none: the file as stored"
    return Call("POST /api/download", Like(f"{LINK}save_as={name}"), body=body, decided=decided)


def in_lists(kept: dict[str, Any]) -> list[Any]:
    """What costs more to tell than a list should is told of one frame alone."""
    return [
        {key: kept["image"][key] for key in PACKAGE if key not in ("details", "pixel_scale", "footprint")}
    ]


# When a frame's header, FITS file and picture have come in.
WITH_A_FRAME = [
    Call(f"GET /api/image/{BASE}", PACKAGE, keep="image"),
    Call("GET /api/saf/latest_images/1", in_lists),
    Call("GET /api/latest_image_all_sites/", lambda kept: {"saf": kept["image"]["jpg_url"]}),
    Call("GET /api/filtered_images?site=saf&filter=rp", in_lists),
    Call("GET /api/filtered_images?site=saf&filter=w", []),
    Call(f"GET /api/fitsheader/{BASE}", HEADER),
    Call(
        "GET /api/recentuploads?site=saf",
        [{**UPLOADED, "filename": f"data/{name}"} for name in (f"{BASE}-EX11.jpg", JPG, PACKED, TEXT)],
    ),
    downloaded("fits", rf"{BASE}-EX00\.fits"),
    downloaded("tif", rf"{BASE}-EX00-arcsinh\.tif"),
    downloaded("jpg", re.escape(PACKED)),
    downloaded(None, re.escape(PACKED)),
    Call(
        "POST /api/downloadzip",
        {"message": Like(rf"{LINK}&origin=https://photonranch-001\.s3\.amazonaws\.com")},
        body={**NIGHT, "fits_size": "large"},
        decided="a link with what the frontend insists on",
    ),
    Call("POST /api/downloadzip", SENTENCE, body={**NIGHT, "fits_size": "small"}, status=404),
]

# --- API: PIPE ---------------------------------------------------------------------------------------------

QUEUE = "image-processing"
ITEM = {
    "queue_name": QUEUE,
    "payload": {"image_path": "s3://bucket/path/to/image.fits", "process_type": "calibration"},
    "sender": "observatory-controller",
}
MACHINE = {
    "pipe_id": "pipe-instance-1",
    "status": "online",
    "details": {"cpu_usage": "32%", "memory_usage": "2.4GB", "processing_job": "image-calibration-123"},
}

STALE = "stale, beside the documented keys: whether it was silent for long"

PIPE = [
    Call("POST /api/pipe/enqueue", SENTENCE, body=ITEM, status=404),
    Call("POST /api/pipe/queue", {"message": f"Queue created: {QUEUE}"}, body={"queue_name": QUEUE}),
    Call(
        "POST /api/pipe/enqueue",
        {**ITEM, "id": Like(r"\d+.*"), "created_at": Number()},
        body=ITEM,
        keep="item",
    ),
    Call(
        "POST /api/pipe/enqueue",
        {
            "queue_name": QUEUE,
            "payload": {},
            "sender": "unknown",
            "id": Like(r"\d+.*"),
            "created_at": Number(),
        },
        body={"queue_name": QUEUE, "payload": {}},
        keep="second",
        decided="without a sender it is unknown",
    ),
    Call("GET /api/pipe/queues", {QUEUE: 2}),
    Call(f"GET /api/pipe/queue/{QUEUE}?limit=5", lambda kept: [kept["item"], kept["second"]]),
    Call(f"POST /api/pipe/queue/{QUEUE}/dequeue", lambda kept: kept["item"]),
    Call(f"POST /api/pipe/queue/{QUEUE}/dequeue", lambda kept: kept["second"]),
    Call(f"POST /api/pipe/queue/{QUEUE}/dequeue", SENTENCE, status=404),
    Call(f"DELETE /api/pipe/queue/{QUEUE}", {"message": f"Queue deleted: {QUEUE}"}),
    Call(
        "POST /api/pipe/status",
        {**MACHINE, "last_updated": Number(), "stale": False},
        body=MACHINE,
        keep="machine",
        decided="stale, when a machine is silent for long",
    ),
    Call("GET /api/pipe/status/pipe-instance-1", lambda kept: kept["machine"]),
    Call("GET /api/pipe/statuses", lambda kept: [kept["machine"]]),
]

# Each of them begins on a server that has none of its rows.
CONVERSATIONS = {
    "user status": LOGS,
    "jobs": JOBS,
    "projects": PROJECTS,
    "api, sites": SITES,
    "api, PIPE": PIPE,
}

# Every call that the documentation names.
DOCUMENTED = """
POST /logs/newlog
GET /logs/recent-logs
POST /jobs/newjob
POST /jobs/updatejobstatus
POST /jobs/getnewjobs
POST /jobs/getrecentjobs
POST /projects/new-project
POST /projects/modify-project
POST /projects/get-project
POST /projects/get-all-projects
POST /projects/get-user-projects
POST /projects/add-project-data
POST /projects/add-project-event
POST /projects/delete-project
POST /api/upload
POST /api/download
POST /api/downloadzip
GET /api/recentuploads
GET /api/infoimage/[^/]+/1
GET /api/image/[^/]+
GET /api/[^/]+/latest_images/1
GET /api/latest_image_all_sites/
GET /api/fitsheader/[^/]+
GET /api/filtered_images
GET /api/[^/]+/config
PUT /api/[^/]+/config
DELETE /api/[^/]+/config
GET /api/all/config
POST /api/new_remotehq_browser
GET /api/control_room/[^/]+
DELETE /api/control_room/[^/]+
GET /api/control_room/[^/]+/restart
GET /api/nightlog/[^/]+
POST /api/nightlog/[^/]+
GET /api/events
GET /api/events/moon/rise-set-illum
POST /api/pipe/queue
POST /api/pipe/enqueue
GET /api/pipe/queue/[^/]+
POST /api/pipe/queue/[^/]+/dequeue
DELETE /api/pipe/queue/[^/]+
GET /api/pipe/queues
POST /api/pipe/status
GET /api/pipe/status/[^/]+
GET /api/pipe/statuses
"""
