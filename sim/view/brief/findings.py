"""What an ensemble shows, as sentences, in the order in which a reader of policy asks."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.measures import (
    CLUSTER_DAYS,
    FURTHEST_SANCTION,
    OUT_OF_REACH,
    SETTLED_DAYS,
    WAVE_DAYS,
    focus,
    measured,
)
from sim.results.bands import percentiles
from sim.results.ensemble import Ensemble
from sim.scenario.acts import CourtRuling, Enact
from sim.scenario.calendar import dated
from sim.scenario.schema import Scenario
from sim.scenario.words import day_in_words, listed, number
from sim.view.brief.sentences import Band, Finding, span, tell_change, tell_level, tell_ratio

FEW_RUNS = 10
"""Fewer replicates than this make a band a rough guess, and the brief says so."""
SHARE = " share"
LEAST_KNOWN = 0.5
"""Share of replicates that must have a number before a sentence may compare it."""


@dataclass(frozen=True)
class Numbers:
    """Headline measures of every replicate (rows) by name (columns), and their units and meanings."""

    scenario: Scenario
    values: pd.DataFrame
    summary: pd.DataFrame
    is_plausible: bool
    """Whether replicates live plausible worlds, so that bands hold more than luck."""

    @classmethod
    def of(cls, ensemble: Ensemble, summary: pd.DataFrame) -> Numbers:
        """Measure every replicate; ``summary`` is ``summarise(ensemble)``."""
        values = pd.DataFrame([measured(run) for run in ensemble.runs])
        return cls(ensemble.scenario, values, summary.set_index("measure"), ensemble.best is not None)

    def band(self, name: str) -> Band:
        """The band of a measure, as in the summary."""
        row = self.summary.loc[name]
        return Band(row["low"], row["median"], row["high"])

    def counts(self, name: str) -> str:
        """How many replicates have which value of a measure that comes in a few whole numbers."""
        return str(self.summary.loc[name, "counts"])

    def unit(self, name: str) -> str:
        """Unit of a measure."""
        return str(self.summary.loc[name, "unit"])

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


Teller = Callable[[Numbers, re.Match[str]], Finding | None]


def findings(numbers: Numbers) -> list[Group]:
    """Every headline measure that says something of its own, told once, under four headings."""
    told: dict[str, list[Finding]] = {heading: [] for heading in HEADINGS}
    for name in numbers.summary.index:
        heading, finding = _tell(numbers, name)
        if finding:
            told[heading].append(finding)
    return [Group(heading, tuple(found)) for heading, found in told.items() if found]


def in_short(groups: list[Group], numbers: Numbers) -> list[Finding]:
    """The few that a hurried reader should take away: what is clear, and of the platforms the largest move each way."""
    clear = [one for group in groups for one in group.findings if one.verdict in ("rose", "fell", "level")]
    by_name = {one.measure: one for one in clear}
    changes = [f"{name} change" for name in numbers.scenario.platforms if f"{name} change" in by_name]
    changes.sort(key=lambda name: numbers.band(name).middle)
    moves = [name for name in (*changes[-1:], *changes[:1]) if by_name[name].verdict in ("rose", "fell")]
    wanted = ["companies announced", *moves, "blocked platform-days"]
    return [by_name[name] for name in dict.fromkeys(wanted) if name in by_name]


def _tell(numbers: Numbers, name: str) -> tuple[str, Finding | None]:
    for heading, pattern, tell in TELLERS:
        match = re.fullmatch(pattern, name)
        if match:
            return heading, tell(numbers, match)
    meaning = str(numbers.summary.loc[name, "meaning"])
    subject = meaning[0].upper() + meaning[1:]
    return HEADINGS[-1], tell_level(name, subject, numbers.band(name), numbers.unit(name))


def _settled(numbers: Numbers) -> str:
    """The day on which lasting effects are read, in words."""
    last = min(focus(numbers.scenario) + pd.Timedelta(days=SETTLED_DAYS), pd.Timestamp(numbers.scenario.end))
    return day_in_words(last.date())


def _share(numbers: Numbers, match: re.Match[str]) -> Finding:
    app, band = match["app"], numbers.band(f"{match['app']} share")
    reached = f", to {band.said} % {span(band)} on {_settled(numbers)}"
    name = f"{app} change"
    return tell_change(name, f"The share of people who hold {app}", numbers.band(name), "points", reached)


def _installs(numbers: Numbers, match: re.Match[str]) -> Finding:
    subject = f"Weekly installs of {match['app']}"
    where = f", in the busiest week of the {WAVE_DAYS} days from {_focus(numbers)}"
    return tell_ratio(match[0], subject, numbers.band(match[0]), "the quiet level", where)


def _focus(numbers: Numbers) -> str:
    return day_in_words(focus(numbers.scenario).date())


def _announced(numbers: Numbers, match: re.Match[str]) -> Finding:
    companies = len(numbers.scenario.companies)
    subject = f"Of {companies} companies, those that had made a stop public by {_settled(numbers)}"
    return _tell_counts(numbers, match[0], subject)


def _tell_counts(numbers: Numbers, name: str, subject: str) -> Finding:
    """What comes in a few whole numbers, as how many runs have which."""
    return Finding(name, "level", f"{subject}: {numbers.counts(name)} of {len(numbers.values)} runs.")


def _cluster(numbers: Numbers, match: re.Match[str]) -> Finding:
    subject = f"Most companies that made a stop public within {CLUSTER_DAYS} days of one another"
    return _tell_counts(numbers, match[0], subject)


def _produced(numbers: Numbers, match: re.Match[str]) -> Finding:
    before, after = (f"{match['company']} produced {when}" for when in ("before", "after"))
    first, then = (numbers.band(name).said for name in (before, after))
    levels = f", from {first} % before {_focus(numbers)} to {then} % after"
    gap = numbers.difference(after, before)
    subject = f"The share of requests that brought data from {match['company']}"
    if not gap.is_known:
        text = f"{subject} cannot be compared: too few runs have requests both before and after {_focus(numbers)}."
        return Finding(after, "unknown", text)
    return tell_change(after, subject, gap, "points", levels)


def _sanction(numbers: Numbers, match: re.Match[str]) -> Finding:
    return _tell_counts(numbers, match[0], "Furthest sanction against any company")


def _blocked(numbers: Numbers, match: re.Match[str]) -> Finding:
    days = numbers.values[match[0]]
    runs = len(days)
    if not days.any():
        return Finding(
            match[0], "level", f"No platform was blocked for most users on any day of any of the {runs} runs."
        )
    told = f"in {int((days > 0).sum())} of {runs} runs, for {number(days.median())} platform-days in the median run"
    text = f"Platforms were blocked for most users {told} {span(numbers.band(match[0]))}."
    return Finding(match[0], "level", text)


def _change_of(subject: str) -> Teller:
    def tell(numbers: Numbers, match: re.Match[str]) -> Finding:
        return tell_change(
            match[0], subject, numbers.band(match[0]), numbers.unit(match[0]), f", by {_settled(numbers)}"
        )

    return tell


def _deletions(numbers: Numbers, match: re.Match[str]) -> Finding:
    where = f", in the 30 days from {_focus(numbers)}"
    return tell_ratio(match[0], "Daily deletions of posts", numbers.band(match[0]), "the quiet level", where)


def _disclosed(numbers: Numbers, match: re.Match[str]) -> Finding:
    subject = f"Accounts whose data companies handed over from {_focus(numbers)} to the last day"
    return tell_level(match[0], subject, numbers.band(match[0]), "accounts")


def _out_of_reach(numbers: Numbers, match: re.Match[str]) -> Finding:
    """Beside who hands over what, and under which rule: alone it would read as praise of whatever brought it about."""
    subject = "The share of ties that have an app which works and whose owner hands nothing over"
    told = tell_change(match[0], subject, numbers.band(match[0]), "points", f", by {_settled(numbers)}")
    stopped = f"{numbers.counts('companies announced')} of {len(numbers.values)} runs"
    text = f"{told.text} It moves with who answers demands (companies that stopped: {stopped}), and under which rule: "
    return Finding(told.measure, told.verdict, f"{text}{_court(numbers.scenario)}.")


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


def _elsewhere(numbers: Numbers, match: re.Match[str]) -> None:
    """Told with another measure, or in the summary table alone."""
    del numbers, match


HEADINGS = ("What the companies do", "What the people do", "What the authorities do", "What else changes")
COMPANIES, PEOPLE, AUTHORITIES, REST = HEADINGS
TELLERS: tuple[tuple[str, str, Teller], ...] = (
    (COMPANIES, "companies announced", _announced),
    (COMPANIES, f"announcements in {CLUSTER_DAYS} days", _cluster),
    (COMPANIES, "(?P<company>.+) produced after", _produced),
    (COMPANIES, "(?P<company>.+) (produced before|requests after)", _elsewhere),
    (COMPANIES, "disclosed accounts", _disclosed),
    (COMPANIES, OUT_OF_REACH, _out_of_reach),
    (PEOPLE, "multi-homing change", _change_of("The share of people with two apps or more")),
    (REST, "VPN change", _change_of("The share of people with a VPN")),
    (REST, "deletion ratio", _deletions),
    (PEOPLE, "(?P<app>.+) change", _share),
    (PEOPLE, "(?P<app>.+) install jump", _installs),
    (PEOPLE, "(?P<app>.+) (share|installs)", _elsewhere),
    (AUTHORITIES, FURTHEST_SANCTION, _sanction),
    (AUTHORITIES, "blocked platform-days", _blocked),
)
"""Heading, names of measures, and how they are told; the first that fits. A measure without a rule is just stated."""


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
    if numbers.is_plausible and (wider := how_much_wider(numbers.summary)):
        yield wider
    if runs < FEW_RUNS:
        yield f"With fewer than {FEW_RUNS} runs the bands are rough: do not quote them."


def how_much_wider(summary: pd.DataFrame) -> str:
    """How many times as wide as luck alone makes it the band of each app's share is; nothing where there is no luck."""
    shares = summary[summary.index.str.endswith(SHARE)]
    luck = shares["chance_high"] - shares["chance_low"]
    times = ((shares["high"] - shares["low"]) / luck)[luck > 0]
    told = [f"{name.removesuffix(SHARE)} {number(round(ratio, 1))}" for name, ratio in times.items()]
    if not told:
        return ""
    return f"Bands of the share of people who have an app are this many times as wide as luck alone: {listed(told)}."
