"""Cases of the library as subjects of a tournament."""

import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.calibration.tournament.forms import Forms
from sim.calibration.tournament.subjects import Quantity
from sim.evidence.cases import CHECKS, Case, load_case
from sim.evidence.checks import Check
from sim.scenario.files import read_toml

PEOPLE, FITTED = "people", "fitted"
SAID = ("what", "unit", "low", "high", "tolerance", "factor", "interval", "trials", "why", "facts", "observed", "scale",
        "spread", "about", "role", "input", "group")  # fmt: skip
"""Entries of a check that its reading does not depend on, so that runs outlive a change of them."""


@dataclass(frozen=True)
class CaseSubject:
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
        """The checks that take part."""
        return tuple(
            one for one in _case(self.folder).checks
            if one.about == PEOPLE and one.spread > 0 and one.observed == one.observed
        )  # fmt: skip

    def quantities(self) -> tuple[Quantity, ...]:
        """The checks as quantities; what has another role than ``fitted`` is predicted only."""
        return tuple(
            Quantity(self.name, one.id, one.unit, one.observed, one.scale == "log", one.spread, one.role == FITTED,
                     tuple(fact.key for fact in one.facts))
            for one in self.checks()
        )  # fmt: skip

    def digest(self) -> str:
        """Digest of the worlds that are run and of how they are read."""
        case, chosen = _case(self.folder), self.checks()
        texts = {one["id"]: one for one in read_toml(self.folder / CHECKS)["checks"]}
        readings = [sorted((k, repr(v)) for k, v in texts[one.id].items() if k not in SAID) for one in chosen]
        worlds = sorted({case.worlds[one.world].digest() for one in chosen})
        return hashlib.sha256(repr((self.users, worlds, readings)).encode()).hexdigest()

    def read(self, seed: int, overrides: tuple[str, ...]) -> Mapping[str, float]:
        """Run the worlds of the case once each and read its checks."""
        from sim.evidence.cases import measure_all

        return measure_all(
            _case(self.folder), seed, [f"population.users={self.users}", *overrides], checks=self.checks()
        )


@functools.cache
def _case(folder: Path) -> Case:
    return load_case(folder)


def subjects(cases: Sequence[Case], forms: Forms, users: int | None = None) -> list[CaseSubject]:
    """The cases that have something to predict.

    Args:
        cases: Cases.
        forms: Says how many people a run has.
        users: People per run of every case; as the forms say when absent.
    """
    told = forms.told
    every = [CaseSubject(case.folder, users or told.people.get(case.name, told.users)) for case in cases]
    return [subject for subject in every if subject.checks()]
