"""What is kept is kept once, whole, and found again by what it depends on, whatever happens to its files."""

import contextlib
import errno
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from sim.analyses.compare.city import CITY
from sim.analyses.compare.people import HOLDINGS, record
from sim.cli import cli
from sim.results import ensemble
from sim.runs import once as running
from sim.runs import store as storing
from sim.runs.executors import Call, InProcess
from sim.runs.files import StudyError
from sim.runs.once import measured_run, pack, run_once
from sim.runs.store import Store, key_of, tables_of
from sim.scenario.files import vary
from sim.study.study import TABLES, Cell, Plan, Study, read_plan, write_results
from sim.tables import CODEBOOK, Run
from tests.conftest import small_world
from tests.faults.ordeal import same_bytes

MADE = Counter()


def square(number, fail=-1):
    MADE[number] += 1
    if number == fail:
        raise ZeroDivisionError("as it were")
    return {"squares": pd.DataFrame({"square": [float(number * number)]})}


def squares(folder, numbers, how=None, of="", **options):
    """The squares of numbers, and how many of them were made rather than found."""
    MADE.clear()
    calls = [Call(square, (number,), how or {}, of) for number in numbers]
    found = tables_of(calls, keep=Store(folder), workers=1, **options)
    assert [table["squares"]["square"].item() for table in found] == [number**2 for number in numbers]
    return MADE.total()


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# Results


def test_tables_come_back_as_they_were(tmp_path):
    call = Call(record, (small_world(users=200, end="2020-07-20"), 3, (5, 19)))
    (plain,) = tables_of([call], workers=1)
    (kept,) = tables_of([call], keep=Store(tmp_path / "runs"), workers=1)
    assert list(plain) == list(kept) == [*CODEBOOK, HOLDINGS, CITY]
    for name, table in plain.items():
        pd.testing.assert_frame_equal(table, kept[name], check_exact=True, obj=name)
        for place, one in (("plain", table), ("kept", kept[name])):
            one.to_parquet(tmp_path / place)
        assert (tmp_path / "plain").read_bytes() == (tmp_path / "kept").read_bytes(), name
    assert np.isfinite(kept["usage"]["holders"]).all()
    tables_of([call], keep=Store(tmp_path / "again"), workers=1)
    same_bytes(tmp_path / "runs", tmp_path / "again")


def test_what_is_there_is_not_made_again_and_progress_counts_it(tmp_path):
    with pytest.raises(ZeroDivisionError):
        squares(tmp_path, range(5), {"fail": 3})
    seen = []
    assert squares(tmp_path, range(5), on_progress=seen.append) == 2
    assert seen == [3, 4, 5]
    assert squares(tmp_path, [4, 4, 9]) == 1


def test_other_text_or_another_rule_is_made_anew(tmp_path, monkeypatch):
    assert squares(tmp_path, [2, 3]) == 2
    assert squares(tmp_path, [2, 3], of="a case that was edited") == 2
    monkeypatch.setattr(storing, "build", lambda: "an edited rule")
    assert squares(tmp_path, [2, 3]) == 2
    monkeypatch.undo()
    edited = tmp_path.parent / "edited.py"
    monkeypatch.setattr(storing.inspect, "getfile", lambda _: str(edited))
    for number, text in enumerate(("def square(number): ...", "def square(number): ...  # as before", "square = len")):
        edited.write_text(text)
        storing.meaning.cache_clear()
        assert squares(tmp_path, [2, 3]) == (0 if number == 1 else 2), text


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def empty(path):
    path.write_bytes(b"")


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def swap(path):
    """Each of two whole results under the name of the other's key, with its own hash."""
    other = next(one for one in sorted(path.parent.iterdir()) if one != path)
    mine, theirs = path.name.split("."), other.name.split(".")
    path.rename(path.with_name("held"))
    other.rename(other.with_name(".".join([mine[0], *theirs[1:]])))
    path.with_name("held").rename(path.with_name(".".join([theirs[0], *mine[1:]])))


@pytest.mark.parametrize("damage", [cut, empty, flip, swap, Path.unlink])
def test_damage_is_found_set_aside_and_made_good(tmp_path, damage):
    assert squares(tmp_path, [2, 3, 5]) == 3
    whole = files(tmp_path)
    damage(min((tmp_path / "runs").iterdir()))
    hurt = 2 if damage is swap else 1
    calls = [Call(square, (number,)) for number in (2, 3, 5)]
    assert sum(call in Store(tmp_path) for call in calls) == 3 - hurt
    assert squares(tmp_path, [2, 3, 5]) == hurt
    mended = files(tmp_path)
    aside = [name for name in mended if name.endswith(".corrupt")]
    assert len(aside) == (0 if damage is Path.unlink else hurt)
    assert {name: data for name, data in mended.items() if name not in aside} == whole


@pytest.mark.parametrize("names", [("thesis.txt",), ("runs", "thesis.txt"), ("results", "manifest.json")])
def test_a_folder_of_something_else_is_left_alone(tmp_path, names):
    for name in names:
        (tmp_path / name).mkdir()
    for maker in (Store, Study):
        with pytest.raises(StudyError, match="expected a new folder"):
            maker(tmp_path)
    with pytest.raises(StudyError, match="expected the folder of a study"):
        Study.open(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_a_command_that_finds_another_at_work_says_so(tmp_path):
    ask = "import sys; from sim.runs.store import Store\n"
    ask += f"keep = Store({str(tmp_path)!r}); keep.claim()\nprint(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", ask], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        with pytest.raises(StudyError, match="another command is at work there"):
            squares(tmp_path, [2])
        other.stdin.close()
        other.wait()
    assert squares(tmp_path, [2]) == 1


@pytest.mark.parametrize("lasting", [True, False])
def test_a_folder_that_was_asked_for_stays_and_so_does_what_is_not_ours(tmp_path, lasting):
    keep, beside = (Store(tmp_path / name, lasting=lasting) for name in ("runs", "beside"))
    keep.clear()
    for store in (keep, beside):
        tables_of([Call(square, (2,))], keep=store, workers=1)
    (beside.folder / "notes.txt").write_text("mine")
    assert len(keep) == 1
    keep.clear()
    beside.clear()
    assert keep.folder.exists() == lasting
    assert (beside.folder / "notes.txt").read_text() == "mine"


def test_an_ensemble_does_not_depend_on_whether_it_is_kept(tmp_path):
    world = small_world(users=200, end="2020-07-10")
    plain = ensemble.run(world, replicates=2, workers=1)
    keep = Store(tmp_path / "runs")
    ensemble.run(world, replicates=1, workers=1, keep=keep)
    seen = []
    kept = ensemble.run(world, replicates=2, workers=1, keep=keep, on_progress=seen.append)
    assert seen[0] == 1
    assert 1 < seen[1] < 2
    assert seen[-1] == 2
    for name in CODEBOOK:
        pd.testing.assert_frame_equal(plain.table(name), kept.table(name), check_exact=True)


def test_a_full_disk_is_one_line_and_nothing_is_half_written(tmp_path, monkeypatch):
    real, written = Path.replace, []

    def replace(self, target):
        written.append(target)
        if len(written) > 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(StudyError, match=r"the disk is full; what finished is kept"):
        squares(tmp_path, range(9))
    monkeypatch.undo()
    assert not list(tmp_path.rglob(".partial*"))
    assert len(Store(tmp_path)) == 4


# Studies


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
def make(world):
    """Make a study of three cells, of which one has a seed that fails."""

    def made(folder, replicates=3, **options):
        study = Study(folder)
        worlds = [vary(world, [f"population.gamma={gamma}"]) for gamma in (3, 0, 6)]
        cells = [study.cell(w, {"population.gamma": w.population.gamma}, replicates) for w in worlds]
        study.make(Plan(tuple(cells), command="lawshock sweep"), executor=InProcess(), **options)
        return study

    return made


def tables(study, folder):
    write_results(study, folder)
    return folder


def test_no_run_is_made_twice_and_a_failed_one_only_when_asked(calls, make, tmp_path, monkeypatch, lived):
    make(tmp_path)
    assert set(calls.values()) == {1}
    assert len(calls) == 9
    make(tmp_path)
    study = make(tmp_path, replicates=5)
    assert set(calls.values()) == {1}
    assert len(calls) == 15
    monkeypatch.setattr(running, "run_once", lambda scenario, seed, **_: Run(scenario, seed, lived))
    assert make(tmp_path).status().failed == 1
    with pytest.raises(StudyError, match="every run is needed, but 1 failed, the first with: ZeroDivisionError"):
        study.check_whole()
    study = make(tmp_path, retry=True)
    study.check_whole()
    assert (study.status().done, study.status().failed) == (9, 0)
    assert study.table("failures").empty


def test_a_failed_run_is_a_row_and_the_rest_goes_on(calls, make, tmp_path):
    study = make(tmp_path)
    status = study.status()
    assert (status.done, status.failed, status.missing) == (8, 1, 0)
    (row,) = study.table("failures").to_dict("records")
    assert (row["cell"], row["seed"], row["error"]) == (2, 2, "ZeroDivisionError: a share of nobody")
    assert row["scenario"] == study.plan.cells[2].scenario
    assert "stand_in" in row["traceback"]
    runs = study.table("runs")
    assert len(runs) == 9
    assert runs.loc[runs["error"] != "", ["cell", "seed"]].to_numpy().tolist() == [[2, 2]]
    known = set(study.table("codebook")["name"])
    for name in TABLES.keys() - {"codebook"}:
        assert set(study.table(name).columns) <= known, name


@pytest.mark.parametrize("pattern", ["runs/*.zip", "failures/*.zip", "scenarios/*.gz", "plan.json"])
def test_a_study_is_listed_and_made_whole_whatever_is_damaged(pattern, calls, make, tmp_path):
    """Looking at a folder, which may be a stranger's, changes nothing in it."""
    whole = tables(make(tmp_path / "whole"), tmp_path / "whole-tables")
    study = make(tmp_path / "hurt")
    hurt = min(study.folder.glob(pattern))
    for data in (b"", b'{"runs": [], "sha256": "x"}', b"[" * 9999, hurt.read_bytes()[:-40]):
        hurt.write_bytes(data)
        before = files(tmp_path / "hurt")
        listed = CliRunner().invoke(cli, ["runs", str(tmp_path)])
        assert listed.exit_code == 0, listed.output
        assert "whole" in listed.stdout
        assert ("plan.json: the file is damaged" in listed.stderr) == (pattern == "plan.json")
        one = CliRunner().invoke(cli, ["runs", str(study.folder)])
        assert one.exception is None or isinstance(one.exception, StudyError), one.exception
        assert files(tmp_path / "hurt") == before
    same_bytes(whole, tables(make(tmp_path / "hurt"), tmp_path / "hurt-tables"))
    assert hurt.with_name(hurt.name + ".corrupt").exists() == pattern.startswith(("runs", "failures", "plan"))


def test_tables_that_were_asked_for_are_kept(calls, world, tmp_path, lived):
    study = Study(tmp_path)
    cell = study.cell(world, {}, 1)
    study.make(Plan((cell,)), executor=InProcess())
    study.make(Plan((cell,), tables=("usage",)), executor=InProcess())
    assert calls == {(2.6, 1): 2}  # once without the table, once for it
    assert list(study.tables_of(cell, 1)) == ["usage"]
    pd.testing.assert_frame_equal(study.tables_of(cell, 1)["usage"], lived["usage"], check_exact=True)
    with pytest.raises(StudyError, match="a result is missing"):
        study.tables_of(cell, 2)


def test_no_bit_of_a_plan_changes_unseen(calls, make, tmp_path):
    study = make(tmp_path)
    path, before = tmp_path / "plan.json", study.plan
    data = path.read_bytes()
    for bit in range(0, 8 * len(data), 29):
        hurt = bytearray(data)
        hurt[bit // 8] ^= 1 << bit % 8
        path.write_bytes(hurt)
        with contextlib.suppress(StudyError):
            assert read_plan(tmp_path) == before


def test_what_would_be_made_again_is_found_by_its_name_alone(world):
    named, whole = (Call(measured_run, (world.digest(), 1, ()), how) for how in ({}, {"packed": pack(world)}))
    assert key_of(named) == key_of(whole)
    assert key_of(named) != key_of(Call(measured_run, (world.digest(), 2, ())))


def test_runs_of_a_plan_come_seed_by_seed():
    plan = Plan((Cell("a", {}, 2), Cell("b", {}, 3), Cell("a", {"x": 1}, 2)))
    assert plan.runs() == [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("b", 3)]
