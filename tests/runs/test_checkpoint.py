"""What a killed command leaves is taken up, unchanged, and by nothing else."""

import shutil
import subprocess
import sys
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from sim.analyses.compare.holdings import HOLDINGS, record
from sim.codebook import CODEBOOK
from sim.results import ensemble
from sim.runs import checkpoint
from sim.runs.checkpoint import Checkpoint, tables_of
from sim.runs.files import StudyError
from sim.runs.tasks import Call
from tests.conftest import small_world

NAMES = [*CODEBOOK, HOLDINGS]
MADE = Counter()


def square(number, fail=-1):
    MADE[number] += 1
    if number == fail:
        raise ZeroDivisionError("as it were")
    return {"squares": pd.DataFrame({"square": [float(number * number)]})}


def squares(folder, numbers, how=None, of=""):
    """The squares of numbers, and how many of them were made rather than found."""
    MADE.clear()
    calls = [Call(square, (number,), how or {}, of) for number in numbers]
    keep = Checkpoint(folder)
    found = tables_of(calls, ["squares"], keep=keep, workers=1)
    assert [table["squares"]["square"].item() for table in found] == [number**2 for number in numbers]
    return MADE.total()


def test_tables_come_back_as_they_were(tmp_path):
    call = Call(record, (small_world(users=200, end="2020-07-20"), 3, (5, 19)))
    (plain,) = tables_of([call], NAMES, workers=1)
    keep = Checkpoint(tmp_path / "runs")
    (kept,) = tables_of([call], NAMES, keep=keep, workers=1)
    assert list(plain) == list(kept) == NAMES
    for name, table in plain.items():
        pd.testing.assert_frame_equal(table, kept[name], check_exact=True, obj=name)
        for place, one in (("plain", table), ("kept", kept[name])):
            one.to_parquet(tmp_path / place)
        assert (tmp_path / "plain").read_bytes() == (tmp_path / "kept").read_bytes(), name
    assert np.isfinite(kept["usage"]["holders"]).all()


def test_what_is_there_is_not_made_again_and_progress_counts_it(tmp_path):
    with pytest.raises(ZeroDivisionError):
        squares(tmp_path / "runs", range(5), {"fail": 3})
    told = []
    calls = [Call(square, (number,)) for number in range(5)]
    MADE.clear()
    tables_of(calls, ["squares"], keep=Checkpoint(tmp_path / "runs"), workers=1, on_progress=told.append)
    assert dict(MADE) == {3: 1, 4: 1}
    assert told == [3, 4, 5]
    assert squares(tmp_path / "runs", [4, 4, 9]) == 1


def test_other_text_or_another_rule_is_made_anew(tmp_path, monkeypatch):
    assert squares(tmp_path, [2, 3]) == 2
    assert squares(tmp_path, [2, 3], of="a case that was edited") == 2
    monkeypatch.setattr("sim.runs.work.build", lambda: "an edited rule")
    assert squares(tmp_path, [2, 3]) == 2
    monkeypatch.undo()
    edited = tmp_path.parent / "edited.py"
    edited.write_text("def square(number): ...")
    monkeypatch.setattr(checkpoint.inspect, "getfile", lambda _: str(edited))
    assert squares(tmp_path, [2, 3]) == 2


def test_damage_is_made_good(tmp_path):
    assert squares(tmp_path, [2, 3, 5]) == 3
    first, second, _ = sorted((tmp_path / "tables" / "squares").iterdir())
    first.unlink()
    second.write_bytes(b"nothing of the sort")
    assert squares(tmp_path, [2, 3, 5]) == 2


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "thesis.txt").write_text("mine")
    keep = Checkpoint(tmp_path / "runs")
    with pytest.raises(StudyError, match="found something else"):
        keep.results([], ["squares"])
    keep.clear()
    assert (tmp_path / "runs" / "thesis.txt").read_text() == "mine"


def test_a_command_that_finds_another_at_work_says_so(tmp_path):
    ask = "import sys; from pathlib import Path; from sim.runs.checkpoint import Checkpoint\n"
    ask += f"keep = Checkpoint(Path({str(tmp_path)!r})); keep.results([], [])\nprint(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", ask], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        with pytest.raises(StudyError, match="another command is at work there"):
            squares(tmp_path, [2])
        other.stdin.close()
        other.wait()
    assert squares(tmp_path, [2]) == 1


@pytest.mark.parametrize("lasting", [True, False])
def test_a_folder_that_was_asked_for_stays(tmp_path, lasting):
    keep = Checkpoint(tmp_path / "runs", lasting=lasting)
    keep.results([Call(square, (2,))], ["squares"], workers=1)
    assert len(keep) == 1
    keep.clear()
    assert (tmp_path / "runs").exists() == lasting


def test_an_ensemble_does_not_depend_on_whether_it_is_kept(tmp_path):
    world = small_world(users=200, end="2020-07-10")
    plain = ensemble.run(world, replicates=2, workers=1)
    keep = Checkpoint(tmp_path / "runs")
    ensemble.run(world, replicates=1, workers=1, keep=keep)
    told = []
    kept = ensemble.run(world, replicates=2, workers=1, keep=keep, on_progress=told.append)
    assert told[0] == 1
    assert 1 < told[1] < 2
    assert told[-1] == 2
    for name in CODEBOOK:
        pd.testing.assert_frame_equal(plain.table(name), kept.table(name), check_exact=True)
    shutil.rmtree(tmp_path / "runs")
