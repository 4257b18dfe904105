"""Twelve questions, asked by command: each first sentence answers its question, and agrees with the tables of the runs.

What a sentence says is counted again from the tables of every run, by none of the code that made the sentence.
"""

import datetime as dt
import html
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest

import sim
from sim.analyses.compare import analysis
from sim.scenario.stances import ANSWERING
from sim.scenario.words import MONTHS
from tests.terminal import lawshock

LAND = """\
title = "A country with a registration law"
start = 2025-01-01
end = 2025-12-31

[law]
name = "licence for messengers"
court_order_required = true
suspicion = 0.5
vagueness = 0.2

[population]
represents = 20_000_000

[platforms]
WhatsApp = { share = 0.85 }
Telegram = { share = 0.40 }
Signal = { share = 0.05 }

[companies]
Meta = { platforms = ["WhatsApp"], cutoff = 0.38, market = 0.5, requests = {} }
Telegram = { platforms = ["Telegram"], cutoff = 0.2, market = 0.5, local_staff = false, requests = {} }
Signal = { platforms = ["Signal"], cutoff = 0.2, market = 0.1, local_staff = false, requests = {} }

[regulators.Ministry]
role = "committee"

[isps.All]
share = 1.0
lag_days = 2
"""
"""A country of one's own, in fewer than sixty lines."""
LAW = ("announce date=2025-01-15 by=Ministry", "enact date=2025-02-01 by=Ministry",
       "demand companies=Meta,Telegram,Signal of=registration date=2025-02-01 deadline=2025-04-01 by=Ministry",
       "order-block platform=Telegram date=2025-06-01 by=Ministry")  # fmt: skip
EXIT = tuple(
    f"force-stance company={name} stance=exit date=2020-10-01" for name in sim.load("hong-kong-2020").companies
)
BLOCK = "order-block platform={} date=2020-10-01"
DEMAND = "demand companies=Meta of=registration deadline=2020-11-01 date=2020-10-01"
COMPANIES = "answers? demands|data of"
USERS = "users of no app differ|has .* users"
QUESTIONS = {
    "a block with an end": ((BLOCK.format("Telegram") + " until=2020-10-31",), "^While Telegram is blocked"),
    "an open block": ((BLOCK.format("WhatsApp"),), "WhatsApp has .* fewer users"),
    "an outage": (("outage platform=WhatsApp date=2020-10-05 hours=30",), "^While WhatsApp is down"),
    "a court kept": (("enact id=enact court_order_required=true",), COMPANIES),
    "a law without text": (("enact id=enact text_published=false",), f"{COMPANIES}|nothing differs"),
    "a demand on one company": ((DEMAND,), "Meta meets the demand in"),
    "a registration law in a country of one's own": (LAW, "Meta meets the demand in .*; (Signal|Telegram) in"),
    "exit of all": (EXIT, COMPANIES),
    "an entrant named by the news": (("report date=2020-10-01 salience=1 names=Signal note=x",), "Signal has .* more"),
    "interoperability": (("mandate-interoperability date=2020-10-01 reach=0.5",), USERS),
    "a VPN ban": (("order-vpn-block date=2020-10-01",), f"{USERS}|nothing differs"),
    "nothing at all": (("report date=2020-10-01 note=x",), "nothing differs"),
}
VERDICTS = {"Firm", "Depends on a number", "Open", "Nothing", "No single number found"}
PAIRS = 10


def day(words):
    number, month, year = words.split()
    return dt.date(int(year), MONTHS.index(month) + 1, int(number))


def number(text):
    return float(text.replace(",", "").replace("−", "-"))


def near(text, value):
    """Whether a number is told as it is, by its own digits."""
    places = len(text.partition(".")[2]) or -(len(text) - len(text.rstrip("0")) if len(text) > 1 else 0)
    return abs(number(text) - value) <= 0.501 * 10.0**-places


def pairs_of(comparison, table, column, at, app=None):
    """Values of both worlds by pair, on a day."""
    found = []
    for run in (run for runs in comparison.runs(comparison.others[0]) for run in runs):
        rows = run.tables[table]
        rows = rows[(rows["date"] == pd.Timestamp(at)) & ((rows["platform"] == app) if app else True)]
        found.append(float(rows[column].sum()))
    return np.array(found).reshape(2, -1)


def told(found, gaps):
    """Whether size, direction and band of a difference are those of the pairs."""
    size, more, low, high = found
    low, high = (number(end) for end in (low, high))
    sign = 1 if more == "more" else -1
    ends = sorted(sign * np.percentile(gaps, [5, 95]))
    return near(size, sign * gaps.mean()) and abs(low - ends[0]) + abs(high - ends[1]) < 0.3 * (ends[1] - ends[0]) + 0.1


def check_use(comparison, sentence, represents):
    (app, first, last, after, before, on, size, more, low, high), = re.findall(
        r"^While (\S+) is \w+, from (.*?) until (.*?), ([\d.]+) % of people use it on a day instead of ([\d.]+) %, at "
        r"the most, on (.*?): ([\d.]+) points? (more|fewer) \((.*?) to (.*?)\)", sentence)  # fmt: skip
    at = day(on)
    assert day(first) <= at <= day(last)
    mine, theirs = 100 * pairs_of(comparison, "usage", "daily_users", at, app) / represents
    assert near(before, mine.mean())
    assert near(after, theirs.mean())
    assert told((size, more, low, high), theirs - mine)
    others = [pairs_of(comparison, "usage", "daily_users", one, app) for one in (day(first), day(last))]
    assert abs((theirs - mine).mean()) >= max(100 * abs((b - a).mean()) for a, b in others) / represents - 1e-9


def check_back(comparison, sentence, further):
    """The first day from the trough on with a tenth of what was lost at most, the mean of pairs."""
    app, last, on = re.search(r"^While (\S+) is .* until (.*?), .* at the most, on (.*?):", sentence).groups()
    gaps = {
        at: abs((of[1] - of[0]).mean())
        for at in pd.date_range(day(on), comparison.scenarios[0].end)
        for of in [pairs_of(comparison, "usage", "daily_users", at.date(), app)]
    }
    back = [at.date() for at, gap in gaps.items() if gap <= 0.1 * gaps[pd.Timestamp(day(on))]]
    if not back:
        assert further.startswith("Daily use is not back by the last day: more than a tenth of that is left.")
        return
    said, late = re.search(r"^Daily use is back by (.*?)(?:, (\d+) days? after the end)?:", further).groups()
    assert day(said) == back[0]
    assert max(0, (back[0] - day(last)).days) == int(late or 0)  # of an outage that ends in the morning, it is that day


def check_users(comparison, sentence):
    (app, size, more, low, high, after, before), = re.findall(
        r"(\S+) has ([\d.]+) points? (more|fewer) users \((.*?) to (.*?)\): ([\d.]+) % of people instead of ([\d.]+) %",
        sentence)  # fmt: skip
    mine, theirs = 100 * pairs_of(comparison, "usage", "share", comparison.scenarios[0].end, app)
    assert near(before, mine.mean())
    assert near(after, theirs.mean())
    assert told((size, more, low, high), theirs - mine)


def check_no_users(comparison, sentence):
    del sentence
    for app in comparison.scenarios[0].platforms:
        mine, theirs = 100 * pairs_of(comparison, "usage", "share", comparison.scenarios[0].end, app)
        low, high = np.percentile(theirs - mine, [5, 95])
        assert low <= 0 <= high or abs((theirs - mine).mean()) < 0.05


def check_accounts(comparison, sentence):
    (found,) = re.findall(r"ata of ([\d,]+) (more|fewer) accounts? is handed over \((.*?) to (.*?)\)", sentence)
    base = comparison.scenarios[0]
    before = base.date(comparison.first(comparison.others[0]) - 1)
    mine, theirs = pairs_of(comparison, "measures", "disclosed_accounts", base.end) - pairs_of(
        comparison, "measures", "disclosed_accounts", before
    )
    assert told(found, theirs - mine)


def check_companies(comparison, sentence):
    ours, theirs = (
        [run.tables["companies"].groupby("date")["stance"].apply(lambda of: of.isin(ANSWERING).sum()).iloc[-1]
         for run in runs] for runs in comparison.runs(comparison.others[0])
    )  # fmt: skip
    counts = Counter(int(b) - int(a) for a, b in zip(ours, theirs, strict=True))
    assert f"of {PAIRS} pairs" in sentence
    as_many = re.search(r"as many(?: compan\w+ answers? demands)? in (\d+)", sentence)
    assert int(as_many[1]) if as_many else counts[0] == 0
    several = re.findall(r"(\d+)(?: to (\d+))? (more|fewer)(?: compan\w+ answers? demands)? in (\d+)", sentence)
    assert several or counts[0] == PAIRS
    for low, high, more, times in several:
        sign = 1 if more == "more" else -1
        among = [gap for gap in counts if int(low) <= gap * sign <= int(high or low)]
        assert int(times) == sum(counts[gap] for gap in among), sentence


def check_demand(comparison, sentence):
    """Each company in so many pairs, after so many days."""
    met = {}
    for run in comparison.runs(comparison.others[0])[1]:
        acts = run.tables["acts"]
        asked = acts[acts["verb"] == "demand"]["date"].max()
        for name, days in acts[acts["verb"] == "meet a demand"].groupby("actor")["date"].min().items():
            met.setdefault(name, []).append((days - asked).days)
    for name, times, middle in re.findall(
        r"(\w+)(?: meets the demand)? in (none|\d+)(?: of \d+ pairs)?(?:, after (\d+) days)?", sentence
    ):
        waits = met.get(name, [])
        assert times == (str(len(waits)) if waits else "none"), (name, sentence)
        assert not waits or near(middle, np.median(waits)), (name, sentence)


def check_nothing(comparison, sentence):
    del sentence
    for one, two in zip(*comparison.runs(comparison.others[0]), strict=True):
        for table in ("usage", "requests", "measures"):
            assert one.tables[table].equals(two.tables[table]), table


CHECKS = {
    "^While": lambda one, text: check_use(one, text, one.scenarios[0].population.represents),
    "has .* users": check_users, "users of no app": check_no_users, "ata of": check_accounts,
    "answers? demands": check_companies, "meets the demand": check_demand, "nothing differs": check_nothing,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_first_sentence_answers_the_question_and_agrees_with_the_tables(question, tmp_path, monkeypatch):
    made = []
    original = analysis.compare
    monkeypatch.setattr(analysis, "compare", lambda *of, **how: made.append(original(*of, **how)) or made[-1])
    acts, answers = QUESTIONS[question]
    (tmp_path / "land.toml").write_text(LAND, encoding="utf-8")
    own = acts == LAW
    ends = () if own else ("--set", "end=2020-12-31")
    told = lawshock(
        "ask", "land.toml" if own else "hong-kong-2020", *(word for act in acts for word in ("--act", act)), *ends,
        "--users", 300, "--replicates", PAIRS, "--workers", 1, cwd=tmp_path,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    page = html.unescape((tmp_path / "answer.html").read_text(encoding="utf-8"))
    (sentence,) = re.findall(r'<p class="sentence">(.*?)</p>', page)
    assert sentence in told.stdout
    assert re.search(answers, sentence), sentence
    assert re.search(r"\d{1,2} \w+ 20\d\d|\d+ days", sentence), "a date or a duration"
    ((verdict, why),) = re.findall(r"<dt>How sure</dt><dd><strong>(.*?)\.</strong> (.*?)</dd>", page)
    assert verdict in VERDICTS
    assert why[0].isupper()
    assert bool(re.search(f"nothing differs|as many .* in {PAIRS} of", sentence)) == (verdict == "Nothing")
    (check,) = (check for words, check in CHECKS.items() if re.search(words, sentence))
    check(made[0], sentence)
    if sentence.startswith("While"):
        check_back(made[0], sentence, *re.findall(r'<p class="further">(.*?)</p>', page))


def test_a_country_of_ones_own_takes_few_lines():
    assert len(LAND.splitlines()) + len(LAW) <= 60
