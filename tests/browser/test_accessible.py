"""axe-core, the engine of accessibility checks, finds nothing serious in any view, at both widths."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from sim.view.dashboard.controls import GROUPS
from sim.view.dashboard.state import VIEWS
from tests.browser import steps
from tests.browser.conftest import Server, Visit

pytestmark = pytest.mark.browser

SERIOUS = ("serious", "critical")


def violations(page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found if v["impact"] in SERIOUS]


@pytest.mark.parametrize("width", [1280, 390])
def test_no_serious_violation(server: Server, visit: Visit, width: int) -> None:
    page = visit.open(server.address)
    page.set_viewport_size({"width": width, "height": 844})
    page.locator(".acts li button").first.click()
    for view in VIEWS:
        steps.look_at(page, view)
        expect(page.locator(".lab-main section").first).to_be_visible()
        assert violations(page) == [], view


def test_no_serious_violation_in_the_controls_and_in_a_comparison(server: Server, visit: Visit) -> None:
    page = visit.open(server.address)
    page.click(".pin")
    for group in GROUPS:
        steps.show(page, group)
        assert violations(page) == [], group
    steps.look_at(page, "platforms")
    page.locator("figure details summary").first.click()
    page.click(".lab-menu summary")
    assert violations(page) == []


def test_the_page_is_worked_by_keyboard_alone(server: Server, visit: Visit) -> None:
    page = visit.open(server.address)
    steps.show(page, "law")
    slider = steps.control(page, "law.vagueness").locator("input[type=range]")
    slider.focus()
    before = float(slider.input_value())
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    expect(steps.field(page, "law.vagueness")).not_to_have_value(str(before))
    assert float(steps.field(page, "law.vagueness").input_value()) < before


def test_pictures_have_words_and_numbers(server: Server, visit: Visit) -> None:
    page = visit.open(server.address)
    steps.look_at(page, "platforms")
    pictures = page.locator("figure")
    expect(pictures.first).to_be_visible()
    for words in pictures.locator("[role=img]").all():
        assert "at the end" in (words.get_attribute("aria-label") or "")
    pictures.first.locator("summary").click()
    expect(pictures.first.locator("table")).to_contain_text("2020-05-01")
