"""In which corner of the parameters does it happen? Boxes by PRIM (Friedman & Fisher 1999; Bryant & Lempert 2010).

A design spreads points over the ranges of the parameters; a point is a case of interest where the event happens in most
of its replicates. PRIM then peels the ranges until the box that is left holds mostly cases of interest.
"""

import operator
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analyses.knockout import up_to_half_a_year
from sim.drawing.style import FAINT, INK, MARGIN, MODEL, QUIET, SMALL, WIDTH, Page, house_style, save, text_width
from sim.measures import Named, advice, headline_measures
from sim.runs.files import StudyError
from sim.scenario.errors import at
from sim.scenario.fields import leaves
from sim.scenario.files import shape, vary
from sim.scenario.schema import Scenario
from sim.study.design import OPTION, Axis, DesignError, check_keys, latin_hypercube, parse_axis
from sim.study.study import Cell, Study

# Parameters that vary, over the bounds that the schema gives them

BEHAVIOUR = ("population", "decision", "bargaining", "press", "society", "regulators")
"""Tables of the scenario that say how people and institutions behave, whoever they are."""
MATTERS_WITH = {
    "population.threshold_low": "threshold",
    "population.threshold_high": "threshold",
    "population.group_move_rate": "group",
    "population.group_quorum": "group",
}
"""Parameters that only one structural switch of contagion reads."""
INSIDE = 1e-3
"""How far within an open bound the range begins, as a share of the range."""


def behavioural_factors(scenario: Scenario) -> list[Axis]:
    """Every parameter of behaviour that is a real number with two bounds and no mere setting, over these bounds."""
    table, contagion, factors = scenario.model_dump(), scenario.population.contagion, []
    for leaf in leaves(scenario):
        is_read = leaf.key.split(".")[0] in BEHAVIOUR and MATTERS_WITH.get(leaf.key, contagion) == contagion
        if not is_read or type(leaf.value) is not float or leaf.status == "setting":
            continue
        body = at(shape(), tuple(leaf.key.split(".")), table).body
        low, high = (body.get(name, body.get(f"exclusive{name.title()}")) for name in ("minimum", "maximum"))
        if low is not None and high is not None:
            margin = INSIDE * (high - low)  # where a bound itself is not allowed
            ends = low + margin * ("exclusiveMinimum" in body), high - margin * ("exclusiveMaximum" in body)
            factors.append(Axis(leaf.key, low=float(ends[0]), high=float(ends[1])))
    return factors


def chosen_factors(scenario: Scenario, over: Sequence[str]) -> list[Axis]:
    """The factors named by ``key`` or ``key=low:high``, or those of behaviour when none is named.

    Raises:
        DesignError: A text is neither, or a parameter has no bounds of its own.
        ScenarioError: The scenario has no such key, or a bound is out of its bounds.
    """
    own = {factor.key: factor for factor in behavioural_factors(scenario)}
    factors = [own.get(text.strip()) or parse_axis(text, scenario) for text in over or own]
    for axis in factors:
        if axis.levels:
            raise DesignError(f"{OPTION} {axis.key}: expected a range, key=low:high, found {','.join(axis.levels)!r}")
    check_keys(factors)
    return factors


def cells_at(
    places: NDArray[np.float64], factors: Sequence[Axis], scenario: Scenario, study: Study, replicates: int
) -> tuple[Cell, ...]:
    """A cell of a study for each point of a design, (points, factors), whose places are in [0, 1]."""
    typed = [{one.key: one.at(float(place)) for one, place in zip(factors, row, strict=True)} for row in places]
    return tuple(
        study.cell(
            vary(scenario, [f"{key}={value}" for key, value in row.items()], OPTION),
            {key: float(value) for key, value in row.items()},
            replicates,
        )
        for row in typed
    )


# Events, and where they happen

EVENT = "--event"
RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt,
}  # fmt: skip
LEAST_MASS = 0.05
"""Least share of all points that a box holds."""
MOST_BOXES = 3
SURE = 0.05
"""Quasi-p value above which a limit of a box may be chance."""
FEWEST_CASES = 5
"""Cases of interest, and cases of none, below which no box can be told from luck."""
FEWEST_POINTS = 20
BOXES = ("box", "coverage", "density", "mass", "points")
EDGES = ("box", "factor", "low", "high", "from", "to", "quasi_p_low", "quasi_p_high")
COLUMNS = {
    "box": "number of the box, the best first; later ones are found among the points outside",
    "factor": "parameter, by its dotted key",
    "low": "lower limit of the box",
    "high": "upper limit of the box",
    "from": "lower end of the range that was searched",
    "to": "upper end of the range that was searched",
    "quasi_p_low": "probability that the lower limit would do as well by luck (one-sided binomial test)",
    "quasi_p_high": "the same of the upper limit",
    "coverage": "share of all cases of interest that lie in the box",
    "density": "share of the points in the box that are cases of interest",
    "mass": "share of all points that lie in the box",
    "points": "points in the box",
    "share": "share of a point's replicates in which the event happens",
}


@dataclass(frozen=True, slots=True)
class Event:
    """A headline measure beyond a level."""

    measure: str
    """Its id."""
    relation: str
    level: float
    name: str
    """What the measure is called."""

    def __str__(self) -> str:
        return f"{self.measure} {self.relation} {self.level:g}"

    @property
    def said(self) -> str:
        """The event for people."""
        return f"{self.name} {self.relation} {self.level:g}"

    def happens(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """In which runs; a missing value is no event."""
        return np.asarray(RELATIONS[self.relation](values, self.level))


def parse_event(text: str, scenario: Scenario) -> Event:
    """Read ``measure < level`` of a headline measure, such as ``WhatsApp.change < -5`` or ``furthest_sanction > 2``.

    Raises:
        DesignError: The text is nothing of the kind, or the scenario has no such measure.
    """
    return read_event(text, headline_measures(scenario), EVENT, "headline measure")


def read_event(text: str, known: Sequence[Named], option: str, what: str) -> Event:
    """Read ``id < level`` of one of the ``known``, each of which is a ``what``.

    Raises:
        DesignError: The text is nothing of the kind, or the id is not known; the line begins with ``option``.
    """
    found = re.fullmatch(r"\s*(.+?)\s*(<=|>=|<|>)\s*([-+0-9.eE]+)\s*", text)
    try:
        level = float(found[3]) if found else np.nan
    except ValueError:
        level = np.nan
    if found is None or np.isnan(level):
        raise DesignError(f"{option}: expected '{what} < number', such as '{known[0].id} < 5', found {text!r}")
    names = {one.id: one.name for one in known}
    if found[1] not in names:
        hint = advice(found[1], known, alike=0.4) or f"expected one of {', '.join(names)}"
        raise DesignError(f"{option}: no {what} {found[1]!r}; {hint}")
    return Event(found[1], found[2], level, names[found[1]])


def lay_out(
    study: Study, scenario: Scenario, factors: Sequence[Axis], *, points: int = 256, replicates: int = 3, seed: int = 1
) -> tuple[Cell, ...]:
    """Cells of a Latin hypercube over the factors. Runs end half a year after the focus.

    Raises:
        DesignError: There are no factors.
    """
    if not factors:
        raise DesignError(f"{OPTION}: expected one factor or more, found none")
    places = latin_hypercube(points, len(factors), seed)
    return cells_at(places, factors, up_to_half_a_year(scenario), study, replicates)


def shares(study: Study, event: Event, factors: Sequence[Axis]) -> pd.DataFrame:
    """One row per point of which a run finished: the factors, and ``share`` of replicates with the event."""
    finished = study.runs([event.measure])
    happens = event.happens(finished[event.measure].to_numpy(dtype=float))
    share = pd.Series(happens, index=finished["cell"]).groupby(level=0).mean().rename("share")
    settings = study.table("cells").set_index("cell")[[factor.key for factor in factors]]
    return settings.join(share, how="inner").reset_index(drop=True)


def boxes(points: pd.DataFrame, factors: Sequence[Axis]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find boxes in which the event is common, in ``points`` as ``shares`` gives them.

    Of the boxes along PRIM's way, the one with the largest harmonic mean of coverage and density is taken. Limits that
    may be chance (a quasi-p value above ``SURE``) are kept in the table with that value.

    Returns:
        Limits, with columns ``EDGES``, and boxes, with ``BOXES``.

    Raises:
        StudyError: The event is too rare, or too common, to be placed.
    """
    interesting = points["share"].to_numpy() > 0.5
    cases = int(interesting.sum())
    if not FEWEST_CASES <= cases <= len(points) - FEWEST_CASES:
        raise StudyError(
            f"the event happens at {cases} of {len(points)} points; a box needs {FEWEST_CASES} of either kind: "
            "widen the ranges, move the level, or add points"
        )
    keys = [factor.key for factor in factors]
    limits, found = list[dict[str, Any]](), list[tuple[float, ...]]()
    # the workbench warns of packages that it does not find, and of its own use of pandas
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ema_workbench.analysis.prim import Prim

        prim = Prim(points[keys].astype(float), interesting.astype(int), mass_min=LEAST_MASS)
        for number in range(1, MOST_BOXES + 1):
            box = prim.find_box()
            if box is None or not box.peeling_trajectory["k"].iloc[0]:
                break
            best = _best(box.peeling_trajectory)
            step = box.peeling_trajectory.loc[best]
            if step["res_dim"] == 0 or step["density"] <= interesting.mean():
                break
            found.append((number, *map(float, step[["coverage", "density", "mass"]]), int(step["n"])))
            box.select(best)
            limits += _limits(number, box.box_lims[best], box.p_values[best], factors)
    return pd.DataFrame(limits, columns=[*EDGES]), pd.DataFrame(found, columns=[*BOXES])


def _best(trajectory: pd.DataFrame) -> int:
    """Number of the box with the largest harmonic mean of coverage and density; the largest box among equals."""
    coverage, density = trajectory["coverage"].astype(float), trajectory["density"].astype(float)
    harmonic = 2 * coverage * density / (coverage + density).where(coverage + density > 0)
    return int(harmonic.fillna(0.0).to_numpy().argmax())


def _limits(
    number: int, box: pd.DataFrame, quasi_p: dict[str, list[float]], factors: Sequence[Axis]
) -> list[dict[str, Any]]:
    """The limits of a box that were moved, with the ends of the range where one was not."""
    rows = []
    for factor in factors:
        if factor.key not in quasi_p:
            continue
        p_low, p_high = (float(value) if value >= 0 else np.nan for value in quasi_p[factor.key])
        low, high = (float(value) for value in box[factor.key])
        rows.append({
            "box": number, "factor": factor.key,
            "low": factor.low if np.isnan(p_low) else low, "high": factor.high if np.isnan(p_high) else high,
            "from": factor.low, "to": factor.high, "quasi_p_low": p_low, "quasi_p_high": p_high,
        })  # fmt: skip
    return rows


def box_sentence(number: int, limits: pd.DataFrame, found: pd.DataFrame, event: Event) -> str:
    """A box in words."""
    box = found[found["box"] == number].iloc[0]
    parts = []
    for row in limits[limits["box"] == number].itertuples():
        sides = []
        if not np.isnan(row.quasi_p_low):
            sides.append(f"above {row.low:.3g}" + ("?" if row.quasi_p_low > SURE else ""))
        if not np.isnan(row.quasi_p_high):
            sides.append(f"below {row.high:.3g}" + ("?" if row.quasi_p_high > SURE else ""))
        parts.append(f"{row.factor} {' and '.join(sides)}")
    return (
        f"Box {number}: {'; '.join(parts)}. There '{event.said}' happens at {box['density']:.0%} of the points, "
        f"{box['coverage']:.0%} of all where it happens."
    )


# The picture

BOX_ROW = 0.28


def draw_boxes(limits: pd.DataFrame, found: pd.DataFrame, event: Event, folder: Path, footer: str) -> list[Path]:
    """Write ``boxes`` as PNG and SVG: for each box that ``boxes`` gave, the part of each range that it leaves."""
    words = [box_sentence(number, limits, found, event) for number in found["box"]]
    subtitle = (
        "Bar: the part of the range that the box leaves; track: the range searched. Only parameters that a box "
        "restricts are shown. Coverage: share of all cases in the box; density: share of cases among its points."
    )
    body = sum(0.4 + BOX_ROW * int((limits["box"] == number).sum()) for number in found["box"]) + 0.1
    with house_style():
        page = Page(f"Where '{event.said}' happens", subtitle, body, [footer])
        left, top = MARGIN + max(text_width(key, SMALL) for key in limits["factor"]) + 0.2, 0.05
        for row in found.itertuples():
            mine = limits[limits["box"] == row.box]
            head = (
                f"Box {row.box}: coverage {row.coverage:.0%}, density {row.density:.0%}, {row.mass:.0%} of all points"
            )
            page.write(MARGIN, top, head, weight="bold")
            axes = page.axes(left, top + 0.22, WIDTH - left - MARGIN, BOX_ROW * len(mine))
            axes.set(xlim=(0, 1), ylim=(len(mine) - 0.5, -0.5))
            axes.set_axis_off()
            for place, limit in enumerate(mine.to_dict("records")):
                span = limit["to"] - limit["from"]
                low, high = ((limit[end] - limit["from"]) / span for end in ("low", "high"))
                axes.barh(place, 1, height=0.5, color=FAINT, linewidth=0)
                axes.barh(place, high - low, left=low, height=0.5, color=MODEL, linewidth=0)
                ink, said = "white" if low == 0 and high > 0.15 else INK, f" {limit['low']:.3g} to {limit['high']:.3g}"
                axes.text(0, place, said, size=SMALL, va="center", color=ink)
                middle = top + 0.22 + BOX_ROW * (place + 0.5)
                page.write(MARGIN, middle, limit["factor"], size=SMALL, va="center", color=QUIET)
            top += 0.4 + BOX_ROW * len(mine)
        return save(page.figure, folder, "boxes", " ".join(words))
