"""The picture of a scale study: its axes are logarithmic, and their ticks are numbers that a reader can tell apart."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from sim.analyses.scale import PRECISION, RELATIVE_PRECISION, draw_scale, finding
from sim.drawing.style import APART


def drawn(folder: Path) -> list[str]:
    """Every text of the picture: it is drawn, and told beside."""
    return re.findall("<!-- (.*?) -->", (folder / "scale.svg").read_text())


ROOT = Path(__file__).parents[2]
SIZES = np.array([1_000, 3_000, 10_000, 30_000, 100_000])


def scale(name: str = "share", unit: str = "points", users: np.ndarray = SIZES, **columns: Any) -> pd.DataFrame:
    """A measure by the number of people."""
    return pd.DataFrame({"measure": name, "name": name, "unit": unit, "users": users, "slope": -0.5, **columns})


def measured(**settled: int | None) -> pd.DataFrame:
    """Measures that fall below their threshold at a size, or at none, in points, and in persons around 1,000."""
    frames = []
    for name, size in settled.items():
        unit, most = ("points", 0.5) if name != "installs" else ("persons", 50.0)
        noise = [most * (0.5 if size is not None and users >= size else 2.0) for users in SIZES[:-1]]
        below = [*(np.array(noise) < most), size is not None]
        frames.append(scale(name, unit, mean=1_000.0, noise=[*noise, np.nan], settled=below))
    return pd.concat(frames, ignore_index=True)


def test_the_title_says_from_which_size_on() -> None:
    for share, installs, said in (
        (3_000, 10_000, "All 2 measures of people are precise enough from 10,000 simulated"),
        (1_000, 3_000, "All 2 measures of people are precise enough from 3,000 simulated"),
        (None, 1_000, "1 of 2 measures of people are precise enough from 1,000 simulated"),
        (None, None, "At no size tried is any of 2 measures of people precise enough"),
    ):
        assert finding(measured(share=share, installs=installs)).startswith(said)


def test_the_threshold_is_drawn_where_the_analysis_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[list[float]] = []
    plot = Axes.plot

    def noted(axes: Axes, *values: Any, **style: Any) -> Any:
        if style.get("color") == APART:
            lines.append(list(values[1]))
        return plot(axes, *values, **style)

    monkeypatch.setattr(Axes, "plot", noted)
    table = measured(share=3_000, installs=10_000)
    draw_scale(table, tmp_path, "made by a test")
    assert lines == [[PRECISION["points"]] * 4, [RELATIVE_PRECISION * 1_000] * 4]
    words = drawn(tmp_path)
    assert "threshold" in words
    assert "0.5 points or 5 percent of the value" in " ".join(words)
