"""A company's lawyers: when they review the law, what is before them, and that a pause is decided there (eq. 13)."""

from tests.actors.draws import HAIR, fated, sentences, verbs_behind
from tests.actors.firms import COMMITTEE, DECISION, FIRM, NO_LAW, firm, within_day
from tests.actors.worlds import CALM, act, asked, live, world

WEIGHTS = {"court_weight": 2.5, "rules_weight": 0.9, "society_weight": 0.2, "peer_weight": 0.6}


def test_counsel_meets_at_the_edge_of_its_rate_and_is_logged_once_for_each_news():
    meets = within_day(0.25)
    acts = [act("enact", 0), act("gazette-rules", 2)]
    for draw, days in ((meets + HAIR, []), (meets - HAIR, [0, 2])):
        model, company = firm(acts, {"law": NO_LAW, "decision": DECISION | WEIGHTS}, {"cutoff": 0.98}, MEETING=draw)
        live(model, 5)
        assert company.stance == "process"
        assert [logged.day for logged in model.chronicle.acts if logged.verb == "review the law"] == days
    assert sentences(model, "review the law") == [
        "Lawyers of Firm reviewed the law after its coming into force on 1 January; the company went on answering.",
        "Lawyers of Firm reviewed the law after its rules of 3 January; the company went on answering.",
    ]
    assert verbs_behind(model, "review the law") == ["gazette rules"]


def test_a_review_that_decides_is_logged_even_without_news():
    model, _ = firm(MEETING=0.0)
    live(model, 1)
    assert sentences(model, "review the law") == ["Lawyers of Firm reviewed the law."]
    model, _ = firm(MEETING=within_day(0.25) - HAIR)
    live(model, 3)
    assert sentences(model, "review the law") == []
    model.fate["MEETING"] = 0.0
    live(model, 1)
    assert sentences(model, "review the law") == ["Lawyers of Firm reviewed the law again, with nothing new."]
    assert verbs_behind(model, "pause") == ["review the law"]


def test_a_review_has_announcements_rulings_demands_advice_and_sanctions_before_it():
    names = ("Alpha", "Beta", "Gamma")
    companies = {"Firm": FIRM | {"listens_to": {"western": 1.0}, "cutoff": 0.9}}
    companies |= {name: {"requests": asked(), "listens_to": {}} for name in names}
    acts = [
        act("demand", 0, 0, companies=["Firm"]),
        act("escalate", 1, 1, companies=["Firm"], rung=2),
        act("advise-stance", 2, 2, by="ombudsman", company="Firm", stance="pause", weight=0.1),
        act("force-stance", 3, 3, company="Alpha", stance="refuse"),
        act("court-ruling", 4, 4, outcome="demand-unlawful", company="Firm"),
        *[act("force-stance", 5, 4 + i, company=name, stance="refuse") for i, name in enumerate(names[1:], 1)],
    ]
    model = fated(world(companies, acts, decision=DECISION | WEIGHTS, regulators=COMMITTEE, press=CALM))
    company = model.companies["Firm"]
    company.receive_demand = lambda demand: company.demands.update({demand.kind: demand})
    model.fate["MEETING"] = within_day(0.25) - HAIR
    live(model, 5)
    seen = [told.split(" reviewed the law ")[1].split(";")[0] for told in sentences(model, "review the law")]
    assert seen == ["after the sanction of 2 January", "after the advice of 3 January",
                    "after the announcement of Alpha", "after the ruling of 5 January"]  # fmt: skip
    live(model, 1)
    assert "after the announcements of Beta and Gamma;" in sentences(model, "review the law")[-1]


def test_a_protest_and_rules_that_weigh_nothing_are_no_news_to_counsel():
    acts = [act("announce", 0), act("gazette-rules", 1)]
    for weight, days in ((0.0, []), (0.9, [1])):
        decision = DECISION | WEIGHTS | {"rules_weight": weight}
        model, _ = firm(acts, {"decision": decision}, {"cutoff": 0.98}, MEETING=within_day(0.25) - HAIR)
        live(model, 4)
        assert model.society.pressure > 0.0
        assert [logged.day for logged in model.chronicle.acts if logged.verb == "review the law"] == days
