"""Commands asked for, fetched, reported, taken back, expired, in any order: as a plain list would have it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from conftest import Published
from jobs import services
from jobs.models import ALTERNATE, MAIN, Job, SiteClock
from reservations.models import Reservation
from sitecfg.models import Site
from testing.cast import ADMIN, ALICE, BOB, SITE, WEMA, Api, Person, a_command, an_event

pytestmark = pytest.mark.django_db

OTHER = "mrc1"
QUEUES = (MAIN, ALTERNATE)
EVERYBODY: tuple[Person | None, ...] = (None, ALICE, BOB, ADMIN)
# What is asked for: the changes to a command, and what is special about it.
EXPOSE = {"device": "camera", "action": "expose"}
SCREEN = {"device": "screen", "action": "turn_on"}
CANCEL_ALL = {"device": "obs", "action": "cancel_all_commands"}
RESTART = {"device": "obs", "action": "observatory_restart"}
REPORTED = ("UNREAD", "RECEIVED", "STARTED", "EXPOSING", "COMPLETE", "failed", "CANCELED")
ENDS = {"COMPLETE", "FAILED", "CANCELED", "EXPIRED"}
KEPT_H = 24


@dataclass
class Command:
    """A job, as the model has it: its state on each queue."""

    ulid: str
    site: str
    at_ms: int
    alone: bool
    state: dict[str, str]

    def take_report(self, queue: str, new: str) -> None:
        """A job only moves forward, and work goes from step to step as the site likes."""
        old = self.state[queue]
        if _rank(old) < 3 and _rank(new) > 0 and (_rank(new) > _rank(old) or _rank(new) == 2):
            self.state[queue] = new


def _rank(state: str) -> int:
    known = {"UNREAD": 0, "ALTERNATE": 0, "RECEIVED": 1, **dict.fromkeys(ENDS, 3)}
    return known.get(state.upper(), 2)


class Commands(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        for model in (Job, SiteClock, Reservation, Site):
            model.objects.all().delete()
        Site.objects.create(code=SITE, kind="obs", wema=WEMA, configuration={})
        Site.objects.create(code=WEMA, kind="wema", configuration={})
        self.api = Api()
        self.jobs: list[Command] = []
        self.holder: Person | None = None
        self.held_from = self.held_until = timezone.now()
        self.events = 0
        self.travel = time_machine.travel(timezone.now(), tick=False)
        self.clock: Any = self.travel.start()

    def teardown(self) -> None:
        self.travel.stop()

    # --- Asking ------------------------------------------------------------------------------------------

    @rule(who=st.sampled_from(EVERYBODY), site=st.sampled_from([SITE, SITE, WEMA, OTHER]),
          what=st.sampled_from([EXPOSE, EXPOSE, SCREEN, CANCEL_ALL, RESTART]))  # fmt: skip
    def ask(self, who: Person | None, site: str, what: dict[str, str]) -> None:
        answer = self.api.post("/jobs/newjob", a_command(site=site, **what), as_=who)

        if not self._may(who, site):
            assert answer.status_code == 401
            return
        assert answer.status_code == 200
        if what is CANCEL_ALL:
            self._cancel_all(site)
        job = answer.json()
        assert job["timestamp_ms"] > max((each.at_ms for each in self.jobs if each.site == site), default=0)
        main = "ALTERNATE" if what is RESTART else "UNREAD"
        state = {MAIN: main, ALTERNATE: "UNREAD"}
        self.jobs.append(Command(job["ulid"], site, job["timestamp_ms"], what is SCREEN, state))

    def _may(self, who: Person | None, site: str) -> bool:
        if who is None or who is ADMIN:
            return who is ADMIN
        held = site == SITE and self.holder is not None and self.held_from <= timezone.now() < self.held_until
        return site != WEMA and (not held or who is self.holder)

    def _cancel_all(self, site: str) -> None:
        for job in self.jobs:
            if job.site == site:
                for queue in QUEUES:
                    if job.state[queue] == "UNREAD":
                        job.state[queue] = "CANCELED"
                if (job.state[MAIN], job.state[ALTERNATE]) == ("ALTERNATE", "CANCELED"):
                    job.state[MAIN] = "CANCELED"

    @precondition(lambda self: timezone.now() >= self.held_until)
    @rule(who=st.sampled_from([ALICE, BOB]), minutes=st.integers(30, 600))
    def reserve(self, who: Person, minutes: int) -> None:
        self.events += 1
        # From the next minute on: times are written in whole seconds.
        start = timezone.now().replace(microsecond=0) + timedelta(minutes=1)
        event = an_event(start, minutes, event_id=f"event-{self.events}")
        assert self.api.post("/calendar/newevent", event, as_=who).status_code == 200
        self.clock.move_to(start, tick=False)
        self.holder = who
        self.held_from, self.held_until = start, start + timedelta(minutes=minutes)

    # --- Fetching ----------------------------------------------------------------------------------------

    @rule(site=st.sampled_from([SITE, OTHER]), queue=st.sampled_from(QUEUES))
    def poll(self, site: str, queue: str) -> None:
        body = {"site": site, "alternateQueue": queue == ALTERNATE}
        got = [job["ulid"] for job in self.api.post("/jobs/getnewjobs", body).json()]

        waiting = [job for job in self.jobs if job.site == site and job.state[queue] == "UNREAD"]
        expected = waiting
        if queue == MAIN and any(job.alone for job in waiting):
            first = next(number for number, job in enumerate(waiting) if job.alone)
            expected = waiting[: max(first, 1)]
        assert got == [job.ulid for job in expected]
        for job in expected:
            job.state[queue] = "RECEIVED"

    # --- Hearing back ------------------------------------------------------------------------------------

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), status=st.sampled_from(REPORTED), queue=st.sampled_from(QUEUES))
    def report(self, data: st.DataObject, status: str, queue: str) -> None:
        job = data.draw(st.sampled_from(self.jobs))
        body = {"site": job.site, "ulid": job.ulid, "newStatus": status, "alternateQueue": queue == ALTERNATE}
        answer = self.api.post("/jobs/updatejobstatus", body)

        job.take_report(queue, status)
        assert answer.json()["statusId"] == f"{job.state[queue]}#{job.ulid}"

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), queue=st.sampled_from(QUEUES))
    def start(self, data: st.DataObject, queue: str) -> None:
        job = data.draw(st.sampled_from(self.jobs))
        body = {"site": job.site, "ulid": job.ulid, "alternateQueue": queue == ALTERNATE}
        answer = self.api.post("/jobs/startjob", body)

        job.take_report(queue, "STARTED")
        assert answer.json()["statusId"] == f"{job.state[queue]}#{job.ulid}"

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def report_from_elsewhere(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(self.jobs))
        body = {"site": "elsewhere", "ulid": job.ulid, "newStatus": "COMPLETE"}
        assert self.api.post("/jobs/updatejobstatus", body).status_code == 404

    # --- Taking back, and the clock ------------------------------------------------------------------------

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        chosen = data.draw(st.lists(st.sampled_from(self.jobs), max_size=4, unique_by=lambda job: job.ulid))
        taken = services.cancel([job.ulid for job in chosen])

        free = [
            job
            for job in chosen
            if job.state[MAIN] == "UNREAD" or tuple(job.state.values()) == ("ALTERNATE", "UNREAD")
        ]
        assert {job.ulid for job in taken} == {job.ulid for job in free}
        for job in free:
            job.state[MAIN] = "CANCELED"
            if job.state[ALTERNATE] == "UNREAD":
                job.state[ALTERNATE] = "CANCELED"

    @rule(minutes=st.integers(1, 60 * 13))
    def wait(self, minutes: int) -> None:
        self.clock.shift(timedelta(minutes=minutes))

    @rule(seconds=st.integers(1, 3))
    def clock_is_set_back(self, seconds: int) -> None:
        self.clock.shift(-timedelta(seconds=seconds))

    @rule()
    def expire(self) -> None:
        services.expire_unread()

        too_old = int(timezone.now().timestamp() * 1000) - KEPT_H * 3_600_000
        for job in self.jobs:
            for queue in QUEUES:
                if job.state[queue] == "UNREAD" and job.at_ms < too_old:
                    job.state[queue] = "EXPIRED"

    # --- At any time ---------------------------------------------------------------------------------------

    @invariant()
    def everything_is_as_the_model_has_it(self) -> None:
        kept = {ulid: (main, alternate) for ulid, main, alternate in Job.objects.values_list("pk", *QUEUES)}
        assert kept == {job.ulid: (job.state[MAIN], job.state[ALTERNATE]) for job in self.jobs}

    @invariant()
    def the_list_is_in_the_order_issued(self) -> None:
        listed = self.api.post("/jobs/getrecentjobs", {"site": SITE, "timeRange": 10**12}).json()
        assert [job["ulid"] for job in listed] == [job.ulid for job in self.jobs if job.site == SITE]


def test_in_any_order(published: Published) -> None:
    here = settings(
        max_examples=25,
        stateful_step_count=40,
        # A failing run is shown as it was: making it shorter takes minutes.
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Commands, settings=here)
