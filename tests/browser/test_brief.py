"""The brief in a real browser: no serious violation, nothing asked of a network, and it prints."""

from pathlib import Path

import pytest

from sim.view.brief import brief
from tests.browser.test_accessible import violations
from tests.view.conftest import Size, make_ensemble

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("brief") / "brief.html"
    path.write_text(brief(make_ensemble(Size(replicates=3))), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1280, 390])
def test_no_serious_violation_and_no_request(file, browser, width):
    page = browser.new_page(viewport={"width": width, "height": 844})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert violations(page) == []
    for number in range(page.locator("summary").count()):
        page.locator("summary").nth(number).click()
    assert violations(page) == []
    assert asked == [file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_the_keyboard_reaches_findings_and_tables(file, browser):
    page = browser.new_page()
    page.goto(file.as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    summary = page.locator("summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None
    page.close()


def test_it_prints(file, browser, tmp_path):
    page = browser.new_page()
    page.goto(file.as_uri())
    page.pdf(path=tmp_path / "brief.pdf", format="A4")
    assert (tmp_path / "brief.pdf").read_bytes().startswith(b"%PDF")
    page.close()
