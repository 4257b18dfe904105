"""Figures 7 and 8: attention, speech and VPN use; and the two measures of policy."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.drawing.picture import Picture
from sim.drawing.reduce import BAND, LUCK, day_numbers, footer, has_luck, replicates_words, with_luck
from sim.drawing.series import Stack, draw_band
from sim.drawing.style import HANDED_OVER, INK, MODEL
from sim.results.bands import percentiles
from sim.results.ensemble import Ensemble
from sim.scenario.stances import ANSWERING
from sim.scenario.words import compact, percent, short_day
from sim.tables import stances

ANSWER = "answering"


@dataclass(frozen=True, slots=True)
class Line:
    """A measure that is drawn on a panel of its own; its values are multiplied by ``scale``."""

    heading: str
    colour: str
    scale: float
    words: Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Panels:
    """A picture of one table: a panel per measure over one calendar."""

    table: str
    lines: Mapping[str, Line]
    headline: Callable[[pd.DataFrame], str]
    height: float
    beside: Callable[[Ensemble], pd.DataFrame] | None = None
    """Bands of a measure that is in no table of one row a day, in the same columns."""

    def data(self, ensemble: Ensemble) -> pd.DataFrame:
        """Columns: measure, date, p05, p50, p95; shares in percent."""
        bands = ensemble.bands(self.table)
        bands = pd.concat([bands, self.beside(ensemble)], ignore_index=True) if self.beside else bands
        bands = bands[bands["measure"].isin(list(self.lines))].reset_index(drop=True)
        scale = bands["measure"].astype(str).map({name: line.scale for name, line in self.lines.items()})
        return bands.assign(**{name: bands[name] * scale for name in BAND})[["measure", "date", *BAND]]

    def paint(self, bands: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
        """The panels below one another, each from zero, with the last value at its end."""
        ends = {name: float(_days(bands, name)["p50"].iloc[-1]) for name in self.lines}
        words = {name: line.words(ends[name]) for name, line in self.lines.items()}
        head = (self.headline(bands), replicates_words(ensemble), footer(ensemble, command))
        stack = Stack(ensemble.scenario, head, [self.height] * len(self.lines), list(words.values()))
        for panel, (name, line) in enumerate(self.lines.items()):
            mine, axes = _days(bands, name), stack.panels[panel]
            draw_band(axes, day_numbers(mine.index.to_series(), ensemble.scenario) + 0.5, mine, line.colour)
            axes.set_ylim(0, max(1.1 * float(mine.max().max()), 1e-3))
            axes.yaxis.set_major_formatter(lambda value, _: compact(value))
            axes.locator_params(axis="y", nbins=4)
            stack.name(panel, line.heading)
            stack.label_ends(panel, {name: (ends[name], words[name], line.colour)})
        return stack.figure

    def alt(self, bands: pd.DataFrame, ensemble: Ensemble) -> str:
        """The picture in words: start, lowest, highest and end of each measure, for the replicates of ``ensemble``."""
        parts = [f"{self.headline(bands)} ({replicates_words(ensemble).rstrip('.').lower()})"]
        for name, line in self.lines.items():
            mine = _days(bands, name)
            middle, last = mine["p50"], [line.words(float(mine[quantile].iloc[-1])) for quantile in BAND]
            parts.append(
                f"{line.heading}: {line.words(float(middle.iloc[0]))} at the start; "
                f"lowest {line.words(float(middle.min()))} on {_day(middle.idxmin())}; "
                f"highest {line.words(float(middle.max()))} on {_day(middle.idxmax())}; "
                f"{last[1]} at the end ({last[0]} to {last[2]}"
                f"{_luck_words(mine, line)})"
            )
        return ". ".join(parts) + "."


def _luck_words(mine: pd.DataFrame, line: Line) -> str:
    """The band of luck alone on the last day, where there is one."""
    if not has_luck(mine):
        return ""
    low, high = (line.words(float(mine[end].iloc[-1])) for end in LUCK)
    return f"; luck alone {low} to {high}"


def _days(bands: pd.DataFrame, measure: str) -> pd.DataFrame:
    return bands[bands["measure"] == measure].set_index("date")[[name for name in (*BAND, *LUCK) if name in bands]]


def _day(date: Hashable) -> str:
    """Words for a label of an index of dates."""
    return short_day(cast(pd.Timestamp, date))


def _society_headline(bands: pd.DataFrame) -> str:
    attention, vpn = _days(bands, "salience")["p50"], _days(bands, "vpn")["p50"]
    return (
        f"Attention to surveillance was largest on {_day(attention.idxmax())}; "
        f"{percent(vpn.iloc[0])} of people had a VPN at the start, {percent(vpn.max())} at most"
    )


def _answering(ensemble: Ensemble) -> pd.DataFrame:
    """How many companies answer demands for data, day by day."""
    dates = ensemble.runs[0].tables["measures"]["date"]
    counts = np.zeros((1, len(dates)))
    if ensemble.scenario.companies:
        held = [stances(run.tables).astype(str) for run in ensemble.runs]
        counts = np.array([np.isin(each, ANSWERING).sum(axis=1) for each in held], dtype=np.float64)
    told = dict(zip(BAND, percentiles(counts), strict=True))
    return pd.DataFrame({"measure": ANSWER, "date": dates, **told})


def _policy_headline(bands: pd.DataFrame) -> str:
    accounts, reach, answer = (_days(bands, name)["p50"] for name in ("disclosed_accounts", "safe_reach", ANSWER))
    return (
        f"Data of {compact(float(accounts.iloc[-1]))} accounts was handed over; companies that answer demands: "
        f"{answer.iloc[0]:.0f} at the start, {answer.iloc[-1]:.0f} at the end; "
        f"ties out of their reach: {percent(reach.iloc[0], 0)}, then {percent(reach.iloc[-1], 0)}"
    )


SOCIETY = Panels(
    "society",
    {
        "salience": Line("Salience: attention to surveillance, whatever draws it", MODEL, 1.0, "{:.2f}".format),
        "speaking": Line(
            "People who speak publicly about politics, % (assumed: no data constrain it)", MODEL, 100.0, percent
        ),
        "deletions": Line("People who delete posts, persons per day", MODEL, 1.0, compact),
        "vpn": Line("People with a VPN, %", MODEL, 100.0, percent),
    },
    _society_headline,
    height=1.35,
)
POLICY = Panels(
    "measures",
    {
        "disclosed_accounts": Line(
            "Accounts whose data was handed over, since the start of the calendar", HANDED_OVER, 1.0, compact
        ),
        ANSWER: Line(
            "Companies that answer demands for data, with a court order or without", INK, 1.0, "{:.0f}".format
        ),
        "safe_reach": Line("Ties with an app that works and whose owner hands nothing over, %", MODEL, 100.0, percent),
    },
    _policy_headline,
    height=1.6,
    beside=_answering,
)
PICTURES = {
    "society": Picture("Attention, speech, deletions and VPNs", with_luck(SOCIETY.data), SOCIETY.paint, SOCIETY.alt),
    "policy": Picture(
        "Accounts handed over, and ties out of reach of demands", with_luck(POLICY.data), POLICY.paint, POLICY.alt
    ),
}
