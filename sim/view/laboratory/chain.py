"""The links of an answer as a server makes them, from runs that it keeps."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.analyses.knockout import WHOLE
from sim.view import links
from sim.view.laboratory.answers import Fixed, Question, Simulate
from sim.view.laboratory.queue import Job, Key
from sim.view.links import Lead, chain, links_of, told_of

Links = Mapping[str, Sequence[Sequence[Simulate]]]


def lead_in(told: Mapping[str, Any]) -> Lead:
    """The number that leads an answer, as the page has it."""
    return Lead(told["lead"]["id"], told["lead"]["day"], told["first"])


def link_runs(question: Question, plan: Sequence[tuple[int, Fixed]]) -> Links:
    """Runs of both worlds for some pairs, by what is switched off in them; under ``WHOLE`` where nothing is."""
    names = links_of(*(world for world, _ in question.bare))
    return {out: [question.runs(plan, which, out) for which in (0, 1)] for out in (WHOLE, *names)}


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
        return link_runs(self.question, self.question.pairs(links.LINK_PAIRS, 0))

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
        lived = {out: [[run.read()[0] for run in world] for world in both] for out, both in self.runs.items()}
        return zlib.compress(json.dumps(chain(told_of(self.lead, lived)), ensure_ascii=False).encode())
