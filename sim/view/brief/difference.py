"""What a world does that its baseline does not: a sentence and a table from the differences that a run keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.analyses.compare.analysis import DIFFERENCES, PAIR_COLUMNS, PAIRS
from sim.analyses.compare.outcomes import COLUMNS, END
from sim.measures import COARSE, POINTS, RUNG, Quantity, quantities
from sim.results.bands import CHANCE, percentiles
from sim.results.folder import BASELINE
from sim.results.reading import ResultsError, read_scenario
from sim.scenario.schema import Scenario
from sim.scenario.words import day_in_words, decimals, ends, tally
from sim.view.answer import words
from sim.view.brief.sentences import by_name

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
    known = {one.id: one for one in quantities(baseline)}
    by_id = {str(id): group for id, group in pairs.groupby("measure", sort=False)}
    found = [_change(known[id], group) for id, group in by_id.items()]
    at_end = differences[differences["when"] == END].set_index("measure")
    chosen, rest = words.told_rows(found, MOST)
    rows = [_row(one, by_id[one.id], at_end.loc[one.id] if drawn else None) for one in chosen]
    sentence = " ".join(words.answer(found, baseline.end, words.apps_named(baseline, world))).rstrip()
    return Apart(
        baseline.title, day_in_words(baseline.end), len(found[0].gaps), drawn,
        sentence, pd.DataFrame(rows), len(rest), by_name(differences),
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
    baseline = read_scenario(folder / BASELINE)
    if unknown := {*tables[PAIRS]["measure"]} - {one.id for one in quantities(baseline)}:
        raise ResultsError(f"{folder / PAIRS}.csv: expected ids of quantities, found {min(unknown)!r}; make it again")
    return apart(baseline, read_scenario(folder / "scenario.toml"), tables, drawn=drawn)


def _change(what: Quantity, pairs: pd.DataFrame) -> words.Change:
    gaps = (pairs["other"] - pairs["base"]).to_numpy()
    low, _, high = map(float, percentiles(gaps))
    base, other = (float(pairs[side].mean()) for side in ("base", "other"))
    levels = (base, other, float(gaps.mean()), low, high)
    return words.Change(what.id, what.name, what.unit, *levels, tuple(map(float, gaps)), what.platform, what.role)


def _row(one: words.Change, pairs: pd.DataFrame, lucky: pd.Series | None) -> dict[str, str]:
    """Levels of both worlds and the difference; of companies and sanctions, how many pairs have which."""
    if one.unit in COARSE:
        before, after = (tally(pairs[side], COARSE[one.unit]) for side in ("base", "other"))
    else:
        before, after = (f"{level}{' %' if one.unit == POINTS else ''}" for level in words.levels(one))
    told = {"by the end of the run": one.name, "baseline": before, "this world": after}
    told |= {"difference (90 % of worlds)": "" if one.unit == RUNG else words.signed(one)}
    if lucky is not None:
        low, high = (float(lucky[CHANCE[end]]) for end in ("p05", "p95"))
        places = decimals(one.low, one.high, one.mean)
        told |= {"by luck alone (90 %)": "" if one.unit in COARSE else " to ".join(ends(low, high, places))}
    return told
