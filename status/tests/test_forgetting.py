"""Devices that were renamed or taken away are forgotten; sites that are off are not."""

import pytest

from conftest import Published
from status import services, tasks
from status.models import Status

pytestmark = pytest.mark.django_db

DAY_MS = 86_400_000


def at(monkeypatch: pytest.MonkeyPatch, day: float) -> None:
    monkeypatch.setattr("status.services.time.time_ns", lambda: int(day * DAY_MS) * 1_000_000)


def test_it_works(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 100)
    services.report("saf", "device", {"camera": {"old_name": {"a": 1}, "kept": {"gone": 1, "b": 1}}, "x": 1})
    at(monkeypatch, 107.1)
    services.report("saf", "device", {"camera": {"new_name": {"a": 1}, "kept": {"b": 2}}})

    tasks.forget_silent_devices()

    document = Status.objects.get().document
    assert set(document["camera"]) == {"kept", "new_name"}
    assert set(document["camera"]["kept"]) == {"b"}
    assert document["x"] == 1


def test_a_site_that_is_off_keeps_what_it_last_said(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, 100)
    services.report("saf", "device", {"camera": {"kept": {"a": 1}}})
    at(monkeypatch, 200)

    assert services.forget_silent_devices() == 0
    assert set(Status.objects.get().document["camera"]) == {"kept"}
