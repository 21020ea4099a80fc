"""Frames on their way to PIPE, and the machine that takes them."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from simulator.clock import Clock
from simulator.exposing import Request, frame_of
from simulator.processing import Machine
from simulator.tests.standin import SPEED, Standin, observatory
from simulator.tests.test_notes import running

QUEUE = "/api/pipe/queue/saf/dequeue"


def frames(program: Any, *types: str) -> None:
    for image_type in types:
        program.processing.add(frame_of(program, Request(1.0, image_type), datetime.now(UTC)))


async def test_it_works() -> None:
    """One item for all frames of the sky so far, named as in the archive, with a telescope's commas."""
    standin = Standin()
    program = observatory(standin)
    frames(program, "light", "dark", "light")

    await program.processing.pass_on()
    await program.processing.pass_on()

    [item] = standin.bodies("/api/pipe/enqueue")
    assert (item["queue_name"], item["sender"]) == ("saf", "saf")
    assert item["payload"]["request"] == "EVA_process_files"
    first, last = item["payload"]["request_content"]
    assert first.endswith("-EX00.fits.fz,")
    assert last.endswith("-EX00.fits.fz")


@pytest.mark.parametrize("answer", [httpx.Response(503, text="no"), httpx.Response(404, text="no")])
async def test_what_was_not_taken_is_passed_on_the_next_time(answer: httpx.Response) -> None:
    standin = Standin()
    program = observatory(standin)
    frames(program, "light")
    standin.answers["/api/pipe/enqueue"] = lambda: answer
    await program.processing.pass_on()
    del standin.answers["/api/pipe/enqueue"]
    frames(program, "light")
    await program.processing.pass_on()

    assert [len(item["payload"]["request_content"]) for item in standin.bodies("/api/pipe/enqueue")] == [1, 2]


async def test_a_site_that_says_so_passes_nothing_on() -> None:
    standin = Standin()
    program = observatory(standin)
    program.processing.wanted = False
    frames(program, "light")
    await program.processing.pass_on()

    assert standin.requests == []


async def test_a_machine_takes_items_and_says_what_it_does() -> None:
    standin = Standin()
    item = {"id": "1-a", "payload": {"request": "EVA_process_files", "request_content": ["a,", "b"]}}
    left = [httpx.Response(200, json=item)]
    standin.answers[QUEUE] = lambda: left.pop() if left else httpx.Response(404, text="Empty.")

    async with running(Machine(standin.client(), Clock(SPEED), ["saf"]).run()):
        await standin.until(lambda: len(standin.bodies("/api/pipe/status")) >= 3)

    assert standin.bodies("/api/pipe/queue") == [{"queue_name": "saf"}]
    states = [(body["status"], body["details"]) for body in standin.bodies("/api/pipe/status")][:3]
    assert states == [
        ("processing", {"item": "1-a", "frame": "a,", "number": 1, "of": 2}),
        ("processing", {"item": "1-a", "frame": "b", "number": 2, "of": 2}),
        ("idle", {"items_done": 1}),
    ]


@pytest.mark.parametrize("body", [b"<html>", b"null", b"[]", b'{"payload": "x"}', b'{"payload": {}}', b"3"])
async def test_no_answer_ends_it(body: bytes) -> None:
    standin = Standin()
    standin.answers[QUEUE] = lambda: httpx.Response(200, content=body)

    async with running(Machine(standin.client(), Clock(SPEED), ["saf"]).run()):
        await standin.until(lambda: len(standin.bodies("/api/pipe/status")) >= 2)
