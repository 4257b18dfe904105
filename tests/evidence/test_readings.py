"""Readings of hand-made tables with known answers."""

import datetime as dt
import math
from types import SimpleNamespace

import pandas as pd
import pytest

from sim.evidence import readings
from sim.evidence.readings import READINGS
from sim.scenario.errors import ScenarioError

START = dt.date(2020, 1, 1)


def day(number: int) -> dt.date:
    return START + dt.timedelta(days=number)


def dates(days: int) -> pd.DatetimeIndex:
    return pd.date_range(START, periods=days, unit="s")


def table_of(**shares: list[float]) -> pd.DataFrame:
    """One platform per name; of 1000 people; installs are ten a day, and a hundred from the fifth day on."""
    frames = [
        pd.DataFrame({"date": dates(len(values)), "platform": name, "share": values}) for name, values in shares.items()
    ]
    table = pd.concat(frames, ignore_index=True)
    jumped = table["date"] >= pd.Timestamp(day(5))
    return table.assign(holders=1000 * table["share"], installs=10.0 + 90.0 * jumped, first_installs=5.0)


def companies(**stances: str) -> pd.DataFrame:
    """One letter a day: a answers, p pauses in silence, P pauses in public, m treaty."""
    meaning = {"a": ("process", 0), "p": ("pause", 0), "P": ("pause", 1), "m": ("mlat", 1)}
    frames = [
        pd.DataFrame(
            {
                "date": dates(len(letters)),
                "company": name,
                "stance": [meaning[letter][0] for letter in letters],
                "announced": [meaning[letter][1] for letter in letters],
            }
        )
        for name, letters in stances.items()
    ]
    return pd.concat(frames, ignore_index=True)


def acts(*rows: tuple[int, int, str, str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["id", "day", "actor", "verb", "target", "because"])
    return table.assign(date=[pd.Timestamp(day(number)) for number in table["day"]])


def run(**tables: pd.DataFrame) -> SimpleNamespace:
    isps = {"Big": SimpleNamespace(share=0.7), "Small": SimpleNamespace(share=0.3)}
    return SimpleNamespace(tables=tables, scenario=SimpleNamespace(isps=isps))


WEEKS = (day(0), day(4)), (day(5), day(9))


def once(number: int) -> tuple[dt.date, dt.date]:
    return day(number), day(number)


def test_a_column_is_read_on_a_day_or_over_days():
    world = run(usage=table_of(A=[0.5] * 5 + [0.25] * 5, B=[0.1] * 10))
    assert readings.level(world, "share", ("A",), once(9)) == 0.25
    assert readings.level(world, "holders", ("A",), (day(3), day(6))) == pytest.approx(375.0)
    assert readings.level(world, "holders", ("A", "B"), once(0)) == pytest.approx(600.0)
    assert readings.change(world, "share", ("A",), once(0), once(9)) == -0.25
    assert readings.ratio(world, "holders", ("A",), *WEEKS) == 0.5
    assert readings.loss(world, "holders", ("A",), *WEEKS) == 0.5
    assert readings.ratio(world, "installs", ("B",), *WEEKS) == 10.0


def test_what_is_left_of_a_rise():
    """From 100 up to 300 and back to 150: a quarter is left; the other app keeps all of its rise."""
    world = run(usage=table_of(A=[0.1, 0.1, 0.3, 0.15], B=[0.1, 0.1, 0.2, 0.2], C=[0.1] * 4))
    days = once(0), once(2), once(3)
    assert readings.excess_left(world, "holders", ("A",), *days) == pytest.approx(0.25)
    assert readings.excess_lasts_longer(world, "holders", "B", "A", *days) == pytest.approx(0.75)
    assert math.isnan(readings.excess_left(world, "holders", ("C",), *days))


def test_a_gain_is_over_the_base_of_the_day_before():
    """Ten installs a day up to the fourth day, 110 from the fifth; half of 1000 people hold the base until then."""
    world = run(usage=table_of(A=[0.5] * 5 + [0.25] * 5, B=[0.1] * 5 + [0.2] * 5))
    assert readings.gain_of_base(world, ("B",), ("A",), day(4), 3) == pytest.approx((10 + 100 + 100) / 500)
    assert readings.gain_of_base(world, ("B",), ("A",), day(4), 3, "first_installs") == pytest.approx(15 / 500)
    assert readings.gain_of_base(world, ("B",), ("A",), day(4), 3, "holders") == pytest.approx(100 / 500)
    assert readings.gain_of_base(world, ("B",), ("A", "B"), day(6), 2, "installs", "installs") == pytest.approx(1.0)
    assert math.isnan(readings.gain_of_base(world, ("B",), ("A",), day(8), 4))
    assert math.isnan(readings.gain_of_base(world, ("B",), ("A",), day(0), 2))


def test_a_column_that_a_run_lacks_is_one_line():
    world = run(usage=table_of(A=[0.5] * 10), society=pd.DataFrame({"date": dates(10), "vpn": 0.1}))
    with pytest.raises(ScenarioError, match="usage: monthly_users: expected a column that this run has"):
        readings.level(world, "monthly_users", ("A",), once(0))
    with pytest.raises(ScenarioError, match="society: speaking: expected a column that this run has"):
        readings.society_level(world, "speaking", once(0))


def test_a_period_that_a_run_does_not_cover_gives_no_number():
    world = run(usage=table_of(A=[0.5] * 10))
    assert math.isnan(readings.level(world, "share", ("A",), once(10)))
    assert math.isnan(readings.level(world, "share", ("Z",), once(1)))
    assert math.isnan(readings.level(world, "share", ("A", "Z"), once(1)))
    assert math.isnan(readings.ratio(world, "installs", ("A",), (day(0), day(4)), (day(5), day(10))))


def test_newcomers_keep_what_the_origin_did_not_lose():
    world = run(usage=table_of(Old=[0.80, 0.79], New=[0.10, 0.20]))
    assert readings.newcomers_keeping(world, "Old", "New", day(0), day(1)) == pytest.approx(0.9)
    no_gain = run(usage=table_of(Old=[0.80, 0.79], New=[0.10, 0.10]))
    assert math.isnan(readings.newcomers_keeping(no_gain, "Old", "New", day(0), day(1)))


def test_society():
    table = pd.DataFrame({"date": dates(10), "vpn": [0.1] * 5 + [0.3] * 5})
    world = run(society=table)
    assert readings.society_level(world, "vpn", once(0)) == pytest.approx(0.1)
    assert readings.society_change(world, "vpn", once(0), once(9)) == pytest.approx(0.2)
    assert readings.society_ratio(world, "vpn", *WEEKS) == pytest.approx(3.0)


def test_units_follow_from_the_column():
    assert set(READINGS["level"].units(of="share")) == {"share", "percent"}
    assert READINGS["level"].units(of="share")["percent"] == 100.0
    assert READINGS["change"].units(of="share")["points"] == 100.0
    assert set(READINGS["change"].units(of="installs")) == {"persons/day"}
    assert READINGS["level"].units(of="holders")["million persons"] == 1e-6
    assert set(READINGS["society_change"].units(of="vpn")) == {"share", "points"}


def test_the_largest_cluster_counts_companies_in_a_window_that_ends_in_time():
    table = companies(A="aaPPPPPPPP", B="aaaPPPPPPP", C="aaaaPPPPPP", D="aaaaaaaaaP", E="aaaaaaaaaa")
    cluster = {n: readings.largest_cluster(run(companies=table), tuple("ABCDE"), day(0), n, 8) for n in (1, 2, 3)}
    assert cluster == {1: 1.0, 2: 2.0, 3: 3.0}
    assert readings.largest_cluster(run(companies=table), ("E",), day(0), 3, 8) == 0.0


def test_silent_companies_stop_before_they_say_so():
    table = companies(A="aapPPP", B="aaPPPP", C="apppPP", D="aaaaaa", E="appppp")
    assert readings.silent_companies(run(companies=table), "ABD", day(0)) == 1.0
    assert readings.silent_companies(run(companies=table), "ABCD", day(0)) == 2.0


def test_turns_resumptions_and_stances():
    table = companies(A="aaPPPPaaPP", B="aaaaaaaaaa", C="aaaPPPmmmm")
    world = run(companies=table)
    assert [readings.days_between_turns(world, "A", turn, day(0)) for turn in (1, 2, 3)] == [2.0, 4.0, 2.0]
    assert readings.days_between_turns(world, "A", 4, day(0)) == math.inf
    assert readings.days_between_turns(world, "B", 1, day(0)) == math.inf
    assert [readings.stance_changes(world, name) for name in "ABC"] == [3.0, 0.0, 2.0]
    assert readings.resumptions_per_year(world, "A") == pytest.approx(1 / (6 / 365.25))
    assert readings.days_to_stance(world, "ABC", "mlat", day(1)) == 5.0
    assert readings.days_to_stance(world, "AB", "mlat", day(1)) == math.inf


def test_requests_leave_removals_out():
    table = pd.DataFrame({"date": dates(4).repeat(2), "company": "A", "type": ["legal", "removal"] * 4})
    table = table.assign(received=[10, 99] * 4, produced=[1, 99] * 4)
    world = run(requests=table)
    assert readings.received(world, "A", (day(1), day(2))) == 20.0
    assert readings.produced_share(world, "A", (day(0), day(3))) == pytest.approx(0.1)
    assert math.isnan(readings.received(world, "A", (day(2), day(4))))
    assert math.isnan(readings.received(world, "B", (day(1), day(2))))


def test_who_yields_by_a_day():
    world = run(
        acts=acts(
            (0, 3, "A", "meet a demand", "", ""), (1, 7, "B", "meet a demand", "", ""), (2, 1, "C", "pause", "", "")
        )
    )
    assert readings.yielded_share(world, "ABCD", day(3)) == 0.25
    assert readings.yielded_share(world, "ABCD", day(9)) == 0.5
    assert readings.holding_out(world, "ABCD", day(3)) == 3.0
    assert readings.yielded_within(world, "ABCD", (day(0), day(3))) == 0.5
    assert readings.yielded_within(world, "ABCD", (day(0), day(9))) == 1.0
    assert readings.days_to_yield(world, "B", day(1)) == 6.0
    assert readings.days_to_yield(world, "C", day(1)) == math.inf


def test_a_dispute_ends_with_the_first_act_that_settles_it():
    rows = (
        (0, 3, "A", "meet a part", "", ""),
        (1, 5, "A", "meet a demand", "", ""),
        (2, 4, "State", "give way", "B", ""),
        (3, 6, "B", "resume", "", ""),
        (4, 2, "C", "obey", "", ""),
        (5, 2, "C", "pause", "", ""),
    )
    world = run(acts=acts(*rows))
    assert [readings.days_to_settle(world, name, day(1)) for name in "ABCD"] == [4.0, 3.0, 1.0, math.inf]
    assert [readings.settled_by_company(world, name) for name in "ABC"] == [1.0, 0.0, 1.0]
    assert math.isnan(readings.settled_by_company(world, "D"))
    assert [readings.days_to_instalment(world, name, day(1)) for name in "ABCD"] == [2.0, 5.0, 1.0, math.inf]


def test_isps_are_timed_by_the_first_order():
    first = (
        (0, 1, "Police", "order a site block", "x.org", ""),
        (1, 3, "Big", "execute an order", "x.org", "0"),
        (10, 4, "Police", "order a site block", "y.org", ""),
        (11, 5, "Big", "execute an order", "y.org", "10"),
        (12, 5, "Small", "execute an order", "y.org", "10"),
    )
    world = run(acts=acts(*first))
    assert readings.site_block_lag(world, ["Big"]) == 2.0
    assert readings.site_block_lag(world, ["Big", "Small"]) == math.inf
    assert readings.site_block_coverage(world) == 0.7
    assert math.isnan(readings.site_block_coverage(run(acts=acts((0, 1, "A", "pause", "", "")))))


def isp_table(big: list[float], small: list[float]) -> pd.DataFrame:
    frames = [
        pd.DataFrame({"date": dates(len(access)), "isp": name, "platform": "A", "access": access})
        for name, access in (("Big", big), ("Small", small))
    ]
    table = pd.concat(frames, ignore_index=True)
    return table.assign(over_blocked=1.0 - table["access"])


def test_blocks_begin_when_most_are_cut_off():
    world = run(isps=isp_table([1, 0, 0, 1, 1, 0], [1, 1, 1, 1, 0, 0]))
    assert readings.blocks_per_platform_year(world) == pytest.approx(2 / (6 / 365.25))
    assert readings.cut_off_share(world, "A", day(1)) == 0.7
    assert readings.cut_off_share(world, "A", day(4)) == 0.3
    assert readings.cut_off_share(world, "A", day(5)) == 1.0
    assert math.isnan(readings.cut_off_share(world, "B", day(1)))
    assert readings.hampering_isps(world, "A", ["Big", "Small"], day(1)) == 0.5
    assert readings.hampering_isps(world, "A", ["Small"], day(4)) == 1.0
    assert math.isnan(readings.hampering_isps(world, "A", ["Small"], day(6)))
    assert readings.over_blocking(world) == 1.0
