"""Cases like a question: rows are those of the shipped checks, of cases with such an act, unseen ones first."""

import tomllib
from pathlib import Path

import pandas as pd
import pytest

from sim.analyses.ask import ask
from sim.scenario.files import cases_folder, load
from sim.scenario.words import number
from sim.view.alike import MOST_CASES, ROLES, cases_alike

SHIPPED = Path(__file__).parents[2] / "results" / "validation"
ASKED = {
    "order-block": ("order-block platform=Telegram date=2020-10-01", "Telegram.holders", "people"),
    "outage": ("outage platform=WhatsApp date=2020-10-01", "WhatsApp.daily_users", "people"),
    "demand": ("demand companies=Meta of=data date=2020-10-01", "Meta.demand_met", "companies"),
}


def alike(act, lead):
    return cases_alike(load("hong-kong-2020"), ask("hong-kong-2020", [act], []), lead)


@pytest.mark.parametrize("kind", ASKED)
def test_what_was_observed_stands_beside_what_the_model_gave(kind):
    act, lead, about = ASKED[kind]
    found, checks = alike(act, lead), pd.read_csv(SHIPPED / "checks.csv")
    assert found.act == kind
    assert 1 <= len(found.rows) <= MOST_CASES
    for row in found.rows.to_dict("records"):
        acts = tomllib.loads((cases_folder() / row["case"] / "scenario.toml").read_text(encoding="utf-8"))["acts"]
        assert kind in {one["kind"] for one in acts}
        mine = checks[(checks["case"] == row["case"]) & (checks["what"] == row["what"]) & (checks["about"] == about)]
        (kept,) = mine[mine["rival"] == "reference"].to_dict("records")[:1]
        assert row["observed"].split()[0] == number(kept["observed"])
        assert row["met"] == ("yes" if kept["passed"] else "no")
        assert row["role"] == ROLES[kept["role"]]
    order = [list(ROLES.values()).index(role) for role in found.rows["role"]]
    assert order == sorted(order), "those that the model did not see come first"
    kinds = pd.read_csv(SHIPPED / "kinds.csv").set_index(["about", "by"])
    model, constant = (
        [f"{kinds.loc[(about, by), name]:.0f}" for name in ("hits", "counted")] for by in ("reference", "constant")
    )
    assert found.hits == (
        f"Of {model[1]} observed values about {about}, whatever their role, the model meets {model[0]} "
        f"(one constant: {constant[0]} of {constant[1]}): it is {kinds.loc[(about, 'reference'), 'gate']}."
    )


def test_where_no_case_has_such_an_act_it_is_said():
    found = alike("mandate-interoperability date=2020-10-01", "Telegram.holders")
    assert (found.act, len(found.rows)) == ("", 0)
    assert cases_alike(load("hong-kong-2020"), load("hong-kong-2020"), "Telegram.holders") is None
