"""Tasks that last as long as a test wants, for workers started with `--include testing.tasks`."""

import threading
from pathlib import Path

from celery import shared_task


@shared_task
def held(folder: str, name: str) -> None:
    """Writes `name.begun`, waits until `name.go` is there, and writes `name.done`."""
    there = Path(folder)
    (there / f"{name}.begun").touch()
    while not (there / f"{name}.go").exists():
        threading.Event().wait(0.02)
    with (there / f"{name}.done").open("a") as done:
        done.write("done\n")
