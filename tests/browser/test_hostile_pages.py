"""Pages of a scenario whose names and texts try to run something: nothing runs, and what was written is read."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from playwright.sync_api import expect

from sim.view.laboratory.page import answered, laboratory, on_cards
from sim.view.laboratory.questions import Home, cards_of
from tests.browser.conftest import PATIENCE, Visit
from tests.faults.trials import call
from tests.test_house import ROOT

pytestmark = pytest.mark.browser

NAMES = {
    "WhatsApp": "<img src=x onerror=hit()>", "Telegram": '"><svg onload=hit()>', "WeChat": "{{ 7*7 }} & <b>'x'</b>",
    "Meta": "</script><script>hit()</script>",
}  # fmt: skip
"""What runs in a page that takes a name for markup, for the end of an attribute or of its data, or for a template."""
TEXT = "</title></style></script><script>hit()</script><iframe src='javascript:hit()'>"
LEFT_OUT = ("sources", "observed", "focus", "baseline")
LITTLE = ("population.users=300", "end=2020-09-30")
TRAP = """window.hits = 0; window.hit = () => { window.hits += 1 };
document.addEventListener("securitypolicyviolation", found => { if (found.violatedDirective !== "img-src") hit() })"""
"""The page's own policy would stop a script that got in; that counts as well."""


def renamed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {NAMES.get(key, key): renamed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [renamed(one) for one in value]
    return NAMES.get(value, value) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("hostile")
    text = (ROOT / "scenarios" / "hong-kong-2020.toml").read_text(encoding="utf-8")
    told = {key: value for key, value in tomllib.loads(text).items() if key not in LEFT_OUT}
    world = renamed(told) | {"title": TEXT, "question": TEXT}
    (folder / "world.toml").write_text(tomli_w.dumps(world), encoding="utf-8")
    asked = ("--replicates", "2", "--workers", "1", "--best", *(part for one in LITTLE for part in ("--set", one)))
    app = NAMES["WhatsApp"].replace('"', '\\"')
    asks = f'order-block platform="{app}" for_days=20 date=2020-08-01'
    for words in (("ask", "world.toml", "--act", asks, *asked, "--out", "answer.html"),
                  ("run", "world.toml", *asked, "--out", "run"), ("brief", "run", "--out", "brief.html")):  # fmt: skip
        code, err = call(words, folder)
        assert code == 0, (words, code, err)
    home = Home(str(folder / "world.toml"), LITTLE)
    questions = on_cards(home, cards_of(home.path, home.base()))
    made = laboratory(questions, answered(questions, 2, workers=1), pairs=2, command=f"lawshock explore {TEXT}")
    (folder / "laboratory.html").write_text(made, encoding="utf-8")
    return {"laboratory": folder / "laboratory.html", "answer": folder / "answer.html", "brief": folder / "brief.html"}


@pytest.fixture
def stranger(browser) -> Iterator[Visit]:
    visitor = Visit(browser.new_context(viewport={"width": 1280, "height": 900}, offline=True), [], [])
    visitor.context.set_default_timeout(PATIENCE)
    visitor.context.add_init_script(TRAP)
    yield visitor
    visitor.context.close()


@pytest.mark.parametrize("name", ["laboratory", "answer", "brief"])
def test_what_a_scenario_says_is_read_and_never_run(stranger, pages, name):
    page = stranger.context.new_page()
    page.goto(pages[name].as_uri())
    if name == "laboratory":
        questions = page.get_by_label("Question", exact=True)
        assert questions.locator("option").count() == 2
        for number in range(2):
            questions.select_option(index=number)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.wait_for_timeout(300)
    assert page.evaluate("window.hits") == 0
    assert page.locator("iframe, svg[onload], img[src='x'], b:text-is(\"'x'\")").count() == 0
    expect(page.locator("body")).to_contain_text(NAMES["WhatsApp"])
    policy = page.locator("meta[http-equiv='Content-Security-Policy']").get_attribute("content")
    assert policy.startswith("default-src 'none'")


def test_a_page_that_runs_what_it_is_told_is_caught(stranger, tmp_path):
    for number, content in enumerate((f"<p>{NAMES['WhatsApp']}", f"<script>'{NAMES['Meta']}'</script>")):
        path = tmp_path / f"{number}.html"
        path.write_text(f"<!doctype html><title>x</title>{content}", encoding="utf-8")
        page = stranger.context.new_page()
        page.goto(path.as_uri())
        page.wait_for_function("window.hits > 0")
