"""Where a site stands. An observatory's own configuration seldom says it; then its WEMA's does."""

from dataclasses import dataclass

from photonranch.errors import NotFound
from photonranch.excerpts import quoted
from sitecfg.models import Site
from sky.night_events import Place, SkyError


class UnknownSite(NotFound):
    """No configuration was put for this code."""


class NoPlace(NotFound):
    """The site's configuration, and its WEMA's, do not say where it stands, or say something impossible."""


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees north, degrees east, metres, IANA time zone; None or "" where no configuration says it."""

    site: str
    latitude: float | None
    longitude: float | None
    elevation: float | None
    time_zone: str

    def place(self) -> Place:
        """The place for the sky's functions. Raises NoPlace, with a sentence that names what is wrong."""
        if self.latitude is None or self.longitude is None or not self.time_zone:
            wanted = {
                "latitude": self.latitude,
                "longitude": self.longitude,
                "TZ_database_name": self.time_zone or None,
            }
            missing = ", ".join(key for key, value in wanted.items() if value is None)
            raise NoPlace(f"Neither the configuration of {self.site} nor its WEMA's has: {missing}.")
        try:
            return Place(self.latitude, self.longitude, self.time_zone)
        except SkyError as problem:
            raise NoPlace(f"The configuration of {self.site}: {problem}") from None


def position_of(code: str) -> Position:
    """Where `code` stands: each value its own, or else its WEMA's. One query. Raises UnknownSite.

    A code in the wrong case is found in lower case: sites asked with their code in capitals.
    """
    return find_position(code) or find_position(code.lower()) or _unknown(code)


def find_position(code: str) -> Position | None:
    rows = {site.code: site for site in Site.objects.with_its_wema(code)}
    own = rows.pop(code, None)
    if own is None:
        return None
    return position_from(own, next(iter(rows.values()), own))


def position_from(own: Site, wema: Site) -> Position:
    """Where a site stands, by its row and its WEMA's: each value its own, or else the WEMA's."""
    return Position(
        site=own.code,
        latitude=wema.latitude if own.latitude is None else own.latitude,
        longitude=wema.longitude if own.longitude is None else own.longitude,
        elevation=wema.elevation if own.elevation is None else own.elevation,
        time_zone=own.time_zone or wema.time_zone,
    )


def _unknown(code: str) -> Position:
    raise UnknownSite(f"There is no site {quoted(code)}.")
