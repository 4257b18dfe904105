"""Targets of a calibration: a small file of parameters with ranges, and checks of cases with spread."""

import functools
import hashlib
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, ValidationError

from sim.calibration.prior import Range, Vector
from sim.evidence.cases import load_case
from sim.evidence.checks import Check, World
from sim.scenario.errors import ScenarioError
from sim.scenario.fields import Table
from sim.scenario.files import folder, load, vary
from sim.scenario.schema import Scenario

LONGEST_NAME = 255
"""Characters: what no system takes for a name names no file."""
FACTOR = 100.0
"""A ratio is read as at most this many times the observed one, or that part of it, so that its logarithm exists."""


class TargetsError(ValueError):
    """A file of targets that makes no sense; the message is one line for the reader of a terminal."""

    for_users = True


class AxisRange(Table):
    """A parameter that data do not identify: it varies in the runs, and draws are made at one value of it."""

    key: str
    low: float
    high: float
    at: float


class Target(Table):
    """A check of a case, by its id, with the standard error of its observed value."""

    case: str
    check: str
    spread: float = Field(gt=0)
    log: bool = False
    note: str = Field(min_length=1)

    def found(self) -> Check:
        """The check.

        Raises:
            TargetsError: There is none of that id, or it is not ``fitted``, or lives in another world than its case.
        """
        try:
            found = _case(self.case).check(self.check)
        except ScenarioError as error:
            raise TargetsError(str(error)) from None
        if found.role != "fitted":
            raise TargetsError(f"{self.case}, {self.check}: a check of role {found.role} cannot be a target")
        if found.world != World():
            raise TargetsError(f"{self.case}, {self.check}: a check of a varied world cannot be a target")
        return found

    def scale(self, value: float, observed: float) -> float:
        """A reading on the scale on which its error is normal; a ratio that does not exist counts as far too small."""
        if not self.log:
            return value
        low, high = observed / FACTOR, observed * FACTOR
        return math.log(low if math.isnan(value) else min(max(value, low), high))


class Targets(Table):
    """What a calibration is told."""

    title: str = Field(min_length=1)
    scenario: str
    users: int = Field(ge=100)
    points: int = Field(ge=50)
    parameters: dict[str, Range] = Field(min_length=1)
    axis: AxisRange | None = None
    targets: tuple[Target, ...] = Field(min_length=1, strict=False)

    def ranges(self) -> dict[str, Range]:
        """Ranges of what varies in the runs: the parameters, then the axis."""
        axis = {self.axis.key: Range(low=self.axis.low, high=self.axis.high)} if self.axis else {}
        return {**self.parameters, **axis}

    def observed(self) -> Vector:
        """Observed values of the targets, each on its scale."""
        checks = [target.found() for target in self.targets]
        return np.array([t.scale(c.observed, c.observed) for t, c in zip(self.targets, checks, strict=True)])

    def spreads(self) -> Vector:
        """Standard errors of the observed values."""
        return np.array([target.spread for target in self.targets])

    def base(self) -> Scenario:
        """The scenario, with as many people as the calibration wants."""
        return load(self.scenario, [f"population.users={self.users}"])

    def digest(self) -> str:
        """Digest of all that the finished runs depend on: a change of it begins a new ledger."""
        told = {"scenario": self.base().digest(), "ranges": {k: r.model_dump() for k, r in self.ranges().items()},
                "checks": [(t.case, t.check) for t in self.targets]}  # fmt: skip
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def settings(self) -> str:
        """Digest of all that the file says: also of what is read from the runs only afterwards, such as spreads."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


_case = functools.cache(load_case)


@dataclass(frozen=True)
class Named:
    """Targets and the name of their file."""

    name: str
    targets: Targets


def load_targets(path_or_name: str) -> Named:
    """Read and check a file of targets, or one that comes with lawshock, by name.

    Raises:
        TargetsError: The file is not there, is no TOML, or makes no sense.
        ScenarioError: The scenario has no such parameter, or does not allow a range.
    """
    shipped = folder() / "calibration"
    file = Path(path_or_name)
    if file.suffix != ".toml":
        file = shipped / f"{path_or_name}.toml"
    if len(file.name) > LONGEST_NAME or not file.is_file():
        names = ", ".join(sorted(other.stem for other in shipped.glob("*.toml")))
        raise TargetsError(f"{path_or_name[:200]}: expected a file of targets, or one of {names}")
    try:
        targets = Targets.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        first: Any = error.errors()[0]
        raise TargetsError(f"{file.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except (ValueError, RecursionError) as error:  # not TOML, or brackets without end
        raise TargetsError(f"{file.name}: expected TOML: {error}") from None
    except OSError as error:
        raise TargetsError(f"{file.name}: expected a readable file: {error.strerror}") from None
    _check(targets, file.name)
    return Named(file.stem, targets)


def _check(targets: Targets, place: str) -> None:
    base = targets.base()
    for key, wide in targets.ranges().items():
        for value in (wide.low, wide.high):
            vary(base, [f"{key}={value!r}"], place)
    for target in targets.targets:
        target.found()
        lives_in = _case(target.case).scenario_name
        if lives_in != targets.scenario:
            raise TargetsError(f"{place}: {target.check!r} is measured in {lives_in}")
