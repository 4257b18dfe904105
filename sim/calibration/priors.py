"""Priors: what is fitted, within which ranges, and on what; read from small files in ``scenarios/calibration``."""

import functools
import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError, model_validator

from sim import bounded
from sim.evidence.cases import load_case
from sim.evidence.checks import Check, World
from sim.scenario.errors import ScenarioError
from sim.scenario.fields import Table
from sim.scenario.files import folder, load, vary
from sim.scenario.schema import Scenario
from sim.study.design import sobol, typed

type Vector = NDArray[np.float64]

FORMS = "forms"
"""Name of the shipped file of forms."""
LONGEST_NAME = 255
"""Characters: what no system takes for a name names no file."""
FACTOR = 100.0
"""A ratio is read as at most this many times the observed one, or that part of it, so that its logarithm exists."""


class PriorError(ValueError):
    """A file of targets or of forms that makes no sense; the message is one line for the reader of a terminal."""

    for_users = True


class Range(Table):
    """A prior: uniform from ``low`` to ``high``, or uniform in the logarithm."""

    low: float
    high: float
    log: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low < self.high or (self.log and self.low <= 0):
            raise ValueError("expected low < high, and 0 < low where log = true")
        return self

    def at(self, unit: Vector) -> Vector:
        """Values at places in [0, 1] of the prior."""
        if self.log:
            return np.asarray(self.low * (self.high / self.low) ** unit)
        return np.asarray(self.low + (self.high - self.low) * unit)

    def place(self, value: Vector) -> Vector:
        """Places in [0, 1] of values."""
        if self.log:
            return np.asarray(np.log(value / self.low) / math.log(self.high / self.low))
        return np.asarray((value - self.low) / (self.high - self.low))


# Targets


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
            PriorError: There is none of that id, or it is not ``fitted``, or lives in another world than its case.
        """
        try:
            found = _case(self.case).check(self.check)
        except ScenarioError as error:
            raise PriorError(str(error)) from None
        if found.role != "fitted":
            raise PriorError(f"{self.case}, {self.check}: a check of role {found.role} cannot be a target")
        if found.world != World():
            raise PriorError(f"{self.case}, {self.check}: a check of a varied world cannot be a target")
        return found

    def scale(self, value: float, observed: float) -> float:
        """A reading on the scale on which its error is normal; a ratio that does not exist counts as far too small."""
        if not self.log:
            return value
        low, high = observed / FACTOR, observed * FACTOR
        return math.log(low if math.isnan(value) else min(max(value, low), high))


class Targets(Table):
    """What a calibration goes by."""

    title: str = Field(min_length=1)
    scenario: str
    users: int = Field(ge=100)
    points: int = Field(ge=50)
    parameters: dict[str, Range] = Field(min_length=1)
    targets: tuple[Target, ...] = Field(min_length=1, strict=False)

    def checks(self) -> list[Check]:
        """The checks of the targets."""
        return [target.found() for target in self.targets]

    def scaled(self, readings: list[float]) -> Vector:
        """Readings of the checks, each on the scale of its target."""
        known = zip(self.targets, readings, self.checks(), strict=True)
        return np.array([target.scale(value, check.observed) for target, value, check in known])

    def observed(self) -> Vector:
        """Observed values of the targets, each on its scale."""
        return self.scaled([check.observed for check in self.checks()])

    def spreads(self) -> Vector:
        """Standard errors of the observed values."""
        return np.array([target.spread for target in self.targets])

    def base(self) -> Scenario:
        """The scenario, with as many people as the calibration wants."""
        return load(self.scenario, [f"population.users={self.users}"])

    def overrides(self, place: Vector) -> tuple[str, ...]:
        """What a run at a place of the prior sets."""
        placed = zip(self.parameters.items(), place, strict=True)
        return tuple(f"{key}={float(wide.at(np.array(value)))!r}" for (key, wide), value in placed)

    def digest(self) -> str:
        """Digest of all that the runs depend on."""
        said = {"scenario": self.base().digest(), "ranges": {k: r.model_dump() for k, r in self.parameters.items()},
                "checks": [(t.case, t.check) for t in self.targets]}  # fmt: skip
        return hashlib.sha256(repr(said).encode()).hexdigest()

    def settings(self) -> str:
        """Digest of all that the file says: also of what is read from the runs only afterwards, such as spreads."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


_case = functools.cache(load_case)


def load_targets(path_or_name: str) -> tuple[str, Targets]:
    """Read and check a file of targets, or one that comes with lawshock, by name; give its name and what it says.

    Raises:
        PriorError: The file is not there, is no TOML, or makes no sense.
        ScenarioError: The scenario has no such parameter, or does not allow a range.
    """
    file, targets = _read(Targets, path_or_name, "targets")
    base = targets.base()
    for key, wide in targets.parameters.items():
        for value in (wide.low, wide.high):
            vary(base, [f"{key}={value!r}"], file.name)
    for target in targets.targets:
        target.found()
        lives_in = _case(target.case).scenario_name
        if lives_in != targets.scenario:
            raise PriorError(f"{file.name}: {target.check!r} is measured in {lives_in}")
    return file.stem, targets


def _read[Text: Table](kind: type[Text], path_or_name: str, what: str) -> tuple[Path, Text]:
    """A file of TOML, or one that comes with lawshock, by name."""
    shipped = folder() / "calibration"
    file = Path(path_or_name)
    if file.suffix != ".toml":
        file = shipped / f"{path_or_name}.toml"
    if len(file.name) > LONGEST_NAME or not file.is_file():
        there = sorted(other.stem for other in shipped.glob("*.toml"))
        names = ", ".join(name for name in there if (name == FORMS) is (what == FORMS))
        raise PriorError(f"{path_or_name[:200]}: expected a file of {what}, or one of {names}")
    try:
        return file, kind.model_validate(bounded.as_toml(file))
    except ValidationError as error:
        first: Any = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise PriorError(f"{file.name}: {f'{where}: ' if where else ''}{first['msg']}") from None
    except bounded.UnreadableError as error:
        raise PriorError(f"{file.name}: expected TOML that can be read, found {error.found}") from None


# Forms


class Constant(Range):
    """A behavioural constant that all cases share, and the range in which it is believed to lie."""

    reason: str = Field(min_length=1)


class FormText(Table):
    """How a form differs from the model as it is."""

    overrides: tuple[str, ...] = Field(default=(), strict=False)
    without: tuple[str, ...] = Field(default=(), strict=False)
    """Constants that have no effect in this form, beside those that its overrides set."""


@dataclass(frozen=True)
class Form:
    """A form: what it fixes, and what it leaves to be fitted."""

    name: str
    overrides: tuple[str, ...]
    """What it sets, as on a command line."""
    fitted: tuple[int, ...]
    """Places, in the order of the file, of the constants that it leaves to be fitted."""


class Forms(Table):
    """The forms of a file, and the constants with their ranges."""

    title: str = Field(min_length=1)
    users: int = Field(ge=100)
    people: dict[str, int] = Field(default_factory=dict)
    """People per run of a case that needs others: more where few hold what is counted."""
    constants: dict[str, Constant] = Field(min_length=1)
    forms: dict[str, FormText] = Field(min_length=1)

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name, form in self.forms.items():
            for change in form.overrides:
                if not all(change.partition("=")):
                    raise ValueError(f"form {name!r}: expected key=value, found {change!r}")
            if odd := [key for key in form.without if key not in self.constants]:
                raise ValueError(f"form {name!r}: without names no constant {odd[0]!r}")
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """Dotted keys of the constants, in the order of the file."""
        return tuple(self.constants)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the forms, in the order of the file."""
        return tuple(self.forms)

    def form(self, name: str) -> Form:
        """A form by its name.

        Raises:
            PriorError: The file has none of that name.
        """
        if name not in self.forms:
            raise PriorError(f"--form: expected one of {', '.join(self.names)}, found {name!r}")
        text = self.forms[name]
        fixed = {*text.without, *(change.partition("=")[0].strip() for change in text.overrides)}
        return Form(name, text.overrides, tuple(n for n, key in enumerate(self.keys) if key not in fixed))

    def design(self, points: int, seed: int) -> Vector:
        """The first points of the Sobol' sequence over all constants, (points, constants), the same for every form.

        More points, or a constant at the end of the file, leave those that are there where they are.
        """
        whole = 1 << max(points - 1, 1).bit_length()
        return np.asarray(sobol(whole, len(self.keys), seed)[:points])

    def overrides(self, form: Form, place: Vector) -> tuple[str, ...]:
        """What a run at a place, (constants,) in [0, 1], sets: the form's own changes and the constants left to it."""
        keys = [self.keys[n] for n in form.fitted]
        values = [float(self.constants[key].at(place[n])) for n, key in zip(form.fitted, keys, strict=True)]
        return (*form.overrides, *(f"{key}={typed(value)}" for key, value in zip(keys, values, strict=True)))

    def check(self, base: Scenario, place: str) -> None:
        """Hold keys and ranges against the schema of scenarios.

        Raises:
            ScenarioError: A form or a constant sets what no scenario has, or to what none allows.
        """
        for name in self.names:
            for end in (np.zeros(len(self.keys)), np.ones(len(self.keys))):
                vary(base, self.overrides(self.form(name), end), place)


def load_forms(path: str | Path | None = None) -> Forms:
    """Read a file of forms; the shipped one when none is named.

    Raises:
        PriorError: The file is not there, is no TOML, or makes no sense.
    """
    return _read(Forms, str(path or FORMS), "forms")[1]
