"""Nights of the sky module beside a `find_discrete` per angle and, where it is installed, pyephem.

    python -m bench.bench_sky [--nights 8] [--repeat 200]

Prints ratios: absolute times belong to the machine. Errors are seconds beside a root search in skyfield's own
topocentric positions. Aims: a warm night at most 1.5 × pyephem with 0.1 s of error; 365 nights × 10 sites at
least 500 × faster than find_discrete; the first night after start, imports included, within 0.3 s.
Last comes a night that was computed ahead: one indexed query, in the database that the environment names.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from math import radians
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from skyfield import almanac
from skyfield.api import wgs84

from sky.night_events import (
    EVENING,
    MORNING,
    Place,
    moon_times,
    night_block_of,
    night_events,
    nights,
    tai_julian_day,
)
from sky.tests import reference as reference

try:
    import ephem
except ImportError:
    ephem = None

ANGLES = sorted({*EVENING.values(), *MORNING.values()})
MOON = -34 / 60
FARM = Place(34.459375, -119.681172, "America/Los_Angeles")
SITES = [
    Place(-38.0 + 8 * n, -150.0 + 33 * n, f"Etc/GMT{round(-(-150 + 33 * n) / 15):+d}") for n in range(10)
]
POLES = [Place(latitude, 15.0, "Europe/Oslo") for latitude in (60.0, 66.5, 70.0, 80.0, 89.0, -66.5, -89.0)]

FIRST_NIGHT = """
from time import perf_counter
start = perf_counter()
from datetime import date
from sky.night_events import Place, night_block_of, night_events
imported = perf_counter()
place = Place(34.459375, -119.681172, "America/Los_Angeles")
night_events(place, *night_block_of(place, date(2026, 11, 20)))
print(imported - start, perf_counter() - imported)
"""


def best(call: Callable[[], object], repeat: int, rounds: int = 5) -> float:
    """Seconds of one call: the best of a few rounds, which the neighbours on the machine disturb least."""
    times = []
    for _ in range(rounds):
        start = perf_counter()
        for _ in range(repeat):
            call()
        times.append((perf_counter() - start) / repeat)
    return min(times)


def find_discrete_night(place: Place, start: datetime, end: datetime) -> list[float]:
    """One search per angle, as almanac's own functions are built. Altitudes in TAI Julian days."""
    eph, ts = reference.kernel(), reference.timescale()
    observer = eph["earth"] + wgs84.latlon(place.latitude, place.longitude)
    found: list[float] = []
    for body, angle in [*(("sun", angle) for angle in ANGLES), ("moon", MOON)]:

        def up(t: Any, body: str = body, angle: float = angle) -> Any:
            return observer.at(t).observe(eph[body]).apparent().altaz()[0].degrees > angle

        up.step_days = 0.25  # type: ignore[attr-defined]
        times, _ = almanac.find_discrete(ts.from_datetime(start), ts.from_datetime(end), up)
        found += list(times.tai)
    return found


def ephem_night(module: ModuleType, place: Place, start: datetime) -> list[float]:
    """The same crossings by pyephem, in TAI Julian days."""
    observer = module.Observer()
    observer.lat, observer.lon = str(place.latitude), str(place.longitude)
    observer.elevation, observer.pressure = 0, 0
    found = []
    noon = module.Date(start.replace(tzinfo=None))
    for angle in ANGLES:
        observer.horizon, observer.date = radians(angle), noon
        observer.date = observer.next_setting(module.Sun(), use_center=True)
        found += [observer.date, observer.next_rising(module.Sun(), use_center=True)]
    observer.horizon, observer.date = radians(MOON), noon
    for passage in (observer.next_rising, observer.next_setting):
        found.append(passage(module.Moon(), use_center=True))
    return [tai_julian_day(when.datetime().replace(tzinfo=UTC)) for when in found]


def worst_error(places: list[Place], days: list[date]) -> float:
    """Seconds; every crossing the reference has is looked up by name."""
    worst = 0.0
    for place in places:
        for day in days:
            start, end = night_block_of(place, day)
            events, expected = night_events(place, start, end), reference.expected_events(place, start, end)
            worst = max([worst, *(abs(events[name] - jd) * 86400 for name, jd in expected.items())])
    return worst


def ephem_error(module: ModuleType, days: list[date]) -> float:
    """Seconds. pyephem also answers angles that have no event in that half of the night: passed over."""
    errors = []
    for day in days:
        start, end = night_block_of(FARM, day)
        exact = reference.expected_events(FARM, start, end).values()
        nearest = [min(abs(jd - other) for other in exact) * 86400 for jd in ephem_night(module, FARM, start)]
        errors += [error for error in nearest if error < 30]
    return max(errors)


def first_night() -> tuple[float, float]:
    """Seconds of importing and of the first night, in a fresh process; the best of three."""
    root = str(Path(__file__).resolve().parents[1])
    runs = [
        subprocess.run(
            [sys.executable, "-c", FIRST_NIGHT], cwd=root, capture_output=True, text=True, check=True
        )
        for _ in range(3)
    ]
    imported, answered = min((tuple(map(float, run.stdout.split())) for run in runs), key=sum)
    return imported, answered


def year_of_sites() -> None:
    for place in SITES:
        nights(place, date(2026, 1, 1), 365)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--nights", type=int, default=8, help="nights for find_discrete and for the errors")
    parser.add_argument("--repeat", type=int, default=200, help="repetitions of a warm night")
    options = parser.parse_args()

    imported, answered = first_night()
    tell("first night after start", f"{imported + answered:.3f} s, of which {imported:.3f} imports")
    days = [date(2026, 1, 10) + timedelta(days=int(n * 365 / options.nights)) for n in range(options.nights)]
    blocks = [night_block_of(FARM, day) for day in days]
    warm = best(lambda: night_events(FARM, *blocks[0]), options.repeat)
    tell("warm night", f"{warm * 1e3:.3f} ms")
    if ephem is not None:
        peer = best(lambda: ephem_night(ephem, FARM, blocks[0][0]), options.repeat)
        tell("pyephem, same crossings", f"{peer * 1e3:.3f} ms, ours takes {warm / peer:.2f} × that")
        tell("  its worst error", f"{ephem_error(ephem, days):.3f} s")
    slow = discrete_night(blocks)
    tell("find_discrete per angle", f"{slow * 1e3:.1f} ms, {slow / warm:.0f} × ours")
    year_of_sites()
    bulk = best(year_of_sites, 1)
    tell("365 nights × 10 sites", f"{bulk:.3f} s, find_discrete takes {slow * 3650 / bulk:.0f} × that")
    month = best(lambda: moon_times(34.5, -119.7, blocks[0][0], blocks[0][0] + timedelta(days=31)), 50)
    tell("31 days of the moon", f"{month * 1e3:.3f} ms")
    tell_kept()
    tell("worst error to 38°", f"{worst_error(SITES, days):.5f} s")
    tell("worst error 60° to 89°", f"{worst_error(POLES, days):.5f} s")


def tell_kept() -> None:
    """Of 100 sites with a fortnight of nights each: finding one, and what the database does for it."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"VAR_DIR": folder, "DJANGO_SETTINGS_MODULE": "photonranch.settings"}
        import django

        django.setup()
        from django.db import connection
        from django.utils import timezone

        from sitecfg.models import Night

        connection.creation.create_test_db(verbosity=0)
        try:
            _fill(Night)
            now = timezone.now()
            seconds = best(lambda: Night.objects.that_holds("s42", now), 200)
            tell("a night computed ahead", f"{seconds * 1e3:.3f} ms, from {connection.vendor}")
            bare = best(lambda: _one(connection), 200)
            tell("  beside SELECT 1", f"{seconds / bare:.1f} ×")
            plan = Night.objects.filter(site="s42", start__lte=now).order_by("-start")[:1].explain()
            tell("  by the index", "night_at" if "night_at" in plan else f"none: {plan}")
        finally:
            connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def _fill(model: Any) -> None:
    found = nights(FARM, datetime.now(UTC).date() - timedelta(days=1), 15)
    rows = [(f"s{n}", night) for n in range(100) for night in found]
    model.objects.bulk_create(
        model(site=site, date=night.date, start=night.start, end=night.end, events=night.events)
        for site, night in rows
    )


def _one(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def tell(what: str, measured: str) -> None:
    print(f"{what:26}{measured}", flush=True)


def discrete_night(blocks: list[tuple[datetime, datetime]]) -> float:
    """Seconds of a night by find_discrete, on average."""
    start = perf_counter()
    for block in blocks:
        find_discrete_night(FARM, *block)
    return (perf_counter() - start) / len(blocks)


if __name__ == "__main__":
    main()
