"""The page of a decision, as one HTML file that asks nothing of a network."""

from typing import Any
from xml.etree import ElementTree

import pandas as pd

from sim.analyses.decide import ALL, JUDGED, Decision
from sim.drawing.style import house_style
from sim.measures import COARSE
from sim.runs.once import MODEL_VERSION
from sim.scenario.differences import differences
from sim.scenario.schema import count_assumed
from sim.scenario.words import day_in_words, number
from sim.view.brief.drawing import inline, sprite
from sim.view.brief.page import assumptions, environment, seeds_in_words, world_in_words
from sim.view.decide import words
from sim.view.decide.figure import HOW_TO_READ, in_words, paint


def page(decision: Decision, *, name: str, command: str) -> str:
    """The page; the same decision gives the same text, for it holds no clock and no path.

    Args:
        decision: Levers in plausible worlds.
        name: Of the scenario in which nothing is done.
        command: What made it.
    """
    content = _content(decision) | {"name": name, "command": command}
    return environment().get_template("decide/decide.html").render(content)


def _content(decision: Decision) -> dict[str, Any]:
    base = decision.scenarios[0]
    letters: dict[str, ElementTree.Element] = {}
    with house_style():
        svgs = [inline(paint(decision, columns), f"decide-{kind}", letters)
                for columns, kind in ((2, "wide"), (1, "narrow"))]  # fmt: skip
    assumed, claims = count_assumed(base)
    moving = words.moved(decision)
    return {
        "title": "Which levers would protect rights, and where does each fail?",
        "base_title": base.title,
        "sentence": words.sentence(decision),
        "worlds": len(decision.seeds),
        "lucky": decision.luck.shape[1],
        "horizon": f"{day_in_words(base.start)} to {day_in_words(base.end)}",
        "levers": [
            (words.spoken(lever), world.question, [change.sentence for change in differences(base, world)])
            for lever, world in zip(decision.levers[1:], decision.scenarios[1:], strict=True)
        ],
        "thresholds": [words.as_read(event) for event in decision.thresholds],
        "bests": _bests(decision),
        "unmoved": [outcome.name for outcome in JUDGED if outcome not in moving],
        "meanings": [(outcome.name, outcome.unit, outcome.better, outcome.meaning) for outcome in JUDGED],
        "how_to_read": HOW_TO_READ,
        "alt": in_words(decision),
        "svgs": svgs,
        "letters": sprite(letters),
        "failing": list(words.failing(decision)),
        "regret": _regret(decision),
        "robustness": _robustness(decision),
        "told": _told(decision),
        "drawn": decision.draws.shape[1],
        "assumed": assumed,
        "claims": claims,
        "assumptions": assumptions(base),
        "world": world_in_words(base),
        "seeds": seeds_in_words(decision.seeds),
        "users": base.population.users,
        "digest": base.digest(),
        "version": MODEL_VERSION,
    }


def _bests(decision: Decision) -> pd.DataFrame:
    """What does best in each outcome, how sure, and how much."""
    rows = [
        (found.outcome.name, ", ".join(map(words.spoken, found.levers)), f"{found.worlds} of {found.of}",
         words.plain(found.told) + ("" if found.told.unit in COARSE else f" {found.told.unit}"))
        for found in words.bests(decision)
    ]  # fmt: skip
    columns = ["outcome", "best in most worlds", "worlds in which no other lever does better", "against doing nothing"]
    return pd.DataFrame(rows, columns=columns)


def _regret(decision: Decision) -> pd.DataFrame:
    """Median and largest regret by outcome and lever."""
    moving = [outcome.name for outcome in words.moved(decision)]
    mine = decision.regret[decision.regret["name"].isin(moving)]
    texts = [f"{number(row.p50)} ({number(row.most)})" for row in mine.itertuples()]
    table = mine.assign(told=texts).pivot(index="lever", columns="name", values="told")
    table = table.loc[[*decision.levers], moving].reset_index().rename_axis(columns=None)
    return table.assign(lever=table["lever"].map(words.spoken))


def _robustness(decision: Decision) -> pd.DataFrame:
    """Share of worlds by threshold and lever."""
    table = decision.robustness
    texts = [words.interval(row) for _, row in table.iterrows()]
    wide = table.assign(told=texts).pivot(index="lever", columns="threshold", values="told")
    names = {str(event): event.said for event in decision.thresholds} | {ALL: ALL}
    wide = wide.loc[[*decision.levers], [*names]].rename(columns=names).reset_index().rename_axis(columns=None)
    return wide.assign(lever=wide["lever"].map(words.spoken))


def _told(decision: Decision) -> pd.DataFrame:
    """Outcomes that nobody may judge: which apps people have."""
    rows = [
        (words.spoken(lever), *(
            words.plain(words.change(decision, lever, outcome)) for outcome in decision.outcomes if not outcome.better
        ))
        for lever in decision.levers[1:]
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["lever", *(one.name for one in decision.outcomes if not one.better)])
