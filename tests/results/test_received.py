"""A folder of results may come from anyone: nothing in it is believed, and one damaged bit is not read as a number."""

import hashlib
import json
import math
import os
import pty
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from sim.analyses.discrepancy import compare_files
from sim.analyses.reproduce import MOST_RUNS, MOST_USERS, compare_folders, in_words, prepare
from sim.results.ensemble import run, summarise
from sim.results.folder import write_results
from sim.results.reading import ResultsError, check_hashes, read_manifest, read_results
from sim.runs.files import printable
from sim.scenario.errors import ScenarioError
from tests.conftest import small_world
from tests.terminal import lawshock, refused

COMMAND = "lawshock run city --users 300 --replicates 2 --seed 4 --best"
PIXEL = (200, 100)


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    """Two runs with a picture that is none, made without the command."""
    folder = tmp_path_factory.mktemp("kept") / "city"
    ensemble = run(small_world(users=300, end="2020-07-20"), replicates=2, seed=4, workers=1)
    draw = lambda place: Image.new("RGB", PIXEL).save(place / "holders.png")  # noqa: E731
    write_results(ensemble, folder, command=COMMAND, summary=summarise(ensemble), draw=draw)
    return folder


@pytest.fixture
def kept(original, tmp_path) -> Path:
    """A copy to be altered."""
    return Path(shutil.copytree(original, tmp_path / "received" / "city"))


def edit(folder: Path, **changes) -> None:
    """Change a manifest, and the hashes of files that were edited with it: a forger is careful."""
    manifest = json.loads((folder / "manifest.json").read_text()) | changes
    for name in manifest["files"]:
        if (folder / name).is_file():
            manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


# What a manifest may name


PLACES = (
    "{outside}/victim", "../victim", "..", ".", "a/../../victim", "./victim", "~/victim", "'it", "-v", "C:victim",
    "a\\\\b", "'two\nlines'", "'\x1b[2J'", "' '", "x" * 81, "*",
)  # fmt: skip


def test_a_scenario_of_a_manifest_is_a_name_and_no_place(kept, tmp_path):
    victim = tmp_path / "victim.toml"
    victim.write_text("mine")
    before = everything(tmp_path)
    for name in PLACES:
        edit(kept, command=f"lawshock run {name.format(outside=tmp_path)} --users 300")
        with pytest.raises(ResultsError) as error:
            prepare(kept)
        assert "\n" not in str(error.value), name
    assert victim.read_text() == "mine"
    assert everything(tmp_path).keys() == before.keys()


def test_names_of_files_are_plain_and_no_list_is_empty(kept):
    files = read_manifest(kept)["files"]
    for name in ('a");system("touch x', "$(x)", "`x`", "a;b", "a\nb", "../a", "/a", "a\\b", "C:a", ".a", "a//b", ""):
        edit(kept, files=files | {name: "0" * 64})
        with pytest.raises(ResultsError, match="files: expected the hashes of files"):
            read_manifest(kept)
    edit(kept, files={})
    with pytest.raises(ResultsError, match="files: expected the hashes of files"):
        read_manifest(kept)


def test_a_file_that_is_not_listed_is_not_read(kept):
    files = read_manifest(kept)["files"]
    for name in ("scenario.toml", "tables/usage.parquet"):
        edit(kept, files={key: said for key, said in files.items() if key != name})
        for unverified in (False, True):
            with pytest.raises(ResultsError, match=f"expected {name} among its files"):
                read_results(kept, unverified=unverified)


def test_a_table_with_a_hole_is_damage(kept):
    path = kept / "tables" / "usage.parquet"
    whole = pd.read_parquet(path)
    for column, value in (("holders", math.nan), ("share", math.inf), ("platform", None), ("date", pd.NaT)):
        table = whole.astype({"platform": "object"})
        table.loc[3, column] = value
        table.astype({"platform": "category"}).to_parquet(path, index=False)
        edit(kept)
        with pytest.raises(ResultsError, match=f"expected a value in every row of {column}"):
            read_results(kept)


def test_settings_of_a_stranger_name_no_file(kept, tmp_path):
    for setting in ("baseline=/etc/passwd", "baseline = no-law", f"extends={tmp_path}"):
        edit(kept, command=shlex.join(["lawshock", "run", "city", "--set", setting]))
        with pytest.raises(ResultsError, match="expected a command"):
            prepare(kept)


# What a folder may hold


def test_links_and_devices_are_not_followed(kept, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("token")
    (kept / "summary.csv").unlink()
    (kept / "summary.csv").symlink_to(secret)
    with pytest.raises(ResultsError, match=r"link or device: .*summary\.csv"):
        prepare(kept)
    (kept / "summary.csv").unlink()
    os.mkfifo(kept / "summary.csv")
    with pytest.raises(ResultsError, match="link or device"):
        prepare(kept)
    (kept / "summary.csv").unlink()
    (kept / "more").symlink_to(tmp_path)
    with pytest.raises(ResultsError, match="link or device"):
        prepare(kept)


def test_a_scenario_of_a_folder_reads_no_other_file(kept, tmp_path):
    other = tmp_path / "other.toml"
    shutil.copy(kept / "scenario.toml", other)
    (kept / "scenario.toml").write_text(f'extends = "{other}"\n')
    edit(kept)
    with pytest.raises(ScenarioError, match="shipped scenario"):
        prepare(kept)
    with pytest.raises(ScenarioError, match="shipped scenario"):
        read_results(kept)


def test_a_shipped_scenario_is_taken_from_where_they_ship_and_not_from_here(kept, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.toml").write_text("mine")
    (kept / "scenario.toml").unlink()
    edit(kept, command="lawshock run a.toml")
    with pytest.raises(ScenarioError):
        prepare(kept)


def test_what_is_made_again_is_bounded_and_much_work_is_not_begun_unasked(kept):
    for rest, words in (
        (f"run city --users {MOST_USERS + 1}", "people"),
        (f"run city --replicates {MOST_RUNS + 1}", "runs"),
        (f"run city --set population.users={MOST_USERS + 1}", "people"),
        ("knockout city --shapley a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p", "runs"),
    ):
        edit(kept, command=f"lawshock {rest}")
        with pytest.raises(ResultsError, match=f"expected at most .* {words}"):
            prepare(kept)
    edit(kept, command="lawshock run city --users 2000000 --replicates 1000")
    assert "--yes" in lawshock("reproduce", kept).stderr.splitlines()[-1]


def test_a_terminal_is_shown_what_will_be_run_and_asked(kept):
    ours, theirs = pty.openpty()
    os.write(ours, b"n\n")
    result = subprocess.run(
        [sys.executable, "-m", "sim.cli", "reproduce", kept], stdin=theirs, capture_output=True, text=True, check=False
    )
    assert result.returncode == 130
    asked = "lawshock run city --users 300 --replicates 2 --seed 4 --best: 2 runs of 300 people over 81 days"
    assert asked in result.stderr
    assert "Run it?" in result.stderr


def test_what_a_forger_writes_reaches_no_terminal_as_a_command(kept, original):
    (kept / "\x1b[2Jnotes").write_text("\x1b[31m")
    (kept / "summary.csv").write_text((kept / "summary.csv").read_text().replace("points", "\x9b31m"))
    lines = [printable(line) for line in in_words(compare_folders(kept, original))]
    assert any("\\x1b[2Jnotes" in line for line in lines)
    assert any("\\x9b31m" in line for line in lines)
    assert all(line.isprintable() for line in lines)


def test_small_files_that_unpack_to_large_ones_are_not_unpacked(tmp_path):
    small, large = tmp_path / "a.png", tmp_path / "b.png"
    Image.new("1", PIXEL).save(small)
    Image.new("1", (20_000, 10_000)).save(large)  # more than Pillow likes to open, in a few kilobytes
    (found,) = compare_files("a.png", large, small)
    assert "pixel" in found.text or "cannot be read" in found.text
    large.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")  # a program, which Pillow would run
    (found,) = compare_files("a.png", large, small)
    assert "cannot be read" in found.text
    deep, flat = tmp_path / "a.json", tmp_path / "b.json"
    deep.write_text("[" * 100_000)
    flat.write_text("[]" + " " * 100_000)
    (found,) = compare_files("a.json", deep, flat)
    assert "cannot be read" in found.text


# Damage


def flip(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    path.write_bytes(data)


def test_any_flipped_bit_of_any_file_is_named(kept):
    names = sorted(read_manifest(kept)["files"])
    for number in range(180):
        name = names[number % len(names)]
        before = (kept / name).read_bytes()
        flip(kept / name, 7919 * number)
        with pytest.raises(ResultsError, match=r"--unverified") as error:
            read_results(kept)
        assert name in str(error.value)
        (kept / name).write_bytes(before)
    assert len(read_results(kept).runs) == 2


def test_any_flipped_bit_of_a_manifest_is_seen_or_changes_nothing_that_is_used(kept):
    path = kept / "manifest.json"
    before, data = read_manifest(kept), path.read_bytes()
    for number in range(0, 8 * len(data), 61):
        flip(path, number)
        try:
            manifest = read_manifest(kept)
            check_hashes(kept, manifest)
            seeds = read_results(kept).seeds
        except ResultsError:
            pass
        else:
            assert (manifest["command"], seeds) == (before["command"], tuple(before["seeds"]))
        path.write_bytes(data)


@pytest.mark.slow
def test_the_brief_goes_no_further_without_a_word(kept):
    before = everything(kept.parent)
    file = kept / "tables" / "usage.parquet"
    flip(file, 8 * (file.stat().st_size // 2))
    line = refused("brief", kept)
    assert "usage.parquet" in line
    assert "--unverified" in line
    assert everything(kept.parent).keys() == before.keys()
    (kept / "figures" / "holders.png").unlink()
    assert "1 more" in refused("brief", kept)


@pytest.mark.slow
def test_who_says_unverified_reads_what_is_there_and_the_page_says_so(kept):
    (kept / "summary.csv").write_text("mine")
    with pytest.raises(ResultsError):
        read_results(kept)
    assert len(read_results(kept, unverified=True).runs) == 2
    result = lawshock("brief", kept, "--unverified")
    assert result.returncode == 0, result.stderr
    assert "Not verified: of these results, summary.csv changed" in kept.with_name("city.html").read_text()


def test_an_edited_manifest_is_one_line(kept):
    before = json.loads((kept / "manifest.json").read_text())
    for changes, words in (
        ({"seeds": []}, "seeds"), ({"seeds": [4, 4]}, "seeds"), ({"seeds": ["4"]}, "seeds"), ({"seeds": None}, "seeds"),
        ({"seeds": [4, 5, 6]}, "seed 6"), ({"files": []}, "files"), ({"files": {"/etc/passwd": "0"}}, "files"),
        ({"files": {"../x": "0"}}, "files"), ({"command": 3}, "command"),
        ({"scenario_digest": None}, "scenario_digest"), ({"command": "lawshock run other"}, "digest"),
    ):  # fmt: skip
        (kept / "manifest.json").write_text(json.dumps(before | changes))
        with pytest.raises(ResultsError, match=words) as error:
            read_results(kept)
        assert "\n" not in str(error.value), changes
