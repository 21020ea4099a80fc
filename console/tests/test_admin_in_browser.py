"""The admin in a real browser: what staff see and do there, without an error, another host or a serious
fault."""

import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from console.testing_browser import ADA, Browse, Live, axe, fits, screenshot
from photonranch.testing_live import ROOT, environment

pytestmark = pytest.mark.browser

_FILL = """
from photonranch.testing_rows import ROWS, fill
for label in sorted(ROWS):
    fill(label, 60 if label in ("jobs.job", "logs.logmessage", "images.upload") else 4)
"""


@pytest.fixture(scope="module", autouse=True)
def _stocked(server: Live) -> None:
    """Some rows of everything."""
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", _FILL]
    subprocess.run(command, env=environment(server.state), cwd=ROOT, check=True, timeout=60)


def enter(page: Page) -> None:
    """By the admin's own door, and to the page that was asked for."""
    page.get_by_label("Username").fill(ADA.user_id)
    page.get_by_label("Password").fill(ADA.password)
    page.get_by_role("button", name="Log in").click()
    page.locator("#main").wait_for()


def test_the_door(browse: Browse) -> None:
    page = browse("/admin/")
    axe(page)
    screenshot(page, "admin-login")

    enter(page)

    expect(page).to_have_title("Start | Photon Ranch")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True])
def test_the_start_page(browse: Browse, theme: str, phone: bool) -> None:
    page = browse("/admin/", theme=theme, phone=phone)  # type: ignore[arg-type]
    enter(page)

    expect(page.get_by_role("link", name="Sites online")).to_contain_text("1 of 4")
    expect(page.get_by_role("link", name="Jobs waiting")).to_contain_text("16")
    fits(page)
    axe(page)
    screenshot(page, f"admin-start-{theme}{'-phone' if phone else ''}")

    page.get_by_role("link", name="Jobs waiting").click()
    expect(page.get_by_text("16 jobs")).to_be_visible()


LISTS = [
    "auth/user", "auth/group", "admin/logentry", "sitecfg/site", "sitecfg/configuration", "sitecfg/sitekey",
    "sitecfg/night", "sitecfg/nightnote", "sitecfg/controlroom", "jobs/job", "jobs/jobreport",
    "jobs/siteclock", "logs/logmessage", "reservations/reservation", "reservations/sitecalendar",
    "projects/project", "status/status", "status/phase", "status/lastseen", "images/image",
    "images/imageheader", "images/upload", "images/infoimage", "images/product", "images/storedvolume",
    "pipe/queue", "pipe/item", "pipe/machine",
]  # fmt: skip


def test_every_list_and_one_page_of_each(browse: Browse) -> None:
    # The pictures of these frames are not in the store.
    browse.forgive("404.*/api/file/")
    page = browse("/admin/")
    enter(page)
    for name in LISTS:
        page.goto(f"/admin/{name}/")
        axe(page)
        screenshot(page, f"admin-list-{name.replace('/', '-')}", whole=False)
        page.locator("#result_list a[href*='/change/']").first.click()
        page.wait_for_url("**/change/**")
        axe(page)
        screenshot(page, f"admin-page-{name.replace('/', '-')}", whole=False)
