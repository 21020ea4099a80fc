"""The documentation's own examples, sent to the server that `make run` starts; only the host is another.

Written with `requests` and a body of text, as the documentation does: no Content-Type comes along.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone

from testing.cast import ALICE, BOB, a_command, utc
from testing.live import Server, running

pytestmark = pytest.mark.live

# The documentation's "Projects Request Syntax", word for word, under the example requests' own key.
PROJECT = json.loads("""
{
  "user_id": "auth0|alice",
  "project_constraints": {
    "dec_offset_units": "deg",
    "meridian_flip": "flip_ok",
    "add_center_to_mosaic": false,
    "close_on_block_completion": false,
    "project_is_active": false,
    "prefer_bessell": false,
    "dark_sky_setting": false,
    "frequent_autofocus": false,
    "ra_offset": 0,
    "lunar_phase_max": 60,
    "min_zenith_dist": 0,
    "lunar_dist_min": 30,
    "enhance_photometry": false,
    "max_airmass": 2,
    "dec_offset": 0,
    "generic_instrument": "Main Camera",
    "max_ha": 4,
    "ra_offset_units": "deg",
    "near_tycho_star": false,
    "position_angle": 0
  },
  "project_name": "M31 Example Project",
  "scheduled_with_events": [],
  "created_at": "2022-07-01T23:45:37Z",
  "remaining": ["3", "30"],
  "project_note": "SRO filters",
  "project_data": [[], []],
  "project_sites": ["sro"],
  "exposures": [
    {
      "area": "FULL", "filter": "PL", "dither": "no", "exposure": "15", "bin": "1, 1",
      "count": "3", "photometry": "-", "imtype": "light", "defocus": 0
    },
    {
      "area": "FULL", "filter": "HA", "dither": "no", "exposure": "120", "bin": "1, 1",
      "count": "30", "photometry": "-", "imtype": "light", "defocus": 0
    }
  ],
  "project_targets": [{"name": "M 20", "dec": "-22.9717", "ra": "18.0450"}]
}
""")
KEY = {"project_name": "M31 Example Project", "created_at": "2022-07-01T23:45:37Z"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running("daphne") as server:
        yield server


def post(server: Server, path: str, body: Any, **headers: str) -> requests.Response:
    return requests.post(server.url + path, json.dumps(body), headers=headers, timeout=30)


def as_(person: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


def test_from_creation_to_deletion(server: Server) -> None:
    made = post(server, "/projects/new-project", PROJECT)
    assert made.status_code == 200
    assert made.json()["new_project"] == PROJECT

    # Schedule: an event of the calendar that is on now, with the project in it.
    now = timezone.now()
    event = {
        "event_id": "f83y1313-23f8-xxxx-zzzz-yy1351b7a711",
        "start": utc(now - timedelta(minutes=5)),
        "end": utc(now + timedelta(hours=1)),
        "creator": "Alice",
        "creator_id": ALICE.user_id,
        "site": "sro",
        "title": "Alice",
        "reservation_type": "project",
        "origin": "ptr",
        "resourceId": "sro",
        "project_id": "M31 Example Project#2022-07-01T23:45:37Z",
        "reservation_note": "",
    }
    assert post(server, "/calendar/newevent", event, **as_(ALICE)).status_code == 200
    noted = post(server, "/projects/add-project-event", {**KEY, "event_id": event["event_id"]})
    assert noted.json() == {"message": "Successfully associated event with project."}
    command = {**a_command(), "site": "sro"}
    assert post(server, "/jobs/newjob", command, **as_(BOB)).status_code == 401

    # Take data, as the documentation's first example does.
    request_body = json.dumps({**KEY, "exposure_index": 0, "base_filename": "dht-sq11-20220701-00001"})
    response = requests.post(f"{server.url}/projects/add-project-data", request_body, timeout=30)
    assert response.json() == {"message": "success"}

    # Complete it.
    for index, count in ((0, 3), (1, 30)):
        for number in range(1, count + 1):
            frame = {"exposure_index": index, "base_filename": f"dht-sq11-20220701-{index:03}{number:02}"}
            if (index, number) != (0, 1):
                assert post(server, "/projects/add-project-data", {**KEY, **frame}).status_code == 200
    [progress] = requests.get(
        f"{server.url}/projects/progress", {"user_id": ALICE.user_id}, timeout=30
    ).json()
    assert (progress["taken"], progress["remaining"], progress["percent"]) == (33, 0, 100)

    # Look at it, as the documentation's second example does; and as the telescope does.
    request_body = json.dumps(KEY)
    project = requests.post(f"{server.url}/projects/get-project", request_body, timeout=30).json()
    assert project["remaining"] == [0, 0]
    assert project["project_data"][0][0] == "dht-sq11-20220701-00001"
    assert project["scheduled_with_events"] == [event["event_id"]]
    window = {"start": utc(now - timedelta(days=1)), "end": utc(now + timedelta(days=1))}
    body = {"site": "sro", **window, "full_project_details": True}
    [on_now] = post(server, "/calendar/siteevents", body).json()
    assert on_now["project"] == project
    assert requests.post(f"{server.url}/projects/get-all-projects", timeout=30).json() == [project]

    assert post(server, "/projects/delete-project", KEY, **as_(BOB)).status_code == 403
    assert post(server, "/projects/delete-project", KEY, **as_(ALICE)).status_code == 200
    assert post(server, "/projects/get-project", KEY).status_code == 404
    [on_now] = post(server, "/calendar/siteevents", body).json()
    assert on_now["project_id"] == "none"
    assert post(server, "/calendar/delete", event, **as_(ALICE)).status_code == 200
    assert post(server, "/calendar/siteevents", body).json() == []


def test_the_example_s_project_that_is_not_there(server: Server) -> None:
    request_body = json.dumps({**KEY, "created_at": "2023-07-11T05:37:40Z"})

    response = requests.post(f"{server.url}/projects/get-project", request_body, timeout=30)

    assert (response.status_code, response.text) == (404, "Project not found.")
