"""The order of companies, regulators and sources in a file is no content: digests and results do not depend on it."""

import pandas as pd
import pytest

from sim.runs.once import pack, run_once, unpack
from sim.scenario.schema import UNORDERED, Scenario
from tests.conftest import small_world


def turned(scenario: Scenario, *tables: str) -> Scenario:
    """The same scenario with some tables from the last to the first."""
    content = scenario.model_dump()
    return Scenario.model_validate(content | {name: dict(reversed(content[name].items())) for name in tables})


@pytest.mark.parametrize("table", UNORDERED)
def test_digests_do_not_depend_on_the_order(table):
    one = small_world()
    other = turned(one, table)
    assert list(getattr(other, table)) != list(getattr(one, table))
    assert other == one
    assert other.digest() == one.digest()
    assert hash(other) == hash(one)
    assert unpack(one.digest(), pack(other)) == one


@pytest.mark.parametrize("table", ["platforms", "isps", "acts"])
def test_what_numbers_the_columns_stays_content(table):
    one = small_world()
    last_first = one.model_copy(update={"acts": tuple(reversed(one.acts))})
    other = last_first if table == "acts" else turned(one, table)
    assert other != one
    assert other.digest() != one.digest()


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "capacity"), [(1, 1e3), (2, 1e3), (3, 5.0)])  # of the police, more or less than asked
def test_results_do_not_depend_on_the_order(seed, capacity):
    """Row by row the same values, to the last bit; only the log counts acts of one day in the order of the file."""
    one = small_world(f"regulators.Police.capacity={capacity}", users=500, end="2020-12-31")
    first, second = (run_once(world, seed).tables for world in (one, turned(one, *UNORDERED)))
    for name in first:
        if name == "acts":
            continue
        rows = [frame[name].astype({c: str for c in frame[name].columns if c in KEYS}) for frame in (first, second)]
        keys = [column for column in rows[0].columns if column in KEYS]
        same = [frame.sort_values(keys).reset_index(drop=True) for frame in rows]
        pd.testing.assert_frame_equal(*same, check_exact=True)
    log = [frame["acts"][["date", "actor", "verb", "target"]].astype(str) for frame in (first, second)]
    assert sorted(log[0].itertuples(index=False, name=None)) == sorted(log[1].itertuples(index=False, name=None))


KEYS = ("date", "week", "company", "platform", "type", "kind", "regulator", "isp", "origin", "destination")
