"""A run beside its baseline: the difference in pairs, as tables, as a sentence, and read back from its folder."""

import numpy as np
import pandas as pd
import pytest

from sim.analyses.compare.beside import Beside
from sim.analyses.compare.outcomes import COLUMNS
from sim.results.ensemble import Ensemble
from sim.results.folder import BASELINE, csv_bytes
from sim.results.reading import ResultsError
from sim.runs.once import Run
from sim.scenario.errors import ScenarioError
from sim.scenario.files import load, to_toml
from sim.view.brief.difference import apart, read_apart
from tests.analyses.test_outcomes import BASE, DAYS, OTHER, PARTED
from tests.results.handmade import run_of


def ensemble(scenario, *ends, luck=None, answering=2) -> Ensemble:
    """Runs whose share of holders goes from a half to an end; ``luck`` are those of the best world."""

    def runs(found):
        held = np.full((DAYS, 2), "process", dtype=object)
        held[PARTED + 1 :, answering:] = "pause"
        for seed, end in enumerate(found, start=1):
            share = np.where(np.arange(DAYS) > PARTED, end, 0.5)
            made = run_of(scenario, {"usage": {"share": share}}, held)
            yield Run(scenario, seed, made.tables)

    best = Ensemble(scenario, tuple(runs(luck))) if luck else None
    return Ensemble(scenario, tuple(runs(ends)), best)


@pytest.fixture
def beside() -> Beside:
    """Three pairs, and two of luck beside three runs of luck."""
    return Beside(
        ensemble(BASE, 0.5, 0.5, 0.5, luck=(0.5, 0.5)),
        ensemble(OTHER, 0.30, 0.35, 0.40, luck=(0.35, 0.36, 0.99), answering=1),
    )


def test_a_difference_is_taken_between_twins_and_luck_has_its_own_band(beside):
    row = beside.differences.set_index(["measure", "when"]).loc[("Chat holders", "end")]
    assert tuple(beside.differences) == COLUMNS
    assert (row["base"], row["other"], row["mean"]) == pytest.approx((50, 35, -15))
    assert (row["p05"], row["p95"]) == pytest.approx((-19.5, -10.5))
    assert (row["chance_p05"], row["chance_p95"]) == pytest.approx((-14.95, -14.05))  # the third has no twin


def test_pairs_keep_both_levels_of_every_seed(beside):
    chat = beside.pairs.set_index("measure").loc["Chat holders"]
    assert chat["seed"].tolist() == [1, 2, 3]
    assert (chat["other"] - chat["base"]).to_numpy() == pytest.approx([-20, -15, -10])


def test_sentence_and_table_tell_the_same_difference(beside):
    told = apart(BASE, OTHER, beside.tables, drawn=True)
    assert "Chat has 15 points fewer users (10 to 20): 35 % of people instead of 50 %" in told.sentence
    rows = told.rows.set_index("by the end of the run")
    assert rows.loc["Chat holders", "difference (90 % of worlds)"] == "−15 points (−20 to −10)"
    assert rows.loc["Chat holders", "by luck alone (90 %)"] == "−14.9 to −14.1"
    assert "by luck alone (90 %)" not in apart(BASE, OTHER, beside.tables, drawn=False).rows


def test_companies_are_told_as_counts_of_pairs(beside):
    rows = apart(BASE, OTHER, beside.tables, drawn=True).rows.set_index("by the end of the run")
    told = rows.loc["companies that answer"]
    assert told.tolist() == ["2 in 3", "1 in 3", "1 fewer in 3 of 3 pairs", ""]


def test_a_folder_gives_its_difference_again(beside, tmp_path):
    assert read_apart(tmp_path, drawn=True) is None
    (tmp_path / BASELINE).write_text(to_toml(BASE))
    (tmp_path / "scenario.toml").write_text(to_toml(OTHER))
    for name, table in beside.tables.items():
        (tmp_path / f"{name}.csv").write_bytes(csv_bytes(table))
    told, kept = apart(BASE, OTHER, beside.tables, drawn=True), read_apart(tmp_path, drawn=True)
    assert kept.sentence == told.sentence
    pd.testing.assert_frame_equal(kept.rows, told.rows)
    (tmp_path / "pairs.csv").write_text("measure\n")
    with pytest.raises(ResultsError, match=r"expected pairs.csv beside baseline.toml"):
        read_apart(tmp_path, drawn=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('extends = "hong-kong-2020"', None),
        ('extends = "hong-kong-2020"\nbaseline = "companies-comply"', "companies-comply"),
    ],
    ids=["not passed on", "named"],
)
def test_a_baseline_is_that_of_the_file_which_names_it(tmp_path, text, expected):
    assert load("hong-kong-2020").baseline == "no-law"
    (tmp_path / "mine.toml").write_text(text)
    assert load(tmp_path / "mine.toml").baseline == expected


def test_a_baseline_that_is_not_there_is_one_line(tmp_path):
    (tmp_path / "mine.toml").write_text('extends = "hong-kong-2020"\nbaseline = "no-laws"')
    with pytest.raises(ScenarioError, match=r'baseline: expected an existing scenario file.*did you mean "no-law"'):
        load(tmp_path / "mine.toml")


def test_a_baseline_is_no_content_of_a_world_and_no_file_that_travels():
    world = load("hong-kong-2020")
    alone = world.model_copy(update={"baseline": None})
    assert alone.digest() == world.digest()
    assert "baseline" not in to_toml(world).split("[")[0]
    assert 'baseline = "baseline.toml"' in to_toml(world, BASELINE)
