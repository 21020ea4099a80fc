"""What the first file would wait for is there before it comes: a worker's child for reading files
(images.childprocess), and in the worker itself astropy's WCS and coordinates, 0.4 s."""

import threading
from typing import Any

from celery import bootsteps
from celery.signals import worker_process_init

from images import pictures
from images.cards import Header
from images.positions import position
from photonranch.celery import app

# A frame that needs all of it: a WCS whose points are turned from another equinox.
TURNED: dict[str, Any] = {
    "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 83.8, "CRVAL2": -5.4, "CRPIX1": 2.0, "CRPIX2": 2.0,
    "CDELT1": -1e-3, "CDELT2": 1e-3, "NAXIS1": 4, "NAXIS2": 4, "RADESYS": "FK4", "EQUINOX": 1950.0,
}  # fmt: skip


def warm_up() -> None:
    pictures.warm_up()
    # Beside what the worker does first: whoever needs it before it is there waits for the rest of it.
    threading.Thread(target=position, args=(Header(TURNED),), name="warming", daemon=True).start()


@worker_process_init.connect
def forked(**_: Any) -> None:
    """Each process in which a worker's tasks run has its own."""
    warm_up()


class Warm(bootsteps.StartStopStep):
    """The same in a worker whose tasks run in threads, as those of the one inside `manage.py serve`."""

    requires = ("celery.worker.components:Pool",)

    def start(self, worker: Any) -> None:
        if not worker.pool.uses_semaphore:
            warm_up()


app.steps["worker"].add(Warm)
