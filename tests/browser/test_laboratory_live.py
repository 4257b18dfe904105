"""The page of the laboratory with a server behind it, whose answers are recorded: asking, refining, building, typing.

The server itself is tried in other files; here it is a list of answers, so that a page can be watched while it waits,
is refused, or loses its server.
"""

import base64
import datetime as dt
import json
import random
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Route, expect

from sim.scenario.files import load
from sim.view.laboratory import laboratory
from sim.view.laboratory.cards import BASE, chosen
from sim.view.laboratory.worlds import Asked, answers
from tests.browser.conftest import Visit
from tests.browser.test_accessible import violations

pytestmark = pytest.mark.browser

NAMES = ("whatsapp-complies", "whatsapp-blocked-90-days", "no-law", "outage-of-two-days")
SMALL = ("population.users=400", "end=2021-12-31")
HOME = "http://127.0.0.1:9"
OF = 4


def one(name: str, kind: str, **more) -> dict:
    return {"name": name, "type": kind, "required": False, "meaning": name} | more


DAYS = one("for_days", "integer", low=1, high=36_525, unit="days")
APP = one("platform", "choice", required=True, choices=["WhatsApp", "Telegram", "WeChat", "Signal"])
STANCE = one("stance", "choice", required=True, choices=["process", "pause", "comply", "exit"])
FORMS = {
    "order-block": [one("date", "date"), APP, one("until", "date"), DAYS, one("store_ban", "bool", default=False)],
    "outage": [one("date", "date"), APP, one("days", "integer", low=1, high=3650, unit="days", default=1)],
    "force-stance": [one("date", "date"), one("company", "choice", required=True, choices=["Meta", "Google"]), STANCE],
    "change-terms": [one("date", "date"), APP, one("risk", "number", low=-2.0, high=2.0, default=0.0)],
    "court-ruling": [one("outcome", "choice", required=True, choices=["law-upheld", "court-order-restored"])],
    "mandate-interoperability": [one("reach", "number", low=0.0, high=1.0, default=1.0), DAYS],
}
CONDITIONS = {"users-lost": [APP, one("share", "number", required=True, low=0.01, high=1.0)]}


def schema() -> dict:
    """Forms, calendar and assumptions as the server tells them."""
    base = load(BASE)
    acts = [act.model_dump(mode="json", exclude_unset=True) for act in base.acts if act.date is not None]
    calendar = [
        {"id": a["id"], "kind": a["kind"], "date": a["date"], "short": a["id"], "words": a["id"],
         "fields": {key: value for key, value in a.items() if key != "id"}} for a in acts
    ]  # fmt: skip
    numbers = {"population.gamma": ("pull of contacts", "gamma", 2.0), "law.vagueness": ("vagueness", "v", 0.8)}
    assumptions = [
        {"path": path, "words": words, "symbol": symbol, "unit": "", "value": value, "low": 0.0, "high": 4.0,
         "status": "assumed", "reason": "nobody knows", "moves": "which apps people take"}
        for path, (words, symbol, value) in numbers.items()
    ]  # fmt: skip
    told = {"calendar": calendar, "assumptions": assumptions}
    for key, of in (("acts", FORMS), ("conditions", CONDITIONS)):
        told[key] = [{"kind": kind, "words": kind, "fields": fields} for kind, fields in of.items()]
    return told


@dataclass
class Recorded:
    """What a server would answer; ``away`` and ``refuses`` make it less obliging."""

    page: str
    told: dict[str, dict]
    pairs: tuple[int, ...] = (2, OF)
    away: bool = False
    refuses: str = ""
    asked: list[dict] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    failed: str = ""

    def serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(HOME)
        if path == "/":
            route.fulfill(body=self.page, content_type="text/html")
            return
        self.calls.append(path)
        if self.away:
            route.abort("connectionrefused")
        elif path == "/api/ask":
            request = json.loads(route.request.post_data or "")
            self.asked.append(request)
            if self.refuses and self.refuses in json.dumps(request):
                route.fulfill(status=422, json={"message": f"your world: {self.refuses}: expected something else"})
                return
            digest = f"own-{len(self.asked)}"
            route.fulfill(
                json={"id": digest, "question": {"name": digest, "card": "Yours", "asks": asks(request)}, "acts": []}
            )
        elif path.startswith("/api/answers/"):
            route.fulfill(body=self.events(path.rsplit("/", 1)[1]), content_type="text/event-stream")
        elif path.startswith("/api/city/"):
            route.fulfill(status=404, json={"message": "no city"})
        else:
            route.fulfill(status=404, json={"message": f"no {path}"})

    def events(self, name: str) -> str:
        if self.failed:
            return f"event: failed\ndata: {json.dumps({'message': self.failed})}\n\n"
        question = self.told.get(name) or self.told["whatsapp-complies"] | {"name": name, "asks": asks(self.asked[-1])}
        events = [
            f"event: answer\ndata: {json.dumps(question | {'pairs': n, 'of': OF, 'luckyPairs': 1})}\n\n"
            for n in self.pairs
        ]
        return "".join(events) + ("event: done\ndata: {}\n\n" if OF in self.pairs else "")


def asks(request: dict) -> str:
    return f"What if {len(request['acts'])} acts and {json.dumps(request['set'])}?"


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> tuple[str, dict[str, dict]]:
    cards = chosen(NAMES)
    worlds = {card.name: card.world(SMALL) for card in cards}
    asked = Asked((BASE, load(BASE, SMALL)), worlds, 2, 1, lambda world, _: world)
    folder = tmp_path_factory.mktemp("live")
    found = answers(asked, folder, workers=1)
    told = {card.name: {"name": card.name, "card": card.words, "asks": card.asks} | found[card.name] for card in cards}
    page = laboratory(asked, cards, {}, place=folder / "x.html", command="lawshock explore", live=True, schema=schema())
    return page, told


@pytest.fixture
def server(told) -> Recorded:
    return Recorded(*told)


def opened(visit: Visit, server: Recorded, address: str = "") -> Page:
    visit.context.unroute("**/*")
    visit.context.route("**/*", server.serve)
    page = visit.context.new_page()
    page.on("pageerror", lambda error: visit.troubles.append(str(error)))
    page.goto(f"{HOME}/{address}")
    return page


def card(page: Page, words: str) -> None:
    page.get_by_role("link", name=words).click()


def own(page: Page) -> dict:
    """The world that the address means."""
    text = parse_qs(page.url.partition("#")[2])["w"][0]
    found: dict = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def typed(page: Page, box, text: str) -> None:
    box.focus()
    box.press("Control+a")
    box.press_sequentially(text, delay=30)


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


def test_an_address_asks_again_on_another_server(visit, server, told):
    page = opened(visit, server)
    card(page, "An outage of two days")
    typed(page, page.get_by_role("spinbutton").first, "5")
    expect(page.locator("#asked")).to_contain_text("1 acts")
    other = Recorded(*told)
    again = opened(visit, other, page.url[page.url.index("#") :])
    expect(again.locator(".sentence")).to_be_visible()
    assert other.asked == [own(page)]
    assert own(page)["acts"][0]["days"] == 5


# What a newcomer wants, in at most three actions


def test_block_whatsapp_for_thirty_days_in_2021(visit, server):
    page = opened(visit, server)
    card(page, "WhatsApp is blocked for 90 days")
    typed(page, page.get_by_role("spinbutton").first, "30")
    page.locator('.says input[type="date"]').fill("2021-03-01")
    expect(page.locator("#asked")).to_contain_text("1 acts")
    (act,) = own(page)["acts"]
    assert (act["date"], act["until"]) == ("2021-03-01", "2021-03-31")
    page.wait_for_function("() => !document.querySelector('.stale')")
    assert server.asked[-1] == own(page)


@pytest.mark.parametrize(("words", "name"), [
    ("Meta complies", "whatsapp-complies"), ("No law", "no-law"), ("An outage of two days", "outage-of-two-days"),
])  # fmt: skip
def test_one_press_answers_a_card(visit, server, words, name):
    page = opened(visit, server)
    card(page, words)
    expect(page.locator(".sentence")).to_have_text(server.told[name]["sentence"])


def test_share_the_picture(visit, server):
    page = opened(visit, server)
    expect(page.locator("#picture")).to_be_visible()
    with page.expect_download() as waited:
        page.get_by_role("button", name="Picture (PNG)").click()
    assert waited.value.path().read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_role("img", name="The same link as a QR code")).to_be_visible()


# Build your own


def test_the_keyboard_alone_builds_a_world_and_takes_it_back(visit, server):
    page = opened(visit, server)
    expect(page.locator(".sentence")).to_be_visible()
    reach(page, "Build your own", "a")
    page.keyboard.press("Enter")
    expect(page.locator("#asked")).to_contain_text("nothing is changed yet")
    reach(page, "+ A block", "button")
    page.keyboard.press("Enter")
    expect(page.locator(".act")).to_have_count(1)
    reach(page, "yours-1", "button")
    first = own(page)["acts"][0]
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    moved = own(page)["acts"][0]
    assert dt.date.fromisoformat(moved["date"]) == dt.date.fromisoformat(first["date"]) - dt.timedelta(3)
    page.keyboard.press("Tab")
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    assert own(page)["acts"][0]["for_days"] == 30 - 28 + 1
    page.keyboard.press("Control+z")
    assert own(page)["acts"][0] == moved
    page.keyboard.press("Control+z")
    assert own(page)["acts"][0] == first
    page.keyboard.press("Control+Shift+z")
    assert own(page)["acts"][0] == moved
    page.go_back()
    assert own(page)["acts"][0] == first
    reach(page, "yours-1", "button")
    page.keyboard.press("Delete")
    expect(page.locator(".act")).to_have_count(0)
    assert own(page)["acts"] == []


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
    drag(page, ".act", 60)
    moved = own(page)["acts"][0]
    assert moved["date"] > before["date"]
    assert moved["for_days"] == before["for_days"]
    drag(page, ".bar .end", 40)
    assert own(page)["acts"][0]["for_days"] > before["for_days"]
    page.wait_for_function("() => !document.querySelector('.stale')")
    assert server.asked[-1]["acts"] == own(page)["acts"]
    page.get_by_role("button", name="Undo").click()
    assert own(page)["acts"][0] == moved  # a whole drag is one step


def drag(page: Page, what: str, by: int) -> None:
    box = page.locator(what).first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(x + by * step / 5, y)
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


def test_an_act_waits_for_a_condition(visit, server):
    page = opened(visit, server, "#q=no-law&build=1&w=eyJhY3RzIjpbXX0")
    page.get_by_role("button", name="+ Messages across apps").click()
    page.get_by_label("When it happens").select_option("users-lost")
    typed(page, page.get_by_label("share"), "0.25")
    (act,) = own(page)["acts"]
    assert act["when"] == {"kind": "users-lost", "platform": "WhatsApp", "share": 0.25}
    assert "date" not in act


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


def test_worlds_are_pinned_with_names_and_drawn_beside(visit, server):
    page = opened(visit, server)
    card(page, "An outage of two days")
    typed(page, page.get_by_role("spinbutton").first, "9")
    page.get_by_role("button", name="Pin this world").click()
    typed(page, page.get_by_label("Name of the pinned world"), "nine days")
    card(page, "No law")
    expect(page.locator(".beside-line").first).to_be_attached()
    expect(page.locator(".time .legend")).to_contain_text("nine days: ")
    again = opened(visit, server, page.url[page.url.index("#") :])
    expect(again.get_by_label("Name of the pinned world")).to_have_value("nine days")
    again.get_by_role("button", name="Show nine days").click()
    assert own(again)["acts"][0]["days"] == 9


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
    boxes |= {name: page.get_by_label(name) for name in ("pull of contacts", "vagueness")}
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
    page.get_by_role("button", name="Pin this world").click()
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


def test_what_is_not_yet_told_leaves_the_page_whole(visit, server):
    server.pairs = ()
    page = opened(visit, server)
    expect(page.locator("main")).to_contain_text("The picture comes with the first two pairs.")
    expect(page.locator("#asked")).to_have_text(server.told["whatsapp-complies"]["asks"])
    assert violations(page) == []
