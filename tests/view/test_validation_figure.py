"""The picture of a validation: roles apart, places in words, one screen high, and a title that the counts bear out."""

import json
import re
import struct
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from sim.analyses.validate import Line, by_role, draw_validation, finding, in_columns, lines, places
from sim.evidence.cases import load_case
from tests.test_house import ROOT

KEPT = ROOT / "results" / "validation"

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


PLACES = {"hong-kong-2020": "Hong Kong 2020", "germany-2021": "Germany 2021"}


def test_every_check_stands_under_its_role_and_what_was_unseen_comes_first() -> None:
    under, head = {}, ""
    for line in lines(checks(), by_role(checks()), PLACES):
        head = head if line.checks else line.text.split(":")[0]
        under |= {row.check: (head, line.text) for row in line.checks}
    counted = {row[5]: (row[3].capitalize(), PLACES[row[0]]) for row in ROWS if not row[4]}
    assert under == counted
    assert [*dict.fromkeys(head for head, _ in under.values())] == ["Unseen", "Seen", "Fitted"]


def test_a_role_stands_beside_what_a_constant_meets() -> None:
    table = pd.concat([checks(), checks((False,) * 6).assign(rival="constant")])
    head = lines(checks(), by_role(table), PLACES)[0].text.split("\n")
    assert head[1:] == ["1 of 1 observations met", "(a constant: 0 of 1; too few to tell)"]


def test_columns_hold_every_line_once_name_their_role_and_are_of_nearly_one_height() -> None:
    told = [Line("Seen: known"), *(Line(f"Place {i}", (None,) * (i % 5 + 1)) for i in range(40)), Line("Fitted: so"),
            *(Line(f"Place {i}", (None,)) for i in range(40))]  # fmt: skip
    columns = in_columns(told)
    assert [line for column in columns for line in column if not line.text.endswith(", continued")] == told
    assert all(not column[0].checks and column[-1].checks for column in columns)
    heights = [sum(line.height for line in column) for column in columns]
    assert max(heights) - min(heights) < 1


def test_nothing_is_named_by_its_code(tmp_path: Path) -> None:
    table = checks()
    draw_validation(table, by_role(table), PLACES, tmp_path, "made by a test")
    coded = [text for text in drawn(tmp_path) if re.search(r"\bP\d+\b|-20\d\d", text)]
    assert coded == []
    assert {"Hong Kong 2020", "Germany 2021"} <= {*drawn(tmp_path)}


def test_what_is_kept_is_drawn_of_its_tables_and_one_screen_high(tmp_path: Path) -> None:
    read = partial(pd.read_csv, keep_default_na=False, na_values=[""])
    table = read(KEPT / "checks.csv", dtype={"input": str}).fillna({"input": ""}).query("rival == 'reference'")
    command = json.loads((KEPT / "manifest.json").read_text(encoding="utf-8"))["command"]
    kept = places([load_case(name) for name in table["case"].unique()])
    for file in draw_validation(table, read(KEPT / "roles.csv"), kept, tmp_path, command):
        assert file.read_bytes() == (KEPT / file.name).read_bytes(), file.name
    width, height = struct.unpack(">II", (KEPT / "validation.png").read_bytes()[16:24])
    assert 1600 * height / width <= 1000
    shown = re.findall(r"(\d+) of (\d+)(?= *-->)", (KEPT / "validation.svg").read_text(encoding="utf-8"))
    counted = table[(table["input"] == "") & (table["role"] != "proxy")]
    totals = [sum(map(int, side)) for side in zip(*shown, strict=True)]
    assert totals == [counted["passed"].sum(), len(counted)]


def test_the_title_counts_what_this_run_meets() -> None:
    for passed, said in (
        ((True,) * 6, "1 of 1 that it had not seen, 1 of 1 that were known and 3 of 3 that it was fitted to"),
        ((False,) * 6, "0 of 1 that it had not seen, 0 of 1 that were known and 0 of 3 that it was fitted to"),
        ((True, False, False, True, True, False), "1 of 1 that it had not seen, 0 of 1 that were known and 2 of 3"),
    ):
        assert said in finding(by_role(checks(passed)))
    assert finding(by_role(checks().assign(input="population.users"))) == "Nothing observed counts as hit or miss"
