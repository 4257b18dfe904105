"""What a picture is: its heading, the table that it shows, the drawing of that table, and the same in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from sim.results.ensemble import Ensemble


@dataclass(frozen=True, slots=True)
class Picture:
    """How a picture comes about."""

    caption: str
    """Its heading on a page; the drawing has a title of its own."""
    data: Callable[[Ensemble], pd.DataFrame]
    paint: Callable[[pd.DataFrame, Ensemble, str], Figure]
    alt: Callable[[pd.DataFrame, Ensemble], str]
