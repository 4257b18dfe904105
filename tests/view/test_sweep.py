"""The picture of a sweep: a map over two parameters, panels otherwise, equal bytes for equal tables."""

import itertools

import numpy as np
import pandas as pd
import pytest

from sim.analyses.sweep import draw_sweep
from sim.study.design import find_measure
from tests.conftest import small_world

SHOWN = [find_measure(id, small_world(), "--show") for id in ("WhatsApp.share", "Signal.share")]


def summary(levels, measures=("WhatsApp.share", "Signal.share")):
    """Differences that grow along the first parameter and fall along the others."""
    rows = []
    settings = list(itertools.product(*levels.values()))
    for cell, values in enumerate([settings[0], *settings]):
        for number, measure in enumerate(measures):
            size = float(number + 1) * sum(len(str(value)) for value in values) * (cell > 0)
            rows.append(
                dict(zip(levels, values, strict=True)) | {"cell": cell, "measure": measure, "difference": size - 3.0,
                 "low": size - 3.5, "high": size - 2.5}
            )  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.slow
@pytest.mark.parametrize(
    "levels",
    [
        {"population.gamma": [0, 3, 6]},
        {"population.gamma": [0.0, 3.0, 6.0], "regulators.Beijing.autonomy": [0.0, 0.5]},
        {"population.contagion": ["none", "simple"], "acts.enact.date": ["2020-06-30", "2020-07-10"]},
        {"a": [0, 1], "b": [0, 1], "c": [True, False]},
        {"a": list(range(30)), "b": list(range(30))},
    ],
)
def test_every_kind_of_sweep_has_a_picture(levels, tmp_path):
    table = summary(levels)
    bytes_ = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        files = draw_sweep(table, list(levels), SHOWN, tmp_path / name, "what made it")
        bytes_.append([path.read_bytes() for path in files])
    assert bytes_[0] == bytes_[1]
    svg = bytes_[0][1].decode()
    assert "Signal share: from" in svg
    assert f"to {table.query('cell > 0 and measure == "Signal.share"')['difference'].max():.3g} percent." in svg


def test_a_measure_that_no_run_has_says_so(tmp_path):
    table = summary({"a": [0, 1]}).assign(difference=np.nan)
    assert all(path.exists() for path in draw_sweep(table, ["a"], SHOWN[:1], tmp_path, ""))
