"""What a page does when its server goes away, and comes back."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from console.tests import scene
from testing.browser import ADA, CAROL, Browse, Driver, Live, screenshot
from testing.live import fresh_state, running

pytestmark = [pytest.mark.browser, pytest.mark.live]


def state_of(page: Page, text: str) -> None:
    expect(page.locator("#connection")).to_have_text(text)


class TestRestart:
    """A server that ends and begins again at the same address, with the same data."""

    @pytest.fixture
    def server(self) -> Iterator[Live]:
        with fresh_state() as state, running("daphne", state=state) as process:
            live = Live(process, state)
            live.make_accounts(ADA, CAROL)
            yield live

    @pytest.fixture
    def browse(self, driver: Driver, server: Live) -> Iterator[Browse]:
        opened = Browse(driver, server.url)
        yield opened
        driver.do(opened.close)

    def test_the_page_finds_its_way_back(self, browse: Browse, server: Live) -> None:
        server.send("PUT", "/api/saf/config", {"instance_type": "obs", "name": "First"})
        page = browse("/")
        state_of(page, "Live")
        server.server.stop()
        state_of(page, "Offline")
        expect(page.locator("#announce")).to_have_text("The connection is lost. Trying again.")
        screenshot(page, "network-offline", whole=False)

        port = urlsplit(server.url).port
        with running("daphne", f"--port={port}", state=server.state) as process:
            again = Live(process, server.state)
            again.send("PUT", "/api/mrc1/config", {"instance_type": "obs", "name": "New meanwhile"})
            scene.phase(again, "saf", "Said before the page was back")
            expect(page.locator("#connection")).to_have_text("Live", timeout=40_000)
            # What no frame told, or a restart lost, is asked for.
            expect(page.locator("#site-mrc1")).to_contain_text("New meanwhile")
            expect(page.locator("#site-saf")).to_contain_text("Said before the page was back")
            # And the new site is followed.
            state_of(page, "Live")
            scene.phase(again, "mrc1", "Hello")
            expect(page.locator("#site-mrc1")).to_contain_text("Hello")


class TestStream:
    """js/stream.js by itself, against sockets that the test plays."""

    def test_frames_come_once_and_a_break_is_made_up_for(self, browse: Browse) -> None:
        page = browse("/sign-in")
        asked: list[dict[str, list[str]]] = []
        routes: list[WebSocketRoute] = []

        def answer(route: WebSocketRoute) -> None:
            asked.append(parse_qs(urlsplit(route.url).query, keep_blank_values=True))
            routes.append(route)

        page.route_web_socket(re.compile("/datastream"), answer)
        follow(page, ["saf", "mrc1"])
        wait_for(page, "window.states.at(-1)?.name === 'live'")
        for frame_id, site in ((7, "saf"), (7, "saf"), (3, "mrc1"), (8, "saf")):
            routes[0].send(frame(frame_id, site))
        routes[0].send("no frame")
        wait_for(page, "window.frames_seen.length === 3")
        routes[0].close(code=1013)
        wait_for(page, "window.states.filter((state) => state.name === 'live').length === 2")
        routes[1].send(frame(8, "saf"))
        routes[1].send(frame(9, "saf"))
        wait_for(page, "window.frames_seen.length === 4")

        assert page.evaluate("window.frames_seen") == [["saf", 7], ["mrc1", 3], ["saf", 8], ["saf", 9]]
        assert asked == [
            {"site": ["saf", "mrc1"], "since": ["", ""]},
            {"site": ["saf", "mrc1"], "since": ["8", "3"]},
        ]
        names = page.evaluate("window.states.map((state) => [state.name, state.again])")
        assert names[-1] == ["live", True]
        assert ["waiting", False] in names

    def test_many_sites_share_a_few_sockets(self, browse: Browse) -> None:
        page = browse("/sign-in")
        opened: list[int] = []
        page.route_web_socket(
            re.compile("/datastream"),
            lambda route: opened.append(len(parse_qs(urlsplit(route.url).query)["site"])),
        )
        follow(page, [f"site{n}" for n in range(230)])
        wait_for(page, "window.states.at(-1)?.name === 'live'")

        assert opened == [100, 100, 30]

    def test_waits_grow_and_differ(self, browse: Browse) -> None:
        """A server that refuses everybody is asked less and less often. The page's clock stands still."""
        page = browse("/sign-in")
        page.clock.install(time=0)
        page.clock.pause_at(1000)
        page.route_web_socket(re.compile("/datastream"), lambda route: route.close(code=1013))
        follow(page, ["saf"])
        for n in range(7):
            wait_for(page, f"window.waits.length === {n + 1}")
            wait = page.evaluate(f"window.waits[{n}]")
            most = min(30_000, 1000 * 2**n)
            assert most / 2 <= wait <= most
            page.clock.run_for(int(wait) + 1)

    def test_the_socket_is_closed_with_the_page(self, browse: Browse) -> None:
        page = browse("/sign-in")
        closed: list[Any] = []
        page.route_web_socket(
            re.compile("/datastream"),
            lambda route: route.on_close(lambda code, reason: closed.append(code)),
        )
        follow(page, ["saf"])
        wait_for(page, "window.states.at(-1)?.name === 'live'")
        page.evaluate("window.stream.close()")
        page.wait_for_function("() => true")
        for _ in range(50):
            if closed:
                break
            page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")

        assert len(closed) == 1
        assert page.evaluate("window.states.at(-1).name") == "live"


def follow(page: Page, sites: list[str]) -> None:
    page.evaluate(
        """async (sites) => {
            const {watch} = await import("/static/console/js/stream.js");
            window.frames_seen = [];
            window.states = [];
            window.waits = [];
            const onFrame = (frame) => window.frames_seen.push([frame.site, frame.id]);
            window.stream = watch(sites, onFrame, (state) => {
                window.states.push(state);
                if (state.name === "waiting") window.waits.push(state.retryInMs);
            });
        }""",
        sites,
    )


def wait_for(page: Page, condition: str) -> None:
    page.wait_for_function(f"() => {condition}")


def frame(frame_id: int, site: str) -> str:
    return json.dumps({"id": frame_id, "topic": "testing", "site": site, "data": {}})
