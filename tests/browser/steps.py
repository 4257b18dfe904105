"""What a person does on the page, in the words of a person."""

from playwright.sync_api import Locator, Page, expect


def show(page: Page, group: str, section: str | None = None) -> None:
    """Open a group of controls, and a section of it."""
    page.click(f"[data-group={group}]")
    if section is not None:
        page.select_option("select.section", section)


def control(page: Page, key: str) -> Locator:
    return page.locator(f'[data-key="{key}"]')


def field(page: Page, key: str) -> Locator:
    return control(page, key).locator("input[type=number]")


def set_number(page: Page, key: str, value: float) -> None:
    """Type a number into a control and leave the field."""
    field(page, key).fill(str(value))
    field(page, key).press("Tab")
    expect(control(page, key)).to_have_class("lab-control changed")


def look_at(page: Page, view: str) -> None:
    page.click(f"[data-view={view}]")
    expect(page.locator(f"[data-view={view}]")).to_have_attribute("aria-pressed", "true")


def picture(page: Page, title: str) -> Locator:
    """The picture of a title; its words hold its numbers."""
    return page.locator(f'figure[data-title="{title}"] [role=img]')


def replicates(page: Page) -> int:
    return int(page.locator(".lab-status").get_attribute("data-done") or 0)


def wait_for_replicates(page: Page, count: int) -> None:
    page.wait_for_function("n => Number(document.querySelector('.lab-status').dataset.done) >= n", arg=count)


def digest(page: Page) -> str:
    return page.locator(".lab-status").get_attribute("data-digest") or ""
