"""Statements made once give what the ORM gives, on both databases, with any values."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.models.signals import post_save
from django.test.utils import CaptureQueriesContext

from jobs.models import Job
from logs.models import LogMessage
from photonranch.db.prepared import Param, PreparedQuery, insert
from sitecfg.models import Site

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 7, 1, 4, 5, 6, 789_000, tzinfo=UTC)

since: "PreparedQuery[LogMessage]" = PreparedQuery(
    lambda: LogMessage.objects.filter(
        site=Param("site", models.CharField()), received_at__gte=Param("since", models.DateTimeField())
    ).order_by("-received_at")[:2]
)


def message(number: int, site: str = "saf") -> LogMessage:
    return LogMessage(
        site=site,
        message=f"måne 🌙 {number}",
        log_level="info",
        timestamp=number + 0.5,
        received_at=NOW + timedelta(minutes=number),
    )


def job(ulid: str) -> Job:
    return Job(
        ulid=ulid,
        site="saf",
        timestamp_ms=2**41,
        device_type="camera",
        device_instance="camera_1_1",
        action="expose",
        required_params={"time": "1", "null": None, "deep": [1.0, {"ü": True}]},
        user_id="alice",
        user_name="Alice",
    )


def test_it_works() -> None:
    for number in range(4):
        insert(message(number))
    insert(message(9, site="mrc"))

    for start in (0, 3, 5):  # the same statement, asked again with other values
        at = NOW + timedelta(minutes=start)
        expected = LogMessage.objects.filter(site="saf", received_at__gte=at).order_by("-received_at")[:2]
        found = since.all(site="saf", since=at)
        assert found == list(expected)
        assert [vars(each) | {"_state": None} for each in found] == [
            vars(each) | {"_state": None} for each in expected
        ]


def test_the_statement_is_made_once() -> None:
    since.all(site="saf", since=NOW)
    made: list[int] = []
    prepared: PreparedQuery[LogMessage] = PreparedQuery(
        lambda: made.append(1) or LogMessage.objects.filter(site=Param("site", models.CharField()))  # type: ignore[func-returns-value]
    )
    with CaptureQueriesContext(
        connection,
    ) as queries:
        prepared.all(site="saf")
        prepared.all(site="mrc")
    assert len(queries) == 2
    assert made == [1]


def test_values_are_values_and_never_sql() -> None:
    insert(message(1))
    assert since.all(site="saf' OR '1'='1", since=NOW) == []
    assert since.all(site="%s", since=NOW) == []


@pytest.mark.parametrize("text", ["måne", "it's", "100 %", "%s", "%%s", "a\\b", "' OR '1'='1"])
def test_what_never_changes_is_a_value_too(text: str) -> None:
    insert(LogMessage(site="saf", message=text, log_level="info", timestamp=1.0, received_at=NOW))
    insert(message(2))
    fixed: PreparedQuery[LogMessage] = PreparedQuery(
        lambda: LogMessage.objects.filter(message=text, timestamp=1.0, site=Param("site", models.CharField()))
    )

    assert [each.message for each in fixed.all(site="saf")] == [text]
    assert fixed.all(site="mrc") == []


def test_what_never_changes_is_written_into_the_statement() -> None:
    """A partial index serves it without a new plan at every execution."""
    with CaptureQueriesContext(connection) as queries:
        assert not Job.objects.any_unread("saf")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # which is as good, of a table without rows
        kind = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        cursor.execute(f"{kind} {queries[0]['sql']}")
        plan = str(cursor.fetchall())

    assert "'UNREAD'" in queries[0]["sql"]
    assert "job_unread" in plan


def test_a_value_that_is_not_given_is_named() -> None:
    with pytest.raises(KeyError, match="since"):
        since.all(site="saf")


def test_columns_that_are_left_out_are_read_when_they_are_needed() -> None:
    Site.objects.create(
        code="saf", kind="obs", devices={"mount": ["mount1"]}, configuration={"name": "Apache"}
    )
    site = Site.objects.in_brief("saf")
    assert site is not None
    assert site.devices == {"mount": ["mount1"]}
    assert "configuration" not in vars(site)
    assert site.configuration == {"name": "Apache"}
    assert Site.objects.in_brief("mrc") is None


@pytest.mark.parametrize("refused", [{"n": models.Count("pk")}])
def test_what_it_cannot_do_it_says(refused: dict[str, models.Aggregate]) -> None:
    prepared: PreparedQuery[Site] = PreparedQuery(lambda: Site.objects.annotate(**refused))
    with pytest.raises(AssertionError, match="annotations"):
        prepared.all()


def test_an_inserted_row_is_what_save_would_have_made() -> None:
    inserted, saved = job("01J0000000000000000000000A"), job("01J0000000000000000000000B")
    insert(inserted)
    saved.timestamp_ms += 1
    saved.save(force_insert=True)
    ours, theirs = (Job.objects.filter(pk=each.pk).values().get() for each in (inserted, saved))
    assert ours == theirs | {"ulid": inserted.ulid, "timestamp_ms": inserted.timestamp_ms}
    assert ours["seconds_until_complete"] is None
    # It is a row that can be saved again.
    inserted.action = "stop"
    inserted.save(update_fields=["action"])
    assert Job.objects.get(pk=inserted.pk).action == "stop"


def test_a_key_that_the_database_makes_comes_back() -> None:
    first, second = message(1), message(2)
    insert(first)
    insert(second)
    assert LogMessage.objects.get(pk=first.pk).message == first.message
    assert second.pk > first.pk


def test_no_signals_are_sent() -> None:
    heard: list[object] = []

    def hear(**_: object) -> None:
        heard.append(1)

    post_save.connect(hear, sender=LogMessage)
    try:
        insert(message(1))
    finally:
        post_save.disconnect(hear, sender=LogMessage)
    assert heard == []


def test_a_key_that_is_there_already_ends_the_transaction() -> None:
    insert(job("01J0000000000000000000000A"))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(job("01J0000000000000000000000A"))
    assert Job.objects.count() == 1
