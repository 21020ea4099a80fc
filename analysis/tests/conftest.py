"""The archive's own store and worker, and a folder of our own for pixels."""

import json
from pathlib import Path
from typing import Any

import pytest

from analysis import child, services
from images.tests.conftest import Worker, _own_store, worker

__all__ = ["Worker", "_own_store", "worker"]


@pytest.fixture
def no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the child does is done in this process: starting one takes longer than all else.

    Whether it does the same in a process of its own is shown in test_bounds.py.
    """

    def answer(_: Any, question: dict[str, Any]) -> Any:
        return json.loads(json.dumps(child.answer(json.loads(json.dumps(question))), allow_nan=False))

    monkeypatch.setattr(services, "_ask", answer)


@pytest.fixture(autouse=True)
def kept(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where decoded pixels lie."""
    settings.ANALYSIS_ROOT = tmp_path / "analysis"
    # However busy the machine is.
    monkeypatch.setattr(services, "TIME_S", 300.0)
    return Path(settings.ANALYSIS_ROOT)
