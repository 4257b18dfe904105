"""The page of the laboratory with a server behind it, whose answers are recorded: asking, refining, building, typing.

The server itself is tried in other files.
"""

import datetime as dt
import random

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import violations
from tests.browser.recorded import OF, Recorded, card, opened, own, typed

pytestmark = pytest.mark.browser


# Answers


def test_the_answer_is_what_python_wrote_and_says_on_what_it_rests(visit, server):
    server.pairs = (2,)
    page = opened(visit, server)
    expect(page.locator(".sofar")).to_have_text("2 of 4 pairs so far: the bands will still move.")
    expect(page.locator(".sentence")).to_have_text(server.told["whatsapp-complies"]["sentence"])
    server.pairs = (2, OF)
    expect(page.locator(".sofar")).to_have_count(0)  # the stream that broke was asked for again
    expect(page.locator(".sentence")).to_have_text(server.told["whatsapp-complies"]["sentence"])


def test_a_page_finds_its_server_again(visit, server):
    page = opened(visit, server)
    expect(page.locator(".sentence")).to_be_visible()
    server.away = True
    card(page, "WhatsApp is blocked for 90 days")
    expect(page.locator(".status")).to_contain_text("The server does not answer. It is asked again in 2 seconds.")
    server.away = False
    expect(page.locator(".sentence")).to_have_text(server.told["whatsapp-blocked-90-days"]["sentence"])
    expect(page.locator(".status")).not_to_contain_text("does not answer")


def test_a_failure_is_told_in_words_and_can_be_asked_again(visit, server):
    server.failed = "A run failed: the disk is full."
    page = opened(visit, server)
    expect(page.locator(".status")).to_contain_text("A run failed: the disk is full.")
    server.failed = ""
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".sentence")).to_have_text(server.told["whatsapp-complies"]["sentence"])


def test_an_address_asks_again_on_another_server(visit, server):
    page = opened(visit, server)
    card(page, "An outage of two days")
    typed(page, page.get_by_role("spinbutton").first, "5")
    expect(page.locator("#asked")).to_contain_text("1 acts")
    other = Recorded(server.page, server.told)
    again = opened(visit, other, page.url[page.url.index("#") :])
    expect(again.locator(".sentence")).to_be_visible()
    assert other.asked == [own(page)]
    assert own(page)["acts"][0]["days"] == 5


def test_links_are_switched_off_when_a_reader_asks_and_stay_with_their_question(visit, server):
    page = opened(visit, server)
    button = page.get_by_role("button", name="Switch links off")
    button.click()  # a server that cannot is asked again
    expect(button).to_be_visible()
    server.chain = {"pairs": 6, "whole": "−6 points", "tried": ["it rains", "it snows"], "carried": True,
                    "links": [{"without": "it rains", "left": "−2 points"}]}  # fmt: skip
    button.click()
    expect(page.locator(".link:not(.head)")).to_have_text(["where it rains: −2 points"])
    expect(page.locator(".link.head")).to_contain_text("in both worlds of 6 pairs. With all of them: −6 points.")
    assert server.calls.count("/api/chain/whatsapp-complies") == 2
    card(page, "No law")
    expect(page.locator(".sentence")).to_have_text(server.told["no-law"]["sentence"])
    expect(page.locator(".link.head")).to_have_count(0)
    server.chain |= {"links": [], "carried": False}
    button.click()
    expect(page.locator(".link.head")).to_contain_text("No single link was found.")
    said = [f"where it {falls}: not clearly otherwise" for falls in ("rains", "snows")]
    expect(page.locator(".link:not(.head)")).to_have_text(said)
    assert violations(page) == []


# What a newcomer wants, in at most three actions


def test_the_keyboard_alone_blocks_whatsapp_for_thirty_days_in_2021(visit, server):
    page = opened(visit, server)
    reach(page, "WhatsApp is blocked for 90 days", "select")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".sentence")).to_have_text(server.told["whatsapp-blocked-90-days"]["sentence"])
    for kind, keys in (("number", ["Control+a", *"30"]), ("date", [*"03012021"])):
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.closest('.says') && document.activeElement.type") == kind:
                break
        else:
            pytest.fail(f"no field of a {kind} by keyboard")
        for key in keys:
            page.keyboard.press(key)
    expect(page.locator("#asked")).to_contain_text("1 acts")
    (act,) = own(page)["acts"]
    assert (act["date"], act["until"]) == ("2021-03-01", "2021-03-31")
    page.wait_for_function("() => !document.querySelector('.stale')")
    assert server.asked[-1] == own(page)


def test_the_keyboard_alone_shares_the_picture(visit, server):
    page = opened(visit, server)
    expect(page.locator(".sentence")).to_be_visible()
    reach(page, "Picture (PNG)", "button")
    with page.expect_download() as waited:
        page.keyboard.press("Enter")
    assert waited.value.path().read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    reach(page, "Share", "button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="The same link as a QR code")).to_be_visible()


# Build your own


def test_the_keyboard_alone_builds_a_world_and_takes_it_back(visit, server):
    page = opened(visit, server)
    expect(page.locator(".sentence")).to_be_visible()
    reach(page, "Build your own", "button")
    page.keyboard.press("Enter")
    expect(page.locator("#asked")).to_contain_text("nothing is changed yet")
    reach(page, "+ A block", "button")
    page.keyboard.press("Enter")
    expect(page.locator(".act")).to_have_count(1)
    reach(page, "yours-1", "button")
    first = own(page)["acts"][0]
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    moved = first | {"date": str(dt.date.fromisoformat(first["date"]) - dt.timedelta(3))}
    becomes(page, moved)
    page.keyboard.press("Tab")
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    becomes(page, moved | {"for_days": 30 - 28 + 1})
    page.keyboard.press("Control+z")
    becomes(page, moved)
    page.keyboard.press("Control+z")
    becomes(page, first)
    page.keyboard.press("Control+Shift+z")
    becomes(page, moved)
    page.go_back()
    becomes(page, first)
    reach(page, "yours-1", "button")
    page.keyboard.press("Delete")
    expect(page.locator(".act")).to_have_count(0)
    assert own(page)["acts"] == []


def becomes(page: Page, act: dict) -> None:
    """Wait until the first act of one's own is so: the page takes a key in when it is its turn."""
    for _ in range(100):
        if (now := own(page)["acts"][0]) == act:
            return
        page.wait_for_timeout(50)
    assert now == act


def reach(page: Page, words: str, tag: str) -> None:
    """Press Tab until something with these words has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        here = page.evaluate("(({ tagName, textContent, dataset }) => [tagName, textContent, dataset.act ?? ''])"
                             "(document.activeElement)")  # fmt: skip
        if here[0].lower() == tag and words in here[1] + here[2]:
            return
    pytest.fail(f"no {words} by keyboard")


def test_an_act_is_dragged_and_stretched(visit, server):
    page = opened(visit, server, "#q=no-law&build=1&w=eyJhY3RzIjpbXX0&on=2020-08-01")
    page.get_by_role("button", name="+ A block").click()
    page.wait_for_function("() => !document.querySelector('.stale')")
    before = own(page)["acts"][0]
    page.set_viewport_size({"width": 1280, "height": 560})  # lower than stage and gap together
    drag(page, ".act", 60)
    moved = own(page)["acts"][0]
    assert moved["date"] > before["date"]
    assert moved["for_days"] == before["for_days"]
    drag(page, ".bar .end", 40)
    assert own(page)["acts"][0]["for_days"] > before["for_days"]
    page.wait_for_function("() => !document.querySelector('.stale, .guess')")
    assert server.asked[-1]["acts"] == own(page)["acts"]
    page.get_by_role("button", name="Undo").click()
    assert own(page)["acts"][0] == moved  # a whole drag is one step


def drag(page: Page, what: str, by: int) -> None:
    page.locator(what).first.hover()  # once it stands still, which a bounding box does not wait for
    box = page.locator(what).first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(x + by * step / 5, y)
    gap = page.locator("path.guess").bounding_box()  # moves with the act before a server knows of it, and in view
    assert gap["y"] + gap["height"] <= page.viewport_size["height"]
    page.mouse.up()


def test_an_act_of_the_base_is_changed_left_out_and_put_back(visit, server):
    page = opened(visit, server, "#q=no-law&build=1&w=eyJhY3RzIjpbXX0")
    page.get_by_text("The whole calendar").click()
    page.get_by_role("button", name="Edit: enact").click()
    page.get_by_label("date", exact=True).fill("2020-09-01")
    assert own(page)["acts"] == [{"id": "enact", "kind": "enact", "date": "2020-09-01"}]
    page.get_by_role("button", name="As it was", exact=True).click()
    assert own(page)["acts"] == []
    page.get_by_role("button", name="Remove: enact").click()
    assert own(page)["without"] == ["enact"]
    page.get_by_role("button", name="Put back: enact").click()
    assert own(page)["without"] == []


def test_a_scenario_file_is_opened_or_refused_in_words(visit, server, tmp_path):
    page = opened(visit, server, "#q=no-law&build=1&w=eyJhY3RzIjpbXX0")
    page.set_viewport_size({"width": 390, "height": 600})
    file = tmp_path / "mine.toml"
    for text, said in (("nonsense = 1", "your file: extends: expected a scenario"), ('extends = "x"', "")):
        file.write_text(text, encoding="utf-8")
        page.get_by_label("Open a scenario file").set_input_files(file)
        expect(page.locator(".status .wrong")).to_have_text([said] if said else [])
        if said:
            expect(page.locator(".status .wrong")).to_be_in_viewport()  # wherever the page stands
    assert own(page)["without"] == ["enact"]
    page.locator(".menu > summary").click()  # tools are folded on a phone
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#asked")).to_contain_text("nothing is changed yet")


def test_a_refused_value_goes_back_with_the_words_of_the_server(visit, server):
    server.refuses = '"days": 13'
    page = opened(visit, server)
    card(page, "An outage of two days")
    box = page.get_by_role("spinbutton").first
    typed(page, box, "7")
    expect(page.locator("#asked")).to_contain_text("1 acts")
    page.wait_for_function("() => !document.querySelector('.stale')")
    typed(page, box, "13")
    expect(page.locator(".status")).to_contain_text('your world: "days": 13: expected something else')
    expect(box).to_have_value("13")  # somebody is still in the field
    page.keyboard.press("Tab")
    assert own(page)["acts"][0]["days"] == 7
    expect(box).to_have_value("7")


def test_an_assumption_is_searched_and_set_within_its_range(visit, server):
    page = opened(visit, server)
    page.get_by_text("numbers that nobody measured").click()
    page.get_by_label("Search").fill("pull contacts")
    expect(page.locator(".assumption")).to_have_count(1)
    expect(page.locator(".assumption")).not_to_contain_text("gamma")
    page.get_by_label("symbols").check()
    expect(page.locator(".assumption code")).to_have_text("gamma")
    box = page.get_by_label("pull of contacts")
    typed(page, box, "9")
    expect(page.locator(".assumption")).to_contain_text("Expected: from 0 to 4.")
    typed(page, box, "1.5")
    assert own(page)["set"] == {"population.gamma": 1.5}
    assert own(page)["acts"][0]["id"] == "comply-meta"


# Typing


@pytest.mark.slow
def test_two_hundred_moves_end_at_what_was_typed(visit, server):
    """Numbers are typed at 30 ms a key while answers come in, in random fields: each ends at what was typed last."""
    page = opened(visit, server)
    card(page, "WhatsApp is blocked for 90 days")
    page.get_by_text("numbers that nobody measured").click()
    page.get_by_role("button", name="Change this world").click()
    chance = random.Random(7)
    boxes = {"days": page.locator(".says input[type=number]")}
    boxes |= {name: page.get_by_role("spinbutton", name=name) for name in ("pull of contacts", "vagueness")}
    last: dict[str, str] = {}
    for _ in range(200):
        name = chance.choice([*boxes])
        last[name] = str(chance.randint(1, 400)) if name == "days" else f"{chance.randint(0, 400) / 100:g}"
        typed(page, boxes[name], last[name])
        if chance.random() < 0.2:
            page.wait_for_timeout(chance.randint(0, 700))
        assert boxes[name].input_value() == last[name]
    page.keyboard.press("Tab")
    page.wait_for_timeout(1500)
    assert {name: boxes[name].input_value() for name in last} == last
    request = own(page)
    act = request["acts"][0]
    length = dt.date.fromisoformat(act["until"]) - dt.date.fromisoformat(act["date"])
    assert length.days == int(last["days"])
    meant = {"population.gamma": ("pull of contacts", 2.0), "law.vagueness": ("vagueness", 0.8)}
    assert request["set"] == {
        path: float(last[name]) for path, (name, base) in meant.items() if float(last[name]) != base
    }
    assert server.asked[-1] == request


# Everybody can use it


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_violation_on_any_screen(visit, server, scheme):
    page = opened(visit, server)
    page.emulate_media(color_scheme=scheme)
    expect(page.locator(".sentence")).to_be_visible()
    page.get_by_role("button", name="Change this world").click()
    page.get_by_role("button", name="+ A block").click()
    page.get_by_role("button", name="Share").click()
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.wait_for_function("() => !document.querySelector('.stale')")
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    server.failed = "A run failed."
    page.evaluate("() => { location.hash = '#q=no-law&lesson=1' }")
    expect(page.locator(".status")).to_contain_text("A run failed.")
    assert violations(page) == []


def test_an_act_waits_for_a_condition(visit, server):
    page = opened(visit, server, "#q=no-law&build=1&w=eyJhY3RzIjpbXX0")
    page.get_by_role("button", name="+ Messages across apps").click()
    page.get_by_label("When it happens").select_option("users-lost")
    typed(page, page.get_by_label("share"), "0.25")
    (act,) = own(page)["acts"]
    assert act["when"] == {"kind": "users-lost", "platform": "WhatsApp", "share": 0.25}
    assert "date" not in act
