"""A case is a folder: ``scenario.toml``, ``facts.csv``, ``checks.toml``; here it becomes a scenario and its checks.

A folder without a scenario of its own names one at the head of ``checks.toml``: ``scenario = "hong-kong-2020"``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.evidence.checks import Check, World, persons
from sim.evidence.checks_file import read_checks, read_head
from sim.evidence.facts import OWN, Fact, fact, fact_in
from sim.evidence.readings import Watch
from sim.scenario.errors import ScenarioError
from sim.scenario.files import CASE, cases_folder, load, locate, open_folder, read_toml, short, vary
from sim.scenario.schema import Scenario

if TYPE_CHECKING:
    from sim.runs.once import Run

CHECKS = "checks.toml"
IN_TABLE = re.compile(r"(?P<table>[\w./-]+):\s+(?P<key>.+)")
"""How a fact of a shared table is written: its table, a colon, its key."""


@dataclass(frozen=True)
class Case:
    """A case: what was known before the event, and what must come out.

    Attributes:
        name: Name of its folder.
        folder: The folder.
        scenario: What its checks live in unless they say otherwise.
        scenario_name: What that is called: the case's own name, or that of the scenario that it borrows.
        checks: In the order of the file.
        groups: Titles of groups of checks, by the group.
        worlds: Scenario of each world that a check lives in.
        unknown: What those who wrote a case with awaited outcomes did not know.
    """

    name: str
    folder: Path
    scenario: Scenario
    scenario_name: str
    checks: tuple[Check, ...]
    groups: Mapping[str, str]
    worlds: Mapping[World, Scenario]
    unknown: str = ""

    def scenarios(self) -> dict[str, Scenario]:
        """The scenarios that checks live in, by name, without the values that some of them change."""
        named = {
            world.scenario: load(find_scenario(self.folder, world.scenario)) for world in self.worlds if world.scenario
        }
        return {self.scenario_name: self.scenario, **named}

    def check(self, name: str) -> Check:
        """The check of an id.

        Raises:
            ScenarioError: one line that names the nearest.
        """
        by_id = {one.id: one for one in self.checks}
        if name not in by_id:
            raise ScenarioError.at(self.name, "", "the id of a check", f'"{name}"', by_id, name)
        return by_id[name]


def cases() -> tuple[str, ...]:
    """Names of the cases that come with the code, in alphabetical order."""
    return tuple(sorted(file.parent.name for file in cases_folder().glob(f"*/{CHECKS}")))


def open_cases() -> tuple[str, ...]:
    """Names of the cases that come with the code and whose outcome is awaited, in alphabetical order."""
    return tuple(sorted(file.parent.name for file in open_folder().glob(f"*/{CHECKS}")))


def load_case(path_or_name: str | Path, *, awaited: bool = False) -> Case:
    """Read a case.

    Args:
        path_or_name: Its folder, or the bare name of one that comes with the code.
        awaited: Take one that awaits an outcome, too.

    Raises:
        ScenarioError: with one line for the person who wrote it.
    """
    draft = CaseDraft(find_folder(path_or_name))
    checks: list[Check] = []
    for one in draft.checks():
        if isinstance(one, ScenarioError):
            raise one
        if one.awaited and not awaited:
            key, day = f"checks.{one.id}.observed", one.awaited.day
            found = f"an outcome that is awaited for {day}; lawshock register forecasts it"
            raise ScenarioError.at(draft.place, key, "what was observed", found)
        checks.append(one)
    name = draft.folder.resolve().name
    return Case(name, draft.folder, draft.scenario, draft.borrows or name, tuple(checks), draft.groups, draft.worlds,
                draft.unknown)  # fmt: skip


def find_folder(path_or_name: str | Path) -> Path:
    """The folder of a case, by path or by name.

    Raises:
        ScenarioError: when there is none, with the nearest name.
    """
    place = Path(path_or_name)
    place = place.parent if place.name in (CHECKS, CASE) else place
    if (place / CHECKS).is_file():
        return place
    if place.is_dir():
        raise ScenarioError.at(str(place), "", f"a case, which has a file {CHECKS}", "none")
    if str(path_or_name) in cases():
        return short(cases_folder() / path_or_name)
    if str(path_or_name) in open_cases():
        return short(open_folder() / path_or_name)
    known = (*cases(), *open_cases())
    expected = f"the folder of a case, or one of {', '.join(known)}"
    raise ScenarioError.at(str(path_or_name), "", expected, "none of that name", known, str(path_or_name))


def find_scenario(folder: Path, name: str) -> Path:
    """A scenario that a case borrows: a file beside its checks, or a shipped one by name."""
    beside = folder / name
    return beside if beside.is_file() else locate(name)


class CaseDraft:
    """The files of a case as they are read; its checks come one by one, right or wrong.

    Raises:
        ScenarioError: about a scenario that cannot be loaded, or the head of the file of checks.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = str(folder / CHECKS)
        self._table = read_toml(folder / CHECKS)
        head = read_head(self._table, self.place)
        self.groups, self.borrows, self.unknown = head.groups, head.scenario, head.unknown
        own = (folder / CASE).is_file()
        if own == bool(head.scenario):
            found = "both" if own else "neither"
            raise ScenarioError.at(self.place, "scenario", f"a file {CASE}, or the name of a scenario here", found)
        self.scenario = load(folder / CASE if own else find_scenario(folder, head.scenario))
        self.worlds: dict[World, Scenario] = {}

    def checks(self) -> Iterator[Check | ScenarioError]:
        """Each check of the file, or what is wrong with it."""
        for one in read_checks(self._table, self.place, self._world, self._fact):
            if isinstance(one, Check) and one.group and self.groups and one.group not in self.groups:
                key = f"checks.{one.id}.group"
                yield ScenarioError.at(self.place, key, "a group of [groups]", one.group, self.groups, one.group)
            yield one

    def _world(self, world: World) -> Scenario:
        if world not in self.worlds:
            base = load(find_scenario(self.folder, world.scenario)) if world.scenario else self.scenario
            self.worlds[world] = vary(base, world.overrides, self.place) if world.overrides else base
        return self.worlds[world]

    def _fact(self, name: str) -> Fact:
        """The fact that a line of ``facts`` names: its key, after the name of a shared table if it is in one."""
        try:
            found = IN_TABLE.fullmatch(name)
            if found and "|" not in found["table"]:
                return fact(found["table"], found["key"])
            return fact_in(self.folder / OWN, name)
        except ScenarioError as error:
            raise ScenarioError(f"{self.place}: facts: {error}") from None


def read_all(checks: Iterable[Check], run: Run, watch: Watch | None = None) -> dict[str, float]:
    """Readings of one run by check id.

    Args:
        checks: Checks that live in the run's world.
        run: The run.
        watch: What has watched the run while it was lived. When absent, the run is lived a second time, once for all
            readings of persons, and not at all where there are none.
    """
    chosen = list(checks)
    readings = persons(chosen)
    if readings and watch is None:
        watch = Watch(readings).live(run)
    seen = {id(one): watch.read(one) for one in readings} if watch else {}
    return {
        one.id: one.times * seen[id(one.reading)] if id(one.reading) in seen else one.measure(run) for one in chosen
    }


def measure_all(
    case: Case, seed: int, overrides: Sequence[str] = (), checks: Iterable[Check] | None = None
) -> dict[str, float]:
    """Run the worlds of a case once each, and take the readings of its checks.

    People are watched while the run is lived, so that no run is lived twice.

    Args:
        case: The case.
        seed: Root seed of each run.
        overrides: Values changed in every world, as ``dotted.key=value``.
        checks: Checks of the case; all when absent.

    Returns:
        Readings, in the units of the checks, by their ids.
    """
    chosen = case.checks if checks is None else tuple(checks)
    found: dict[str, float] = {}
    for world in dict.fromkeys(one.world for one in chosen):
        scenario = case.worlds[world]
        found |= measure(
            [one for one in chosen if one.world == world], vary(scenario, overrides) if overrides else scenario, seed
        )
    return {one.id: found[one.id] for one in chosen}


def measure(checks: Sequence[Check], scenario: Scenario, seed: int) -> dict[str, float]:
    """Run a world once, and take the readings of checks that live in it, by their ids."""
    from sim.runs.once import run_once

    readings = persons(checks)
    watch = Watch(readings) if readings else None
    return read_all(checks, run_once(scenario, seed, watch=watch), watch)
