"""The links of an answer: those of the knock-outs in its pairs, and none that does nothing."""

import json
import zlib

import numpy as np
import pytest
from scipy.stats import t as student

from sim.analyses.compare.analysis import compare
from sim.analyses.knockout import WHOLE, find, knock_out
from sim.measures import quantities
from sim.runs.once import run_once
from sim.scenario.files import load
from sim.view import links as module
from sim.view import words
from sim.view.laboratory.answers import draws
from sim.view.laboratory.chain import Chain, lead_in
from sim.view.laboratory.page import answered, on_cards
from sim.view.laboratory.questions import BASE, CARDS, Home, chosen
from sim.view.links import LINK_PAIRS, MOST_TRIED, chain, links_of
from tests.laboratory.test_answers import asked

HOME = Home(BASE, ("population.users=300", "end=2020-09-30"))
FIVE = ("whatsapp-blocked-90-days", "no-law", "telegram-blocked", "court-order-kept", "whatsapp-complies")
"""Of each kind."""
IDLE = "self-censorship"
"""A knock-out that can move nobody from one app to another."""
PAIRS = 3


def told(unit: str = "points", **gaps: list[float]) -> dict[str, words.Change]:
    """A number by what is switched off, with some differences between both worlds."""
    what = next(one for one in quantities(HOME.base()) if one.unit == unit)
    both = {name.replace("_", " "): np.array([values]).T for name, values in gaps.items()}
    return {name: words.changes_of(what, np.full(gap.shape, 40.0), 40.0 + gap)[0] for name, gap in both.items()}


WHOLE_GAPS = [-8.0, -6.0, -7.0, -5.0, -7.5, -6.5]


def test_a_link_is_shown_where_it_takes_something_with_it_in_the_pairs():
    found = chain(told(**{WHOLE: WHOLE_GAPS, "attention": [-3.0] * 6, "risk": [0.1, 0, 0, 0, 0, -0.1]}))
    assert [(link["name"], link["left"]) for link in found["links"]] == [
        ("risk", "0.00 points"), ("attention", "−3.00 points"),
    ]  # fmt: skip
    assert (found["pairs"], found["carried"], found["whole"]) == (6, True, "−6.7 points")


def test_a_link_that_does_nothing_is_not_shown():
    """Neither where its loss may be nothing, nor where it is less than is told, nor where the text is the same."""
    noise = np.array([2, -2, 2, -2, 2, -1.5])
    hair = [gap + 0.01 for gap in WHOLE_GAPS]
    same = [gap - 0.06 for gap in WHOLE_GAPS]
    idle = {"press": [*(WHOLE_GAPS + noise)], "peers": WHOLE_GAPS, "search": hair, "VPN": same}
    found = chain(told(**{WHOLE: WHOLE_GAPS, **idle}))
    assert found["links"] == []
    assert not found["carried"]
    assert found["tried"] == [one.meaning for one in find(list(idle))]
    little = chain(told(**{WHOLE: WHOLE_GAPS, "risk": [gap + 1 for gap in WHOLE_GAPS]}))
    assert (len(little["links"]), little["carried"]) == (1, False)


def test_outcomes_of_companies_are_counted_and_not_averaged():
    found = chain(told("companies", **{WHOLE: [10, 10, 9, 10, 10, 10], "peers": [0, 1, 0, 0, 0, 0]}))
    assert found["links"][0]["left"] == "as many in 5, 1 more in 1 of 6 pairs"


def test_links_are_of_the_kind_of_question_and_leave_a_difference_to_explain():
    whole = Home(BASE, ("population.users=300",))
    for question in on_cards(whole, CARDS):
        both = [world for world, _ in question.bare]
        names = links_of(*both)
        assert 3 <= len(names) <= MOST_TRIED, question.name
        for one in find(names):
            assert knock_out(both[0], [one]) != knock_out(both[1], [one])


@pytest.fixture(scope="module")
def five():
    """Questions with a link more for each, which can do nothing to what people use."""
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("WHILE_IT_LASTS", "OF_INSTITUTIONS", "OF_PEOPLE"):
            patch.setattr(module, kind, (IDLE, *getattr(module, kind)[:3]))
        questions = on_cards(HOME, chosen(FIVE))
        yield questions, answered(questions, PAIRS, workers=1)


@pytest.mark.slow
def test_numbers_are_those_of_the_knock_outs_in_the_same_pairs(five):
    """Each run is lived here again, and means and intervals are worked out by hand."""
    questions, found = five
    shown = 0
    for question in questions:
        id, day, first = lead_in(found[question.name])
        what = next(one for one in quantities(question.base[1]) if one.id == id)

        def gap(seed: int, out: str, question=question, what=what, first=first, day=day) -> float:
            both = []
            for world in (question.base[1], question.world):
                lived = draws().world(world, seed, question.fixed)
                lived = lived if out == WHOLE else knock_out(lived, find([out]))
                both.append(what.of(run_once(lived, seed), first)[day])
            return float(both[1] - both[0])

        whole = np.array([gap(seed, WHOLE) for seed in range(1, PAIRS + 1)])
        assert found[question.name]["lead"]["gaps"][:PAIRS] == pytest.approx(whole, rel=1e-3)
        told = found[question.name]["chain"]
        assert told["pairs"] == PAIRS
        for link in told["links"]:
            left = np.array([gap(seed, link["name"]) for seed in range(1, PAIRS + 1)])
            for values, (mean, low, high) in ((left, ("effect", "low", "high")),
                                              (whole - left, ("lost", "lost_low", "lost_high"))):  # fmt: skip
                half = student.ppf(0.95, PAIRS - 1) * values.std(ddof=1) / np.sqrt(PAIRS)
                expected = [values.mean(), values.mean() - half, values.mean() + half]
                assert [link[mean], link[low], link[high]] == pytest.approx(expected, rel=1e-4, abs=1e-9)
            assert (link["lost_low"] > 0) or (link["lost_high"] < 0)
            shown += 1
    assert shown > 0


def test_links_of_a_comparison_are_those_of_its_first_pairs(monkeypatch):
    """Each number is that of the twins with one rule less, lived here again."""
    monkeypatch.setattr(module, "LINK_PAIRS", 2)
    names = ("hong-kong-2020", "whatsapp-blocked-90-days")
    worlds = [load(name, ["population.users=200", "end=2020-10-15"]) for name in names]
    comparison = compare(*worlds, names=names, replicates=3, workers=1)
    found = module.try_links(comparison, workers=1)[names[1]]
    lead = words.Told(comparison, names[1])
    what, first = lead.leading.quantity, comparison.first(names[1])
    assert (found["pairs"], len(found["tried"])) == (2, len(links_of(*comparison.scenarios)))
    assert found["links"]
    for link in found["links"]:
        out = find([link["name"]])
        both = [
            [what.of(run_once(knock_out(run.scenario, out), run.seed), first)[lead.day] for run in runs[:2]]
            for runs in comparison.runs(names[1])
        ]
        assert link["effect"] == pytest.approx(np.mean(np.subtract(*both[::-1])), rel=1e-5)
    monkeypatch.setattr(module, "LINK_PAIRS", 4)
    assert module.try_links(comparison, workers=1) == {}, "three pairs are too few"


@pytest.mark.slow
def test_what_moves_nobody_is_tried_and_not_shown(five):
    _, found = five
    (idle,) = find([IDLE])
    for name in FIVE:
        assert idle.meaning in found[name]["chain"]["tried"]
        assert IDLE not in [link["name"] for link in found[name]["chain"]["links"]]


@pytest.mark.slow
def test_a_server_tells_the_same_as_a_page(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LINK_PAIRS", 2)
    monkeypatch.setattr(module, "MOST_TRIED", 2)
    question = asked(tmp_path, "no-law", ("population.users=200", "end=2020-08-10"))
    page = answered([question], 2, workers=1)["no-law"]
    job = Chain(question, lead_in(page))
    *runs, last = job.jobs
    assert last is job
    assert [run.key for run in runs] == list(job.needs)
    assert len({*job.needs}) == len(runs) == 2 * 2 * 3
    for run in runs:
        run.make()
    assert json.loads(zlib.decompress(job.make())) == page["chain"]
    assert LINK_PAIRS > 2
