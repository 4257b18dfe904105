"""Cases like a question: observed cases in which the same kind of act was lived, observed beside modelled."""

from __future__ import annotations

import functools
import tomllib
from typing import NamedTuple

import pandas as pd

from sim import bounded
from sim.analyses.baselines import NOT_SHOWN, SHOWN
from sim.analyses.compare.outcomes import differing
from sim.measures import DAILY
from sim.scenario.files import CASE, cases_folder, folder
from sim.scenario.schema import Scenario
from sim.scenario.words import banded, number
from sim.view import words

MOST_CASES = 3
ROLES = {
    "unseen": "not seen when the model was set",
    "seen": "seen when the model was set",
    "fitted": "constants were fitted to it",
}
"""Of a check, in words; the first says most about a question of one's own."""
SIMILAR = {"force-stance": "demand", "enact": "demand", "escalate": "demand", "gazette-rules": "demand"}
"""Kinds of acts that stand in for one that few cases have."""
COLUMNS = ("case", "what", "observed", "modelled (90 % of worlds)", "met", "role")
VERDICTS = {SHOWN: "it is shown to predict them", NOT_SHOWN: f"it is {NOT_SHOWN}"}
"""What the gate of ``lawshock validate`` says of a kind, in words."""


class Alike(NamedTuple):
    """What was observed where such an act was lived: rows as text, and how many values of this kind are met."""

    act: str
    rows: pd.DataFrame
    hits: str


@functools.cache
def _evidence() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Checks of the model on all cases, and hits by what they are about, as they ship; empty where they do not."""
    for place in (folder() / "validation", folder().parent / "results" / "validation"):
        if (place / "checks.csv").is_file():
            checks, kinds = (bounded.csv(place / f"{name}.csv") for name in ("checks", "kinds"))
            own = (checks["rival"] == "reference") & checks["input"].isna() & (checks["world"] == checks["case"])
            return checks[own & checks["observed"].notna() & checks["p50"].notna()], kinds
    return pd.DataFrame(columns=["case", "about", "role"]), pd.DataFrame(columns=["about", "by"])


@functools.cache
def _acts_of(case: str) -> tuple[tuple[str, str], ...]:
    """Kind and platform of each act of a case."""
    file = cases_folder() / case / CASE
    acts = tomllib.loads(bounded.read(file).decode()).get("acts", []) if file.is_file() else []
    return tuple((str(act.get("kind", "")), str(act.get("platform", ""))) for act in acts)


def cases_alike(base: Scenario, other: Scenario, lead: str) -> Alike | None:
    """The nearest observed cases: first by the kind of act, then unseen ones, then those about the same app.

    Args:
        base: The base.
        other: The world that was asked for.
        lead: Id of the quantity that leads the answer: people, or companies.

    Returns:
        None where no act differs, or nothing ships that a question could be held against.
    """
    acts, (checks, kinds) = differing(base, other), _evidence()
    if not acts or checks.empty:
        return None
    about = "people" if lead.endswith((".holders", DAILY)) else "companies"
    apps = {getattr(act, "platform", "") for act in acts} - {""}
    asked = [str(getattr(act, "kind", "")) for act in acts]
    for kind in dict.fromkeys([*asked, *(SIMILAR.get(one, "") for one in asked)]):
        of_kind = [case for case in checks["case"].unique() if kind in {one for one, _ in _acts_of(case)}]
        found = checks[checks["case"].isin(of_kind) & (checks["about"] == about)]
        if len(found):
            return Alike(kind, _rows(found, kind, apps), _hits(kinds, about))
    return Alike("", pd.DataFrame(columns=list(COLUMNS)), _hits(kinds, about))


def _rows(found: pd.DataFrame, kind: str, apps: set[str]) -> pd.DataFrame:
    """A row of each of a few cases, as text."""
    roles, rows = list(ROLES), []
    near = {case: any(one == kind and app in apps for one, app in _acts_of(case)) for case in found["case"].unique()}
    order = sorted(found.index, key=lambda at: (roles.index(found["role"][at]) if found["role"][at] in roles else 9,
                                                not near[found["case"][at]], found["case"][at]))  # fmt: skip
    for row in found.loc[order].drop_duplicates("case").head(MOST_CASES).itertuples():
        low, middle, high = (text.replace("inf", "never") for text in banded(row.p05, row.p50, row.p95))
        unit = f" {words.unit(row.unit, middle)}"
        met = "yes" if row.passed else "no"
        observed = f"{number(row.observed)}{unit}"
        rows.append((row.case, row.what, observed, f"{middle} ({low} to {high})", met, ROLES.get(row.role, row.role)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _hits(kinds: pd.DataFrame, about: str) -> str:
    """How many observed values of a kind are met, of all roles, beside a constant; and what the gate says of that."""
    mine = {row.by: row for row in kinds.itertuples() if row.about == about}
    if "reference" not in mine:
        return ""
    met, constant = mine["reference"], mine.get("constant")
    beside = f" (one constant: {constant.hits} of {constant.counted})" if constant and constant.counted else ""
    said = f"Of {met.counted} observed values about {about}, whatever their role, the model meets {met.hits}{beside}"
    return f"{said}: {VERDICTS.get(str(met.gate), 'too few to tell whether it predicts')}."
