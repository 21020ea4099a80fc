"""SQS's two protocols: how a call is read, how an answer or a refusal is written.

JSON (`application/x-amz-json-1.0`, the operation in the header X-Amz-Target) is what boto3 speaks since
1.28.82; the older query protocol has a form as body and XML as answer.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html
"""

import json
import uuid
from typing import Any, Protocol
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from django.http import HttpRequest, HttpResponse

from photonranch.lenient_json import dumps
from streams.sqs.errors import SqsError, invalid

NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"
ENTRY = "SendMessageBatchRequestEntry."


class Wire(Protocol):
    """One call as one of the protocols puts it."""

    operation: str

    @property
    def parameters(self) -> dict[str, Any]: ...

    def answer(self, result: dict[str, Any]) -> HttpResponse: ...
    def refusal(self, error: SqsError) -> HttpResponse: ...


def wire_of(request: HttpRequest) -> Wire:
    return JsonWire(request) if "X-Amz-Target" in request.headers else QueryWire(request)


class JsonWire:
    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.operation = request.headers.get("X-Amz-Target", "").removeprefix("AmazonSQS.")

    @property
    def parameters(self) -> dict[str, Any]:
        # The standard library's parser: a checksum of the message goes back, so no character may change.
        try:
            found = json.loads(self.request.body or b"{}")
        except (ValueError, RecursionError):
            raise SqsError("SerializationException", "The body is not JSON.") from None
        if not isinstance(found, dict):
            raise SqsError("SerializationException", "The body must be a JSON object.")
        return found

    def answer(self, result: dict[str, Any]) -> HttpResponse:
        return self._response(result, 200)

    def refusal(self, error: SqsError) -> HttpResponse:
        shape = {"__type": f"com.amazonaws.sqs#{error.code}", "message": error.message}
        response = self._response(shape, error.status)
        response["x-amzn-query-error"] = f"{error.query_code};Sender"
        return response

    def _response(self, body: Any, status: int) -> HttpResponse:
        response = HttpResponse(dumps(body), status=status, content_type="application/x-amz-json-1.0")
        response["x-amzn-RequestId"] = str(uuid.uuid4())
        return response


class QueryWire:
    def __init__(self, request: HttpRequest) -> None:
        try:
            # No more than a batch has: 10 entries of a few fields, attributes aside.
            fields = parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=1000)
        except ValueError:
            fields = []
        self.fields = dict(fields)
        self.operation = self.fields.get("Action", "")

    @property
    def parameters(self) -> dict[str, Any]:
        found: dict[str, Any] = {name: value for name, value in self.fields.items() if "." not in name}
        entries: dict[int, dict[str, str]] = {}
        for name, value in self.fields.items():
            number, _, field = name.removeprefix(ENTRY).partition(".")
            if name.startswith(ENTRY) and field:
                if not (number.isdecimal() and len(number) < 5):
                    raise invalid(f"{name[:80]} is no entry of a batch.")
                entries.setdefault(int(number), {})[field] = value
        return {**found, "Entries": [entries[number] for number in sorted(entries)]}

    def answer(self, result: dict[str, Any]) -> HttpResponse:
        root = ElementTree.Element(f"{self.operation}Response", xmlns=NAMESPACE)
        inner = ElementTree.SubElement(root, f"{self.operation}Result")
        for name, value in result.items():
            if isinstance(value, list):
                kind = {"Successful": "SendMessageBatchResultEntry", "Failed": "BatchResultErrorEntry"}[name]
                for item in value:
                    _fill(ElementTree.SubElement(inner, kind), item)
            else:
                _fill(inner, {name: value})
        _fill(ElementTree.SubElement(root, "ResponseMetadata"), {"RequestId": str(uuid.uuid4())})
        return _xml(root, 200)

    def refusal(self, error: SqsError) -> HttpResponse:
        root = ElementTree.Element("ErrorResponse", xmlns=NAMESPACE)
        shape = {"Type": "Sender", "Code": error.query_code, "Message": error.message}
        _fill(ElementTree.SubElement(root, "Error"), shape)
        _fill(root, {"RequestId": str(uuid.uuid4())})
        return _xml(root, error.status)


def _fill(parent: ElementTree.Element, values: dict[str, Any]) -> None:
    for name, value in values.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        ElementTree.SubElement(parent, name).text = text


def _xml(root: ElementTree.Element, status: int) -> HttpResponse:
    return HttpResponse(ElementTree.tostring(root, "utf-8"), status=status, content_type="text/xml")
