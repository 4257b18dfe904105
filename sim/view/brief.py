"""The brief: what an ensemble says, for readers of policy, as one page: findings, pictures, evidence, assumptions."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim import bounded
from sim.analyses.claims import DEPENDS, OPEN
from sim.analyses.compare.analysis import DIFFERENCES, PAIR_COLUMNS, PAIRS
from sim.analyses.compare.outcomes import BACK, END, PEAK
from sim.analyses.compare.outcomes import COLUMNS as OUTCOME_COLUMNS
from sim.analyses.reproduce import ManifestCommand
from sim.analyses.screening import ENOUGH
from sim.drawing.style import house_style
from sim.measures import (
    ANNOUNCED,
    BLOCKED,
    COARSE,
    COMPANIES,
    DAILY,
    POINTS,
    RUNG,
    Group,
    Measure,
    Sentence,
    headline_measures,
    measured,
    quantities,
)
from sim.results.bands import CHANCE, held, percentiles
from sim.results.ensemble import Ensemble, summarise
from sim.results.folder import BASELINE, MANIFEST
from sim.results.reading import ResultsError, check_hashes, file_of, read_manifest, read_scenario
from sim.scenario.acts import CourtRuling, Enact
from sim.scenario.calendar import dated
from sim.scenario.schema import Scenario
from sim.scenario.words import banded, counted, day_in_words, decimals, ends, listed, number, shown, tally
from sim.view import words
from sim.view.figures import FIGURES
from sim.view.page import Pictures, about, observed, render, seeds_in_words
from sim.view.words import Band, Finding, by_name, capital, tell_change, tell_level

FEW_RUNS = 10
"""Fewer replicates than this make a band a rough guess, and the brief says so."""
LEAST_KNOWN = 0.5
"""Share of replicates that must have a number before a sentence may compare it."""
MOST_TABLE_ROWS = 300
"""Longer tables are shown by the month; the folder of results has them whole."""
MOST_ROWS = (8, 6)
"""Rows of what differs from the baseline, in points and counts."""


def brief(
    ensemble: Ensemble,
    *,
    command: str = "",
    folder: str = "",
    claimed: pd.DataFrame | None = None,
    changed: Sequence[str] = (),
    apart: Apart | None = None,
) -> str:
    """The brief of an ensemble.

    Args:
        ensemble: Replicates of one scenario.
        command: What made the ensemble; a command on the exported scenario when absent.
        folder: Folder of the results that the reader may have, for the commands that check them.
        claimed: What is claimed of the scenario and how sure that is, where it was examined; all text.
        changed: Files of the results that are not what was written; the page says so before it says anything else.
        apart: What differs from the baseline of the run, where it has one.
    """
    scenario, summary = ensemble.scenario, summarise(ensemble)
    numbers = Numbers.of(ensemble, summary)
    found = findings(numbers)
    command = command or f"lawshock run scenario.toml --replicates {len(ensemble.runs)} --seed {ensemble.seeds[0]}"
    pictures = Pictures()
    content = about(scenario) | {
        "runs": len(ensemble.runs), "is_plausible": numbers.is_plausible, "few": FEW_RUNS,
        "wider": how_much_wider(numbers.summary, scenario.platforms) if numbers.is_plausible else "",
        "changed": changed, "seeds": seeds_in_words(ensemble.seeds), "short": in_short(found, numbers),
        "findings": found, "summary": by_name(summary), "pictures": list(_pictures(ensemble, command, pictures)),
        "letters": pictures.letters, "seen": observed(summary), "command": command, "folder": folder,
        "claimed": claimed, "apart": apart,
    }  # fmt: skip
    return render("brief", content)


def _pictures(ensemble: Ensemble, command: str, pictures: Pictures) -> Iterator[dict[str, Any]]:
    """Every picture of an ensemble, with its words and its table."""
    with house_style():
        for name, picture in FIGURES.items():
            data = picture.data(ensemble)
            table = _thinned(data)
            yield {
                "name": name, "caption": picture.caption, "alt": picture.alt(data, ensemble), "table": table,
                "svg": pictures.inline(picture.paint(data, ensemble, command), name),
                "by_month": len(table) < len(data),
            }  # fmt: skip


def _thinned(table: pd.DataFrame) -> pd.DataFrame:
    """The first day of each month where the table is long."""
    dates = next((name for name in ("date", "week") if name in table), None)
    if dates is None or len(table) <= MOST_TABLE_ROWS:
        return table
    days = pd.Series(table[dates].unique())
    return table[table[dates].isin(days.groupby(days.dt.to_period("M")).min())]


# Findings: headline measures as sentences, in the order in which a reader of policy asks


@dataclass(frozen=True)
class Numbers:
    """Headline measures of every replicate (rows) by id (columns), and their summary."""

    scenario: Scenario
    measures: Mapping[str, Measure]
    """Those of the summary, by id, in its order."""
    values: pd.DataFrame
    summary: pd.DataFrame
    is_plausible: bool
    """Whether replicates are plausible worlds, so that bands hold more than chance."""

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
        return f"{self.summary.loc[id, 'counts']} of {len(self.values)} runs"

    def difference(self, after: str, before: str) -> Band:
        """Band of the difference within a replicate; unknown where too few replicates have both."""
        gaps = (self.values[after] - self.values[before]).dropna().to_numpy()
        known = len(gaps) >= max(LEAST_KNOWN * len(self.values), 1)
        return Band(*percentiles(gaps)) if known else Band(np.nan, np.nan, np.nan)


HEADINGS: Mapping[Group, str] = {
    "companies": "What the companies do", "people": "What the people do", "authorities": "What the authorities do",
    "else": "What else changes",
}  # fmt: skip


def findings(numbers: Numbers) -> dict[str, list[Finding]]:
    """Every headline measure that says something of its own, told once, under four headings."""
    found: dict[str, list[Finding]] = {heading: [] for heading in HEADINGS.values()}
    for measure in numbers.measures.values():
        if measure.sentence:
            found[HEADINGS[measure.group]].append(_tell(numbers, measure, measure.sentence))
    return {heading: under for heading, under in found.items() if under}


def in_short(found: Mapping[str, list[Finding]], numbers: Numbers) -> list[Finding]:
    """The few that a hurried reader should take away: what is clear, and of the platforms the largest move each way."""
    clear = [one for under in found.values() for one in under if one.verdict in ("rose", "fell", "level")]
    by_id = {one.measure: one for one in clear}
    changes = [id for app in numbers.scenario.platforms if (id := f"{app}.change") in by_id]
    changes.sort(key=lambda id: numbers.band(id).middle)
    moves = [id for id in (*changes[-1:], *changes[:1]) if by_id[id].verdict in ("rose", "fell")]
    return [by_id[id] for id in dict.fromkeys([ANNOUNCED, *moves, BLOCKED]) if id in by_id]


def _tell(numbers: Numbers, measure: Measure, how: Sentence) -> Finding:
    """A measure in its sentence; without a subject of its own, by its meaning."""
    id, band = measure.id, numbers.band(measure.id)
    subject = how.subject or capital(measure.meaning)
    if how.kind == "level":
        return tell_level(id, subject, band, measure.unit)
    if how.kind == "ratio":
        return tell_change(id, subject, band, "times", how.where, against="the quiet level")
    if how.kind == "counts":
        return Finding(id, "level", f"{subject}: {numbers.counts(id)}.")
    if how.kind == "days":
        days, runs = numbers.values[id], len(numbers.values)
        if not days.any():
            return Finding(id, "level", f"{how.none} of any of the {runs} runs.")
        some = f"in {int((days > 0).sum())} of {runs} runs, for {number(days.median())} {how.where} in the median run"
        return Finding(id, "level", f"{how.subject} {some} {band.span}.")
    if how.kind == "wait":
        waits, runs = numbers.values[id].dropna(), len(numbers.values)
        if waits.empty:
            return Finding(id, "level", f"{how.none} in any of the {runs} runs.")
        some = f"in {len(waits)} of {runs} runs" + ("" if len(waits) == 1 else ", in the middle one")
        return Finding(id, "level", f"{how.subject} {some} after {counted(round(waits.median()), 'day')} {band.span}.")
    return _tell_change(numbers, measure, how)


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
        bands = {"level": f"{level.said} % {level.span}"}
    found = tell_change(measure.id, how.subject, change, unit, how.where.format(**bands))
    if not how.caution:
        return found
    caution = how.caution.format(announced=numbers.counts(ANNOUNCED), court=_court(numbers.scenario))
    return replace(found, text=found.text + caution)


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


def how_much_wider(summary: pd.DataFrame, apps: Iterable[str]) -> str:
    """How many times as wide as chance alone makes it the band of each app's share is; nothing where chance is none."""
    shares = summary.loc[[f"{app}.share" for app in apps]].set_axis([*apps])
    chance = shares["chance_high"] - shares["chance_low"]
    times = ((shares["high"] - shares["low"]) / chance)[chance > 0]
    wider = listed(f"{app} {number(round(ratio, 1))}" for app, ratio in times.items())
    what = "Bands of the share of people who have an app are this many times as wide as luck alone"
    return f"{what}: {wider}." if wider else ""


# What differs from the baseline of a run


@dataclass(frozen=True)
class Apart:
    """A world and its baseline at the end of the run."""

    baseline: str
    """Title of the baseline."""
    day: str
    pairs: int
    has_chance: bool
    """Whether a band of chance alone stands beside that of plausible worlds."""
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
        drawn: Whether pairs are plausible worlds.
    """
    known = {one.id: one for one in quantities(baseline, world)}
    pairs = {str(id): group for id, group in tables[PAIRS].groupby("measure", sort=False)}
    found = []
    for id, of in pairs.items():
        base, other = (of[[side]].to_numpy() for side in ("base", "other"))
        found += words.changes_of(known[id], base, other, known[id].platform, known[id].role)
    table = tables[DIFFERENCES]
    at_end = table[table["when"] == END].set_index("measure")
    chosen, rest = words.rows_of(found, MOST_ROWS)
    rows = [_row(one, pairs[one.id], at_end.loc[one.id] if drawn else None) for one in chosen]
    furthest = table[(table["when"] == PEAK) & table["measure"].str.endswith(DAILY)]
    back = {row.measure: row.date.date() for row in table[table["when"] == BACK].itertuples(index=False)}
    troughs = {}
    for row in furthest.itertuples(index=False):
        levels = (row.base, row.other, row.mean, row.p05, row.p95)
        one = words.Change(row.measure, row.name, row.unit, *levels, (row.mean,), known[row.measure].platform)
        troughs[row.measure] = words.Trough(one, row.date.date(), back.get(row.measure))
    sentence = " ".join(words.sentences(words.parts(found, baseline, world, troughs)))
    return Apart(
        baseline.title, day_in_words(baseline.end), len(found[0].gaps), drawn,
        sentence, pd.DataFrame(rows), len(rest), by_name(table),
    )  # fmt: skip


def read_apart(folder: Path, *, drawn: bool) -> Apart | None:
    """The difference that a folder of ``lawshock run`` keeps; none where the run had no baseline.

    Raises:
        ResultsError: A table of it cannot be read.
    """
    manifest = read_manifest(folder)
    if BASELINE not in manifest["files"]:
        return None
    tables = {}
    for name, columns in ((DIFFERENCES, OUTCOME_COLUMNS), (PAIRS, PAIR_COLUMNS)):
        try:
            tables[name] = bounded.csv(file_of(folder, manifest, f"{name}.csv"), parse_dates=["date"])[list(columns)]
        except (OSError, ValueError, KeyError) as error:
            raise ResultsError(
                f"{folder}: expected {name}.csv beside {BASELINE}, found none that can be read"
            ) from error
    baseline, world = read_scenario(folder / BASELINE), read_scenario(folder / "scenario.toml")
    if unknown := {*tables[PAIRS]["measure"]} - {one.id for one in quantities(baseline, world)}:
        raise ResultsError(f"{folder / PAIRS}.csv: expected ids of quantities, found {min(unknown)!r}; make it again")
    return apart(baseline, world, tables, drawn=drawn)


def _row(one: words.Change, pairs: pd.DataFrame, chance: pd.Series | None) -> dict[str, str]:
    """Levels of both worlds and the difference; of companies and sanctions, how many pairs have which."""
    if one.unit in COARSE:
        before, after = (tally(pairs[side], COARSE[one.unit]) for side in ("base", "other"))
    else:
        before, after = (f"{level}{' %' if one.unit == POINTS else ''}" for level in words.levels(one))
    row = {"by the end of the run": one.name, "baseline": before, "this world": after}
    row |= {f"difference ({held(len(one.gaps), 'pairs')})": "" if one.unit == RUNG else words.signed(one)}
    if chance is not None:
        low, high = (float(chance[CHANCE[end]]) for end in ("p05", "p95"))
        band = " to ".join(ends(low, high, decimals(one.low, one.high, one.mean)))
        row |= {"by luck alone": "" if one.unit in COARSE else band}
    return row


# What the documents claim that one thing does to another

CLAIMS, CLAIMS_TABLE = "claims", "claims.csv"
CLAIM_COLUMNS = ("claim", "by", "median difference (90 % of plausible worlds)", "worlds", "how sure", "explained")


SAID_SINCE = ("power", "horizon", "mode_low", "mode_low_share", "mode_high", "mode_high_share")


def read_claims(folder: Path, command: str) -> pd.DataFrame | None:
    """The claims about the scenario of some results that ``lawshock claims`` left beside their folder.

    Args:
        folder: Of the results.
        command: What made them: of a world that was changed nothing is claimed.

    Raises:
        ResultsError: The claims were changed after they were written.
    """
    place = folder.parent / CLAIMS
    if not (place / MANIFEST).is_file():
        return None
    try:
        mine = ManifestCommand.parse(command)
    except ResultsError:  # results of a scenario with a name of its own kind
        return None
    manifest = read_manifest(place)
    theirs = ManifestCommand.parse(manifest["command"])
    changed = any(option == "--set" for one in (mine, theirs) for option, _ in one.settings)
    if changed or mine.flags or mine.names[0] != theirs.names[0]:
        return None
    check_hashes(place, manifest)
    return claims_in_words(bounded.csv(file_of(place, manifest, CLAIMS_TABLE), parse_dates=["date"]))


def claims_in_words(claims: pd.DataFrame) -> pd.DataFrame:
    """The table of claims for readers: ``CLAIM_COLUMNS``, as text; what a table of before does not say stays empty."""
    rows = []
    claims = claims.reindex(columns=[*claims.columns, *(name for name in SAID_SINCE if name not in claims)])
    for row in claims.itertuples():
        coarse = row.unit == COMPANIES  # a world has whole ones
        low, text, high = banded(row.low, row.median, row.high)
        if coarse:
            low, text, high = (shown(value, 0) for value in (row.low, row.median, row.high))
        sure = str(row.label)
        if sure.startswith(DEPENDS):
            beyond = "above" if row.flip > row.default else "below"
            sure += f": turns {beyond} {number(row.flip)}, here {number(row.default)}"
        sure += f"; not in the form {row.rivals}" if isinstance(row.rivals, str) and row.rivals else ""
        if sure == OPEN and row.power < ENOUGH:
            sure += f": of ten planted effects the screen found {number(row.power)}"
        if not pd.isna(row.horizon):
            sure += f"; its sign turns on {day_in_words(pd.Timestamp(row.horizon).date())}"
        difference = f"{text} {words.unit(row.unit, text)} ({low} to {high})"
        if row.mode_low == row.mode_low:
            ends = [(row.mode_low, row.mode_low_share), (row.mode_high, row.mode_high_share)]
            told = [f"{shown(value, 0) if coarse else number(value)} in {share:.0%}" for value, share in ends]
            difference += f"; two outcomes: {' and '.join(told)}"
        rows.append((
            row.sentence, day_in_words(row.date.date()), difference, f"{row.share:.0%}", sure, f"{row.explained:.0%}"
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))
