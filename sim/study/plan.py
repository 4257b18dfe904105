"""What a study is to hold: its cells, and the seeds of each."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.runs.files import StudyError, set_aside, write_whole
from sim.runs.work import Job

PLAN = "plan.json"


@dataclass(frozen=True)
class Cell:
    """One scenario of a study, and how many replicates of it are wanted.

    ``settings`` tell the cell from the others: dotted key and value in a sweep, or whatever the study varies.
    ``seed`` is that of its first replicate, where it is not the plan's.
    """

    scenario: str
    settings: Mapping[str, Any]
    replicates: int
    seed: int | None = None


@dataclass(frozen=True)
class Plan:
    """The cells of a study; the first is the one that the others are compared with.

    Args:
        cells: In the order of the tables.
        seed: Root seed of the first replicate; the others follow, the same for every cell that has no seed of its own.
        tables: Tables of each run to keep beside its headline measures.
        command: What would make the study again.
    """

    cells: tuple[Cell, ...]
    seed: int = 1
    tables: tuple[str, ...] = ()
    command: str = ""

    def job(self, cell: Cell, seed: int) -> Job:
        """The run of a cell with a seed."""
        return Job(cell.scenario, seed, self.tables)

    def seeds(self, cell: Cell) -> range:
        """Seeds of a cell."""
        first = self.seed if cell.seed is None else cell.seed
        return range(first, first + cell.replicates)

    def jobs(self) -> list[Job]:
        """Every run once: first seed of every cell, then the second, so that a part of the study covers all of it."""
        most = max((cell.replicates for cell in self.cells), default=0)
        ordered = (
            self.job(cell, self.seeds(cell)[number])
            for number in range(most)
            for cell in self.cells
            if number < cell.replicates
        )
        return list(dict.fromkeys(ordered))

    def varied(self) -> list[str]:
        """Names of the settings, in the order in which cells first have them."""
        return list(dict.fromkeys(name for cell in self.cells for name in cell.settings))


def write_plan(folder: Path, plan: Plan) -> None:
    """Write down what the study is to hold."""
    cells = [
        {"scenario": c.scenario, "replicates": c.replicates, "settings": dict(c.settings)}
        | ({} if c.seed is None else {"seed": c.seed})
        for c in plan.cells
    ]
    table = {"command": plan.command, "seed": plan.seed, "tables": list(plan.tables), "cells": cells}
    sealed = {**table, "sha256": _seal(table)}
    write_whole(folder / PLAN, (json.dumps(sealed, indent=1, default=str) + "\n").encode())


def _seal(table: Mapping[str, Any]) -> str:
    """Hash of a plan without the hash itself."""
    told = {key: value for key, value in table.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(told, indent=1, default=str).encode()).hexdigest()


def read_plan(folder: Path) -> Plan:
    """What the study is to hold.

    Raises:
        StudyError: The folder is no study, or its plan is damaged (then the file is set aside).
    """
    path = folder / PLAN
    try:
        table = json.loads(path.read_bytes())
        if table["sha256"] != _seal(table):
            raise ValueError
        cells = tuple(Cell(c["scenario"], c["settings"], c["replicates"], c.get("seed")) for c in table["cells"])
        return Plan(cells, table["seed"], tuple(table["tables"]), table["command"])
    except FileNotFoundError:
        raise StudyError(f"{folder}: expected the folder of a study, found no {PLAN}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        set_aside(path)
        raise StudyError(f"{path}: the file is damaged and was set aside; give the command again") from None
