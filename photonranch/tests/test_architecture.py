"""The map in docs/architecture.md leads to what is there."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest
from django.conf import settings
from django.urls import resolve

from sitecfg.models import Site
from testing.cast import ALICE, Api, a_command

ROOT = Path(settings.BASE_DIR)
TEXT = (ROOT / "docs" / "architecture.md").read_text()
# In code between backticks: a folder or a file of this repository.
PATHS = sorted(set(re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.(?:py|md))?)`", TEXT)))
CALLS = re.findall(r"^\| `[A-Z]+ (/\S+)` \| `(\S+)` \| `(\S+)` \|$", TEXT, re.MULTILINE)

WALK = re.findall(
    r"`([\w/]+\.py)`", TEXT.partition("## One command, from URL to socket")[2].partition("\n## ")[0]
)
# What only names something, which Django reads once; and the other end, which is not in the request.
READ_BEFORE, AFTERWARDS = {"photonranch/urls.py", "jobs/urls.py"}, WALK[-4:]


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


def entered(call: Callable[[], object]) -> list[str]:
    """The files of this repository that have functions called in it, each where the first one is."""
    files: dict[str, None] = {}

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(f"{ROOT}/"):
            files.setdefault(frame.f_code.co_filename.removeprefix(f"{ROOT}/"))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    return list(files)


@pytest.mark.django_db(transaction=True)
def test_a_command_enters_the_files_of_its_walk_in_that_order(api: Api) -> None:
    Site.objects.create(code="saf", kind="obs", devices={"camera": ["camera_1_1"]}, configuration={})
    api.post("/jobs/newjob", a_command(), ALICE)  # what is imported and looked up once is so afterwards
    files = entered(lambda: api.post("/jobs/newjob", a_command(), ALICE))
    walk = [path for path in WALK if path not in READ_BEFORE | set(AFTERWARDS)]

    assert len(WALK) == len(set(WALK)) > 18
    assert [path for path in files if path in walk] == walk
    assert [path for path in files if path in AFTERWARDS] == []
