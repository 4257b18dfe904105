"""Delays of disputes: what each case makes of the constants of bargaining, each case predicted from the others, and
disputes that no constant rests on predicted from all of those.

While a dispute lasts, what the rates of eq. (21) are made of does not depend on the constants. So each case is lived
once with neither side ever giving way, what the rates are made of is noted by the day, and
the odds of every end on every day follow for any constants. ``lawshock calibrate disputes`` prints the table of
docs/validation.md and writes it to results/disputes/.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.actors.bargaining import Reputation
from sim.chance import Stream, u
from sim.evidence.cases import CHECKS, load_case
from sim.model import Model
from sim.results.report import write_report
from sim.scenario.acts import Demand
from sim.scenario.files import load, read_toml
from sim.study.prior import Posterior

if TYPE_CHECKING:
    from sim.scenario.institutions import DemandKind

type Floats = NDArray[np.float64]

CASES = (
    "turkey-2020", "nigeria-2021", "indonesia-2022", "vietnam-2020", "india-it-rules-2021", "rim-uae-2010",
    "rim-saudi-2010", "russia-linkedin-2016", "russia-twitter-2021", "pakistan-2024", "uganda-2021",
)  # fmt: skip
"""Cases on which the constants rest: their delay is known, or known to be longer than the run."""
UNSEEN = (
    "indonesia-telegram-2017", "iraq-telegram-2023", "france-telegram-2024", "brazil-telegram-2023",
    "turkey-twitter-2014", "venezuela-x-2024", "india-whatsapp-2021",
)  # fmt: skip
"""Cases that were written when form and constants stood: predicted, and never in a fit."""
DELAY, WHO = "delay-of-dispute", "who-gave-in"
"""Checks of a case that say when a dispute ended, and by whom."""
SEED = 1
PATIENCE = ("bargaining.obstinate=1",)
DATED = 0.25
"""How far off, as a share of it, a delay may be dated: some are known to the week or month."""
COMPANY_DAYS = np.geomspace(10.0, 10_000.0, 13)
STATE_DAYS = np.geomspace(10.0, 2_000.0, 16)
STANDING = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0])
OBSTINATE = np.array([0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9])
CONSTANTS = ("company_days", "state_days", "standing", "obstinate")
GRID = np.array(list(itertools.product(COMPANY_DAYS, STATE_DAYS, STANDING, OBSTINATE)))
"""(N, 4) constants that are tried, all alike before anything is seen: T_f, T_g, c_0 and z."""
TOGETHER = ({"rim-uae-2010", "rim-saudi-2010"},)
"""Disputes of one company over one thing in one summer: neither tells of the other, and both are left out together."""
RATES = np.geomspace(1e-4, 1.0, 161)
"""Rates of the rival that knows no mechanism: disputes end at one rate, whatever they are about."""

COLUMNS = {
    "observed": "days from the first pressure to the end of the dispute; where nobody ended it, days without an end",
    "ended_by": "who gave in",
    "low": "5th percentile: of the days predicted from other cases, or of a constant; inf is later than the run",
    "median": "50th percentile of the days predicted",
    "high": "95th percentile",
    "share_by_company": "predicted share of ends that are the company's, of those within the run",
    "in_band": "whether what was observed lies from low to high",
    "log_score": "log of the probability given to what was observed: by that side, within a quarter of the delay",
    "log_score_of_one_rate": "the same of a rival in which all disputes end at one rate",
    "best": "value in the set of constants that fits all cases best",
}


@dataclass(frozen=True, slots=True)
class Trace:
    """What a case makes of the constants, by the day; each array has the days of the run."""

    name: str
    since: int
    """Day from which the delay is counted."""
    delay: float
    """Days observed; where no end is, the days without one."""
    by_company: bool | None
    """Who gave in; None where no one did."""
    parts: int
    unforced: Floats
    """Rate at which the company would give in without a sanction, or before there is one (1/day)."""
    in_use: Floats
    """Share of the use of its platforms that goes on; 0 before and after pressure."""
    trade: Floats
    gain: Floats
    cost: Floats
    net: Floats


class Watcher:
    """Notes by the day what a company's rates are made of; lost use is that of the evening."""

    def __init__(self, company: str, kind: DemandKind) -> None:
        self._name, self._kind = company, kind
        self.days: list[tuple[float, ...]] = []

    def observe(self, model: Model) -> None:
        """Note a day."""
        company, kind = model.companies[self._name], self._kind
        side, docket = company.bargaining, company.docket
        if docket.unmet() != kind:
            self.days.append((0.0,) * 6)
        elif side.dispute is None:
            self.days.append((docket.rate(kind), *(0.0,) * 5))
        else:
            unforced = docket.unforced(kind)
            gain = model.ladder.gain * model.scenario.decision.demand_stakes[kind]
            net = max(company.net_of_refusing(kind), 0.0)
            self.days.append((unforced, 1.0 - side.use_lost(), side.trade_lost(), gain, side.company_cost(), net))


def trace(name: str, users: int = 2000) -> Trace:
    """Live a case to its end with nobody giving in, and note what rates are made of."""
    case = load_case(name)
    checks = {check.id: check for check in case.checks}
    said = next(check for check in read_toml(case.folder / CHECKS)["checks"] if check["id"] == DELAY)
    company, since = said["company"], case.scenario.day(said["since"])
    scenario = load(case.folder / "scenario.toml", [f"population.users={users}", *PATIENCE])
    demand = next(act for act in scenario.acts if isinstance(act, Demand) and company in act.companies)
    model = Model(scenario, rng=SEED)
    model.companies[company].held = True
    model.recorder = watcher = Watcher(company, demand.of)
    model.run_for(scenario.days)
    delay = checks[DELAY]
    known = not math.isnan(delay.observed)
    return Trace(
        name,
        since,
        delay.observed if known else delay.low,
        checks[WHO].observed == 1.0 if known else None,
        max(len(demand.parts), 1),
        *np.array(watcher.days).T,
    )


def ends(one: Trace, constants: Floats) -> tuple[Floats, Floats]:
    """(days, N) probabilities that the company, and the state, ends the dispute on a day, for (N, 4) constants."""
    company_days, state_days, standing, obstinate = constants.T
    left = np.zeros((one.parts, len(constants)))
    left[0] = 1.0
    reputation = Reputation.at_first(obstinate)
    by_company, by_state = np.zeros((2, one.unforced.size, len(constants)))
    for day in range(one.unforced.size):
        paces = np.zeros((2, len(constants)))
        if one.gain[day] > 0.0:
            paces[0] = one.parts * (standing * one.in_use[day] + one.trade[day]) / (state_days * one.gain[day])
        if one.net[day] > 0.0:
            paces[1] = one.parts * one.cost[day] / (company_days * one.net[day])
        forced, retreat = reputation.hazards(*paces)
        if one.gain[day] == 0.0:
            forced = np.zeros(len(constants))
        reputation.learn(forced, retreat)
        by_company[day] = _give_way(left, one.unforced[day], np.asarray(forced), paces[0])
        by_state[day] = _within_a_day(retreat) * left.sum(axis=0)
        left *= 1.0 - _within_a_day(retreat)
    return by_company, by_state


def _give_way(left: Floats, unforced: float, forced: Floats, known: Floats) -> Floats:
    """Move (parts, N) odds of the parts met so far on by a day, and return (N,) odds that the demand is met on it.

    Unforced, a company meets the whole; forced, the next part: the first at one hazard, the others as one that is
    known for giving way.
    """
    whole = _within_a_day(unforced)
    parts = np.array([forced, *[known] * (len(left) - 1)])
    met = left[:-1].sum(axis=0) * whole + left[-1] * _within_a_day(unforced + parts[-1])
    step = left[:-1] * (1.0 - whole) * _within_a_day(parts[:-1])
    left *= np.exp(-unforced - parts)
    left[1:] += step
    return np.asarray(met)


def _within_a_day(hazards: Floats | float) -> Floats:
    return np.asarray(-np.expm1(-hazards))


def likelihood(one: Trace, by_company: Floats, by_state: Floats) -> Floats:
    """(N,) probability of what was observed: the end by who gave in, about when; or no end by then."""
    if one.by_company is None:
        ended = (by_company + by_state)[: one.since + int(one.delay)].sum(axis=0)
        return np.maximum(1.0 - ended, 1e-6)
    side = by_company if one.by_company else by_state
    first, last = (one.since + factor * one.delay for factor in (1.0 - DATED, 1.0 + DATED))
    return np.maximum(side[int(first) : int(np.ceil(last)) + 1].sum(axis=0), 1e-6)


@dataclass(frozen=True, slots=True)
class Odds:
    """A case, the odds of its ends for all of ``GRID`` (``ends``), and the log likelihood of what was observed."""

    trace: Trace
    by_company: Floats
    by_state: Floats
    logs: Floats

    @classmethod
    def of(cls, one: Trace) -> Self:
        """Work them out."""
        both = ends(one, GRID)
        return cls(one, *both, np.log(likelihood(one, *both)))


def leave_one_out(traces: list[Trace]) -> pd.DataFrame:
    """Each case predicted from the others: delay observed, 5th, 50th and 95th percentile, and the log score of both."""
    odds = [Odds.of(one) for one in traces]
    return pd.DataFrame([_predicted(one, [other for other in odds if not _kin(one, other)]) for one in odds])


def predict(fresh: list[Trace], traces: list[Trace]) -> pd.DataFrame:
    """Each of the fresh cases predicted from the traces alone; the same columns as ``leave_one_out``.

    Raises:
        ValueError: A fresh case is one of the traces, so that it would predict itself.
    """
    if both := {one.name for one in fresh} & {one.name for one in traces}:
        raise ValueError(f"{min(both)}: expected a case that is not predicted from itself")
    known = [Odds.of(one) for one in traces]
    return pd.DataFrame([_predicted(Odds.of(one), known) for one in fresh])


def _kin(one: Odds, other: Odds) -> bool:
    """Whether two cases are one, or one story."""
    names = {one.trace.name, other.trace.name}
    return len(names) == 1 or any(names <= group for group in TOGETHER)


def _predicted(odds: Odds, others: list[Odds]) -> dict[str, Any]:
    """A case as the others weigh the constants, as a row."""
    one = odds.trace
    weight = _weights(np.sum([other.logs for other in others], axis=0))
    by_company, by_state = odds.by_company @ weight, odds.by_state @ weight
    low, median, high = (_quantile(by_company + by_state, p, one.since) for p in (0.05, 0.5, 0.95))
    return {
        "case": one.name,
        "observed": one.delay,
        "ended_by": {True: "company", False: "state", None: "nobody"}[one.by_company],
        "low": low,
        "median": median,
        "high": high,
        "share_by_company": by_company.sum() / (by_company.sum() + by_state.sum()),
        "in_band": high >= one.delay if one.by_company is None else low <= one.delay <= high,
        "log_score": float(np.log(weight @ np.exp(odds.logs))),
        "log_score_of_one_rate": _one_rate(one, [other.trace for other in others]),
    }


def dispute_posterior(traces: list[Trace], count: int, seed: int) -> tuple[pd.DataFrame, float]:
    """Equally weighted draws of the constants given all cases, within cells of the grid, and their effective number.

    Args:
        traces: The cases.
        count: Draws.
        seed: Of the draws.
    """
    weight = _weights(np.sum([np.log(likelihood(one, *ends(one, GRID))) for one in traces], axis=0))
    axes = (COMPANY_DAYS, STATE_DAYS, STANDING, OBSTINATE)
    columns = {}
    chosen = Posterior(GRID, weight).draws(count, u(seed, int(Stream.POSTERIOR), 0, 0))
    for n, (name, axis) in enumerate(zip(CONSTANTS, axes, strict=True)):
        edges = np.concatenate([axis[:1], (axis[1:] + axis[:-1]) / 2, axis[-1:]])
        cell = np.searchsorted(axis, chosen[:, n])
        place = np.array([u(seed, int(Stream.POSTERIOR), draw, 1 + n) for draw in range(count)])
        columns[f"bargaining.{name}"] = edges[cell] + (edges[cell + 1] - edges[cell]) * place
    return pd.DataFrame(columns), float(1.0 / (weight**2).sum())


def best(traces: list[Trace]) -> tuple[Floats, Floats]:
    """(4,) constants that fit all cases best, and (4, 2) bounds of the middle nine tenths of each."""
    logs = np.sum([np.log(likelihood(one, *ends(one, GRID))) for one in traces], axis=0)
    weight = _weights(logs)
    bounds = []
    for column in GRID.T:
        order = np.argsort(column, kind="stable")
        passed = np.cumsum(weight[order])
        bounds.append([column[order][np.searchsorted(passed, p)] for p in (0.05, 0.95)])
    return GRID[int(np.argmax(logs))], np.array(bounds)


def _weights(logs: Floats) -> Floats:
    weight: Floats = np.exp(logs - logs.max())
    return np.asarray(weight / weight.sum())


def _quantile(ended: Floats, p: float, since: int) -> float:
    passed: Floats = np.cumsum(ended)
    return float(np.searchsorted(passed, p) - since) if passed[-1] > p else np.inf


def _one_rate(one: Trace, others: list[Trace]) -> float:
    """Log score of the rival: one rate for all disputes, learnt from the others, and their share of companies."""

    def seen(one: Trace) -> Floats:
        if one.by_company is None:
            return np.exp(-RATES * one.delay)
        return np.exp(-RATES * (1.0 - DATED) * one.delay) - np.exp(-RATES * ((1.0 + DATED) * one.delay + 1.0))

    weight = _weights(np.sum([np.log(np.maximum(seen(other), 1e-6)) for other in others], axis=0))
    ended = [other.by_company for other in others if other.by_company is not None]
    company = (sum(ended) + 1.0) / (len(ended) + 2.0)
    who = {True: company, False: 1.0 - company, None: 1.0}[one.by_company]
    return float(np.log(who * (weight @ seen(one))))


def report(traces: list[Trace], fresh: list[Trace], out: Path, command: str) -> str:
    """Write what comes of the cases, and of those that no constant rests on; give it as text.

    Raises:
        OutputError: The folder cannot be written.
    """
    tables = {"leave_one_out": leave_one_out(traces), "unseen": predict(fresh, traces)}
    constants, bounds = best(traces)
    known = pd.DataFrame({"constant": CONSTANTS, "best": constants, "low": bounds[:, 0], "high": bounds[:, 1]})
    write_report(
        out, tables | {"constants": known}, COLUMNS,
        scenarios={name: load_case(name).scenario for name in CASES + UNSEEN}, seeds=[SEED], command=command,
        draw=lambda _: None,
    )  # fmt: skip
    said = [known.to_string(index=False, float_format="%.4g")]
    for name, table in tables.items():
        sums = table[["log_score", "log_score_of_one_rate"]].sum()
        told = f"{int(table['in_band'].sum())} of {len(table)} in the band; log scores {sums.round(1).to_dict()}"
        said += [table.to_string(index=False, float_format="%.3g"), f"{name}: {told}"]
    return "\n\n".join(said)
