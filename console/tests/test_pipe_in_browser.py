"""The page of PIPE: queues, their depth over time, leases, dead letters and machines."""

import pytest
from playwright.sync_api import Locator, Page, expect

from testing.browser import ADA, Browse, Live, Theme, axe, fits, screenshot, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.live]


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


def live(page: Page) -> Page:
    expect(page.locator("#connection")).to_have_text("Live")
    return page


def put(server: Live, queue: str, count: int) -> None:
    items = [{"payload": {"n": n}} for n in range(count)]
    server.send("POST", "/api/pipe/enqueue_batch", {"queue_name": queue, "sender": "saf", "items": items})


def lease(server: Live, queue: str) -> str:
    item = server.send("POST", f"/api/pipe/queue/{queue}/dequeue", {"lease_s": 600})
    return str(item["receipt"])


def machine(server: Live, name: str, status: str = "online") -> None:
    details = {"cpu": "32 %", "job": "calibration-123"}
    server.send("POST", "/api/pipe/status", {"pipe_id": name, "status": status, "details": details})


@pytest.fixture(scope="module", autouse=True)
def pipe(server: Live) -> None:
    for queue, count in (("image-processing", 12), ("saf", 3), ("tired", 1), ('<b>odd</b> & "queue"', 1)):
        server.send("POST", "/api/pipe/queue", {"queue_name": queue})
        put(server, queue, count)
    server.send("POST", "/api/pipe/queue", {"queue_name": "idle"})
    lease(server, "image-processing")
    for _ in range(5):
        server.send("POST", "/api/pipe/nack", {"receipt": lease(server, "tired")})
    machine(server, "pipe-1")
    machine(server, "pipe-2", "processing")
    history(server)


def history(server: Live) -> None:
    """A day of samples, as the beat would have taken them."""
    server.manage(
        "shell",
        "--no-imports",
        "-c",
        """
from math import sin
from pipe.models import Sample, now_ms
now = now_ms() // 60000 * 60000
Sample.objects.bulk_create(
    [
        Sample(
            at=now - n * 60000,
            depths={"image-processing": [int(30 + 25 * sin(n / 90)), 2], "saf": [max(0, 600 - n) // 30, 1]},
        )
        for n in range(1, 1440)
    ],
    ignore_conflicts=True,
)
""",
    )


def test_it_works(browse: Browse) -> None:
    page = live(browse("/pipe"))

    expect(row(page, "image-processing")).to_contain_text("11")
    expect(page.get_by_role("region", name="Under way").get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("region", name="Dead letters")).to_contain_text(
        "Leased 5 times, never acknowledged"
    )
    expect(row(page, "pipe-1")).to_contain_text("calibration-123")
    expect(page.get_by_role("img", name="Items waiting in the deepest queues")).to_be_visible()
    expect(page.locator("#depth-plot figcaption")).to_contain_text("image-processing: now")
    expect(page.locator("#depth-plot canvas")).to_be_visible()
    expect(page.locator("#depth-plot .u-legend")).to_contain_text("image-processing30")


@pytest.mark.parametrize("theme", ["light", "dark", "red"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_it_is_well_made(browse: Browse, theme: Theme, phone: bool) -> None:
    page = live(browse("/pipe", theme=theme, phone=phone))
    expect(page.locator("#depth-plot canvas")).to_be_visible()

    axe(page)
    fits(page)
    screenshot(page, f"pipe-{theme}-{'phone' if phone else 'desk'}")


def test_without_scripts_every_fact_is_there(browse: Browse) -> None:
    page = browse("/pipe", scripts=False)

    expect(row(page, "idle")).to_contain_text("Nothing waits")
    expect(row(page, "pipe-2")).to_contain_text("processing")


def test_names_are_text(browse: Browse) -> None:
    page = live(browse("/pipe"))

    expect(page.get_by_role("rowheader", name='<b>odd</b> & "queue"')).to_be_visible()


def test_a_queue_follows_what_happens(browse: Browse, server: Live) -> None:
    page = live(browse("/pipe"))
    expect(row(page, "idle")).to_contain_text("Nothing waits")
    put(server, "idle", 2)
    expect(row(page, "idle").get_by_role("cell").first).to_have_text("2")
    receipt = lease(server, "idle")
    expect(row(page, "idle").get_by_role("cell").nth(1)).to_have_text("1")
    server.send("POST", "/api/pipe/ack", {"receipt": receipt})
    expect(row(page, "idle").get_by_role("cell").nth(1)).to_have_text("0")


def test_a_new_machine_appears_and_what_is_the_same_stays(browse: Browse, server: Live) -> None:
    page = live(browse("/pipe"))
    row(page, "pipe-1").evaluate("row => row.dataset.mine = 'yes'")
    machine(server, "pipe-3", "starting")

    expect(row(page, "pipe-3")).to_contain_text("starting")
    expect(row(page, "pipe-1")).to_have_attribute("data-mine", "yes")


def test_staff_are_led_to_where_the_dead_are_put_back(browse: Browse) -> None:
    page = browse("/pipe")
    expect(page.get_by_role("link", name="Put them back")).to_have_count(0)
    sign_in(page, ADA)
    page.get_by_role("link", name="Put them back").click()

    expect(page).to_have_url("/admin/pipe/item/?state=dead")
