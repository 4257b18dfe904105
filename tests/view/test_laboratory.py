"""The laboratory as one file: it says what the answer page says, goes on where it stopped, is built of its sources."""

import base64
import hashlib
import json
import re
import subprocess
from itertools import product

import pytest

from sim.analyses.compare.analysis import Comparison, compare
from sim.analyses.compare.outcomes import END
from sim.drawing.style import contrast, ink_of, platform_colours
from sim.runs.executors import InProcess
from sim.runs.store import Store
from sim.scenario.differences import differences
from sim.scenario.files import load, shipped_files
from sim.view.laboratory.answers import Question, draws
from sim.view.laboratory.page import answered, laboratory, on_cards, runs_of
from sim.view.laboratory.questions import BASE, CARDS, Home, asked, chosen, request_of
from sim.view.stage import weeks
from tests.terminal import lawshock, refused
from tests.test_house import ROOT

FRONT = ROOT / "sim" / "view" / "laboratory" / "front"
NAMES = ("whatsapp-complies", "no-law")
HOME = Home(BASE, ("population.users=400", "end=2020-09-30"))
COMMAND = "lawshock explore --export laboratory.html"


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    return on_cards(HOME, chosen(NAMES))


@pytest.fixture(scope="module")
def found(questions) -> dict:
    return answered(questions, 3, workers=1)


@pytest.fixture(scope="module")
def compared(questions) -> Comparison:
    worlds = [questions[0].base[1], *(question.world for question in questions)]
    return compare(
        *worlds, names=(BASE, *NAMES), replicates=3, workers=1, drawn=lambda world, seed: draws().world(world, seed)
    )


# What it says


@pytest.mark.slow
def test_numbers_are_those_of_the_table_of_outcomes(found, compared):
    outcomes = compared.outcomes
    for name in NAMES:
        table = outcomes[(outcomes["world"] == name) & (outcomes["when"] == END)].set_index("measure")
        assert found[name]["rows"]
        for row in found[name]["rows"]:
            of = table.loc[row["id"]]
            numbers = [row["mean"], row["low"], row["high"]]
            assert numbers == pytest.approx([of["mean"], of["p05"], of["p95"]], rel=1e-3)
            if row["id"] not in found[name]["courses"]:
                continue
            lines = found[name]["courses"][row["id"]]["gap"]
            assert [line[-1] for line in lines] == numbers
            day = weeks(compared.scenarios[0])[8]
            assert lines[0][8] == pytest.approx(compared.courses(name)[row["id"]].gaps[:, day].mean(), rel=1e-3)
        shared = [key for key in found[name]["courses"] if key in table.index]
        assert len(shared) == len(load(BASE).platforms) + 2  # holders of each app, accounts, companies that answer
        for key in shared:
            course = found[name]["courses"][key]
            assert [course[world][0][-1] for world in ("base", "now")] == pytest.approx(
                [table.loc[key, "base"], table.loc[key, "other"]], rel=1e-3
            )


@pytest.mark.slow
def test_stances_are_of_most_runs_and_a_row_opens_acts_that_touch_it(found):
    of = found["whatsapp-complies"]
    spans = of["stances"]["Meta"]
    assert spans["now"][-1][1] == "comply"
    assert sum(len(shares) for _, _, shares in spans["base"]) == len(weeks(HOME.base()))
    assert all(50 <= share <= 100 for _, _, shares in spans["now"] for share in shares)
    row = next(row for row in of["rows"] if row["id"] == "accounts")
    assert row["why"]
    assert any("Meta" in of["deeds"][number]["text"] for number in row["why"])


# How it is made


@pytest.mark.slow
def test_answers_depend_on_no_workers_and_go_on_where_they_stopped(questions, found, tmp_path, monkeypatch):
    counts: list[float] = []

    def stop(count: float) -> None:
        counts.append(count)
        if count == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answered(questions, 3, keep=Store(tmp_path / "kept"), workers=2, on_progress=stop)
    again: list[float] = []
    assert answered(questions, 3, keep=Store(tmp_path / "kept"), workers=1, on_progress=again.append) == found
    assert again[-1] == runs_of(questions, 3)
    monkeypatch.setattr(InProcess, "run", lambda *_: iter(()))  # nothing is made again
    assert answered(questions, 3, keep=Store(tmp_path / "kept"), workers=1) == found


@pytest.mark.slow
def test_the_page_holds_no_clock_and_no_path_and_nothing_that_ends_its_data(questions, found):
    odd = {name: one | {"sentence": "</script><b>&'"} for name, one in found.items()}
    text = laboratory(questions, odd, pairs=3, command=COMMAND)
    assert text == laboratory(questions, odd, pairs=3, command=COMMAND)
    data = re.search(r'<script type="application/json" id="worlds">(.*?)</script>', text, re.DOTALL)[1]
    assert json.loads(data)["questions"][0]["sentence"] == "</script><b>&'"
    assert str(ROOT) not in text
    script = re.search(r"<script>(.*?)</script>\n</body>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'\"" in text
    live = laboratory(questions, {}, pairs=3, command=COMMAND, live=True)
    assert f"script-src 'sha256-{digest}'; connect-src 'self'\"" in live
    assert '"live":true' in live


# Cards


def test_every_counterfactual_of_the_base_has_a_card():
    plain = {name for name, file in shipped_files().items() if file.name != "scenario.toml"}
    assert plain - {BASE} == {card.name for card in CARDS if not card.acts}


def test_a_card_gives_its_world_by_file_and_by_request_and_its_sentence_changes_it(tmp_path):
    home, wrong = Home(BASE, ()), []
    for card in CARDS:
        world, place = card.world(), tmp_path / f"{card.name}.toml"
        place.write_text(card.text(place), encoding="utf-8")
        request = request_of(home.base(), world)
        by_request = asked(home, json.dumps(request).encode()).world
        acts = {act["id"]: act for act in request["acts"]}
        for slot in re.findall(r"{(.+?)}", card.says):
            name, _, key = slot.partition(".")
            known = acts.get(name, {})
            *tables, key = key.split(".")
            for table in tables if known else ():
                known = known[table]
            if not (slot in request["set"] or key in known or (key == "days" and "until" in known)):
                wrong.append((card.name, slot))
        wrong += [
            (card.name, change.sentence) for one in (load(place), by_request) for change in differences(world, one)
        ]
        wrong += [] if card.asks.endswith("?") else [(card.name, card.asks)]
    assert wrong == []


# Colours, and the front end


def test_inks_can_be_read_on_both_papers():
    colours = platform_colours(list(load(BASE).platforms)).values()
    for colour, paper in product(colours, ("#ffffff", "#14171a")):
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
    assert sum(len(path.read_text().splitlines()) for path in (FRONT / "src").iterdir()) <= 3000
    lock = json.loads((FRONT / "package-lock.json").read_text())
    assert all("resolved" not in package for package in lock["packages"].values())
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
    assert "//" not in (FRONT / ".npmrc").read_text()


# The command


LITTLE = ("--only", "whatsapp-complies", "--users", 200, "--replicates", 1, "--workers", 1, "--set", "end=2020-07-20")


@pytest.mark.slow
def test_the_command_writes_one_page_and_replaces_only_its_own(tmp_path):
    for _ in range(2):
        result = lawshock("explore", "--export", "lab.html", *LITTLE, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        assert "Meta complies: By 20 July 2020, " in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["lab.html"]
    made = (tmp_path / "lab.html").read_bytes()
    assert len(made) < 2_000_000
    assert b'"assumptions":[{"path":' in made
    assert b'"city":{"apps":' in made
    line = refused("explore", "--export", "lab.html", *LITTLE, "--seed", 2, cwd=tmp_path)
    assert "--replace" in line
    assert (tmp_path / "lab.html").read_bytes() == made
