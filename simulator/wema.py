"""The weather and enclosure manager of a site: it measures the weather, moves the roof and tells of both."""

import asyncio
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from simulator import weather
from simulator.client import Client
from simulator.clock import Clock
from simulator.configuration import Site
from simulator.job import Job, Refused
from simulator.program import NIGHT_S, Program
from simulator.weather import SUN_LIMIT

LOOP_S, STATUS_S, HOUR_S = 15.0, 35.0, 3600.0
# A roof takes so long, and stays shut for so long after bad weather.
ROOF_MOVES_S, HOLD_S = 45.0, 900.0
SKY_FLATS = (-12.0, 0.0)
SETTINGS = "rain cloud humidity windspeed lightning tempminusdew skytemp hightemperature lowtemperature"


class Wema(Program):
    """`simulates_sky`: whether the sky is simulated to be dark and clear at this moment.

    Then the station measures a fine night and the roof stands open, unless people want it closed; the
    observatory under that roof reports the same.
    """

    def __init__(
        self, site: Site, client: Client, clock: Clock, simulates_sky: Callable[[], bool] = lambda: False
    ) -> None:
        super().__init__(site.wema_code, site, client, clock)
        self.weather = weather.Weather(self.place, site.seed)
        self.configuration = site.wema_configuration
        self.mode = "Automatic"
        self.observing = True
        # "open", "closed" or "auto": what people want of the roof, whatever weather and sun say.
        self.wanted = "auto"
        self.simulates_sky = simulates_sky
        # A simulated sky was always fine: nobody waits for the roof.
        self.shutter = "Open" if simulates_sky() else "Closed"
        self.hold_s = 0.0
        self.moving = asyncio.Lock()
        self.settings = self._first_settings()
        self._measure(0.0)

    async def boot(self) -> None:
        # It reads each observatory's configuration for the times of its flats; before they were ever put,
        # there is nothing to read.
        await self.configuration_of(self.site.code)
        await self.put_configuration(self.configuration)
        await self.fetch_jobs()

    def loops(self) -> list[Any]:
        return [
            self.every(LOOP_S, self.poll),
            self.every(LOOP_S, self.post_settings),
            self.every(STATUS_S, self.look),
            self.every(HOUR_S, self.post_forecast),
            self.every(NIGHT_S, self.mind_the_date),
            self.reports.run(),
        ]

    # --- Weather and roof ---------------------------------------------------------------------------------

    async def look(self) -> None:
        self._measure(STATUS_S)
        await self.post_status(
            "weather",
            {"observing_conditions": {"observing_conditions1": weather.document(self.reading, self.against)}},
        )
        await self.post_status("enclosure", self._enclosure())
        await self._mind_the_roof()

    def _measure(self, seconds: float) -> None:
        now = self.clock.now()
        sun = self.place.sun_altitude(now)
        self.reading = self.weather.advance(seconds, self.place.local_hour(now), sun)
        if self.simulates_sky():
            self.reading, self.hold_s = weather.fine_night(self.reading), 0.0
        self.against = weather.objections(self.reading, self.configuration)
        self.hold_s = HOLD_S if self.against else max(0.0, self.hold_s - seconds)

    async def _mind_the_roof(self) -> None:
        async with self.moving:
            await self._move_the_roof()

    async def _move_the_roof(self) -> None:
        goal = "Open" if await self._may_open() else "Closed"
        if goal == self.shutter:
            return
        if not self.simulates_sky():
            self.shutter = "Opening" if goal == "Open" else "Closing"
            await self.post_status("enclosure", self._enclosure())
            await self.clock.sleep(ROOF_MOVES_S)
        self.shutter = goal
        await self.post_status("enclosure", self._enclosure())

    async def _may_open(self) -> bool:
        if self.wanted != "auto":
            return self.wanted == "open"
        if self.mode != "Automatic":
            return False
        dawn = self.place.local_hour(self.clock.now()) < 12
        sun = self.reading.sun_altitude
        if dawn and SKY_FLATS[0] < sun < SUN_LIMIT and await self._flats_are_done():
            return False
        return sun < SUN_LIMIT and not self.against and not self.hold_s

    async def _flats_are_done(self) -> bool:
        """Asked from dawn on, of the observatory under this roof."""
        settings = (await self.status_of(self.site.code, "obs_settings")).get("obs_settings") or {}
        return bool(settings.get("morning_flats_done", True))

    def _enclosure(self) -> dict[str, Any]:
        by_day = self.reading.sun_altitude >= SUN_LIMIT
        status = {
            "shutter_status": self.shutter if self.observing else f"{self.shutter}/NoObs",
            "enclosure_mode": self._shown_mode(),
            "dome_azimuth": 0.0,
            "inside_temperature C": "n/a",
            "inside_humidity %": "n/a",
            "access_door": "n/a",
            "ladder_stowed": "n/a",
            "end_wall": "n/a",
            "lights_on": "Off",
            "enclosure_is_open": self.shutter == "Open",
            "shut_reason_bad_weather": bool(self.against) or self.hold_s > 0,
            "shut_reason_daytime": by_day,
            "shut_reason_manual_mode": self.mode != "Automatic",
            "roof_is_simulated": self.simulates_sky(),
        }
        return {"enclosure": {"enclosure1": status}}

    def _shown_mode(self) -> str:
        return "Simulated" if self.simulates_sky() and self.mode == "Automatic" else self.mode

    # --- The rest of what it posts ------------------------------------------------------------------------

    def _first_settings(self) -> dict[str, Any]:
        limits = {
            f"{name}_limit_{part}": value
            for name in SETTINGS.split()
            for part, value in (("on", True), ("quiet", False), ("warning_level", 0), ("danger_level", 0))
        }
        return {
            "OWM_active": bool(self.configuration.get("OWM_active")),
            "local_weather_active": bool(self.configuration.get("local_weather_active")),
            "keep_roof_open_all_night": False,
            "keep_roof_closed_all_night": False,
            "open_at_specific_utc": False,
            "specific_utc_when_to_open": -1,
            "manual_weather_hold_set": False,
            "manual_weather_hold_duration": -1,
            **limits,
        }

    async def post_settings(self) -> None:
        now = {
            "observing_mode": "active" if self.observing else "inactive",
            "keep_roof_open_all_night": self.wanted == "open",
            "keep_roof_closed_all_night": self.wanted == "closed",
        }
        await self.post_status("wema_settings", {"wema_settings": {**self.settings, **now}})

    async def post_forecast(self) -> None:
        hour = self.clock.now().replace(minute=0, second=0, microsecond=0)
        hours = [(hour + timedelta(hours=n)).strftime("%Y-%m-%dT%H:00:00Z") for n in range(48)]
        found = weather.forecast(self.reading, hours)
        await self.post_status("forecast", {"forecast": found}, slash="")
        lines = [f"{entry['utc_long_form']} {entry['short_text']}" for entry in found[:12]]
        await self.post_status("owm_report", {"owm_report": json.dumps(lines)})

    async def begin_night(self, before: date) -> None:
        await self.put_configuration(self.configuration)

    # --- Commands -----------------------------------------------------------------------------------------

    async def poll(self) -> None:
        for job in await self.fetch_jobs():
            try:
                self._obey(job)
            except Refused:
                self.report(job, "FAILED")
            else:
                self.report(job, "COMPLETE", 0)
                await self._mind_the_roof()
                await self.post_status("enclosure", self._enclosure())
                await self.post_settings()

    def _obey(self, job: Job) -> None:
        """Only the action counts, whatever device it is addressed to."""
        match job.action:
            case "open" | "close":
                self.wanted = "open" if job.action == "open" else "closed"
            case "force_roof_state":
                state = job.text("force_roof_state", "auto")
                if state not in ("open", "closed", "auto"):
                    raise Refused(f"force_roof_state: there is no {state!r}.")
                self.wanted = state
            case "set_enclosure_mode":
                self.mode = job.text("enclosure_mode", "Automatic")
                self.wanted = "auto"
            case "set_observing_mode":
                self.observing = job.text("observing_mode", "active") != "inactive"
            case "configure_active_weather_report":
                name = {"owm": "OWM_active"}.get(job.text("weather_type"), "local_weather_active")
                self.settings[name] = job.text("weather_type_value", "on") == "on"
            case "set_weather_values":
                self._set_limits(job.required.get("weather_values"))
            case "simulate_weather_hold" | "open_no_earlier_than_owm_plan":
                pass  # The real one does nothing either.
            case _:
                raise Refused(f"{job.action}: not known here.")

    def _set_limits(self, values: Any) -> None:
        if not isinstance(values, dict):
            raise Refused("set_weather_values: weather_values must be an object.")
        names = {"clouds": "cloud", "tempDew": "tempminusdew", "skyTempLimit": "skytemp"}
        for key, value in values.items():
            if isinstance(value, dict):
                name = f"{names.get(key, key)}_limit"
                self.settings[f"{name}_on"] = value.get("status") in (True, "on")
                self.settings[f"{name}_warning_level"] = value.get("warning_level")
                self.settings[f"{name}_danger_level"] = value.get("danger_level")
