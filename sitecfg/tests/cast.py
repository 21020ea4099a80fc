"""The sites of these tests: saf under the WEMA safw, as real configurations have it."""

from typing import Any

from sitecfg import services
from testing.cast import SITE, WEMA


def wema_configuration(**changes: Any) -> dict[str, Any]:
    return {
        "instance_type": "wema",
        "wema_name": WEMA,
        "obsp_ids": [SITE],
        "latitude": 35.554298,
        "longitude": -105.870197,
        "elevation": 2187,
        "TZ_database_name": "America/Denver",
        "reference_ambient": 10.0,
        "reference_pressure": [781.0] * 12,
        "wema_types": ["observing_conditions", "enclosure"],
        "observing_conditions": {"observing_conditions1": {"driver": "x"}},
        "enclosure": {"enclosure1": {"driver": "x"}},
        **changes,
    }


def obs_configuration(**changes: Any) -> dict[str, Any]:
    return {
        "instance_type": "obs",
        "wema_name": WEMA,
        "bias_dark interval": 115.0,
        "observatory_logo": None,
        "device_types": ["mount", "camera", "filter_wheel", "telops"],
        "mount": {"eastpier": {"driver": "x"}},
        "camera": {"camera_1_1": {"settings": {"dark_exposure": 180}}},
        "filter_wheel": {"Dual filter wheel": {}},
        **changes,
    }


def put_both() -> None:
    services.put_configuration(WEMA, wema_configuration())
    services.put_configuration(SITE, obs_configuration())
