"""Why: links of the mechanism, switched off one at a time in pairs of an answer, and what is left of its number.

A link is a knock-out of ``lawshock knockout``. It is taken out of both worlds of a pair, after the numbers of the pair
are drawn, so that what it does beside what was asked does not count. Losses are paired, with the intervals of that
command; a link of which the loss is nothing, or less than is told, is not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from sim.analyses.compare.analysis import Comparison
from sim.analyses.compare.outcomes import courses, spell
from sim.analyses.knockout import WHOLE, find, is_clear, knock_out, losses
from sim.measures import quantities
from sim.results.ensemble import tables_of_one
from sim.runs.executors import Call
from sim.runs.store import Store, tables_of
from sim.scenario.schema import Scenario
from sim.tables import Frames, Run
from sim.view import words

LINK_PAIRS = 5
"""First pairs of an answer in which links are switched off."""
MOST_TRIED = 5
"""Links that are tried for a question: the first of its kind that it has."""
WHILE_IT_LASTS = ("search", "VPN", "network effect", "contagion", "expected movement", "redundancy")
OF_INSTITUTIONS = ("peers", "press", "rules", "users' pressure", "human rights", "ladder", "due diligence")
OF_PEOPLE = ("ladder", "risk", "attention", "search", "contagion", "network effect")
"""What may carry an answer, by the kind of question, what is most likely to first."""
LEAST_SHARE = 0.25
"""Part of the number that a link must take with it for the chain to explain it."""

Chain = Mapping[str, Any]
"""The links of an answer, and what they were tried on; for JSON."""


class Lead(NamedTuple):
    """Id of the number that leads an answer, the day on which it is told, and that on which both worlds part."""

    id: str
    day: int
    first: int


def links_of(base: Scenario, other: Scenario) -> list[str]:
    """Names of the knock-outs that are tried: those that leave a difference between both worlds, and change one."""
    in_the_end: tuple[str, ...] = OF_INSTITUTIONS if words.is_of_institutions(base, other) else OF_PEOPLE
    names = WHILE_IT_LASTS if spell(base, other) else in_the_end
    out = {one.name: [knock_out(world, [one]) for world in (base, other)] for one in find(names)}
    return [name for name, (one, two) in out.items() if one != two and [one, two] != [base, other]][:MOST_TRIED]


def told_of(lead: Lead, lived: Mapping[str, Sequence[Sequence[Run]]]) -> dict[str, words.Change]:
    """The number that leads an answer, by what is switched off in the runs of both worlds."""
    told = {}
    for out, (base, other) in lived.items():
        what = [one for one in quantities(base[0].scenario, other[0].scenario) if one.id == lead.id]
        told[out] = words.change(courses(base, other, what, lead.first)[lead.id], lead.day)
    return told


def chain(told: Mapping[str, words.Change]) -> Chain:
    """The links that carry a number: those that take most of it first, each with what is left without it."""
    whole = told[WHOLE]
    rows = [(out, seed, whole.id, gap) for out, one in told.items() for seed, gap in enumerate(one.gaps)]
    table = losses(pd.DataFrame(rows, columns=["knocked out", "seed", "measure", "effect"])).set_index("knocked out")
    said = {out: words.signed(one).partition(" (")[0] for out, one in told.items()}
    is_told = is_clear(table, "lost_") & (table["lost"].abs() >= words.NOTHING.get(whole.unit, 0.0))
    shown = [out for out in table.index[is_told] if said[out] != said[WHOLE]]
    shown.sort(key=lambda out: -abs(table.at[out, "lost"]))
    meanings = {one.name: one.meaning for one in find([out for out in told if out != WHOLE])}
    numbers = table[["effect", "low", "high", "lost", "lost_low", "lost_high"]]
    return {
        "pairs": len(whole.gaps), "whole": said[WHOLE], "tried": [*meanings.values()],
        "carried": any(abs(table.at[out, "lost"]) >= LEAST_SHARE * abs(whole.mean) for out in shown),
        "links": [
            {"name": out, "without": meanings[out], "left": said[out]}
            | {key: float(f"{value:.6g}") for key, value in numbers.loc[out].items()}
            for out in shown
        ],
    }  # fmt: skip


def try_links(
    comparison: Comparison,
    *,
    workers: int | None = None,
    keep: Store | None = None,
    on_progress: Callable[[float, float], None] | None = None,
) -> dict[str, Chain]:
    """The chain of each answer, by world, from its first ``LINK_PAIRS`` pairs.

    There is none of fewer pairs, nor where the number that leads is not clear.

    Args:
        comparison: Worlds run in pairs.
        workers: Processes; all cores when absent.
        keep: Where to keep finished runs until all are there.
        on_progress: Called with the number of runs done and that of all.
    """
    tried = {}
    for world in comparison.others:
        told = words.Told(comparison, world)
        if told.lead.is_clear and len(comparison.seeds) >= LINK_PAIRS:
            twins = [runs[:LINK_PAIRS] for runs in comparison.runs(world)]
            lead = Lead(told.lead.id, told.day, comparison.first(world))
            tried[world] = lead, twins, links_of(told.base, told.other)
    plan = [
        (knock_out(run.scenario, find([out])), run.seed)
        for _, twins, names in tried.values() for out in names for runs in twins for run in runs
    ]  # fmt: skip
    calls = [Call(tables_of_one, one) for one in plan]
    count = (lambda done: on_progress(done, len(plan))) if on_progress else None
    made = iter(tables_of(calls, keep=keep, workers=workers, on_progress=count))
    lived = (Run(world, seed, Frames(next(made))) for world, seed in plan)
    found = {}
    for world, (lead, twins, names) in tried.items():
        without = {out: [[next(lived) for _ in runs] for runs in twins] for out in names}
        found[world] = chain(told_of(lead, {WHOLE: twins} | without))
    return found
