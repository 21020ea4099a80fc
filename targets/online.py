"""Names that nobody here knows, asked of CDS's Sesame and the Minor Planet Center (TARGETS_ONLINE=1).

Answers are kept for a day in the cache, and that there is none for ten minutes, so that typing ahead costs
one request a name. Every request has one deadline and one size; whatever fails is a name that nobody knows.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from typing import Any, Final
from urllib.parse import quote

import urllib3
from django.conf import settings
from django.core.cache import cache

from photonranch.bounded_http import TooLong, read_in_time
from sky.paths import BadTarget, OrbitPath, Star
from targets.moving import elements_of, epoch_of
from targets.target import Target

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 3.0
MAX_BYTES: Final = 100_000
KEEP_S: Final = 24 * 3600
KEEP_NOTHING_S: Final = 600
SHORTEST_NAME: Final = 3

_pool = urllib3.PoolManager(maxsize=4, retries=False)


def resolve(name: str) -> Target | None:
    """The object that Sesame, or else the MPC, knows by this name; None, too, where the network is not
    asked."""
    if not settings.TARGETS_ONLINE or len(name) < SHORTEST_NAME:
        return None
    key = f"targets:online:{hashlib.sha256(name.casefold().encode()).hexdigest()[:40]}"
    kept = cache.get(key)
    if kept is None:
        kept = _sesame(name) or _mpc(name) or {}
        cache.set(key, kept, KEEP_S if kept else KEEP_NOTHING_S)
    return _target(name, kept) if kept else None


def _target(name: str, known: dict[str, Any]) -> Target | None:
    if "elements" not in known:
        star = Star(known["ra"], known["dec"])
        return Target(known["name"], known["kind"], "CDS Sesame", star=star, aliases=(name,))
    try:
        elements = elements_of(known["elements"])
    except BadTarget as problem:
        log.warning("the MPC's elements of %s cannot be used: %s", known["name"], problem)
        return None
    epoch = f"elements of {epoch_of(elements):%Y-%m-%d}"
    return Target(known["name"], "minor body", "Minor Planet Center", path=OrbitPath(elements), epoch=epoch)


def _sesame(name: str) -> dict[str, Any] | None:
    """Lines such as `%J 10.684708 +41.268750 = …` (Sesame's plain form, -oI)."""
    text = _asked("GET", f"{settings.TARGETS_SESAME_URL}/-oI/SNV?{quote(name)}")
    lines = {line[:2]: line for line in reversed((text or b"").decode(errors="replace").splitlines())}
    try:
        ra, dec = (float(part) for part in lines["%J"][2:].split()[:2])
    except (KeyError, ValueError):
        return None
    kind = lines.get("%C", "").partition(" ")[2].strip() or "object"
    called = lines.get("%I", "").partition(" ")[2].strip() or name
    if not (0 <= ra <= 360 and -90 <= dec <= 90):
        return None
    return {"name": called[:100], "kind": kind[:40], "ra": ra, "dec": dec}


def _mpc(name: str) -> dict[str, Any] | None:
    """The MPC's orbits API: the elements of the cometary form, and their epoch."""
    text = _asked("GET", settings.TARGETS_MPC_URL, json.dumps({"desig": name}).encode())
    try:
        orbit = json.loads(text or b"")[0]["mpc_orb"]
        values = dict(
            zip(orbit["COM"]["coefficient_names"], orbit["COM"]["coefficient_values"], strict=False)
        )
        given = {
            "q": values["q"],
            "e": values["e"],
            "i": values["i"],
            "node": values["node"],
            "w": values["argperi"],
            "tp": values["peri_time"],
            "epoch": orbit["epoch_data"]["epoch"],
        }
        elements_of(given)
    except (ValueError, LookupError, TypeError, BadTarget):
        return None
    return {"name": name[:100], "elements": given}


def _asked(method: str, url: str, body: bytes | None = None) -> bytes | None:
    deadline = time.monotonic() + TIMEOUT_S
    headers = {"User-Agent": "photonranch", **({"Content-Type": "application/json"} if body else {})}
    try:
        answer = _pool.request(
            method, url, body=body, headers=headers, timeout=TIMEOUT_S, preload_content=False, redirect=False
        )
        try:
            return read_in_time(answer, deadline, MAX_BYTES) if answer.status == 200 else None
        finally:
            answer.close()
    except (urllib3.exceptions.HTTPError, TooLong) as problem:
        log.warning("names cannot be asked at %s: %s", url.partition("?")[0], type(problem).__name__)
        return None
