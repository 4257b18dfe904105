"""Every shipped counterfactual does what its title says, against the world that it extends and with the same luck.

A direction holds by a sign test over those of twenty pairs that differ: by luck alone at most 2.5 % of sets of seeds
would have it. Pairs are counted and not averaged, for in one of twelve worlds Meta leaves, which moves the mean by
points; an act that waits comes in some pairs alone. Seeds are fixed.
"""

import re

import pandas as pd
import pytest
from scipy.stats import binomtest

from sim.analyses.compare.analysis import compare
from sim.measures import measured
from sim.scenario.files import folder
from tests.conftest import small_world

UP, DOWN = 1, -1
CLAIMS = {
    "autonomy-lost": {"furthest_sanction": UP, "blocked_days": UP},
    "companies-comply": {"disclosed": UP},
    "companies-exit": {"WhatsApp.change": DOWN, "disclosed": DOWN},
    "court-order-if-three-pause": {"disclosed": UP},
    "court-order-kept": {"announced": DOWN, "disclosed": UP},
    "early-pause": {"disclosed": DOWN},
    "interoperability": {"Signal.change": UP, "Telegram.change": UP},
    "interoperability-if-tenth-lost": {"Telegram.change": UP, "Signal.change": UP},
    "no-law": {"announced": DOWN, "Signal.install_jump": DOWN},
    "telegram-blocked": {"Telegram.change": DOWN},
    "whatsapp-blocked-90-days": {"WhatsApp.change": DOWN, "vpn_change": UP},
    "whatsapp-complies": {"WhatsApp.change": DOWN, "disclosed": UP},
}

PAIRS, LUCK = 20, 0.025
CLAIM_NOTHING = {"clear-terms", "stops-public"}
"""Levers of ``lawshock decide``, whose titles say what is changed and no direction."""


def base_of(name):
    """The world that a shipped one extends; empty for one that stands alone."""
    found = re.search(r'^extends = "(.+)\.toml"$', (folder() / f"{name}.toml").read_text(), re.MULTILINE)
    return found[1] if found else ""


def test_every_counterfactual_has_a_claim():
    assert {*CLAIMS, *CLAIM_NOTHING} == {file.stem for file in folder().glob("*.toml") if base_of(file.stem)}
    assert {base_of(name) for name in CLAIMS} == {"hong-kong-2020", "whatsapp-blocked-90-days"}


@pytest.fixture(scope="module")
def differences():
    tables = {}
    for base in sorted({base_of(name) for name in CLAIMS}):
        names = (base, *(name for name in CLAIMS if base_of(name) == base))
        worlds = [small_world(name=name, users=3000, end="2021-06-30") for name in names]
        found = compare(*worlds, names=names, replicates=PAIRS, seed=401, workers=1)
        first, *others = [pd.DataFrame([measured(run) for run in one.runs]) for one in found.ensembles]
        tables |= {name: other - first for name, other in zip(names[1:], others, strict=True)}
    return tables


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "measure", "direction"), [(w, m, d) for w, claims in CLAIMS.items() for m, d in claims.items()]
)
def test_a_world_differs_as_its_title_says(differences, world, measure, direction):
    gaps = differences[world][measure].dropna()
    gaps = gaps[gaps != 0.0]
    found = binomtest(int((gaps * direction > 0).sum()), len(gaps), alternative="greater")
    assert found.pvalue <= LUCK, gaps.tolist()
