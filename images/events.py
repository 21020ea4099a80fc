"""What object stores say when a file has come: S3's event records, as MinIO and AWS (through SNS) post them.

Pure: no Django, no network. The records' form is that of "Amazon S3 event message structure"; keys are
URL-encoded in it, with `+` for a space.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from images.store import Stored


class NotAnEvent(ValueError):
    """The body is no event notification; the text says what is missing."""


def confirmation(body: dict[str, Any]) -> str | None:
    """The address by which an operator confirms an SNS subscription, when this asks for it."""
    return str(body.get("SubscribeURL")) if body.get("Type") == "SubscriptionConfirmation" else None


def created(body: dict[str, Any], bucket: str) -> Iterator[Stored]:
    """The files that a notification says have come into `bucket`; raises NotAnEvent."""
    if body.get("Type") == "Notification" and isinstance(body.get("Message"), str):
        try:
            body = json.loads(body["Message"])
        except ValueError:
            raise NotAnEvent("Message: must be JSON.") from None
    if body.get("Event") == "s3:TestEvent":
        return
    records = body.get("Records")
    if not isinstance(records, list):
        raise NotAnEvent("Records: must be a list of events.")
    for record in records:
        if stored := _created(record, bucket):
            yield stored


def _created(record: Any, bucket: str) -> Stored | None:
    try:
        s3, name = record["s3"], str(record["eventName"])
        key, size = unquote_plus(s3["object"]["key"]), int(s3["object"].get("size", 0))
        where = s3["bucket"]["name"]
    except (KeyError, TypeError, ValueError):
        raise NotAnEvent("Records: each must have eventName, s3.bucket.name and s3.object.key.") from None
    if "ObjectCreated" not in name or where != bucket:
        return None
    return Stored(key, size, datetime.now(UTC))
