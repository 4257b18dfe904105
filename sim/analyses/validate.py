"""Validation: the checks of cases scored on the reference structure and on its rivals.

A rival leaves out one mechanism or puts another in its place. A pattern that every rival passes tells nothing about
that mechanism; one that a rival misses speaks for it. A pattern is a group of a case's checks, or all of them.
"""

import functools
import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim import bounded
from sim.drawing import style
from sim.drawing.style import MARGIN, QUIET, SMALL, WIDTH, Page
from sim.evidence.cases import CHECKS, Case, load_case, measure
from sim.evidence.checks import Check, Role, World
from sim.evidence.scores import judge, observations
from sim.runs.executors import Call
from sim.runs.store import Store, Tables, tables_of
from sim.scenario.files import vary
from sim.scenario.schema import Scenario
from sim.scenario.words import listed

USERS = 10_000
"""People per run unless a check's own world says otherwise: enough for shares to a few tenths of a point."""
REFERENCE = "reference"
RIVALS: dict[str, tuple[str, ...]] = {
    REFERENCE: (),
    "H0 no contagion": ("population.contagion=none",),
    "H2 thresholds": ("population.contagion=threshold",),
    "H3 groups move": ("population.contagion=group",),
    "no peers": ("decision.peer_weight=0.0",),
    "no press": ("press.enquiry_after_rules=0.0", "press.enquiry_per_announcement=0.0"),
    "no announcement stage": ("press.disclosure_rate=5.0",),
    "no demand floor": ("police.floor_paused=0.0", "police.floor_final=0.0"),
}
"""Structures by name, as overrides; ``police`` stands for the scenario's own name of the police."""

READINGS = "readings"
"""Name of the table that a run leaves."""
COLUMNS = {
    "rival": "structure of the model that was run; 'reference' is the model as it is",
    "case": "case that the check belongs to: its folder under scenarios/cases",
    "pattern": "group of the check, or its case where the check has no group",
    "name": "what the pattern says",
    "role": "fitted: constants were fitted on its quantity; seen: its outcome was known when a value, a rule or the "
    "form was set; unseen: file and constants stood before",
    "input": "number of the scenario that what was observed went into, so that it is no hit; empty where into none",
    "observation": "check that stands for those about the same observation, which count once",
    "about": "people, companies or isps",
    "world": "scenario that was run, and values changed in it",
    "check": "short id of the check in its case",
    "what": "quantity that the check is about",
    "unit": "unit of observed, low, high, p05, p50 and p95",
    "observed": "what was observed; missing where the model is held to a bound alone",
    "low": "least median that passes",
    "high": "largest median that passes",
    "p05": "5 % quantile over replicates",
    "p50": "median over replicates, which is judged",
    "p95": "95 % quantile over replicates",
    "passing": "share of the replicates that would pass by themselves",
    "passed": "whether the median lies from low to high; of a pattern, whether all its checks pass",
    "in_band": "whether what was observed lies from p05 to p95; of a role, observations of which all checks do",
    "crps": "continuous ranked probability score in stated spreads, lower is better; of a role, the mean",
    "why": "where the bounds come from",
    "facts": "rows of the tables of evidence that the check rests on",
    "checks": "number of checks of the pattern",
    "rivals_run": "number of rival structures that were run",
    "rivals_passing": "number of those that pass all checks of the pattern, too",
    "rivals": "their names",
    "observations": "observations that the checks of a role are about, overlapping ones once",
    "inputs": "of these, those that went into the scenario and are left out of all that follows",
    "hits": "observations of which all checks passed",
    "counted": "observations that can be hits",
    "told": "observations with a number, that a band can hold",
    "scored": "observations with a number and a stated spread, that have a score",
}


class _Job(NamedTuple):
    """A world of a case under a structure, to be run once with a seed."""

    rival: str
    folder: Path
    world: World
    seed: int


def validate(
    cases: Sequence[Case],
    *,
    rivals: Sequence[str] = tuple(RIVALS),
    replicates: int = 24,
    users: int = USERS,
    seed: int = 1,
    workers: int | None = None,
    keep: Store | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Score cases.

    Args:
        cases: What ``sim.evidence.cases.load_case`` gives.
        rivals: Names of ``RIVALS`` to run.
        replicates: Runs per world and structure.
        users: People per run.
        seed: First seed.
        workers: Processes; all cores when absent. The table does not depend on it.
        keep: Where to keep finished runs until all are there.
        on_progress: Called with the number of runs done.

    Returns:
        One row per structure and check, with the columns that ``COLUMNS`` explains.
    """
    jobs = list(_jobs(cases, rivals, range(seed, seed + replicates)))
    calls = [Call(_read, (job, users), of=_text(job.folder, job.world)) for job in jobs]
    found = tables_of(calls, keep=keep, workers=workers, on_progress=on_progress)
    readings = {job: tables[READINGS].iloc[0] for job, tables in zip(jobs, found, strict=True)}
    every = [(case, check) for case in cases for check in case.checks]
    stand_for = [every[n] for n in observations([check for _, check in every])]
    rows = []
    for rival in rivals:
        for (case, check), (first, other) in zip(every, stand_for, strict=True):
            places = [_Job(rival, _place(case), check.world, seed + i) for i in range(replicates)]
            values = np.array([readings[place][check.id] for place in places])
            about = {"rival": rival, "observation": f"{first.name} {other.id}"}
            rows.append(about | as_row(case, check, values))
    return pd.DataFrame(rows)


def as_row(case: Case, check: Check, values: Any) -> dict[str, Any]:
    """A check and how its replicates came out, as a row of a table."""
    world = check.world.scenario or case.scenario_name
    return {
        "case": case.name,
        "pattern": check.group or case.name,
        "name": case.groups.get(check.group, case.scenario.title),
        "role": check.role,
        "input": check.input,
        "about": check.about,
        "world": " ".join((world, *check.world.overrides)),
        "check": check.id,
        "what": check.what,
        "unit": check.unit,
        "observed": check.observed,
        "low": check.low,
        "high": check.high,
        **asdict(judge(check, values)),
        "why": check.why,
        "facts": "; ".join(one.name for one in check.facts),
    }


def check_worlds(cases: Sequence[Case], users: int) -> None:
    """Build the worlds that ``validate`` runs, so that a number of people out of bounds is said before the work.

    Raises:
        ScenarioError: One of them cannot be.
    """
    for case in cases:
        for world in dict.fromkeys(check.world for check in case.checks):
            _scenario(case, world, REFERENCE, users)


def runs_needed(cases: Sequence[Case], rivals: Sequence[str], replicates: int) -> int:
    """Number of runs that ``validate`` makes."""
    return sum(1 for _ in _jobs(cases, rivals, range(replicates)))


def by_pattern(table: pd.DataFrame) -> pd.DataFrame:
    """One row per pattern: whether the reference passes all its checks, and the rivals that pass them all too."""
    passed = table.groupby(["rival", "pattern"], sort=False)["passed"].all().unstack("rival")
    reference = table[table["rival"] == REFERENCE].groupby("pattern", sort=False)
    head = reference[["case", "name"]].first()
    others = [name for name in passed.columns if name != REFERENCE]
    return head.assign(
        role=reference["role"].agg(lambda roles: ", ".join(dict.fromkeys(roles))),
        checks=reference.size(),
        passed=passed[REFERENCE],
        rivals_run=len(others),
        rivals_passing=passed[others].sum(axis=1),
        rivals=[", ".join(name for name in others if passed.loc[pattern, name]) for pattern in head.index],
    ).reset_index()


def by_role(table: pd.DataFrame) -> pd.DataFrame:
    """One row per role: its observations of the reference, each counted once, what was an input not at all.

    Of checks about one observation all must pass, and the role is that which says most of what was known.
    """
    ranks = {role: rank for rank, role in enumerate(get_args(Role))}
    reference = table[table["rival"] == REFERENCE]
    reference = reference.assign(
        rank=reference["role"].map(ranks), input=reference["input"] != "",
        in_band=[math.nan if band is None else float(band) for band in reference["in_band"]],
    )  # fmt: skip
    once = reference.groupby("observation", sort=False).agg(
        rank=("rank", "min"), checks=("check", "size"), input=("input", "any"), passed=("passed", "all"),
        in_band=("in_band", "min"), crps=("crps", "mean"),
    )  # fmt: skip
    rows = []
    for role, rank in ranks.items():
        ours = once[once["rank"] == rank]
        counted = ours[~ours["input"]]
        rows.append({
            "role": role, "checks": int(ours["checks"].sum()), "observations": len(ours),
            "inputs": int(ours["input"].sum()), "counted": len(counted), "hits": int(counted["passed"].sum()),
            "told": int(counted["in_band"].count()), "in_band": int(counted["in_band"].sum()),
            "scored": int(counted["crps"].count()), "crps": counted["crps"].mean(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _jobs(cases: Sequence[Case], rivals: Sequence[str], seeds: Sequence[int]) -> Iterator[_Job]:
    """Each world of each case once per structure and seed."""
    for rival in rivals:
        for case in cases:
            for world in dict.fromkeys(check.world for check in case.checks):
                yield from (_Job(rival, _place(case), world, seed) for seed in seeds)


def _place(case: Case) -> Path:
    return case.folder.resolve()


_case = functools.cache(load_case)


@functools.cache
def _text(folder: Path, world: World) -> str:
    """What the readings of a world depend on beside its name: its text, and how it is read."""
    said = bounded.read(folder / CHECKS)
    return f"{_case(folder).worlds[world].digest()} {hashlib.sha256(said).hexdigest()}"


def _read(job: _Job, users: int) -> Tables:
    """Run a world once and take the readings of the checks that it is for, as the one row of a table."""
    checks = [check for check in _case(job.folder).checks if check.world == job.world]
    readings = measure(checks, _scenario(_case(job.folder), job.world, job.rival, users), job.seed)
    return {READINGS: pd.DataFrame([readings], dtype=float)}


def _scenario(case: Case, world: World, rival: str, users: int) -> Scenario:
    plain = case.worlds[world]
    own_size = any(key.startswith("population.users=") for key in world.overrides)
    police = f"regulators.{plain.police[0]}." if plain.police else None
    changes = [
        change.replace("police.", police or "", 1) if change.startswith("police.") else change
        for change in RIVALS[rival]
        if police or not change.startswith("police.")
    ]
    return vary(plain, [*([] if own_size else [f"population.users={users}"]), *changes])


# The picture: every check on one scale, from the low to the high end of what its rule allows

ROW, HEAD = 0.165, 0.3
LABEL, INDENT, WORD = 6.0, 0.15, 0.4
"""Inches across: what a line is about, the step in of a check below its pattern, and whether it passes."""
REACH = 2.0
"""Values farther than this many widths of the interval from its middle are drawn at the edge."""
INPUT = "input"
WHAT_ROLES_MEAN = {
    "unseen": "file and constants stood before",
    "seen": "known when a value, a rule or the form was set",
    "fitted": "constants were fitted on it",
    INPUT: "it went into the scenario, and is no hit",
}


class Line(NamedTuple):
    """A line of the picture: a role, a pattern, or a check with its row of the table."""

    text: str
    level: int
    """0 a role, 1 a pattern or a check that stands for one, 2 a check below its pattern."""
    check: Any = None


def draw_validation(checks: pd.DataFrame, roles: pd.DataFrame, folder: Path, command: str) -> list[Path]:
    """Write ``validation.png`` and ``validation.svg``.

    Args:
        checks: Rows of ``validate``, one structure.
        roles: The same by role, from ``by_role``.
        folder: Existing folder.
        command: What made it, for the footer.
    """
    title = finding(roles)
    subtitle = (
        "Each line is a check on a scale of its own: the grey field is what its rule allows, dot and bar are the "
        "median and the 5th to 95th percentile of the replicates, the grey diamond is what was observed. Values "
        "far outside are drawn at the edge; an open-ended rule's field runs to the edge. Checks about one observation "
        "count once, and all of them must pass."
    )
    drawn = lines(checks, roles)
    with style.house_style():
        page = Page(title, subtitle, HEAD + ROW * len(drawn) + 0.2, [command])
        left = MARGIN + LABEL + WORD
        axes = page.axes(left, HEAD, WIDTH - MARGIN - left, ROW * len(drawn))
        axes.set_xlim(-REACH, REACH)
        axes.set_ylim(len(drawn) - 0.5, -0.5)
        axes.set_axis_off()
        for place, word in ((-1.5, "too low"), (0.0, "allowed"), (1.5, "too high")):
            axes.text(place, -0.7, word, ha="center", va="bottom", size=SMALL, color=QUIET)
        for y, line in enumerate(drawn):
            missed = line.check is not None and not line.check.passed
            ink = QUIET if line.check is None and line.level else style.INK
            step = INDENT * (line.level == 2)
            text = style.shorten(line.text, LABEL - step - 0.1, SMALL)
            page.write(MARGIN + step, HEAD + ROW * (y + 0.5), text, size=SMALL, va="center", color=ink,
                       weight="normal" if line.level else "bold")  # fmt: skip
            if line.check is not None:
                _draw(axes, y, line.check)
                page.write(
                    MARGIN + LABEL, HEAD + ROW * (y + 0.5), "miss" if missed else "pass", size=SMALL, va="center",
                    color=style.APART if missed else QUIET, weight="bold" if missed else "normal",
                )  # fmt: skip
        misses = "; ".join(f"{row.case} {row.check}" for row in checks.itertuples() if not row.passed)
        return style.save(page.figure, folder, "validation", f"{title}. Misses: {misses or 'none'}.")


def lines(checks: pd.DataFrame, roles: pd.DataFrame) -> list[Line]:
    """The lines from top to bottom: by role, what was unseen first, and by pattern, which is said in words."""
    parts = checks.assign(part=checks["role"].where(checks["input"] == "", INPUT))
    counted = roles.set_index("role")
    found: list[Line] = []
    for role in (*reversed(get_args(Role)), INPUT):
        mine = parts[parts["part"] == role]
        if mine.empty:
            continue
        head = f"{role[0].upper()}{role[1:]}: {WHAT_ROLES_MEAN[role]}"
        if role in counted.index and counted.loc[role, "counted"]:
            head += f" – {counted.loc[role, 'hits']} of {counted.loc[role, 'counted']} observations met"
        found += [Line("", 0)] if found else []
        found.append(Line(head, 0))
        for pattern, some in mine.groupby("pattern", sort=False):
            rows = list(some.itertuples())
            whole = len(rows) == (parts["pattern"] == pattern).sum()
            where = rows[0].case if str(pattern).startswith(rows[0].case) else f"{rows[0].case}, {pattern}"
            if len(rows) == 1:
                found.append(Line(f"{_alone(rows[0], whole=whole)} ({where})", 1, rows[0]))
            else:
                found.append(Line(f"{rows[0].name} ({where})", 1))
                found += [Line(row.what, 2, row) for row in rows]
    return found


def _alone(row: Any, *, whole: bool) -> str:
    """A check that has a line for itself: its pattern where that is all of it, and where a code alone would name it."""
    if row.pattern == row.case or (not whole and str(row.pattern).startswith(row.case)):
        return str(row.what)
    return str(row.name if whole else f"{row.name}: {row.what}")


def _draw(axes: Axes, y: int, row: Any) -> None:
    """One check: what its rule allows, what the replicates have, and what was observed."""
    low, high = _on_scale(row, row.low), _on_scale(row, row.high)
    axes.barh(y, high - low, left=low, height=0.8, color=style.FAINT)
    colour = style.MODEL if row.passed else style.APART
    if not np.isnan(row.p50):
        axes.plot([_on_scale(row, row.p05), _on_scale(row, row.p95)], [y, y], color=colour, linewidth=1.6)
        axes.plot(_on_scale(row, row.p50), y, "o" if row.passed else "X", color=colour, markersize=5)
    if not np.isnan(row.observed):
        axes.plot(_on_scale(row, row.observed), y, "D", color=style.OBSERVED, markeredgecolor=style.INK, markersize=4)


def finding(roles: pd.DataFrame) -> str:
    """How much of what was observed the model meets, what was unseen first, in a sentence."""
    words = {"unseen": "that it had not seen", "seen": "that were known", "fitted": "that it was fitted to"}
    rows = [row for row in roles.itertuples() if row.counted]
    met = [f"{row.hits} of {row.counted} {words[row.role]}" for row in reversed(rows)]
    return f"Of what was observed the model meets {listed(met)}" if met else "Nothing observed counts as hit or miss"


def told_by_role(roles: pd.DataFrame) -> str:
    """Hits of those that count, by role: what was unseen first."""
    rows = [row for row in roles.itertuples() if row.counted]
    return ", ".join(f"{row.hits} of {row.counted} {row.role}" for row in reversed(rows)) or "nothing that counts"


def _on_scale(row: Any, value: float) -> float:
    """Place of a value when the middle of the rule's interval is 0 and its ends are -1 and 1, kept within the page."""
    low, high = float(row.low), float(row.high)
    if np.isinf(low) and np.isinf(high):
        return 0.0
    if np.isinf(low) or np.isinf(high):
        end, sign = (high, 1.0) if np.isinf(low) else (low, -1.0)
        width = max(abs(end), 1.0)
        place = sign + (value - end) / width
    else:
        place = 2 * (value - (low + high) / 2) / max(high - low, 1e-12)
    return float(np.clip(place, -REACH, REACH))
