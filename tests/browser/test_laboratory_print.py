"""The laboratory on paper: white whatever the screen is, as wide as the sheet, no controls, and how it was made."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.recorded import Recorded, file_page, live_page, opened

pytestmark = pytest.mark.browser

PAPER = 688
SCREENS = [(390, "light"), (1920, "dark")]


@pytest.fixture(scope="module")
def server() -> Recorded:
    _, told = live_page()
    return Recorded(file_page(told), told)


def shown(visit, server, width: int, scheme: str, address: str = "") -> Page:
    page = opened(visit, server, address)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    expect(page.locator(".stage, #guess").first).to_be_visible()
    return page


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_paper_is_white_and_has_no_controls(visit, server, width, scheme):
    page = shown(visit, server, width, scheme, "#predict=1&seen=1&guess=50")
    page.emulate_media(media="print", color_scheme=scheme)
    expect(page.locator("#picture")).to_have_attribute("width", str(PAPER))
    expect(page.locator("#picture > rect").first).to_have_attribute("fill", "#ffffff")
    style = page.evaluate(
        "() => { const one = getComputedStyle(document.body); return [one.backgroundColor, one.color] }"
    )
    assert style == ["rgb(255, 255, 255)", "rgb(34, 38, 43)"]
    for control in page.locator("button, select, input, .take, .assumptions, .same").all():
        expect(control).to_be_hidden()
    for words in ("#asked", ".number", ".firms", ".people", ".why", ".sentence", ".beside", ".changes", ".deeds"):
        expect(page.locator(words).first).to_be_visible()
    expect(page.locator("#made dl")).to_be_visible()
    expect(page.locator("#made ul").first).to_be_hidden()
    box = page.locator("#picture").bounding_box()
    assert box["height"] > 0  # of curves, which are closed on a screen
    page.emulate_media(media="screen", color_scheme=scheme)
    expect(page.locator("#picture")).not_to_have_attribute("width", str(PAPER))


@pytest.mark.parametrize("address", ["", "#q=no-law", "#predict=1"])
def test_the_sheets_do_not_depend_on_the_screen(visit, server, tmp_path, address):
    counts = set()
    for width, scheme in SCREENS:
        page = shown(visit, server, width, scheme, address)
        page.pdf(path=tmp_path / "lab.pdf", format="A4")
        counts.add(len(re.findall(rb"/Type /Page\b", (tmp_path / "lab.pdf").read_bytes())))
    assert len(counts) == 1
    assert counts <= {1, 2, 3}
