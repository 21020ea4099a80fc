"""The documented conversation of every service, replayed against a fresh server: each answer is the
documentation's, or what was decided instead.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from typing import Any

import boto3
import pytest
import requests
from websockets.sync.client import ClientConnection, connect

from images.tests.frames import header_text, jpg, packed_fits
from photonranch.tests.conversations import (
    BASE,
    CONVERSATIONS,
    DOCUMENTED,
    IMAGES,
    JPG,
    PACKED,
    TEXT,
    WITH_A_FRAME,
    Call,
)
from testing.cast import ADMIN
from testing.live import Server, running

pytestmark = pytest.mark.live

KEY, SECRET = "AKIAPHOTONRANCH", "a/secret+of=ours"
TIMEOUT_S = 60


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    env = {"DEMO": "0", "REDIS_URL": "", "SQS_ACCESS_KEY_ID": KEY, "SQS_SECRET_ACCESS_KEY": SECRET}
    with running("daphne", env=env) as started:
        yield started


def asked(server: Server, call: Call, kept: dict[str, Any]) -> requests.Response:
    """Body and headers as the documentation's own examples send them: JSON text, and no Content-Type."""
    method, _, path = call.line.partition(" ")
    body = call.body(kept) if callable(call.body) else call.body
    headers = {"Authorization": f"Bearer {call.who.token}"} if call.who else {}
    data = None if body is None else json.dumps(body)
    return requests.request(method, server.url + path, data=data, headers=headers, timeout=TIMEOUT_S)


def said(response: requests.Response) -> Any:
    is_json = response.headers.get("Content-Type", "").startswith("application/json")
    return response.json() if is_json and response.content else response.text


def play(server: Server, calls: list[Call], kept: dict[str, Any]) -> None:
    for call in calls:
        with ExitStack() as watching:
            streams = [watching.enter_context(watched(server, frame)) for frame in call.pushed]
            response = asked(server, call, kept)
            answer = said(response)
            expected = call.answer(kept) if callable(call.answer) else call.answer
            assert (call.line, response.status_code, expected) == (call.line, call.status, answer)
            assert [next_frame(stream) for stream in streams] == call.pushed
        if call.keep:
            kept[call.keep] = answer


def watched(server: Server, frame: dict[str, Any]) -> ClientConnection:
    return connect(f"{server.ws}/datastream?site={frame['site']}")


def next_frame(stream: ClientConnection) -> dict[str, Any]:
    """As documented; the `id` by which a client asks for what it missed is ours."""
    frame = json.loads(stream.recv(timeout=TIMEOUT_S))
    return {key: value for key, value in frame.items() if key in ("site", "topic", "data")}


@pytest.mark.parametrize("service", CONVERSATIONS)
def test_it_works(server: Server, service: str) -> None:
    play(server, CONVERSATIONS[service], {})


def test_images(server: Server) -> None:
    """Before there is any, and with a frame: its files go where the form says, and are answered 204."""
    play(server, IMAGES, {})
    for name, content in ((TEXT, header_text()), (PACKED, packed_fits()), (JPG, jpg())):
        upload = Call("POST /api/upload", None, body={"s3_directory": "data", "filename": name})
        form = said(asked(server, upload, {}))
        file = {"file": (name, content)}
        posted = requests.post(form["url"], data=form["fields"], files=file, timeout=TIMEOUT_S)
        assert (posted.status_code, posted.text) == (204, "")
    wait_until_read(server)

    play(server, WITH_A_FRAME, {})


def wait_until_read(server: Server) -> None:
    """All three files; the archive reads them side by side."""
    image = Call(f"GET /api/image/{BASE}", None)
    for _ in range(600):
        answer = asked(server, image, {})
        found = answer.json() if answer.status_code == 200 else {}
        if found.get("fits_01_exists") and found["filter_used"]:
            return
        threading.Event().wait(0.1)
    raise AssertionError(f"not all was read: {answer.text}")


def test_the_datastream_s_example(server: Server) -> None:
    """Through the queue with Amazon's own library, and by the call that stands beside it."""
    payload = {"topic": "testing", "site": "tst", "data": json.dumps({"text": "hello, site tst"})}
    sqs = boto3.client(
        "sqs",
        region_name="us-east-1",
        endpoint_url=f"{server.url}/sqs",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
    )
    with connect(f"{server.ws}/datastream?site=tst") as stream:
        url = sqs.get_queue_url(QueueName="datastreamIncomingQueue-dev")["QueueUrl"]
        sent = sqs.send_message(QueueUrl=url, MessageBody=json.dumps(payload))
        assert sent["ResponseMetadata"]["HTTPStatusCode"] == 200
        call = Call("POST /datastream/send", payload, body=payload, who=ADMIN)
        play(server, [call], {})
        assert [next_frame(stream), next_frame(stream)] == [payload, payload]


def test_every_documented_call_is_made() -> None:
    calls = chain(*CONVERSATIONS.values(), IMAGES, WITH_A_FRAME)
    made = {call.line.partition("?")[0] for call in calls}

    assert [
        line for line in DOCUMENTED.split("\n") if line and not any(re.fullmatch(line, call) for call in made)
    ] == []
