import hashlib
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from sim.drawing.picture import Picture
from sim.drawing.style import house_style
from sim.results.ensemble import Ensemble
from sim.view.figures import FIGURES, draw, figure_data
from tests.view.conftest import Size, assert_every_text_is_apart, figure_alt, make_ensemble, texts

SIZES = {
    "reference": Size(),
    "one-of-each": Size(platforms=1, companies=1, replicates=1),
    "eight-platforms": Size(platforms=8),
    "no-companies": Size(companies=0, replicates=2),
    "thirty-days": Size(platforms=2, replicates=2, days=30),
    "two-days": Size(platforms=2, companies=2, replicates=1, days=2),
    "plausible": Size(best=5),
    "eight-plausible": Size(platforms=8, companies=2, best=3),
    "one-plausible": Size(platforms=2, companies=0, replicates=1, days=30, best=1),
}
COMMAND = "lawshock run hong-kong-2020"


@pytest.fixture(scope="module", params=SIZES)
def world(request: pytest.FixtureRequest) -> Ensemble:
    return make_ensemble(SIZES[request.param])


@pytest.fixture(params=FIGURES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_kind_of_picture_is_shown():
    assert {type(picture) for picture in FIGURES.values()} == {*Picture.__subclasses__()}, "add it to FIGURES"


def painted(name: str, ensemble: Ensemble) -> Figure:
    picture = FIGURES[name]
    with house_style():
        figure = picture.paint(picture.data(ensemble), ensemble, COMMAND)
        figure.canvas.draw()
    return figure


@pytest.mark.slow
def test_no_text_leaves_the_page_or_meets_another(name: str, world: Ensemble) -> None:
    with house_style():
        assert_every_text_is_apart(painted(name, world))


@pytest.mark.slow
def test_page_says_what_made_it(name: str, world: Ensemble) -> None:
    words = "\n".join(t.get_text() for t in texts(painted(name, world)))
    assert world.scenario.digest()[:12] in words
    assert f"{world.scenario.population.users:,} simulated people" in words
    assert "seed" in words
    assert "model " in words
    assert COMMAND in words


def test_words_carry_the_numbers_of_the_table(name: str, world: Ensemble) -> None:
    words = figure_alt(name, world)
    assert words.endswith(".")
    assert any(character.isdigit() for character in words) or figure_data(name, world).empty
    assert "nan" not in words


@pytest.mark.parametrize("name", ["holders", "installs", "flows", "ladder"])
def test_every_platform_is_labelled_in_place(name: str, city: Ensemble) -> None:
    words = "\n".join(t.get_text() for t in texts(painted(name, city)))
    assert all(platform in words for platform in city.scenario.platforms)


@pytest.mark.parametrize("name", ["stances", "requests", "ladder"])
def test_every_company_is_labelled_in_place(name: str, city: Ensemble) -> None:
    words = "\n".join(t.get_text() for t in texts(painted(name, city)))
    assert all(company in words for company in city.scenario.companies)


@pytest.mark.parametrize("name", ["stances", "holders", "installs", "ladder", "society", "policy"])
def test_dates_of_the_law_are_marked(name: str, city: Ensemble) -> None:
    words = [t.get_text() for t in texts(painted(name, city))]
    assert "law announced" in words
    assert "law in force, text public" in words
    assert "rules gazetted" in words


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


DRAW = """
import hashlib, pathlib, sys
from tests.view.conftest import Size, make_ensemble, figure_alt
from sim.view.figures import draw
for path in draw(make_ensemble(Size(replicates=2, days=200)), pathlib.Path(sys.argv[1]), command="c"):
    print(path.name, hashlib.sha256(path.read_bytes()).hexdigest())
"""


@pytest.mark.slow
def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    root = Path(__file__).parents[2]
    told = subprocess.run(
        [sys.executable, "-c", DRAW, str(there)], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    files = draw(make_ensemble(Size(replicates=2, days=200)), here, command="c")
    mine = "".join(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n" for path in files)
    assert told == mine


def test_picture_does_not_change_with_a_users_settings(tmp_path: Path, city: Ensemble) -> None:
    import matplotlib as mpl

    plain, own = painted("installs", city), None
    with mpl.rc_context({"font.size": 30.0, "axes.grid": True, "axes.facecolor": "black"}):
        own = painted("installs", city)
    assert bytes(plain.canvas.buffer_rgba()) == bytes(own.canvas.buffer_rgba())  # type: ignore[attr-defined]


def test_stance_spells_cover_the_calendar_once(city: Ensemble) -> None:
    spells = figure_data("stances", city)
    for _, mine in spells.groupby("company"):
        assert mine["first"].iloc[0] == pd.Timestamp(city.scenario.start)
        assert mine["last"].iloc[-1] == pd.Timestamp(city.scenario.end)
        assert (mine["first"].iloc[1:].to_numpy() - mine["last"].iloc[:-1].to_numpy() == pd.Timedelta(days=1)).all()


def test_partial_half_years_are_scaled_to_their_length(city: Ensemble) -> None:
    bands = figure_data("requests", city).set_index(["period", "company", "measure"])
    table = city.table("requests")
    early = table[(table["company"] == "Meta") & (table["type"] != "removal") & (table["date"] < "2020-07-01")]
    middle = early.groupby("seed")["received"].sum().quantile(0.5)
    row = bands.loc[("2020H1", "Meta", "received")]
    assert row["days"] == 61
    assert row["p50"] == pytest.approx(middle * 182 / 61)


def test_reports_stand_only_beside_companies_that_are_bound_to_them(city: Ensemble) -> None:
    bands = figure_data("requests", city)
    seen = bands[bands["observed"].notna()]
    assert set(seen["company"]) == {"Meta", "Google"}
    meta = seen[(seen["company"] == "Meta") & (seen["measure"] == "received")]
    assert dict(zip(meta["period"], meta["observed"], strict=True))["2020H2"] == 202


def test_changes_of_shares_start_from_the_eve_of_the_law(city: Ensemble) -> None:
    bands = figure_data("holders", city)
    eve = bands[(bands["measure"] == "change") & (bands["date"] == "2020-06-29")]
    assert (eve[["p05", "p50", "p95"]] == 0).all().all()


def test_net_gains_add_up_to_nothing_in_a_single_replicate() -> None:
    moves = figure_data("flows", make_ensemble(Size(replicates=1)))
    net = moves[moves["measure"] == "net"]
    assert net.groupby("period")["p50"].sum().to_numpy() == pytest.approx(0, abs=1e-6)
    total = moves[moves["measure"] == "total"].set_index("period")["p50"]
    assert total.to_dict() == pytest.approx(moves[moves["measure"] == "moves"].groupby("period")["p50"].sum().to_dict())


def test_access_is_weighted_by_the_users_of_isps(city: Ensemble) -> None:
    bands = figure_data("ladder", city)
    day = pd.Timestamp(city.scenario.date(60 + 303))
    row = bands[(bands["measure"] == "access") & (bands["name"] == "Telegram") & (bands["date"] == day)]
    # Only North, with 60 % of users, has executed the order, and only in the replicates with seeds 1 and 2.
    assert row[["p05", "p50", "p95"]].to_numpy().ravel() == pytest.approx([40.0, 100.0, 100.0])
