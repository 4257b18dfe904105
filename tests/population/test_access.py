"""What whole runs must show where one thing alone changes: an outage of a day, new terms, an app that nobody knows.

Each is a run beside the same run without the act, or without the app: the same people with the same luck.
"""

import pandas as pd
import pytest

from sim.runs.once import run_once
from sim.scenario.files import load
from tests.population.test_gains import GAINS

QUIET = """
title = "A quiet quarter"
question = "What does one act change?"
start = 2021-01-01
end = 2021-03-31
focus = 2021-01-10
[law]
name = "none"
vagueness = 0.0
[population]
users = 10_000
represents = 10_000
[platforms.WhatsApp]
share = 0.9
risk = 1.3
[platforms.Telegram]
share = 0.2
risk = 0.5
[platforms.Instagram]
share = 0.5
type = "network"
[isps.A]
share = 0.6
[isps.B]
share = 0.4
"""
NOBODYS = """
[platforms.{name}]
share = 0.0
type = "{type}"
"""
OUTAGE = """
[[acts]]
id = "down"
kind = "outage"
date = 2021-01-11
platform = "WhatsApp"
"""
TERMS = """
[[acts]]
id = "terms"
kind = "change-terms"
date = 2021-01-11
by = "WhatsApp"
platform = "WhatsApp"
salience = 1.0
"""
BLOCK = """
[[acts]]
id = "block"
kind = "order-block"
date = 2021-01-15
platform = "Instagram"
"""
DAY = 10
"""Of the act, from the start."""


def tables(tmp_path, text: str, seed: int = 1) -> dict[str, pd.DataFrame]:
    file = tmp_path / "world.toml"
    file.write_text(text)
    return run_once(load(file), seed).tables


def users(tables: dict[str, pd.DataFrame], platform: str, column: str) -> pd.Series:
    table = tables["usage"]
    return table.loc[table["platform"] == platform, column].astype(float).reset_index(drop=True)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    return tables(tmp_path_factory.mktemp("quiet"), QUIET)


def test_a_day_without_whatsapp_is_made_good_within_a_month(quiet, tmp_path):
    """Back means within a hundredth of the quiet world, and not above it by more than 0.2 %; both fixed beforehand."""
    down = tables(tmp_path, QUIET + OUTAGE)
    for column in ("daily_users", "holders"):
        ratio = users(down, "WhatsApp", column) / users(quiet, "WhatsApp", column)
        assert (ratio.loc[: DAY - 1] == 1.0).all()
        assert ratio.loc[DAY + 30 :].min() > 0.99, column
        assert ratio.loc[DAY + 1 :].max() < 1.002, column
    assert users(down, "WhatsApp", "daily_users").loc[DAY] < 1e-6
    assert users(down, "Telegram", "installs").loc[DAY] > 3 * users(quiet, "Telegram", "installs").loc[DAY]


def test_new_terms_alone_bring_no_vpn(quiet, tmp_path):
    """New terms of an app draw attention to surveillance by the company: a VPN is no answer, and few take one."""
    terms = tables(tmp_path, QUIET + TERMS)
    points = 100.0 * (terms["society"]["vpn"] - quiet["society"]["vpn"]) / 10_000
    assert points.abs().max() < 0.5
    gained = users(terms, "Telegram", "installs").sum() - users(quiet, "Telegram", "installs").sum()
    assert gained > 100, "the terms were news"


@pytest.mark.parametrize(
    ("kind", "form"), [("messenger", ""), ("network", ""), ("video", ""), ("messenger", GAINS), ("network", GAINS)]
)
def test_an_app_that_nobody_holds_and_no_act_touches_changes_nothing(tmp_path, kind, form):
    """Added first, in the middle or last in the file: every table of all others is the same, byte by byte."""
    base = QUIET.replace("[population]", f"[population]\n{form}") + OUTAGE + TERMS.replace("-11", "-20") + BLOCK
    alone = without_the_added(tables(tmp_path, base))
    added = NOBODYS.format(name="Unheard", type=kind)
    for place in ("[platforms.WhatsApp]", "[platforms.Instagram]", "[isps.A]"):
        both = without_the_added(tables(tmp_path, base.replace(place, added + place)))
        assert both.keys() == alone.keys()
        for name, table in both.items():
            assert table == alone[name], f"{name}, added before {place}"


def without_the_added(tables: dict[str, pd.DataFrame]) -> dict[str, str]:
    """Each table as text, less the rows of the added app, which must be empty of people."""
    texts = {}
    for name, table in tables.items():
        for column in [c for c in table.columns if (table[c].astype(str) == "Unheard").any()]:
            rows = table[table[column].astype(str) == "Unheard"]
            if name == "usage":
                assert (rows[["holders", "installs", "daily_users"]] == 0).all(axis=None)
            table = table[table[column].astype(str) != "Unheard"]
        texts[name] = table.reset_index(drop=True).to_csv(index=False)
    return texts
