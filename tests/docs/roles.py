"""Blocks of docs/validation.md: model and baselines by role, and cases one by one, as results/validation has them.

``python -m tests.docs.roles`` writes it again.
"""

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from sim.calibration import proof
from sim.calibration.bank import subjects
from sim.calibration.people import readings_of
from sim.calibration.priors import load_forms
from sim.command.calibrate import SEEN
from sim.command.validate import HEADS, tallies
from sim.evidence.cases import cases, load_case

ROOT = Path(__file__).parents[2]
DOCUMENT, TABLES = ROOT / "docs" / "validation.md", ROOT / "results" / "validation"
PEOPLE = ROOT / "results" / "calibration" / "people" / "countries.csv"
BLOCK = re.compile(r"(<!-- (roles|kinds|dark|gained|gains|institutions) -->\n).*?(<!-- end of \2 -->)", re.DOTALL)
DARK = (
    "kakao-outage-2022", "outage-2021", "india-tiktok-2020", "nigeria-2021", "uganda-2021", "china-instagram-2014",
    "sri-lanka-2018",
)  # fmt: skip
"""Cases in which an app goes dark, of those to which constants were fitted."""
NAMED = ("turkey-2020", "indonesia-2022", "russia-twitter-2021", "nepal-2025")
"""Disputes of which every check is told; of the others those that are missed."""
COLUMNS = ("case", "what", "role", "observed", "median (90 % of worlds)", "rule", "")


def block(name: str) -> str:
    """A row per role, or per kind, and forecaster; or a row per check: who gained, apps that go dark, institutions.

    Of left-out countries, what is found of gains, and the medians that it is of.
    """
    if name == "institutions":
        checks = pd.read_csv(TABLES / "checks.csv").query("rival == 'reference' and about != 'people'")
        chosen = checks[checks["case"].isin(NAMED) | ~checks["passed"]].itertuples()
        heads = (*COLUMNS, "worlds that meet it")
        rows = [(*_row(check), f"{100 * check.passing:.0f} %") for check in chosen]
    elif name in ("dark", "gained"):
        checks = pd.read_csv(TABLES / "checks.csv").query("rival == 'reference' and about == 'people'")
        who = checks["facts"].str.contains("who_gained")
        chosen = checks[who if name == "gained" else checks["case"].isin(DARK) & ~who & checks["observed"].notna()]
        heads, rows = COLUMNS, [_row(check) for check in chosen.itertuples()]
    elif name == "gains":
        found = gains(pd.read_csv(PEOPLE))
        medians = found.round(2).astype(str).itertuples(index=False)
        return table(("what", "found", "asked", ""), proof.near(found)) + "\n" + table(tuple(found), medians)
    else:
        heads, rows = HEADS, tallies(pd.read_csv(TABLES / f"{name}.csv"), "role" if name == "roles" else "about")
    return table(heads, rows)


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in (heads, ("---",) * len(heads), *rows))


def gains(rows: pd.DataFrame) -> pd.DataFrame:
    """Of the table of left-out countries: medians of quantities of gain, over what was observed."""
    countries = subjects([load_case(name) for name in cases() if name not in SEEN], load_forms())
    quantities = [one for country in countries for one in country.quantities()]
    assert [(one.case, one.check) for one in quantities] == [*zip(rows["case"], rows["check"], strict=True)]
    return proof.gained(rows, quantities, readings_of(countries))


def _row(check: Any) -> tuple[str, ...]:
    rule = f"{check.low:.3g} to {check.high:.3g}"
    if not math.isfinite(check.low) or not math.isfinite(check.high):
        rule = f"at most {check.high:.3g}" if math.isfinite(check.high) else f"at least {check.low:.3g}"
    ends = tuple("no end" if math.isinf(value) else f"{value:,.3g}" for value in (check.p50, check.p05, check.p95))
    model = "no reading" if math.isnan(check.p50) else f"{ends[0]} ({ends[1]} to {ends[2]})"
    unit = {"percent": " %", "share": ""}.get(check.unit, f" {check.unit}")
    observed = "no number" if math.isnan(check.observed) else f"{check.observed:.3g}{unit}"
    return check.case, check.what, check.role, observed, model, rule, "met" if check.passed else "**missed**"


def renew(text: str) -> str:
    """A document with the blocks as the tables have them."""
    return BLOCK.sub(lambda found: f"{found[1]}{block(found[2])}{found[3]}", text)


if __name__ == "__main__":
    DOCUMENT.write_text(renew(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
