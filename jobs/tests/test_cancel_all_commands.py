"""cancel_all_commands takes what nobody fetched yet off the queues, and nothing else."""

from typing import Any

import pytest

from conftest import Published
from jobs import services, states
from jobs.models import Job
from photonranch.auth.callers import Caller
from testing.cast import SITE, Api, Person, a_command, at_once

pytestmark = pytest.mark.django_db

SOMEBODY = Caller("user", "auth0|alice", "Alice")
CANCEL = {"device": "all", "instance": "all", "action": "cancel_all_commands", "required_params": {}}


def ask(**changes: Any) -> Job:
    return services.create_job(SOMEBODY, a_command(**changes))


def state_of(job: Job) -> str:
    return Job.objects.get(pk=job.pk).status


def test_it_works(api: Api, alice: Person, published: Published) -> None:
    finished = ask()
    services.claim_unread(SITE)
    services.report(SITE, finished.ulid, status="COMPLETE")
    running = ask()
    services.claim_unread(SITE)
    waiting, elsewhere = ask(), ask(site="mrc1")
    published.clear()

    cancel = api.post("/jobs/newjob", a_command(**CANCEL), as_=alice).json()

    assert [job["ulid"] for job in services.claim_unread(SITE)] == [cancel["ulid"]]
    assert state_of(finished) == states.COMPLETE
    assert state_of(running) == states.RECEIVED
    assert state_of(waiting) == states.CANCELED
    assert state_of(elsewhere) == states.UNREAD
    assert f"CANCELED#{waiting.ulid}" in [job["statusId"] for job in published.of("jobs")]


def test_both_queues_are_emptied(published: Published) -> None:
    waiting = ask()
    restart = ask(device="all", instance="all", action="observatory_restart")

    ask(**CANCEL)

    assert [job["action"] for job in services.claim_unread(SITE, "alternate_status")] == [
        "cancel_all_commands"
    ]
    assert state_of(waiting) == state_of(restart) == states.CANCELED


def test_if_the_cancel_fails_nothing_is_cancelled(
    monkeypatch: pytest.MonkeyPatch, published: Published
) -> None:
    waiting = ask()

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(services, "insert", fail)
    with pytest.raises(RuntimeError):
        ask(**CANCEL)

    assert state_of(waiting) == states.UNREAD


@pytest.mark.django_db(transaction=True)
def test_a_command_is_fetched_or_cancelled_never_both() -> None:
    issued = {ask().ulid for _ in range(30)}

    def work(number: int) -> list[str]:
        if number == 0:
            return [ask(**CANCEL).ulid]
        return [job["ulid"] for _ in range(3) for job in services.claim_unread(SITE)]

    results = at_once(5, work)
    fetched = {ulid for mine in results[1:] for ulid in mine} & issued
    cancelled = set(Job.objects.filter(status=states.CANCELED).values_list("pk", flat=True))
    assert not fetched & cancelled
    assert fetched | cancelled == issued
