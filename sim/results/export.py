"""A folder of results for other tools: CSV tables as a Frictionless data package, one workbook, and a script for R."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sim.results.crate import LICENSE
from sim.results.folder import MANIFEST, REPLACE, OutputError, replacing
from sim.results.reading import ResultsError, read_manifest
from sim.results.xlsx import write_xlsx

PACKAGE, WORKBOOK, SCRIPT = "datapackage.json", "tables.xlsx", "read.R"
BOOK = "codebook"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def export(folder: Path, place: Path, *, replace: bool = False) -> list[str]:
    """Write the CSV tables of ``folder`` to ``place`` with what other tools need; equal folders give equal bytes.

    Args:
        folder: Results with a manifest.
        place: Where; an earlier export of the same results is replaced.
        replace: Whether an export of other results may go.

    Returns:
        Names of the tables.

    Raises:
        ResultsError: The folder has no manifest or no table, or a table is not what the manifest says.
        OutputError: ``place`` cannot be written, or holds something else.
    """
    manifest = read_manifest(folder)
    names = sorted(name for name in manifest["files"] if name.endswith(".csv"))
    if not names:
        raise ResultsError(f"{folder}: expected a folder of results with tables as CSV, found none")
    data = {name: _read(folder, name, manifest["files"][name]) for name in names}
    tables = {name: pd.read_csv(folder / name) for name in names}
    book = tables.get(f"{BOOK}.csv", pd.DataFrame(columns=["table", "column", "meaning"]))
    _check_place(place, manifest["command"], replace=replace)
    with replacing(place) as draft:
        for name, bytes_of in data.items():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).write_bytes(bytes_of)
        resources = [_resource(name, data[name], table, book) for name, table in tables.items()]
        package = {
            "profile": "tabular-data-package", "name": _slug(folder.resolve().name), "title": manifest["title"],
            "description": f"Made by: {manifest['command']}", "version": manifest["model_version"],
            "licenses": [{"name": "BSD-3-Clause", "path": LICENSE}], "resources": resources,
        }  # fmt: skip
        (draft / PACKAGE).write_text(json.dumps(package, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        first = {
            BOOK: book,
            **{name.removesuffix(".csv"): table for name, table in tables.items() if table is not book},
        }
        write_xlsx(first, draft / WORKBOOK)
        (draft / SCRIPT).write_text(_script(tables), encoding="utf-8")
        files = {
            file.relative_to(draft).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(draft.rglob("*"))
            if file.is_file()
        }
        (draft / MANIFEST).write_text(json.dumps(manifest | {"files": files}, indent=1) + "\n", encoding="utf-8")
    return names


def _check_place(place: Path, command: str, *, replace: bool) -> None:
    """Refuse to put an export in the place of results, which have more than it, or of an export of other results."""
    if not (place / MANIFEST).exists():
        return
    if not (place / PACKAGE).exists():
        raise OutputError(f"{place}: expected a new folder or an earlier export, found results; choose another --out")
    kept = read_manifest(place)["command"]
    if kept != command and not replace:
        raise OutputError(
            f"{place}: expected an export of '{command}', found one of '{kept}'; choose another --out, or "
            f"allow it with {REPLACE}"
        )


def _read(folder: Path, name: str, expected: str) -> bytes:
    """A file of the manifest, which may come from anyone: inside the folder, and as it was written."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        raise ResultsError(f"{folder}: expected the table {name} that the manifest names, found none")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != expected:
        raise ResultsError(f"{path}: changed after it was written, by the manifest's hash")
    return data


def _resource(name: str, data: bytes, table: pd.DataFrame, book: pd.DataFrame) -> dict[str, Any]:
    path = Path(name)
    return {
        "name": _slug(name.removesuffix(".csv")), "path": name, "profile": "tabular-data-resource", "format": "csv",
        "mediatype": "text/csv", "encoding": "utf-8", "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "schema": {
            "fields": [_field(str(column), table[column], book, (path.stem, path.parent.name)) for column in table],
            "missingValues": [""],
        },
    }  # fmt: skip


def _field(name: str, column: pd.Series, book: pd.DataFrame, tables: tuple[str, str]) -> dict[str, Any]:
    told: Mapping[str, Any] = {}
    for table in tables:
        rows = book[(book["table"] == table) & (book["column"] == name)]
        if len(rows):
            told = rows.iloc[0].to_dict()
            break
    field = {"name": name, "type": _kind(column)}
    for key, source in (("description", "meaning"), ("unit", "unit")):
        if isinstance(told.get(source), str):
            field[key] = told[source]
    return field


def _kind(column: pd.Series) -> str:
    """Type of a column as Frictionless calls it; numbers of no table are infinite."""
    if column.dtype.kind == "b":
        return "boolean"
    if column.dtype.kind in "iu":
        return "integer"
    if column.dtype.kind == "f":
        return "number" if column.notna().any() else "any"
    known = column.dropna().astype(str)
    return "date" if len(known) and known.map(lambda text: bool(DAY.fullmatch(text))).all() else "string"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-") or "results"


def _script(tables: Mapping[str, pd.DataFrame]) -> str:
    """An R script that reads every table, and draws one of them."""
    files = ", ".join(json.dumps(name) for name in tables)
    return (
        "# Reads every table and draws one figure, with R alone: Rscript read.R\n"
        f"files <- c({files})\n"
        'tables <- lapply(files, read.csv, check.names = FALSE, encoding = "UTF-8")\n'
        'names(tables) <- sub("[.]csv$", "", files)\n'
        f'png("figure.png", width = 1200, height = 800, res = 144)\n{_drawing(tables)}invisible(dev.off())\n'
    )


def _drawing(tables: Mapping[str, pd.DataFrame]) -> str:
    """Shares of apps over the weeks where there are any, else the first table with a band, else how long tables are."""
    if "bands/usage.csv" in tables:
        return (
            'u <- subset(tables[["bands/usage"]], measure == "share")\n'
            "u$week <- as.Date(u$week)\n"
            'plot(range(u$week), c(0, 100), type = "n", xlab = "", ylab = "% of people who have the app")\n'
            "apps <- unique(u$platform)\n"
            "for (i in seq_along(apps)) with(u[u$platform == apps[i], ], {\n"
            "  polygon(c(week, rev(week)), 100 * c(p05, rev(p95)), col = adjustcolor(i, 0.2), border = NA)\n"
            "  lines(week, 100 * p50, col = i)\n"
            "})\n"
            'legend("right", legend = apps, col = seq_along(apps), lty = 1, bty = "n")\n'
        )
    banded = next((name for name, table in tables.items() if {"p05", "p50", "p95"} <= {*table.columns}), None)
    if banded is None:
        return 'barplot(sapply(tables, nrow), las = 2, ylab = "rows")\n'
    return (
        f't <- tables[["{banded.removesuffix(".csv")}"]]\n'
        "t <- t[is.finite(t$p50), ]\n"
        'plot(t$p50, seq_len(nrow(t)), xlim = range(t$p05, t$p95), xlab = "median, 5th to 95th percentile",\n'
        '     ylab = "row")\n'
        "segments(t$p05, seq_len(nrow(t)), t$p95, seq_len(nrow(t)))\n"
    )
