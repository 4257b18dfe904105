"""Where an effect comes from: the same shock with one rule or channel removed at a time, and Shapley shares.

The effect of the shock is what a measure is with the law's acts, less what it is without them, seed by seed. A
knock-out takes one rule or channel out of both worlds, so that what it does without a shock does not count.
"""

import datetime as dt
import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.drawing.style import INK, MODEL, OBSERVED, grid, house_style, name_panel, points_in_rows, save, tint
from sim.measures import ANNOUNCED, DISCLOSED, HALF_YEAR, POINTS, SANCTION, TOGETHER, focus, headline_measures, kind_of
from sim.results.bands import interval_of_mean
from sim.scenario.fields import leaves
from sim.scenario.files import parse_value, vary, with_values, without
from sim.scenario.schema import Scenario
from sim.scenario.words import listed, number
from sim.study.study import Cell, Study


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
    Knockout("press", "the press does not enquire, so that silent pauses come to light by themselves alone",
             ("press.enquiry_after_rules=0", "press.enquiry_per_announcement=0")),
    Knockout("silence", "pauses are public from the first day", ("press.disclosure_rate=5",)),
    Knockout("due diligence", "reviews take ten years, so that a pause stays a pause",
             ("companies.*.review_days=3650",)),
    Knockout("human rights", "companies do not mind wrongful disclosure", ("companies.*.human_rights_weight=0",)),
    Knockout("court order", "the law leaves the court order in place", ("acts.*.court_order_required=true",)),
    Knockout("rules", "implementation rules tell companies nothing", ("decision.rules_weight=0",)),
    Knockout("civil society", "companies do not hear civil society", ("decision.society_weight=0",)),
    Knockout("users' pressure", "companies do not mind losing users", ("decision.users_weight=0",)),
    Knockout("police adapt", "the police ask as before, whatever the answer",
             ("regulators.*.floor_paused=1", "regulators.*.floor_final=1")),
    Knockout("ladder", "no company is taken up the ladder", ("regulators.*.ladder_rate=0",)),
    Knockout("ISP lag", "ISPs carry out orders within minutes", ("isps.*.lag_days=0.01",)),
    Knockout("salience", "nothing moves public attention",
             ("acts.*.salience=0", "press.salience_per_pause=0", "press.salience_per_block=0",
              "press.salience_per_arrest=0")),
    Knockout("risk", "no app seems safer or less safe than another",
             ("platforms.*.risk=1", "platforms.*.relief_when_paused=0", "platforms.*.alarm_when_complying=0")),
    Knockout("attention", "salience makes no one reconsider an app more often", ("population.attention_salience=0",)),
    Knockout("contagion", "contacts who adopt an app make no one reconsider it", ("population.attention_peers=0",)),
    Knockout("network effect", "people do not mind which apps their contacts hold", ("population.gamma=0",)),
    Knockout("redundancy", "apps that reach the same people make none of them less useful",
             ("population.redundancy=0",)),
    Knockout("knowing", "everyone knows every app", ("population.acquaintances=1e6",)),
    Knockout("search", "who has lost an app looks for no other", ("population.loss_rate=0",)),
    Knockout("expected movement", "no one expects others to gather at one app", ("population.expected_movement=0",)),
    Knockout("self-censorship", "salience silences no one", ("population.self_censorship=0",)),
    Knockout("VPN", "no news makes anyone think of a VPN, and none brings a blocked app back",
             ("population.vpn_rate=0", "platforms.*.vpn=false")),
)  # fmt: skip
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
SHOWN = (TOGETHER, ANNOUNCED, DISCLOSED, SANCTION)
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
    for name, times in Counter(names).items():
        if name not in known:
            raise KnockoutError(f"no knock-out {name!r}; expected some of {', '.join(known)}")
        if times > 1:
            raise KnockoutError(f"expected each knock-out once, found {name!r} twice")
    return tuple(known[name] for name in names)


def knock_out(scenario: Scenario, knockouts: Sequence[Knockout]) -> Scenario:
    """The scenario without some rules or channels."""
    changes, known = {}, [(leaf.key, leaf.key.split(".")) for leaf in leaves(scenario)]
    for pattern, _, value in (text.partition("=") for knockout in knockouts for text in knockout.overrides):
        steps = pattern.split(".")
        for key, mine in known:
            if len(mine) == len(steps) and all(map(fnmatchcase, mine, steps)):
                changes[key] = parse_value(value)
    return with_values(scenario, changes, "knock-out")


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


def lay_out(
    study: Study,
    scenario: Scenario,
    *,
    knockouts: Sequence[Knockout] = KNOCKOUTS,
    shapley: Sequence[Knockout] = (),
    replicates: int = 10,
) -> tuple[Cell, ...]:
    """Cells of every knock-out, and of every subset of ``shapley``, with the shock and without it.

    Runs end half a year after the focus. Knock-outs that change nothing in the scenario are left out.

    Raises:
        KnockoutError: There is no shock, or too many channels are to be divided.
    """
    if len(shapley) > MOST_DIVIDED:
        raise KnockoutError(
            f"expected at most {MOST_DIVIDED} channels to divide the effect among, found {len(shapley)}"
        )
    base = up_to_half_a_year(scenario)
    sets = [(), *((knockout,) for knockout in knockouts if knock_out(base, [knockout]) != base), *_subsets(shapley)]
    cells: list[Cell] = []
    for out in dict.fromkeys(sets):
        world, settings = knock_out(base, out), {"knocked out": _label(out)}
        cells.append(study.cell(world, {**settings, "law": WITH}, replicates))
        cells.append(study.cell(calm(world), {**settings, "law": WITHOUT}, replicates))
    return tuple(cells)


def _subsets[One](of: Sequence[One]) -> list[tuple[One, ...]]:
    return [some for size in range(len(of) + 1) for some in itertools.combinations(of, size)]


def _label(out: Sequence[Knockout]) -> str:
    return " + ".join(knockout.name for knockout in out) or WHOLE


def effects_by_seed(study: Study) -> pd.DataFrame:
    """Effect of the shock in each pair of runs: knocked out, seed, measure, effect; missing values are left out."""
    cells = study.table("cells")[["cell", "knocked out", "law"]]
    named = cells.merge(study.runs(), on="cell").drop(columns="cell").set_index(["knocked out", "seed"])
    with_it, without_it = (named[named["law"] == law].drop(columns="law") for law in (WITH, WITHOUT))
    gaps = with_it - without_it.reindex(with_it.index)
    long = gaps.melt(ignore_index=False, var_name="measure", value_name="effect").reset_index()
    return long.dropna(subset="effect")


def effects(study: Study) -> pd.DataFrame:
    """One row per knock-out and measure: effect of the shock without it, what that loses, both with intervals.

    Columns: knocked out, meaning, measure, name, unit, n, effect, low, high, lost, lost_low, lost_high.
    """
    each = effects_by_seed(study)
    each = each[~each["knocked out"].str.contains(" + ", regex=False)]
    table = losses(each)
    meanings = {knockout.name: knockout.meaning for knockout in KNOCKOUTS} | {WHOLE: "the whole model"}
    found = [*table.columns[2:]]
    table = table.assign(meaning=table["knocked out"].map(meanings))
    table = _in_order(table, ["knocked out", "measure"], study, list(dict.fromkeys(each["knocked out"])))
    return table[["knocked out", "meaning", "measure", "name", "unit", *found]]


def losses(each: pd.DataFrame) -> pd.DataFrame:
    """What is left of each effect without a rule or channel and what it loses, pair by pair, both with intervals.

    Args:
        each: A row per pair: knocked out (``WHOLE`` where nothing is), seed, measure, effect.

    Returns:
        Columns: knocked out, measure, n, effect, low, high, lost, lost_low, lost_high.
    """
    whole = each[each["knocked out"] == WHOLE].set_index(["seed", "measure"])["effect"].rename("whole")
    paired = each.join(whole, on=["seed", "measure"])
    paired = paired.assign(lost=paired["whole"] - paired["effect"])
    by = ["knocked out", "measure"]
    kept = interval_of_mean(paired, by, "effect").rename(columns={"mean": "effect"})
    lost = interval_of_mean(paired, by, "lost").rename(columns={"mean": "lost", "low": "lost_low", "high": "lost_high"})
    return kept.merge(lost.drop(columns="n"), on=by)


def shapley_values(study: Study, channels: Sequence[Knockout]) -> pd.DataFrame:
    """What part of the effect each channel has: its Shapley value over all orders in which channels can be added.

    Exact for the channels given, in each pair of runs; the mean over pairs, with its interval. The row "the rest" is
    the effect that is left when all of them are taken out; the parts of a measure add up to the whole model's effect.

    Columns: channel, measure, name, unit, n, part, low, high, share.
    """
    names = [channel.name for channel in channels]
    wide = effects_by_seed(study).pivot(index=["seed", "measure"], columns="knocked out", values="effect")
    values = {
        frozenset(present): wide[_label([channel for channel in channels if channel.name not in present])]
        for present in _subsets(names)
    }
    parts = {REST: values[frozenset()]} | {name: shapley_value(name, names, values) for name in names}
    long = pd.concat([part.rename("part").reset_index().assign(channel=name) for name, part in parts.items()])
    table = interval_of_mean(long.dropna(subset="part"), ["channel", "measure"], "part").rename(
        columns={"mean": "part"}
    )
    every = values[frozenset(names)].rename("whole").reset_index().dropna()
    whole = interval_of_mean(every, ["measure"], "whole").set_index("measure")
    clear = whole["mean"].where(is_clear(whole))
    table = table.assign(share=table["part"] / table["measure"].map(clear))
    table = _in_order(table, ["measure", "channel"], study, [*names, REST])
    return table[["channel", "measure", "name", "unit", "n", "part", "low", "high", "share"]]


def _in_order(table: pd.DataFrame, by: Sequence[str], study: Study, others: Sequence[str]) -> pd.DataFrame:
    """A table with names and units, its measures in their own order, the other of two columns in that of ``others``."""
    measures = headline_measures(study.scenario(study.plan.cells[0]))
    units = {one.id: POINTS if one.unit == "percent" else one.unit for one in measures}  # shares differ in points
    ranks = {id: number for number, id in enumerate([*units, *others])}
    names = table["measure"].map({one.id: one.name for one in measures})
    table = table.assign(name=names, unit=table["measure"].map(units))
    return table.sort_values([*by], key=lambda column: column.map(ranks), ignore_index=True)


def is_clear(table: pd.DataFrame, of: str = "") -> "pd.Series[bool]":
    """Whether the interval of a mean leaves out zero."""
    return (table[f"{of}low"] > 0) | (table[f"{of}high"] < 0)


def shapley_value(name: str, names: Sequence[str], values: dict[frozenset[str], Any]) -> Any:
    """Shapley's (1953) value of one member, from the value of every coalition; arrays go element by element."""
    n, total = len(names), 0.0 * values[frozenset()]
    for some in _subsets([other for other in names if other != name]):
        weight = math.factorial(len(some)) * math.factorial(n - len(some) - 1) / math.factorial(n)
        total = total + weight * (values[frozenset({*some, name})] - values[frozenset(some)])
    return total


def shown_measures(table: pd.DataFrame) -> list[str]:
    """The measures of ``SHOWN`` that the scenario has, and the share of each platform, in the order of the table."""
    return [id for id in dict.fromkeys(table["measure"]) if id in SHOWN or kind_of(id) == "share"]


# Pictures


def findings(table: pd.DataFrame) -> list[str]:
    """For each measure shown that the shock clearly moves, what is left of that without the channel that carries most.

    Clear is what has a 90 % interval without zero. Largest part first; of equal parts the order of ``SHOWN``, then the
    order of the table. What the world is like without a channel is told in its own words.
    """
    found = []
    for id in _by_interest(shown_measures(table)):
        mine = table[table["measure"] == id].set_index("knocked out")
        whole, others = mine.loc[WHOLE], mine.drop(WHOLE)
        others = others[is_clear(others, "lost_")]
        if others.empty or not (whole["low"] > 0 or whole["high"] < 0):
            continue
        share = (others["lost"].abs() / abs(whole["effect"])).clip(upper=1.0)
        left = others["effect"].map(_signed)
        channel = share.idxmax()
        alike = others["meaning"][(left == left[channel]) & (left.index != channel)]
        where = ", or where ".join([others["meaning"][channel], *alike[:1]])
        where += f" (or without {len(alike) - 1} more)" if len(alike) > 1 else ""
        unit = "" if whole["unit"] in whole["name"] else f" {whole['unit']}"
        effect = f"the shock’s effect on {whole['name']} is {left[channel]}{unit} instead of {_signed(whole['effect'])}"
        found.append((float(share[channel]), f"Where {where}, {effect}"))
    return [sentence for _, sentence in sorted(found, key=lambda one: -one[0])]


def _by_interest(measures: list[str]) -> list[str]:
    return sorted(measures, key=lambda name: SHOWN.index(name) if name in SHOWN else len(SHOWN))


def finding(table: pd.DataFrame) -> str:
    """What the knock-outs of this run show, in a sentence."""
    none = "No rule or channel clearly changes what the shock does, on any measure shown, when it alone is taken out"
    return next(iter(findings(table)), none)


def largest_part(parts: pd.DataFrame) -> str:
    """Which channel has most of the effect on the first measure that the shock clearly moves, in a sentence."""
    clear = parts[parts["share"].notna()]
    for measure in _by_interest(shown_measures(clear)):
        mine = clear[clear["measure"] == measure].set_index("channel")
        channel = str(mine["share"].idxmax())
        led = mine.loc[channel]
        unit = "" if led["unit"] in led["name"] else f" {led['unit']}"
        whose = "none of these channels" if channel == REST else channel
        effect, part = _signed(led["part"] / led["share"]), _signed(led["part"])
        return f"Of the shock’s effect on {led['name']}, {effect}{unit}, the largest part is due to {whose}: {part}"
    return "The shock clearly moves no measure shown, so that there is nothing to divide among channels"


def _signed(value: float) -> str:
    text = number(value)
    return f"+{text}" if value > 0 else text


def draw_knockouts(table: pd.DataFrame, parts: pd.DataFrame, folder: Path, footer: str) -> list[Path]:
    """Write ``knockouts`` and, where the effect was divided, ``shapley``, as PNG and SVG.

    ``table`` and ``parts`` are those of ``effects`` and ``shapley_values``; the latter may have no rows.
    """
    shown, words = shown_measures(table), f"{'. '.join(findings(table)) or finding(table)}."
    with house_style():
        files = save(_paint_effects(table, shown, footer), folder, "knockouts", words)
        if len(parts):
            files += save(_paint_parts(parts, shown, footer), folder, "shapley", _parts_in_words(parts, shown))
    return files


def _paint_effects(table: pd.DataFrame, shown: list[str], footer: str) -> Figure:
    """A panel per measure, a row per knock-out that clearly changes one; the others are named below the title."""
    clear = is_clear(table, "lost_")
    telling = set(table.loc[clear & table["measure"].isin(shown), "knocked out"])
    every = list(dict.fromkeys(table["knocked out"]))
    rows = [name for name in every if name == WHOLE or name in telling or not telling]
    idle = [name for name in every if name not in rows]
    subtitle = (
        "Effect of the shock on each measure, with one rule or channel taken out of the world with the law and out of "
        "that without it. Point: mean over pairs of runs; line: its 90 % interval. Grey line: the whole model. Filled: "
        "the interval of what the effect loses excludes zero; of many, one in ten does so by chance."
    )
    subtitle += f" Not drawn, as no measure shown clearly changes without them: {listed(idle)}." if idle else ""
    names = [f"{name} taken out" if name == WHOLE else name for name in rows]
    page, panels = grid(finding(table), subtitle, names, len(shown), footer)
    for axes, measure in zip(panels, shown, strict=True):
        mine = table[table["measure"] == measure].set_index("knocked out").reindex(rows)
        axes.axvline(0, color=INK, linewidth=0.6)
        axes.axvline(mine.loc[WHOLE, "effect"], color=OBSERVED, linewidth=1.2)
        points_in_rows(axes, mine, "effect", filled=is_clear(mine, "lost_").to_numpy(), size=4.5)
        name_panel(axes, mine["name"].dropna().iloc[0], mine["unit"].dropna().iloc[0])
    return page.figure


def _paint_parts(parts: pd.DataFrame, shown: list[str], footer: str) -> Figure:
    """A panel per measure, a bar per channel: its Shapley value."""
    rows = list(dict.fromkeys(parts["channel"]))
    subtitle = (
        "Shapley value of each channel: its contribution to the effect of the shock, averaged over all orders in which "
        "the channels can be added. Bars of a panel add up to the effect of the whole model. Line: 90 % interval."
    )
    page, panels = grid(largest_part(parts), subtitle, rows, len(shown), footer)
    for axes, measure in zip(panels, shown, strict=True):
        mine = parts[parts["measure"] == measure].set_index("channel").reindex(rows)
        axes.axvline(0, color=INK, linewidth=0.6)
        axes.barh(np.arange(len(rows)), mine["part"], height=0.6, color=tint(MODEL, 0.6), linewidth=0)
        axes.hlines(np.arange(len(rows)), mine["low"], mine["high"], color=INK, linewidth=1.0)
        name_panel(axes, mine["name"].dropna().iloc[0], mine["unit"].dropna().iloc[0])
    return page.figure


def _parts_in_words(parts: pd.DataFrame, shown: list[str]) -> str:
    lines = []
    for measure in shown:
        mine = parts[parts["measure"] == measure]
        words = ", ".join(f"{c} {p:+.3g}" for c, p in zip(mine["channel"], mine["part"], strict=True))
        lines.append(f"{mine['name'].iloc[0]}: {words}")
    return "Shapley values. " + "; ".join(lines) + "."


# The question


def names_of(text: str | None, usual: Sequence[str]) -> list[str]:
    """Names with commas between; the usual ones where none are told."""
    return [*usual] if text is None else [name.strip() for name in text.split(",") if name.strip()]
