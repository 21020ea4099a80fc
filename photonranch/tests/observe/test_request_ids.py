"""A request's id: on its answer, in its log lines, in the tasks and the frames that it sets off."""

import json
from typing import Any

import pytest
from celery import shared_task
from django.test import AsyncClient
from websockets.sync.client import connect

from photonranch.background import signals
from photonranch.lenient_json import loads
from photonranch.observe import tracing
from streams import frames
from testing.cast import ADMIN, Api
from testing.live import KINDS, Kind, running

PROPOSED = "3f2b8c10-aaaa.bbbb_9"


def test_it_works(api: Api) -> None:
    first, second = api.get("/healthz"), api.get("/healthz")

    assert len(first["X-Request-ID"]) == 32
    assert first["X-Request-ID"] != second["X-Request-ID"]
    assert tracing.request_id() == ""


def test_a_proxy_may_say_what_it_is(api: Api) -> None:
    answer = api.client.get("/healthz", headers={"X-Request-ID": PROPOSED})

    assert answer["X-Request-ID"] == PROPOSED


@pytest.mark.parametrize(
    "proposed",
    [
        "short",
        "x" * 65,
        "with space 12",
        "line\nend-0000",
        '"quoted-text"',
        "<b>bold-text",
        "ünicode-text",
        "",
    ],
)
def test_what_is_no_id_is_not_taken_for_one(proposed: str) -> None:
    given = tracing.accepted(proposed)

    assert given != proposed
    assert len(given) == 32


@pytest.mark.parametrize(
    ("path", "status"), [("/nothing", 404), ("/logs/%00", 400), ("/logs/newlog", 405), ("/admin/", 302)]
)
@pytest.mark.django_db
def test_refusals_have_one_too(api: Api, path: str, status: int) -> None:
    answer = api.get(path)

    assert answer.status_code == status
    assert len(answer["X-Request-ID"]) == 32


def test_a_host_that_is_not_ours_and_a_preflight_have_one(api: Api) -> None:
    refused = api.send("GET", "/healthz", Host="evil.example")
    preflight = api.client.options(
        "/jobs/newjob", headers={"Origin": "https://x.org", "Access-Control-Request-Method": "POST"}
    )

    assert (refused.status_code, preflight.status_code) == (400, 200)
    assert refused["X-Request-ID"] != preflight["X-Request-ID"]


def test_a_page_of_another_origin_may_read_it(api: Api) -> None:
    answer = api.send("GET", "/healthz", Origin="https://x.org")

    assert answer["Access-Control-Expose-Headers"] == "x-request-id"


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_it_reaches_the_view_s_thread(
    async_client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    encode = frames.encode

    def noted(*args: Any) -> bytes:
        seen.append(tracing.request_id())
        return encode(*args)

    monkeypatch.setattr("streams.services.frames.encode", noted)
    answers = [
        await async_client.post("/logs/newlog", {"site": "saf", "log_message": "x"}, "application/json")
        for _ in range(2)
    ]

    assert seen == [answer["X-Request-ID"] for answer in answers]
    assert tracing.request_id() == ""


@pytest.mark.django_db
def test_frames_carry_it(api: Api, published: Any) -> None:
    answer = api.post("/logs/newlog", {"site": "saf", "log_message": "hello"})

    assert [frame["request_id"] for frame in published] == [answer["X-Request-ID"]]
    assert set(published[0]) == {"topic", "site", "data", "request_id"}


def test_frames_of_nobody_s_request_are_as_they_were() -> None:
    assert loads(b"{" + frames.encode("saf", "t", 1)) == {"topic": "t", "site": "saf", "data": 1}


class Task:
    """As much of a Celery task as the signals look at."""

    name = "some.task"

    class request:  # noqa: N801
        headers: Any = None


def test_a_task_runs_under_the_id_that_sent_it() -> None:
    headers: dict[str, Any] = {}
    token = tracing.begin(PROPOSED)
    signals.label(headers=headers)
    tracing.end(token)

    task = Task()
    vars(task)["request"] = type("Request", (), {"headers": None, **headers})()
    signals.begun(task_id="t-1", task=task)
    assert (tracing.request_id(), tracing.task()) == (PROPOSED, "some.task[t-1]")
    signals.ended(task=task, state="SUCCESS")

    assert (tracing.request_id(), tracing.task()) == ("", "")


def test_what_the_clock_sends_runs_under_its_own_id() -> None:
    task = Task()
    vars(task)["request"] = type("Request", (), {"headers": None})()

    signals.begun(task_id="0a1b2c3d-task", task=task)
    assert tracing.request_id() == "0a1b2c3d-task"
    signals.ended(task=task, state="SUCCESS")


@shared_task
def who_asked() -> tuple[str, str]:
    return tracing.request_id(), tracing.task()


def test_celery_runs_a_task_under_it() -> None:
    """`apply` runs it here and now, through the same signals."""
    done = who_asked.apply(headers={signals.REQUEST_ID: PROPOSED}, task_id="t-2")

    assert done.result == (PROPOSED, f"{who_asked.name}[t-2]")
    assert (tracing.request_id(), tracing.task()) == ("", "")


@pytest.mark.live
@pytest.mark.parametrize("kind", KINDS)
def test_from_the_request_to_the_watcher(kind: Kind) -> None:
    with running(kind) as server, connect(f"{server.ws}/datastream?site=saf") as socket:
        frame = {"site": "saf", "topic": "testing", "data": 1}
        headers = {"Authorization": f"Bearer {ADMIN.token}", "X-Request-ID": PROPOSED}
        answer = server.http.post("/datastream/send", json=frame, headers=headers)

        assert answer.headers["X-Request-ID"] == PROPOSED
        assert json.loads(socket.recv(timeout=10))["request_id"] == PROPOSED


@pytest.mark.live
def test_from_the_request_to_the_task() -> None:
    """A real worker: a site's configuration has its nights computed, and the task says for whom."""
    with running(env={"LOG_FORMAT": "json", "LOG_LEVEL": "DEBUG", "REDIS_URL": ""}) as server:
        config = {"site": "tst", "latitude": 34.0, "longitude": -119.0, "elevation": 100}
        answer = server.http.put("/api/tst/config", json=config, headers={"X-Request-ID": PROPOSED})
        assert answer.status_code == 200

        line = server.wait_for(
            r'.*"request_id":"' + PROPOSED + r'","task":"sitecfg\.tasks\.compute_nights_of.*'
        )

        assert json.loads(line[0])["request_id"] == PROPOSED
