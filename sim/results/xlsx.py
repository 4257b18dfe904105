"""Tables as one XLSX workbook (ECMA-376): a sheet per table, text and numbers, no style and no clock."""

import math
import re
import zipfile
from collections.abc import Iterator, Mapping
from numbers import Real
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pandas as pd

MOST_ROWS, LONGEST_NAME, LONGEST_TEXT = 1_048_576, 31, 32_767
"""What a sheet, its name and a cell can hold."""
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_xlsx(tables: Mapping[str, pd.DataFrame], path: Path) -> None:
    """Write tables as sheets of one workbook, in their order; equal tables give equal bytes.

    Args:
        tables: By name; a name becomes that of a sheet, shortened where it is longer than a sheet's may be.
        path: Where.

    Raises:
        ValueError: A table has more rows than a sheet.
    """
    names = _names(tables)
    numbers = range(1, len(names) + 1)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET}.sheet.main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{SHEET}.worksheet+xml"/>' for n in numbers
        )
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>'
        + "".join(
            f'<sheet name="{_text(name)}" sheetId="{n}" r:id="r{n}"/>'
            for n, name in zip(numbers, names, strict=True)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{LINKS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
        )
        + "</Relationships>",
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(_entry(name), HEAD + text)
        for n, table in zip(numbers, tables.values(), strict=True):
            with file.open(_entry(f"xl/worksheets/sheet{n}.xml"), "w") as part:
                for text in _sheet(table):
                    part.write(text.encode())


def _entry(name: str) -> zipfile.ZipInfo:
    """A file of the workbook without a clock."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return entry


def _names(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """A name for each sheet, each its own."""
    found: list[str] = []
    for name, table in tables.items():
        if len(table) >= MOST_ROWS:
            raise ValueError(f"{name}: a sheet holds {MOST_ROWS - 1:,} rows, found {len(table):,}")
        plain = re.sub(r"[\[\]:*?/\\]", " ", name)[:LONGEST_NAME]
        taken = {other.lower() for other in found}
        tails = ("", *(f" {n}" for n in range(2, len(tables) + 2)))
        tried = (plain[: LONGEST_NAME - len(tail)] + tail for tail in tails)
        found.append(next(one for one in tried if one.lower() not in taken))
    return found


def _sheet(table: pd.DataFrame) -> Iterator[str]:
    yield f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>'
    yield _row(table.columns)
    for row in table.itertuples(index=False):
        yield _row(row)
    yield "</sheetData></worksheet>"


def _row(values: Any) -> str:
    return "<row>" + "".join(map(_cell, values)) + "</row>"


def _cell(value: Any) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return "<c/>"
    if isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{_text(value)}</t></is></c>'


def _text(value: Any) -> str:
    return escape(UNWRITABLE.sub("", str(value)[:LONGEST_TEXT]), {'"': "&quot;"})
