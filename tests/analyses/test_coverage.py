"""What the quoted band holds of readings that ship, with what the model misses and without; how errors are drawn."""

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, kstest
from scipy.stats import t as student

from sim.analyses.baselines import HOLDS, NOT_SHOWN
from sim.analyses.rivals import REFERENCE
from sim.analyses.validate import by_role, score
from sim.evidence.cases import cases, load_case
from sim.evidence.scores import judge
from sim.results.posterior import FREEDOM, UNIT, Posterior, Prior, load_posterior
from sim.scenario.files import folder, load
from tests.evidence.checks import one_check

SHIPPED = folder().parent / "results" / "validation"
LEVELS = {"in_band": 0.9, "in_half": 0.5}
DEPENDENT, FALSE_ALARM = 2.7, 0.02
"""Values that count as one, since those of a country miss together; chance that right bands are called wrong."""


@functools.cache
def chosen():
    return [load_case(name) for name in cases()]


def of_people(posterior):
    """What the bands hold of people, by the readings that ship."""
    found = score(chosen(), pd.read_csv(SHIPPED / "readings.csv").query(f"rival == '{REFERENCE}'"), posterior).checks
    return by_role(found, "about").query(f"by == '{REFERENCE}'").set_index("about").loc["people"]


def covers(row):
    """Whether each band may hold what it says, by a binomial test of so many independent values."""
    size = int(row["told"] / DEPENDENT)
    tests = [binomtest(round(size * row[held] / row["told"]), size, level) for held, level in LEVELS.items()]
    return [bool(one.pvalue > FALSE_ALARM / len(tests)) for one in tests]


def test_the_table_that_ships_counts_the_band_with_what_the_model_misses():
    shipped = pd.read_csv(SHIPPED / "kinds.csv").query(f"by == '{REFERENCE}'").set_index("about").loc["people"]
    again, bare = of_people(load_posterior()), of_people(None)
    held = ["told", "in_band", "in_half", "in_runs", "hits"]
    assert shipped[held].tolist() == again[held].tolist()
    assert covers(shipped) == [True, True]
    assert not covers(bare)[0], "without what the model misses"
    assert (bare["in_runs"], bare["hits"]) == (shipped["in_runs"], shipped["hits"])
    in_sample = HOLDS[0] <= shipped["in_band"] / shipped["told"] <= HOLDS[1]
    assert in_sample or shipped["gate"] == NOT_SHOWN


@dataclass(frozen=True)
class Other(Posterior):
    """The same posterior with other draws of the errors, by a number."""

    number: int = 0

    def errors(self, kind, what, seeds):
        return super().errors(kind, f"{what}, {self.number}", seeds)


@pytest.mark.slow
def test_the_documents_say_how_much_of_the_coverage_is_luck():
    shipped = load_posterior()
    held = [int(of_people(Other(shipped.layers, shipped.hashes, shipped.priors, n))["in_band"]) for n in range(20)]
    text = " ".join((folder().parent / "docs" / "validation.md").read_text(encoding="utf-8").split())
    told = of_people(shipped)["told"]
    assert f"holds {min(held)} to {max(held)} of {told}, {np.mean(held):.0f} on average" in text


def layers(**columns):
    return Posterior({"people": pd.DataFrame(columns)}, {}, {"population.inertia": Prior(0.0, 1.0, log=False)})


def test_errors_are_students_with_the_discrepancy_beside_the_error_of_observation():
    """Kolmogorov's test at a false-alarm rate of 1e-4 with fixed seeds; that of another size fails."""
    found = layers(**{"sd.users": [1.0], "kappa": [0.0]}).errors("users", "a check", range(2000))
    assert kstest(found / (np.sqrt(2.0) * UNIT), student(FREEDOM).cdf).pvalue > 1e-4
    assert kstest(found / UNIT, student(FREEDOM).cdf).pvalue < 1e-3


def test_a_country_has_one_shift_and_each_quantity_an_error_of_its_own():
    seeds = range(500)
    one, other = (layers(**{"sd.users": [0.0], "kappa": [3.0]}).errors("users", what, seeds) for what in ("a", "b"))
    assert 0.8 < np.corrcoef(one, other)[0, 1] < 0.98
    one, other = (layers(**{"sd.users": [0.0], "kappa": [0.0]}).errors("users", what, seeds) for what in ("a", "b"))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.2


def test_errors_are_of_the_draw_that_the_constants_are_of_and_of_seed_and_quantity_alone():
    drawn = layers(**{"mu.population.inertia": [-9.0, 9.0], "tau.population.inertia": [0.0, 0.0],
                      "sd.users": [0.0, 1e9], "kappa": [0.0, 0.0]})  # fmt: skip
    values = [one["population.inertia"] for one in drawn.values(load("hong-kong-2020"), range(40))]
    found = drawn.errors("users", "a check", range(40))
    assert ((np.array(values) > 0.5) == (np.abs(found) > 1e3)).all()
    assert 5 < sum(np.abs(found) > 1e3) < 35
    assert found[7] == drawn.errors("users", "a check", [7])[0]
    assert drawn.errors("installs", "a check", range(40)) is None


def test_errors_move_band_and_scores_on_the_scale_of_the_spread_and_no_verdict():
    values, errors = np.full(40, 8.0), np.linspace(-1.0, 1.0, 40)
    check = {"observed": 4.0, "low": 7.0, "high": 9.0, "spread": np.log(2.0), "scale": "log"}
    found, bare = judge(one_check(**check), values, errors), judge(one_check(**check), values)
    assert [found.p05, found.p95] == pytest.approx([8.0 * 2.0 ** errors[1], 8.0 * 2.0 ** errors[-2]])
    assert (found.p50, found.passed, found.passing) == (bare.p50, bare.passed, bare.passing) == (8.0, True, 1.0)
    assert (bare.in_band, found.in_runs, found.in_half) == (False, False, False)
    assert found.crps < bare.crps == 1.0
    linear = judge(one_check(**check | {"scale": "linear", "spread": 2.0}), values, errors)
    assert [linear.p05, linear.p95] == pytest.approx([8.0 + 2.0 * errors[1], 8.0 + 2.0 * errors[-2]])
    unsaid = judge(one_check(**check | {"spread": np.nan}), values, errors)
    assert (unsaid.p05, unsaid.p95) == (8.0, 8.0)
