"""The browser, the server behind it, and where the bodies of browser tests run."""

from collections.abc import Iterator

import pytest

from testing.browser import ADA, CAROL, Browse, Driver, Live
from testing.live import fresh_state, running

# Without Redis the server has a worker in its own process, which reads the frames that are uploaded.
WITH_WORKER = {"REDIS_URL": ""}

_driver: Driver | None = None


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    global _driver
    _driver = Driver()
    yield _driver
    _driver.close()
    _driver = None


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """A test that has pages runs in the browser's thread."""
    if _driver is None or "browse" not in pyfuncitem.fixturenames:
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    _driver.do(pyfuncitem.obj, **arguments)
    return True


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    """A server for the tests of a file. They share its state: each has sites and queues of its own."""
    with fresh_state() as state, running("daphne", state=state, env=WITH_WORKER) as process:
        live = Live(process, state)
        live.make_accounts(ADA, CAROL)
        yield live


@pytest.fixture
def browse(driver: Driver, server: Live) -> Iterator[Browse]:
    opened = Browse(driver, server.url)
    yield opened
    driver.do(opened.close)
    opened.check()
