"""Results that are kept: a folder of ``lawshock run`` read back as the ensemble that it was written from.

Whatever is read is first compared with the hashes of the manifest: one damaged bit would be one wrong sentence.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim import bounded
from sim.results.ensemble import Ensemble
from sim.results.folder import CHANCE_TABLES, CODE, COMMAND_DIGEST, DRAWS, MANIFEST, TABLES
from sim.scenario.errors import ScenarioError, show
from sim.scenario.files import loads
from sim.scenario.schema import Scenario
from sim.tables import CODEBOOK, Frames, Run, keys

LARGEST_SEED = 2**63 - 1
UNVERIFIED = "--unverified"


class ResultsError(ValueError):
    """A folder that is not what was expected; the message is one line for the reader of a terminal."""

    for_users = True


def read_manifest(folder: Path) -> dict[str, Any]:
    """What made the files of a folder.

    Raises:
        ResultsError: The folder has no manifest that can be read, or one that was edited into something else.
    """
    path = folder / MANIFEST
    try:
        manifest = bounded.as_json(path)
    except bounded.UnreadableError as error:
        raise ResultsError(
            f"{folder}: expected a folder of results with {MANIFEST}, found none that can be read"
        ) from error
    if not isinstance(manifest, dict):
        raise ResultsError(f"{path}: expected a table, found {show(manifest)}")
    for key, (expected, is_right) in (_SHAPE | _MAY_HAVE).items():
        if (key in _SHAPE or key in manifest) and not (key in manifest and is_right(manifest[key])):
            raise ResultsError(f"{path}: {key}: expected {expected}, found {show(manifest.get(key))}")
    return manifest


def _is_seeds(value: Any) -> bool:
    whole = isinstance(value, list) and all(type(seed) is int and 0 <= seed <= LARGEST_SEED for seed in value)
    return whole and 0 < len(value) == len(dict.fromkeys(value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_hashes(value: Any) -> bool:
    return isinstance(value, dict) and len(value) > 0 and all(map(_is_text, value.values()))


def _is_files(value: Any) -> bool:
    return _is_hashes(value) and all(map(PLAIN_NAME.fullmatch, value))


PLAIN_NAME = re.compile(r"\w[\w .,+()'&@=-]{0,127}(/\w[\w .,+()'&@=-]{0,127}){0,3}")
"""A name in a manifest that stays in its folder on any system, and is no word of any other language."""


def file_of(folder: Path, manifest: Mapping[str, Any], name: str) -> Path:
    """A file of a folder, if its manifest says that it was written: others have no hash that could be seen to hold.

    Raises:
        ResultsError: The manifest does not list it.
    """
    if name not in manifest["files"]:
        raise ResultsError(f"{folder / MANIFEST}: expected {name} among its files, found it is not listed")
    return folder / name


_SHAPE: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "command": ("the command that made the folder", _is_text),
    "scenario_digest": ("the digest of the scenario", _is_text),
    "seeds": ("a list of different seeds", _is_seeds),
    "files": ("the hashes of files, by names that stay in the folder", _is_files),
}
_MAY_HAVE: dict[str, tuple[str, Callable[[Any], bool]]] = {
    DRAWS: ("the hashes of the draws of parameters, by their names", _is_hashes),
    CODE: ("version and digest of the model's source", _is_text),
}


def damaged(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Names of the files that are not, or no longer, what the manifest says of them."""
    for name, said in manifest["files"].items():
        try:
            if not (folder / name).is_file() or digest_of(folder / name) != said:
                yield name
        except OSError:
            yield name


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(bounded.read(path, bounded.LARGEST_TABLE)).hexdigest()


def check_hashes(folder: Path, manifest: Mapping[str, Any], *, unverified: bool = False) -> None:
    """See that a folder of results is what was written, unless its reader goes on ``unverified``, at their own risk.

    Raises:
        ResultsError: A file was changed or is gone, or the command was edited.
    """
    if unverified:
        return
    names = list(damaged(folder, manifest))
    if names:
        more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
        raise ResultsError(
            f"{folder / names[0]}{more}: expected the file that was written, found other bytes than the hash in "
            f"{MANIFEST} says; make the results again, or go on with {UNVERIFIED}"
        )
    command = manifest["command"]
    if manifest.get(COMMAND_DIGEST) not in (None, hashlib.sha256(command.encode()).hexdigest()):
        raise ResultsError(
            f"{folder / MANIFEST}: expected the command that was written, found another than its digest says: "
            f"{show(command)}; make the results again, or go on with {UNVERIFIED}"
        )


def read_scenario(path: Path) -> Scenario:
    """A scenario of a folder of results: whole in itself, so that it names no other file on this machine.

    Raises:
        ScenarioError: The file is not there, or makes no sense.
    """
    try:
        return loads(bounded.read(path), str(path))
    except bounded.UnreadableError as error:
        raise ScenarioError.at(str(path), "", "a scenario file", error.found) from None


def read_results(folder: Path, *, unverified: bool = False) -> Ensemble:
    """The ensemble of a folder that ``lawshock run`` wrote; ``unverified`` reads what was changed since, too.

    Raises:
        ResultsError: A file is not what the manifest says, a table is missing or cannot be read, or the folder holds
            other results.
        ScenarioError: Its scenario cannot be read.
    """
    manifest = read_manifest(folder)
    check_hashes(folder, manifest, unverified=unverified)
    scenario = read_scenario(file_of(folder, manifest, "scenario.toml"))
    has_chance = any(name.startswith(f"{CHANCE_TABLES}/") for name in manifest["files"])
    if not any(name.startswith(f"{TABLES}/") for name in manifest["files"]):
        raise ResultsError(f"{folder}: expected results of lawshock run, found those of {show(manifest['command'])}")
    runs, chance = (
        {name: file_of(folder, manifest, f"{place}/{name}.parquet") for name in CODEBOOK}
        for place in (TABLES, CHANCE_TABLES if has_chance else TABLES)
    )
    best = Ensemble(scenario, _runs(chance, scenario, manifest["seeds"])) if has_chance else None
    return Ensemble(scenario, _runs(runs, scenario, manifest["seeds"]), best, manifest.get(DRAWS, {}))


def _runs(files: Mapping[str, Path], scenario: Scenario, seeds: list[int]) -> tuple[Run, ...]:
    """The replicates of a folder of tables, in the order of their seeds."""
    rowless = {name for name in CODEBOOK if name == "acts" or ("company" in keys(name) and not scenario.companies)}
    tables = {name: _table(file, name, seeds, may_be_empty=name in rowless) for name, file in files.items()}
    return tuple(Run(scenario, seed, Frames({name: t[seed] for name, t in tables.items()})) for seed in seeds)


def _table(path: Path, name: str, seeds: list[int], *, may_be_empty: bool) -> dict[int, pd.DataFrame]:
    """A table by seed; ``may_be_empty`` where a replicate may leave it without a row."""
    try:
        table = bounded.parquet(path)
    except bounded.UnreadableError as error:
        raise ResultsError(f"{path}: expected a table of lawshock run, found {error.found}") from error
    if list(table) != ["seed", *CODEBOOK[name]]:
        odd = sorted({"seed", *CODEBOOK[name]} ^ {*table}) or list(table)
        raise ResultsError(f"{path}: expected the columns of this version, differs in {', '.join(odd)}; run again")
    for column in table:
        if table[column].isna().any() or (table[column].dtype.kind == "f" and not np.isfinite(table[column]).all()):
            raise ResultsError(f"{path}: expected a value in every row of {column}, found none in some; run again")
    found = {seed: t.drop(columns="seed").reset_index(drop=True) for seed, t in table.groupby("seed", sort=False)}
    if may_be_empty:
        found |= {seed: table.iloc[:0].drop(columns="seed") for seed in seeds if seed not in found}
    if {*found} != {*seeds}:
        lacks = [seed for seed in seeds if seed not in found]
        odd_one = f"lacks seed {lacks[0]}" if lacks else f"has others, such as {list(found)[-1]}"
        raise ResultsError(f"{path}: expected every seed of {MANIFEST}, {odd_one}")
    return found
