"""The server that is asked, and who asks."""

import http.client
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from fuzz.answers import MAX_S, RawAnswer
from fuzz.budget import BASE_URL
from fuzz.known import KnownValues
from fuzz.mutations import Sent
from photonranch.lenient_json import NotJson, loads
from testing.cast import ADMIN, ALICE, SITE
from testing.live import ROOT, Server, environment, fresh_state, running

# Nothing that is set outside may lead a server of ours beyond this machine.
ALONE = dict.fromkeys(
    (
        "S3_BUCKET", "S3_ENDPOINT_URL", "AUTH_ISSUER", "AUTH_JWKS_URL", "AUTH_PUBLIC_KEY", "REMOTEHQ_URL",
        "REMOTEHQ_TOKEN",
    ),
    "",
)  # fmt: skip
OWN = {**ALONE, "ZIP_WAIT_S": "1", "SQS_ACCESS_KEY_ID": "fuzz", "SQS_SECRET_ACCESS_KEY": "fuzz"}
# Of the account that looks at the pages afterwards.
STAFF = {"DJANGO_SUPERUSER_PASSWORD": "fuzz-fuzz-2026"}


@dataclass
class FuzzTarget:
    """`callers`: name → its Authorization header; empty for nobody. `server`, `env`: of one of our own."""

    url: str
    callers: dict[str, str]
    server: Server | None = None
    env: dict[str, str] = field(default_factory=dict)
    known: KnownValues = field(default_factory=KnownValues)
    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    connection: http.client.HTTPConnection | None = None

    def send(self, request: Sent, caller: str) -> RawAnswer:
        """What it answers, counted; also learns from it what can be asked for next."""
        headers = list(request.headers)
        if self.callers[caller] and not any(name == "Authorization" for name, _ in headers):
            headers.append(("Authorization", self.callers[caller]))
        answer = self.ask(request.method, request.url, headers, request.content)
        self.count(request.kind, answer, f"{request.method} {request.url[:100]} ({request.kind})")
        if answer.status == 200 and answer.content_type.startswith("application/json"):
            with suppress(NotJson):
                self.known.learn(loads(answer.body))
        return answer

    def count(self, kind: str, answer: RawAnswer, what: str) -> None:
        self.kinds[kind] += 1
        self.statuses[answer.status] += 1
        self.slowest = max(self.slowest, (answer.seconds, what))

    def ask(
        self, method: str, url: str, headers: list[tuple[str, str]] | None = None, body: bytes | None = None
    ) -> RawAnswer:
        start = time.monotonic()
        try:
            status, kind, content = self._exchange(method, url, headers or [], body)
        except (http.client.HTTPException, OSError):
            # A connection that was kept may end at any time; a new one has to answer.
            self.hang_up()
            try:
                status, kind, content = self._exchange(method, url, headers or [], body)
            except (http.client.HTTPException, OSError):
                self.hang_up()
                status, kind, content = 0, "", b""
        return RawAnswer(status, kind, content, time.monotonic() - start)

    def _exchange(
        self, method: str, url: str, headers: list[tuple[str, str]], body: bytes | None
    ) -> tuple[int, str, bytes]:
        line = self.connection = self.connection or self._dial()
        names = {name.lower() for name, _ in headers}
        line.putrequest(method, url, skip_host="host" in names, skip_accept_encoding=True)
        for name, value in headers:
            line.putheader(name, value.encode("latin-1", "replace"))
        if body is not None:
            line.putheader("Content-Length", str(len(body)))
        line.endheaders(body)
        answer = line.getresponse()
        content = answer.read()
        if answer.will_close:
            self.hang_up()
        return answer.status, answer.headers.get("Content-Type", ""), content

    def _dial(self) -> http.client.HTTPConnection:
        address = urlsplit(self.url)
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        return kind(str(address.hostname), address.port, timeout=MAX_S * 3)

    def hang_up(self) -> None:
        if self.connection:
            self.connection.close()
            self.connection = None


@contextmanager
def target() -> Iterator[FuzzTarget]:
    """A server of our own, as `make run` starts it; or the one at BASE_URL."""
    if BASE_URL:
        there = FuzzTarget(BASE_URL, _callers_by_environment())
        yield there
        there.hang_up()
        return
    with fresh_state() as folder, running("daphne", env=OWN, state=folder) as server:
        there = FuzzTarget(server.url, {}, server, {**environment(folder), **ALONE})
        key = manage(there, "site_key", SITE).strip().splitlines()[-1].split()[-1]
        there.callers = {
            "nobody": "",
            "user": f"Bearer {ALICE.token}",
            "admin": f"Bearer {ADMIN.token}",
            "site": f"Bearer {key}",
        }
        yield there
        there.hang_up()


def manage(there: FuzzTarget, *arguments: str, **env: str) -> str:
    """What a `manage.py` command beside our own server prints."""
    command = [sys.executable, "manage.py", *arguments]
    env = {**there.env, **env}
    return subprocess.run(command, env=env, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def _callers_by_environment() -> dict[str, str]:
    """Of another server: nobody, and whose tokens are given."""
    given: dict[str, Any] = {
        "user": os.environ.get("FUZZ_USER_TOKEN"),
        "admin": os.environ.get("FUZZ_ADMIN_TOKEN"),
        "site": os.environ.get("FUZZ_SITE_KEY"),
    }
    return {"nobody": "", **{name: f"Bearer {token}" for name, token in given.items() if token}}
