"""How deep the queues are and were, what is under way, what died."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from photonranch.celery import app
from pipe import services, tasks
from pipe.models import Depth, Item, Queue, Sample, now_ms
from testing.cast import Api, text

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 7, 11, 12, tzinfo=UTC)


def fill(name: str, count: int) -> None:
    if not Queue.objects.filter(name=name).exists():
        services.create_queue(name)
    services.enqueue(name, [services.NewItem({"n": n}, "tests") for n in range(count)])


def test_it_works(api: Api) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        fill("busy", 3)
        services.create_queue("idle")
        services.take("busy", lease_s=600)
        tasks.sample_depths()
        clock.shift(timedelta(minutes=1))
        services.take("busy")
        fill("late", 1)
        tasks.sample_depths()

        at = int(NOON.timestamp() * 1000)
        assert api.get("/api/pipe/depths").json() == {
            "times": [at, at + 60_000],
            "queues": {
                "busy": {"waiting": [2, 1], "leased": [1, 1]},
                "late": {"waiting": [0, 1], "leased": [0, 0]},
            },
        }


def test_a_minute_is_noted_once() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        tasks.sample_depths()
        clock.shift(timedelta(seconds=59))
        fill("late", 1)
        tasks.sample_depths()

        assert [(each.at, each.depths) for each in Sample.objects.all()] == [(now_ms() - 59_000, {})]


def test_two_days_are_kept(api: Api) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        tasks.sample_depths()
        clock.shift(timedelta(hours=36))
        tasks.sample_depths()
        assert len(api.get("/api/pipe/depths", {"hours": "48"}).json()["times"]) == 2
        assert len(api.get("/api/pipe/depths").json()["times"]) == 1
        clock.shift(timedelta(hours=13))
        tasks.sample_depths()

        assert Sample.objects.count() == 2


@pytest.mark.parametrize("hours", ["0", "-1", "49", "many"])
def test_wrong_hours_are_named(api: Api, hours: str) -> None:
    answer = api.get("/api/pipe/depths", {"hours": hours})

    assert answer.status_code == 400
    assert text(answer).startswith("hours: ")


def test_of_many_queues_the_deepest_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_SAMPLED", 2)
    for name, count in (("a", 1), ("b", 3), ("c", 2)):
        fill(name, count)
    tasks.sample_depths()

    assert Sample.objects.get().depths == {"b": [3, 0], "c": [2, 0]}


def test_depths_take_five_questions(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for name in "abcdef":
        fill(name, 4)
        services.take(name, lease_s=60)
    services.delete_queue("f")

    with django_assert_num_queries(5):
        found = Queue.objects.depths(now_ms())

    oldest = Item.objects.filter(queue__name="a", leased_until=None).order_by("seq")[0]
    assert found["a"] == Depth(3, 1, oldest.created_at)
    assert sorted(found) == list("abcde")


def test_a_lease_that_ended_waits_again() -> None:
    fill("a", 1)
    services.take("a", lease_s=60)
    later = now_ms() + 61_000

    assert Queue.objects.depths(now_ms())["a"][:2] == (0, 1)
    assert Queue.objects.depths(later)["a"][:2] == (1, 0)


def test_leases_are_shown_without_what_opens_them(api: Api) -> None:
    fill("a", 2)
    first = services.take("a", lease_s=600)
    second = services.take("a", lease_s=60)
    assert first
    assert second

    found = api.get("/api/pipe/leases").json()
    assert found == [
        {
            "id": item.id,
            "queue_name": "a",
            "created_at": item.created_at,
            "sender": "tests",
            "attempts": 1,
            "leased_until": item.leased_until,
        }
        for item in (second, first)
    ]


def test_the_dead_say_how_often_they_were_tried(api: Api) -> None:
    fill("a", 1)
    for _ in range(services.MOST_ATTEMPTS):
        item = services.take("a", lease_s=60)
        assert item
        services.give_back(str(item.receipt))

    [dead] = api.get("/api/pipe/dead").json()
    assert (dead["queue_name"], dead["attempts"], "leased_until" in dead) == ("a.dead", 5, False)
    assert api.get("/api/pipe/leases").json() == []


def test_it_runs_every_minute() -> None:
    assert app.conf.beat_schedule["sample-depths"]["schedule"] == 60
