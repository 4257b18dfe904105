"""Results that are kept: a folder of ``lawshock run`` read back as the ensemble that it was written from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.record import CODEBOOK
from sim.scenario.files import load
from sim.study.results import MANIFEST
from sim.study.run import Run

if TYPE_CHECKING:
    from sim.study.ensemble import Ensemble


class ResultsError(ValueError):
    """A folder that is not what was expected; the message is one line for the reader of a terminal."""

    for_users = True


def read_manifest(folder: Path) -> dict[str, Any]:
    """What made the files of a folder.

    Raises:
        ResultsError: The folder has no manifest that can be read.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if not isinstance(manifest["command"], str) or not isinstance(manifest["files"], dict):
            raise TypeError
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ResultsError(
            f"{folder}: expected a folder of results with {MANIFEST}, found none that can be read"
        ) from error
    return dict(manifest)


def read_results(folder: Path) -> Ensemble:
    """The ensemble of a folder that ``lawshock run`` wrote.

    Raises:
        ResultsError: A table is missing or cannot be read, or the folder holds other results.
    """
    import pandas as pd

    from sim.study.ensemble import Ensemble

    seeds = read_manifest(folder)["seeds"]
    scenario = load(folder / "scenario.toml")
    tables = {}
    for name, columns in CODEBOOK.items():
        path = folder / "tables" / f"{name}.parquet"
        try:
            table = pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise ResultsError(f"{path}: expected a table of lawshock run, found none that can be read") from error
        if list(table) != ["seed", *columns]:
            odd = sorted({"seed", *columns} ^ {*table}) or list(table)
            raise ResultsError(f"{path}: expected the columns of this version, differs in {', '.join(odd)}; run again")
        tables[name] = dict(list(table.groupby("seed", sort=False)))
    try:
        return Ensemble(
            scenario,
            tuple(
                Run(scenario, seed, {n: t[seed].drop(columns="seed").reset_index(drop=True) for n, t in tables.items()})
                for seed in seeds
            ),
        )
    except KeyError as error:
        raise ResultsError(
            f"{folder}: expected every seed of the manifest in every table, lacks seed {error}"
        ) from error
