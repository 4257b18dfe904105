"""Levers in plausible worlds: what may be weighed, by what it is judged, what each does, and where it fails.

A lever is a scenario that differs from another by what protects rights, and by nothing else (docs/limits.md). Each
lever, and doing nothing, lives the same worlds with the same luck: world number k has the draw and the seed of number k
under every lever. *Regret* is what a lever misses in a world against whatever does best there (Savage 1951); a lever is
*robust* by the share of worlds in which every threshold holds (satisficing, Starr 1963; Lempert 2003). No lever is
called optimal: which is best depends on the outcome.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

from sim import bounded
from sim.actors.calendar import NO_COURT
from sim.analyses.boxes import BOXES, EDGES, FEWEST_CASES, Event, boxes, read_event
from sim.analyses.compare.analysis import around_one_day
from sim.measures import ACCOUNTS, BLOCKED, SANCTION
from sim.results.bands import CHANCE, spread
from sim.results.posterior import Posterior
from sim.scenario.acts import KINDS
from sim.scenario.calendar import Act
from sim.scenario.differences import Difference, act_sentence, differences
from sim.scenario.fields import leaves
from sim.scenario.files import folder
from sim.scenario.institutions import COURT_AGAIN
from sim.scenario.schema import Scenario
from sim.scenario.stances import STANCES
from sim.study.design import Axis, DesignError
from sim.study.study import Cell, Study
from sim.tables import Run

# What may be weighed: the rule looks at what differs, not at names or intentions

BETTER: Mapping[str, Literal["true", "lower", "higher"]] = {
    "law.court_order_required": "true",
    "law.vagueness": "lower",
    "acts.*.court_order_required": "true",
    "acts.*.text_published": "true",
    "acts.*.vagueness": "lower",
    "press.disclosure_rate": "higher",
    "regulators.*.highest_rung": "lower",
}
"""Values that a lever may move, and to which side."""
LIMITS = "docs/limits.md says why"


class LeverError(ValueError):
    """Something that may not be weighed; the message is one line for the reader of a terminal."""

    for_users = True


@dataclass(frozen=True, slots=True)
class Choice:
    """What is weighed where nothing else is said: names of scenarios, and levels that are good enough."""

    levers: tuple[str, ...]
    thresholds: tuple[str, ...]


def shipped_choice(name: str) -> Choice:
    """The levers and thresholds that come with a scenario; none where it has none."""
    file = folder() / "decide" / f"{name}.toml"
    if not file.is_file():
        return Choice((), ())
    table = bounded.as_toml(file)
    return Choice(tuple(table["levers"]), tuple(table["thresholds"]))


def check_lever(base: Scenario, name: str, lever: Scenario) -> None:
    """Raise ``LeverError`` where a scenario is no lever of ``base``, or one that may coerce or cut off.

    Acts that come new must protect, acts that protect must not go, and values move only to the side that protects.
    """
    found = differences(base, lever)
    if not found:
        raise LeverError(f"{name}: expected a lever, found the same world as the one that it is put beside")
    for what in (*_acts(base, lever), *_values(found)):
        raise LeverError(f"{name}: {what}; {LIMITS}")


def _acts(base: Scenario, lever: Scenario) -> Iterator[str]:
    """What is wrong with the acts that only one of them has."""
    mine, theirs = ({act.id: act for act in world.acts} for world in (base, lever))
    for one, act in theirs.items():
        if _is_new(act, mine) and not act.protects():
            yield f"acts.{one}: expected an act that protects rights ({_protecting()}), found '{act_sentence(act)}'"
    for one, act in mine.items():
        if _is_new(act, theirs) and act.protects():
            yield f"acts.{one}: expected this act to stay, as it protects rights: '{act_sentence(act)}'"


def _is_new(act: Act, others: Mapping[str, Act]) -> bool:
    return act.id not in others or type(others[act.id]) is not type(act)


def _protecting() -> str:
    """Kinds of acts that can protect: those whose class says when."""
    return ", ".join(kind for kind, act in KINDS.items() if act.protects is not Act.protects)


def _values(found: Sequence[Difference]) -> Iterator[str]:
    """What is wrong with the values that differ."""
    for change in found:
        if change.what in ("only here", "only there") and change.key.startswith("acts."):
            continue
        side = next((side for pattern, side in BETTER.items() if fnmatchcase(change.key, pattern)), None)
        if side is None or change.what not in ("value", "act"):
            yield f"{change.key}: expected one of {', '.join(BETTER)}, found another value that differs"
        elif not _protects(change, side):
            expected = "true" if side == "true" else f"{side} than {change.before}"
            yield f"{change.key}: expected {expected}, as it protects rights, found {change.after}"


def _protects(change: Difference, side: Literal["true", "lower", "higher"]) -> bool:
    if side == "true":
        return change.after == "true"
    before, after = float(change.before), float(change.after)
    return after < before if side == "lower" else after > before


# By what levers are judged: more data handed over, less access or more sanctions cannot be aimed at

THRESHOLD = "--threshold"
TABLES = ("measures", "acts")
"""Tables of a run that outcomes read, beside its headline measures."""
SIDES = {"fewer": ("<", "<="), "more": (">", ">=")}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Something that a lever may change, and which side of it is better; none where that is for nobody to say."""

    id: str
    """That of the headline measure, where it is one."""
    name: str
    unit: str
    better: Literal["fewer", "more", ""]
    meaning: str
    of: Callable[[Run], float] | None = None
    """Its value, by ``TABLES``; none where it is a headline measure."""


def outcomes(scenario: Scenario) -> tuple[Outcome, ...]:
    """Every outcome, those that are judged first."""
    apps = (
        Outcome(
            f"{app}.share", f"{app} holders", "points", "",
            f"people who have {app}, in percent, 180 days after the law",
        )
        for app in scenario.platforms
    )  # fmt: skip
    return (*JUDGED, *apps)


def parse_threshold(text: str) -> Event:
    """Read ``outcome <= level``; only on the side that is better.

    Raises:
        DesignError: The text is nothing of the kind, there is no such outcome, or its better side is the other.
    """
    event = read_event(text, JUDGED, THRESHOLD, "outcome")
    better = next(outcome.better for outcome in JUDGED if outcome.id == event.measure)
    if event.relation not in SIDES[better]:
        expected = " or ".join(f"'{event.measure} {sign} {event.level:g}'" for sign in SIDES[better])
        raise DesignError(
            f"{THRESHOLD}: expected {expected}, as {better} of it is better for people, found {text!r}; "
            "docs/limits.md says what may not be aimed at"
        )
    return event


def court_needed(run: Run) -> NDArray[np.bool_]:
    """Of each day: whether authorities needed a court order to demand data, by the log."""
    dates = pd.to_datetime(run.tables["measures"]["date"]).to_numpy()
    needed = np.full(len(dates), run.scenario.law.court_order_required)
    for date, verb, sentence in _logged(run.tables["acts"], ("enact a law", "rule")):
        if verb == "enact a law" or COURT_AGAIN in sentence:
            needed[dates >= date] = NO_COURT not in sentence
    return needed


def _logged(acts: pd.DataFrame, verbs: Iterable[str]) -> Iterable[tuple[np.datetime64, str, str]]:
    mine = acts[acts["verb"].astype(str).isin([*verbs])]
    return zip(pd.to_datetime(mine["date"]).to_numpy(), mine["verb"].astype(str), mine["sentence"], strict=True)


def _by_day(run: Run) -> NDArray[np.float64]:
    """Accounts handed over on each day."""
    return np.diff(run.tables["measures"]["disclosed_accounts"].to_numpy(dtype=float), prepend=0.0)


def _without_court(run: Run) -> float:
    return float(_by_day(run)[~court_needed(run)].sum())


def _beyond(run: Run) -> float:
    safe = run.tables["measures"]["safe_reach"].to_numpy(dtype=float)
    return float(100 * np.where(court_needed(run), 1.0, safe).mean())


def _left(run: Run) -> float:
    acts = run.tables["acts"]
    return float(acts.loc[acts["verb"].astype(str) == STANCES["exit"].verb, "actor"].nunique())


JUDGED = (
    Outcome(
        "accounts_without_court", "accounts handed over without a court", "accounts", "fewer",
        "accounts whose data companies handed over on days on which no court order was needed", _without_court,
    ),
    Outcome(
        ACCOUNTS, "accounts handed over", "accounts", "fewer",
        "accounts whose data companies handed over, with a court or not",
        lambda run: float(_by_day(run).sum()),
    ),
    Outcome(
        "beyond_demands", "contacts beyond demands without a court", "points", "more",
        "contacts who can be reached on an app whose owner hands nothing over, in percent; all of them on days on "
        "which a court order is needed; mean over all days", _beyond,
    ),
    Outcome(
        BLOCKED, "blocked platform-days", "days", "fewer",
        "days on which the mean user could use less than half of a platform, added up over platforms",
    ),
    Outcome(
        SANCTION, "furthest sanction", "rungs", "fewer", "furthest sanction against any company, as a rung from 0 to 6",
    ),
    Outcome("companies_left", "companies that left", "companies", "fewer", "companies that left the market", _left),
)  # fmt: skip
"""Outcomes with a better side."""


# What levers do in plausible worlds

NOTHING = "nothing is done"
"""What the base is called among the levers."""
ALL = "all thresholds"
DIGITS = 6
"""Decimals to which outcomes are read, so that equal worlds are equal."""
WORLDS_PER_CHANCE = 4
"""Plausible worlds for each run in the best world: its band of luck alone stands inside the other, and is no answer."""
SURE = 0.05
"""Holm's level of a screening of all numbers that were drawn."""
COVERAGE_Z = 1.6448536269514722
"""Of a 90 % interval."""
COLUMNS = {
    "lever": "what is done; 'nothing is done' is the scenario as it is",
    "world": "number of the plausible world, which is the seed of its run and of its draw",
    "outcome": "id of what is looked at, which names its column in values.csv",
    "name": "what it is called",
    "better": "side of the outcome that is better for people; empty where that is for nobody to say",
    "level": "mean over worlds; of points in percent",
    "p05": "5th percentile over plausible worlds, chance and parameters together, of a difference or a regret",
    "p50": "median over the same worlds",
    "p95": "95th percentile over the same worlds",
    "mean": "mean over the same worlds",
    "low": "lower end of the 90 % interval of the mean, or of the share (Wilson)",
    "high": "upper end of the same",
    **{
        name: f"{name.removeprefix('chance_p')}th percentile over pairs in the best world: luck alone"
        for name in CHANCE.values()
    },
    "most": "largest regret in any world",
    "best": "share of worlds in which nothing else does better",
    "worst": "share of worlds in which nothing else does worse",
    "threshold": "level that is good enough",
    "holds": "share of worlds in which it holds",
    "worlds": "number of worlds",
    "fails": "worlds in which not all thresholds hold",
    "factor": "number that was drawn and that tells failing worlds from others (Mann-Whitney, Holm's level over all)",
    "tried": "numbers that were drawn and tried",
    "p": "probability of such a difference by luck, after Holm's correction",
    "box": "number of the box (PRIM), the best first",
    "from": "lowest value drawn",
    "to": "highest value drawn",
    "quasi_p_low": "probability that the lower limit would do as well by luck",
    "quasi_p_high": "the same of the upper limit",
    "coverage": "share of the failing worlds that lie in the box",
    "density": "share of the worlds in the box that fail",
    "mass": "share of all worlds that lie in the box",
    "points": "worlds in the box",
}


@dataclass(frozen=True)
class Decision:
    """Outcomes of every lever in every world; the first lever is doing nothing."""

    levers: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    values: NDArray[np.float64]
    """(levers, worlds, outcomes), in plausible worlds."""
    chance: NDArray[np.float64]
    """The same in the best world, (levers, seeds, outcomes): what luck alone does."""
    draws: pd.DataFrame
    """(worlds, numbers): values of what was drawn, by dotted key; numbers that move together once."""
    thresholds: tuple[Event, ...]
    seeds: tuple[int, ...]
    hashes: Mapping[str, str] = field(default_factory=dict)
    """Of the draws, by the names of their files."""

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """In the order of the last axis of ``values``."""
        return outcomes(self.scenarios[0])

    def of(self, outcome: str) -> NDArray[np.float64]:
        """(levers, worlds) of one outcome."""
        return np.asarray(self.values[:, :, [one.id for one in self.outcomes].index(outcome)])

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per lever and outcome: level, and the difference from doing nothing in the same world."""
        rows = [
            {"lever": lever, "outcome": one.id, "name": one.name, "unit": one.unit, "better": one.better,
             "level": self.values[i, :, k].mean()}
            | spread(self.values[i, :, k] - self.values[0, :, k])
            | {CHANCE[name]: value for name, value in spread(self.chance[i, :, k] - self.chance[0, :, k]).items()
               if name in CHANCE}
            for i, lever in enumerate(self.levers)
            for k, one in enumerate(self.outcomes)
        ]  # fmt: skip
        return pd.DataFrame(rows)

    @cached_property
    def regret(self) -> pd.DataFrame:
        """One row per lever and judged outcome: lever, outcome, name, unit, p05, p50, p95, mean, most, best, worst."""
        rows = []
        for one in JUDGED:
            missed = regret(self.of(one.id), one)
            bad = missed.max(axis=0) - missed
            for i, lever in enumerate(self.levers):
                row = {name: value for name, value in spread(missed[i]).items() if name not in ("low", "high")}
                row |= {"most": missed[i].max(), "best": (missed[i] == 0).mean(), "worst": (bad[i] == 0).mean()}
                rows.append({"lever": lever, "outcome": one.id, "name": one.name, "unit": one.unit} | row)
        return pd.DataFrame(rows)

    @cached_property
    def holds(self) -> NDArray[np.bool_]:
        """(levers, worlds, thresholds): whether each is met."""
        found = [event.happens(self.of(event.measure)) for event in self.thresholds]
        return np.stack(found, axis=-1) if found else np.ones((*self.values.shape[:2], 0), dtype=bool)

    @property
    def together(self) -> pd.DataFrame:
        """How often all thresholds hold together, by lever."""
        return self.robustness[self.robustness["threshold"] == ALL].set_index("lever")

    @cached_property
    def robustness(self) -> pd.DataFrame:
        """One row per lever and threshold, and one for all of them: lever, threshold, holds, low, high, worlds."""
        names = [*map(str, self.thresholds), ALL]
        met = np.concatenate([self.holds, self.holds.all(axis=-1, keepdims=True)], axis=-1)
        rows = [
            (lever, name, *share(met[i, :, k])) for i, lever in enumerate(self.levers) for k, name in enumerate(names)
        ]
        return pd.DataFrame(rows, columns=["lever", "threshold", "holds", "low", "high", "worlds"])

    @cached_property
    def failures(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Where not all thresholds hold: what tells those worlds from others, boxes of it, and limits of these."""
        factors, found, limits = list[pd.DataFrame](), list[pd.DataFrame](), list[pd.DataFrame]()
        for lever, whole in zip(self.levers, self.holds.all(axis=-1), strict=True):
            telling = tell_apart(self.draws, ~whole)
            if telling.empty:
                continue
            factors.append(telling.assign(lever=lever, fails=int((~whole).sum()), worlds=len(whole)))
            drawn = self.draws[telling["factor"]]
            axes = [Axis(key, low=float(values.min()), high=float(values.max())) for key, values in drawn.items()]
            edges, box = boxes(self.draws.assign(share=(~whole).astype(float)), axes)
            found.append(box.assign(lever=lever))
            limits.append(edges.assign(lever=lever))
        return _joined(factors, FACTORS), _joined(found, BOXES), _joined(limits, EDGES)


FACTORS = ("fails", "worlds", "factor", "p", "tried")


def _joined(parts: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Tables below one another; one without rows where there is none, as ``boxes`` may have none."""
    empty = pd.DataFrame(columns=["lever", *columns])
    some = [part for part in parts if len(part)]
    return pd.concat(some, ignore_index=True)[[*empty]] if some else empty


def regret(values: NDArray[np.float64], outcome: Outcome) -> NDArray[np.float64]:
    """What each lever misses in each world against the best there; ``values`` and result are (levers, worlds)."""
    best = values.min(axis=0) if outcome.better == "fewer" else values.max(axis=0)
    return np.abs(values - best)


def share(met: NDArray[np.bool_]) -> tuple[float, float, float, int]:
    """Share of worlds, its 90 % interval after Wilson (1927), and their number."""
    n, p, z = len(met), float(met.mean()), COVERAGE_Z
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return p, max(middle - half, 0.0), min(middle + half, 1.0), n


def tell_apart(draws: pd.DataFrame, fails: NDArray[np.bool_]) -> pd.DataFrame:
    """Numbers whose values differ between worlds that fail and worlds that do not: factor, p, tried; clearest first.

    Hundreds of numbers are tried on few worlds, so that only what passes Holm's (1979) correction is told; with fewer
    than five worlds of either kind there is nothing to tell.
    """
    if not FEWEST_CASES <= fails.sum() <= len(fails) - FEWEST_CASES:
        return pd.DataFrame(columns=["factor", "p", "tried"])
    found = [(float(mannwhitneyu(draws.loc[fails, key], draws.loc[~fails, key]).pvalue), key) for key in draws]
    table = pd.DataFrame(sorted(found), columns=["p", "factor"]).assign(tried=len(found))
    table["p"] = (table["p"] * np.arange(len(found), 0, -1)).clip(upper=1.0).cummax()
    return table.loc[table["p"] <= SURE, ["factor", "p", "tried"]]


@dataclass(frozen=True)
class Laid:
    """The worlds of a decision, as cells of a study."""

    levers: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    plausible: list[list[Cell]]
    """(levers, worlds)."""
    best: list[Cell]
    """Of each lever the scenario's own world, several times: what luck alone does."""
    draws: pd.DataFrame

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All of them, world by world."""
        return (*itertools.chain(*zip(*self.plausible, strict=True)), *self.best)


def lay_out(
    study: Study,
    base: Scenario,
    levers: Mapping[str, Scenario],
    posterior: Posterior,
    seeds: Sequence[int],
    fixed: Sequence[str] = (),
) -> Laid:
    """Cells of every lever, and of doing nothing, in every world.

    ``levers`` have passed ``check_lever``; ``posterior`` gives the world of each seed its numbers, but for those that
    are ``fixed`` or in which a lever differs.
    """
    names, scenarios = (NOTHING, *levers), around_one_day([base, *levers.values()])
    n, own = max(len(seeds) // WORLDS_PER_CHANCE, 2), list[Scenario]()
    plausible, best = list[list[Cell]](), list[Cell]()
    for name, scenario in zip(names, scenarios, strict=True):
        worlds = [*posterior.worlds(scenario, seeds, [*fixed, *(one.key for one in differences(base, scenario))])]
        own = own or worlds
        numbered = zip(seeds, worlds, strict=True)
        plausible.append([study.cell(world, {"lever": name, "world": k}, 1, k) for k, world in numbered])
        best.append(study.cell(scenario, {"lever": name, "world": "best"}, n))
    return Laid(names, tuple(scenarios), plausible, best, _draws(own, seeds))


def read(study: Study, laid: Laid, thresholds: Sequence[Event], hashes: Mapping[str, str]) -> Decision:
    """The decision, once its runs are made; ``hashes`` are those of the posterior."""
    headlines = study.headlines()

    def outcomes_of(cell: Cell, seed: int) -> list[float]:
        run, row = Run(study.scenario(cell), seed, study.tables_of(cell, seed)), headlines[cell.scenario, seed]
        return [round(one.of(run) if one.of else row[one.id], DIGITS) for one in outcomes(run.scenario)]

    values, chance = (
        np.array([[outcomes_of(cell, seed) for cell in row for seed in study.plan.seeds(cell)] for row in rows])
        for rows in (laid.plausible, [[cell] for cell in laid.best])
    )
    seeds = tuple(study.plan.seeds(cell).start for cell in laid.plausible[0])
    return Decision(laid.levers, laid.scenarios, values, chance, laid.draws, tuple(thresholds), seeds, hashes)


def _draws(worlds: Sequence[Scenario], seeds: Sequence[int]) -> pd.DataFrame:
    """What differs between worlds, (worlds, numbers); of numbers that move together the first."""
    table = pd.DataFrame(
        [{leaf.key: leaf.value for leaf in leaves(world) if type(leaf.value) is float} for world in worlds],
        index=pd.Index(seeds, name="world"),
    )
    varied = table.loc[:, [key for key in table if table[key].nunique(dropna=False) > 1]]
    return varied.T.drop_duplicates().T if len(varied.columns) else varied


def values_table(decision: Decision) -> pd.DataFrame:
    """Every outcome of every lever in every world: lever, world, and a column for each outcome."""
    rows = pd.MultiIndex.from_product([decision.levers, decision.seeds], names=["lever", "world"])
    names = [outcome.id for outcome in decision.outcomes]
    return pd.DataFrame(decision.values.reshape(len(rows), -1), rows, names).reset_index()
