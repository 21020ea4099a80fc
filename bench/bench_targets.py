"""When targets can be observed, beside astroplan; names while they are typed, beside a scan of all of them.

    python -m bench.bench_targets [--targets 5000] [--repeat 20]

Prints ratios: absolute times belong to the machine. Aims: one target at least 50 × faster than its windows
by astroplan, which looks at a grid (here of a minute: its edges are right to that, ours to a second); 5,000
targets × 8 sites at least 200 × faster than astroplan's table of them on a grid of ten minutes (a part of it
is measured, and said); 144 instants of all of them within 2 × of the bare matrix product; typing ahead within
5 ms at p95.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import astropy.units as u
import numpy as np
from astroplan import (
    AirmassConstraint,
    AltitudeConstraint,
    AtNightConstraint,
    FixedTarget,
    Observer,
    is_observable,
    observability_table,
)
from astropy.coordinates import SkyCoord
from astropy.time import Time
from astropy.utils import iers
from rapidfuzz import process
from rapidfuzz.distance import OSA

from sky import night_sky
from sky.ephemeris import SUN
from sky.limits import Limits
from sky.night_events import Place
from sky.night_sky import night_over
from sky.tracks import Stars
from sky.visibility import visible
from targets.catalogue.names import key_of
from targets.catalogue.search import catalogue

DAY = date(2026, 11, 26)
SITES = [
    Place(-38.0 + 10 * n, -150.0 + 40 * n, f"Etc/GMT{round(-(-150 + 40 * n) / 15):+d}") for n in range(8)
]
LIMITS = Limits(min_altitude=15, max_airmass=2)
CONSTRAINTS = [
    AltitudeConstraint(15 * u.deg),
    AirmassConstraint(2),
    AtNightConstraint.twilight_astronomical(),
]
PART = 20  # of the targets that astroplan is asked for, at one site: its time grows with both
INSTANTS = 144
TYPED = [
    "m31",
    "andromeda",
    "ngc224",
    "m 31",
    "andromada",
    "n",
    "ng",
    "ngc",
    "neb",
    "sirius",
    "alf cma",
    "betelgeuze",
]


def best(work: Callable[[], Any], repeat: int) -> float:
    """Seconds, the least of `repeat`."""
    times = []
    for _ in range(repeat):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times)


def rows(count: int) -> Any:
    random = np.random.default_rng(1)
    made = np.zeros((count, 5))
    made[:, 0] = random.uniform(0, 360, count)
    made[:, 1] = np.degrees(np.arcsin(random.uniform(-1, 1, count)))
    return made


def ours(stars: Any, sites: list[Place]) -> list[Any]:
    """Windows, transits and moons; the nights of the sites are found anew."""
    night_sky._night_over.cache_clear()
    targets = Stars(stars)
    return [visible(targets, night_over(site, DAY), LIMITS).hours for site in sites]


def observer(site: Place) -> Any:
    return Observer(latitude=site.latitude * u.deg, longitude=site.longitude * u.deg, elevation=0 * u.m)


def span() -> Any:
    return Time([datetime(2026, 11, 26, 19, tzinfo=UTC), datetime(2026, 11, 27, 19, tzinfo=UTC)])


def one(repeat: int) -> None:
    star = rows(1)
    target = [FixedTarget(SkyCoord(star[0, 0] * u.deg, star[0, 1] * u.deg), name="x")]

    def peer() -> Any:
        site = observer(SITES[4])  # a new one: it keeps what it has computed
        return is_observable(CONSTRAINTS, site, target, time_range=span(), time_grid_resolution=1 * u.min)

    peer()
    ours(star, SITES[4:5])
    mine, theirs = best(lambda: ours(star, SITES[4:5]), repeat), best(peer, max(2, repeat // 5))
    print(
        f"one target, one night: {mine * 1000:.1f} ms; astroplan {theirs * 1000:.0f} ms: "
        f"{theirs / mine:.0f} × (aim 50)"
    )


def many(count: int, repeat: int) -> None:
    stars = rows(count)
    targets = [
        FixedTarget(SkyCoord(ra * u.deg, dec * u.deg), name=str(n))
        for n, (ra, dec) in enumerate(stars[:PART, :2])
    ]

    def peer() -> Any:
        site = observer(SITES[4])  # a new one: it keeps what it has computed
        return observability_table(
            CONSTRAINTS, site, targets, time_range=span(), time_grid_resolution=10 * u.min
        )

    ours(stars, SITES)
    mine, part = best(lambda: ours(stars, SITES), repeat), best(peer, 3)
    theirs = part * count / PART * len(SITES)
    print(
        f"{count} targets × {len(SITES)} sites: {mine * 1000:.0f} ms; astroplan {theirs:.0f} s "
        f"({PART} targets at one site took {part:.2f} s): {theirs / mine:.0f} × (aim 200)"
    )


def grid(count: int, repeat: int) -> None:
    """Sines of altitude of all targets at all instants over all sites, and the product alone."""
    stars = Stars(rows(count))
    night = night_over(SITES[4], DAY)
    t = np.linspace(night.start, night.end, INSTANTS)

    def zeniths() -> Any:
        over = []
        for site in SITES:
            observer_ = night_over(site, DAY).observer
            local = night.sky.at(t, SUN)[3] + observer_.longitude
            c, s = observer_.cos_latitude, observer_.sin_latitude
            over.append(np.stack([c * np.cos(local), c * np.sin(local), np.full_like(local, s)], axis=-1))
        return np.concatenate(over)

    towards = np.ascontiguousarray(stars.towards(night, np.zeros((1, 1)))[0].T)
    ready = zeniths()
    whole = best(lambda: zeniths() @ stars.towards(night, np.zeros((1, 1)))[0].T, repeat)
    bare = best(lambda: ready @ towards, repeat)
    print(
        f"{INSTANTS} instants of {count} targets × {len(SITES)} sites: {whole * 1000:.0f} ms; "
        f"the bare product {bare * 1000:.0f} ms: {whole / bare:.2f} × (aim 2)"
    )


def scanned(text: str) -> Any:
    """The ten names that are most alike, of all."""
    scorer = OSA.normalized_similarity
    return process.extract(key_of(text), catalogue().keys, scorer=scorer, limit=10)


def typing(repeat: int) -> None:
    names = catalogue()
    prefixes = sorted({text[:length] for text in TYPED for length in range(1, len(text) + 1)})
    mine = sorted(best(partial(names.search, text, 10), repeat) for text in prefixes)
    scan = sorted(best(partial(scanned, text), 2) for text in prefixes)
    p95 = int(0.95 * len(prefixes))
    print(
        f"typing ahead, p95 of {len(prefixes)}: {mine[p95] * 1000:.2f} ms (aim 5); "
        f"a scan of all {len(names.keys)} names {scan[p95] * 1000:.1f} ms: {scan[p95] / mine[p95]:.0f} ×"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--targets", type=int, default=5000)
    parser.add_argument("--repeat", type=int, default=20)
    options = parser.parse_args()
    iers.conf.auto_download = False
    iers.conf.auto_max_age = None
    warnings.simplefilter("ignore")
    one(options.repeat)
    many(options.targets, max(3, options.repeat // 4))
    grid(options.targets, max(3, options.repeat // 4))
    typing(options.repeat)


if __name__ == "__main__":
    main()
