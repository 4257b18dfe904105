"""What the laboratory as a file and the table of claims say of the same thing, and where it is not equal.

Both make pairs of worlds with the same seeds, people and draws. All cards share the world as it was, so that a number
in which any card differs is drawn in none; a claim keeps only what its own two worlds differ in. Where no card sets a
drawn number, the same settings give the same numbers.
"""  # fmt: skip

import functools
import json
import re

import pytest

from sim.analyses.claims import Lab, read_claims
from sim.results.bands import percentiles
from sim.results.posterior import load_posterior
from sim.runs.executors import make_executor
from sim.scenario.files import load
from sim.view.laboratory.answers import followed
from sim.view.laboratory.page import answered, on_cards
from sim.view.laboratory.questions import BASE, CARDS, Home, chosen
from tests.docs import claims as table
from tests.test_house import ROOT

PAGE = ROOT / "results" / "laboratory" / "hong-kong-2020.html"
SMALL = ("population.users=400", "end=2020-09-30")
DOCUMENT = ROOT / "docs" / "laboratory.md"


def shared_claims(overrides=()):
    """Claims that put a card beside the world as it was, with its name and 1, or -1 where the card is the baseline."""
    names = {card.name for card in CARDS}
    for claim in read_claims(BASE, overrides).claims:
        both = claim.base.name, claim.other.name
        if BASE in both and names & {*both}:
            (card,) = names & {*both}
            yield claim, card, 1 if claim.other.name == card else -1


@functools.cache
def draw_of(seed: int) -> dict[str, float]:
    return next(load_posterior().values(load(BASE), [seed], ()))


def embedded(page: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="worlds">(.*?)</script>', page, re.DOTALL)[1])


@pytest.mark.slow
def test_the_same_settings_give_the_same_numbers():
    """Cards that set no drawn number, as ``explore --export`` exports them, beside what ``claims`` makes."""
    names = ("no-law", "whatsapp-complies")
    pairs = [(claim, card, side) for claim, card, side in shared_claims(SMALL) if card in names]
    found = answered(on_cards(Home(BASE, SMALL), chosen(names)), 3, workers=1)
    by_week = {quantity.id for quantity in followed(load(BASE, SMALL))}
    pairs = [one for one in pairs if one[0].measure in by_week]
    assert len(pairs) == 5
    draws = [(tuple((key, repr(value)) for key, value in draw_of(n).items()), n) for n in (1, 2, 3)]
    with make_executor(workers=1) as executor:
        lab = Lab([claim for claim, *_ in pairs], executor)
        levels = lab.levels([(claim, draws) for claim, *_ in pairs])
    for (claim, card, side), (base, other) in zip(pairs, levels, strict=True):
        course = found[card]["courses"][claim.measure]
        was, now = (base, other) if side == 1 else (other, base)
        gap = now - was
        low, _, high = percentiles(gap)
        expected = [was.mean(), now.mean(), gap.mean(), low, high]
        mine = [course["base"][0], course["now"][0], *course["gap"][:3]]
        assert [line[-1] for line in mine] == [float(f"{value:.4g}") for value in expected], claim.id
        assert gap.any()


def test_the_kept_page_says_nothing_against_a_kept_claim():
    """In the week of its day a mean lies within the claim's band, and the whole band has the sign of a firm claim."""
    start = load(BASE).start
    data, rows = embedded(PAGE.read_text(encoding="utf-8")), table.read().set_index("claim")
    told = {question["name"]: question for question in data["questions"]}
    firm = set()
    for claim, card, side in shared_claims():
        if claim.measure not in told[card]["courses"]:
            continue
        mean, low, high, *_ = told[card]["courses"][claim.measure]["gap"]
        week = next(i for i, day in enumerate(data["weeks"]) if day >= (claim.date - start).days)
        row = rows.loc[claim.id]
        assert row["low"] <= side * mean[week] <= row["high"], claim.id
        if row["label"] == "firm":
            firm.add(claim.id)
            assert all(claim.sign * side * end[week] > 0 for end in (low, high)), claim.id
    assert firm >= {"law-telegram", "law-signal", "meta-whatsapp"}
