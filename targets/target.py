"""A target that is understood: what it is called, and where it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from sky.earth import timescale
from sky.paths import BadTarget, MovingPath, Path, SatellitePath, Star, StarPath, icrs_of


@dataclass(frozen=True)
class Target:
    """A target that is understood: what it is called, and where it is."""

    name: str
    kind: str
    source: str
    star: Star | None = None
    path: Path | None = None
    aliases: tuple[str, ...] = ()
    size: float | None = None
    magnitude: float | None = None
    epoch: str = "J2000"
    warning: str = ""

    def where(self, when: datetime) -> tuple[float, float]:
        """Right ascension and declination (ICRS degrees): of a star its place at J2000, of whatever moves the
        place at `when`, seen from the Earth's centre. Raises BadTarget, OutsideEphemeris."""
        if self.star is not None:
            return self.star.ra, self.star.dec
        body = self.path.satellite if isinstance(self.path, SatellitePath) else None
        if body is not None:
            return satellite_place(self.path, when)
        assert isinstance(self.path, MovingPath)
        return icrs_of(self.path.body, when)

    def track(self) -> Path:
        """Its way over the sky."""
        return StarPath(self.star) if self.star is not None else _given(self.path)


def _given(path: Path | None) -> Path:
    assert path is not None
    return path


def satellite_place(path: Path | None, when: datetime) -> tuple[float, float]:
    """Of a satellite, from the Earth's centre: for a place on Earth it is quite another."""
    assert isinstance(path, SatellitePath)
    ra, dec, _ = path.satellite.at(timescale().from_datetime(when)).radec()
    if not isfinite(ra._degrees):
        raise BadTarget("The satellite's elements give no place for this time: its orbit may have decayed.")
    return float(ra._degrees), float(dec.degrees)
