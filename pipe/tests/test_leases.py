"""Items on lease: held, acknowledged, returned, and after too many attempts put aside."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conftest import Published
from pipe import models, services, tasks
from pipe.models import Item
from testing.cast import Api, text

pytestmark = pytest.mark.django_db

PATH = "/api/pipe/queue/work/dequeue"


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], int]:
    """`later(60)`: the server's clock goes on by a minute; returns what it shows, in ms."""
    clock = [models.now_ms()]
    for module in ("services", "views"):
        monkeypatch.setattr(f"pipe.{module}.now_ms", lambda: clock[0])

    def go_on(seconds: float) -> int:
        clock[0] += int(seconds * 1000)
        return clock[0]

    return go_on


@pytest.fixture(autouse=True)
def _work(db: None) -> None:
    services.create_queue("work")
    services.enqueue("work", [services.NewItem(number) for number in (1, 2, 3)])


def lease(api: Api, seconds: float = 60) -> Any:
    return api.post(PATH, {"lease_s": seconds}).json()


def waiting(api: Api, queue_name: str = "work") -> list[int]:
    return [item["payload"] for item in api.get(f"/api/pipe/queue/{queue_name}").json()]


def test_it_works(api: Api, published: Published) -> None:
    item = lease(api, 600)

    assert item["payload"] == 1
    assert item["attempts"] == 1
    assert item["leased_until"] - item["created_at"] >= 600_000
    assert waiting(api) == [2, 3]
    assert api.get("/api/pipe/queues").json() == {"work": 2}
    answer = api.post("/api/pipe/ack", {"receipt": item["receipt"]})
    assert (answer.status_code, answer.json()) == (200, {"message": f"Item acknowledged: {item['id']}"})
    assert Item.objects.count() == 2
    assert [frame["event"] for frame in published.of("pipe")] == ["leased", "acknowledged"]


def test_a_receipt_serves_once(api: Api) -> None:
    receipt = lease(api)["receipt"]
    assert api.post("/api/pipe/ack", {"receipt": receipt}).status_code == 200

    for call in ("ack", "nack", "extend"):
        answer = api.post(f"/api/pipe/{call}", {"receipt": receipt, "lease_s": 5})
        assert answer.status_code == 404
        assert text(answer).startswith("receipt: ")
    assert waiting(api) == [2, 3]


def test_an_item_whose_lease_ends_comes_back_at_its_old_place(
    api: Api, later: Callable[[float], int], published: Published
) -> None:
    late = lease(api, 60)
    later(59)
    assert api.post(PATH).json()["payload"] == 2
    later(1)
    assert waiting(api) == [1, 3]
    assert api.get("/api/pipe/queues").json() == {"work": 2}
    assert api.post("/api/pipe/ack", {"receipt": late["receipt"]}).status_code == 404

    again = lease(api)

    assert (again["id"], again["attempts"]) == (late["id"], 2)
    assert again["receipt"] != late["receipt"]
    assert [frame["event"] for frame in published.of("pipe")] == ["leased", "dequeued", "returned", "leased"]


def test_an_item_that_is_given_back_is_next(api: Api) -> None:
    one, two = lease(api), lease(api)
    assert api.post("/api/pipe/nack", {"receipt": one["receipt"]}).status_code == 200

    assert api.post(PATH).json()["payload"] == 1
    assert api.post(PATH).json()["payload"] == 3
    assert api.post(PATH).status_code == 404
    assert api.post("/api/pipe/ack", {"receipt": two["receipt"]}).status_code == 200


def test_a_lease_can_be_made_longer(api: Api, later: Callable[[float], int]) -> None:
    receipt = lease(api, 60)["receipt"]
    later(50)
    answer = api.post("/api/pipe/extend", {"receipt": receipt, "lease_s": 60})
    assert answer.json() == {"receipt": receipt, "leased_until": later(0) + 60_000}

    later(59)
    assert waiting(api) == [2, 3]
    later(1)
    assert waiting(api) == [1, 2, 3]
    assert api.post("/api/pipe/extend", {"receipt": receipt, "lease_s": 60}).status_code == 404


@pytest.mark.parametrize("by", ["nack", "time"])
def test_after_five_attempts_an_item_is_dead(
    api: Api, later: Callable[[float], int], published: Published, by: str
) -> None:
    for attempt in range(1, 6):
        item = lease(api, 60)
        assert (item["payload"], item["attempts"]) == (1, attempt)
        if by == "nack":
            api.post("/api/pipe/nack", {"receipt": item["receipt"]})
        else:
            later(60)
            tasks.return_ended()

    assert waiting(api) == [2, 3]
    assert waiting(api, "work.dead") == [1]
    assert api.get("/api/pipe/queues").json() == {"work": 2, "work.dead": 1}
    assert published.of("pipe")[-1] == {"event": "dead", "queue_name": "work.dead", "ids": [item["id"]]}
    again = api.post("/api/pipe/queue/work.dead/dequeue", {"lease_s": 60}).json()
    api.post("/api/pipe/nack", {"receipt": again["receipt"]})
    assert api.get("/api/pipe/queues").json() == {"work": 2, "work.dead": 1}


def test_the_dead_do_not_hold_up_the_living(api: Api, later: Callable[[float], int]) -> None:
    """Also when nothing but the next consumer brings them aside."""
    Item.objects.update(attempts=4)
    for _ in range(2):
        lease(api, 60)
    later(60)

    assert api.post(PATH).json()["payload"] == 3
    assert waiting(api, "work.dead") == [1, 2]


def test_many_leases_that_end_at_once_are_all_returned(
    api: Api, later: Callable[[float], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    for _ in range(3):
        lease(api, 60)
    later(60)

    assert [api.post(PATH).json()["payload"] for _ in range(3)] == [1, 2, 3]


def test_a_deleted_queue_s_receipts_are_good_for_nothing(api: Api, later: Callable[[float], int]) -> None:
    item = lease(api)
    api.delete("/api/pipe/queue/work")

    assert api.post("/api/pipe/nack", {"receipt": item["receipt"]}).status_code == 404
    later(60)
    tasks.return_ended()
    tasks.purge()
    assert not Item.objects.exists()
    assert api.get("/api/pipe/queues").json() == {}


def test_staff_put_the_dead_back(api: Api) -> None:
    Item.objects.filter(payload="1").update(attempts=5, leased_until=1, receipt="x")
    services.return_ended()
    dead = Item.objects.dead().get()
    alive = Item.objects.get(payload="2")
    client = Client()
    client.force_login(User.objects.create_superuser("staff"))
    assert "work.dead" in client.get("/admin/pipe/item/?state=dead").content.decode()

    answer = client.post(
        "/admin/pipe/item/", {"action": "requeue", "_selected_action": [dead.pk, alive.pk]}, follow=True
    )

    assert "1 put back" in answer.content.decode()
    assert waiting(api) == [1, 2, 3]
    assert lease(api)["attempts"] == 1
    assert api.get("/api/pipe/queues").json() == {"work": 2, "work.dead": 0}


@pytest.mark.parametrize("page", ["queue", "item", "machine"])
def test_the_admin_s_pages_open(page: str) -> None:
    services.set_status("pipe-1", "online", {})
    client = Client()
    client.force_login(User.objects.create_superuser("staff"))

    assert client.get(f"/admin/pipe/{page}/").status_code == 200
