"""The documented queue calls: create, enqueue, peek, dequeue, delete, list."""

from typing import Any
from urllib.parse import quote

import pytest

from conftest import Published
from pipe import services, tasks
from pipe.models import Item, Queue
from sitecfg.models import Site
from testing.cast import Api, text

pytestmark = pytest.mark.django_db

QUEUE = "image-processing"
BODY = {
    "queue_name": QUEUE,
    "payload": {"image_path": "s3://bucket/path/to/image.fits", "process_type": "calibration"},
    "sender": "observatory-controller",
}


def put(api: Api, *numbers: int, queue_name: str = QUEUE) -> None:
    for number in numbers:
        answer = api.post("/api/pipe/enqueue", {"queue_name": queue_name, "payload": {"n": number}})
        assert answer.status_code == 200


def test_it_works(api: Api, published: Published) -> None:
    """The documented examples, one after the other."""
    created = api.post("/api/pipe/queue", {"queue_name": QUEUE})
    assert (created.status_code, created.json()) == (200, {"message": f"Queue created: {QUEUE}"})
    assert api.get("/api/pipe/queues").json() == {QUEUE: 0}

    item = api.post("/api/pipe/enqueue", BODY).json()
    assert item == {**BODY, "id": item["id"], "created_at": item["created_at"]}
    assert item["id"].startswith(str(item["created_at"]))
    assert api.get("/api/pipe/queues").json() == {QUEUE: 1}
    assert api.get(f"/api/pipe/queue/{QUEUE}", {"limit": 5}).json() == [item]

    taken = api.post(f"/api/pipe/queue/{QUEUE}/dequeue")
    assert (taken.status_code, taken.json()) == (200, item)
    assert api.post(f"/api/pipe/queue/{QUEUE}/dequeue").status_code == 404

    deleted = api.delete(f"/api/pipe/queue/{QUEUE}")
    assert (deleted.status_code, deleted.json()) == (200, {"message": f"Queue deleted: {QUEUE}"})
    assert api.get("/api/pipe/queues").json() == {}
    assert published.of("pipe") == [
        {"event": "created", "queue_name": QUEUE, "ids": []},
        {"event": "enqueued", "queue_name": QUEUE, "ids": [item["id"]]},
        {"event": "dequeued", "queue_name": QUEUE, "ids": [item["id"]]},
        {"event": "deleted", "queue_name": QUEUE, "ids": []},
    ]
    assert {frame["site"] for frame in published} == {"pipe"}


def test_first_in_first_out_whatever_the_clock_says(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    services.create_queue(QUEUE)
    for clock in (2000, 1000, 1000, 3000):
        monkeypatch.setattr(services, "now_ms", lambda clock=clock: clock)
        put(api, clock)

    assert [item["payload"]["n"] for item in api.get(f"/api/pipe/queue/{QUEUE}").json()] == [
        2000,
        1000,
        1000,
        3000,
    ]
    monkeypatch.undo()
    taken = [api.post(f"/api/pipe/queue/{QUEUE}/dequeue").json()["payload"]["n"] for _ in range(4)]
    assert taken == [2000, 1000, 1000, 3000]


def test_queues_are_apart(api: Api) -> None:
    services.create_queue("a")
    services.create_queue("b")
    put(api, 1, queue_name="a")
    put(api, 2, 3, queue_name="b")

    assert api.get("/api/pipe/queues").json() == {"a": 1, "b": 2}
    assert api.post("/api/pipe/queue/b/dequeue").json()["payload"] == {"n": 2}
    assert api.get("/api/pipe/queues").json() == {"a": 1, "b": 1}


def test_there_is_one_of_each_name(api: Api) -> None:
    api.post("/api/pipe/queue", {"queue_name": "lcs1"})
    again = api.post("/api/pipe/queue", {"queue_name": "lcs1"})

    assert again.status_code == 409
    assert "lcs1" in text(again)


def test_what_does_not_exist_is_a_404(api: Api) -> None:
    assert api.post("/api/pipe/enqueue", BODY).status_code == 404
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/dequeue")):
        answer = api.send(method, f"/api/pipe/queue/nowhere{path}")
        assert answer.status_code == 404
        assert "nowhere" in text(answer)
    assert not Item.objects.exists()


def test_a_queue_named_after_a_site_exists(api: Api) -> None:
    """A telescope that got a 404 would send the same again at once, for ever."""
    Site.objects.create(code="lcs1", kind="obs")

    assert api.get("/api/pipe/queue/lcs1").json() == []
    assert "empty" in text(api.post("/api/pipe/queue/lcs1/dequeue"))
    put(api, 1, queue_name="lcs1")
    assert api.get("/api/pipe/queues").json() == {"lcs1": 1}
    assert api.post("/api/pipe/queue/lcs1/dequeue").json()["payload"] == {"n": 1}


def test_the_telescopes_file_lists_lose_their_commas(api: Api) -> None:
    Site.objects.create(code="lcs1", kind="obs")
    names = ["a-EX00.fits.fz,", "b-EX00.fits.fz, ", "c,d-EX00.fits.fz", "", 5]
    payload = {"request": "EVA_process_files", "request_content": names}

    answer = api.post("/api/pipe/enqueue", {"queue_name": "lcs1", "sender": "lcs1", "payload": payload})

    clean = ["a-EX00.fits.fz", "b-EX00.fits.fz", "c,d-EX00.fits.fz", "", 5]
    assert answer.json()["payload"] == {"request": "EVA_process_files", "request_content": clean}
    assert api.post("/api/pipe/queue/lcs1/dequeue").json()["payload"]["request_content"] == clean


@pytest.mark.parametrize(
    "payload",
    [
        {"b": 1, "a": [1.0, "1", None, True, {"é": "\U0001f52d"}]},
        [1, 2],
        "text",
        0,
        {},
        12345678901234567890123,
    ],
)
def test_payloads_pass_through_as_they_came(api: Api, payload: Any) -> None:
    services.create_queue(QUEUE)
    api.post("/api/pipe/enqueue", {"queue_name": QUEUE, "payload": payload})

    taken = api.post(f"/api/pipe/queue/{QUEUE}/dequeue").json()["payload"]
    assert taken == payload
    assert str(taken) == str(payload)


@pytest.mark.parametrize(
    "name",
    [
        "with space",
        "a/b",
        "a#b",
        "a?b=c&d",
        "100%",
        "%2F",
        "ä\U0001f52d",
        "a//b",
        "a/",
        "/a",
        "///a///b///",
        "x/dequeue",
        "dequeue",
        "a\\b",
        '"q"',
        "a+b",
        "..a",
        " ",
    ],
)
def test_names_may_have_any_printable_character(api: Api, name: str) -> None:
    path = f"/api/pipe/queue/{quote(name, safe='')}"
    assert api.post("/api/pipe/queue", {"queue_name": name}).status_code == 200
    put(api, 1, 2, queue_name=name)

    assert api.get("/api/pipe/queues").json() == {name: 2}
    assert len(api.get(path).json()) == 2
    taken = api.post(f"{path}/dequeue").json()
    assert (taken["queue_name"], taken["payload"]) == (name, {"n": 1})
    assert api.post("/api/pipe/status", {"pipe_id": name, "status": "online"}).status_code == 200
    assert api.get(f"/api/pipe/status/{quote(name, safe='')}").json()["pipe_id"] == name
    assert api.delete(path).status_code == 200
    assert not Queue.objects.filter(name=name).exists()


def test_slashes_that_a_client_adds_do_not_count(api: Api) -> None:
    services.create_queue("lcs1")
    put(api, 1, queue_name="lcs1")

    assert len(api.get("/api//pipe/queue//lcs1/").json()) == 1
    assert api.post("/api/pipe/queue/lcs1/dequeue/").status_code == 200
    assert api.post("/api/pipe/status/", {"pipe_id": "p", "status": "online"}).status_code == 200
    assert api.get("/api/pipe/status/p/").status_code == 200


def test_a_look_is_ten_unless_asked_and_never_too_many(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    services.create_queue(QUEUE)
    services.enqueue(QUEUE, [services.NewItem(number) for number in range(30)])

    def seen(**query: Any) -> list[Any]:
        return [item["payload"] for item in api.get(f"/api/pipe/queue/{QUEUE}", query).json()]

    assert seen() == list(range(10))
    assert seen(limit=3) == [0, 1, 2]
    assert seen(limit="25") == list(range(25))
    monkeypatch.setattr(type(Item.objects.all()), "MOST_PEEKED", 20)
    assert len(seen(limit=10**12)) == 20


@pytest.mark.parametrize("limit", ["abc", "0", "-1", "1.5", ""])
def test_a_limit_that_makes_no_sense_is_refused(api: Api, limit: str) -> None:
    services.create_queue(QUEUE)
    answer = api.get(f"/api/pipe/queue/{QUEUE}", {"limit": limit})

    assert answer.status_code == 400
    assert text(answer).startswith("limit: ")


@pytest.mark.parametrize(
    ("path", "body", "names"),
    [
        ("queue", {}, "queue_name"),
        ("queue", {"queue_name": ""}, "queue_name"),
        ("queue", {"queue_name": "a\nb"}, "queue_name"),
        ("queue", {"queue_name": "x" * 201}, "queue_name"),
        ("queue", {"queue_name": ["a"]}, "queue_name"),
        ("enqueue", {"payload": {}}, "queue_name"),
        ("enqueue", {"queue_name": QUEUE, "sender": {}}, "sender"),
        ("enqueue_batch", {"queue_name": QUEUE}, "items"),
        ("enqueue_batch", {"queue_name": QUEUE, "items": []}, "items"),
        ("enqueue_batch", {"queue_name": QUEUE, "items": [{}, 5]}, "items"),
        ("enqueue_batch", {"queue_name": QUEUE, "items": [{}] * 1001}, "items"),
        (f"queue/{QUEUE}/dequeue", {"lease_s": "soon"}, "lease_s"),
        (f"queue/{QUEUE}/dequeue", {"lease_s": 0}, "lease_s"),
        (f"queue/{QUEUE}/dequeue", {"lease_s": 10**6}, "lease_s"),
        (f"queue/{QUEUE}/dequeue", {"wait_s": -1}, "wait_s"),
        ("ack", {}, "receipt"),
        ("extend", {"receipt": "x"}, "lease_s"),
    ],
)
def test_bad_input_names_the_field(api: Api, path: str, body: dict[str, Any], names: str) -> None:
    services.create_queue(QUEUE)
    services.enqueue(QUEUE, [services.NewItem(1)])

    answer = api.post(f"/api/pipe/{path}", body)

    assert answer.status_code == 400
    assert text(answer).startswith(names)
    assert Item.objects.count() == 1


def test_a_batch_goes_in_at_once_and_in_order(api: Api, published: Published) -> None:
    services.create_queue(QUEUE)
    items = [{"payload": {"n": number}} for number in range(50)] + [{"payload": "last", "sender": "b"}]

    answer = api.post("/api/pipe/enqueue_batch", {"queue_name": QUEUE, "sender": "a", "items": items})

    assert [item["payload"] for item in answer.json()] == [item["payload"] for item in items]
    assert [item["sender"] for item in answer.json()] == ["a"] * 50 + ["b"]
    assert api.get(f"/api/pipe/queue/{QUEUE}", {"limit": 100}).json() == answer.json()
    assert published.of("pipe")[-1]["ids"] == [item["id"] for item in answer.json()]


def test_who_does_not_say_who_sends_is_unknown(api: Api, published: Published) -> None:
    services.create_queue(QUEUE)
    body = {"queue_name": QUEUE, "payload": {"n": 1}}

    for sent in (body, {**body, "sender": None}):
        item = api.post("/api/pipe/enqueue", sent).json()
        assert item == {
            "id": item["id"],
            "queue_name": QUEUE,
            "payload": {"n": 1},
            "created_at": item["created_at"],
            "sender": "unknown",
        }
        assert item["id"].startswith(str(item["created_at"]))
    [alone] = api.post("/api/pipe/enqueue_batch", {"queue_name": QUEUE, "items": [{}]}).json()
    assert alone["sender"] == "unknown"


def test_a_deleted_queue_s_items_go_in_the_background(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    for name in ("gone", "stays"):
        services.create_queue(name)
        services.enqueue(name, [services.NewItem(number) for number in range(5)])
    services.take("gone", lease_s=60)
    api.delete("/api/pipe/queue/gone")
    assert api.post("/api/pipe/queue", {"queue_name": "gone"}).status_code == 200
    assert api.get("/api/pipe/queues").json() == {"gone": 0, "stays": 5}

    tasks.purge()

    assert Item.objects.count() == 5
    assert sorted(str(queue) for queue in Queue.objects.all()) == ["gone", "stays"]


def test_in_strict_mode_nobody_writes_unknown(api: Api, settings: Any, admin: Any) -> None:
    settings.REQUIRE_SITE_KEYS = True
    assert api.post("/api/pipe/queue", {"queue_name": QUEUE}).status_code == 401
    assert api.post("/api/pipe/queue", {"queue_name": QUEUE}, as_=admin).status_code == 200
    for method, path, body in (
        ("POST", "enqueue", BODY),
        ("POST", "enqueue_batch", {"queue_name": QUEUE, "items": [{}]}),
        ("POST", f"queue/{QUEUE}/dequeue", None),
        ("POST", "ack", {"receipt": "x"}),
        ("POST", "nack", {"receipt": "x"}),
        ("POST", "extend", {"receipt": "x", "lease_s": 5}),
        ("POST", "status", {"pipe_id": "p", "status": "online"}),
        ("DELETE", "status/p", None),
        ("DELETE", f"queue/{QUEUE}", None),
    ):
        assert api.send(method, f"/api/pipe/{path}", body).status_code == 401, path
    assert api.get("/api/pipe/queues").json() == {QUEUE: 0}
