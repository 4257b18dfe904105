"""What a world does that its baseline does not: a sentence and a table from the differences that a run keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.analyses.compare.analysis import DIFFERENCES, PAIR_COLUMNS, PAIRS
from sim.analyses.compare.outcomes import COLUMNS, END, POINTS
from sim.results.bands import CHANCE, percentiles
from sim.results.folder import BASELINE
from sim.results.reading import ResultsError, read_scenario
from sim.scenario.institutions import RUNGS
from sim.scenario.schema import Scenario
from sim.scenario.words import day_in_words, decimals, ends, tally
from sim.view.answer import words

MOST = (8, 6)
"""Rows of differences in points, and of counts."""


@dataclass(frozen=True)
class Apart:
    """A world and its baseline at the end of the run."""

    baseline: str
    """Title of the baseline."""
    day: str
    pairs: int
    lucky: bool
    """Whether a band of luck alone stands beside that of plausible worlds."""
    sentence: str
    rows: pd.DataFrame
    """What differs in a direction that the pairs agree on, as text."""
    rest: int
    """Quantities that are in the tables alone."""
    table: pd.DataFrame


def apart(baseline: Scenario, world: Scenario, tables: Mapping[str, pd.DataFrame], *, drawn: bool) -> Apart:
    """Tell the difference from a baseline.

    Args:
        baseline: The world that the run was put beside.
        world: That of the run.
        tables: ``differences`` and ``pairs`` of the run.
        drawn: Whether pairs live plausible worlds.
    """
    differences, pairs = tables[DIFFERENCES], tables[PAIRS]
    found = [_change(str(name), group) for name, group in pairs.groupby("measure", sort=False)]
    at_end = differences[differences["when"] == END].set_index("measure")
    chosen, rest = words.told_rows(found, MOST)
    by_name = dict(iter(pairs.groupby("measure", sort=False)))
    rows = [_row(one, by_name[one.name], at_end.loc[one.name] if drawn else None) for one in chosen]
    sentence = " ".join(words.answer(found, baseline.end, words.apps_named(baseline, world))).rstrip()
    return Apart(
        baseline.title, day_in_words(baseline.end), len(found[0].gaps), drawn,
        sentence, pd.DataFrame(rows), len(rest), differences,
    )  # fmt: skip


def read_apart(folder: Path, *, drawn: bool) -> Apart | None:
    """The difference that a folder of ``lawshock run`` keeps; none where the run had no baseline.

    Raises:
        ResultsError: A table of it cannot be read.
    """
    if not (folder / BASELINE).is_file():
        return None
    tables = {}
    for name, columns in ((DIFFERENCES, COLUMNS), (PAIRS, PAIR_COLUMNS)):
        try:
            tables[name] = pd.read_csv(folder / f"{name}.csv", parse_dates=["date"])[list(columns)]
        except (OSError, ValueError, KeyError) as error:
            raise ResultsError(
                f"{folder}: expected {name}.csv beside {BASELINE}, found none that can be read"
            ) from error
    return apart(read_scenario(folder / BASELINE), read_scenario(folder / "scenario.toml"), tables, drawn=drawn)


def _change(name: str, pairs: pd.DataFrame) -> words.Change:
    gaps = (pairs["other"] - pairs["base"]).to_numpy()
    low, _, high = map(float, percentiles(gaps))
    base, other = (float(pairs[side].mean()) for side in ("base", "other"))
    unit, mean = str(pairs["unit"].iloc[0]), float(gaps.mean())
    return words.Change(name, unit, base, other, mean, low, high, tuple(map(float, gaps)))


def _row(one: words.Change, pairs: pd.DataFrame, lucky: pd.Series | None) -> dict[str, str]:
    """Levels of both worlds and the difference; of companies and sanctions, how many pairs have which."""
    if one.unit in (words.COUNTED, words.SANCTIONS):
        names = RUNGS if one.unit == words.SANCTIONS else ()
        before, after = (tally(pairs[side], names) for side in ("base", "other"))
    else:
        before, after = (f"{level}{' %' if one.unit == POINTS else ''}" for level in words.levels(one))
    told = {"by the end of the run": one.name, "baseline": before, "this world": after}
    told |= {"difference (90 % of worlds)": "" if one.unit == words.SANCTIONS else words.signed(one)}
    if lucky is not None:
        coarse = one.unit in (words.COUNTED, words.SANCTIONS)
        low, high = (float(lucky[CHANCE[end]]) for end in ("p05", "p95"))
        places = decimals(one.low, one.high, one.mean)
        told |= {"by luck alone (90 %)": "" if coarse else " to ".join(ends(low, high, places))}
    return told
