"""Answers from kept runs: they say what a comparison says, stage by stage, and the city is that of the first pair."""

import itertools
import json
import re
import zlib
from pathlib import Path

import numpy as np
import pytest

from sim.analyses.compare.analysis import around_one_day, compare
from sim.results.posterior import load_posterior
from sim.scenario.files import load
from sim.view.laboratory.answers import _modes, told, weeks
from sim.view.laboratory.asking import fields_of
from sim.view.laboratory.cards import BASE, chosen
from sim.view.laboratory.city import MOST_PEOPLE, sample_of
from sim.view.laboratory.forms import assumptions, calendar, claims, schema
from sim.view.laboratory.jobs import PAIRS, STAGES, City, Live, Pairing, Take, Tell, file_of, lucky

SMALL = ("population.users=400", "end=2020-09-30")
NAME = "whatsapp-blocked-90-days"


def ignore(_: int) -> None:
    """Somebody waits."""


@pytest.fixture(scope="module")
def pairing(tmp_path_factory) -> Pairing:
    base, world = around_one_day([load(BASE, SMALL), chosen([NAME])[0].world(SMALL)])
    made = Pairing(tmp_path_factory.mktemp("runs"), NAME, (BASE, base), world, ())
    for run in made.both(4):
        run.make(ignore)
    return made


def made(job) -> dict:
    return json.loads(zlib.decompress(job.make(ignore)))


def test_runs_of_a_stage_are_among_those_of_the_next(pairing) -> None:
    stages = [{run.key for run in pairing.both(pairs)} for pairs in STAGES]
    assert all(one < two for one, two in itertools.pairwise(stages))
    assert [lucky(pairs) for pairs in STAGES] == [0, 2, 4, 8, PAIRS // 2]
    assert len(stages[0]) == 4


def test_worlds_with_other_words_share_their_runs(pairing) -> None:
    again = Pairing(pairing.folder, "other", pairing.base, pairing.world.model_copy(update={"title": "other"}), ())
    assert [run.key for run in again.both(4)] == [run.key for run in pairing.both(4)]
    fixed = Pairing(pairing.folder, "other", pairing.base, pairing.world, ("law.vagueness",))
    assert fixed.both(4)[0].key != pairing.both(4)[0].key


def test_an_answer_says_what_the_comparison_says(pairing) -> None:
    """The reference is ``lawshock compare``, whose runs go another way."""
    draws = load_posterior()
    compared = compare(
        pairing.base[1], pairing.world, names=(BASE, NAME), replicates=4, workers=1,
        drawn=lambda world, seed: draws.world(world, seed), draws=draws.hashes,
    )  # fmt: skip
    whole = made(Tell(pairing, 4, {"name": NAME}))
    assert whole | told(compared, NAME) == whole
    assert (whole["pairs"], whole["of"], whole["luckyPairs"]) == (4, PAIRS, 2)


def test_the_first_answer_has_no_band_of_luck(pairing) -> None:
    first = made(Tell(pairing, 2, {"name": NAME}))
    assert (first["pairs"], first["luckyPairs"]) == (2, 0)
    lines = [course[world] for course in first["courses"].values() for world in ("base", "now", "gap")]
    lines += [row["gap"] for row in first["rows"] if "gap" in row]
    assert all(line[3:] == [[], []] and len(line[0]) == len(line[2]) > 0 for line in lines)
    assert first["rows"]
    assert all(row["luck"] == [] for row in first["rows"])
    assert "do not quote it" in first["sure"][-1]


def test_files_to_take_away_are_of_the_answer(pairing) -> None:
    page = zlib.decompress(Take(pairing, 4, "answer.html", "lawshock compare a b").make(ignore)).decode()
    sentence = made(Tell(pairing, 4, {}))["sentence"]
    assert sentence in re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)).replace("&#39;", "'")
    table = zlib.decompress(Take(pairing, 4, "tables/outcomes.csv", "").make(ignore)).decode()
    assert table.startswith("world,measure,unit,when,date")
    book = zlib.decompress(Take(pairing, 4, "tables.xlsx", "").make(ignore))
    assert book[:2] == b"PK"
    assert [path.suffix for path in pairing.folder.iterdir() if path.suffix not in (".run", ".evening")] == []


def test_the_city_begins_with_those_to_whom_something_happens(pairing) -> None:
    city = made(City(pairing, 1))
    base, people = pairing.base[1], len(sample_of(400))
    assert people == MOST_PEOPLE == len(city["people"]) == len({tuple(place) for place in city["people"]})
    assert city["weeks"] == weeks(base)
    assert city["apps"] == list(base.platforms)
    for world in ("base", "now"):
        assert len(city[world]) == len(city["weeks"])
        assert {letter.lower() for week in city[world] for letter in week} <= {*"abcd."}
    differs = [sum(a[i] != b[i] for a, b in zip(city["base"], city["now"], strict=True)) for i in range(people)]
    assert differs == sorted(differs, reverse=True)
    assert city["touched"] == sum(map(bool, differs)) > 0
    before = [place for place, day in enumerate(city["weeks"]) if base.date(day).isoformat() < "2020-08-01"]
    assert [city["base"][i] for i in before] == [city["now"][i] for i in before]
    assert any("A" in week for week in city["now"])  # cut off from WhatsApp, which was used most
    assert not any("A" in week for week in city["base"])


def test_a_run_is_kept_under_what_it_depends_on_and_whole(pairing) -> None:
    for run in pairing.both(4):
        assert file_of(pairing.folder, run.key).is_file()
    assert not list(Path(pairing.folder).glob("*.draft"))
    class_keys = {Live(Path("x"), pairing.world, "digest", seed, fixed).key for seed in (1, 2) for fixed in (None, ())}
    assert len(class_keys) == 4


# What the page asks with


def test_forms_have_every_field_of_every_kind() -> None:
    base = load(BASE)
    told = schema(base, BASE, live=True)
    forms = {form["kind"]: {field["name"]: field for field in form["fields"]} for form in told["acts"]}
    block = forms["order-block"]
    assert block["platform"] == {
        "name": "platform", "type": "choice", "meaning": "platform", "choices": list(base.platforms), "required": True,
    }  # fmt: skip
    assert (block["access"]["type"], block["access"]["low"], block["access"]["high"]) == ("number", 0.0, 1.0)
    assert (block["for_days"]["type"], block["for_days"]["unit"], block["for_days"]["low"]) == ("integer", "days", 1)
    assert (block["until"]["type"], block["store_ban"]["type"], block["isps"]["type"]) == ("date", "bool", "list")
    assert "comply" in forms["force-stance"]["stance"]["choices"]
    assert forms["demand"]["companies"]["choices"] == list(base.companies)
    for act in base.acts:  # a form can hold what the calendar has
        assert fields_of(act).keys() - {"kind", "by", "note", "when"} <= forms[act.kind].keys()
    conditions = {form["kind"]: form for form in told["conditions"]}
    assert {field["name"] for field in conditions["users-lost"]["fields"]} >= {"platform", "share", "since", "earliest"}
    assert all(form["words"] for form in (*told["acts"], *told["conditions"]))
    assert schema(base, BASE, live=False).keys() == {"calendar", "assumptions"}


def test_the_calendar_says_when_and_how_long() -> None:
    world = load("interoperability-if-tenth-lost")
    told = {act["id"]: act for act in calendar(world)}
    assert told["block-whatsapp"]["span"] == ["2020-08-01", "2020-10-30"]
    assert told["interoperability"]["date"] is None
    assert told["interoperability"]["fields"]["when"] == {"kind": "users-lost", "platform": "WhatsApp", "share": 0.1}
    assert [*told][-1] == "interoperability"
    dates = [act["date"] for act in told.values() if act["date"]]
    assert dates == sorted(dates)


def test_assumptions_begin_with_those_on_which_claims_hang() -> None:
    base = load(BASE)
    told = assumptions(base, BASE)
    hanging = claims(BASE)
    assert sum(map(len, hanging.values())) > 3
    counts = [one["claims"] for one in told]
    assert counts == sorted(counts, reverse=True)
    assert {one["path"] for one in told if one["claims"]} == hanging.keys() & {one["path"] for one in told}
    assert all(one["low"] < one["high"] and one["status"] != "measured" for one in told)
    assert all(hanging[one["path"]][0] in one["moves"] for one in told if one["claims"])
    assert claims("uganda-2021") == {}


def test_a_company_is_shown_with_the_stance_of_most_runs() -> None:
    """Of two that are as frequent the first by name; spans of one stance are told once."""
    stances = np.array(
        [["pause", "pause", "exit"], ["pause", "exit", "exit"], ["pause", "exit", "exit"], ["exit", "pause", "exit"]]
    )
    assert _modes(stances) == [[0, "pause", [75]], [1, "exit", [50, 100]]]
