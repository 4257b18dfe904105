"""Files that a user, a folder or a manifest names: one place opens them, none of them hangs or fills the memory."""

import ast
import math
import os
import shutil
import signal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from sim import bounded
from sim.cli import cli
from sim.evidence.facts import OWN
from sim.runs.once import run_once
from sim.scenario.errors import ScenarioError
from sim.scenario.fields import leaves
from sim.scenario.files import load, vary
from tests.evidence.checks import OPEN, write_case
from tests.test_house import SOURCES, in_tree

READERS = (bounded.read, bounded.text, bounded.as_json, bounded.as_toml, bounded.csv, bounded.parquet)
OPENERS = {"open", "read_bytes", "read_text", "read_csv", "read_parquet", "ParquetFile"}
OF_OUR_OWN = {
    "sim/bounded.py": "the one place",
    "sim/cli.py": "the null device",
    "sim/command/compare.py": "pictures that were just drawn",
    "sim/compiled.py": "the code itself, and locks beside what it compiled",
    "sim/population/population.py": "what the system says of its memory",
    "sim/results/folder.py": "what was just written",
    "sim/runs/code.py": "the code itself",
    "sim/runs/files.py": "what is written",
    "sim/runs/past.py": "states in the private folder of a laboratory",
    "sim/runs/store.py": "locks, and tables within a file that was read",
    "sim/view/laboratory/answers.py": "runs in the private folder of a laboratory",
    "sim/view/laboratory/page.py": "templates of the package",
    "sim/view/laboratory/questions.py": "shipped files, and an answer that was just made",
}
"""Files that open others, and what these are: none is named by data."""


def opened(tree: ast.AST) -> bool:
    """Whether a module opens files in any other way than by the one place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            home = getattr(getattr(node.func, "value", None), "id", "")
            if name in OPENERS and home not in ("bounded", "Study", "Image", "webbrowser", "tomllib", "json"):
                return True
    return False


def test_one_place_opens_what_data_names():
    found = {in_tree(path) for path in SOURCES if opened(ast.parse(path.read_text(encoding="utf-8")))}
    assert found == {*OF_OUR_OWN}, f"expected sim.bounded there, or no longer listed: {sorted(found ^ {*OF_OUR_OWN})}"
    assert opened(ast.parse("from pathlib import Path\nPath('a').read_text()"))


def odd_files(place):
    """Things by their names that are no file to be read."""
    os.mkfifo(place / "pipe")
    (place / "folder").mkdir()
    (place / "loop").symlink_to(place / "loop")
    (place / "to-device").symlink_to("/dev/zero")
    (place / "large").touch()
    os.truncate(place / "large", bounded.LARGEST + 1)
    (place / "deep").write_text("[" * 100_000)
    (place / "bytes").write_bytes(b"a = \xff\xfe")
    return [*place.iterdir(), place / "none", place / "zero\0", place / ("x" * 300)]


def test_what_is_no_file_is_a_line_at_once(tmp_path):
    for path in odd_files(tmp_path):
        for reader in READERS:
            if path.name in ("large", "deep", "bytes") and reader in (bounded.read, bounded.parquet, bounded.text):
                continue
            if path.name == "bytes" or (path.name == "deep" and reader is bounded.csv):
                continue
            with pytest.raises(bounded.UnreadableError, match="expected a plain file") as error:
                reader(path)
            assert "\n" not in str(error.value), (path.name, reader.__name__)
    for name, reader in (("large", bounded.read), ("bytes", bounded.text), ("bytes", bounded.parquet)):
        with pytest.raises(bounded.UnreadableError):
            reader(tmp_path / name)


def test_a_pipe_that_takes_the_place_of_a_file_meanwhile_is_not_waited_for(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    plain, before = os.stat(tmp_path / "file"), signal.signal(signal.SIGALRM, lambda *_: pytest.fail("waits"))
    monkeypatch.setattr(bounded.os, "stat", lambda _: plain)
    signal.alarm(20)
    try:
        with pytest.raises(bounded.UnreadableError, match="a pipe or device"):
            bounded.read(tmp_path / "pipe")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_the_mark_of_a_spreadsheet_is_no_part_of_a_text(tmp_path):
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfdate,value\n1,2\n")
    assert list(bounded.csv(tmp_path / "a")) == ["date", "value"]


def test_a_table_is_what_was_written(tmp_path):
    table = pd.DataFrame({"a": [1.5, math.nan], "b": ["x", None], "c": pd.to_datetime(["2020-07-01", None])})
    table.to_parquet(tmp_path / "t.parquet", index=False)
    pd.testing.assert_frame_equal(bounded.parquet(tmp_path / "t.parquet"), pd.read_parquet(tmp_path / "t.parquet"))


@pytest.mark.parametrize("repeated", ["text", "number"])
def test_a_small_table_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path, monkeypatch, repeated):
    """The bound is lowered, or the negative control would take the memory that it is about."""
    monkeypatch.setattr(bounded, "MOST_VALUES", 1 << 16)
    for rows, fits in ((1 << 16, True), (1 << 20, False)):
        value = pa.array(["x" * 20 if repeated == "text" else 1.0] * rows)
        pq.write_table(pa.table({"a": value}), tmp_path / "t.parquet", compression="zstd")
        assert (tmp_path / "t.parquet").stat().st_size < 50_000
        if fits:
            assert len(bounded.parquet(tmp_path / "t.parquet")) == rows
        else:
            with pytest.raises(bounded.UnreadableError, match="unpacks"):
                bounded.parquet(tmp_path / "t.parquet")


@pytest.mark.parametrize("name", ["checks.toml", OWN, "scenario.toml"])
def test_a_case_whose_file_is_none_is_not_good(tmp_path, name):
    made = tmp_path / "island"
    write_case(made, checks=OPEN)
    (made / name).unlink(missing_ok=True)
    for make in (os.mkfifo, os.mkdir, lambda path: path.symlink_to(path)):
        make(made / name)
        result = CliRunner().invoke(cli, ["check", str(made)], catch_exceptions=True)
        assert result.exit_code == 2 or isinstance(result.exception, ScenarioError | OSError), (name, result.output)
        shutil.rmtree(made / name) if (made / name).is_dir() else (made / name).unlink()


# Numbers at their bounds

WORLD = ("population.users=300", "end=2020-07-03")


@pytest.fixture(scope="module")
def numbers():
    base = load("hong-kong-2020", list(WORLD))
    found = {}
    for leaf in leaves(base):
        if isinstance(leaf.value, int | float) and not isinstance(leaf.value, bool) and "observed." not in leaf.key:
            steps = leaf.key.split(".")
            kind = next((a.kind for a in base.acts if a.id == steps[1]), "") if steps[0] == "acts" else ""
            named = steps[0] in ("companies", "isps", "platforms", "regulators", "acts")
            found.setdefault((steps[0], kind, *steps[2 if named else 1 :]), leaf)
    return base, list(found.values())


def test_every_number_has_bounds_and_is_refused_beyond_them(numbers):
    base, found = numbers
    assert len(found) > 100
    for leaf in found:
        least, most = leaf.bounds
        assert math.isfinite(most - least), leaf.key
        for value in (least - 1, most + 1):
            with pytest.raises(ScenarioError):
                vary(base, [f"{leaf.key}={int(value) if isinstance(leaf.value, int) else value}"])


@pytest.mark.slow
def test_what_check_calls_good_runs_at_both_bounds_of_every_number(numbers):
    base, found = numbers
    failed, tried = [], 0
    for leaf in found:
        for bound in leaf.bounds:
            if not math.isfinite(bound) or leaf.key in ("population.users", "steps_per_day"):
                continue
            try:
                world = vary(base, [f"{leaf.key}={int(bound) if isinstance(leaf.value, int) else bound!r}"])
            except ScenarioError:
                continue
            tried += 1
            try:
                usage = run_once(world, 1).tables["usage"]
                assert np.isfinite(usage["share"]).all()
            except Exception as error:  # whatever falls in a run of a scenario that was called good
                failed.append(f"{leaf.key} = {bound}: {type(error).__name__}: {error}")
    assert tried > 200
    assert failed == []
