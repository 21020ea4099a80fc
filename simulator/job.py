"""A command as an observatory fetches it."""

from dataclasses import dataclass
from typing import Any

STOPS = ("cancel_all_commands", "stop", "cancel")


class Refused(Exception):
    """The observatory does not do what it was told; the text says why, to people."""


@dataclass(frozen=True)
class Job:
    ulid: str
    timestamp_ms: int
    device_type: str
    device_instance: str
    action: str
    required: dict[str, Any]
    optional: dict[str, Any]
    user_id: str
    user_name: str
    roles: str

    @classmethod
    def of(cls, job: dict[str, Any]) -> "Job":
        """From the job object; raises KeyError for one that lacks a key, as the real programs do."""
        return cls(
            ulid=job["ulid"],
            timestamp_ms=job["timestamp_ms"],
            device_type=job["deviceType"],
            device_instance=job["deviceInstance"],
            action=job["action"],
            required=job["required_params"] or {},
            optional=job["optional_params"] or {},
            user_id=job["user_id"],
            user_name=job["user_name"],
            # A list, or its JSON as the original server had it: looked into as text, like the real ones do.
            roles=str(job["user_roles"]),
        )

    @property
    def is_stop(self) -> bool:
        scripted = self.action == "run" and self.required.get("script") == "stopScript"
        return self.action.lower() in STOPS or scripted

    @property
    def by_admin(self) -> bool:
        return "admin" in self.roles or "owner" in self.roles

    def number(self, key: str, default: float | None = None) -> float:
        """A parameter, which web pages send as text. Raises Refused."""
        value = self.required.get(key, self.optional.get(key, default))
        try:
            number = float(value)  # type: ignore[arg-type]  # whatever came: that is what is found out
        except (TypeError, ValueError):
            raise Refused(f"{self.action}: {key} must be a number, not {value!r}.") from None
        if not abs(number) < 1e9:
            raise Refused(f"{self.action}: {key} is out of range.")
        return number

    @property
    def object_name(self) -> str:
        """What is pointed at. Web pages write "empty" where a person left the field empty."""
        name = (self.text("object") or self.text("object_name")).strip()
        return "" if name.lower() == "empty" else name

    def text(self, key: str, default: str = "") -> str:
        return str(self.required.get(key, self.optional.get(key, default)) or default)
