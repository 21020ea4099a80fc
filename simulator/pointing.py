"""Where things stand: sidereal time, altitude and azimuth, airmass. Angles in degrees unless they say hours.

Good to an arc minute, without precession, nutation and refraction: the telescope that uses it points at stars
that are made by the same formulas.
"""

from math import asin, atan2, cos, degrees, radians, sin

J2000_UNIX = 946_728_000.0
DAY_S = 86_400.0


def sidereal_hours(unix: float, longitude: float) -> float:
    """Local mean sidereal time, 0 to 24 (Meeus, Astronomical Algorithms, 12.4; `longitude` east)."""
    days = (unix - J2000_UNIX) / DAY_S
    return ((280.46061837 + 360.98564736629 * days + longitude) % 360) / 15


def altitude_azimuth(hour_angle: float, declination: float, latitude: float) -> tuple[float, float]:
    """Of a direction whose hour angle is in hours; azimuth from north by east, 0 to 360."""
    h, d, p = radians(hour_angle * 15), radians(declination), radians(latitude)
    altitude = asin(_in_range(sin(p) * sin(d) + cos(p) * cos(d) * cos(h)))
    azimuth = atan2(-cos(d) * sin(h), sin(d) * cos(p) - cos(d) * cos(h) * sin(p))
    return degrees(altitude), degrees(azimuth) % 360


def hour_angle_declination(altitude: float, azimuth: float, latitude: float) -> tuple[float, float]:
    """The way back: hours from −12 to 12, degrees."""
    a, z, p = radians(altitude), radians(azimuth), radians(latitude)
    declination = asin(_in_range(sin(p) * sin(a) + cos(p) * cos(a) * cos(z)))
    hour_angle = atan2(-sin(z) * cos(a), sin(a) * cos(p) - cos(a) * cos(z) * sin(p))
    return degrees(hour_angle) / 15, degrees(declination)


def separation(ra1: float, dec1: float, ra2: float, dec2: float) -> float:
    """Degrees between two directions given in degrees."""
    a, b, d1, d2 = radians(ra1), radians(ra2), radians(dec1), radians(dec2)
    half = sin((d2 - d1) / 2) ** 2 + cos(d1) * cos(d2) * sin((b - a) / 2) ** 2
    return degrees(2 * asin(min(1.0, half) ** 0.5))


def airmass(altitude: float) -> float:
    """Air masses towards an altitude (Pickering 2002); what lies below the horizon counts as the horizon."""
    h = max(altitude, 0.0)
    return 1 / sin(radians(h + 244 / (165 + 47 * h**1.1)))


def _in_range(sine: float) -> float:
    return max(-1.0, min(1.0, sine))
