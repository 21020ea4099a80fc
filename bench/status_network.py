"""Twenty sites that post their status to a real server, and whether it knows in the end what they said.

    python -m bench.status_network                  as fast as it goes
    python -m bench.status_network --every 5        at the pace of real sites, for a minute

The posts have the shape of the network's own test script: numbers as text, null leaves, a random part of the
keys in each post. What the server knows afterwards must equal a plain merge of the same posts in memory, and
every leaf must carry the time that the server gave to the last post that named it.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3

ROOT = Path(__file__).resolve().parent.parent
SITES = 20
ROUNDS = 12  # a minute of posts every five seconds

Document = dict[str, Any]


# --- What a site says --------------------------------------------------------------------------------------


def number(rng: random.Random) -> str | None:
    """A reading as the script sends it: text, now and then nothing."""
    return None if rng.random() < 0.1 else f"{rng.uniform(-90, 360):.3f}"


def flag(rng: random.Random) -> str:
    return rng.choice(["true", "false"])


DEVICE = {
    "mount": ["right_ascension", "declination", "altitude", "azimuth", "airmass", "sidereal_time"],
    "focuser": ["focus_position", "focus_temperature", "comp"],
    "rotator": ["position_angle", "rotator_moving"],
    "camera": ["status", "darkslide", "active_camera"],
    "filter_wheel": ["filter_name", "filter_number", "wheel_is_moving"],
}
WEATHER = ["wx_ok", "temperature_C", "humidity_%", "wind_m/s", "sky_temp_C", "photometric extinction k'"]
ENCLOSURE = ["shutter_status", "enclosure_mode", "dome_azimuth", "dome_slewing"]
SETTINGS = ["sun_safety_mode", "lowest_altitude", "morning_flats_done"]


def some(rng: random.Random, keys: list[str]) -> Document:
    """A random part of `keys`, each with a value."""
    chosen = rng.sample(keys, rng.randint(0, len(keys)))
    return {key: rng.choice([number, number, flag])(rng) for key in chosen}


def device(rng: random.Random) -> Document:
    kinds = rng.sample(sorted(DEVICE), rng.randint(1, len(DEVICE)))
    status = {kind: {f"{kind}1": some(rng, DEVICE[kind])} for kind in kinds}
    return {**status, "screen": {}, "timestamp": time.time() / 2, "send_heartbeat": False}


def posts(rng: random.Random) -> list[tuple[str, Document]]:
    """What one site says in one round: (status type, status)."""
    weather = {"observing_conditions": {"observing_conditions1": some(rng, WEATHER)}}
    enclosure = {"enclosure": {"enclosure1": some(rng, ENCLOSURE)}}
    return [
        ("device", device(rng)),
        ("device", {"mount": {"mount1": some(rng, DEVICE["mount"])}}),
        ("weather", weather),
        ("enclosure", enclosure),
        ("obs_settings", {"obs_settings": some(rng, SETTINGS)}),
        ("wxEncStatus", {**weather, **enclosure}),
    ]


# --- What it should come to --------------------------------------------------------------------------------


def merge(known: Document, said: Document) -> None:
    for key, value in said.items():
        if isinstance(value, dict) and isinstance(known.get(key), dict):
            merge(known[key], value)
        else:
            known[key] = value


def stamped(status: Document, when: int) -> Document:
    """`status` as plainly as it can be said: three levels of objects, then a value and its time."""
    result: Document = json.loads(json.dumps(status))
    for instances in result.values():
        for values in instances.values() if isinstance(instances, dict) else ():
            for key in values if isinstance(values, dict) else ():
                values[key] = {"val": values[key], "timestamp": when}
    return result


# --- The run -----------------------------------------------------------------------------------------------


def run_site(base: str, site: str, rounds: int, every_s: float) -> tuple[int, dict[str, Document]]:
    """Post `rounds` rounds; how many posts there were, and what is known per type by a merge in memory."""
    rng = random.Random(site)
    http = urllib3.PoolManager(timeout=20, retries=False)
    known: dict[str, Document] = {}
    sent = 0
    started = time.monotonic()
    for number_of_round in range(rounds):
        time.sleep(max(0.0, started + number_of_round * every_s - time.monotonic()))
        for status_type, status in posts(rng):
            body = json.dumps({"statusType": status_type, "status": status})
            answer = http.request("POST", f"{base}/status/{site}/status/", body=body)
            assert answer.status == 200, answer.data
            merge(known.setdefault(status_type, {}), stamped(status, answer.json()["server_timestamp_ms"]))
            sent += 1
    return sent, known


def differences(base: str, site: str, known: dict[str, Document]) -> list[str]:
    """The types of which the server knows something else than was said."""
    http = urllib3.PoolManager(timeout=20, retries=False)
    return [
        f"{site} {status_type}"
        for status_type, expected in known.items()
        if http.request("GET", f"{base}/status/{site}/{status_type}").json()["status"] != expected
    ]


def run(base: str, every_s: float = 0, sites: int = SITES, rounds: int = ROUNDS) -> tuple[int, list[str]]:
    """How many posts `sites` sites made at the same time, and where the server knows something else."""
    # A server that is not new may know these names from the last run.
    names = [f"net{os.getpid()}x{site}" for site in range(sites)]
    with ThreadPoolExecutor(sites) as threads:
        done = list(threads.map(lambda site: run_site(base, site, rounds, every_s), names))
    wrong = [
        difference
        for site, (_, known) in zip(names, done, strict=True)
        for difference in differences(base, site, known)
    ]
    return sum(sent for sent, _ in done), wrong


@contextmanager
def server(**environment: str) -> Iterator[str]:
    """A real server in a process of its own, with nothing in it; its address."""
    with tempfile.TemporaryDirectory(prefix="photonranch-network-") as folder:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", "0"],
            cwd=ROOT,
            env={**os.environ, "VAR_DIR": folder, "DEMO": "0", "HOST": "127.0.0.1", **environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            said = (re.search(r"(http://127\.0\.0\.1:\d+)/", line) for line in process.stdout)
            yield next(match[1] for match in said if match)
        finally:
            process.terminate()
            process.communicate(timeout=30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=float, default=0, help="seconds between two rounds of a site")
    every_s = parser.parse_args().every
    with server(LOG_LEVEL="WARNING") as base:
        started = time.monotonic()
        sent, wrong = run(base, every_s)
        spent = time.monotonic() - started
    print(f"{SITES} sites, {sent} posts in {spent:.1f} s ({sent / spent:.0f} a second)")
    print("every document equals the merge in memory" if not wrong else f"different: {', '.join(wrong)}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
