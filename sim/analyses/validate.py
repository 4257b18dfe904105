"""Validation: the checks of cases scored on the reference structure and on its rivals.

A rival leaves out one mechanism or puts another in its place. A pattern that every rival passes tells nothing about
that mechanism; one that a rival misses speaks for it. A pattern is a group of a case's checks, or all of them.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.analyses.baselines import BASELINES, UNTOLD, baselines, country, gate, paired, wider
from sim.analyses.rivals import READINGS, REFERENCE, RIVALS, USERS, jobs_of, place_of, read_world, text_of, world_of
from sim.drawing import style
from sim.drawing.style import MARGIN, QUIET, WIDTH, Page
from sim.evidence.cases import Case
from sim.evidence.checks import About, Check, Role
from sim.evidence.scores import judge, observations
from sim.results.posterior import Posterior
from sim.runs.executors import Call
from sim.runs.store import Store, tables_of
from sim.scenario.schema import Scenario
from sim.scenario.words import listed

COLUMNS = {
    "rival": "structure of the model that was run; 'reference' is the model as it is; or a baseline: elsewhere (the "
    "same quantity as observed in other countries), pooled (all of its kind there) or constant (the best of these)",
    "by": "who says it: the model ('reference') or a baseline",
    "case": "case that the check belongs to: its folder under scenarios/cases",
    "pattern": "group of the check, or its case where the check has no group",
    "name": "what the pattern says",
    "role": "fitted: constants were fitted on its quantity; seen: its outcome was known when a value, a rule or the "
    "form was set; unseen: file and constants stood before; proxy: what was observed is of elsewhere: counts nowhere",
    "input": "number of the scenario that what was observed went into, so that it is no hit; empty where into none",
    "observation": "check that stands for those about the same observation, which count once",
    "about": "people, companies or isps",
    "quantity": "reading, and the column that it is of",
    "world": "scenario that was run, and values changed in it",
    "check": "short id of the check in its case",
    "what": "quantity that the check is about",
    "unit": "unit of observed, low, high, p05, p50 and p95",
    "observed": "what was observed; missing where the model is held to a bound alone",
    "low": "least median that passes",
    "high": "largest median that passes",
    "scale": "log: spreads are in natural logarithms; linear: in the unit",
    "spread": "one standard error of observation and model",
    "replicates": "runs; of a baseline, observed values",
    "p05": "lower end of the 90 % band of what would be observed: a reading, and where a spread is stated what the "
    "model misses in this kind of quantity, the shift of a country and the error of observation, drawn once a world",
    "p50": "median of the readings, which is judged",
    "p95": "upper end of that band",
    "missing": "share of the replicates without a reading",
    "never": "share of the replicates in which it does not come within the run",
    "passing": "share of all replicates that would pass by themselves",
    "passed": "whether the median lies from low to high whatever the missing readings would have been; of an answer by "
    "yes or no, whether more than half of the replicates are right; of a pattern, whether all its checks pass",
    "in_band": "whether what was observed lies from p05 to p95; of a role, observations of which all checks do",
    "in_half": "the same of the band of 50 %",
    "in_runs": "the same of the 90 % band of the readings by themselves",
    "crps": "continuous ranked probability score in stated spreads, lower is better; of a role, the mean",
    "wis": "weighted interval score of median, 50 and 90 % band, likewise",
    "brier": "of an answer by yes or no: squared distance of the probability of what happened from 1",
    "log_score": "of an answer by yes or no: negative logarithm of the probability of what happened",
    "wide_low": "lower end of the wider band: the median less the error that nine of ten other countries stay below",
    "wide_high": "upper end of it",
    "why": "where the bounds come from",
    "facts": "rows of the tables of evidence that the check rests on",
    "checks": "number of checks of the pattern",
    "rivals_run": "number of rival structures that were run",
    "rivals_passing": "number of those that pass all checks of the pattern, too",
    "rivals": "their names",
    "observations": "observations that the checks of a role are about, overlapping ones once",
    "inputs": "of these, those that went into the scenario and are left out of all that follows",
    "hits": "observations of which all checks passed",
    "model_hits": "hits of the model on the observations of which this baseline says something",
    "counted": "observations that can be hits",
    "told": "observations with a number and a band that can hold it",
    "scored": "observations with a number and a stated spread, that have a score",
    "answers": "observations that are answers by yes or no",
    "behind": "the model's crps less the baseline's, mean over countries: below 0 the model is better",
    "behind_low": "lower end of its 95 % interval over countries",
    "behind_high": "upper end of it",
    "countries": "countries in that comparison",
    "gate": "shown: the 90 % band holds 85 to 95 % and the score is below every baseline's, intervals included; else "
    "not shown to predict, and the wider band is the one to quote",
    "seed": "of the run",
    "reading": "what the run has; inf where it never comes, missing where there is no such thing",
}


HELD = ("in_band", "in_half", "in_runs")


class Validation(NamedTuple):
    """What comes of it."""

    checks: pd.DataFrame
    """One row per structure, or baseline, and check, with the columns that ``COLUMNS`` explains."""
    readings: pd.DataFrame
    """What each replicate read: rival, case, check, seed, reading."""


def validate(
    cases: Sequence[Case],
    *,
    rivals: Sequence[str] = tuple(RIVALS),
    replicates: int = 24,
    users: int = USERS,
    seed: int = 1,
    posterior: Posterior | None = None,
    workers: int | None = None,
    keep: Store | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Validation:
    """Score cases, and the baselines beside the model.

    Args:
        cases: What ``sim.evidence.cases.load_case`` gives.
        rivals: Names of ``RIVALS`` to run.
        replicates: Runs per world and structure.
        users: People per run.
        seed: First seed.
        posterior: Of the plausible worlds that replicates live; each has the scenario's own numbers when absent.
        workers: Processes; all cores when absent. The tables do not depend on it.
        keep: Where to keep finished runs until all are there.
        on_progress: Called with the number of runs done.
    """
    jobs = list(jobs_of(cases, rivals, range(seed, seed + replicates), posterior))
    calls = [Call(read_world, (job, users), of=text_of(job.folder, job.world)) for job in jobs]
    found = tables_of(calls, keep=keep, workers=workers, on_progress=on_progress)
    told = {job[:4]: tables[READINGS].iloc[0] for job, tables in zip(jobs, found, strict=True)}
    seeds = range(seed, seed + replicates)
    read = {
        (rival, case.name, check.id): [told[rival, place_of(case), check.world, n][check.id] for n in seeds]
        for rival in rivals for case in cases for check in case.checks
    }  # fmt: skip
    rows = [(*key, n, value) for key, values in read.items() for n, value in zip(seeds, values, strict=True)]
    return score(cases, pd.DataFrame(rows, columns=["rival", "case", "check", "seed", "reading"]), posterior)


def score(cases: Sequence[Case], readings: pd.DataFrame, posterior: Posterior | None) -> Validation:
    """Score readings that were taken, and the baselines beside them.

    Args:
        cases: Whose checks they are.
        readings: As in ``Validation``.
        posterior: Of the worlds that were lived, which says how far they may be off; where they had none, nothing does.
    """
    every = [(case, check) for case in cases for check in case.checks]
    first = observations([check for _, check in every])
    says = baselines([(case.name, check) for case, check in every], first)
    values = readings.set_index("seed").groupby(["rival", "case", "check"], sort=False)["reading"]
    rows = []
    for by in (*dict.fromkeys(readings["rival"]), *BASELINES):
        for (case, check), n, said in zip(every, first, says, strict=True):
            found, errors = said.get(by), None
            if by not in BASELINES:
                lived = values.get_group((by, case.name, check.id))
                found = lived.to_numpy()
                if posterior and check.about == "people":
                    errors = posterior.errors(check.kind, f"{case.name} {check.id}", lived.index)
            if found is not None:
                about = {"rival": by, "observation": f"{every[n][0].name} {every[n][1].id}"}
                rows.append(about | as_row(case, check, found, errors))
    checks = pd.DataFrame(rows)
    return Validation(checks.join(wider(checks[checks["rival"] == REFERENCE])), readings)


def as_row(case: Case, check: Check, values: Any, errors: Any = None) -> dict[str, Any]:
    """A check and how its replicates came out, as a row of a table; ``errors`` as ``judge`` has them."""
    world = check.world.scenario or case.scenario_name
    return {
        "case": case.name,
        "pattern": check.group or case.name,
        "name": case.groups.get(check.group, case.scenario.title),
        "role": check.role,
        "input": check.input,
        "about": check.about,
        "quantity": check.quantity,
        "world": " ".join((world, *check.world.overrides)),
        "check": check.id,
        "what": check.what,
        "unit": check.unit,
        "observed": check.observed,
        "low": check.low,
        "high": check.high,
        "scale": check.scale,
        "spread": check.spread,
        "replicates": len(values),
        **asdict(judge(check, values, errors)),
        "why": check.why,
        "facts": "; ".join(one.name for one in check.facts),
    }


def check_worlds(cases: Sequence[Case], users: int) -> list[Scenario]:
    """Build the worlds that ``validate`` runs, so that a number of people out of bounds is said before the work.

    Raises:
        ScenarioError: One of them cannot be.
    """
    return [
        world_of(case, world, REFERENCE, users)
        for case in cases
        for world in dict.fromkeys(check.world for check in case.checks)
    ]


def runs_needed(cases: Sequence[Case], rivals: Sequence[str], replicates: int) -> int:
    """Number of runs that ``validate`` makes."""
    worlds = sum(len({check.world for check in case.checks}) for case in cases)
    return len(rivals) * worlds * replicates


def by_pattern(table: pd.DataFrame) -> pd.DataFrame:
    """One row per pattern: whether the reference passes all its checks, and the rivals that pass them all too."""
    passed = table.groupby(["rival", "pattern"], sort=False)["passed"].all().unstack("rival")
    reference = table[table["rival"] == REFERENCE].groupby("pattern", sort=False)
    head = reference[["case", "name"]].first()
    others = [name for name in passed.columns if name not in (REFERENCE, *BASELINES)]
    return head.assign(
        role=reference["role"].agg(lambda roles: ", ".join(dict.fromkeys(roles))),
        checks=reference.size(),
        passed=passed[REFERENCE],
        rivals_run=len(others),
        rivals_passing=passed[others].sum(axis=1),
        rivals=[", ".join(name for name in others if passed.loc[pattern, name]) for pattern in head.index],
    ).reset_index()


def by_role(table: pd.DataFrame, by: str = "role") -> pd.DataFrame:
    """The model and each baseline by role, or by what checks are about: each observation once, no proxy, no input.

    Of checks about one observation all must pass, and the role is that which says most of what was known. A baseline is
    held against the model on the observations that both have a score for, paired by country.
    """
    groups: Sequence[str] = get_args(Role)[:-1] if by == "role" else get_args(About)
    counted = {name: _once(table[table["rival"] == name], by) for name in (REFERENCE, *BASELINES)}
    rows = []
    for group in groups:
        ours = counted[REFERENCE].query("group == @group")
        ahead = []
        for name in (REFERENCE, *BASELINES):
            mine = counted[name].query("group == @group")
            free = mine[~mine["input"]]
            both = ours.loc[ours.index.intersection(free.index)]
            row = {
                by: group, "by": name, "checks": int(mine["checks"].sum()), "observations": len(mine),
                "inputs": int(mine["input"].sum()), "counted": len(free), "hits": int(free["passed"].sum()),
                "model_hits": int(both["passed"].sum()), "told": int(free["in_band"].count()),
                **{held: int(free[held].sum()) for held in HELD}, "scored": int(free["crps"].count()),
                **{score: free[score].mean() for score in ("crps", "wis", "brier", "log_score")},
                "answers": int(free["brier"].count()),
            }  # fmt: skip
            if name != REFERENCE:
                names = ("behind", "behind_low", "behind_high", "countries")
                row |= dict(zip(names, paired(both["crps"], free["crps"], both["country"]), strict=True))
                ahead.append((row["behind_high"], row["countries"]))
            rows.append(row)
        model = rows[-len(BASELINES) - 1]
        model["gate"] = gate(model["told"], model["in_band"], ahead) if model["counted"] else UNTOLD
    return pd.DataFrame(rows)


def _once(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """A row per observation, by its name: group, country, number of checks, whether all pass, and mean scores."""
    ranks = {name: rank for rank, name in enumerate(get_args(Role) if by == "role" else get_args(About))}
    table = table.assign(
        rank=table[by].map(ranks), input=table["input"] != "", country=table["case"].map(country),
        **{held: [math.nan if band is None else float(band) for band in table[held]] for held in HELD},
    )  # fmt: skip
    table = table[table["role"] != "proxy"]
    once = table.groupby("observation", sort=False).agg(
        rank=("rank", "min"), country=("country", "first"), checks=("check", "size"), input=("input", "any"),
        passed=("passed", "all"), **{held: (held, "min") for held in HELD}, crps=("crps", "mean"), wis=("wis", "mean"),
        brier=("brier", "mean"), log_score=("log_score", "mean"),
    )  # fmt: skip
    return once.assign(group=once["rank"].map(dict(enumerate(ranks))))


# The picture: every check on one scale, from the low to the high end of what its rule allows

ROW, THIN, HEAD, COLUMNS_ACROSS, BETWEEN = 0.132, 0.036, 0.15, 3, 0.25
"""Inches down: a place and year with a few checks, one check of many, a line about a role; and columns beside gaps."""
BROAD = (WIDTH - 2 * MARGIN - (COLUMNS_ACROSS - 1) * BETWEEN) / COLUMNS_ACROSS
LABEL, MET, NARROW = 1.5, 0.47, 7.0
"""Inches across: where and when, and how many checks are met; and the size of these words."""
REACH = 2.0
"""Values farther than this many widths of the interval from its middle are drawn at the edge."""
WHAT_ROLES_MEAN = {
    "unseen": "file and constants stood before",
    "seen": "known when a value, a rule or the form was set",
    "fitted": "constants were fitted on it",
}
"""Roles that count."""


class Line(NamedTuple):
    """A line of the picture: a role, or where and when with its checks."""

    text: str
    checks: tuple[Any, ...] = ()

    @property
    def height(self) -> float:
        """Inches down."""
        row = ROW if self.checks else HEAD
        return max(row * (self.text.count("\n") + 1), THIN * len(self.checks) + 0.03)


def draw_validation(
    checks: pd.DataFrame, roles: pd.DataFrame, places: Mapping[str, str], folder: Path, command: str
) -> list[Path]:
    """Write ``validation.png`` and ``validation.svg``.

    Args:
        checks: Rows of ``validate`` that are of the model.
        roles: The same by role, from ``by_role``.
        places: Where and when each case is, in words.
        folder: Existing folder.
        command: What made it, for the footer.
    """
    title = finding(roles)
    subtitle = (
        "A thin line is a check on a scale of its own: grey, what its rule allows, too low left of it; dot and line, "
        "median and 90 % of replicates; red crosses, misses; diamonds, what was observed. Far values stand at the "
        "edge; right, checks met. What counts nowhere is left out."
    )
    columns = in_columns(lines(checks, roles, places))
    body = max(sum(line.height for line in column) for column in columns)
    with style.house_style():
        page = Page(title, subtitle, body, [command])
        for number, column in enumerate(columns):
            left = MARGIN + number * (BROAD + BETWEEN)
            axes = page.axes(left + LABEL, 0.0, BROAD - LABEL - MET, body)
            axes.set(xlim=(-REACH, REACH), ylim=(body, 0.0))
            axes.set_axis_off()
            top = 0.0
            for line in column:
                found, height = line.checks, line.height
                where: dict[str, Any] = {"top": top + height / 2, "va": "center", "size": NARROW}
                page.write(left, text=line.text, weight="normal" if found else "bold", **where)
                if found:
                    met = sum(row.passed for row in found)
                    page.write(left + BROAD, text=f"{met} of {len(found)}", ha="right", color=QUIET, **where)
                thin = (height - 0.03) / max(len(found), 1)
                for i, row in enumerate(found):
                    _draw(axes, top + 0.015 + thin * (i + 0.5), 0.85 * thin, row)
                top += height
        misses = "; ".join(f"{places[row.case]}: {row.what}" for row in checks.itertuples() if not row.passed)
        return style.save(page.figure, folder, "validation", f"{title}. Misses: {misses or 'none'}.")


def places(cases: Sequence[Case]) -> dict[str, str]:
    """Where and when each case is: what its title says first."""
    return {case.name: case.scenario.title.partition(":")[0].removesuffix(", app by app") for case in cases}


def in_columns(told: Sequence[Line]) -> list[list[Line]]:
    """Lines in columns of nearly one height; one that begins within a role names it again, none ends with a role."""
    least = sum(line.height for line in told) / COLUMNS_ACROSS
    while True:
        columns, height, role = [list[Line]()], 0.0, ""
        for line in told:
            role = role if line.checks else line.text.partition(":")[0]
            if height + line.height + (0 if line.checks else ROW) > least and columns[-1]:
                columns.append([Line(f"{role}, continued")] if line.checks else [])
                height = HEAD * len(columns[-1])
            columns[-1].append(line)
            height += line.height
        if len(columns) <= COLUMNS_ACROSS:
            return columns
        least += HEAD / 2


def lines(checks: pd.DataFrame, roles: pd.DataFrame, places: Mapping[str, str]) -> list[Line]:
    """The lines from top to bottom: by role, what was unseen first, and by where and when."""
    counted = checks[checks["input"] == ""].assign(place=checks["case"].map(dict(places)))
    found: list[Line] = []
    for role, meaning in WHAT_ROLES_MEAN.items():
        mine = counted[counted["role"] == role]
        if mine.empty:
            continue
        told = roles[roles["role"] == role].set_index("by")
        ours = told.loc[REFERENCE]
        head = f"{role.capitalize()}: {meaning}\n{ours['hits']} of {ours['counted']} observations met"
        if "constant" in told.index and told.loc["constant", "counted"]:
            constant = told.loc["constant"]
            head += f"\n(a constant: {constant['hits']} of {constant['counted']}; {ours['gate']})"
        heads = [line for text in head.split("\n") for line in style.wrap(text, BROAD, NARROW, "bold")]
        found.append(Line("\n".join(heads)))
        for place, some in mine.groupby("place"):
            found.append(Line("\n".join(style.wrap(str(place), LABEL, NARROW)), tuple(some.itertuples())))
    return found


def _draw(axes: Axes, y: float, height: float, row: Any) -> None:
    """One check: what its rule allows, what the replicates have, and what was observed."""
    low, high = _on_scale(row, row.low), _on_scale(row, row.high)
    axes.barh(y, high - low, left=low, height=height, color=style.FAINT)
    colour = style.MODEL if row.passed else style.APART
    if not np.isnan(row.p50):
        axes.plot([_on_scale(row, row.p05), _on_scale(row, row.p95)], [y, y], color=colour, linewidth=0.9)
        axes.plot(_on_scale(row, row.p50), y, "o" if row.passed else "X", color=colour, markersize=3, mew=0)
    if not np.isnan(row.observed):
        axes.plot(_on_scale(row, row.observed), y, "D", color="white", mec=style.INK, markersize=2, mew=0.5)


def finding(roles: pd.DataFrame) -> str:
    """How much of what was observed the model meets, what was unseen first, in a sentence."""
    words = {"unseen": "that it had not seen", "seen": "that were known", "fitted": "that it was fitted to"}
    rows = [row for row in roles.itertuples() if row.counted and row.by == REFERENCE]
    met = [f"{row.hits} of {row.counted} {words[row.role]}" for row in reversed(rows)]
    return f"Of what was observed the model meets {listed(met)}" if met else "Nothing observed counts as hit or miss"


def told_by_role(roles: pd.DataFrame) -> str:
    """Hits of those that count, by role: what was unseen first."""
    rows = [row for row in roles.itertuples() if row.counted and row.by == REFERENCE]
    return ", ".join(f"{row.hits} of {row.counted} {row.role}" for row in reversed(rows)) or "nothing that counts"


def _on_scale(row: Any, value: float) -> float:
    """Place of a value when the middle of the rule's interval is 0 and its ends are -1 and 1, kept within the page."""
    low, high, value = (float(f"{number:.6g}") for number in (row.low, row.high, value))  # as in the table
    if np.isinf(low) and np.isinf(high):
        return 0.0
    if np.isinf(low) or np.isinf(high):
        end, sign = (high, 1.0) if np.isinf(low) else (low, -1.0)
        width = max(abs(end), 1.0)
        place = sign + (value - end) / width
    else:
        place = 2 * (value - (low + high) / 2) / max(high - low, 1e-12)
    return float(np.clip(place, -REACH, REACH))
