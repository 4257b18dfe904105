"""Pictures of a run: whole, apart, the same everywhere, true to their tables; bands drawn, no false credit."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from sim.drawing.calendar import TOTAL
from sim.drawing.picture import BAND, Picture
from sim.drawing.style import house_style, platform_colours
from sim.results.ensemble import Ensemble
from sim.view.figures import FIGURES, draw
from tests.view.conftest import Size, assert_every_text_is_apart, figure_alt, make_ensemble, texts

SIZES = {
    "reference": Size(),
    "one-of-each": Size(platforms=1, companies=1, replicates=1),
    "eight-platforms": Size(platforms=8),
    "two-days": Size(platforms=2, companies=2, replicates=1, days=2),
    "plausible": Size(best=5),
    "one-plausible": Size(platforms=2, companies=0, replicates=1, days=30, best=1),
}
COMMAND = "lawshock run hong-kong-2020"
OVER_TIME = ("stances", "holders", "installs", "ladder", "society", "policy")


def painted(name: str, ensemble: Ensemble) -> Figure:
    picture = FIGURES[name]
    with house_style():
        figure = picture.paint(picture.data(ensemble), ensemble, COMMAND)
        figure.canvas.draw()
    return figure


KNOWN: dict[tuple[str, int], list[str]] = {}
"""Words of pictures that were drawn, by the ensemble: those of the session are drawn once."""


def words_of(name: str, ensemble: Ensemble) -> list[str]:
    key = name, id(ensemble)
    if key not in KNOWN:
        KNOWN[key] = [t.get_text() for t in texts(painted(name, ensemble))]
    return KNOWN[key]


def test_every_kind_of_picture_is_shown():
    assert {type(picture) for picture in FIGURES.values()} == {*Picture.__subclasses__()}, "add it to FIGURES"


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_pictures_of_any_size_are_whole(size: str) -> None:
    """No text leaves the page or meets another, the footer says what made it, and words carry numbers."""
    world = make_ensemble(SIZES[size])
    for name in FIGURES:
        figure = painted(name, world)
        with house_style():
            assert_every_text_is_apart(figure)
        said = "\n".join(t.get_text() for t in texts(figure))
        for made in (world.scenario.digest()[:12], f"{world.scenario.population.users:,} simulated", "seed", COMMAND):
            assert made in said, (name, made)
        alt = figure_alt(name, world)
        assert alt.endswith("."), name
        assert any(character.isdigit() for character in alt) or FIGURES[name].data(world).empty, name
        assert "nan" not in alt, name


def test_apps_companies_and_days_of_the_law_are_named_in_place(city: Ensemble) -> None:
    said = {name: "\n".join(words_of(name, city)) for name in FIGURES}
    places = (
        (OVER_TIME, ("law announced", "law in force, text public", "rules gazetted")),
        (("holders", "installs"), city.scenario.platforms),
        (("flows",), ("WhatsApp → Telegram", "no app")),
        (("stances", "requests", "ladder"), city.scenario.companies),
    )
    assert [(name, word) for names, words in places for name in names for word in words if word not in said[name]] == []


@pytest.mark.slow
def test_all_files_are_written_and_readable(tmp_path: Path, city: Ensemble) -> None:
    files = draw(city, tmp_path, command=COMMAND)
    assert sorted(path.name for path in files) == sorted(f"{n}.{end}" for n in FIGURES for end in ("png", "svg"))
    for path in files:
        if path.suffix == ".png":
            assert path.read_bytes().startswith(b"\x89PNG")
        else:
            description = ET.parse(path).getroot().find(".//{http://purl.org/dc/elements/1.1/}description")
            assert description is not None
            assert description.text == figure_alt(path.stem, city)


def test_picture_does_not_change_with_a_users_settings(city: Ensemble) -> None:
    import matplotlib as mpl

    plain = painted("installs", city)
    with mpl.rc_context({"font.size": 30.0, "axes.grid": True, "axes.facecolor": "black"}):
        own = painted("installs", city)
    assert bytes(plain.canvas.buffer_rgba()) == bytes(own.canvas.buffer_rgba())  # type: ignore[attr-defined]


# Tables


def test_stance_spells_cover_the_calendar_once(city: Ensemble) -> None:
    spells = FIGURES["stances"].data(city)
    for _, mine in spells.groupby("company"):
        assert mine["first"].iloc[0] == pd.Timestamp(city.scenario.start)
        assert mine["last"].iloc[-1] == pd.Timestamp(city.scenario.end)
        assert (mine["first"].iloc[1:].to_numpy() - mine["last"].iloc[:-1].to_numpy() == pd.Timedelta(days=1)).all()


def test_partial_half_years_are_scaled_and_reports_stand_beside_companies_bound_to_them(city: Ensemble) -> None:
    bands = FIGURES["requests"].data(city)
    table = city.table("requests")
    early = table[(table["company"] == "Meta") & (table["type"] != "removal") & (table["date"] < "2020-07-01")]
    middle = early.groupby("seed")["received"].sum().quantile(0.5)
    row = bands.set_index(["period", "company", "measure"]).loc[("2020H1", "Meta", "received")]
    assert row["days"] == 61
    assert row["p50"] == pytest.approx(middle * 182 / 61)
    seen = bands[bands["observed"].notna()]
    assert set(seen["company"]) == {"Meta", "Google"}
    meta = seen[(seen["company"] == "Meta") & (seen["measure"] == "received")]
    assert dict(zip(meta["period"], meta["observed"], strict=True))["2020H2"] == 202


def test_changes_of_shares_start_from_the_day_before_the_law(city: Ensemble) -> None:
    bands = FIGURES["holders"].data(city)
    before = bands[(bands["measure"] == "change") & (bands["date"] == "2020-06-29")]
    assert (before[BAND] == 0).all().all()
    assert figure_alt("holders", city).startswith("Holders from 29 Jun 2020 to 30 Jun 2022: ")


def test_what_moves_between_two_apps_is_what_goes_less_what_comes_back() -> None:
    world = make_ensemble(Size(replicates=1))
    flows = FIGURES["flows"].data(world)
    assert (flows[flows["period"] == "after"]["p50"] >= 0).all()
    assert not flows.duplicated(["period", "origin", "destination"]).any()
    weeks = world.runs[0].tables["flows"].astype({"origin": str, "destination": str})
    since = weeks[(weeks["week"] >= "2020-06-30") & (weeks["week"] < "2020-12-29")]
    moved = 30 / 7 * since.groupby(["origin", "destination"])["users"].sum() / since["week"].nunique()
    for row in flows[flows["period"] == "after"].itertuples():
        net = moved[row.origin, row.destination] - moved[row.destination, row.origin]
        assert row.p50 == pytest.approx(net)
    title = FIGURES["flows"].title(flows, world)
    top = flows.iloc[0]
    assert title.startswith(
        f"The largest net movement was from {top.origin} to {top.destination}".replace("none", "no app")
    )


def test_no_way_is_named_where_the_bands_hold_both(city: Ensemble) -> None:
    flows = FIGURES["flows"].data(city).assign(p05=-1.0)
    assert FIGURES["flows"].title(flows, city).startswith("Between no two apps do people clearly move one way")


def test_access_is_weighted_by_the_users_of_isps(city: Ensemble) -> None:
    bands = FIGURES["ladder"].data(city)
    day = pd.Timestamp(city.scenario.date(60 + 303))
    row = bands[(bands["measure"] == "access") & (bands["name"] == "Telegram") & (bands["date"] == day)]
    # Only North, with 60 % of users, has executed the order, and only in the replicates with seeds 1 and 2.
    assert row[BAND].to_numpy().ravel() == pytest.approx([40.0, 100.0, 100.0])


# One band, and what it is of


def called(figure: Figure, label: str) -> list:
    return [artist for axes in figure.axes for artist in axes.get_children() if artist.get_label() == label]


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_every_picture_draws_its_band_and_says_of_what(name, worlds, city):
    figure, single = painted(name, worlds), painted(name, city)
    assert called(figure, TOTAL)
    both, one = (" ".join(t.get_text() for t in texts(made)) for made in (figure, single))
    for said in ("plausible worlds", "5 plausible worlds and 4 of the best"):
        assert said in both
    assert "luck alone" in one
    assert "plausible" not in one


@pytest.mark.parametrize("name", ["holders", "installs", "society", "policy"])
def test_the_band_is_the_tables(name, worlds):
    figure, table = painted(name, worlds), FIGURES[name].data(worlds)
    bands = called(figure, TOTAL)
    lines = 1 if name in ("society", "policy") else len(platform_colours(list(worlds.scenario.platforms)))
    assert len(bands) == sum(len(axes.lines) > 0 for axes in figure.axes) * lines
    drawn = np.concatenate([artist.get_paths()[0].vertices[:, 1] for artist in bands])
    values = table[["p05", "p95"]].astype(float)
    if name == "installs":
        values = values.clip(lower=worlds.scenario.population.represents / worlds.scenario.population.users / 2)
    assert (drawn.max(), drawn.min()) == pytest.approx((values.max().max(), values.min().min()))


@pytest.mark.parametrize("name", ["flows", "ladder"])
def test_a_picture_is_one_screen_high(name, city):
    """At 1,600 pixels' width at most 900."""
    width, height = painted(name, city).get_size_inches()
    assert 1600 * height / width <= 900


def test_the_line_is_the_median_of_plausible_worlds(worlds):
    share = FIGURES["holders"].data(worlds)
    share = share[(share["measure"] == "share") & (share["platform"] == "Telegram")]
    lines = [line.get_ydata() for line in painted("holders", worlds).axes[0].lines]
    assert any(len(y) == len(share) and np.allclose(y, share["p50"]) for y in lines)


@pytest.mark.parametrize(("quiet", "times"), [(5, "at least 30 times"), (0, "at least 30 times"), (200, "15 times")])
def test_a_jump_from_a_handful_of_people_is_told_as_a_bound(city, quiet, times):
    """Of a few dozen simulated people a week, luck alone makes any number of times."""
    table, person = FIGURES["installs"].data(city), city.scenario.population.represents / city.scenario.population.users
    of_signal, weeks = table["platform"] == "Signal", table["week"].drop_duplicates()
    table["p50"] = np.where(of_signal, quiet, 500) * person
    table.loc[of_signal & (table["week"] == weeks.iloc[-2]), "p50"] = 3000 * person
    assert FIGURES["installs"].title(table, city).startswith(f"Signal was installed {times} as often in its busiest")
    assert f", {times} as many" in FIGURES["installs"].alt(table, city)


# No title credits the law with what another act does: what moves people is named where it happens

CREDIT = re.compile(r"(since|after|because of|due to|thanks to|by) the law|attention to the law", re.IGNORECASE)
LAW = re.compile(r"\blaw\b", re.IGNORECASE)
TERMS = "WhatsApp: new terms"


def without_terms(ensemble: Ensemble) -> Ensemble:
    """The same numbers in a calendar that lacks the terms of January 2021."""
    acts = tuple(act for act in ensemble.scenario.acts if act.id != "terms")
    return Ensemble(ensemble.scenario.model_copy(update={"acts": acts}), ensemble.runs)


def test_no_word_of_a_picture_credits_the_law_with_the_wave_of_january(city):
    """In the reference two thirds of Telegram's gain were WhatsApp's terms of January 2021, no act of the law."""
    other, wrong = without_terms(city), []
    for name in FIGURES:
        said = [*words_of(name, city), figure_alt(name, city), figure_alt(name, other), FIGURES[name].caption]
        if name in OVER_TIME:
            bare = words_of(name, other)
            said += bare
            wrong += [] if any(TERMS in text for text in words_of(name, city)) else [f"{name}: no terms"]
            wrong += [f"{name}: {text}" for text in bare if TERMS in text]
            told = [re.split(r"(?<=[.;:])\s", figure_alt(name, ensemble)) for ensemble in (city, other)]
            of_law = [[part for part in parts if LAW.search(part)] for parts in told]
            wrong += [] if of_law[0] == of_law[1] else [f"{name}: {of_law}"]
        wrong += [f"{name}: {text}" for text in said if CREDIT.search(text)]
    assert wrong == []


def test_the_test_of_credit_sees():
    assert CREDIT.search("Holders since the law: Telegram +9.3 points")
    assert CREDIT.search("Salience: attention to the law, 1 is the wave of January 2021")
    assert not CREDIT.search("Holders from 29 Jun 2020 to 30 Jun 2022: Telegram +9.3 points")
