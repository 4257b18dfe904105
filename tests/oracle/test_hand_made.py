"""A few people made by hand: what the twin's rules say of them, against arithmetic done on paper.

The compiled rules equal the twin's (test_twin.py), so these numbers hold for both.
"""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.population import Conditions
from sim.scenario.institutions import Isp
from sim.scenario.population import Platform
from sim.scenario.population import Population as Spec
from tests.oracle.person import Person, sigma
from tests.oracle.twin import Twin, quiet_day
from tests.oracle.worlds import WITHOUT_GAINS

ISPS = {"a": Isp(share=0.75), "b": Isp(share=0.25)}
W, T, S, N = range(4)
PLATFORMS = {"W": Platform(share=0.5), "T": Platform(share=0.2), "S": Platform(share=0.1),
             "N": Platform(share=0.3, type="network", outside=0.25)}  # fmt: skip


class Ring:
    """Everyone knows the next four persons on either side."""

    def __init__(self, users: int) -> None:
        self.users = users

    def of(self, i: int) -> list[int]:
        return sorted((i + d) % self.users for d in (-4, -3, -2, -1, 1, 2, 3, 4))


def town(
    holds: dict[int, set[int]],
    *,
    vpn: set[int] = frozenset(),  # type: ignore[assignment]
    on_b: set[int] = frozenset(),  # type: ignore[assignment]
    awareness: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0),
    steps: int = 1,
    standing: np.ndarray | None = None,
    platforms: dict[str, Platform] | None = None,
    **spec: Any,
) -> Twin:
    """Twelve people on a ring: who holds what, who has a VPN, who is on provider b."""
    fields = [(f, np.float64 if f in ("concern", "exposure") else np.uint8)
              for f in ("concern", "exposure", "isp", "hold", "trial", "ever", "vpn", "speak")]  # fmt: skip
    rows = np.zeros(12, np.dtype(fields))
    for i, apps in holds.items():
        rows["hold"][i] = rows["ever"][i] = sum(1 << k for k in apps)
    rows["vpn"][list(vpn)] = 1
    rows["isp"][list(on_b)] = 1
    platforms = platforms or PLATFORMS
    rules = SimpleNamespace(
        intercept=[0.5, 0.4, 0.3, 0.2][: len(platforms)], vpn_intercept=-2.0, vpn_response=2.0, speak_intercept=-1.0
    )
    people = SimpleNamespace(people=rows, ties=Ring(12), awareness=awareness[: len(platforms)], rules=rules)
    settings = WITHOUT_GAINS | {"users": 12, "contagion": "none", "acquaintances": 2.0, "vpn_usability": 0.8,
                "gamma": 2.0, "redundancy": 0.5, "outside_value": 0.6, "block_cost": 1.5, "expected_movement": 3.0,
                "patience_days": 10.0, "anticipation": 0.25} | spec  # fmt: skip
    return Twin(Spec(**settings), platforms, ISPS, people, 7, steps, standing)


def day(number: int = 0, **changes: Any) -> Conditions:
    quiet = quiet_day(4, 2)
    fields = {f: getattr(quiet, f) for f in quiet.__dataclass_fields__}
    return Conditions(**fields | {"day": number} | changes)


def access(**rows: float | tuple[float, float]) -> np.ndarray:
    table = np.ones((4, 2))
    for name, value in rows.items():
        table[list(PLATFORMS).index(name)] = value
    return table


def meet(twin: Twin, conditions: Conditions) -> Person:
    """Person 0 as it sees the step."""
    twin.meet(conditions, 0)
    return twin.people[0]


# person 0 holds W and T; of its eight contacts (8 to 11 and 1 to 4) five hold W, two hold T, one holds both
HOLDS = {0: {W, T}, 1: {W}, 2: {W}, 3: {W}, 4: {W, T}, 11: {W}, 10: {T}, 6: {S}}


def test_reach_counts_contacts_by_type():
    me = meet(town(HOLDS), day())
    assert me.n == [5 / 8, 2 / 8, 0.0, 0.25]
    assert me.reach(me.held_of_type("messenger"), me.usability) == pytest.approx(1 - 3 / 8 * 6 / 8)
    assert me.reach(me.held_of_type("network"), me.usability) == 0.0
    assert me.lost == {"messenger": 0.0, "network": 0.0}


def test_outside_value_by_type_and_by_platform():
    platforms = PLATFORMS | {"N": Platform(share=0.3, type="network"), "S": Platform(share=0.1, outside=0.1)}
    holds = HOLDS | {5: {N}, 1: {W, N}}
    me = meet(town(holds, platforms=platforms), day(interoperability=0.5))
    assert me.n[N] == pytest.approx(0.6 + 0.4 * (1 / 8 + 0.5 * 7 / 8)), "default of a network"
    assert me.n[S] == pytest.approx(0.1 + 0.9 * 0.5), "a platform's own"
    assert me.n[W] == pytest.approx(5 / 8 + 0.5 * 3 / 8), "a messenger has none"


def test_who_is_cut_off_reaches_nobody():
    """W is blocked on provider b, where 1 and 2 are; 2 has a VPN, so that only 1 is cut off."""
    twin = town(HOLDS, on_b={1, 2}, vpn={2})
    me = meet(twin, day(access=access(W=(1.0, 0.0))))
    assert twin.people[1].is_cut_from(W)
    assert not twin.people[2].is_cut_from(W)
    assert me.n[W] == 4 / 8
    assert me.n_ghosts[W] == 5 / 8
    whole, left = 1 - 3 / 8 * 6 / 8, 1 - 4 / 8 * 6 / 8
    assert me.lost["messenger"] == pytest.approx((whole - left) / whole)
    cut = twin.people[1]
    assert cut.usability(W) == 0.0
    assert cut.lost["messenger"] == 1.0
    with_vpn = twin.people[2]
    assert with_vpn.usability(W) == 0.8
    assert 0.0 < with_vpn.lost["messenger"] < with_vpn.need_of_vpn() == 1.0


def test_half_usable_is_not_cut_off():
    twin = town(HOLDS)
    me = meet(twin, day(access=access(W=0.5)))
    assert me.n[W] == 5 / 8
    whole, left = 1 - 3 / 8 * 6 / 8, 1 - (1 - 5 / 8 / 2) * 6 / 8
    assert me.lost["messenger"] == pytest.approx((whole - left) / whole)
    assert meet(twin, day(access=access(W=0.499))).n[W] == 0.0


def test_an_announcement_is_felt_in_part_and_cuts_nobody_off():
    me = meet(town(HOLDS), day(announced=np.array([0.8, 0.0, 0.0, 0.0])))
    assert me.usability(W) == 1.0
    assert me.felt(W) == pytest.approx(1 - 0.25 * 0.8)
    assert me.n[W] == 5 / 8
    assert me.lost["messenger"] > 0.0
    assert me.search_for(W) > 0.0
    assert me.value(W) == pytest.approx(0.5 + 2 * 5 / 8 * (1 - 0.5 * 2 / 8)), "what is announced works as yet"
    rival = meet(town(HOLDS, expected_movement=0.0), day(announced=np.array([0.0, 0.8, 0.0, 0.0])))
    assert rival.value(W) == pytest.approx(0.5 + 2 * 5 / 8 * (1 - 0.5 * 2 / 8)), "and reaches as many"


def test_value_of_what_is_held_and_of_what_is_not():
    me = meet(town(HOLDS, substitution=0.2), day())
    assert me.value(W) == pytest.approx(0.5 + 2 * 5 / 8 * (1 - 0.5 * 2 / 8) - 0.2)
    assert me.value(T) == pytest.approx(0.4 + 2 * 2 / 8 * (1 - 0.5 * 5 / 8) - 0.2)
    assert me.value(S) == pytest.approx(0.3 - 0.4)
    assert me.value(N) == pytest.approx(0.2 + 2 * 0.25 - 0.4), "apps of another type reach nobody there"


def test_patience_values_what_was_expected():
    """W goes dark for all: on the first day its holders value it as before, after ten days 1/e of that is left."""
    twin = town(HOLDS, revision_rate=1e-9, loss_rate=0.0)
    dark = day(access=access(W=0.0))
    me = meet(twin, dark)
    second = 1 - 3 / 8 * 6 / 8
    lost = (second - 2 / 8) / second
    assert me.lost["messenger"] == pytest.approx(lost)
    assert me.value(W) == pytest.approx(0.5 + 2 * 5 / 8 * (1 - 0.5 * 2 / 8)), "nothing is expected of a dark app"
    outsider = twin.people[10]  # holds T; its contacts 0, 1, 2, 11 hold W
    assert outsider.value(W) == pytest.approx(0.5 - 1.5)
    for number in range(10):
        twin.live(day(number, access=dark.access))
    me = meet(twin, day(10, access=dark.access))
    expected = math.exp(-1.0)
    value = 0.5 + 2 * 5 / 8 * expected * expected * (1 - 0.5 * 2 / 8) - 1.5 * (1 - expected)
    assert me.value(W) == pytest.approx(value), "contacts are expected back, and the app to work, by the same measure"
    back = meet(twin, day(11))
    assert back.value(W) == pytest.approx(0.5 + 2 * 5 / 8 * (1 - 0.5 * 2 / 8)), "at once when it works again"


def test_expected_movement_goes_to_what_works_and_is_known():
    """W (5 holders of 12 and 1) is dark; T has 3, S has 1 holder and is named; N is of another type."""
    twin = town(HOLDS, awareness=(0.0, 0.0, 1.0, 0.0))
    named = np.array([0.0, 0.0, 1.0, 0.0])
    me = meet(twin, day(access=access(W=0.0), named=named))
    weight_t, weight_s = 3 / 12, 1 / 12 * math.e
    assert me.focal_share(W) == 0.0
    assert me.focal_share(T) == pytest.approx(weight_t / (weight_t + weight_s))
    assert me.focal_share(S) == pytest.approx(weight_s / (weight_t + weight_s))
    assert me.value(S) == pytest.approx(0.3 + 3 * me.lost["messenger"] * me.focal_share(S))
    unaware = meet(town(HOLDS), day(access=access(W=0.0), named=named))
    assert not unaware.knows(S)
    assert unaware.focal_share(T) == 1.0


def test_a_dim_app_that_is_not_held_can_still_be_moved_to():
    """An outsider to W, which works at 0.6: it is no loss to him, and half usable is enough to look at it."""
    twin = town(HOLDS | {10: {T}}, awareness=(1.0, 1.0, 0.0, 0.0))
    twin.meet(day(access=access(W=0.6, T=0.3)), 0)
    him = twin.people[10]
    assert him.search_for(W) > 0.0
    assert him.search_for(T) > 0.0, "held and dim"
    assert him.search_for(N) == 0.0
    assert N not in him.known, "nobody told him of it"
    assert him.focal_share(T) == 0.0
    assert him.focal_share(W) == pytest.approx(6 / 7), "6 hold W, 1 holds S: his contact"


def test_who_knows_an_app():
    twin = town(HOLDS, awareness=(0.0, 0.0, 0.4, 0.0))
    twin.meet(day(), 0)
    for person in twin.people:
        met = any(S in other.apps for other in person.contacts) or S in person.apps
        assert (S in person.known) == (met or person.curiosity[S] < max(0.4, 1 - (11 / 12) ** 2))
    assert 0 < sum(S in person.known for person in twin.people) < 12


def test_awareness_follows_what_names_the_app_and_who_holds_it():
    twin = town(HOLDS, awareness=(0.0, 0.0, 0.5, 0.0), steps=2, awareness_rate=0.2)
    twin.meet(day(named=np.array([0.0, 0.0, 3.0, 0.0])), 0)
    assert twin.around.awareness[S] == pytest.approx(1 - 0.5 * math.exp(-0.2 * 3 * 0.5))
    assert twin.around.awareness[W] == pytest.approx(1 - (6 / 12) ** 2)
    assert twin.around.awareness[N] == 0.0


def test_search_cools_to_a_remnant_and_starts_anew():
    twin = town(HOLDS, loss_days=2.0, loss_remnant=0.1, revision_rate=1e-9, loss_rate=0.0)
    assert meet(twin, day()).heat("messenger") == 0.0
    twin.around.end()
    seen = []
    for number, w in enumerate((0.6, 0.6, 0.6, 0.8, 0.3, 0.3)):
        twin.meet(day(number, access=access(W=w)), 0)
        seen.append(twin.people[0].heat("messenger"))
        twin.around.end()
    days_since_fall = (0, 1, 2, 3, 0, 1)
    assert seen == pytest.approx([0.1 + 0.9 * math.exp(-d / 2.0) for d in days_since_fall])


def test_orders_that_stand_have_cooled():
    standing = np.ones((4, 2))
    standing[W] = (0.0, 0.3)
    twin = town(HOLDS, standing=standing, loss_days=2.0, loss_remnant=0.1)
    me = meet(twin, day(access=standing))
    assert me.heat("messenger") == pytest.approx(0.1)
    assert twin.around.experience == [1.0, 1.0]
    assert twin.around.shut[W]
    value = me.value(W)
    assert value == pytest.approx(0.5 - 1.5), "nobody waits for it"
    twin.around.end()
    twin.meet(day(1), 0)
    assert twin.around.days_open[W] == 0.0


def test_occasions_add_up():
    """Person 1 holds W, cut off; knows W, T (contact 0), not S or N. E = 0, salience 0.5."""
    spec = {"revision_rate": 0.01, "attention_salience": 2.0, "loss_rate": 0.4, "loss_days": 3.0, "trial_rate": 0.2}
    twin = town(HOLDS, on_b={1}, **spec)
    twin.people[1].trials = {W}
    twin.meet(day(salience=0.5, access=access(W=(1.0, 0.0))), 0)
    him = twin.people[1]
    assert him.known == [W, T]
    assert him.lost["messenger"] == 1.0
    assert him.rate_of_looks_at(W) == pytest.approx(0.01 * 2 + 0.2 + 0.4)
    assert him.rate_of_looks_at(T) == pytest.approx(0.01 * 2 + 0.4)
    assert him.rate_of_looks() == pytest.approx(2 * 0.02 + 0.2 + 2 * 0.4)
    places = {0.1: (W, "trial"), 0.3: (W, "search"), 0.7: (T, "search"), 1.01: (W, "background"),
              1.03: (T, "background")}  # fmt: skip
    for place, what in places.items():
        assert him.app_looked_at(place, 1.04) == what


def test_attention_that_names_an_app_makes_those_look_who_know_it():
    twin = town(HOLDS, revision_rate=0.01, attention_salience=2.0)
    twin.meet(day(named=np.array([0.0, 1.5, 4.0, 0.0])), 0)
    him = twin.people[1]
    assert S not in him.known
    assert him.search_rates() == pytest.approx({W: 0.0, T: 0.01 * 2 * 1.5, S: 0.0, N: 0.0})
    assert him.rate_of_looks_at(T) == pytest.approx(0.01 + 0.03)
    assert him.rate_of_looks() == pytest.approx(2 * 0.01 + 0.03)
    assert him.app_looked_at(0.029, 0.05) == (T, "search")
    assert him.app_looked_at(0.035, 0.05) == (W, "background")


def test_who_left_while_it_was_shut_returns():
    """W is shut on provider a alone, which carries three quarters: 5 dropped it then, 7 while it was open."""
    twin = town(HOLDS, trial_rate=0.2, trial_days=10.0, inertia=3.0, revision_rate=1e-9, loss_rate=0.0)
    twin.meet(day(0), 0)
    leaver, early = twin.people[5], twin.people[7]
    for person in (leaver, early):
        person.apps.add(W)
        person.ever.add(W)
    act(early, drops=W)
    twin.around.end()
    twin.meet(day(1, access=access(W=(0.0, 1.0))), 0)
    assert twin.around.shut[W]
    act(leaver, drops=W)
    twin.around.end()
    assert leaver.left == {W}
    assert early.left == set()
    assert not leaver.retries(W), "not yet"
    twin.meet(day(2, access=access(W=(0.5, 0.5))), 0)
    assert leaver.retries(W)
    assert not early.retries(W)
    assert leaver.inertia(W) == 0.0
    assert early.inertia(W) == -3.0
    assert leaver.retry_rates() == {W: 0.2}
    twin.around.end()
    twin.meet(day(3), 0)
    assert leaver.retry_rates() == pytest.approx({W: 0.2 * math.exp(-0.1)})
    act(leaver, adopts=W)
    assert leaver.left == set()


def act(person: Person, adopts: int | None = None, drops: int | None = None) -> None:
    person.trials_end, person.adopts, person.drops = False, adopts, drops
    person.next_vpn, person.next_speaks = person.vpn, person.speaks
    person.act()


def test_vpn_by_need_experience_and_alarm():
    twin = town(HOLDS, on_b={1, 2}, vpn={2}, vpn_rate=0.02, attention_salience=2.0, loss_rate=0.4, vpn_inertia=1.5,
                vpn_peers=0.8, vpn_protection=0.3, vpn_memory_days=20.0)  # fmt: skip
    twin.people[1].concern = 2.0
    blocked = day(access=access(W=(1.0, 0.0)), alarm=0.25, access_attention=0.5, salience=9.0)
    twin.meet(blocked, 0)
    him, her = twin.people[1], twin.people[2]
    with_vpn = 1 / 8  # of his contacts, 2 alone
    assert him.rate_of_vpn() == pytest.approx(0.02 * (1 + 2 * 0.75) + 0.4)
    assert him.probability_of_vpn() == pytest.approx(sigma(-2 + 2 + 0.8 * with_vpn + 2 * 0.25 * 0.3))
    assert her.probability_of_vpn() == pytest.approx(sigma(-2 + 2 + 1.5)), "who has it keeps it"
    twin.around.end()
    twin.meet(day(1), 0)
    assert him.need_of_vpn() == her.need_of_vpn() == 0.0
    assert her.probability_of_vpn() == pytest.approx(sigma(-2 + 1.5 * math.exp(-1 / 20)))
    twin.meet(day(1, access=access(W=(0.0, 1.0))), 0)
    assert twin.around.experience[1] == pytest.approx(math.exp(-2 / 20)), "nothing is blocked on provider b"


def test_what_a_vpn_brings_back():
    vpn = np.array([0.5, 0.0])
    platforms = PLATFORMS | {"T": Platform(share=0.2, vpn=False)}
    twin = town(HOLDS, on_b={2}, vpn={0, 2}, platforms=platforms, steps=2)
    dark = day(access=access(W=0.0, T=0.1, S=0.7), vpn=vpn, down={N: (0.0, 0.25)})
    me = meet(twin, dark)
    assert [me.usability(k) for k in range(4)] == pytest.approx([0.8 * 0.5, 0.1, 0.7, 0.5])
    assert twin.people[2].usability(W) == 0.0, "her provider leaves nothing of a VPN"
    twin.meet(day(down={W: (0.25, 0.75)}), 0)
    assert me.usability(W) == 0.5, "an outage is an outage for all"


def test_outage_of_hours():
    twin = town(HOLDS, steps=4)
    shares = []
    for part in range(4):
        twin.meet(day(down={W: (0.3, 0.55)}), part)
        shares.append(twin.people[0].usability(W))
    assert shares == pytest.approx([1.0, 1 - 0.2 * 4, 1 - 0.05 * 4, 1.0])


def test_use_divides_within_a_type():
    twin = town(HOLDS | {0: {W, T, N}}, sessions=2.0)
    me = meet(twin, day(access=access(T=0.5)))
    weight_w, weight_t = 5 / 8, 2 / 8 * 0.5
    assert me.usage() == pytest.approx({W: weight_w / (weight_w + weight_t), T: weight_t / (weight_w + weight_t), N: 1})
    reach = 1 - 3 / 8 * 7 / 8
    sessions = 2.0 * reach * weight_t / (weight_w + weight_t)
    assert me.sessions_of_a_step()[T] == pytest.approx(sessions)
    me.use()
    assert me.chance_of_use(T, 7) == pytest.approx(1 - math.exp(-7 * sessions))


def test_use_adds_up_over_the_steps_of_a_day():
    twin = town({0: {W}, 1: {W}, 2: {W}}, steps=2, sessions=3.0, revision_rate=1e-9, loss_rate=0.0)
    twin.live(day(down={W: (0.0, 0.5)}))
    me = twin.people[0]
    assert [step.get(W, 0.0) for step in me.day] == pytest.approx([0.0, 1.5 * 2 / 8])
    assert twin.observe()["weekly_users"][W] == pytest.approx(3 * (1 - math.exp(-7 * 1.5 * 2 / 8)))


def test_offline_people_know_nothing():
    twin = town({1: {W}}, offline_share=0.5, awareness=(1.0, 1.0, 1.0, 1.0))
    twin.meet(day(), 0)
    offline = [person for person in twin.people if person.offline]
    assert 2 < len(offline) < 10
    assert all(person.known == [] and person.rate_of_looks() == 0.0 for person in offline)
