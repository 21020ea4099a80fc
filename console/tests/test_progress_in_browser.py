"""The page behind a link to a zip that is not ready: it waits with its reader, then hands out the file."""

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from console.tests.observatory import Observatory
from testing.browser import Browse, Live, axe, fits, screenshot
from testing.live import fresh_state, running

pytestmark = [pytest.mark.browser, pytest.mark.live]

# Answers at once, with the link.
AT_ONCE = {"REDIS_URL": "", "ZIP_WAIT_S": "0"}


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    """uvicorn has no worker of its own: what is asked of it waits for a process that has one."""
    with fresh_state() as state:
        with running("daphne", env=AT_ONCE, state=state) as with_worker:
            live = Live(with_worker, state)
            ranch = Observatory(live, "saf")
            for number in (1, 2):
                ranch.takes_image(number)
        with running("uvicorn", env=AT_ONCE, state=state) as alone:
            yield Live(alone, state)


def test_it_works(browse: Browse, server: Live, tmp_path: Path) -> None:
    asked = {"site": "saf", "start_timestamp_s": 0, "end_timestamp_s": time.time() + 60, "fits_size": "best"}
    link = server.send("POST", "/api/downloadzip", asked)["message"]
    # Meanwhile it may say that nobody is there who makes it.
    browse.forgive("status of 503 .*/api/product/")
    page = browse(link.removeprefix(server.url))

    expect(page.get_by_role("status")).to_contain_text("The download starts by itself")
    expect(page.get_by_role("progressbar", name="How much of it is made")).to_be_visible()
    axe(page)
    fits(page)
    screenshot(page, "zip-waiting")

    # Somebody comes who makes it.
    with page.expect_download(timeout=60_000) as coming, running("daphne", env=AT_ONCE, state=server.state):
        download = coming.value
    download.save_as(tmp_path / "frames.zip")
    expect(page.get_by_role("status")).to_contain_text("Ready")
    expect(page.get_by_role("link", name="take it here")).to_be_visible()
    screenshot(page, "zip-ready")

    archive = zipfile.ZipFile(io.BytesIO((tmp_path / "frames.zip").read_bytes()))
    assert archive.testzip() is None
    assert len(archive.namelist()) == 2
