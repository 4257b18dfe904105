"""What a scenario's own check does not see: missing rows of evidence, acts that never happen, and a case's checks.

Each finding is one line. Faults must be mended; warnings may be meant.
"""

from collections.abc import Iterator
from pathlib import Path

from sim.evidence.cases import CaseDraft, find_folder, find_scenario
from sim.evidence.facts import OWN, Fact, fact, fact_in, table_faults
from sim.scenario.errors import ScenarioError
from sim.scenario.files import CASE, locate
from sim.scenario.schema import Observed, Scenario, Source


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
        return str(find_scenario(folder, CaseDraft(folder).borrows))


def case_faults(folder: Path) -> Iterator[str]:
    """What is wrong with the checks of a case."""
    try:
        found = list(CaseDraft(folder).checks())
    except ScenarioError as error:
        yield str(error)
        return
    yield from (str(one) for one in found if isinstance(one, ScenarioError))


def all_faults(scenario: Scenario, file: Path, case: Path | None) -> list[str]:
    """Faults of a scenario and, where it is that of a case, of its facts and checks, each once."""
    facts = table_faults(case / OWN) if case and (case / OWN).is_file() else []
    others = [*scenario_faults(scenario, file), *(case_faults(case) if case else ())]
    return [*facts, *(line for line in others if not any(line.endswith(fault) for fault in facts))]


def count_checks(folder: Path) -> int:
    """How many checks a case has."""
    return sum(not isinstance(one, ScenarioError) for one in CaseDraft(folder).checks())
