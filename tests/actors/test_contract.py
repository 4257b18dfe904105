"""What holds for every actor on every day of every shipped scenario, and what Mesa users may rely on."""

import json
import re
from typing import get_args

import numpy as np
import pytest

from sim import chance
from sim.actors.calendar import effect
from sim.actors.company import Company
from sim.actors.isp import Isp
from sim.chance import Stream
from sim.model import PHASES, Model
from sim.scenario.acts import KINDS
from sim.scenario.files import load, shipped_files
from sim.scenario.schema import Scenario
from sim.scenario.stances import ANSWERING, FIRM, Stance

SCENARIOS = list(shipped_files())
STANCES = get_args(Stance)


def small(name: str, *overrides: str) -> Scenario:
    return load(name, ["population.users=200", *overrides])


class Inspector:
    """Checks what must hold at the end of each day."""

    def __init__(self) -> None:
        self.flows: dict[tuple[str, str], list[int]] = {}
        self.gone: set[str] = set()

    def observe(self, model: Model) -> None:
        for company in model.agents_by_type.get(Company, ()):
            self.check_company(company, model)
        for isp in model.agents_by_type[Isp]:
            assert ((isp.access >= 0.0) & (isp.access <= 1.0)).all()
            assert 0.0 <= isp.over_blocked < 1.0
            assert 0.0 <= isp.vpn <= 1.0
        self.check_news(model)
        assert model.society.pressure >= 0.0
        assert 0.0 <= model.law.vagueness <= 1.0
        assert model.conditions.day == model.day
        assert model.conditions.access.shape == (len(model.scenario.platforms), len(model.scenario.isps))

    def check_news(self, model: Model) -> None:
        press, met = model.press, model.conditions
        assert 0.0 <= press.alarm <= press.salience + 1e-12
        assert min(press.access_attention, press.fear, press.named.min()) >= 0.0
        assert ((met.announced >= 0.0) & (met.announced <= 1.0 + 1e-12)).all()
        assert met.vpn.shape == (len(model.scenario.isps),)
        assert all(0.0 <= first < last <= 1.0 for first, last in met.down.values())

    def check_company(self, company: Company, model: Model) -> None:
        assert company.stance in STANCES
        assert 0.0 <= company.belief < 1.0
        assert 0.0 < company.cutoff <= 1.0
        assert 0 <= company.rung <= 6
        assert not (company.announced and company.stance in ANSWERING)
        assert company.on_review <= (company.stance in ("pause", *FIRM))
        for kind, tally in company.tally.items():
            self.check_tally((company.name, kind), company, tally, model)
        (self.gone.add if company.stance == "exit" else self.gone.discard)(company.name)

    def check_tally(self, key, company, tally, model) -> None:
        """V12: received = produced + refused + what still waits."""
        total = self.flows.setdefault(key, [0, 0])
        total[0] += tally.received
        total[1] += tally.produced + tally.refused + tally.granted
        assert total[0] == total[1] + tally.pending + tally.mlat
        assert min(tally.received, tally.produced, tally.refused, tally.granted, tally.pending, tally.mlat) >= 0
        if company.stance == "exit":
            assert tally.pending == 0
        if company.stance == "exit" and company.name in self.gone:
            assert tally.received == 0
        if model.police:
            start = company.channels[key[1]].spec.rate
            assert 0.0 <= model.police.demand[key] <= start * (1.0 + 1e-9)


@pytest.mark.slow
def test_every_day_of_every_scenario_keeps_the_invariants_and_every_act_is_told_with_its_causes():
    for name in SCENARIOS:
        model = Model(small(name), rng=5)
        model.recorder = Inspector()
        model.run_for(model.scenario.days)
        assert model.days_lived == model.scenario.days
        acts = model.chronicle.acts
        assert [act.id for act in acts] == list(range(len(acts)))
        assert [act.day for act in acts] == sorted(act.day for act in acts)
        for act in acts:
            assert all(cause < act.id for cause in act.because)
            assert json.loads(json.dumps(act.quantities)) == act.quantities
            assert re.fullmatch(r"[A-Z0-9].*\.", act.sentence, re.DOTALL)
            assert not re.search(r"[{}]|\s\s|\s[,.:]|,,|None|\.\.", act.sentence), act.sentence


@pytest.mark.parametrize("act", KINDS.values(), ids=KINDS)
def test_every_kind_of_act_has_an_effect(act):
    missing = f"write what {act.__name__} does into {effect.__module__}, under @effect.register({act.__name__})"
    assert effect.dispatch(act) is not effect.dispatch(object), missing


def test_adding_a_company_leaves_the_luck_of_others():
    scenario = small("hong-kong-2020", "end=2020-06-29")
    table = scenario.model_dump()
    table["companies"]["Line"] = table["companies"]["Zoom"]
    larger = Scenario.model_validate(table)
    models = [Model(world, rng=2) for world in (scenario, larger)]
    for model in models:
        model.run_for(scenario.days)
    one, two = ({name: model.companies[name].tally for name in scenario.companies} for model in models)
    assert one == two


def test_mesa_runs_the_days_and_collects_them():
    model = Model(scenario=small("hong-kong-2020"), rng=1)
    model.run_for(3)
    model.step()
    assert (model.day, model.days_lived, model.time) == (4, 4, 4.0)
    frame = model.datacollector.get_model_vars_dataframe()
    assert len(frame) == 4
    assert frame["share of WhatsApp"].between(0.8, 0.9).all()
    assert (frame["pause"] == 0).all()
    model.collects = False
    model.step()
    assert len(model.datacollector.get_model_vars_dataframe()) == 4


def test_phases_are_run_in_the_order_in_which_they_are_printed(monkeypatch):
    model = Model(small("hong-kong-2020"))
    ran = []
    for name, sentence in PHASES:
        assert sentence.endswith(".")
        method = getattr(model, f"_{name}")
        monkeypatch.setattr(model, f"_{name}", lambda name=name, method=method: (ran.append(name), method()))
    model.step()
    assert ran == [name for name, _ in PHASES]


def test_several_draws_are_those_of_each():
    model = Model(small("hong-kong-2020"), rng=7)
    model.day = 3
    entities = np.array([chance.entity(name) for name in "abc"], np.int64)
    drawn = [model.draw(Stream.DEMAND, int(entity)) for entity in entities]
    assert model.draws(Stream.DEMAND, entities) == drawn
    assert len(set(drawn)) == 3
