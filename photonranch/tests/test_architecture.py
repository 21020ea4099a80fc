"""The map in docs/architecture.md leads to what is there."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import resolve

ROOT = Path(settings.BASE_DIR)
TEXT = (ROOT / "docs" / "architecture.md").read_text()
# In code between backticks: a folder or a file of this repository.
PATHS = sorted(set(re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.(?:py|md))?)`", TEXT)))
CALLS = re.findall(r"^\| `[A-Z]+ (/\S+)` \| `(\S+)` \| `(\S+)` \|$", TEXT, re.MULTILINE)


def test_it_reads_the_map() -> None:
    assert len(PATHS) > 60
    assert len(CALLS) == 10


@pytest.mark.parametrize("path", PATHS)
def test_every_path_leads_somewhere(path: str) -> None:
    here = [ROOT / path, ROOT / "photonranch" / path, *ROOT.glob(f"*/{path}")]

    assert any(each.is_dir() if path.endswith("/") else each.is_file() for each in here)


@pytest.mark.parametrize(("call", "module"), [(call, module) for call, module, _ in CALLS])
def test_every_call_is_answered_where_the_map_says(call: str, module: str) -> None:
    view = resolve(call.replace("{site}", "saf")).func
    view_class = getattr(view, "view_class", view)

    assert view_class.__module__ == module.removesuffix(".py").replace("/", ".")


def test_every_app_is_on_the_map() -> None:
    apps = {path.parent.name for path in ROOT.glob("*/apps.py")}

    assert {app for app in apps if f"| `{app}/`" not in TEXT} == set()
