"""Everything in one process: Celery's worker and beat as threads of the server, tasks as files under `var/`.

For the default without Redis. A production installation runs `celery -A photonranch worker` and
`celery -A photonranch beat` as processes of their own, as many workers as wanted. A task is put into place
whole: kombu's own file transport lets its reader find a file that is still empty.

Gain: no task is lost to a reader that came too early, and none of Redis, worker or beat has to be started.
Version: kombu 5.7.0, celery 5.7.0
Upstream: https://github.com/celery/kombu/issues/1551 (a file that is empty)
Guarded by: photonranch/tests/background/test_broker.py, photonranch/tests/servers/test_serve.py
Way back: kombu's `filesystem` transport for `FileTransport` in photonranch/settings.py; delete both classes.
"""

import logging
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from celery.beat import EmbeddedService
from django.conf import settings
from django.db import close_old_connections
from kombu.transport import filesystem
from kombu.utils.json import dumps as _dumps

log = logging.getLogger(__name__)
dumps: Any = _dumps

STOP_TIMEOUT_S = 20
# Beat hears of the server's end when it wakes up.
MAX_BEAT_SLEEP_S = 1


class FileChannel(filesystem.Channel):
    """Kombu's file transport, with tasks put into place whole: it lets a reader find a file still empty."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # as its parent has it
        name = f"{round(monotonic() * 1000):015d}_{uuid.uuid4()}"
        folder = Path(self.data_folder_out)
        draft = folder / f"{name}.draft"
        draft.write_text(dumps(payload))
        os.replace(draft, folder / f"{name}.{queue}.msg")


class FileTransport(filesystem.Transport):
    Channel = FileChannel


@contextmanager
def background() -> Iterator[None]:
    """A worker and a beat, running while the body runs."""
    from photonranch.celery import app

    worker = app.WorkController(
        app=app,
        hostname="embedded@localhost",
        pool="threads",
        # Two people's zips must not keep a frame that comes in from being shown.
        concurrency=4,
        loglevel="WARNING",
        without_heartbeat=True,
        without_mingle=True,
        without_gossip=True,
    )
    beat = EmbeddedService(
        app,
        thread=True,
        # Left out, it would be Celery's own: the service alone does not look at the settings.
        scheduler_cls=settings.CELERY_BEAT_SCHEDULER,
        max_interval=MAX_BEAT_SLEEP_S,
        schedule_filename=str(settings.VAR_DIR / "broker" / "beat"),
    )
    beat.daemon = True
    thread = threading.Thread(target=_run, args=(worker,), name="celery-worker", daemon=True)
    thread.start()
    beat.start()
    try:
        yield
    finally:
        beat.stop()
        worker.stop()
        thread.join(STOP_TIMEOUT_S)


def _run(worker: Any) -> None:
    try:
        worker.start()
    except Exception:
        log.exception("the embedded worker stopped")
    finally:
        close_old_connections()
