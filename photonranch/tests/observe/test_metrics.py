"""`/metrics`: what is counted, who may read it, and that it holds nothing of any site."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import shared_task
from django.db import OperationalError
from django.test import AsyncClient
from django.utils import timezone
from prometheus_client.openmetrics.parser import text_string_to_metric_families as _read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read
from pytest_django import Settings

from images.models import Product, Upload
from jobs.models import Job, Jobs
from photonranch.observe import metrics
from photonranch.observe.middleware import CLIENT_LEFT, Observed
from pipe.models import Machine
from pipe.services import NewItem, create_queue, enqueue
from streams.metrics import metrics as streams
from testing.cast import ALICE, BOB, Api, a_command

read_openmetrics: Any = _read_openmetrics


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    """Gauges are kept for some seconds; a test wants those of its own."""
    yield
    forget()


def forget() -> None:
    for probe in metrics.sources.values():
        probe.last = None


def scraped(api: Api) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    forget()
    answer = api.get("/metrics")
    assert answer.status_code == 200, answer.content
    return {
        (sample.name, tuple(sorted((k, v) for k, v in sample.labels.items() if k != "process"))): sample.value
        for family in read(answer.content.decode())
        for sample in family.samples
    }


def value(api: Api, name: str, **labels: str) -> float:
    return scraped(api).get((f"photonranch_{name}", tuple(sorted(labels.items()))), 0.0)


@pytest.mark.django_db(transaction=True)
def test_it_works(api: Api) -> None:
    wanted = {"method": "GET", "route": "healthz", "status": "200"}
    before = value(api, "requests_total", **wanted)
    for _ in range(3):
        api.get("/healthz/")

    assert value(api, "requests_total", **wanted) == before + 3
    assert value(api, "request_seconds_count", route="healthz") >= 3


@pytest.mark.django_db(transaction=True)
def test_every_kind_of_answer_is_counted_by_its_route(api: Api) -> None:
    before = scraped(api)
    api.get("/no/such/thing")
    api.send("BREW", "/healthz")
    api.send("GET", "/healthz", Host="evil.example")
    api.get("/api/saf/config")
    api.get("/admin/login/")
    api.get("/static/admin/css/base.css").close()
    after = scraped(api)

    grown = {dict(key[1]).get("route", "") for key, number in after.items() if number != before.get(key)}
    assert {"none", "healthz", "api/<str:site>/config", "admin", "static"} <= grown
    brewed = ("photonranch_requests_total", (("method", "other"), ("route", "healthz"), ("status", "405")))
    assert after[brewed] == before.get(brewed, 0) + 1


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_too(async_client: AsyncClient, api: Api) -> None:
    counter = metrics.REQUESTS.labels("GET", "healthz", "200")
    before = counter._value.get()

    await async_client.get("/healthz")

    assert counter._value.get() == before + 1


async def test_a_client_that_left_is_counted_as_such(rf: Any) -> None:
    import asyncio

    async def never(request: Any) -> Any:
        await asyncio.Event().wait()

    request = rf.get("/long/poll")
    request.resolver_match = None
    counter = metrics.REQUESTS.labels("GET", "none", str(CLIENT_LEFT))
    before = counter._value.get()
    waiting = asyncio.ensure_future(Observed(never)(request))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert counter._value.get() == before + 1


@shared_task
def a_task_that_works() -> None:
    """Nothing."""


@shared_task
def a_task_that_fails() -> None:
    raise RuntimeError("for the test")


@pytest.mark.django_db(transaction=True)
def test_tasks_are_counted_by_how_they_end(api: Api) -> None:
    began = time.time()
    a_task_that_works.apply(headers={"photonranch_sent_at": began - 7.0})
    a_task_that_fails.apply()
    found = scraped(api)

    def of(name: str, task: Any, **labels: str) -> float:
        return found[f"photonranch_{name}", tuple(sorted({"task": task.name, **labels}.items()))]

    assert of("tasks_total", a_task_that_works, state="success") == 1
    assert of("tasks_total", a_task_that_fails, state="failure") == 1
    assert of("task_succeeded_timestamp_seconds", a_task_that_works) >= began
    assert ("photonranch_task_succeeded_timestamp_seconds", (("task", a_task_that_fails.name),)) not in found
    assert 7 <= of("task_wait_seconds_sum", a_task_that_works) < 60


@pytest.mark.django_db(transaction=True)
def test_streams_are_counted(api: Api) -> None:
    before = value(api, "stream_published_total")
    api.post("/logs/newlog", {"site": "saf", "log_message": "hello"})

    assert value(api, "stream_published_total") == before + 1
    streams.dropped += 1
    assert value(api, "stream_dropped_total") == streams.dropped
    streams.lost += 2
    assert value(api, "stream_lost_total") == streams.lost


@pytest.mark.django_db(transaction=True)
def test_commands_that_wait(api: Api) -> None:
    assert (value(api, "jobs_unread"), value(api, "jobs_oldest_unread_seconds")) == (0, 0)
    for _ in range(3):
        api.post("/jobs/newjob", a_command(), as_=ALICE)
    Job.objects.filter(pk=Job.objects.earliest("timestamp_ms").pk).update(
        timestamp_ms=int(time.time() * 1000) - 60_000
    )

    assert value(api, "jobs_unread") == 3
    assert 60 <= value(api, "jobs_oldest_unread_seconds") < 90


@pytest.mark.django_db(transaction=True)
def test_how_far_the_archive_is_behind(api: Api) -> None:
    now = timezone.now()
    at = {"directory": "data", "size_bytes": 1}
    for number, (state, minutes) in enumerate(
        [("waiting", 5), ("waiting", 1), ("failed", 9), ("failed", 9999)]
    ):
        came = now - timedelta(minutes=minutes)
        Upload.objects.create(key=f"data/{number}", filename=str(number), state=state, uploaded_at=came, **at)
    times = dict.fromkeys(["created_at", "touched_at"], now - timedelta(seconds=30))
    Product.objects.create(id="x", kind="zip", filename="x.zip", recipe={}, expires_at=now, **times)

    assert value(api, "uploads_waiting") == 2
    assert 300 <= value(api, "ingest_lag_seconds") < 330
    assert value(api, "uploads_failed_day") == 1
    assert value(api, "downloads_waiting") == 1
    assert 30 <= value(api, "downloads_oldest_seconds") < 60


@pytest.mark.django_db(transaction=True)
def test_what_waits_for_pipe(api: Api) -> None:
    for name in ("night-saf", "night-saf.dead"):
        create_queue(name)
    for name in ("night-saf", "night-saf", "night-saf.dead"):
        enqueue(name, [NewItem({"work": 1})])
    Machine.objects.create(pipe_id="old", status="online", last_updated=1)

    assert value(api, "pipe_items_waiting") == 2
    assert value(api, "pipe_items_dead") == 1
    assert value(api, "pipe_machines_stale") == 1


@pytest.mark.django_db(transaction=True)
def test_a_database_that_fails_costs_the_gauges_and_nothing_else(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Any:
        raise OperationalError("no route to db.internal")

    monkeypatch.setattr(Jobs, "backlog", fails)
    found = scraped(api)

    assert ("photonranch_jobs_unread", ()) not in found
    assert found["photonranch_source_up", (("source", "jobs"),)] == 0
    assert found["photonranch_source_up", (("source", "images"),)] == 1
    assert ("photonranch_uploads_waiting", ()) in found


@pytest.mark.django_db(transaction=True)
def test_nothing_in_it_is_of_a_site_or_a_person(api: Api) -> None:
    api.post("/jobs/newjob", a_command(site="zyx7"), as_=BOB)
    api.get("/api/zyx7/config")
    api.post("/logs/newlog", {"site": "zyx7", "log_message": "zyx7"})
    create_queue("zyx7-queue")
    enqueue("zyx7-queue", [NewItem({"work": 1})])

    forget()
    text = api.get("/metrics").content.decode()

    assert "zyx7" not in text
    assert BOB.user_id not in text
    assert set(re.findall(r'[{,](\w+)="', text)) <= {
        "le", "method", "part", "process", "route", "source", "state", "status", "task",
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_prometheus_own_format_is_spoken_too(api: Api) -> None:
    accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2"
    answer = api.send("GET", "/metrics", Accept=accept)

    assert answer["Content-Type"].startswith("application/openmetrics-text")
    assert "photonranch_requests" in {each.name for each in read_openmetrics(answer.content.decode())}


# --- Who may read it ---------------------------------------------------------------------------------------


def ask_from(api: Api, address: str, **headers: str) -> int:
    status: int = api.client.get("/metrics", headers=headers, REMOTE_ADDR=address).status_code
    return status


@pytest.mark.django_db(transaction=True)
def test_without_a_token_whoever_is_near(api: Api) -> None:
    assert ask_from(api, "127.0.0.1") == 200
    assert ask_from(api, "172.18.0.7") == 200
    assert ask_from(api, "::1") == 200
    assert ask_from(api, "93.184.216.34") == 403
    assert ask_from(api, "") == 403


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host"])
def test_what_a_proxy_passes_on_is_not_near(api: Api, header: str) -> None:
    assert ask_from(api, "127.0.0.1", **{header: "127.0.0.1"}) == 403


@pytest.mark.django_db(transaction=True)
def test_with_a_token_whoever_shows_it(api: Api, settings: Settings) -> None:
    settings.METRICS_TOKEN = "open-the-metrics"

    assert ask_from(api, "127.0.0.1") == 401
    assert ask_from(api, "127.0.0.1", Authorization="Bearer wrong") == 401
    assert ask_from(api, "127.0.0.1", Authorization="Basic open-the-metrics") == 401
    assert ask_from(api, "93.184.216.34", Authorization="Bearer open-the-metrics") == 200
