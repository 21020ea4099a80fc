"""A simulated observatory and the real server: from the first post to a frame that is downloaded."""

import io
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from websockets.sync.client import ClientConnection, connect

from photonranch.testing import ADMIN, ALICE, a_command, a_project, an_event, an_exposure
from photonranch.testing_live import KINDS, Process, Server, fresh_state, has_ended, running
from simulator.configuration import demo_site

pytestmark = pytest.mark.live

# Without Redis the server has a worker in its own process.
ALONE = {"REDIS_URL": ""}
TIMEOUT_S = 60.0
TYPES = {"device", "obs_settings", "enclosure", "weather"}
WEMA_TYPES = {"enclosure", "weather", "wema_settings", "forecast", "owm_report"}


class Watcher:
    """A socket on a site's stream, which a test waits at."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def until(self, topic: str, wanted: Callable[[Any], bool]) -> Any:
        """The data of the next frame of that topic that is `wanted`."""
        deadline = datetime.now(UTC) + timedelta(seconds=TIMEOUT_S)
        while (left := (deadline - datetime.now(UTC)).total_seconds()) > 0:
            frame = json.loads(self.socket.recv(timeout=left))
            if frame["topic"] == topic and wanted(frame["data"]):
                return frame["data"]
        raise AssertionError(f"nothing of topic {topic} was as wanted")

    def states_of(self, ulid: str, last: str) -> list[str]:
        """The states that a job takes, up to `last`; the same one after itself counts once."""
        found: list[str] = []

        def is_last(job: Any) -> bool:
            status = str(job["statusId"]).partition("#")[0]
            if job["ulid"] == ulid and found[-1:] != [status]:
                found.append(status)
            return bool(job["ulid"] == ulid and status == last)

        self.until("jobs", is_last)
        return found


@contextmanager
def watching(server: Server, since: int | None = None, site: str = "saf") -> Iterator[Watcher]:
    query = "" if since is None else f"&since={since}"
    with connect(f"{server.ws}/datastream?site={site}{query}", max_size=None) as socket:
        yield Watcher(socket)


@contextmanager
def simulated(server: Server, *arguments: str) -> Iterator[Process]:
    line = [sys.executable, "manage.py", "simulate", "saf", "--server", server.url, *arguments]
    process = Process(line, os.environ)
    try:
        yield process
    finally:
        code = process.stop()
    assert code == 0, process.output
    assert "Traceback" not in process.output


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """With a simulated observatory under an open sky, which takes no frames by itself."""
    with (
        running("daphne", env=ALONE) as server,
        simulated(server, "--speed", "30", "--sky", "open", "--every", "0") as process,
    ):
        with watching(server, since=0) as watcher:
            watcher.until("sitestatus", lambda data: data["statusType"] == "obs_settings")
        yield server
    # Whatever it was refused it said in a line; there was nothing.
    assert process.output.count("\n") == 1, process.output


def command(server: Server, person: Any = ALICE, **changes: Any) -> str:
    """Give a command; its ulid."""
    body = a_command(**changes)
    answer = server.http.post("/jobs/newjob", json=body, headers={"Authorization": f"Bearer {person.token}"})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ulid"])


def test_it_works(server: Server) -> None:
    """Configurations and every type of status arrive, under both of the site's names."""
    assert server.http.get("/api/saf/config").json()["configuration"]["events"]["day_directory"]
    assert server.http.get("/api/safw/config").json()["configuration"]["latitude"] == 35.554298
    with watching(server, since=0) as watcher:
        left = set(TYPES)

        def was_last(data: Any) -> bool:
            left.discard(data["statusType"])
            return not left

        watcher.until("sitestatus", was_last)
    for code, types in (("saf", TYPES), ("safw", WEMA_TYPES)):
        for name in types:
            found = server.http.get(f"/status/{code}/{name}").json()
            assert found["statusType"] == name, (code, name)
    device = server.http.get("/status/saf/device").json()["status"]
    assert device["mount"]["mount1"]["altitude"].keys() == {"val", "timestamp"}
    assert (
        server.http.get("/status/saf/enclosure")
        .json()["status"]["enclosure"]["enclosure1"]["shutter_status"]["val"]
        .startswith("Sim. Open")
    )
    assert server.http.get("/status/allopenstatus").json()["safw"]["wx_ok"] in (True, False)
    said = [entry["message"] for entry in server.http.get("/logs/recent-logs?site=saf").json()]
    assert any("no telescope moves" in message for message in said)


def test_a_command_to_expose_ends_in_a_frame_that_can_be_downloaded(server: Server) -> None:
    with watching(server) as watcher:
        ulid = command(
            server,
            device="mount",
            instance="mount1",
            action="go",
            required_params={"alt": "70", "az": "120"},
            optional_params={"object": "a quiet field"},
        )
        states = watcher.states_of(ulid, "COMPLETE")
        assert states == ["UNREAD", "RECEIVED", "STARTED", "COMPLETE"]
        mount = server.http.get("/status/saf/device").json()["status"]["mount"]["mount1"]
        ulid = command(server)
        assert watcher.states_of(ulid, "COMPLETE") == [
            "UNREAD",
            "RECEIVED",
            "STARTED",
            "EXPOSING",
            "COMPLETE",
        ]
        found = newest(server, watcher, lambda image: image["fits_01_exists"] and image["fits_10_exists"])

    assert (found["username"], found["filter_used"], found["exposure_time"]) == ("Alice", "w", 1.0)
    jpg = httpx.get(found["jpg_url"])
    assert jpg.content[:3] == b"\xff\xd8\xff"
    name = f"{found['base_filename']}-{found['data_type']}00.fits.fz"
    link = server.http.post("/api/download", json={"object_name": name}).text
    with fits.open(io.BytesIO(httpx.get(link).content)) as hdus:
        ra, dec = WCS(hdus[0].header).all_pix2world(479.5, 319.5, 0)
        assert hdus[0].data.shape == (640, 960)
        # A sky with stars in it, not only a background.
        assert hdus[0].data.max() > 3 * hdus[0].data.mean()
    assert float(ra) / 15 == pytest.approx(mount["right_ascension"]["val"], abs=1e-4)
    assert float(dec) == pytest.approx(mount["declination"]["val"], abs=1e-3)
    assert (found["right_ascension"], found["declination"]) == pytest.approx(
        (float(ra), float(dec)), abs=1e-3
    )


def newest(server: Server, watcher: Watcher, wanted: Callable[[Any], bool]) -> Any:
    """The newest image of the site, once it is as wanted; asked again with each push."""
    while True:
        images = server.http.get("/api/saf/latest_images/1").json()
        if images and wanted(images[0]):
            return images[0]
        watcher.until("imagedata", lambda data: True)


def test_cancel_stops_what_runs_and_drops_what_waits(server: Server) -> None:
    with watching(server) as watcher:
        runs = command(server, required_params={"time": "300", "image_type": "light"})
        watcher.until("jobs", lambda job: job["ulid"] == runs and job["statusId"].startswith("EXPOSING"))
        waits = command(server)
        watcher.until("jobs", lambda job: job["ulid"] == waits and job["statusId"].startswith("RECEIVED"))
        stop = command(server, action="cancel_all_commands")
        left = {waits: "CANCELED", runs: "STOPPED", stop: "COMPLETE"}

        def is_over(job: Any) -> bool:
            if job["statusId"] == f"{left.get(job['ulid'])}#{job['ulid']}":
                del left[job["ulid"]]
            return not left

        watcher.until("jobs", is_over)
        after = command(server, required_params={"time": "0", "image_type": "bias"})
        watcher.states_of(after, "COMPLETE")


def test_what_it_does_not_understand_fails_with_a_sentence(server: Server) -> None:
    with watching(server) as watcher:
        ulid = command(server, optional_params={"filter": "ultraviolet"})
        said = watcher.until("userstatus", lambda entry: "ultraviolet" in entry["message"])
        assert said["log_level"].lower() == "warn"
        watcher.states_of(ulid, "FAILED")


def test_a_reserved_project_runs_and_its_progress_is_reported(server: Server) -> None:
    alice = {"Authorization": f"Bearer {ALICE.token}"}
    now = datetime.now(UTC)
    project = a_project(
        project_targets=[{"name": "high", **where(75, 10)}],
        exposures=[an_exposure("w", "2"), an_exposure("HA", "1")],
        remaining=["2", "1"],
    )
    assert server.http.post("/projects/new-project", json=project).status_code == 200
    project_id = f"{project['project_name']}#{project['created_at']}"
    event = an_event(now - timedelta(minutes=1), project_id=project_id)
    with watching(server) as watcher:
        assert server.http.post("/calendar/newevent", json=event, headers=alice).status_code == 200
        watcher.until("phase_status", lambda phase: "begins: 3 frames" in phase["message"])
        watcher.until("phase_status", lambda phase: "is complete" in phase["message"])
    key = {name: project[name] for name in ("project_name", "created_at")}
    done = server.http.post("/projects/get-project", json=key).json()
    server.http.post("/calendar/delete", json={"event_id": event["event_id"]}, headers=alice)

    assert [int(left) for left in done["remaining"]] == [0, 0]
    assert [len(names) for names in done["project_data"]] == [2, 1]
    assert all(re.fullmatch(r"saf-sq001-\d{8}-\d{8}", name) for name in done["project_data"][0])


def where(altitude: float, azimuth: float) -> dict[str, str]:
    ra, dec = demo_site().place.ra_dec(altitude, azimuth, datetime.now(UTC))
    return {"ra": f"{ra:.4f}", "dec": f"{dec:.4f}"}


def test_the_roof_obeys_admins(server: Server) -> None:
    with watching(server, site="safw") as watcher:
        ulid = command(
            server,
            ADMIN,
            site="safw",
            device="enclosure",
            instance="enclosure1",
            action="force_roof_state",
            required_params={"force_roof_state": "open"},
        )

        def is_open(data: Any) -> bool:
            if data["statusType"] != "enclosure":
                return False
            leaf = data["status"]["enclosure"]["enclosure1"]["shutter_status"]
            return bool(data["site"] == "safw" and leaf["val"] == "Open")

        assert watcher.states_of(ulid, "COMPLETE")[-1] == "COMPLETE"
        watcher.until("sitestatus", is_open)


def test_the_watchdog_restarts_the_program(server: Server) -> None:
    with watching(server) as watcher:
        ulid = command(server, device="all", instance="all", action="observatory_restart")
        watcher.until(
            "jobs", lambda job: job["ulid"] == ulid and job["replicaStatusId"].startswith("COMPLETE")
        )


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


# --- Started with the server -------------------------------------------------------------------------------


@pytest.mark.parametrize("strict", ["0", "1"])
def test_make_run_shows_a_frame_of_the_demo_site_soon(strict: str) -> None:
    with running("daphne", env={**ALONE, "DEMO": "1", "REQUIRE_SITE_KEYS": strict}) as server:
        server.wait_for("simulator: simulating saf")
        with watching(server, since=0) as watcher:
            found = newest(server, watcher, lambda image: image["fits_10_exists"])
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


# --- The command line --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--speed", "0"], "--speed"),
        (["--sites", "501"], "--sites"),
        (["--server", "localhost"], "--server"),
        (["--every", "nan"], "--every"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], says: str) -> None:
    process = Process([sys.executable, "manage.py", "simulate", *arguments], os.environ)
    assert process.popen.wait(60) == 1
    process.stop()
    assert f"CommandError: {says}" in process.output


def test_many_sites_are_a_load_and_are_counted() -> None:
    with running("uvicorn", env=ALONE) as server:
        line = [sys.executable, "manage.py", "simulate", "--sites", "4", "--speed", "30", "--for", "6"]
        process = Process([*line, "--report", "2", "--server", server.url], os.environ)
        process.wait_for(r"\d+ requests in .*: \d+/s, p50 \d+ ms, p95 \d+ ms, p99 \d+ ms, 0 failed", times=3)
        assert process.popen.wait(60) == 0
        process.stop()
        configurations = server.http.get("/api/all/config").json()
    assert {f"sim0{number}" for number in range(1, 5)} <= configurations.keys()
    assert {f"sim0{number}w" for number in range(1, 5)} <= configurations.keys()
    assert re.search(r"\d+  POST /jobs/getnewjobs", process.output)
    assert "failed:" not in process.output
