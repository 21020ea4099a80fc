"""Templates can be read: no line goes on beyond what an editor shows."""

from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
MAX_LINE = 160
APPS = sorted(path.parent for path in ROOT.glob("*/templates"))
TEMPLATES = sorted(path for app in APPS for path in (app / "templates").rglob("*") if path.is_file())


def test_templates_are_found() -> None:
    assert len(TEMPLATES) > 30


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_line_is_too_long(path: Path) -> None:
    lines = path.read_text().splitlines()

    assert [number for number, line in enumerate(lines, 1) if len(line) > MAX_LINE] == []
