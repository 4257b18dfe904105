"""What a study keeps: once, whole, and found again, whatever happens to its files."""

import subprocess
import sys
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from sim.runs import once as running
from sim.runs import store as storing
from sim.runs.claims import Claims
from sim.runs.executors import InProcess
from sim.runs.files import StudyError
from sim.runs.once import Run, run_once
from sim.runs.store import Store
from sim.runs.work import Job, do, pack, to_parquet
from sim.scenario.files import vary
from sim.study.plan import Cell, Plan, read_plan
from sim.study.study import Study
from sim.study.tables import TABLES, write_results
from tests.conftest import small_world
from tests.faults.ordeal import same_bytes


@pytest.fixture(scope="module")
def world():
    return small_world(users=200, end="2020-07-05")


@pytest.fixture(scope="module")
def lived(world):
    return run_once(world, 1).tables


@pytest.fixture
def calls(monkeypatch, lived):
    """Stands in for the model: gives the tables of one run, and counts who asked for which."""
    made = Counter()

    def stand_in(scenario, seed, **_):
        made[scenario.population.gamma, seed] += 1
        if scenario.population.gamma == 6.0 and seed == 2:
            raise ZeroDivisionError("a share of nobody")
        return Run(scenario, seed, lived)

    monkeypatch.setattr(running, "run_once", stand_in)
    return made


@pytest.fixture
def plan(world):
    """Three cells, of which one has a seed that fails."""

    def make(study, replicates=3):
        worlds = [vary(world, [f"population.gamma={gamma}"]) for gamma in (3, 0, 6)]
        return Plan(tuple(study.cell(w, {"population.gamma": w.population.gamma}, replicates) for w in worlds))

    return make


def make(folder, plan, replicates=3, **options):
    study = Study(folder)
    study.make(plan(study, replicates), executor=InProcess(), **options)
    return study


def tables(study, folder):
    write_results(study, folder)
    return folder


def test_no_run_is_made_twice(calls, plan, tmp_path):
    make(tmp_path, plan)
    assert set(calls.values()) == {1}
    assert len(calls) == 9
    make(tmp_path, plan)
    make(tmp_path, plan, replicates=5)
    assert set(calls.values()) == {1}
    assert len(calls) == 15


def test_a_failed_run_is_a_row_and_the_rest_goes_on(calls, plan, tmp_path):
    study = make(tmp_path, plan)
    status = study.status()
    assert (status.done, status.failed, status.missing) == (8, 1, 0)
    (row,) = study.table("failures").to_dict("records")
    assert (row["cell"], row["seed"], row["error"]) == (2, 2, "ZeroDivisionError: a share of nobody")
    assert row["scenario"] == study.plan.cells[2].scenario
    assert "stand_in" in row["traceback"]
    runs = study.table("runs")
    assert len(runs) == 9
    assert runs.loc[runs["error"] != "", ["cell", "seed"]].to_numpy().tolist() == [[2, 2]]


def test_a_failed_run_is_made_again_only_when_asked(calls, plan, tmp_path, monkeypatch, lived):
    make(tmp_path, plan)
    monkeypatch.setattr(running, "run_once", lambda scenario, seed, **_: Run(scenario, seed, lived))
    assert make(tmp_path, plan).status().failed == 1
    study = make(tmp_path, plan, retry=True)
    assert (study.status().done, study.status().failed) == (9, 0)
    assert study.table("failures").empty


def test_tables_that_were_asked_for_are_kept(calls, plan, world, tmp_path, lived):
    study = Study(tmp_path)
    cell = study.cell(world, {}, 1)
    study.make(Plan((cell,)), executor=InProcess())
    study.make(Plan((cell,), tables=("usage",)), executor=InProcess())
    assert calls == {(2.6, 1): 2}  # once without the table, once for it
    kept = study.store.table("usage", study.plan.job(cell, 1)).to_pandas()
    assert kept["holders"].tolist() == lived["usage"]["holders"].tolist()
    with pytest.raises(StudyError, match="no table 'acts'"):
        study.store.table("acts", study.plan.job(cell, 1))


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def empty(path):
    path.write_bytes(b"")


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def remove(path):
    path.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("damage", [truncate, empty, flip, remove])
@pytest.mark.parametrize("pattern", ["runs/*.parquet", "failures/*.parquet", "scenarios/*.gz", "plan.json"])
def test_damage_is_found_set_aside_and_made_good(damage, pattern, calls, plan, tmp_path):
    whole = tables(make(tmp_path / "whole", plan), tmp_path / "whole-tables")
    study = make(tmp_path / "hurt", plan)
    hurt = sorted(study.folder.glob(pattern))[0]
    damage(hurt)
    (study.folder / "pace.json").write_text("{}")  # as sessions of more than seconds leave it
    if pattern == "plan.json":  # as `lawshock study status` does
        with pytest.raises(StudyError, match=r"set aside; give the command again|found no plan"):
            Study.open(study.folder)
        assert not hurt.exists()
    mended = make(tmp_path / "hurt", plan)
    same_bytes(whole, tables(mended, tmp_path / "hurt-tables"))
    if pattern.startswith(("runs", "failures")) and damage is not remove:
        assert hurt.with_name(hurt.name + ".corrupt").exists()


@pytest.mark.parametrize("names", [("thesis.txt",), ("runs", "thesis.txt"), ("results", "manifest.json")])
def test_a_folder_of_something_else_is_no_study(tmp_path, names):
    for name in names:
        (tmp_path / name).mkdir()
    with pytest.raises(StudyError, match="found something else"):
        Study(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_no_bit_of_a_plan_changes_unseen(calls, plan, tmp_path):
    study = make(tmp_path, plan)
    path, before = tmp_path / "plan.json", study.plan
    data = path.read_bytes()
    for bit in range(0, 8 * len(data), 29):
        hurt = bytearray(data)
        hurt[bit // 8] ^= 1 << bit % 8
        path.write_bytes(hurt)
        try:
            assert read_plan(tmp_path) == before
        except StudyError:
            (tmp_path / "plan.json.corrupt").unlink()
    path.write_bytes(data)
    assert read_plan(tmp_path) == before


def test_damage_to_a_shard_costs_its_runs_and_no_more(calls, plan, tmp_path, monkeypatch):
    whole = tables(make(tmp_path / "whole", plan), tmp_path / "whole-tables")
    monkeypatch.setattr(storing, "LOOSE", 5)
    study = make(tmp_path / "hurt", plan)
    (shard,) = study.folder.glob("runs/shard.*.parquet")
    flip(shard)
    calls.clear()
    mended = make(tmp_path / "hurt", plan)
    assert sum(calls.values()) == 5
    same_bytes(whole, tables(mended, tmp_path / "hurt-tables"))


def test_shards_change_no_table(calls, plan, tmp_path, monkeypatch):
    loose = tables(make(tmp_path / "loose", plan), tmp_path / "loose-tables")
    monkeypatch.setattr(storing, "LOOSE", 3)
    study = make(tmp_path / "shards", plan)
    names = [path.name for path in (study.folder / "runs").iterdir()]
    assert sum(name.startswith("shard") for name in names) == 2
    same_bytes(loose, tables(study, tmp_path / "shard-tables"))


def test_a_kill_between_shard_and_clearing_loses_and_doubles_nothing(calls, plan, tmp_path):
    study = make(tmp_path / "study", plan)
    before = tables(study, tmp_path / "before")
    loose = {path: path.read_bytes() for path in (study.folder / "runs").iterdir()}
    study.store.compact()
    for path, data in loose.items():
        path.write_bytes(data)  # as if the process had died before it could clear them
    again = Study(tmp_path / "study")
    assert len(again.store) == 8
    same_bytes(before, tables(again, tmp_path / "after"))
    again.store.compact()
    assert len(list((again.folder / "runs").iterdir())) == 1


def test_a_reader_does_not_mind_files_that_move_into_a_shard(calls, plan, tmp_path):
    make(tmp_path, plan)
    reader, writer = Study(tmp_path), Study(tmp_path)
    writer.store.compact()
    assert len(reader.runs()) == 8


def test_a_full_disk_is_one_line_and_nothing_is_half_written(calls, plan, tmp_path, monkeypatch):
    import errno
    from pathlib import Path

    real, written = Path.replace, []

    def replace(self, target):
        if str(target).endswith(".parquet"):
            written.append(target)
            if len(written) > 4:
                raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(StudyError, match=r"the disk is full; what finished is kept"):
        make(tmp_path, plan)
    monkeypatch.undo()
    assert not list(tmp_path.rglob(".partial*"))
    assert len(Store(tmp_path)) == 4


def test_one_process_takes_a_claim_and_others_do_not(tmp_path):
    path, key = tmp_path / "claims", "a" * 32
    mine = Claims(path)
    assert mine.take(key)
    ask = "from pathlib import Path; from sim.runs.claims import Claims; "
    ask += f"print(Claims(Path({str(path)!r})).take({key!r}))"
    assert subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout == "False\n"
    mine.release(key)
    assert subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout == "True\n"


def test_another_folder_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(StudyError, match="expected a new folder"):
        Study(tmp_path)
    with pytest.raises(StudyError, match="expected the folder of a study"):
        Study.open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_equal_jobs_give_equal_bytes(world):
    job = Job(world.digest(), 1, ("usage", "acts"))
    assert do(job, pack(world)) == do(job, pack(world))


@pytest.mark.slow
def test_a_hundred_thousand_runs_can_be_asked_without_loading_them(tmp_path):
    """A hundred shards of a thousand runs and sixty measures: 48 MB of numbers, of which a question needs two."""
    store = Store(tmp_path)
    for shard in range(100):
        seeds = range(1000 * shard, 1000 * (shard + 1))
        rows = pa.table(
            {"key": [f"{seed:032x}" for seed in seeds], "scenario": ["s"] * 1000, "seed": pa.array(seeds),
             "model_version": ["1"] * 1000} | {f"m{i}": [float(seed % (i + 2)) for seed in seeds] for i in range(60)}
        )  # fmt: skip
        storing.write_sealed(tmp_path / "runs", "shard", to_parquet(rows))
    pool = pa.default_memory_pool()
    before = pool.bytes_allocated()
    found = store.dataset().to_table(columns=["seed", "m7"], filter=pc.field("m7") == 5.0)
    assert found.num_rows == sum(seed % 9 == 5 for seed in range(100_000))
    assert pool.bytes_allocated() - before < 2 << 20
    assert len(store) == 100_000


def test_jobs_come_seed_by_seed():
    plan = Plan((Cell("a", {}, 2), Cell("b", {}, 3), Cell("a", {"x": 1}, 2)))
    assert [(job.scenario, job.seed) for job in plan.jobs()] == [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("b", 3)]


def test_every_table_has_its_columns_in_the_codebook(calls, plan, tmp_path):
    study = make(tmp_path, plan)
    known = set(study.table("codebook")["name"])
    for name in TABLES.keys() - {"codebook"}:
        assert set(study.table(name).columns) <= known, name
