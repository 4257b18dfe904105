"""Who bears it: whose apps differ because of the change, and who is cut off, by groups of people."""

from typing import Any

import pandas as pd

from sim.analyses.compare.analysis import Comparison
from sim.analyses.compare.people import FATES
from sim.results.bands import CHANCE
from sim.scenario.words import number
from sim.view.answer.words import Change

SAME, CUT_THERE = FATES[0], FATES[4]


def at_the_end(comparison: Comparison, world: str) -> pd.DataFrame:
    """Rows of the table of bearers on the last day, the group in words; none where nobody is told apart."""
    table = comparison.bearers
    if table.empty:
        return table
    table = table[(table["world"] == world) & (table["date"] == comparison.dates[-1])]
    return table.assign(group=table["by"] + ": " + table["group"])


def dots(table: pd.DataFrame) -> tuple[list[Change], dict[str, tuple[float, float]]]:
    """Percent of each group whose apps are not those of the baseline, with both bands; none where there is nobody."""
    same = table[table["fate"] == SAME].set_index("group")
    if not (same["mean"] < 100).any():
        return [], {}
    rows = [
        Change(name, name, "percent", 0.0, 100 - row["mean"], 100 - row["mean"], 100 - row["p95"], 100 - row["p05"], ())
        for name, row in zip(map(str, same.index), same.to_dict("records"), strict=True)
    ]
    lucky = {str(group): (100 - row[CHANCE["p95"]], 100 - row[CHANCE["p05"]]) for group, row in same.iterrows()}
    return rows, lucky


def cut_off(table: pd.DataFrame) -> str:
    """Who is cut off from an app that is open in the baseline, in a sentence."""
    cut = table[(table["fate"] == CUT_THERE)].set_index("group")["mean"]
    if not (cut > 0).any():
        return "Nobody is cut off from an app only because of it on the last day."
    providers = cut[cut.index.str.startswith("internet provider")]
    return (
        f"Cut off from an app only because of it on the last day: {number(providers.min())} to"
        f" {number(providers.max())} percent of people by internet provider."
    )


def spread_out(table: pd.DataFrame) -> pd.DataFrame:
    """A row per group: its size and the mean percent with each fate."""
    wide = table.pivot(index="group", columns="fate", values="mean")[list(FATES)]
    sizes = table.drop_duplicates("group").set_index("group")["size"]
    order = list(dict.fromkeys(table["group"]))
    wide = wide.assign(**{"percent of all": sizes}).loc[order, ["percent of all", *FATES]]
    return wide.map(number).rename_axis(None, axis=1).reset_index()


def told(table: pd.DataFrame) -> dict[str, Any] | None:
    """What the page says beside the picture; nothing where nobody is told apart."""
    return None if table.empty else {"cut": cut_off(table), "table": spread_out(table)}
