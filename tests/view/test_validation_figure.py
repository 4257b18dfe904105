"""The picture of a validation: roles apart, patterns in words, and a title that the counts bear out."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from sim.analyses.validate import by_role, draw_validation, finding, lines

ROWS = (
    # case, pattern, name, role, input, check, passed
    ("hong-kong-2020", "P5", "Pauses last", "unseen", "", "resumptions", True),
    ("hong-kong-2020", "P5", "Pauses last", "seen", "", "first-answer", False),
    ("hong-kong-2020", "P8", "A wave of installs decays", "fitted", "", "half-life", True),
    ("germany-2021", "germany-2021", "Germany 2021: a wave", "fitted", "", "share", False),
    ("germany-2021", "germany-2021", "Germany 2021: a wave", "fitted", "", "loss", True),
    ("germany-2021", "germany-2021-survey", "A survey finds it", "seen", "population.users", "people", True),
)


def checks(passed: tuple[bool, ...] = tuple(row[-1] for row in ROWS)) -> pd.DataFrame:
    named = ["case", "pattern", "name", "role", "input", "check", "passed"]
    table = pd.DataFrame([(*row[:-1], one) for row, one in zip(ROWS, passed, strict=True)], columns=named)
    numbers = {"low": 1.0, "high": 3.0, "p05": 1.0, "p50": 2.0, "p95": 9.0, "about": "people"}
    numbers |= dict.fromkeys(("observed", "crps", "wis", "brier", "log_score"), np.nan)
    return table.assign(
        rival="reference",
        what="what is read of " + table["check"],
        observation=table["check"],
        **numbers,
        **dict.fromkeys(("in_band", "in_half", "in_runs")),
    )


def drawn(folder: Path) -> list[str]:
    return re.findall("<!-- (.*?) -->", (folder / "validation.svg").read_text())


def test_every_check_stands_under_its_role_and_what_was_unseen_comes_first(tmp_path: Path) -> None:
    table = checks()
    told = lines(table, by_role(table))
    heads = [line.text.split(":")[0] for line in told if line.level == 0 and line.text]
    assert heads == ["Unseen", "Seen", "Fitted", "Input"]
    under, head = {}, ""
    for line in told:
        head = line.text.split(":")[0] if line.level == 0 and line.text else head
        if line.check is not None:
            under[line.check.check] = head
    wanted = {row[5]: "Input" if row[4] else row[3].capitalize() for row in ROWS}
    assert under == wanted
    draw_validation(table, by_role(table), tmp_path, "made by a test")
    assert [text.split(":")[0] for text in drawn(tmp_path) if text.split(":")[0] in heads] == heads


def test_a_role_stands_beside_what_a_constant_meets() -> None:
    table = pd.concat([checks(), checks((False,) * 6).assign(rival="constant")])
    heads = [line.text for line in lines(checks(), by_role(table)) if line.level == 0 and line.text]
    assert heads[0].endswith("– 1 of 1 observations met (a constant: 0 of 1; too few to tell)")


def test_no_pattern_is_named_by_its_code_alone(tmp_path: Path) -> None:
    table = checks()
    draw_validation(table, by_role(table), tmp_path, "made by a test")
    coded = [text for text in drawn(tmp_path) if re.search(r"\bP\d+\b", text)]
    assert coded == [
        "Pauses last: what is read of resumptions (hong-kong-2020, P5)",
        "Pauses last: what is read of first-answer (hong-kong-2020, P5)",
        "A wave of installs decays (hong-kong-2020, P8)",
    ]


def test_the_title_counts_what_this_run_meets() -> None:
    for passed, said in (
        ((True,) * 6, "1 of 1 that it had not seen, 1 of 1 that were known and 3 of 3 that it was fitted to"),
        ((False,) * 6, "0 of 1 that it had not seen, 0 of 1 that were known and 0 of 3 that it was fitted to"),
        ((True, False, False, True, True, False), "1 of 1 that it had not seen, 0 of 1 that were known and 2 of 3"),
    ):
        assert said in finding(by_role(checks(passed)))
    assert finding(by_role(checks().assign(input="population.users"))) == "Nothing observed counts as hit or miss"
