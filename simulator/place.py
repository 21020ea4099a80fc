"""Where an observatory stands, and what the sun does there now."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from simulator import pointing
from sky import night_events

# Dublin Julian days, which sites' programs use, begin here; and TAI is ahead of UTC by so many seconds.
DUBLIN_JD = 2_415_020.0
TAI_MINUS_UTC_S = 37.0


@dataclass(frozen=True)
class Place:
    latitude: float
    longitude: float
    elevation: float
    time_zone: str

    @classmethod
    def of(cls, configuration: dict[str, Any]) -> "Place":
        """As a WEMA's configuration has it."""
        latitude, longitude = float(configuration["latitude"]), float(configuration["longitude"])
        zone = configuration["TZ_database_name"]
        return cls(latitude, longitude, float(configuration["elevation"]), zone)

    @property
    def on_earth(self) -> night_events.Place:
        return night_events.Place(self.latitude, self.longitude, self.time_zone)

    def sun_altitude(self, when: datetime) -> float:
        """Degrees above the horizon."""
        return float(night_events.altitudes(self.on_earth, when, when + timedelta(seconds=1), 1.0).sun[0])

    def sun_direction(self, when: datetime) -> tuple[float, float]:
        """Right ascension in hours and declination."""
        below = night_events.sun_moon_position(when)
        return pointing.sidereal_hours(when.timestamp(), below.sun_longitude), below.sun_latitude

    def local_hour(self, when: datetime) -> float:
        """Mean solar time, 0 to 24."""
        return (when.hour + when.minute / 60 + self.longitude / 15) % 24

    def night(self, when: datetime) -> date:
        """The local date at which the night block that holds `when` began: a frame's DAY-OBS."""
        start, _ = night_events.night_block(self.on_earth, when)
        return start.astimezone(self.on_earth.zone).date()

    def seconds_into_night(self, when: datetime) -> float:
        """Since local noon."""
        return (when - night_events.night_block(self.on_earth, when)[0]).total_seconds()

    def events(self, when: datetime) -> dict[str, Any]:
        """The night's events as sites put them into their configuration: name → Dublin Julian day."""
        block = night_events.night_block(self.on_earth, when)
        behind = DUBLIN_JD + TAI_MINUS_UTC_S / pointing.DAY_S
        found: dict[str, Any] = {
            name: round(day - behind, 6)
            for name, day in night_events.night_events(self.on_earth, *block).items()
        }
        found["use_by"] = round(night_events.tai_julian_day(block[1]) - behind, 6)
        return found | {"day_directory": self.night(when).strftime("%Y%m%d")}

    def sidereal_hours(self, when: datetime) -> float:
        return pointing.sidereal_hours(when.timestamp(), self.longitude)

    def altitude_azimuth(self, ra_hours: float, dec: float, when: datetime) -> tuple[float, float]:
        hour_angle = self.sidereal_hours(when) - ra_hours
        return pointing.altitude_azimuth(hour_angle, dec, self.latitude)

    def ra_dec(self, altitude: float, azimuth: float, when: datetime) -> tuple[float, float]:
        """Right ascension in hours and declination of what stands there now."""
        hour_angle, dec = pointing.hour_angle_declination(altitude, azimuth, self.latitude)
        return (self.sidereal_hours(when) - hour_angle) % 24, dec
