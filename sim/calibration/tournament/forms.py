"""Forms of the model that compete, and the constants that each may fit: a small file of ranges with reasons."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import Field, ValidationError, model_validator

from sim.calibration.prior import Range, Vector
from sim.scenario.fields import Table
from sim.scenario.files import folder, vary
from sim.scenario.schema import Scenario
from sim.study.design import sobol, typed

SHIPPED = "forms"
"""Name of the shipped file, ``scenarios/calibration/forms.toml``."""


class FormsError(ValueError):
    """A file of forms that makes no sense; the message is one line for the reader of a terminal."""

    for_users = True


class Constant(Range):
    """A behavioural constant that all cases share, and the range in which it is believed to lie."""

    reason: str = Field(min_length=1)


class FormTable(Table):
    """How a form differs from the model as it is."""

    overrides: tuple[str, ...] = Field(default=(), strict=False)
    without: tuple[str, ...] = Field(default=(), strict=False)
    """Constants that have no effect in this form, beside those that its overrides set."""


class Told(Table):
    """What a file of forms says."""

    title: str = Field(min_length=1)
    users: int = Field(ge=100)
    people: dict[str, int] = Field(default_factory=dict)
    """People per run of a case that needs others: more where few hold what is counted."""
    points: int = Field(ge=16)
    rival_points: int = Field(ge=16)
    freedom: float = Field(gt=1)
    kinship: float = Field(ge=0, le=1)
    constants: dict[str, Constant] = Field(min_length=1)
    forms: dict[str, FormTable] = Field(min_length=1)

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name, form in self.forms.items():
            for change in form.overrides:
                if not all(change.partition("=")):
                    raise ValueError(f"form {name!r}: expected key=value, found {change!r}")
            if odd := [key for key in form.without if key not in self.constants]:
                raise ValueError(f"form {name!r}: without names no constant {odd[0]!r}")
        return self


@dataclass(frozen=True)
class Form:
    """A form: what it fixes, and what it leaves to be fitted.

    Attributes:
        name: In the words of the tables.
        overrides: What it sets, as on a command line.
        fitted: Places, in the order of the file, of the constants that it leaves to be fitted.
    """

    name: str
    overrides: tuple[str, ...]
    fitted: tuple[int, ...]


@dataclass(frozen=True)
class Forms:
    """The forms of a file, and the constants with their ranges."""

    told: Told

    @property
    def keys(self) -> tuple[str, ...]:
        """Dotted keys of the constants, in the order of the file."""
        return tuple(self.told.constants)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the forms, in the order of the file; the first is the one that may be given more points."""
        return tuple(self.told.forms)

    def form(self, name: str) -> Form:
        """A form by its name.

        Raises:
            FormsError: The file has none of that name.
        """
        if name not in self.told.forms:
            raise FormsError(f"--form: expected one of {', '.join(self.names)}, found {name!r}")
        table = self.told.forms[name]
        fixed = {*table.without, *(change.partition("=")[0].strip() for change in table.overrides)}
        return Form(name, table.overrides, tuple(n for n, key in enumerate(self.keys) if key not in fixed))

    def design(self, points: int, seed: int) -> Vector:
        """The first points of the Sobol' sequence over all constants, (points, constants), the same for every form.

        More points, or a constant at the end of the file, leave those that are there where they are.
        """
        whole = 1 << max(points - 1, 1).bit_length()
        return np.asarray(sobol(whole, len(self.keys), seed)[:points])

    def overrides(self, form: Form, place: Vector) -> tuple[str, ...]:
        """What a run at a place, (constants,) in [0, 1], sets: the form's own changes and the constants left to it."""
        return (*form.overrides, *self.settings(form, place))

    def settings(self, form: Form, place: Vector) -> tuple[str, ...]:
        """The constants that a form leaves to be fitted, at a place, as they would be typed."""
        return tuple(
            f"{self.keys[n]}={typed(float(self.told.constants[self.keys[n]].at(place[n])))}" for n in form.fitted
        )

    def check(self, base: Scenario, place: str) -> None:
        """Hold keys and ranges against the schema of scenarios.

        Raises:
            ScenarioError: A form or a constant sets what no scenario has, or to what none allows.
        """
        for name in self.names:
            form = self.form(name)
            for end in (np.zeros(len(self.keys)), np.ones(len(self.keys))):
                vary(base, self.overrides(form, end), place)


def load_forms(path: str | Path | None = None) -> Forms:
    """Read a file of forms; the shipped one when none is named.

    Raises:
        FormsError: The file is not there, is no TOML, or makes no sense.
    """
    file = folder() / "calibration" / f"{SHIPPED}.toml" if path is None else Path(path)
    try:
        return Forms(Told.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))))
    except OSError as error:
        raise FormsError(f"{file.name}: expected a file of forms ({error.strerror})") from None
    except ValidationError as error:
        first: Any = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise FormsError(f"{file.name}: {f'{where}: ' if where else ''}{first['msg']}") from None
    except ValueError as error:
        raise FormsError(f"{file.name}: expected TOML: {error}") from None
