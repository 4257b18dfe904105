"""Disputes: when they end and by whom. Forms compete, each dispute predicted from the others, and the best gives the
constants.

What a side has before it (eq. 22) does not depend on the constants as long as nobody gives in. So each case is run once
with neither side giving in, what each has before it is noted by the day, and the odds of every end on every day follow
for any constants, for any private resolve. ``lawshock calibrate disputes`` prints the table of docs/validation.md and
writes it to results/disputes/.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special
from scipy.stats import qmc

from sim.calibration.posterior import Posterior, normalised
from sim.chance import Stream, u, us
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
    "turkey-twitter-2014", "venezuela-x-2024", "india-whatsapp-2021", "russia-telegram-2018", "iran-telegram-2018",
    "brazil-whatsapp-2015", "brazil-whatsapp-2016", "brazil-x-2024", "pakistan-youtube-2012", "pakistan-tiktok-2020",
    "pakistan-tiktok-march-2021", "pakistan-tiktok-july-2021", "turkey-wikipedia-2017", "turkey-youtube-2007",
    "turkey-youtube-2008", "turkey-instagram-2024", "turkey-roblox-2024", "indonesia-tiktok-2018",
    "kenya-telegram-2024",
)  # fmt: skip
"""Cases on which the constants rest: their delay is known, or known to be longer than some days."""
DELAY, WHO = "delay-of-dispute", "who-gave-in"
"""Checks of a case that say when a dispute ended, and by whom."""
SEED = 1
ENDLESS = ("bargaining.unyielding=1.0", "bargaining.state_days=1e9", "bargaining.stakes_spread=0.0")
"""Changes under which neither side gives in."""
TOGETHER = ({"rim-uae-2010", "rim-saudi-2010"},)
"""Disputes of one company over one thing in one summer: neither tells of the other, and both are left out together."""
KINDS: tuple[DemandKind, ...] = ("registration", "takedown", "data")
DATED = 0.25
"""How far off, as a share of it, a delay may be dated: some are known to the week or month."""
LEAST = 1e-6
"""Probability that what was observed has at least: a form that rules it out is not lost for good."""
PLACES = 8192
"""Sets of constants of each form that are tried: the start of a Sobol' sequence over its prior."""
RESAMPLES = 2000
"""Bootstrap samples of disputes."""
DEFAULT, RIVAL = "resolve", "a rate of its own"
"""Form whose constants the model has, and the base rate that forms are held against: the best of them."""

COLUMNS = {
    "form": "what predicts",
    "observed": "days from the first pressure to the end of the dispute; where nobody ended it, days without an end",
    "ended_by": "who gave in",
    "low": "5th percentile of the days predicted from the other disputes; inf is later than the run",
    "median": "50th percentile",
    "high": "95th percentile",
    "by_company": "predicted probability that the company gives in within the run, or the days without an end",
    "by_state": "the same of the state",
    "log_score": "log of the probability given to what was observed: by that side, within a quarter of the delay",
    "crps": "continuous ranked probability score of the delay, over log(1 + days); no end counts as later than any",
    "brier": "squares of what the probabilities of company, state and nobody are off, together",
    "pit": "probability given to an end by the day of what was observed; at random above it where nobody ended it",
    "behind": "log score less that of a rate of its own, summed over disputes: above 0 is better",
    "behind_se": "its standard error, by bootstrap over disputes",
    "crps_behind": "CRPS less that of a rate of its own, the mean over disputes: below 0 is better",
    "crps_behind_se": "its standard error, by bootstrap over disputes",
    "effective": "effective sets of constants, given all disputes",
}


# What a case makes of the constants


@dataclass(frozen=True, slots=True)
class Trace:
    """A dispute in which nobody gives in; each array has the days of the run."""

    name: str
    kind: DemandKind
    since: int
    """Day from which the delay is counted."""
    delay: float
    """Days observed; where no end is, the days without one."""
    by_company: bool | None
    """Who gave in; None where no one did."""
    company: Floats
    """The most that the company has had before it so far, over what a day of not having given in is worth; in days."""
    state: Floats
    """The same of the state."""
    eve: NDArray[np.bool_]
    """Days on whose morrow a step that is announced falls due."""

    @property
    def end(self) -> int:
        """First day that counts no more: after the run, or after what is known of a dispute that nobody ended."""
        return self.company.size if self.by_company is not None else self.since + int(self.delay)


class Watcher:
    """Notes by the day what both sides have before them."""

    def __init__(self, company: str) -> None:
        self._name = company
        self.days: list[tuple[float, float, bool]] = []

    def observe(self, model: Model) -> None:
        """Note a day."""
        dispute = model.companies[self._name].dispute
        eve = dispute is not None and any(step.day == model.day + 1 for step in dispute.steps)
        self.days.append((*(dispute.most if dispute else (0.0, 0.0)), eve))


def trace(name: str, users: int = 2000) -> Trace:
    """Live a case to its end with nobody giving in, and note what is before both sides."""
    case = load_case(name)
    checks = {check.id: check for check in case.checks}
    said = next(check for check in read_toml(case.folder / CHECKS)["checks"] if check["id"] == DELAY)
    company, since = said["company"], case.scenario.day(said["since"])
    scenario = load(case.folder / "scenario.toml", [f"population.users={users}", *ENDLESS])
    demand = next(act for act in scenario.acts if isinstance(act, Demand) and company in act.companies)
    model = Model(scenario, rng=SEED)
    model.companies[company].held = True
    model.recorder = watcher = Watcher(company)
    model.run_for(scenario.days)
    delay = checks[DELAY]
    known = not math.isnan(delay.observed)
    mine, states, eve = zip(*watcher.days, strict=True)
    return Trace(
        name, demand.of, since, delay.observed if known else delay.low,
        checks[WHO].observed == 1.0 if known else None, np.array(mine), np.array(states), np.array(eve),
    )  # fmt: skip


# Forms: what each makes of a case, for any of its constants


@dataclass(frozen=True, slots=True)
class Form:
    """A form, its constants with the ranges in which any value, or any order of magnitude, is as likely as another."""

    constants: dict[str, tuple[float, float]]
    ends: Callable[[Trace, Floats], tuple[Floats, Floats]]
    """(days, N) probabilities that the company, and the state, ends a dispute on each day, for (N, d) constants."""
    linear: tuple[str, ...] = ()
    """Constants in whose range values are alike; of the others, orders of magnitude are."""

    def places(self, count: int) -> Floats:
        """(count, d) sets of constants over the prior."""
        low, high = np.array(list(self.constants.values())).T
        spread = qmc.Sobol(low.size, scramble=True, seed=SEED).random_base2((count - 1).bit_length())[:count]
        logs = np.array([name not in self.linear for name in self.constants])
        floor = np.where(logs, low, 1.0)
        return np.asarray(
            np.where(logs, floor * (np.where(logs, high, 1.0) / floor) ** spread, low + (high - low) * spread)
        )


def by_resolve(one: Trace, constants: Floats) -> tuple[Floats, Floats]:
    """Ends under private resolve (eq. 23, 24): T_f, T_g, sigma_b, pi and 1/nu_d by column."""
    company_days, state_days, spread, unyielding, decision_days = constants.T
    pace = -np.expm1(-1.0 / decision_days)
    with np.errstate(divide="ignore"):
        mine, states = np.log(one.company), np.log(one.state)
    gone = np.zeros((2, len(constants)))
    given = np.zeros((one.company.size, 2, len(constants)))
    for day in range(one.company.size):
        has_enough = (
            (1.0 - unyielding) * special.ndtr((mine[day] - np.log(company_days)) / spread),
            special.ndtr((states[day] - np.log(state_days)) / spread),
        )
        for side, enough in enumerate(has_enough):
            due = 1.0 if side == 0 and one.eve[day] else pace
            gone[side] += due * np.maximum(enough - gone[side], 0.0)
        given[day] = gone
    return compete(one, given[:, 0], given[:, 1])


def compete(one: Trace, mine: Floats, states: Floats) -> tuple[Floats, Floats]:
    """Who ends it first, from (days, N) odds that each side alone would have by each day; given no end before."""
    still = [np.vstack([np.ones((1, odds.shape[1])), 1.0 - odds]) for odds in (mine, states)]
    by_company = -np.diff(still[0], axis=0) * still[1][:-1]
    by_state = -np.diff(still[1], axis=0) * still[0][1:]
    left = np.maximum(still[0][one.since] * still[1][one.since], 1e-12)
    counts = (np.arange(one.company.size) >= one.since)[:, None]
    return np.where(counts, by_company / left, 0.0), np.where(counts, by_state / left, 0.0)


def rates(*, by_kind: bool, spread: bool) -> Callable[[Trace, Floats], tuple[Floats, Floats]]:
    """Ends at rates that know no mechanism: one, or one by kind of demand; the same in all, or spread by a Gamma."""

    def ends(one: Trace, constants: Floats) -> tuple[Floats, Floats]:
        rate, share = constants[:, KINDS.index(one.kind) if by_kind else 0], constants[:, 3 if by_kind else 1]
        days = np.maximum(np.arange(one.company.size + 1) - one.since, 0)[:, None]
        still = np.exp(-rate * days) if not spread else (1.0 + rate * days / constants[:, -1]) ** -constants[:, -1]
        return -np.diff(still, axis=0) * share, -np.diff(still, axis=0) * (1.0 - share)

    return ends


def constant(one: Trace, constants: Floats) -> tuple[Floats, Floats]:
    """Every dispute ends after the same days."""
    ends = (np.arange(one.company.size)[:, None] - one.since == np.floor(constants[:, 0])).astype(float)
    return ends * constants[:, 1], ends * (1.0 - constants[:, 1])


def by_losses(one: Trace, constants: Floats) -> tuple[Floats, Floats]:
    """Proportional hazards: each side's rate goes by a power of what it has before it."""
    power, alone = constants[:, 2], []
    for before, rate, shape in ((one.company, *constants[:, [0, 3]].T), (one.state, *constants[:, [1, 4]].T)):
        felt = before[:, None]
        by_day = np.where(felt > 0.0, rate * np.maximum(felt, 1e-9) ** power, 0.0)
        alone.append(1.0 - (1.0 + np.cumsum(by_day, axis=0) / shape) ** -shape)
    return compete(one, *alone)


RATE, SHARE, SHAPE = (1e-4, 1.0), (0.01, 0.99), (0.1, 5.0)
BY_KIND = {f"rate_{kind}": RATE for kind in KINDS}
FORMS: dict[str, Form] = {
    DEFAULT: Form(
        {"company_days": (0.3, 100.0), "state_days": (100.0, 30_000.0), "stakes_spread": (1.0, 5.0),
         "unyielding": (0.0, 0.6), "decision_days": (3.0, 60.0)},
        by_resolve, ("unyielding",),
    ),
    "losses": Form(
        {"company_rate": (1e-4, 1.0), "state_rate": (1e-5, 0.1), "power": (0.0, 1.5), "company_shape": SHAPE,
         "state_shape": SHAPE},
        by_losses, ("power",),
    ),
    RIVAL: Form(
        {"rate": RATE, "share": SHARE, "shape": SHAPE}, rates(by_kind=False, spread=True), ("share",)
    ),
    "a rate of its own, by kind": Form(
        BY_KIND | {"share": SHARE, "shape": SHAPE}, rates(by_kind=True, spread=True), ("share",)
    ),
    "rates by kind": Form(BY_KIND | {"share": SHARE}, rates(by_kind=True, spread=False), ("share",)),
    "one rate": Form({"rate": RATE, "share": SHARE}, rates(by_kind=False, spread=False), ("share",)),
    "a constant": Form({"days": (1.0, 1000.0), "share": SHARE}, constant, ("share",)),
}  # fmt: skip
"""Forms by name, the default first, base rates last."""


# Predictions and draws


def likelihood(one: Trace, ends: tuple[Floats, Floats]) -> Floats:
    """(N,) probability of what was observed: the end by who gave in, about when; or no end by then."""
    by_company, by_state = ends
    if one.by_company is None:
        return np.asarray(1.0 - (by_company + by_state)[: one.end].sum(axis=0))
    first, last = (one.since + factor * one.delay for factor in (1.0 - DATED, 1.0 + DATED))
    days = slice(int(first), int(np.ceil(last)) + 1)
    return np.asarray((by_company if one.by_company else by_state)[days].sum(axis=0))


def leave_one_out(traces: Sequence[Trace], name: str, count: int = PLACES) -> tuple[pd.DataFrame, Posterior]:
    """Each dispute predicted from the others by a form, a row each; and the constants given all disputes."""
    form = FORMS[name]
    places = form.places(count)
    logs = np.array([np.log(np.maximum(likelihood(one, form.ends(one, places)), LEAST)) for one in traces])
    rows = []
    for number, one in enumerate(traces):
        others = [not _kin(one, other) for other in traces]
        weight = normalised(logs[others].sum(axis=0))
        counts = weight > 1e-3 / count
        by_company, by_state = ((odds * weight[counts]).sum(axis=1) for odds in form.ends(one, places[counts]))
        rows.append({"form": name} | scored(one, by_company, by_state) | {
            "log_score": float(np.log((weight * np.exp(logs[number])).sum()))
        })  # fmt: skip
    return pd.DataFrame(rows), Posterior(places, normalised(logs.sum(axis=0)))


def _kin(one: Trace, other: Trace) -> bool:
    """Whether two cases are one, or one story."""
    names = {one.name, other.name}
    return len(names) == 1 or any(names <= group for group in TOGETHER)


def scored(one: Trace, by_company: Floats, by_state: Floats) -> dict[str, Any]:
    """A prediction, (days,) odds of both ends, beside what was observed; ``COLUMNS`` explains the scores."""
    days = np.arange(one.end - one.since)
    passed = np.cumsum(by_company + by_state)[one.since : one.end]
    ended = (days >= one.delay) & (one.by_company is not None)
    company, state = by_company[: one.end].sum(), by_state[: one.end].sum()
    happened = np.array([one.by_company is True, one.by_company is False, one.by_company is None])
    low, median, high = (
        float(np.searchsorted(passed, level)) if passed[-1] > level else math.inf for level in (0.05, 0.5, 0.95)
    )
    upto = passed[int(one.delay)] if one.by_company is not None else passed[-1]
    above = u(SEED, int(Stream.POSTERIOR), CASES.index(one.name) if one.name in CASES else 0, 99)
    return {
        "case": one.name, "observed": one.delay,
        "ended_by": {True: "company", False: "state", None: "nobody"}[one.by_company],
        "low": low, "median": median, "high": high, "by_company": float(company), "by_state": float(state),
        "crps": float((passed - ended) ** 2 @ (np.log1p(days + 1.0) - np.log1p(days))),
        "brier": float(((np.array([company, state, 1.0 - company - state]) - happened) ** 2).sum()),
        "pit": float(upto if one.by_company is not None else upto + above * (1.0 - upto)),
    }  # fmt: skip


def compared(predictions: pd.DataFrame) -> pd.DataFrame:
    """Forms, a row each: sums and means of scores, and how far each is from the rival, with standard errors."""
    cases = list(dict.fromkeys(predictions["case"]))
    stories = list(dict.fromkeys(next((min(group) for group in TOGETHER if case in group), case) for case in cases))
    story = [stories.index(next((min(group) for group in TOGETHER if case in group), case)) for case in cases]
    picks = np.minimum((draws(RESAMPLES, len(stories)) * len(stories)).astype(int), len(stories) - 1)
    by_form = predictions.set_index(["form", "case"])[["log_score", "crps"]]
    rows = []
    for form, mine in predictions.groupby("form", sort=False):
        apart = by_form.loc[str(form)].loc[cases] - by_form.loc[RIVAL].loc[cases]
        sums = np.stack([np.bincount(story, apart[column]) for column in apart])[:, picks].sum(axis=2)
        log_score, crps = apart.sum()
        rows.append({
            "form": form, "constants": len(FORMS[str(form)].constants), "log_score": mine["log_score"].sum(),
            "behind": log_score, "behind_se": sums[0].std(), "crps": mine["crps"].mean(),
            "crps_behind": crps / len(cases), "crps_behind_se": sums[1].std() / len(cases),
            "brier": mine["brier"].mean(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def draws(rows: int, columns: int) -> Floats:
    """(rows, columns) uniform numbers, by hash."""
    return np.stack([us(SEED, int(Stream.POSTERIOR), np.arange(columns), row) for row in range(rows)])


def dispute_posterior(found: Posterior, count: int, seed: int) -> pd.DataFrame:
    """Equally weighted draws of the constants of the model, given all disputes."""
    chosen = found.draws(count, u(seed, int(Stream.POSTERIOR), 0, 0))
    return pd.DataFrame(chosen, columns=[f"bargaining.{name}" for name in FORMS[DEFAULT].constants])


def report(traces: Sequence[Trace], out: Path, command: str) -> tuple[Posterior, str]:
    """Let all forms predict all disputes, and write what comes of it; give the constants, and the tables as text.

    Raises:
        OutputError: The folder cannot be written.
    """
    found = {name: leave_one_out(traces, name) for name in FORMS}
    predictions = pd.concat([rows for rows, _ in found.values()], ignore_index=True)
    forms = compared(predictions)
    forms["effective"] = [posterior.effective for _, posterior in found.values()]
    default = found[DEFAULT][1]
    bounds = {name: default.quantile(level) for name, level in (("low", 0.05), ("median", 0.5), ("high", 0.95))}
    best = default.places[int(np.argmax(default.weights))]
    constants = pd.DataFrame({"constant": list(FORMS[DEFAULT].constants), "best": best, **bounds})
    tables = {"forms": forms, "predictions": predictions, "constants": constants}
    write_report(
        out, tables, COLUMNS, scenarios={name: load_case(name).scenario for name in CASES}, seeds=[SEED],
        command=command, draw=lambda _: None,
    )  # fmt: skip
    mine = predictions[predictions["form"] == DEFAULT]
    shown = [table.to_string(index=False, float_format="%.3g") for table in (constants, mine, forms)]
    return default, "\n\n".join(shown)
