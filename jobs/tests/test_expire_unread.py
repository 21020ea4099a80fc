"""What nobody fetched for a day is not delivered any more."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from conftest import Published
from jobs import services, states, tasks
from jobs.models import ALTERNATE, Job, Jobs
from photonranch.auth.callers import Caller
from testing.cast import SITE, a_command

pytestmark = pytest.mark.django_db

SOMEBODY = Caller("user", "auth0|alice", "Alice")


def ask(hours_ago: float) -> Job:
    with time_machine.travel(timezone.now() - timedelta(hours=hours_ago)):
        return services.create_job(SOMEBODY, a_command())


def test_it_works(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Jobs, "MAX_AT_ONCE", 2)
    old = [ask(hours_ago).ulid for hours_ago in (30, 29, 28, 27, 26)]
    young = ask(23)
    published.clear()

    tasks.expire_unread()

    assert [job["ulid"] for job in services.claim_unread(SITE)] == [young.ulid]
    assert set(Job.objects.filter(status=states.EXPIRED).values_list("pk", flat=True)) == set(old)
    expired = [job["ulid"] for job in published.of("jobs") if job["statusId"].startswith("EXPIRED")]
    assert set(expired) == set(old)


def test_each_queue_by_itself(published: Published) -> None:
    job = ask(30)
    services.claim_unread(SITE)

    services.expire_unread()

    job.refresh_from_db()
    assert (job.status, job.alternate_status) == (states.RECEIVED, states.EXPIRED)
    assert services.claim_unread(SITE, ALTERNATE) == []
