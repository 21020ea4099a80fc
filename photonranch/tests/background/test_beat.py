"""Beat after its clock jumped back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from celery import Celery

from photonranch.background.beat import SteadyScheduler

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Beat(SteadyScheduler):
    """Notes what is due instead of sending it."""

    sent: list[str]

    def apply_async(self, entry: Any, *args: Any, **kwargs: Any) -> None:
        self.reserve(entry)
        self.sent.append(entry.name)

    def runs(self) -> list[str]:
        """What it sends until it would sleep."""
        self.sent = []
        while not self.tick():
            pass
        return sorted(self.sent)


@pytest.fixture
def beat(tmp_path: Path) -> Any:
    app = Celery("test", set_as_current=False)
    app.conf.timezone = "UTC"
    app.conf.beat_schedule = {
        "often": {"task": "often", "schedule": 15.0},
        "hourly": {"task": "hourly", "schedule": 3600.0},
    }

    def start() -> Beat:
        return Beat(app=app, schedule_filename=str(tmp_path / "beat"))

    return start


def test_it_works(beat: Any) -> None:
    with time_machine.travel(NOON, tick=False):
        running = beat()
        assert running.runs() == []
    with time_machine.travel(NOON + timedelta(seconds=16), tick=False):
        assert running.runs() == ["often"]
    with time_machine.travel(NOON + timedelta(hours=1, seconds=1), tick=False):
        assert running.runs() == ["hourly", "often"]
    running.close()


@pytest.mark.parametrize("restarted", [False, True])
def test_an_hour_back_costs_no_hour(beat: Any, restarted: bool) -> None:
    with time_machine.travel(NOON, tick=False):
        running = beat()
        running.runs()
    with time_machine.travel(NOON - timedelta(hours=1), tick=False):
        if restarted:
            running.close()
            running = beat()
        assert running.runs() == []
    with time_machine.travel(NOON - timedelta(hours=1) + timedelta(seconds=16), tick=False):
        assert running.runs() == ["often"]
    with time_machine.travel(NOON + timedelta(seconds=1), tick=False):
        assert running.runs() == ["hourly", "often"]
    running.close()
