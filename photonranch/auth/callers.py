"""Whoever sent a request, as every app sees them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request.

    `kind` is "user" for a person (token or session), "site", "pipe" or "datastream" for a machine that showed
    such a key, and "anonymous" for everybody else. `site` is the site that a site's key belongs to, `key` the
    first characters of any key. `rejected` says why a credential that came along did not count.
    """

    kind: Literal["anonymous", "user", "site", "pipe", "datastream"] = "anonymous"
    user_id: str = ""
    user_name: str = ""
    roles: tuple[str, ...] = ()
    site: str = ""
    key: str = ""
    rejected: str = ""

    @property
    def is_authenticated(self) -> bool:
        return self.kind != "anonymous"

    @property
    def is_admin(self) -> bool:
        return "admin" in self.roles

    @property
    def is_scheduler(self) -> bool:
        """A program that plans for all: what it puts into the calendar may lie over people's time."""
        return "scheduler" in self.roles

    @property
    def signature(self) -> str:
        """What a record says of who did something; empty for nobody."""
        return self.user_id or (f"key {self.key}…" if self.key else "")


ANONYMOUS = Caller()
