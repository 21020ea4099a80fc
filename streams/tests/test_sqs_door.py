"""The SQS door, with the real boto3 against the real server."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from xml.etree import ElementTree

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from websockets.sync.client import connect

from testing.live import KINDS, Server, running

pytestmark = pytest.mark.live

KEY, SECRET = "AKIAPHOTONRANCH", "a/secret+of=ours"
QUEUE = "datastreamIncomingQueue-dev"
XML = "{http://queue.amazonaws.com/doc/2012-11-05/}"

# The documentation's example, word for word.
SAMPLE = """
import boto3
import botocore.exceptions
import json

# Payload data
SITE = "tst"
TOPIC = "testing"
MESSAGE = json.dumps({ "text": "hello, site tst" })  # any string

# This is the SQS queue we send messages to.
STAGE = "dev"
DATASTREAMER_QUEUE_NAME = f"datastreamIncomingQueue-{STAGE}"

# Boto3 requires the queue url, which we can get using its name
def get_queue_url(queueName: str) -> str:
    sqs_client = boto3.client("sqs", region_name="us-east-1")
    response = sqs_client.get_queue_url(
        QueueName=queueName,
    )
    return response["QueueUrl"]

# This method sends a message to the datastreamer SQS queue 
def send_to_datastream(topic: str, site: str, data: str):
    sqs = boto3.client('sqs')
    queue_url = get_queue_url(DATASTREAMER_QUEUE_NAME)
    payload = {
        "topic": topic,
        "site": site,
        "data": data,
    }
    try:
        response = sqs.send_message(
            QueueUrl=queue_url,
            MessageBody=json.dumps(payload),
        )
        print('Message sent succesfully')
    except botocore.exceptions.ClientError as error:
        print('Message failed to send', error)

# Send the message
send_to_datastream(TOPIC, SITE, MESSAGE)
"""  # noqa: W291


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running("daphne", env={"SQS_ACCESS_KEY_ID": KEY, "SQS_SECRET_ACCESS_KEY": SECRET}) as server:
        yield server


@pytest.fixture(scope="module")
def sqs(server: Server) -> Any:
    return client(server)


def client(server: Server, key: str = KEY, secret: str = SECRET) -> Any:
    return boto3.client(
        "sqs",
        region_name="us-east-1",
        endpoint_url=f"{server.url}/sqs",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def body(data: Any = 1, **changes: Any) -> str:
    return json.dumps({"site": "tst", "topic": "testing", "data": data, **changes})


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


@pytest.mark.parametrize("kind", KINDS)
def test_the_documented_program_runs_unmodified(kind: Any, tmp_path: Path) -> None:
    keys = {"SQS_ACCESS_KEY_ID": KEY, "SQS_SECRET_ACCESS_KEY": SECRET}
    with running(kind, env=keys) as server, connect(f"{server.ws}/datastream?site=tst") as socket:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AWS_ENDPOINT_URL_SQS": f"{server.url}/sqs",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            # Where the program itself names no region, it relies on the machine's configuration.
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        ran = subprocess.run(
            [sys.executable, "-c", SAMPLE], env=env, capture_output=True, text=True, timeout=60
        )

        assert (ran.stdout, ran.stderr) == ("Message sent succesfully\n", "")
        frame = json.loads(socket.recv(timeout=10))
        assert (frame["site"], frame["topic"]) == ("tst", "testing")
        assert frame["data"] == '{"text": "hello, site tst"}'


def test_every_stage_is_a_queue(sqs: Any, server: Server) -> None:
    for stage in ["dev", "prod", "test", "my-stage_2"]:
        url = sqs.get_queue_url(QueueName=f"datastreamIncomingQueue-{stage}")["QueueUrl"]
        assert url == f"{server.url}/sqs/000000000000/datastreamIncomingQueue-{stage}"
        assert sqs.send_message(QueueUrl=url, MessageBody=body())["MessageId"]


def test_the_message_arrives_and_its_checksum_is_right(sqs: Any, server: Server) -> None:
    said = body({"text": "π \u0000 🔭", "n": [1.5, None]})
    with connect(f"{server.ws}/datastream?site=tst") as socket:
        answer = sqs.send_message(QueueUrl=f"{server.url}/sqs/000000000000/{QUEUE}", MessageBody=said)

        assert answer["MD5OfMessageBody"] == hashlib.md5(said.encode()).hexdigest()
        assert json.loads(socket.recv(timeout=10))["data"] == {"text": "π  🔭", "n": [1.5, None]}


@pytest.mark.parametrize("name", ["datastreamIncomingQueue-", "somethingElse", "datastreamIncomingQueue-a.b"])
def test_other_queues_do_not_exist(sqs: Any, server: Server, name: str) -> None:
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName=name)
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.send_message(QueueUrl=f"{server.url}/sqs/000000000000/{name}", MessageBody=body())


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("hello", "not JSON"),
        ("[1]", "JSON object"),
        ("[" * 100_000, "not JSON"),
        (body(site=None), "site"),
        (body(site="../etc"), "site"),
        (body(topic=""), "topic"),
        ('{"site": "tst", "topic": "testing"}', "data"),
    ],
)
def test_a_message_that_is_no_frame_is_refused(sqs: Any, said: str, names: str) -> None:
    with pytest.raises(sqs.exceptions.InvalidMessageContents, match=names):
        sqs.send_message(QueueUrl=f"https://x/{QUEUE}", MessageBody=said)


class TestBatch:
    def test_it_works(self, sqs: Any, server: Server) -> None:
        entries = [{"Id": f"m{number}", "MessageBody": body(number)} for number in range(10)]
        with connect(f"{server.ws}/datastream?site=tst") as socket:
            answer = sqs.send_message_batch(QueueUrl=f"https://x/{QUEUE}", Entries=entries)

            assert [each["Id"] for each in answer["Successful"]] == [entry["Id"] for entry in entries]
            assert answer["Successful"][3]["MD5OfMessageBody"] == hashlib.md5(body(3).encode()).hexdigest()
            assert not answer["Failed"]
            assert [json.loads(socket.recv(timeout=10))["data"] for _ in entries] == list(range(10))

    def test_one_that_is_refused_does_not_hold_up_the_others(self, sqs: Any, server: Server) -> None:
        said = {"a": body("a"), "b": "not JSON", "c": body("c"), "d": body("d", site="no site")}
        entries = [{"Id": name, "MessageBody": text} for name, text in said.items()]
        with connect(f"{server.ws}/datastream?site=tst") as socket:
            answer = sqs.send_message_batch(QueueUrl=f"https://x/{QUEUE}", Entries=entries)

            assert [each["Id"] for each in answer["Successful"]] == ["a", "c"]
            assert [(each["Id"], each["Code"], each["SenderFault"]) for each in answer["Failed"]] == [
                ("b", "InvalidMessageContents", True),
                ("d", "InvalidMessageContents", True),
            ]
            assert [json.loads(socket.recv(timeout=10))["data"] for _ in "ac"] == ["a", "c"]

    @pytest.mark.parametrize(
        ("ids", "code"),
        [
            ([], "AWS.SimpleQueueService.EmptyBatchRequest"),
            (["a"] * 2, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
            ([f"m{n}" for n in range(11)], "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
            (["a b"], "AWS.SimpleQueueService.InvalidBatchEntryId"),
        ],
    )
    def test_a_batch_that_is_none_is_refused_as_a_whole(self, sqs: Any, ids: list[str], code: str) -> None:
        entries = [{"Id": each, "MessageBody": body()} for each in ids]
        with pytest.raises(ClientError) as error:
            sqs.send_message_batch(QueueUrl=f"https://x/{QUEUE}", Entries=entries)
        assert code_of(error) == code


class TestSignature:
    def test_an_unknown_key(self, server: Server) -> None:
        with pytest.raises(ClientError) as error:
            client(server, key="AKIASOMEBODYELSE").get_queue_url(QueueName=QUEUE)
        assert code_of(error) == "InvalidClientTokenId"

    def test_a_wrong_secret(self, server: Server) -> None:
        with pytest.raises(ClientError) as error:
            client(server, secret="guessed").get_queue_url(QueueName=QUEUE)
        assert code_of(error) == "SignatureDoesNotMatch"
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403

    def test_no_keys_configured_and_the_door_is_closed(self) -> None:
        nothing = {"SQS_ACCESS_KEY_ID": "", "SQS_SECRET_ACCESS_KEY": ""}
        with running(env=nothing) as server, pytest.raises(ClientError) as error:
            client(server, key="x", secret="x").get_queue_url(QueueName=QUEUE)
        assert code_of(error) == "AccessDenied"

    @pytest.mark.parametrize("minutes", [-16, 16])
    def test_a_clock_that_is_wrong(self, server: Server, minutes: int) -> None:
        answer = send(server, signed(server, at=datetime.now(UTC) + timedelta(minutes=minutes)))
        assert answer.status_code == 403
        assert "Signature expired" in answer.text

    @pytest.mark.parametrize("minutes", [-14, 0, 14])
    def test_a_clock_that_is_nearly_right(self, server: Server, minutes: int) -> None:
        assert (
            send(server, signed(server, at=datetime.now(UTC) + timedelta(minutes=minutes))).status_code == 200
        )

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({}, 200),
            ({"Authorization": ""}, 403),
            ({"Authorization": "Bearer x"}, 400),
            ({"Authorization": "AWS4-HMAC-SHA256 Credential=x"}, 400),
            ({"X-Amz-Date": ""}, 400),
            ({"X-Amz-Date": "yesterday"}, 400),
            ({"X-Amz-Target": "AmazonSQS.SendMessage"}, 403),
            ({"X-Amz-Security-Token": "slipped in"}, 403),
            ({"X-Amz-Content-SHA256": "0" * 64}, 403),
            ({"Host": "localhost"}, 403),
        ],
    )
    def test_a_header_that_was_changed(self, server: Server, change: dict[str, str], status: int) -> None:
        headers = {**signed(server), **change}
        assert send(server, {name: value for name, value in headers.items() if value}).status_code == status

    def test_a_body_that_was_exchanged(self, server: Server) -> None:
        answer = send(server, signed(server), content=json.dumps({"QueueName": f"{QUEUE}2"}).encode())
        assert answer.status_code == 403
        assert answer.json()["__type"].endswith("#SignatureDoesNotMatch")

    def test_a_path_and_a_query_that_were_changed(self, server: Server) -> None:
        assert send(server, signed(server), path="/sqs").status_code == 403
        assert send(server, signed(server), path="/sqs/?Action=x").status_code == 403

    def test_a_signature_for_another_service(self, server: Server) -> None:
        assert send(server, signed(server, service="sns")).status_code == 400


class TestOlderProtocol:
    """Forms and XML, as boto3 spoke before 1.28.82."""

    def call(self, server: Server, **fields: str) -> ElementTree.Element:
        form = str(httpx.QueryParams({"Version": "2012-11-05", **fields})).encode()
        headers = signed(server, content=form, headers={"Content-Type": "application/x-www-form-urlencoded"})
        answer = send(server, headers, content=form)
        assert answer.headers["Content-Type"] == "text/xml"
        return ElementTree.fromstring(answer.content)

    def test_it_works(self, server: Server) -> None:
        answer = self.call(server, Action="GetQueueUrl", QueueName=QUEUE)
        assert answer.tag == f"{XML}GetQueueUrlResponse"
        url = answer.findtext(f"{XML}GetQueueUrlResult/{XML}QueueUrl")
        assert url
        with connect(f"{server.ws}/datastream?site=tst") as socket:
            answer = self.call(server, Action="SendMessage", QueueUrl=url, MessageBody=body("<&>"))

            checksum = answer.findtext(f"{XML}SendMessageResult/{XML}MD5OfMessageBody")
            assert checksum == hashlib.md5(body("<&>").encode()).hexdigest()
            assert json.loads(socket.recv(timeout=10))["data"] == "<&>"

    def test_a_batch(self, server: Server) -> None:
        entry = "SendMessageBatchRequestEntry"
        fields = {f"{entry}.1.Id": "a", f"{entry}.1.MessageBody": body(), f"{entry}.2.Id": "b"}
        answer = self.call(server, Action="SendMessageBatch", QueueUrl=QUEUE, **fields)

        sent, refused = answer[0]
        assert (sent.tag, sent.findtext(f"{XML}Id")) == (f"{XML}SendMessageBatchResultEntry", "a")
        assert (refused.tag, refused.findtext(f"{XML}Id")) == (f"{XML}BatchResultErrorEntry", "b")
        assert refused.findtext(f"{XML}Code") == "MissingParameter"
        assert refused.findtext(f"{XML}SenderFault") == "true"

    def test_errors(self, server: Server) -> None:
        answer = self.call(server, Action="GetQueueUrl", QueueName="other")
        assert answer.findtext(f"{XML}Error/{XML}Code") == "AWS.SimpleQueueService.NonExistentQueue"


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b'{"QueueName": 7}', b'{"QueueName": null}', b"\xff", b"[" * 9999]
)
def test_a_call_that_is_none_is_refused(server: Server, content: bytes) -> None:
    answer = send(server, signed(server, content=content), content=content)
    assert answer.status_code == 400
    assert answer.json()["__type"].startswith("com.amazonaws.sqs#")


def test_an_operation_that_is_not_served(sqs: Any) -> None:
    with pytest.raises(ClientError) as error:
        sqs.list_queues()
    assert code_of(error) == "InvalidAction"


GET_QUEUE_URL = json.dumps({"QueueName": QUEUE}).encode()


def signed(
    server: Server,
    *,
    at: datetime | None = None,
    service: str = "sqs",
    content: bytes = GET_QUEUE_URL,
    headers: dict[str, str] | None = None,
) -> dict[str, str]:
    """The headers of a call, signed as botocore signs."""
    plain = {"X-Amz-Target": "AmazonSQS.GetQueueUrl", "Content-Type": "application/x-amz-json-1.0"}
    request = AWSRequest("POST", f"{server.url}/sqs/", plain if headers is None else headers, content)
    with patch("botocore.auth.get_current_datetime", return_value=at or datetime.now(UTC)):
        SigV4Auth(Credentials(KEY, SECRET), service, "us-east-1").add_auth(request)
    return {**dict(request.headers.items()), "Host": ":".join(map(str, server.address))}


def send(
    server: Server, headers: dict[str, str], *, content: bytes = GET_QUEUE_URL, path: str = "/sqs/"
) -> httpx.Response:
    return server.http.post(path, content=content, headers=headers)
