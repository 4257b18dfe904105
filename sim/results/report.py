"""The folder of an analysis: tables as CSV, what their columns mean, scenarios, pictures and a manifest."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from sim.results.folder import replacing, sign, write_csv
from sim.runs.once import MODEL_VERSION
from sim.scenario.files import to_toml
from sim.scenario.schema import Scenario

NAMED = {
    "measure": "id of the measure, by which docs/measures.md, options and files name it",
    "name": "what it is called",
}
"""What the columns mean by which tables name measures."""


def write_report(
    folder: Path,
    tables: Mapping[str, pd.DataFrame],
    columns: Mapping[str, str],
    *,
    scenarios: Mapping[str, Scenario],
    seeds: Sequence[int],
    command: str,
    draw: Callable[[Path], object],
    draws: Mapping[str, str] = MappingProxyType({}),
    code: str = "",
) -> None:
    """Write an analysis at once or not at all; equal analyses give equal bytes.

    Args:
        folder: Where; earlier results there are replaced.
        tables: By the names of their files.
        columns: What a column means; columns that are not named here explain themselves.
        scenarios: Worlds by name; the first is the one that the manifest names.
        seeds: Of the replicates.
        command: What makes the folder again.
        draw: Puts the pictures into the folder that it is given.
        draws: Hashes of the draws that gave plausible worlds their parameters, by name; results of one world have none.
        code: Digest of the model's source, where the manifest is to hold it.

    Raises:
        OutputError: The folder cannot be written.
    """
    with replacing(folder) as draft:
        for name, table in tables.items():
            write_csv(table, draft / f"{name}.csv")
        known = {name: (NAMED if {*NAMED} <= {*table} else {}) | dict(columns) for name, table in tables.items()}
        told = [
            (name, column, known[name][column]) for name in tables for column in tables[name] if column in known[name]
        ]
        write_csv(pd.DataFrame(told, columns=["table", "column", "meaning"]), draft / "codebook.csv")
        for name, scenario in scenarios.items():
            (draft / f"{name}.toml").write_text(to_toml(scenario), encoding="utf-8")
        draw(draft)
        sign(draft, next(iter(scenarios.values())), seeds, command, draws, code)


def made_by(*facts: str, command: str = "") -> str:
    """The line below a picture: facts about what made it, the version of the model and, where told, the command."""
    return " · ".join([*facts, f"model {MODEL_VERSION}", *([command] if command else [])])
