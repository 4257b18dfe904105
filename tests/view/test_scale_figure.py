"""The picture of a scale study: its axes are logarithmic, and their ticks are numbers that a reader can tell apart."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analyses.scale import PRECISION, RELATIVE_PRECISION, draw_scale, finding
from sim.drawing.style import APART, house_style
from tests.view.conftest import assert_every_text_is_apart


def drawn(folder: Path) -> list[str]:
    """Every text of the picture: it is drawn, and told beside."""
    return re.findall("<!-- (.*?) -->", (folder / "scale.svg").read_text())


ROOT = Path(__file__).parents[2]
SIZES = np.array([1_000, 3_000, 10_000, 30_000, 100_000])


@pytest.mark.parametrize(
    ("first", "fall", "wanted"),
    [(2.0, -0.5, {"1", "0.3"}), (40_000.0, -0.5, {"30k", "10k"}), (0.17, -0.5, {"0.1", "0.03"})],
)
def test_ticks_are_numbers(tmp_path: Path, first: float, fall: float, wanted: set[str]) -> None:
    noise = first * (SIZES / SIZES[0]) ** fall
    table = pd.DataFrame(
        {"measure": "share", "name": "share", "unit": "times", "users": SIZES, "noise": noise, "slope": fall}
    )
    draw_scale(table.assign(mean=20 * first / 3, settled=noise < first / 3), tmp_path, "made by a test")
    words = set(drawn(tmp_path))
    assert {"1k", "10k", "100k"} | wanted <= words
    assert not any("$" in word for word in words)


def test_a_measure_without_noise_says_so_in_its_panel(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "measure": "share",
            "name": "share",
            "unit": "points",
            "users": SIZES,
            "noise": 0.0,
            "slope": np.nan,
            "mean": 0.0,
        }
    )
    draw_scale(table.assign(name="share", settled=True), tmp_path, "made by a test")
    assert "no noise at any size" in drawn(tmp_path)


def measured(**settled: int | None) -> pd.DataFrame:
    """Measures that fall below their threshold at a size, or at none, in points, and in persons around 1,000."""
    frames = []
    for name, size in settled.items():
        unit, most = ("points", 0.5) if name != "installs" else ("persons", 50.0)
        noise = [most * (0.5 if size is not None and users >= size else 2.0) for users in SIZES[:-1]]
        table = {
            "measure": name,
            "name": name,
            "unit": unit,
            "users": SIZES,
            "mean": 1_000.0,
            "noise": [*noise, np.nan],
        }
        frames.append(
            pd.DataFrame(
                {**table, "name": name, "slope": -0.5, "settled": [*(np.array(noise) < most), size is not None]}
            )
        )
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize(
    ("settled", "said"),
    [
        ({"share": 3_000, "installs": 10_000}, "All 2 measures of people are precise enough from 10,000 simulated"),
        ({"share": 1_000, "installs": 3_000}, "All 2 measures of people are precise enough from 3,000 simulated"),
        ({"share": None, "installs": 1_000}, "1 of 2 measures of people are precise enough from 1,000 simulated"),
        ({"share": None, "installs": None}, "At no size tried is any of 2 measures of people precise enough"),
    ],
)  # fmt: skip
def test_the_title_says_from_which_size_on(settled: dict[str, int | None], said: str) -> None:
    assert finding(measured(**settled)).startswith(said)


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


@pytest.mark.parametrize("zeros", [2, len(SIZES)])
def test_a_part_of_a_value_that_is_zero_is_no_threshold(tmp_path: Path, zeros: int) -> None:
    """Fines of a few hundred people: none at the first sizes, or at any."""
    mean = np.where(np.arange(len(SIZES)) < zeros, 0.0, 10.0)
    table = pd.DataFrame(
        {"measure": "fines", "name": "fines", "unit": "persons", "users": SIZES, "noise": 1.0, "slope": 0.0}
    )
    draw_scale(table.assign(name="fines", mean=mean, settled=False), tmp_path, "made by a test")
    assert ("threshold" in drawn(tmp_path)) == (zeros < len(SIZES))


def test_no_heading_of_a_panel_meets_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the measures of the committed study, of which the longest is broader than a panel."""
    pages: list[Figure] = []
    monkeypatch.setattr("sim.analyses.scale.save", lambda figure, *_: pages.append(figure))
    table = pd.read_csv(ROOT / "results" / "scale" / "scale.csv")
    with house_style():
        draw_scale(table, tmp_path, "made by a test")
        pages[0].canvas.draw()
        assert_every_text_is_apart(pages[0])
