"""The state of an observatory's devices, and what it reports of them."""

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from simulator import pointing
from simulator.configuration import Site
from simulator.place import Place
from simulator.screen import Screen

DEVICES = ("mount", "screen", "rotator", "selector", "filter_wheel", "focuser", "camera", "sequencer")


@dataclass
class Mount:
    """Tracking it keeps to right ascension (hours) and declination; parked to altitude and azimuth."""

    place: Place
    ra: float = 0.0
    dec: float = 0.0
    altitude: float = 45.0
    azimuth: float = 180.0
    tracking: bool = False
    parked: bool = True
    slewing: bool = False
    message: str = "-"

    def look(self, now: datetime) -> None:
        """Bring what follows from the time up to date."""
        if self.tracking or self.slewing:
            self.altitude, self.azimuth = self.place.altitude_azimuth(self.ra, self.dec, now)
        else:
            self.ra, self.dec = self.place.ra_dec(self.altitude, self.azimuth, now)

    def point(self, ra: float, dec: float, now: datetime) -> None:
        self.ra, self.dec = ra % 24, max(-90.0, min(90.0, dec))
        self.altitude, self.azimuth = self.place.altitude_azimuth(self.ra, self.dec, now)

    def status(self, now: datetime) -> dict[str, Any]:
        self.look(now)
        sidereal = self.place.sidereal_hours(now)
        hour_angle = (sidereal - self.ra + 12) % 24 - 12
        return {
            "timestamp": round(now.timestamp(), 3),
            "right_ascension": round(self.ra, 5),
            "declination": round(self.dec, 4),
            "sidereal_time": round(sidereal, 5),
            "correction_ra": 0.0,
            "correction_dec": 0.0,
            "hour_angle": round(hour_angle, 4),
            "demand_right_ascension_rate": 0.0,
            "mount_right_ascension_rate": 0.0,
            "demand_declination_rate": 0.0,
            "mount_declination_rate": 0.0,
            "pier_side": int(hour_angle < 0),
            "pier_side_str": "Looking East" if hour_angle < 0 else "Looking West",
            "azimuth": round(self.azimuth, 3),
            "target_az": round(self.azimuth, 3),
            "target_alt": round(self.altitude, 3),
            "altitude": round(self.altitude, 3),
            "is_parked": self.parked,
            "is_tracking": self.tracking,
            "is_slewing": self.slewing,
            "zenith_distance": round(90 - self.altitude, 3),
            "airmass": round(pointing.airmass(self.altitude), 4),
            "coordinate_system": "ICRS",
            "pointing_instrument": "tel1",
            "message": self.message,
            "move_time": round(now.timestamp(), 3),
        }


@dataclass
class Telescope:
    """All devices of a site; each type's only or default one, by the name that the configuration gives it."""

    site: Site
    random: Random = field(repr=False)

    def __post_init__(self) -> None:
        configuration = self.site.configuration
        self.names = {kind: next(iter(configuration.get(kind) or {kind: None})) for kind in DEVICES}
        self.mount = Mount(self.site.place)
        wheel = configuration["filter_wheel"][self.names["filter_wheel"]]["settings"]
        self.filters = [str(row[0]) for row in wheel["filter_data"]]
        self.default_filter = str(wheel["default_filter"])
        self.filter_name = self.default_filter
        focuser = configuration["focuser"][self.names["focuser"]]
        self.focus_reference = float(focuser["reference"])
        self.focus_limits = float(focuser["minimum"]), float(focuser["maximum"])
        # Last used a little out of focus: something for an autofocus to do.
        self.focus = self.focus_reference + self.random.uniform(-60, 60)
        self.best_focus = self.focus_reference + self.random.uniform(-30, 30)
        camera = configuration["camera"][self.names["camera"]]
        self.camera_name = str(camera["name"])
        self.setpoint = float(camera["settings"]["temp_setpoint"])
        self.longest_exposure = float(camera["settings"]["max_exposure"])
        self.screen = Screen.of(self._first("screen"))
        self.ports = [str(name) for name in self._first("selector").get("instruments") or ["Main camera"]]
        self.port = int(self._first("selector").get("default", 0))
        self.rotation = 0.0
        self.camera_state = "Idle"
        self.darkslide = "open"
        self.script: str | None = None
        self.busy = False
        self.fwhm: float | None = None

    def _first(self, kind: str) -> dict[str, Any]:
        """The configuration of a type's only or default device; empty for a type without one."""
        found: dict[str, Any] = next(iter((self.site.configuration.get(kind) or {}).values()), {})
        return found

    @property
    def camera_of_port(self) -> str | None:
        """The camera at the port to which the light goes; None where people look with their own eyes."""
        cameras = self._first("selector").get("cameras") or [self.names["camera"]]
        found: str | None = cameras[self.port] if self.port < len(cameras) else None
        return found

    @property
    def is_uncovered(self) -> bool:
        """Whether the light that falls into the telescope reaches the camera."""
        return not self.screen.covers and self.camera_of_port is not None

    def choose_filter(self, name: str) -> bool:
        """Turn the wheel to a filter of that name; whether there is one. Case does not matter."""
        found = {known.lower(): known for known in self.filters}.get(name.strip().lower())
        if found is not None:
            self.filter_name = found
        return found is not None

    def seeing(self) -> float:
        """Arc seconds: the air's own blur, more of it lower down, and the telescope's out of focus."""
        air = self.random.gauss(2.1, 0.12) * pointing.airmass(self.mount.altitude) ** 0.6
        blur: float = (air**2 + ((self.focus - self.best_focus) / 28) ** 2) ** 0.5
        self.fwhm = round(blur, 2)
        return blur

    def mount_status(self, now: datetime) -> dict[str, Any]:
        """All that is posted during a slew."""
        return {"mount": {self.names["mount"]: self.mount.status(now)}, **self._top(now)}

    def status(self, now: datetime) -> dict[str, Any]:
        """The `device` post; an empty object for a type without device."""
        kinds = [kind for kind in self.site.configuration["device_types"] if kind != "telescope"]
        found = {kind: self._of(kind, now) for kind in kinds}
        return {**found, "telops": {}, **self._top(now)}

    def _top(self, now: datetime) -> dict[str, Any]:
        # Unix time divided by two: so the real program has it, and nobody may rely on it.
        half = round(now.timestamp() / 2, 3)
        return {"timestamp": half, "send_heartbeat": False, "current_fwhm_seeing": self.fwhm}

    def _of(self, kind: str, now: datetime) -> dict[str, Any]:
        reports: dict[str, dict[str, Any]] = {
            "rotator": {"position_angle": round(self.rotation, 3), "rotator_moving": False},
            "filter_wheel": {
                "filter_name": self.filter_name,
                "filter_number": self.filters.index(self.filter_name),
                "filter_offset": 0,
                "wheel_is_moving": False,
            },
            "focuser": {
                "focus_position": round(self.focus, 1),
                "focus_temperature": round(12 + self.random.gauss(0, 0.05), 2),
                "comp": None,
                "filter_offset": 0,
            },
            "camera": {
                "active_camera": self.names["camera"],
                "darkslide": self.darkslide,
                "status": f"{self.camera_name}, {self.camera_state}, S {self.setpoint}, T {self.setpoint}",
            },
            "screen": self.screen.status(),
            "selector": {
                "port": self.port,
                "instrument": self.ports[self.port],
                "camera": self.camera_of_port,
                "guider": None,
            },
            "sequencer": {"active_script": self.script, "sequencer_busy": self.script is not None},
        }
        if kind == "mount":
            return {self.names[kind]: self.mount.status(now)}
        return {self.names[kind]: reports[kind]} if kind in reports else {}
