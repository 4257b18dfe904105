"""What an ensemble shows, as sentences, in the order in which a reader of policy asks."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.measures import ANNOUNCED, BLOCKED, POINTS, Measure, Sentence, headline_measures, measured
from sim.measures import Group as MeasureGroup
from sim.results.bands import percentiles
from sim.results.ensemble import Ensemble
from sim.scenario.acts import CourtRuling, Enact
from sim.scenario.calendar import dated
from sim.scenario.schema import Scenario
from sim.scenario.words import day_in_words, listed, number
from sim.view.brief.sentences import Band, Finding, span, tell_change, tell_level, tell_ratio

FEW_RUNS = 10
"""Fewer replicates than this make a band a rough guess, and the brief says so."""
LEAST_KNOWN = 0.5
"""Share of replicates that must have a number before a sentence may compare it."""


@dataclass(frozen=True)
class Numbers:
    """Headline measures of every replicate (rows) by id (columns), and their summary."""

    scenario: Scenario
    measures: dict[str, Measure]
    """Those of the summary, by id, in its order."""
    values: pd.DataFrame
    summary: pd.DataFrame
    is_plausible: bool
    """Whether replicates live plausible worlds, so that bands hold more than luck."""

    @classmethod
    def of(cls, ensemble: Ensemble, summary: pd.DataFrame) -> Numbers:
        """Measure every replicate; ``summary`` is ``summarise(ensemble)``."""
        values = pd.DataFrame([measured(run) for run in ensemble.runs])
        measures = {one.id: one for one in headline_measures(ensemble.scenario) if one.is_headline}
        return cls(ensemble.scenario, measures, values, summary.set_index("measure"), ensemble.best is not None)

    def band(self, id: str) -> Band:
        """The band of a measure, as in the summary."""
        row = self.summary.loc[id]
        return Band(row["low"], row["median"], row["high"])

    def counts(self, id: str) -> str:
        """How many replicates have which value of a measure that comes in a few whole numbers."""
        return str(self.summary.loc[id, "counts"])

    def difference(self, after: str, before: str) -> Band:
        """Band of the difference within a replicate; unknown where too few replicates have both."""
        gaps = (self.values[after] - self.values[before]).dropna().to_numpy()
        if len(gaps) < max(LEAST_KNOWN * len(self.values), 1):
            return Band(np.nan, np.nan, np.nan)
        return Band(*percentiles(gaps))


@dataclass(frozen=True, slots=True)
class Group:
    """Sentences under one heading."""

    heading: str
    findings: tuple[Finding, ...]


HEADINGS: dict[MeasureGroup, str] = {
    "companies": "What the companies do",
    "people": "What the people do",
    "authorities": "What the authorities do",
    "else": "What else changes",
}


def findings(numbers: Numbers) -> list[Group]:
    """Every headline measure that says something of its own, told once, under four headings."""
    told: dict[MeasureGroup, list[Finding]] = {group: [] for group in HEADINGS}
    for measure in numbers.measures.values():
        if measure.sentence:
            told[measure.group].append(_tell(numbers, measure, measure.sentence))
    return [Group(HEADINGS[group], tuple(found)) for group, found in told.items() if found]


def in_short(groups: list[Group], numbers: Numbers) -> list[Finding]:
    """The few that a hurried reader should take away: what is clear, and of the platforms the largest move each way."""
    clear = [one for group in groups for one in group.findings if one.verdict in ("rose", "fell", "level")]
    by_id = {one.measure: one for one in clear}
    changes = [id for app in numbers.scenario.platforms if (id := f"{app}.change") in by_id]
    changes.sort(key=lambda id: numbers.band(id).middle)
    moves = [id for id in (*changes[-1:], *changes[:1]) if by_id[id].verdict in ("rose", "fell")]
    return [by_id[id] for id in dict.fromkeys([ANNOUNCED, *moves, BLOCKED]) if id in by_id]


def _tell(numbers: Numbers, measure: Measure, how: Sentence) -> Finding:
    """A measure in its sentence; without a subject of its own, by its meaning."""
    band = numbers.band(measure.id)
    subject = how.subject or measure.meaning[0].upper() + measure.meaning[1:]
    if how.kind == "level":
        return tell_level(measure.id, subject, band, measure.unit)
    if how.kind == "ratio":
        return tell_ratio(measure.id, subject, band, "the quiet level", how.where)
    if how.kind == "counts":
        return Finding(measure.id, "level", f"{subject}: {numbers.counts(measure.id)} of {len(numbers.values)} runs.")
    if how.kind == "days":
        return _tell_days(numbers, measure, how)
    return _tell_change(numbers, measure, how)


def _tell_days(numbers: Numbers, measure: Measure, how: Sentence) -> Finding:
    """What hardly any run has: in how many, and for how long."""
    days = numbers.values[measure.id]
    runs = len(days)
    if not days.any():
        return Finding(measure.id, "level", f"{how.none} of any of the {runs} runs.")
    told = f"in {int((days > 0).sum())} of {runs} runs, for {number(days.median())} {how.where} in the median run"
    return Finding(measure.id, "level", f"{how.subject} {told} {span(numbers.band(measure.id))}.")


def _tell_change(numbers: Numbers, measure: Measure, how: Sentence) -> Finding:
    """A rise or fall, of its own or from another measure, with the level that was reached."""
    change, unit, bands = numbers.band(measure.id), measure.unit, {}
    if how.since:
        bands = {"before": numbers.band(how.since).said, "after": change.said}
        change, unit = numbers.difference(measure.id, how.since), POINTS
        if not change.is_known:
            return Finding(measure.id, "unknown", f"{how.subject} cannot be compared: {how.none}.")
    if how.level:
        level = numbers.band(how.level)
        bands = {"level": f"{level.said} % {span(level)}"}
    told = tell_change(measure.id, how.subject, change, unit, how.where.format(**bands))
    if not how.caution:
        return told
    stopped = f"{numbers.counts(ANNOUNCED)} of {len(numbers.values)} runs"
    caution = how.caution.format(announced=stopped, court=_court(numbers.scenario))
    return Finding(told.measure, told.verdict, told.text + caution)


def _court(scenario: Scenario) -> str:
    """Whether the calendar has data demanded with a court order, and since when."""
    rules = [("the start", scenario.law.court_order_required)]
    for date, act in dated(scenario.acts):
        if isinstance(act, Enact):
            rules.append((day_in_words(date), act.court_order_required))
        elif isinstance(act, CourtRuling) and act.outcome == "court-order-restored":
            rules.append((day_in_words(date), True))
    changes = [rule for before, rule in itertools.pairwise([("", None), *rules]) if rule[1] != before[1]]
    return ", ".join(f"a court order is {'' if needed else 'not '}needed from {since} on" for since, needed in changes)


def cautions(numbers: Numbers) -> Iterator[str]:
    """What a reader must know before reading the bands."""
    runs = len(numbers.values)
    if numbers.is_plausible:
        yield (
            f"A band, in brackets, is the 5th to the 95th percentile over {runs} plausible "
            f"{'world' if runs == 1 else 'worlds'}, each with luck and a draw of the parameters of its own: fitted, or "
            "assumed within what is plausible. In pictures it is pale; the dark band in it is luck alone, in the best "
            "world, and no measure of how sure a result is. Other forms of the model are in neither."
        )
    else:
        yield (
            f"A band, in brackets, is the 5th to the 95th percentile over {runs} {'run' if runs == 1 else 'runs'} that "
            "differ in luck alone. It does not hold the uncertainty of the parameters."
        )
    if numbers.is_plausible and (wider := how_much_wider(numbers.summary, numbers.scenario.platforms)):
        yield wider
    if runs < FEW_RUNS:
        yield f"With fewer than {FEW_RUNS} runs the bands are rough: do not quote them."


def how_much_wider(summary: pd.DataFrame, apps: Iterable[str]) -> str:
    """How many times as wide as luck alone makes it the band of each app's share is; nothing where there is no luck."""
    shares = summary.loc[[f"{app}.share" for app in apps]].set_axis([*apps])
    luck = shares["chance_high"] - shares["chance_low"]
    times = ((shares["high"] - shares["low"]) / luck)[luck > 0]
    told = [f"{app} {number(round(ratio, 1))}" for app, ratio in times.items()]
    if not told:
        return ""
    return f"Bands of the share of people who have an app are this many times as wide as luck alone: {listed(told)}."
