"""A case is a folder: ``scenario.toml``, ``facts.csv``, ``checks.toml``; here it becomes a scenario and its checks.

A folder without a scenario of its own names one at the head of ``checks.toml``: ``scenario = "hong-kong-2020"``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.evidence.checks import Check, World, persons, read_all, read_checks, read_head
from sim.evidence.facts import OWN, Fact, fact, fact_in, table_faults
from sim.evidence.readings import Watch
from sim.runs.once import run_once
from sim.scenario.errors import ScenarioError, known
from sim.scenario.files import CASE, cases_folder, load, locate, open_folder, read_toml, short, vary
from sim.scenario.schema import Observed, Scenario, Source

CHECKS = "checks.toml"
IN_TABLE = re.compile(r"(?P<table>[\w./-]+):\s+(?P<key>.+)")
"""How a fact of a shared table is written: its table, a colon, its key."""


@dataclass(frozen=True)
class Case:
    """A case: what was known before the event, and what must come out."""

    name: str
    """Of its folder."""
    folder: Path
    scenario: Scenario
    """What its checks live in unless they say otherwise."""
    scenario_name: str
    """The case's own name, or that of the scenario that it borrows."""
    checks: tuple[Check, ...]
    groups: Mapping[str, str]
    """Titles of groups of checks."""
    worlds: Mapping[World, Scenario]
    """Scenario of each world that a check lives in."""
    unknown: str = ""
    """What those who wrote a case with awaited outcomes did not know."""

    def scenarios(self) -> dict[str, Scenario]:
        """The scenarios that checks live in, by name, without the values that some of them change."""
        others = {world.scenario for world in self.worlds if world.scenario}
        return {self.scenario_name: self.scenario} | {
            name: load(find_scenario(self.folder, name)) for name in sorted(others)
        }

    def check(self, name: str) -> Check:
        """The check of an id.

        Raises:
            ScenarioError: one line that names the nearest.
        """
        by_id = {one.id: one for one in self.checks}
        known(self.name, "", name, by_id, "the id of a check")
        return by_id[name]


def cases() -> tuple[str, ...]:
    """Names of the cases that come with the code, in alphabetical order."""
    return tuple(sorted(file.parent.name for file in cases_folder().glob(f"*/{CHECKS}")))


def open_cases() -> tuple[str, ...]:
    """Names of the cases that come with the code and whose outcome is awaited, in alphabetical order."""
    return tuple(sorted(file.parent.name for file in open_folder().glob(f"*/{CHECKS}")))


def load_case(path_or_name: str | Path, *, awaited: bool = False) -> Case:
    """Read a case: its folder, or the bare name of one that comes with the code; ``awaited`` takes open ones, too.

    Raises:
        ScenarioError: with one line for the person who wrote it.
    """
    case, faults = read_case(find_folder(path_or_name))
    if faults:
        raise faults[0]
    for one in case.checks:
        if one.awaited and not awaited:
            key, day = f"checks.{one.id}.observed", one.awaited.day
            found = f"an outcome that is awaited for {day}; lawshock validate --register forecasts it"
            raise ScenarioError.at(str(case.folder / CHECKS), key, "what was observed", found)
    return case


def read_case(folder: Path) -> tuple[Case, list[ScenarioError]]:
    """The case in a folder with those of its checks that are right, and what is wrong with the others.

    Raises:
        ScenarioError: about a scenario that cannot be loaded, or the head of the file of checks.
    """
    place, name = str(folder / CHECKS), folder.resolve().name
    table = read_toml(folder / CHECKS)
    head = read_head(table, place)
    own = (folder / CASE).is_file()
    if own == bool(head.scenario):
        found = "both" if own else "neither"
        raise ScenarioError.at(place, "scenario", f"a file {CASE}, or the name of a scenario here", found)
    scenario = load(folder / CASE if own else find_scenario(folder, head.scenario))
    worlds: dict[World, Scenario] = {}

    def world_of(world: World) -> Scenario:
        if world not in worlds:
            base = load(find_scenario(folder, world.scenario)) if world.scenario else scenario
            worlds[world] = vary(base, world.overrides, place) if world.overrides else base
        return worlds[world]

    def fact_of(line: str) -> Fact:
        """The fact that a line of ``facts`` names: its key, after the name of a shared table if it is in one."""
        try:
            found = IN_TABLE.fullmatch(line)
            if found and "|" not in found["table"]:
                return fact(found["table"], found["key"])
            return fact_in(folder / OWN, line)
        except ScenarioError as error:
            raise ScenarioError(f"{place}: facts: {error}") from None

    checks: list[Check] = []
    faults: list[ScenarioError] = []
    for one in read_checks(table, place, world_of, fact_of):
        if isinstance(one, ScenarioError):
            faults.append(one)
            continue
        checks.append(one)
        if one.group and head.groups and one.group not in head.groups:
            key = f"checks.{one.id}.group"
            faults.append(ScenarioError.at(place, key, "a group of [groups]", one.group, head.groups, one.group))
    case = Case(name, folder, scenario, head.scenario or name, tuple(checks), head.groups, worlds, head.unknown)
    return case, faults


def find_folder(path_or_name: str | Path) -> Path:
    """The folder of a case, by path or by name.

    Raises:
        ScenarioError: when there is none, with the nearest name.
    """
    place = Path(path_or_name)
    place = place.parent if place.name in (CHECKS, CASE) else place
    if os.path.lexists(place / CHECKS):  # what is there but no file is told when it is read
        return place
    if place.is_dir():
        raise ScenarioError.at(str(place), "", f"a case, which has a file {CHECKS}", "none")
    for home, names in ((cases_folder, cases()), (open_folder, open_cases())):
        if str(path_or_name) in names:
            return short(home() / path_or_name)
    names = (*cases(), *open_cases())
    expected = f"the folder of a case, or one of {', '.join(names)}"
    raise ScenarioError.at(str(path_or_name), "", expected, "none of that name", names, str(path_or_name))


def find_scenario(folder: Path, name: str) -> Path:
    """A scenario that a case borrows: a file beside its checks, or a shipped one by name."""
    beside = folder / name
    return beside if beside.is_file() else locate(name)


# Readings of a case


def measure_all(
    case: Case, seed: int, overrides: Sequence[str] = (), checks: Iterable[Check] | None = None
) -> dict[str, float]:
    """Run the worlds of a case once each with a seed, and take the readings of its checks, or of some of them.

    Args:
        case: The case.
        seed: Root seed of each run.
        overrides: Values changed in every world, as ``dotted.key=value``.
        checks: Some of the checks; all when absent.

    Returns:
        Readings, in the units of the checks, by their ids.
    """
    chosen = case.checks if checks is None else tuple(checks)
    found: dict[str, float] = {}
    for world in dict.fromkeys(one.world for one in chosen):
        scenario = vary(case.worlds[world], overrides) if overrides else case.worlds[world]
        found |= measure([one for one in chosen if one.world == world], scenario, seed)
    return {one.id: found[one.id] for one in chosen}


def measure(checks: Sequence[Check], scenario: Scenario, seed: int) -> dict[str, float]:
    """Run a world once, and take the readings of checks that live in it, by their ids.

    People are watched during the run, so that it is not simulated twice.
    """
    readings = persons(checks)
    watch = Watch(readings) if readings else None
    return read_all(checks, run_once(scenario, seed, watch=watch), watch)


# What is wrong with a case: missing rows of evidence, and checks that make no sense. Each finding is one line


def scenario_faults(scenario: Scenario, file: Path) -> Iterator[str]:
    """Sources and observed values whose row is not there, and what is called measured without one."""
    pointers: list[tuple[str, str, Source | Observed]] = [
        *(("sources", key, entry) for key, entry in scenario.sources.items()),
        *(("observed", key, entry) for key, entry in scenario.observed.items()),
    ]
    for group, key, entry in pointers:
        where = f'{file}: {group}."{key}"'
        if entry.table or entry.row:
            try:
                find_fact(entry.table, entry.row, file.parent)
            except ScenarioError as error:
                yield f"{where}: {error}"
        elif isinstance(entry, Source) and entry.status == "measured":
            yield f"{where}: expected the table and row of what is measured, or another status, found neither"


def find_fact(table: str, row: str, beside: Path) -> Fact:
    """The fact that a scenario names: in a shared table, in that of a shipped case, or in a file beside the scenario.

    Raises:
        ScenarioError: when there is none, with the nearest.
    """
    return fact_in(beside / table, row) if "/" not in table else fact(table, row)


def case_of(path_or_name: str | Path) -> Path | None:
    """The folder of the case that a name, a folder or a scenario's file means, if it is one."""
    try:
        return find_folder(path_or_name)
    except ScenarioError:
        return None


def scenario_of(folder: Path, path_or_name: str) -> str:
    """The scenario to check for a case: its own, the one that it borrows, or the one that was named itself."""
    own = folder / CASE
    if own.is_file():
        return str(own)
    try:
        return str(locate(path_or_name))
    except ScenarioError:
        return str(find_scenario(folder, read_head(read_toml(folder / CHECKS), str(folder / CHECKS)).scenario))


def case_faults(folder: Path) -> list[str]:
    """What is wrong with the checks of a case."""
    try:
        return [str(one) for one in read_case(folder)[1]]
    except ScenarioError as error:
        return [str(error)]


def all_faults(scenario: Scenario, file: Path, case: Path | None) -> list[str]:
    """Faults of a scenario and, where it is that of a case, of its facts and checks, each once."""
    facts = table_faults(case / OWN) if case and os.path.lexists(case / OWN) else []
    others = [*scenario_faults(scenario, file), *(case_faults(case) if case else ())]
    return [*facts, *(line for line in others if not any(line.endswith(fault) for fault in facts))]
