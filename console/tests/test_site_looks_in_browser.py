"""How a site's page looks and is used: themes, phones, keys, readers of screens, browsers without scripts."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from console.tests.observatory import Observatory, at_work, night_of_weather, started
from testing.browser import ADA, CAROL, Browse, Live, Theme, axe, fits, screenshot, sign_in
from testing.cast import ADMIN, ALICE, BOB, an_event

pytestmark = [pytest.mark.browser, pytest.mark.live]

SITE = "full"


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with at_work() as live:
        yield live


@pytest.fixture(scope="module")
def ranch(server: Live) -> Observatory:
    """A site in the middle of a night's work."""
    ranch = started(server, SITE)
    night_of_weather(server, ranch.wema)
    ranch.weather(temperature_C=4.5)
    ranch.phase("Observing project M33, exposure 4 of 12")
    for level, message in TALK:
        ranch.says(message, level)
    for number in range(1, 8):
        ranch.takes_image(number, FILTER=("w", "HA", "O3")[number % 3])
    work(server, ranch)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    for person, start, minutes in ((ALICE, -20, 60), (BOB, 60, 45), (ALICE, 200, 90)):
        event = an_event(
            now + timedelta(minutes=start),
            minutes,
            site=SITE,
            reservation_note="M33 in H-alpha",
            creator_id=person.user_id,
            creator=person.name,
        )
        # One began before now, which only an admin books.
        server.send("POST", "/calendar/newevent", event, ADMIN.token)
    note = {"note_data": {"message": "The roof motor squeaks: look before you open.", "username": "Ada"}}
    server.send("POST", f"/api/nightlog/{SITE}", note, ALICE.token)
    return ranch


TALK = (
    ("info", "Cooling the camera to −10 °C."),
    ("debug", "Loop took 0.31 s."),
    ("warning", "Guiding lost; trying again with a longer exposure."),
    ("error", "Autofocus failed: no stars found.\nTrying the last good position."),
    ("info", "Slewing to M33."),
    ("info", "Exposure 4 of 12 begins."),
)


def work(server: Live, ranch: Observatory) -> None:
    """A queue with a job in every state."""
    asked: list[tuple[str, dict[str, str]]] = [
        ("unpark", {}),
        ("go", {"ra": "1.564", "dec": "30.66"}),
        ("set_tracking_on", {}),
        ("stop", {}),
    ]
    for action, params in asked:
        body = {"site": SITE, "device": "mount", "instance": "mount1", "action": action}
        server.send(
            "POST", "/jobs/newjob", {**body, "required_params": params, "optional_params": {}}, ALICE.token
        )
    jobs = ranch.fetch()
    ranch.reports(jobs[0], "COMPLETE")
    ranch.reports(jobs[1], "FAILED")
    expose = {"site": SITE, "device": "camera", "instance": "camera_1_1", "action": "expose"}
    what = {"required_params": {"time": "120", "image_type": "light"}, "optional_params": {"filter": "HA"}}
    server.send("POST", "/jobs/newjob", {**expose, **what}, ALICE.token)
    (exposure,) = ranch.fetch()
    ranch.reports(exposure, "EXPOSING", 90)
    server.send("POST", "/jobs/newjob", {**expose, **what}, ALICE.token)


def ready(page: Page) -> Page:
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    expect(page.locator(".plot-card canvas")).to_have_count(7)
    return page


@pytest.mark.parametrize("theme", ["light", "dark", "red"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_it_works(browse: Browse, ranch: Observatory, theme: Theme, phone: bool) -> None:
    page = browse(f"/sites/{SITE}", theme=theme, phone=phone)
    sign_in(page, ADA)
    ready(page)
    page.evaluate("window.scrollTo(0, 0)")

    fits(page)
    axe(page)
    screenshot(page, f"site-{theme}-{'phone' if phone else 'desk'}")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_with_everything_unfolded(browse: Browse, ranch: Observatory, theme: Theme) -> None:
    page = browse(f"/sites/{SITE}", theme=theme)
    sign_in(page, CAROL)
    ready(page)
    page.evaluate(
        """for (const each of document.querySelectorAll("details")) {
            each.removeAttribute("name");  // of those that share one, only one is open
            each.open = true;
        }"""
    )

    fits(page)
    axe(page)
    screenshot(page, f"site-unfolded-{theme}-desk")


def test_a_question(browse: Browse, ranch: Observatory) -> None:
    page = browse(f"/sites/{SITE}")
    sign_in(page, ADA)
    ready(page)
    page.get_by_role("button", name="Cancel all commands").click()

    expect(page.get_by_role("dialog").get_by_role("button", name="No")).to_be_focused()
    axe(page)
    screenshot(page, "site-question-light-desk", whole=False)


def test_the_roof_s_own_page(browse: Browse, ranch: Observatory) -> None:
    page = browse(f"/sites/{ranch.wema}")
    sign_in(page, ADA)
    ready(page)

    fits(page)
    axe(page)
    screenshot(page, "site-wema-light-desk")


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_a_site_that_has_said_nothing(browse: Browse, server: Live, phone: bool) -> None:
    server.send("PUT", "/api/mute/config", {"instance_type": "obs"})
    page = browse("/sites/mute", phone=phone)
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")

    fits(page)
    axe(page)
    screenshot(page, f"site-empty-light-{'phone' if phone else 'desk'}")


def test_a_site_that_nobody_knows(browse: Browse) -> None:
    browse.forgive("status of 404")
    page = browse("/sites/nowhere")

    expect(page.get_by_role("heading", level=1)).to_have_text("Not found")
    axe(page)
    page.get_by_role("link", name="To the network").click()
    expect(page).to_have_title("Network · Photon Ranch")


def test_without_scripts_the_facts_are_there(browse: Browse, ranch: Observatory) -> None:
    page = browse(f"/sites/{SITE}", scripts=False)

    for said in (
        "Observing project M33",
        "Altitude",
        "48.2°",
        "Exposure 4 of 12 begins.",
        "Held by Alice",
        "failed",
    ):
        expect(page.get_by_role("main")).to_contain_text(said)
    expect(page.locator("#weather-words")).to_contain_text("Temperature: air")
    expect(page.get_by_text("Commands need JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Expose", exact=True)).to_be_disabled()
    screenshot(page, "site-without-scripts-light-desk")


def test_by_keyboard_alone(browse: Browse, ranch: Observatory, server: Live) -> None:
    """From the top: skip the head, expose, filter messages, look at an image, come back."""
    page = browse(f"/sites/{SITE}")
    sign_in(page, ADA)
    ready(page)
    page.reload()
    ready(page)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "document.activeElement.matches('.jumps a[href=\"#commands\"]')")
    page.keyboard.press("Enter")
    tab_to(page, "document.activeElement.name === 'required.time'")
    page.keyboard.press("Control+A")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(page.locator(".job").first).to_contain_text("time 7")

    tab_to(page, "document.activeElement.matches('a.thumb')", back=True)
    page.keyboard.press("Enter")
    viewer = page.get_by_role("dialog")
    expect(viewer).to_be_visible()
    expect(page.locator("#viewer-canvas")).to_be_focused()
    # Nothing behind the open dialog is reached.
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate(INSIDE)
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    assert page.evaluate("document.activeElement.matches('a.thumb')")


# After the last stop the browser itself has the focus, and then the page's body.
INSIDE = """!document.hasFocus() || document.activeElement === document.body
    || document.activeElement.closest("dialog") !== null"""


def tab_to(page: Page, reached: str, *, back: bool = False) -> None:
    """Press Tab until it is so; each stop must show that it has the focus."""
    for _ in range(120):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate(reached):
            break
    else:
        raise AssertionError(f"never reached: {reached}")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"


def test_sections_are_named_for_readers_of_the_screen(browse: Browse, ranch: Observatory) -> None:
    page = ready(browse(f"/sites/{SITE}"))

    names = (
        "Tonight's sky, Images, Messages, Commands, Queue, Status, Weather, Reservations tonight, Night log"
    )
    for name in names.split(", "):
        region = page.get_by_role("main").get_by_role("region", name=name, exact=True)
        expect(region).to_be_visible()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("img", name="Altitude of sun and moon over the night")).to_be_visible()
    plot = page.get_by_role("img", name=re.compile("^Temperature from .* Air: now 4.50 °C, from "))
    expect(plot).to_be_visible()
    expect(page.locator("#announce")).to_have_attribute("aria-live", "polite")
