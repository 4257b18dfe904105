"""Where an effect comes from: the same shock with one rule or channel removed at a time, and Shapley shares.

The effect of the shock is what a measure is with the law's acts, less what it is without them, seed by seed. A
knock-out takes one rule or channel out of both worlds, so that what it does without a shock does not count.
"""

import datetime as dt
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import pandas as pd

from sim.analyses.compare.outcomes import POINTS
from sim.measures import HALF_YEAR, focus, headline_measures
from sim.results.bands import interval_of_mean
from sim.runs.tasks import Executor
from sim.scenario.fields import leaves
from sim.scenario.files import vary, without
from sim.scenario.schema import Scenario
from sim.study.plan import Cell, Plan
from sim.study.study import Study


@dataclass(frozen=True, slots=True)
class Knockout:
    """A rule or channel that can be taken out of a scenario.

    ``overrides`` are ``dotted.key=value`` texts; a ``*`` stands for every name at its place. Keys that a scenario lacks
    are passed over.
    """

    name: str
    meaning: str
    overrides: tuple[str, ...]


KNOCKOUTS = (
    Knockout("peers", "companies do not learn from one another's announcements", ("decision.peer_weight=0",)),
    Knockout(
        "press",
        "the press does not enquire, so that silent pauses come to light by themselves alone",
        ("press.enquiry_after_rules=0", "press.enquiry_per_announcement=0"),
    ),
    Knockout("silence", "pauses are public from the first day", ("press.disclosure_rate=5",)),
    Knockout(
        "due diligence", "reviews take ten years, so that a pause stays a pause", ("companies.*.review_days=3650",)
    ),
    Knockout("human rights", "companies do not mind wrongful disclosure", ("companies.*.human_rights_weight=0",)),
    Knockout("court order", "the law leaves the court order in place", ("acts.*.court_order_required=true",)),
    Knockout("rules", "implementation rules tell companies nothing", ("decision.rules_weight=0",)),
    Knockout("civil society", "companies do not hear civil society", ("decision.society_weight=0",)),
    Knockout("users' pressure", "companies do not mind losing users", ("decision.users_weight=0",)),
    Knockout(
        "police adapt",
        "the police ask as before, whatever the answer",
        ("regulators.*.floor_paused=1", "regulators.*.floor_final=1"),
    ),
    Knockout("ladder", "no company is taken up the ladder", ("regulators.*.ladder_rate=0",)),
    Knockout("ISP lag", "ISPs carry out orders within minutes", ("isps.*.lag_days=0.01",)),
    Knockout(
        "salience",
        "nothing moves public attention",
        (
            "acts.*.salience=0",
            "press.salience_per_pause=0",
            "press.salience_per_block=0",
            "press.salience_per_arrest=0",
        ),
    ),
    Knockout(
        "risk",
        "no app seems safer or less safe than another",
        ("platforms.*.risk=1", "platforms.*.relief_when_paused=0", "platforms.*.alarm_when_complying=0"),
    ),
    Knockout("attention", "salience makes no one reconsider an app more often", ("population.attention_salience=0",)),
    Knockout("contagion", "contacts who adopt an app make no one reconsider it", ("population.attention_peers=0",)),
    Knockout("network effect", "people do not mind which apps their contacts hold", ("population.gamma=0",)),
    Knockout(
        "redundancy",
        "apps that reach the same people make none of them less useful",
        ("population.redundancy=0",),
    ),
    Knockout("knowing", "everyone knows every app", ("population.acquaintances=1e6",)),
    Knockout("search", "who has lost an app looks for no other", ("population.loss_rate=0",)),
    Knockout("expected movement", "no one expects others to gather at one app", ("population.expected_movement=0",)),
    Knockout("self-censorship", "salience silences no one", ("population.self_censorship=0",)),
    Knockout(
        "VPN",
        "no news makes anyone think of a VPN, and none brings a blocked app back",
        ("population.vpn_rate=0", "platforms.*.vpn=false"),
    ),
)
"""What can be taken out, institutions before people."""

SHAPLEY = ("peers", "press", "salience", "risk")
"""Channels among which an effect is divided when none are named."""
MOST_DIVIDED = 8
"""Channels that can be divided at most: the worlds to run double with each."""
WITH, WITHOUT = "with the shock", "without"
WHOLE = "nothing"
"""What is knocked out of the whole model."""
REST = "the rest"
"""What is left of an effect when all channels among which it is divided are taken out."""
SHOWN = ("announcements in 3 days", "companies announced", "disclosed accounts", "furthest sanction")
"""Measures that pictures and terminal show, beside the shares of platforms."""
COLUMNS = {
    "knocked out": "rule or channel that was taken out; 'nothing' is the whole model",
    "meaning": "what the world is like without it",
    "n": "pairs of runs that have the measure",
    "effect": "mean effect of the shock: the measure with the law's acts less that without them, seed by seed",
    "low": "lower end of the 90 % interval of the mean",
    "high": "upper end of the 90 % interval of the mean",
    "lost": "mean of what the effect of the whole model loses when this is taken out",
    "lost_low": "lower end of the 90 % interval of the loss",
    "lost_high": "upper end of the 90 % interval of the loss",
    "channel": "channel that a part of the effect is due to; 'the rest' is left when all of them are taken out",
    "part": "mean Shapley value: the parts of a measure add up to the effect of the whole model",
    "share": "the part over the effect; missing where the effect is not clear of zero",
}


class KnockoutError(ValueError):
    """A question that cannot be asked of a scenario; the message is one line for the reader of a terminal."""

    for_users = True


def find(names: Sequence[str]) -> tuple[Knockout, ...]:
    """Knock-outs by their names.

    Raises:
        KnockoutError: There is none of that name, or one comes twice.
    """
    known = {knockout.name: knockout for knockout in KNOCKOUTS}
    for number, name in enumerate(names):
        if name not in known:
            raise KnockoutError(f"no knock-out {name!r}; expected some of {', '.join(known)}")
        if name in names[:number]:
            raise KnockoutError(f"expected each knock-out once, found {name!r} twice")
    return tuple(known[name] for name in names)


def knock_out(scenario: Scenario, knockouts: Sequence[Knockout]) -> Scenario:
    """The scenario without some rules or channels."""
    texts = [text for knockout in knockouts for pattern in knockout.overrides for text in _expand(scenario, pattern)]
    return vary(scenario, texts, "knock-out")


def _expand(scenario: Scenario, pattern: str) -> Iterator[str]:
    """One override per parameter that the pattern speaks of and that has another value."""
    key, _, value = pattern.partition("=")
    steps = key.split(".")
    for leaf in leaves(scenario):
        mine = leaf.key.split(".")
        if len(mine) == len(steps) and all(map(fnmatchcase, mine, steps)):
            yield f"{leaf.key}={value}"


def calm(scenario: Scenario) -> Scenario:
    """The scenario without its shock, measured around the same day.

    Raises:
        KnockoutError: The calendar is empty.
    """
    acts = [act.id for act in scenario.acts if act.of_the_law] or [act.id for act in scenario.acts]
    if not acts:
        raise KnockoutError(f"{scenario.title}: expected a shock, found an empty calendar")
    return without(scenario, [f"acts.{name}" for name in acts])


def up_to_half_a_year(scenario: Scenario) -> Scenario:
    """The scenario with the focus of its measures fixed, ended when the last window from there has closed."""
    day = focus(scenario).date()
    end = min(scenario.end, day + dt.timedelta(HALF_YEAR))
    return vary(scenario, [f"focus={day}", f"end={end}"], "knock-out")


def take_apart(
    study: Study,
    scenario: Scenario,
    *,
    knockouts: Sequence[Knockout] = KNOCKOUTS,
    shapley: Sequence[Knockout] = (),
    replicates: int = 10,
    seed: int = 1,
    workers: int | None = None,
    executor: Executor | None = None,
    command: str = "",
    on_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Make the runs of every knock-out, and of every subset of ``shapley``, with the shock and without it.

    Runs end half a year after the focus. Knock-outs that change nothing in the scenario are left out.

    Raises:
        KnockoutError: There is no shock, or too many channels are to be divided.
        StudyError: The disk is full or the workers are lost; what finished is kept.
    """
    if len(shapley) > MOST_DIVIDED:
        raise KnockoutError(
            f"expected at most {MOST_DIVIDED} channels to divide the effect among, found {len(shapley)}"
        )
    base = up_to_half_a_year(scenario)
    sets = [(), *((knockout,) for knockout in knockouts if knock_out(base, [knockout]) != base)]
    sets += [some for size in range(len(shapley) + 1) for some in itertools.combinations(shapley, size)]
    cells: list[Cell] = []
    for out in dict.fromkeys(sets):
        world = knock_out(base, out)
        settings = {"knocked out": _label(out)}
        cells.append(study.cell(world, {**settings, "law": WITH}, replicates))
        cells.append(study.cell(calm(world), {**settings, "law": WITHOUT}, replicates))
    study.make(Plan(tuple(cells), seed, command=command), workers=workers, executor=executor, on_progress=on_progress)


def _label(out: Sequence[Knockout]) -> str:
    return " + ".join(knockout.name for knockout in out) or WHOLE


def effects_by_seed(study: Study) -> pd.DataFrame:
    """Effect of the shock in each pair of runs: knocked out, seed, measure, effect; missing values are left out."""
    finished = study.runs()
    cells = study.table("cells")[["cell", "knocked out", "law"]]
    named = cells.merge(finished, on="cell").drop(columns="cell").set_index(["knocked out", "seed"])
    with_it, without_it = (named[named["law"] == law].drop(columns="law") for law in (WITH, WITHOUT))
    gaps = with_it - without_it.reindex(with_it.index)
    long = gaps.melt(ignore_index=False, var_name="measure", value_name="effect").reset_index()
    return long.dropna(subset="effect")


def effects(study: Study) -> pd.DataFrame:
    """One row per knock-out and measure: effect of the shock without it, what that loses, both with intervals.

    Columns: knocked out, meaning, measure, unit, n, effect, low, high, lost, lost_low, lost_high.
    """
    each = effects_by_seed(study)
    each = each[~each["knocked out"].str.contains(" + ", regex=False)]
    whole = each[each["knocked out"] == WHOLE].set_index(["seed", "measure"])["effect"].rename("whole")
    paired = each.join(whole, on=["seed", "measure"])
    paired = paired.assign(lost=paired["whole"] - paired["effect"])
    by = ["knocked out", "measure"]
    kept = interval_of_mean(paired, by, "effect").rename(columns={"mean": "effect"})
    lost = interval_of_mean(paired, by, "lost").rename(columns={"mean": "lost", "low": "lost_low", "high": "lost_high"})
    table = kept.merge(lost.drop(columns="n"), on=by)
    meanings = {knockout.name: knockout.meaning for knockout in KNOCKOUTS} | {WHOLE: "the whole model"}
    units = _units(study)
    table = table.assign(meaning=table["knocked out"].map(meanings), unit=table["measure"].map(units))
    order = {name: number for number, name in enumerate(units)}
    ranks = {name: number for number, name in enumerate(dict.fromkeys(each["knocked out"]))}
    table = table.sort_values(
        by, key=lambda column: column.map(ranks if column.name == "knocked out" else order), ignore_index=True
    )
    columns = [
        "knocked out",
        "meaning",
        "measure",
        "unit",
        "n",
        "effect",
        "low",
        "high",
        "lost",
        "lost_low",
        "lost_high",
    ]
    return table[columns]


def shapley_values(study: Study, channels: Sequence[Knockout]) -> pd.DataFrame:
    """What part of the effect each channel has: its Shapley value over all orders in which channels can be added.

    Exact for the channels given, in each pair of runs; the mean over pairs, with its interval. The row "the rest" is
    the effect that is left when all of them are taken out; the parts of a measure add up to the whole model's effect.

    Columns: channel, measure, unit, n, part, low, high, share.
    """
    names = [channel.name for channel in channels]
    wide = effects_by_seed(study).pivot(index=["seed", "measure"], columns="knocked out", values="effect")
    values = {
        frozenset(present): wide[_label([channel for channel in channels if channel.name not in present])]
        for size in range(len(names) + 1)
        for present in itertools.combinations(names, size)
    }
    parts = {REST: values[frozenset()]} | {name: shapley_value(name, names, values) for name in names}
    long = pd.concat([part.rename("part").reset_index().assign(channel=name) for name, part in parts.items()])
    table = interval_of_mean(long.dropna(subset="part"), ["channel", "measure"], "part").rename(
        columns={"mean": "part"}
    )
    units = _units(study)
    whole = interval_of_mean(
        values[frozenset(names)].rename("whole").reset_index().dropna(), ["measure"], "whole"
    ).set_index("measure")
    clear = whole["mean"].where((whole["low"] > 0) | (whole["high"] < 0))
    table = table.assign(unit=table["measure"].map(units), share=table["part"] / table["measure"].map(clear))
    ranks = {name: number for number, name in enumerate([*names, REST])}
    order = {name: number for number, name in enumerate(units)}
    table = table.sort_values(
        ["measure", "channel"], key=lambda column: column.map(ranks if column.name == "channel" else order),
        ignore_index=True,
    )  # fmt: skip
    return table[["channel", "measure", "unit", "n", "part", "low", "high", "share"]]


def shapley_value(name: str, names: Sequence[str], values: dict[frozenset[str], Any]) -> Any:
    """Shapley's (1953) value of one member, from the value of every coalition; arrays go element by element."""
    others, n = [other for other in names if other != name], len(names)
    total = 0.0 * values[frozenset()]
    for size in range(n):
        weight = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
        for some in itertools.combinations(others, size):
            total = total + weight * (values[frozenset({*some, name})] - values[frozenset(some)])
    return total


def _units(study: Study) -> dict[str, str]:
    """Unit of an effect on each headline measure of the base, in their order: shares differ in points."""
    measures = headline_measures(study.scenario(study.plan.cells[0]))
    return {measure.name: POINTS if measure.unit == "percent" else measure.unit for measure in measures}


def shown_measures(table: pd.DataFrame) -> list[str]:
    """The measures of ``SHOWN`` that the scenario has, and the share of each platform, in the order of the table."""
    return [name for name in dict.fromkeys(table["measure"]) if name in SHOWN or name.endswith(" share")]
