"""The laboratory as one file: it says what the answer page says, goes on where it stopped, is built of its sources."""

import base64
import datetime as dt
import hashlib
import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.analyses.compare.analysis import compare
from sim.analyses.compare.outcomes import END
from sim.drawing.style import contrast, ink_of, platform_colours
from sim.results.bands import CHANCE
from sim.results.posterior import load_posterior
from sim.scenario.differences import differences
from sim.scenario.files import build, load, merge, read, shipped_files
from sim.view.answer import words
from sim.view.answer.page import apps_named
from sim.view.laboratory import worlds
from sim.view.laboratory.answers import followed, told, weeks
from sim.view.laboratory.cards import BASE, CARDS, chosen
from sim.view.laboratory.page import laboratory
from sim.view.laboratory.worlds import Asked, answers
from tests.terminal import lawshock, refused
from tests.test_house import ROOT

FRONT = ROOT / "sim" / "view" / "laboratory" / "front"
NAMES = ("whatsapp-complies", "no-law")
SMALL = ("population.users=400", "end=2020-09-30")


def drawn(world, seed):
    return load_posterior().world(world, seed)


def ask(**changes) -> Asked:
    questions = {card.name: card.world(SMALL) for card in chosen(NAMES)}
    return replace(Asked((BASE, load(BASE, SMALL)), questions, 3, 1, drawn), **changes)


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def found(kept) -> dict:
    return answers(ask(), kept, workers=1)


@pytest.fixture(scope="module")
def compared():
    asked = ask()
    return compare(*asked.worlds.values(), names=tuple(asked.worlds), replicates=3, workers=1, drawn=drawn)


def page(found, **more) -> str:
    return laboratory(
        ask(), chosen(NAMES), found, place=Path("x.html"), command="lawshock explore --export laboratory.html", **more
    )


# What it says


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_the_answer_page_says(found, compared, name):
    changes = words.changes(compared.courses(name))
    named = apps_named(compared, name)
    assert found[name]["sentence"] == " ".join(words.answer(changes, compared.scenarios[0].end, named)).strip()
    assert found[name]["sure"] == list(words.how_sure(changes, named, drawn=True))
    assert found[name] | json.loads(json.dumps(told(compared, name))) == found[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_numbers_are_those_of_the_table_of_outcomes(found, compared, name):
    outcomes = compared.outcomes
    table = outcomes[(outcomes["world"] == name) & (outcomes["when"] == END)].set_index("measure")
    assert found[name]["rows"]
    for row in found[name]["rows"]:
        of = table.loc[row["name"]]
        low, high = (of[CHANCE[end]] for end in ("p05", "p95"))
        assert [row["mean"], row["low"], row["high"], *row["luck"]] == pytest.approx(
            [of["mean"], of["p05"], of["p95"], low, high], rel=1e-3
        )
    shared = [key for key in found[name]["courses"] if key in table.index]
    assert len(shared) == len(load(BASE).platforms) + 2  # holders of each app, accounts and speech
    for key in shared:
        course = found[name]["courses"][key]
        assert [course[world][0][-1] for world in ("base", "now")] == pytest.approx(
            [table.loc[key, "base"], table.loc[key, "other"]], rel=1e-3
        )
        change = next(one for one in words.changes(compared.courses(name)) if one.name == key)
        assert course["told"][-1] == [*words.levels(change), words.signed(change) if any(change.gaps) else ""]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_row_has_its_difference_in_every_week(found, compared, name):
    of = found[name]
    for row in of["rows"]:
        course = compared.courses(name)[row["name"]]
        drawn_ = row if "gap" in row else of["courses"][row["name"]]
        mean, low, high, *luck = drawn_["gap"]
        assert [mean[-1], low[-1], high[-1], *(ends[-1] for ends in luck)] == [
            row["mean"], row["low"], row["high"], *row["luck"],
        ]  # fmt: skip
        assert mean[8] == pytest.approx(course.gaps[:, weeks(compared.scenarios[0])[8]].mean(), rel=1e-3)
        assert drawn_["told"][-1][2] == row["text"]


@pytest.mark.slow
def test_installs_are_of_seven_days_and_access_is_of_all_users(compared):
    run = compared.lives[0][0].run
    quantities = {quantity.name: quantity for quantity in followed(run.scenario)}
    usage = run.tables["usage"]
    installs = usage.loc[usage["platform"] == "Signal", "installs"].to_numpy()
    got = quantities["Signal installs a week"].of(run, 0)
    assert got[:3] == pytest.approx(np.cumsum(installs)[:3])
    assert got[30] == pytest.approx(installs[24:31].sum())
    assert not np.any((got != 0.0) & (np.abs(got) < 1.0))  # nobody is told by the rounding of a sum
    assert quantities["Signal access"].of(run, 0) == pytest.approx(100.0)
    days = weeks(run.scenario)
    assert days[0] == 6
    assert days[-1] == run.scenario.days - 1
    assert {*np.diff(days[:-1])} == {7}


@pytest.mark.slow
def test_stances_are_those_of_most_runs(found):
    spans = found["whatsapp-complies"]["stances"]["Meta"]
    assert spans["now"][-1][1] == "comply"
    assert sum(len(shares) for _, _, shares in spans["base"]) == len(weeks(load(BASE, SMALL)))
    assert all(50 <= share <= 100 for _, _, shares in spans["now"] for share in shares)


@pytest.mark.slow
def test_a_row_opens_acts_that_touch_it(found):
    of = found["whatsapp-complies"]
    row = next(row for row in of["rows"] if row["name"] == "accounts handed over")
    assert row["why"]
    assert all(of["deeds"][place]["common"] for place in row["why"])
    assert any("Meta" in of["deeds"][place]["text"] for place in row["why"])


# How it is made


@pytest.mark.slow
def test_what_is_told_depends_on_no_workers_and_is_kept(found, kept, tmp_path, monkeypatch):
    assert answers(ask(), tmp_path, workers=2) == found

    def none(**_):
        raise AssertionError("a run was made again")

    monkeypatch.setattr(worlds, "make_executor", none)
    counts = []
    assert answers(ask(), kept, on_progress=counts.append) == found
    assert counts == [3 * ask().runs]


@pytest.mark.slow
def test_it_goes_on_where_it_stopped(found, kept, tmp_path):
    first, second = sorted(kept.glob("*.json"))
    (tmp_path / first.name).write_bytes(first.read_bytes())
    (tmp_path / second.name).write_bytes(second.read_bytes()[:-9])  # damaged: set aside and made again
    counts = []
    assert answers(ask(), tmp_path, workers=1, on_progress=counts.append) == found
    assert counts == [*range(ask().runs + 1, 3 * ask().runs + 1)]
    assert [path.name for path in tmp_path.glob("*.corrupt")] == [second.name + ".corrupt"]


def test_what_is_kept_of_other_settings_is_not_taken():
    key = ask().key("no-law")
    others = [ask(replicates=4), ask(seed=2), ask(draws={"people": "1"}), ask(overrides=("x=1",))]
    others += [ask(base=(BASE, load(BASE, [*SMALL, "population.inertia=3.0"])))]
    assert len({key, *(other.key("no-law") for other in others)}) == 6


@pytest.mark.slow
def test_the_page_holds_no_clock_and_no_path_and_nothing_that_ends_its_data(found):
    odd = {name: one | {"sentence": "</script><b>&'"} for name, one in found.items()}
    text = page(odd)
    assert text == page(odd)
    data = re.search(r'<script type="application/json" id="worlds">(.*?)</script>', text, re.DOTALL)[1]
    assert json.loads(data)["questions"][0]["sentence"] == "</script><b>&'"
    assert str(ROOT) not in text
    script = re.search(r"<script>(.*?)</script>\n</body>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'\"" in text
    live = laboratory(ask(), chosen(NAMES), {}, place=Path("x.html"), command="lawshock explore", live=True)
    assert f"script-src 'sha256-{digest}'; connect-src 'self'\"" in live
    assert '"live":true' in live


# Cards


def test_every_counterfactual_of_the_base_has_a_card():
    plain = {name for name, file in shipped_files().items() if file.name != "scenario.toml"}
    assert plain - {BASE} == {card.name for card in CARDS if not card.acts}


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_card_gives_its_world_to_take_away(card, tmp_path):
    place = tmp_path / f"{card.name}.toml"
    place.write_text(card.text(place), encoding="utf-8")
    taken = load(place)
    assert [act.model_dump() for act in taken.acts] == [act.model_dump() for act in card.world().acts]
    assert card.asks.endswith("?")


def dated(value):
    """As a scenario file has it: texts that are dates become dates."""
    if isinstance(value, dict):
        return {key: dated(item) for key, item in value.items()}
    isoformat = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)
    return dt.date.fromisoformat(value) if isoformat else value


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_what_a_card_asks_of_the_base_gives_its_world(card):
    request = json.loads(json.dumps(card.request()))
    draft = read(BASE, [f"{key}={value}" for key, value in request["set"].items()])
    for name in request["without"]:
        draft.drop(("acts", name), "test")
    merge(draft, {"acts": [dated(act) for act in request["acts"]]} if request["acts"] else {}, "test")
    assert differences(card.world(), build(draft)) == []


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_sentence_of_a_card_changes_what_its_world_has(card):
    request = card.request()
    acts = {act["id"]: act for act in request["acts"]}
    for slot in re.findall(r"{(.+?)}", card.says):
        name, _, key = slot.partition(".")
        known = acts.get(name, {})
        *tables, key = key.split(".")
        for table in tables if known else ():
            known = known[table]
        assert slot in request["set"] or key in known or (key == "days" and "until" in known)


# Colours, and the front end


@pytest.mark.parametrize("paper", ["#ffffff", "#14171a"])
def test_inks_can_be_read_on_both_papers(paper):
    for colour in platform_colours(list(load(BASE).platforms)).values():
        assert contrast(ink_of(colour, paper), paper) >= 4.5


def test_the_built_front_end_is_of_its_sources():
    names = ["package-lock.json", "build.mjs", *(f"src/{path.name}" for path in sorted((FRONT / "src").iterdir()))]
    digest = hashlib.sha256()
    for name in names:
        digest.update(f"{name}\0".encode() + (FRONT / name).read_bytes() + b"\0")
    built = (FRONT.parent / "templates" / "laboratory.js").read_text(encoding="utf-8")
    assert f"from sources {digest.hexdigest()};" in built.splitlines()[0], "run make front"


@pytest.mark.skipif(not (FRONT / "node_modules").is_dir(), reason="the front end's tools are not installed: make front")
def test_a_build_gives_the_built_file(tmp_path):
    subprocess.run(["node", "build.mjs", str(tmp_path / "built.js")], cwd=FRONT, check=True)
    assert (tmp_path / "built.js").read_bytes() == (FRONT.parent / "templates" / "laboratory.js").read_bytes()


def test_the_front_end_is_small_and_its_lock_names_no_address():
    assert sum(len(path.read_text().splitlines()) for path in (FRONT / "src").iterdir()) < 3000
    lock = json.loads((FRONT / "package-lock.json").read_text())
    assert all("resolved" not in package for package in lock["packages"].values())
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
    assert "//" not in (FRONT / ".npmrc").read_text()


# The command


LITTLE = ("--only", "whatsapp-complies", "--users", 200, "--replicates", 1, "--workers", 1, "--set", "end=2020-07-20")


@pytest.mark.slow
def test_the_command_writes_one_page_and_replaces_only_its_own(tmp_path):
    for _ in range(2):
        result = lawshock("explore", "--export", "lab.html", *LITTLE, "--study", "s", cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        assert "Meta complies: By 20 July 2020, " in result.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lab.html", "s"]
    made = (tmp_path / "lab.html").read_bytes()
    assert len(made) < 5_000_000
    assert b'"assumptions":[{"path":' in made
    assert b'"city":{"people":' in made
    line = refused("explore", "--export", "lab.html", *LITTLE, "--seed", 2, "--study", "s", cwd=tmp_path)
    assert "--replace" in line
    assert (tmp_path / "lab.html").read_bytes() == made


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--only", "no-lw"), ["--only", 'did you mean "no-law"']),
        (("--only", ","), ["--only"]),
        (("--export", "lab.txt"), ["lab.txt", "page"]),
        (("--users", 0), ["population.users"]),
        (("--port", 1), ["--port", "without --export"]),
        (("no-law",), ["hong-kong-2020", "no-law"]),
    ],
)
def test_a_mistake_is_one_line_before_any_run(args, said, tmp_path):
    line = refused("explore", "--export", "lab.html", *args, cwd=tmp_path)
    assert all(word in line for word in said), line
    assert list(tmp_path.iterdir()) == []
