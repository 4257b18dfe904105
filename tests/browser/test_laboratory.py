"""A person in front of the laboratory: moves, resets, compares, steps, sends a link, saves and opens a file."""

import io
import re
from pathlib import Path

import pandas as pd
import psutil
import pytest
from playwright.sync_api import Browser, expect

from sim.runs.once import run_once
from sim.scenario.files import load
from tests.browser import steps
from tests.browser.conftest import Server, Visit

pytestmark = pytest.mark.browser

FEW = "?scenario=hong-kong-2020&set=population.users%3D2000"
"""A world whose twenty replicates are quickly there."""
HOLDERS = "People who hold the app"


def test_a_control_moves_the_band_and_keeps_its_value_when_another_is_reset(server: Server, visit: Visit) -> None:
    page = visit.open(server.address)
    steps.look_at(page, "platforms")
    before = steps.picture(page, HOLDERS).get_attribute("aria-label")
    steps.show(page, "people", "How they choose apps")
    steps.set_number(page, "population.gamma", 6)
    steps.set_number(page, "population.inertia", 2.5)
    expect(steps.picture(page, HOLDERS)).not_to_have_attribute("aria-label", before or "")
    steps.control(page, "population.inertia").locator(".reset").click()
    expect(steps.control(page, "population.inertia")).to_have_class("lab-control")
    expect(steps.field(page, "population.inertia")).to_have_value(str(load("hong-kong-2020").population.inertia))
    expect(steps.field(page, "population.gamma")).to_have_value("6")
    expect(page.locator(".lab-changed")).to_contain_text("population.gamma")
    assert "population.gamma" in page.url
    assert "population.inertia" not in page.url


def test_the_answer_is_refined_while_one_watches(server: Server, visit: Visit) -> None:
    page = visit.open(f"{server.address}?seed=4321")
    steps.wait_for_replicates(page, 2)
    steps.wait_for_replicates(page, 6)
    expect(page.locator(".lab-status")).to_contain_text("of 20 replicates of 20,000 people")


def test_a_value_that_the_schema_refuses_is_refused_in_one_line(server: Server, visit: Visit) -> None:
    page = visit.open(server.address)
    steps.show(page, "people", "How they choose apps")
    steps.field(page, "population.gamma").fill("99")
    steps.field(page, "population.gamma").press("Tab")
    expect(page.get_by_role("alert")).to_contain_text("population.gamma: expected a number from 0.0 to 12.0")
    assert "population.gamma" not in page.url


def test_controls_say_unit_range_status_and_source(server: Server, visit: Visit) -> None:
    page = visit.open(server.address)
    steps.show(page, "people", "How they choose apps")
    told = steps.control(page, "population.revision_rate")
    for words in ("1/day", "Range: a number above 0.0", "calibrated", "fourteen cases together", "lambda_0"):
        expect(told).to_contain_text(words)


def test_an_act_tells_its_sentence_and_its_causes(server: Server, visit: Visit) -> None:
    page = visit.open(server.address)
    page.select_option(".acts select", "Meta")
    page.locator(".acts li button", has_text="announce a pause").first.click()
    expect(page.locator(".chosen .sentence")).to_contain_text("Meta announced")
    cause = page.locator(".chosen .causes button").first
    words = cause.inner_text()
    cause.click()
    expect(page.locator(".chosen .sentence")).to_have_text(words)


def test_two_worlds_side_by_side_with_the_difference_of_pairs(server: Server, visit: Visit) -> None:
    page = visit.open(server.address)
    steps.look_at(page, "numbers")
    page.click(".pin")
    expect(page.locator(".lab-pinned")).to_be_visible()
    change = page.locator('[data-measure="Signal share"] .difference')
    expect(change).to_have_text("0 (0 to 0)")  # the same world and the same luck: no difference at all
    steps.show(page, "people", "How they choose apps")
    steps.set_number(page, "population.gamma", 0)
    expect(page.locator(".lab-pinned")).to_contain_text("population.gamma is 0.0")
    expect(change).not_to_have_text("0 (0 to 0)")
    steps.look_at(page, "platforms")
    first = page.locator(".lab-pictures .lab-row").first
    expect(first.locator("figure")).to_have_count(3)
    assert first.locator(".head").all_inner_texts() == ["Pinned", "Now", "Difference"]
    page.click(".unpin")
    expect(first.locator("figure")).to_have_count(1)


def test_a_run_goes_day_by_day_by_steps_and_by_play(server: Server, visit: Visit) -> None:
    page = visit.open(f"{server.address}?view=network&scenario=hong-kong-2020&set=population.users%3D20000")
    date = page.locator("output.date")
    expect(date).to_have_text("1 May 2020")
    assert 1 < page.locator(".network circle").count() <= 300
    page.click(".step")
    page.click(".step")
    expect(date).to_have_text("3 May 2020")
    page.click(".back")
    expect(date).to_have_text("2 May 2020")
    page.select_option(".speed", label="a month/s")
    page.click(".play")
    page.wait_for_function("Number(document.querySelector('output.date').dataset.day) >= 20")
    page.click(".play")
    stood = date.inner_text()
    expect(page).to_have_url(re.compile(rf"day={date.get_attribute('data-day')}\b"))
    expect(date).to_have_text(stood)


def test_lives_of_a_person_and_of_a_company(server: Server, visit: Visit) -> None:
    page = visit.open(f"{server.address}?view=lives&scenario=hong-kong-2020&set=population.users%3D20000&person=17")
    expect(page.locator(".life").first).to_contain_text("Person 17 has")
    page.select_option("select.company", "Google")
    life = page.locator(".life").last
    expect(life).to_contain_text("Google paused")
    life.locator("li button", has_text="Google paused").first.click()
    expect(life.locator("dl")).to_contain_text("pauses")


def test_a_link_restores_the_exact_state_in_a_fresh_browser(server: Server, visit: Visit, browser: Browser) -> None:
    page = visit.open(server.address + FEW)
    page.click(".pin")
    steps.show(page, "companies", "Meta")
    steps.set_number(page, "companies.Meta.review_days", 30)
    page.fill(".seed", "77")
    page.press(".seed", "Tab")
    steps.look_at(page, "compliance")
    expect(page).to_have_url(re.compile("seed=77.*view=compliance.*review_days"))
    steps.wait_for_replicates(page, 3)
    title = "Meta: requests for data"
    link, seen = page.url, steps.digest(page)
    fresh = Visit(browser.new_context(), visit.strangers, visit.troubles)
    there = fresh.open(link)
    expect(there.locator(".lab-pinned")).to_be_visible()
    expect(there.locator(".seed")).to_have_value("77")
    steps.show(there, "companies", "Meta")
    expect(steps.field(there, "companies.Meta.review_days")).to_have_value("30")
    assert there.url == link
    assert steps.digest(there) == seen
    for tab in (page, there):
        steps.wait_for_replicates(tab, 20)
        # the count may be there before the pictures are: only these say what they were drawn from
        expect(tab.get_by_text("median of 20 replicates").first).to_be_visible()
    words = steps.picture(page, title).nth(1).get_attribute("aria-label") or ""
    expect(steps.picture(there, title).nth(1)).to_have_attribute("aria-label", words)
    fresh.context.close()


def test_a_scenario_goes_out_and_comes_back_with_the_same_run(server: Server, visit: Visit, tmp_path: Path) -> None:
    page = visit.open(server.address)
    steps.show(page, "law")
    steps.set_number(page, "law.vagueness", 0.4)
    steps.wait_for_replicates(page, 3)
    before = steps.digest(page)
    page.click(".lab-menu summary")
    with page.expect_download() as saved:
        page.click(".save-scenario")
    file = tmp_path / saved.value.suggested_filename
    saved.value.save_as(file)
    with page.expect_download() as saved:
        page.click(".save-usage")
    table = pd.read_csv(saved.value.path())
    with page.expect_download() as saved:
        page.click(".save-brief")
    assert "vagueness" in Path(saved.value.path()).read_text()

    scenario = load(file)
    assert scenario.digest() == before
    alone = run_once(scenario, 1).tables["usage"].to_csv(index=False)
    there = table[table["seed"] == 1].drop(columns="seed").to_csv(index=False)
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(alone)), pd.read_csv(io.StringIO(there)))

    other = visit.open(server.address)
    other.click(".lab-menu summary")
    other.set_input_files("input.open", file)
    expect(other.locator(".lab-changed")).to_contain_text("law.vagueness")
    assert steps.digest(other) == before


def test_what_is_no_scenario_is_not_opened(server: Server, visit: Visit) -> None:
    page = visit.open(server.address)
    page.click(".lab-menu summary")
    for content, words in (
        (b'extends = "/etc/passwd"', "expected the name of a shipped scenario"),
        (b"a." * 100_000 + b"b = 1", "expected keys of at most 16 steps"),
        (b"#" * 2_000_000, "at most 1000000 bytes"),
    ):
        page.set_input_files("input.open", {"name": "x.toml", "mimeType": "application/toml", "buffer": content})
        expect(page.get_by_role("alert")).to_contain_text(words)
    assert all("the server responded with a status of 4" in trouble for trouble in visit.troubles)
    visit.troubles.clear()


def test_names_of_a_scenario_are_text_and_never_markup(server: Server, visit: Visit, tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>"
    table = f'companies."{name}"'
    hostile = f'extends = "hong-kong-2020"\n[{table}]\n[{table}.requests.legal]\nrate = 1.0\nproduced = 0.5\n'
    page = visit.open(server.address)
    page.click(".lab-menu summary")
    page.set_input_files("input.open", {"name": "x.toml", "mimeType": "application/toml", "buffer": hostile.encode()})
    page.wait_for_url(re.compile("scenario=import-"))
    expect(page.locator(".lab-story").first).to_contain_text(name)
    steps.look_at(page, "compliance")
    expect(page.locator("figcaption", has_text=name)).to_be_visible()
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_the_window(server: Server, visit: Visit, width: int) -> None:
    page = visit.open(server.address)
    page.set_viewport_size({"width": width, "height": 844})
    page.click(".pin")
    for view in ("story", "numbers", "compliance", "platforms", "flows", "ladder", "network", "lives"):
        steps.look_at(page, view)
        expect(page.locator(".lab-main section").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view


def test_the_server_speaks_to_no_other_machine(server: Server, visit: Visit) -> None:
    visit.open(server.address)
    family = psutil.Process(server.process.pid)
    for process in [family, *family.children(recursive=True)]:
        for connection in process.net_connections(kind="inet"):
            assert connection.laddr.ip == "127.0.0.1"
            assert not connection.raddr or connection.raddr.ip == "127.0.0.1"
