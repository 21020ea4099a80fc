"""A fresh process: nothing downloaded, nothing written, no warnings, no Django."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

from sky.night_events import Place, night_block_of, night_events

PROGRAM = """
import json, socket, sys
from datetime import date

def refuse(*args, **kwargs):
    raise RuntimeError("the network was asked")

socket.socket.connect = socket.getaddrinfo = refuse
from sky.night_events import Place, moon_times, night_block_of, night_events

place = Place(-30.17, -70.8, "America/Santiago")
block = night_block_of(place, date(2026, 12, 31))
events = night_events(place, *block)
assert "django" not in sys.modules
print(json.dumps([events, len(moon_times(place.latitude, place.longitude, *block))]))
"""


def test_it_works(tmp_path: Path) -> None:
    place = Place(-30.17, -70.8, "America/Santiago")
    here = night_events(place, *night_block_of(place, date(2026, 12, 31)))

    fresh = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        cwd=tmp_path,
        env={
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "HOME": str(tmp_path),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert fresh.stderr == ""
    events, _ = json.loads(fresh.stdout)
    assert events == here
    assert list(tmp_path.iterdir()) == []
