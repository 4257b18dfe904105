"""The laboratory as one HTML file: what is told of every question, and the front end that draws it."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from markupsafe import Markup

from sim.drawing.style import FAINT, HANDED_OVER, INK, QUIET, STANCES, ink_of, platform_colours
from sim.results.paired import lucky_pairs
from sim.runs.once import MODEL_VERSION
from sim.scenario.schema import Scenario
from sim.scenario.words import day_in_words
from sim.view.answer.pictures import ACCOUNTS, GREY
from sim.view.answer.words import FEW_PAIRS, HOLDERS
from sim.view.brief.page import environment, seeds_in_words
from sim.view.laboratory.answers import ACCESS, INSTALLS, SPEECH, weeks
from sim.view.laboratory.cards import ABOUT, BASE, Card
from sim.view.laboratory.worlds import Asked

DARK_PAPER = "#14171a"
PAPERS = {
    "light": {"paper": "#ffffff", "ink": INK, "quiet": QUIET, "faint": FAINT},
    "dark": {"paper": DARK_PAPER, "ink": "#e8eaed", "quiet": "#a9b1ba", "faint": "#3a4047"},
}
SCRIPT, STYLE = "laboratory.js", "laboratory.css"


def laboratory(
    asked: Asked, cards: Sequence[Card], told: Mapping[str, Any], *, place: Path, command: str,
    live: bool = False, schema: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """The page. It asks nothing of a network, and the same answers give the same text: it holds no clock and no path.

    Args:
        asked: The worlds of the questions.
        cards: The questions in their order.
        told: What ``answers`` gave; what a live page lacks it asks of its server.
        place: Where the page will be saved.
        command: What makes it.
        live: Whether a server stands behind the page, which is then all that it may ask.
        schema: Calendar and assumptions of the base, and of a live page the forms of acts.
    """
    base = asked.worlds[asked.base[0]]
    questions = [
        {"name": card.name, "card": card.words, "asks": card.asks, "file": card.text(place.with_suffix(".toml")),
         "says": card.says, "request": card.request()}
        | told.get(card.name, {})
        for card in cards
    ]  # fmt: skip
    data = {**_frame(asked, base, command), "live": live, "schema": schema, "questions": questions}
    script = front(SCRIPT)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    content = {
        "command": command, "data": _embedded(data), "script": Markup(script), "style": Markup(front(STYLE)),
        "digest": digest, "questions": questions, "frame": data,
    }  # fmt: skip
    return environment().get_template("laboratory/laboratory.html").render(content)


def _frame(asked: Asked, base: Scenario, command: str) -> dict[str, Any]:
    """What all questions share."""
    apps = platform_colours(list(base.platforms))
    seeds = tuple(range(asked.seed, asked.seed + asked.replicates))
    return {
        "version": MODEL_VERSION, "command": command, "base": asked.base[0], "title": base.title,
        "about": ABOUT if asked.base[0] == BASE else base.question,
        "place": base.title.split(":")[0], "start": base.start.isoformat(), "end": base.end.isoformat(),
        "endWords": day_in_words(base.end), "weeks": weeks(base), "users": base.population.users,
        "represents": base.population.represents, "pairs": asked.replicates, "few": FEW_PAIRS,
        "luckyPairs": lucky_pairs(asked.replicates), "seeds": seeds_in_words(seeds), "digest": base.digest(),
        "apps": {name: _inks(colour) for name, colour in apps.items()}, "other": _inks(HANDED_OVER),
        "grey": _inks(GREY), "stances": {name: list(shown) for name, shown in STANCES.items()},
        "installs": INSTALLS, "access": ACCESS, "speech": SPEECH, "accounts": ACCOUNTS, "holders": HOLDERS,
        "papers": PAPERS,
    }  # fmt: skip


def _inks(colour: str) -> list[str]:
    """A colour of lines, and its inks for words on white and on dark paper."""
    return [colour, ink_of(colour), ink_of(colour, DARK_PAPER)]


def _embedded(data: Any) -> Markup:
    """JSON that may stand in an element of a page, whatever it holds."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def front(name: str) -> str:
    """A file of the front end, as it is built."""
    return (files("sim.view.laboratory") / "templates" / name).read_text(encoding="utf-8")
