"""Random scenarios for property tests: small valid ones, and the same with one thing wrong."""

import copy
import datetime as dt
from typing import Any, get_args

from hypothesis import strategies as st

from sim.scenario.schema import Scenario
from sim.scenario.stances import Stance
from tests.kinds import acts, let_some_wait, suits

START = dt.date(2020, 1, 1)

shares = st.floats(0.01, 0.99)
fractions = st.floats(0.0, 1.0)
words = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    """A valid scenario as nested tables, the way a file holds it."""
    days = draw(st.integers(2, 40))
    platforms = draw(st.lists(words, min_size=1, max_size=8, unique=True))
    companies = draw(st.lists(words, max_size=4, unique=True))
    table = {
        "title": draw(words),
        "start": START,
        "end": START + dt.timedelta(days),
        "law": {"in_force": draw(st.booleans()), "vagueness": draw(fractions)},
        "population": _population(draw),
        "platforms": {name: {"share": draw(shares), "risk": draw(st.floats(-2.0, 4.0))} for name in platforms},
        "companies": {name: _company(draw, platforms, i) for i, name in enumerate(companies)},
        "regulators": {role.title(): {"role": role} for role in draw(st.sets(st.sampled_from(("police", "centre"))))},
        "isps": _isps(draw),
    }
    names = {"platform": platforms, "company": companies, "isp": list(table["isps"])}
    drawn = draw(acts(names, START, days, suits(table), most=5))
    return table | {"acts": draw(let_some_wait(drawn, START, days, platforms, companies))}


scenarios = tables().map(Scenario.model_validate)


def _population(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "users": draw(st.integers(20, 300)),
        "contagion": draw(st.sampled_from(("none", "simple", "threshold", "group"))),
        "gamma": draw(st.floats(0.0, 6.0)),
        "inertia": draw(st.floats(0.0, 4.0)),
        "homophily": draw(fractions),
        "vpn_share": draw(shares),
    }


def _company(draw: st.DrawFn, platforms: list[str], number: int) -> dict[str, Any]:
    """A company that owns the platform of its own number, if there is one."""
    return {
        "platforms": platforms[number : number + 1],
        "stance": draw(st.sampled_from(get_args(Stance))),
        "cutoff": draw(shares),
        "requests": {"legal": {"rate": draw(st.floats(0.0, 5.0)), "produced": draw(fractions)}},
        "exits_instead": draw(st.booleans()),
    }


def _isps(draw: st.DrawFn) -> dict[str, Any]:
    weights = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    return {f"isp{i}": {"share": weight / sum(weights)} for i, weight in enumerate(weights)}


@st.composite
def corrupted(draw: st.DrawFn) -> dict[str, Any]:
    """A valid table in which one value is of another kind, one key is unknown, or one required key is missing."""
    table = copy.deepcopy(draw(tables()))
    around = draw(st.sampled_from(list(_tables_in(table))))
    damage = draw(st.sampled_from(("unknown key", "wrong value", "missing key")))
    if damage == "unknown key" or not around:
        around[draw(words) + "?"] = draw(_values)
    elif damage == "wrong value":
        around[draw(st.sampled_from(sorted(around)))] = draw(_values)
    else:
        del around[draw(st.sampled_from(sorted(around)))]
    return table


_values = st.one_of(
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=12),
    st.dates(),
    st.times(),
    st.just([]),
    st.just({}),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
)


def _tables_in(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _tables_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _tables_in(item)
