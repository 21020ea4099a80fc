"""The weather's history in words: of every curve the latest value, the least and the most."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from console.site.status import rounded, with_unit
from status.documents import WEATHER
from status.models import WeatherSample


class Curve(NamedTuple):
    column: str
    name: str


class Plot(NamedTuple):
    """Curves that share an axis, and what one looks for in them."""

    title: str
    unit: str
    decimals: int
    curves: tuple[Curve, ...]
    # Drawn as a stair that begins at zero.
    step: bool = False


PLOTS: Final = (
    Plot("Temperature", "°C", 1, (Curve("temperature", "Air"), Curve("dewpoint", "Dew point"))),
    Plot("Humidity", "%", 0, (Curve("humidity", "Humidity"),)),
    Plot("Wind", "m/s", 1, (Curve("wind", "Wind"),)),
    Plot("Sky temperature", "°C", 1, (Curve("sky_temperature", "Sky"),)),
    Plot("Sky brightness", "mag/arcsec²", 2, (Curve("sky_brightness", "Sky"),)),
    Plot("Clouds", "%", 0, (Curve("cloud_cover", "Clouds"),)),
    Plot("Rain", "mm/h", 1, (Curve("rain_rate", "Rain"),), step=True),
)


def table(found: list[WeatherSample]) -> list[dict[str, Any]]:
    """A row for each curve that has a value."""
    return list(_rows(found))


def _rows(found: list[WeatherSample]) -> Iterator[dict[str, Any]]:
    for plot in PLOTS:
        for curve in plot.curves:
            values = [value for sample in found if (value := getattr(sample, curve.column)) is not None]
            if values:
                name = plot.title if len(plot.curves) == 1 else f"{plot.title}: {curve.name.lower()}"
                now, least, most = (
                    with_unit(rounded(value, plot.decimals), "")
                    for value in (values[-1], min(values), max(values))
                )
                unit = {"unit": plot.unit}
                yield {"column": curve.column, "name": name, **unit, "now": now, "least": least, "most": most}


def as_json() -> list[dict[str, Any]]:
    """The plots, for the script."""
    return [
        {
            "title": plot.title,
            "unit": plot.unit,
            "decimals": plot.decimals,
            "step": plot.step,
            "curves": [{**curve._asdict(), "keys": WEATHER[curve.column]} for curve in plot.curves],
        }
        for plot in PLOTS
    ]
