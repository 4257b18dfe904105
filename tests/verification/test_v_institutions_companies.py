"""Companies against closed forms: V9, V10, V16. Many equal companies of one model are the sample of a test."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.actors.stakes import hazard, logit, sigma
from sim.model import Model
from tests.actors.worlds import alike, asked, live, world

SURE = stats.norm.isf(0.5e-4)
"""Standard errors that chance exceeds once in 10,000 fixed-seed tests."""


def first_days(model: Model, verb: str) -> dict[str, int]:
    days: dict[str, int] = {}
    for act in model.chronicle.acts:
        if act.verb == verb:
            days.setdefault(act.actor, act.day)
    return days


@pytest.mark.slow
@pytest.mark.parametrize(("prior", "noise"), [(0.3, 0.5), (0.45, 0.25)])
def test_time_to_pause_is_geometric(verify, prior, noise):
    decision = {"prior": prior, "noise": noise, "meeting_rate": 0.3, "peer_weight": 0.0, "rules_weight": 0.0}
    number, cutoff = 1500, 0.4
    model = Model(world(alike(number, cutoff=cutoff), decision=decision), rng=9)
    live(model, 300)
    days = first_days(model, "pause")
    q = hazard(0.3 * sigma((logit(prior) - logit(cutoff)) / noise))
    times = np.array([days.get(name, 300) for name in model.companies])
    spread = SURE * math.sqrt(1.0 - q) / q / math.sqrt(number)
    verify("V9", f"mean days to pause, prior {prior}", (1.0 - q) / q, times.mean(), spread, "false alarm 1e-4")

    edges = np.unique(stats.geom.ppf(np.linspace(0.0, 1.0, 11)[1:-1], q, loc=-1))
    observed = np.bincount(np.searchsorted(edges, times), minlength=edges.size + 1)
    expected = number * np.diff([0.0, *stats.geom.cdf(edges, q, loc=-1), 1.0])
    chi2 = float(((observed - expected) ** 2 / expected).sum())
    allowed = stats.chi2.isf(1e-4, edges.size) - edges.size
    if chi2 < edges.size:  # only too large a distance counts against the code
        allowed = edges.size
    verify("V9", f"chi-squared of days to pause, prior {prior}", edges.size, chi2, allowed, "false alarm 1e-4")


@pytest.mark.slow
def test_peers_make_a_pure_birth_process(verify):
    """With hazards small against a day, n companies that all hear of each pause are a pure birth process."""
    groups, n, rate, noise, omega = 250, 4, 0.04, 0.5, 0.6
    companies = {
        f"company {g} {i}": {"group": f"group {g}", "listens_to": {f"group {g}": 1.0}, "requests": asked()}
        for g in range(groups)
        for i in range(n)
    }
    decision = {"prior": 0.2, "noise": noise, "meeting_rate": rate, "peer_weight": omega}
    at_once = {"disclosure_rate": 5.0, "enquiry_per_announcement": 5.0}
    model = Model(world(companies, decision=decision, press=at_once), rng=10)
    live(model, 900)
    days = first_days(model, "pause")
    last = np.array([max(days[f"company {g} {i}"] for i in range(n)) for g in range(groups)])
    pull = [rate * sigma((logit(0.2) + j * omega - logit(0.4)) / noise) for j in range(n)]
    expected = sum(1.0 / ((n - j) * pull[j]) for j in range(n))
    allowed = SURE * last.std() / math.sqrt(groups) + 1.0
    verify("V10", "mean days until four peers have paused", expected, last.mean(), allowed, "1e-4, and a day of grid")


@pytest.mark.slow
def test_due_diligence_is_a_race_of_outcomes(verify):
    number, review, days = 2000, 20.0, 60
    leanings = {"mlat_leaning": 0.5, "refuse_leaning": -0.5, "exit_leaning": -1.0}
    companies = alike(number, stance="pause", review_days=review, exit_days=0.0, **leanings)
    model = Model(world(companies, decision={"prior": 0.3}), rng=16)
    stances = [company.stance for company in live(model, days)]
    odds = {"pause": 1.0, "mlat": math.exp(0.5), "refuse": math.exp(-0.5), "exit": math.exp(-1.0)}
    odds["process"] = math.exp((logit(0.4) - logit(0.3)) / 0.5)
    total = sum(odds.values())
    q = hazard(1.0 / review) * (1.0 - odds["pause"] / total)
    # whoever resumes may pause again: count who has left the first pause by whom they left it for
    left = {act.actor: act.verb for act in reversed(model.chronicle.acts) if act.verb in OUTCOMES}
    verify("V16", "share that left the pause within 60 days", 1.0 - (1.0 - q) ** days, len(left) / number,
           SURE * math.sqrt(0.25 / number), "false alarm 1e-4")  # fmt: skip
    for verb, outcome in OUTCOMES.items():
        expected = odds[outcome] / (total - odds["pause"])
        measured = sum(v == verb for v in left.values()) / len(left)
        allowed = SURE * math.sqrt(expected * (1.0 - expected) / len(left))
        verify("V16", f"share of outcomes: {outcome}", expected, measured, allowed, "false alarm 1e-4")
    assert "mlat" in stances


OUTCOMES = {
    "turn to mutual legal assistance": "mlat",
    "refuse": "refuse",
    "announce an exit": "exit",
    "resume": "process",
}
