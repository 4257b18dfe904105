"""The exercises give the answers that they quote, and their explanations say nothing that these do not carry."""

import re

import pytest

from tests.docs.exercises import DOCUMENT, EXERCISES, PAIRED, answer, island, pairs, quoted, summary

TEXT = DOCUMENT.read_text(encoding="utf-8")
EXERCISES_TOLD = range(1, 9)


def row(exercise: int, world: int, measure: str):
    """Summary of a measure in the ``world``-th column of an exercise."""
    return summary(EXERCISES[exercise][0][world]).loc[measure]


@pytest.mark.slow
@pytest.mark.parametrize("exercise", range(1, 9))
def test_numbers_are_those_that_the_tool_gives(exercise):
    assert quoted(TEXT, exercise) == answer(exercise), "python -m tests.docs.exercises"


def test_two_tracks_have_every_exercise_once_and_the_sheet_for_instructors_each():
    tracks = [
        re.findall(r"\[(\d)\]\(#\1-", row) for row in re.findall(r"^\| (?:policy|methods) \|.+$", TEXT, re.MULTILINE)
    ]
    assert [len(track) for track in tracks] == [4, 4]
    assert sorted(int(one) for track in tracks for one in track) == list(EXERCISES_TOLD)
    sheet = (DOCUMENT.parent / "teaching.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| (\d) \| (policy|methods) \|", sheet, re.MULTILINE))
    assert told == {one: name for name, track in zip(("policy", "methods"), tracks, strict=True) for one in track}


def test_the_commands_of_the_document_are_those_that_were_run():
    for worlds, _ in EXERCISES.values():
        for world in worlds:
            assert f".venv/bin/{world.command}\n" in TEXT


# What the explanations claim


@pytest.mark.slow
def test_what_the_explanations_claim_holds():
    """1: a high cut-off leaves Meta to luck, and Google as it was. 2: the length of the review moves nothing.

    3: fewer people widen the bands of shares, taken together. 4: without the law jumps are those of noise. 5: the ends
    of gamma overlap, and companies do not care. 6: a block moves people to other apps and to VPNs.
    """
    usual, spread = (row(1, world, "Meta.produced_after") for world in (0, 1))
    assert spread["high"] - spread["low"] > 5 * (usual["high"] - usual["low"])
    assert row(1, 1, "Google.produced_after").equals(row(1, 0, "Google.produced_after"))
    assert all(row(2, 0, measure).equals(row(2, 1, measure)) for measure in EXERCISES[2][1])
    widths = {}
    for measure in EXERCISES[3][1]:
        many, few = (row(3, world, measure)["high"] - row(3, world, measure)["low"] for world in (0, 1))
        widths[measure] = many, few
        assert measure.endswith("share") or few <= many + 1
    many, few = (sum(pair[n] for measure, pair in widths.items() if measure.endswith("share")) for n in (0, 1))
    assert few > many
    for app in ("Telegram", "Signal"):
        jump = row(4, 1, f"{app}.install_jump")["median"]
        assert 1 < jump < 0.5 * row(4, 0, f"{app}.install_jump")["median"]
    assert row(4, 1, "Signal.change")["high"] < row(4, 0, "Signal.change")["median"]
    for app in ("WhatsApp", "Telegram", "Signal"):
        one, other = row(5, 0, f"{app}.change"), row(5, 2, f"{app}.change")
        assert one["low"] <= other["high"]
        assert other["low"] <= one["high"]
    assert row(5, 0, "disclosed").equals(row(5, 2, "disclosed"))
    assert row(6, 1, "WhatsApp.share")["high"] < row(6, 0, "WhatsApp.share")["low"]
    for measure in ("vpn_change", "Telegram.change"):
        assert row(6, 1, measure)["low"] > row(6, 0, measure)["median"]
    assert row(6, 1, "Telegram.change")["median"] > row(6, 1, "Signal.change")["high"]


@pytest.mark.slow
def test_7_an_early_pause_protects_accounts_and_leaves_apps_open():
    found = pairs().loc[PAIRED]
    assert found.loc["disclosed", "high"] < 0
    assert (found.loc[["Telegram.change", "Signal.change"], "low"] <= 0).all()
    assert (found.loc[["Telegram.change", "Signal.change"], "high"] >= 0).all()


@pytest.mark.slow
def test_8_not_all_are_back_on_the_island_and_the_rival_keeps_many():
    gull, tern, wave = (island().loc[name] for name in ("Gull.share", "Tern.share", "Tern.install_jump"))
    assert gull["high"] < 90
    assert 25 < tern["median"] < 35  # three times the tenth that it had, in round numbers
    assert wave["low"] > 1
