"""An observatory's program against a server that notes everything: every command, and every odd answer."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from astropy.io import fits

from simulator import commands
from simulator.commands.scripts import SCRIPTS
from simulator.configuration import demo_site
from simulator.exposing import Request, frame_of
from simulator.job import Job, Refused
from simulator.tests.standin import Standin, a_job, at_work, observatory, path_of
from testing.cast import a_project, an_event, an_exposure

PLACE = demo_site().place


def high() -> dict[str, str]:
    ra, dec = PLACE.ra_dec(70, 30, datetime.now(UTC))
    return {"ra": f"{ra:.4f}", "dec": f"{dec:.4f}"}


def messages(standin: Standin) -> list[str]:
    return [body["log_message"] for body in standin.bodies("/logs/newlog")]


def statuses(standin: Standin, name: str) -> list[Any]:
    bodies = standin.bodies("/status/saf/status")
    return [body["status"] for body in bodies if body["statusType"] == name]


async def test_it_works() -> None:
    """It boots as the real program does, and then asks and tells all it should."""
    standin = Standin()
    async with at_work(observatory(standin)):
        await standin.until(lambda: {"weather", "enclosure", "device", "obs_settings"} <= posted(standin))
        await standin.until(lambda: standin.bodies("/calendar/siteevents"))

    order = [(request.method, path_of(request)) for request in standin.requests]
    assert order[0] == ("POST", "/jobs/getnewjobs")
    assert order.index(("GET", "/api/safw/config")) < order.index(("PUT", "/api/saf/config"))
    configuration = standin.bodies("/api/saf/config")[0]
    assert configuration["camera"] == demo_site().configuration["camera"]
    # Dublin Julian days, of a night about now.
    today = (datetime.now(UTC).timestamp() / 86400) + 25567.5
    assert abs(configuration["events"]["Sun Set"] - today) < 1.5
    assert {"site": "saf", "alternateQueue": True} in standin.bodies("/jobs/getnewjobs")
    window = standin.bodies("/calendar/siteevents")[0]
    assert window["full_project_details"] is False
    span = datetime.fromisoformat(window["end"]) - datetime.fromisoformat(window["start"])
    assert span == timedelta(hours=48)


def posted(standin: Standin) -> set[str]:
    return {body["statusType"] for body in standin.bodies("/status/saf/status")}


async def test_status_is_shaped_as_the_contract_has_it() -> None:
    standin = Standin()
    async with at_work(observatory(standin)):
        device = (await standin.until(lambda: statuses(standin, "device")))[0]
        settings = (await standin.until(lambda: statuses(standin, "obs_settings")))[0]
        weather = (await standin.until(lambda: statuses(standin, "weather")))[0]
        enclosure = (await standin.until(lambda: statuses(standin, "enclosure")))[0]

    assert set(device) == {
        *("mount", "screen", "rotator", "selector", "filter_wheel", "focuser", "camera", "sequencer"),
        *("telops", "timestamp", "send_heartbeat", "current_fwhm_seeing"),
    }
    assert device["filter_wheel"]["filter_wheel1"]["filter_name"] == "w"
    # Half of the time, as the real program has it.
    assert device["timestamp"] == pytest.approx(datetime.now(UTC).timestamp() / 2, abs=60)
    assert settings["obs_settings"]["simulating_open_roof"] is True
    assert "timedottime_of_last_upload" in settings["obs_settings"]
    # Nothing is known of the weather: that is said, as the real program says it.
    assert weather == {"observing_conditions": {"observing_conditions1": {"wx_ok": "Unknown"}}}
    # Web pages take a roof for open when its status is this word.
    assert enclosure["enclosure"]["enclosure1"] == {
        "shutter_status": "Open",
        "enclosure_mode": "Simulated",
        "enclosure_is_open": True,
    }
    # The third word of this text is shown, and anything but a text ends the page's script.
    assert device["screen"]["screen1"]["dark_setting"] == "Screen is Off"
    assert device["selector"]["selector1"]["instrument"] == "Main camera"


async def test_what_was_asked_while_it_was_off_is_not_done() -> None:
    standin = Standin()
    standin.jobs = [a_job("mount", "park")]
    async with at_work(observatory(standin)):
        assert await standin.state(a_job("", "")["ulid"], "CANCELED") == ["CANCELED"]
        await standin.until(lambda: statuses(standin, "device"))

    assert "Parking." not in messages(standin)


# --- Commands ----------------------------------------------------------------------------------------------

GOOD: list[tuple[str, str, dict[str, Any]]] = [
    ("camera", "expose", {"time": "1", "image_type": "light", "count": "2", "filter": "HA"}),
    ("camera", "expose", {"time": "0", "image_type": "bias"}),
    ("camera", "darkslide_close", {}),
    ("camera", "darkslide_open", {}),
    ("mount", "go", high()),
    ("mount", "go", {"alt": "60", "az": "200"}),
    ("mount", "go", {"ha": "0.5", "dec": "40"}),
    ("mount", "home", {}),
    ("mount", "park", {}),
    ("mount", "unpark", {}),
    ("mount", "tracking", {}),
    ("mount", "pivot", {}),
    ("mount", "sky_flat_position", {}),
    ("rotator", "move_absolute", {"position": "90"}),
    ("rotator", "move_relative", {"position": "-10"}),
    ("rotator", "home", {}),
    ("focuser", "move_absolute", {"position": "5900"}),
    ("focuser", "move_relative", {"position": "20"}),
    ("focuser", "go_to_reference", {}),
    ("focuser", "save_as_reference", {}),
    ("filter_wheel", "set_name", {"filter": "PB"}),
    ("filter_wheel", "set_position", {"position": 2}),
    ("filter_wheel", "home", {}),
    ("screen", "turn_on", {"brightness": "70"}),
    ("screen", "turn_off", {}),
    ("screen", "close_and_turn_on", {}),
    ("screen", "turn_off_and_close", {}),
    ("screen", "open_and_turn_off", {}),
    ("selector", "new_selection", {"port": 1}),
    ("sequencer", "autofocus", {}),
    ("sequencer", "run", {"script": "focusAuto"}),
    ("sequencer", "run", {"script": "collectBiasesAndDarks"}),
    ("sequencer", "run", {"script": "collectScreenFlats"}),
    ("sequencer", "run", {"script": "collectSkyFlats"}),
    ("sequencer", "run", {"script": "pointingRun", "numPointingRuns": "2", "minAltitude": "40"}),
    ("sequencer", "run", {"script": "findFieldCenter", **high()}),
    ("obs", "configure_sun_safety", {"mode": "off"}),
    ("obs", "configure_who_can_send_commands", {"only_accept_admin_or_owner_commands": True}),
    ("obs", "stop_simulating_open_roof", {}),
]
BAD: list[tuple[str, str, dict[str, Any], str]] = [
    ("camera", "expose", {}, "time must be a number"),
    ("camera", "expose", {"time": "nan"}, "out of range"),
    ("camera", "expose", {"time": "1e7"}, "time must be from 0 to 360"),
    ("camera", "expose", {"time": "1", "count": "100000"}, "count must be from 1 to"),
    ("camera", "expose", {"time": "1", "filter": "x"}, "no filter 'x'"),
    ("camera", "make_coffee", {}, "does not know how to make_coffee"),
    ("screen", "turn_on", {"brightness": "300"}, "goes from 5 to 255, not to 300"),
    ("selector", "new_selection", {"port": 2}, "has ports 0 to 1, not 2"),
    ("selector", "new_selection", {}, "port must be a number"),
    ("mount", "go", {"ra": "1"}, "dec must be a number"),
    ("mount", "go", {"ra": "1", "dec": "91"}, "does not exist"),
    ("mount", "go", {"alt": "3", "az": "10"}, "lowest allowed"),
    ("mount", "center_on_pixels", {"image_x": 0, "image_y": 0, "header_rahrs": 1, "header_decdeg": 99}, "99"),
    ("focuser", "move_absolute", {"position": "-5"}, "goes from 0 to"),
    ("filter_wheel", "set_position", {"position": 99}, "places 0 to"),
    ("sequencer", "run", {"script": "dance"}, "no script 'dance'"),
    ("sequencer", "run", {"script": "pointingRun", "minAltitude": 89}, "below 85"),
    ("screen", "on", {}, "does not know how"),
]


@pytest.mark.parametrize(("device", "action", "parameters"), GOOD)
async def test_what_it_understands_it_does(device: str, action: str, parameters: dict[str, Any]) -> None:
    standin = Standin()
    program = observatory(standin)
    async with at_work(program):
        await standin.until(lambda: statuses(standin, "device"))
        standin.jobs = [a_job(device, action, required_params=parameters)]
        states = await standin.state(standin.jobs[0]["ulid"], "COMPLETE", "FAILED")

    assert (states[0], states[-1]) == ("STARTED", "COMPLETE"), messages(standin)


@pytest.mark.parametrize(("device", "action", "parameters", "reason"), BAD)
async def test_what_cannot_be_done_fails_with_the_reason(
    device: str, action: str, parameters: dict[str, Any], reason: str
) -> None:
    program = observatory(Standin())

    with pytest.raises(Refused, match=reason):
        await commands.perform(program, Job.of(a_job(device, action, required_params=parameters)))


def test_all_of_the_vocabulary_is_tried() -> None:
    known = {(kind, action) for kind, actions in commands.ACTIONS.items() for action in actions}
    tried = {(device, action) for device, action, _ in GOOD}
    # Alike ones: one of them is tried.
    alike = {("mount", "zero"), ("mount", "ra=sid, dec=0"), ("mount", "center_on_pixels")}
    alike |= {("sequencer", "home"), ("sequencer", "fixpointingscript")}
    alike |= {("obs", action) for action in commands.ACTIONS["obs"]}

    assert known - tried <= alike
    scripts = {parameters["script"] for _, action, parameters in GOOD if action == "run"}
    left = set(SCRIPTS.values()) - {SCRIPTS[name] for name in scripts}
    assert left == {SCRIPTS["restackLocalCalibrations"]}


async def test_only_admins_move_the_mount_about() -> None:
    job = Job.of(a_job("mount", "park", user_roles=[]))

    with pytest.raises(Refused, match="only admins"):
        await commands.perform(observatory(Standin()), job)


async def test_a_place_in_a_picture_is_moved_to_its_middle() -> None:
    program = observatory(Standin())
    where = high()
    header = {"header_rahrs": where["ra"], "header_decdeg": where["dec"], "header_pixscale": 1.557}
    middle = a_job("mount", "center_on_pixels", required_params={**header, "image_x": 0.5, "image_y": 0.5})
    above = a_job("mount", "center_on_pixels", required_params={**header, "image_x": 0.5, "image_y": 0.0})

    await commands.perform(program, Job.of(middle))
    assert program.telescope.mount.dec == pytest.approx(float(where["dec"]), abs=1e-3)
    await commands.perform(program, Job.of(above))
    assert program.telescope.mount.dec == pytest.approx(float(where["dec"]) + 320 * 1.557 / 3600, abs=1e-3)


async def test_a_slew_tells_of_the_mount_alone_all_along() -> None:
    standin = Standin()
    async with at_work(observatory(standin)):
        await standin.until(lambda: statuses(standin, "device"))
        standin.jobs = [a_job("mount", "go", required_params=high())]
        await standin.state(standin.jobs[0]["ulid"], "COMPLETE")

    slewing = [status for status in statuses(standin, "device") if "camera" not in status]
    assert slewing
    assert all(status["mount"]["mount1"]["is_slewing"] for status in slewing)
    assert set(slewing[0]) == {"mount", "timestamp", "send_heartbeat", "current_fwhm_seeing"}


async def test_a_frame_is_sent_picture_first() -> None:
    standin = Standin()
    async with at_work(observatory(standin)):
        await standin.until(lambda: statuses(standin, "device"))
        standin.jobs = [a_job("camera", "expose", required_params={"time": "1", "image_type": "light"})]
        await standin.until(lambda: len(names(standin)) >= 4)

    tails = [name.rpartition("-")[2] for name in names(standin)]
    assert tails[:4] == ["EX10.jpg", "EX00.txt", "EX10.fits.fz", "EX00.fits.fz"]
    assert len({name.rpartition("-")[0] for name in names(standin)[:4]}) == 1


def names(standin: Standin) -> list[str]:
    """Of the files that were posted to the archive."""
    forms = standin.bodies("/api/upload")
    return [form["object_name"] for form in forms if form["s3_directory"] == "data"]


async def test_a_focus_run_finds_the_focus_and_shows_how() -> None:
    standin = Standin()
    program = observatory(standin)
    async with at_work(program):
        await standin.until(lambda: statuses(standin, "device"))
        standin.jobs = [a_job("sequencer", "autofocus")]
        await standin.state(standin.jobs[0]["ulid"], "COMPLETE")
        await standin.until(
            lambda: any(form.get("info_channel") == 2 for form in standin.bodies("/api/upload"))
        )

    assert program.telescope.focus == pytest.approx(program.telescope.best_focus, abs=25)


def channels(standin: Standin) -> list[Any]:
    return [form.get("info_channel") for form in standin.bodies("/api/upload")]


async def test_stop_ends_what_runs_and_forgets_what_waits() -> None:
    standin = Standin()
    long = {"time": "300"}
    running, waiting, stop, after = (a_job("camera", "expose", n, required_params=long) for n in range(4))
    stop |= {"action": "cancel_all_commands"}
    after |= {"required_params": {"time": "0"}}
    async with at_work(observatory(standin)):
        await standin.until(lambda: statuses(standin, "device"))
        standin.jobs = [running]
        await standin.state(running["ulid"], "EXPOSING")
        standin.jobs = [waiting, stop, after]
        assert (await standin.state(running["ulid"], "STOPPED"))[-1] == "STOPPED"
        assert await standin.state(waiting["ulid"], "CANCELED") == ["CANCELED"]
        assert await standin.state(stop["ulid"], "COMPLETE") == ["COMPLETE"]
        # What was asked for after the stop is done.
        assert (await standin.state(after["ulid"], "COMPLETE"))[0] == "STARTED"


async def test_behind_a_closed_roof_a_frame_is_dark_and_that_is_said() -> None:
    standin = Standin()
    standin.answers["/status/safw/enclosure"] = lambda: httpx.Response(200, json={})
    program = observatory(standin, open_sky=False)
    async with at_work(program):
        await standin.until(lambda: statuses(standin, "device"))
        standin.jobs = [a_job("camera", "expose", required_params={"time": "1", "image_type": "light"})]
        await standin.state(standin.jobs[0]["ulid"], "COMPLETE")
        await standin.until(lambda: any("inside of a dark dome" in said for said in messages(standin)))

    request = Request(1.0)
    assert frame_of(program, request, datetime.now(UTC)).view.light == 0
    program.settings["simulating_open_roof"] = True
    assert frame_of(program, request, datetime.now(UTC)).view.light == 1


async def test_a_screen_before_the_telescope_keeps_the_sky_out_and_shines_into_it() -> None:
    program = observatory(Standin())
    program.roof, now = "Open", datetime.now(UTC)

    await commands.perform(program, Job.of(a_job("screen", "turn_on")))
    beside = frame_of(program, Request(1.0), now).view
    await commands.perform(program, Job.of(a_job("screen", "close_and_turn_on")))
    before = frame_of(program, Request(1.0), now).view
    await commands.perform(program, Job.of(a_job("screen", "turn_off_and_close")))
    dark = frame_of(program, Request(1.0), now).view
    await commands.perform(program, Job.of(a_job("screen", "open_and_turn_off")))
    away = frame_of(program, Request(1.0), now).view

    assert [(view.light, view.panel > 0) for view in (beside, before, dark, away)] == [
        (1, False),
        (0, True),
        (0, False),
        (1, False),
    ]


async def test_a_port_without_camera_gets_the_light() -> None:
    program = observatory(Standin())
    program.roof = "Open"

    await commands.perform(program, Job.of(a_job("selector", "new_selection", required_params={"port": 1})))

    assert frame_of(program, Request(1.0), datetime.now(UTC)).view.light == 0
    assert program.telescope.status(datetime.now(UTC))["selector"]["selector1"] == {
        "port": 1,
        "instrument": "Eyepiece",
        "camera": None,
        "guider": None,
    }


@pytest.mark.parametrize(("sent", "name"), [("empty", ""), ("Empty ", ""), ("", ""), ("M31", "M31")])
async def test_what_web_pages_write_for_no_name_is_no_name(sent: str, name: str) -> None:
    assert Job.of(a_job("mount", "go", optional_params={"object": sent})).object_name == name
    assert Job.of(a_job("camera", "expose", optional_params={"object_name": sent})).object_name == name
    standin = Standin()
    program = observatory(standin)
    async with at_work(program):
        await standin.until(lambda: statuses(standin, "device"))
        standin.jobs = [a_job("mount", "go", required_params=high(), optional_params={"object": sent})]
        await standin.state(standin.jobs[0]["ulid"], "COMPLETE")
        await standin.until(lambda: any(said.startswith("Slewing to") for said in messages(standin)))

    [slewing] = [said for said in messages(standin) if said.startswith("Slewing to")]
    assert slewing == "Slewing to M31." if name else slewing.startswith("Slewing to RA ")


@pytest.mark.parametrize(
    "parameters",
    [
        {"script": "focusAuto"},
        {"script": "collectBiasesAndDarks"},
        {"script": "collectScreenFlats"},
        {"script": "collectSkyFlats"},
        {"script": "pointingRun", "numPointingRuns": "1"},
        {"script": "findFieldCenter", **high()},
    ],
)
async def test_frames_of_a_script_carry_the_name_of_who_started_it(parameters: dict[str, str]) -> None:
    standin = Standin()
    program = observatory(standin)
    taken = []
    send = program.send_file

    def keep(name: str, content: bytes, channel: int | None = None) -> None:
        taken.append((name, content))
        send(name, content, channel)

    program.send_file = keep  # type: ignore[method-assign]
    async with at_work(program):
        await standin.until(lambda: statuses(standin, "device"))
        standin.jobs = [a_job("sequencer", "run", required_params=parameters)]
        await standin.state(standin.jobs[0]["ulid"], "COMPLETE")

    headers = [fits.Header.fromstring(content.decode()) for name, content in taken if name.endswith(".txt")]
    assert headers
    assert {(header["USERID"], header["USERNAME"]) for header in headers} == {("googleoauth21124", "Alice")}


# --- Odd answers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"<html>", b"null", b"{}", b'{"message": "no"}', b"[]", b"3"])
@pytest.mark.parametrize("path", ["/jobs/getnewjobs", "/calendar/siteevents", "/status/safw/enclosure"])
async def test_no_answer_ends_it(path: str, body: bytes) -> None:
    standin = Standin()
    program = observatory(standin, open_sky=False)
    async with at_work(program):
        await standin.until(lambda: statuses(standin, "device"))
        standin.answers[path] = lambda: httpx.Response(200, content=body)
        seen = len([1 for request in standin.requests if path_of(request) == path])
        await standin.until(
            lambda: len([1 for request in standin.requests if path_of(request) == path]) > seen + 2
        )


async def test_an_answer_that_is_no_list_leaves_the_calendar_as_it_was() -> None:
    standin = Standin()
    program = observatory(standin)
    event = an_event(datetime.now(UTC))
    standin.answers["/calendar/siteevents"] = lambda: httpx.Response(200, json=[event])
    await program.calendar.fetch()
    standin.answers["/calendar/siteevents"] = lambda: httpx.Response(503, json={"message": "no"})
    await program.calendar.fetch()

    assert program.calendar.events == [event]


async def test_a_configuration_is_put_until_it_is_taken() -> None:
    standin = Standin()
    left = [httpx.Response(503, text="Service Unavailable"), httpx.Response(200, json={"message": "no"})]
    taken = httpx.Response(200, json={"configuration": {}, "ResponseMetadata": {"HTTPStatusCode": 200}})
    standin.answers["/api/saf/config"] = lambda: left.pop() if left else taken

    async with at_work(observatory(standin)):
        await standin.until(lambda: statuses(standin, "device"))

    assert len(standin.bodies("/api/saf/config")) == 3


# --- Projects ----------------------------------------------------------------------------------------------


def scheduled(standin: Standin, project: dict[str, Any], **changes: Any) -> dict[str, Any]:
    project_id = f"{project['project_name']}#{project['created_at']}"
    event = an_event(datetime.now(UTC) - timedelta(minutes=1), project_id=project_id, **changes)
    standin.answers["/calendar/siteevents"] = lambda: httpx.Response(200, json=[event])
    standin.answers["/projects/get-project"] = lambda: httpx.Response(200, json=project)
    return event


def phases(standin: Standin) -> list[str]:
    return [body["message"] for body in standin.bodies("/status/phase_status")]


async def test_a_project_is_run_and_every_frame_reported() -> None:
    standin = Standin()
    project = a_project(
        project_targets=[{"name": "high", **high()}],
        exposures=[an_exposure("w", "3"), an_exposure("HA", "1"), an_exposure("w", "5", imtype="dark")],
        remaining=["2", "1", "5"],
        project_data=[["one"], [], []],
    )
    scheduled(standin, project)
    async with at_work(observatory(standin)):
        await standin.until(lambda: "Project m31 is complete." in phases(standin))

    data = standin.bodies("/projects/add-project-data")
    assert [body["exposure_index"] for body in data] == [0, 0, 1]
    assert len({body["base_filename"] for body in data}) == 3
    assert data[0]["project_name"] == "m31"
    assert data[0]["created_at"] == project["created_at"]
    texts = [name for name in names(standin) if name.endswith("EX00.txt")]
    assert texts


async def test_a_command_comes_between_a_projects_frames() -> None:
    standin = Standin()
    project = a_project(
        project_targets=[{"name": "high", **high()}], exposures=[an_exposure("w", "50")], remaining=["50"]
    )
    scheduled(standin, project)
    async with at_work(observatory(standin)):
        await standin.until(lambda: standin.bodies("/projects/add-project-data"))
        standin.jobs = [a_job("filter_wheel", "home")]
        await standin.state(standin.jobs[0]["ulid"], "COMPLETE")
        assert len(standin.bodies("/projects/add-project-data")) < 50


async def test_a_block_that_leaves_the_calendar_ends() -> None:
    standin = Standin()
    project = a_project(
        project_targets=[{"name": "high", **high()}], exposures=[an_exposure("w", "500")], remaining=["500"]
    )
    scheduled(standin, project)
    async with at_work(observatory(standin)):
        await standin.until(lambda: standin.bodies("/projects/add-project-data"))
        standin.answers["/calendar/siteevents"] = lambda: httpx.Response(200, json=[])
        await standin.until(lambda: "The calendar's block ended." in messages(standin))


@pytest.mark.parametrize(
    "changes",
    [
        {"exposures": [{"count": "1"}]},
        {"exposures": [{"imtype": "light", "exposure": "long", "count": 1}], "remaining": []},
        {"project_targets": [{"name": "nowhere"}]},
        {"project_constraints": {"ra_offset": "east"}},
        {"exposures": "many"},
    ],
)
async def test_a_project_that_is_none_is_left_out(changes: dict[str, Any]) -> None:
    standin = Standin()
    scheduled(standin, a_project(**changes))
    async with at_work(observatory(standin)):
        await standin.until(lambda: any("poorly formatted" in phase for phase in phases(standin)))


async def test_a_project_without_frames_to_take_is_complete() -> None:
    standin = Standin()
    scheduled(standin, a_project(exposures=[], remaining=[]))
    async with at_work(observatory(standin)):
        await standin.until(lambda: "Project m31 is complete." in phases(standin))

    assert standin.bodies("/projects/add-project-data") == []


async def test_a_project_that_cannot_be_fetched_is_asked_for_again() -> None:
    standin = Standin()
    scheduled(standin, a_project())
    standin.answers["/projects/get-project"] = lambda: httpx.Response(404, text="Project not found.")
    async with at_work(observatory(standin)):
        await standin.until(lambda: len(standin.bodies("/projects/get-project")) > 2)


# --- Of its own accord -------------------------------------------------------------------------------------


async def test_at_night_it_looks_at_something_nice() -> None:
    standin = Standin()
    async with at_work(observatory(standin, every_s=60.0)):
        await standin.until(lambda: any(name.endswith("EP10.fits.fz") for name in names(standin)))

        await standin.until(lambda: any(name.endswith("EP00.fits.fz") for name in names(standin)))

    small, large = (
        {name.rpartition("-")[0] for name in names(standin) if name.endswith(f"{level}.fits.fz")}
        for level in ("10", "00")
    )
    assert small & large
    assert any(message.startswith("Slewing to ") for message in messages(standin))


async def test_behind_a_closed_roof_it_calibrates() -> None:
    standin = Standin()
    closed = {"enclosure1": {"shutter_status": {"val": "Closed", "timestamp": 1}}}
    standin.answers["/status/safw/enclosure"] = lambda: httpx.Response(
        200, json={"status": {"enclosure": closed}}
    )
    async with at_work(observatory(standin, open_sky=False, every_s=60.0)):
        await standin.until(lambda: any("EF10.jpg" in name for name in names(standin)))

    assert not any("EP" in name for name in names(standin))


async def test_time_that_somebody_reserved_is_left_to_them() -> None:
    standin = Standin()
    program = observatory(standin, every_s=60.0)
    event = an_event(datetime.now(UTC) - timedelta(minutes=1))
    standin.answers["/calendar/siteevents"] = lambda: httpx.Response(200, json=[event])
    program.roof = "Open"
    await program.calendar.fetch()

    assert program.leisure.next(datetime.now(UTC)) is None


async def test_people_at_work_are_not_disturbed() -> None:
    program = observatory(Standin(), every_s=1.0)
    program.roof, now = "Open", datetime.now(UTC)

    program.leisure.wait(now)

    assert program.leisure.next(now) is None
    later = program.leisure.next(now + timedelta(seconds=3))
    assert later is not None
    later.close()


async def test_numbers_of_frames_grow_and_none_is_given_out_again() -> None:
    program, again = observatory(Standin()), observatory(Standin())
    now = datetime.now(UTC)

    first = [program.next_number(now) for _ in range(3)]

    assert first == sorted(set(first))
    assert 0 <= first[0] < 10**8
    assert again.next_number(now + timedelta(seconds=1)) > first[-1]


async def test_a_new_night_brings_a_new_configuration_and_a_new_window() -> None:
    standin = Standin()
    program = observatory(standin)
    before = program.calendar.start
    program.night -= timedelta(days=1)

    await program.mind_the_date()
    await program.mind_the_date()

    assert len(standin.bodies("/api/saf/config")) == 1
    assert program.calendar.start > before
    assert json.loads(standin.requests[0].content)["events"]
    assert len(program.files.waiting) == 1
    assert program.files.waiting[0][0].endswith(".token")
