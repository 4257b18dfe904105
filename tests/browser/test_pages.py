"""Pages in a real browser: no serious violation, nothing asked of a network, a first screen that answers, prints."""

import re
from pathlib import Path

import pytest

from sim.analyses.compare.analysis import compare
from sim.analyses.knockout import KNOCKOUTS
from sim.drawing.style import contrast
from sim.scenario.files import load
from sim.view.answer import answer
from sim.view.brief import brief
from tests.browser.conftest import violations
from tests.test_house import ROOT
from tests.view.conftest import Size, make_ensemble

pytestmark = pytest.mark.browser

ANSWERS = ("whatsapp-complies", "no-law", "whatsapp-blocked-90-days")
"""Worlds that differ in one act, in many, and in what ISPs do."""

WHY = {
    "pairs": 3, "whole": "−6.7 points", "tried": [one.meaning for one in KNOCKOUTS[:5]], "carried": True,
    "links": [{"left": "−3.1 points", "without": one.meaning} for one in KNOCKOUTS[:5]],
}  # fmt: skip
"""As many links as an answer can have."""


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    names = ("hong-kong-2020", *ANSWERS)
    worlds = [load(name, ["population.users=1000", "end=2021-06-30"]) for name in names]
    comparison = compare(*worlds, names=names, replicates=3, workers=1)
    pages = {name: answer(comparison, name, command="lawshock compare", chain=WHY) for name in ANSWERS}
    pages["brief"] = brief(make_ensemble(Size(replicates=3)))
    folder = tmp_path_factory.mktemp("pages")
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in pages}


KEPT = {"decide": ROOT / "results" / "decide" / "decide.html", "brief kept": ROOT / "results" / "hong-kong-2020.html"}
CUT = """() => {
  const wrong = [], across = document.documentElement.scrollWidth, hides = (flow) => ['hidden', 'clip'].includes(flow);
  if (across > innerWidth) wrong.push(`page: ${across} wide`);
  for (const one of document.querySelectorAll('body *')) {
    if (!one.textContent.trim() || one.clientWidth < 2) continue;  // what is for a screen reader alone is a dot
    const { overflowX, overflowY } = getComputedStyle(one);
    const isCut = hides(overflowX) && one.scrollWidth > one.clientWidth + 1;
    if (isCut || hides(overflowY) && one.scrollHeight > one.clientHeight + 1)
      wrong.push(`cut: ${one.textContent.trim().slice(0, 60)}`);
  }
  for (const picture of document.querySelectorAll('svg')) {
    const around = picture.getBoundingClientRect();
    const texts = [...picture.querySelectorAll('text, [id*="text_"]')]
      .map(one => [one.textContent.trim() || one.id, one.getBoundingClientRect()]).filter(([, box]) => box.width);
    const reach = (box, its, [low, high]) => Math.min(box[high], its[high]) - Math.max(box[low], its[low]);
    const sides = [['left', 'right'], ['top', 'bottom']];
    texts.forEach(([say, box], i) => {
      if (sides.some(([low, high]) => box[low] < around[low] - 1 || box[high] > around[high] + 1))
        wrong.push(`cut: ${say}`);
      for (const [other, its] of texts.slice(i + 1))
        if (sides.every(side => reach(box, its, side) > 1)) wrong.push(`${say} over ${other}`);
    });
  }
  return wrong;
}"""


@pytest.mark.parametrize("width", [390, 768, 1280, 1920])
def test_no_text_is_cut_or_lies_over_another(files, browser, width):
    for name, file in (files | KEPT).items():
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto(file.as_uri())
        assert page.evaluate(CUT) == [], name
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate(CUT) == [], name
        page.close()


def test_planted_cut_text_is_found(browser):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    for planted, found in (
        ('<p style="width: 40px; overflow: hidden; white-space: nowrap">a long line of words</p>', "cut: a long line"),
        ('<p style="height: 8px; overflow-y: clip">words</p>', "cut: words"),
        ('<p style="width: 500px">words</p>', "page: "),
        ('<svg width="90" height="40"><text x="60" y="20">far out</text></svg>', "cut: far out"),
        (
            '<svg width="90" height="40"><text x="9" y="20">one</text><text x="12" y="22">two</text></svg>',
            "one over two",
        ),
        ('<p style="overflow: hidden">words</p><svg width="90" height="40"><text x="9" y="20">one</text></svg>', None),
    ):
        page.set_content(f"<!doctype html><body>{planted}</body>")
        assert [one[: len(found or "")] for one in page.evaluate(CUT)] == [found] * bool(found), planted
    page.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "dark")])
def test_no_serious_violation_and_no_request(files, browser, width, scheme):
    for name, file in (files | KEPT).items():
        page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
        asked = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(file.as_uri())
        assert violations(page) == [], name
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert violations(page) == [], name
        assert asked == [file.as_uri()]
        page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_answer_and_the_start_of_its_picture_are_on_the_first_screens(files, browser, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(files["whatsapp-complies"].as_uri())
    told = page.evaluate("document.querySelector('main .note').getBoundingClientRect().top")
    assert told < 844, "question, answer, how sure and on what it hangs are on the first screen"
    visible = [svg for svg in page.locator("figure svg").all() if svg.is_visible()]
    assert len(visible) == 5
    smallest = 7 / 72 * 96 * 0.95  # 7 points in CSS pixels, less what rounding takes
    scale = visible[1].evaluate("svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width")
    assert 8 * scale >= smallest, "letters of 8 points in the picture"
    page.close()


INKS = """() => [...document.querySelectorAll('svg [id*="-text_"] g[style*=fill]')]
  .filter(one => one.getBoundingClientRect().width).map(one => getComputedStyle(one).fill)"""


def test_pictures_follow_dark_paper_and_print_stays_light(files, browser):
    """The same letters: on white paper and in print as they were drawn, on dark paper light enough to be read."""
    for name, file in files.items():
        inks = {}
        for media, scheme in (("screen", "light"), ("screen", "dark"), ("print", "dark")):
            page = browser.new_page(color_scheme=scheme)
            page.goto(file.as_uri())
            page.emulate_media(media=media)
            paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
            inks[media, scheme] = paper, {*page.evaluate(INKS)}
            page.close()
        light, dark, printed = inks.values()
        assert light[0] == printed[0] == "rgb(255, 255, 255)", name
        assert printed[1] <= light[1], name
        for paper, colours in (light, dark):
            on = colours - {"rgb(0, 0, 0)", "rgb(255, 255, 255)"}  # black and white stand on marks
            assert on, name
            assert [ink for ink in on if contrast(as_hex(ink), as_hex(paper)) < 4.5] == [], (name, paper)


def as_hex(colour):
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colour))


def test_the_keyboard_reaches_findings_and_tables(files, browser):
    page = browser.new_page()
    page.goto(files["brief"].as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("#main$"))
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None
    page.close()


def test_an_answer_prints_on_two_pages_and_weighs_a_megabyte_at_most(files, browser, tmp_path):
    for name, file in files.items():
        assert name not in ANSWERS or file.stat().st_size <= 1_000_000, name
        page = browser.new_page()
        page.goto(file.as_uri())
        if name in ANSWERS:
            page.emulate_media(media="print")
            millimetre = 96 / 25.4
            pictures = [svg for svg in page.locator("figure svg").all() if svg.is_visible()]
            assert min(svg.bounding_box()["width"] / millimetre for svg in pictures) > 150, "as broad as a sheet takes"
            sizes = "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
            text, notes = (page.locator(where).evaluate_all(sizes) for where in ("body", "main .note"))
            assert max(notes) <= text[0], "notes are no larger than the text"
        page.pdf(path=tmp_path / "page.pdf", format="A4")
        printed = (tmp_path / "page.pdf").read_bytes()
        pages = printed.count(b"/Type /Page") - printed.count(b"/Type /Pages")
        assert 1 <= pages <= (2 if name in ANSWERS else 100), name
        page.close()
