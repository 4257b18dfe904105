"""Readings of hand-made tables with known answers."""

import datetime as dt
import math
from types import SimpleNamespace

import pandas as pd
import pytest

from sim.evidence import readings as read

START = dt.date(2020, 1, 1)


def day(number: int) -> dt.date:
    return START + dt.timedelta(days=number)


def dates(days: int) -> pd.DatetimeIndex:
    return pd.date_range(START, periods=days, unit="s")


def usage(**shares: list[float]) -> pd.DataFrame:
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


def test_shares_are_read_on_a_day():
    world = run(usage=usage(A=[0.5] * 5 + [0.25] * 5, B=[0.1] * 10))
    assert read.share("A", day(9))(world) == 25.0
    assert read.share_change("A", day(0), day(9))(world) == -25.0
    assert read.holders_ratio("A", *WEEKS)(world) == 0.5
    assert read.installs_ratio("B", *WEEKS)(world) == 10.0
    assert read.first_installs_over("A", "B", day(0), 4)(world) == pytest.approx(100 * 20 / 500)


def test_a_period_that_a_run_does_not_cover_gives_no_number():
    world = run(usage=usage(A=[0.5] * 10))
    assert math.isnan(read.share("A", day(10))(world))
    assert math.isnan(read.share("Z", day(1))(world))
    assert math.isnan(read.installs_ratio("A", (day(0), day(4)), (day(5), day(10)))(world))
    assert math.isnan(read.first_installs_over("A", "A", day(8), 4)(world))


def test_newcomers_keep_what_the_origin_did_not_lose():
    world = run(usage=usage(Old=[0.80, 0.79], New=[0.10, 0.20]))
    assert read.newcomers_keeping("Old", "New", day(1), day(0))(world) == pytest.approx(90.0)
    no_gain = run(usage=usage(Old=[0.80, 0.79], New=[0.10, 0.10]))
    assert math.isnan(read.newcomers_keeping("Old", "New", day(1), day(0))(no_gain))


def test_society():
    table = pd.DataFrame({"date": dates(10), "vpn": [0.1] * 5 + [0.3] * 5})
    world = run(society=table)
    assert read.society_change("vpn", day(0), day(9))(world) == pytest.approx(20.0)
    assert read.society_ratio("vpn", *WEEKS)(world) == pytest.approx(3.0)


def test_the_largest_cluster_counts_companies_in_a_window_that_ends_in_time():
    table = companies(A="aaPPPPPPPP", B="aaaPPPPPPP", C="aaaaPPPPPP", D="aaaaaaaaaP", E="aaaaaaaaaa")
    cluster = {n: read.largest_cluster("ABCDE", day(0), window=n, until=8)(run(companies=table)) for n in (1, 2, 3)}
    assert cluster == {1: 1.0, 2: 2.0, 3: 3.0}
    assert read.largest_cluster("E", day(0), window=3, until=8)(run(companies=table)) == 0.0


def test_silent_companies_stop_before_they_say_so():
    table = companies(A="aapPPP", B="aaPPPP", C="apppPP", D="aaaaaa", E="appppp")
    assert read.silent_companies("ABD", day(0))(run(companies=table)) == 1.0
    assert read.silent_companies("ABCD", day(0))(run(companies=table)) == 2.0


def test_turns_resumptions_and_stances():
    table = companies(A="aaPPPPaaPP", B="aaaaaaaaaa", C="aaaPPPmmmm")
    world = run(companies=table)
    assert [read.days_between_turns("A", turn, day(0))(world) for turn in (1, 2, 3)] == [2.0, 4.0, 2.0]
    assert read.days_between_turns("A", 4, day(0))(world) == math.inf
    assert read.days_between_turns("B", 1, day(0))(world) == math.inf
    assert [read.stance_changes(name)(world) for name in "ABC"] == [3.0, 0.0, 2.0]
    assert read.resumptions_per_year("A")(world) == pytest.approx(1 / (6 / 365.25))
    assert read.days_to_stance("ABC", "mlat", day(1))(world) == 5.0
    assert read.days_to_stance("AB", "mlat", day(1))(world) == math.inf


def test_requests_leave_removals_out():
    table = pd.DataFrame({"date": dates(4).repeat(2), "company": "A", "type": ["legal", "removal"] * 4})
    table = table.assign(received=[10, 99] * 4, produced=[1, 99] * 4)
    world = run(requests=table)
    assert read.received("A", day(1), day(2))(world) == 20.0
    assert read.produced_share("A", day(0), day(3))(world) == pytest.approx(0.1)
    assert math.isnan(read.received("A", day(2), day(4))(world))
    assert math.isnan(read.received("B", day(1), day(2))(world))


def test_who_yields_by_a_day():
    world = run(
        acts=acts(
            (0, 3, "A", "meet a demand", "", ""), (1, 7, "B", "meet a demand", "", ""), (2, 1, "C", "pause", "", "")
        )
    )
    assert read.yielded_share("ABCD", day(3))(world) == 0.25
    assert read.yielded_share("ABCD", day(9))(world) == 0.5
    assert read.days_to_yield("B", day(1))(world) == 6.0
    assert read.days_to_yield("C", day(1))(world) == math.inf


def test_isps_are_timed_by_the_first_order():
    first = (
        (0, 1, "Police", "order a site block", "x.org", ""),
        (1, 3, "Big", "execute an order", "x.org", "0"),
        (10, 4, "Police", "order a site block", "y.org", ""),
        (11, 5, "Big", "execute an order", "y.org", "10"),
        (12, 5, "Small", "execute an order", "y.org", "10"),
    )
    world = run(acts=acts(*first))
    assert read.site_block_lag(["Big"])(world) == 2.0
    assert read.site_block_lag(["Big", "Small"])(world) == math.inf
    assert read.site_block_coverage()(world) == 0.7
    assert math.isnan(read.site_block_coverage()(run(acts=acts((0, 1, "A", "pause", "", "")))))


def isp_table(big: list[float], small: list[float]) -> pd.DataFrame:
    frames = [
        pd.DataFrame({"date": dates(len(access)), "isp": name, "platform": "A", "access": access})
        for name, access in (("Big", big), ("Small", small))
    ]
    table = pd.concat(frames, ignore_index=True)
    return table.assign(over_blocked=1.0 - table["access"])


def test_blocks_begin_when_most_are_cut_off():
    world = run(isps=isp_table([1, 0, 0, 1, 1, 0], [1, 1, 1, 1, 0, 0]))
    assert read.blocks_per_platform_year()(world) == pytest.approx(2 / (6 / 365.25))
    assert read.cut_off_share("A", day(1))(world) == 0.7
    assert read.cut_off_share("A", day(4))(world) == 0.3
    assert read.cut_off_share("A", day(5))(world) == 1.0
    assert math.isnan(read.cut_off_share("B", day(1))(world))
    assert read.hampering_isps("A", ["Big", "Small"], day(1))(world) == 0.5
    assert read.hampering_isps("A", ["Small"], day(4))(world) == 1.0
    assert math.isnan(read.hampering_isps("A", ["Small"], day(6))(world))
    assert read.over_blocking()(world) == 1.0
