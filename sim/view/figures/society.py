"""Figures 7 and 8: attention, speech and VPN use; and the two measures of policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from sim.view.calendar import day_words
from sim.view.figures.reduce import BAND, day_numbers, footer, number, percent, replicates_words
from sim.view.figures.series import Stack, draw_band
from sim.view.style import BLUE, GREEN, PURPLE, VERMILION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.study.ensemble import Ensemble

COLUMNS = ["measure", "date", *BAND]


@dataclass(frozen=True, slots=True)
class Line:
    """A measure that is drawn on a panel of its own."""

    heading: str
    colour: str
    scale: float
    words: Callable[[float], str]


SOCIETY = {
    "salience": Line(
        "Salience: attention to the law, 1 is the wave of January 2021", PURPLE, 1.0, lambda v: f"{v:.2f}"
    ),
    "speaking": Line("People who speak publicly about politics, %", BLUE, 100.0, percent),
    "deletions": Line("People who delete posts, persons per day", VERMILION, 1.0, number),
    "vpn": Line("People with a VPN, %", GREEN, 100.0, percent),
}
POLICY = {
    "disclosed_accounts": Line("Accounts whose data was handed over, since the start", VERMILION, 1.0, number),
    "safe_reach": Line("Safe reach: ties that share a reachable app which does not disclose, %", BLUE, 100.0, percent),
}


def data(ensemble: Ensemble) -> pd.DataFrame:
    """Columns: measure, date, p05, p50, p95; shares in percent."""
    return _bands(ensemble, "society", SOCIETY)


def policy_data(ensemble: Ensemble) -> pd.DataFrame:
    """Columns: measure, date, p05, p50, p95; accounts, and shares in percent."""
    return _bands(ensemble, "measures", POLICY)


def _bands(ensemble: Ensemble, table: str, lines: dict[str, Line]) -> pd.DataFrame:
    bands = ensemble.bands(table)
    bands = bands[bands["measure"].isin(list(lines))].reset_index(drop=True)
    scale = bands["measure"].astype(str).map({name: line.scale for name, line in lines.items()})
    return bands.assign(**{name: bands[name] * scale for name in BAND})[COLUMNS]


def title(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """How far speech fell and VPN use rose."""
    speaking, vpn = (bands[bands["measure"] == name].set_index("date")["p50"] for name in ("speaking", "vpn"))
    return (
        f"Public speech: {percent(speaking.iloc[0])} of people at the start, {percent(speaking.min())} at its lowest on "
        f"{day_words(speaking.idxmin())}; VPN use: {percent(vpn.iloc[0])}, {percent(vpn.max())} at its highest"
    )


def policy_title(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """What was disclosed, and how many ties can be served safely."""
    ends = bands.groupby("measure", sort=False)["p50"].agg(["first", "last"])
    first, last = ends.loc["safe_reach"]
    return (
        f"Companies handed over the data of {number(ends.loc['disclosed_accounts', 'last'])} accounts; "
        f"safe reach went from {percent(first, 0)} of ties to {percent(last, 0)}"
    )


def paint(bands: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
    """Four panels over one calendar."""
    return _stack(bands, ensemble, command, title(bands, ensemble), SOCIETY, 1.35)


def policy_paint(bands: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
    """Two panels over one calendar."""
    return _stack(bands, ensemble, command, policy_title(bands, ensemble), POLICY, 2.0)


def _stack(
    bands: pd.DataFrame, ensemble: Ensemble, command: str, headline: str, lines: dict[str, Line], height: float
) -> Figure:
    ends = bands.groupby("measure", sort=False)["p50"].last()
    words = {name: line.words(ends[name]) for name, line in lines.items()}
    head = (headline, replicates_words(ensemble), footer(ensemble, command))
    stack = Stack(ensemble.scenario, head, [height] * len(lines), list(words.values()))
    for panel, (name, line) in enumerate(lines.items()):
        mine = bands[bands["measure"] == name]
        axes = stack.panels[panel]
        draw_band(axes, (day_numbers(mine["date"], ensemble.scenario) + 0.5).tolist(), mine, line.colour)
        axes.set_ylim(0, max(1.1 * float(mine["p95"].max()), 1e-3))
        axes.yaxis.set_major_formatter(lambda value, _: number(value))
        axes.locator_params(axis="y", nbins=4)
        stack.name(panel, line.heading)
        stack.label_ends(panel, {name: (ends[name], words[name], line.colour)})
    return stack.figure


def alt(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """The picture in words: start, lowest, highest and end of each measure."""
    return _alt(bands, title(bands, ensemble), SOCIETY)


def policy_alt(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """The picture in words: start, lowest, highest and end of each measure."""
    return _alt(bands, policy_title(bands, ensemble), POLICY)


def _alt(bands: pd.DataFrame, headline: str, lines: dict[str, Line]) -> str:
    parts = [headline]
    for name, line in lines.items():
        mine = bands[bands["measure"] == name].set_index("date")
        low, high, last = mine["p50"].idxmin(), mine["p50"].idxmax(), mine.iloc[-1]
        parts.append(
            f"{line.heading}: {line.words(mine['p50'].iloc[0])} at the start, lowest {line.words(mine['p50'].min())} on "
            f"{day_words(low)}, highest {line.words(mine['p50'].max())} on {day_words(high)}, at the end "
            f"{line.words(last['p50'])} ({line.words(last['p05'])} to {line.words(last['p95'])})"
        )
    return ". ".join(parts) + "."
