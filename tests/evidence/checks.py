"""Checks and cases made for tests."""

import math
from pathlib import Path

from sim.evidence.checks import Check, World

SCENARIO = """
title = "A small country, in which an app is blocked"
start = 2021-01-01
end = 2021-01-31
[population]
users = 300
represents = 300_000
[platforms.Old]
share = 0.8
[platforms.New]
share = 0.1
[companies.Owner]
platforms = ["Old"]
[isps.Big]
share = 0.7
[isps.Small]
share = 0.3
[[acts]]
id = "block"
kind = "order-block"
date = 2021-01-10
platform = "Old"
[sources]
"platforms.Old.share" = { status = "measured", table = "facts.csv", row = "2020-12 | Old | users" }
"""
FACTS = """\
date_or_period,entity,variable,value,unit,source_title,publisher,source_date,url,confidence,source_complete,remark
2020-12,Old,users,80,percent,Title,Publisher,2021,https://example.org/a,B,yes,
2021-01-09 -> 2021-01-12,New,daily_users,20000 -> 60000,users,Title,Publisher,2021,https://example.org/a,B,yes,
2021-01-12,New,users_gained,12,percentage_points,Title,Publisher,2021,https://example.org/a,B,yes,
2021-01-12,Old,response,complied,category,Title,Publisher,2021,https://example.org/a,B,yes,
2021-01-10/2021-01-19,New,installs,50000,installs,Title,Publisher,2021,https://example.org/a,B,yes,
2021-01-31,Owner,requests,40,requests,Title,Publisher,2021,https://example.org/a,B,yes,
2021-01-31,Owner,answered,10,requests,Title,Publisher,2021,https://example.org/a,B,yes,
"""
CHECKS = """
[[checks]]
id = "new-day-3"
what = "holders of the other app on the third day, over the day before"
reading = "ratio"
of = "holders"
platform = "New"
before = "2021-01-09"
after = ["2021-01-11", "2021-01-12"]
unit = "times"
low = 1.0
high = 5.0
why = "observed once"
facts = ["2021-01-09 -> 2021-01-12 | New | daily_users"]
observed = { fact = 0, take = "ratio" }
scale = "log"
spread = 0.2
about = "people"
role = "unseen"
"""
OPEN = """
unknown = "all of it"

[[checks]]
id = "blocked-by-the-12th"
what = "users behind ISPs that block on the 12th"
reading = "hampering_isps"
platform = "Old"
isps = ["Big", "Small"]
day = 2021-01-12
unit = "share"
low = 0.0
why = "known"
about = "isps"
role = "seen"

[[checks]]
id = "gain"
what = "holders of the other app at the end, over those before"
reading = "ratio"
of = "holders"
platform = "New"
before = "2021-01-09"
after = "2021-01-31"
unit = "times"
why = "asked"
awaited = { day = 2021-02-01, source = "a survey", most = 3.0 }
spread = 0.5
about = "people"
role = "unseen"

[[checks]]
id = "doubled"
what = "Does the other app double?"
reading = "ratio"
of = "holders"
platform = "New"
before = "2021-01-09"
after = "2021-01-31"
unit = "times"
low = 2.0
why = "asked"
awaited = { day = 2021-02-01, source = "a survey" }
about = "people"
role = "unseen"
"""
"""Checks of a case whose outcome is awaited."""


def one_check(*, low: float = -math.inf, high: float = math.inf, **about: object) -> Check:
    """A check that reads ``run.x``, with some of its fields set."""
    fields = {
        "id": "x", "what": "an x", "unit": "times", "reading": lambda run: run.x, "times": 1.0, "why": "because",
        "observed": 1.0, "facts": (), "scale": "linear", "spread": math.nan, "about": "people", "role": "fitted",
        "input": "", "world": World(), "group": "",
    }  # fmt: skip
    return Check(**(fields | {"low": low, "high": high} | about))


def write_case(folder: Path, *, scenario: str = SCENARIO, facts: str = FACTS, checks: str = CHECKS) -> Path:
    """A case in a folder of its own, anywhere; an empty text is a file that is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("scenario.toml", scenario), ("facts.csv", facts), ("checks.toml", checks)):
        if text:
            (folder / name).write_text(text, encoding="utf-8")
    return folder
