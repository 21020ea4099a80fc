"""Weather that wanders: a seeded random walk, in units that agree with each other.

Each quantity is pulled back to its mean as it wanders (an Ornstein–Uhlenbeck process). Humidity follows from
temperature and dew point, cloud decides on rain and on how warm the sky looks.
"""

from dataclasses import dataclass, replace
from math import cos, exp, pi, pow, sqrt
from typing import Any

import numpy as np

from simulator.place import Place

HOUR_S = 3600.0
# The roof opens while the sun is lower than this, so that the dome cools down before dusk.
SUN_LIMIT = 8.0
# Magnus' formula over water: percent of humidity from temperature and dew point in °C.
MAGNUS_B, MAGNUS_C = 17.62, 243.12


class Wander:
    """A value with a mean of 0 and a spread (standard deviation) that forgets itself in `memory_h` hours."""

    def __init__(self, random: np.random.Generator, spread: float, memory_h: float, start: float = 0) -> None:
        self.random = random
        self.spread = spread
        self.memory_s = memory_h * HOUR_S
        self.value = start

    def advance(self, seconds: float) -> float:
        kept = exp(-seconds / self.memory_s)
        self.value = self.value * kept + self.random.normal(0, self.spread * sqrt(1 - kept * kept))
        return self.value


@dataclass(frozen=True)
class Reading:
    """The weather at one moment: °C, mbar, percent, m/s, mm/h, degrees of the sun's altitude."""

    temperature: float
    pressure: float
    dewpoint: float
    humidity: float
    cloud: float
    wind: float
    rain: float
    sun_altitude: float

    @property
    def sky_temperature(self) -> float:
        """What an infrared thermometer sees: a clear sky is much colder than the air."""
        return self.temperature - 38 + 32 * pow(self.cloud / 100, 0.7)

    @property
    def sky_magnitude(self) -> float:
        return sky_magnitude(self.sun_altitude, self.cloud)

    @property
    def sun_lux(self) -> float:
        return 120_000 * 10 ** (-0.4 * (self.sky_magnitude - 4)) * (1 - 0.7 * self.cloud / 100)


def sky_magnitude(sun_altitude: float, cloud: float) -> float:
    """Magnitudes per square arc second: 4 in daylight, 21.6 in the dark, less under clouds (percent)."""
    light = min(1.0, max(0.0, (sun_altitude + 18) / 23))
    return 21.6 - 17.6 * pow(light, 0.7) - 1.5 * cloud / 100 * (1 - light)


class Weather:
    """What the station at a place sees; `seed` decides how it goes on."""

    def __init__(self, place: Place, seed: int) -> None:
        self.place = place
        random = np.random.default_rng(seed)
        self.temperature = Wander(random, 2.0, 18)
        self.depression = Wander(random, 0.35, 12)  # logarithm of the dew point's distance
        # As a logit: 0 stands for half covered. Fine weather to begin with.
        self.cloud = Wander(random, 1.6, 8, start=-0.5)
        self.wind = Wander(random, 0.5, 2)  # logarithm
        self.pressure = Wander(random, 3.0, 48)

    def advance(self, seconds: float, local_hour: float, sun_altitude: float) -> Reading:
        """The weather so many seconds later, at that hour of local solar time."""
        mean = 12 - 6.5 * (self.place.elevation - 1500) / 1000
        daily = 6 * cos(2 * pi * (local_hour - 15) / 24)
        temperature = mean + daily + self.temperature.advance(seconds)
        dewpoint = temperature - 14 * exp(self.depression.advance(seconds)) - 0.5 * daily
        dewpoint = min(dewpoint, temperature - 0.2)
        humidity = 100 * exp(_magnus(dewpoint) - _magnus(temperature))
        cloud = 100 / (1 + exp(2.2 - self.cloud.advance(seconds)))
        sea_level = 1014 + self.pressure.advance(seconds)
        return Reading(
            temperature=temperature,
            pressure=sea_level * (1 - 2.25577e-5 * self.place.elevation) ** 5.25588,
            dewpoint=dewpoint,
            humidity=min(100.0, humidity),
            cloud=cloud,
            wind=2.5 * exp(self.wind.advance(seconds)),
            rain=0.2 * (cloud - 85) if cloud > 85 and humidity > 60 else 0.0,
            sun_altitude=sun_altitude,
        )


def _magnus(temperature: float) -> float:
    return MAGNUS_B * temperature / (MAGNUS_C + temperature)


def fine_night(reading: Reading) -> Reading:
    """The same weather as it would be in a fine night: what a station measures under a simulated sky."""
    temperature = min(max(reading.temperature, -5.0), 14.0)
    dewpoint = min(reading.dewpoint, temperature - 6.0)
    return replace(
        reading,
        temperature=temperature,
        dewpoint=dewpoint,
        humidity=min(reading.humidity, 100 * exp(_magnus(dewpoint) - _magnus(temperature))),
        cloud=min(reading.cloud, 5.0),
        wind=min(reading.wind, 8.0),
        rain=0.0,
        sun_altitude=min(reading.sun_altitude, -30.0),
    )


# --- Verdict and report ------------------------------------------------------------------------------------


def objections(reading: Reading, configuration: dict[str, Any]) -> list[str]:
    """Which of the WEMA's limits the weather breaks; empty when it is fit for observing."""
    limits = (
        ("rain", "rain_limit", reading.rain, 1),
        ("humidity", "humidity_limit", reading.humidity, 1),
        ("wind", "windspeed_limit", reading.wind, 1),
        ("dew point", "temperature_minus_dewpoint_limit", reading.temperature - reading.dewpoint, -1),
        ("clouds (sky temperature)", "sky_temperature_limit", reading.sky_temperature, 1),
        ("cloud cover", "cloud_cover_limit", reading.cloud, 1),
        ("cold", "lowest_ambient_temperature", reading.temperature, -1),
        ("heat", "highest_ambient_temperature", reading.temperature, 1),
    )
    return [
        name
        for name, key, value, sign in limits
        if configuration.get(f"{key}_on") and sign * value > sign * float(configuration[key])
    ]


def document(reading: Reading, against: list[str]) -> dict[str, Any]:
    """The station's part of a `weather` post."""
    fit = not against
    return {
        "temperature_C": round(reading.temperature, 2),
        "pressure_mbar": round(reading.pressure, 2),
        "humidity_%": round(reading.humidity, 1),
        "dewpoint_C": round(reading.dewpoint, 2),
        "sky_temp_C": round(reading.sky_temperature, 2),
        "last_sky_update_s": 3,
        "wind_m/s": round(reading.wind, 2),
        "rain_rate": round(reading.rain, 2),
        "solar_flux_w/m^2": None,
        "cloud_cover_%": round(reading.cloud, 1),
        "calc_HSI_lux": float(f"{reading.sun_lux:.3g}"),
        "calc_sky_mpsas": round(reading.sky_magnitude, 2),
        "meas_sky_mpsas": round(reading.sky_magnitude, 2),
        "open_ok": "Yes" if fit else "No",
        "lightning_strike_radius km": "n/a",
        "general_obscuration %": "n/a",
        "photometric extinction k'": "n/a",
        "wx_ok": "Yes" if fit else "No",
        "weather_report_good": fit,
        "fitzgerald_number": round(_fitzgerald(reading), 1),
        "hold_duration": 0,
        "wx_hold": False,
    }


def forecast(reading: Reading, hours: list[str]) -> list[dict[str, Any]]:
    """An entry for each of those hours (`2026-07-11T05:00:00Z`): the weather drifts back to fine."""
    found = []
    for ahead, hour in enumerate(hours):
        cloud = round(10 + (reading.cloud - 10) * exp(-ahead / 8))
        quality = 1 + min(4, cloud // 20)
        entry = {
            "humidity": round(reading.humidity),
            "cloud_cover": cloud,
            "wind_speed": round(reading.wind, 1),
            "short_text": "Clouds" if cloud > 25 else "Clear",
            "long_text": "overcast" if cloud > 80 else "broken clouds" if cloud > 25 else "clear sky",
            "utc_clock_hour": int(hour[11:13]),
            "fitz_number": round(cloud / 10 + reading.wind / 5, 1),
            "utc_long_form": hour,
            "temperature": round(reading.temperature, 1),
            "rain": {"1h": round(reading.rain, 2)} if reading.rain and not ahead else {},
            "weather_quality_number": quality,
        }
        found.append(entry)
    return found


def _fitzgerald(reading: Reading) -> float:
    """A night's worth in one number, 0 the best: clouds, damp and wind add to it."""
    return reading.cloud / 10 + max(0.0, reading.humidity - 70) / 5 + max(0.0, reading.wind - 8) / 2
