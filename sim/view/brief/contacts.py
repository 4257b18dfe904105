"""Which headlines depend on the weight of contacts, from the table that ``lawshock gamma`` wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.analyses.gamma.analysis import DEPENDS
from sim.analyses.reproduce.manifest_command import ManifestCommand
from sim.results.reading import ResultsError


@dataclass(frozen=True)
class Contacts:
    """Medians of each measure along gamma, and which of them leave the band."""

    table: pd.DataFrame
    """Columns measure, unit, one per gamma, label."""

    @property
    def depending(self) -> list[str]:
        """Measures that depend on gamma."""
        return list(self.table.loc[self.table["label"] == DEPENDS, "measure"])

    @property
    def sentence(self) -> str:
        """How many depend, and which."""
        found = self.depending
        if not found:
            return f"None of {len(self.table)} headline measures leaves its band anywhere on the axis."
        verb = "depends" if len(found) == 1 else "depend"
        return f"Of {len(self.table)} headline measures, {len(found)} {verb} on it: {', '.join(found)}."


def along_gamma(long: pd.DataFrame) -> Contacts:
    """Put a table of measure, unit, gamma, p05, p50, p95, label side by side."""
    keys = ["measure", "unit", "label"]
    order = pd.MultiIndex.from_frame(long[keys].drop_duplicates())
    wide = long.pivot(index=keys, columns="gamma", values="p50").reindex(order)
    names = {gamma: f"median at {gamma:g}" for gamma in wide.columns}
    return Contacts(wide.rename(columns=names).reset_index()[["measure", "unit", *names.values(), "label"]])


def read_gamma(folder: Path, command: str) -> Contacts | None:
    """The table of the scenario of some results, where one is kept beside their folder.

    Args:
        folder: Of the results; the tables are in the folder ``gamma`` beside it, by the name of the scenario.
        command: What made the results: with another value than the scenario's own, the table says nothing of them.
    """
    try:
        recipe = ManifestCommand.parse(command)
    except ResultsError:  # results of a scenario with a name of its own kind
        return None
    file = folder.parent / "gamma" / f"{recipe.names[0]}.csv"
    changed = any(option == "--set" for option, _ in recipe.settings) or recipe.flags
    return None if changed or not file.is_file() else along_gamma(pd.read_csv(file))
