"""A simulator goes on without its server, and ends with the one that started it."""

import os
import re
import signal
import sys
from contextlib import ExitStack
from typing import Any

import pytest

from simulator.tests.live import ALONE, command, newest, simulated, watching
from testing.live import KINDS, Process, fresh_state, has_ended, running
from testing.parts import eventually

pytestmark = pytest.mark.live


@pytest.mark.parametrize("kind", KINDS)
def test_it_goes_on_when_the_server_comes_back(kind: Any) -> None:
    with ExitStack() as stack:
        state = stack.enter_context(fresh_state())
        server = stack.enter_context(running(kind, env=ALONE, state=state))
        port = str(server.address[1])
        simulator = stack.enter_context(simulated(server, "--speed", "30", "--sky", "open", "--every", "0"))
        with watching(server, since=0) as watcher:
            watcher.until("sitestatus", lambda data: data["statusType"] == "obs_settings")
        server.stop()
        simulator.wait_for("the server does not answer")
        again = stack.enter_context(running(kind, f"--port={port}", env=ALONE, state=state))
        with watching(again) as watcher:
            ulid = command(again)
            watcher.states_of(ulid, "COMPLETE")
        simulator.wait_for("the server is back")


@pytest.mark.parametrize("strict", ["0", "1"])
def test_make_run_shows_a_frame_of_the_demo_site_soon(strict: str) -> None:
    with running("daphne", env={**ALONE, "DEMO": "1", "REQUIRE_SITE_KEYS": strict}) as server:
        server.wait_for("simulator: simulating saf")
        with watching(server, since=0) as watcher:
            found = newest(server, watcher, lambda image: image["fits_10_exists"] and image["fits_01_exists"])
        assert server.stop() == 0
    assert found["data_type"] == "EP"
    assert "WARNING" not in server.output
    assert "Traceback" not in server.output


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_it_ends_with_the_server(how: signal.Signals) -> None:
    with running("daphne", env={**ALONE, "DEMO": "1"}) as server:
        server.wait_for("simulator: simulating saf")
        (child,) = children_of(server.pid)
        server.stop(how)

    assert has_ended(child)


def children_of(pid: int) -> list[int]:
    """The processes that run `manage.py simulate` and were started by that one."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as stat, open(f"/proc/{entry}/cmdline") as line:
                parent = int(stat.read().rpartition(")")[2].split()[1])
                if parent == pid and "simulate" in line.read().split("\0"):
                    found.append(int(entry))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


@pytest.mark.parametrize(("arguments", "env"), [((), {"DEMO": "0"}), (("--no-simulator",), {"DEMO": "1"})])
def test_it_is_left_out_when_told_so(arguments: tuple[str, ...], env: dict[str, str]) -> None:
    with running("daphne", *arguments, env={**ALONE, **env}) as server:
        assert server.http.get("/healthz").text == "ok"
        assert children_of(server.pid) == []
        server.stop()
    assert "simulator" not in server.output


def test_many_sites_are_a_load_and_are_counted() -> None:
    with running("uvicorn", env=ALONE) as server:
        line = [sys.executable, "manage.py", "simulate", "--sites", "4", "--speed", "30", "--report", "1"]
        process = Process([*line, "--server", server.url], os.environ)
        some = r"[1-9]\d* requests in .*: \d+/s, p50 \d+ ms, p95 \d+ ms, p99 \d+ ms, 0 failed"
        process.wait_for(some, times=3)
        eventually(lambda: "sim04w" in server.http.get("/api/all/config").json())
        assert process.stop() == 0
        configurations = server.http.get("/api/all/config").json()
    assert {f"sim0{number}" for number in range(1, 5)} <= configurations.keys()
    assert {f"sim0{number}w" for number in range(1, 5)} <= configurations.keys()
    assert re.search(r"\d+  POST /jobs/getnewjobs", process.output)
    assert "failed:" not in process.output


def test_it_ends_by_itself_after_the_time_it_was_given() -> None:
    line = [sys.executable, "manage.py", "simulate", "--for", "0.1", "--server", "http://127.0.0.1:1"]
    process = Process(line, os.environ)

    assert process.popen.wait(60) == 0
    process.stop()
