"""Answers from the server's runs: they say what a comparison says, and first answers go on from days of the base."""

import itertools
import json
import os
import pickle
import re
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.analyses.compare.analysis import compare
from sim.analyses.compare.city import MOST_PEOPLE, sample_of
from sim.runs import past
from sim.view import stage
from sim.view.laboratory import answers
from sim.view.laboratory.answers import (
    PAIRS,
    STAGES,
    Answer,
    Download,
    Question,
    Simulate,
    chance_pairs,
    of_card,
)
from sim.view.laboratory.questions import BASE, Home, chosen
from sim.view.stage import weeks
from sim.view.went import LEAST_FLOW

SMALL = ("population.users=400", "end=2020-09-30")
NAME = "whatsapp-blocked-90-days"


def asked(folder: Path, name: str = NAME, overrides=SMALL, fixed=()) -> Question:
    question = of_card(chosen([name])[0], Home(BASE, overrides), folder=folder)
    return replace(question, words={"name": name}, command="lawshock compare a b", fixed=fixed)


@pytest.fixture(scope="module")
def question(tmp_path_factory) -> Question:
    made = asked(tmp_path_factory.mktemp("runs"))
    for run in made.both(4):
        run.make()
    return made


def made(job) -> dict:
    return json.loads(zlib.decompress(job.make()))


def test_runs_of_a_stage_are_among_those_of_the_next(question):
    stages = [{run.key for run in question.both(pairs)} for pairs in STAGES]
    assert all(one < two for one, two in itertools.pairwise(stages))
    assert [chance_pairs(pairs) for pairs in STAGES] == [0, 2, 4, 8, PAIRS // 2]
    assert len(stages[0]) == 4
    assert {*Answer(question, 4).needs} == stages[1]


def test_worlds_with_other_words_share_their_runs(question):
    again = replace(question, name="other", world=question.world.model_copy(update={"title": "other"}))
    assert [run.key for run in again.both(4)] == [run.key for run in question.both(4)]
    assert replace(question, fixed=("law.vagueness",)).both(4)[0].key != question.both(4)[0].key


def test_an_answer_says_what_the_comparison_says(question):
    """The reference is ``lawshock compare``, whose runs go another way."""
    draws = answers.draws()
    compared = compare(
        question.base[1], question.world, names=(BASE, NAME), replicates=4, workers=1,
        drawn=lambda world, seed: draws.world(world, seed), draws=draws.hashes,
    )  # fmt: skip
    whole = made(Answer(question, 4))
    assert whole | answers.answer(compared, NAME) == whole
    assert (whole["name"], whole["pairs"], whole["of"], whole["luckyPairs"]) == (NAME, 4, PAIRS, 2)


def test_the_first_answer_has_no_band_of_chance(question):
    first = made(Answer(question, 2))
    assert (first["pairs"], first["luckyPairs"]) == (2, 0)
    lines = [course[world] for course in first["courses"].values() for world in ("base", "now", "gap")]
    assert all(len(line) == 3 and len(line[0]) == len(line[2]) > 0 for line in lines)
    assert first["rows"]
    assert "do not quote it" in first["sure"][-1]
    assert made(Answer(question, 4))["sure"][-1].startswith("Luck alone, with the same parameters in all of 2 pairs, ")


def test_files_to_take_away_are_of_the_answer(question):
    page = zlib.decompress(Download(question, 4, "answer.html").make()).decode()
    sentence = made(Answer(question, 4))["sentence"]
    assert sentence in re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)).replace("&#39;", "'")
    table = zlib.decompress(Download(question, 4, "tables/outcomes.csv").make()).decode()
    assert table.startswith("world,measure,name,unit,when,date")
    assert zlib.decompress(Download(question, 4, "tables.xlsx").make())[:2] == b"PK"
    assert {path.suffix for path in question.folder.iterdir()} <= {".run", ".state"}


def lives(text: str, count: int) -> list[str]:
    """A letter for each week, of each person."""
    found = []
    for life in text.split(" "):
        changes = [(int(week or 0), letter) for week, letter in re.findall(r"(\d*)([a-zA-Z.])", life)]
        ends = [week for week, _ in changes[1:]] + [count]
        found.append("".join(letter * (end - week) for (week, letter), end in zip(changes, ends, strict=True)))
    return found


def test_people_are_of_the_pair_nearest_to_the_mean_and_begin_with_those_to_whom_something_happens(question):
    city, base, pairs = made(Answer(question, 4))["city"], question.base[1], 4
    seen = [[run.read()[1]["letters"].to_list() for run in question.stage(pairs)[which][:pairs]] for which in (0, 1)]
    gains = [
        [sum(one[week].lower() == app for one in there) - sum(one[week].lower() == app for one in here)
         for app in "abcd" for week in range(len(weeks(base)))]
        for here, there in zip(*seen, strict=True)
    ]  # fmt: skip
    mean = [sum(column) / pairs for column in zip(*gains, strict=True)]
    off = [sum((gain - middle) ** 2 for gain, middle in zip(one, mean, strict=True)) for one in gains]
    assert city["pair"] == off.index(min(off)) + 1
    kept = [seen[which][city["pair"] - 1] for which in (0, 1)]
    both = [lives(city[world], len(weeks(base))) for world in ("base", "now")]
    assert sorted(zip(*both, strict=True)) == sorted(zip(*kept, strict=True))
    assert len(both[0]) == len(sample_of(400)) == MOST_PEOPLE
    assert city["apps"] == list(base.platforms)
    differs = [sum(a != b for a, b in zip(*person, strict=True)) for person in zip(*both, strict=True)]
    assert differs == sorted(differs, reverse=True)
    assert sum(map(bool, differs)) > 0
    before = sum(base.date(day).isoformat() < "2020-08-01" for day in weeks(base))
    assert [life[:before] for life in both[0]] == [life[:before] for life in both[1]]
    assert any("A" in life for life in both[1])  # cut off from WhatsApp, which was used most
    assert not any("A" in life for life in both[0])


def test_flows_are_the_mean_of_all_pairs_and_add_up_to_what_apps_gain(question):
    """The tables of all runs, added up the long way; what came to an app is what it has more than in the base."""
    told, pairs = made(Answer(question, 4)), 4
    people = question.base[1].population.represents
    total: dict[tuple[str, str], float] = {}
    for which, sign in ((0, -1), (1, 1)):
        for run in question.stage(pairs)[which][:pairs]:
            for row in run.read()[0].tables["flows"].itertuples():
                ends = tuple("" if name == "none" else name for name in (row.origin, row.destination))
                total[ends] = total.get(ends, 0.0) + sign * row.users / pairs * 100 / people
    net = {(a, b): value - total[b, a] for (a, b), value in total.items()}
    assert told["flows"]
    for flow in told["flows"]:
        assert flow["by"][-1] == pytest.approx(net[flow["from"], flow["to"]], abs=0.006)
        assert flow["by"][-1] >= 0
        assert len(flow["by"]) == len(weeks(question.base[1]))
    assert told["flows"][0]["from"] == "WhatsApp"
    assert {ends for ends, value in net.items() if value > LEAST_FLOW + 0.01} <= {
        (flow["from"], flow["to"]) for flow in told["flows"]
    }


def test_the_number_on_the_stage_is_that_which_leads_the_answer(question):
    told = made(Answer(question, 4))
    lead, day = told["lead"], weeks(question.base[1])
    assert (lead["id"], lead["app"], lead["unit"]) == ("WhatsApp.daily_users", "WhatsApp", "points")
    assert lead["alike"] == sum(gap < 0 for gap in lead["gaps"]) == 4
    assert lead["when"].removeprefix("on ") in told["sentence"]
    assert lead["text"].removeprefix("−").removesuffix(" points") in told["sentence"]
    assert len(told["courses"][lead["id"]]["gap"][0]) == len(day)


def test_a_company_is_shown_with_the_stance_of_most_runs():
    """Of two that are as frequent the first by name; spans of one stance are named once."""
    stances = np.array(
        [["pause", "pause", "exit"], ["pause", "exit", "exit"], ["pause", "exit", "exit"], ["exit", "pause", "exit"]]
    )
    assert stage._modes(stances) == [[0, "pause", [75]], [1, "exit", [50, 100]]]


# A past in common


LONGER = ("population.users=400", "end=2021-01-31")


def days_of(run: Simulate, monkeypatch) -> int:
    """Days that a run makes by itself."""
    count = []
    with monkeypatch.context() as patch:
        look = answers.Watcher.look
        patch.setattr(answers.Watcher, "look", lambda self, model: (count.append(1), look(self, model)))
        run.make()
    return len(count)


def content(run: Simulate) -> tuple:
    world, grids, stances, acts, seen = pickle.loads(run.path.read_bytes())
    columns = {(table, name): values.tobytes() for table, (_, held) in grids.items() for name, values in held.items()}
    return world, columns, stances.tolist(), acts.to_csv(), seen.to_csv()


@pytest.mark.parametrize("name", [NAME, "companies-exit"])
def test_a_first_answer_makes_the_days_alone_in_which_its_world_differs(name, tmp_path, monkeypatch):
    monkeypatch.setattr(past, "EVERY", 56)  # days that end a week, on which the city is looked at
    question = asked(tmp_path, name, LONGER)
    days = past.alike_days(*(world for world, _ in question.bare))
    assert days >= past.EVERY
    for base, now in zip(*question.stage(2), strict=True):
        assert days_of(now, monkeypatch) == days_of(base, monkeypatch) == now.world.days  # nothing was kept yet
        before = content(now)
        assert days_of(now, monkeypatch) == now.world.days - days // past.EVERY * past.EVERY
        assert content(now) == before


def test_days_are_kept_of_the_base_in_first_answers(tmp_path, monkeypatch):
    question = asked(tmp_path, overrides=LONGER)
    assert {run.key for run in question.both(8) if run.is_shared} == {run.key for run in question.stage(STAGES[0])[0]}
    base, now = (world[0] for world in question.stage(1))
    base.make()
    other = replace(now, fixed=("law.vagueness",))  # with other draws it would have another past
    assert days_of(other, monkeypatch) == now.world.days > days_of(now, monkeypatch)
    monkeypatch.setattr(answers, "MOST_SHARED", 399)
    assert not any(run.is_shared for run in question.both(8))


# Nothing is left


def test_a_folder_is_removed_although_a_run_is_written_meanwhile(tmp_path, monkeypatch):
    folder, rmdir = tmp_path / "runs", os.rmdir
    folder.mkdir()
    late = [folder / "late.run", folder / "later.run"]

    def rmdir_too_late(*where, **options) -> None:
        if late:
            late.pop().touch()
        rmdir(*where, **options)

    monkeypatch.setattr(os, "rmdir", rmdir_too_late)
    answers.remove(folder)
    assert not folder.exists()
