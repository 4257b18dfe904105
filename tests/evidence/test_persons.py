"""Readings of persons: known answers for people made by hand, and no run lived more often than it must be."""

import datetime as dt
import math
from types import SimpleNamespace

import numpy as np
import pytest

import sim.model
from sim.evidence import readings
from sim.evidence.cases import load_case, measure_all, read_all
from sim.evidence.readings import Watch
from sim.population.people import PERSON
from sim.runs.once import run_once
from sim.scenario.files import vary
from tests.evidence.checks import CHECKS, write_case

START = dt.date(2021, 1, 1)
APPS = ("Old", "New", "Other")


def day(number: int) -> dt.date:
    return START + dt.timedelta(days=number)


class Made:
    """A model whose people are set by hand, day by day."""

    def __init__(self, days: int, people: int = 4) -> None:
        self.scenario = SimpleNamespace(platforms=APPS, date=day)
        self.population = SimpleNamespace(people=np.zeros(people, PERSON), ties=None)
        self.conditions = SimpleNamespace(access=np.ones((3, 2)))
        self.day, self.days = 0, days

    def platform_index(self, name: str) -> int:
        return APPS.index(name)

    def hold(self, **held: str) -> None:
        """One letter per person and app: x holds it."""
        self.population.people["hold"] = sum(
            np.array([(letter == "x") << APPS.index(name) for letter in letters]) for name, letters in held.items()
        )

    def end_day(self, *watches: Watch) -> None:
        self.day += 1
        for watch in watches:
            watch(self)


def test_those_who_came_to_hold_both():
    """Of three who took the new app, one holds the old one, too."""
    reading = readings.newcomers_with_both("Old", "New", day(0), day(2))
    watch, made = Watch([reading]), Made(3)
    for held in (("xxx.", "...x"), ("xxx.", "...."), ("..x.", "xxxx")):
        made.hold(Old=held[0], New=held[1])
        made.end_day(watch)
    assert watch.read(reading) == pytest.approx(1 / 3)


def test_former_users_who_hold_any_substitute():
    """Of three who held the old app on the eve, two hold one of the others; who came later is not asked."""
    reading = readings.former_holding_any("Old", ("New", "Other"), day(0), day(1))
    watch, made = Watch([reading]), Made(2, 5)
    made.hold(Old="xxx..", New=".....", Other=".....")
    made.end_day(watch)
    made.hold(Old="...x.", New="x.xxx", Other="x....")
    made.end_day(watch)
    assert watch.read(reading) == pytest.approx(2 / 3)


def test_who_takes_up_a_vpn_is_counted_by_the_day():
    """One and none on two usual days, three on the day asked about: six times. Who lets it go is not counted."""
    reading = readings.vpn_taken_up((day(1), day(2)), (day(3), day(3)))
    watch, made = Watch([reading]), Made(5)
    for has in ("x...", ".x..", ".x..", "x.xx", "xxxx"):
        made.population.people["vpn"] = [letter == "x" for letter in has]
        made.end_day(watch)
    assert watch.read(reading) == pytest.approx(6.0)


def test_a_usual_day_on_which_nobody_takes_up_a_vpn_has_no_reading():
    reading = readings.vpn_taken_up((day(1), day(1)), (day(2), day(2)))
    watch, made = Watch([reading]), Made(3)
    for has in ("x...", "x...", "xx.."):
        made.population.people["vpn"] = [letter == "x" for letter in has]
        made.end_day(watch)
    assert math.isnan(watch.read(reading))


def test_reach_counts_holders_who_are_not_cut_off_and_who_needs_a_vpn():
    """Five held it; on the day four do: one on an open network, two behind a VPN, one cut off."""
    still = readings.still_reaching("Old", day(0), day(1))
    by_vpn = readings.reaching_by_vpn("Old", day(0), day(1))
    watch, made = Watch([still, by_vpn]), Made(2, 5)
    made.hold(Old="xxxxx")
    made.end_day(watch)
    made.hold(Old="xxxx.")
    made.conditions.access[0] = (1.0, 0.2)
    made.population.people["isp"], made.population.people["cut"] = (0, 1, 1, 1, 1), (0, 0, 0, 1, 0)
    made.end_day(watch)
    assert watch.read(still) == pytest.approx(3 / 5)
    assert watch.read(by_vpn) == pytest.approx(2 / 3)


def test_adopters_just_after_a_contact():
    """A pair and eight strangers. One of the pair adopts; the day after, the other does, and one of the strangers."""
    reading = readings.adoption_after_a_contact("New", (day(0), day(3)))
    together = readings.adopters_together("New", (day(0), day(3)))
    watch, made = Watch([reading, together]), Made(4, 10)
    made.population.ties = SimpleNamespace(indptr=np.array([0, 1, *[2] * 9]), indices=np.array([1, 0]))
    for held in ("..........", "x.........", "xxx.......", "xxx......."):
        made.hold(New=held)
        made.end_day(watch)
    assert watch.read(reading) == pytest.approx((1 / 1) / (1 / 8))
    assert watch.read(together) == pytest.approx(1 / 0.3)


def test_hazards_are_compared_within_days():
    seen = readings.Contagion("New", (day(0), day(9)), (1, 2), (8, 14))
    seen.strata[1, 2] = [(2, 8, 10, 90), (1, 9, 5, 95)]
    # Mantel-Haenszel by hand: (2*100/110 + 1*100/110) / (10*10/110 + 5*10/110) = 3*100 / 150
    assert seen.hazard_ratio((1, 2)) == pytest.approx(2.0)


PERSONS = """
[[checks]]
id = "{id}"
what = "{id}"
reading = "{reading}"
{arguments}
unit = "percent"
low = 0.0
why = "for a test"
about = "people"
role = "seen"
"""
REACH = 'platform = "Old"\neve = 2021-01-09\nday = 2021-01-14'
OF_PERSONS = "".join(
    PERSONS.format(id=name.replace("_", "-"), reading=name, arguments=arguments)
    for name, arguments in {
        "still_reaching": REACH,
        "reaching_by_vpn": REACH,
        "former_holding_any": 'origin = "Old"\nplatforms = ["New"]\neve = 2021-01-09\nday = 2021-01-14',
        "newcomers_with_both": 'origin = "Old"\ndestination = "New"\nbefore = 2021-01-09\nafter = 2021-01-20',
    }.items()
)


@pytest.fixture
def lives(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with every model that is made."""
    made: list[int] = []

    class Counted(sim.model.Model):
        def __init__(self, *args, **kwargs):
            made.append(1)
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(sim.model, "Model", Counted)
    return made


def test_readings_of_persons_share_one_second_life(tmp_path, lives):
    case = load_case(write_case(tmp_path, checks=CHECKS + OF_PERSONS))
    assert sum(check.needs_persons for check in case.checks) == 4
    run = run_once(case.scenario, 1)
    together = read_all(case.checks, run)
    assert len(lives) == 2
    alone = {check.id: check.measure(run) for check in case.checks}
    assert len(lives) == 2 + 4
    assert together == pytest.approx(alone, nan_ok=True)
    assert 0 < together["still-reaching"] < 100


def test_a_case_that_is_measured_lives_each_world_once(tmp_path, lives):
    case = load_case(write_case(tmp_path, checks=CHECKS + OF_PERSONS))
    found = measure_all(case, 1)
    assert len(lives) == 1
    assert list(found) == [check.id for check in case.checks]
    assert found == pytest.approx(read_all(case.checks, run_once(case.scenario, 1)), nan_ok=True)
    fewer = measure_all(case, 1, ["population.users=200"], [case.check("new-day-3")])
    assert fewer == read_all([case.check("new-day-3")], run_once(vary(case.scenario, ["population.users=200"]), 1))


def test_watching_changes_nothing(tmp_path):
    case = load_case(write_case(tmp_path, checks=CHECKS + OF_PERSONS))
    watch = Watch([check.reading for check in case.checks if check.needs_persons])
    watched, plain = run_once(case.scenario, 1, watch=watch), run_once(case.scenario, 1)
    for name in plain.tables:
        assert watched.tables[name].equals(plain.tables[name])


def test_a_run_that_ends_before_the_last_day_gives_no_number():
    reading = readings.newcomers_with_both("Old", "New", day(0), day(5))
    watch, made = Watch([reading]), Made(1)
    made.hold(Old="xxxx", New="....")
    made.end_day(watch)
    assert math.isnan(watch.read(reading))
