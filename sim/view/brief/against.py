"""What another world would change: sentences from the tables of a comparison."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.analyses.compare.outcomes import END
from sim.analyses.reproduce import ManifestCommand
from sim.results.reading import ResultsError, check_hashes, read_manifest, read_scenario
from sim.scenario.differences import differences
from sim.scenario.schema import Scenario
from sim.view.brief.sentences import Band, amount, by_name, span

MOST_SENTENCES = 10
SIZE = "population.users"
"""A comparison may be made with other numbers of simulated people."""


@dataclass(frozen=True)
class Told:
    """One world against the base: what makes it another, and what that changes in pairs of runs."""

    name: str
    base: str
    pairs: int
    command: str
    changes: tuple[str, ...]
    sentences: tuple[str, ...]
    unclear: int
    table: pd.DataFrame


def read_comparison(folder: Path, scenario: Scenario, *, unverified: bool = False) -> list[Told]:
    """Tell every world of a folder that ``lawshock compare`` wrote.

    Args:
        folder: Of the comparison.
        scenario: The world of the brief, which must be the base of the comparison.
        unverified: Read it although files were changed after they were written.

    Raises:
        ResultsError: The folder holds no comparison, one with another base, or one that was changed.
    """
    manifest = read_manifest(folder)
    check_hashes(folder, manifest, unverified=unverified)
    try:
        base = ManifestCommand.parse(manifest["command"]).names[0]
        changes, outcomes = (pd.read_csv(folder / f"{name}.csv") for name in ("changes", "outcomes"))
        other = read_scenario(folder / f"{base}.toml")
    except (OSError, ValueError) as error:
        raise ResultsError(f"{folder}: expected results of lawshock compare, found other files") from error
    apart = [change.key for change in differences(scenario, other) if change.key != SIZE]
    if apart:
        raise ResultsError(f"{folder}: expected a comparison with the world of the brief, found another {apart[0]}")
    return [
        _tell(name, base, manifest, changes[changes["world"] == name], outcomes[outcomes["world"] == name])
        for name in outcomes["world"].unique()
    ]


def _tell(name: str, base: str, manifest: dict[str, str], changes: pd.DataFrame, table: pd.DataFrame) -> Told:
    table = table[table["when"] == END].drop(columns="when")
    clear = table[(table["low"] > 0) | (table["high"] < 0)]
    strength = (clear["mean"] / (clear["high"] - clear["low"])).abs()
    chosen = clear.loc[strength.nlargest(MOST_SENTENCES).index].sort_index()
    sentences = tuple(
        difference_in_words(row.name, row.unit, row.low, row.mean, row.high) for row in chosen.itertuples()
    )
    return Told(
        name, base, len(manifest["seeds"]), manifest["command"], tuple(changes["sentence"]), sentences,
        len(table) - len(clear), by_name(table.drop(columns="world")),
    )  # fmt: skip


def difference_in_words(measure: str, unit: str, low: float, mean: float, high: float) -> str:
    """A mean difference whose interval is clear of zero, as a sentence; the sign gives the word."""
    assert low > 0 or high < 0, "a difference that may be nothing has no direction"
    unit = "points" if unit == "percent" else unit
    word = "higher" if low > 0 else "lower"
    least, most = sorted((abs(low), abs(high)))
    band = Band(least, abs(mean), most)
    return f"{measure}: {amount(band.said, unit)} {word} {span(band)}."
