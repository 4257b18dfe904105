"""A small ordeal, always the same, and that an ordeal notices what it is there to notice."""

import random
import signal

import pytest

from sim.scenario.files import shape
from tests.faults import trials
from tests.faults.bad_inputs import MAKERS, act, inputs

COUNT = 60


@pytest.mark.ordeal
@pytest.mark.slow
def test_nothing_fails():
    tally = trials.ordeal(seed=1, count=COUNT)
    assert tally.failures == [], "\n".join(tally.lines())
    counts = dict(tally.tried)
    assert {"a signal", "damaged results", "damaged studies", "strangers' folders", "numbers at bounds"} < set(counts)
    assert sum(counts.values()) - COUNT >= COUNT // 10 + COUNT // 9 + COUNT // 18


def test_the_same_seed_tries_the_same(tmp_path):
    def drawn(seed, name):
        (tmp_path / name).mkdir()
        return [
            (one.kind, [word.replace(str(tmp_path / name), "") for word in one.words], one.said)
            for one in inputs(seed, 2 * len(MAKERS), tmp_path / name)
        ]

    assert drawn(5, "a") == drawn(5, "b") != drawn(6, "c")


def test_the_table_counts_every_trial_and_names_what_failed():
    tally = trials.Tally()
    for kind, why in (("two writers", ""), ("two writers", "x"), ("a word for a number", ""), ("an unknown key", "x")):
        tally.note(kind, why, "what")
    other = trials.Tally()
    other.note("two writers", "y", "what")
    rows = [row.strip("| ").split(" | ") for row in trials.together([tally, other]).table()][2:]
    assert {row[0]: row[2:] for row in rows if row[2] != "0"} == {
        "two writers": ["3", "2"], trials.BAD_INPUT: ["2", "1"],
    }  # fmt: skip


def test_every_kind_of_act_is_tried(tmp_path):
    rng = random.Random(1)
    said = [act(rng, tmp_path, 0).said for _ in range(600)]
    assert {words.rsplit(" ", 1)[-1] for words in said} == set(shape().child("acts").child("0").tags())


def test_every_damage_is_tried(tmp_path):
    rng = random.Random(1)
    found = set()
    for _ in range(40):
        (tmp_path / "file").write_bytes(b"some bytes")
        found.add(trials.damage(rng, tmp_path / "file"))
        assert not (tmp_path / "file").exists() or (tmp_path / "file").read_bytes() != b"some bytes"
    assert found == {"flip a bit of", "cut", "empty", "remove", "lengthen"}


LINE = "lawshock: error: x: expected y, found z"


@pytest.mark.parametrize(
    ("code", "err", "bad", "word"),
    [
        (2, LINE, True, ""), (2, f"note: x\n{LINE}", True, ""), (0, "", False, ""), (2, "x.toml: wrong", True, ""),
        (0, "", True, "accepted"), (1, LINE, True, "exit code 1"), (2, "", True, "no line"),
        (2, f"Traceback\n{LINE}", True, "no line"), (2, f"{LINE}\n{LINE}", True, "more than one"),
        (2, f"{LINE}\x1b[2J", True, "no terminal"), (2, LINE + "x" * 3000, True, "no terminal"),
        ("KeyError: 'x'", "", False, "KeyError"), (130, "", True, "exit code 130"),
    ],
)  # fmt: skip
def test_a_wrong_end_is_noticed(code, err, bad, word):
    why = trials.fault(code, err, bad=bad)
    assert (word in why) if word else why == ""


def test_a_command_that_never_ends_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "PATIENCE", 1)

    def slow():
        while True:
            signal.sigtimedwait([], 0.1)

    assert "TimeoutError" in trials.fault(*trials.call(("run",), tmp_path, slow), bad=False)


@pytest.mark.parametrize(
    ("code", "err", "sent", "word"),
    [
        (130, "x\nlawshock: interrupted\n", signal.SIGINT, ""), (-2, "x\nlawshock: interrupted\n", signal.SIGINT, ""),
        (-2, "x", signal.SIGINT, "exit code -2"), (143, "", signal.SIGTERM, ""), (-15, "", signal.SIGTERM, ""),
        (0, "", signal.SIGHUP, ""), (1, "", signal.SIGHUP, "exit code 1"), (-9, "", signal.SIGKILL, ""),
        (130, "Traceback\nKeyboardInterrupt", signal.SIGINT, "traceback"), (-15, "", signal.SIGKILL, "exit code -15"),
    ],
)  # fmt: skip
def test_a_wrong_end_after_a_signal_is_noticed(code, err, sent, word):
    why = trials.ended(code, err, sent)
    assert (word in why) if word else why == ""
