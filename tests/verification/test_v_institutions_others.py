"""Requests, press, ISPs and the ladder against closed forms: V11, V13 and V14."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.actors.stakes import hazard
from sim.model import Model
from tests.actors.worlds import act, alike, asked, live, world

SURE = stats.norm.isf(0.5e-4)
POLICE = {"role": "police", "capacity": 10_000.0}


def test_production_is_binomial(verify):
    number, days, kappa = 200, 200, 0.24
    companies = alike(number, requests=asked(1.4, kappa), stance="process", human_rights_weight=0.0)
    model = Model(world(companies, regulators={"Police": POLICE}), rng=11)
    produced = refused = 0
    for _ in range(days):
        for company in live(model, 1):
            produced += company.tally["ordinary"].produced
            refused += company.tally["ordinary"].refused
    answered = produced + refused
    allowed = SURE * math.sqrt(kappa * (1.0 - kappa) / answered)
    verify("V11", "share produced of requests answered", kappa, produced / answered, allowed, "false alarm 1e-4")


def test_backlog_of_a_pause_is_poisson(verify):
    number, days, rate = 600, 50, 0.8
    companies = alike(number, requests=asked(rate), stance="pause", review_days=3650.0)
    acts = [act("force-stance", 0, i, company=name, stance="pause") for i, name in enumerate(companies)]
    model = Model(world(companies, acts, regulators={"Police": POLICE}), rng=11)
    pending = np.array([company.tally["ordinary"].pending for company in live(model, days)])
    mean = rate * days
    verify("V11", "mean backlog of 50 days", mean, pending.mean(), SURE * math.sqrt(mean / number), "false alarm 1e-4")
    dispersion = float(pending.var(ddof=1) / pending.mean())
    allowed = SURE * math.sqrt(2.0 / number)
    verify("V11", "variance over mean of the backlog", 1.0, dispersion, allowed, "false alarm 1e-4")


def test_mutual_legal_assistance_is_an_infinite_server_queue(verify):
    number, days, rate, delay = 400, 400, 0.8, 300.0
    companies = alike(number, requests=asked(rate), stance="mlat")
    model = Model(world(companies, days=500, regulators={"Police": POLICE | {"mlat_days": delay}}), rng=11)
    stock = np.array([company.tally["ordinary"].mlat for company in live(model, days)])
    stays = math.exp(-1.0 / delay)
    mean = rate * (1.0 - stays**days) / (1.0 - stays)
    allowed = SURE * math.sqrt(mean / number)
    verify("V11", "stock under mutual legal assistance", mean, stock.mean(), allowed, "false alarm 1e-4")
    verify("V11", "the same, as the integral of M/G/infinity", rate * delay * (1.0 - math.exp(-days / delay)),
           stock.mean(), allowed + rate, "1e-4, and a day of grid")  # fmt: skip


def test_demand_relaxes_to_its_floor(verify):
    floor, time, half_year = 0.53, 120.0, 184
    companies = {"Meta": {"requests": asked(1.44), "listens_to": {}}}
    acts = [act("force-stance", 0, company="Meta", stance="pause")]
    police = POLICE | {"floor_paused": floor, "adaptation_days_paused": time}
    model = Model(world(companies, acts, regulators={"Police": police}), rng=11)
    rates = []
    for _ in range(half_year):
        live(model, 1)
        rates.append(model.police.demand["Meta", "ordinary"] / 1.44)
    verify("V11", "demand after 184 days of pause", floor + (1 - floor) * math.exp(-half_year / time), rates[-1], 1e-12,
           "exact on the daily grid")  # fmt: skip
    mean = floor + (1.0 - floor) * time / half_year * (1.0 - math.exp(-half_year / time))
    verify("V11", "mean demand of the first half-year", mean, float(np.mean(rates)), (1 - floor) / (2 * time),
           "half a day of grid")  # fmt: skip


def test_salience_obeys_campbell(verify):
    rate, size, decay, days = 0.2, 0.3, 22.0, 200_000
    model = Model(world({}, press={"salience_days": decay}), rng=13)
    events = np.random.default_rng(13).poisson(rate, days)
    salience = np.empty(days)
    for day in range(days):
        model.press.step()
        model.press.cover(size * events[day])
        salience[day] = model.press.salience
    memory = math.exp(-1.0 / decay)
    mean, variance = rate * size / (1.0 - memory), rate * size**2 / (1.0 - memory**2)
    settled = salience[1000:]
    allowed = SURE * math.sqrt(variance * (1.0 + memory) / (1.0 - memory) / settled.size)
    verify("V13", "mean salience, Campbell's theorem by days", mean, settled.mean(), allowed, "false alarm 1e-4")
    verify("V13", "the same in continuous time, nu A tau", rate * size * decay, settled.mean(),
           allowed + rate * size / 2.0 * 1.05, "1e-4, and half a day of grid")  # fmt: skip
    verify("V13", "variance of salience", variance, settled.var(), 0.06 * variance, "4 standard errors of a variance")


def test_orders_spread_over_isps(verify):
    isps = {
        "Fast": {"share": 0.5, "lag_days": 1.0, "compliance": 1.0},
        "Slow": {"share": 0.3, "lag_days": 6.0, "compliance": 0.9},
        "Sure": {"share": 0.16, "lag_days": 3.0, "compliance": 0.99},
        "Small": {"share": 0.04, "lag_days": 3.0, "compliance": 0.8},
    }
    late = 15.0

    def covered_by(isp: dict[str, float], days: float) -> float:
        """Chance to have acted: a lag in time, and for a carrier of national size that is late the sum of two lags."""
        lag, obeys = isp["lag_days"], isp["compliance"]
        soon = 1.0 - math.exp(-days / lag)
        if isp["share"] < 0.05:
            return obeys * soon
        both = 1.0 - (late * math.exp(-days / late) - lag * math.exp(-days / lag)) / (late - lag)
        return obeys * soon + (1.0 - obeys) * both

    sites = 1500
    acts = [act("order-site-block", 0, i, site=f"site {i}") for i in range(sites)]
    model = Model(world({}, acts, isps=isps, network={"late_days": late, "national_share": 0.05}), rng=14)
    for day in (0, 1, 3, 8, 30):
        live(model, day + 1 - model.day)
        covered = sum(isp["share"] * len(model.isps[name].executed) / sites for name, isp in isps.items())
        expected = sum(isp["share"] * covered_by(isp, day + 1) for isp in isps.values())
        spread = math.sqrt(sum(isp["share"] ** 2 * 0.25 for isp in isps.values()) / sites)
        verify("V14", f"share of traffic covered, day {day}", expected, covered, SURE * spread, "false alarm 1e-4")


@pytest.mark.slow
def test_time_on_the_ladder_is_a_sum_of_waits(verify):
    number, epsilon, rungs = 800, 0.1, 3
    committee = {"role": "committee", "ladder_rate": epsilon, "gain": 0.0, "rung_costs": [0.0] * 7,
                 "highest_rung": rungs}  # fmt: skip
    companies = alike(number, stance="process")
    acts = [act("force-stance", 0, i, company=name, stance="refuse") for i, name in enumerate(companies)]
    model = Model(world(companies, acts, regulators={"Committee": committee}), rng=14)
    live(model, 380)
    arrival = {act.target: act.day for act in model.chronicle.acts if act.quantities.get("rung") == rungs}
    q = hazard(epsilon * 0.5)
    times = np.array([arrival.get(name, 380) for name in companies]) + 1.0
    expected = rungs / q
    allowed = SURE * math.sqrt(rungs * (1.0 - q)) / q / math.sqrt(number)
    verify("V14", "days to the third rung, sum of 1/epsilon", expected, times.mean(), allowed, "false alarm 1e-4")
