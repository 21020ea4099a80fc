"""Whatever a stranger sends: /healthz answers, memory stays small, lists answer, nobody's time is taken."""

import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from PIL import Image as Pillow

from fuzz.lists import EMPTY, LISTS
from images.tests.frames import header_text, plain_fits
from images.tests.test_bounds import MIB, gzipped_zeros, header_of, zero_tiles
from photonranch.tests.drills.archive import upload
from photonranch.tests.drills.pulse import Memory, Pulse
from photonranch.tests.test_excerpts import forged
from testing.cast import ALICE, BOB, SITE, Person, a_project, an_event
from testing.stack import ServerPart, Stack, StackPart, eventually, stack

pytestmark = [pytest.mark.drill]

# Of a machine for ourselves; where others are at work, so many times more. Held up, it took 4 to 34 s.
HEALTHY_MS = 1000
CROWD = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
MAX_MIB = 600
AT_ONCE = 30
POISON = 40
GOOD_WITHIN_S = 60.0
ENV = {"ACCESS_LOG": "1", "ZIP_WAIT_S": "0"}
BASE = f"{SITE}-sq003ms-20260711-9{{:07}}"


# --- What is sent ------------------------------------------------------------------------------------------


def hold_up(server: ServerPart) -> None:
    """Tokens and paths through which regular expressions went again and again."""
    address, token = "://" + "a:" * 5_500, "eyJ-" * 2_750
    tokens = [forged(kid=address), forged(alg=address), forged(kid=token), forged(alg=token)]

    def ask(number: int) -> int:
        headers = {"Authorization": f"Bearer {tokens[number % len(tokens)]}"}
        with server.client(timeout_s=120) as client:
            client.get(f"/{token}")
            return client.post("/jobs/newjob", headers=headers).status_code

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        assert set(crowd.map(ask, range(AT_ONCE))) == {401}


ODD_TIMES = ("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "-1", "1e400", "99999999999999999999")


def odd_times(server: ServerPart) -> None:
    with server.client() as client:
        for time in ODD_TIMES:
            answers = [
                client.get("/api/filtered_images", params={"end_date": time}),
                client.get("/api/filtered_images", params={"start_date": time}),
                client.post("/api/downloadzip", json={"site": SITE, "start_timestamp_s": time}),
                client.get("/api/events", params={"site": SITE, "when": time}),
                client.get("/logs/recent-logs", params={"site": SITE, "after_time": time}),
            ]
            assert {answer.status_code for answer in answers} <= {200, 400, 500}
            assert not [answer.text for answer in answers if "Internal server error" in answer.text]
        kind = {"Content-Type": "multipart/form-data; boundary=x; charset=idna"}
        assert client.post("/api/upload/file", headers=kind, content=b"--x--").status_code == 400


def wide_jpg() -> bytes:
    file = io.BytesIO()
    Pillow.new("L", (65_500, 2), 90).save(file, "JPEG")
    return file.getvalue()


def small_and_large(server: ServerPart) -> None:
    """Files of a few megabytes, of which gigabytes could be made."""
    for number in range(2):
        assert upload(server, f"{BASE.format(number)}-EX10.jpg", wide_jpg()).status_code == 204
    bombs = {
        f"{BASE.format(2)}-EX00.fits.fz": zero_tiles(60_000, 50_000),
        f"{BASE.format(3)}-EX00.fits.gz": gzipped_zeros(header_of(60_000, 50_000), 1024 * MIB),
    }
    for name, content in bombs.items():
        assert upload(server, name, content).status_code == 204
        for image_type in ("tif", "fits"):
            ends_refused(server, name, image_type)


def ends_refused(server: ServerPart, name: str, image_type: str) -> None:
    body = {"s3_directory": "data", "object_name": name, "image_type": image_type}
    with server.client(timeout_s=60) as client:
        link = client.post("/api/download", json=body)
        if link.status_code == 422:
            return
        assert link.status_code == 200, link.text
        answer = eventually(lambda: _made(link.text))
    assert answer is not None
    assert answer.status_code == 422, f"{name} as {image_type}: {answer.status_code} {answer.text[:200]}"


def _made(url: str) -> httpx.Response | None:
    """What is answered once it is made, or will not be."""
    answer = httpx.get(url, timeout=120, trust_env=False)
    return None if answer.status_code == 202 else answer


def poison(server: ServerPart) -> None:
    """Header texts that nobody foresaw."""
    odd = [
        header_text(EXPTIME=1e308).replace(b"1E+308", b"1E+999"),
        header_text(FILTER="rp").replace(b"rp", b"r\x00"),
        header_text(**{"DATE-OBS": "0001-01-01T00:00:00+23:59"}),
        header_text(**{"DATE-OBS": "9999-12-31T23:59:59-23:59"}),
        header_text(USERNAME="x" * 60),
        b"\xff" * 4000,
        b"",
    ]
    for number in range(POISON):
        name = f"{BASE.format(100 + number)}-EX00.txt"
        assert upload(server, name, odd[number % len(odd)]).status_code == 204


# --- What must hold ----------------------------------------------------------------------------------------


def nobody_runs_in_another_s_time(server: ServerPart) -> None:
    """Bob's event names what Alice then makes, and what she then renames her other project to."""
    at = "2026-11-20T22:58:14Z"
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    with server.client() as client:

        def post(path: str, body: dict[str, Any], who: Person) -> httpx.Response:
            return client.post(path, json=body, headers={"Authorization": f"Bearer {who.token}"})

        for number, name in enumerate(["hers", "renamed", "none"]):
            when = start + timedelta(hours=number)
            event = an_event(when, event_id=f"bob-{number}", project_id=f"{name}#{at}")
            assert post("/calendar/newevent", event, BOB).status_code == 200
        for name in ("hers", "other"):
            project = a_project(project_name=name, created_at=at, user_id=ALICE.user_id)
            assert post("/projects/new-project", project, ALICE).status_code == 200
        none = a_project(project_name="none", created_at="undefined", user_id=ALICE.user_id)
        assert post("/projects/new-project", none, ALICE).status_code == 400
        change = {"project_name": "other", "created_at": at, "project_changes": {"project_name": "renamed"}}
        assert post("/projects/modify-project", change, ALICE).status_code == 200

        window = {"site": SITE, "start": "2026-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z"}
        shown = client.post("/calendar/siteevents", json={**window, "full_project_details": True}).json()
    delivered = {each["event_id"]: each.get("project") for each in shown if each["creator_id"] == BOB.user_id}
    nothing = "Project not found."
    assert delivered == {"bob-0": nothing, "bob-1": nothing, "bob-2": None}


def every_list_answers(server: ServerPart) -> None:
    with server.client(timeout_s=60) as client:
        answers = {
            f"{method} {path}": client.request(method, path, json=body) for method, path, body in LISTS
        }
    wrong = {call: answer.text[:200] for call, answer in answers.items() if answer.status_code not in EMPTY}
    # The site has no configuration here.
    assert set(wrong) <= {f"GET /api/{SITE}/config"}, wrong


def is_done(there: Stack, name: str) -> bool:
    return (name, "done") in there.rows("SELECT filename, state FROM images_upload")


@contextmanager
def watched(there: Stack, workers: list[StackPart]) -> Iterator[None]:
    """While the body runs /healthz answers in time, and no worker holds too much."""
    with ExitStack() as samplers:
        pulses = [samplers.enter_context(Pulse(server)) for server in there.servers]
        memories = [samplers.enter_context(Memory(worker)) for worker in workers]
        yield
    waits = {pulse.server.name: (pulse.at_most_ms(0.95), pulse.at_most_ms(1)) for pulse in pulses}
    slowest = max(each for _, each in waits.values())
    held = {memory.part.name: (memory.together, memory.largest) for memory in memories}
    print(
        f"/healthz, ms (19 of 20, all): {waits}, crowd {CROWD:.1f}; held, MiB (together, the largest): {held}"
    )
    assert all(pulse.looks > 20 for pulse in pulses)
    assert slowest < HEALTHY_MS * CROWD
    assert max(together for together, _ in held.values()) < MAX_MIB


def attack(there: Stack, workers: list[StackPart]) -> None:
    good = f"{BASE.format(999)}-EX00.fits"
    with watched(there, workers):
        for server in there.servers:
            hold_up(server)
            odd_times(server)
        [server, *_] = there.servers
        poison(server)
        small_and_large(server)
        assert upload(server, good, plain_fits()).status_code == 204
        eventually(lambda: is_done(there, good), GOOD_WITHIN_S)
        nobody_runs_in_another_s_time(server)
        for server in there.servers:
            every_list_answers(server)


def test_the_embedded_server() -> None:
    with stack("embedded", databases=False, env=ENV) as there:
        attack(there, list(there.servers))


def test_production() -> None:
    with stack("granian", "uvicorn", workers=1, beat=True, env=ENV) as there:
        attack(there, list(there.workers))
