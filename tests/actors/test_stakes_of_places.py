"""What differs between countries for one company: the government's record, the market's worth, staff on the spot."""

import pytest

from sim.actors.stakes import Stakes
from sim.model import Model
from tests.actors.firms import NO_PRINCIPLE
from tests.actors.worlds import CALM, act, asked, live, on, world

SPEC = {"requests": asked(), "listens_to": {}}
NO_LAW = {"in_force": False, "court_order_required": False}


def test_a_record_adds_to_the_log_odds_of_political_use():
    clean, doubtful = (
        Model(world({"Meta": SPEC}, law={"in_force": True, "court_order_required": False, "suspicion": record}))
        for record in (0.0, 2.5)
    )
    assert doubtful.companies["Meta"].log_odds() == pytest.approx(clean.companies["Meta"].log_odds() + 2.5)


@pytest.mark.parametrize("sanction", [0.0, 0.2, 1.5])
def test_a_small_market_is_not_worth_the_harm(sanction):
    stakes = Stakes.from_cutoff(0.4, 1.0, 0.1, 1.0)
    small, home, large = (stakes.cutoff(sanction, 1.0, market) for market in (0.1, 1.0, 10.0))
    assert small < home < large
    assert home == pytest.approx((1.1 + sanction) / (1.0 + 1.1 / 0.4 - 1.0))
    assert small == pytest.approx(0.1 * (1.1 + sanction) / (0.1 + 1.1 / 0.4 - 1.0))


def test_no_rung_spares_the_absent_where_the_law_has_no_rung_on_staff():
    committee = {"role": "committee", "ladder_rate": 0.0, "staff_rung": 0}
    away = {"Away": SPEC | {"local_staff": False}}
    company = Model(world(away, regulators={"Board": committee})).companies["Away"]
    assert company.cutoff_at("data", 3) > company.cutoff_at("data", 2)


def answers(*, staff: bool, block: bool) -> list[int | None]:
    """Days on which twenty companies met a demand with a deadline on day 20; a block follows on day 30."""
    companies = {
        f"company {i}": SPEC | {"local_staff": staff, "platforms": [f"App {i}"], "review_days": 3000.0}
        for i in range(8)
    }
    acts = [act("demand", 10, of="registration", companies=list(companies), deadline=on(20))]
    acts += [act("order-block", 30, i, platform=f"App {i}") for i in range(8) if block]
    model = Model(world(companies, acts, law=NO_LAW, press=CALM, bargaining=NO_PRINCIPLE), rng=3)
    live(model, 60)
    met = {logged.actor: logged.day for logged in model.chronicle.acts if logged.verb == "meet a demand"}
    return [met.get(name) for name in companies]


def test_a_deadline_counts_for_those_on_the_spot_and_a_block_for_all():
    heeded = answers(staff=True, block=False)
    assert sum(day is not None and day <= 22 for day in heeded) >= 7
    assert answers(staff=False, block=False).count(None) >= 7
    blocked = answers(staff=False, block=True)
    assert sum(day is not None and 30 <= day <= 37 for day in blocked) >= 7
