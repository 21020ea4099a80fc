"""The page of the network, as people see it: what the server rendered, and what frames make of it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from console.tests import scene
from testing.browser import Browse, Live, Theme, axe, fits, screenshot
from testing.cast import ADMIN, BOB

pytestmark = [pytest.mark.browser, pytest.mark.live]


@pytest.fixture(scope="module", autouse=True)
def network(server: Live) -> None:
    scene.a_network(server)


def card(page: Page, code: str) -> Locator:
    return page.locator(f"#site-{code}")


def fact(page: Page, code: str, name: str) -> Locator:
    return card(page, code).locator(f'[data-fact="{name}"]')


def live(page: Page) -> Page:
    """Once the page hears of what happens."""
    expect(page.locator("#connection")).to_have_text("Live")
    return page


def test_it_works(browse: Browse) -> None:
    page = live(browse("/"))

    expect(page.get_by_role("article")).to_have_count(len(scene.PLACES))
    expect(fact(page, "saf", "online")).to_have_text("Online")
    expect(fact(page, "saf", "roof")).to_have_text("Open")
    expect(fact(page, "saf", "weather")).to_have_text("Good")
    expect(fact(page, "saf", "weather-why")).to_have_text(
        "11.3\u00a0°C, humidity 34\u00a0%, wind 2.1\u00a0m/s"
    )
    expect(fact(page, "saf", "phase")).to_have_text("Taking 60 s exposures of M 31 in w")
    expect(fact(page, "saf", "holder")).to_have_text(re.compile(r"^Alice until (\d+ \w+ )?\d\d:\d\d$"))
    expect(fact(page, "saf", "waiting")).to_have_text("1 waiting")
    expect(fact(page, "saf", "image")).to_contain_text("saf-sq003ms-20260711-00000012")
    expect(fact(page, "mrc1", "roof-why")).to_have_text("bad weather")
    expect(fact(page, "mrc1", "weather-why")).to_contain_text("on hold")
    expect(fact(page, "mrc1", "holder")).to_contain_text("Nobody; Bob from")
    expect(fact(page, "lbb1", "online")).to_have_text("Never heard from")


@pytest.mark.parametrize("theme", ["light", "dark", "red"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_it_is_well_made(browse: Browse, theme: Theme, phone: bool) -> None:
    page = live(browse("/", theme=theme, phone=phone))

    axe(page)
    fits(page)
    loaded = page.locator('[data-fact="image"] img').first
    loaded.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('[data-fact=image] img').naturalWidth > 0")
    screenshot(page, f"network-{theme}-{'phone' if phone else 'desk'}")


def test_without_scripts_every_fact_is_there(browse: Browse) -> None:
    page = browse("/", scripts=False)

    expect(fact(page, "saf", "roof")).to_have_text("Open")
    expect(fact(page, "saf", "phase")).to_have_text("Taking 60 s exposures of M 31 in w")
    expect(fact(page, "mrc1", "weather")).to_have_text("Bad")
    expect(page.locator("#night path")).to_have_count(4)
    screenshot(page, "network-without-scripts")


def test_what_sites_send_is_text(browse: Browse, server: Live) -> None:
    page = live(browse("/"))

    expect(card(page, "tbo2")).to_contain_text("A <script>alert('name')</script> & \"quoted\" place")
    expect(fact(page, "tbo2", "phase")).to_have_text("<img src=x onerror=alert(1)> & so on")
    scene.phase(server, "tbo2", "<b onclick=alert(2)>live</b>")
    expect(fact(page, "tbo2", "phase")).to_have_text("<b onclick=alert(2)>live</b>")
    assert page.locator("article script, article b, article img[src=x]").count() == 0


class TestFrames:
    """Each of these changes the card without a reload."""

    def test_the_roof(self, browse: Browse, server: Live) -> None:
        page = live(browse("/"))
        scene.roof(server, "eco1", "Open")
        expect(fact(page, "eco1", "roof")).to_have_text("Open")
        expect(fact(page, "eco1", "roof")).to_have_class(re.compile("good"))
        expect(page.locator("#summary")).to_contain_text("2 with an open roof")

    def test_the_wemas_weather_reaches_its_observatories(self, browse: Browse, server: Live) -> None:
        page = live(browse("/"))
        scene.weather(server, "mrc", wx_ok="Yes", wx_hold=False, rain_rate=0)
        expect(fact(page, "mrc", "weather")).to_have_text("Good")
        expect(fact(page, "mrc1", "weather")).to_have_text("Good")
        expect(fact(page, "mrc2", "weather")).to_have_text("Good")

    def test_the_phase(self, browse: Browse, server: Live) -> None:
        page = live(browse("/"))
        scene.phase(server, "mrc2", "Focusing")
        expect(fact(page, "mrc2", "phase")).to_have_text("Focusing")
        expect(fact(page, "mrc2", "phase-at")).to_have_text("now")

    def test_who_holds_it(self, browse: Browse, server: Live) -> None:
        page = live(browse("/"))
        event = scene.reserve(server, "mrc2", BOB, minutes=30)
        expect(fact(page, "mrc2", "holder")).to_contain_text("Bob until")
        server.send("POST", "/calendar/delete", {"event_id": event["event_id"]}, token=BOB.token)
        expect(fact(page, "mrc2", "holder")).to_have_text("Nobody")

    def test_commands(self, browse: Browse, server: Live) -> None:
        page = live(browse("/"))
        scene.command(server, "mrc2")
        expect(fact(page, "mrc2", "waiting")).to_have_text("1 waiting")
        server.send("POST", "/jobs/getnewjobs", {"site": "mrc2"})
        expect(fact(page, "mrc2", "waiting")).to_have_text("None waiting")

    def test_an_image(self, browse: Browse, server: Live) -> None:
        page = live(browse("/"))
        expect(fact(page, "mrc2", "image")).to_have_text("No image yet")
        scene.frame(server, "mrc2-sq005ms-20260711-00000001")
        expect(fact(page, "mrc2", "image")).to_contain_text("mrc2-sq005ms-20260711-00000001")

    def test_a_site_that_falls_silent(self, browse: Browse, server: Live) -> None:
        page = browse("about:blank")
        page.clock.install()
        page.goto("/")
        live(page)
        expect(fact(page, "saf", "online")).to_have_text("Online")
        page.clock.fast_forward("10:00")
        expect(fact(page, "saf", "online")).to_have_text("Offline")
        expect(fact(page, "saf", "online-since")).to_have_text(re.compile(r"^since 1\d min ago$"))
        expect(page.locator("#announce")).to_contain_text("is offline")


def test_a_site_that_is_new_appears(browse: Browse, server: Live) -> None:
    """No frame tells of it: the page looks again every ten minutes."""
    page = browse("about:blank")
    page.clock.install()
    page.goto("/")
    live(page)
    server.send("PUT", "/api/new1/config", {"instance_type": "obs", "name": "New here"})
    page.clock.fast_forward("10:10")
    expect(card(page, "new1")).to_contain_text("New here")
    scene.phase(server, "new1", "First light")
    expect(fact(page, "new1", "phase")).to_have_text("First light")
    server.send("DELETE", "/api/new1/config", token=ADMIN.token)
    page.clock.fast_forward("10:10")
    expect(card(page, "new1")).to_have_count(0)


def test_the_keyboard_walks_the_sites(browse: Browse) -> None:
    page = live(browse("/"))
    page.get_by_role("banner").get_by_role("link", name="Sign in").focus()
    names = []
    for _ in range(5):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.getAttribute('href')"))
    assert names == ["/sites/eco1", "/sites/lbb1", "#site-mrc1", "/sites/saf", "/sites/tbo2"]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/sites/eco1$"))


def test_the_browsers_sun_is_the_servers(browse: Browse) -> None:
    """The page's own formula against the ephemeris, and both shapes of the night."""
    page = browse("/", scripts=False)
    rendered = page.locator("#sun").get_attribute("transform")
    night = page.locator("#night path").first.get_attribute("d")

    moved = live(browse("/"))
    x, y = _numbers(rendered)
    moved_x, moved_y = _numbers(moved.locator("#sun").get_attribute("transform"))
    assert abs(x - moved_x) < 1
    assert abs(y - moved_y) < 0.2
    before, after = _numbers(night), _numbers(moved.locator("#night path").first.get_attribute("d"))
    assert len(before) == len(after)
    assert max(abs(one - other) for one, other in zip(before, after, strict=True)) < 2


def _numbers(text: str | None) -> list[float]:
    return [float(each) for each in re.findall(r"-?\d+\.?\d*", text or "")]
