"""When each site last called each endpoint, without a write per call.

Calls are noted in memory, and all that one process noted is written with one statement, by whichever call
finds that WRITE_EVERY_S have passed. 200 sites that poll, post and ask for their calendar make some 150 calls
a second; they cost one write in fifteen. What is shown is late by no more than that, and a process that is
killed loses no more than that.
"""

import logging
import threading
import time
from datetime import UTC, datetime
from typing import Any

from django.db import Error

from status import services
from status.models import LastSeen

log = logging.getLogger(__name__)

WRITE_EVERY_S = 15.0
# Anybody may name any site: a flood of made-up ones must not fill the memory.
MOST_NOTED = 10_000


class Notebook:
    """What this process heard and has not written yet."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.noted: dict[tuple[str, str], datetime] = {}
        self.written_at = time.monotonic()

    def note(self, site: str, endpoint: str) -> None:
        now = datetime.now(UTC)
        with self.lock:
            if len(self.noted) < MOST_NOTED:
                self.noted[site, endpoint] = now
            due = time.monotonic() - self.written_at > WRITE_EVERY_S
        if due:
            self.write()

    def take(self) -> dict[tuple[str, str], datetime]:
        with self.lock:
            taken, self.noted = self.noted, {}
            self.written_at = time.monotonic()
        return taken

    def write(self) -> None:
        """Write down what was noted. A database that does not take it costs the notes, never the call."""
        calls = self.take()
        if not calls:
            return
        try:
            services.write_calls(calls)
        except Error:
            log.exception("could not write when %d sites last called", len(calls))


notebook = Notebook()


def heard(sender: Any, site: str, endpoint: str, **_: Any) -> None:
    """Receives photonranch.api.signals.site_called."""
    notebook.note(site, endpoint)


def by_site() -> dict[str, dict[str, datetime]]:
    """Site → call → when; sites and calls in alphabetical order."""
    notebook.write()
    found: dict[str, dict[str, datetime]] = {}
    for site, endpoint, at in LastSeen.objects.order_by("site", "endpoint").values_list(
        "site", "endpoint", "at"
    ):
        found.setdefault(site, {})[endpoint] = at
    return found
