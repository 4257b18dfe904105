"""Delays of disputes: what each case makes of the constants of bargaining, each case predicted from the others, and
disputes that no constant rests on predicted from all of those.

While a dispute lasts, what the rates of eq. (21) are made of does not depend on the constants. So each case is run
once with neither side ever giving way, what the rates are made of is noted by the day, and the odds of every end on
every day follow for any constants, and for any draw of what the demand is worth to either side (eq. 23), over which
they are then averaged. ``lawshock calibrate disputes`` prints the table of docs/validation.md and writes it to
results/disputes/.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from sim.actors.stakes import sigma
from sim.calibration.posterior import Posterior, normalised
from sim.chance import Stream, u
from sim.evidence.cases import CHECKS, load_case
from sim.model import Model
from sim.results.folder import write_report
from sim.scenario.acts import Demand
from sim.scenario.files import load, read_toml
from sim.scenario.institutions import DemandKind

type Floats = NDArray[np.float64]

CASES = (
    "turkey-2020", "nigeria-2021", "indonesia-2022", "vietnam-2020", "india-it-rules-2021", "rim-uae-2010",
    "rim-saudi-2010", "russia-linkedin-2016", "russia-twitter-2021", "pakistan-2024", "uganda-2021",
    "indonesia-telegram-2017", "iraq-telegram-2023", "france-telegram-2024", "brazil-telegram-2023",
    "turkey-twitter-2014", "venezuela-x-2024", "india-whatsapp-2021",
)  # fmt: skip
"""Cases on which the constants rest: their delay is known, or known to be longer than some days."""
UNSEEN = (
    "russia-telegram-2018", "iran-telegram-2018", "brazil-whatsapp-2015", "brazil-whatsapp-2016", "brazil-x-2024",
    "pakistan-youtube-2012", "pakistan-tiktok-2020", "pakistan-tiktok-march-2021", "pakistan-tiktok-july-2021",
    "turkey-wikipedia-2017", "turkey-youtube-2007", "turkey-youtube-2008", "turkey-instagram-2024",
    "turkey-roblox-2024", "indonesia-tiktok-2018", "kenya-telegram-2024",
)  # fmt: skip
"""Cases that were written before form and constants were tried on them: predicted, and never in a fit."""
DELAY, WHO = "delay-of-dispute", "who-gave-in"
"""Checks of a case that say when a dispute ended, and by whom."""
SEED = 1
PATIENCE = ("bargaining.state_days=1e9", "bargaining.company_days=1e9")
TOGETHER = ({"rim-uae-2010", "rim-saudi-2010"},)
"""Disputes of one company over one thing in one summer: neither tells of the other, and both are left out together."""
NEGLIGIBLE = 1e-8
"""Weight of a place of the grid below which it is left out of a band; all such together have less than 2e-4."""
RATES = np.geomspace(1e-6, 100.0, 321)
"""Rates of rivals that know no mechanism: disputes end at one rate, or each at its own, whatever they are about."""
MEDIANS_OF_RATES = np.s_[80:241]
"""Where the one rate, or their median, may lie: from 1e-4 to 1 a day."""

DATED = 0.25
"""How far off, as a share of it, a delay may be dated: some are known to the week or month."""
COMPANY_DAYS = np.geomspace(10.0, 10_000.0, 7)
STANDING = np.array([0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6])
STATE_STEP, PRINCIPLE_STEP = math.log(10.0) / 4, 1.0
"""Steps of the logs of T_g and of b on the grid."""
STATE_DAYS = np.exp(STATE_STEP * np.arange(0, 21))
PRINCIPLE = np.exp(PRINCIPLE_STEP * np.arange(-5, 8))
GRID = np.array(list(itertools.product(COMPANY_DAYS, STATE_DAYS, STANDING, PRINCIPLE)))
"""(N, 4) constants of one dispute, what is at stake in it among them: T_f, T_g, c_0 and b."""
SHAPE = (COMPANY_DAYS.size, STATE_DAYS.size, STANDING.size, PRINCIPLE.size)
SPREADS = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0])
MEDIANS = np.s_[:, 4:15, :, 2:10]
"""Of the grid, where the medians of T_g (10 to 3,200 days) and b (0.05 to 55) may lie; draws lie in all of it."""
CONSTANTS = ("company_days", "state_days", "standing", "principle", "stakes_spread")
AXES = (COMPANY_DAYS, STATE_DAYS[MEDIANS[1]], STANDING, PRINCIPLE[MEDIANS[3]], SPREADS)
"""Constants that are tried, all alike before anything is seen."""


COLUMNS = {
    "observed": "days from the first pressure to the end of the dispute; where nobody ended it, days without an end",
    "ended_by": "who gave in",
    "low": "5th percentile: of the days predicted from other cases, or of a constant; inf is later than the run",
    "median": "50th percentile",
    "high": "95th percentile",
    "share_by_company": "predicted share of ends that are the company's, of those within the run",
    "in_band": "whether what was observed lies from low to high",
    "log_score": "log of the probability given to what was observed: by that side, within a quarter of the delay",
    "log_score_of_own_rates": "the same of a rival in which each dispute ends at a rate of its own",
    "log_score_of_one_rate": "the same of a rival in which all disputes end at one rate",
    "best": "value in the set of constants that fits all cases best",
}


# What a case makes of the constants


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
    kind_worth: float
    """d: what the kind of demand is feared, and worth, relative to user data."""
    noise: float
    """tau_f."""
    occasions: Floats
    """Rate at which the company thinks about the demand (1/day); 0 once it is met, or not made yet."""
    resolve: Floats
    """Log odds that speak for refusing."""
    at_stake: Floats
    """m g + d (h + k) of eq. (11)."""
    kept: Floats
    """m (g + c) of eq. (11), without a sanction."""
    in_use: Floats
    """Share of the use of its platforms that goes on; 0 before and after pressure."""
    trade: Floats
    gain: Floats
    cost: Floats

    @property
    def begins(self) -> int:
        """Day on which the dispute begins."""
        return int(np.argmax((self.gain > 0.0) | (self.cost > 0.0)))


class Watcher:
    """Notes by the day what a company's rates are made of; lost use is that at the end of the day."""

    def __init__(self, company: str, kind: DemandKind) -> None:
        self._name, self._kind = company, kind
        self.days: list[tuple[float, ...]] = []

    def observe(self, model: Model) -> None:
        """Note a day."""
        company, kind = model.companies[self._name], self._kind
        market = company.spec.market
        pressure = (0.0,) * 4
        if company.unmet() != kind:
            self.days.append((0.0,) * 8)
            return
        if company.dispute is not None:
            gain = model.ladder.gain * company.fear(kind)
            pressure = (1.0 - company.use_lost(), company.trade_lost(), gain, company.company_cost())
        stakes = company.stakes
        at_stake = market * stakes.cooperation + company.fear(kind) * (stakes.harm + company.precedent(kind))
        kept = market * (stakes.cooperation + stakes.friction)
        self.days.append((company.occasions(kind), company.resolve, at_stake, kept, *pressure))


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
        scenario.decision.demand_stakes[demand.of],
        scenario.decision.noise,
        *np.array(watcher.days).T,
    )


# Odds of every end on every day, for any constants


def refusing(one: Trace, principle: Floats) -> tuple[Floats, Floats]:
    """(days, N) rates at which the company would give in unforced (1/day), and the net worth of refusing by the day.

    Args:
        one: The case.
        principle: (N,) b, what refusing a demand of its kind for user data is worth whoever makes it.
    """
    worth = one.kind_worth * np.asarray(principle) * (one.gain > 0.0)[:, None]
    share = np.clip((one.kept[:, None] - worth) / np.maximum(one.at_stake[:, None], 1e-300), 0.0, 1.0)
    with np.errstate(divide="ignore"):
        leaning = (np.log(share) - np.log1p(-share) - one.resolve[:, None]) / one.noise
    asked = (one.occasions > 0.0)[:, None]
    net = np.array([sigma(resolve) for resolve in one.resolve]) * one.at_stake - one.kept
    return (
        np.where(asked, one.occasions[:, None] * special.expit(leaning), 0.0),
        np.where(asked, np.maximum(net[:, None] + worth, 0.0), 0.0),
    )


def ends(one: Trace, constants: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Day by day, (N,) probabilities that the company, and the state, ends the dispute, for (N, 4) constants as
    ``GRID`` has them, given that the demand was not met before there was one.
    """
    company_days, state_days, standing, principle = constants.T
    values, place = np.unique(principle, return_inverse=True)
    unforced, net = refusing(one, values)
    left = np.zeros((one.parts, len(constants)))
    left[0] = 1.0
    for day in range(one.occasions.size):
        company, state = np.zeros((2, len(constants)))
        if day < one.begins:
            yield company, state
            continue
        if one.gain[day] > 0.0:
            company = one.parts * (standing * one.in_use[day] + one.trade[day]) / (state_days * one.gain[day])
        worth = net[day][place]
        np.divide(one.parts * one.cost[day] / company_days, worth, out=state, where=worth > 0.0)
        met = _give_way(left, unforced[day][place], company)
        given = _within_a_day(state) * left.sum(axis=0)
        left *= 1.0 - _within_a_day(state)
        yield met, given


def _give_way(left: Floats, unforced: Floats, forced: Floats) -> Floats:
    """Move (parts, N) odds of the parts met so far on by a day, and return (N,) odds that the demand is met on it.

    Unforced, a company meets the whole; forced, the next part.
    """
    met = left[:-1].sum(axis=0) * _within_a_day(unforced) + left[-1] * _within_a_day(unforced + forced)
    step = left[:-1] * np.exp(-unforced) * _within_a_day(forced)
    left *= np.exp(-unforced - forced)
    left[1:] += step
    return np.asarray(met)


def _within_a_day(hazards: Floats | float) -> Floats:
    return np.asarray(-np.expm1(-hazards))


def likelihood(one: Trace, constants: Floats) -> Floats:
    """(N,) probability of what was observed: the end by who gave in, about when; or no end by then."""
    found = np.zeros(len(constants))
    if one.by_company is None:
        for met, given in itertools.islice(ends(one, constants), one.since + int(one.delay)):
            found += met + given
        return 1.0 - found
    first, last = (one.since + factor * one.delay for factor in (1.0 - DATED, 1.0 + DATED))
    for met, given in itertools.islice(ends(one, constants), int(first), int(np.ceil(last)) + 1):
        found += met if one.by_company else given
    return found


@dataclass(frozen=True, slots=True)
class Odds:
    """A case, and the log likelihood of what was observed, for all constants that are tried (``AXES``)."""

    trace: Trace
    logs: Floats

    @classmethod
    def of(cls, one: Trace) -> Self:
        """Work them out."""
        found = likelihood(one, GRID).reshape(*SHAPE)
        return cls(one, np.log(np.maximum(np.stack([among(found, spread) for spread in SPREADS], axis=-1), 1e-6)))


def draws_about(size: int, step: float, spread: float) -> Floats:
    """(size, size) odds of each place of a grid of logs, for a normal draw around each; the ends have the rest."""
    if spread == 0.0:
        return np.eye(size)
    edges = (np.arange(size - 1)[None, :] + 0.5 - np.arange(size)[:, None]) * step / spread
    below = np.pad(special.ndtr(edges), ((0, 0), (1, 1)), constant_values=((0, 0), (0.0, 1.0)))
    return np.asarray(np.diff(below, axis=1))


def among(found: Floats, spread: float) -> Floats:
    """Means over what the demand may be worth to both sides, by their medians: (SHAPE) to that of ``MEDIANS``."""
    state, company = draws_about(SHAPE[1], STATE_STEP, spread), draws_about(SHAPE[3], PRINCIPLE_STEP, spread)
    return np.asarray(np.einsum("ftcb,st,pb->fscp", found, state, company, optimize=True)[MEDIANS])


def spread_out(weight: Floats) -> Floats:
    """(N,) weights of ``GRID`` that come of weights of all that is tried: the other way round."""
    total = np.zeros(SHAPE)
    for number, spread in enumerate(SPREADS):
        state, company = draws_about(SHAPE[1], STATE_STEP, spread), draws_about(SHAPE[3], PRINCIPLE_STEP, spread)
        medians = np.zeros(SHAPE)
        medians[MEDIANS] = weight[..., number]
        total += np.einsum("fscp,st,pb->ftcb", medians, state, company, optimize=True)
    return total.ravel()


# Predictions and draws


def leave_one_out(odds: list[Odds]) -> pd.DataFrame:
    """Each case predicted from the others: delay observed, 5th, 50th and 95th percentile, and the log score of both."""
    return pd.DataFrame([_predicted(one, [other for other in odds if not _kin(one, other)]) for one in odds])


def predict(fresh: list[Odds], known: list[Odds]) -> pd.DataFrame:
    """Each of the fresh cases predicted from the known alone; the same columns as ``leave_one_out``.

    Raises:
        ValueError: A fresh case is one of the known, so that it would predict itself.
    """
    if both := {one.trace.name for one in fresh} & {one.trace.name for one in known}:
        raise ValueError(f"{min(both)}: expected a case that is not predicted from itself")
    return pd.DataFrame([_predicted(one, known) for one in fresh])


def _kin(one: Odds, other: Odds) -> bool:
    """Whether two cases are one, or one story."""
    names = {one.trace.name, other.trace.name}
    return len(names) == 1 or any(names <= group for group in TOGETHER)


def _predicted(odds: Odds, others: list[Odds]) -> dict[str, Any]:
    """A case as the others weigh the constants, as a row."""
    one = odds.trace
    weight = normalised(np.sum([other.logs for other in others], axis=0))
    at_stake = spread_out(weight)
    counts = at_stake > NEGLIGIBLE
    at_stake, tried = at_stake[counts], GRID[counts]
    daily = (
        (met * at_stake, given * at_stake) for met, given in ends(one, tried)
    )  # no @: its threads cost more than it
    by_company, by_state = np.array([(met.sum(), given.sum()) for met, given in daily]).T
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
        "log_score": float(np.log((weight * np.exp(odds.logs)).sum())),
        "log_score_of_own_rates": _by_rates(one, [other.trace for other in others], SPREADS),
        "log_score_of_one_rate": _by_rates(one, [other.trace for other in others], SPREADS[:1]),
    }


def dispute_posterior(traces: list[Trace], count: int, seed: int) -> tuple[pd.DataFrame, float]:
    """Equally weighted draws of the constants given all cases, within cells of the grid, and their effective number.

    Args:
        traces: The cases.
        count: Draws.
        seed: Of the draws.
    """
    weight = normalised(np.sum([Odds.of(one).logs for one in traces], axis=0)).ravel()
    columns = {}
    chosen = Posterior(np.array(list(itertools.product(*AXES))), weight).draws(
        count, u(seed, int(Stream.POSTERIOR), 0, 0)
    )
    for n, (name, axis) in enumerate(zip(CONSTANTS, AXES, strict=True)):
        edges = np.concatenate([axis[:1], (axis[1:] + axis[:-1]) / 2, axis[-1:]])
        cell = np.searchsorted(axis, chosen[:, n])
        place = np.array([u(seed, int(Stream.POSTERIOR), draw, 1 + n) for draw in range(count)])
        columns[f"bargaining.{name}"] = edges[cell] + (edges[cell + 1] - edges[cell]) * place
    return pd.DataFrame(columns), float(1.0 / (weight**2).sum())


def best(odds: list[Odds]) -> tuple[Floats, Floats]:
    """(5,) constants that fit all cases best, and (5, 3) 5th, 50th and 95th percentile of each."""
    logs = np.sum([one.logs for one in odds], axis=0)
    weight, bounds = normalised(logs), []
    for n, axis in enumerate(AXES):
        passed = np.cumsum(weight.sum(axis=tuple(other for other in range(len(AXES)) if other != n)))
        bounds.append([axis[np.searchsorted(passed, p)] for p in (0.05, 0.5, 0.95)])
    place = np.unravel_index(int(np.argmax(logs)), logs.shape)
    return np.array([axis[number] for axis, number in zip(AXES, place, strict=True)]), np.array(bounds)


def _quantile(ended: Floats, p: float, since: int) -> float:
    passed: Floats = np.cumsum(ended)
    return float(np.searchsorted(passed, p) - since) if passed[-1] > p else np.inf


def _by_rates(one: Trace, others: list[Trace], spreads: Floats) -> float:
    """Log score of a rival: rates of disputes about one median, with one of the spreads of their logs, learnt from the
    others, and their share of companies.
    """
    step = math.log(RATES[1] / RATES[0])
    about = np.concatenate([draws_about(RATES.size, step, spread)[MEDIANS_OF_RATES] for spread in spreads])

    def seen(one: Trace) -> Floats:
        if one.by_company is None:
            return np.asarray(about @ np.exp(-RATES * one.delay))
        first, last = (1.0 - DATED) * one.delay, (1.0 + DATED) * one.delay + 1.0
        return np.asarray(about @ (np.exp(-RATES * first) - np.exp(-RATES * last)))

    weight = normalised(np.sum([np.log(np.maximum(seen(other), 1e-6)) for other in others], axis=0))
    ended = [other.by_company for other in others if other.by_company is not None]
    company = (sum(ended) + 1.0) / (len(ended) + 2.0)
    who = {True: company, False: 1.0 - company, None: 1.0}[one.by_company]
    return float(np.log(who * (weight @ seen(one))))


def report(traces: list[Trace], fresh: list[Trace], out: Path, command: str) -> str:
    """Write what comes of the cases, and of those that no constant rests on; give it as text.

    Raises:
        OutputError: The folder cannot be written.
    """
    known = [Odds.of(one) for one in traces]
    tables = {"leave_one_out": leave_one_out(known), "unseen": predict([Odds.of(one) for one in fresh], known)}
    constants, bounds = best(known)
    spread = dict(zip(("low", "median", "high"), bounds.T, strict=True))
    table = pd.DataFrame({"constant": CONSTANTS, "best": constants, **spread})
    write_report(
        out, tables | {"constants": table}, COLUMNS,
        scenarios={name: load_case(name).scenario for name in CASES + UNSEEN}, seeds=[SEED], command=command,
        draw=lambda _: None,
    )  # fmt: skip
    said = [table.to_string(index=False, float_format="%.4g")]
    for name, table in tables.items():
        sums = table[["log_score", "log_score_of_own_rates", "log_score_of_one_rate"]].sum()
        line = f"{int(table['in_band'].sum())} of {len(table)} in the band; log scores {sums.round(1).to_dict()}"
        said += [table.to_string(index=False, float_format="%.3g"), f"{name}: {line}"]
    return "\n\n".join(said)
