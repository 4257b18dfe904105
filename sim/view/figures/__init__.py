"""The pictures of an ensemble: each with the table that it shows and a text that says the same in words."""

from collections.abc import Mapping
from pathlib import Path

from sim.drawing.picture import Picture
from sim.drawing.style import house_style, save
from sim.results.ensemble import Ensemble
from sim.view.figures.institutions import Ladder, Requests, Stances
from sim.view.figures.people import POLICY, SOCIETY, Flows, Holders, Installs

FIGURES: Mapping[str, Picture] = {
    "stances": Stances(), "requests": Requests(), "holders": Holders(), "installs": Installs(), "flows": Flows(),
    "ladder": Ladder(), "society": SOCIETY, "policy": POLICY,
}  # fmt: skip
"""Every picture by the name of its files, in the order in which a reader should meet them."""


def draw(ensemble: Ensemble, folder: Path, *, command: str = "") -> list[Path]:
    """Write every picture into an existing folder, as PNG of 1440 pixels' width and as SVG.

    The same ensemble gives the same bytes: the files hold neither dates nor versions of what made them.

    Args:
        ensemble: Replicates of one scenario.
        folder: Where the files go.
        command: The command that makes them, for the footer.

    Returns:
        The files, PNG and SVG in turn.

    Raises:
        OSError: The folder cannot be written.
    """
    files = []
    with house_style():
        for name, picture in FIGURES.items():
            table = picture.data(ensemble)
            files += save(picture.paint(table, ensemble, command), folder, name, picture.alt(table, ensemble))
    return files
