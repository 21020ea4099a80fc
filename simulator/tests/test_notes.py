"""The note in the night log of a simulated site."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest

from simulator.clock import Clock
from simulator.notes import NightLog
from simulator.tests.standin import SPEED, Standin, observatory

LOG = "/api/nightlog/saf"


def night_log(standin: Standin) -> NightLog:
    return NightLog(observatory(standin), standin.client("a.b.c"), Clock(SPEED))


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Work that goes on while the body does."""
    task = asyncio.ensure_future(work)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def written(standin: Standin) -> list[httpx.Request]:
    return [request for request in standin.requests if request.method == "POST"]


async def test_it_works() -> None:
    """A note where there is none, shaped as the web frontend's, by a person."""
    standin = Standin()
    standin.answers[LOG] = lambda: httpx.Response(204)
    image = {"base_filename": "saf-sq001-20261125-00000001"}
    standin.answers["/api/saf/latest_images/1"] = lambda: httpx.Response(200, json=[image])

    async with running(night_log(standin).run()):
        await standin.until(lambda: written(standin))

    assert written(standin)[0].headers["Authorization"] == "Bearer a.b.c"
    note = json.loads(written(standin)[0].content)["note_data"]
    assert note["site"] == "saf"
    assert note["username"] == "Demo observer"
    assert note["ttl_hours"] == 8
    assert note["selected_image"] == image
    assert "frames since the program started" in note["message"]


async def test_a_note_that_is_there_stays() -> None:
    standin = Standin()
    standin.answers[LOG] = lambda: httpx.Response(200, json={"note_data": {"message": "A person's."}})

    assert await night_log(standin).look()
    assert written(standin) == []


@pytest.mark.parametrize("status", [401, 403])
async def test_who_is_not_known_any_more_writes_no_more(status: int) -> None:
    standin = Standin()
    left = [httpx.Response(status, json={"message": "Unauthorized"}), httpx.Response(204)]
    standin.answers[LOG] = lambda: left.pop()

    async with running(night_log(standin).run()) as task:
        await asyncio.wait_for(task, 30)
