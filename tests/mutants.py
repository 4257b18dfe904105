"""Do the tests hold the rules? Change one operator or number of a rule at a time, and see whether a test fails.

``make mutants SEED=7 COUNT=200`` draws places of the rooms listed here, makes one mutant of each with Cosmic Ray, runs
the tests that can reach the room, and prints how many mutants were killed and every one that survived. The same seed
draws the same places as long as the code is the same. Places are drawn rather than mutants: an operator has up to
eleven replacements and would crowd out numbers and conditions.

Work is done on a copy of the tree under build/mutants; the tree itself is never touched. Libraries and the compiled
people, of which nothing is mutated, are loaded once; each mutant is tested by a fork of that process, which takes a
tenth of the time of a fresh one.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cosmic_ray.plugins
from cosmic_ray.mutating import use_mutation
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec

ROOT = Path.cwd()
WORK = ROOT / "build" / "mutants"
TREE = WORK / "tree"
INSIDE = "--inside"
"""Says that the working directory is the copy."""
COPIED = ("sim", "tests", "scenarios", "docs", "pyproject.toml")
SECONDS = 120
"""A mutant whose tests take longer runs in circles, and counts as killed; on a busy machine it may only be slow, so
that such kills are counted apart."""
WARM = ("hypothesis", "matplotlib", "mesa", "pandas", "pyarrow", "pytest", "scipy.stats", "tomli_w")
"""Libraries to load before the first fork."""
UNCHANGED = ("sim", "sim.chance", "sim.population", "sim.scenario")
"""Parts of the model that may be loaded before the first fork, since nothing in them is mutated."""

COMPANY = ("actors/test_company_*.py", "actors/test_demand_rules.py",
           "actors/test_request_rules.py", "actors/test_terms.py", "actors/test_reasons.py",
           "actors/test_disputes.py", "actors/test_stances_that_hold.py",
           "actors/test_who_can_answer.py", "actors/test_counsel.py", "actors/test_committee_rules.py",
           "actors/test_lifts.py", "actors/test_orders.py", "actors/test_steps.py")  # fmt: skip
ORDERS = ("actors/test_isp_rules.py", "actors/test_calendar.py", "actors/test_orders.py", "actors/test_lifts.py",
          "actors/test_steps.py")  # fmt: skip
ROOMS: dict[str, tuple[str, ...]] = {
    "sim/actors/company.py": COMPANY,
    "sim/actors/stakes.py": COMPANY,
    "sim/actors/triggers.py": ("actors/test_triggers.py",),
    "sim/actors/requests.py": ("actors/test_request_rules.py", "actors/test_police_rules.py",
        "actors/test_demand_rules.py", "actors/test_disputes.py"),
    "sim/actors/regulator.py": ("actors/test_police_rules.py", "actors/test_committee_rules.py",
        "actors/test_steps.py"),
    "sim/actors/world.py": ("actors/test_law_and_press_rules.py", "actors/test_calendar.py",
        "actors/test_committee_rules.py", "actors/test_company_beliefs.py", "actors/test_contract.py"),
    "sim/actors/city.py": ("actors/test_who_can_answer.py", "actors/test_contract.py"),
    "sim/actors/press.py": ("actors/test_law_and_press_rules.py", "actors/test_press.py",
        "actors/test_company_steps.py", "actors/test_reasons.py"),
    "sim/actors/chronicle.py": ("actors/test_chronicle.py", "actors/test_lifts.py", "actors/test_terms.py"),
    "sim/actors/reasons.py": ("actors/test_terms.py", "actors/test_reasons.py", "actors/test_counsel.py",
        "actors/test_steps.py", "actors/test_stances_that_hold.py", "actors/test_disputes.py"),
    "sim/actors/calendar.py": (*ORDERS, "actors/test_law_and_press_rules.py", "actors/test_press.py",
        "actors/test_outages.py", "actors/test_who_can_answer.py"),
    "sim/actors/isp.py": (*ORDERS, "actors/test_demand_rules.py", "actors/test_company_beliefs.py"),
    "sim/tables.py": ("results/test_record.py",),
    "sim/record.py": ("results/test_record.py",),
    "sim/measures.py": ("results/test_measures.py",),
    "sim/analyses/compare/analysis.py": ("analyses/test_compare_by_hand.py",),
    "sim/analyses/compare/people.py": ("analyses/test_compare_by_hand.py",),
    "sim/analyses/compare/outcomes.py": ("analyses/test_outcomes.py",),
}  # fmt: skip
"""Module -> the tests, under tests/, that can reach it, its own first."""
NO_RULES = ("sim/actors/__init__.py",)
"""Modules of these rooms without anything to mutate."""


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Mutants that no test could tell from the original, by the code that they change."""

    line: str
    """Regular expression that the changed line matches."""
    operator: str
    """Regular expression for the beginning of the operator's name; empty for all of them."""
    why: str


EQUIVALENT = (
    Equivalent(r"if TYPE_CHECKING:", "", "imports for the type checker alone"),
    Equivalent(r"@dataclass\(", "ReplaceTrueWithFalse", "slots and frozen guard against slips and change no number"),
    Equivalent(r"strict=True", "ReplaceTrueWithFalse", "lists of unequal length, which strict= refuses, do not occur"),
    Equivalent(r"probability == 0.0:", "ReplaceComparisonOperator_Eq_LtE", "nothing is less likely than never"),
    Equivalent(r"== frame\[keys", "ReplaceComparisonOperator_Eq_LtE", "rows come in the order of their days"),
    Equivalent(r"before > 0(\.0)? ", "ReplaceComparisonOperator_Gt_NotEq", "shares and counts are never negative"),
    Equivalent(r"worlds\[0\]\.end", "NumberReplacer", "worlds of a comparison end on one day"),
    Equivalent(r"read_off\(.*scenarios\[0\]\)", "NumberReplacer", "worlds of a comparison begin on one day"),
    Equivalent(r"code = 4 \*", "ReplaceBinaryOperator_Add_Bit", "bits of three places add up without a carry"),
    Equivalent(r"timedelta\(.* // 3\)", "ReplaceBinaryOperator_FloorDiv_Div", "a date takes the whole days of a span"),
    Equivalent(r"precedent\(kind\) > 0\.0", "ReplaceComparisonOperator_Gt_NotEq", "a precedent is never a gain"),
    Equivalent(r"sanctions\[rung\] == 0\.0", "ReplaceComparisonOperator_Eq_LtE", "a sanction is never a gain"),
    Equivalent(r"compliance == 0\.0", "ReplaceComparisonOperator_Eq_LtE", "a probability is never below 0"),
    Equivalent(r"compliance > 0\.0", "ReplaceComparisonOperator_Gt_NotEq", "a probability is never below 0"),
    Equivalent(r"if x >= 0\.0 else", "ReplaceComparisonOperator_GtE_Gt", "both forms of a logistic are one number"),
    Equivalent(r"stance == \"cannot\"", "ReplaceComparisonOperator_Eq_LtE", "it is the first in the alphabet"),
    Equivalent(r"becomes == \"answered\"", "ReplaceComparisonOperator_Eq_LtE", "it is the first in the alphabet"),
    Equivalent(r"demand\[key\] > 0\.0", "ReplaceComparisonOperator_Gt_NotEq", "rates are never negative"),
    Equivalent(r"rate == 0\.0 or", "ReplaceComparisonOperator_Eq_LtE", "rates are never negative"),
    Equivalent(r"processing_days < 1\.0", "ReplaceComparisonOperator_Lt_LtE", "in a day of processing all is learnt"),
    Equivalent(r"MOST - len\(named\)", "ReplaceBinaryOperator_Sub_BitXor", "3 ^ n is 3 - n for n up to 3"),
    Equivalent(r"held\.sum\(axis=1\) == 0", "ReplaceComparisonOperator_Eq_LtE", "no one holds less than no app"),
    Equivalent(r"mlat_granted if police else", "NumberReplacer", "without police nothing is sent away, nor returns"),
)


def main() -> int:
    """Draw, mutate, test and tell; 0 if every mutant could be tested, whatever survived."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=7, help="which places are drawn")
    parser.add_argument("--count", type=int, default=200, help="how many places are drawn; 0 for all of them")
    parser.add_argument("--room", default="", help="only modules whose path contains this")
    parser.add_argument(INSIDE, action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if not asked.inside:
        prepare()
        os.chdir(TREE)
        os.execv(sys.executable, [sys.executable, "-m", "tests.mutants", *sys.argv[1:], INSIDE])
    rooms = {module: tests for module, tests in ROOMS.items() if asked.room in module}
    if not rooms:
        parser.error(f"--room: expected a part of {', '.join(ROOMS)}, found {asked.room}")
    drawn = draw(places(rooms), asked.seed, asked.count)
    warm()
    survivors = late = 0
    for module, tests in rooms.items():
        mine = [mutation for mutation in drawn if str(mutation.module_path) == module]
        files = list(dict.fromkeys(str(file) for pattern in tests for file in sorted(Path("tests").glob(pattern))))
        if mine and outcome(files, sound=True) != PASSED:
            raise SystemExit(f"{module}: its tests fail without any mutation")
        outcomes = [tried(mutation, files) for mutation in mine]
        found = [told for told, ended in outcomes if ended == PASSED]
        survivors += len(found)
        late += sum(ended == -signal.SIGALRM for _, ended in outcomes)
        if mine:
            print("\n".join([f"{module}: {len(mine) - len(found)} of {len(mine)} killed", *found]), flush=True)
    total, killed = len(drawn), len(drawn) - survivors
    share = f" ({killed / total:.1%})" if total else ""
    print(
        f"SEED={asked.seed} COUNT={asked.count}: {killed} of {total} killed{share}, "
        f"{late} of these by the limit of {SECONDS} s; {survivors} survived"
    )
    return 0


def prepare() -> None:
    """Bring the copy up to date; compiled code that is in it already stays."""
    shutil.rmtree(TREE / "tests", ignore_errors=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, TREE / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, TREE / name)


def places(rooms: Iterable[str]) -> list[list[MutationSpec]]:
    """Mutants of each place of these modules, in the order of the code, without those that change nothing."""
    config, database = Path("cosmic-ray.toml"), Path("cosmic-ray.sqlite")
    quoted = ", ".join(f'"{module}"' for module in rooms)
    config.write_text(
        f"[cosmic-ray]\nmodule-path = [{quoted}]\ntimeout = {SECONDS}\nexcluded-modules = []\n"
        "test-command = 'true'\n[cosmic-ray.distributor]\nname = 'local'\n",
        encoding="utf-8",
    )
    database.unlink(missing_ok=True)
    command = Path(sys.executable).with_name("cosmic-ray")
    subprocess.run([command, "init", config, database], check=True)
    with use_db(str(database), WorkDB.Mode.open) as db:
        mutations = [mutation for item in db.work_items for mutation in item.mutations]
    silent = {module: Silent.of(Path(module)) for module in rooms}
    found: dict[tuple[str, tuple[int, ...], str], list[MutationSpec]] = {}
    for mutation in mutations:
        if not silent[str(mutation.module_path)].covers(mutation):
            place = str(mutation.module_path), tuple(mutation.start_pos), mutation.operator_name.split("_")[0]
            found.setdefault(place, []).append(mutation)
    return [sorted(found[place], key=lambda one: (one.operator_name, one.occurrence)) for place in sorted(found)]


def draw(found: list[list[MutationSpec]], seed: int, count: int) -> list[MutationSpec]:
    """One mutant of each of ``count`` places; of every place for a count of 0 or more than there are."""
    luck = random.Random(seed)
    chosen = luck.sample(found, min(count or len(found), len(found)))
    return [luck.choice(mutants) for mutants in chosen]


def warm() -> None:
    """Load libraries and the compiled people, and forget every module of the model that could be mutated."""
    import importlib

    for library in WARM:
        importlib.import_module(library)
    from sim.model import Model
    from tests.actors.worlds import world

    Model(world({}, days=1)).run_for(1)
    for name in list(sys.modules):
        kept = any(name == part or (part != "sim" and name.startswith(f"{part}.")) for part in UNCHANGED)
        if name.partition(".")[0] in ("sim", "tests") and not kept:
            del sys.modules[name]


PASSED = 0


def outcome(files: list[str], *, sound: bool = False) -> int:
    """How these tests end in a fork of this process, on the code as it stands.

    ``PASSED``, the exit code of a failure, or minus the number of the signal that ended it: SIGALRM for one that took
    too long. Sound code may leave its bytecode to later forks, and what pytest says of it is shown.
    """
    sys.stdout.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no thread of ours is at work, though libraries keep some
        child = os.fork()
    if child == 0:
        if not sound:
            signal.alarm(SECONDS)
        sys.dont_write_bytecode = not sound
        if not sound:
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
        import pytest

        early = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # libraries that are loaded already
        always = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *early]
        ends = (int(pytest.main([*always, file])) for file in files)  # most mutants die of the first file
        os._exit(next((end for end in ends if end != PASSED), PASSED))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def tried(mutation: MutationSpec, files: list[str]) -> tuple[str, int]:
    """The mutant in words, with lines of the code before and after, and how its tests end."""
    operator = cosmic_ray.plugins.get_operator(mutation.operator_name)(**mutation.operator_args)
    with use_mutation(mutation.module_path, operator, mutation.occurrence) as (before, after):
        assert after is not None, f"{mutation}: no such mutation"
        ended = outcome(files)
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    where = f"{mutation.module_path}:{mutation.start_pos[0]} ({mutation.definition_name}), {mutation.operator_name}"
    told = "\n".join([f"survived: {where}", *(line for line in lines if line[:3] not in ("---", "+++"))])
    return told, ended


@dataclass(frozen=True, slots=True)
class Silent:
    """What of a module is not mutated: annotations, which are no rules and die at the import, ``EQUIVALENT`` lines."""

    lines: list[str]
    spans: list[tuple[tuple[int, int], tuple[int, int]]]
    """First and last place of each annotation."""

    @classmethod
    def of(cls, file: Path) -> Silent:
        """Read a module."""
        source = file.read_text(encoding="utf-8")
        tree = ast.parse(source)
        spans = [span for node in ast.walk(tree) for span in _annotations(node)]
        return cls(source.splitlines(), spans)

    def covers(self, mutation: MutationSpec) -> bool:
        """Whether a mutant is left out."""
        start = tuple(mutation.start_pos)
        if any(first <= start < last for first, last in self.spans):
            return True
        line = self.lines[start[0] - 1]
        name = mutation.operator_name.removeprefix("core/")
        return any(re.search(one.line, line) and re.match(one.operator, name) for one in EQUIVALENT)


def _annotations(node: ast.AST) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    parts = [getattr(node, name, None) for name in ("annotation", "returns")]
    for part in parts:
        if isinstance(part, ast.expr):
            yield (part.lineno, part.col_offset), (part.end_lineno or 0, part.end_col_offset or 0)


if __name__ == "__main__":
    raise SystemExit(main())
