"""The admin in a real browser: what staff see and do there, without an error, another host or a serious
fault."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from testing.browser import ADA, Browse, Live, axe, fits, screenshot
from testing.cast import ALICE, a_command
from testing.live import ROOT, environment

pytestmark = pytest.mark.browser

_FILL = """
from testing.rows import ROWS, fill
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
    "projects/project", "projects/projectframe", "status/status", "status/phase", "status/lastseen",
    "images/image", "images/imageheader", "images/upload", "images/infoimage", "images/product",
    "images/storedvolume", "pipe/queue", "pipe/item", "pipe/machine", "pipe/sample",
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
        page.locator(f"#result_list a[href*='/{name}/'][href*='/change/']").first.click()
        page.wait_for_url("**/change/**")
        axe(page)
        screenshot(page, f"admin-page-{name.replace('/', '-')}", whole=False)


def test_a_job_is_canceled_from_the_list(server: Live, browse: Browse) -> None:
    job = server.send("POST", "/jobs/newjob", a_command(site="s001", action="park"), ALICE.token)
    page = browse("/admin/jobs/job/?q=park")
    enter(page)

    page.get_by_role("checkbox", name="Select record").last.check()
    page.get_by_label("Select action to run").select_option("cancel")
    screenshot(page, "admin-action-chosen", whole=False)
    axe(page)
    page.get_by_role("button", name="Run").click()

    expect(page.get_by_text("1 canceled.")).to_be_visible()
    screenshot(page, "admin-action-done", whole=False)
    axe(page)
    recent = server.send("POST", "/jobs/getrecentjobs", {"site": "s001"})
    assert f"CANCELED#{job['ulid']}" in [each["statusId"] for each in recent]


def test_a_key_is_made_shown_once_and_revoked_after_a_question(server: Live, browse: Browse) -> None:
    page = browse("/admin/sitecfg/sitekey/add/")
    enter(page)
    axe(page)
    page.locator("#id_site").fill("s002")
    page.locator("#id_note").fill("the dome's computer")
    page.get_by_role("button", name="Save", exact=True).click()

    message = page.get_by_text("shown only now").inner_text()
    assert re.search(r"prk_[\w-]{43}", message)
    screenshot(page, "admin-key-made", whole=False)
    axe(page)
    page.reload()
    expect(page.get_by_text("shown only now")).to_have_count(0)

    page.get_by_role("row", name="the dome's computer").get_by_role("link").first.click()
    page.get_by_role("link", name="Revoke").click()
    expect(page.get_by_text("That cannot be undone")).to_be_visible()
    screenshot(page, "admin-question", whole=False)
    axe(page)
    page.get_by_role("button", name="Yes: Revoke").click()
    expect(page.get_by_text("1 refused from now on.")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_filters_by_keys_and_on_a_phone(browse: Browse, theme: str) -> None:
    page = browse("/admin/jobs/job/", theme=theme, phone=True)  # type: ignore[arg-type]
    enter(page)
    fits(page)
    axe(page)
    screenshot(page, f"admin-list-{theme}-phone", whole=False)

    page.get_by_role("button", name="Filters").focus()
    page.keyboard.press("Enter")
    page.get_by_text("complete", exact=True).click()
    screenshot(page, f"admin-filters-{theme}-phone", whole=False)
    axe(page)
    page.get_by_role("button", name="Apply Filters").click()

    expect(page).to_have_url(re.compile("state=COMPLETE"))
    expect(page.get_by_text("among the newest")).to_be_visible()
