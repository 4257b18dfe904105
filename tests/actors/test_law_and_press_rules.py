"""The law as it stands, what the press knows, and civil society: each by hand (eq. 1 and 14)."""

import math

import pytest

from sim.actors.world import LawState
from sim.scenario.institutions import Law
from tests.actors.draws import fated
from tests.actors.worlds import act, asked, live, world

NO_LAW = {"in_force": False, "court_order_required": True, "vagueness": 0.6}


# Law


@pytest.mark.parametrize("court", [True, False])
@pytest.mark.parametrize("published", [True, False])
def test_enactment(court, published):
    acts = [act("enact", 1, court_order_required=court, text_published=published)]
    model = fated(world({}, acts, law=NO_LAW))
    live(model, 2)
    law = model.law
    assert (law.in_force, law.court_order_required, law.text_public) == (True, court, published)
    assert law.sources == {"enacted": 0}
    expected = {
        (True, True): "",
        (True, False): " without need of a court order to demand data",
        (False, True): ", its text unpublished",
        (False, False): ", its text unpublished and without need of a court order to demand data",
    }[published, court]
    assert model.chronicle.acts[0].quantities["terms"] == expected


# Press


def press(acts=(), **spec):
    return fated(world({name: {"requests": asked(), "listens_to": {}} for name in "ABCDEFGH"}, acts, press=spec)).press


def test_enquiries_rise_with_rules_and_with_up_to_five_announcements():
    one = press(enquiry_after_rules=0.3, enquiry_per_announcement=0.45)
    rates = [one.enquiry_rate()]
    for number, name in enumerate("ABCDEFGH"):
        one.cover_announcement(name, number)
        rates.append(one.enquiry_rate())
    assert rates == pytest.approx([0.45 * min(n, 5) for n in range(9)])
    one.model.law.rules_gazetted = True
    assert one.enquiry_rate() == pytest.approx(0.3 + 0.45 * 5)


def test_what_brings_the_press_to_ask_is_named_the_greater_part_first():
    """Rules bring 0.5 a day, announcements 0.2 each up to five; rules of before the start have no act."""
    one, rules = press(enquiry_after_rules=0.5, enquiry_per_announcement=0.2), "the rules of the law"
    one.model.law.rules_gazetted = True
    assert one.enquiry() == (f", when the press enquired after {rules},", [])
    one.model.law.sources["gazetted"] = 7
    one.cover_announcement("A", 3)
    asked_after = ", when the press enquired after"
    assert one.enquiry() == (f"{asked_after} {rules} and the announcement of A,", [7, 3])
    one.cover_announcement("B", 4)
    assert one.enquiry() == (f"{asked_after} {rules} and the announcements of A and B,", [7, 3, 4])
    one.cover_announcement("C", 5)
    assert one.enquiry() == (f"{asked_after} the announcements of three companies and {rules},", [3, 4, 5, 7])
    one.model.law.rules_gazetted = False
    assert one.enquiry() == (f"{asked_after} the announcements of three companies,", [3, 4, 5])


def test_an_announcement_is_news_once():
    """A second announcement of the same company draws no attention, and is what later acts refer to."""
    one = press(salience_per_pause=0.25)
    one.cover_announcement("A", 3)
    one.cover_announcement("A", 7)
    assert (one.salience, one.fear, one.known) == (0.25, 0.0, {"A": 7})
    one.cover_announcement("B", 8)
    assert one.salience == 0.5
    one.forget("A")
    one.forget("C")
    assert one.known == {"B": 8}
    one.cover_announcement("A", 9)
    assert (one.salience, one.known) == (0.75, {"B": 8, "A": 9})


def test_arrests_draw_attention_leave_fear_and_count_for_thirty_days():
    one = press(salience_per_arrest=0.02)
    one.cover_arrest(10)
    assert (one.salience, one.fear) == pytest.approx((0.2, 0.2))
    one.cover_arrest(5)
    assert (one.salience, one.arrests) == (pytest.approx(0.3), pytest.approx(15 / 30))
    one, seen = press(), []
    for day in range(62):
        one.step()
        if day in (0, 20):
            one.cover_arrest(30)
        seen.append(one.arrests)
    assert seen == [1.0] * 20 + [2.0] * 10 + [1.0] * 20 + [0.0] * 12


def test_attention_and_fear_fade_each_at_its_pace():
    one = press(salience_days=10.0, fear_days=100.0)
    one.salience = one.alarm = one.access_attention = one.fear = one.named[0] = 1.0
    for _ in range(5):
        one.step()
    faded = one.salience, one.alarm, one.access_attention, one.named[0]
    assert faded == pytest.approx((math.exp(-0.5),) * 4)
    assert one.fear == pytest.approx(math.exp(-0.05))


# Civil society


def test_pressure_adds_up_and_fades():
    acts = [act("announce", 0), act("enact", 0, 1), act("arrest", 0, 2, persons=10)]
    society = {"pressure_days": 20.0, "pressure_per_act": 0.8, "pressure_per_arrest": 0.03}
    model = fated(world({}, acts, society=society))
    live(model, 1)
    assert model.society.pressure == pytest.approx(2 * 0.8 + 0.3)
    live(model, 4)
    assert model.society.pressure == pytest.approx((2 * 0.8 + 0.3) * math.exp(-4 / 20))


@pytest.mark.parametrize("in_force", [True, False])
def test_the_regime_at_the_start_and_its_vagueness(in_force):
    """The text of a law in force is public; of one whose text is not, everything is vague."""
    law = LawState.at_start(
        Law(name="act", in_force=in_force, court_order_required=in_force, suspicion=1.5, vagueness=0.3)
    )
    assert (law.name, law.in_force, law.court_order_required, law.text_public) == ("act", in_force, in_force, in_force)
    assert (law.suspicion, law.terms_vagueness, law.rules_gazetted) == (1.5, 0.3, False)
    assert (law.unlawful_for, law.sources) == ({}, {})
    for public, vagueness in ((True, 0.3), (False, 1.0)):
        law.text_public = public
        assert law.vagueness == (vagueness if in_force else 0.0)
