"""A folder of results is made again in a clean process; whatever was altered is named exactly."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sim.analyses.discrepancy import compare_tables
from sim.analyses.reproduce import ManifestCommand, compare_folders, in_words, prepare
from sim.results.folder import write_csv
from sim.results.reading import ResultsError
from tests.terminal import lawshock
from tests.test_house import ROOT

SMALL = ("--users", 500, "--replicates", 2, "--seed", 4, "--set", "end=2020-07-20")


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("kept") / "city"
    result = lawshock("run", "hong-kong-2020", *SMALL, "--out", folder)
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture
def kept(original, tmp_path) -> Path:
    """A copy to be altered."""
    return Path(shutil.copytree(original, tmp_path / "city"))


def said(kept: Path, original: Path) -> list[str]:
    return list(in_words(compare_folders(kept, original)))


def files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*")) - 1


@pytest.mark.slow
def test_a_folder_reproduces(original):
    result = lawshock("reproduce", original)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout == f"Reproduced: all {files(original)} files are the same, byte by byte.\n"


def change_scenario(file):
    text = file.read_text()
    assert "gamma = 2.6\n" in text
    file.write_text(text.replace("gamma = 2.6\n", "gamma = 3.5\n"))
    return "population.gamma is 3.5 kept, 2.6 made again."


def change_csv(file):
    table = pd.read_csv(file, dtype=str)
    of = (table["week"] == "2020-07-03") & (table["platform"] == "Telegram") & (table["measure"] == "share")
    (row,) = table.index[of]
    before, table.loc[row, "p50"] = table.loc[row, "p50"], "0.25"
    write_csv(table, file)
    place, gap = "column p50, week 2020-07-03, platform Telegram, measure share", f"{0.25 - float(before):.6g}"
    return f"{place}: 0.25 kept, {before} made again (difference {gap})."


def change_daily_table(file):
    table = pd.read_parquet(file)
    row = table.index[(table["seed"] == 5) & (table["date"] == "2020-07-02") & (table["platform"] == "Signal")][0]
    before = table.loc[row, "installs"]
    table.loc[row, "installs"] += 2
    table.to_parquet(file, index=False, compression="zstd")
    place = "column installs, seed 5, date 2020-07-02, platform Signal"
    return f"{place}: {before + 2} kept, {before} made again (difference 2)."


def change_pixel(file):
    picture = np.asarray(Image.open(file)).copy()
    before = tuple(map(int, picture[40, 30]))
    picture[40, 30, 0] ^= 1
    Image.fromarray(picture).save(file)
    return f"pixel x 30, y 40: {tuple(map(int, picture[40, 30]))} kept, {before} made again."


def change_drawing(file):
    lines = file.read_text().splitlines(keepends=True)
    number = next(i for i, line in enumerate(lines) if "<g id=" in line)
    before = lines[number].strip()[:40]
    lines[number] = lines[number].replace("<g id=", "<g ID=")
    file.write_text("".join(lines))
    after = before.replace("<g id=", "<g ID=")
    return f"line {number + 1}: {after!r} kept, {before!r} made again; 1 lines differ."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("scenario.toml", change_scenario), ("bands/usage.csv", change_csv),
        ("tables/usage.parquet", change_daily_table), ("figures/holders.png", change_pixel),
        ("figures/holders.svg", change_drawing),
    ],
)  # fmt: skip
def test_what_was_altered_is_named_exactly(kept, original, name, change):
    line = change(kept / name)
    assert said(kept, original) == [
        f"{name}: {line}",
        f"{name}: changed after it was written, by the manifest's hash.",
        f"Not reproduced: 1 of {files(original)} files differ.",
    ]


@pytest.mark.slow
def test_an_altered_folder_does_not_reproduce(kept):
    line = change_scenario(kept / "scenario.toml")
    result = lawshock("reproduce", kept)
    assert result.returncode == 1, result.stderr
    assert result.stdout.splitlines()[0] == f"scenario.toml: {line}"


@pytest.mark.slow
def test_missing_and_added_files_and_an_edited_manifest_are_named(kept, original):
    (kept / "summary.csv").unlink()
    (kept / "notes.txt").write_text("mine")
    manifest = json.loads((kept / "manifest.json").read_text())
    manifest["users"] = 501
    manifest["packages"]["numpy"] = "1.0"
    (kept / "manifest.json").write_text(json.dumps(manifest))
    lines = said(kept, original)
    assert "summary.csv: missing." in lines
    assert "notes.txt: not there when made again." in lines
    assert "manifest.json: users is 501 kept, 500 made again." in lines
    assert any(line.startswith("Note: packages.numpy is 1.0 kept") for line in lines)


@pytest.mark.slow
def test_a_file_that_the_manifest_alone_has_is_missing(kept, original):
    manifest = json.loads((kept / "manifest.json").read_text())
    manifest["files"]["tables/more.csv"] = "0" * 64
    (kept / "manifest.json").write_text(json.dumps(manifest))
    count = files(original) + 1
    assert said(kept, original) == ["tables/more.csv: missing.", f"Not reproduced: 1 of {count} files differ."]


@pytest.mark.slow
def test_other_versions_of_packages_and_code_alone_are_no_discrepancy(kept, original):
    manifest = json.loads((kept / "manifest.json").read_text())
    manifest["packages"]["numpy"] = "1.0"
    manifest["code"] = "that of another day"
    (kept / "manifest.json").write_text(json.dumps(manifest))
    result = compare_folders(kept, original)
    assert result.is_exact
    assert len(result.circumstances) == 2


@given(
    cells=st.lists(st.lists(st.integers(-9, 9), min_size=3, max_size=3), min_size=1, max_size=6),
    data=st.data(),
)
def test_any_altered_cell_is_found_where_it_is(cells, data):
    made = pd.DataFrame(cells, columns=list("abc")).astype(float)
    made.insert(0, "who", [f"row {i}" for i in range(len(made))])
    row, column = data.draw(st.integers(0, len(made) - 1)), data.draw(st.sampled_from("abc"))
    kept = made.copy()
    kept.loc[row, column] += 0.5
    (text,) = compare_tables(kept, made)
    assert text.startswith(
        f"column {column}, who row {row}: {kept.loc[row, column]} kept, {made.loc[row, column]} made"
    )
    assert list(compare_tables(made, made.copy())) == []


def test_many_differences_are_told_once_with_the_largest():
    made = pd.DataFrame({"date": pd.to_datetime(["2020-07-01", "2020-07-02", "2020-07-03"]), "x": [1.0, 2.0, 3.0]})
    kept = made.assign(x=[1.0, 2.5, 1.0])
    assert list(compare_tables(kept, made)) == [
        "column x, date 2020-07-02: 2.5 kept, 2.0 made again; 2 values of this column differ, at most by 2 "
        "(date 2020-07-03)"
    ]
    assert list(compare_tables(made, made.iloc[1:])) == ["3 rows kept, 2 made again"]
    assert list(compare_tables(made[["date"]], made)) == ["column x is missing"]


def test_a_manifest_makes_nothing_but_results_and_brings_no_files_of_its_own():
    for line in (
        "rm -rf .", "lawshock", "lawshock explore hong-kong-2020", "lawshock run",
        "lawshock run hong-kong-2020 --out elsewhere", "lawshock run hong-kong-2020 --set",
        "lawshock validate /etc/passwd", "lawshock validate ../case", "lawshock validate elsewhere",
        "lawshock calibrate mine", "lawshock calibrate", "lawshock calibrate people --draws scenarios/posterior",
        "lawshock validate --form-file x", "lawshock validate --leave-one-out",
        "lawshock knockout hong-kong-2020 --study x", "lawshock scale hong-kong-2020 --sizes 1,x",
        "lawshock sweep hong-kong-2020 --over population.gamma=0,3",
    ):  # fmt: skip
        with pytest.raises(ResultsError, match=r"expected (a command|a name|the name)"):
            ManifestCommand.parse(line)


def test_a_recipe_knows_names_and_settings():
    recipe = ManifestCommand.parse("lawshock compare one two --users 500 --replicates 2 --set 'title=Two words'")
    assert recipe.names == ("one", "two")
    assert recipe.overrides == ["population.users=500", "title=Two words"]
    best = ManifestCommand.parse("lawshock run one --seed 3 --best")
    assert best.words(["one.toml"], Path("x")) == ["run", "one.toml", "--seed", "3", "--best", "--out", "x"]


KEPT = sorted(path.parent for path in (ROOT / "results").glob("*/**/manifest.json") if "local" not in path.parts)


def test_every_folder_that_is_kept_can_be_made_again():
    for folder in KEPT:
        rerun = prepare(folder)
        assert rerun.recipe.runs() > 0, folder
        assert rerun.users >= 100, folder


def test_every_folder_that_is_kept_has_a_manifest():
    tops = {path.relative_to(ROOT / "results").parts[0] for path in KEPT}
    tables = (ROOT / "results").rglob("*.csv")  # pages alone hold their own command
    there = {path.relative_to(ROOT / "results").parts[0] for path in tables}
    assert tops == there - {"local"}, "a folder without a manifest cannot be made again: lawshock reproduce"


def test_draws_that_are_made_again_go_nowhere_else():
    words = ManifestCommand.parse("lawshock calibrate institutions").words(["institutions"], Path("made"))
    assert words == ["calibrate", "institutions", "--draws", "draws", "--out", "made"]
