"""POST /projects/get-all-projects and get-user-projects."""

import asyncio
import tracemalloc
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest
from django.db import OperationalError

from conftest import Published
from photonranch.servers.handlers import PooledHandler
from projects.models import Project, Projects
from testing.cast import Api, Person, a_project, text

pytestmark = pytest.mark.django_db


def fill(count: int, user_id: str = "auth0|alice", **changes: Any) -> None:
    Project.objects.bulk_create(
        Project(
            project_name=f"m{number}",
            created_at="2026-11-20T22:58:14Z",
            user_id=user_id,
            document=a_project(project_name=f"m{number}", user_id=user_id, **changes),
        )
        for number in range(count)
    )


def body_of(answer: Any) -> bytes:
    return bytes(answer.getvalue() if answer.streaming else answer.content)


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    return [project["project_name"] for project in orjson.loads(body_of(answer))]


def test_it_works(api: Api, published: Published) -> None:
    for name in ("m1", "m2"):
        api.post("/projects/new-project", a_project(project_name=name, unknown=["é", 1.5, None]))

    answer = api.post("/projects/get-all-projects")

    assert answer.json() == [a_project(project_name=name, unknown=["é", 1.5, None]) for name in ("m2", "m1")]


def test_nothing_is_an_empty_list(api: Api) -> None:
    assert api.post("/projects/get-all-projects", {}).json() == []


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7])
def test_pages_join_into_one_array(api: Api, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(Projects, "PAGE", 2)
    fill(count)

    assert names(api.post("/projects/get-all-projects")) == [f"m{n}" for n in reversed(range(count))]


def test_a_token_of_nobody_is_anonymous(api: Api) -> None:
    answer = api.send("POST", "/projects/get-all-projects", {}, Authorization="Bearer undefined")

    assert (answer.status_code, answer.json()) == (200, [])


def test_a_user_s_projects(api: Api, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Projects, "PAGE", 2)
    monkeypatch.setattr(Projects, "MOST_OF_USER", 5)
    fill(7)
    Project.objects.update_or_create(
        project_name="b", created_at="x", user_id=bob.user_id, defaults={"document": {"project_name": "b"}}
    )

    found = api.post("/projects/get-user-projects", {"user_id": alice.user_id}, as_=alice)
    assert names(found) == ["m6", "m5", "m4", "m3", "m2"]
    assert names(api.post("/projects/get-user-projects", {"user_id": bob.user_id})) == ["b"]
    assert text(api.post("/projects/get-user-projects", {})) == "user_id: this key is missing."


def test_20_000_are_sent_while_they_are_read(api: Api) -> None:
    fill(20_000)

    tracemalloc.start()
    try:
        answer = api.post("/projects/get-all-projects")
        size = sum(len(chunk) for chunk in answer.streaming_content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert size > 15_000_000
    assert peak < size / 4


def test_a_failure_before_the_first_byte_is_an_error(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> Iterator[list[str]]:
        if args:
            raise OperationalError
        yield []

    monkeypatch.setattr(Projects, "pages_of_json", fail)
    answer = api.post("/projects/get-all-projects")

    assert answer.status_code == 503
    assert text(answer)


def test_a_failure_after_it_never_ends_the_array(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> Iterator[list[str]]:
        yield ["{}"]
        yield ["{}"]
        raise OperationalError

    monkeypatch.setattr(Projects, "pages_of_json", fail)
    answer = api.post("/projects/get-all-projects")

    sent: list[bytes] = []
    with pytest.raises(OperationalError):
        sent.extend(answer.streaming_content)
    assert sent == [b"[{},{}"]


@pytest.mark.django_db(transaction=True)
def test_under_asgi_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Django would collect an ordinary iterator whole, and warn about it."""
    monkeypatch.setattr(Projects, "PAGE", 2)
    fill(7)
    handler = PooledHandler()

    async def fetch() -> httpx.Response:
        there = httpx.ASGITransport(app=handler)
        async with httpx.AsyncClient(transport=there, base_url="http://localhost") as client:
            return await client.post("/projects/get-all-projects")

    try:
        answer = asyncio.run(fetch())
    finally:
        handler.close()

    assert answer.status_code == 200
    assert "Content-Length" not in answer.headers
    assert [project["project_name"] for project in answer.json()] == [f"m{n}" for n in reversed(range(7))]
