"""Whether anybody is there to make what is asked for."""

import logging
import threading
from time import monotonic

from photonranch.celery import app

log = logging.getLogger(__name__)

PING_S = 1.0
ANSWER_LASTS_S = 2.0


class Workers:
    """One question at a time, and its answer does for all who ask soon after.

    Forty calls that wait for forty zips would otherwise hold all threads of the server for a PING_S each.
    """

    def __init__(self) -> None:
        self.asking = threading.Lock()
        self.asked_at: float | None = None
        self.answered = False

    def answer(self) -> bool:
        """Takes some 50 ms when a worker is there, PING_S when none is."""
        with self.asking:
            if self.asked_at is None or monotonic() - self.asked_at > ANSWER_LASTS_S:
                self.answered = _ping()
                self.asked_at = monotonic()
            return self.answered

    def forget(self) -> None:
        self.asked_at = None


def _ping() -> bool:
    try:
        return bool(app.control.ping(timeout=PING_S, limit=1))
    except Exception:
        log.warning("the broker does not answer", exc_info=True)
        return False


workers = Workers()
