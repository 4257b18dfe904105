"""The answer page in a real browser: no serious violation, nothing asked of a network, two printed pages."""

from pathlib import Path

import pytest

from sim.analyses.compare.analysis import compare
from sim.scenario.files import load
from sim.view.answer import answer
from tests.browser.test_accessible import violations

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    """Pages of worlds that differ in one act, in many, and in what ISPs do."""
    names = ("hong-kong-2020", "whatsapp-complies", "no-law", "whatsapp-blocked-90-days")
    worlds = [load(name, ["population.users=1000"]) for name in names]
    comparison = compare(*worlds, names=names, replicates=3, workers=1)
    folder = tmp_path_factory.mktemp("answer")
    for name in names[1:]:
        (folder / f"{name}.html").write_text(answer(comparison, name, command="lawshock compare"), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in names[1:]}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["whatsapp-complies", "no-law", "whatsapp-blocked-90-days"])
def test_no_serious_violation_and_no_request(files, browser, name, width):
    page = browser.new_page(viewport={"width": width, "height": 844})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(files[name].as_uri())
    assert violations(page) == []
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert violations(page) == []
    assert asked == [files[name].as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_answer_and_the_start_of_its_picture_are_on_the_first_screens(files, browser, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(files["whatsapp-complies"].as_uri())
    told = page.evaluate("document.querySelector('main .note').getBoundingClientRect().top")
    assert told < 844, "question, answer, how sure and on what it hangs are on the first screen"
    visible = [svg for svg in page.locator("figure svg").all() if svg.is_visible()]
    assert len(visible) == 3
    smallest = 7 / 72 * 96 * 0.95  # 7 points in CSS pixels, less what rounding takes
    scale = visible[0].evaluate("svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width")
    assert 8 * scale >= smallest, "letters of 8 points in the picture"
    page.close()


@pytest.mark.parametrize("name", ["whatsapp-complies", "no-law", "whatsapp-blocked-90-days"])
def test_it_prints_on_two_pages(files, browser, tmp_path, name):
    page = browser.new_page()
    page.goto(files[name].as_uri())
    page.emulate_media(media="print")
    millimetre = 96 / 25.4
    widths = [svg.bounding_box()["width"] / millimetre for svg in page.locator("figure svg").all() if svg.is_visible()]
    assert min(widths) > 150, "as broad as a sheet takes"
    sizes = "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    text, notes = (page.locator(where).evaluate_all(sizes) for where in ("body", "main .note"))
    assert max(notes) <= text[0], "notes are no larger than the text"
    page.pdf(path=tmp_path / "answer.pdf", format="A4")
    printed = (tmp_path / "answer.pdf").read_bytes()
    assert 1 <= printed.count(b"/Type /Page") - printed.count(b"/Type /Pages") <= 2
    page.close()
