"""A worker's child for reading files (images.childprocess) is there before the first file comes."""

from typing import Any

from celery import bootsteps
from celery.signals import worker_process_init

from images import pictures
from photonranch.celery import app


@worker_process_init.connect
def forked(**_: Any) -> None:
    """Each process in which a worker's tasks run has its own."""
    pictures.warm_up()


class Warm(bootsteps.StartStopStep):
    """The same in a worker whose tasks run in threads, as those of the one inside `manage.py serve`."""

    requires = ("celery.worker.components:Pool",)

    def start(self, worker: Any) -> None:
        if not worker.pool.uses_semaphore:
            pictures.warm_up()


app.steps["worker"].add(Warm)
