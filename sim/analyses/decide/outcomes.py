"""By what levers are judged: outcomes of one run, each with the side that is better for the people concerned.

None can be turned round: more data handed over, less access or more sanctions cannot be aimed at (docs/limits.md).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.actors.calendar import NO_COURT
from sim.analyses.sensitivity.discover import Event, read_event
from sim.scenario.institutions import COURT_AGAIN
from sim.scenario.schema import Scenario
from sim.scenario.stances import STANCES
from sim.study.design import DesignError

THRESHOLD = "--threshold"
TABLES = ("measures", "acts")
"""Tables of a run that outcomes read, beside its headline measures."""
SIDES = {"fewer": ("<", "<="), "more": (">", ">=")}


@dataclass(frozen=True, slots=True)
class Lived:
    """What outcomes read of a run."""

    scenario: Scenario
    measures: pd.DataFrame
    """By the day."""
    acts: pd.DataFrame
    """The log."""
    headlines: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Something that a lever may change, and which side of it is better; none where that is for nobody to say."""

    name: str
    unit: str
    better: Literal["fewer", "more", ""]
    meaning: str
    of: Callable[[Lived], float]


def outcomes(scenario: Scenario) -> tuple[Outcome, ...]:
    """Every outcome, those that are judged first."""
    apps = (
        Outcome(
            f"{app} holders", "points", "", f"people who have {app}, in percent, 180 days after the law",
            lambda lived, app=app: lived.headlines[f"{app} share"],  # type: ignore[misc]
        )
        for app in scenario.platforms
    )  # fmt: skip
    return (*JUDGED, *apps)


def parse_threshold(text: str) -> Event:
    """Read ``outcome <= level``; only on the side that is better.

    Raises:
        DesignError: The text is nothing of the kind, there is no such outcome, or its better side is the other.
    """
    event = read_event(text, [outcome.name for outcome in JUDGED], THRESHOLD, "outcome")
    better = next(outcome.better for outcome in JUDGED if outcome.name == event.measure)
    if event.relation not in SIDES[better]:
        expected = " or ".join(f"'{event.measure} {sign} {event.level:g}'" for sign in SIDES[better])
        raise DesignError(
            f"{THRESHOLD}: expected {expected}, as {better} of it is better for people, found {text!r}; "
            "docs/limits.md says what may not be aimed at"
        )
    return event


def court_needed(lived: Lived) -> NDArray[np.bool_]:
    """Of each day: whether authorities needed a court order to demand data, by the log."""
    dates = pd.to_datetime(lived.measures["date"]).to_numpy()
    needed = np.full(len(dates), lived.scenario.law.court_order_required)
    for date, verb, sentence in _told(lived.acts, ("enact a law", "rule")):
        if verb == "enact a law" or COURT_AGAIN in sentence:
            needed[dates >= date] = NO_COURT not in sentence
    return needed


def _told(acts: pd.DataFrame, verbs: Iterable[str]) -> Iterable[tuple[np.datetime64, str, str]]:
    mine = acts[acts["verb"].astype(str).isin([*verbs])]
    return zip(pd.to_datetime(mine["date"]).to_numpy(), mine["verb"].astype(str), mine["sentence"], strict=True)


def _by_day(lived: Lived) -> NDArray[np.float64]:
    """Accounts handed over on each day."""
    return np.diff(lived.measures["disclosed_accounts"].to_numpy(dtype=float), prepend=0.0)


def _without_court(lived: Lived) -> float:
    return float(_by_day(lived)[~court_needed(lived)].sum())


def _beyond(lived: Lived) -> float:
    safe = lived.measures["safe_reach"].to_numpy(dtype=float)
    return float(100 * np.where(court_needed(lived), 1.0, safe).mean())


def _left(lived: Lived) -> float:
    return float(lived.acts.loc[lived.acts["verb"].astype(str) == STANCES["exit"].verb, "actor"].nunique())


JUDGED = (
    Outcome(
        "accounts handed over without a court", "accounts", "fewer",
        "accounts whose data companies handed over on days on which no court order was needed", _without_court,
    ),
    Outcome(
        "accounts handed over", "accounts", "fewer", "accounts whose data companies handed over, with a court or not",
        lambda lived: float(_by_day(lived).sum()),
    ),
    Outcome(
        "contacts beyond demands without a court", "points", "more",
        "contacts who can be reached on an app whose owner hands nothing over, in percent; all of them on days on "
        "which a court order is needed; mean over all days", _beyond,
    ),
    Outcome(
        "blocked platform-days", "days", "fewer",
        "days on which the mean user could use less than half of a platform, added up over platforms",
        lambda lived: lived.headlines["blocked platform-days"],
    ),
    Outcome(
        "furthest sanction", "rungs", "fewer", "furthest sanction against any company, as a rung from 0 to 6",
        lambda lived: lived.headlines["furthest sanction"],
    ),
    Outcome("companies that left", "companies", "fewer", "companies that left the market", _left),
)  # fmt: skip
"""Outcomes with a better side."""
