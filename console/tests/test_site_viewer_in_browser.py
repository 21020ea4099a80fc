"""The viewer of a site's page: stretch, zoom, pixels, header, files, with the pointer and by keys."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from console.tests.observatory import Observatory, at_work, star_field, started
from testing.browser import Browse, Live, axe, fits, screenshot

pytestmark = [pytest.mark.browser, pytest.mark.live]

SITE = "eye"


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with at_work() as live:
        yield live


@pytest.fixture(scope="module")
def frames(server: Live) -> list[str]:
    """Three frames, the newest last."""
    ranch = started(server, SITE)
    return [ranch.takes_image(number, OBJECT=f"M{number} <b>") for number in (1, 2, 3)]


def opened(browse: Browse, frame: str, **how: Any) -> tuple[Page, Locator]:
    """The page with the viewer open on `frame`, its picture drawn and its header read."""
    page = browse(f"/sites/{SITE}", **how)
    thumb = page.locator(f'[data-base="{frame}"]')
    expect(thumb.locator("img")).to_have_attribute("src", re.compile("EX11.jpg"))
    thumb.click()
    viewer = page.get_by_role("dialog", name=frame)
    expect(viewer.get_by_text(re.compile(r"^\d+ keywords$"))).to_be_visible()
    drawn(page)
    return page, viewer


def drawn(page: Page) -> str:
    """What the canvas shows, as a digest, once it shows something."""
    return until(page, "sum !== '0'")


def changes(page: Page, before: str) -> str:
    """What the canvas shows, once that is something else."""
    return until(page, f"sum !== {before!r} && sum !== '0'")


def until(page: Page, condition: str) -> str:
    """Look at the canvas frame by frame. (Playwright's own waiting needs `eval`, which the page forbids.)"""
    return str(
        page.evaluate(WAIT.replace("CONDITION_TEXT", json.dumps(condition)).replace("CONDITION", condition))
    )


WAIT = """async () => {
    const canvas = document.getElementById("viewer-canvas");
    const copy = document.createElement("canvas");  // reading the page's own would slow its drawing down
    const pen = copy.getContext("2d", {willReadFrequently: true});
    const end = performance.now() + 15000;
    while (performance.now() < end) {
        Object.assign(copy, {width: canvas.width, height: canvas.height});
        pen.drawImage(canvas, 0, 0);
        const data = pen.getImageData(0, 0, copy.width, copy.height).data;
        let found = 0;
        for (let n = 0; n < data.length; n += 1) found = (found * 31 + data[n]) % 2147483647;
        const sum = data.some((byte) => byte !== 0) ? String(found) : "0";
        if (CONDITION) return sum;
        await new Promise(requestAnimationFrame);
    }
    throw new Error("The canvas never came to: " + CONDITION_TEXT);
}"""


def test_it_works(browse: Browse, frames: list[str]) -> None:
    page, viewer = opened(browse, frames[2])

    expect(viewer).to_contain_text("Exposure30 s")
    expect(viewer).to_contain_text("RA5h 35m 16.8s")
    expect(viewer.locator("[data-header] tr", has_text="OBJECT")).to_contain_text("M3 <b>")
    axe(page)
    screenshot(page, "viewer-light-desk", whole=False)


def test_stretching_changes_the_pixels(browse: Browse, frames: list[str]) -> None:
    page, viewer = opened(browse, frames[0])
    plain = drawn(page)

    viewer.get_by_label("Curve").select_option("asinh")
    stretched = changes(page, plain)
    viewer.get_by_role("button", name="Invert").click()
    inverted = changes(page, stretched)
    expect(viewer.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "true")
    viewer.get_by_label("White").fill("300")
    changes(page, inverted)
    viewer.get_by_role("button", name="As it came").click()
    until(page, f"sum === {plain!r}")


def test_measured_pixels(browse: Browse, frames: list[str]) -> None:
    """The numbers of the FITS file itself, unpacked by the server, read by the page."""
    page, viewer = opened(browse, frames[0])
    before = drawn(page)

    viewer.get_by_label("Pixels").select_option("fits")
    changes(page, before)
    expect(viewer.get_by_label("Curve")).to_have_value("asinh")
    field = star_field(1)
    page.get_by_role("button", name="1 : 1").click()
    expect(viewer.locator("[data-zoom]")).to_have_text("100 %")
    box = page.locator("#viewer-canvas").bounding_box()
    assert box
    # At 1 : 1 about the middle: the pixel under the middle of the canvas is the middle of the frame.
    page.mouse.move(box["x"] + box["width"] / 2 + 40.5, box["y"] + box["height"] / 2 + 20.5)
    said = str(viewer.locator("[data-pixel]").text_content())
    found = re.fullmatch(r"x (\d+)  y (\d+)  value (\d+)", said)
    assert found, said
    x, y, value = map(int, found.groups())
    assert abs(x - 361) <= 1
    assert abs(y - 261) <= 1
    assert value == field[y - 1, x - 1]
    axe(page)
    screenshot(page, "viewer-fits-light-desk", whole=False)


def test_zoom_and_move_by_keys(browse: Browse, frames: list[str]) -> None:
    page, viewer = opened(browse, frames[0])
    zoom = viewer.locator("[data-zoom]")
    fitted = str(zoom.text_content())
    expect(page.locator("#viewer-canvas")).to_be_focused()
    shown = drawn(page)

    page.keyboard.press("+")
    shown = changes(page, shown)
    assert zoom.text_content() != fitted
    page.keyboard.press("ArrowLeft")
    shown = changes(page, shown)
    page.keyboard.press("1")
    expect(zoom).to_have_text("100 %")
    for _ in range(20):
        page.keyboard.press("-")
    expect(zoom).to_have_text("5 %")
    page.keyboard.press("0")
    expect(zoom).to_have_text(fitted)


def test_zoom_and_move_by_the_pointer(browse: Browse, frames: list[str]) -> None:
    page, viewer = opened(browse, frames[0])
    zoom = viewer.locator("[data-zoom]")
    fitted = str(zoom.text_content())
    shown = drawn(page)
    box = page.locator("#viewer-canvas").bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    page.mouse.move(*middle)
    page.mouse.wheel(0, -100)
    shown = changes(page, shown)
    page.mouse.down()
    page.mouse.move(middle[0] + 80, middle[1] + 30, steps=4)
    page.mouse.up()
    changes(page, shown)
    page.mouse.dblclick(*middle)
    expect(zoom).to_have_text(fitted)


def test_newer_and_older(browse: Browse, frames: list[str]) -> None:
    page, _ = opened(browse, frames[1])
    first = drawn(page)

    page.keyboard.press("p")
    older = page.get_by_role("dialog", name=frames[0])
    expect(older).to_be_visible()
    expect(older.get_by_role("button", name="Older")).to_be_disabled()
    changes(page, first)
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(page.get_by_role("dialog", name=frames[2])).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(f'[data-base="{frames[2]}"]')).to_be_focused()


def test_an_image_that_comes_while_another_is_looked_at(
    browse: Browse, frames: list[str], server: Live
) -> None:
    ranch = started(server, "late")
    first = ranch.takes_image(1)
    page = browse("/sites/late")
    page.locator(f'[data-base="{first}"]').click()
    newer = page.get_by_role("dialog").get_by_role("button", name="Newer")
    expect(newer).to_be_disabled()

    second = ranch.takes_image(2)
    expect(newer).to_be_enabled()
    newer.click()
    expect(page.get_by_role("dialog", name=second)).to_be_visible()


def test_searching_the_header(browse: Browse, frames: list[str]) -> None:
    page, viewer = opened(browse, frames[0])
    rows = viewer.locator("[data-header] tr")

    viewer.get_by_label("Search").fill("m1 <")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("OBJECT")
    expect(viewer.locator("[data-found]")).to_have_text(re.compile(r"^1 of \d+ keywords$"))
    # "n" goes to the newer picture everywhere but here.
    page.keyboard.type("n")
    expect(rows).to_have_count(0)
    expect(page.get_by_role("dialog", name=frames[0])).to_be_visible()
    viewer.get_by_label("Search").fill("exptime")
    expect(rows).to_have_count(1)


def test_files(browse: Browse, frames: list[str]) -> None:
    page, viewer = opened(browse, frames[0])

    expect(viewer.get_by_role("link", name="JPG")).to_have_attribute("download", f"{frames[0]}.jpg")
    for label, name in (
        ("FITS", f"{frames[0]}-EX10.fits"),
        ("TIFF, arcsinh", f"{frames[0]}-EX10-arcsinh.tif"),
    ):
        with page.expect_download() as download:
            viewer.get_by_role("button", name=label).click()
        assert download.value.suggested_filename == name


def test_a_frame_without_fits(browse: Browse, server: Live) -> None:
    ranch = started(server, "bare")
    base = only_a_picture(ranch)
    page = browse("/sites/bare")
    page.locator(f'[data-base="{base}"]').click()
    viewer = page.get_by_role("dialog", name=base)

    drawn(page)
    expect(viewer.get_by_role("button", name="FITS")).to_have_count(0)
    assert viewer.locator("option", has_text="FITS pixels").evaluate("option => option.disabled")
    expect(viewer.locator("[data-found]")).to_have_text("0 keywords")


def only_a_picture(ranch: Observatory) -> str:
    from console.tests.observatory import preview

    base = f"{ranch.site}-sq001-20261120-00000001"
    ranch.upload(f"{base}-EX10.jpg", preview(star_field(1)))
    return base


def test_on_a_phone(browse: Browse, frames: list[str]) -> None:
    page, viewer = opened(browse, frames[2], phone=True, theme="dark")

    fits(page)
    axe(page)
    screenshot(page, "viewer-dark-phone", whole=False)
    viewer.get_by_role("heading", name="Header").scroll_into_view_if_needed()
    expect(viewer.get_by_label("Search")).to_be_in_viewport()
