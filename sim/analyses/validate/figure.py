"""The picture of a validation: every check on one scale, from the low to the high end of what its rule allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.drawing.style import (
    BLUE,
    FAINT,
    INK,
    MARGIN,
    OBSERVED,
    QUIET,
    VERMILION,
    WIDTH,
    Page,
    house_style,
    save,
    shorten,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

ROW = 0.2
LABEL = 5.0
REACH = 2.0
"""Values farther than this many widths of the interval from its middle are drawn at the edge."""


def draw_validation(checks: pd.DataFrame, roles: pd.DataFrame, folder: Path, command: str) -> list[Path]:
    """Write ``validation.png`` and ``validation.svg``.

    Args:
        checks: Rows of ``sim.analyses.validate.analysis.validate``, one structure.
        roles: The same by role, from ``by_role``.
        folder: Existing folder.
        command: What made it, for the footer.
    """
    title = f"Met of what was observed: {told_by_role(roles)}"
    subtitle = (
        "Each line is a check on a scale of its own: the grey field is what its rule allows, dot and bar are the "
        "median and the 5th to 95th percentile of the replicates, the grey diamond is what was observed. Values "
        "far outside are drawn at the edge; an open-ended rule's field runs to the edge. Fitted: constants were fitted "
        "on it; seen: known when a value was set; unseen: neither. Overlapping checks count once, inputs not at all."
    )
    rows = list(checks.itertuples())
    with house_style():
        page = Page(title, subtitle, ROW * len(rows) + 0.3, [command])
        axes = page.axes(MARGIN + LABEL, 0.1, WIDTH - 2 * MARGIN - LABEL, ROW * len(rows))
        axes.set_xlim(-REACH, REACH)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_axis_off()
        for y, row in enumerate(rows):
            low, high = _on_scale(row, row.low), _on_scale(row, row.high)
            axes.barh(y, high - low, left=low, height=0.8, color=FAINT)
            colour = BLUE if row.passed else VERMILION
            if not np.isnan(row.p50):
                axes.plot([_on_scale(row, row.p05), _on_scale(row, row.p95)], [y, y], color=colour, linewidth=1.6)
                axes.plot(_on_scale(row, row.p50), y, "o" if row.passed else "X", color=colour, markersize=5)
            if not np.isnan(row.observed):
                axes.plot(_on_scale(row, row.observed), y, "D", color=OBSERVED, markeredgecolor=INK, markersize=4)
            word = "pass" if row.passed else "miss"
            text = f"{row.pattern}  {row.what} ({'an input' if row.input else row.role})"
            page.write(MARGIN, 0.1 + ROW * y + 0.03, shorten(text, LABEL - 0.6, 8), size=8)
            page.write(
                MARGIN + LABEL - 0.5, 0.1 + ROW * y + 0.03, word, size=8, color=QUIET if row.passed else VERMILION
            )
        misses = "; ".join(f"{row.case} {row.check}" for row in rows if not row.passed)
        return save(page.figure, folder, "validation", f"{title}. Misses: {misses or 'none'}.")


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
