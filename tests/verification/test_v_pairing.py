"""How much common random numbers narrow the band of a difference between worlds, against independent seeds."""

import math
from itertools import product

import numpy as np
import pytest

from sim.measures import headline_measures
from sim.results.bands import QUANTILES
from sim.runs.once import run_once
from sim.scenario.files import load

pytestmark = pytest.mark.slow  # the worlds that its fixtures live take half a minute

REPLICATES = 24
MEASURES = ("WhatsApp.share", "Telegram.installs")
WANTED = 3.0
"""How many times narrower a paired band should be."""


@pytest.fixture(scope="module")
def values():
    """Measure of each replicate, by world and measure: 10,000 people until half a year after the law."""
    found = {}
    for name in ("hong-kong-2020", "companies-comply", "whatsapp-complies"):
        world = load(name, ["population.users=10000", "end=2020-12-31"])
        runs = [run_once(world, seed) for seed in range(1, REPLICATES + 1)]
        for measure in headline_measures(world):
            if measure.id in MEASURES:
                found[name, measure.id] = np.array([measure.of(run) for run in runs])
    return found


def width(differences):
    """Width of the band of differences, 5th to 95th percentile."""
    low, high = np.quantile(differences, [QUANTILES["p05"], QUANTILES["p95"]])
    return high - low


def narrowing(base, other):
    """Width of the paired band over that of independent seeds: every pair of unequal seeds gives one difference."""
    strangers = [other[j] - base[i] for i, j in product(range(REPLICATES), repeat=2) if i != j]
    return width(other - base) / width(strangers)


RULE = "fixed seeds; at least 3 times narrower than with independent seeds"


@pytest.mark.parametrize(
    ("world", "measure"),
    [
        ("companies-comply", "WhatsApp.share"),
        ("whatsapp-complies", "WhatsApp.share"),
        ("whatsapp-complies", "Telegram.installs"),
    ],
)
def test_pairs_are_three_times_narrower(values, verify, world, measure):
    ratio = narrowing(values["hong-kong-2020", measure], values[world, measure])
    verify("V18", f"{measure}, reference v. {world}: paired over independent band", 0.0, ratio, 1 / WANTED, RULE)


def test_pairs_are_three_times_narrower_over_the_calendar(verify):
    """All installs of Telegram in 26 months: worlds that part in July 2020 go on sharing their luck."""
    base, other = (
        np.array([_installs(run_once(load(name, ["population.users=10000"]), 1 + i)) for i in range(REPLICATES)])
        for name in ("hong-kong-2020", "companies-comply")
    )
    case = "Telegram installs of 26 months, reference v. companies-comply: paired over independent band"
    verify("V18", case, 0.0, narrowing(base, other), 1 / WANTED, RULE)


def _installs(run):
    usage = run.tables["usage"]
    return usage.loc[usage["platform"] == "Telegram", "installs"].sum()


def test_pairs_narrow_a_large_effect_as_far_as_pairs_can(values, verify):
    """Where an effect is nearly as large as the measure, no pairing narrows its band to much less than a third.

    The standard deviation of a difference is at least the difference of the two standard deviations (Cauchy-Schwarz),
    so that no pairing whatever can narrow it below |s1 - s2| / sqrt(s1^2 + s2^2). With all companies complying,
    Telegram loses most of its installs, and with them most of their spread: that bound lies at about a third.
    """
    base, other = (values[name, "Telegram.installs"] for name in ("hong-kong-2020", "companies-comply"))
    s1, s2 = base.std(ddof=1), other.std(ddof=1)
    bound = abs(s1 - s2) / math.hypot(s1, s2)
    measured = (other - base).std(ddof=1) / math.hypot(s1, s2)
    case = "Telegram installs of 60 days, reference v. companies-comply: paired over independent deviation; expected: "
    verify(
        "V18", case + "the least that any pairing could reach", bound, measured, (1 - bound) / 2,
        "fixed seeds; nearer to perfect pairing than to none",
    )  # fmt: skip
