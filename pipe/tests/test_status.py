"""What PIPE machines say of themselves."""

from typing import Any

import pytest

from conftest import Published
from pipe.models import Machine, now_ms
from testing.cast import Api, text

pytestmark = pytest.mark.django_db

BODY = {
    "pipe_id": "pipe-instance-1",
    "status": "online",
    "details": {"cpu_usage": "32%", "memory_usage": "2.4GB", "processing_job": "image-calibration-123"},
}


def test_it_works(api: Api, published: Published) -> None:
    before = now_ms()
    answer = api.post("/api/pipe/status", BODY)

    machine = answer.json()
    assert answer.status_code == 200
    assert machine == {**BODY, "last_updated": machine["last_updated"], "stale": False}
    assert before <= machine["last_updated"] <= now_ms()
    assert api.get("/api/pipe/status/pipe-instance-1").json() == machine
    assert api.get("/api/pipe/statuses").json() == [machine]
    assert published.of("pipe") == [{"event": "status", **machine}]


def test_the_last_word_counts(api: Api) -> None:
    api.post("/api/pipe/status", BODY)
    api.post("/api/pipe/status", {"pipe_id": "pipe-instance-1", "status": "offline"})
    api.post("/api/pipe/status", {**BODY, "pipe_id": "another"})

    machines = api.get("/api/pipe/statuses").json()
    assert [(each["pipe_id"], each["status"], each["details"]) for each in machines] == [
        ("another", "online", BODY["details"]),
        ("pipe-instance-1", "offline", {}),
    ]


def test_a_machine_that_is_silent_is_stale(api: Api, settings: Any) -> None:
    settings.PIPE_STALE_S = 60
    for name, age_s in (("silent", 61), ("well", 55)):
        api.post("/api/pipe/status", {**BODY, "pipe_id": name})
        Machine.objects.filter(pk=name).update(last_updated=now_ms() - age_s * 1000)

    machines = api.get("/api/pipe/statuses").json()
    assert {each["pipe_id"]: each["stale"] for each in machines} == {"silent": True, "well": False}
    assert api.get("/api/pipe/status/silent").json()["stale"] is True


def test_one_can_be_forgotten_and_again(api: Api, published: Published) -> None:
    api.post("/api/pipe/status", BODY)

    for _ in range(2):
        answer = api.delete("/api/pipe/status/pipe-instance-1")
        assert (answer.status_code, answer.json()) == (200, {"message": "Status deleted: pipe-instance-1"})
    assert api.get("/api/pipe/statuses").json() == []
    assert [frame["event"] for frame in published.of("pipe")] == ["status", "status_deleted"]


def test_an_unknown_one_is_a_404(api: Api) -> None:
    answer = api.get("/api/pipe/status/nobody")

    assert answer.status_code == 404
    assert "nobody" in text(answer)


@pytest.mark.parametrize(
    ("change", "names"),
    [({"pipe_id": None}, "pipe_id"), ({"status": None}, "status"), ({"details": "fine"}, "details")],
)
def test_bad_input_names_the_field(api: Api, change: dict[str, Any], names: str) -> None:
    answer = api.post("/api/pipe/status", {**BODY, **change})

    assert answer.status_code == 400
    assert text(answer).startswith(f"{names}: ")
    assert not Machine.objects.exists()
