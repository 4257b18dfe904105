"""What a folder of a comparison holds for its readers: pictures of differences, and a page for each world."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from sim.analyses.claims.analysis import FlipTest, try_answer
from sim.analyses.compare.analysis import Comparison
from sim.analyses.compare.figure import draw_comparison
from sim.results.posterior import load_posterior
from sim.runs.store import Store
from sim.view.answer import words
from sim.view.answer.page import answer, apps_named


def try_answers(
    comparison: Comparison,
    *,
    workers: int | None = None,
    keep: Store | None = None,
    on_progress: Callable[[float, float], None] | None = None,
) -> dict[str, FlipTest]:
    """The flip test of each answer of a comparison, by its world; none where all pairs have the same parameters.

    Args:
        comparison: Worlds run in pairs.
        workers: Processes; all cores when absent.
        keep: Where to keep finished runs until all are there.
        on_progress: Called with the number of runs done and that of runs known to be needed.
    """
    if not comparison.worlds:
        return {}
    posterior = load_posterior()
    subjects = {
        world: words.subject(words.changes(comparison.courses(world)), apps_named(comparison, world))
        for world in comparison.others
    }
    return {
        world: try_answer(comparison, world, one.id, posterior, workers=workers, keep=keep, on_progress=on_progress)
        for world, one in subjects.items()
        if one
    }


def draw_answers(comparison: Comparison, folder: Path, command: str, tested: Mapping[str, FlipTest]) -> None:
    """Write the pictures of a comparison, and ``answer.html``, or ``answer-<world>.html`` where there are several.

    Args:
        comparison: Worlds run in pairs.
        folder: Existing folder.
        command: What made the comparison.
        tested: The flip test of each answer, where it was made.

    Raises:
        OSError: The folder cannot be written.
    """
    draw_comparison(comparison, folder, command=command)
    for world in comparison.others:
        slug = re.sub(r"[^\w-]+", "-", world).strip("-")
        name = "answer.html" if len(comparison.others) == 1 else f"answer-{slug}.html"
        page = answer(comparison, world, command=command, tested=tested.get(world))
        (folder / name).write_text(page, encoding="utf-8")
