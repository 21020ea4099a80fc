"""Everything that changes messages."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from logs import levels
from logs.models import LogMessage
from logs.serializers import pushed
from photonranch.db.batches import delete_in_batches
from photonranch.db.prepared import insert
from streams.services import publish

BATCH = 1000


def add(site: str, message: str, *, log_level: str = "info", timestamp: float | None = None) -> LogMessage:
    """Keep a message and push it to everybody who watches the site.

    Each is a row of its own: of several in one second none replaces another, and all are pushed. Short names
    of levels (WARN) become the documented ones.
    """
    now = timezone.now()
    # One statement needs no transaction around it: two round trips to the database less.
    kept = LogMessage(
        site=site,
        message=message,
        log_level=levels.documented(log_level),
        timestamp=now.timestamp() if timestamp is None else timestamp,
        received_at=now,
    )
    insert(kept)
    publish(site, "userstatus", pushed(kept))
    return kept


def remove(message: LogMessage) -> None:
    """Remove one before its time: staff, in the admin, when it says what it should not."""
    message.delete()


def expire() -> int:
    """Remove messages older than settings.LOG_KEEP_DAYS; returns how many.

    In batches: one large DELETE would hold its locks, and on SQLite every writer, for as long as it takes.
    """
    too_old = LogMessage.objects.received_before(timezone.now() - timedelta(days=settings.LOG_KEEP_DAYS))
    return delete_in_batches(too_old.order_by("received_at"), BATCH)
