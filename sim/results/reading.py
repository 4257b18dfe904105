"""Results that are kept: a folder of ``lawshock run`` read back as the ensemble that it was written from.

Whatever is read is first compared with the hashes of the manifest: one damaged bit would be one wrong sentence.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from sim.results.ensemble import Ensemble
from sim.results.folder import CHANCE_TABLES, CODE, COMMAND_DIGEST, DRAWS, MANIFEST, TABLES
from sim.scenario.errors import ScenarioError, show
from sim.scenario.files import loads
from sim.scenario.schema import Scenario
from sim.tables import CODEBOOK, Frames, Run, keys

LARGEST_MANIFEST = 20_000_000
"""Bytes: the manifest of a thousand files has a tenth of a million."""
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
        manifest = json.loads(_read(path, LARGEST_MANIFEST))
    except (OSError, ValueError, RecursionError) as error:
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


def _is_files(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(said, str) and _is_inside(name) for name, said in value.items())


def _is_hashes(value: Any) -> bool:
    whole = isinstance(value, dict) and all(isinstance(said, str) for said in value.values())
    return whole and len(value) > 0


def _is_inside(name: str) -> bool:
    """Whether a name in a manifest stays in its folder on any system."""
    steps = PurePosixPath(name).parts
    return bool(steps) and not name.startswith("/") and ".." not in steps and not {"\\", ":", "\0"} & {*name}


_SHAPE: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "command": ("the command that made the folder", lambda value: isinstance(value, str)),
    "scenario_digest": ("the digest of the scenario", lambda value: isinstance(value, str)),
    "seeds": ("a list of different seeds", _is_seeds),
    "files": ("the hashes of files, by names that stay in the folder", _is_files),
}
_MAY_HAVE: dict[str, tuple[str, Callable[[Any], bool]]] = {
    DRAWS: ("the hashes of the draws of parameters, by their names", _is_hashes),
    CODE: ("version and digest of the model's source", lambda value: isinstance(value, str)),
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
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_hashes(folder: Path, manifest: Mapping[str, Any], *, unverified: bool = False) -> None:
    """See that a folder is what was written.

    Args:
        folder: Of results.
        manifest: Its own.
        unverified: Go on all the same, at the reader's own risk.

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
    from sim.scenario.files import LARGEST_BYTES

    try:
        return loads(_read(path, LARGEST_BYTES), str(path))
    except OSError as error:
        raise ScenarioError.at(str(path), "", "a scenario file", error.strerror or "none") from None


def _read(path: Path, most: int) -> bytes:
    """Content of a plain file of at most ``most`` bytes.

    Raises:
        OSError: It is none, or larger.
    """
    if not path.is_file():
        raise FileNotFoundError(2, "none", str(path))
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(27, f"more than {most:,} bytes", str(path))
    return data


def read_results(folder: Path, *, unverified: bool = False) -> Ensemble:
    """The ensemble of a folder that ``lawshock run`` wrote.

    Args:
        folder: Of results.
        unverified: Read it although files were changed after they were written.

    Raises:
        ResultsError: A file is not what the manifest says, a table is missing or cannot be read, or the folder holds
            other results.
        ScenarioError: Its scenario cannot be read.
    """
    from sim.results.ensemble import Ensemble

    manifest = read_manifest(folder)
    check_hashes(folder, manifest, unverified=unverified)
    scenario = read_scenario(folder / "scenario.toml")
    has_luck = any(name.startswith(f"{CHANCE_TABLES}/") for name in manifest["files"])
    runs = _runs(folder / TABLES, scenario, manifest["seeds"])
    best = Ensemble(scenario, _runs(folder / CHANCE_TABLES, scenario, manifest["seeds"])) if has_luck else None
    return Ensemble(scenario, runs, best, manifest.get(DRAWS, {}))


def _runs(folder: Path, scenario: Scenario, seeds: list[int]) -> tuple[Run, ...]:
    """The replicates of a folder of tables, in the order of their seeds."""
    rowless = {name for name in CODEBOOK if name == "acts" or ("company" in keys(name) and not scenario.companies)}
    tables = {name: _table(folder / f"{name}.parquet", name, seeds, may_be_empty=name in rowless) for name in CODEBOOK}
    return tuple(Run(scenario, seed, Frames({name: t[seed] for name, t in tables.items()})) for seed in seeds)


def _table(path: Path, name: str, seeds: list[int], *, may_be_empty: bool) -> dict[int, pd.DataFrame]:
    """A table by seed; ``may_be_empty`` where a replicate may leave it without a row."""
    import pandas as pd

    try:
        table = pd.read_parquet(io.BytesIO(path.read_bytes()))
    except Exception as error:  # of the many that a damaged file may raise, none says more
        raise ResultsError(f"{path}: expected a table of lawshock run, found none that can be read") from error
    if list(table) != ["seed", *CODEBOOK[name]]:
        odd = sorted({"seed", *CODEBOOK[name]} ^ {*table}) or list(table)
        raise ResultsError(f"{path}: expected the columns of this version, differs in {', '.join(odd)}; run again")
    found = {seed: t.drop(columns="seed").reset_index(drop=True) for seed, t in table.groupby("seed", sort=False)}
    if may_be_empty:
        found |= {seed: table.iloc[:0].drop(columns="seed") for seed in seeds if seed not in found}
    if {*found} != {*seeds}:
        lacks = [seed for seed in seeds if seed not in found]
        odd_one = f"lacks seed {lacks[0]}" if lacks else f"has others, such as {list(found)[-1]}"
        raise ResultsError(f"{path}: expected every seed of {MANIFEST}, {odd_one}")
    return found
