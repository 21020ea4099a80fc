"""Celery's beat scheduler, which a clock that is set back does not hold up.

Celery's reckons from the time when each entry last ran. After the clock was set back by an hour every entry
would be due an hour late.

Gain: after the clock was set back by 1 h, what runs by it is not late; it was, by 1 h.
Version: celery 5.7.0
Upstream: https://github.com/celery/celery/issues/6742
Guarded by: photonranch/tests/background/test_beat.py
Way back: delete this file, and `CELERY_BEAT_SCHEDULER` in photonranch/settings.py.
"""

from typing import Any

from celery.beat import PersistentScheduler


class SteadyScheduler(PersistentScheduler):
    """Takes what last ran in the future for run just now."""

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        self.come_back_from_the_future()
        return super().tick(*args, **kwargs)

    def come_back_from_the_future(self) -> None:
        """Also what the file says, which was kept from before a restart."""
        now = self.app.now()
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at and entry.last_run_at > now]
        for entry in ahead:
            entry.last_run_at = now
        if ahead:
            # The order in which entries come due was reckoned with the old times: make it anew.
            self._heap = None
