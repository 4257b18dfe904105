"""Results for other tools: a Frictionless data package, a workbook, and a script that R runs."""

import hashlib
import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from sim.results.export import PACKAGE, SCRIPT, WORKBOOK, export
from sim.results.xlsx import write_xlsx
from tests.terminal import lawshock, refused

ROOT = Path(__file__).parents[2]
KEPT = [ROOT / "results" / name for name in ("hong-kong-2020", "knockout", "calibration/institutions")]
NS = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture(params=KEPT, ids=lambda folder: folder.name)
def made(request, tmp_path):
    export(request.param, tmp_path / "out")
    return request.param, tmp_path / "out"


def sheets(file):
    """Cells of every sheet as text, by name."""
    with zipfile.ZipFile(file) as book:
        names = [
            one.get("name") for one in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{{{NS['x']}}}sheet")
        ]
        for number, name in enumerate(names, start=1):
            rows = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml")).iterfind(".//x:row", NS)
            yield name, [["".join(cell.itertext()) for cell in row] for row in rows]


def test_the_package_tells_every_table_and_column(made):
    folder, out = made
    package = json.loads((out / PACKAGE).read_text(encoding="utf-8"))
    assert {one["path"] for one in package["resources"]} == {
        file.relative_to(folder).as_posix() for file in folder.rglob("*.csv")
    }
    assert re.fullmatch("[a-z0-9._-]+", package["name"])
    for one in package["resources"]:
        data = (out / one["path"]).read_bytes()
        assert data == (folder / one["path"]).read_bytes()
        assert (one["bytes"], one["hash"]) == (len(data), f"sha256:{hashlib.sha256(data).hexdigest()}")
        table = pd.read_csv(out / one["path"])
        assert [field["name"] for field in one["schema"]["fields"]] == list(table)


def test_columns_have_type_meaning_and_unit(tmp_path):
    export(KEPT[0], tmp_path / "out")
    package = json.loads((tmp_path / "out" / PACKAGE).read_text(encoding="utf-8"))
    usage = next(one for one in package["resources"] if one["path"] == "bands/usage.csv")
    fields = {field["name"]: field for field in usage["schema"]["fields"]}
    assert (fields["week"]["type"], fields["platform"]["type"], fields["p50"]["type"]) == ("date", "string", "number")
    assert fields["platform"]["description"] == "platform"
    assert fields["p05"]["description"].startswith("5th percentile")
    assert fields["p05"]["unit"] == "of measure"


@pytest.mark.slow
def test_the_workbook_has_the_codebook_first_and_every_value(made):
    folder, out = made
    found = dict(sheets(out / WORKBOOK))
    names = sorted(file.relative_to(folder).as_posix().removesuffix(".csv") for file in folder.rglob("*.csv"))
    assert list(found) == ["codebook", *(name.replace("/", " ") for name in names if name != "codebook")]
    for name in names:
        table = pd.read_csv(folder / f"{name}.csv")
        rows = found[name.replace("/", " ")]
        assert rows[0] == list(table)
        assert len(rows) == len(table) + 1
        read = pd.DataFrame(rows[1:], columns=rows[0])
        for column in table:
            if table[column].dtype.kind == "f":
                known = pd.to_numeric(read[column])
                assert (known.eq(table[column]) | (known.isna() & table[column].isna())).all(), column


def test_odd_texts_and_names_stay_readable(tmp_path):
    table = pd.DataFrame({'a<b & "c"': ["1 < 2\x07", None, "=1+1"], "n": [1.5, float("inf"), float("nan")]})
    write_xlsx({"x" * 40: table, "x" * 41: table, "a/b": table}, tmp_path / "t.xlsx")
    found = dict(sheets(tmp_path / "t.xlsx"))
    assert [len(name) for name in found] == [31, 31, 3]
    assert found["a b"] == [['a<b & "c"', "n"], ["1 < 2", "1.5"], ["", "inf"], ["=1+1", ""]]


def test_equal_folders_give_equal_bytes_and_an_export_is_replaced(tmp_path):
    for place in ("one", "two", "one"):
        export(KEPT[1], tmp_path / place)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


def test_results_are_never_replaced_by_their_export(tmp_path):
    copy = Path(shutil.copytree(KEPT[1], tmp_path / "kept"))
    before = {file.name: file.read_bytes() for file in copy.iterdir()}
    assert "expected a new folder or an earlier export, found results" in refused("export", copy, "--out", copy)
    assert {file.name: file.read_bytes() for file in copy.iterdir()} == before


def test_an_export_of_other_results_is_not_replaced_unasked(tmp_path):
    export(KEPT[1], tmp_path / "out")
    before = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    assert "expected an export of 'lawshock calibrate" in refused("export", KEPT[2], "--out", tmp_path / "out")
    assert {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()} == before
    assert lawshock("export", KEPT[2], "--out", tmp_path / "out", "--replace").returncode == 0


def test_a_table_that_was_changed_is_refused(tmp_path):
    copy = Path(shutil.copytree(KEPT[1], tmp_path / "kept"))
    (copy / "shapley.csv").write_text("channel\nx\n")
    assert "shapley.csv: changed after it was written" in refused("export", copy, cwd=tmp_path)
    assert not (tmp_path / "kept-export").exists()
    assert "expected a folder of results" in refused("export", tmp_path)


def test_the_command_says_where(tmp_path):
    result = lawshock("export", KEPT[1], "--out", "out", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (0, "3 tables: out\n")


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not here")
def test_r_reads_the_tables_and_draws(made):
    _, out = made
    subprocess.run(["Rscript", SCRIPT], cwd=out, check=True, timeout=120)
    assert (out / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_the_script_names_every_table(made):
    folder, out = made
    text = (out / SCRIPT).read_text(encoding="utf-8")
    assert all(f'"{file.relative_to(folder).as_posix()}"' in text for file in folder.rglob("*.csv"))
    assert text.count("(") == text.count(")")
    assert "png(" in text
    assert "dev.off()" in text
