"""The object store is down, and stands still: callers hear so soon, and files are read when it is back."""

import sys
import time
from collections.abc import Callable, Iterator

import boto3
import httpx
import pytest

from images.tests.frames import header_text, jpg
from photonranch.tests.drills.archive import BASE, upload
from testing.parts import Guard, StackPart, free_port
from testing.stack import Stack, eventually, stack

pytestmark = [pytest.mark.drill]

BUCKET = "drill"
TOKEN = "a-token-of-our-own"
FRAME = BASE.format(0)
SAYS = "The store of files does not answer just now; please try again."
REFUSED_WITHIN_S = 40.0


class ObjectStore(StackPart):
    """moto's S3; what it holds lives as long as its process, so it is frozen and never killed."""

    def __init__(self, guard: Guard) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        super().__init__(guard, "moto", command, {"PYTHONUNBUFFERED": "1"})

    def wait_until_ready(self) -> None:
        eventually(self._answers)
        client = boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id="us",
            aws_secret_access_key="our secret",
            region_name="us-east-1",
        )
        client.create_bucket(Bucket=BUCKET)
        client.close()

    def _answers(self) -> bool:
        try:
            return httpx.get(self.url, timeout=10, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture
def objects() -> Iterator[ObjectStore]:
    guard = Guard()
    store = ObjectStore(guard)
    store.start()
    yield store
    store.kill()
    guard.close()


@pytest.fixture
def there(objects: ObjectStore) -> Iterator[Stack]:
    env = {
        "S3_BUCKET": BUCKET,
        "S3_ENDPOINT_URL": objects.url,
        "S3_ACCESS_KEY_ID": "us",
        "S3_SECRET_ACCESS_KEY": "our secret",
        "S3_EVENTS_TOKEN": TOKEN,
    }
    with stack("uvicorn", workers=1, beat=True, env=env) as made:
        yield made


def tell(there: Stack, name: str, size: int) -> int:
    """The store's notification, as it posts it."""
    record = {"s3": {"bucket": {"name": BUCKET}, "object": {"key": f"data/{name}", "size": size}}}
    body = {"Records": [{"eventName": "ObjectCreated:Post", "eventTime": "2030-01-01T00:00:00Z", **record}]}
    url = f"{there.servers[0].url}/api/upload/events?token={TOKEN}"
    return httpx.post(url, json=body, timeout=60, trust_env=False).status_code


def within(seconds: float, call: Callable[[], httpx.Response]) -> httpx.Response:
    began = time.monotonic()
    answer = call()
    assert time.monotonic() - began < seconds
    return answer


def test_it_stands_still_and_goes_on(there: Stack, objects: ObjectStore) -> None:
    [server] = there.servers
    name, text = f"{FRAME}-EX10.jpg", f"{FRAME}-EX00.txt"
    for each, content in ((name, jpg()), (text, header_text())):
        assert upload(server, each, content).status_code == 204
    objects.freeze()

    with server.client(timeout_s=60) as client:
        assert client.post("/api/upload", json={"object_name": name}).status_code == 200
        refused = within(REFUSED_WITHIN_S, lambda: client.post("/api/download", json={"object_name": name}))
        assert (refused.status_code, refused.text) == (503, SAYS)
    assert tell(there, text, len(header_text())) == 204

    objects.thaw()
    read = "SELECT state FROM images_upload"
    eventually(lambda: there.rows(read) == [("done",)], 150)
    with server.client() as client:
        assert client.post("/api/download", json={"object_name": name}).status_code == 200
