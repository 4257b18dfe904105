"""The answer page: what was asked, the answer in a sentence with its band, how sure it is, who did what, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.analyses.claims import DEPENDS, OPEN, SURE, TRIES, FlipTest, Turn, try_answer
from sim.analyses.compare.analysis import Comparison
from sim.analyses.compare.outcomes import END, HERE, LATER, THERE, Course, acts_apart, differing
from sim.analyses.compare.people import FATES
from sim.drawing import calendar, style
from sim.drawing.calendar import TOTAL
from sim.measures import ACCOUNTS, ANSWERS, COMPANIES, DAILY, MET, POINTS
from sim.results.bands import percentiles
from sim.results.ensemble import summarise
from sim.results.posterior import load_posterior
from sim.runs.store import Store
from sim.scenario.fields import Leaf, leaves
from sim.scenario.schema import Scenario, origins
from sim.scenario.words import compact, day_in_words, listed, number, short_meaning
from sim.view import page, words
from sim.view.alike import cases_alike
from sim.view.links import Chain
from sim.view.stage import cut_in_words, in_words, paint_scene, scene_of
from sim.view.went import last_day, went
from sim.view.words import Change, Told

NAMES = ("baseline", "asked")
"""What both worlds are called at the ends of their lines."""
MOST_ROWS, MOST_ACTS = (5, 3), 6
"""Rows of what changed most, in points and counts, and acts that are told before the rest is folded away."""
WIDE, NARROW = 8.6, 4.0
"""Inches: at 390 pixels the narrow one shows its smallest letters at 7 points."""
EVENTS = {WIDE: 7, NARROW: 5}
"""Events that are named above a picture of a width."""
GREY = "#70777F"
"""The baseline."""
PANEL, HEADING, BELOW = 1.4, 0.22, 0.32
"""Heights of a panel, of the words above it, and of the room below it."""
DOT = 0.11
"""Inches of a dot that stands for a pair."""
MOST_APPS, MOST_PANELS = 3, 4
HEADINGS = {
    ACCOUNTS: ("Accounts handed over since the worlds part", style.HANDED_OVER),
    ANSWERS: ("Companies that answer demands for data", style.MODEL),
}
"""Above panels, and their colours, by the id of the quantity."""
LEAST = 0.5
"""Points at the end by which an app must differ to have a panel beside the one that differs most."""
BEFORE = 0.12
"""Part of the horizon that is shown before the worlds part."""


def answer(
    comparison: Comparison,
    world: str,
    *,
    command: str = "",
    asked: str = "",
    scenario_file: str = "",
    tested: FlipTest | None = None,
    chain: Chain | None = None,
) -> str:
    """The answer page of one world against the base.

    Args:
        comparison: Worlds run in pairs.
        world: The one that was asked for.
        command: What made the comparison.
        asked: The question as it was typed, where there was one.
        scenario_file: Name of the file in which the question was saved.
        tested: The flip test of the answer, where it was made.
        chain: The links of the mechanism that carry it, where they were tried.
    """
    told = Told(comparison, world)
    base, other = told.base, told.other
    rows, rest = words.rows_of(told.changes, MOST_ROWS)
    done = list(deeds(comparison, world))
    common = [deed for deed in done if deed.is_common]
    groups = groups_at_the_end(comparison, world)
    pictures = page.Pictures(thins=True)
    sentence, *further = told.sentences
    outcomes = comparison.outcomes
    content = page.about(other) | {
        "title": other.question or other.title, "base": comparison.names[0], "base_title": base.title,
        "changes": list(comparison.changes.loc[comparison.changes["world"] == world, "sentence"]),
        "sentence": sentence, "further": " ".join(further), "sure": told.sure,
        "turning": turning(tested) if tested else None, "chain": chain,
        "leads": words.capital(told.lead.name), "unit": told.lead.unit, "verdict": verdict_of(told, tested),
        "horizon": f"{day_in_words(base.date(comparison.first(world)))} to {day_in_words(base.end)}",
        "pictures": _pictures(told, rows, groups, pictures), "letters": pictures.letters,
        "deeds": common[:MOST_ACTS], "went": went(told), "by": day_in_words(last_day(told)),
        "is_of_institutions": words.is_of_institutions(base, other),
        "more_deeds": [*common[MOST_ACTS:], *(deed for deed in done if not deed.is_common)],
        "rest": rest,
        "groups": None if groups.empty else {"cut": cut_off(groups), "table": fates_of_groups(groups)},
        "silent": silent(base, other), "unsaid": unsaid(base, other),
        "varied": _varied(comparison) if comparison.is_drawn else None,
        "seen": page.observed(summarise(comparison.ensemble(comparison.names[0]))) if base.observed else [],
        "alike": cases_alike(base, other, told.lead.id),
        "world": base, "digests": (base.digest(), other.digest()),
        "outcomes": words.by_name(outcomes[outcomes["world"] == world].drop(columns="world")),
        "pairs": len(comparison.seeds), "is_drawn": comparison.is_drawn,
        "seeds": page.seeds_in_words(comparison.seeds), "command": command, "asked": asked,
        "scenario_file": scenario_file,
    }  # fmt: skip
    return page.render("answer", content)


def try_answers(
    comparison: Comparison,
    *,
    workers: int | None = None,
    keep: Store | None = None,
    on_progress: Callable[[float, float], None] | None = None,
) -> dict[str, FlipTest]:
    """The flip test of what leads each answer, by world; none where that has no sign, or all pairs the same numbers.

    Args:
        comparison: Worlds run in pairs.
        workers: Processes; all cores when absent.
        keep: Where to keep finished runs until all are there.
        on_progress: Called with the number of runs done and that of runs known to be needed.
    """
    tested = {}
    for world in comparison.others if comparison.is_drawn else ():
        told = Told(comparison, world)
        if told.lead.is_clear:
            tested[world] = try_answer(
                comparison, world, told.lead.id, told.day, load_posterior(), workers=workers, keep=keep,
                on_progress=on_progress,
            )  # fmt: skip
    return tested


# Who did what


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that happens in one world alone, as a line of the page."""

    date: dt.date
    text: str
    pairs: str
    because: tuple[str, ...]
    is_common: bool
    """Whether it is so in most pairs."""
    about: tuple[str, ...]
    """Who acts, and to whom or what."""

    @property
    def day(self) -> str:
        """The date in words."""
        return day_in_words(self.date)


def deeds(comparison: Comparison, world: str) -> Iterator[Deed]:
    """What happens in one world alone; what several do alike, and what one does again and again, is one line."""
    base, other = comparison.runs(world)
    table = acts_apart(base, other)
    reports = table["sentence"].where(table["verb"] == "report", "")
    several = table.groupby(["what", "verb", "target", reports.rename("says")], sort=False)
    for _, group in sorted(several, key=lambda item: item[1]["date"].iloc[0]):
        common = group[2 * group["pairs"] > group["of"]]
        first = (common if len(common) else group).iloc[0]
        actors = [actor for actor in dict.fromkeys(group["actor"]) if actor != first["actor"]]
        again = len(group[group["actor"] == first["actor"]]) - 1
        yield Deed(
            first["date"].date(),
            _line(first, actors, again),
            f"in {first['pairs']} of {first['of']} pairs",
            tuple(first["because"]),
            bool(2 * first["pairs"] > first["of"]),
            tuple(map(str, (first["actor"], *actors, first["target"]))),
        )


def _line(first: pd.Series, actors: Sequence[str], again: int) -> str:
    """The sentence of an act with what makes it one of one world, who else does it, and how often."""
    late = f"{first['days']} days {'later' if first['what'] == LATER else 'sooner'}: "
    text = {THERE: "", HERE: "Only in the baseline: "}.get(first["what"], late) + str(first["sentence"])
    text += f" Likewise {listed(actors)}." if actors else ""
    return text + (f" And {again} more {'time' if again == 1 else 'times'}." if again else "")


def events_of(told: Told, most: int) -> list[calendar.Mark]:
    """Acts that move what is shown, in either world, by name: those that differ first, then those with most weight."""
    base, other = told.base, told.other
    apart = [act for act in differing(base, other) if calendar.moves(act)]
    gone = calendar.marks_of(base, [act for act in apart if act in base.acts])
    days = {other.day(act.date) for act in apart if act.date is not None}
    first = told.comparison.first(told.world)
    shown = [replace(mark, label=f"{NAMES[0]}: {mark.label}") for mark in gone]
    shown += [mark for mark in calendar.moving_marks(other) if mark.day >= first]
    chosen = sorted(shown, key=lambda mark: (mark.day not in days, -mark.weight))[:most]
    return sorted(chosen, key=lambda mark: mark.day)


def silent(base: Scenario, other: Scenario) -> list[str]:
    """Acts that differ and draw no attention of their own, where they could, in a few words."""
    return [act.in_short() for act in differing(base, other) if not act.salience and calendar.moves(act)]


def unsaid(base: Scenario, other: Scenario) -> list[str]:
    """Shares that acts of the question leave as their kind has them, such as the use that a block lets through."""
    asked = [f"acts.{act.id}." for act in differing(base, other) if act not in base.acts]
    return [
        f"{item.key.rpartition('.')[2]} = {number(item.value)} ({item.meaning})"
        for item in origins(other)
        if item.is_default and item.status == "setting" and item.unit == "1" and type(item.value) is float
        if item.key.startswith(tuple(asked))
    ]


def _varied(comparison: Comparison) -> pd.DataFrame:
    """Parameters that differ from pair to pair, with their smallest and largest value."""
    values: dict[str, list[Any]] = {}
    for world in comparison.runs(comparison.others[0])[0]:
        for leaf in leaves(world.scenario):
            values.setdefault(leaf.key, []).append(leaf.value)
    item = {item.key: item for item in origins(comparison.scenarios[0])}
    rows = [
        (key, item[key].value, f"{number(min(found))} to {number(max(found))}", item[key].unit, item[key].meaning)
        for key, found in values.items()
        if any(value != found[0] for value in found)
    ]
    return pd.DataFrame(rows, columns=["parameter", "in the scenario", "in these pairs", "unit", "meaning"])


# Who bears it: whose apps differ because of the change, and who is cut off, by groups of people


def groups_at_the_end(comparison: Comparison, world: str) -> pd.DataFrame:
    """Rows of the table of bearers on the last day, the group in words; none where nobody is told apart."""
    table = comparison.bearers
    if table.empty:
        return table
    table = table[(table["world"] == world) & (table["date"] == comparison.dates[-1])]
    return table.assign(group=table["by"] + ": " + table["group"])


def groups_apart(table: pd.DataFrame) -> list[Change]:
    """Percent of each group whose apps are not those of the baseline, with its band; none where there is nobody."""
    same = table[table["fate"] == FATES[0]]
    if not (same["mean"] < 100).any():
        return []
    rows = []
    for row in same.to_dict("records"):
        name, mean = str(row["group"]), 100 - row["mean"]
        rows.append(Change(name, name, "percent", 0.0, mean, mean, 100 - row["p95"], 100 - row["p05"], ()))
    return rows


def cut_off(table: pd.DataFrame) -> str:
    """Who is cut off from an app that is open in the baseline, in a sentence."""
    cut = table[(table["fate"] == FATES[4])].set_index("group")["mean"]
    if not (cut > 0).any():
        return "Nobody is cut off from an app only because of it on the last day."
    providers = cut[cut.index.str.startswith("internet provider")]
    return (
        f"Cut off from an app only because of it on the last day: {number(providers.min())} to"
        f" {number(providers.max())} percent of people by internet provider."
    )


def fates_of_groups(table: pd.DataFrame) -> pd.DataFrame:
    """A row per group: its size and the mean percent with each fate."""
    wide = table.pivot(index="group", columns="fate", values="mean")[list(FATES)]
    wide.insert(0, "percent of all", table.drop_duplicates("group").set_index("group")["size"])
    return wide.loc[[*dict.fromkeys(table["group"])]].map(number).rename_axis(None, axis=1).reset_index()


# Pictures, each in two widths


def _pictures(told: Told, rows: Sequence[Change], groups: pd.DataFrame, pictures: page.Pictures) -> dict[str, Any]:
    """The pictures by their names, with their words; none where there is nothing to show."""
    base, found, scene = told.base, panels_of(told), scene_of(told)
    apart = groups_apart(groups) if len(groups) else []
    colours = style.platform_colours(list(base.platforms)) | {"": GREY}
    with style.house_style():
        gap = [paint_gap(found, events_of(told, EVENTS[width]), base, width) for width in (WIDE, NARROW)]
        made: dict[str, Any] = {"gap": pictures.in_two_widths("gap", gap_in_words(found, base), *gap)}
        for name, shown in (("most", rows), ("borne", apart)):
            painted = [paint_changes(shown, base, width) for width in (WIDE, NARROW)]
            made[name] = pictures.in_two_widths(name, changes_in_words(shown), *painted) if shown else None
        dots = [paint_worlds(told.lead, found[0].colour, width) for width in (WIDE, NARROW)]
        made["worlds"] = pictures.in_two_widths("worlds", worlds_in_words(told.lead), *dots)
        stage = [paint_scene(scene, colours, width) for width in (WIDE, NARROW)] if scene else []
        made["stage"] = pictures.in_two_widths("stage", in_words(scene), *stage) if scene else None
    return made | {"people": len(scene.people) if scene else 0, "cut": cut_in_words(scene) if scene else ""}


def panels_of(told: Told) -> list[Panel]:
    """What the picture of both worlds shows, from top to bottom: first what the first sentence tells."""
    lead, what = told.lead.id, told.leading.quantity
    found = panels(told.courses, told.base, told.named)
    met = f"Share of pairs in which {lead.removesuffix(MET)} has met a demand"
    heading, colour = HEADINGS.get(lead, (met if lead.endswith(MET) else words.capital(what.meaning), style.MODEL))
    if what.platform:
        uses = "use it on a day" if lead.endswith(DAILY) else "have it"
        heading = f"{what.platform}, % of people who {uses}"
        colour = style.platform_colours(list(told.base.platforms))[what.platform]
    rest = [panel for panel in found if panel.course.quantity.id != lead]
    return [Panel(told.leading, heading, colour), *rest][:MOST_PANELS]


@dataclass(frozen=True, slots=True)
class Panel:
    """A quantity of both worlds, its heading and colour."""

    course: Course
    heading: str
    colour: str

    @property
    def change(self) -> Change:
        """What is told of its end."""
        return words.change(self.course, self.course.day(END))

    @property
    def ends(self) -> tuple[str, str]:
        """The words at the ends of both lines."""
        percent = " %" if self.course.quantity.unit == POINTS else ""
        before, after = (
            f"{name} {level}{percent}" for name, level in zip(NAMES, words.levels(self.change), strict=True)
        )
        return before, after


def panels(courses: Mapping[str, Course], scenario: Scenario, named: Collection[str] = ()) -> list[Panel]:
    """The app that the question names or that differs most, others that differ clearly, and accounts where they do."""
    users = {course.quantity.platform: id for id, course in courses.items() if course.quantity.role == "users"}
    of_app = {
        name: Panel(courses[users[name]], f"{name}, % of people who have it", colour)
        for name, colour in style.platform_colours(list(scenario.platforms)).items()
    }
    ends = {name: panel.change for name, panel in of_app.items()}
    order = sorted(ends, key=lambda name: (not ends[name].is_clear, name not in named, -abs(ends[name].mean)))
    chosen = order[:1] + [n for n in order[1:MOST_APPS] if ends[n].is_clear and abs(ends[n].mean) >= LEAST]
    found = [of_app[name] for name in chosen]
    if ACCOUNTS in courses:
        accounts = Panel(courses[ACCOUNTS], *HEADINGS[ACCOUNTS])
        found += [accounts] * accounts.change.is_clear
    return found


def shown_from(first: int, scenario: Scenario) -> int:
    """The first day that is shown of worlds that part on a day."""
    return max(first - max(round(BEFORE * (scenario.days - first)), 7), 0)


def paint_gap(found: Sequence[Panel], events: Sequence[calendar.Mark], scenario: Scenario, width: float) -> Figure:
    """Both worlds over the horizon: the baseline grey, the other in colour, the gap shaded, events by name.

    Args:
        found: Panels from top to bottom.
        events: What is marked above the first panel.
        scenario: The base, for the calendar.
        width: Of the picture in inches.
    """
    start, last = shown_from(found[0].course.first, scenario), scenario.days - 1
    left, tail = 0.5, max(style.text_width(text, style.SMALL) for panel in found for text in panel.ends) + 0.25
    room = width - left - tail
    strip = calendar.arrange(events, start, last, room, 0.45 if width >= WIDE else 0.75, tail)
    heading = HEADING if width >= WIDE else 2 * HEADING - 0.06
    step = PANEL + heading + BELOW
    height = calendar.strip_height(strip) + len(found) * step + BELOW
    sheet = style.Sheet(width, height)
    top = heading + calendar.strip_height(strip)
    for i, panel in enumerate(found):
        axes = sheet.figure.add_axes((left / width, 1 - (top + PANEL) / height, room / width, PANEL / height))
        calendar.set_calendar(axes, scenario, start, last, room, labels=panel is found[-1])
        calendar.draw_lines(axes, events)
        draw_panel(axes, panel, start, last, PANEL)
        above = top - heading - (calendar.strip_height(strip) if i == 0 else 0.0)
        sheet.write(0.0, above, panel.heading, weight="bold")
        where, side = ((width, above), "right") if width >= WIDE else ((0.0, above + 0.17), "left")
        sheet.write(*where, words.signed(panel.change), ha=side, weight="bold", color=style.ink_of(panel.colour))
        if i == 0:
            calendar.draw_strip(axes, strip)
        top += step
    return sheet.figure


def draw_panel(axes: Axes, panel: Panel, start: int, last: int, tall: float) -> None:
    """Means and bands of both worlds, the gap between them, and words at their ends; ``tall`` is in inches."""
    days = np.arange(start, last + 1) + 0.5
    both = (panel.course.base, GREY), (panel.course.other, panel.colour)
    for world, colour in both:
        low, _, high = percentiles(world[:, start : last + 1])
        axes.fill_between(days, low, high, color=style.tint(colour, 0.18), linewidth=0, zorder=1.2, label=TOTAL)
    one, two = (world[:, start : last + 1].mean(axis=0) for world, _ in both)
    axes.fill_between(days, one, two, color=style.tint(panel.colour, 0.35), linewidth=0, zorder=1.6)
    axes.plot(days, one, color=GREY, linewidth=1.6, zorder=3)
    axes.plot(days, two, color=panel.colour, linewidth=2.0, zorder=3.2)
    style.grid_lines(axes, "y")
    axes.locator_params(axis="y", nbins=4)
    axes.margins(y=0.12)
    axes.autoscale_view(scalex=False)
    in_points = panel.course.quantity.unit == POINTS
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}" if in_points else compact(value))
    low, high = axes.get_ylim()
    places = style.spread([(float(line[-1]) - low) / (high - low) * tall for line in (one, two)], 0.17, 0.0, tall)
    for text, at, (_, colour), weight in zip(panel.ends, places, both, ("normal", "bold"), strict=True):
        axes.annotate(
            text, (1, at / tall), xycoords="axes fraction", xytext=(6, 0), textcoords="offset points",
            size=style.SMALL, va="center", color=style.ink_of(colour), weight=weight, annotation_clip=False,
        )  # fmt: skip


def paint_changes(changes: Sequence[Change], scenario: Scenario, width: float) -> Figure:
    """A dot for each difference at the end with its band, sorted by size; one scale for each unit.

    Args:
        changes: The differences.
        scenario: The base, for the colours of its apps.
        width: Of the picture in inches.
    """
    colours = style.platform_colours(list(scenario.platforms))
    groups: dict[str, list[page.Row]] = {}
    for one in changes:
        row = page.Row(
            one.name, words.signed(one), (one.low, one.high), one.mean,
            colours.get(one.platform, style.INK),
        )  # fmt: skip
        groups.setdefault(one.unit, []).append(row)
    step, gap = 0.24, 0.5
    height = step * len(changes) + gap * len(groups)
    left = min(max((style.text_width(one.name, style.SMALL) for one in changes), default=0.0) + 0.15, 0.42 * width)
    tail = max((style.text_width(words.signed(one), style.SMALL) for one in changes), default=0.0) + 0.15
    room = max(width - left - tail, 0.6)
    sheet = style.Sheet(width, max(height, step))
    top = 0.05
    for rows in groups.values():
        axes = sheet.axes(left, top, room, step * len(rows))
        page.name_rows(axes, rows, left - 0.1, 4 if width >= WIDE else 2)
        page.draw_dots(axes, rows, 0.35, 5.5)
        top += step * len(rows) + gap
    return sheet.figure


def paint_worlds(one: Change, colour: str, width: float) -> Figure:
    """A dot for each pair at its difference, those that are alike above one another, beside a line at none.

    Args:
        one: What leads an answer.
        colour: Of the dots.
        width: Of the picture in inches.
    """
    room, tall = width - 2 * DOT, 0.5
    low, high = min(*one.gaps, 0.0), max(*one.gaps, 0.0)
    reach = (high - low) or 1.0
    at = np.round((np.array(one.gaps) - low) / reach * room / DOT).astype(int)
    above = pd.Series(at).groupby(at).cumcount().to_numpy()
    step = min(DOT, tall / (above.max() + 1))
    sheet = style.Sheet(width, tall + 0.3)
    axes = sheet.axes(DOT, 0.0, room, tall)
    axes.set(xlim=(-DOT / 2, room + DOT / 2), ylim=(0, tall), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.axvline(-low / reach * room, color=style.INK, linewidth=0.8)
    axes.scatter(at * DOT, (above + 0.5) * step, s=(64 * DOT) ** 2, color=colour, linewidths=0, zorder=3, clip_on=False)
    locator = MaxNLocator(5 if width >= WIDE else 3, integer=one.unit == COMPANIES)
    ticks = [value for value in locator.tick_values(low, high) if low <= value <= high]
    axes.set_xticks([(value - low) / reach * room for value in ticks], [*map(style.signed_tick, ticks)])
    return sheet.figure


def worlds_in_words(one: Change) -> str:
    """The dots in words."""
    gaps = np.array(one.gaps)
    less, more, same = ((gaps < 0).sum(), (gaps > 0).sum(), (gaps == 0).sum())
    return f"{words.capital(one.name)} in {len(gaps)} pairs: less in {less}, the same in {same}, more in {more}."


def gap_in_words(found: Sequence[Panel], scenario: Scenario) -> str:
    """Both worlds at the end, with their numbers."""
    parts = []
    for panel in found:
        before, after = words.levels(panel.change)
        parts.append(
            f"{panel.heading}: {after} {NAMES[1]}, {before} {NAMES[0]}, a difference of {words.signed(panel.change)}"
        )
    return f"On {day_in_words(scenario.end)}. {'. '.join(parts)}."


def changes_in_words(rows: Sequence[Change]) -> str:
    """The dots in words."""
    return "; ".join(f"{one.name}: {words.signed(one)}" for one in rows) + "."


# What would flip it

STATUS = {
    "assumed": "assumed: nobody measured it, and no fit determines it",
    "borrowed": "borrowed from another setting",
    "calibrated": "fitted to cases",
}


class Doubt(NamedTuple):
    """A number on which an answer hangs: what happens when it moves through its plausible range, and its origin."""

    key: str
    meaning: str
    said: str
    rests: str


@dataclass(frozen=True, slots=True)
class Turning:
    """What is told of the firmness of an answer, and of the numbers that turn it; ``tries`` are the pairs of a trial.

    The label is in a word or two: firm, depends on a number, or open. ``agreed`` says how many pairs have the sign of
    the answer, and why it is open where it is; ``hangs`` on which numbers it hangs most, and whether one turns it.
    """

    label: str
    agreed: str
    hangs: str
    doubts: tuple[Doubt, ...]
    tested: FlipTest
    tries: int

    @property
    def verdict(self) -> str:
        """The label where the numbers it depends on are told beside it."""
        return "Depends on a number" if self.label.startswith(DEPENDS) else words.capital(self.label)


TRIAL = "a trial"
NONE = "no single number found"
"""In place of a label, where all is as in a firm answer but for the power to find a number that turns it."""


def turning(tested: FlipTest) -> Turning:
    """The label of an answer, and what would flip it."""
    one = tested.examined
    leaf_of = {leaf.key: leaf for leaf in leaves(one.claim.base.scenario)}
    turns = [turn.number for turn in one.turns if turn.place is not None] if one.own > 0 else []
    doubts = tuple(_doubt(tested, turn, leaf_of) for turn in one.turns)
    most = listed([short_meaning(doubt.meaning) for doubt in doubts])
    pairs = one.levels.shape[1]
    alike = f"{words.capital(one.claim.name)}: {round(one.share * pairs)} of {pairs} pairs of runs differ this way"
    label = one.label
    if pairs < words.FEW_PAIRS:
        label, alike = TRIAL, f"{alike}: fewer than {words.FEW_PAIRS} carry no verdict"
    elif label == DEPENDS:
        label = f"depends on {listed(short_meaning(leaf_of[tested.ranges[n].keys[0]].meaning) for n in turns)}"
    elif label == OPEN and one.own <= 0:
        alike += "; with the scenario’s own numbers the sign is another"
    elif label == OPEN and one.share < SURE:
        alike += ", fewer than 95 %, and no single number was found that turns it"
    elif label == OPEN:
        label, doubts, most = NONE, (), ""  # what was found is no more than chance finds
    hangs = f"{words.capital(most)}; {_alone(len(turns), len(doubts))}." if most and one.own > 0 else ""
    if not most and not np.isnan(one.screen.power):
        none, found = words.capital(NONE), number(one.screen.power)
        few = f"{pairs} pairs are few: they would find {found} of ten numbers that move it by half a spread."
        hangs = f"{none}." if one.screen.is_shown else few if label == NONE else f"{none}, but {few}"
    return Turning(label, f"{alike}.", hangs, doubts, tested, min(TRIES, one.chance.shape[1]))


def verdict_of(told: Told, tested: FlipTest | None) -> tuple[str, str, str]:
    """The verdict on an answer, what it rests on, and on which numbers it hangs; every answer has one.

    Where nothing was tried that could flip it, the pairs alone say why.
    """
    if tested:
        one = turning(tested)
        return one.verdict, one.agreed, one.hangs
    return (*by_pairs(told.changes, told.lead, is_drawn=told.comparison.is_drawn), "")


def by_pairs(found: Sequence[Change], one: Change, *, is_drawn: bool) -> tuple[str, str]:
    """The verdict on the number that leads, as far as the pairs carry one, and what it rests on."""
    pairs = len(one.gaps)
    if not any(gap for change in found for gap in change.gaps):
        return "Nothing", f"In none of {pairs} pairs of runs does anything differ at the end."
    if pairs < words.FEW_PAIRS:
        return words.capital(TRIAL), f"Fewer than {words.FEW_PAIRS} pairs of runs carry no verdict."
    if not any(one.gaps) or max(map(abs, one.gaps)) < words.NOTHING.get(one.unit, 0.0):
        return "Nothing", f"{words.capital(one.name)}: no pair differs by as much as a page shows."
    if not one.is_clear:
        alike = f"{one.alike} of {pairs} pairs of runs differ this way"
        return words.capital(OPEN), f"{words.capital(one.name)}: {alike}, fewer than 95 %."
    alike = f"{words.capital(one.name)}: {one.alike} of {pairs} pairs of runs differ this way"
    what = "plausible worlds" if is_drawn else "luck alone"
    return "Not tried", f"{alike}, which differ in {what}; what would flip it was not looked for."


def _doubt(tested: FlipTest, turn: Turn, leaf_of: Mapping[str, Leaf]) -> Doubt:
    moved, one = tested.ranges[turn.number], tested.examined
    leaf = leaf_of[moved.keys[0]]
    span = f"{number(moved.at(0.0))} to {number(moved.at(1.0))}"
    if one.own <= 0:
        said = "not told: the answer does not hold with the scenario’s own numbers"
    elif turn.place is None:
        said = f"no value from {span} turns the answer"
    else:
        value = moved.at(turn.place)
        said = f"the answer turns at {number(value)} and {'above' if value > moved.own else 'below'}"
    said += f"; here {number(moved.own)}{'' if leaf.unit == '1' else f' {leaf.unit}'}, plausible are {span}"
    status = next(origin.status for origin in origins(one.claim.base.scenario, [leaf]))
    return Doubt(moved.key, leaf.meaning, said, STATUS.get(status, status))


def _alone(turns: int, tried: int) -> str:
    """How many of the numbers that were tried turn an answer."""
    if tried == 1:
        return "within what is plausible it turns the answer" if turns else "no plausible value of it turns the answer"
    some = "none of them" if not turns else "each of them" if turns == tried else f"{turns} of them"
    return f"{some} {'turns' if turns in (0, 1, tried) else 'turn'} the answer alone"
