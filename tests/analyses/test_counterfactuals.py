"""Every shipped counterfactual does what its title says, against the world that it extends and with the same luck.

A direction holds if the 95 % interval of the mean paired difference lies on its side of zero. If nothing differed, one
direction would hold by luck in 2.5 % of sets of seeds; the seeds are fixed. Six pairs were too few for one direction;
twelve were chosen then, on seeds that nobody had looked at.
"""

import re

import pandas as pd
import pytest

from sim.analyses.compare.analysis import compare
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
    "interoperability-if-tenth-lost": {"WeChat.change": DOWN, "Signal.change": UP},
    "no-law": {"announced": DOWN, "Signal.install_jump": DOWN},
    "telegram-blocked": {"Telegram.change": DOWN},
    "whatsapp-blocked-90-days": {"WhatsApp.change": DOWN, "vpn_change": UP},
    "whatsapp-complies": {"WhatsApp.change": DOWN, "disclosed": UP},
}

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
    tables = []
    for base in sorted({base_of(name) for name in CLAIMS}):
        names = (base, *(name for name in CLAIMS if base_of(name) == base))
        worlds = [small_world(name=name, users=3000, end="2021-06-30") for name in names]
        tables.append(compare(*worlds, names=names, replicates=12, seed=401, workers=1).headlines)
    return pd.concat(tables).set_index(["world", "measure"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "measure", "direction"), [(w, m, d) for w, claims in CLAIMS.items() for m, d in claims.items()]
)
def test_a_world_differs_as_its_title_says(differences, world, measure, direction):
    row = differences.loc[world, measure]
    assert row["low"] > 0.0 if direction == UP else row["high"] < 0.0, f"{row['base']} -> {row['other']}"
