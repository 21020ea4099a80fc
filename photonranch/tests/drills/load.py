"""Everybody at once: people, telescopes, PIPE machines and watchers, and a book of what each was told.

    with Load(there) as load:
        load.has_done(20)            # everybody got through so often, since now
        there.servers[0].kill()
        ...
    load.check()

Each writer calls the servers in turn. What was answered with 200 or 204 is acknowledged; a call that was
cut off, or answered with 503 and a sentence, may or may not have happened, once. Any other answer fails the
check.
"""

import itertools
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import httpx
import time_machine

from photonranch.auth.tokens import issue_token
from photonranch.tests.drills.watcher import Watcher
from testing.cast import ALICE, SITE, a_command, an_event
from testing.parts import eventually
from testing.stack import ServerPart, Stack

NIGHT = datetime(2030, 1, 1, tzinfo=UTC)
QUEUE = "drill"
# How long a call may take before it counts as one that hangs.
CALL_S = 60.0
# After a call that failed: as long as a client waits that is not in a hurry.
PAUSE_S = 0.1


class Refused(Exception):
    """The call came to nothing that is known: cut off, or a clear 503."""


class Book:
    """What everybody was told. Each entry is written by one thread and read when all have ended."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.logged: set[str] = set()
        self.ulids: set[str] = set()
        self.fetched: list[str] = []
        self.reported: set[str] = set()
        self.events: set[str] = set()
        self.enqueued: set[int] = set()
        self.dequeued: list[int] = []
        self.uploaded: set[str] = set()
        self.slowest_s = 0.0
        self.wrong: list[str] = []


class Load:
    """Writers of each kind, and a watcher at each server that has sockets, while the body runs."""

    # Of all loads that an installation sees.
    numbers = itertools.count()

    def __init__(self, there: Stack, *, uploads: bool = True, writers: int = 1) -> None:
        self.there = there
        self.book = Book()
        self.ended = threading.Event()
        # Issued some time ago: one from the future, as a clock that was set back sees it, is refused.
        with time_machine.travel(datetime.now(UTC) - timedelta(hours=2)):
            # Free of the limits for people: it reserves hour after hour, years ahead.
            roles = ("scheduler",)
            self.token = issue_token(ALICE.user_id, roles, name=ALICE.name, lifetime=timedelta(hours=5))
        # Each writer's own client.
        self.mine: Any = threading.local()
        kinds = [self._log, self._command, self._observatory, self._reserve, self._produce, self._consume]
        if uploads:
            kinds.append(self._upload)
        self.kinds = [kind.__name__ for kind in kinds]
        self.threads = [
            threading.Thread(target=self._again_and_again, args=(kind, first), daemon=True)
            for first, kind in enumerate(kinds * writers)
        ]
        self.watchers = [Watcher(server) for server in there.servers if server.kind != "granian"]
        self.excused: set[str] = set()

    @property
    def to_be_seen(self) -> set[str]:
        return self.book.logged - self.excused

    def excuse_frames(self) -> None:
        """The frames on their way now are lost: the only process that kept them is dead."""
        for watcher in self.watchers:
            self.excused |= self.book.logged - watcher.messages.keys()

    def __enter__(self) -> Self:
        with self.there.servers[0].client() as client:
            assert client.post("/api/pipe/queue", json={"queue_name": QUEUE}).status_code in (200, 409)
        for watcher in self.watchers:
            watcher.start()
        for thread in self.threads:
            thread.start()
        self.has_done(2)
        return self

    def __exit__(self, error: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join(CALL_S)
        if error is None:
            for watcher in self.watchers:
                watcher.catches_up(self.to_be_seen)
        for watcher in self.watchers:
            watcher.stop()

    def has_done(self, times: int) -> None:
        """Until each kind of writer was acknowledged so often more than now."""
        before = self.book.done.copy()
        eventually(
            lambda: (
                self.book.wrong or all(self.book.done[kind] - before[kind] >= times for kind in self.kinds)
            )
        )
        assert not self.book.wrong, self.book.wrong[:3]

    def check(self) -> None:
        """Every acknowledged write is there, once; nothing is half done; each watcher saw each frame once."""
        book, rows = self.book, self.there.rows
        assert not book.wrong, book.wrong[:3]
        logged = Counter(text for (text,) in rows("SELECT message FROM logs_logmessage"))
        assert book.logged <= logged.keys()
        assert set(logged.values()) == {1}
        self._check_jobs()
        assert book.events <= {event for (event,) in rows("SELECT event_id FROM reservations_reservation")}
        held = [int(payload) for (payload,) in rows("SELECT payload FROM pipe_item")]
        assert len(held) == len(set(held))
        assert len(book.dequeued) == len(set(book.dequeued))
        # One item may have been given to a consumer whose answer was cut off: what that consumer is asked to
        # do again is held by nobody else, so at most one for every call that came to nothing.
        lost = book.enqueued - set(held) - set(book.dequeued)
        assert len(lost) <= book.done["_consume cut off"], lost
        self._check_uploads()
        for watcher in self.watchers:
            watcher.check(self.to_be_seen)

    def _check_jobs(self) -> None:
        book, rows = self.book, self.there.rows
        statuses = dict(rows("SELECT ulid, status FROM jobs_job"))
        assert book.ulids <= statuses.keys()
        assert len(book.fetched) == len(set(book.fetched)), "a command was handed out twice"
        assert {statuses[ulid] for ulid in book.fetched} <= {"RECEIVED", "COMPLETE"}
        # A job and the report on it are one transaction.
        reports = {ulid for (ulid,) in rows("SELECT job_id FROM jobs_jobreport WHERE status = 'COMPLETE'")}
        assert reports == {ulid for ulid, status in statuses.items() if status == "COMPLETE"}
        assert book.reported <= reports

    def _check_uploads(self) -> None:
        for name in self.book.uploaded:
            assert (self.there.var / "media" / "data" / name).stat().st_size > 0
        known = self.there.rows("SELECT filename FROM images_upload")
        assert len(known) == len(set(known))
        assert {(name,) for name in self.book.uploaded} <= set(known)
        drafts = (self.there.var / "media" / ".incoming").glob("*.upload")
        assert len(list(drafts)) <= self.book.done["_upload cut off"]

    # --- Who writes ----------------------------------------------------------------------------------------

    def _again_and_again(self, kind: Any, first: int) -> None:
        servers = itertools.cycle(self.there.servers[first % 2 :] + self.there.servers[: first % 2])
        headers = {"Authorization": f"Bearer {self.token}", "Origin": "https://page.example"}
        with httpx.Client(headers=headers, timeout=CALL_S, trust_env=False) as self.mine.client:
            while not self.ended.is_set() and not self.book.wrong:
                self._once(kind, next(servers))

    def _once(self, kind: Any, server: ServerPart) -> None:
        name, began = kind.__name__, time.monotonic()
        try:
            kind(server)
            self.book.done[name] += 1
        except (httpx.TransportError, Refused):
            self.book.done[f"{name} cut off"] += 1
            self.ended.wait(PAUSE_S)
        except Exception as error:
            self.book.wrong.append(f"{name}: {error!r}")
        self.book.slowest_s = max(self.book.slowest_s, time.monotonic() - began)

    def _call(self, server: ServerPart, path: str, body: Any) -> Any:
        answer = self.mine.client.post(f"{server.url}{path}", json=body)
        assert answer.headers.get("access-control-allow-origin") == "*" or answer.status_code != 503, path
        return _understood(path, answer)

    def _log(self, server: ServerPart) -> None:
        text = f"line {next(self.numbers)}"
        body = {"site": SITE, "log_message": text, "log_level": "info", "timestamp": time.time()}
        self._call(server, "/logs/newlog", body)
        self.book.logged.add(text)

    def _command(self, server: ServerPart) -> None:
        self.book.ulids.add(self._call(server, "/jobs/newjob", a_command())["ulid"])

    def _observatory(self, server: ServerPart) -> None:
        for job in self._call(server, "/jobs/getnewjobs", {"site": SITE}):
            ulid = job["ulid"]
            self.book.fetched.append(ulid)
            with suppress(httpx.TransportError, Refused):
                report = {"site": SITE, "ulid": ulid, "newStatus": "COMPLETE"}
                self._call(server, "/jobs/updatejobstatus", report)
                self.book.reported.add(ulid)

    def _reserve(self, server: ServerPart) -> None:
        event = an_event(NIGHT + timedelta(hours=next(self.numbers)))
        self._call(server, "/calendar/newevent", event)
        self.book.events.add(event["event_id"])

    def _produce(self, server: ServerPart) -> None:
        number = next(self.numbers)
        self._call(server, "/api/pipe/enqueue", {"queue_name": QUEUE, "payload": number})
        self.book.enqueued.add(number)

    def _consume(self, server: ServerPart) -> None:
        item = self._call(server, f"/api/pipe/queue/{QUEUE}/dequeue", {})
        if item is not None:
            self.book.dequeued.append(item["payload"])

    def _upload(self, server: ServerPart) -> None:
        name = f"saf-sq003ms-20300101-{next(self.numbers):08}-EX00.txt"
        form = self._call(server, "/api/upload", {"object_name": name})
        content = b"DATE-OBS= '2030-01-01T05:12:44.123'\n"
        files = {"file": (name, content)}
        _understood("file", self.mine.client.post(form["url"], data=form["fields"], files=files))
        self.book.uploaded.add(name)


def _understood(path: str, answer: httpx.Response) -> Any:
    """What was answered: a result, nothing (404 of an empty queue), or a clear refusal."""
    if answer.status_code == 200:
        return answer.json()
    if answer.status_code == 204 or (path.endswith("/dequeue") and answer.status_code == 404):
        return None
    if answer.status_code == 503:
        if path == "/jobs/getnewjobs":
            assert answer.json() == []
        else:
            assert answer.headers["content-type"].startswith("text/plain"), answer.text
            assert answer.text.endswith("."), answer.text
        raise Refused
    raise AssertionError(f"{path}: {answer.status_code} {answer.text[:200]}")
