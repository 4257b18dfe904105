"""What all sessions of a server share: the library of scenarios, the scheduler, and the jobs that a state needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.results.ensemble import Ensemble
from sim.view.dashboard.scheduler import FIRST, Scheduler
from sim.view.dashboard.state import Library, State, World
from sim.view.dashboard.worker import Answer, Job

REPLICATES = 20
"""Replicates after which an answer is not refined any further."""
WATCHING = ("network", "lives")
"""Views of one watched replicate."""


@dataclass(frozen=True)
class Lab:
    """The laboratory of one server."""

    library: Library
    scheduler: Scheduler

    def replicates(self, world: World, seed: int) -> list[Job]:
        """Jobs for the bands of a world, in the order of their seeds."""
        scenario = self.library.build(world)
        digest = scenario.digest()
        return [Job(scenario, digest, seed + i) for i in range(REPLICATES)]

    def watched(self, state: State) -> Job:
        """The job for the replicate that is watched from near: the first seed, with a person in sight."""
        scenario = self.library.build(state.world)
        return Job(scenario, scenario.digest(), state.seed, state.person % scenario.population.users)

    def jobs(self, state: State) -> list[Job]:
        """Everything that a state needs, in the order in which it is wanted; worlds that are compared go in pairs."""
        now = self.replicates(state.world, state.seed)
        pinned = [] if state.pinned is None else self.replicates(state.pinned, state.seed)
        pairs = [job for pair in zip(now, pinned, strict=True) for job in pair] if pinned else now
        if state.view not in WATCHING:
            return pairs
        return [self.watched(state), *pairs]

    def answers(self, jobs: Sequence[Job]) -> list[Answer]:
        """Answers to the first jobs in unbroken order of seeds, so that pairs match and bands name their seeds."""
        found = {(answer.run.seed): answer for answer in self.scheduler.answers(jobs)}
        count = next((i for i, job in enumerate(jobs) if job.seed not in found), len(jobs))
        return [found[job.seed] for job in jobs[:count]]

    def ensemble(self, state: State) -> Ensemble | None:
        """The replicates of a state's world that are there; nothing before the first band."""
        answers = self.answers(self.replicates(state.world, state.seed))
        if len(answers) < FIRST:
            return None
        return Ensemble(answers[0].run.scenario, tuple(answer.run for answer in answers))
