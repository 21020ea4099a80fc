"""A simulated observatory and the real server: from the first post to a frame that is downloaded."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from simulator.configuration import demo_site
from simulator.tests.live import ALONE, command, newest, simulated, watching
from testing.cast import ADMIN, ALICE, a_project, an_event, an_exposure
from testing.live import Server, running
from testing.parts import eventually

pytestmark = pytest.mark.live

TYPES = {"device", "obs_settings", "enclosure", "weather"}
WEMA_TYPES = {"enclosure", "weather", "wema_settings", "forecast", "owm_report"}


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
    # Observatory and WEMA agree on the roof and the weather, in the words that web pages compare with.
    for code in ("saf", "safw"):
        roof = server.http.get(f"/status/{code}/enclosure").json()["status"]["enclosure"]["enclosure1"]
        assert roof["shutter_status"]["val"] == "Open", code
        assert roof["enclosure_mode"]["val"] == "Simulated", code
        assert server.http.get("/status/allopenstatus").json()[code]["wx_ok"] is True, code
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
    link = server.http.post("/api/download", json={"object_name": name, "image_type": "fits"}).text
    with fits.open(io.BytesIO(httpx.get(link).content)) as hdus:
        ra, dec = WCS(hdus[0].header).all_pix2world(479.5, 319.5, 0)
        assert hdus[0].data.shape == (640, 960)
        # A sky with stars in it, not only a background.
        assert hdus[0].data.max() > 3 * hdus[0].data.mean()
    # A command is complete a moment before the next status tells where the mount is now.
    eventually(lambda: points_at(server, float(ra), float(dec)))
    assert (found["right_ascension"], found["declination"]) == pytest.approx(
        (float(ra), float(dec)), abs=1e-3
    )


def points_at(server: Server, ra: float, dec: float) -> bool:
    """Whether the mount says so: the right ascension in hours there, in degrees here."""
    mount = server.http.get("/status/saf/device").json()["status"]["mount"]["mount1"]
    says = (mount["right_ascension"]["val"] * 15, mount["declination"]["val"])
    return says == pytest.approx((ra, dec), abs=1.5e-3)


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
        assert said["log_level"] == "warning"
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
