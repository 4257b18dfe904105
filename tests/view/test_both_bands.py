"""Both bands are drawn, told apart and told in words: plausible worlds pale, luck alone dark, on their true values."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from sim.drawing.calendar import CHANCE_ALONE, TOTAL
from sim.drawing.picture import BAND, CHANCE_ENDS
from sim.drawing.style import platform_colours
from sim.view.brief import brief
from sim.view.brief.findings import how_much_wider
from sim.view.figures import FIGURES, figure_data
from tests.view.conftest import figure_alt
from tests.view.test_figures import painted, texts


def called(figure: Figure, label: str) -> list:
    return [artist for axes in figure.axes for artist in axes.get_children() if artist.get_label() == label]


def paleness(artist) -> float:
    """Lightness of what is seen on white paper, 0 to 3."""
    colour, alpha = artist.get_facecolor()[0][:3], artist.get_alpha() or 1.0
    return sum(1 - alpha * (1 - channel) for channel in to_rgb(colour))


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_every_picture_draws_both_bands_where_there_are_two(name, worlds, city):
    assert called(painted(name, worlds), TOTAL)
    assert called(painted(name, worlds), CHANCE_ALONE)
    if name != "flows":  # its one line stands for either
        assert not called(painted(name, city), CHANCE_ALONE)


@pytest.mark.parametrize("name", FIGURES)
def test_every_picture_says_what_the_bands_are(name, worlds, city):
    both, one = (" ".join(t.get_text() for t in texts(painted(name, ensemble))) for ensemble in (worlds, city))
    assert "luck alone" in both
    assert "plausible worlds" in both
    assert "5 plausible worlds and 4 of the best" in both
    assert "plausible" not in one


@pytest.mark.parametrize("name", [name for name in FIGURES if name != "stances"])
def test_table_of_a_picture_has_the_ends_of_luck(name, worlds):
    """Those of the same table over the runs of the best world, row by row."""
    both, luck = figure_data(name, worlds), figure_data(name, worlds.best)
    total = figure_data(name, type(worlds)(worlds.scenario, worlds.runs))
    assert list(both) == [*total, *CHANCE_ENDS]
    assert both[list(total)].equals(total)
    assert both[CHANCE_ENDS].astype(float).to_numpy() == pytest.approx(
        luck[["p05", "p95"]].astype(float).to_numpy(), nan_ok=True
    )


@pytest.mark.parametrize("name", ["holders", "installs", "society", "policy"])
def test_the_pale_band_is_the_total_and_the_dark_one_luck(name, worlds):
    figure, table = painted(name, worlds), figure_data(name, worlds)
    pale, dark = called(figure, TOTAL), called(figure, CHANCE_ALONE)
    assert len(pale) == len(dark) == sum(len(axes.lines) > 0 for axes in figure.axes) * lines_of_a_panel(name, worlds)
    for total, luck in zip(pale, dark, strict=True):
        assert isinstance(total, PolyCollection)
        assert paleness(total) > paleness(luck)
        assert total.get_zorder() < luck.get_zorder()
    for artists, ends in ((pale, ("p05", "p95")), (dark, CHANCE_ENDS)):
        drawn = np.concatenate([artist.get_paths()[0].vertices[:, 1] for artist in artists])
        values = table[list(ends)].astype(float)
        if name == "installs":
            values = values.clip(lower=worlds.scenario.population.represents / worlds.scenario.population.users / 2)
        assert drawn.max() == pytest.approx(values.max().max())
        assert drawn.min() == pytest.approx(values.min().min())


def lines_of_a_panel(name, ensemble) -> int:
    return 1 if name in ("society", "policy") else len(platform_colours(list(ensemble.scenario.platforms)))


def test_the_line_is_the_median_of_plausible_worlds(worlds):
    share = figure_data("holders", worlds)
    share = share[(share["measure"] == "share") & (share["platform"] == "Telegram")]
    lines = [line.get_ydata() for line in painted("holders", worlds).axes[0].lines]
    assert any(len(y) == len(share) and np.allclose(y, share["p50"]) for y in lines)


def test_announcements_have_both_bands(worlds):
    both, luck = figure_data("stances", worlds), figure_data("stances", worlds.best)
    first = luck.drop_duplicates("company").set_index("company")
    for row in both.itertuples():
        for end in ("p05", "p95"):
            mine, its = getattr(row, f"announced_chance_{end}"), first.loc[row.company, f"announced_{end}"]
            assert mine == its or (pd.isna(mine) and pd.isna(its))
    assert (both["announced_chance_p95"] != both["announced_p95"]).any()


@pytest.mark.parametrize("name", ["holders", "society", "policy"])
def test_words_of_a_picture_give_luck_beside_the_total(name, worlds, city):
    assert "luck alone" in figure_alt(name, worlds)
    assert "luck alone " not in figure_alt(name, city).replace("luck alone)", "")


def test_brief_says_how_many_times_as_wide_as_luck_its_bands_are():
    table = pd.DataFrame({
        "measure": ["A.share", "B.share", "C.share", "A.change"], "low": [10.0, 20.0, 5.0, 0.0],
        "high": [16.0, 30.0, 9.0, 9.0], "chance_low": [12.0, 24.0, 6.0, 1.0], "chance_high": [14.0, 28.0, 6.0, 2.0],
    }).set_index("measure")  # fmt: skip
    said = "Bands of the share of people who have an app are this many times as wide as luck alone: A 3 and B 2.5."
    assert how_much_wider(table, "ABC") == said
    assert how_much_wider(table.assign(chance_low=float("nan")), "ABC") == ""


@pytest.mark.slow
def test_brief_says_what_its_bands_are(worlds, city):
    both, one = brief(worlds), brief(city)
    assert "over 5 plausible worlds, each with luck and a draw of the parameters of its own" in both
    assert "Bands hold chance, the parameters that cases constrain" in both
    assert "times as wide as luck alone" in both
    assert "times as wide as luck alone" not in one
    assert "differ in luck alone. It does not hold the uncertainty of the parameters." in one
    assert "Bands hold chance alone." in one
    for page in (both, one):
        assert "chance_low" in page
    assert set(BAND) <= set(figure_data("holders", city))
