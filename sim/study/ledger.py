"""Evaluations of a calibration: points of the prior, run once each, kept by Optuna as they finish.

Optuna's journal is a file to which a line is added for every step of every evaluation, so that a kill loses only what
was being computed; what was begun is made again under its own number, and the seed of an evaluation is a function of
that number. Points are a scrambled Sobol' sequence from Optuna's own generator, which is made anew from the seed; a
kill in the moment in which it draws a point skips that point.
"""

from __future__ import annotations

import functools
import itertools
import json
import multiprocessing
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.evidence.cases import load_case
from sim.scenario.files import vary
from sim.study.executors import cores
from sim.study.run import MODEL_VERSION, run_once
from sim.study.targets import FACTOR, Targets, TargetsError, Vector
from sim.study.work import pack, unpack

if TYPE_CHECKING:
    from optuna import Study, Trial

READINGS = "readings"
CHECK = "check"
"""Marks an evaluation that is no draw from the prior, and names its point."""
FIRST_SEED = 1_000_000
"""Seed of evaluation 0: away from those of ordinary runs."""
NUMBER = "number"
"""Which evaluation it is. Optuna gives what is made again another number; its seed and its place in the bank stay."""
AHEAD = 2


@dataclass(frozen=True)
class Bank:
    """Finished evaluations in the order of their numbers; the first has the values of the scenario.

    Attributes:
        numbers: (n,) numbers of the evaluations.
        places: (n, d) places in the prior, 0 to 1; the axis, if any, is the last column.
        readings: (n, m) what the runs gave, each on the scale of its target.
    """

    numbers: tuple[int, ...]
    places: Vector
    readings: Vector


class Ledger:
    """The evaluations of one file of targets in a folder.

    Raises:
        TargetsError: The folder holds evaluations of other targets, another scenario or another model.
    """

    def __init__(self, folder: Path, targets: Targets, seed: int) -> None:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.targets, self.seed = targets, seed
        folder.mkdir(parents=True, exist_ok=True)
        path = str(folder / "evaluations.log")
        backend = JournalFileBackend(path, JournalFileOpenLock(path))
        with warnings.catch_warnings():  # the sampler calls itself experimental
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.QMCSampler(scramble=True, seed=seed, warn_independent_sampling=False)
        self._study: Study = optuna.create_study(
            storage=JournalStorage(backend), study_name="calibration", sampler=sampler, load_if_exists=True
        )
        mine = f"{targets.digest()} {seed} {MODEL_VERSION}"
        kept = self._study.user_attrs.get("of", mine)
        if kept != mine:
            raise TargetsError(f"{folder}: has evaluations of other targets, seed or model; choose another --runs")
        self._study.set_user_attr("of", mine)
        self._checks = [(target, target.found().observed) for target in targets.targets]
        self._space = {key: optuna.distributions.FloatDistribution(0.0, 1.0) for key in targets.ranges()}

    def make(self, points: int, *, workers: int | None, on_progress: Callable[[int], None] | None = None) -> None:
        """Finish evaluations until there are as many as ``points``; those that are there are not made again."""
        done = self._finished()
        if not done:
            self._enqueue_reference()
            for trial, readings in self._evaluate(self._begun(1), 1):
                self._tell(trial, readings)
            done = self._finished()
        for trial, readings in self._evaluate(self._begun(points - done), workers or cores()):
            self._tell(trial, readings)
            done += 1
            if on_progress:
                on_progress(done)

    def evaluate_at(self, places: Vector, *, workers: int | None) -> Vector:
        """Readings at other places of the prior, (n, m), in the order of the places; those that are there stay."""
        from optuna.trial import TrialState

        points = [dict(zip(self._space, map(float, row), strict=True)) for row in places]
        finished = self._study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
        known = {trial.user_attrs[CHECK]: trial.user_attrs[READINGS] for trial in finished if CHECK in trial.user_attrs}
        names = [json.dumps(point) for point in points]
        missing = [number for number, name in enumerate(names) if name not in known]
        for number in missing:
            self._study.enqueue_trial(points[number], user_attrs={CHECK: names[number]})
        for trial, readings in self._evaluate(self._begun(len(missing)), workers or cores()):
            self._tell(trial, readings)
            known[trial.user_attrs[CHECK]] = readings
        return np.array([self._on_scale(known[name]) for name in names])

    def bank(self) -> Bank:
        """What has finished."""
        from optuna.trial import TrialState

        finished = self._study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
        trials = [trial for trial in finished if CHECK not in trial.user_attrs]
        trials.sort(key=lambda trial: trial.user_attrs[NUMBER])
        places = [[trial.params[key] for key in self._space] for trial in trials]
        return Bank(
            tuple(trial.user_attrs[NUMBER] for trial in trials),
            np.array(places),
            np.array([self._on_scale(trial.user_attrs[READINGS]) for trial in trials]),
        )

    def _finished(self) -> int:
        from optuna.trial import TrialState

        finished = self._study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
        return sum(CHECK not in trial.user_attrs for trial in finished)

    def _enqueue_reference(self) -> None:
        """Begin with the values of the scenario itself, or the nearest that the prior allows."""
        from sim.scenario.leaves import leaves

        values = {leaf.key: leaf.value for leaf in leaves(self.targets.base())}
        place = {key: float(np.clip(r.place(np.array(values[key])), 0, 1)) for key, r in self.targets.ranges().items()}
        self._study.enqueue_trial(place, skip_if_exists=True)

    def _begun(self, count: int) -> Iterator[tuple[Trial, dict[str, float]]]:
        """Evaluations to be made: first those that a killed process had begun, then new ones."""
        from optuna.trial import TrialState

        for left in self._study.get_trials(deepcopy=False, states=[TrialState.RUNNING]):
            if left.params.keys() == self._space.keys():
                self._study.enqueue_trial(left.params, user_attrs=left.user_attrs)
            self._study.tell(left.number, state=TrialState.FAIL)
        numbers = [trial.user_attrs.get(NUMBER, -1) for trial in self._study.get_trials(deepcopy=False)]
        following = itertools.count(max(numbers, default=-1) + 1)
        for _ in range(count):
            new = self._study.ask(fixed_distributions=dict(self._space))
            if NUMBER not in new.user_attrs:
                new.set_user_attr(NUMBER, next(following))
            yield new, new.params

    def _tell(self, trial: Trial, readings: list[float]) -> None:
        """Keep the readings, and the misfit: the mean squared distance to the observed values, in standard errors."""
        observed, spreads = self.targets.observed(), self.targets.spreads()
        trial.set_user_attr(READINGS, readings)
        misfit = ((self._on_scale(readings) - observed) / spreads) ** 2
        self._study.tell(trial, float(np.nan_to_num(misfit, nan=FACTOR**2).mean()))

    def _on_scale(self, readings: Sequence[float]) -> Vector:
        known = zip(readings, self._checks, strict=True)
        return np.array([target.scale(value, observed) for value, (target, observed) in known])

    def _evaluate(
        self, points: Iterable[tuple[Trial, dict[str, float]]], workers: int
    ) -> Iterator[tuple[Trial, list[float]]]:
        """Readings of each point, as they come."""
        base = self.targets.base()
        packed, digest = pack(base), base.digest()
        names = tuple((target.case, target.check) for target in self.targets.targets)
        tasks = (
            (trial, (trial.user_attrs[NUMBER], digest, packed, self._overrides(places), names))
            for trial, places in points
        )
        if workers == 1:
            yield from ((trial, evaluate(task)) for trial, task in tasks)
            return
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            running: dict[Future[list[float]], Trial] = {}
            more = True
            while more or running:
                while more and len(running) < AHEAD * workers:
                    following = next(tasks, None)
                    more = following is not None
                    if following is not None:
                        running[pool.submit(evaluate, following[1])] = following[0]
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()

    def _overrides(self, places: dict[str, float]) -> tuple[str, ...]:
        ranges = self.targets.ranges()
        return tuple(f"{key}={float(ranges[key].at(np.array(place)))!r}" for key, place in places.items())


Task = tuple[int, str, bytes, tuple[str, ...], tuple[tuple[str, str], ...]]


def evaluate(task: Task) -> list[float]:
    """Run a scenario at one point; give the readings of the checks."""
    number, digest, packed, overrides, names = task
    run = run_once(vary(unpack(digest, packed), overrides), FIRST_SEED + number)
    return [_case(case).check(check).measure(run) for case, check in names]


_case = functools.cache(load_case)
