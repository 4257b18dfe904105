"""Posterior draws that come with the scenarios, and worlds that take their values from them.

``scenarios/posterior/<name>.csv`` holds equally weighted draws: a column for each parameter by its dotted key, in which
``*`` stands for every name (``isps.*.lag_days``). ``<name>.json`` says what they were inferred from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim import chance
from sim.runs.files import write_whole
from sim.scenario.files import folder, vary
from sim.scenario.leaves import leaves

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

DRAWS = 200
"""Draws that are stored."""


class PosteriorError(ValueError):
    """Draws that are not there or not what their manifest says; one line for the reader of a terminal."""

    for_users = True


@dataclass(frozen=True)
class Posterior:
    """Draws of several layers, users, institutions and ISPs, each taken on its own: they were inferred apart."""

    layers: dict[str, pd.DataFrame]

    def world(self, scenario: Scenario, seed: int, fixed: Sequence[str] = ()) -> Scenario:
        """The scenario as replicate ``seed`` lives it: each layer takes one of its draws.

        Args:
            scenario: The world.
            seed: Of the replicate; equal seeds take equal draws, so that worlds that are compared share them.
            fixed: Keys that keep their value, such as those that a command line has set.
        """
        keys = [leaf.key for leaf in leaves(scenario) if leaf.key not in fixed]
        overrides = []
        for name, draws in self.layers.items():
            row = draws.iloc[int(chance.u(seed, int(chance.Stream.POSTERIOR), chance.entity(name), 0) * len(draws))]
            overrides += [
                f"{key}={float(value)!r}" for pattern, value in row.items() for key in keys if fnmatchcase(key, pattern)
            ]
        return vary(scenario, overrides, "--posterior")


def load_posterior(place: Path | None = None) -> Posterior:
    """The draws that come with the scenarios, or those of another folder.

    Raises:
        PosteriorError: There are none, or they are not those that their manifests name.
    """
    place = place or folder() / "posterior"
    layers = {}
    for file in sorted(place.glob("*.csv")):
        manifest = file.with_suffix(".json")
        if _said(manifest) != _sha256(file.read_bytes()):
            raise PosteriorError(f"{file.name}: the draws are not those that {manifest.name} names; calibrate again")
        layers[file.stem] = pd.read_csv(file)
    if not layers:
        raise PosteriorError(f"{place}: no posterior draws; make them with lawshock calibrate")
    return Posterior(layers)


def _said(manifest: Path) -> str | None:
    """The hash that a manifest gives, where it is there and gives one."""
    try:
        return str(json.loads(manifest.read_bytes())["sha256"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def write_posterior(place: Path, name: str, draws: pd.DataFrame, manifest: dict[str, Any]) -> None:
    """Write the draws of one layer with what they were inferred from; equal draws give equal bytes."""
    place.mkdir(parents=True, exist_ok=True)
    data = draws.to_csv(index=False, float_format="%.6g", lineterminator="\n").encode()
    write_whole(place / f"{name}.csv", data)
    write_whole(place / f"{name}.json", (json.dumps({**manifest, "sha256": _sha256(data)}, indent=1) + "\n").encode())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
