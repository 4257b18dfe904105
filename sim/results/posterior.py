"""Plausible worlds: a scenario whose numbers are drawn, where they are not measured.

``scenarios/posterior/<name>.csv`` holds equally weighted draws of a layer (people, institutions, disputes, ISPs): a
column for each parameter by its dotted key, in which ``*`` stands for every name (``isps.*.lag_days``). ``<name>.json``
says what they were inferred from. A number that no layer has, and that is not measured, is drawn by itself from the
range that its declaration calls plausible.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import filter as matching
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim import bounded, chance
from sim.runs.files import write_whole
from sim.scenario.fields import Leaf, leaves
from sim.scenario.files import folder, with_values
from sim.scenario.schema import Origin, Scenario, origins

DRAWS = 1000
"""Draws that are stored."""
WITHIN = 0.95
"""Share of the draws of a layer, around their median, that is its plausible range."""
STEPS = 65
"""Values by which a range is known; between them it is straight."""


class PosteriorError(ValueError):
    """Draws that are not there or not what their manifest says; one line for the reader of a terminal."""

    for_users = True


@dataclass(frozen=True)
class Posterior:
    """Draws of several layers, each taken on its own: they were inferred apart, from facts that do not overlap."""

    layers: dict[str, pd.DataFrame]
    hashes: dict[str, str] = field(default_factory=dict)
    """SHA-256 of the file of each layer, for the manifest of what is made with it."""

    def world(self, scenario: Scenario, seed: int, fixed: Sequence[str] = ()) -> Scenario:
        """The scenario as replicate ``seed`` lives it: each layer takes one of its draws, each other doubt its own.

        Args:
            scenario: The world.
            seed: Of the replicate; equal seeds take equal draws, so that worlds that are compared share them.
            fixed: Keys that keep their value, such as those that a command line has set.
        """
        return next(self.worlds(scenario, [seed], fixed))

    def worlds(self, scenario: Scenario, seeds: Iterable[int], fixed: Sequence[str] = ()) -> Iterator[Scenario]:
        """The scenario as each of the replicates lives it, as ``world`` gives it; what is free is found out once."""
        for values in self.values(scenario, seeds, fixed):
            yield with_values(scenario, values, "a plausible world")

    def values(self, scenario: Scenario, seeds: Iterable[int], fixed: Sequence[str] = ()) -> Iterator[dict[str, float]]:
        """What each of the replicates changes in the scenario, by key."""
        free = _free(scenario, fixed)
        alone = _alone(free)
        drawn = {
            name: [(key, pattern) for pattern in draws for key in _meant(str(pattern), free)]
            for name, draws in self.layers.items()
        }
        for seed in seeds:
            values: dict[str, float] = {}
            for name, draws in self.layers.items():
                row = draws.iloc[int(_uniform(seed, name) * len(draws))].to_dict()
                values |= {key: float(row[pattern]) for key, pattern in drawn[name]}
            yield values | {key: _around(free[key].leaf, _uniform(seed, key)) for key in alone if key not in values}

    def ranges(self, scenario: Scenario, fixed: Sequence[str] = ()) -> list[Range]:
        """Every number that ``world`` draws and how far it goes, with ``fixed`` as there; what cannot move is left out.

        Of a layer the middle ``WITHIN`` of its draws count as plausible.
        """
        free = _free(scenario, fixed)
        found, seen = [], set[str]()
        steps = np.linspace(0.0, 1.0, STEPS)
        for draws in self.layers.values():
            for pattern in draws:
                keys = tuple(_meant(str(pattern), free))
                if keys:
                    ends = np.quantile(draws[pattern], 0.5 + WITHIN * (steps - 0.5))
                    own = free[keys[0]].leaf.value  # nothing, where the scenario leaves it to another number
                    known = float(ends[STEPS // 2] if own is None else own)
                    found.append(Range(str(pattern), keys, known, tuple(map(float, ends))))
                    seen.update(keys)
        for key in _alone(free):
            if key not in seen:
                leaf = free[key].leaf
                values = sorted(_around(leaf, float(step)) for step in steps)
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


class _Number(NamedTuple):
    leaf: Leaf
    origin: Origin


def _free(scenario: Scenario, fixed: Sequence[str]) -> dict[str, _Number]:
    """What is not measured and does not keep its value, by key."""
    known = leaves(scenario)
    return {
        leaf.key: _Number(leaf, origin)
        for leaf, origin in zip(known, origins(scenario, known), strict=True)
        if origin.status != "measured" and leaf.key not in fixed
    }


def _alone(free: Mapping[str, _Number]) -> list[str]:
    """Keys of what may be drawn by itself: numbers that say something of the world and declare what is plausible."""
    return [
        key for key, (leaf, origin) in free.items() if leaf.plausible and type(leaf.value) is float and origin.is_claim
    ]


def _meant(pattern: str, keys: Collection[str]) -> list[str]:
    """Those of the keys that a column of a layer stands for."""
    return matching(keys, pattern) if "*" in pattern else [pattern] if pattern in keys else []


def _around(leaf: Leaf, place: float) -> float:
    """A value that is plausible for a number, at a place in [0, 1], within the bounds of the schema."""
    assert leaf.plausible is not None
    value = leaf.plausible.around(float(leaf.value), place)
    least, most = leaf.bounds
    return min(max(value, least), most)


def _uniform(seed: int, what: str) -> float:
    return chance.u(seed, int(chance.Stream.POSTERIOR), chance.entity(what), 0)


def load_posterior(place: Path | None = None) -> Posterior:
    """The draws that come with the scenarios, or those of another folder.

    Raises:
        PosteriorError: There are none, or they are not those that their manifests name.
    """
    place = place or folder() / "posterior"
    layers, hashes = {}, {}
    for file in sorted(place.glob("*.csv")):
        manifest = file.with_suffix(".json")
        hashes[file.stem] = _sha256(bounded.read(file))
        if _said(manifest).get("sha256") != hashes[file.stem]:
            raise PosteriorError(f"{file.name}: the draws are not those that {manifest.name} names; calibrate again")
        layers[file.stem] = bounded.csv(file)
    if not layers:
        raise PosteriorError(f"{place}: no posterior draws; make them with lawshock calibrate")
    return Posterior(layers, hashes)


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
