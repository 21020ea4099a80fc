"""A network to look at: sites as they are of a night, told to the server as sites tell it."""

import io
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from PIL import Image as Pillow

from images.tests.frames import header_text, pixels
from testing.browser import Live
from testing.cast import ADMIN, ALICE, BOB, a_command, an_event

# code -> (kind, its WEMA, name, place, latitude, longitude)
PLACES: dict[str, tuple[str, str, str, str, float, float]] = {
    "safw": ("wema", "safw", "Apache Ridge weather", "Santa Fe, New Mexico, USA", 35.554, -105.870),
    "saf": ("obs", "safw", "Apache Ridge Observatory 0m30", "Santa Fe, New Mexico, USA", 35.554, -105.870),
    "mrc": ("wema", "mrc", "Mission Ridge weather", "Goleta, California, USA", 34.459, -119.681),
    "mrc1": ("obs", "mrc", "Mission Ridge 0m35", "Goleta, California, USA", 34.459, -119.681),
    "mrc2": ("obs", "mrc", "Mission Ridge 0m60", "Goleta, California, USA", 34.459, -119.681),
    "eco1": ("obs", "", "Eltham College Observatory 0m40", "Wattle Glen, Australia", -37.700, 145.190),
    "tbo2": ("obs", "", "A <script>alert('name')</script> & \"quoted\" place", "Roque", 28.760, -17.880),
    "lbb1": ("obs", "", "Never heard from", "Cederberg, South Africa", -32.380, 20.810),
}


def a_network(live: Live) -> None:
    """Put the sites, and let most of them say how they are."""
    for code, (kind, wema, name, where, latitude, longitude) in PLACES.items():
        configuration = {
            "instance_type": kind,
            "name": name,
            "location": where,
            "latitude": latitude,
            "longitude": longitude,
            "TZ_database_name": "UTC",
        }
        live.send("PUT", f"/api/{code}/config", configuration | ({"wema_name": wema} if wema else {}))
    weather(live, "safw", wx_ok="Yes")
    roof(live, "safw", "Open")
    weather(live, "mrc", wx_ok="No", wx_hold=True, rain_rate=1.2, **{"humidity_%": 96, "wind_m/s": 13.4})
    roof(live, "mrc", "Closed", shut_reason_bad_weather=True)
    roof(live, "eco1", "Opening")
    roof(live, "tbo2", "Software Fault")
    for code in ("saf", "mrc1", "mrc2", "eco1", "tbo2"):
        device(live, code)
    phase(live, "saf", "Taking 60 s exposures of M 31 in w")
    phase(live, "mrc1", "Waiting for the weather")
    phase(live, "tbo2", "<img src=x onerror=alert(1)> & so on")
    reserve(live, "saf", ALICE, minutes=90)
    reserve(live, "mrc1", BOB, starts_in=40, minutes=60)
    command(live, "saf")
    frame(live, "saf-sq003ms-20260711-00000012")


def device(live: Live, site: str) -> None:
    status = {"mount": {"mount1": {"altitude": 61.2, "is_slewing": False}}}
    live.send("POST", f"/status/{site}/status", {"statusType": "device", "status": status})


def weather(live: Live, site: str, **values: Any) -> None:
    station = {"temperature_C": 11.3, "humidity_%": 34, "wind_m/s": 2.1, **values}
    status = {"observing_conditions": {"observing_conditions1": station}}
    live.send("POST", f"/status/{site}/status", {"statusType": "weather", "status": status})


def roof(live: Live, site: str, shutter: str, **values: Any) -> None:
    status = {
        "enclosure": {"enclosure1": {"shutter_status": shutter, "enclosure_mode": "Automatic", **values}}
    }
    live.send("POST", f"/status/{site}/status", {"statusType": "enclosure", "status": status})


def phase(live: Live, site: str, message: str) -> None:
    live.send("POST", "/status/phase_status", {"site": site, "message": message})


def reserve(live: Live, site: str, who: Any, *, minutes: float, starts_in: float = 0) -> dict[str, Any]:
    start = datetime.now(UTC) + timedelta(minutes=starts_in, seconds=-1)
    event = an_event(start, minutes, site=site, resourceId=site, title=who.name, creator=who.name)
    live.send("POST", "/calendar/newevent", event, token=who.token)
    return event


def command(live: Live, site: str) -> None:
    live.send("POST", f"/jobs/newjob?site={site}", a_command(site=site), token=ADMIN.token)


def frame(live: Live, base: str) -> None:
    """A frame with its picture, as a telescope uploads it; it is in the archive when this returns."""
    for tail, content in (("EX00.txt", header_text()), ("EX10.jpg", stars(480, 360)), ("EX11.jpg", stars())):
        form = live.send("POST", "/api/upload", {"object_name": f"{base}-{tail}"})
        file = {"file": (tail, content)}
        answer = live.server.http.post(form["url"], data=form["fields"], files=file)
        assert answer.status_code == 204, answer.text
    for _ in range(400):
        answer = live.server.http.get(f"/api/image/{base}")
        if answer.status_code == 200 and answer.json()["jpg_thumbnail_url"]:
            return
        threading.Event().wait(0.05)
    raise AssertionError(f"{base} did not come into the archive: {answer.text}")


def stars(width: int = 160, height: int = 120) -> bytes:
    """A picture to look at: the tests' own star field, stretched."""
    counts = pixels(size=(height, width)).astype(float)
    low, high = np.percentile(counts, [20, 99.7])
    grey = (np.clip((counts - low) / (high - low), 0, 1) ** 0.6 * 255).astype(np.uint8)
    file = io.BytesIO()
    Pillow.fromarray(grey).save(file, "JPEG", quality=85)
    return file.getvalue()
