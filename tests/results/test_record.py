"""Every column of every table against a day that a test has made up, and tables by the week."""

from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from sim.actors.isp import Isp
from sim.model import Model
from sim.population.conditions import Day
from sim.record import Recorder
from sim.results.folder import AROUND, codebook
from sim.tables import CODEBOOK, Frames, Tables, array, by_week, keys, labels, measures, reach, stances
from tests.actors.draws import fated
from tests.actors.worlds import act, asked, live, on, world

USERS, REPRESENTS = 60, 600
COMPANIES = {
    "Alpha": {
        "platforms": ["Chat"],
        "requests": {"legal": {"rate": 1.0, "produced": 0.5}, "urgent": asked()["ordinary"]},
    },
    "Beta": {"requests": asked()},
}
ISPS = {"Net": {"share": 0.75, "technique": "ip", "over_blocking": 0.1}, "Web": {"share": 0.25}}
PLATFORMS = {"Chat": {"share": 0.5}, "Talk": {"share": 0.3}}


def someones_day(**changes) -> Day:
    """What people did on a day: every number another."""
    values = {
        "holders": np.array([30, 12]), "installs": np.array([5, 3]), "first_installs": np.array([4, 2]),
        "removals": np.array([7, 1]), "trials": np.array([6, 8]), "usage_share": np.array([0.55, 0.15]),
        "multi_homing": 9, "flows": np.arange(9).reshape(3, 3), "panel": 20, "vpn": 6, "vpn_installs": 4,
        "speaking": 15, "deletions": 11, "safe_reach": 0.625,
        "daily_users": np.array([20.5, 10.0]), "weekly_users": np.array([24.5, 11.0]),
        "monthly_users": np.array([28.5, 11.5]),
    }  # fmt: skip
    unmoved = {field.name: np.zeros(2) for field in fields(Day)}
    return Day(**unmoved | values | changes)


@pytest.fixture
def model() -> Model:
    """A model of 60 people for 600 that has lived no day yet; people's days are made up."""
    tables = {"population": {"users": USERS, "represents": REPRESENTS, "degree": 8}}
    return Model(world(COMPANIES, days=19, isps=ISPS, platforms=PLATFORMS, **tables))


def observed(model: Model, *days: Day) -> Tables:
    """The tables after these days of people, on which institutions stand as they are."""
    recorder = Recorder(model)
    for number, day in enumerate(days):
        model.day, model.today, model.days_lived = number, day, number + 1
        recorder.observe(model)
    return recorder.tables(model)


def test_users_are_scaled_to_the_population_and_shares_are_not(model):
    table = observed(model, someones_day())["usage"].set_index("platform")
    assert table["holders"].to_dict() == {"Chat": 300.0, "Talk": 120.0}
    assert table["share"].to_dict() == {"Chat": 0.5, "Talk": 0.2}
    assert table["usage_share"].to_dict() == {"Chat": 0.55, "Talk": 0.15}
    assert table["installs"].to_dict() == {"Chat": 50.0, "Talk": 30.0}
    assert table["first_installs"].to_dict() == {"Chat": 40.0, "Talk": 20.0}
    assert table["removals"].to_dict() == {"Chat": 70.0, "Talk": 10.0}
    assert table["trials"].to_dict() == {"Chat": 60.0, "Talk": 80.0}
    assert table["daily_users"].to_dict() == {"Chat": 205.0, "Talk": 100.0}
    assert table["weekly_users"].to_dict() == {"Chat": 245.0, "Talk": 110.0}
    assert table["monthly_users"].to_dict() == {"Chat": 285.0, "Talk": 115.0}


def test_flows_are_scaled_from_the_panel_and_added_up_by_the_week(model):
    """20 of the panel stand for 600 people, 30 each; days 0 to 6 are the first week, day 7 begins the second."""
    table = observed(model, *[someones_day()] * 8)["flows"]
    pairs = list(zip(table["origin"].astype(str), table["destination"].astype(str), strict=True))
    apps = ["Chat", "Talk", "none"]
    assert pairs == [(a, b) for a in apps for b in apps] * 2
    assert table["users"].tolist() == [30.0 * 7 * n for n in range(9)] + [30.0 * n for n in range(9)]
    assert table["week"].dt.date.unique().tolist() == [on(0), on(7)]


def test_companies_as_they_stand(model):
    alpha, beta = model.companies.values()
    alpha.stance, alpha.announced, alpha.on_review, alpha.belief, alpha.cutoff, alpha.rung = (
        "pause",
        True,
        True,
        0.25,
        0.5,
        3,
    )
    beta.belief, beta.cutoff, beta.rung = 0.125, 0.375, 1
    alpha.request_rate, beta.request_rate = 1.5, 2.5
    tables = observed(model, someones_day())
    assert tables["companies"].iloc[:, 1:].astype(object).to_numpy().tolist() == [
        ["Alpha", "pause", 1.0, 1.0, 0.25, 0.5, 3.0],
        ["Beta", "process", 0.0, 0.0, 0.125, 0.375, 1.0],
    ]
    assert tables["regulators"].iloc[:, 1:].astype(object).to_numpy().tolist() == [
        ["Alpha", 1.5, 3.0],
        ["Beta", 2.5, 1.0],
    ]
    assert stances(tables).tolist() == stances(dict(tables)).tolist() == [["pause", "process"]]


def test_requests_as_they_are_counted(model):
    alpha = model.companies["Alpha"]
    for number, tally in enumerate(alpha.tally.values()):
        for place, name in enumerate(measures("requests")):
            setattr(tally, name, 10 * number + place)
    tables = observed(model, someones_day(), someones_day())
    table = tables["requests"][tables["requests"]["date"] == pd.Timestamp(on(0))]
    assert list(zip(table["company"].astype(str), table["type"].astype(str), strict=True)) == [
        ("Alpha", "legal"), ("Alpha", "urgent"), ("Alpha", "removal"), ("Beta", "ordinary"), ("Beta", "removal"),
    ]  # fmt: skip
    assert measures("requests") == ["received", "produced", "refused", "granted", "pending", "mlat", "accounts"]
    assert table[measures("requests")].to_numpy()[:3].tolist() == [[10.0 * n + i for i in range(7)] for n in range(3)]
    assert not table[measures("requests")].to_numpy()[3:].any()
    assert tables["measures"]["disclosed_accounts"].tolist() == [6.0 + 16.0 + 26.0, 2 * 48.0]


def test_accounts_of_all_companies_and_channels_add_up_since_the_start(model):
    for company in model.companies.values():
        for tally in company.tally.values():
            tally.accounts = 2.5
    tables = observed(model, *[someones_day()] * 3)
    assert tables["measures"]["disclosed_accounts"].tolist() == [12.5, 25.0, 37.5]


def test_providers_by_platform(model):
    model.isps["Net"].access[:] = 0.5, 0.25
    tables = observed(model, someones_day())
    table = tables["isps"]
    named = list(zip(table["isp"].astype(str), table["platform"].astype(str), table["access"], strict=True))
    assert named == [("Net", "Chat", 0.5), ("Net", "Talk", 0.25), ("Web", "Chat", 1.0), ("Web", "Talk", 1.0)]
    assert reach(tables, model.scenario).tolist() == [[0.75 * 0.5 + 0.25, 0.75 * 0.25 + 0.25]]
    assert reach(dict(tables), model.scenario).tolist() == reach(tables, model.scenario).tolist()
    two = observed(model, someones_day(), someones_day())
    assert reach(two, model.scenario).tolist() == reach(tables, model.scenario).tolist() * 2


def test_shares_of_providers_that_sum_to_one_within_the_tolerance_are_the_whole():
    one = world(COMPANIES, days=19, isps={"Net": {"share": 0.6}, "Web": {"share": 0.3999995}}, platforms=PLATFORMS)
    free, half = Model(one), Model(one)
    half.isps["Net"].access[:] = 0.5, 1.0
    assert reach(observed(free, someones_day()), one)[0].tolist() == pytest.approx([1.0, 1.0], abs=1e-12)
    expected = [(0.6 * 0.5 + 0.3999995) / 0.9999995, 1.0]
    assert reach(observed(half, someones_day()), one)[0].tolist() == pytest.approx(expected, abs=1e-12)


def test_over_blocking_by_provider(model, monkeypatch):
    monkeypatch.setattr(Isp, "over_blocked", property(lambda isp: {"Net": 0.25, "Web": 0.5}[isp.name]))
    assert observed(model, someones_day())["isps"]["over_blocked"].tolist() == [0.25, 0.25, 0.5, 0.5]


def test_society(model):
    model.press.salience, model.society.pressure, model.law.terms_vagueness = 0.75, 1.25, 0.375
    model.press.access_attention = 0.5
    model.press._arrests[-1] = 60
    tables = observed(model, someones_day())
    row = tables["society"].iloc[0]
    expected = {"salience": 0.75, "access_attention": 0.5, "pressure": 1.25, "arrests": 2.0, "vagueness": 0.375,
                "vpn": 0.1, "speaking": 0.25,
                "deletions": 110.0, "multi_homing": 0.15}  # fmt: skip
    assert {name: row[name] for name in expected} == pytest.approx(expected)
    assert tables["measures"]["safe_reach"].tolist() == [0.625]


def test_acts_as_told():
    acts = [act("announce", 0, by="Council"), act("demand", 2, of="takedown", companies=["Alpha"], by="Ministry")]
    model = fated(world(COMPANIES, acts, days=19, platforms=PLATFORMS))
    live(model, 3)
    model.chronicle.add(2, "Alpha", "miss a deadline", "", (1,), what="content")
    table = Recorder(model).tables(model)["acts"]
    assert table["id"].tolist() == [0, 1, 2]
    assert table["date"].dt.date.tolist() == [on(0), on(2), on(2)]
    assert table[["actor", "verb", "target", "because"]].to_numpy().tolist() == [
        ["Council", "announce a law", "", ""],
        ["Ministry", "demand", "Alpha", ""],
        ["Alpha", "miss a deadline", "", "1"],
    ]
    assert json.loads(table["quantities"][1]) == {"what": "the takedown of content", "deadline": ""}
    assert table["sentence"][0] == "The Council announced the national security law."


# The shape of tables


def test_a_table_has_the_columns_of_the_codebook_and_a_row_per_key_and_day(model):
    tables = observed(model, *[someones_day()] * 9)
    assert list(tables) == list(CODEBOOK)
    assert len(tables) == len(CODEBOOK)
    rows = {"usage": 18, "flows": 18, "companies": 18, "requests": 45, "regulators": 18, "isps": 36, "society": 9,
            "measures": 9, "acts": 0}  # fmt: skip
    for name, table in tables.items():
        assert list(table.columns) == list(CODEBOOK[name])
        assert len(table) == rows[name]
        assert not table.duplicated(keys(name)).any()
    assert tables["usage"]["date"].dt.date.tolist()[::2] == [on(day) for day in range(9)]


def test_arrays_and_frames_agree(model):
    model.companies["Beta"].rung = 2
    tables = observed(model, someones_day(), someones_day(vpn=12))
    frames = dict(tables)
    for table in tables.grids:
        assert [tuple(map(str, label)) for label in labels(tables, table)] == labels(frames, table) or not keys(table)[
            1:
        ]
        for name in measures(table):
            assert array(tables, table, name).tolist() == array(frames, table, name).tolist()


def test_another_process_gets_frames(model):
    import pickle

    tables = observed(model, someones_day())
    received = pickle.loads(pickle.dumps(tables))
    assert type(received) is Frames
    assert received.grid("usage").labels == tables.grids["usage"].labels
    assert vars(pickle.loads(pickle.dumps(received))) == {}, "without the arrays that were made meanwhile"
    pd.testing.assert_frame_equal(received["companies"], tables["companies"])


def test_tables_hold_the_days_lived_alone(model):
    recorder = Recorder(model)
    model.day, model.today, model.days_lived = 0, someones_day(), 1
    recorder.observe(model)
    tables = recorder.tables(model)
    model.day, model.today, model.days_lived = 1, someones_day(vpn=60), 2
    recorder.observe(model)
    assert tables["society"]["vpn"].tolist() == [0.1]
    assert recorder.tables(model)["society"]["vpn"].tolist() == [0.1, 1.0]


def test_a_world_without_companies_has_empty_tables_of_them():
    model = Model(world({}, days=19, platforms=PLATFORMS))
    tables = observed(model, someones_day())
    assert [len(tables[name]) for name in ("companies", "requests", "regulators")] == [0, 0, 0]
    assert tables["measures"]["disclosed_accounts"].tolist() == [0.0]


# By the week

COUNTED = {
    "usage": ["installs", "first_installs", "removals"],
    "requests": ["received", "produced", "refused", "granted", "accounts"],
    "society": ["vpn_installs", "deletions"],
}


@pytest.mark.parametrize("table", ["usage", "requests", "society", "measures", "companies", "regulators", "isps"])
def test_a_week_sums_what_is_counted_and_keeps_the_last_of_all_else(model, table):
    """Sixteen days: two whole weeks and two days. On day d every measure is d + 1."""
    frame = observed(model, *[someones_day()] * 16)[table]
    days = (frame["date"] - frame["date"].iloc[0]).dt.days + 1.0
    weeks = by_week(table, frame.assign(**dict.fromkeys(measures(table), days)))
    assert list(weeks.columns) == ["week", *keys(table)[1:], *measures(table)]
    cells = len(weeks) // 3
    assert weeks["week"].dt.date.tolist() == [on(day) for day in (0, 7, 14) for _ in range(cells)]
    for name in measures(table):
        expected = [28.0, 77.0, 31.0] if name in COUNTED.get(table, []) else [7.0, 14.0, 16.0]
        assert weeks[name].tolist() == [value for value in expected for _ in range(cells)], name


def test_weeks_count_from_the_first_day_of_the_table(model):
    frame = observed(model, *[someones_day()] * 16)["society"].iloc[3:]
    assert by_week("society", frame)["week"].dt.date.tolist() == [on(3), on(10)]


# The codebook


def test_kinds_of_columns():
    assert keys("usage") == ["date", "platform"]
    assert keys("flows") == ["week", "origin", "destination"]
    assert measures("companies") == ["announced", "on_review", "belief", "cutoff", "rung"]
    assert {name for table in CODEBOOK.values() for name, column in table.items() if column.counted} == {
        name for names in COUNTED.values() for name in names
    }


def test_the_codebook_as_a_table():
    table = codebook()
    assert list(table.columns) == ["table", "column", "unit", "kind", "meaning"]
    assert len(table) == sum(map(len, CODEBOOK.values())) + len(AROUND)
    row = table.set_index(["table", "column"]).loc[("companies", "rung")]
    assert row.tolist() == ["rung", "measure", CODEBOOK["companies"]["rung"].meaning]
    assert table.set_index(["table", "column"]).loc[("companies", "stance"), "kind"] == "text"
