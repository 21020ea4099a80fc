"""What every page has: themes, navigation, signing in and out, keys, and no word to other hosts."""

import re

import pytest
from playwright.sync_api import expect

from testing.browser import ADA, CAROL, Browse, Live, Theme, axe, fits, screenshot, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.live]


def test_it_works(browse: Browse) -> None:
    page = browse("/")

    expect(page).to_have_title("Network · Photon Ranch")
    expect(page.get_by_role("link", name="Network")).to_have_attribute("aria-current", "page")
    expect(page.locator("#clock")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))


@pytest.mark.parametrize("theme", ["light", "dark", "red"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_signing_in_and_out(browse: Browse, theme: Theme, phone: bool) -> None:
    page = browse("/pipe", theme=theme, phone=phone)
    page.get_by_role("banner").get_by_role("link", name="Sign in").click()
    axe(page)
    fits(page)
    screenshot(page, f"sign-in-{theme}-{'phone' if phone else 'desk'}")
    page.go_back()

    sign_in(page, CAROL)

    expect(page).to_have_url(re.compile("/pipe$"))
    expect(page.get_by_role("banner")).to_contain_text("Carol Visitor")
    expect(page.get_by_role("link", name="Admin")).to_have_count(0)
    axe(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()


def test_a_wrong_password_is_said(browse: Browse) -> None:
    page = browse("/sign-in")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_contain_text("correct username and password")
    axe(page)


def test_staff_see_the_admin(browse: Browse) -> None:
    page = browse("/")
    sign_in(page, ADA)

    expect(page.get_by_role("link", name="Admin")).to_be_visible()


def test_the_rest_calls_know_who_is_signed_in(browse: Browse, server: Live) -> None:
    page = browse("/")
    sign_in(page, ADA)

    said = page.evaluate(
        """async () => {
            const {post} = await import("/static/console/js/api.js");
            return await post("/datastream/send", {site: "saf", topic: "testing", data: {}});
        }"""
    )
    assert said == {"site": "saf", "topic": "testing", "data": {}}


def test_a_refusal_is_an_error_with_the_servers_sentence(browse: Browse) -> None:
    browse.forgive("status of 401")
    page = browse("/")

    said = page.evaluate(
        """async () => {
            const {post} = await import("/static/console/js/api.js");
            try { await post("/datastream/send", {site: "saf", topic: "testing", data: {}}); }
            catch (error) { return [error.name, error.status, error.message]; }
        }"""
    )
    assert said == ["ApiError", 401, "Sign in to do this."]


def test_the_theme_is_remembered(browse: Browse) -> None:
    page = browse("/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_label("Theme").select_option("red")
    red = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.goto("/pipe")

    assert light != red
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == red
    expect(page.get_by_label("Theme")).to_have_value("red")


def test_the_keyboard_reaches_everything_in_the_header(browse: Browse) -> None:
    page = browse("/")
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.innerText.trim() || document.activeElement.id"))

    assert reached[0] == "Skip to the content"
    assert reached[1:6] == ["Photon Ranch", "Network", "Targets", "PIPE", "API"]
    assert reached[7] == "Sign in"


def test_the_skip_link_leads_to_the_content(browse: Browse) -> None:
    page = browse("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "content"


def test_a_page_that_is_not_there(browse: Browse) -> None:
    browse.forgive("status of 404")
    page = browse("/sites/<b>nowhere")

    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("There is no site <b>nowhere.")
    axe(page)


def test_without_scripts_it_can_still_be_read(browse: Browse) -> None:
    page = browse("/", scripts=False)

    expect(page.get_by_role("navigation")).to_be_visible()
