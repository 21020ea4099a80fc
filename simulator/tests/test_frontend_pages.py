"""The calls of the web frontend's pages, against the demo as `make run` starts it.

The frontend itself cannot be run here. What it asks for on each page, and what it does with the answers, is
replayed: an answer of 400 or above, and a value over which its scripts throw, are errors in its console.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from websockets.sync.client import connect

from simulator.tests.live import ALONE, command, newest, watching
from testing.cast import ADMIN, ALICE, Person, an_event, utc
from testing.live import Server, running
from testing.parts import eventually

pytestmark = pytest.mark.live

SITES = ("saf", "safw")
LEVELS = {"debug", "info", "warning", "error", "critical"}
# What a visitor sends whom the identity provider does not know.
NOBODY = {"Authorization": "Bearer undefined"}
STALE_S = 300


@dataclass
class Pages:
    """A browser's calls; `errors` is its console."""

    server: Server
    errors: list[str] = field(default_factory=list)

    def get(self, path: str, **query: Any) -> Any:
        return self._call("GET", path, params=query or None)

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        return self._call("POST", path, json=body, headers=headers)

    def _call(self, method: str, path: str, **options: Any) -> Any:
        """What axios makes of the answer: JSON, whatever its type says, or the text; None for 204."""
        origin = {"Origin": "https://www.example.org", **(options.pop("headers", None) or {})}
        answer = self.server.http.request(method, path, headers=origin, **options)
        if answer.status_code >= 400:
            self.errors.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        if answer.headers.get("access-control-allow-origin") not in ("*", origin["Origin"]):
            self.errors.append(f"{method} {path}: no page of another origin may read it")
        if answer.status_code == 204:
            return None if not answer.content else self.errors.append(f"{method} {path}: 204 with a body")
        try:
            return answer.json()
        except ValueError:
            return answer.text


@pytest.fixture(scope="module")
def demo() -> Iterator[Server]:
    with running("daphne", env={**ALONE, "DEMO": "1"}) as server:
        with watching(server, since=0) as watcher:
            newest(server, watcher, lambda image: image["fits_10_exists"] and image["fits_01_exists"])
        eventually(lambda: server.http.get("/status/safw/owm_report").json())
        yield server


@pytest.fixture
def pages(demo: Server) -> Iterator[Pages]:
    made = Pages(demo)
    yield made
    assert made.errors == []


def headline(status: dict[str, Any], ages: dict[str, int], site: str, now_ms: float) -> str:
    """What stands beside the site's name: offline, open or closed."""
    needed = ("device", "enclosure") if site == "saf" else ("enclosure", "weather")
    if any(now_ms - ages[name] > STALE_S * 1000 for name in needed):
        return "offline"
    shutter = status["enclosure"]["enclosure1"]["shutter_status"]["val"]
    return "open" if shutter.lower() == "open" else "closed"


# --- Start -------------------------------------------------------------------------------------------------


def test_the_start_page(pages: Pages) -> None:
    configurations = pages.get("/api/all/config")
    for code in SITES:
        configuration = configurations[code]
        assert configuration["wema_name"] in configurations
        assert {"observing_conditions", "enclosure"} <= configuration["defaults"].keys()
        assert float(configurations[configuration["wema_name"]]["latitude"])
    obs = configurations["saf"]
    for kind in ("mount", "telescope", "camera", "filter_wheel", "focuser", "rotator", "sequencer"):
        assert obs["defaults"][kind] in obs[kind]
    assert all(isinstance(day, int | float | str) for day in obs["events"].values())
    assert isinstance(obs["events"]["Observing Begins"], int | float)

    ages = pages.get("/status/allopenstatus")
    for code in SITES:
        assert ages[code]["wx_ok"] is True
        for name in ("weather", "enclosure", *(["device"] if code == "saf" else [])):
            assert 0 <= ages[code][name]["status_age_s"] < STALE_S
    newest_jpgs = pages.get("/api/latest_image_all_sites")
    assert all(isinstance(url, str) and url for url in newest_jpgs.values())
    assert "saf" in newest_jpgs


# --- A site's pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("site", SITES)
def test_the_observe_page(pages: Pages, site: str) -> None:
    for image in pages.get(f"/api/{site}/latest_images/1"):
        assert isinstance(image["capture_date"], int)
    for channel in (1, 2, 3):
        found = pages.get(f"/api/infoimage/{site}/{channel}")
        assert found is None or found["channel"] == str(channel)

    settings = pages.get("/status/safw/wema_settings")
    assert settings["status"]["wema_settings"]["observing_mode"] == "active"
    assert settings["server_timestamp_ms"]
    forecast = pages.get("/status/safw/forecast")["status"]["forecast"]
    assert all(entry["utc_long_form"].endswith("Z") for entry in forecast)
    assert {entry["weather_quality_number"] for entry in forecast} <= {1, 2, 3, 4, 5}

    after = int(datetime.now(UTC).timestamp()) - 3600
    for entry in pages.get("/logs/recent-logs", after_time=after, site=site):
        assert entry["log_level"].lower() in LEVELS
        assert int(float(entry["timestamp"])) > after
    assert pages.post("/calendar/get-event-at-time", {"site": site, "time": utc(datetime.now(UTC))}) == []
    pages.get("/status/allopenstatus")
    note = pages.get(f"/api/nightlog/{site}")
    assert note is None or note["note_data"]["message"]
    phases = pages.get(f"/status/phase_status/{site}", max_age_seconds=3600)
    assert all(isinstance(phase["timestamp"], float) and phase["message"] for phase in phases)
    assert phases or site == "safw"


@pytest.mark.parametrize("site", SITES)
def test_the_headline_says_open(pages: Pages, site: str) -> None:
    found = pages.get(f"/status/{site}/complete_status")

    ages = found["status_age_timestamps_ms"]
    assert headline(found["status"], ages, site, datetime.now(UTC).timestamp() * 1000) == "open"


def test_the_status_footer(pages: Pages) -> None:
    status = pages.get("/status/saf/complete_status")["status"]

    conditions = status["observing_conditions"]["observing_conditions1"]
    assert conditions["wx_ok"]["val"] == "Yes"
    for name in ("is_parked", "is_tracking", "is_slewing"):
        assert status["mount"]["mount1"][name]["val"] in (True, False)
    assert isinstance(status["mount"]["mount1"]["right_ascension"]["val"], int | float)
    assert status["screen"]["screen1"]["dark_setting"]["val"].split(" ")[2] == "Off"
    assert {"port", "instrument"} <= status["selector"]["selector1"].keys()
    assert status["filter_wheel"]["filter_wheel1"]["filter_name"]["val"]
    assert status["obs_settings"]["simulating_open_roof"] is True


@pytest.mark.parametrize("site", SITES)
def test_the_images_of_the_night(pages: Pages, site: str) -> None:
    day = datetime.now(UTC) - timedelta(hours=24)
    window = {"start_date": f"{day:%Y-%m-%d %H:%M:%S}", "end_date": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"}
    images = pages.get("/api/filtered_images", site=site, **window)
    assert all(one["capture_date"] >= other["capture_date"] for one, other in pairwise(images))
    # Where there is none the page shows a picture of its own, and asks for the header of that, too.
    names = [image["base_filename"] for image in images] or ["placeholder image"]
    header = pages.get(f"/api/fitsheader/{quote(names[0])}/")
    assert isinstance(header, dict)
    for image in images:
        assert image["base_filename"].split("-")[0] == site
        assert isinstance(image["exposure_time"], int | float)
        assert isinstance(image["right_ascension"], int | float)
        assert httpx.get(image["jpg_url"]).headers["content-type"] == "image/jpeg"
        assert pages.get(f"/api/image/{image['base_filename']}").items() >= image.items()


def test_both_sizes_of_the_newest_frame_come_down(pages: Pages) -> None:
    [image] = pages.get("/api/saf/latest_images/1")
    assert image["fits_01_exists"]
    assert image["fits_10_exists"]
    for level in ("00", "10"):
        name = f"{image['base_filename']}-{image['data_type']}{level}.fits.fz"
        url = pages.post("/api/download", {"object_name": name})
        file = httpx.get(url)
        assert file.status_code == 200
        assert "attachment" in file.headers["content-disposition"]
        table = {"s3_directory": "data", "object_name": name, "image_type": "fits"}
        assert httpx.get(pages.post("/api/download", table)).status_code == 200


def test_the_night_as_one_file(pages: Pages) -> None:
    now = datetime.now(UTC).timestamp()
    body = {"start_timestamp_s": now - 86400.5, "end_timestamp_s": now, "fits_size": "best", "site": "saf"}
    url = pages.post("/api/downloadzip", body)["message"]

    # A text that the page looks for in it.
    assert "https://photonranch-001.s3.amazonaws.com" in url


def test_the_quick_look(pages: Pages) -> None:
    """Its buttons are there where an image says where its FITS is."""
    [image] = pages.get("/api/saf/latest_images/1")
    where = {"full_filename": image["fits_filename"], "s3_directory": image["fits_path"]}
    # On a busy machine the first look may be too much, and is told so; what was read is kept for the next.
    for _ in range(20):
        if pages.server.http.post("/quickanalysis/statistics", json=where).status_code != 503:
            break
    assert pages.post("/quickanalysis/statistics", where)["stats"]["max"] > 0
    histogram = pages.post("/quickanalysis/histogram-clipped", {**where, "clip_percent": 0.001})["histogram"]
    assert len(histogram["edges"]) == len(histogram["counts"]) + 1
    line = {**where, "start": {"x": 0.1, "y": 0.1}, "end": {"x": 0.9, "y": 0.9}}
    assert pages.post("/quickanalysis/lineprofile", line)["data"]


@pytest.mark.parametrize("site", SITES)
def test_the_home_page_of_a_site(pages: Pages, site: str) -> None:
    report = pages.get("/status/safw/owm_report")
    assert json.loads(report["status"]["owm_report"])


@pytest.mark.parametrize("site", SITES)
def test_the_calendar(pages: Pages, site: str) -> None:
    now = datetime.now(UTC)
    window = {"site": site, "start": utc(now - timedelta(days=3)), "end": utc(now + timedelta(days=4))}
    for event in pages.post("/calendar/siteevents", window):
        assert isinstance(event["title"], str)
        assert isinstance(event["creator"], str)
        assert event["resourceId"] in SITES
    assert isinstance(pages.post("/calendar/scheduler-observations", window), list)
    place = pages.get("/api/all/config")["safw"]
    moon = pages.get(
        "/api/events/moon/rise-set-illum",
        start=window["start"],
        end=utc(now + timedelta(days=28)),
        lat=place["latitude"],
        lng=place["longitude"],
    )
    assert all(0 <= day["illumination"] <= 1 for day in moon)
    assert isinstance(pages.post("/projects/get-all-projects", {}, NOBODY), list)


def as_(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


def test_a_signed_in_person(pages: Pages) -> None:
    """Their projects and reservations, one of each made, changed and deleted, and a command."""
    now = datetime.now(UTC)
    mine = {"user_id": ALICE.user_id}
    assert pages.post("/projects/get-user-projects", mine, as_(ALICE)) == []
    assert pages.post("/calendar/user-events-ending-after-time", {**mine, "time": utc(now)}) == []
    event = an_event(now + timedelta(hours=20))
    pages.post("/calendar/newevent", event, as_(ALICE))
    later = {**event, "title": "later", "end": utc(now + timedelta(hours=21))}
    pages.post("/calendar/modifyevent", {"originalEvent": event, "modifiedEvent": later}, as_(ALICE))
    [listed] = pages.post("/calendar/user-events-ending-after-time", {**mine, "time": utc(now)})
    assert isinstance(listed["project_id"], str)
    pages.post("/calendar/delete", {"event_id": event["event_id"], "start": event["start"]}, as_(ALICE))

    command = {
        "device": "screen",
        "instance": "screen1",
        "user_name": "Alice",
        "user_id": ALICE.user_id,
        "user_roles": [],
        "timestamp": int(now.timestamp()),
        "action": "turn_off",
        "required_params": {},
        "optional_params": {"instrument_selector_position": 0, "telescope_selection": 1},
        "site": "saf",
        "mount": "mount1",
    }
    job = pages.post("/jobs/newjob?site=saf", command, as_(ALICE))
    assert job["ulid"]
    note = {"site": "saf", "username": "Ada", "userid": ADMIN.user_id, "message": "x", "ttl_hours": "48"}
    pages.post("/api/nightlog/saf", {"note_data": note}, as_(ADMIN))
    assert pages.get("/api/nightlog/saf")["note_data"]["message"] == "x"


# --- Sockets -----------------------------------------------------------------------------------------------


def test_the_three_sockets_of_a_site_page(demo: Server) -> None:
    """Each says again at once which site it wants; every frame is one that the page's handlers survive."""
    again = {"action": "updatesubscribersite"}
    with (
        connect(f"{demo.ws}/datastream?site=saf", max_size=None) as primary,
        connect(f"{demo.ws}/datastream?site=safw", max_size=None) as wema,
        connect(f"{demo.ws}/datastream?site=saf", max_size=None) as phases,
    ):
        for socket, site in ((primary, "saf"), (wema, "safw"), (phases, "saf")):
            socket.send(json.dumps({**again, "site": site}))
        types: set[str] = set()
        wanted = {"device", "weather", "enclosure", "obs_settings"}
        while not wanted <= types:
            frame = json.loads(primary.recv(timeout=90))
            assert isinstance(frame["data"], dict)
            if frame["topic"] == "sitestatus":
                types.add(survived(frame["data"]))
        frame = json.loads(wema.recv(timeout=90))
        assert frame["site"] == "safw"


def test_what_the_page_asks_for_when_a_frame_is_pushed(demo: Server, pages: Pages) -> None:
    """At once, each time: its picture and header, until both sizes are there."""
    with watching(demo) as watcher:
        command(demo, required_params={"time": "1", "image_type": "light"})
        seen: dict[str, Any] = {}

        def is_whole(data: Any) -> bool:
            if data["s3_directory"] == "info-images":
                for channel in (1, 2, 3):
                    pages.get(f"/api/infoimage/saf/{channel}")
                return False
            image = pages.get(f"/api/image/{data['base_filename']}")
            assert httpx.get(image["jpg_url"]).status_code == 200
            assert isinstance(pages.get(f"/api/fitsheader/{data['base_filename']}/"), dict)
            seen.update(image)
            return bool(image["data_type"] == "EX" and image["fits_01_exists"] and image["fits_10_exists"])

        watcher.until("imagedata", is_whole)
    assert seen["username"] == "Alice"


def survived(data: dict[str, Any]) -> str:
    """The status type, after what the page's handler does with it."""
    needed = {"weather": "observing_conditions", "enclosure": "enclosure", "obs_settings": "obs_settings"}
    name = str(data["statusType"])
    if name in needed:
        assert data["status"][needed[name]]
    if name == "enclosure":
        assert data["status"]["enclosure"]["enclosure1"]["shutter_status"]["val"].lower() == "open"
    assert data["server_timestamp_ms"]
    return name
