"""Names of scenarios: which file a name means, and what a file is called for short."""

from pathlib import Path as File
from typing import Any

from sim.scenario.errors import ScenarioError, show

CASE = "scenario.toml"
"""Name of the scenario of a case in its folder."""
LONGEST_NAME = 255 - len(".toml")
"""Bytes of a file's name, less those of an ending."""


def folder() -> File:
    """The folder of shipped scenarios: inside the package once installed, beside it in a checkout."""
    package = File(__file__).resolve().parents[1]
    installed = package / "scenarios"
    return installed if installed.is_dir() else package.parent / "scenarios"


def cases_folder() -> File:
    """The folder of shipped cases, one folder each."""
    return folder() / "cases"


def open_folder() -> File:
    """The folder of shipped cases whose outcome is still awaited, one folder each."""
    return folder() / "open"


def shipped_files() -> dict[str, File]:
    """Files of the scenarios that come with the code, by name, in alphabetical order."""
    plain = {file.stem: file for file in folder().glob("*.toml")}
    cases = {file.parent.name: file for file in cases_folder().glob(f"*/{CASE}")}
    return dict(sorted((cases | plain).items()))


def name_of(path_or_name: str | File) -> str:
    """The short name of a scenario: of a case's file that of its folder, of another file its own without the ending."""
    file = File(path_or_name)
    return file.absolute().parent.name if file.name == CASE else file.stem if file.suffix == ".toml" else file.name


def locate(path_or_name: str | File) -> File:
    """The file that a path, the folder of a case, or the bare name of a shipped scenario means."""
    file = File(path_or_name)
    if len(file.name) > LONGEST_NAME:
        raise ScenarioError.at(show(str(file)), "", "a scenario file, or the name of one", "a name that is too long")
    if (file / CASE).is_file():
        return file / CASE
    if file.suffix == ".toml" or file.parent != File("."):
        if file.is_file():
            return file
        near = [str(other) for other in file.parent.glob("*.toml")] if file.parent.is_dir() else []
        raise ScenarioError.at(str(file), "", "a scenario file", "none", near, str(file))
    names = shipped_files()
    if str(file) in names:
        return short(names[str(file)])
    expected = f"a scenario file, or one of {', '.join(names)}"
    raise ScenarioError.at(str(file), "", expected, "none of that name", names, str(file))


def named(file: File, name: Any, key: str) -> File:
    """The file that a scenario's file names under a key: one beside it, or a shipped one by its name.

    Raises:
        ScenarioError: It names none.
    """
    if not isinstance(name, str) or not name:
        raise ScenarioError.at(str(file), key, "the file or name of another scenario", show(name))
    beside = file.parent / name
    if beside.is_file():
        return beside
    try:
        return locate(bare(name))
    except ScenarioError:
        near = [
            *(other.name for other in file.parent.glob("*.toml")),
            *shipped_files(),
        ]
        raise ScenarioError.at(str(file), key, "an existing scenario file", show(name), near, name) from None


def bare(name: str) -> str:
    """A shipped scenario goes by the name of its file, too, from any folder."""
    bare = name.removesuffix(".toml")
    return bare if bare in shipped_files() else name


def short(file: File) -> File:
    """A file as seen from here, where it lies below."""
    here = File.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file
