"""Every test of the archive has a store of its own, and a worker that works at once."""

from pathlib import Path
from typing import Any

import pytest

from images.workers import workers
from photonranch.celery import app


@pytest.fixture(autouse=True)
def _own_store(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.INCOMING_ROOT = tmp_path / "media" / ".incoming"
    backend = settings.STORAGES["default"]["BACKEND"]
    options = {"location": str(tmp_path / "media"), "allow_overwrite": True}
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend, "OPTIONS": options}}


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch) -> "Worker":
    """Runs tasks as soon as they are sent."""
    app.loader.import_default_modules()
    worker = Worker()
    monkeypatch.setattr(app, "send_task", worker.send)
    monkeypatch.setattr(app.control, "ping", worker.ping)
    workers.forget()
    return worker


class Worker:
    """Tasks in the order in which they were sent; `idle` keeps them waiting."""

    def __init__(self) -> None:
        self.idle = False
        self.alive = True
        self.waiting: list[tuple[str, tuple[Any, ...]]] = []

    def send(self, name: str, args: tuple[Any, ...] = (), **_: Any) -> None:
        if self.idle:
            self.waiting.append((name, args))
        else:
            app.tasks[name](*args)

    def work(self) -> None:
        self.idle = False
        while self.waiting:
            name, args = self.waiting.pop(0)
            app.tasks[name](*args)

    def ping(self, **_: Any) -> list[Any]:
        return [{"worker": {"ok": "pong"}}] if self.alive else []
