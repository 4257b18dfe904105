"""Make a folder of results again in a clean process, and say exactly where it differs from what is kept."""

from __future__ import annotations

import hashlib
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.scenario.errors import ScenarioError
from sim.scenario.export import to_toml
from sim.scenario.files import load
from sim.study.discrepancy import Discrepancy, compare_files, compare_trees
from sim.study.kept import ResultsError, read_manifest
from sim.study.results import MANIFEST

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

REPEATABLE = ("run", "compare", "knockout")
"""Commands that write a folder with a manifest and take ``--out``."""
SETTINGS = ("--users", "--replicates", "--seed", "--set", "--only", "--shapley")
"""Options that such a command may have in a manifest: nothing that names a file or a program."""
FLAGS = ("--posterior",)
CIRCUMSTANCES = "packages"
"""The part of a manifest that may differ although every result is the same."""


@dataclass(frozen=True)
class Reproduction:
    """How a folder compares with what its command gives here and now."""

    files: int
    discrepancies: tuple[Discrepancy, ...]
    altered: tuple[str, ...]
    """Files that are not what the manifest says: changed after they were written."""
    circumstances: tuple[str, ...]
    """Versions of packages that differ from those of the manifest; they are no discrepancy in themselves."""

    @property
    def is_exact(self) -> bool:
        """Whether every file is the same, byte by byte."""
        return not self.discrepancies and not self.altered


@dataclass(frozen=True)
class Recipe:
    """A command of a manifest, taken apart."""

    command: str
    names: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]
    flags: tuple[str, ...]

    @classmethod
    def parse(cls, line: str) -> Recipe:
        """Take a command apart.

        Raises:
            ResultsError: It is none that is made again.
        """
        words = shlex.split(line)
        at = next((i for i, word in enumerate(words) if i > 1 and word.startswith("-")), len(words))
        names = words[2:at]
        flags, settings = (tuple(w for w in words[at:] if (w in FLAGS) == flag) for flag in (True, False))
        known = len(settings) % 2 == 0 and all(option in SETTINGS for option in settings[::2])
        if words[:1] != ["lawshock"] or words[1:2] == [] or words[1] not in REPEATABLE or not names or not known:
            raise ResultsError(f"expected a command that lawshock {', '.join(REPEATABLE)} wrote, found {line!r}")
        return cls(words[1], tuple(names), tuple(zip(settings[::2], settings[1::2], strict=True)), flags)

    @property
    def overrides(self) -> list[str]:
        """The settings as ``load`` takes them."""
        return [
            f"population.users={value}" if option == "--users" else value
            for option, value in self.settings
            if option in ("--users", "--set")
        ]

    def words(self, names: Sequence[str], folder: Path) -> list[str]:
        """The command on other files, into another folder."""
        settings = [word for pair in self.settings for word in pair]
        return [self.command, *names, *settings, *self.flags, "--out", str(folder)]


def reproduce(folder: Path) -> Reproduction:
    """Make ``folder`` again elsewhere, from its manifest and its scenarios, and compare file by file.

    Raises:
        ResultsError: The folder has no manifest, or its command cannot be made again.
        ScenarioError: No scenario is left from which it could be.
    """
    manifest = read_manifest(folder)
    recipe = Recipe.parse(manifest["command"])
    with tempfile.TemporaryDirectory(prefix="lawshock-") as place:
        made = Path(place) / "made"
        names = _put_scenarios(recipe, folder, manifest, Path(place))
        _run_again(recipe.words(names, made), Path(place))
        return compare_folders(folder, made)


def compare_folders(kept: Path, made: Path) -> Reproduction:
    """Compare every file of two folders of results."""
    mine, theirs = (_files(folder) for folder in (kept, made))
    names = [name for name in dict.fromkeys([*theirs, *mine]) if name != MANIFEST]
    hashes = read_manifest(kept)["files"]
    altered = tuple(name for name in mine if name != MANIFEST and _digest(kept / name) != hashes.get(name))
    found = []
    for name in names:
        if name not in mine:
            found.append(Discrepancy(name, "missing"))
        elif name not in theirs:
            found.append(Discrepancy(name, "not there when made again"))
        else:
            found += compare_files(name, kept / name, made / name)
    about, circumstances = _compare_manifests(read_manifest(kept), read_manifest(made))
    return Reproduction(len(names), (*found, *about), altered, circumstances)


def _compare_manifests(kept: dict[str, Any], made: dict[str, Any]) -> tuple[list[Discrepancy], tuple[str, ...]]:
    """What the manifests say apart from hashes, which follow from the files."""
    left_out = ("files", CIRCUMSTANCES)
    own = [{key: value for key, value in manifest.items() if key not in left_out} for manifest in (kept, made)]
    packages = [manifest.get(CIRCUMSTANCES, {}) for manifest in (kept, made)]
    return [Discrepancy(MANIFEST, text) for text in compare_trees(*own)], tuple(compare_trees(*packages))


def _put_scenarios(recipe: Recipe, folder: Path, manifest: Mapping[str, Any], place: Path) -> list[str]:
    """Write the scenarios of a folder to ``place`` under the names of its command; give their files."""
    files = []
    for number, name in enumerate(recipe.names):
        own = folder / f"{name}.toml"
        digest = manifest["scenario_digest"] if number == 0 else None
        scenario = _scenario(own if own.is_file() else folder / "scenario.toml", name, recipe.overrides, digest)
        (place / f"{name}.toml").write_text(to_toml(scenario), encoding="utf-8")
        files.append(f"{name}.toml")
    return files


def _scenario(file: Path, name: str, overrides: Sequence[str], digest: str | None) -> Scenario:
    """The scenario with the manifest's digest: from the folder, or, where that was changed, the shipped one.

    Where neither has it, the one from the folder is taken, and the manifest's digest will show as a discrepancy.
    """
    errors, found = [], []
    for source, settings in ((file, ()), (name, overrides)):
        try:
            found.append(load(source, settings))
        except ScenarioError as error:
            errors.append(error)
    if not found:
        raise errors[0]
    return next((scenario for scenario in found if scenario.digest() == digest), found[0])


def _run_again(words: Sequence[str], place: Path) -> None:
    """Run a command in a process that inherits nothing of this one's state; its progress stays visible.

    ``-I`` keeps out PYTHON* variables, the working directory and the user's own packages.
    """
    result = subprocess.run(
        [sys.executable, "-I", "-m", "sim.cli", *words], cwd=place, stdout=subprocess.DEVNULL, check=False
    )
    if result.returncode:
        raise ResultsError(f"lawshock {shlex.join(words)} ended with exit code {result.returncode}")


def _files(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def in_words(result: Reproduction) -> Iterator[str]:
    """The result for a terminal, a line per place that differs."""
    for item in result.discrepancies:
        yield f"{item.file}: {item.text}."
    for name in result.altered:
        yield f"{name}: changed after it was written, by the manifest's hash."
    for text in result.circumstances:
        yield f"Note: {CIRCUMSTANCES}: {text}."
    apart = {item.file for item in result.discrepancies} | set(result.altered)
    if result.is_exact:
        yield f"Reproduced: all {result.files} files are the same, byte by byte."
    else:
        yield f"Not reproduced: {len(apart)} of {result.files} files differ."
