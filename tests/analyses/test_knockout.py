"""Knock-outs change what they say they change, and Shapley values are those of games whose values are known."""

import itertools

import pytest

from sim.analyses.knockout.analysis import (
    KNOCKOUTS,
    WHOLE,
    KnockoutError,
    calm,
    effects,
    effects_by_seed,
    find,
    knock_out,
    shapley_value,
    shapley_values,
    take_apart,
    up_to_half_a_year,
)
from sim.runs.executors import InProcess
from sim.scenario.files import load, vary
from sim.scenario.leaves import leaves
from sim.study.study import Study
from tests.conftest import small_world


@pytest.mark.parametrize("knockout", KNOCKOUTS, ids=lambda knockout: knockout.name)
def test_every_knockout_changes_the_reference_and_nothing_else(knockout):
    base = load("hong-kong-2020")
    before = {leaf.key: leaf.value for leaf in leaves(base)}
    after = {leaf.key: leaf.value for leaf in leaves(knock_out(base, [knockout]))}
    names = {pattern.partition("=")[0].rsplit(".", 1)[-1] for pattern in knockout.overrides}
    changed = {key for key in before if before[key] != after[key]}
    assert changed
    assert {key.rsplit(".", 1)[-1] for key in changed} == names


def test_a_world_without_its_shock_is_the_shipped_one_without_the_law():
    mine, shipped = calm(load("hong-kong-2020")), load("no-law")
    reports = {act.id for act in load("hong-kong-2020").acts if act.kind == "report"}
    kept = [act for act in mine.acts if act.id not in reports]
    assert kept == [act for act in shipped.acts if act.id not in reports]


def test_windows_close_when_the_run_ends():
    world = up_to_half_a_year(load("hong-kong-2020"))
    assert str(world.focus) == "2020-06-30"
    assert (world.end - world.focus).days == 184
    assert up_to_half_a_year(vary(load("hong-kong-2020"), ["end=2020-08-01"])).end.month == 8


def test_a_calendar_without_acts_has_no_shock():
    with pytest.raises(KnockoutError, match="empty calendar"):
        calm(load("hong-kong-2020").model_copy(update={"acts": ()}))


@pytest.mark.parametrize(("names", "words"), [(["peer"], "no knock-out 'peer'"), (["risk", "risk"], "twice")])
def test_unknown_names_are_refused(names, words):
    with pytest.raises(KnockoutError, match=words):
        find(names)


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
    with InProcess() as executor:
        take_apart(
            study, small_world(users=600, end="2020-08-10"), knockouts=find(["ladder", "salience", "rules"]),
            shapley=find(["salience", "peers"]), replicates=2, executor=executor,
        )  # fmt: skip
    return study


def test_salience_carries_every_effect_on_people(study):
    table = effects(study).set_index(["knocked out", "measure"])
    assert abs(table.loc[(WHOLE, "Signal share"), "effect"]) > 1
    assert table.loc[("salience", "Signal share"), "effect"] == 0
    assert table.loc[("salience", "companies announced"), "lost"] == 0
    row = table.loc[("salience", "Signal share")]
    assert row["lost"] == pytest.approx(table.loc[(WHOLE, "Signal share"), "effect"])


def test_effects_are_differences_between_twins(study):
    each = effects_by_seed(study).set_index(["knocked out", "measure", "seed"])["effect"]
    runs = study.table("cells").merge(study.runs(), on="cell")
    whole = runs[(runs["knocked out"] == WHOLE) & (runs["seed"] == 2)].set_index("law")["Telegram share"]
    assert each[WHOLE, "Telegram share", 2] == whole["with the shock"] - whole["without"]


def test_parts_add_up_to_the_whole_effect(study):
    channels = find(["salience", "peers"])
    parts = shapley_values(study, channels).pivot(index="measure", columns="channel", values="part").sum(axis=1)
    whole = effects(study).query("`knocked out` == @WHOLE").set_index("measure")["effect"]
    common = [name for name in parts.index if name.endswith("share") or name == "companies announced"]
    assert len(common) == 5
    assert parts[common].to_numpy() == pytest.approx(whole[common].to_numpy(), abs=1e-9)


def test_too_many_channels_are_refused(tmp_path):
    with pytest.raises(KnockoutError, match="at most 8"):
        take_apart(Study(tmp_path / "s"), small_world(), shapley=KNOCKOUTS[:9])
