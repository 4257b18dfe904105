"""What a folder of a comparison holds for its readers: pictures of differences, and a page for each world."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sim.analyses.compare.figure import draw_comparison
from sim.view.answer.page import answer

if TYPE_CHECKING:
    from pathlib import Path

    from sim.analyses.compare.analysis import Comparison


def draw_answers(comparison: Comparison, folder: Path, command: str) -> None:
    """Write the pictures of a comparison, and ``answer.html``, or ``answer-<world>.html`` where there are several.

    Raises:
        OSError: The folder cannot be written.
    """
    draw_comparison(comparison, folder, command=command)
    for world in comparison.others:
        slug = re.sub(r"[^\w-]+", "-", world).strip("-")
        name = "answer.html" if len(comparison.others) == 1 else f"answer-{slug}.html"
        (folder / name).write_text(answer(comparison, world, command=command), encoding="utf-8")
