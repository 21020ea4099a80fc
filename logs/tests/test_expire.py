"""Messages are removed after seven days."""

from datetime import timedelta

import pytest
from django.utils import timezone

from logs import services, tasks
from logs.models import LogMessage

pytestmark = pytest.mark.django_db


def keep(text: str, days_old: float) -> None:
    message = services.add("saf", text)
    LogMessage.objects.filter(pk=message.pk).update(received_at=timezone.now() - timedelta(days=days_old))


def test_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    for number in range(5):
        keep(f"old {number}", days_old=7.01)
    keep("young", days_old=6.99)

    tasks.expire()

    assert [message.message for message in LogMessage.objects.all()] == ["young"]


def test_the_sender_s_clock_does_not_matter() -> None:
    services.add("saf", "from a machine whose clock is wrong", timestamp=0)

    assert services.expire() == 0
