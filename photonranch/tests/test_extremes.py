"""What a column holds can be shown: no value in one row makes a list, or a page of the admin, fail for all.

Each model's columns get every extreme of their kind, a row each: the first and the last day of the calendar,
the longest text, odd characters, the largest numbers, JSON that is deep, empty or of another kind than its
readers expect. What the database refuses cannot be stored; of all else every list and page is asked.
"""

import json
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import cycle
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.contrib.admin.utils import quote
from django.contrib.auth.models import User
from django.db import Error, connection, models, transaction
from django.test import Client
from django.urls import reverse

from photonranch.api.fields import SITE_CODE
from sitecfg.demo import FOLDER as DEMO_SITES
from sitecfg.fields import JsonTextField
from testing.rows import ROWS, fill

pytestmark = pytest.mark.django_db

LIBRARIES = {"admin", "auth"}
MODELS = sorted(label for label in ROWS if label.split(".")[0] not in LIBRARIES)

CONTROLS = "".join(map(chr, [*range(1, 32), *range(127, 160)]))
ODD = f"<b>&\"'\\%s{{0}}{{{{7*7}}}}/../?#\u2028\u202e\u200b\ufeff\ufffe\U0010ffff\U0001f52de\u0301{CONTROLS}"
LONGEST = 200_000
DEPTH = 200
YEARS = {"start": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"}


def nested(depth: int, *, objects: bool) -> Any:
    value: Any = 1
    for _ in range(depth - 1):
        value = {"a": value} if objects else [value]
    return value


# Of one kind each, and those that stand for any value within a document.
OBJECTS: list[Any] = [nested(DEPTH, objects=True), {}, {"": ""}, {ODD: ODD}, {str(n): n for n in range(2000)}]
LISTS: list[Any] = [nested(DEPTH, objects=False), [], [None], [[]], [{}], ["x" * 50_000], list(range(2000))]
PLAIN: list[Any] = ["", ODD, 0, -1, 10**400, -(10**400), 1e308, 5e-324, True, False]
WITHIN: list[Any] = [None, -(10**400), 1e308, ODD, [[{}]], {"a": [1]}]


def documents(sample: Any) -> list[Any]:
    """JSON of the kind that services take care of: in an object's place an object, whatever is in it."""
    if isinstance(sample, dict):
        return OBJECTS + [{**sample, key: value} for key, value in zip(sample, cycle(WITHIN), strict=False)]
    return LISTS if isinstance(sample, list) else [*OBJECTS, *LISTS, *PLAIN]


# What is usual in a document, where the rows of tests hold less.
SAMPLES: dict[str, Any] = {
    "sitecfg.site.configuration": json.loads((DEMO_SITES / "saf.json").read_bytes()),
    "sitecfg.configuration.configuration": json.loads((DEMO_SITES / "safw.json").read_bytes()),
    "reservations.reservation.details": {"reservation_note": "", "resourceId": "saf", "rrule": "x"},
    "status.status.document": {name: {"val": 1, "timestamp": 1.5} for name in ("a", "b", "c", "d", "e", "f")},
    "images.upload.mended": ["DATE-OBS: read as a day alone"],
    "images.image.details": {"image_type": "light", "gain": 1.5, "telescope": "x", "temperature": -10},
    "images.imageheader.cards": {"OBJECT": "M 31", "EXPTIME": 60, "DATE-OBS": "2026-11-20T03:04:05"},
}
# What the server itself makes, or takes of one form alone.
OWN = {
    "sitecfg.site.code", "sitecfg.night.events", "jobs.job.ulid", "pipe.sample.depths",
    "images.product.recipe", "images.image.footprint", "images.storedvolume.files",
    "images.storedvolume.size_bytes",
}  # fmt: skip
# What a row has to hold besides, where a column holds something else than usual.
BESIDES: dict[str, dict[str, Any]] = {"sitecfg.sitekey.scope": {"site": ""}}
# Text that is JSON.
TEXTS = {"pipe.item.payload"}


def extremes(label: str, field: Any) -> list[Any]:
    """The values of a column that programs stumble over."""
    column = f"{label}.{field.name}"
    sample = SAMPLES.get(column) or getattr(ROWS[label](0), field.attname)
    empty = [None] if field.null else []
    if isinstance(sample, dict | list) and column not in OWN:
        return empty + documents(sample)
    if column in OWN:
        return [*empty, sample]
    if column in TEXTS:
        return [json.dumps(value) for value in documents(None)]
    match field:
        case models.AutoField():
            return []
        case models.JSONField() | JsonTextField():
            return empty + documents(sample)
        case models.BooleanField():
            return [*empty, True, False]
        case models.DateTimeField():
            return [*empty, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
        case models.DateField():
            return [*empty, date.min, date.max]
        case models.FloatField():
            return [*empty, 1.7e308, -1.7e308, 5e-324, -0.0, math.inf, -math.inf, math.nan]
        case models.IntegerField():
            least, most = connection.ops.integer_field_range(field.get_internal_type())
            return [*empty, least, most, 0, -1]
        case models.TextField():
            return [*empty, "", ODD, "\U0001f52d" * LONGEST]
        case models.CharField():
            longest = field.max_length or LONGEST
            texts = [" ", ODD[:longest], ODD[-longest:], "\U0001f52d" * longest]
            return [*empty, *([] if field.primary_key else [""]), *texts]
    return []


class Stored(NamedTuple):
    row: Any
    field: str
    value: Any


def store(label: str) -> list[Stored]:
    """A row for each extreme of each column, as far as the database takes it."""
    model: Any = apps.get_model(label)
    found: list[Stored] = []
    for field in model._meta.concrete_fields:
        before = len(found)
        values = extremes(label, field)
        for value in values:
            # Whatever the rows hang on comes with the row.
            row = ROWS[label](model._default_manager.count())
            for name, other in BESIDES.get(f"{label}.{field.name}", {}).items():
                setattr(row, name, other)
            setattr(row, field.attname, value)
            try:
                with transaction.atomic():
                    row.save(force_insert=True)
            except (Error, ValueError, OverflowError):
                continue
            found.append(Stored(row, field.name, value))
        assert len(found) > before or not values, f"{label}.{field.name} took nothing"
    return found


# --- Lists -------------------------------------------------------------------------------------------------

GET, POST = "GET", "POST"
Call = tuple[str, str, dict[str, Any] | None]

EVERYWHERE: list[Call] = [
    (GET, "/", None),
    (GET, "/pipe", None),
    (GET, "/metrics", None),
    (GET, "/api/all/config", None),
    (GET, "/api/filtered_images?limit=10000", None),
    (GET, "/api/latest_image_all_sites", None),
    (GET, "/api/recentuploads?site=all", None),
    (GET, "/api/pipe/queues", None),
    (GET, "/api/pipe/depths", None),
    (GET, "/api/pipe/leases", None),
    (GET, "/api/pipe/dead", None),
    (GET, "/api/pipe/statuses", None),
    (GET, "/status/allopenstatus", None),
    (GET, "/status/lastseen", None),
    (GET, "/projects/progress?user_id=auth0|alice", None),
    (POST, "/projects/get-all-projects", None),
    (POST, "/projects/get-user-projects", {"user_id": "auth0|alice"}),
    (POST, "/calendar/user-events-ending-after-time", {"user_id": "auth0|1", "time": YEARS["start"]}),
]


def of_site(app: str, site: str) -> list[Call]:
    at = {"site": site, "time": "9999-12-31T23:59:59Z", "user_id": "auth0|1"}
    calls: dict[str, list[Call]] = {
        "images": [
            (GET, f"/api/{site}/latest_images/1000", None),
            (GET, f"/api/filtered_images?site={site}", None),
            (GET, f"/api/recentuploads?site={site}", None),
            (GET, f"/api/infoimage/{site}/1", None),
        ],
        "sitecfg": [(GET, f"/sites/{site}", None), (GET, f"/api/nightlog/{site}", None)],
        "status": [
            (GET, f"/sites/{site}", None),
            (GET, f"/status/{site}/complete_status", None),
            (GET, f"/status/{site}/weather", None),
            (GET, f"/status/{site}/weather/history", None),
            (GET, f"/status/phase_status/{site}", None),
        ],
        "logs": [(GET, f"/logs/recent-logs?site={site}&after_time=-62135596800", None)],
        "jobs": [
            (POST, "/jobs/getrecentjobs", {"site": site, "timeRange": 9e15}),
            (POST, "/jobs/getnewjobs", {"site": site}),
        ],
        "reservations": [
            (POST, "/calendar/siteevents", {"site": site, "full_project_details": True, **YEARS}),
            (POST, "/calendar/scheduler-observations", {"site": site, **YEARS}),
            (POST, "/calendar/get-event-at-time", at),
            (POST, "/calendar/is-user-scheduled", at),
        ],
    }
    return calls.get(app, [])


# A page of a site that has no configuration, and what there is none of.
NOTHING = {"/sites/", "/api/nightlog/", "/api/infoimage/"}


def answer(client: Client, call: Call) -> str:
    """What is wrong with the answer of a list; nothing, if nothing is."""
    method, path, body = call
    got: Any = (
        client.get(path)
        if method == GET
        else client.post(path, json.dumps(body), content_type="application/json")
    )
    content = b"".join(got.streaming_content) if got.streaming else got.content
    nothing = got.status_code == 404 and any(map(path.startswith, NOTHING))
    if got.status_code not in (200, 204) and not nothing:
        return f"{method} {path}: {got.status_code} {content[:200]!r}"
    if got.headers.get("Content-Type", "").startswith("application/json") and content:
        json.loads(content, parse_constant=_no_json)
    if path == "/metrics":
        return ", ".join(line for line in content.decode().split("\n") if _is_down(line))
    return ""


def _no_json(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _is_down(line: str) -> bool:
    return line.startswith("photonranch_source_up{") and line.endswith(" 0.0")


def sites_of(stored: list[Stored]) -> Iterator[str]:
    named = {getattr(each.row, "site", "") or getattr(each.row, "code", "") for each in stored}
    named |= {of.site for each in stored for of in _parents(each.row) if hasattr(of, "site")}
    return iter(sorted(site for site in named if SITE_CODE.fullmatch(site)))


def _parents(row: Any) -> Iterator[Any]:
    for field in row._meta.concrete_fields:
        if field.is_relation and (of := getattr(row, field.name)) is not None:
            yield of


@pytest.mark.parametrize("label", MODELS)
def test_every_list_answers(client: Client, label: str) -> None:
    client.raise_request_exception = False
    stored = store(label)
    app = label.split(".")[0]
    calls = EVERYWHERE + [call for site in sites_of(stored) for call in of_site(app, site)]

    assert [problem for call in calls if (problem := answer(client, call))] == []


# --- The admin ---------------------------------------------------------------------------------------------


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada"))
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("label", MODELS)
def test_every_page_of_the_admin_opens(staff: Client, label: str) -> None:
    stored = store(label)
    fill(label, 1)
    base = f"admin:{label.replace('.', '_')}_"
    wrong = []
    for each in stored:
        page = staff.get(reverse(f"{base}change", args=[quote(each.row.pk)]))
        # A queue without a name is another's dead letters: shown there, and nowhere else.
        if page.status_code != (302 if (label, each.value) == ("pipe.queue", None) else 200):
            wrong.append((each.field, repr(each.value)[:60], page.status_code))

    assert wrong == []
    assert staff.get("/admin/").status_code == 200
    changelist = staff.get(reverse(f"{base}changelist"))
    assert changelist.status_code == 200
    for number in range(1, changelist.context["cl"].paginator.num_pages + 1):
        assert staff.get(reverse(f"{base}changelist"), {"p": number}).status_code == 200
    for text in ("s00", ODD[:50], "\U0001f52d"):
        assert staff.get(reverse(f"{base}changelist"), {"q": text}).status_code == 200
