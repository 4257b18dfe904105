"""The page of a decision: which lever does best in which outcome, how sure that is, and where each fails."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analyses.boxes import Event
from sim.analyses.decide import ALL, JUDGED, NOTHING, SURE, Decision, Outcome
from sim.drawing import style
from sim.measures import COARSE, POINTS
from sim.scenario.differences import differences
from sim.scenario.words import banded, day_in_words, listed, number
from sim.view.page import Pictures, Row, about, draw_dots, name_rows, render, seeds_in_words
from sim.view.words import Change, capital, changes_of, plus, size, unit

COLUMN, GAP = 4.0, 0.35
"""Width of a column of panels, as wide as a telephone shows, and the room between two."""
ROW, HEADING, BELOW = 0.23, 0.22, 0.42
HOW_TO_READ = "Dot: mean difference from doing nothing in the same world. Line: 90 % of plausible worlds."


def decision_page(decision: Decision, *, name: str, command: str) -> str:
    """The page of a decision.

    Args:
        decision: Levers in plausible worlds.
        name: Of the scenario in which nothing is done.
        command: What made it.
    """
    base = decision.scenarios[0]
    pictures, moving = Pictures(), moved(decision)
    regrets = [f"{number(row.p50)} ({number(row.most)})" for row in decision.regret.itertuples()]
    regret = decision.regret.assign(text=regrets)
    robustness = decision.robustness.assign(text=[interval(row) for _, row in decision.robustness.iterrows()])
    holding = {str(event): event.said for event in decision.thresholds} | {ALL: ALL}
    with style.house_style():
        picture = pictures.in_two_widths("decide", in_words(decision), paint(decision, 2), paint(decision, 1))
    content = about(base) | {
        "title": "Which levers would protect rights, and where does each fail?",
        "name": name, "base_title": base.title, "command": command, "sentence": sentence(decision),
        "worlds": len(decision.seeds), "chance_runs": decision.chance.shape[1], "drawn": decision.draws.shape[1],
        "horizon": f"{day_in_words(base.start)} to {day_in_words(base.end)}",
        "levers": [
            (spoken(lever), world.question, [change.sentence for change in differences(base, world)])
            for lever, world in zip(decision.levers[1:], decision.scenarios[1:], strict=True)
        ],
        "thresholds": list(map(as_read, decision.thresholds)), "judged": JUDGED,
        "unmoved": [outcome.name for outcome in JUDGED if outcome not in moving],
        "picture_of_levers": picture, "letters": pictures.letters, "how_to_read": HOW_TO_READ,
        "failing": list(failing(decision)),
        "bests": _bests(decision),
        "regret": _by_lever(decision, regret, "name", {one.name: one.name for one in moving}),
        "robustness": _by_lever(decision, robustness, "threshold", holding),
        "apps": changes_table(decision, (one for one in decision.outcomes if not one.better)),
        "seeds": seeds_in_words(decision.seeds),
    }  # fmt: skip
    return render("decide", content)


# Words


@dataclass(frozen=True, slots=True)
class Best:
    """What does best in one outcome."""

    outcome: Outcome
    levers: tuple[str, ...]
    """The one that is best in most worlds, and those that are best in as many."""
    worlds: int
    """Worlds in which no other lever does better."""
    of: int
    change: Change
    """Of the first, against doing nothing."""


def spoken(lever: str) -> str:
    """A lever as in a sentence: 'court order kept'."""
    return lever.replace("-", " ")


def as_read(event: Event) -> str:
    """A threshold as it is read."""
    return event.said.replace("<=", "≤").replace(">=", "≥")


def change(decision: Decision, lever: str, outcome: Outcome) -> Change:
    """What a lever changes in an outcome against doing nothing in the same worlds."""
    values = decision.of(outcome.id)[:, :, None]
    return changes_of(outcome, values[0], values[decision.levers.index(lever)])[0]


def moved(decision: Decision) -> list[Outcome]:
    """Judged outcomes that some lever changes in some world."""
    return [one for one in JUDGED if bool(np.ptp(decision.of(one.id), axis=0).any())]


def bests(decision: Decision) -> Iterator[Best]:
    """For each outcome that moves: what is best in most worlds."""
    table = decision.regret.set_index(["outcome", "lever"])["best"]
    for one in moved(decision):
        found, n = table.loc[one.id], len(decision.seeds)
        first = [lever for lever in decision.levers if found[lever] == found.max()]
        yield Best(one, tuple(first), round(n * float(found.max())), n, change(decision, first[0], one))


def sentence(decision: Decision) -> str:
    """The answer: what does best in the first outcome, where something else does, and how often all thresholds hold."""
    found = list(bests(decision))
    if not found:
        return f"None of {len(decision.levers) - 1} levers changes anything that is judged, in any of the worlds."
    other = next((one for one in found[1:] if not {*one.levers} & {*found[0].levers}), None)
    tail = f"but {_of_best(other, '')}" if other else "nothing else does better in any other outcome in more worlds"
    return f"{capital(_of_best(found[0]))}; {tail}. {_of_thresholds(decision)}".strip()


def _of_best(found: Best, than: str = " than when nothing is done") -> str:
    levers = listed(f"“{spoken(lever)}”" for lever in found.levers if lever != NOTHING)
    sure = f"no other lever does better in {found.worlds} of {found.of} plausible worlds"
    if NOTHING in found.levers:
        return f"for {found.outcome.name}, no lever does better than doing nothing ({sure})"
    one, verb = found.change, "do" if len(found.levers) > 1 else "does"
    if one.unit in COARSE:
        alike = sum((gap > 0) == (one.mean > 0) for gap in one.gaps if gap)
        gap = f"{one.more} in {alike} of {len(one.gaps)} worlds"
    else:
        text, band = size(one)
        less = "less" if one.unit == POINTS and one.mean <= 0 else one.more
        gap = f"{text} {unit(one.unit, text)} {less} {band}" if one.unit == POINTS else f"{text} {less} {band}"
    return f"for {found.outcome.name}, {levers} {verb} best: {gap}{than} ({sure})"


def _of_thresholds(decision: Decision) -> str:
    if not decision.thresholds:
        return ""
    met = decision.together
    levers = [lever for lever in decision.levers if met.loc[lever, "holds"] == met["holds"].max()]
    if met["holds"].max() == 0:
        return "In no world does any lever meet all thresholds."
    if len(levers) == len(decision.levers):
        return f"All thresholds hold in {interval(met.loc[NOTHING])} of worlds, whatever is done."
    with_it = listed(spoken(lever) if lever == NOTHING else f"“{spoken(lever)}”" for lever in levers)
    tail = "" if NOTHING in levers else f"; {100 * met.loc[NOTHING, 'holds']:.0f} % when nothing is done"
    return f"All thresholds hold most often with {with_it}: in {interval(met.loc[levers[0]])} of worlds{tail}."


def interval(row: pd.Series) -> str:
    """A share with its interval: '70 % (60 to 79 %)'."""
    low, middle, high = (round(100 * row[name]) for name in ("low", "holds", "high"))
    return f"{middle} % ({low} to {high} %)"


def plain(one: Change) -> str:
    """A difference with its sign and band, without its unit: '−320 (−410 to −200)'; of a coarse count in how many."""
    up, down, n = sum(gap > 0 for gap in one.gaps), sum(gap < 0 for gap in one.gaps), len(one.gaps)
    if not up + down:
        return "0"
    if one.unit in COARSE:
        parts = [f"{word} in {count}" for word, count in (("fewer", down), ("more", up)) if count]
        return f"{', '.join(parts)} of {n}"
    low, text, high = banded(one.low, one.mean, one.high)
    return f"{plus(text)}{text} ({low} to {high})"


def failing(decision: Decision) -> Iterator[dict[str, Any]]:
    """Levers by where they fail, those first that hold most often; those of which the same is told stand together.

    Each is a row with levers, holds, misses (thresholds that fail, the most frequent first) and where (boxes of numbers
    in which it fails, or why there are none).
    """
    whole = decision.holds.all(axis=-1).sum(axis=-1)
    same: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for i in sorted(range(len(decision.levers)), key=lambda i: -int(whole[i])):
        lever, met = decision.levers[i], decision.holds[i]
        lost = [(int((~met[:, k]).sum()), as_read(event)) for k, event in enumerate(decision.thresholds)]
        misses = tuple(f"{name}: missed in {n} of {len(met)}" for n, name in sorted(lost, key=lambda x: -x[0]) if n)
        where = tuple(_where(decision, lever, len(met) - int(whole[i])))
        same.setdefault((interval(decision.together.loc[lever]), misses, where), []).append(lever)
    for (holds, misses, where), levers in same.items():
        yield {"levers": capital(listed(map(spoken, levers))), "holds": holds, "misses": misses, "where": where}


def _where(decision: Decision, lever: str, fails: int) -> Iterator[str]:
    """In which of its worlds a lever fails."""
    factors, found, limits = (table[table["lever"] == lever] for table in decision.failures)
    n, tried = len(decision.seeds), decision.draws.shape[1]
    if not fails:
        yield "It holds in every world that was tried."
    elif factors.empty and min(fails, n - fails) < 5:
        yield "Too few worlds of one kind to tell what makes the difference."
    elif factors.empty:
        yield (
            f"None of {tried} numbers that were drawn tells those worlds from the others, once it is counted how many "
            f"were tried; {n} worlds show only strong dependence."
        )
    elif found.empty:
        yield f"It depends on {listed(factors['factor'])}, but no range of these holds the worlds in which it fails."
    for box in found.itertuples():
        edges = listed(map(_edge, limits[limits["box"] == box.box].to_dict("records")))
        inside, all_of = round(box.density * box.points), round(box.coverage * fails)
        yield f"Where {edges}: it fails in {inside} of {box.points} worlds, {all_of} of the {fails} in all."


def _edge(limit: dict[str, Any]) -> str:
    sides = [
        f"{word} {limit[end]:.3g}{' (may be chance)' if limit[f'quasi_p_{end}'] > SURE else ''}"
        for word, end in (("above", "low"), ("below", "high"))
        if not np.isnan(limit[f"quasi_p_{end}"])
    ]
    return f"{limit['factor']} is {' and '.join(sides)}"


# Tables


def changes_table(decision: Decision, outcomes: Iterable[Outcome]) -> pd.DataFrame:
    """What each lever changes in some outcomes: lever, and a column for each outcome."""
    chosen = list(outcomes)
    rows = [
        (spoken(lever), *(plain(change(decision, lever, outcome)) for outcome in chosen))
        for lever in decision.levers[1:]
    ]
    return pd.DataFrame(rows, columns=["lever", *(one.name for one in chosen)])


def _bests(decision: Decision) -> pd.DataFrame:
    """What does best in each outcome, how sure, and how much."""
    rows = [
        (found.outcome.name, ", ".join(map(spoken, found.levers)), f"{found.worlds} of {found.of}",
         plain(found.change) + ("" if found.change.unit in COARSE else f" {found.change.unit}"))
        for found in bests(decision)
    ]  # fmt: skip
    columns = ["outcome", "best in most worlds", "worlds in which no other lever does better", "against doing nothing"]
    return pd.DataFrame(rows, columns=columns)


def _by_lever(decision: Decision, table: pd.DataFrame, columns: str, names: dict[str, str]) -> pd.DataFrame:
    """The texts of a table with a row for each lever, and the columns that are named."""
    wide = table[table[columns].isin([*names])].pivot(index="lever", columns=columns, values="text")
    wide = wide.loc[[*decision.levers], [*names]].rename(columns=names).reset_index().rename_axis(columns=None)
    return wide.assign(lever=wide["lever"].map(spoken))


# The picture: how often thresholds hold under each lever, and what it changes in each outcome


def draw_decision(decision: Decision, folder: Path, footer: Sequence[str]) -> list[Path]:
    """Write ``decide``, PNG and SVG."""
    with style.house_style():
        page = style.Page(sentence(decision), HOW_TO_READ, _height(decision, 2), footer)
        _lay_out(page, decision, 2, style.MARGIN, (style.WIDTH - 2 * style.MARGIN - GAP) / 2)
        return style.save(page.figure, folder, "decide", in_words(decision))


def paint(decision: Decision, columns: int) -> Figure:
    """The picture for a page, in one column or two."""
    sheet = style.Sheet(columns * COLUMN + (columns - 1) * GAP, _height(decision, columns))
    _lay_out(sheet, decision, columns, 0.0, COLUMN)
    return sheet.figure


def in_words(decision: Decision) -> str:
    """The picture in words, with its numbers."""
    met = decision.together
    parts = [f"All thresholds hold: {'; '.join(f'{spoken(one)} {interval(met.loc[one])}' for one in decision.levers)}"]
    for outcome in moved(decision):
        told = "; ".join(f"{spoken(one)} {plain(change(decision, one, outcome))}" for one in decision.levers[1:])
        parts.append(f"{outcome.name}, {outcome.unit}, against doing nothing: {told}")
    return ". ".join(parts) + "."


Draw = Callable[[style.Sheet, Decision, float, float, float], None]
"""Draws a panel at so many inches from the left and the top, so wide."""


def _panels(decision: Decision) -> list[tuple[float, Draw]]:
    """The height of each panel, and what draws it."""
    found: list[tuple[float, Draw]] = []
    if decision.thresholds:
        found.append((HEADING + ROW * len(decision.levers) + BELOW, _thresholds))
    height = 2 * HEADING + ROW * (len(decision.levers) - 1) + BELOW
    return found + [(height, lambda *where, best=best: _outcome(best, *where)) for best in bests(decision)]


def _divided(decision: Decision, columns: int) -> list[list[tuple[float, Draw]]]:
    found = _panels(decision)
    most = -(-len(found) // columns)
    return [found[i * most : (i + 1) * most] for i in range(columns)]


def _height(decision: Decision, columns: int) -> float:
    return max(sum(height for height, _ in some) for some in _divided(decision, columns)) + 0.02


def _lay_out(sheet: style.Sheet, decision: Decision, columns: int, left: float, width: float) -> None:
    for i, some in enumerate(_divided(decision, columns)):
        top = 0.0
        for height, draw in some:
            draw(sheet, decision, left + i * (width + GAP), top, width)
            top += height


def _thresholds(sheet: style.Sheet, decision: Decision, left: float, top: float, width: float) -> None:
    met = decision.together
    sheet.write(left, top, f"All {len(decision.thresholds)} thresholds hold, % of worlds", weight="bold")
    rows = [Row(spoken(lever), interval(met.loc[lever]), name_colour=_ink(lever)) for lever in decision.levers]
    axes = _named(sheet, rows, left, top + HEADING, width)
    for row, lever in enumerate(decision.levers):
        share = 100 * met.loc[lever, ["holds", "low", "high"]].astype(float)
        axes.barh(row, share["holds"], height=0.62, color=style.tint(style.INK, 0.3), linewidth=0)
        axes.plot([share["low"], share["high"]], [row, row], color=style.INK, linewidth=1.2)
    axes.set_xlim(0, 100)


def _outcome(best: Best, sheet: style.Sheet, decision: Decision, left: float, top: float, width: float) -> None:
    outcome = best.outcome
    sheet.write(left, top, style.shorten(capital(outcome.name), width), weight="bold")
    side = f"{outcome.unit}, {outcome.better} is better; bold: best in most worlds"
    sheet.write(left, top + HEADING - 0.03, side, size=style.SMALL, color=style.QUIET)
    rows = []
    for lever in decision.levers[1:]:
        one = change(decision, lever, outcome)
        is_best = lever in best.levers
        rows.append(Row(spoken(lever), plain(one), (one.low, one.high), one.mean, style.INK, _ink(lever), is_best))
    draw_dots(_named(sheet, rows, left, top + 2 * HEADING, width), rows, 0.3, 5.0)


def _ink(lever: str) -> str:
    return style.QUIET if lever == NOTHING else style.INK


def _named(sheet: style.Sheet, rows: Sequence[Row], left: float, top: float, width: float) -> Axes:
    """A panel with a row for each lever: its name at the left, a text at the right."""
    names = min(max(style.text_width(row.name, style.SMALL, "bold") for row in rows) + 0.12, 0.44 * width)
    tail = max(style.text_width(row.text, style.SMALL, "bold") for row in rows) + 0.12
    axes = sheet.axes(left + names, top, max(width - names - tail, 0.5), ROW * len(rows))
    name_rows(axes, rows, names - 0.1, 2)
    return axes
