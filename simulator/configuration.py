"""The configurations that simulated sites put: the demo sites' own, or theirs by another name, elsewhere."""

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.place import Place

FOLDER = Path(__file__).resolve().parent.parent / "sitecfg" / "demo_sites"
DEMO = "saf"
# Where others stand: latitudes at which real observatories do, degrees north.
LATITUDES = (34.5, -30.2, 28.3, 19.8, -24.6, 32.7, 37.1, -31.3)


@dataclass(frozen=True)
class Site:
    """An observatory and the weather and enclosure manager (WEMA) under whose roof it stands."""

    code: str
    wema_code: str
    configuration: dict[str, Any]
    wema_configuration: dict[str, Any]

    @property
    def place(self) -> Place:
        return Place.of(self.wema_configuration)

    @property
    def passes_frames_on(self) -> bool:
        """Whether PIPE is told of its frames."""
        return bool(self.configuration.get("push_file_list_to_pipe_queue"))

    @property
    def seed(self) -> int:
        """The same for the same code, in every process."""
        return zlib.crc32(self.code.encode())


def demo_site() -> Site:
    """The demo observatory saf and its WEMA safw."""
    obs, wema = (json.loads((FOLDER / f"{code}.json").read_bytes()) for code in (DEMO, f"{DEMO}w"))
    return Site(DEMO, str(obs["wema_name"]), obs, wema)


def site(code: str, number: int = 0) -> Site:
    """A site of that code. Those with different numbers stand around the world, so that it is always night
    somewhere."""
    demo = demo_site()
    if code == DEMO:
        return demo
    wema_code = f"{code}w"
    name = f"Simulated observatory {code}"
    obs = {**demo.configuration, "site": code, "obs_id": code, "wema_name": wema_code, "name": name}
    zone = number * 7 % 24 - 11
    wema = {
        **demo.wema_configuration,
        "wema_name": wema_code,
        "obsp_ids": [code],
        "name": f"{name}, weather and roof",
        "latitude": LATITUDES[number % len(LATITUDES)],
        "longitude": float(zone * 15),
        # In these names west is positive.
        "TZ_database_name": f"Etc/GMT{-zone:+d}" if zone else "Etc/GMT",
        "timezone": f"UTC{zone:+d}",
        "time_offset": zone,
    }
    return Site(code, wema_code, obs, wema)


def many(count: int) -> list[Site]:
    """sim01, sim02 …; one site is the demo's."""
    if count == 1:
        return [demo_site()]
    return [site(f"sim{number:02d}", number) for number in range(1, count + 1)]
