"""docs/frontend.md: its commands do to the frontend's files what its table says."""

import re
import subprocess
from pathlib import Path

import pytest

from testing.live import ROOT

DOC = (ROOT / "docs" / "frontend.md").read_text()
ROW = re.compile(r"^\|[^|]*\|[^|]+\| `((?:https|wss)://[^`]+)` \| `([^`]+)` \|$", re.MULTILINE)
SED = next(
    block for block in re.findall(r"^```sh\n(.*?)^```$", DOC, re.MULTILINE | re.DOTALL) if "sed" in block
)


def edited(folder: Path, text: str) -> str:
    """`text` as a built script, after the commands."""
    script = folder / "js" / "app.1a2b.js"
    script.parent.mkdir()
    script.write_text(text)
    subprocess.run(["sh", "-eu", "-c", SED], cwd=folder, check=True)
    return script.read_text()


def test_the_table_has_the_ten_lines() -> None:
    rows = ROW.findall(DOC)

    # Two of them are on one row.
    assert len(rows) == 9
    assert {shipped for shipped, _ in rows if "photonranch.org" not in shipped} == set()


@pytest.mark.parametrize(("shipped", "here"), sorted(set(ROW.findall(DOC))))
def test_the_commands_make_the_table_come_true(tmp_path: Path, shipped: str, here: str) -> None:
    assert edited(tmp_path, f'a="{shipped}",b="{shipped}/x"') == f'a="{here}",b="{here}/x"'


def test_other_stages_and_what_stays(tmp_path: Path) -> None:
    """The calendar's stage has changed over the years; the text that links to zips must carry stays."""
    zips = "https://photonranch-001.s3.amazonaws.com"
    text = edited(
        tmp_path, f'["https://calendar.photonranch.org/dev","{zips}","https://www.photonranch.org"]'
    )

    assert text == f'["https://observe.ranch.example.org/calendar","{zips}","https://www.photonranch.org"]'
