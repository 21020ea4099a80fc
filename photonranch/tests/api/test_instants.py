"""Times are read in one place, and no time in any place breaks a call."""

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from django.conf import settings
from django.test import Client

from photonranch.admin.dates import LAST, Span
from photonranch.admin.display import at
from photonranch.api import instants
from photonranch.api.instants import NotATime
from photonranch.tests.test_excerpts import bodies, operations, paths
from sitecfg.tests.cast import put_both
from testing.cast import ADMIN, Api, an_event

UTC_NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20 12:00:00",
        "2026-11-20T12:00:00Z",
        " 2026-11-20T13:00+01:00 ",
        "20261120T120000Z",
        "2026-11-20T12",
    ],
)
def test_it_works(text: str) -> None:
    assert instants.from_text(text) == UTC_NOON
    assert instants.from_either(text).utcoffset() == timedelta(0)


@pytest.mark.parametrize("value", [1_795_176_000, 1_795_176_000.0, "1795176000", "1795176000.0"])
def test_unix_seconds_are_a_time_too(value: Any) -> None:
    assert instants.from_either(value) == UTC_NOON


def test_eight_digits_are_a_date() -> None:
    assert instants.from_either("20261120") == datetime(2026, 11, 20, tzinfo=UTC)


# Beyond the calendar, or on its last page; with and without a zone; numbers of every kind and size.
TEXTS = [
    "9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59.999999Z", "9999-12-31", "9999-12-31T23:59:59+23:59",
    "0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00-23:59", "0001-01-01T00:00:00Z", "0001-01-01",
    "0000-00-00", "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2026-02-30",
    "2026-11-20T24:00:01Z", "2026-11-20T23:59:60Z", "2026-W53-7", "now", "", " ", "²", "١٢٣",
    "2026-11-20T12:00:00" + "0" * 5_000,
]  # fmt: skip
NUMBERS = [
    0, -1, -62_135_596_800, -62_135_596_801, 253_402_300_799, 253_402_300_800, 1_795_176_000_000,
    2**31, 2**53, 2**63, 2**64, -(2**63) - 1, 10**18, 10**30, 10**300, 1e18, 1e299, -1e299, 5e-324, 0.1,
]  # fmt: skip
WORDS = [
    "NaN",
    "inf",
    "-inf",
    "1e400",
    "-1e400",
    "1e5",
    "0x10",
    "1_000",
    "9" * 400,
    "9" * 5_000,
    "0." + "3" * 5_000,
]


@pytest.mark.parametrize("value", [*TEXTS, *NUMBERS, *WORDS], ids=lambda value: str(value)[:30])
def test_what_is_read_is_in_utc_and_all_else_is_refused(value: Any) -> None:
    for read in (instants.from_either, instants.from_text, instants.from_seconds, instants.from_milliseconds):
        if (read is instants.from_text) == isinstance(value, str) or read is instants.from_either:
            try:
                found = read(value)
            except NotATime:
                continue
            assert found.utcoffset() == timedelta(0)
            assert found.isoformat()


# --- Every parameter ---------------------------------------------------------------------------------------

A_TIME = re.compile(
    r"date|time|start|end|when|until|after|before|since|hours|age|ttl|expire|lease|wait|range|nights|created_at"
    r"|secondsUntil|_s$|_ms$",
    re.IGNORECASE,
)
# Found by their names; should one of these get another, this test would not see it any more.
AMONG_THEM = {
    "/api/filtered_images start_date", "/api/filtered_images end_date", "/api/filtered_images before",
    "/api/downloadzip start_timestamp_s", "/api/downloadzip end_timestamp_s", "/logs/recent-logs after_time",
    "/logs/newlog timestamp", "/jobs/getrecentjobs timeRange", "/calendar/newevent start",
    "/calendar/siteevents end",
    "/calendar/get-event-at-time time", "/calendar/user-events-ending-after-time time", "/api/events when",
    "/api/events/range start", "/api/events/moon/rise-set-illum end", "/api/sky/{site}.svg when",
    "/status/{site}/weather/history hours", "/status/phase_status/{site} max_age_seconds",
    "/api/file/{key} expires",
    "/projects/new-project created_at", "/jobs/updatejobstatus secondsUntilComplete",
}  # fmt: skip


def asked(document: dict[str, Any]) -> dict[str, list[tuple[str, str, Any, str, str]]]:
    """Path and name of every parameter that looks like a time → method, address, what else, where, name."""
    found: dict[str, list[tuple[str, str, Any, str, str]]] = {}
    for method, path, operation in operations(document):
        address = next(paths(path))
        queries = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
        plain = {"site": "saf", "lat": 35, "lng": -106, "start": "2026-11-20", "end": "2026-11-25"}
        query = {name: plain[name] for name in queries if name in plain}
        for name in filter(A_TIME.search, queries):
            found.setdefault(f"{path} {name}", []).append((method, address, query, "query", name))
        if method != "GET":
            examples = [body for body in bodies(document, operation) if isinstance(body, dict)][:1]
            for body in examples:
                for name in filter(A_TIME.search, body):
                    found.setdefault(f"{path} {name}", []).append((method, address, body, "body", name))
    return found


@pytest.mark.django_db
def test_no_time_in_any_parameter_breaks_a_call(api: Api) -> None:
    put_both()
    api.post("/calendar/newevent", an_event(UTC_NOON), as_=ADMIN)
    api.client.raise_request_exception = False
    document: dict[str, Any] = yaml.safe_load(api.get("/api/schema").content)
    parameters = asked(document)
    assert set(parameters) >= AMONG_THEM, sorted(AMONG_THEM - set(parameters))

    broken = []
    for where, ways in parameters.items():
        for method, address, given, place, name in ways:
            for value in [*TEXTS, *NUMBERS, *WORDS]:
                changed = {**given, name: value}
                if place == "query":
                    pairs = "&".join(f"{key}={quote(str(each))}" for key, each in changed.items())
                    answer = api.send(method, f"{address}?{pairs}", as_=ADMIN)
                else:
                    answer = api.send(method, address, changed, as_=ADMIN)
                if answer.status_code >= 500:
                    broken.append(f"{method} {where} = {str(value)[:40]}: {answer.status_code}")
    assert not broken, "\n".join(broken)


@pytest.mark.django_db
def test_what_was_taken_can_be_read_back(api: Api, admin_client: Client) -> None:
    put_both()
    for number, (start, end) in enumerate(
        [("0001-01-01T00:00:00Z", "0001-01-02T00:00:00Z"), ("9999-12-31T00:00:00Z", "9999-12-31T23:59:59Z")]
    ):
        event = {**an_event(UTC_NOON), "event_id": f"event-{number}", "start": start, "end": end}
        api.post("/calendar/newevent", event, as_=ADMIN)
    for timestamp in (-62_135_596_800, 253_402_300_799):
        api.post("/logs/newlog", {"site": "saf", "log_message": "then", "timestamp": timestamp})

    window = {"site": "saf", "start": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"}
    assert api.post("/calendar/siteevents", window).status_code == 200
    assert len(api.get("/logs/recent-logs?site=saf&after_time=-62135596800").json()) == 1
    assert api.get("/sites/saf").status_code == 200
    for page in ("logs/logmessage", "reservations/reservation"):
        assert admin_client.get(f"/admin/{page}/").status_code == 200, page


# --- The admin's dates -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["0001", "0001-01", "0001-01-01", "9999", "9999-12", "9999-12-31", "2026-12", "2026"]
)
def test_a_span_ends_where_the_calendar_does(text: str) -> None:
    span = Span(text)
    assert span.start < span.end <= LAST
    assert all(part.start >= span.start for part in span.holds(span.start, LAST))


def test_a_month_has_its_days() -> None:
    assert [len(Span(text).holds(Span(text).start, LAST)) for text in ("2026-02", "2024-02", "9999-12")] == [
        28,
        29,
        31,
    ]
    assert Span("2026-12").end == datetime(2027, 1, 1, tzinfo=UTC)


LISTS = [
    "jobs/job",
    "reservations/reservation",
    "images/image",
    "images/upload",
    "logs/logmessage",
    "status/phase",
]


@pytest.mark.django_db
@pytest.mark.parametrize("page", LISTS)
def test_any_date_may_be_chosen_above_a_list(admin_client: Client, page: str) -> None:
    for text in (
        "0001",
        "0001-01-01",
        "1969",
        "9999",
        "9999-12",
        "9999-12-31",
        "0000",
        "99999",
        "2026-13",
        "²",
    ):
        assert admin_client.get(f"/admin/{page}/?date={text}").status_code in (200, 302), text


def test_a_time_that_no_calendar_holds_is_shown_as_its_number() -> None:
    assert at(1e200) == "1e+200"
    assert "1970-01-01" in at(1)


# --- One reader --------------------------------------------------------------------------------------------

READERS = re.compile(
    r"(datetime|date)\.(fromisoformat|fromtimestamp|utcfromtimestamp|strptime|fromordinal)|parse_date"
)
# Who may read a time elsewhere, and why.
ELSEWHERE = {
    "photonranch/api/instants.py": "the reader itself",
    "photonranch/admin/dates.py": "years, months and days above a list, which are spans and no instants",
    "streams/sqs/signatures.py": "AWS's own form; within 15 minutes of now",
    "images/store.py": "the file system's clock, and the day of this server's",
    "jobs/admin.py": "milliseconds that this server gave out",
    "sitecfg/serializers.py": "days, which have no zone; and our own times on their way out",
    "console/templatetags/times.py": "milliseconds that this server gave out",
    "console/templatetags/console_site.py": "sites' clocks, which it answers with nothing when out of range",
    "console/start_page.py": "milliseconds that this server gave out",
    "console/site/facts.py": "milliseconds that this server gave out",
}


def test_nobody_else_reads_times() -> None:
    found = set()
    for path in sorted(Path(settings.BASE_DIR).glob("*/**/*.py")):
        name = str(path.relative_to(settings.BASE_DIR))
        if re.match(r"\.|var/|simulator/|bench/", name) or "/tests/" in name or "/testing" in name:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and READERS.fullmatch(ast.unparse(node)):
                found.add(name)
    assert found <= set(ELSEWHERE), "read it with photonranch.api.instants"
