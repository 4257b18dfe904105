"""Why: links of the mechanism, switched off one at a time in pairs of an answer, and what is left of its number.

A link is a knock-out of ``lawshock knockout``. It is taken out of both worlds of a pair, after the numbers of the pair
are drawn, so that what it does beside what was asked does not count. Losses are paired, with the intervals of that
command; a link of which the loss is nothing, or less than is told, is not shown.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from sim.analyses.compare.outcomes import courses, spell
from sim.analyses.knockout import WHOLE, find, is_clear, knock_out, losses
from sim.measures import quantities
from sim.view import words
from sim.view.laboratory.answers import Fixed, Lived, Question, Simulate
from sim.view.laboratory.queue import Job, Key

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

Links = Mapping[str, Sequence[Sequence[Simulate]]]
Lead = tuple[str, int, int]
"""Id of the number that leads an answer, the day on which it is told, and that on which both worlds part."""


def lead_in(told: Mapping[str, Any]) -> Lead:
    """The number that leads an answer, as the page has it."""
    return told["lead"]["id"], told["lead"]["day"], told["first"]


def links_of(question: Question) -> list[str]:
    """Names of the knock-outs that are tried: those that leave a difference between both worlds, and change one."""
    base, other = both = [world for world, _ in question.bare]
    in_the_end: tuple[str, ...] = OF_INSTITUTIONS if words.is_of_institutions(base, other) else OF_PEOPLE
    names = WHILE_IT_LASTS if spell(base, other) else in_the_end
    out = {one.name: [knock_out(world, [one]) for world in both] for one in find(names)}
    return [name for name, (one, two) in out.items() if one != two and [one, two] != both][:MOST_TRIED]


def link_runs(question: Question, plan: Sequence[tuple[int, Fixed]]) -> Links:
    """Runs of both worlds for some pairs, by what is switched off in them; under ``WHOLE`` where nothing is."""
    return {out: [question.runs(plan, which, out) for which in (0, 1)] for out in (WHOLE, *links_of(question))}


def told_of(lead: Lead, runs: Links, read: Callable[[Simulate], Lived]) -> dict[str, words.Change]:
    """The number that leads an answer, by what is switched off in the runs; ``read`` gives what became of one."""
    id, day, first = lead
    told = {}
    for out, worlds in runs.items():
        base, other = ([read(run)[0] for run in world] for world in worlds)
        what = [one for one in quantities(base[0].scenario) if one.id == id]
        told[out] = words.change(courses(base, other, what, first)[id], day)
    return told


def chain(told: Mapping[str, words.Change]) -> dict[str, Any]:
    """The links that carry a number, for JSON: those that take most of it first, each with what is left without it."""
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


@dataclass(frozen=True)
class Chain(Job):
    """What a server tells of the links of an answer: compressed JSON.

    Attributes:
        question: The question.
        lead: The number that leads its answer.
    """

    question: Question
    lead: Lead

    @property
    def key(self) -> Key:
        """The question, and of what the links are told."""
        return "chain", self.question.name, *self.lead

    @cached_property
    def runs(self) -> Links:
        """The runs."""
        return link_runs(self.question, self.question.pairs(LINK_PAIRS, 0))

    @property
    def jobs(self) -> list[Job]:
        """The runs, and what is told of them."""
        return [*(run for both in self.runs.values() for pair in zip(*both, strict=True) for run in pair), self]

    @cached_property
    def needs(self) -> tuple[Key, ...]:
        """The runs."""
        return tuple(job.key for job in self.jobs[:-1])

    def make(self) -> bytes:
        """Tell it, from the runs that the server keeps."""
        return zlib.compress(
            json.dumps(chain(told_of(self.lead, self.runs, Simulate.read)), ensure_ascii=False).encode()
        )
