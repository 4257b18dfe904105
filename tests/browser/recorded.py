"""A server of the laboratory that is a list of answers, so that a page can be watched while it waits or is refused."""

import base64
import json
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qs

from playwright.sync_api import Page, Route

from sim.scenario.files import load
from sim.view.laboratory.answers import Question
from sim.view.laboratory.page import answered, laboratory, on_cards
from sim.view.laboratory.questions import BASE, Home, chosen
from sim.view.links import LINK_PAIRS
from tests.browser.conftest import Visit

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
    chain: dict | None = None
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
        elif path == "/api/import":
            text = route.request.post_data or ""
            if "extends" not in text:
                route.fulfill(status=422, json={"message": "your file: extends: expected a scenario"})
                return
            request = {"acts": [], "without": ["enact"], "set": {}}
            route.fulfill(
                json={"id": "own-file", "question": {"name": "x", "asks": "?", "request": request}, "acts": []}
            )
        elif path.startswith("/api/chain/"):
            route.fulfill(status=200 if self.chain else 500, json=self.chain or {})
        elif path.startswith("/api/answers/"):
            route.fulfill(body=self.events(path.rsplit("/", 1)[1]), content_type="text/event-stream")
        else:
            route.fulfill(status=404, json={"message": f"no {path}"})

    def events(self, name: str) -> str:
        if self.failed:
            return f"event: failed\ndata: {json.dumps({'message': self.failed})}\n\n"
        question = self.told.get(name) or self.told["whatsapp-complies"] | {"name": name, "asks": asks(self.asked[-1])}
        events = [f"event: answer\ndata: {json.dumps(question | {'pairs': n, 'of': OF})}\n\n" for n in self.pairs]
        return "".join(events) + ("event: done\ndata: {}\n\n" if OF in self.pairs else "")


def asks(request: dict) -> str:
    return f"What if {len(request['acts'])} acts and {json.dumps(request['set'])}?"


def little() -> list[Question]:
    """Few questions of few people."""
    return on_cards(Home(BASE, SMALL), chosen(NAMES))


def file_page(answers: dict[str, dict]) -> str:
    """The page as a file, with its answers."""
    return laboratory(little(), answers, pairs=2, command="lawshock explore --export laboratory.html")


@cache
def live_page() -> tuple[str, dict[str, dict]]:
    """The page as a server gives it, and the answers of its cards."""
    questions = little()
    found = answered(questions, 2, workers=1)
    answers = {
        one.name: {key: one.words[key] for key in ("name", "card", "asks")} | found[one.name] for one in questions
    }
    for one in answers.values():
        del one["chain"]  # a server is asked for it
    page = laboratory(questions, {}, pairs=2, command="lawshock explore", live=True, schema=schema())
    return page.replace(f'"linkPairs":{LINK_PAIRS}', f'"linkPairs":{OF}'), answers


def opened(visit: Visit, server: Recorded, address: str = "") -> Page:
    visit.context.unroute("**/*")
    visit.context.route("**/*", server.serve)
    page = visit.context.new_page()
    page.on("pageerror", lambda error: visit.troubles.append(str(error)))
    page.goto(f"{HOME}/{address}")
    return page


def card(page: Page, words: str) -> None:
    page.get_by_label("Question", exact=True).select_option(label=words)


def own(page: Page) -> dict:
    """The world that the address means."""
    text = parse_qs(page.url.partition("#")[2])["w"][0]
    found: dict = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def typed(page: Page, box, text: str) -> None:
    box.focus()
    box.press("Control+a")
    box.press_sequentially(text, delay=30)
