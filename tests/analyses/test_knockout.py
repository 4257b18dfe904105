"""Knock-outs change what they say they change, and Shapley values are those of games whose values are known."""

import itertools

import pandas as pd
import pytest

from sim.analyses.knockout import (
    KNOCKOUTS,
    REST,
    WHOLE,
    KnockoutError,
    calm,
    draw_knockouts,
    effects,
    effects_by_seed,
    find,
    finding,
    knock_out,
    largest_part,
    lay_out,
    shapley_value,
    shapley_values,
    up_to_half_a_year,
)
from sim.measures import TOGETHER
from sim.scenario.fields import leaves
from sim.scenario.files import load, vary
from sim.study.study import Plan, Study
from tests.conftest import small_world


def test_every_knockout_changes_the_reference_and_nothing_else():
    base = load("hong-kong-2020")
    before = {leaf.key: leaf.value for leaf in leaves(base)}
    for knockout in KNOCKOUTS:
        after = {leaf.key: leaf.value for leaf in leaves(knock_out(base, [knockout]))}
        names = {pattern.partition("=")[0].rsplit(".", 1)[-1] for pattern in knockout.overrides}
        changed = {key.rsplit(".", 1)[-1] for key in before if before[key] != after[key]}
        assert changed == names, knockout.name


def test_a_world_without_its_shock_is_the_shipped_one_without_the_law():
    mine, shipped = calm(load("hong-kong-2020")), load("no-law")
    reports = {act.id for act in load("hong-kong-2020").acts if act.kind == "report"}
    kept = [act for act in mine.acts if act.id not in reports]
    assert kept == [act for act in shipped.acts if act.id not in reports]


def test_shapley_values_of_the_glove_game():
    """Two left gloves and a right one, a pair is worth 1: the right glove earns 2/3, each left one 1/6."""
    names = ["left", "other left", "right"]
    coalitions = [frozenset(some) for size in range(4) for some in itertools.combinations(names, size)]
    worth = {some: float("right" in some and len(some) > 1) for some in coalitions}
    found = [shapley_value(name, names, worth) for name in names]
    assert found == pytest.approx([1 / 6, 1 / 6, 2 / 3])


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    study = Study(tmp_path_factory.mktemp("apart") / "study")
    some = {"knockouts": find(["ladder", "salience", "rules"]), "shapley": find(["salience", "peers"])}
    study.make(Plan(lay_out(study, small_world(users=600, end="2020-08-10"), **some, replicates=2)), workers=1)
    return study


def test_effects_are_differences_between_twins(study):
    each = effects_by_seed(study).set_index(["knocked out", "measure", "seed"])["effect"]
    runs = study.table("cells").merge(study.runs(), on="cell")
    whole = runs[(runs["knocked out"] == WHOLE) & (runs["seed"] == 2)].set_index("law")["Telegram.share"]
    assert each[WHOLE, "Telegram.share", 2] == whole["with the shock"] - whole["without"]


def test_parts_add_up_to_the_whole_effect(study):
    channels = find(["salience", "peers"])
    parts = shapley_values(study, channels).pivot(index="measure", columns="channel", values="part").sum(axis=1)
    whole = effects(study).query("`knocked out` == @WHOLE").set_index("measure")["effect"]
    common = [name for name in parts.index if name.endswith("share") or name == "announced"]
    assert len(common) == 5
    assert parts[common].to_numpy() == pytest.approx(whole[common].to_numpy(), abs=1e-9)


def made_up(left: dict[str, dict[str, float]], whole: dict[str, float], doubt: float = 0.1) -> pd.DataFrame:
    """A table of effects: what is left on each measure without each channel; every interval reaches ``doubt``."""
    named = {
        "announced_together": ("announcements in 3 days", "companies"),
        "announced": ("companies announced", "companies"), "Signal.share": ("Signal share", "points"),
    }  # fmt: skip
    meanings = {WHOLE: "the whole model"} | {one.name: one.meaning for one in KNOCKOUTS}
    rows = [
        {
            "knocked out": out, "meaning": meanings[out], "measure": measure, "n": 4,
            "name": named[measure][0], "unit": named[measure][1],
            "effect": some.get(measure, effect), "low": some.get(measure, effect) - doubt,
            "high": some.get(measure, effect) + doubt, "lost": effect - some.get(measure, effect),
            "lost_low": effect - some.get(measure, effect) - doubt,
            "lost_high": effect - some.get(measure, effect) + doubt,
        }
        for out, some in {WHOLE: {}, **left}.items() for measure, effect in whole.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


EFFECTS = {"Signal.share": 2.0, "announced": 8.0, "announced_together": 6.0}


PRESS = "Where the press does not enquire, so that silent pauses come to light by themselves alone"
PEERS = "Where companies do not learn from one another's announcements"
JUMP = "announcements in 3 days"


@pytest.mark.parametrize(
    ("left", "whole", "said"),
    [
        ({"press": {TOGETHER: 1.5}, "peers": {TOGETHER: 4.0}}, {},
         f"{PRESS}, the shock’s effect on {JUMP} is +1.5 companies instead of +6"),
        ({"press": {TOGETHER: 4.0}, "peers": {TOGETHER: 1.0}}, {},
         f"{PEERS}, the shock’s effect on {JUMP} is +1 companies instead of +6"),
        ({"press": {TOGETHER: 4.0}, "salience": {"Signal.share": 0.0}}, {},
         "Where nothing moves public attention, the shock’s effect on Signal share is 0 points instead of +2"),
        ({"human rights": {"announced": 0.0}, "court order": {"announced": 0.0}}, {},
         "Where companies do not mind wrongful disclosure, or where the law leaves the court order in place, the "
         "shock’s effect on companies announced is 0 instead of +8"),
        ({"press": {"Signal.share": -2.0}, "peers": {TOGETHER: 0.5}}, {"Signal.share": 0.05},
         f"{PEERS}, the shock’s effect on {JUMP} is +0.5 companies instead of +6"),
    ],
    ids=["press leads", "peers lead", "people", "two alike", "an effect that is not clear has no leader"],
)  # fmt: skip
def test_the_title_names_the_channel_that_moves_an_effect_most(left, whole, said, tmp_path):
    table = made_up(left, EFFECTS | whole)
    assert finding(table) == said
    draw_knockouts(table, table.iloc[:0], tmp_path, "made by a test")
    assert said.split(", ")[0] in (tmp_path / "knockouts.svg").read_text().replace("\n", " ")


def test_where_no_channel_matters_the_title_says_so():
    for left, doubt in (({"press": {}, "peers": {}}, 0.1), ({"press": {"Signal.share": 1.0}}, 1.5)):
        assert finding(made_up(left, EFFECTS, doubt)).startswith("No rule or channel clearly changes")


def parts_of(measure: str, parts: dict[str, float], effect: float) -> pd.DataFrame:
    rows = {"channel": parts.keys(), "part": parts.values(), "share": [part / effect for part in parts.values()]}
    return pd.DataFrame(rows).assign(measure=measure, name="announcements in 3 days", unit="companies")


def test_the_title_of_parts_names_the_largest():
    of = "announced_together"
    said = "Of the shock’s effect on announcements in 3 days, +6 companies, the largest part is due to "
    assert largest_part(parts_of(of, {"press": 4, "peers": 1, REST: 1}, 6)) == f"{said}press: +4"
    assert largest_part(parts_of(of, {"press": 1, "peers": 3.5, REST: 1.5}, 6)) == f"{said}peers: +3.5"
    assert largest_part(parts_of(of, {"press": 1, "peers": 1, REST: 4}, 6)) == f"{said}none of these channels: +4"
    unclear = parts_of(of, {"press": 4, REST: 2}, 6).assign(share=float("nan"))
    assert largest_part(unclear).startswith("The shock clearly moves no measure shown")


def test_windows_close_when_the_run_ends():
    world = up_to_half_a_year(load("hong-kong-2020"))
    assert str(world.focus) == "2020-06-30"
    assert (world.end - world.focus).days == 184
    assert up_to_half_a_year(vary(load("hong-kong-2020"), ["end=2020-08-01"])).end.month == 8


def test_a_calendar_without_acts_has_no_shock():
    with pytest.raises(KnockoutError, match="empty calendar"):
        calm(load("hong-kong-2020").model_copy(update={"acts": ()}))
