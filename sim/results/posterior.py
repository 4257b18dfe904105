"""Plausible worlds: a scenario whose numbers are drawn, where they are not measured.

``scenarios/posterior/<name>.csv`` holds equally weighted draws of a layer (people, institutions, disputes, ISPs): a
column for each parameter by its dotted key, in which ``*`` stands for every name (``isps.*.lag_days``). ``<name>.json``
says what they were inferred from. A constant that differs between countries has two columns, ``mu.<key>`` and
``tau.<key>``: its place in the prior that the manifest names is Phi(mu + tau z), and each replicate is a new country,
with a z of its own. A number that no layer has, and that is not measured, is drawn by itself from the range that its
declaration calls plausible.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import filter as matching
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import bounded, chance
from sim.runs.files import write_whole
from sim.scenario.differences import differences
from sim.scenario.fields import Leaf, leaves
from sim.scenario.files import folder, with_values
from sim.scenario.schema import Origin, Scenario, origins

DRAWS = 1000
"""Draws that are stored."""
WITHIN = 0.95
"""Share of the draws of a layer, around their median, that is its plausible range."""
STEPS = 65
"""Values by which a range is known; between them it is straight."""
MU, TAU, ERROR = "mu.", "tau.", "sd."
"""What columns begin with: place of a constant, its spread between countries, discrepancy of a kind of quantity."""
SHIFT = "kappa"
"""Spread of the shift that the quantities of a country share."""
GOLDEN = 0.6180339887498949
"""Multiples of it fill [0, 1) evenly, in whatever order."""
SHARES = "isps.*.share"
FREEDOM = 5.0
"""Degrees of freedom of discrepancies."""
UNIT = math.sqrt((FREEDOM - 2.0) / FREEDOM)
"""Scale of Student's t with a standard deviation of 1."""


class PosteriorError(ValueError):
    """Draws that are not there or not what their manifest says; one line for the reader of a terminal."""

    for_users = True


class Prior(NamedTuple):
    """Range of a constant, even in its values or in their logarithm."""

    low: float
    high: float
    log: bool

    def at(self, probit: float) -> float:
        """The value at a place in the prior, as the quantile of a standard normal number."""
        place = 0.5 * math.erfc(-probit / math.sqrt(2.0))
        if self.log:
            return float(self.low * (self.high / self.low) ** place)
        return float(self.low + (self.high - self.low) * place)


@dataclass(frozen=True)
class Posterior:
    """Draws of several layers, each taken on its own: they were inferred apart, from facts that do not overlap."""

    layers: dict[str, pd.DataFrame]
    hashes: dict[str, str] = field(default_factory=dict)
    """SHA-256 of the file of each layer, for the manifest of what is made with it."""
    priors: dict[str, Prior] = field(default_factory=dict)
    """Of constants that differ between countries, by key."""

    def world(self, scenario: Scenario, seed: int, fixed: Sequence[str] = ()) -> Scenario:
        """The scenario as replicate ``seed`` lives it: each layer takes one of its draws, each other doubt its own.

        Args:
            scenario: The world.
            seed: Of the replicate; equal seeds take equal draws, so that worlds that are compared share them.
            fixed: Keys that keep their value, such as those that a command line has set.
        """
        return next(self.worlds(scenario, [seed], fixed))

    def beside(self, *worlds: Scenario, fixed: Sequence[str] = ()) -> Callable[[Scenario, int], Scenario]:
        """What gives each of some worlds its parameters by seed: those in which they differ keep their values."""
        kept = [*fixed, *(change.key for world in worlds[1:] for change in differences(worlds[0], world))]
        return lambda world, seed: self.world(world, seed, kept)

    def worlds(self, scenario: Scenario, seeds: Iterable[int], fixed: Sequence[str] = ()) -> Iterator[Scenario]:
        """The scenario as each of the replicates lives it, as ``world`` gives it; what is free is found out once."""
        for values in self.values(scenario, seeds, fixed):
            yield with_values(scenario, values, "a plausible world")

    def values(self, scenario: Scenario, seeds: Iterable[int], fixed: Sequence[str] = ()) -> Iterator[dict[str, float]]:
        """What each of the replicates changes in the scenario, by key."""
        free = _free(scenario, fixed)
        alone = _alone(free)
        drawn = {
            name: [(key, pattern) for pattern in self._patterns(draws) for key in _meant(pattern, free)]
            for name, draws in self.layers.items()
        }
        middle = {key: float(self.layers[name][pattern].median())
                  for name, pairs in drawn.items() for key, pattern in pairs if "*" in pattern}  # fmt: skip
        for seed in seeds:
            values: dict[str, float] = {}
            for name, draws in self.layers.items():
                row = draws.iloc[_row(seed, name, draws)].to_dict()
                for key, pattern in drawn[name]:
                    if key in middle:
                        values[key] = _moved(free[key].leaf, float(row[pattern]), middle[key])
                    else:
                        values[key] = self._value(row, pattern, _uniform(seed, key))
            values |= {key: _around(free[key].leaf, _uniform(seed, key)) for key in alone if key not in values}
            yield _agreed(values, scenario)

    def errors(self, kind: str, what: str, seeds: Iterable[int]) -> NDArray[np.float64] | None:
        """How far what would be observed lies from what the simulator gives, (n,) in spreads, in each replicate.

        The shift of its country, and Student's t with the discrepancy of the kind beside the error of observation (1),
        as the fit has them, of the draw that its constants are of. Worlds that are compared share it.

        Args:
            kind: Of quantity.
            what: Name of the quantity: each has an error of its own, and a country one shift.
            seeds: Of the replicates.

        Returns:
            None where no layer has a discrepancy of this kind.
        """
        from scipy.stats import t as student  # here, since it is slow to import and a world needs none

        for name, draws in self.layers.items():
            if f"{ERROR}{kind}" in draws:
                seeds = list(seeds)
                sd, kappa = (draws[column].to_numpy()[[_row(seed, name, draws) for seed in seeds]]
                             for column in (f"{ERROR}{kind}", SHIFT))  # fmt: skip
                shift = kappa * [chance.normal(_uniform(seed, "shift")) for seed in seeds]
                error = student.ppf([_uniform(seed, what) for seed in seeds], FREEDOM)
                return np.asarray(shift + np.hypot(1.0, sd) * UNIT * error)
        return None

    def _patterns(self, draws: pd.DataFrame) -> list[str]:
        """What the columns of a layer are about."""
        of_countries = [key for key in self.priors if f"{MU}{key}" in draws]
        return of_countries or [str(column) for column in draws]

    def _value(self, row: Mapping[Any, Any], key: str, place: float) -> float:
        """A parameter in a draw; of one that differs between countries, in a country at a place in [0, 1] of these."""
        if key not in self.priors:
            return float(row[key])
        return self.priors[key].at(row[f"{MU}{key}"] + row[f"{TAU}{key}"] * chance.normal(place))

    def ranges(self, scenario: Scenario, fixed: Sequence[str] = ()) -> list[Range]:
        """Every number that ``world`` draws and how far it goes, with ``fixed`` as there; what cannot move is left out.

        Of a layer the middle ``WITHIN`` of its draws count as plausible. Shares of providers, of which none moves
        without the others, are left out.
        """
        free = _free(scenario, fixed)
        found, seen = [], set[str]()
        steps = np.linspace(0.0, 1.0, STEPS)
        for draws in self.layers.values():
            rows = draws.to_dict("records")
            countries = [(n + 0.5) * GOLDEN % 1.0 for n in range(len(rows))]
            for pattern in self._patterns(draws):
                keys = tuple(_meant(pattern, free))
                if keys:
                    there = [self._value(row, pattern, place) for row, place in zip(rows, countries, strict=True)]
                    ends = np.quantile(there, 0.5 + WITHIN * (steps - 0.5))
                    own = free[keys[0]].leaf.value  # nothing, where the scenario leaves it to another number
                    known = float(ends[STEPS // 2] if own is None else own)
                    found.append(Range(pattern, keys, known, tuple(map(float, ends))))
                    seen.update(keys)
        for key in _alone(free):
            if key not in seen and not matching([key], SHARES):  # one share cannot move without the others
                leaf = free[key].leaf
                values = sorted(float(_around(leaf, float(step))) for step in steps)
                found.append(Range(key, (key,), float(leaf.value), tuple(values)))
        return [one for one in found if one.values[0] < one.values[-1]]


@dataclass(frozen=True)
class Range:
    """A number, or one that several tables share, and how far it may be off."""

    key: str
    """Dotted, with ``*`` for every name where several move together."""
    keys: tuple[str, ...]
    own: float
    """What the scenario has."""
    values: tuple[float, ...]
    """At equal steps of probability, from the least to the greatest that is plausible."""

    def at(self, place: float) -> float:
        """The value at a place in [0, 1] of the range."""
        return float(np.interp(place, np.linspace(0.0, 1.0, len(self.values)), self.values))

    def place(self, value: float) -> float:
        """The place of a value in the range; the nearest end where it lies beyond."""
        return float(np.interp(value, self.values, np.linspace(0.0, 1.0, len(self.values))))


def at_places(scenario: Scenario, placed: Iterable[tuple[Range, float]]) -> dict[str, float]:
    """What numbers at places of their ranges come to in a scenario, by key, as a draw would have them.

    Counts are whole, what the scenario states of one name of several moves along, and numbers agree with one another.
    """
    known = _free(scenario, ())
    values: dict[str, float] = {}
    for one, place in placed:
        for key in one.keys:
            leaf, value = known[key].leaf, one.at(place)
            moved = _moved(leaf, value, one.at(0.5)) if "*" in one.key else value
            values[key] = round(moved) if type(leaf.value) is int else moved
    return _agreed(values, scenario)


class _Number(NamedTuple):
    leaf: Leaf
    origin: Origin


def _free(scenario: Scenario, fixed: Sequence[str]) -> dict[str, _Number]:
    """What is not measured and does not keep its value, by key; of a silent provider what is stated of all."""
    known = leaves(scenario)
    numbers = {leaf.key: _Number(leaf, origin) for leaf, origin in zip(known, origins(scenario, known), strict=True)}
    free = {}
    for key, number in numbers.items():
        of_all = numbers.get(f"network.{key.split('.')[-1]}") if key.startswith("isps.") else None
        if of_all and number.leaf.value is None and not number.leaf.plausible:
            stated = of_all.leaf.value != of_all.leaf.default or of_all.leaf.key in fixed
            number = of_all if stated else number
        if number.origin.status != "measured" and not {key, number.leaf.key} & {*fixed}:
            free[key] = number
    return free


def _alone(free: Mapping[str, _Number]) -> list[str]:
    """Keys of what may be drawn by itself: numbers that say something of the world and declare what is plausible."""
    return [
        key for key, (leaf, origin) in free.items()
        if leaf.plausible and type(leaf.value) in (float, int) and origin.is_claim
    ]  # fmt: skip


def _meant(pattern: str, keys: Collection[str]) -> list[str]:
    """Those of the keys that a column of a layer stands for."""
    return matching(keys, pattern) if "*" in pattern else [pattern] if pattern in keys else []


def _around(leaf: Leaf, place: float) -> float:
    """A plausible value of a number at a place in [0, 1], within the bounds of the schema; a count is whole."""
    assert leaf.plausible is not None
    value = leaf.plausible.around(float(leaf.value), place)
    least, most = leaf.bounds
    inside = min(max(value, least), most)
    return round(inside) if type(leaf.value) is int else inside


def _moved(leaf: Leaf, drawn: float, middle: float) -> float:
    """What a draw that stands for every name makes of one of them: where the scenario states its own, that moves along.

    A stated share moves by the log odds, anything else by the factor, by which the draw differs from the median of
    draws. So the names keep their order, and what was said of one is not thrown away. A default is no statement.
    """
    stated = leaf.value
    if stated is None or stated == leaf.default:
        return drawn
    least, most = leaf.bounds
    if most != 1.0:
        return min(max(float(stated) * drawn / middle, least), most)
    if stated in (0.0, 1.0):
        return float(stated)
    odds = [one / (1.0 - one) for one in (float(stated), min(drawn, 1.0 - 1e-9), min(middle, 1.0 - 1e-9))]
    there = odds[0] * odds[1] / odds[2]
    return there / (1.0 + there)


def _agreed(values: dict[str, float], scenario: Scenario) -> dict[str, float]:
    """Numbers that were drawn apart, made to agree: shares of providers carry together what they did, and the like."""
    shares = matching(values, SHARES)
    whole, drawn = (sum(one) for one in ([scenario.isps[key.split(".")[1]].share for key in shares],
                                         [values[key] for key in shares]))  # fmt: skip
    for key in shares:
        values[key] *= whole / drawn if drawn else 1.0
    people = scenario.population
    within = [
        ("population.degree", 0, people.users - 1),
        ("population.group_size", 0, min(values.get("population.degree", people.degree) + 1, people.users)),
        ("population.threshold_high", values.get("population.threshold_low", people.threshold_low), 1),
    ]
    for name, platform in scenario.platforms.items():
        within.append((f"platforms.{name}.awareness", values.get(f"platforms.{name}.share", platform.share), 1))
    for key, least, most in within:
        if key in values:
            values[key] = min(max(values[key], least), most)
    return values


def _row(seed: int, layer: str, draws: pd.DataFrame) -> int:
    """Number of the draw of a layer that a replicate takes."""
    return int(_uniform(seed, layer) * len(draws))


def _uniform(seed: int, what: str) -> float:
    return chance.u(seed, int(chance.Stream.POSTERIOR), chance.entity(what), 0)


def load_posterior(place: Path | None = None) -> Posterior:
    """The draws that come with the scenarios, or those of another folder.

    Raises:
        PosteriorError: There are none, or they are not those that their manifests name.
    """
    place = place or folder() / "posterior"
    layers, hashes, priors = {}, {}, dict[str, Prior]()
    for file in sorted(place.glob("*.csv")):
        manifest = file.with_suffix(".json")
        said = _said(manifest)
        hashes[file.stem] = _sha256(bounded.read(file))
        if said.get("sha256") != hashes[file.stem]:
            raise PosteriorError(f"{file.name}: the draws are not those that {manifest.name} names; calibrate again")
        layers[file.stem] = bounded.csv(file)
        priors |= {key: Prior(*three) for key, three in said.get("priors", {}).items()}
    if not layers:
        raise PosteriorError(f"{place}: no posterior draws; make them with lawshock calibrate")
    return Posterior(layers, hashes, priors)


def _said(manifest: Path) -> dict[str, Any]:
    """What a manifest says; nothing where there is none, or one that makes no sense."""
    try:
        said = bounded.as_json(manifest)
    except bounded.UnreadableError:
        return {}
    return said if isinstance(said, dict) else {}


def check_draws(place: Path, name: str, manifest: dict[str, Any]) -> None:
    """Raise ``PosteriorError`` where draws of other settings are, which only ``--replace`` replaces.

    Args:
        place: Where draws are to go.
        name: Of their layer.
        manifest: What they will have been inferred from; another version of the model is no other setting.
    """
    file = place / f"{name}.csv"
    said = _said(file.with_suffix(".json"))
    if not file.exists() and not said:
        return
    advice = "choose another --draws, or allow it with --replace"
    kept = said.get("command", "a command that no manifest tells")
    if kept != manifest["command"]:
        raise PosteriorError(f"{file}: expected draws of '{manifest['command']}', found those of '{kept}'; {advice}")
    for key in manifest.keys() - {"model_version"}:
        if said.get(key) != manifest[key]:
            raise PosteriorError(f"{file}: expected draws of these targets, found those of another {key}; {advice}")


def write_posterior(place: Path, name: str, draws: pd.DataFrame, manifest: dict[str, Any]) -> None:
    """Write the draws of one layer with what they were inferred from; equal draws give equal bytes."""
    place.mkdir(parents=True, exist_ok=True)  # the manifest goes first: draws of ours are never there without it
    data = draws.to_csv(index=False, float_format="%.6g", lineterminator="\n").encode()
    write_whole(place / f"{name}.json", (json.dumps({**manifest, "sha256": _sha256(data)}, indent=1) + "\n").encode())
    write_whole(place / f"{name}.csv", data)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
