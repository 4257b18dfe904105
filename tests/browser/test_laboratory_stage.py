"""The stage: what a reader must see within ten seconds is on the first screen, and agrees with the numbers."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from sim.analyses.knockout import KNOCKOUTS
from sim.view import links as why
from sim.view.laboratory.page import answered, laboratory, on_cards
from sim.view.laboratory.questions import BASE, CARDS, Home
from tests.browser.conftest import PATIENCE
from tests.laboratory.test_answers import lives

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SMALL = ("population.users=200", "end=2021-12-31")
PAIRS = 2
MEANINGS = sorted((one.meaning for one in KNOCKOUTS), key=len)[-5:]
"""What is said of links, at its longest."""


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """All fifteen questions, of few people in few pairs."""
    questions = on_cards(Home(BASE, SMALL), CARDS)
    path = tmp_path_factory.mktemp("stage") / "laboratory.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(why, "MOST_TRIED", 1)
        found = answered(questions, PAIRS, workers=1)
    for number, name in enumerate(found):  # two pairs tell little: links as many as there may be, of one question none
        told = found[name]["chain"]
        links = [{"without": meaning, "left": f"−{place}.2 points"} for place, meaning in enumerate(MEANINGS)]
        found[name]["chain"] = told | {"links": links[: number % 6], "carried": bool(number % 2), "tried": MEANINGS}
    del found[CARDS[-1].name]["chain"]
    page = laboratory(questions, found, pairs=PAIRS, command="lawshock explore")
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def page(file, browser: Browser):
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(file.as_uri())
    yield page
    page.close()
    assert troubles == []


def show(page: Page, name: str, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.evaluate("name => { scrollTo(0, 0); location.hash = `#q=${name}` }", name)
    expect(page.get_by_label("Question", exact=True)).to_have_value(name)


def outside(page: Page, what: str) -> list[str]:
    """Parts of the first screen that do not lie in it as a whole."""
    return page.evaluate(
        """what => [...document.querySelectorAll(what)].filter(one => {
          const { top, bottom, left, right, width } = one.getBoundingClientRect();
          return !width || top < 0 || left < -1 || bottom > innerHeight + 1 || right > innerWidth + 1;
        }).map(one => `${one.outerHTML.slice(0, 60)} ${JSON.stringify(one.getBoundingClientRect())}`)""",
        what,
    )


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_ten_seconds(page, data, size):
    """Question, number with a dot for each world, companies, people in both worlds, where they went, why, and play."""
    first = ("#asked", ".big", ".strip", ".firms li", ".people canvas", ".flow", ".why li:first-child", ".play", "#day")
    for question in data["questions"]:
        show(page, question["name"], size)
        expect(page.locator("#asked")).to_have_text(question["asks"])
        expect(page.locator(".big")).to_have_text(question["lead"]["text"])
        for part in first:
            assert page.locator(part).count() > 0, (question["name"], part)
        assert outside(page, ", ".join(first)) == [], question["name"]
        expect(page.locator(".world")).to_have_count(PAIRS)
        assert re.search(r"\d", page.locator(".why li b").first.text_content())


def test_stances_stand_with_the_pairs_that_have_them(page, data):
    for question in data["questions"]:
        show(page, question["name"], (1280, 800))
        seen = set()
        for week in (0, len(data["weeks"]) // 2, len(data["weeks"]) - 1):
            page.locator("#day").fill(str(week))
            for firm in page.locator("li[data-firm]").all():
                spans = question["stances"][firm.get_attribute("data-firm")]["now"]
                first, _, shares = next(span for span in reversed(spans) if span[0] <= week)
                pairs = round(shares[week - first] * PAIRS / 100)
                seen.add(pairs)
                said = re.search(r" in (\d+) of (\d+)$", firm.locator("span:not([aria-hidden])").first.text_content())
                assert (said and (int(said[1]), int(said[2]))) == (None if pairs == PAIRS else (pairs, PAIRS))
        assert seen <= {*range(PAIRS + 1)}


def test_the_links_are_those_of_the_data_and_a_page_without_them_has_the_rest(page, data):
    for question in data["questions"]:
        show(page, question["name"], (1280, 800))
        told = question.get("chain")
        expect(page.locator(".link.head")).to_have_count(1 if told else 0)
        shown = [(link["without"], link["left"]) for link in told["links"]] if told else []
        shown = shown or [(without, "not clearly otherwise") for without in (told["tried"] if told else [])]
        expect(page.locator(".link:not(.head)")).to_have_text([f"where {link}: {left}" for link, left in shown])
        if told:
            head = page.locator(".link.head")
            expect(head).to_contain_text("No single link was found" if not told["links"] else f"of {PAIRS} pairs")
    assert "chain" not in data["questions"][-1]


def test_counts_are_those_of_the_people_on_every_day(page, data):
    """Labels, the name of the canvas and the table say how many people there are, in both worlds."""
    weeks = len(data["weeks"])
    for question in data["questions"]:
        show(page, question["name"], (1280, 800))
        city = question["city"]
        both = [lives(city[world], weeks) for world in ("base", "now")]
        letters = {app: chr(ord("a") + number) for number, app in enumerate(city["apps"])} | {"no app": "."}
        for week in (0, weeks // 3, weeks // 2, weeks - 1):
            page.locator("#day").fill(str(week))
            found = [[life[week] for life in world] for world in both]
            counts = {app: [sum(one.lower() == letter for one in world) for world in found]
                      for app, letter in letters.items()}  # fmt: skip
            said = page.locator(".people canvas").get_attribute("aria-label")
            shown = dict(re.findall(r"(no app|[A-Za-z]+) (\d+ → \d+)", said.partition(": ")[2]))
            assert shown == {app: f"{was} → {now}" for app, (was, now) in counts.items() if app in shown}
            assert {app for app, count in counts.items() if any(count)} <= {*shown}
            assert page.locator(".count").all_text_contents() == [*shown.values()]
            for row in page.locator(".same tbody tr").all():
                app, *cells = row.locator("th, td").all_text_contents()
                cut = [sum(one == letters[app].upper() and one != "." for one in world) for world in found]
                assert [int(cell) for cell in cells] == [*counts[app], *cut]


@pytest.mark.parametrize("width", [390, 768, 1280, 1920])
def test_no_text_is_cut_or_lies_over_another(page, data, width):
    for question in data["questions"]:
        show(page, question["name"], (width, 900))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        wrong = page.evaluate(
            """() => {
              const wrong = [];
              for (const picture of document.querySelectorAll('.people svg, .gap')) {
                const around = picture.getBoundingClientRect(), texts = [...picture.querySelectorAll('text')];
                const boxes = texts.map(one => one.getBoundingClientRect());
                boxes.forEach((box, i) => {
                  const say = texts[i].textContent;
                  if (box.left < around.left - 1 || box.right > around.right + 1 || box.bottom > around.bottom + 2)
                    wrong.push(`cut: ${say}`);
                  boxes.slice(i + 1).forEach((other, k) => {
                    const x = Math.min(box.right, other.right) - Math.max(box.left, other.left);
                    const y = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
                    if (x > 2 && y > 4) wrong.push(`${say} over ${texts[i + 1 + k].textContent}`);
                  });
                });
              }
              for (const one of document.querySelectorAll('#asked, .big, .firms span, .firms b, .number p, .caption'))
                if (one.scrollWidth > one.clientWidth + 1 && one.clientWidth) wrong.push(`wide: ${one.textContent}`);
              return wrong;
            }"""
        )
        assert wrong == [], question["name"]


def test_play_goes_through_the_days_to_the_last(page, data):
    show(page, "no-law", (1280, 800))
    page.locator("#day").fill(str(len(data["weeks"]) - 5))
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#day")).to_have_value(str(len(data["weeks"]) - 1))
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_role("button", name="Play").click()  # from the end it begins again
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_function("() => Number(document.getElementById('day').value) < 8")
    page.get_by_role("button", name="Pause").click()
