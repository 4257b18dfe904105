"""Days that another world has in common need not be made again, and nothing in the tables shows it."""

import datetime as dt
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.model import Model
from sim.population.surroundings import NO_CUTS
from sim.record import Recorder
from sim.results.posterior import load_posterior
from sim.runs import past
from sim.runs.once import run_once
from sim.scenario.calendar import Act
from sim.scenario.files import load
from sim.scenario.schema import Scenario
from sim.tables import CODEBOOK, Run
from tests import strategies
from tests.actors import test_random_worlds as random_worlds

START = dt.date(2020, 5, 1)


def world(*acts: dict, **tables) -> Scenario:
    table = {
        "title": "a", "start": START, "end": START + dt.timedelta(100), "isps": {"Net": {"share": 1.0}},
        "platforms": {"Chat": {"share": 0.5, "risk": 0.0}}, "population": {"users": 40},
    }  # fmt: skip
    return Scenario.model_validate(table | {"acts": [{"id": f"act-{i}"} | act for i, act in enumerate(acts)]} | tables)


def report(day: int, **fields) -> dict:
    return {"kind": "report", "date": START + dt.timedelta(day), "salience": 1.0} | fields


def block(day: int, **fields) -> dict:
    return {"kind": "order-block", "platform": "Chat", "date": START + dt.timedelta(day)} | fields


WAITS = {"kind": "report", "when": {"kind": "law-in-force"}, "salience": 1.0}


@pytest.mark.parametrize(
    ("one", "two", "days"),
    [
        (world(report(9)), world(report(9)), 101),
        (world(report(9)), world(report(9), title="b", question="c", focus=START, sources={}), 101),
        (world(report(9)), world(report(9), report(30)), 30),
        (world(report(9), report(30)), world(report(9)), 30),
        (world(report(30)), world(report(40)), 30),
        (world(report(30)), world(report(30, salience=2.0)), 30),
        (world(), world(block(30)), 30),
        (world(block(30)), world(block(30, announced=START + dt.timedelta(12))), 12),
        (world(), world(block(-3)), 0),
        (world(report(30), report(30, id="b")), world(report(30, id="b"), report(30, id="act-0")), 30),
        (world(), world(population={"users": 41}), 0),
        (world(report(30)), world(report(30), WAITS), 0),
        (world(report(30), WAITS), world(report(30), WAITS, report(40)), 40),
        (world(), world(report(400)), 101),
    ],
)  # fmt: skip
def test_worlds_are_alike_until_the_first_act_that_differs(one, two, days) -> None:
    assert past.alike_days(one, two) == past.alike_days(two, one) == days


def run(scenario: Scenario, seed: int, file: Path | None = None, begun: Model | None = None) -> Run:
    """A run, of which the state after each day is kept beside a file."""
    keep = (lambda model: past.keep(file, model, None)) if file else None
    return run_once(scenario, seed, watch=keep, begun=begun)


def same(one: Run, two: Run) -> None:
    for table in CODEBOOK:
        pd_one, pd_two = one.tables[table], two.tables[table]
        assert pd_one.equals(pd_two), f"{table}: {pd_one.compare(pd_two)}"


def later(act: Act, cut: dt.date) -> bool:
    """Whether an act is known from a day on, and not before."""
    return act.date is not None and min(act.date, getattr(act, "announced", None) or act.date) >= cut


@pytest.mark.slow
def test_any_world_goes_on_from_a_day_of_another_as_if_it_had_made_them_all(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(past, "EVERY", 1)
    went_on = []

    @settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
    @given(data=st.data())
    def go_on(data) -> None:
        scenario = data.draw(st.one_of(strategies.scenarios, random_worlds.scenarios()))
        cut = scenario.start + dt.timedelta(data.draw(st.integers(1, 25)))
        owned = [
            data.draw(st.sampled_from(("both", "one", "two"))) if later(act, cut) else "both" for act in scenario.acts
        ]
        assume({*owned} - {"both"})
        both = list(zip(scenario.model_dump()["acts"], owned, strict=True))
        tables = [[act for act, owner in both if owner in ("both", one)] for one in ("one", "two")]
        try:
            one, two = (Scenario.model_validate(scenario.model_dump() | {"acts": acts}) for acts in tables)
        except ValidationError:  # an act waits for one that is not there
            assume(False)
        days = past.alike_days(one, two)
        assert days >= min(scenario.day(cut), one.days)
        run(one, 5, tmp_path / "one.run")
        found = past.latest(tmp_path / "one.run", days, two)
        past.forget(tmp_path / "one.run")
        assert found is not None
        assert found[0].day == days
        went_on.append(days < one.days)
        same(run(two, 5, begun=found[0]), run(two, 5))

    go_on()
    assert sum(went_on) > 30


@pytest.mark.parametrize(
    ("name", "override"),
    [("companies-exit", "population.contagion=group"), ("telegram-blocked", "steps_per_day=2"),
     ("whatsapp-blocked-90-days", "population.awareness_rate=1"), ("early-pause", "population.contagion=group")],
)  # fmt: skip
def test_plausible_worlds_go_on_from_within_their_base(name, override, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(past, "EVERY", 7)
    small = [override, "population.users=400", "end=2021-03-31"]
    base, two = (load_posterior().world(load(one, small), 3) for one in ("hong-kong-2020", name))
    run(base, 3, tmp_path / "base.run")
    days = past.alike_days(base, two)
    model, _ = past.latest(tmp_path / "base.run", days, two)
    assert days - 7 < model.day <= days
    same(run(two, 3, begun=model), run(two, 3))


def test_states_are_saved_at_their_days_for_their_world_and_forgotten_with_their_run(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(past, "EVERY", 40)
    for name in ("one", "two"):
        run(world(report(9)), 1, tmp_path / f"{name}.run")
    one = tmp_path / "one.run"
    assert past.latest(one, 80, world(report(9), report(90)))[0].day == 80
    assert past.latest(one, 80, world(report(9), report(50))) is None
    assert past.latest(one, 80, world(report(9), population={"users": 41})) is None
    assert past.latest(tmp_path / "three.run", 80, world(report(9))) is None
    assert sorted(os.listdir(tmp_path)) == sorted(f"{n}.{day}.state" for n in ("one", "two") for day in (40, 80))
    past.forget(one)
    assert sorted(os.listdir(tmp_path)) == ["two.40.state", "two.80.state"]


@pytest.mark.parametrize("threads", [1, 3])
def test_a_pickled_model_lives_on_as_the_first_does_and_shares_nothing_with_it(threads) -> None:
    scenario = load("hong-kong-2020", ["population.users=600", "end=2020-08-31"])
    first = Model(scenario, rng=4, threads=threads)
    first.recorder = Recorder(first)
    first.run_for(50)
    again = pickle.loads(pickle.dumps(first))
    for model in (first, again):
        model.run_for(scenario.days - 50)
    for table in CODEBOOK:
        assert first.recorder.tables(first)[table].equals(again.recorder.tables(again)[table]), table
    assert first.population.people.tobytes() == again.population.people.tobytes()
    assert again.population.people.ctypes.data % 64 == 0  # no row straddles a cache line
    assert again.population._cuts is NO_CUTS  # so that nobody looks for who is cut off, day by day
    assert not np.shares_memory(first.population.people, again.population.people)
