"""Items enqueued, taken, leased, done, given back, forgotten, dead, in any order: as plain lists would."""

from collections.abc import Iterator
from dataclasses import dataclass, field
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
from pipe import services
from pipe.models import Item, Queue, now_ms
from sitecfg.models import Site
from testing.cast import SITE, Api

pytestmark = pytest.mark.django_db

NAMES = ("work", "work.dead", SITE, "elsewhere")
MOST_ATTEMPTS = 5


@dataclass
class Thing:
    """An item, as the model has it. Its place is the number of its payload, which grows."""

    payload: int
    attempts: int = 0
    leased_until: int | None = None
    receipt: str = ""

    def waits(self, at_ms: int) -> bool:
        return self.leased_until is None or self.leased_until <= at_ms

    def let_go(self) -> None:
        self.leased_until = None


@dataclass
class Model:
    queues: dict[str, list[Thing]] = field(default_factory=dict)
    receipts: list[str] = field(default_factory=list)

    def settle(self, name: str, at_ms: int) -> None:
        """Bring back whose lease has ended, to their old place or to the dead."""
        for thing in list(self.queues.get(name, [])):
            if thing.leased_until is not None and thing.leased_until <= at_ms:
                self.give_back(name, thing)

    def give_back(self, name: str, thing: Thing) -> None:
        thing.let_go()
        if thing.attempts >= MOST_ATTEMPTS and not name.endswith(".dead"):
            self.queues[name].remove(thing)
            self.queues.setdefault(f"{name}.dead", []).append(thing)
            self.queues[f"{name}.dead"].sort(key=lambda each: each.payload)

    def oldest(self, name: str, at_ms: int) -> Thing | None:
        self.settle(name, at_ms)
        return next((thing for thing in self.queues.get(name, []) if thing.waits(at_ms)), None)

    def held(self, receipt: str, at_ms: int) -> tuple[str, Thing] | None:
        for name, thing in self.all():
            if thing.receipt == receipt and not thing.waits(at_ms):
                return name, thing
        return None

    def all(self) -> Iterator[tuple[str, Thing]]:
        for name, things in self.queues.items():
            for thing in things:
                yield name, thing


class Queues(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        Item.objects.all().delete()
        Queue.objects.all().delete()
        Site.objects.get_or_create(code=SITE, defaults={"kind": "obs", "configuration": {}})
        self.api = Api()
        self.model = Model({"work": []})
        services.create_queue("work")
        self.sent = 0
        self.travel = time_machine.travel(timezone.now(), tick=False)
        self.clock: Any = self.travel.start()

    def teardown(self) -> None:
        self.travel.stop()

    # --- Queues ------------------------------------------------------------------------------------------

    @rule(name=st.sampled_from(NAMES[:3]))
    def create(self, name: str) -> None:
        answer = self.api.post("/api/pipe/queue", {"queue_name": name})
        assert answer.status_code == (409 if name in self.model.queues else 200)
        self.model.queues.setdefault(name, [])

    @rule(name=st.sampled_from(NAMES))
    def delete(self, name: str) -> None:
        answer = self.api.delete(f"/api/pipe/queue/{name}")
        assert answer.status_code == (200 if name in self.model.queues else 404)
        self.model.queues.pop(name, None)

    @precondition(lambda self: "work" in self.model.queues)
    @rule()
    def empty(self) -> None:
        services.empty_queue("work")
        self.model.queues["work"] = []

    # --- In and out ----------------------------------------------------------------------------------------

    @rule(name=st.sampled_from(["work", "work", "work", SITE, "elsewhere"]), count=st.integers(1, 4))
    def enqueue(self, name: str, count: int) -> None:
        things = [Thing(self.sent + number) for number in range(count)]
        self.sent += count
        items = [{"payload": thing.payload} for thing in things]
        answer = self.api.post("/api/pipe/enqueue_batch", {"queue_name": name, "items": items})

        if name == SITE:
            self.model.queues.setdefault(name, [])
        assert answer.status_code == (200 if name in self.model.queues else 404)
        self.model.queues.get(name, []).extend(things)

    @rule(name=st.sampled_from(NAMES))
    def take(self, name: str) -> None:
        answer = self.api.post(f"/api/pipe/queue/{name}/dequeue")
        expected = self.model.oldest(name, now_ms())
        if expected is None:
            assert answer.status_code == 404
            return
        assert answer.json()["payload"] == expected.payload
        self.model.queues[name].remove(expected)

    @rule(name=st.sampled_from(["work", "work", *NAMES]), seconds=st.integers(1, 600))
    def lease(self, name: str, seconds: int) -> None:
        answer = self.api.post(f"/api/pipe/queue/{name}/dequeue", {"lease_s": seconds})
        expected = self.model.oldest(name, now_ms())
        if expected is None:
            assert answer.status_code == 404
            return
        item = answer.json()
        expected.attempts += 1
        expected.leased_until, expected.receipt = now_ms() + seconds * 1000, item["receipt"]
        assert (item["payload"], item["attempts"]) == (expected.payload, expected.attempts)
        assert item["leased_until"] == expected.leased_until
        assert item["receipt"] not in self.model.receipts
        self.model.receipts.append(item["receipt"])

    # --- Leases --------------------------------------------------------------------------------------------

    @precondition(lambda self: self.model.receipts)
    @rule(data=st.data(), how=st.sampled_from(["ack", "nack", "nack", "nack", "extend"]))
    def use_receipt(self, data: st.DataObject, how: str) -> None:
        """Any that was ever given; the last ones more often."""
        receipts = self.model.receipts
        self._use(how, data.draw(st.sampled_from(receipts[-3:]) | st.sampled_from(receipts)))

    def _use(self, how: str, receipt: str) -> None:
        answer = self.api.post(f"/api/pipe/{how}", {"receipt": receipt, "lease_s": 60})

        held = self.model.held(receipt, now_ms())
        assert answer.status_code == (200 if held else 404)
        if held is None:
            return
        name, thing = held
        if how == "ack":
            self.model.queues[name].remove(thing)
        elif how == "nack":
            self.model.give_back(name, thing)
        else:
            thing.leased_until = now_ms() + 60_000
            assert answer.json()["leased_until"] == thing.leased_until

    @rule(times=st.integers(2, MOST_ATTEMPTS))
    def fail_at_the_oldest(self, times: int) -> None:
        for _ in range(times):
            self.lease("work", 60)
            if self.model.receipts:
                self._use("nack", self.model.receipts[-1])

    @rule(seconds=st.integers(1, 900))
    def wait(self, seconds: int) -> None:
        self.clock.shift(timedelta(seconds=seconds))

    @rule()
    def return_ended(self) -> None:
        services.return_ended()
        for name in list(self.model.queues):
            self.model.settle(name, now_ms())

    @rule()
    def purge(self) -> None:
        """What nobody sees any more goes; nothing else does."""
        services.purge()
        assert not Queue.objects.filter(name=None).exists()

    # --- Staff ---------------------------------------------------------------------------------------------

    @rule()
    def put_the_dead_back(self) -> None:
        dead = Item.objects.dead().filter(leased_until=None).values_list("pk", flat=True)
        count = services.requeue(list(dead))

        free = [thing for thing in self.model.queues.get("work.dead", []) if thing.leased_until is None]
        assert count == len(free)
        for thing in free:
            self.model.queues["work.dead"].remove(thing)
            thing.attempts = 0
            self.model.queues.setdefault("work", []).append(thing)
        self.model.queues.get("work", []).sort(key=lambda each: each.payload)

    @rule()
    def end_all_leases(self) -> None:
        leased = [(name, thing) for name, thing in self.model.all() if thing.leased_until is not None]
        assert services.release(list(Item.objects.values_list("pk", flat=True))) == len(leased)
        for name, thing in leased:
            self.model.give_back(name, thing)

    # --- At any time ---------------------------------------------------------------------------------------

    @invariant()
    def what_waits_is_as_the_model_has_it(self) -> None:
        at = now_ms()
        waiting = {
            name: [thing.payload for thing in things if thing.waits(at)]
            for name, things in self.model.queues.items()
        }
        assert self.api.get("/api/pipe/queues").json() == {name: len(each) for name, each in waiting.items()}
        for name, payloads in waiting.items():
            seen = self.api.get(f"/api/pipe/queue/{name}", {"limit": 1000}).json()
            assert [item["payload"] for item in seen] == payloads

    @invariant()
    def what_is_leased_is_as_the_model_has_it(self) -> None:
        at = now_ms()
        leased = {
            (item["queue_name"], item["leased_until"], item["attempts"])
            for item in self.api.get("/api/pipe/leases").json()
        }
        held = [(name, thing) for name, thing in self.model.all() if not thing.waits(at)]
        assert leased == {(name, thing.leased_until, thing.attempts) for name, thing in held}


def test_in_any_order(published: Published) -> None:
    here = settings(
        max_examples=15,
        stateful_step_count=40,
        # A failing run is shown as it was: making it shorter takes minutes.
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Queues, settings=here)
