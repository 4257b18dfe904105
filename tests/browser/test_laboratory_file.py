"""The laboratory as a file in a real browser without a network: what it says, how it is worked, what is taken away."""

import copy
import csv
import datetime as dt
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from sim.scenario.files import load
from sim.scenario.words import day_in_words
from sim.view import words
from sim.view.laboratory.page import answered, laboratory, on_cards
from sim.view.laboratory.questions import BASE, Home, chosen
from tests.browser.conftest import Visit, violations
from tests.test_house import ROOT

pytestmark = pytest.mark.browser

NAMES = ("whatsapp-complies", "whatsapp-blocked-90-days", "no-law")
SMALL = ("population.users=400", "end=2020-12-31")


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    questions = on_cards(Home(BASE, SMALL), chosen(NAMES))
    path = tmp_path_factory.mktemp("laboratory") / "laboratory.html"
    answers = answered(questions, 2, workers=1)
    page = laboratory(questions, answers, pairs=2, command="lawshock explore --export laboratory.html")
    path.write_text(page, encoding="utf-8")
    return path


def opened(visit: Visit, file: Path, address: str = "") -> Page:
    """A tab on the file; the machine's own files are all that it may ask for."""
    visit.context.set_offline(True)
    visit.context.unroute("**/*")
    page = visit.context.new_page()
    asked: list[str] = []
    page.on("pageerror", lambda error: visit.troubles.append(str(error)))
    page.on("console", lambda said: visit.troubles.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: visit.strangers.append(request.url) if asked else asked.append(request.url))
    page.goto(file.as_uri() + address)
    expect(page.locator(".sentence, #guess, .lesson").first).to_be_visible()
    return page


def choose(page: Page, name: str) -> None:
    page.get_by_label("Question", exact=True).select_option(name)


def told(course: dict, week: int) -> tuple[str, str, str]:
    """Both levels and the difference in Python's words, from the numbers of the page."""
    mean, low, high = (line[week] for line in course["gap"])
    base, now = (course[world][0][week] for world in ("base", "now"))
    one = words.Change("", "", course["unit"], base, now, mean, low, high, (mean, low, high))
    gap = words.signed(replace(one, unit="users")).replace(" users", f" {words.unit(course['unit'], '2')}")
    gap = gap if course["unit"] == "companies" else words.signed(one)
    return *words.levels(one), gap if any(one.gaps) else ""


def readouts(page: Page) -> list[str]:
    return [text.text_content() or "" for text in page.locator(".readout").all()]


def panels(data: dict, question: dict, week: int) -> list[str]:
    """What the headings must say, from the data alone."""
    app, found = question["app"], []
    for name, sign in ((app + data["holders"], " %"), (data["accounts"], ""), (app + data["access"], " %")):
        if name in question["courses"]:
            base, now, gap = told(question["courses"][name], week)
            found.append(f"{base}{sign} → {now}{sign}: {gap or 'no difference'}")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_no_serious_violation_at_any_width(visit, file, width, scheme):
    page = opened(visit, file)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    for name in NAMES:
        choose(page, name)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for address in ("#predict=1&guess=50", "#lesson=1"):
        page.evaluate("address => { location.hash = address }", address)
        assert violations(page) == [], address


def test_every_number_on_screen_is_one_of_the_data(visit, file, data):
    page = opened(visit, file)
    for question in data["questions"]:
        choose(page, question["name"])
        expect(page.locator("#asked")).to_have_text(question["asks"])
        expect(page.locator(".sentence")).to_have_text(question["sentence"])
        assert readouts(page) == panels(data, question, -1)
        rows = [row.text_content() for row in page.locator(".row .text").all()]
        assert rows == [row["text"] for row in question["rows"]]
        for week in range(len(data["weeks"])):
            page.locator("#day").fill(str(week))
            assert readouts(page) == panels(data, question, week)


def test_the_keyboard_alone_chooses_a_card_and_moves_the_scrubber(visit, file, data):
    page = opened(visit, file)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.ariaLabel") == "Question":
            break
    page.keyboard.press("ArrowDown")
    expect(page.locator(".sentence")).to_have_text(data["questions"][1]["sentence"])
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "day":
            break
    page.keyboard.press("Home")
    expect(page.locator(".caption output")).to_have_text("7 May 2020")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".caption output")).to_have_text("28 May 2020")
    assert readouts(page) == panels(data, data["questions"][1], 3)
    assert "on=2020-05-28" in page.url
    assert "28 May 2020" in (page.locator("#picture").get_attribute("aria-label") or "")


def test_a_link_restores_what_was_seen_and_back_takes_a_card_back(visit, file, data):
    page = opened(visit, file)
    choose(page, "no-law")
    page.locator("#day").fill("10")
    page.locator(".curves > summary").click()
    page.locator(".curves select").select_option("Telegram")
    other = opened(visit, file, page.url[page.url.index("#") :])
    assert readouts(other) == readouts(page)
    expect(other.locator(".panel").first).to_contain_text("People who have Telegram")
    page.go_back()
    expect(page.locator(".sentence")).to_have_text(data["questions"][0]["sentence"])
    page.go_forward()
    expect(page.locator(".sentence")).to_have_text(data["questions"][2]["sentence"])


@pytest.mark.parametrize("address", ["#main", "#q=nothing&on=x&app=Y&guess=1e9", "#q=no-law&on=1999-01-01", "#%"])
def test_an_address_that_makes_no_sense_opens_the_page(visit, file, data, address):
    page = opened(visit, file, address)
    expect(page.locator(".sentence")).to_be_visible()


def test_predict_first_hides_the_answer_until_a_number_is_placed(visit, file, data):
    page = opened(visit, file)
    page.get_by_role("button", name="Predict first").click()
    text = page.locator("body").inner_text()
    assert data["questions"][0]["sentence"] not in text
    assert " now " not in " ".join(page.locator("#picture text").all_text_contents())
    assert page.locator(".row").count() == 0
    page.locator("#guess").fill("42")
    page.get_by_role("button", name="See what happens").click()
    expect(page.locator(".sentence")).to_have_text(data["questions"][0]["sentence"])
    expect(page.locator(".beside")).to_contain_text("You placed 42 %")
    expect(page.locator(".beside")).to_contain_text("outside")
    page.go_back()
    expect(page.locator("#guess")).to_have_value("42")


def test_a_row_opens_its_why(visit, file, data):
    page = opened(visit, file)
    question = data["questions"][0]
    number = next(i for i, row in enumerate(question["rows"]) if row["why"])
    page.locator(".changes > summary").click()
    row = page.locator(".row").nth(number)
    row.locator("summary").first.click()
    expect(row).to_contain_text(question["deeds"][question["rows"][number]["why"][0]]["text"])


def taken(page: Page, button: str) -> str:
    with page.expect_download() as waited:
        page.get_by_role("button", name=button).click()
    return Path(waited.value.path()).read_text(encoding="utf-8")


def test_table_picture_and_scenario_are_taken_away(visit, file, data, tmp_path):
    page = opened(visit, file)
    choose(page, "whatsapp-blocked-90-days")
    question = data["questions"][1]
    rows = list(csv.DictReader(io.StringIO(taken(page, "Table"))))
    assert len(rows) == 3 * len(data["weeks"])  # who has WhatsApp, accounts, and how far it can be used
    course = question["courses"]["WhatsApp.holders"]
    assert [float(row["other_mean"]) for row in rows if row["quantity"] == "WhatsApp.holders"] == course["now"][0]
    assert [row["difference"] for row in rows if row["quantity"] == "WhatsApp.holders"] == [
        told(course, week)[2] for week in range(len(data["weeks"]))
    ]
    svg = ElementTree.fromstring(taken(page, "Picture (SVG)"))
    words = " ".join(svg.itertext())
    assert question["asks"] in words
    assert "lawshock explore --export laboratory.html" in words
    (tmp_path / "mine.toml").write_text(taken(page, "Scenario"), encoding="utf-8")
    assert load(tmp_path / "mine.toml").digest() == load("whatsapp-blocked-90-days").digest()


def other(file: Path, data: dict, place: Path) -> Path:
    """The page with other data."""
    text = file.read_text(encoding="utf-8")
    old = re.search(r'id="worlds">(.*?)</script>', text, re.DOTALL)[1]
    place.write_text(text.replace(old, json.dumps(data).replace("<", "\\u003c")), encoding="utf-8")
    return place


def test_a_lesson_hides_the_answer_until_a_prediction_is_made(visit, file, data, tmp_path):
    data = copy.deepcopy(data)  # with worlds that do not agree, of which so few have none
    gap = data["questions"][0]["courses"]["WhatsApp.holders"]["gap"]
    gap[1:3] = [[-1.0] * len(data["weeks"]), [1.0] * len(data["weeks"])]
    page = opened(visit, other(file, data, tmp_path / "mine.html"))
    verdicts = set()
    page.get_by_role("button", name="Lesson").click()
    steps = page.locator("#lesson")
    expect(steps).to_have_text("Lesson, step 1 of 4: Two worlds, one difference")  # of the cards that the page has
    for number in range(1, 5):
        name = page.get_by_label("Question", exact=True).input_value()
        question = next(one for one in data["questions"] if one["name"] == name)
        expect(page.locator(".row")).to_have_count(0)
        expect(page.locator(".sentence")).to_have_count(0)
        page.get_by_role("button", name="More", exact=True).click()
        expect(page.locator(".sentence")).to_have_text(question["sentence"])
        said = page.locator(".lesson .beside").text_content()
        app = page.locator(".curves select").input_value()
        day = page.locator(".caption output").text_content()
        week = next(i for i, one in enumerate(data["weeks"]) if day_in_words(start(data) + dt.timedelta(one)) == day)
        _, low, high, *_ = question["courses"][f"{app}.holders"]["gap"]
        verdict = "more" if low[week] > 0 else "fewer" if high[week] < 0 else "no clear difference"
        verdicts.add(verdict)
        assert f"You said: more. The runs say: {verdict}" in said
        assert ("They agree with you." in said) == (verdict == "more")
        expect(steps).to_contain_text(f"step {number} of 4")
        page.get_by_role("button", name="Next step" if number < 4 else "End of the lesson").click()
    expect(steps).to_have_count(0)
    assert {"fewer", "no clear difference"} <= verdicts


def start(data: dict) -> dt.date:
    return dt.date.fromisoformat(data["start"])


def test_without_scripts_the_answers_are_there(browser, file, data):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    for question in data["questions"]:
        expect(page.locator("main")).to_contain_text(question["sentence"])
    context.close()


def test_the_committed_file_opens_and_answers_every_question(visit):
    kept = ROOT / "results" / "laboratory" / "hong-kong-2020.html"
    assert kept.stat().st_size < 2_000_000
    page = opened(visit, kept)
    data = json.loads(re.search(r'id="worlds">(.*?)</script>', kept.read_text(encoding="utf-8"), re.DOTALL)[1])
    assert len(data["questions"]) >= 13
    for question in data["questions"]:
        page.evaluate("name => { location.hash = `#q=${name}` }", question["name"])
        expect(page.locator(".sentence")).to_have_text(question["sentence"])
        assert violations(page) == []
