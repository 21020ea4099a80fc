"""What makes the admin's lists fast: dates without reading, counts that stop, indexes for what is asked."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from photonranch.admin.dates import Span
from photonranch.admin.display import age
from photonranch.db import counting
from testing.rows import fill, model, when

pytestmark = pytest.mark.django_db

# Those that grow with every night.
LARGE = (
    "jobs_job",
    "logs_logmessage",
    "images_image",
    "images_upload",
    "reservations_reservation",
    "pipe_item",
)


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada"))
    return client


class TestDates:
    @pytest.mark.parametrize(
        ("text", "start", "end", "around"),
        [
            ("2026", datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), None),
            ("2026-12", datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), "2026"),
            ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC), "2024-02"),
        ],
    )
    def test_a_span(self, text: str, start: datetime, end: datetime, around: str | None) -> None:
        span = Span(text)

        assert (span.start, span.end) == (start, end)
        assert (span.around.text if span.around else None) == around

    @pytest.mark.parametrize(
        "text", ["", "26", "2026-00", "2025-02-29", "2026-1-1", "2026-11-20T", "x", "20261120"]
    )
    def test_what_is_none(self, text: str) -> None:
        with pytest.raises(ValueError):
            Span(text)

    def test_the_parts_that_there_is_something_of(self) -> None:
        first, last = datetime(2026, 3, 30, 23, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)

        assert [span.text for span in Span("2026").holds(first, last)] == ["2026-03", "2026-04"]
        assert [span.text for span in Span("2026-03").holds(first, last)] == ["2026-03-30", "2026-03-31"]
        assert [span.text for span in Span("2026-04").holds(first, last)] == ["2026-04-01", "2026-04-02"]
        assert Span("2026-04-01").holds(first, last) == []

    @pytest.mark.parametrize("label", ["jobs.job", "logs.logmessage", "images.image", "status.phase"])
    def test_a_list_offers_its_days_and_keeps_to_the_chosen_one(self, staff: Client, label: str) -> None:
        """Half a day of rows lies before and half after the turn of a day, for every way to write a time."""
        rows = fill(label, 4)
        day = f"{when(0):%Y-%m-%d}"
        path = f"/admin/{label.replace('.', '/')}/"

        shown = staff.get(path, {"date": day}).context["cl"]
        expected = [row for number, row in enumerate(rows) if f"{when(number):%Y-%m-%d}" == day]
        assert {row.pk for row in shown.result_list} == {row.pk for row in expected}
        assert shown.dates_around()[0][0] == "All dates"
        month = staff.get(path, {"date": day[:7]}).context["cl"]
        assert str(int(day[8:])) in [title for title, _ in month.dates_offered()]
        assert staff.get(path, {"date": "2001"}).context["cl"].result_count == 0


class TestCounting:
    def test_it_stops(self, staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        fill("logs.logmessage", 12)
        monkeypatch.setattr("photonranch.admin.lists.MAX_COUNTED", 5)

        answer = staff.get("/admin/logs/logmessage/")

        assert "more than 5" in re.sub(r"\s+", " ", answer.content.decode())
        assert answer.context["cl"].result_count == 5

    def test_numbers_are_written_as_people_read_them(self) -> None:
        assert counting.shown(1234) == "1,234"
        assert counting.shown(10_001) == "more than 10,000"
        assert counting.capped(model("logs.logmessage").objects.all()) == 0


def test_what_no_index_serves_is_looked_for_among_the_newest(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = fill("logs.logmessage", 10)
    monkeypatch.setattr("photonranch.admin.lists.WINDOW", 4)
    newest = {row.pk for row in rows[-4:]}

    for query in ({"level": "serious"}, {"q": "message"}, {"message__icontains": "message"}, {"o": "2"}):
        shown = staff.get("/admin/logs/logmessage/", query)
        assert {row.pk for row in shown.context["cl"].result_list} == newest, query
        assert b"among the newest" in shown.content
    everything = staff.get("/admin/logs/logmessage/")
    assert everything.context["cl"].result_count == 10
    assert b"among the newest" not in everything.content


def test_among_the_newest_of_what_an_index_serves(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = fill("logs.logmessage", 45)
    monkeypatch.setattr("photonranch.admin.lists.WINDOW", 2)

    shown = staff.get("/admin/logs/logmessage/", {"site": "s003", "level": "serious"}).context["cl"]

    assert [row.pk for row in shown.result_list] == [rows[43].pk, rows[23].pk]


def test_ages_are_written_in_one_number() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    ages = [age(datetime.fromtimestamp(now.timestamp() - s, UTC), now) for s in (5, 90, 7300, 200_000, -90)]

    assert ages == ["5 s ago", "1 min ago", "2 h ago", "2 d ago", "in 1 min"]


# --- Indexes -----------------------------------------------------------------------------------------------


SERVED = [
    "jobs/job/", "jobs/job/?site=s001", "jobs/job/?state=UNREAD", "jobs/job/?date=2026", "jobs/job/?q={ulid}",
    "logs/logmessage/", "logs/logmessage/?site=s001", "logs/logmessage/?date=2026",
    "images/image/", "images/image/?site=s001", "images/image/?shown=all", "images/image/?date=2026",
    "images/image/?q=saf-camera-20260301-00000007",
    "images/upload/", "images/upload/?state=failed", "images/upload/?state=waiting",
    "images/upload/?directory=data&site=s001", "images/upload/?date=2026",
    "reservations/reservation/", "reservations/reservation/?site=s001", "reservations/reservation/?when=now",
    "reservations/reservation/?when=coming", "reservations/reservation/?date=2026",
    "pipe/item/", "pipe/item/?queue=1", "pipe/item/?state=leased", "pipe/queue/", "",
]  # fmt: skip


def plan(statement: str) -> str:
    """How the database would answer; PostgreSQL is to read a whole table only where it has no other way."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            return "\n".join(str(row[3]) for row in cursor.fetchall())
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
        return json.dumps(cursor.fetchone()[0], indent=1)


def reads_whole(text: str, table: str) -> bool:
    if connection.vendor == "sqlite":
        return re.search(rf"^SCAN {table}(?! USING)", text, re.MULTILINE) is not None
    nodes = re.findall(r'"Node Type": "(Seq Scan)"[^{}]*?"Relation Name": "(\w+)"', text)
    return ("Seq Scan", table) in nodes


def test_the_eye_sees_a_table_that_is_read_whole() -> None:
    assert reads_whole(plan("SELECT * FROM logs_logmessage WHERE message = 'x'"), "logs_logmessage")
    assert not reads_whole(plan("SELECT * FROM logs_logmessage WHERE id = 1"), "logs_logmessage")


def faults(sql: str) -> list[str]:
    """The large tables that a statement reads whole. To begin at one end of the keys and to stop is fine,
    also where the few items that are just leased are passed over."""
    found, text = [], ""
    for table in LARGE:
        if table in sql:
            text = text or plan(sql)
            passes = "WHERE" not in sql or '"leased_until" IS NULL ORDER BY "pipe_item"."seq"' in sql
            stops = "LIMIT" in sql and passes and "TEMP B-TREE" not in text
            if reads_whole(text, table) and not stops:
                found.append(f"{table}: {sql}\n{text}")
    return found


def test_no_page_reads_a_large_table_whole(staff: Client) -> None:
    for label in ("jobs.job", "logs.logmessage", "images.image", "images.upload", "reservations.reservation"):
        fill(label, 300)
    fill("pipe.item", 300)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    ulid = model("jobs.job").objects.latest("pk").pk

    found = []
    for page in SERVED:
        with CaptureQueriesContext(connection) as asked:
            assert staff.get(f"/admin/{page.format(ulid=ulid)}").status_code == 200
        # A search looks for its words among the newest, which on a small table is all of it.
        words = re.compile("LIKE (UPPER\\()?'%")
        statements = [each["sql"] for each in asked if each["sql"].startswith("SELECT")]
        found += [f"{page}: {fault}" for sql in statements if not words.search(sql) for fault in faults(sql)]
    assert not found, "\n".join(found)


def test_every_list_keeps_to_the_base(staff: Client) -> None:
    """Django's own count, filter facets and dates read the whole table."""
    for each, model_admin in admin.site._registry.items():
        kept: Any = model_admin
        assert kept.show_full_result_count is False, each
        assert kept.date_hierarchy is None, each
        assert kept.show_facets is admin.ShowFacets.NEVER, each
