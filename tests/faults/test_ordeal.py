"""A small ordeal, always the same, and that an ordeal notices what it is there to notice."""

import random
import signal
import subprocess
from types import SimpleNamespace

import pytest

from sim.scenario.files import shape
from tests.faults import trials
from tests.faults.bad_inputs import MAKERS, act, inputs

COUNT = 90


@pytest.mark.ordeal
@pytest.mark.slow
def test_nothing_fails():
    tally = trials.ordeal(seed=1, count=COUNT)
    assert tally.failures == [], "\n".join(tally.lines())
    counts = dict(tally.tried)
    assert {"a signal", "damaged results", "damaged studies"} < set(counts)
    assert sum(counts.values()) - COUNT >= COUNT // 10 + COUNT // 9 + COUNT // 18


def test_the_same_seed_tries_the_same(tmp_path):
    def drawn(seed, name):
        (tmp_path / name).mkdir()
        return [
            (one.kind, [word.replace(str(tmp_path / name), "") for word in one.words], one.said)
            for one in inputs(seed, 2 * len(MAKERS), tmp_path / name)
        ]

    assert drawn(5, "a") == drawn(5, "b") != drawn(6, "c")


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


def test_an_error_of_ours_is_noticed(tmp_path):
    def broken():
        raise KeyError("a fault of ours")

    code, err = trials.call(("run",), tmp_path, broken)
    assert "a fault of ours" in trials.fault(code, err, bad=False)


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


def test_what_a_refused_command_leaves_is_noticed(tmp_path, monkeypatch):
    def leave(args, folder):
        (folder / "left").touch()
        return 2, LINE

    monkeypatch.setattr(trials, "call", leave)
    tally = trials.Tally()
    trials.try_inputs(tally, 1, 2, tmp_path)
    assert [why.endswith("left left") for _, why in tally.failures] == [True, True]


def test_other_bytes_are_noticed(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_text("same")
    assert trials.unlike(tmp_path / "a", tmp_path / "b") == ""
    (tmp_path / "b" / "x").write_text("some")
    assert trials.unlike(tmp_path / "a", tmp_path / "b") == "x"
    (tmp_path / "b" / "y").touch()
    assert trials.unlike(tmp_path / "a", tmp_path / "b") == "y"


@pytest.mark.parametrize(
    ("code", "err", "drafts", "word"),
    [
        (1, "the disk is full", [], ""), (0, "", [], ""), (1, "something else", [], "exit code 1"),
        (1, "Traceback: the disk is full", [], "traceback"), (1, "the disk is full", [".x.partial-1"], "left .x"),
    ],
)  # fmt: skip
def test_a_wrong_end_on_a_full_disk_is_noticed(code, err, drafts, word):
    why = trials.full(subprocess.CompletedProcess([], code, "", err), drafts)
    assert (word in why) if word else why == ""


def test_a_tally_counts_by_class():
    tally = trials.Tally()
    tally.note("a signal", "", "run")
    tally.note("a signal", "too late", "compare")
    lines = list(tally.lines())
    assert lines[0].split() == ["a", "signal", "2", "tried", "1", "failed"]
    assert lines[1].split() == ["all", "2", "tried", "1", "failed"]
    assert lines[2] == "FAILED a signal: compare: too late"


def test_a_signal_meets_a_living_command(tmp_path, monkeypatch):
    """A command that took ten seconds and now takes three: later signals go by the three, none by less."""
    monkeypatch.setattr(trials, "LONG", {"run": ()})
    monkeypatch.setattr(trials, "words", lambda *_: [])
    monkeypatch.setattr(trials, "in_peace", lambda *_: 10.0)
    now, tried = [0.0], []
    monkeypatch.setattr(trials, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def signalled(args, sent, after, place):
        tried.append(after)
        now[0] += min(after, 3.0)
        return "" if after < 3.0 else None

    monkeypatch.setattr(trials, "signalled", signalled)
    tally = trials.Tally()
    trials.try_signals(tally, random.Random(1), 20, tmp_path)
    assert tally.tried.total() == 20
    assert sum(after >= 3.0 for after in tried) == 1, "the first that comes too late teaches how long it takes"
    assert min(tried) >= 3.0 * trials.EARLIEST


def test_an_end_before_the_signal_is_told_apart(tmp_path):
    assert trials.signalled(["--version"], signal.SIGTERM, 60.0, tmp_path) is None
    assert "before any signal" in (trials.signalled(["no-such"], signal.SIGTERM, 60.0, tmp_path) or "")
