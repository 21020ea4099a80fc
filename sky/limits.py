"""What must hold while a target is observed."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, degrees, isfinite
from typing import ClassVar, Final

from sky.ephemeris import SkyError

ASTRONOMICAL_DARK: Final = -18.0
DEFAULT_ALTITUDE: Final = 15.0  # degrees; what the clients' configurations call lowest_requestable_altitude


class BadLimits(SkyError):
    """A limit that is not a number within its range; the message names it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What must hold while a target is observed. None: no such limit.

    Degrees but for `max_airmass` (1 or more), `max_hour_angle` (hours either side of the meridian) and
    `moon_illumination` (the lit fraction, 0 to 1, that counts while the moon is up).
    """

    min_altitude: float = DEFAULT_ALTITUDE
    max_airmass: float | None = None
    max_hour_angle: float | None = None
    sun_below: float = ASTRONOMICAL_DARK
    moon_distance: float | None = None
    moon_illumination: float | None = None

    RANGES: ClassVar = {
        "min_altitude": (-5.0, 90.0),
        "max_airmass": (1.0, 40.0),
        "max_hour_angle": (0.0, 12.0),
        "sun_below": (-30.0, 90.0),
        "moon_distance": (0.0, 180.0),
        "moon_illumination": (0.0, 1.0),
    }

    def __post_init__(self) -> None:
        for name, (least, most) in self.RANGES.items():
            value = getattr(self, name)
            if value is not None and not (isfinite(value) and least <= value <= most):
                raise BadLimits(f"{name} must be a number from {least:g} to {most:g}, not {value!r:.60}.")

    @property
    def lowest(self) -> float:
        """The altitude (degrees) that both `min_altitude` and `max_airmass` ask for."""
        if self.max_airmass is None:
            return self.min_altitude
        return max(self.min_altitude, degrees(asin(1 / self.max_airmass)))
