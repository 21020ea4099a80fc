"""Bodies through real endpoints: JSON in whatever the Content-Type says, strict JSON out."""

import json
from typing import Any, cast

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from pytest_django import Settings

from jobs.models import Job
from logs.models import LogMessage
from testing.cast import Api, Person, a_command, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]

LOG = b'{"site": "saf", "log_message": "hello", "timestamp": 1}'
TYPES = [
    "",
    "application/json",
    "application/json; charset=utf-8",
    "text/plain",
    "text/plain;charset=UTF-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/x-amz-json-1.0",
    "application/octet-stream",
    "no type at all",
    "a/b;;;=",
]


@pytest.mark.parametrize("content_type", TYPES)
def test_it_works(api: Api, content_type: str) -> None:
    answer = api.send("POST", "/logs/newlog", LOG, as_=None, **{"Content-Type": content_type})

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert LogMessage.objects.get().message == "hello"


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"{}"])
def test_an_empty_body_is_an_empty_object(api: Api, content_type: str, body: bytes) -> None:
    answer = api.send("POST", "/logs/newlog", body, as_=None, **{"Content-Type": content_type})

    assert answer.status_code == 400
    assert text(answer) == "site: this key is missing."


@pytest.mark.parametrize("accept", ["", "*/*", "text/html", "application/xml", "image/png, nonsense;q=x"])
def test_the_answer_is_json_whatever_is_asked_for(api: Api, accept: str) -> None:
    answer = api.send("POST", "/logs/newlog", LOG, Accept=accept)

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"


def test_a_query_that_names_a_format_means_nothing(api: Api) -> None:
    assert api.get("/logs/recent-logs", {"site": "saf", "format": "xml"}).json() == []


def test_numbers_that_json_does_not_have_become_null(api: Api, alice: Person) -> None:
    body = json.dumps(a_command(required_params="?")).encode()
    sent = b'{"a": NaN, "b": [Infinity, -Infinity, {"c": 1e999}], "d": 1.5e-7}'

    answer = api.post("/jobs/newjob", body.replace(b'"?"', sent), as_=alice)

    assert answer.status_code == 200
    params = {"a": None, "b": [None, None, {"c": None}], "d": 1.5e-7}
    assert (
        json.loads(answer.content, parse_constant=lambda word: pytest.fail(word))["required_params"] == params
    )
    assert Job.objects.get().required_params == params


def test_values_pass_through_as_they_came(api: Api, alice: Person) -> None:
    sent = b'{"big":12345678901234567890123,"f":1.0,"i":1,"l":[-0.5],"n":null,"o":{},"s":"1","t":true}'
    body = json.dumps(a_command(optional_params="?")).encode()

    api.post("/jobs/newjob", body.replace(b'"?"', sent), as_=alice)
    recent = api.post("/jobs/getrecentjobs", {"site": "saf"})

    # As text: Python holds 1 and 1.0 and true for equal. PostgreSQL's jsonb keeps all but the order of keys.
    kept = recent.json()[0]["optional_params"]
    assert json.dumps(kept, separators=(",", ":"), sort_keys=True) == sent.decode()


def test_a_client_reads_the_same_numbers_from_the_bytes_of_the_answer(api: Api, alice: Person) -> None:
    command = a_command(required_params={"f": 1.0, "big": 10**22, "e": 1e22})

    answer = api.post("/jobs/newjob", command, as_=alice)

    assert b'"f":1.0' in answer.content.replace(b" ", b"")
    assert b'"big":10000000000000000000000' in answer.content.replace(b" ", b"")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (rb'"a\u0000b"', "ab"),
        (b'"a\x00b"', "ab"),
        (rb'"\ud83d!"', "\ufffd!"),
        (rb'"\ud83d\udd2d"', "\U0001f52d"),
        (b'"\xf0\x9f\x94\xad"', "\U0001f52d"),
        (b'"\\u2028 \\"\\\\ \t\n \x7f"', '\u2028 "\\ \t\n \x7f'),
        (b'"<b>&amp;\'; DROP TABLE"', "<b>&amp;'; DROP TABLE"),
    ],
)
def test_text_keeps_every_character_that_can_be_kept(api: Api, sent: bytes, kept: str) -> None:
    answer = api.post("/logs/newlog", LOG.replace(b'"hello"', sent))

    assert answer.json()["message"] == kept
    assert LogMessage.objects.get().message == kept


def test_a_byte_order_mark_is_no_mistake(api: Api) -> None:
    assert api.post("/logs/newlog", b"\xef\xbb\xbf" + LOG).status_code == 200


def test_of_a_key_given_twice_the_last_counts(api: Api) -> None:
    assert api.post("/logs/newlog", LOG[:-1] + b', "log_message": "again"}').json()["message"] == "again"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"not json",
        b"site=saf&log_message=hello",
        b'--x\r\nContent-Disposition: form-data; name="site"\r\n\r\nsaf\r\n--x--\r\n',
        b"{'site': 'saf'}",
        LOG + b"x",
        LOG.replace(b"hello", b"\xe9"),
        LOG.decode().encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
        b'{"site": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda body: repr(body[:12]),
)
@pytest.mark.parametrize("path", ["/logs/newlog", "/jobs/getnewjobs"])
def test_what_is_no_json_is_a_400(api: Api, path: str, body: bytes) -> None:
    answer = api.post(path, body)

    assert answer.status_code == 400
    assert text(answer) == "The body is not JSON."


@pytest.mark.parametrize("body", [b"[]", b'[{"site": "saf"}]', b'"saf"', b"null", b"1", b"true", b"NaN"])
@pytest.mark.parametrize(
    "path",
    ["/logs/newlog", "/jobs/getnewjobs", "/jobs/updatejobstatus", "/jobs/startjob", "/jobs/getrecentjobs"],
)
def test_what_is_no_object_is_a_400(api: Api, path: str, body: bytes) -> None:
    answer = api.post(path, body)

    assert answer.status_code == 400
    assert text(answer) == "The body must be a JSON object."


def test_a_body_too_large_is_a_413(api: Api, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(LOG)
    answer = api.post("/logs/newlog", LOG + b" ")

    assert answer.status_code == 413
    assert text(answer) == f"The body is larger than {len(LOG)} bytes."
    assert api.post("/logs/newlog", LOG).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("excess", "status"), [(0, 200), (1, 413)])
async def test_a_body_in_chunks_is_read_and_bounded(settings: Settings, excess: int, status: int) -> None:
    """Sent with `Transfer-Encoding: chunked`, a body has no Content-Length."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(LOG)
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/logs/newlog",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"transfer-encoding", b"chunked")],
    }
    server: Any = cast(Any, ApplicationCommunicator)(get_asgi_application(), scope)

    for chunk in (LOG[:9], LOG[9:], b" " * excess):
        await server.send_input({"type": "http.request", "body": chunk, "more_body": True})
    await server.send_input({"type": "http.request", "body": b"", "more_body": False})

    assert (await server.receive_output(timeout=30))["status"] == status
    await server.receive_output(timeout=30)
    await server.wait()


def test_unknown_keys_are_no_mistake(api: Api) -> None:
    assert api.post("/logs/newlog", LOG[:-1] + b', "colour": "red", "": {}, "site ": []}').status_code == 200


def test_a_204_has_no_body(api: Api) -> None:
    answer = api.send("OPTIONS", "/logs/newlog")

    assert (answer.status_code, answer.content) == (204, b"")
