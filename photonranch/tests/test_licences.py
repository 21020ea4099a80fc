"""docs/licences.md names what the server stands on, and docs/security.md leads there."""

import re
import subprocess
import sys
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PINNED = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==", re.MULTILINE)


def rows(page: str) -> dict[str, str]:
    found = re.findall(r"^\| ([\w.-]+) \| (.+) \|$", page, re.MULTILINE)
    return {name: licence for name, licence in found if name != "package"}


def test_every_pinned_requirement_is_named_with_its_licence() -> None:
    pinned = PINNED.findall((ROOT / "requirements.in").read_text())
    command = [sys.executable, str(ROOT / ".ci/licences.py")]
    said = rows(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    kept = rows((ROOT / "docs/licences.md").read_text())

    assert len(pinned) > 30
    assert {name: kept.get(name) for name in pinned} == {name: said[name] for name in pinned}, "make licences"
    assert [name for name in pinned if said[name] == "see the package"] == []


def test_what_is_said_of_security_leads_somewhere() -> None:
    page = ROOT / "docs/security.md"
    for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
        assert (page.parent / link).exists(), link
    assert "docs/security.md" in (ROOT / "SECURITY.md").read_text()
