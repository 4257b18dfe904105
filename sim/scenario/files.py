"""Scenario files: TOML that may extend another file, with dotted overrides; data only, nothing in them can run.

A file may name ``extends = "other.toml"`` (a path beside it, or the name of a shipped scenario) and
``without = ["acts.enact"]`` to drop tables of what it extends. Tables merge key by key; acts merge by their ``id``.
A shipped scenario is ``scenarios/<name>.toml``, or that of a case, ``scenarios/cases/<name>/scenario.toml``.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path as File
from typing import Any

import tomli_w
from pydantic import ValidationError

from sim import bounded
from sim.scenario.errors import Node, Path, ScenarioError, at, known, show, translate
from sim.scenario.fields import dotted, patterns
from sim.scenario.schema import Scenario

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


def replaces(group: str, new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Whether a table takes the place of the one that it meets: a new source, or an act of another kind."""
    return group in ("sources", "observed") or (group == "acts" and new.get("kind", old.get("kind")) != old.get("kind"))


def displaced(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Keys of an act that give way: a date to a condition, a condition to a date or to one of another kind."""
    if "date" in new and "when" not in new:
        return ("when",)
    if "when" not in new:
        return ()
    tables = [table for table in (old.get("when"), new["when"]) if isinstance(table, Mapping) and "kind" in table]
    another = len({str(table["kind"]) for table in tables}) > 1
    return (*(("when",) if another else ()), *(() if "date" in new else ("date",)))


def replaced(before: Any, acts: Mapping[str, Any], where: str) -> Iterator[str]:
    """Say which acts of an extended file get another kind or date, as they do when an id is used again by chance."""
    for name, act in acts.items():
        old = before.get(name) if isinstance(before, Mapping) else None
        if old is None:
            continue
        was, on = old.get("kind"), old.get("date")
        if act.get("kind", was) != was:
            yield f"{where}: acts.{name}: takes the place of '{was}' of {on} in the file that this one extends"
        elif "when" in act and on is not None:
            yield f"{where}: acts.{name}: waits for a condition, not for {on} as in the file that this one extends"
        elif act.get("date", on) != on:
            yield f"{where}: acts.{name}: moves '{was}' of the file that this one extends from {on} to {act['date']}"


LARGEST_BYTES = 1_000_000
DEEPEST = 16
_STEP = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
TOO_DEEP = re.compile(rf"(?<![\w-]){_STEP}(?:[ \t]*+\.[ \t]*+{_STEP}){{{DEEPEST}}}")
"""A dotted key that no scenario needs; the parser's memory grows with the square of its length."""
OVERRIDE = "--set"


@dataclass(slots=True)
class Draft:
    """A scenario before it is checked: its table, acts by id, and which file or override holds each key."""

    table: dict[str, Any] = field(default_factory=dict)
    provenance: dict[Path, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    """Acts of the extended file that stand for something else now: a line each, for whoever did not mean to."""

    def provenance_of(self, path: Path) -> str:
        """File or override that holds a path, or the nearest table around it."""
        while path and path not in self.provenance:
            path = path[:-1]
        return self.provenance.get(path, self.files[-1] if self.files else "")

    def put(self, path: Path, value: Any, where: str) -> None:
        """Set a value; a table merges key by key into the one that is there."""
        if isinstance(value, Mapping):
            here = self._table(path)
            if len(path) == 2 and replaces(path[0], value, here):
                here.clear()
                self._forget_sources(path)
            self.provenance[path] = where
            for key, item in value.items():
                self.put((*path, key), item, where)
        else:
            self._table(path[:-1])[path[-1]] = value
            self.provenance[path] = where

    def drop(self, path: Path, where: str) -> None:
        """Remove a table or a value."""
        around = self.find(path[:-1])
        if not isinstance(around, dict) or path[-1] not in around:
            names = tuple(around) if isinstance(around, dict) else ()
            raise ScenarioError.at(
                where, "without", "the key of something to drop, such as acts.enact", show(dotted(path)),
                tuple(dotted((*path[:-1], name)) for name in names), dotted(path),
            )  # fmt: skip
        del around[path[-1]]
        self._forget_sources(path)
        self.provenance = {key: file for key, file in self.provenance.items() if key[: len(path)] != path}

    def make_way(self, act: str, new: Mapping[str, Any]) -> None:
        """Remove the values of an act, and their sources, that new ones take the place of."""
        here = self.find(("acts", act))
        for key in displaced(here, new) if isinstance(here, dict) else ():
            here.pop(key, None)
            self._forget_sources(("acts", act, key))

    def find(self, path: Path) -> Any:
        """The value at a path, or ``None``."""
        value: Any = self.table
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else None
        return value

    def _forget_sources(self, path: Path) -> None:
        """Drop the sources of what is gone."""
        sources = self.table.get("sources")
        if isinstance(sources, dict):
            gone = dotted(path)
            self.table["sources"] = {key: item for key, item in sources.items() if not _within(key, gone)}

    def _table(self, path: Path) -> dict[str, Any]:
        table = self.table
        for step in path:
            if not isinstance(table.get(step), dict):
                table[step] = {}
            table = table[step]
        return table


def _within(key: str, around: str) -> bool:
    return key == around or key.startswith(f"{around}.")


def load(path_or_name: str | File, overrides: Iterable[str] = ()) -> Scenario:
    """Read, merge, override and check a scenario, which is frozen; units and bounds of values are those of its schema.

    Args:
        path_or_name: A TOML file, the folder of a case, or the bare name of a shipped scenario, such as
            ``hong-kong-2020``.
        overrides: ``dotted.key=value`` texts, later ones first; acts go by id: ``acts.enact.date=2020-07-15``.

    Raises:
        ScenarioError: with one line for the person who wrote the file or the override.
    """
    return build(read(path_or_name, overrides))


def loads(text: bytes, where: str, look: Callable[[dict[str, Any]], None] = lambda _: None) -> Scenario:
    """Check a scenario that came from elsewhere as the text of a TOML file.

    It may extend a shipped scenario by name, but no file: a stranger's text chooses no path on this machine.

    Args:
        text: Content of the file, UTF-8, at most ``LARGEST_BYTES``.
        where: What to call it in an error.
        look: Called with its table before that is merged and checked, which takes long for a large one; it may refuse.

    Raises:
        ScenarioError: with one line for the person who sent it.
    """
    draft = Draft()
    try:
        table = _parse(text, where)
        look(table)
        _add_table(draft, table, where, lambda name: _add(draft, _shipped(name, where), ()))
        return build(draft)
    except RecursionError:
        raise ScenarioError.at(where, "", "tables within tables, a few deep", "too many") from None


def vary(scenario: Scenario, overrides: Iterable[str], where: str = OVERRIDE) -> Scenario:
    """A scenario with other values, by the ``dotted.key=value`` texts that ``load`` takes, and with the same errors.

    ``where`` is what an error calls the origin of the texts.
    """
    draft = _draft_of(scenario)
    change(draft, overrides, where)
    return build(draft)


def with_values(scenario: Scenario, values: Mapping[str, Any], where: str = OVERRIDE) -> Scenario:
    """As ``vary``, with values by the keys of ``leaves``, none of them of an act; a third of the time for hundreds."""
    draft = _draft_of(scenario)
    before = _values(draft.table)
    for key, value in values.items():
        draft.put(tuple(key.split(".")), value, where)
    _disown(draft, before, None, OVERRIDE)
    return build(draft)


def _draft_of(scenario: Scenario) -> Draft:
    table = scenario.model_dump()
    return Draft({**table, "acts": {act["id"]: act for act in table["acts"]}}, files=(scenario.title,))


def without(scenario: Scenario, keys: Iterable[str], where: str = "without") -> Scenario:
    """A scenario without some of its tables, acts by their id, as a file's ``without`` drops them."""
    draft = _draft_of(scenario)
    for key in keys:
        draft.drop(tuple(key.split(".")), where)
    return build(draft)


def read(path_or_name: str | File, overrides: Iterable[str] = ()) -> Draft:
    """Read and merge without checking; the draft tells which file or override holds each key."""
    draft = Draft()
    _add(draft, locate(path_or_name), ())
    change(draft, overrides)
    return draft


def build(draft: Draft) -> Scenario:
    """Check a draft and freeze it."""
    acts = draft.table.get("acts")
    table = {**draft.table, "acts": list(acts.values())} if isinstance(acts, dict) else draft.table
    try:
        return Scenario.model_validate(table)
    except ValidationError as error:
        raise translate(error, shape(), draft.table, draft.provenance_of) from None


@cache
def shape() -> Node:
    """The shape that the code gives to a scenario."""
    return Node.of(Scenario)


def shipped() -> list[tuple[str, str, str]]:
    """Name, title and question of each scenario that comes with the code, in the order of their names."""
    found = []
    for name, file in shipped_files().items():
        table = read(file).table
        found.append((name, str(table.get("title", "")), str(table.get("question", ""))))
    return found


def _add(draft: Draft, file: File, above: tuple[File, ...]) -> None:
    """Merge a file, and first the one that it extends, into the draft."""
    if file.resolve() in above:
        chain = " -> ".join(other.name for other in (*above, file))
        raise ScenarioError.at(str(file), "extends", "a file that does not extend this one in turn", chain)
    if len(above) >= DEEPEST:
        raise ScenarioError.at(str(file), "extends", f"a chain of at most {DEEPEST} files", "a longer one")
    table = read_toml(file)
    if file.resolve().parent.parent == cases_folder():
        _own_facts(table, file.resolve().parent)

    def extend(name: Any) -> None:
        _add(draft, named(file, name, "extends"), (*above, file.resolve()))

    if table.get("baseline") is not None:
        named(file, table["baseline"], "baseline")
    _add_table(draft, table, str(file), extend)


def read_toml(file: File) -> dict[str, Any]:
    """The table of a TOML file.

    Raises:
        ScenarioError: with one line about a file that is not there, too large, or no TOML.
    """
    try:
        content = bounded.read(file)
    except bounded.UnreadableError as error:
        raise ScenarioError.at(str(file), "", "a readable file", error.found) from None
    return _parse(content, str(file))


def _own_facts(table: dict[str, Any], case: File) -> None:
    """Say where a shipped case's facts lie, so that its scenario can be told of, and extended, from elsewhere."""
    for group in ("sources", "observed"):
        entries = table.get(group)
        for entry in entries.values() if isinstance(entries, dict) else ():
            named = entry.get("table") if isinstance(entry, dict) else None
            if isinstance(named, str) and "/" not in named and (case / named).is_file():
                entry["table"] = (case.relative_to(folder()) / named).as_posix()


def _add_table(draft: Draft, table: dict[str, Any], where: str, extend: Callable[[Any], None]) -> None:
    """Merge a parsed file into the draft, after what it extends and without what it drops."""
    base = table.pop("extends", None)
    dropped = table.pop("without", [])
    if base is not None:
        extend(base)
        for name in ("observed", "baseline"):  # seen in the world that is extended, and its own question
            draft.table.pop(name, None)
    if not isinstance(dropped, list) or not all(isinstance(key, str) and key for key in dropped):
        raise ScenarioError.at(where, "without", "a list of dotted keys", show(dropped))
    for key in dropped:
        draft.drop(tuple(key.split(".")), where)
    draft.files = (*draft.files, where)
    merge(draft, table, where)


def _shipped(name: Any, where: str) -> File:
    """The file of a shipped scenario, by its name, with the ending or without, and nothing else."""
    files = {name: short(file) for name, file in shipped_files().items()}
    known(where, "extends", bare(name) if isinstance(name, str) else name, files, "the name of a shipped scenario")
    return files[bare(name)]


def _parse(content: bytes, where: str) -> dict[str, Any]:
    if len(content) > LARGEST_BYTES:
        raise ScenarioError.at(where, "", f"at most {LARGEST_BYTES} bytes", f"{len(content)} bytes")
    try:
        text = content.decode("utf-8-sig")
        if found := TOO_DEEP.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise ScenarioError.at(where, f"line {line}", f"keys of at most {DEEPEST} steps", "a deeper one")
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ScenarioError.at(where, f"line {line}", "UTF-8 text", "other bytes") from None
    except ScenarioError:
        raise
    except (ValueError, RecursionError) as error:  # not TOML, a number of thousands of digits, or brackets without end
        raise ScenarioError.at(where, "", "TOML", f"an error: {error}") from None


def merge(draft: Draft, table: dict[str, Any], where: str) -> None:
    """Put a table of a file over what the draft has, key by key, acts by their id."""
    if "acts" in table:
        table = {**table, "acts": _acts_by_id(table["acts"], where)}
        draft.notes += replaced(draft.find(("acts",)), table["acts"], where)
        for name, act in table["acts"].items():
            draft.make_way(name, act)
    before = _values(draft.table)
    draft.put((), table, where)
    _disown(draft, before, table.get("sources"), where)


def _acts_by_id(acts: Any, where: str) -> dict[str, Any]:
    if not isinstance(acts, list) or not all(isinstance(act, dict) for act in acts):
        raise ScenarioError.at(where, "acts", "tables [[acts]]", show(acts))
    by_id: dict[str, Any] = {}
    for number, act in enumerate(acts, 1):
        name = act.get("id")
        if not isinstance(name, str) or "." in name:
            raise ScenarioError.at(where, f"acts.{number}.id", "a short name of a-z, 0-9 and -", show(name))
        if name in by_id:
            raise ScenarioError.at(where, f"acts.{name}.id", "an id that no other act has", show(name))
        by_id[name] = act
    return by_id


def change(draft: Draft, overrides: Iterable[str], where: str = OVERRIDE) -> None:
    """Apply overrides in their order; a value that they change has no source any more."""
    before = _values(draft.table)
    for override in overrides:
        _override(draft, override, where)
    _disown(draft, before, None, OVERRIDE)


def _override(draft: Draft, text: str, where: str) -> None:
    """Apply one ``dotted.key=value``; the key must exist, in the file or in the schema."""
    key, equals, value = text.partition("=")
    path = tuple(step.strip() for step in key.split("."))
    if not equals or not all(path):
        raise ScenarioError.at(where, "", "dotted.key=value", show(text))
    for depth, step in enumerate(path):
        around, here = draft.find(path[:depth]), at(shape(), path[:depth], draft.table)
        names = here.chosen(around).names() or (tuple(around) if isinstance(around, Mapping) else ())
        if step not in names:
            raise ScenarioError.at(where, key.strip(), "a known key", show(step), names, step)
    item = parse_value(value.strip())
    if path[0] == "acts" and len(path) > 2:
        draft.make_way(path[1], {path[2]: item if len(path) == 3 else None})
    draft.put(path, item, where)


def parse_value(text: str) -> Any:
    """A TOML value, or the text itself where it is none."""
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return parsed["value"] if len(parsed) == 1 else text


def _values(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Values by dotted key, sources left out."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            found |= _values(value, f"{prefix}{name}.") if prefix or name != "sources" else {}
        else:
            found[f"{prefix}{name}"] = value
    return found


def _disown(draft: Draft, before: Mapping[str, Any], own: Any, where: str) -> None:
    """Call a value assumed once a file or an override has changed it away from the source that was given for it."""
    given = draft.table.get("sources")
    if not isinstance(given, dict):
        return
    own = own if isinstance(own, Mapping) else {}
    for key, value in _values(draft.table).items():
        changed = key in before and before[key] != value
        if changed and any(name in given for name in patterns(key)) and not any(name in own for name in patterns(key)):
            given[key] = {"status": "assumed", "note": f"changed by {File(where).name}"}


def to_toml(scenario: Scenario, baseline: str | None = None) -> str:
    """The text of a file that loads to an equal scenario, with the same digest.

    It names no other file than ``baseline``, which is to lie beside it.
    """
    table = scenario.model_dump() | {"baseline": baseline}
    return tomli_w.dumps(_without_none(table), multiline_strings=False)


def _without_none(value: Any) -> Any:
    """TOML has no null: a key that is absent says the same."""
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, tuple | list):
        return [_without_none(item) for item in value]
    return value
