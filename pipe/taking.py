"""Taking the oldest item of a queue: one statement, whoever else takes at the same time.

The ORM can say neither DELETE … RETURNING nor UPDATE … RETURNING, and a SELECT before it would let two
consumers have the same item, or cost a transaction of four round trips. Everything else about queues is ORM.
"""

from secrets import token_hex
from typing import Any

from django.db import connection

from pipe.models import Item, Queue

_ITEM = Item._meta.db_table
_QUEUE = Queue._meta.db_table
_COLUMNS = ("seq", "queue_id", "payload", "sender", "created_at", "attempts", "leased_until", "receipt")

# An item whose lease has ended belongs in front again: nothing is handed out before that is settled.
# Both sub-selects are one probe of a partial index each, whatever the length of the queue. SQLite has one
# writer at a time, so there is nothing to lock; PostgreSQL's consumers skip what another is just taking.
_OLDEST = f"""(
    SELECT seq FROM {_ITEM}
    WHERE queue_id = (SELECT id FROM {_QUEUE} WHERE name = %s) AND leased_until IS NULL
        AND NOT EXISTS (
            SELECT 1 FROM {_ITEM} ended
            WHERE ended.queue_id = (SELECT id FROM {_QUEUE} WHERE name = %s) AND ended.leased_until <= %s
        )
    ORDER BY seq LIMIT 1 {{lock}}
)"""  # noqa: S608
_RETURNING = f"RETURNING {', '.join(_COLUMNS)}"
_REMOVE = f"DELETE FROM {_ITEM} WHERE seq = {_OLDEST} {_RETURNING}"  # noqa: S608
_LEASE = (
    f"UPDATE {_ITEM} SET leased_until = %s, receipt = %s, attempts = attempts + 1 "  # noqa: S608
    f"WHERE seq = {_OLDEST} {_RETURNING}"
)


def remove_oldest(queue_name: str, at_ms: int) -> Item | None:
    """Take the oldest item off the queue. None: nothing waits, or an ended lease has to be settled first."""
    return _one(_REMOVE, [queue_name, queue_name, at_ms])


def lease_oldest(queue_name: str, at_ms: int, until_ms: int) -> Item | None:
    """Lease the oldest item until `until_ms`; None as above."""
    return _one(_LEASE, [until_ms, token_hex(16), queue_name, queue_name, at_ms])


def _one(statement: str, values: list[Any]) -> Item | None:
    lock = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    with connection.cursor() as cursor:
        cursor.execute(statement.format(lock=lock), values)
        # All, though it is one: SQLite keeps its lock until it has been asked for the row after the last.
        rows = cursor.fetchall()
    return Item(**dict(zip(_COLUMNS, rows[0], strict=True))) if rows else None
