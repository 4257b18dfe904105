"""Plausible worlds: each run takes a draw, the same seeds live the best world, and files keep both bands apart."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from sim.analyses.compare.analysis import compare
from sim.analyses.reproduce import ManifestCommand
from sim.results.bands import CHANCE, QUANTILES, SPREAD, pairs_by_chance
from sim.results.ensemble import COLUMNS, run, summarise
from sim.results.folder import write_csv
from sim.results.posterior import load_posterior, write_posterior
from sim.results.reading import ResultsError, read_manifest, read_results
from sim.tables import CODEBOOK
from tests.conftest import small_world
from tests.terminal import lawshock

pytestmark = pytest.mark.slow  # the worlds that its fixtures live take half a minute

SMALL = ("--users", 500, "--replicates", 2, "--seed", 4, "--set", "end=2020-08-10")
REPLICATES = 6


@pytest.fixture(scope="module")
def draws(tmp_path_factory):
    """Draws of one parameter far apart, so that what they do is larger than luck."""
    place = tmp_path_factory.mktemp("draws")
    write_posterior(place, "some", pd.DataFrame({"population.inertia": np.linspace(1.0, 5.0, 60)}), {})
    return load_posterior(place)


@pytest.fixture(scope="module")
def drawn(draws):
    world = small_world()
    return run(
        world, replicates=REPLICATES, workers=1, world_of=lambda seed: draws.world(world, seed), draws=draws.hashes
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Results of plausible worlds, and of the best world alone."""
    place = tmp_path_factory.mktemp("both")
    for name, options in (("plausible", ()), ("best", ("--best",))):
        result = lawshock("run", "hong-kong-2020", *SMALL, *options, "--out", place / name)
        assert result.returncode == 0, result.stderr
        (place / f"{name}.txt").write_text(result.stdout)
    return place


def test_band_of_plausible_worlds_is_wider_than_luck(drawn):
    """Inertia from 1 to 5 makes installs many or few; by luck alone they are nearly the same."""
    table = summarise(drawn).set_index("measure")
    for app in ("WhatsApp", "Telegram", "WeChat"):
        row = table.loc[f"{app}.installs"]
        assert row["high"] - row["low"] > 2 * (row["chance_high"] - row["chance_low"])
    worlds = {one.scenario.population.inertia for one in drawn.runs}
    assert len(worlds) == REPLICATES
    assert {one.scenario.digest() for one in drawn.best.runs} == {drawn.scenario.digest()}


def test_summary_has_both_bands(drawn):
    table = summarise(drawn)
    assert tuple(table.columns) == COLUMNS
    for row in table.itertuples():
        for ensemble, ends in ((drawn, (row.low, row.high)), (drawn.best, (row.chance_low, row.chance_high))):
            values = [measured for one in ensemble.runs if not np.isnan(measured := of(row.measure, one))]
            assert ends == pytest.approx(np.quantile(values, [0.05, 0.95]) if values else [np.nan] * 2, nan_ok=True)


def of(measure, one):
    from sim.measures import headline_measures

    return next(known for known in headline_measures(one.scenario) if known.id == measure).of(one)


def test_weekly_bands_have_those_of_luck_beside_them(drawn):
    for name in (table for table in CODEBOOK if table != "acts"):
        both, luck = drawn.weekly(name), drawn.best.weekly_bands(name)
        pd.testing.assert_frame_equal(both.drop(columns=[*CHANCE.values()]), drawn.weekly_bands(name))
        named = luck.rename(columns=CHANCE)
        pd.testing.assert_frame_equal(both[named.columns], named)


def test_best_worlds_are_those_of_a_run_without_draws(drawn):
    alone = run(small_world(), replicates=REPLICATES, workers=1)
    assert alone.best is None
    assert alone.chance is alone
    for name in CODEBOOK:
        pd.testing.assert_frame_equal(alone.table(name), drawn.best.table(name))
    told = summarise(alone)
    assert told["low"].equals(told["chance_low"])
    assert told["high"].equals(told["chance_high"])


def test_option_best_gives_the_tables_of_luck_byte_by_byte(folders):
    for table in CODEBOOK:
        assert (folders / "plausible" / "chance" / f"{table}.parquet").read_bytes() == (
            folders / "best" / "tables" / f"{table}.parquet"
        ).read_bytes()
    assert not (folders / "best" / "chance").exists()
    assert "draws" not in read_manifest(folders / "best")
    best = pd.read_csv(folders / "best" / "summary.csv")
    assert best["low"].equals(best["chance_low"])
    assert best["high"].equals(best["chance_high"])
    plausible = pd.read_csv(folders / "plausible" / "summary.csv")
    assert tuple(plausible.columns) == tuple(best.columns) == COLUMNS
    assert plausible[["chance_low", "chance_high"]].to_numpy() == pytest.approx(best[["low", "high"]], nan_ok=True)


def test_manifest_names_the_draws(folders):
    assert read_manifest(folders / "plausible")["draws"] == load_posterior().hashes


@pytest.mark.parametrize("draws", [{}, [], {"users": 5}, "users"])
def test_draws_that_are_none_are_refused(folders, tmp_path, draws):
    kept = shutil.copytree(folders / "plausible", tmp_path / "kept")
    manifest = json.loads((kept / "manifest.json").read_text())
    (kept / "manifest.json").write_text(json.dumps(manifest | {"draws": draws}))
    with pytest.raises(ResultsError, match="draws: expected the hashes of the draws"):
        read_manifest(kept)


@pytest.mark.parametrize("name", ["plausible", "best"])
def test_a_folder_gives_its_summary_again(folders, tmp_path, name):
    ensemble = read_results(folders / name)
    assert (ensemble.best is not None) is (name == "plausible")
    write_csv(summarise(ensemble), tmp_path / "summary.csv")
    assert (tmp_path / "summary.csv").read_bytes() == (folders / name / "summary.csv").read_bytes()


def test_a_recipe_counts_the_runs_of_the_best_world():
    for line, runs in (
        ("lawshock run one --replicates 5", 10),
        ("lawshock run one --replicates 5 --best", 5),
        ("lawshock compare one two --replicates 5", 16),
        ("lawshock compare one two --replicates 5 --best", 10),
    ):
        assert ManifestCommand.parse(line).runs() == runs


# Comparisons


@pytest.fixture(scope="module")
def pairs(draws):
    worlds = [small_world(name=name, users=600) for name in ("hong-kong-2020", "companies-comply")]
    return compare(*worlds, names=("base", "comply"), replicates=3, workers=1, drawn=draws.world, draws=draws.hashes)


def test_both_worlds_of_a_pair_take_one_draw(pairs):
    base, other = ([run.scenario.population.inertia for run in world.runs] for world in pairs.ensembles)
    assert base == other
    assert len(dict.fromkeys(base)) == 3


def test_half_as_many_pairs_live_the_best_world(pairs):
    assert [pairs_by_chance(n) for n in (1, 2, 3, 40)] == [1, 1, 2, 20]
    assert pairs.best.seeds == pairs.seeds[:2]
    assert pairs.best.names == pairs.names
    for mine, world in zip(pairs.best.ensembles, pairs.scenarios, strict=True):
        assert {run.scenario.digest() for run in mine.runs} == {world.digest()}


@pytest.mark.parametrize("name", ["outcomes", "headlines", "over_time", "people", "moves", "bearers"])
def test_tables_of_a_comparison_have_the_band_of_luck(pairs, name):
    """The band beside the total is what the pairs in the best world give, row by row."""
    total, luck = getattr(pairs, name), getattr(pairs.best, name)
    assert list(total.columns[-len(SPREAD) - len(CHANCE) :]) == [*SPREAD, *CHANCE.values()]
    assert len(total) == len(luck)
    if name == "outcomes":  # peaks may fall on other days, where the total is the one that is read
        total, luck = (table[table["when"] != "peak"] for table in (total, luck))
    for quantile in QUANTILES:
        assert total[CHANCE[quantile]].to_numpy() == pytest.approx(luck[quantile].to_numpy(), nan_ok=True)
    assert not np.allclose(total["p95"].fillna(0), luck["p95"].fillna(0))
    for quantile in QUANTILES:  # one band of one world
        assert luck[CHANCE[quantile]].equals(luck[quantile].rename(CHANCE[quantile]))


def test_peak_of_luck_is_read_on_the_day_of_the_total(pairs):
    courses, lucky = pairs.courses("comply"), pairs.chance_courses("comply")
    rows = pairs.outcomes[pairs.outcomes["when"] == "peak"].set_index("measure")
    for name, course in courses.items():
        gaps = lucky[name].gaps[:, course.peak]
        assert rows.loc[name, "chance_p95"] == pytest.approx(np.quantile(gaps, 0.95))
