"""A folder of results for spreadsheets and archives: its files, one workbook, and a Process Run Crate 0.5 around them.

XlsxWriter, by way of pandas, writes the workbook, ``rocrate`` the metadata; both come with the extra ``export``.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim import bounded
from sim.results.folder import MANIFEST, OTHER, REPLACE, OutputError, replacing, write_manifest
from sim.results.reading import ResultsError, check_hashes, read_manifest

if TYPE_CHECKING:
    from rocrate.rocrate import ROCrate

WORKBOOK, CRATE = "tables.xlsx", "ro-crate-metadata.json"
BOOK = "codebook"
LONGEST_NAME = 31
"""Characters of the name of a sheet."""
RELEASED = "2026-12-02"
"""Day on which this version of the model was released: an export does not depend on the day on which it is written."""
LICENSE = "https://spdx.org/licenses/BSD-3-Clause"
RUN, MAKERS = "#run", "#makers"
"""The action that made the results, and who is responsible for it: the name that stands in CITATION.cff."""
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
SOFTWARE = "urn:lawshock"
"""Name of the software, with its version after it; it has no home on the web."""
KINDS = {
    ".csv": "text/csv", ".html": "text/html", ".json": "application/json", ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet", ".png": "image/png", ".svg": "image/svg+xml",
    ".toml": "application/toml", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
"""Media type by the ending of a file."""
ABOUT = {
    "acts.csv": "who did what to whom, when, and because of what, in the first replicate",
    "codebook.csv": "what the columns of the tables mean",
    MANIFEST: "what made the folder, and the SHA-256 of every file",
    "scenario.toml": "the whole scenario, with every value written out",
    "summary.csv": "headline measures: bands over plausible worlds and of luck alone, and observed values",
    WORKBOOK: "every table as a sheet",
    "bands": "percentiles over plausible worlds and of luck alone, by the week",
    "chance": "every run of the best world by the day: luck alone",
    "figures": "picture",
    "tables": "every replicate by the day",
}
"""What a file is, by its name or that of its folder."""


def export(folder: Path, out: Path, *, replace: bool = False) -> list[str]:
    """Write the files of ``folder``, a workbook and the metadata to ``out``; equal folders give equal bytes.

    An earlier export of the same results is replaced, one of others only with ``replace``. Gives the names of tables.

    Raises:
        ResultsError: The folder has no manifest or no table, or a file is not what the manifest says.
        OutputError: ``out`` cannot be written, or holds something else.
    """
    manifest = read_manifest(folder)
    names = sorted(name for name in manifest["files"] if name.endswith(".csv"))
    if not names:
        raise ResultsError(f"{folder}: expected a folder of results with tables as CSV, found none")
    check_hashes(folder, manifest)
    _check_place(out, manifest["command"], replace=replace)
    tables = {name.removesuffix(".csv"): bounded.csv(folder / name) for name in names}
    with replacing(out) as draft:
        write_workbook({**({BOOK: tables[BOOK]} if BOOK in tables else {}), **tables}, draft / WORKBOOK)
        research_object(folder, manifest, draft / WORKBOOK).write(draft)
        write_manifest(draft, manifest)
    return names


def _check_place(out: Path, command: str, *, replace: bool) -> None:
    """Refuse to put an export in the out of results, or of an export of other results."""
    if not (out / MANIFEST).exists():
        return
    if not (out / WORKBOOK).exists():
        raise OutputError(f"{out}: expected a new folder or an earlier export, found results; {OTHER}")
    earlier = read_manifest(out)["command"]
    if earlier != command and not replace:
        raise OutputError(
            f"{out}: expected an export of '{command}', found one of '{earlier}'; {OTHER}, or allow it with {REPLACE}"
        )


def write_workbook(tables: Mapping[str, pd.DataFrame], path: Path) -> None:
    """Write tables as sheets of one workbook, in their order, texts as texts; equal tables give equal bytes.

    A table's name becomes that of its sheet, shortened where it is longer than a sheet's may be.

    Raises:
        ValueError: A table has more rows than a sheet.
    """
    texts = {f"strings_to_{kind}": False for kind in ("numbers", "formulas", "urls")}
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs={"options": texts}) as writer:
        writer.book.set_properties({"created": dt.datetime.fromisoformat(RELEASED)})
        for sheet, table in zip(sheet_names(tables), tables.values(), strict=True):
            table.to_excel(writer, sheet_name=sheet, index=False)


def sheet_names(tables: Iterable[str]) -> list[str]:
    """A name for the sheet of each table, each its own."""
    found: list[str] = []
    for name in tables:
        plain, taken = re.sub(r"[\[\]:*?/\\]", " ", name), {other.lower() for other in found}
        tails = ("", *(f" {n}" for n in range(2, len(found) + 3)))
        tried = (plain[: LONGEST_NAME - len(tail)] + tail for tail in tails)
        found.append(next(one for one in tried if one.lower() not in taken))
    return found


def research_object(folder: Path, manifest: Mapping[str, Any], *made: Path) -> "ROCrate":
    """Results as a research object: their files, what was ``made`` of them, and the command as the action."""
    from rocrate.rocrate import ROCrate

    command, version = manifest["command"], str(manifest.get("model_version", ""))
    title = str(manifest.get("title") or folder.resolve().name)
    crate = ROCrate(version="1.1")
    crate.name, crate.license = title, _add(crate, LICENSE, "CreativeWork", name="BSD-3-Clause")
    crate.description, crate.datePublished = f"Results of an agent-based model, made by: {command}", RELEASED
    profile = _add(crate, PROFILE, "CreativeWork", name="Process Run Crate", version="0.5")
    crate.root_dataset["conformsTo"] = profile
    files = [folder / name for name in sorted(manifest["files"]) if name != CRATE]
    parts = [_add_file(crate, file, file.relative_to(folder).as_posix()) for file in files]
    parts += [_add_file(crate, file, file.name) for file in made]
    _add_file(crate, folder / MANIFEST, MANIFEST)
    software = _add(crate, f"{SOFTWARE}:{version}", "SoftwareApplication", name="lawshock", version=version)
    software["url"] = software
    makers = _add(crate, MAKERS, "Organization", name="The lawshock developers")
    worlds = [part for part in parts if part.id.endswith(".toml")]
    about = {"name": command, "agent": makers, "description": f"Simulation by the command in the name, of: {title}"}
    results = [part for part in parts if part not in worlds]
    action = crate.add_action(software, RUN, object=worlds, result=results, properties={"@type": "CreateAction"})
    for key, value in about.items():
        action[key] = value
    crate.root_dataset["mentions"] = action
    return crate


def _add(crate: "ROCrate", id: str, kind: str, **about: str) -> Any:
    from rocrate.model.contextentity import ContextEntity

    return crate.add(ContextEntity(crate, id, properties={"@type": kind, **about}))


def _add_file(crate: "ROCrate", source: Path, name: str) -> Any:
    path = Path(name)
    about = ABOUT.get(name) or ABOUT.get(path.parent.name)
    kind = {"encodingFormat": KINDS[path.suffix]} if path.suffix in KINDS else {}
    named = {"name": f"{path.stem}: {about}" if about else path.stem}
    return crate.add_file(source, dest_path=name, properties=named | kind)
