"""The documentation builds into pages, and every link in it leads somewhere."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)


def test_it_builds(tmp_path: Path) -> None:
    """In strict mode, as `make docs`: a dead link, a missing anchor, a page that is in no menu fail it."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Photon Ranch" in (tmp_path / "index.html").read_text()
