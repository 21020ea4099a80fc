"""A door for programs that send to the queue `datastreamIncomingQueue-<stage>` of Amazon's SQS.

They run unmodified, with AWS_ENDPOINT_URL_SQS pointed at `/sqs`. There is no queue behind it: a message goes
to the sockets at once, and every stage is the same. Three operations are served, which are all that a sender
calls: GetQueueUrl, SendMessage, SendMessageBatch.
"""

import hashlib
import re
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from photonranch.api.validation import validated
from photonranch.errors import BadRequest
from photonranch.lenient_json import NotJson, loads
from streams import serializers
from streams.services import publish
from streams.sqs.errors import SqsError, bad_contents, invalid, missing, no_such_queue

QUEUE = re.compile(r"datastreamIncomingQueue-[A-Za-z0-9_-]{1,56}")
# Queue URLs name an account; nobody has one here.
ACCOUNT = "000000000000"
BATCH = 10
ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def get_queue_url(request: HttpRequest, parameters: dict[str, Any]) -> dict[str, Any]:
    name = _text(parameters, "QueueName")
    if not QUEUE.fullmatch(name):
        raise no_such_queue(name)
    base = str(settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}").rstrip("/")
    return {"QueueUrl": f"{base}/sqs/{ACCOUNT}/{name}"}


def send_message(request: HttpRequest, parameters: dict[str, Any]) -> dict[str, Any]:
    _check_queue(parameters)
    return _send(parameters)


def send_message_batch(request: HttpRequest, parameters: dict[str, Any]) -> dict[str, Any]:
    """Each message by itself: one that is refused does not hold up the others."""
    _check_queue(parameters)
    sent: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for entry in _entries(parameters):
        try:
            sent.append({"Id": entry["Id"], **_send(entry)})
        except SqsError as error:
            why = {"Code": error.code, "Message": error.message, "SenderFault": True}
            failed.append({"Id": entry["Id"], **why})
    return {"Successful": sent, "Failed": failed}


OPERATIONS: dict[str, Callable[[HttpRequest, dict[str, Any]], dict[str, Any]]] = {
    "GetQueueUrl": get_queue_url,
    "SendMessage": send_message,
    "SendMessageBatch": send_message_batch,
}


def perform(request: HttpRequest, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    if operation not in OPERATIONS:
        raise SqsError(
            "InvalidAction", f"{operation[:80]!r} is not served here; {', '.join(OPERATIONS)} are."
        )
    return OPERATIONS[operation](request, parameters)


def _send(message: dict[str, Any]) -> dict[str, Any]:
    body = _text(message, "MessageBody")
    frame = _frame(body)
    publish(frame["site"], frame["topic"], frame["data"])
    checksum = hashlib.md5(body.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    return {"MessageId": str(uuid.uuid4()), "MD5OfMessageBody": checksum}


def _frame(body: str) -> dict[str, Any]:
    """The frame in a message's body."""
    try:
        frame = loads(body.encode("utf-8", "replace"))
    except NotJson:
        raise bad_contents("MessageBody: is not JSON.") from None
    if not isinstance(frame, dict):
        raise bad_contents("MessageBody: must be a JSON object.")
    try:
        return validated(serializers.NewFrame, frame)
    except BadRequest as error:
        raise bad_contents(f"MessageBody: {error.sentence}") from None


def _entries(parameters: dict[str, Any]) -> list[dict[str, Any]]:
    entries = parameters.get("Entries") or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise invalid("Entries must be a list of objects.")
    if not entries:
        empty = "AWS.SimpleQueueService.EmptyBatchRequest"
        raise SqsError("EmptyBatchRequest", "There is no entry in the batch.", query_code=empty)
    if len(entries) > BATCH:
        many = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"
        raise SqsError(
            "TooManyEntriesInBatchRequest", f"A batch has at most {BATCH} entries.", query_code=many
        )
    ids = [_text(entry, "Id") for entry in entries]
    if not all(ENTRY_ID.fullmatch(each) for each in ids):
        bad = "AWS.SimpleQueueService.InvalidBatchEntryId"
        raise SqsError("InvalidBatchEntryId", "An Id has letters, digits, - and _ only.", query_code=bad)
    if len(set(ids)) < len(ids):
        same = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"
        raise SqsError("BatchEntryIdsNotDistinct", "Two entries have the same Id.", query_code=same)
    return entries


def _check_queue(parameters: dict[str, Any]) -> None:
    name = _text(parameters, "QueueUrl").rstrip("/").rpartition("/")[2]
    if not QUEUE.fullmatch(name):
        raise no_such_queue(name)


def _text(parameters: dict[str, Any], name: str) -> str:
    value = parameters.get(name)
    if value is None or value == "":
        raise missing(name)
    if not isinstance(value, str):
        raise invalid(f"{name} must be text.")
    return value
