"""What a newcomer sees after `make run`: a simulated observatory, which does what the page asks of it."""

import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect

from testing.browser import ADA, Browse, Live, sign_in
from testing.live import Process, environment, fresh_state, running

pytestmark = [pytest.mark.browser, pytest.mark.live]

# A command is fetched within a poll, a frame taken, drawn and sent: a busy machine takes its time.
PATIENCE_MS = 90_000


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with ExitStack() as stack:
        state = stack.enter_context(fresh_state())
        env = {"REDIS_URL": "", "DEMO": "1"}
        process = stack.enter_context(running("daphne", "--no-simulator", env=env, state=state))
        live = Live(process, state)
        live.make_accounts(ADA)
        command = [sys.executable, "manage.py", "simulate", "saf", "--server", live.url]
        simulator = Process([*command, "--speed=20", "--sky=open", "--every=0"], environment(state))
        stack.callback(simulator.stop)
        yield live


def ready(page: Page) -> Page:
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    page.evaluate("window.sameDocument = true")
    return page


def test_it_works(browse: Browse, server: Live) -> None:
    """A job sent from the page goes from waiting to done in the simulator; its image and messages arrive."""
    page = browse("/sites/saf")
    sign_in(page, ADA)
    ready(page)
    # The observatory is there when it has told of its mount.
    expect(page.get_by_role("heading", name=re.compile("Mount"))).to_be_visible(timeout=PATIENCE_MS)
    shown = page.locator("[data-base]").count()

    page.get_by_label("Exposure").fill("5")
    page.get_by_role("button", name="Expose", exact=True).click()
    job = page.locator("#jobs > .job").first
    expect(job).to_contain_text("camera: expose")
    expect(job).to_contain_text("done", timeout=PATIENCE_MS)

    expect(page.locator("[data-base]")).to_have_count(shown + 1, timeout=PATIENCE_MS)
    page.locator("[data-base] img").first.evaluate("image => image.decode()")
    expect(page.locator("#messages-list > li").first).to_be_visible()
    assert page.evaluate("window.sameDocument === true")


def test_the_network_shows_it_too(browse: Browse, server: Live) -> None:
    page = ready(browse("/"))
    card = page.locator("article, li").filter(has=page.get_by_role("link", name="saf", exact=True)).first
    expect(card).to_contain_text("online", ignore_case=True, timeout=PATIENCE_MS)
    expect(card).to_contain_text("open", ignore_case=True, timeout=PATIENCE_MS)
