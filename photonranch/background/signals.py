"""Celery's side: a request's id travels with its tasks, tasks are counted, workers give signs of life."""

import logging
import time
from typing import Any

from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import Celery, bootsteps, signals
from redis.exceptions import RedisError

from photonranch.observe import metrics, readiness, tracing
from photonranch.observe.multiprocess import writer

log = logging.getLogger(__name__)

# Headers of a task's message.
REQUEST_ID = "photonranch_request_id"
SENT_AT = "photonranch_sent_at"


@signals.before_task_publish.connect
def label(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """A task sent again after a failure keeps what it has."""
    if headers is not None:
        headers.setdefault(REQUEST_ID, tracing.request_id())
        headers.setdefault(SENT_AT, time.time())


@signals.task_prerun.connect
def begun(task_id: str, task: Any, **_: Any) -> None:
    headers = _headers(task)
    # What the clock sends belongs to no request: its own id stands for one.
    tracing.begin_task(tracing.accepted(headers.get(REQUEST_ID) or task_id), task.name, task_id)
    task.request.photonranch_began = time.perf_counter()
    sent_at = headers.get(SENT_AT)
    if isinstance(sent_at, float):
        metrics.TASK_WAIT_SECONDS.labels(task.name).observe(max(0.0, time.time() - sent_at))


def _headers(task: Any) -> dict[str, Any]:
    """Celery hands on a message's own headers as attributes of the request, and as a dict when it is called
    in place."""
    request = task.request
    return {
        name: getattr(request, name, None) or (request.headers or {}).get(name)
        for name in (REQUEST_ID, SENT_AT)
    }


@signals.task_postrun.connect
def ended(task: Any, state: str | None = None, **_: Any) -> None:
    began = getattr(task.request, "photonranch_began", None)
    seconds = 0.0 if began is None else time.perf_counter() - began
    metrics.count_task(task.name, (state or "failure").lower(), seconds)
    tracing.end_task()


@signals.task_failure.connect
def lost(sender: Any, exception: BaseException | None = None, **_: Any) -> None:
    """What ends with its process has no `postrun`; the parent tells of it."""
    if isinstance(exception, TimeLimitExceeded | WorkerLostError):
        metrics.TASKS.labels(sender.name, "lost").inc()


@signals.setup_logging.connect
def keep_logging(**_: Any) -> None:
    """Somebody listens to this, so Celery leaves the logging of settings.LOGGING alone."""


class SignOfLife(bootsteps.StartStopStep):
    """Part of every worker, also of the one inside `manage.py serve`: its own loop tells that it turns.

    A worker whose threads are all at work gives it too; how long tasks wait is another question
    (photonranch_task_wait_seconds).
    """

    requires = ("celery.worker.components:Timer",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self.timer: Any = None

    def start(self, worker: Any) -> None:
        writer.start()
        self._give()
        self.timer = worker.timer.call_repeatedly(readiness.HEARTBEAT_EVERY_S, self._give)

    def stop(self, worker: Any) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _give(self) -> None:
        try:
            readiness.beat()
        except RedisError as error:
            log.warning("no sign of life can be given just now: %s", type(error).__name__)


@signals.worker_process_init.connect
def forked(**_: Any) -> None:
    """The processes in which a worker's tasks run count for themselves."""
    writer.start()


def join(app: Celery) -> None:
    app.steps["worker"].add(SignOfLife)
