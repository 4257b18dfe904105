"""The picture of a validation: every check on one scale, from the low to the high end of what its rule allows."""

from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.drawing.style import (
    APART,
    FAINT,
    INK,
    MARGIN,
    MODEL,
    OBSERVED,
    QUIET,
    SMALL,
    WIDTH,
    Page,
    house_style,
    save,
    shorten,
)
from sim.evidence.checks import Role
from sim.scenario.words import listed

ROW, HEAD = 0.165, 0.3
LABEL, INDENT, WORD = 6.0, 0.15, 0.4
"""Inches across: what a line is about, the step in of a check below its pattern, and whether it passes."""
REACH = 2.0
"""Values farther than this many widths of the interval from its middle are drawn at the edge."""
INPUT = "input"
WHAT_ROLES_MEAN = {
    "unseen": "file and constants stood before",
    "seen": "known when a value, a rule or the form was set",
    "fitted": "constants were fitted on it",
    INPUT: "it went into the scenario, and is no hit",
}


class Line(NamedTuple):
    """A line of the picture: a role, a pattern, or a check with its row of the table."""

    text: str
    level: int
    """0 a role, 1 a pattern or a check that stands for one, 2 a check below its pattern."""
    check: Any = None


def draw_validation(checks: pd.DataFrame, roles: pd.DataFrame, folder: Path, command: str) -> list[Path]:
    """Write ``validation.png`` and ``validation.svg``.

    Args:
        checks: Rows of ``sim.analyses.validate.analysis.validate``, one structure.
        roles: The same by role, from ``by_role``.
        folder: Existing folder.
        command: What made it, for the footer.
    """
    title = finding(roles)
    subtitle = (
        "Each line is a check on a scale of its own: the grey field is what its rule allows, dot and bar are the "
        "median and the 5th to 95th percentile of the replicates, the grey diamond is what was observed. Values "
        "far outside are drawn at the edge; an open-ended rule's field runs to the edge. Checks about one observation "
        "count once, and all of them must pass."
    )
    told = lines(checks, roles)
    with house_style():
        page = Page(title, subtitle, HEAD + ROW * len(told) + 0.2, [command])
        left = MARGIN + LABEL + WORD
        axes = page.axes(left, HEAD, WIDTH - MARGIN - left, ROW * len(told))
        axes.set_xlim(-REACH, REACH)
        axes.set_ylim(len(told) - 0.5, -0.5)
        axes.set_axis_off()
        for place, word in ((-1.5, "too low"), (0.0, "allowed"), (1.5, "too high")):
            axes.text(place, -0.7, word, ha="center", va="bottom", size=SMALL, color=QUIET)
        for y, line in enumerate(told):
            missed = line.check is not None and not line.check.passed
            ink = QUIET if line.check is None and line.level else INK
            step = INDENT * (line.level == 2)
            text = shorten(line.text, LABEL - step - 0.1, SMALL)
            page.write(MARGIN + step, HEAD + ROW * (y + 0.5), text, size=SMALL, va="center", color=ink,
                       weight="normal" if line.level else "bold")  # fmt: skip
            if line.check is not None:
                _draw(axes, y, line.check)
                page.write(
                    MARGIN + LABEL, HEAD + ROW * (y + 0.5), "miss" if missed else "pass", size=SMALL, va="center",
                    color=APART if missed else QUIET, weight="bold" if missed else "normal",
                )  # fmt: skip
        misses = "; ".join(f"{row.case} {row.check}" for row in checks.itertuples() if not row.passed)
        return save(page.figure, folder, "validation", f"{title}. Misses: {misses or 'none'}.")


def lines(checks: pd.DataFrame, roles: pd.DataFrame) -> list[Line]:
    """The lines from top to bottom: by role, what was unseen first, and by pattern, which is told in words."""
    parts = checks.assign(part=checks["role"].where(checks["input"] == "", INPUT))
    counted = roles.set_index("role")
    told: list[Line] = []
    for role in (*reversed(get_args(Role)), INPUT):
        mine = parts[parts["part"] == role]
        if mine.empty:
            continue
        head = f"{role[0].upper()}{role[1:]}: {WHAT_ROLES_MEAN[role]}"
        if role in counted.index and counted.loc[role, "counted"]:
            head += f" – {counted.loc[role, 'hits']} of {counted.loc[role, 'counted']} observations met"
        told += [Line("", 0)] if told else []
        told.append(Line(head, 0))
        for pattern, some in mine.groupby("pattern", sort=False):
            rows = list(some.itertuples())
            whole = len(rows) == (parts["pattern"] == pattern).sum()
            where = rows[0].case if str(pattern).startswith(rows[0].case) else f"{rows[0].case}, {pattern}"
            if len(rows) == 1:
                told.append(Line(f"{_alone(rows[0], whole=whole)} ({where})", 1, rows[0]))
            else:
                told.append(Line(f"{rows[0].name} ({where})", 1))
                told += [Line(row.what, 2, row) for row in rows]
    return told


def _alone(row: Any, *, whole: bool) -> str:
    """A check that has a line for itself: its pattern where that is all of it, and where a code alone would name it."""
    if row.pattern == row.case or (not whole and str(row.pattern).startswith(row.case)):
        return str(row.what)
    return str(row.name if whole else f"{row.name}: {row.what}")


def _draw(axes: Axes, y: int, row: Any) -> None:
    """One check: what its rule allows, what the replicates have, and what was observed."""
    low, high = _on_scale(row, row.low), _on_scale(row, row.high)
    axes.barh(y, high - low, left=low, height=0.8, color=FAINT)
    colour = MODEL if row.passed else APART
    if not np.isnan(row.p50):
        axes.plot([_on_scale(row, row.p05), _on_scale(row, row.p95)], [y, y], color=colour, linewidth=1.6)
        axes.plot(_on_scale(row, row.p50), y, "o" if row.passed else "X", color=colour, markersize=5)
    if not np.isnan(row.observed):
        axes.plot(_on_scale(row, row.observed), y, "D", color=OBSERVED, markeredgecolor=INK, markersize=4)


def finding(roles: pd.DataFrame) -> str:
    """How much of what was observed the model meets, what was unseen first, in a sentence."""
    words = {"unseen": "that it had not seen", "seen": "that were known", "fitted": "that it was fitted to"}
    rows = [row for row in roles.itertuples() if row.counted]
    told = [f"{row.hits} of {row.counted} {words[row.role]}" for row in reversed(rows)]
    return f"Of what was observed the model meets {listed(told)}" if told else "Nothing observed counts as hit or miss"


def told_by_role(roles: pd.DataFrame) -> str:
    """Hits of those that count, by role: what was unseen first."""
    rows = [row for row in roles.itertuples() if row.counted]
    return ", ".join(f"{row.hits} of {row.counted} {row.role}" for row in reversed(rows)) or "nothing that counts"


def _on_scale(row: Any, value: float) -> float:
    """Place of a value when the middle of the rule's interval is 0 and its ends are -1 and 1, kept within the page."""
    low, high = float(row.low), float(row.high)
    if np.isinf(low) and np.isinf(high):
        return 0.0
    if np.isinf(low) or np.isinf(high):
        end, sign = (high, 1.0) if np.isinf(low) else (low, -1.0)
        width = max(abs(end), 1.0)
        place = sign + (value - end) / width
    else:
        place = 2 * (value - (low + high) / 2) / max(high - low, 1e-12)
    return float(np.clip(place, -REACH, REACH))
