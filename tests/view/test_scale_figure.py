"""The picture of a scale study: its axes are logarithmic, and their ticks are numbers that a reader can tell apart."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.analyses.scale.figure import draw_scale

SIZES = np.array([1_000, 3_000, 10_000, 30_000, 100_000])


@pytest.mark.parametrize(
    ("first", "fall", "wanted"),
    [(2.0, -0.5, {"1", "0.3"}), (40_000.0, -0.5, {"30k", "10k"}), (0.17, -0.5, {"0.1", "0.03"})],
)
def test_ticks_are_numbers(tmp_path: Path, first: float, fall: float, wanted: set[str]) -> None:
    noise = first * (SIZES / SIZES[0]) ** fall
    table = pd.DataFrame({"measure": "share", "unit": "points", "users": SIZES, "noise": noise, "slope": fall})
    draw_scale(table.assign(settled=noise < first / 3), tmp_path, "made by a test")
    words = set(re.findall("<!-- (.*?) -->", (tmp_path / "scale.svg").read_text()))  # text is drawn, and told there
    assert {"1k", "10k", "100k"} | wanted <= words
    assert not any("$" in word for word in words)


def test_a_measure_without_noise_leaves_its_panel_empty(tmp_path: Path) -> None:
    table = pd.DataFrame({"measure": "share", "unit": "points", "users": SIZES, "noise": 0.0, "slope": np.nan})
    assert len(draw_scale(table.assign(settled=True), tmp_path, "made by a test")) == 2
