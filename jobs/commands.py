"""What a command must look like so that the site's own software survives it.

The telescopes' clients look devices up by name outside of any error handling: a job for a device they do not
have ends the process. Nothing here is a matter of permission; it is refused before it does harm.
"""

from collections.abc import Iterable
from typing import Any

from photonranch.errors import BadRequest
from photonranch.excerpts import excerpt, quoted
from sitecfg.models import Site

CANCEL_ALL = "cancel_all_commands"
# Understood for any device, known or not: the client looks no further.
STOP = frozenset([CANCEL_ALL, "stop", "cancel"])
# Meant for the watchdog that reads the alternate queue; on the main queue it would end the client.
ALTERNATE_ONLY = frozenset(["observatory_restart"])
# Not a device of the configuration: the observatory's own settings.
OBSERVATORY = "obs"


def is_stop(action: str, required_params: dict[str, Any]) -> bool:
    return action.lower() in STOP or (action == "run" and required_params.get("script") == "stopScript")


def arrives_alone(device_type: str, action: str) -> bool:
    """Whether a job must be the only one in the answer to a poll.

    The client fails over any command to a screen, and drops whatever came in the same answer.
    """
    return device_type == "screen" and action.lower() not in STOP


def check(
    site: Site | None, device: str, instance: str, action: str, required_params: dict[str, Any]
) -> None:
    """Raises BadRequest with the reason when the command would end or jam the site's client.

    Without a configuration (`site` is None), or with one that lists no devices, they cannot be checked.
    """
    if action == "run" and not required_params.get("script"):
        raise BadRequest("required_params.script: a command to run needs the name of a script.")
    if site is None or site.kind != Site.Kind.OBS or not site.devices:
        return
    if is_stop(action, required_params) or action in ALTERNATE_ONLY or device == OBSERVATORY:
        return
    instances = site.devices.get(device)
    if instances is None:
        has = f"{site.code} has no device of the type {quoted(device)}"
        raise BadRequest(f"device: {has}; it has: {_listed(site.devices)}.")
    if instance not in instances:
        has = f"{site.code} has no {excerpt(device)} named {quoted(instance)}"
        raise BadRequest(f"instance: {has}; it has: {_listed(instances)}.")


def _listed(names: Iterable[str]) -> str:
    return excerpt(", ".join(sorted(names)) or "none")
