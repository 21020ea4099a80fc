"""A site's page while an observatory works behind it: all arrives by itself, nothing is loaded anew."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from console.tests.observatory import at_work, started
from testing.browser import ADA, CAROL, Browse, Live, sign_in
from testing.cast import ALICE, an_event

pytestmark = [pytest.mark.browser, pytest.mark.live]


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with at_work() as live:
        yield live


def live(page: Page) -> Page:
    """Once the socket is open; a mark in the page would not survive its being loaded anew."""
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    page.evaluate("window.sameDocument = true")
    return page


def not_loaded_anew(page: Page) -> None:
    assert page.evaluate("window.sameDocument === true")


def job(page: Page, n: int = 0) -> Locator:
    return page.locator("#jobs > .job").nth(n)


def test_it_works(browse: Browse, server: Live) -> None:
    """A command sent from the page travels from waiting to done; an image appears, and a message."""
    ranch = started(server, "one")
    page = browse("/sites/one")
    sign_in(page, ADA)
    live(page)

    page.get_by_label("Exposure").fill("12")
    page.get_by_label("Filter").first.select_option("HA")
    page.get_by_role("button", name="Expose", exact=True).click()
    expect(job(page)).to_contain_text("waiting")
    expect(job(page)).to_contain_text("camera: expose")
    expect(job(page)).to_contain_text("time 12, image type light, count 1, filter HA")
    expect(job(page)).to_contain_text("Ada Admin")
    expect(page.locator("#queue-count")).to_have_text("1 waiting, 0 under way")

    (command,) = ranch.fetch()
    assert (command["deviceInstance"], command["required_params"]["time"]) == ("camera_1_1", "12")
    assert command["optional_params"]["filter"] == "HA"
    expect(job(page)).to_contain_text("fetched")

    ranch.reports(command, "EXPOSING", 30)
    expect(job(page)).to_contain_text("exposing")
    expect(job(page)).to_contain_text(re.compile(r"\d+ s left"))
    expect(job(page).get_by_role("progressbar")).to_be_visible()

    ranch.says("Exposure 1 of 1 is read out.")
    expect(page.locator("#messages-list > li").first).to_contain_text("Exposure 1 of 1 is read out.")

    base = ranch.takes_image(1, FILTER="HA")
    thumb = page.locator(f'[data-base="{base}"]')
    expect(thumb).to_contain_text("30 s, HA")
    thumb.locator("img").evaluate("image => image.decode()")

    ranch.reports(command, "COMPLETE")
    expect(job(page)).to_contain_text("done")
    expect(job(page).get_by_role("progressbar")).to_be_hidden()
    expect(page.locator("#announce")).to_have_text("camera: expose: done")
    not_loaded_anew(page)


def test_what_is_shown_live_is_what_is_shown_later(browse: Browse, server: Live) -> None:
    """The scripts and the server say the same, word by word: of status, queue, images, messages."""
    ranch = started(server, "same")
    page = live(browse("/sites/same"))
    ranch.all_status()
    ranch.status(
        "device", {"new device": {"it": {"x_y": 5.0, "list": [1, 2], "constructor": "<b>", "no": None}}}
    )
    ranch.phase("Taking flats")
    ranch.says("two\nlines <b>", "WARNING")
    server.send("POST", "/jobs/newjob", command_of("same"), ALICE.token)
    base = ranch.takes_image(1)
    expect(page.locator(f'[data-base="{base}"] img')).to_have_attribute("src", re.compile("EX11.jpg"))
    expect(page.locator(".job")).to_have_count(1)
    expect(page.locator('[data-group="new device|it"]')).to_be_visible()

    later = live(browse("/sites/same"))
    for panel in ("#groups", "#phase [data-f=message]", "#jobs .job-what", "#messages-list", "#thumbs"):
        assert said(page, panel) == said(later, panel), panel


def said(page: Page, panel: str) -> str:
    """Its text, without the ages, which grow."""
    text = page.locator(panel).evaluate(
        """box => { const copy = box.cloneNode(true);
            copy.querySelectorAll("time, [data-f=left]").forEach((each) => each.remove());
            return copy.textContent; }"""
    )
    return " ".join(str(text).split())


def command_of(site: str) -> dict[str, object]:
    return {
        "site": site,
        "device": "mount",
        "instance": "mount1",
        "action": "go",
        "required_params": {"ra": "5.588139", "dec": "-5.391111", "frame": "ICRS"},
        "optional_params": {"object": "M42 <b>"},
    }


def test_status_follows_and_grows_stale(browse: Browse, server: Live) -> None:
    ranch = started(server, "stale")
    page = live(browse("/sites/stale"))
    altitude = page.locator('[data-group="mount|mount1"] [data-key="altitude"]')
    expect(altitude).to_contain_text("48.2°")

    ranch.mount(altitude=12.3456, is_slewing=True)
    expect(altitude).to_contain_text("12.3°")
    expect(page.locator('[data-group="mount|mount1"] [data-key="is_slewing"]')).to_contain_text("yes")
    expect(altitude.locator(".stale-word")).to_be_hidden()
    expect(page.locator('[data-vital="roof"]')).to_have_text("Open")

    # Six minutes on, nobody has said anything but the mount.
    page.clock.install(time=datetime.now(UTC) + timedelta(minutes=6))
    page.reload()
    live(page)
    expect(page.locator('[data-vital="site"]')).to_have_text("Offline")
    expect(page.locator('[data-vital="roof"]')).to_have_text("Open, stale")
    expect(page.locator('[data-group="mount|mount1"]')).to_have_attribute("data-stale", "")
    expect(page.locator('[data-group="mount|mount1"] .said')).to_contain_text("6 min ago")


def test_a_roof_that_closes_and_weather_that_turns(browse: Browse, server: Live) -> None:
    """The WEMA says it; whoever looks at the observatory sees it."""
    ranch = started(server, "roof")
    page = live(browse("/sites/roof"))
    expect(page.locator('[data-vital="weather"]')).to_have_text("Good")

    ranch.weather(wx_ok="No", **{"humidity_%": 92})
    ranch.status("enclosure", {"enclosure": {"enclosure1": {"shutter_status": "Closing"}}}, ranch.wema)
    expect(page.locator('[data-vital="weather"]')).to_have_text("Bad")
    expect(page.locator('[data-vital="roof"]')).to_have_text("Closing")
    expect(page.locator('#weather-words [data-column="humidity"] td').first).to_have_text("92")
    expect(page.locator('[data-key="humidity_%"]')).to_contain_text("92 %")


def test_messages_are_filtered_by_level_and_stay_so(browse: Browse, server: Live) -> None:
    ranch = started(server, "talk")
    page = live(browse("/sites/talk"))
    lines = page.locator("#messages-list > li:visible")
    for level in ("debug", "info", "warning", "ERROR", "critical", "shouted"):
        ranch.says(f"a {level} message", level)
    expect(lines).to_have_count(5)
    expect(lines.first).to_contain_text("info")
    expect(page.locator("#announce")).to_have_text(re.compile("a (warning|ERROR|critical) message"))

    for name in ("info", "warning"):
        page.get_by_role("checkbox", name=name).uncheck()
    expect(lines).to_have_count(2)
    expect(page.locator("#hidden-messages")).to_have_text("4 of 6 not shown: their level is not chosen.")
    page.get_by_role("checkbox", name="debug").check()
    expect(lines).to_have_count(3)

    page.reload()
    expect(page.get_by_role("checkbox", name="info")).not_to_be_checked()
    expect(lines).to_have_count(3)


def test_what_happened_while_the_line_was_cut(browse: Browse, server: Live) -> None:
    ranch = started(server, "gap")
    page = browse("/sites/gap")
    sockets: list[WebSocketRoute] = []
    barred = False

    def follow(route: WebSocketRoute) -> None:
        sockets.append(route)
        if barred:
            route.close()
        else:
            route.connect_to_server()

    page.route_web_socket(re.compile("/datastream"), follow)
    page.reload()
    live(page)
    ranch.says("said before")
    expect(page.locator("#messages-list > li")).to_have_count(1)
    barred = True
    sockets[-1].close()
    expect(page.locator("#connection")).to_have_attribute("data-state", "waiting")
    ranch.says("said meanwhile")
    server.send("POST", "/jobs/newjob", command_of("gap"), ALICE.token)
    barred = False

    lines = page.locator("#messages-list > li")
    expect(lines).to_contain_text(["said meanwhile", "said before"])
    expect(job(page)).to_contain_text("waiting")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    # Repeated by the stream and asked for anew, it is there once; and so is what comes now.
    ranch.says("said afterwards")
    expect(lines).to_contain_text(["said afterwards", "said meanwhile", "said before"])
    expect(lines).to_have_count(3)
    expect(page.locator("#jobs > .job")).to_have_count(1)
    not_loaded_anew(page)


# --- What people do ----------------------------------------------------------------------------------------


def test_reserving_and_cancelling(browse: Browse, server: Live) -> None:
    started(server, "book")
    page = browse("/sites/book")
    sign_in(page, CAROL)
    live(page)
    now = datetime.now(UTC).replace(second=0, microsecond=0)

    page.get_by_label("From (UTC)").fill(f"{now:%Y-%m-%dT%H:%M}")
    page.get_by_label("For", exact=True).select_option("45 min")
    page.get_by_label("Note", exact=True).fill("Comet <b>")
    page.get_by_role("button", name="Reserve").click()

    mine = page.locator("#events-list > li")
    expect(mine).to_have_count(1)
    expect(mine).to_contain_text(f"{now:%H:%M}–{now + timedelta(minutes=45):%H:%M}")
    expect(mine).to_contain_text("Carol Visitor now Comet <b>")
    expect(page.locator('[data-vital="holder"]')).to_have_text("Carol Visitor")
    expect(page.locator(".timeline-event")).to_have_count(1)
    (event,) = server.send("POST", "/calendar/get-event-at-time", {"site": "book", "time": f"{now:%FT%TZ}"})
    assert (event["creator_id"], event["reservation_type"], event["project_id"]) == (
        "carol",
        "realtime",
        "none",
    )

    mine.get_by_role("button", name="Cancel").click()
    expect(mine).to_have_count(0)
    expect(page.locator('[data-vital="holder"]')).to_have_text("nobody")
    expect(page.locator("#no-events")).to_be_visible()
    not_loaded_anew(page)


def test_time_that_somebody_else_holds(browse: Browse, server: Live) -> None:
    """The calendar's and the queue's sentences are shown as such, and buttons go off when somebody comes."""
    browse.forgive("status of (401|409)")
    started(server, "held")
    page = browse("/sites/held")
    sign_in(page, CAROL)
    live(page)
    expose = page.get_by_role("button", name="Expose", exact=True)
    expect(expose).to_be_enabled()

    # Somebody takes the site between two looks of the page: it goes on believing what it heard before.
    allowed = {"command": "", "enclosure": "", "write": ""}
    page.route("**/sites/held/rights", lambda route: route.fulfill(json=allowed))
    event = an_event(datetime.now(UTC) - timedelta(minutes=1), 60, site="held", resourceId="held")
    server.send("POST", "/calendar/newevent", event, ALICE.token)
    expect(page.locator('[data-vital="holder"]')).to_have_text("Alice")
    page.unroute("**/sites/held/rights")
    expose.click()
    sentence = "Someone else has a reservation at this site now; the calendar shows until when."
    expect(page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
    expect(expose).to_be_disabled()
    expect(expose).to_have_attribute("title", sentence)

    page.get_by_role("button", name="Reserve").click()
    expect(page.locator("#reserve [data-refused]")).to_contain_text("held is reserved by Alice from")

    server.send("POST", "/calendar/delete", {"event_id": event["event_id"]}, ALICE.token)
    expect(expose).to_be_enabled()


def test_the_night_log(browse: Browse, server: Live) -> None:
    started(server, "note")
    other = live(browse("/sites/note"))
    page = browse("/sites/note")
    sign_in(page, CAROL)
    live(page)

    page.get_by_label("New note").fill("Clouds after midnight.\n<b>Mind the roof.</b>")
    page.get_by_label("Shown for").select_option("12 hours")
    page.get_by_role("button", name="Put it up").click()
    for each in (page, other):
        expect(each.locator("#note-strip")).to_contain_text("<b>Mind the roof.</b>")
        expect(each.locator("#note")).to_contain_text("Carol Visitor")
    note = server.send("GET", "/api/nightlog/note")
    assert note["ttl_timestamp_seconds"] - note["created_timestamp"] == 12 * 3600
    expect(other.get_by_role("button", name="Take it down")).to_be_disabled()

    page.get_by_role("button", name="Take it down").click()
    for each in (page, other):
        expect(each.locator("#note-strip")).to_be_hidden()
        expect(each.locator("#no-note")).to_be_visible()
    not_loaded_anew(other)


def test_slewing_by_coordinates(browse: Browse, server: Live) -> None:
    ranch = started(server, "slew")
    page = browse("/sites/slew")
    sign_in(page, ADA)
    live(page)
    page.locator("summary", has_text="Mount").click()
    ra, dec = page.get_by_label("Right ascension"), page.get_by_label("Declination")

    ra.fill("25 00 00")
    dec.fill("-5 23 28")
    page.get_by_role("button", name="Slew").click()
    assert ra.evaluate("field => field.validationMessage") == "Hours, such as 5 35 17.3 or 5.588"
    expect(page.locator(".job")).to_have_count(0)

    ra.fill("5h35m17.3s")
    dec.fill("89 23 28")  # as high as the pole, at any hour
    expect(page.locator("[data-altitude]")).to_have_text(re.compile(r"^Now 3\d° high\.$"))
    page.get_by_role("button", name="Slew").click()
    expect(job(page)).to_contain_text("mount: go")
    (command,) = ranch.fetch()
    assert command["required_params"] == {"ra": "5.588139", "dec": "89.391111", "frame": "ICRS"}
    # The telescope's client takes no slew without it.
    assert command["optional_params"]["object"] == ""


def test_a_slew_to_a_place_that_is_too_low_is_asked_for_twice(browse: Browse, server: Live) -> None:
    ranch = started(server, "low")
    page = browse("/sites/low")
    sign_in(page, ADA)
    live(page)
    page.locator("summary", has_text="Mount").click()
    page.get_by_label("Right ascension").fill("5 35 17.3")
    page.get_by_label("Declination").fill("-89")  # never above the horizon from there
    slew, question = page.get_by_role("button", name="Slew").first, page.get_by_role("dialog")

    slew.click()
    expect(question).to_contain_text(
        re.compile(r"That place is 3\d° below the horizon now, and low takes nothing")
    )
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    assert ranch.fetch() == []

    slew.click()
    question.get_by_role("button", name="Slew").click()
    expect(job(page)).to_contain_text("mount: go")
    assert [command["required_params"]["dec"] for command in ranch.fetch()] == ["-89.000000"]


def test_the_roof_is_asked_for_twice(browse: Browse, server: Live) -> None:
    ranch = started(server, "lid")
    page = browse("/sites/lid")
    sign_in(page, ADA)
    live(page)
    page.locator("summary", has_text="Enclosure").first.click()
    close = page.get_by_role("button", name="Close the roof")

    close.click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("Exposures that are on are lost.")
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    assert ranch.fetch(ranch.wema) == []

    close.click()
    question.get_by_role("button", name="Close the roof").click()
    expect(page.locator("#messages")).to_contain_text("Close the roof: sent to lidw.")
    (command,) = ranch.fetch(ranch.wema)
    assert (command["deviceType"], command["deviceInstance"], command["action"]) == (
        "enclosure",
        "enclosure1",
        "close",
    )


def test_cancelling_everything(browse: Browse, server: Live) -> None:
    ranch = started(server, "halt")
    page = browse("/sites/halt")
    sign_in(page, ADA)
    live(page)
    page.get_by_role("button", name="Expose", exact=True).click()
    expect(page.locator(".job")).to_have_count(1)

    page.get_by_role("button", name="Cancel all commands").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel all commands").click()
    expect(job(page, 0)).to_contain_text("cancel all commands")
    expect(job(page, 1)).to_contain_text("cancelled")
    assert [each["action"] for each in ranch.fetch()] == ["cancel_all_commands"]


def test_visitors_look_and_do_not_touch(browse: Browse, server: Live) -> None:
    started(server, "look")
    page = live(browse("/sites/look"))

    for name in ("Expose", "Cancel all commands", "Reserve", "Put it up"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
    expect(page.locator("#commands")).to_contain_text("Sign in to send commands.")
    page.locator("#commands").get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fsites%2Flook$"))


def test_who_is_no_admin_leaves_the_roof_alone(browse: Browse, server: Live) -> None:
    started(server, "keep")
    page = browse("/sites/keep")
    sign_in(page, CAROL)
    live(page)
    page.locator("summary", has_text="Enclosure").first.click()

    expect(page.get_by_role("button", name="Open the roof")).to_be_disabled()
    reason = page.locator('[data-why="enclosure"]')
    expect(reason).to_have_text("Commands to a weather and enclosure manager need the role admin.")


def test_now_moves_through_the_sky(browse: Browse, server: Live) -> None:
    started(server, "sky")
    page = browse("/sites/sky")
    start, end = (
        float(page.locator("svg.sky").get_attribute(f"data-{name}") or 0) for name in ("start", "end")
    )
    page.clock.install(time=datetime.fromtimestamp(start + (end - start) / 4, UTC))
    page.reload()
    line = page.locator(".sky-now line")
    expect(line).to_have_attribute("x1", "25.00%")
    before = page.locator('#events [data-state="next"] .event-name').text_content()
    expect(page.locator('#events [data-state="next"] .event-in')).to_have_text(re.compile(r"^in .*min$"))

    page.clock.fast_forward("06:00:00")
    expect(line).to_have_attribute("x1", "50.00%")
    assert page.locator('#events [data-state="next"] .event-name').text_content() != before
