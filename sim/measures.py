"""Measures: the numbers by which runs are summarised, compared, swept and analysed, each declared once.

A *headline measure* is one number of a run, a *quantity* one of each of its days, which comparisons follow in pairs.
Each has an id, by which files, options and code name it, and an English name, which people read and nothing parses:
``WhatsApp.share`` is called "WhatsApp share". What is of a platform or a company begins with its name and a dot, which
no name holds. All that is shown of a measure is declared with it: ``docs/measures.md`` is made from this file.

Windows are counted from the *focus*: the day that the law comes into force, or the day that the scenario names, so that
a world without the law is measured at the same time as the world with it. Every *change* is counted from the first day,
on which two worlds of a pair are alike, so that the difference of their changes is that of their levels; what *jumps*
is compared with the quiet period before the first act.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.scenario.acts import Demand
from sim.scenario.calendar import Act, dated
from sim.scenario.institutions import RUNGS
from sim.scenario.stances import ANSWERING
from sim.scenario.words import day_in_words, did_you_mean, listed
from sim.tables import RETREAT, SETTLING, WEEK, array, labels, reach, stances

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.tables import Run

SETTLED_DAYS = 180
"""Days after the focus at which lasting effects are read."""
WAVE_DAYS = 60
"""Days after the focus within which a wave of installs or of self-censorship peaks."""
ANNOUNCEMENT_DAYS = 10
"""Days after the focus within which announcements count as the first response (pattern P1)."""
CLUSTER_DAYS = 3
"""Length of the window in which announcements cluster (pattern P1)."""
HALF_YEAR = 184
"""Days of the half-year from July to December, by which companies report; it starts on the day after the focus."""
DELETION_DAYS = 30
"""Days from the focus over which deletions are counted."""
MOST = 0.5
"""A platform is blocked on a day when the mean user can use less than this of it."""
FEWEST_REQUESTS = 5
"""Requests expected per half-year below which a company's shares would be noise and are not measured."""
QUIET_DAYS = 14
"""Least length of the quiet period before the first act, against which waves are compared."""
POINTS, COMPANIES, RUNG, OUTCOME = "points", "companies", "rungs", "outcome"
"""Units that are told in ways of their own: percentage points, and three so coarse that counts of runs say more."""
OUTCOMES = ("given up by the state", "still open", "met by the company")
"""How a demand ends, by how much the state gets."""
COARSE: dict[str, tuple[str, ...]] = {COMPANIES: (), RUNG: RUNGS, OUTCOME: OUTCOMES}
"""Units of which a band says less than how many runs have which value, and what the values are called."""
ANNOUNCED, TOGETHER, DISCLOSED, SANCTION, BLOCKED = (
    "announced", "announced_together", "disclosed", "furthest_sanction", "blocked_days",
)  # fmt: skip
"""Ids of headline measures that other rooms single out."""
ACCOUNTS, ANSWERS, SPEECH = "accounts", "answering", "speech"
"""Ids of quantities that other rooms single out."""
DAILY = ".daily_users"
"""How the ids of daily users of a platform end."""
MET, MET_AFTER = ".demand_met", ".demand_days"
"""How the ids of what a company does about a demand end."""

Group = Literal["companies", "people", "authorities", "else"]
"""Whose doing a measure tells; a brief has a heading for each."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """How a brief tells a measure: words that a number completes."""

    kind: Literal["level", "change", "ratio", "counts", "days", "wait"]
    """A level alone, a rise or fall, a multiple of the quiet level, how many runs have which value, rare days, or the
    days to what comes in some runs only."""
    subject: str
    """How the sentence begins."""
    where: str = ""
    """How it ends; ``{level}``, ``{before}`` and ``{after}`` stand for bands."""
    level: str = ""
    """Id of the measure whose band is ``{level}``."""
    since: str = ""
    """Id of the measure from which the change is counted; ``{before}`` is its middle, ``{after}`` that of this one."""
    none: str = ""
    """What is told in place of the sentence where no run has such a day."""
    caution: str = ""
    """What follows it; ``{announced}`` and ``{court}`` say who stopped, and since when a court order was needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A headline measure: one number of a run."""

    id: str
    name: str
    unit: str
    meaning: str
    formula: str
    """As ``docs/measures.md`` has it."""
    of: Callable[[Run], float]
    """Its value; not-a-number where the run has no such thing."""
    group: Group
    sentence: Sentence | None = Sentence("level", "")
    """How a brief tells it: unless it is said, its meaning and level. None where the sentence of another has it."""
    platform: str = ""
    """The platform that it is of."""
    is_headline: bool = True
    """Whether a summary leads with it; what no data constrain is for studies and pictures that say so."""
    is_noisy: bool = False
    """Whether it counts people, so that its noise falls with their number, and no other measure counts the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """Something that can be told of every day of a run, and is followed from the day on which two worlds part."""

    id: str
    name: str
    unit: str
    meaning: str
    of: Callable[[Run, int], NDArray[np.float64]]
    """Its values, of shape (days,); what is counted up begins with the day whose number is given."""
    platform: str = ""
    """The platform that it is of."""
    role: Literal["users", "row", "table"] = "row"
    """Whether answers begin with it, have a row of it, or leave it to the table of all."""


class Named(Protocol):
    """What has an id and an English name."""

    @property
    def id(self) -> str:
        """By which files, options and code name it."""

    @property
    def name(self) -> str:
        """What people read."""


def kind_of(id: str) -> str:
    """What a measure measures, of whatever platform or company: ``share`` of ``WhatsApp.share``."""
    return id.rpartition(".")[2]


def advice(typed: str, known: Collection[Named], *, alike: float = 0.6) -> str:
    """The question which id was meant; an English name is answered with its id, and what is like nothing with none."""
    ids = [one.id for one in known]
    named = next((one.id for one in known if one.name.casefold() == typed.casefold()), typed)
    return did_you_mean(named, ids, alike=alike)


def focus(scenario: Scenario) -> pd.Timestamp:
    """The day around which outcomes are measured: the scenario's own, else the enactment, else a third of the way."""
    return pd.Timestamp(scenario.date(focus_day(scenario)))


def focus_day(scenario: Scenario) -> int:
    """Number of the day around which outcomes are measured."""
    enactments = [date for date, act in dated(scenario.acts) if act.kind == "enact"]
    date = scenario.focus or (min(enactments) if enactments else scenario.start + dt.timedelta(scenario.days // 3))
    return scenario.day(date)


def headline_measures(scenario: Scenario) -> tuple[Measure, ...]:
    """Every measure that a run of ``scenario`` has."""
    day = day_in_words(focus(scenario).date())
    last = min(focus_day(scenario) + SETTLED_DAYS, scenario.days - 1)
    settled_on = day_in_words(scenario.date(last))
    kinds = (_of_platforms, _of_companies, _of_enforcement, _of_society)
    return tuple(measure for kind in kinds for measure in kind(scenario, day, settled_on))


def measured(run: Run) -> pd.Series:
    """Value of each headline measure of one run, by id; not-a-number where the run has no such thing."""
    return pd.Series({measure.id: measure.of(run) for measure in headline_measures(run.scenario)}, dtype=float)


def column(run: Run, table: str, name: str) -> NDArray[np.float64]:
    """A column of a table with one row per day, and one column per platform, company or whatever the table has."""
    return array(run.tables, table, name)


def settled(run: Run, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The row of the day on which lasting effects are read."""
    return row(values, focus_day(run.scenario) + SETTLED_DAYS)


def row(values: NDArray[np.float64], day: int) -> NDArray[np.float64]:
    """The row of a day; of the first or last day where the day lies outside."""
    return np.asarray(values[min(max(day, 0), len(values) - 1)])


def between(values: NDArray[np.float64], first: int, days: int) -> NDArray[np.float64]:
    """The rows of ``days`` days from ``first`` on."""
    return values[max(first, 0) : max(first + days, 0)]


def quiet_days(scenario: Scenario) -> int:
    """Length of the period before the first dated act that moves attention, at least ``QUIET_DAYS``."""
    loud = [scenario.day(date) for date, act in dated(scenario.acts) if act.salience > 0]
    return max(QUIET_DAYS, min(loud, default=scenario.days // 3))


def _of_platforms(scenario: Scenario, day: str, settled_on: str) -> Iterator[Measure]:
    for app in scenario.platforms:
        yield from _of_platform(app, day, settled_on)
    yield Measure(
        id="multi_homing_change", name="multi-homing change", unit=POINTS, group="people", is_noisy=True,
        meaning="change of the share of people with 2 apps or more from the first day to "
        f"{SETTLED_DAYS} days after {day}",
        formula="`100 (multi_homing(T + 180) - multi_homing(0))`",
        of=lambda run: _percent_change(run, column(run, "society", "multi_homing")[:, 0]),
        sentence=Sentence("change", "The share of people with two apps or more", f", by {settled_on}"),
    )  # fmt: skip


def _of_platform(app: str, day: str, settled_on: str) -> Iterator[Measure]:
    yield Measure(
        id=f"{app}.share", name=f"{app} share", unit="percent", group="people", platform=app,
        meaning=f"people who hold {app}, {SETTLED_DAYS} days after {day}",
        formula="`100 share(T + 180)`", sentence=None,
        of=lambda run: 100 * float(settled(run, _usage(app, "share", run))),
    )  # fmt: skip
    yield Measure(
        id=f"{app}.change", name=f"{app} change", unit=POINTS, group="people", platform=app, is_noisy=True,
        meaning=f"change of the share of holders of {app} from the first day to {SETTLED_DAYS} days after {day}",
        formula="`100 (share(T + 180) - share(0))`",
        of=lambda run: _percent_change(run, _usage(app, "share", run)),
        sentence=Sentence(
            "change", f"The share of people who hold {app}", f", to {{level}} on {settled_on}", f"{app}.share",
        ),
    )  # fmt: skip
    yield Measure(
        id=f"{app}.installs", name=f"{app} installs", unit="persons", group="people", platform=app, is_noisy=True,
        meaning=f"installs of {app} in {WAVE_DAYS} days from {day}",
        formula="sum of `installs(t)` over `T ≤ t < T + 60`", sentence=None,
        of=lambda run: float(between(_usage(app, "installs", run), focus_day(run.scenario), WAVE_DAYS).sum()),
    )  # fmt: skip
    yield Measure(
        id=f"{app}.install_jump", name=f"{app} install jump", unit="times", group="people", platform=app,
        meaning=f"busiest week of installs within {WAVE_DAYS} days of {day}, over the mean week before the first "
        "act",
        formula="largest mean of `installs` over 7 days within `T ≤ t < T + 60`, over the mean of `0 ≤ t < q`",
        of=partial(_install_jump, app), is_noisy=True,
        sentence=Sentence(
            "ratio", f"Weekly installs of {app}", f", in the busiest week of the {WAVE_DAYS} days from {day}",
        ),
    )  # fmt: skip


def _usage(platform: str, name: str, run: Run) -> NDArray[np.float64]:
    return column(run, "usage", name)[:, list(run.scenario.platforms).index(platform)]


def _install_jump(platform: str, run: Run) -> float:
    installs = _usage(platform, "installs", run)
    before = float(installs[: quiet_days(run.scenario)].mean())
    wave = weekly_means(between(installs, focus_day(run.scenario), WAVE_DAYS))
    return float(wave.max()) / before if before > 0 and wave.size else np.nan


def weekly_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of every seven days in a row; of all days where there are fewer."""
    days = min(WEEK, values.size)
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray((total[days:] - total[:-days]) / days) if days else values


def _percent_change(run: Run, values: NDArray[np.float64]) -> float:
    """From the first day to that on which lasting effects are read, in percentage points."""
    return 100 * float(settled(run, values) - values[0])


def _of_companies(scenario: Scenario, day: str, settled_on: str) -> Iterator[Measure]:
    if not scenario.companies:
        return
    many = f"Of {len(scenario.companies)} companies, those that had made a stop public by {settled_on}"
    yield Measure(
        id=ANNOUNCED, name="companies announced", unit=COMPANIES, group="companies",
        meaning=f"companies that have made a stop public {SETTLED_DAYS} days after {day}",
        formula="sum of `announced(T + 180)`", sentence=Sentence("counts", many),
        of=lambda run: float(settled(run, column(run, "companies", "announced")).sum()),
    )  # fmt: skip
    yield Measure(
        id=TOGETHER, name=f"announcements in {CLUSTER_DAYS} days", unit=COMPANIES, group="companies",
        meaning=f"most companies that went public within {CLUSTER_DAYS} days of one another, up to day "
        f"{ANNOUNCEMENT_DAYS}",
        formula="most `d_f` in `[d, d + 3)` over all `d`, where `d_f` in `0…10` is the first day with `announced = 1`, "
        "less `T`",
        of=_largest_cluster,
        sentence=Sentence(
            "counts", f"Most companies that made a stop public within {CLUSTER_DAYS} days of one another"
        ),
    )  # fmt: skip
    for company, spec in scenario.companies.items():
        if sum(stream.rate for stream in spec.requests.values()) * HALF_YEAR >= FEWEST_REQUESTS:
            yield from _of_requests(company, day)
    for company in _demanded(scenario.acts):
        yield from _of_demands(company)
    yield Measure(
        id=DISCLOSED, name="disclosed accounts", unit="accounts", group="companies",
        meaning=f"accounts whose data companies handed over, from the day after {day} to the last day",
        formula="`disclosed_accounts(end) - disclosed_accounts(T)`", of=_disclosed,
        sentence=Sentence("level", f"Accounts whose data companies handed over from {day} to the last day"),
    )  # fmt: skip
    yield Measure(
        id="out_of_reach_change", name="contacts out of reach of demands, change", unit=POINTS, group="companies",
        meaning="change of the share of ties that have an app which works and whose owner hands nothing over, from the "
        f"first day to {SETTLED_DAYS} days after {day}; read it beside what each company produced, and whether a court "
        "order was needed",
        formula="`100 (safe_reach(T + 180) - safe_reach(0))`", is_noisy=True,
        of=lambda run: _percent_change(run, column(run, "measures", "safe_reach")[:, 0]),
        sentence=Sentence(  # alone it would read as praise of whatever brought it about
            "change", "The share of ties that have an app which works and whose owner hands nothing over",
            f", by {settled_on}",
            caution=" It moves with who answers demands (companies that stopped: {announced}), and under which rule: "
            "{court}.",
        ),
    )  # fmt: skip


def _of_requests(company: str, day: str) -> Iterator[Measure]:
    yield Measure(
        id=f"{company}.produced_before", name=f"{company} produced before", unit="percent", group="companies",
        meaning=f"requests to {company} that brought data, of those not still in hand, from the first day to {day}",
        formula="`100` sum of `produced`, over sum of `received` less those in hand at `T`",
        of=partial(_produced, company, after=False), sentence=None,
    )  # fmt: skip
    yield Measure(
        id=f"{company}.produced_after", name=f"{company} produced after", unit="percent", group="companies",
        meaning=f"requests to {company}, new or waiting, that brought data, of those not still in hand at the end, "
        f"in {HALF_YEAR} days after {day}",
        formula="`100` sum of `produced`, over sum of `received` plus `pending(T)` less those in hand at `T + 184`",
        of=partial(_produced, company, after=True),
        sentence=Sentence(
            "change", f"The share of requests that brought data from {company}",
            f", from {{before}} % before {day} to {{after}} % after", since=f"{company}.produced_before",
            none=f"too few runs have requests both before and after {day}",
        ),
    )  # fmt: skip
    yield Measure(
        id=f"{company}.requests_after", name=f"{company} requests after", unit="requests", group="companies",
        meaning=f"requests to {company} in {HALF_YEAR} days after {day}",
        formula="sum of `received` over `T < t ≤ T + 184`, removals left out", sentence=None,
        of=lambda run: float(between(_data_requests(company, "received", run), *_window(run, after=True)).sum()),
    )  # fmt: skip


def announcement_days(run: Run) -> pd.Series:
    """Day of the first public stop of each company, counted from the focus; companies that never stopped are absent."""
    announced = column(run, "companies", "announced") > 0
    ever = announced.any(axis=0)
    names = [name for (name,), stopped in zip(labels(run.tables, "companies"), ever, strict=True) if stopped]
    return pd.Series(announced.argmax(axis=0)[ever] - focus_day(run.scenario), index=names)


def _largest_cluster(run: Run) -> float:
    days = announcement_days(run).to_numpy()
    early = days[(days >= 0) & (days <= ANNOUNCEMENT_DAYS)]
    return max((float(((early >= first) & (early < first + CLUSTER_DAYS)).sum()) for first in early), default=0.0)


def _data_requests(company: str, name: str, run: Run) -> NDArray[np.float64]:
    """Requests for data to a company, or to all where none is named, by day; removals are another channel."""
    mine = [company in (who, "") and kind != "removal" for who, kind in labels(run.tables, "requests")]
    return np.asarray(column(run, "requests", name)[:, mine].sum(axis=1))


def _window(run: Run, *, after: bool) -> tuple[int, int]:
    """First day and length: the half-year from the day after the focus, or all days up to the focus."""
    start = focus_day(run.scenario) + 1
    return (start, HALF_YEAR) if after else (0, start)


def _produced(company: str, run: Run, *, after: bool) -> float:
    """Requests that brought data in a window, over those that were open in it; the same ratio before and after.

    Open are the requests received and those that waited when the window began, without those in hand when it ends: what
    waits at a company that answers is on its way, what waits at one that has stopped is unanswered. A stop on the
    window's last day is too young to tell, so that the day before decides.
    """
    first, days = _window(run, after=after)
    produced, received, pending = (_data_requests(company, name, run) for name in ("produced", "received", "pending"))
    waiting = float(row(pending, first - 1)) if after else 0.0
    asked = float(between(received, first, days).sum()) + waiting - _in_hand(company, pending, first + days - 1, run)
    return 100 * float(between(produced, first, days).sum()) / asked if asked > 0 else np.nan


def _in_hand(company: str, pending: NDArray[np.float64], last: int, run: Run) -> float:
    """Requests that wait at the end of a day at a company that answered on the day before."""
    last = min(last, len(pending) - 1)
    column_of = [name for (name,) in labels(run.tables, "companies")].index(company)
    stance = stances(run.tables)[max(last - 1, 0), column_of]
    return float(pending[last]) if stance in ANSWERING else 0.0


def _of_demands(company: str) -> Iterator[Measure]:
    """How what the calendar demands of a company by name ends, and when."""
    yield Measure(
        id=f"{company}.outcome", name=f"demand on {company}, outcome", unit=OUTCOME, group="companies",
        meaning=f"how the first demand on {company} that ends within the run ends: 0 {OUTCOMES[0]}, 1 {OUTCOMES[1]}, "
        f"2 {OUTCOMES[2]}",
        formula="2 where the first act that ends a demand is the company's, 0 where it is the state's, else 1",
        sentence=Sentence("counts", f"What is demanded of {company}"), of=partial(_outcome, company),
    )  # fmt: skip
    yield Measure(
        id=f"{company}.settled_after", name=f"demand on {company}, days to its end", unit="days", group="companies",
        meaning=f"days from the last demand on {company} to the first day on which either side gives in; none where "
        "neither does within the run",
        formula="date of that act less the date of the demand before it", of=partial(_settled_after, company),
        sentence=Sentence(
            "wait", f"Either {company} or the state gives in", none=f"Neither {company} nor the state gives in"
        ),
    )  # fmt: skip


def settlements(run: Run, company: str) -> pd.DataFrame:
    """Acts by which a company, or the state against it, gave in, in their order."""
    acts = run.tables["acts"]
    ends = acts[acts["verb"].isin([*SETTLING, RETREAT])]
    return ends[ends["actor"].where(ends["verb"] != RETREAT, ends["target"]) == company]


def _demanded(acts: Iterable[Act]) -> Collection[str]:
    """Companies of which something is demanded by name."""
    return dict.fromkeys(name for act in acts if isinstance(act, Demand) for name in act.companies)


def _ends(company: str, run: Run) -> list[tuple[pd.Timestamp, int, bool]]:
    """Ends of demands on a company: the date, days since the last demand, and whether it is the company that gives in.

    A demand for data is met as well by answering or obeying again.
    """
    demands = [act for act in run.scenario.acts if isinstance(act, Demand) and company in act.companies]
    log = run.tables["acts"]
    made = log[(log["verb"] == Demand.verb) & log["target"].isin([listed(act.companies) for act in demands])]
    asked = [*made["date"], *(pd.Timestamp(date) for date, _ in dated(demands) if date < run.scenario.start)]
    ways = {*SETTLING, RETREAT} if any(act.of == "data" for act in demands) else {SETTLING[0], RETREAT}
    ends = settlements(run, company)
    found = []
    for date, verb in zip(ends["date"], ends["verb"], strict=True):
        before = [day for day in asked if day <= date]
        if before and verb in ways:
            found.append((date, (date - max(before)).days, verb != RETREAT))
    return found


def _outcome(company: str, run: Run) -> float:
    return next((2.0 if is_met else 0.0 for _, _, is_met in _ends(company, run)), 1.0)


def _settled_after(company: str, run: Run) -> float:
    return next((float(days) for _, days, _ in _ends(company, run)), np.nan)


def _disclosed(run: Run) -> float:
    accounts = column(run, "measures", "disclosed_accounts")[:, 0]
    return float(accounts[-1] - row(accounts, focus_day(run.scenario)))


def _of_enforcement(scenario: Scenario, day: str, settled_on: str) -> Iterator[Measure]:
    del day, settled_on
    if scenario.companies:
        steps = ", ".join(f"{step} {name}" for step, name in enumerate(RUNGS))
        yield Measure(
            id=SANCTION, name="furthest sanction", unit=RUNG, group="authorities",
            meaning=f"furthest sanction against any company: {steps}", formula="largest `rung(t)`",
            of=lambda run: float(column(run, "companies", "rung").max()),
            sentence=Sentence("counts", "Furthest sanction against any company"),
        )  # fmt: skip
    yield Measure(
        id=BLOCKED, name="blocked platform-days", unit="days", group="authorities",
        meaning="days on which the mean user could use less than half of a platform through the ISPs, added up over "
        "platforms",
        formula="number of `(t, k)` with sum over ISPs of `w_j access_jk(t)` below 0.5",
        of=lambda run: float(_platforms_blocked(run).sum()),
        sentence=Sentence(
            "days", "Platforms were blocked for most users", "platform-days",
            none="No platform was blocked for most users on any day",
        ),
    )  # fmt: skip


def _platforms_blocked(run: Run) -> NDArray[np.float64]:
    """By day: platforms of which the mean user can use less than ``MOST``."""
    return (reach(run.tables, run.scenario) < MOST).sum(axis=1).astype(float)


def _of_society(scenario: Scenario, day: str, settled_on: str) -> Iterator[Measure]:
    del scenario
    yield Measure(
        id="speech_change", name="speech change", unit="percent", group="else", is_headline=False, is_noisy=True,
        meaning=f"lowest share of people who speak within {WAVE_DAYS} days of {day}, against the first day; assumed",
        formula="`100 (min speaking(t) / speaking(0) - 1)` over `T ≤ t < T + 60`", of=_speech_change,
    )  # fmt: skip
    yield Measure(
        id="deletion_ratio", name="deletion ratio", unit="times", group="else", is_noisy=True,
        meaning=f"deletions per day in {DELETION_DAYS} days from {day}, over the mean day before the first act",
        formula="mean of `deletions` over `T ≤ t < T + 30`, over the mean of `0 ≤ t < q`", of=_deletion_ratio,
        sentence=Sentence("ratio", "Daily deletions of posts", f", in the {DELETION_DAYS} days from {day}"),
    )  # fmt: skip
    yield Measure(
        id="vpn_change", name="VPN change", unit=POINTS, group="else", is_noisy=True,
        meaning=f"change of the share of people with a VPN from the first day to {SETTLED_DAYS} days after {day}",
        formula="`100 (vpn(T + 180) - vpn(0))`",
        of=lambda run: _percent_change(run, column(run, "society", "vpn")[:, 0]),
        sentence=Sentence("change", "The share of people with a VPN", f", by {settled_on}"),
    )  # fmt: skip


def _speech_change(run: Run) -> float:
    speaking = column(run, "society", "speaking")[:, 0]
    wave, before = between(speaking, focus_day(run.scenario), WAVE_DAYS), float(speaking[0])
    return 100 * (float(wave.min()) / before - 1) if wave.size and before > 0 else np.nan


def _deletion_ratio(run: Run) -> float:
    deletions = column(run, "society", "deletions")[:, 0]
    before = float(deletions[: quiet_days(run.scenario)].mean())
    after = between(deletions, focus_day(run.scenario), DELETION_DAYS)
    return float(after.mean()) / before if before > 0 and after.size else np.nan


def quantities(scenario: Scenario, beside: Scenario | None = None) -> Iterator[Quantity]:
    """Everything that is followed, in the order in which a reader should meet it.

    Args:
        scenario: The world, or the base of a comparison.
        beside: The other world; what its acts demand of companies is followed as well.
    """
    represents = scenario.population.represents
    for number, app in enumerate(scenario.platforms):
        yield Quantity(
            id=f"{app}.holders", name=f"{app} holders", unit=POINTS, platform=app, role="users",
            meaning=f"people who have {app}, of all people", of=partial(_cell, "usage", "share", number, 100.0),
        )  # fmt: skip
        for period, words in (("daily", "on a day"), ("monthly", "within thirty days")):
            yield Quantity(
                id=f"{app}.{period}_users", name=f"{app} {period} users", unit=POINTS, platform=app, role="table",
                meaning=f"people who use {app} {words}, of all people",
                of=partial(_cell, "usage", f"{period}_users", number, 100.0 / represents),
            )  # fmt: skip
    for id, name, column, meaning in (
        ("multi_homing", "two apps or more", "multi_homing", "people who have two apps or more"),
        ("vpn", "VPN", "vpn", "people who have a VPN"),
        (SPEECH, "public speech", "speaking", "people who speak publicly about politics; no data constrain it"),
    ):
        yield Quantity(
            id=id, name=name, unit=POINTS, meaning=meaning, role="table" if id == SPEECH else "row",
            of=partial(_cell, "society", column, 0, 100.0),
        )  # fmt: skip
    if scenario.companies:
        yield from _quantities_of_companies()
        yield from _quantities_of_demands([act for one in (scenario, beside) if one for act in one.acts])
    yield Quantity(
        id="blocked", name="blocked platform-days", unit="days",
        of=lambda run, first: _counted(_platforms_blocked(run), first),
        meaning="days on which the mean user could use less than half of a platform, added up over platforms",
    )  # fmt: skip


def _quantities_of_companies() -> Iterator[Quantity]:
    yield Quantity(
        id=ACCOUNTS, name="accounts handed over", unit="accounts", meaning="accounts whose data companies handed over",
        of=lambda run, day: _counted(np.diff(column(run, "measures", "disclosed_accounts")[:, 0], prepend=0.0), day),
    )  # fmt: skip
    yield Quantity(
        id="requests", name="requests", unit="requests", meaning="requests for data that companies received",
        of=lambda run, first: _counted(_data_requests("", "received", run), first),
    )  # fmt: skip
    yield Quantity(
        id=ANSWERS, name="companies that answer", unit=COMPANIES, meaning="companies that answer demands for data",
        of=lambda run, _: np.isin(stances(run.tables).astype(str), ANSWERING).sum(axis=1).astype(float),
    )  # fmt: skip
    yield Quantity(
        id="sanction", name="furthest sanction", unit=RUNG,
        of=lambda run, _: column(run, "companies", "rung").max(axis=1),
        meaning="furthest sanction against any company, as a rung of the ladder from 0 to 6",
    )  # fmt: skip
    yield Quantity(
        id="out_of_reach", name="contacts out of reach of demands", unit=POINTS, role="table",  # alone it praises
        meaning="ties whose ends share an app that can be reached and whose owner hands nothing over, of all ties",
        of=partial(_cell, "measures", "safe_reach", 0, 100.0),
    )  # fmt: skip


def _quantities_of_demands(acts: Collection[Act]) -> Iterator[Quantity]:
    """Of each company of which something is demanded, whether it has met a demand, and after how many days."""
    for name in _demanded(acts):
        yield Quantity(
            id=name + MET, name=f"{name} meets a demand", unit=COMPANIES, role="table",
            meaning=f"1 from the day on which {name} first meets a demand made of it, else 0",
            of=partial(_met, name, is_days=False),
        )  # fmt: skip
        yield Quantity(
            id=name + MET_AFTER, name=f"{name} meets a demand after", unit="days", role="table",
            meaning=f"days from that demand to the day on which {name} meets it, 0 until then",
            of=partial(_met, name, is_days=True),
        )  # fmt: skip


def _met(company: str, run: Run, first: int, *, is_days: bool) -> NDArray[np.float64]:
    """Whether a company has met a demand since a day, or after how many days it did, by the day."""
    days = np.arange(run.scenario.days)
    for date, after, is_met in _ends(company, run):
        day = run.scenario.day(date.date())
        if is_met and day >= first:
            return np.where(days >= day, float(after if is_days else 1), 0.0)
    return np.zeros(len(days))


def _cell(table: str, column: str, number: int, scale: float, run: Run, first: int) -> NDArray[np.float64]:
    del first
    return scale * array(run.tables, table, column)[:, number]


def _counted(values: NDArray[np.float64], first: int) -> NDArray[np.float64]:
    """Counts of a day added up from a day on."""
    return np.cumsum(np.where(np.arange(len(values)) < first, 0.0, values))
