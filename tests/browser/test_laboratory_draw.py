"""What one expects is drawn before the answer is seen, and stays in the page."""

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal

import pytest
from playwright.sync_api import Page, expect

from sim.scenario.words import day_in_words
from tests.browser.conftest import Visit, violations
from tests.browser.recorded import HOME, Recorded, opened

pytestmark = pytest.mark.browser

START = dt.date(2020, 5, 1)
FIRST = "whatsapp-complies"


def short(value: float) -> str:
    """One decimal, halves away from zero, as a browser writes it."""
    return str(Decimal(value).quantize(Decimal("0.1"), ROUND_HALF_UP))


def week_ends(course: dict) -> list[dt.date]:
    last = dt.date(2021, 12, 31)
    days = [START + dt.timedelta(6 + 7 * week) for week in range(len(course["gap"][0]) - 1)]
    return [*days, last]


def quarters(question: dict) -> list[int]:
    """Weeks at whose end a point is drawn."""
    days = week_ends(question["courses"]["WhatsApp.holders"])
    ends = [(day.year, (day.month - 1) // 3) for day in days]
    parted = START + dt.timedelta(question["first"])
    return [i for i, day in enumerate(days) if day > parted and ends[i : i + 2] != [ends[i]] * 2]


def off_by(question: dict, drawn: list[float]) -> str:
    """The sentence, from the data and what was drawn."""
    course = question["courses"]["WhatsApp.holders"]
    weeks = quarters(question)
    mean, low, high = ([course["now"][line][week] for week in weeks] for line in range(3))
    bands = list(zip(drawn, low, high, strict=True))
    off = [value - top if value > top else value - bottom if value < bottom else 0.0 for value, bottom, top in bands]
    above, below = sum(one > 0 for one in off), sum(one < 0 for one in off)
    counts = (
        f"You drew {len(off)} points: {len(off) - above - below} inside the band of nearly all plausible worlds, "
        f"{above} above it and {below} below it"
    )
    if not any(off):
        from_mean = sum(abs(one - two) for one, two in zip(drawn, mean, strict=True)) / len(off)
        return f"{counts}; on average they are {short(from_mean)} points from the model's mean."
    most = max(range(len(off)), key=lambda k: abs(off[k]))
    day, side = day_in_words(week_ends(course)[weeks[most]]), "above" if off[most] > 0 else "below"
    return f"{counts}; the farthest off, that of {day}, is {short(abs(off[most]))} points {side} the band."


def points(page: Page) -> list[float]:
    return [float(one.get_attribute("aria-valuenow") or "nan") for one in page.locator(".draw [role=slider]").all()]


def middle(page: Page, number: int) -> tuple[float, float]:
    box = page.locator(".draw [role=slider]").nth(number).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def height_of(page: Page, percent: float) -> float:
    """Where a percentage is on the screen: the lines of the grid say it."""
    at = [page.locator(".draw line").nth(n).bounding_box()["y"] for n in (0, page.locator(".draw line").count() - 1)]
    return at[0] + (at[1] - at[0]) * percent / 100


def begin(visit: Visit, server: Recorded, address: str = "") -> Page:
    page = opened(visit, server, address)
    expect(page.locator(".sentence")).to_be_visible()
    page.get_by_role("button", name="Predict first").click()
    expect(page.locator(".draw")).to_be_visible()
    return page


def seen(page: Page, question: dict, drawn: list[float]) -> None:
    page.get_by_role("button", name="See what happens").click()
    expect(page.locator(".answer > .sentence")).to_have_text(question["sentence"])
    expect(page.locator(".off")).to_have_text(off_by(question, drawn))
    expect(page.locator(".beside")).to_contain_text(f"You placed {drawn[-1]:g} %")


def test_a_curve_is_drawn_by_pointer_and_stays_in_the_page(visit, server):
    question = server.told[FIRST]
    page = begin(visit, server)
    calls = len(server.calls)
    number = len(quarters(question))
    before = points(page)
    course = question["courses"]["WhatsApp.holders"]
    assert before == [float(short(course["base"][0][week])) for week in quarters(question)]  # as it was
    page.mouse.move(middle(page, 1)[0], height_of(page, 60))
    page.mouse.down()
    page.mouse.move(middle(page, number - 1)[0], height_of(page, 30))  # a quick hand, seen at both ends alone
    page.mouse.up()
    assert len(set(points(page)[1:])) == number - 1
    drawn = points(page)
    assert drawn[0] == before[0]
    even = [60 - 30 * k / (number - 2) for k in range(number - 1)]
    assert drawn[1:] == pytest.approx(even, abs=0.76)  # a pixel, and half points
    assert page.locator("#guess").input_value() == f"{drawn[-1]:g}"
    seen(page, question, drawn)
    line = page.locator(".panel").first.locator(".drawn-line").get_attribute("d") or ""
    assert len(re.findall(r"[ML]", line)) == number + 1  # from where the worlds part
    page.go_back()
    page.get_by_role("button", name="Undo").click()
    assert points(page) == before  # the whole stroke is one step
    assert server.asked == []
    assert len(server.calls) == calls


def test_what_is_drawn_lies_where_its_values_are_in_the_answer(visit, server):
    """The line crosses the band where the sentence says that it does."""
    question = server.told[FIRST]
    course, weeks = question["courses"]["WhatsApp.holders"], quarters(question)
    drawn = [course["now"][0][week] for week in weeks]
    address = f"#q={FIRST}&predict=1&seen=1&guess={drawn[-1]}&curve={'_'.join(map(str, drawn))}"
    page = opened(visit, server, address)
    expect(page.locator(".off")).to_have_text(off_by(question, drawn))
    assert f"You drew {len(drawn)} points: {len(drawn)} inside" in off_by(question, drawn)
    now = page.locator(".panel").first.locator("path[stroke-width='2.4']").get_attribute("d") or ""
    ends = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[\d.]+,[\d.]+", now)]
    for circle in page.locator(".guess circle").all()[1:]:
        x, y = (float(circle.get_attribute(name) or "nan") for name in ("cx", "cy"))
        assert any(abs(x - a) < 0.01 and abs(y - b) < 0.01 for a, b in ends)


def test_a_curve_is_drawn_by_keyboard(visit, server):
    question = server.told[FIRST]
    page = begin(visit, server)
    first = page.locator(".draw [role=slider]").first
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "slider":
            break
    expect(first).to_be_focused()
    day = week_ends(question["courses"]["WhatsApp.holders"])[quarters(question)[0]]
    assert first.get_attribute("aria-label") == day_in_words(day)
    drawn = points(page)
    for keys, number, by in (("ArrowUp", 0, 1), ("PageDown", 1, -5), ("ArrowDown", 2, -1), ("Home", 3, -100)):
        page.keyboard.press(keys)
        drawn[number] = max(min(int(drawn[number] + 0.5) + by, 100), 0)
        expect(page.locator(".draw [role=slider]").nth(number)).to_have_attribute("aria-valuenow", f"{drawn[number]:g}")
        page.keyboard.press("ArrowRight")
    assert points(page) == drawn
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("End")
    drawn[3] = 100
    assert points(page) == drawn
    seen(page, question, drawn)
    again = opened(visit, server, page.url.removeprefix(f"{HOME}/"))
    expect(again.locator(".off")).to_have_text(off_by(question, drawn))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_drawing_is_accessible_and_tells_nothing_before(visit, server, scheme):
    page = begin(visit, server)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    question = server.told[FIRST]
    now = round(question["courses"]["WhatsApp.holders"]["now"][0][-1])
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert question["sentence"] not in page.locator("body").inner_text()
    assert f"now {now}" not in page.locator("body").inner_text()
    assert page.evaluate("document.getAnimations().length") == 0
    page.locator(".draw [role=slider]").first.press("PageUp")
    page.get_by_role("button", name="See what happens").click()
    expect(page.locator(".off")).to_be_visible()
    assert violations(page) == []
