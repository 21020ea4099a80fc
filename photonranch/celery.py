"""The Celery app, and the table of what runs by the clock."""

import os
from typing import Any

from botocore.exceptions import BotoCoreError
from celery import Celery, Task
from django.db import InterfaceError, OperationalError

from photonranch.background import signals
from photonranch.background.broker import use_for_redis

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "photonranch.settings")


class RetriedTask(Task):
    """Tries again for a minute when the database or the store of files does not answer.

    What takes longer is found by `resume` and `sweep`, which know what is left unfinished.
    """

    autoretry_for = (OperationalError, InterfaceError, BotoCoreError)
    retry_backoff = 1
    retry_backoff_max = 15
    max_retries = 8


use_for_redis()
app = Celery("photonranch", task_cls=RetriedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
signals.join(app)

MINUTE = 60.0
HOUR = 60 * MINUTE


def every(seconds: float, task: str) -> dict[str, Any]:
    """An entry of the table. While no worker is there, the same task does not pile up."""
    return {"task": task, "schedule": seconds, "options": {"expires": max(seconds, MINUTE)}}


# Each task is safe to run late, twice or not at all for a while.
app.conf.beat_schedule = {
    "expire-logs": every(HOUR, "logs.tasks.expire"),
    "compute-nights": every(6 * HOUR, "sitecfg.tasks.compute_nights"),
    "restart-control-rooms": every(5 * MINUTE, "sitecfg.tasks.restart_control_rooms"),
    "expire-night-notes": every(HOUR, "sitecfg.tasks.expire_notes"),
    "empty-deleted-queues": every(MINUTE, "pipe.tasks.purge"),
    "return-ended-leases": every(MINUTE, "pipe.tasks.return_ended"),
    "sample-depths": every(MINUTE, "pipe.tasks.sample_depths"),
    "resume-files": every(15, "images.tasks.resume"),
    "sweep-uploads": every(10 * MINUTE, "images.tasks.sweep"),
    "measure-storage": every(10 * MINUTE, "images.tasks.measure"),
    "resume-frames": every(15, "projects.tasks.resume"),
    "expire-images": every(MINUTE, "images.tasks.expire"),
    "expire-unread-jobs": every(MINUTE, "jobs.tasks.expire_unread"),
    "expire-status": every(HOUR, "status.tasks.expire"),
    "forget-silent-devices": every(HOUR, "status.tasks.forget_silent_devices"),
}
