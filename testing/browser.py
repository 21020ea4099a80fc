"""Headless Chromium before the real server, for tests with the marker `browser`.

    @pytest.mark.browser
    def test_it_works(server: Live, browse: Browse) -> None:
        page = browse("/", theme="dark", phone=True)
        sign_in(page, ADA)
        expect(page.get_by_role("heading", name="Network")).to_be_visible()
        axe(page)
        screenshot(page, "network-dark-phone")

A test fails when a page of it logs an error, throws, or asks another host for anything; what is meant to go
wrong is named with `browse.forgive(pattern)`. The fixtures are in console/tests/conftest.py.

Playwright's sync API leaves an event loop running in its thread: asynchronous tests and Django's ORM would
refuse to work there. So it has a thread of its own, in which the bodies of these tests run, too.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    expect,
    sync_playwright,
)

from testing.cast import BROWSERS
from testing.live import ROOT, Server, environment

T = TypeVar("T")
Theme = Literal["light", "dark", "red"]

SCREENSHOTS = ROOT / "var" / "screenshots"
AXE = Path(__file__).with_name("vendor") / "axe" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
# Nothing waits this long but what will not come: a busy machine is no reason to fail.
TIMEOUT_MS = 60_000


def chromium() -> str | None:
    """The browser of this machine."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


# --- The thread --------------------------------------------------------------------------------------------


class Driver:
    """One Chromium for all tests of a worker, and the thread that speaks with it."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="browser")
        self.playwright, self.browser = self.do(self._launch)

    def do(self, work: Callable[..., T], **arguments: Any) -> T:
        """Run it in the browser's thread; what it raises is raised here."""
        return self.thread.submit(work, **arguments).result()

    def close(self) -> None:
        self.do(self.browser.close)
        self.do(self.playwright.stop)
        self.thread.shutdown()

    def _launch(self) -> tuple[Playwright, Browser]:
        where = chromium()
        assert where, f"no browser is installed: none of {', '.join(BROWSERS)} is on PATH"
        playwright = sync_playwright().start()
        expect.set_options(timeout=TIMEOUT_MS)
        return playwright, playwright.chromium.launch(executable_path=where, args=ARGUMENTS)


# --- The server and the people who sign in -----------------------------------------------------------------


@dataclass(frozen=True)
class Account:
    """Somebody with an account in the admin. `user_id` is how the REST calls know them."""

    user_id: str
    full_name: str
    superuser: bool = False
    password: str = "correct horse battery staple"


ADA = Account("ada", "Ada Admin", superuser=True)
CAROL = Account("carol", "Carol Visitor")

_MAKE_ACCOUNTS = """
import json, sys
from django.contrib.auth.models import User
for user_id, full_name, superuser, password in json.loads(sys.stdin.read()):
    first, last = full_name.split(" ")
    user = User(username=user_id, first_name=first, last_name=last)
    user.is_staff = user.is_superuser = superuser
    user.set_password(password)
    user.save()
"""


@dataclass(frozen=True)
class Live:
    """A server with accounts for ADA and CAROL, and the state that it may be started again with."""

    server: Server
    state: Path

    @property
    def url(self) -> str:
        return self.server.url

    def manage(self, *arguments: str, said: str = "") -> None:
        """Run `manage.py` beside it, on its data; `said` is what it reads."""
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=environment(self.state),
            cwd=ROOT,
            input=said,
            text=True,
            check=True,
            timeout=60,
        )

    def make_accounts(self, *accounts: Account) -> None:
        rows = [[each.user_id, each.full_name, each.superuser, each.password] for each in accounts]
        self.manage("shell", "--no-imports", "-c", _MAKE_ACCOUNTS, said=json.dumps(rows))

    def send(self, method: str, path: str, body: Any = None, token: str = "") -> Any:
        """Call it as programs do; the answer, which must not be a refusal."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.server.http.request(method, path, json=body, headers=headers)
        assert answer.status_code < 400, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if "json" in answer.headers.get("content-type", "") else answer.text


# --- Pages -------------------------------------------------------------------------------------------------


@dataclass
class Browse:
    """Opens pages, each in a context of its own (cookies, storage), and minds what goes wrong in them."""

    driver: Driver
    url: str
    contexts: list[BrowserContext] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=list)

    def __call__(
        self, path: str = "/", *, theme: Theme = "light", phone: bool = False, scripts: bool = True
    ) -> Page:
        context = self.driver.browser.new_context(
            base_url=self.url,
            color_scheme="light" if theme == "light" else "dark",
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
            has_touch=phone,
            is_mobile=phone,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="America/Denver",
        )
        context.set_default_timeout(TIMEOUT_MS)
        self.contexts.append(context)
        self._mind(context)
        page = context.new_page()
        if theme == "red":
            page.add_init_script("localStorage.setItem('theme', 'red')")
        page.goto(path)
        return page

    def forgive(self, pattern: str) -> None:
        """What matches `pattern` is meant to go wrong in this test."""
        self.forgiven.append(pattern)

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def check(self) -> None:
        wrong = [each for each in self.problems if not any(re.search(one, each) for one in self.forgiven)]
        assert not wrong, "in the browser:\n" + "\n".join(wrong)

    def _mind(self, context: BrowserContext) -> None:
        context.on("console", self._said)
        context.on("weberror", lambda error: self.problems.append(f"thrown: {error.error}"))
        context.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            where = message.location.get("url", "")
            self.problems.append(f"console {message.type}: {message.text} ({where})")

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != urlsplit(self.url).netloc:
            self.problems.append(f"request to another host: {request.url}")


def sign_in(page: Page, account: Account) -> None:
    """By the form, and back to where the page was."""
    page.get_by_role("banner").get_by_role("link", name="Sign in").click()
    page.get_by_label("Name").fill(account.user_id)
    page.get_by_label("Password").fill(account.password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()


def screenshot(page: Page, name: str, *, whole: bool = True) -> Path:
    """An artefact of the run, to be looked at: var/screenshots/{name}.png."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path, full_page=whole, animations="disabled")
    return path


def axe(page: Page, *, least: tuple[str, ...] = ("serious", "critical")) -> None:
    """No fault of these impacts that axe-core finds in the page as it stands."""
    # Evaluated and not added as a script, which the page's own policy would refuse.
    page.evaluate(AXE.read_text())
    violations = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
    )
    faults = [
        f"{each['impact']} {each['id']}: {each['help']}\n"
        + "\n".join(
            f"    {node['html'][:160]}\n    {node.get('failureSummary', '')[:300]}"
            for node in each["nodes"][:5]
        )
        for each in violations
        if each["impact"] in least
    ]
    assert not faults, "\n".join(faults)


def fits(page: Page) -> None:
    """Nothing makes the page wider than its window."""
    wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1], f"{wide[0]} px wide in a window of {wide[1]} px"
