"""What the documents claim that one thing does to another, from the table that ``lawshock claims`` wrote."""

from pathlib import Path
from typing import Any

import pandas as pd

from sim.analyses.claims.analysis import DEPENDS
from sim.analyses.reproduce import ManifestCommand
from sim.results.folder import MANIFEST
from sim.results.reading import ResultsError, check_hashes, read_manifest
from sim.scenario.words import banded, day_in_words, number, shown
from sim.view.answer.words import unit

FOLDER, TABLE = "claims", "claims.csv"
COMPANIES = "companies"
COLUMNS = ("claim", "by", "difference (90 % of plausible worlds)", "worlds", "how sure")


def read_claims(folder: Path, command: str) -> pd.DataFrame | None:
    """The claims about the scenario of some results, where they are kept beside their folder: ``COLUMNS``.

    Args:
        folder: Of the results.
        command: What made them: of a world that was changed nothing is claimed.

    Raises:
        ResultsError: The claims were changed after they were written.
    """
    place = folder.parent / FOLDER
    if not (place / MANIFEST).is_file():
        return None
    try:
        mine = ManifestCommand.parse(command)
    except ResultsError:  # results of a scenario with a name of its own kind
        return None
    manifest = read_manifest(place)
    theirs = ManifestCommand.parse(manifest["command"])
    changed = any(option == "--set" for one in (mine, theirs) for option, _ in one.settings)
    if changed or mine.flags or mine.names[0] != theirs.names[0]:
        return None
    check_hashes(place, manifest)
    return in_words(pd.read_csv(place / TABLE, parse_dates=["date"]))


def in_words(claims: pd.DataFrame) -> pd.DataFrame:
    """The table of claims for readers: ``COLUMNS``, as text."""
    rows = [
        (row.sentence, day_in_words(row.date.date()), _difference(row), f"{row.share:.0%}", how_sure(row))
        for row in claims.itertuples()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _difference(row: Any) -> str:
    """The mean difference with its band, as fine as the band allows."""
    low, text, high = banded(row.low, row.mean, row.high)
    if row.unit == COMPANIES:  # a world has whole ones
        low, text, high = (shown(value, 0) for value in (row.low, row.mean, row.high))
    return f"{text} {unit(row.unit, text)} ({low} to {high})"


def how_sure(row: Any) -> str:
    """The label of a claim, with the value at which its sign turns."""
    text = str(row.label)
    if text.startswith(DEPENDS):
        beyond = "above" if row.flip > row.default else "below"
        text += f": turns {beyond} {number(row.flip)}, here {number(row.default)}"
    return f"{text}; not in the form {row.rivals}" if isinstance(row.rivals, str) else text
