"""docs/observatories.md: every example does what it says, against a server in strict mode."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from testing.cast import ALICE, a_command, a_project, an_event
from testing.live import ROOT, Server, environment, fresh_state, running

pytestmark = pytest.mark.live

DOC = ROOT / "docs" / "observatories.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What the telescopes', the WEMAs' and PIPE's programs call, and what is documented for them besides.
CALLS = {
    "POST /jobs/getnewjobs",
    "POST /jobs/startjob",
    "POST /jobs/updatejobstatus",
    "POST /jobs/getrecentjobs",
    "POST /status/saf/status",
    "POST /status/safw/status",
    "POST /status/phase_status",
    "GET /status/safw/enclosure",
    "GET /status/safw/weather",
    "GET /status/saf/obs_settings",
    "POST /logs/newlog",
    "GET /api/saf/config",
    "PUT /api/saf/config",
    "GET /api/safw/config",
    "PUT /api/safw/config",
    "POST /api/upload",
    "POST /api/upload/file",
    "POST /calendar/siteevents",
    "POST /projects/get-project",
    "POST /projects/add-project-data",
    "POST /api/pipe/enqueue",
    "POST /api/pipe/queue",
    "POST /api/pipe/queue/saf/dequeue",
    "POST /api/pipe/extend",
    "POST /api/pipe/ack",
    "POST /api/pipe/nack",
    "GET /api/pipe/queues",
    "GET /api/pipe/queue/saf",
    "POST /api/pipe/status",
    "GET /api/pipe/status/pipe-1",
    "GET /api/pipe/statuses",
}
# The answers that the text tells of: a queue that is there already, and an empty one.
EXPECTED = {("POST /api/pipe/queue", 409), ("POST /api/pipe/queue/saf/dequeue", 404)}


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, str]]:
    """Where each program is pointed, its key in the URL; and what people did before it starts."""
    with ExitStack() as stack:
        state = stack.enter_context(fresh_state())
        strict = {"REQUIRE_SITE_KEYS": "1", "REDIS_URL": ""}
        server = stack.enter_context(running("daphne", env=strict, state=state))
        given_by_people(server)
        host = urlsplit(server.url).netloc
        keys = {
            name: key(state, *words)
            for name, *words in (("saf", "saf"), ("safw", "safw"), ("pipe", "--pipe"))
        }
        yield {name: f"http://{name}:{secret}@{host}" for name, secret in keys.items()}


def key(state: Path, *words: str) -> str:
    command = [sys.executable, "manage.py", "site_key", *words]
    made = subprocess.run(
        command, env=environment(state), cwd=ROOT, capture_output=True, text=True, check=True
    )
    return made.stdout.strip()


def given_by_people(server: Server) -> None:
    """A project in a reservation that is on now, and a command for the telescope and its watchdog each."""
    alice = {"Authorization": f"Bearer {ALICE.token}"}
    project = a_project()
    event = an_event(
        datetime.now(UTC) + timedelta(minutes=1),
        project_id=f"{project['project_name']}#{project['created_at']}",
        creator_id=ALICE.user_id,
    )
    restart = a_command(device="all", instance="all", action="observatory_restart")
    for path, body in (
        ("/projects/new-project", project),
        ("/calendar/newevent", event),
        ("/jobs/newjob", a_command()),
        ("/jobs/newjob", restart),
    ):
        answer = server.http.post(path, json=body, headers=alice)
        assert answer.status_code == 200, f"{path}: {answer.text}"


def test_every_example_works_and_every_call_has_one(
    servers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, variable in (("saf", "OBS_SERVER"), ("safw", "WEMA_SERVER"), ("pipe", "PIPE_SERVER")):
        monkeypatch.setenv(variable, servers[name])
    made: list[tuple[str, int]] = []
    send = requests.Session.send

    def noted(
        session: requests.Session, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        answer = send(session, request, **options)
        path = "/" + "/".join(part for part in str(urlsplit(str(request.url)).path).split("/") if part)
        made.append((f"{request.method} {path}", answer.status_code))
        return answer

    monkeypatch.setattr(requests.Session, "send", noted)
    namespace: dict[str, Any] = {}
    text = DOC.read_text()
    for block in BLOCK.finditer(text):
        # In a fault, the line is the document's own.
        code = "\n" * text.count("\n", 0, block.start(1)) + block[1]
        exec(compile(code, str(DOC), "exec"), namespace)

    assert {call for call, _ in made} == CALLS
    assert {(call, status) for call, status in made if status >= 400} <= EXPECTED
