"""Results for other tools: their files, a workbook, and the metadata of a research object."""

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from rocrate.rocrate import ROCrate

from sim.results.export import CRATE, PROFILE, RUN, WORKBOOK, export, sheet_names, write_workbook
from tests.terminal import lawshock, refused

ROOT = Path(__file__).parents[2]
KEPT, OTHER = (ROOT / "results" / name for name in ("knockout", "calibration/institutions"))
NS = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    place = tmp_path_factory.mktemp("export") / "out"
    export(KEPT, place)
    return place


def sheets(file):
    """Cells of every sheet as text, by name; an empty cell is not in the file."""

    def part(name):
        return ElementTree.fromstring(book.read(f"xl/{name}.xml"))

    def cells(row):
        found = {cell.get("r")[0]: (cell.get("t"), cell.findtext("x:v", "", NS)) for cell in row}
        told = [found.get(chr(ord("A") + column), ("", "")) for column in range(width)]
        return [texts[int(value)] if kind == "s" else value for kind, value in told]

    with zipfile.ZipFile(file) as book:
        texts = ["".join(one.itertext()) for one in part("sharedStrings").iterfind("x:si", NS)]
        for number, sheet in enumerate(part("workbook").iterfind(".//x:sheet", NS), start=1):
            rows = part(f"worksheets/sheet{number}").findall(".//x:row", NS)
            width = len(rows[0])
            yield sheet.get("name"), [cells(row) for row in rows]


def test_the_files_come_along_and_the_manifest_names_all(out):
    manifest = json.loads((out / "manifest.json").read_bytes())
    before = json.loads((KEPT / "manifest.json").read_bytes())
    assert manifest["files"].keys() == before["files"].keys() | {WORKBOOK, CRATE}
    assert {**manifest, "files": before["files"]} == before
    for name, said in manifest["files"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == said
    assert all(manifest["files"][name] == said for name, said in before["files"].items())


def test_the_folder_is_a_research_object(out):
    manifest, crate = json.loads((out / "manifest.json").read_bytes()), ROCrate(out)
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()} - {CRATE}
    assert {entity.id for entity in crate.data_entities} == names
    assert (crate.name, crate.root_dataset["conformsTo"].id) == (manifest["title"], PROFILE)
    action = crate.get(RUN)
    assert (action.type, action["name"]) == ("CreateAction", manifest["command"])
    assert (action["instrument"]["name"], action["instrument"]["version"]) == ("lawshock", manifest["model_version"])
    assert [part.id for part in action["object"]] == ["scenario.toml"]
    assert {part.id for part in action["result"]} == names - {"scenario.toml", "manifest.json"}


def test_the_workbook_has_the_codebook_first_and_every_value(out):
    found = dict(sheets(out / WORKBOOK))
    assert list(found) == ["codebook", "knockouts", "shapley"]
    for name, rows in found.items():
        table = pd.read_csv(KEPT / f"{name}.csv")
        assert rows[0] == list(table)
        assert len(rows) == len(table) + 1
        read = pd.DataFrame(rows[1:], columns=rows[0])
        for column in table:
            if table[column].dtype.kind == "f":
                known = pd.to_numeric(read[column])
                assert (known.eq(table[column]) | (known.isna() & table[column].isna())).all(), column


def test_odd_texts_and_names_stay_readable(tmp_path):
    table = pd.DataFrame({'a<b & "c"': ["1 < 2", None, "=1+1"], "n": [1.5, float("inf"), float("nan")]})
    write_workbook({"x" * 40: table, "x" * 41: table, "a/b": table}, tmp_path / "t.xlsx")
    found = dict(sheets(tmp_path / "t.xlsx"))
    assert [len(name) for name in found] == [31, 31, 3]
    assert found["a b"] == [['a<b & "c"', "n"], ["1 < 2", "1.5"], ["", "inf"], ["=1+1", ""]]
    assert len({name.lower() for name in sheet_names(["A" * 33, "a" * 34, "A" * 31])}) == 3


def test_equal_folders_give_equal_bytes_and_an_export_is_replaced(out, tmp_path):
    for _ in range(2):
        export(KEPT, tmp_path / "two")
    for file in out.iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


def test_results_and_exports_of_others_are_never_replaced_unasked(out, tmp_path):
    copy, place = (Path(shutil.copytree(*pair)) for pair in ((KEPT, tmp_path / "kept"), (out, tmp_path / "out")))
    for folder, source, said in (
        (copy, copy, "expected a new folder or an earlier export, found results"),
        (place, OTHER, "expected an export of 'lawshock calibrate"),
    ):
        before = {file.name: file.read_bytes() for file in folder.iterdir()}
        assert said in refused("export", source, "--out", folder)
        assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    result = lawshock("export", OTHER, "--out", place, "--replace")
    assert (result.returncode, result.stdout) == (0, f"4 tables: {place}\n")


def test_a_file_that_was_changed_is_refused(tmp_path):
    copy = Path(shutil.copytree(KEPT, tmp_path / "kept"))
    (copy / "shapley.csv").write_text("channel\nx\n")
    assert "shapley.csv: expected the file that was written" in refused("export", copy, cwd=tmp_path)
    assert not (tmp_path / "kept-export").exists()
    assert "expected a folder of results" in refused("export", tmp_path)
