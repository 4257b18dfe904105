"""A run of a study: from the text of a scenario and a seed to a row of headline measures."""

from __future__ import annotations

import functools
import gzip
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario

HEADLINES = "headlines"
"""Name of the table with the row."""


def measured_run(digest: str, seed: int, tables: Sequence[str], *, packed: bytes) -> dict[str, pd.DataFrame]:
    """Make one run; give its headline measures as a row, and the tables of it that are asked for.

    Args:
        digest: Of the scenario.
        seed: Root seed.
        tables: Names by the codebook.
        packed: The scenario, as ``pack`` gives it: a few kilobytes, so that workers need no disk in common.
    """
    import pandas as pd

    from sim.measures import measured
    from sim.runs import once

    run = once.run_once(unpack(digest, packed), seed)
    row = pd.DataFrame({id: [float(value)] for id, value in measured(run).items()})
    return {HEADLINES: row} | {name: run.tables[name] for name in tables}


def pack(scenario: Scenario) -> bytes:
    """The text of a scenario, compressed, with tables in its own order, which is that of the rows of its results."""
    return gzip.compress(scenario.model_dump_json().encode(), mtime=0)


@functools.lru_cache(maxsize=64)
def unpack(digest: str, packed: bytes) -> Scenario:
    """The scenario in a packed text.

    Raises:
        ValueError: The text is not that of ``digest``.
    """
    from sim.scenario.schema import Scenario

    try:
        scenario = Scenario.model_validate_json(gzip.decompress(packed))
    except (OSError, EOFError, ValueError) as error:
        raise ValueError(f"damaged text of scenario {digest}: {error}") from error
    if scenario.digest() != digest:
        raise ValueError(f"damaged text of scenario {digest}: it has another digest")
    return scenario
