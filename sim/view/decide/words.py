"""A decision in words: which lever does best in which outcome, how sure that is, and where each fails."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.analyses.boxes import Event
from sim.analyses.decide import ALL, JUDGED, NOTHING, SURE, Decision, Outcome
from sim.measures import COARSE, POINTS
from sim.results.bands import spread
from sim.scenario.words import banded, listed
from sim.view.answer.words import Change, plus, size, unit


@dataclass(frozen=True, slots=True)
class Best:
    """What does best in one outcome."""

    outcome: Outcome
    levers: tuple[str, ...]
    """The one that is best in most worlds, and those that are best in as many."""
    worlds: int
    """Worlds in which no other lever does better."""
    of: int
    told: Change
    """Of the first, against doing nothing."""


def spoken(lever: str) -> str:
    """A lever as in a sentence: 'court order kept'."""
    return lever.replace("-", " ")


def change(decision: Decision, lever: str, outcome: Outcome) -> Change:
    """What a lever changes in an outcome against doing nothing in the same worlds."""
    values = decision.of(outcome.id)
    one, two = values[0], values[decision.levers.index(lever)]
    told = spread(two - one)
    return Change(
        outcome.id, outcome.name, outcome.unit, float(one.mean()), float(two.mean()), float(told["mean"]),
        float(told["p05"]), float(told["p95"]), tuple(map(float, two - one)),
    )  # fmt: skip


def moved(decision: Decision) -> list[Outcome]:
    """Judged outcomes that some lever changes in some world."""
    return [one for one in JUDGED if bool(np.ptp(decision.of(one.id), axis=0).any())]


def bests(decision: Decision) -> Iterator[Best]:
    """For each outcome that moves: what is best in most worlds."""
    table = decision.regret.set_index(["outcome", "lever"])["best"]
    for one in moved(decision):
        found = table.loc[one.id]
        first = [lever for lever in decision.levers if found[lever] == found.max()]
        n = len(decision.seeds)
        yield Best(one, tuple(first), round(n * float(found.max())), n, change(decision, first[0], one))


def sentence(decision: Decision) -> str:
    """The answer: what does best in the first outcome, where something else does, and how often all thresholds hold."""
    found = list(bests(decision))
    if not found:
        return f"None of {len(decision.levers) - 1} levers changes anything that is judged, in any of the worlds."
    first = found[0]
    other = next((one for one in found[1:] if not {*one.levers} & {*first.levers}), None)
    tail = (
        f"; but {_of_best(other, than='')}"
        if other
        else "; nothing else does better in any other outcome in more worlds"
    )
    return f"{_capital(_of_best(first))}{tail}. {_of_thresholds(decision)}".strip()


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _of_best(found: Best, than: str = " than when nothing is done") -> str:
    levers = listed(f"“{spoken(lever)}”" for lever in found.levers if lever != NOTHING)
    sure = f"no other lever does better in {found.worlds} of {found.of} plausible worlds"
    if NOTHING in found.levers:
        return f"for {found.outcome.name}, no lever does better than doing nothing ({sure})"
    verb = "do" if len(found.levers) > 1 else "does"
    return f"for {found.outcome.name}, {levers} {verb} best: {_gap(found.told)}{than} ({sure})"


def _gap(told: Change) -> str:
    """A difference in words: '370 fewer (200 to 500)', '23 points more (20 to 27)'."""
    more = told.mean > 0
    if told.unit in COARSE:
        alike = sum((gap > 0) == more for gap in told.gaps if gap)
        return f"{'more' if more else 'fewer'} in {alike} of {len(told.gaps)} worlds"
    number, band = size(told)
    if told.unit == POINTS:
        return f"{number} {unit(told.unit, number)} {'more' if more else 'less'} {band}"
    return f"{number} {'more' if more else 'fewer'} {band}"


def _of_thresholds(decision: Decision) -> str:
    if not decision.thresholds:
        return ""
    met = decision.together
    first = met["holds"].max()
    levers = [lever for lever in decision.levers if met.loc[lever, "holds"] == first]
    if first == 0:
        return "In no world does any lever meet all thresholds."
    if len(levers) == len(decision.levers):
        return f"All thresholds hold in {interval(met.loc[NOTHING])} of worlds, whatever is done."
    row = met.loc[levers[0]]
    alone = f"{met.loc[NOTHING, 'holds']:.0%}".replace("%", " %")
    with_it = listed(spoken(lever) if lever == NOTHING else f"“{spoken(lever)}”" for lever in levers)
    tail = "" if NOTHING in levers else f"; {alone} when nothing is done"
    return f"All thresholds hold most often with {with_it}: in {interval(row)} of worlds{tail}."


def interval(row: pd.Series) -> str:
    """A share with its interval: '70 % (60 to 79 %)'."""
    low, middle, high = (round(100 * row[name]) for name in ("low", "holds", "high"))
    return f"{middle} % ({low} to {high} %)"


def plain(told: Change) -> str:
    """A difference with its sign and band, without its unit: '−320 (−410 to −200)'; of a coarse count in how many."""
    up, down, n = sum(gap > 0 for gap in told.gaps), sum(gap < 0 for gap in told.gaps), len(told.gaps)
    if not up + down:
        return "0"
    if told.unit in COARSE:
        parts = [f"{word} in {count}" for word, count in (("fewer", down), ("more", up)) if count]
        return f"{', '.join(parts)} of {n}"
    low, text, high = banded(told.low, told.mean, told.high)
    return f"{plus(text)}{text} ({low} to {high})"


def as_read(event: Event) -> str:
    """A threshold as it is read."""
    return event.said.replace("<=", "≤").replace(">=", "≥")


@dataclass(frozen=True, slots=True)
class Failing:
    """Where levers do not meet all thresholds."""

    levers: str
    holds: str
    misses: tuple[str, ...]
    """Thresholds that fail, the most frequent first."""
    where: tuple[str, ...]
    """Boxes of numbers in which it fails, or why there are none."""


def failing(decision: Decision) -> Iterator[Failing]:
    """Levers by where they fail, those first that hold most often; those of which the same is told stand together."""
    tables = decision.failures
    told: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for i in sorted(range(len(decision.levers)), key=lambda i: -int(decision.holds[i].all(axis=-1).sum())):
        lever, met = decision.levers[i], decision.holds[i]
        lost = [(int((~met[:, k]).sum()), as_read(event)) for k, event in enumerate(decision.thresholds)]
        misses = tuple(f"{name}: missed in {n} of {len(met)}" for n, name in sorted(lost, key=lambda x: -x[0]) if n)
        fails = int((~met.all(axis=-1)).sum())
        factors, found, limits = (table[table["lever"] == lever] for table in tables)
        holds = interval(decision.robustness.set_index(["lever", "threshold"]).loc[(lever, ALL)])
        where = tuple(_where(decision, fails, factors, found, limits))
        told.setdefault((holds, misses, where), []).append(lever)
    for (holds, misses, where), levers in told.items():
        yield Failing(_capital(listed(map(spoken, levers))), holds, misses, where)


def _where(
    decision: Decision, fails: int, factors: pd.DataFrame, found: pd.DataFrame, limits: pd.DataFrame
) -> Iterator[str]:
    n, tried = len(decision.seeds), decision.draws.shape[1]
    if not fails:
        yield "It holds in every world that was tried."
    elif factors.empty:
        rare = min(fails, n - fails) < 5
        few = "Too few worlds of one kind to tell what makes the difference."
        yield (
            few
            if rare
            else (
                f"None of {tried} numbers that were drawn tells those worlds from the others, once it is counted how "
                f"many were tried; {n} worlds show only strong dependence."
            )
        )
    elif found.empty:
        yield f"It depends on {listed(factors['factor'])}, but no range of these holds the worlds in which it fails."
    for box in found.itertuples():
        edges = [_edge(row) for row in limits[limits["box"] == box.box].itertuples()]
        inside, all_of = round(box.density * box.points), round(box.coverage * fails)
        yield f"Where {listed(edges)}: it fails in {inside} of {box.points} worlds, {all_of} of the {fails} in all."


def _edge(row: object) -> str:
    low, high = (getattr(row, f"quasi_p_{end}") for end in ("low", "high"))
    sides = [
        f"{word} {value:.3g}{' (may be chance)' if p > SURE else ''}"
        for p, word, value in ((low, "above", row.low), (high, "below", row.high))  # type: ignore[attr-defined]
        if not np.isnan(p)
    ]
    return f"{row.factor} is {' and '.join(sides)}"  # type: ignore[attr-defined]
