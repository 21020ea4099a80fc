"""What goes over the wire is what the real programs' HTTP library sends."""

import email
import email.policy
import json
import math
from typing import Any

import httpx
import pytest

from simulator.client import Client, file_form
from simulator.network import Keys
from simulator.tests.standin import SERVER, Standin, path_of


async def test_it_works() -> None:
    standin = Standin()

    answer = await standin.client().post("/jobs/getnewjobs", {"site": "saf"})

    (request,) = standin.requests
    assert (answer.status, answer.ok, answer.json) == (200, True, [])
    assert request.content == b'{"site": "saf"}'
    # As text: the library names no type for it, and a server must not need one.
    assert "content-type" not in request.headers
    assert "authorization" not in request.headers
    assert request.headers["content-length"] == "15"


async def test_numbers_that_json_does_not_have_go_out_as_python_writes_them() -> None:
    standin = Standin()

    await standin.client().post("/status/saf/status/", {"a": math.nan})

    assert standin.requests[0].content == b'{"a": NaN}'


async def test_a_file_is_asked_for_and_then_posted() -> None:
    standin = Standin()

    assert await standin.client("prk_x").upload("saf-sq001-20260711-00000012-EX10.jpg", b"\xff\xd8picture")

    ask, post = standin.requests
    assert ask.url.path == "/api//upload/"
    assert json.loads(ask.content) == {
        "object_name": "saf-sq001-20260711-00000012-EX10.jpg",
        "s3_directory": "data",
    }
    # The key is for the server alone; where files go is an object store.
    assert ask.headers["authorization"] == "Bearer prk_x"
    assert "authorization" not in post.headers
    parts = parts_of(post)
    assert [name for name, *_ in parts] == ["key", "file"]
    _, filename, content_type, content = parts[-1]
    assert filename.endswith("/saf-sq001-20260711-00000012-EX10.jpg")
    assert filename[1:3] == ":/"
    assert content_type is None
    assert content == b"\xff\xd8picture"


def parts_of(request: httpx.Request) -> list[tuple[str, str, str | None, bytes]]:
    """Name, file name, type of its own and content of each part of a form."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message: Any = email.message_from_bytes(head + request.content, policy=email.policy.HTTP)
    found = []
    for part in message.iter_parts():
        said = part["content-disposition"].params
        content = part.get_payload(decode=True)
        found.append((said["name"], said.get("filename", ""), part["content-type"], content))
    return found


async def test_an_info_image_names_its_channel() -> None:
    standin = Standin()

    await standin.client().upload("a-b-20260711-00000012-EX10.jpg", b"", "info-images", 2)

    assert standin.bodies("/api/upload")[0]["info_channel"] == 2


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(502, text="Bad Gateway"),
        httpx.Response(200, json={"message": "no"}),
        httpx.Response(200, json=[]),
    ],
)
async def test_a_file_that_may_not_be_posted_did_not_arrive(answer: httpx.Response) -> None:
    standin = Standin()
    standin.answers["/api/upload"] = lambda: answer

    assert not await standin.client().upload("x", b"")
    assert [path_of(request) for request in standin.requests] == ["/api/upload"]


def refuse() -> httpx.Response:
    raise httpx.ConnectError("nobody listens")


async def test_a_server_that_is_away_raises_nothing_and_is_asked_less_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    standin = Standin()
    standin.answers["/healthz"] = refuse
    client = standin.client()
    monkeypatch.setattr("simulator.client.asyncio.sleep", pause)

    await client.pause()
    assert pauses == []
    for _ in range(8):
        assert (await client.get("/healthz")).status == 0
        await client.pause()
    assert 0.5 <= pauses[0] <= 1
    assert 5 <= pauses[-1] <= 10
    assert standin.meter.total.failures == {"GET /healthz: ConnectError": 8}

    del standin.answers["/healthz"]
    await client.get("/healthz")
    await client.pause()
    assert len(pauses) == 8


@pytest.mark.parametrize("body", [b"<html>", b"", b"not json"])
async def test_what_is_no_json_is_none(body: bytes) -> None:
    standin = Standin()
    standin.answers["/x"] = lambda: httpx.Response(200, content=body)

    assert (await standin.client().get("/x")).json is None


async def test_calls_are_counted_without_the_sites_names() -> None:
    standin = Standin()

    for code in ("saf", "mrc1"):
        await standin.client().put(f"/api/{code}/config/", {})
        await standin.client().get(f"/status/{code}/enclosure")

    assert standin.meter.total.calls == {
        "PUT /api/{site}/config": 2,
        "GET /status/{site}/enclosure": 2,
    }


async def test_a_key_in_the_address_goes_as_basic() -> None:
    standin = Standin()
    client = Client(standin.http, SERVER.replace("://", "://saf:prk_secret@"), standin.meter)

    await client.get("/x")

    assert standin.requests[0].headers["authorization"].startswith("Basic ")


def test_a_form_of_several_fields_keeps_their_order() -> None:
    fields = {"key": "data/x", "expires": "1", "signature": "s"}
    content_type, body = file_form(fields, "saf-x", b"content")

    request = httpx.Request("POST", SERVER, content=body, headers={"content-type": content_type})
    assert [(name, content) for name, _, _, content in parts_of(request)[:3]] == [
        (key, value.encode()) for key, value in fields.items()
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", {"saf": "", "safw": ""}),
        ("token", {"saf": "token", "safw": "token"}),
        ("saf=a, safw=b", {"saf": "a", "safw": "b", "mrc": ""}),
        ("saf=a,token", {"saf": "a", "mrc": "token"}),
    ],
)
def test_keys_of_sites(text: str, shown: dict[str, Any]) -> None:
    keys = Keys.parse(text)

    assert {code: keys.of(code) for code in shown} == shown
