"""An observatory as the server sees it: everything it says and asks, over REST, as its own programs do."""

import io
import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import numpy as np
from PIL import Image as Pillow

from images.tests.frames import header, packed_fits
from sitecfg import demo
from testing.browser import ADA, CAROL, Live
from testing.live import fresh_state, running

LEVEL_OF_SKY = 1000


class Observatory:
    """`site` under the WEMA `{site}w`, with the configurations of the demo sites."""

    def __init__(self, live: Live, site: str) -> None:
        self.live = live
        self.site = site
        self.wema = f"{site}w"

    def configure(self) -> None:
        for code, of in ((self.wema, "safw"), (self.site, "saf")):
            text = (demo.FOLDER / f"{of}.json").read_text()
            config = json.loads(text.replace('"safw"', f'"{self.wema}"').replace('"saf"', f'"{self.site}"'))
            self.live.send("PUT", f"/api/{code}/config", config)

    # --- Status ---

    def status(self, status_type: str, status: dict[str, Any], site: str = "") -> None:
        body = {"statusType": status_type, "status": status}
        self.live.send("POST", f"/status/{site or self.site}/status", body)

    def mount(self, **changes: Any) -> None:
        self.status("device", {"mount": {"mount1": changes}})

    def all_status(self) -> None:
        """What an observatory posts at night."""
        self.status(
            "device",
            {
                "mount": {
                    "mount1": {
                        "timestamp": 876131400.062,
                        "right_ascension": 5.588139,
                        "declination": -5.391111,
                        "altitude": 48.213,
                        "azimuth": 171.9,
                        "airmass": 1.338,
                        "sidereal_time": 5.2241,
                        "is_tracking": True,
                        "is_slewing": False,
                        "is_parked": False,
                        "message": "-",
                        "pier_side": 0,
                    }
                },
                "camera": {"camera_1_1": {"status": "sq001, S 2, T -5.0, P 30", "darkslide": "unknown"}},
                "filter_wheel": {
                    "filter_wheel1": {"filter_name": "w", "filter_number": 1, "wheel_is_moving": False}
                },
                "focuser": {"focuser1": {"focus_position": 5941.0, "focus_temperature": 12.1, "comp": None}},
                "rotator": {"rotator1": {"position_angle": 90.25, "rotator_moving": False}},
                "sequencer": {"sequencer1": {"active_script": None, "sequencer_busy": False}},
                "send_heartbeat": False,
            },
        )
        self.status(
            "obs_settings",
            {"obs_settings": {"sun_safety_mode": True, "lowest_altitude": -5, "scope_in_manual_mode": False}},
        )
        roof = {"shutter_status": "Open", "enclosure_mode": "Automatic", "dome_azimuth": 0.0}
        self.status("enclosure", {"enclosure": {"enclosure1": roof}}, self.wema)
        self.weather()

    def weather(self, **changes: Any) -> None:
        values = {
            "wx_ok": "Yes",
            "temperature_C": 4.2,
            "dewpoint_C": -6.1,
            "humidity_%": 41,
            "wind_m/s": 3.4,
            "sky_temp_C": -31.5,
            "calc_sky_mpsas": 21.43,
            "rain_rate": 0.0,
            "cloud_cover_%": "5",
            "wx_hold": False,
            **changes,
        }
        conditions = {"observing_conditions": {"observing_conditions1": values}}
        self.status("weather", conditions, self.wema)

    # --- Words, work and pictures ---

    def says(self, message: str, level: str = "info") -> None:
        self.live.send(
            "POST", "/logs/newlog", {"site": self.site, "log_message": message, "log_level": level}
        )

    def phase(self, message: str) -> None:
        self.live.send("POST", "/status/phase_status", {"site": self.site, "message": message})

    def fetch(self, site: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.live.send("POST", "/jobs/getnewjobs", {"site": site or self.site})
        return found

    def reports(self, job: dict[str, Any], status: str, seconds: float = -1) -> None:
        body = {
            "site": job["site"],
            "ulid": job["ulid"],
            "newStatus": status,
            "secondsUntilComplete": seconds,
        }
        self.live.send("POST", "/jobs/updatejobstatus", body)

    def takes_image(self, number: int, **cards: Any) -> str:
        """A frame as a telescope uploads it: header, small FITS, picture. Returns its name."""
        now = datetime.now(UTC)
        base = f"{self.site}-sq001-{now:%Y%m%d}-{number:08d}"
        field = star_field(number)
        written = {"DATE-OBS": now.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3], "SITEID": self.site, **cards}
        self.upload(f"{base}-EX00.txt", str(header(**written)).encode())
        self.upload(f"{base}-EX10.fits.fz", packed_fits(field, **written))
        self.upload(f"{base}-EX10.jpg", preview(field))
        return base

    def upload(self, name: str, content: bytes) -> None:
        form = self.live.send("POST", "/api/upload", {"object_name": name})
        answer = httpx.post(form["url"], data=form["fields"], files={"file": (name, content)}, timeout=60)
        assert answer.status_code == 204, answer.text


def star_field(seed: int, size: tuple[int, int] = (480, 640)) -> Any:
    """Some hundred stars and a spiral on a noisy sky, 16-bit counts."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[: size[0], : size[1]].astype(float)
    field = random.normal(LEVEL_OF_SKY, 15, size)
    for _ in range(160):
        at_y, at_x, light = random.uniform(0, size[0]), random.uniform(0, size[1]), random.pareto(1.2) * 400
        top, left = max(0, int(at_y) - 8), max(0, int(at_x) - 8)
        part = np.s_[top : top + 17, left : left + 17]
        field[part] += min(light, 60_000) * np.exp(-((y[part] - at_y) ** 2 + (x[part] - at_x) ** 2) / 4)
    r = np.hypot(y - size[0] / 2, (x - size[1] / 2) * 0.7)
    angle = np.arctan2(y - size[0] / 2, (x - size[1] / 2) * 0.7)
    field += 900 * np.exp(-r / 45) * (1.2 + np.cos(2 * angle - r / 14))
    return np.clip(field, 0, 65_535).astype(np.uint16)


def preview(field: Any) -> bytes:
    """The picture that a telescope makes of its frame: stretched a little."""
    low, high = np.quantile(field, [0.02, 0.995])
    grey = np.clip((field.astype(float) - low) / (high - low), 0, 1) ** 0.7
    file = io.BytesIO()
    Pillow.fromarray((255 * grey).astype(np.uint8)).save(file, "JPEG", quality=90)
    return file.getvalue()


_PUT_WEATHER = """
import json, sys
from status.models import WeatherSample
site, rows = json.loads(sys.stdin.read())
WeatherSample.objects.bulk_create([WeatherSample(site=site, **row) for row in rows])
"""


def night_of_weather(live: Live, wema: str, hours: float = 20) -> None:
    """What `wema` would have measured, a row every five minutes until half an hour ago.

    Straight into the table: the server takes the time of a measurement from its own clock.
    """
    last = int(time.time() // 60) - 30
    rows = [_sample(minute) for minute in range(last - int(hours * 60), last, 5)]
    live.manage("shell", "--no-imports", "-c", _PUT_WEATHER, said=json.dumps([wema, rows]))


def _sample(minute: int) -> dict[str, float]:
    """A day of clear weather: warm at 21 UTC, with a breath of wind."""
    phase = math.cos((minute / 1440 - 21 / 24) * 2 * math.pi)
    wobble = math.sin(minute / 17) + math.sin(minute / 5.3) / 2
    return {
        "minute": minute,
        "temperature": round(6 + 9 * phase + wobble / 3, 2),
        "dewpoint": round(-5 + 1.5 * phase, 2),
        "humidity": round(45 - 20 * phase + wobble, 1),
        "wind": round(max(0.0, 4 + 2 * phase + wobble), 2),
        "sky_temperature": round(-28 + 8 * phase + wobble / 2, 2),
        "sky_brightness": round(min(21.5, max(3.0, 14 - 14 * phase)), 2),
        "cloud_cover": round(max(0.0, 8 + 6 * wobble), 1),
        "rain_rate": 0.0,
    }


@contextmanager
def at_work() -> Iterator[Live]:
    """A server with a worker in its own process: images are read, and files made, while pages wait."""
    with fresh_state() as state, running("daphne", env={"REDIS_URL": ""}, state=state) as process:
        live = Live(process, state)
        live.make_accounts(ADA, CAROL)
        yield live


def started(live: Live, site: str) -> Observatory:
    """An observatory that has sent its configuration and its status."""
    observatory = Observatory(live, site)
    observatory.configure()
    observatory.all_status()
    return observatory
