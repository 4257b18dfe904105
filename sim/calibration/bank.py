"""Banks: runs of cases at places of a prior, from which fits learn; each is kept as it finishes.

Point n of a case has seed n of the case, in every form. Seeds differ between points so that chance shows as scatter
about an emulator, and with it the numbers of a case that nobody measured, which each run draws as plausible worlds do.
"""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from sim.calibration.priors import Form, Forms, Vector
from sim.chance import entity
from sim.evidence.cases import CHECKS, Case, load_case, measure_all
from sim.evidence.checks import USERS, Check
from sim.evidence.scores import FARTHEST, distance
from sim.results.posterior import Posterior, load_posterior
from sim.runs.executors import Call
from sim.runs.store import Store, Tables
from sim.scenario.files import read_toml
from sim.study.design import typed

READINGS = "readings"
"""Name of the table that a run leaves."""
SEEDS = 2**31
MOST_UNDEFINED = 0.5
PROVIDERS = "isps"
"""Layer of plausible worlds that the people of a case meet."""
SAID = ("what", "unit", "low", "high", "tolerance", "factor", "interval", "trials", "why", "facts", "observed", "scale",
        "spread", "about", "role", "input", "group")  # fmt: skip
"""Entries of a check that its reading does not depend on, so that runs outlive a change of them."""

type Progress = Callable[[float], None]
type Design = Vector | Mapping[str, Vector]
"""Places, (n, constants) each: the same for every case, or those of each case by its name."""


@dataclass(frozen=True)
class Quantity:
    """A quantity of a case with its observed value, and the stated standard error of both observation and model.

    Attributes:
        case: Name of the case.
        check: Identifier of the check within it.
        unit: Unit of ``observed``.
        observed: What was observed.
        log: Whether the error is that of a factor, so that ``spread`` is in logarithms.
        spread: One standard error on that scale.
        fitted: Whether constants may be fitted on it; what may not is predicted only.
        facts: Keys of the facts that it rests on. When its case is left out, so is what rests on the same facts.
        kind: What it is a number of: those that miss by as much, for want of the same things in the model.
        gain: Whether what was observed is a rise in who takes up, has or uses an app or a VPN.
    """

    case: str
    check: str
    unit: str
    observed: float
    log: bool
    spread: float
    fitted: bool = True
    facts: tuple[str, ...] = ()
    kind: str = USERS
    gain: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.observed) and self.spread > 0 and (self.observed > 0 or not self.log)):
            raise ValueError(
                f"{self.case}: check {self.check}: expected an observed value (above 0 on a logarithmic scale) and a "
                f"spread above 0, found {self.observed:g} and {self.spread:g}"
            )

    def distance(self, value: float) -> float:
        """Distance of a reading from what was observed, in spreads; not-a-number for one that does not exist."""
        return distance(value, self.observed, self.spread, log=self.log)

    def times(self, distance: float) -> float:
        """A reading at a distance in spreads, over what was observed."""
        return math.exp(distance * self.spread) if self.log else 1.0 + distance * self.spread / self.observed


class Subject(Protocol):
    """What can be run at a place of a prior. It goes to worker processes, so it must pickle."""

    def digest(self) -> str:
        """Digest of all that its readings depend on, beside the overrides and the seed."""

    def read(self, seed: int, overrides: tuple[str, ...]) -> Mapping[str, float]:
        """Run it once; give readings by name."""


class CaseSubject(Subject, Protocol):
    """A case that is predicted; its readings have the names of the checks of its quantities."""

    @property
    def name(self) -> str:
        """Name of the case."""

    def quantities(self) -> tuple[Quantity, ...]:
        """What is predicted of it."""


def readings(digest: str, overrides: tuple[str, ...], seed: int, *, subject: Subject) -> Tables:
    """Run a subject once, with what is changed in it; give its readings as a row."""
    del digest  # it is part of the name of the run
    return {READINGS: pd.DataFrame({name: [float(value)] for name, value in subject.read(seed, overrides).items()})}


@dataclass(frozen=True)
class PeopleOf:
    """The people's checks of a case that say what was observed and how far off it may be.

    Attributes:
        folder: Folder of the case.
        users: People per run.
    """

    folder: Path
    users: int

    @property
    def name(self) -> str:
        """Name of the case: that of its folder."""
        return self.folder.resolve().name

    def checks(self) -> tuple[Check, ...]:
        """The checks that take part: none of a case on which nothing is fitted, and none that no fit is to see.

        Such a case is no country to learn from: ``lawshock validate`` predicts it, in worlds that know nothing of it.
        """
        every = [one for one in _case(self.folder).checks if one.about == "people" and one.role != "unseen"
                 and one.spread > 0 and not math.isnan(one.observed)]  # fmt: skip
        return tuple(every) if any(one.role == "fitted" for one in every) else ()

    def quantities(self) -> tuple[Quantity, ...]:
        """The checks as quantities; what has another role than ``fitted`` is predicted only."""
        return tuple(
            Quantity(self.name, one.id, one.unit, one.observed, one.scale == "log", one.spread, one.role == "fitted",
                     tuple(fact.key for fact in one.facts), one.kind, one.gain)
            for one in self.checks()
        )  # fmt: skip

    def digest(self) -> str:
        """Digest of the worlds that are run and of how they are read."""
        case, chosen = _case(self.folder), self.checks()
        texts = {one["id"]: one for one in read_toml(self.folder / CHECKS)["checks"]}
        said = [sorted((k, repr(v)) for k, v in texts[one.id].items() if k not in SAID) for one in chosen]
        worlds = sorted({case.worlds[one.world].digest() for one in chosen})
        drawn = _doubts().hashes[PROVIDERS]
        return hashlib.sha256(repr((self.users, worlds, said, drawn)).encode()).hexdigest()

    def read(self, seed: int, overrides: tuple[str, ...]) -> Mapping[str, float]:
        """Run the worlds of the case once each and read its checks; what is not measured is drawn by the seed."""
        case = _case(self.folder)
        fixed = [one.partition("=")[0] for one in overrides]
        drawn = next(_doubts().values(case.scenario, [seed], fixed))
        doubts = [f"{key}={typed(value)}" for key, value in drawn.items()]
        return measure_all(case, seed, [f"population.users={self.users}", *doubts, *overrides], self.checks())


_case = functools.cache(load_case)


@functools.cache
def _doubts() -> Posterior:
    """What is not measured in a case, beside the constants: providers by their layer, all else by its declaration."""
    shipped = load_posterior()
    return Posterior({PROVIDERS: shipped.layers[PROVIDERS]}, shipped.hashes)


def subjects(cases: Sequence[Case], forms: Forms) -> list[PeopleOf]:
    """The cases that have something to predict, with as many people as the forms say."""
    every = [PeopleOf(case.folder, forms.people.get(case.name, forms.users)) for case in cases]
    return [subject for subject in every if subject.checks()]


class Table(NamedTuple):
    """What a bank holds of a form.

    Attributes:
        places: (quantities, n, constants) places in the prior, those of the case of each quantity.
        distances: (n, quantities) distances from what was observed, in spreads; not-a-number where there is none.
    """

    places: Vector
    distances: Vector


class Bank:
    """Runs of forms on cases, in a folder that is made when absent; ``seed`` moves the seeds of the runs.

    Raises:
        StudyError: The folder cannot be written.
    """

    def __init__(self, folder: Path, subjects: Sequence[CaseSubject], forms: Forms, seed: int) -> None:
        self.subjects, self.forms, self.seed = tuple(subjects), forms, seed
        self._digests = {subject.name: subject.digest() for subject in subjects}
        self._store = Store(folder)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Quantities of all cases, in the order of the cases: the columns of ``Table.distances``."""
        return tuple(quantity for subject in self.subjects for quantity in subject.quantities())

    def size(self, designs: Mapping[str, Design]) -> int:
        """Runs that the designs ask for."""
        return sum(1 for _ in self._calls(designs))

    def missing(self, designs: Mapping[str, Design]) -> int:
        """Runs that ``make`` would make: those that failed are made again."""
        return sum(call not in self._store for call in self._calls(designs))

    def make(
        self, designs: Mapping[str, Design], *, workers: int | None = None, on_progress: Progress | None = None
    ) -> None:
        """Finish the runs of each form at the places of its design."""
        self._store.forget_failures()
        self._store.finish(list(self._calls(designs)), workers=workers, holes=True, on_progress=on_progress)

    def table(self, form: Form, design: Design) -> Table:
        """What is there of a form at the places of its design."""
        columns, everywhere = [], []
        for subject in self.subjects:
            places = _places(design, subject)
            calls = [self._call(subject, form, number, places) for number in range(len(places))]
            rows = [self._store.tables(call)[READINGS].iloc[0] if call in self._store else None for call in calls]
            made = [row is not None for row in rows]
            for quantity in subject.quantities():
                mine = [quantity.distance(np.nan if row is None else float(row[quantity.check])) for row in rows]
                columns.append(_without_undefined(np.array(mine), made))
                everywhere.append(places)
        return Table(np.array(everywhere), np.array(columns).T)

    def _calls(self, designs: Mapping[str, Design]) -> Iterator[Call[Tables]]:
        """Points in turn, each for all forms, so that what a kill leaves is balanced."""
        cases = [(self.forms.form(name), subject, _places(design, subject)) for name, design in designs.items()
                 for subject in self.subjects]  # fmt: skip
        for number in range(max((len(places) for _, _, places in cases), default=0)):
            for form, subject, places in cases:
                if number < len(places):
                    yield self._call(subject, form, number, places)

    def _call(self, subject: CaseSubject, form: Form, number: int, places: Vector) -> Call[Tables]:
        overrides = self.forms.overrides(form, places[number])
        seed = entity(subject.name, str(self.seed)) % SEEDS + number + 1
        return Call(readings, (self._digests[subject.name], overrides, seed), how={"subject": subject})


def _places(design: Design, subject: CaseSubject) -> Vector:
    return design[subject.name] if isinstance(design, Mapping) else design


def _without_undefined(distances: Vector, made: list[bool]) -> Vector:
    """Readings that do not exist in runs that were made, as a ratio to nothing: they are passed over like failed runs.

    A form under which most do not exist cannot tell the quantity: there they count as far too small.
    """
    undefined = np.isnan(distances) & made
    if undefined.sum() <= MOST_UNDEFINED * sum(made):
        return distances
    return np.asarray(np.where(undefined, -FARTHEST, distances))
