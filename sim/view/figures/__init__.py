"""The pictures of an ensemble: each with the table that it shows and a text that says the same in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.view.figures import flows, holders, installs, ladder, requests, society, stances
from sim.view.style import house_style, save

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from sim.study.ensemble import Ensemble


@dataclass(frozen=True, slots=True)
class Picture:
    """How a picture comes about: its table, the drawing of that table, and its words."""

    data: Callable[[Ensemble], pd.DataFrame]
    paint: Callable[[pd.DataFrame, Ensemble, str], Figure]
    alt: Callable[[pd.DataFrame, Ensemble], str]


FIGURES = {
    "stances": Picture(stances.data, stances.paint, stances.alt),
    "requests": Picture(requests.data, requests.paint, requests.alt),
    "holders": Picture(holders.data, holders.paint, holders.alt),
    "installs": Picture(installs.data, installs.paint, installs.alt),
    "flows": Picture(flows.data, flows.paint, flows.alt),
    "ladder": Picture(ladder.data, ladder.paint, ladder.alt),
    "society": Picture(society.data, society.paint, society.alt),
    "policy": Picture(society.policy_data, society.policy_paint, society.policy_alt),
}
"""Every picture by the name of its files, in the order in which a reader should meet them."""


def figure_data(name: str, ensemble: Ensemble, observed: pd.DataFrame | None = None) -> pd.DataFrame:
    """The table that a picture shows, nothing more and nothing less.

    Args:
        name: A key of ``FIGURES``.
        ensemble: Replicates of one scenario.
        observed: What companies reported, for ``requests``: columns period, company, variable (received or produced),
            value, source.
    """
    return requests.data(ensemble, observed) if name == "requests" else FIGURES[name].data(ensemble)


def figure_alt(name: str, ensemble: Ensemble, observed: pd.DataFrame | None = None) -> str:
    """The picture in words with its numbers, for those who do not see it."""
    return FIGURES[name].alt(figure_data(name, ensemble, observed), ensemble)


def draw(ensemble: Ensemble, folder: Path, *, command: str = "", observed: pd.DataFrame | None = None) -> list[Path]:
    """Write every picture as PNG (1440 pixels wide) and SVG into an existing folder; the same ensemble gives the same bytes.

    Args:
        ensemble: Replicates of one scenario.
        folder: Where the files go.
        command: The command that makes them, for the footer.
        observed: What companies reported, as for ``figure_data``.

    Returns:
        The files, PNG and SVG in turn.

    Raises:
        OSError: The folder cannot be written.
    """
    files = []
    with house_style():
        for name, picture in FIGURES.items():
            table = figure_data(name, ensemble, observed)
            figure = picture.paint(table, ensemble, command)
            files += save(figure, folder, name, picture.alt(table, ensemble))
    return files
