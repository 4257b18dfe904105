"""The laboratory as one HTML file: its questions, their answers, and the front end that draws them."""

import base64
import hashlib
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from sim.analyses.compare.city import CITY
from sim.drawing.style import APART, HANDED_OVER, ON_DARK, PAPERS, ink_of, platform_colours
from sim.measures import ACCOUNTS
from sim.results.bands import FEWEST, pairs_by_chance
from sim.runs.executors import Call, enough, make_executor
from sim.runs.once import MODEL_VERSION
from sim.runs.store import Store, tables_of
from sim.scenario.stances import STANCES
from sim.scenario.words import day_in_words
from sim.tables import Frames, Run
from sim.view.answer import GREY
from sim.view.laboratory.answers import (
    ACCESS,
    HOLDERS,
    SEED,
    Lived,
    Question,
    Simulate,
    drawn,
    draws,
    of_card,
    tables_of_run,
)
from sim.view.laboratory.chain import Links, lead_in, link_runs
from sim.view.laboratory.questions import BASE, INTRODUCTION, LESSON, Card, Home
from sim.view.laboratory.queue import Key
from sim.view.links import LINK_PAIRS, chain, told_of
from sim.view.page import environment, seeds_in_words
from sim.view.stage import weeks
from sim.view.words import FEW_PAIRS

SCRIPT, STYLE = "laboratory.js", "laboratory.css"


def on_cards(home: Home, cards: Sequence[Card], *, seed: int = SEED) -> list[Question]:
    """Questions that share the runs of their base: a number that any of them sets is drawn in none.

    Raises:
        ScenarioError: What was set leaves no room for a card.
    """
    questions = [of_card(card, home, seed=seed) for card in cards]
    fixed = tuple(sorted({key for question in questions for key in question.fixed}))
    return [replace(question, fixed=fixed) for question in questions]


def answered(
    questions: Sequence[Question], pairs: int, *, keep: Store | None = None, workers: int | None = None,
    on_progress: Callable[[float], None] = lambda _: None,
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """The answer of each question with its city and its chain, by its name.

    Args:
        questions: Of ``on_cards``.
        pairs: Pairs of plausible worlds; half as many beside them differ in chance alone.
        keep: Where to keep finished runs until all are there.
        workers: Processes; all cores when absent. The answers do not depend on it.
        on_progress: Called with the number of runs done, of ``runs_of`` in all.
    """
    found: dict[str, dict[str, Any]] = {}
    known: dict[Key, Lived] = {}
    of, done, of_base = repr(sorted(draws().hashes.items())), set[Key](), set[Key]()
    with make_executor(workers=enough(workers, runs_of(questions, pairs))) as executor:
        for question in questions:
            both, links = _runs(question, pairs)
            missing = {run.key: run for run in _all(both, links) if run.key not in known}
            made = tables_of(
                [Call(tables_of_run, (run.world, run.seed, run.fixed, run.out), of=of) for run in missing.values()],
                keep=keep, executor=executor, on_progress=lambda count: on_progress(len(done) + count),
            )  # fmt: skip
            done.update(missing)
            for (key, run), one in zip(missing.items(), made, strict=True):
                tables = Frames({name: table for name, table in one.items() if name != CITY})
                known[key] = Run(drawn(run.world, run.seed, run.fixed, run.out), run.seed, tables), one[CITY]
            told = question.told([[known[run.key] for run in world] for world in both], pairs)
            lived = {out: [[known[run.key][0] for run in world] for world in both] for out, both in links.items()}
            found[question.name] = told | {"chain": chain(told_of(lead_in(told), lived))}
            of_base.update(run.key for worlds in (both, *links.values()) for run in worlds[0])
            for key in known.keys() - of_base:
                del known[key]
    return found


def _runs(question: Question, pairs: int) -> tuple[list[list[Simulate]], Links]:
    """What an answer takes: the runs of each world, and those of its chain."""
    plan = question.pairs(pairs, pairs_by_chance(pairs))
    return [question.runs(plan, which) for which in (0, 1)], link_runs(question, plan[: min(pairs, LINK_PAIRS)])


def _all(both: Sequence[Sequence[Simulate]], links: Links) -> Iterator[Simulate]:
    for worlds in (both, *links.values()):
        yield from itertools.chain(*worlds)


def runs_of(questions: Sequence[Question], pairs: int) -> int:
    """Runs that the answers take, and their chains."""
    return len({run.key for question in questions for run in _all(*_runs(question, pairs))})


def laboratory(
    questions: Sequence[Question], answers: Mapping[str, Any], *, pairs: int, command: str, live: bool = False,
    schema: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """The page. It asks nothing of a network, and the same answers give the same text: it holds no clock and no path.

    Args:
        questions: In their order, all beside one base.
        answers: What ``answered`` gave; what a live page lacks it asks of its server.
        pairs: On how many pairs of runs in plausible worlds an answer rests in the end.
        command: What makes it.
        live: Whether a server stands behind the page, which is then all that it may ask.
        schema: Calendar and assumptions of the base, and of a live page the forms of acts.
    """
    content = [{**question.words, **answers.get(question.name, {})} for question in questions]
    frame = _frame(questions[0], pairs, command)
    data = {**frame, "live": live, "schema": schema, "questions": content}
    script = front(SCRIPT)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    template = environment().get_template("laboratory.html")
    return template.render(
        command=command, data=_embedded(data), script=Markup(script), style=Markup(front(STYLE)), digest=digest,
        questions=content, frame=data,
    )  # fmt: skip


def _frame(question: Question, pairs: int, command: str) -> dict[str, Any]:
    """What all questions share."""
    name, base = question.base
    apps = platform_colours(list(base.platforms))
    seeds = tuple(range(question.seed, question.seed + pairs))
    return {
        "version": MODEL_VERSION, "command": command, "base": name, "title": base.title,
        "about": INTRODUCTION if name == BASE else base.question,
        "place": base.title.split(":")[0], "start": base.start.isoformat(), "end": base.end.isoformat(),
        "endWords": day_in_words(base.end), "weeks": weeks(base), "users": base.population.users,
        "represents": base.population.represents, "pairs": pairs, "few": FEW_PAIRS, "enough": FEWEST,
        "linkPairs": LINK_PAIRS, "luckyPairs": pairs_by_chance(pairs), "seeds": seeds_in_words(seeds),
        "digest": base.digest(),
        "apps": {name: _inks(colour) for name, colour in apps.items()}, "other": _inks(HANDED_OVER),
        "grey": _inks(GREY), "apart": [APART, ink_of(APART), ON_DARK[APART]],
        "stances": {name: one.does() for name, one in STANCES.items()},
        "owners": {app: name for name, company in base.companies.items() for app in company.platforms},
        "access": ACCESS, "accounts": ACCOUNTS, "holders": HOLDERS, "papers": PAPERS,
        "lesson": LESSON,
    }  # fmt: skip


def _inks(colour: str) -> list[str]:
    """A colour of lines, and its inks for words on white and on dark paper."""
    return [colour, ink_of(colour), ink_of(colour, PAPERS["dark"]["paper"])]


def _embedded(data: Any) -> Markup:
    """JSON that may stand in an element of a page, whatever it holds."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def front(name: str) -> str:
    """A file of the front end, as it is built."""
    return (files("sim.view.laboratory") / "templates" / name).read_text(encoding="utf-8")
