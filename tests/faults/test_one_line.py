"""Whatever the machine or the user does: one line, an exit code that says so, and nothing half-written."""

import os
import signal
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from sim.cli import EXTRAS, _told
from sim.scenario.errors import ScenarioError
from sim.scenario.files import LARGEST_BYTES, loads
from tests.faults.long import LITTLE, SHORT, start, told
from tests.faults.ordeal import hear_interrupts
from tests.terminal import lawshock, refused

MISSING = """
import sys
class Finder:
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] == {0!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Finder())
"""


# The machine


def test_memory_that_runs_out_is_the_fault_of_the_machine():
    for error in (MemoryError(), RuntimeError("can't start new thread"), BrokenProcessPool("a process died abruptly")):
        line, code = _told(error)
        assert code == 1
        assert "--users" in line
    assert _told(RuntimeError("a fault of ours")) is None
    assert _told(KeyError("a fault of ours")) is None


def test_a_fault_of_ours_is_a_line_with_a_way_to_see_where(monkeypatch):
    monkeypatch.setattr("sim.scenario.files.shipped_files", lambda: 1 / 0)
    result = lawshock("describe")
    assert (result.returncode, len(result.stderr.splitlines())) == (70, 1), result.stderr
    assert "ZeroDivisionError" in result.stderr
    monkeypatch.setenv("LAWSHOCK_TRACE", "1")
    assert "Traceback" in lawshock("describe").stderr


def test_what_the_surroundings_say_is_checked_or_of_no_matter(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "nonsense")
    for text in ("0", "abc", "-1", ""):
        monkeypatch.setenv("NUMBA_NUM_THREADS", text)
        assert "NUMBA_NUM_THREADS: expected a whole number above 0" in refused("describe")
    assert os.environ["MPLBACKEND"] == "agg"


def test_what_is_typed_is_repeated_shortly():
    for words in (("run", "a" * 3000), ("run", "hong-kong-2020", "--" + "z" * 3000), ("x" * 3000,),
                  ("run", "hong-kong-2020", "--users", "9" * 3000)):  # fmt: skip
        assert len(refused(*words)) < 700


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_takes_nothing():
    with open("/dev/full", "w") as full:
        assert "full" in told(start("describe", capture_output=False, stdout=full, stderr=subprocess.PIPE), 1)
        assert start("describe", capture_output=False, stdout=subprocess.DEVNULL, stderr=full).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "env", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_a_terminal_without_our_letters(tmp_path, env):
    for command in (
        ["describe"],
        ["describe", "hong-kong-2020"],
        ["run", "hong-kong-2020", *LITTLE, *SHORT, "--replicates", "1", "--out", "o"],
    ):
        result = start(*command, env=env, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        assert result.stdout.isascii()
    assert "expected" in told(start("run", "hong-kong-2020", "--set", "title=\u03b3", "--set", "\u03b3=1", env=env), 2)


@pytest.mark.slow
def test_a_working_folder_that_is_gone(tmp_path):
    code = "import os, sys; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone'); from sim.cli import main; main()"
    for args in (
        ["run", "hong-kong-2020"],
        ["brief", "out"],
        ["sweep", "hong-kong-2020", "--over", "population.gamma=1,2"],
    ):
        result = subprocess.run(
            [sys.executable, "-c", code, *args], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        told(result, 2)


# The user


def test_brackets_without_end_in_targets(tmp_path):
    (tmp_path / "deep.toml").write_text("a = " + "[" * 100_000)
    assert "TOML" in refused("calibrate", tmp_path / "deep.toml")


def test_a_long_chain_of_files(tmp_path):
    for number in range(500):
        (tmp_path / f"{number}.toml").write_text(f'extends = "{number + 1}.toml"\n')
    assert "chain" in refused("check", "0.toml", cwd=tmp_path)


@pytest.mark.parametrize(
    "text",
    ["a" * (LARGEST_BYTES - 1), '"' * (LARGEST_BYTES - 1), "'\"" * 499_999, "a" * 499_999 + "." + "b" * 499_999,
     "a." * 499_999, "a" + " " * 999_000, ("a" * 60_000 + ".") * 15],
    ids=lambda text: text[:6],
)  # fmt: skip
def test_a_long_line_is_looked_at_once(text):
    """A rule that looks again from every letter takes minutes for a megabyte, and is cut off after one of our own."""

    def cut_off(number, frame):
        raise TimeoutError("it looks again from every letter")

    before = signal.signal(signal.SIGVTALRM, cut_off)
    signal.setitimer(signal.ITIMER_VIRTUAL, 60)
    try:
        with pytest.raises(ScenarioError):
            loads(text.encode(), "long.toml")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_deep_keys_are_still_seen():
    from sim.scenario.files import TOO_DEEP

    for key in ("a." * 16 + "b", 'x = 1\n"a" . ' + "b." * 15 + "c = 1", "[" + "a-b." * 16 + "c]", "'a'." * 16 + "b"):
        assert TOO_DEEP.search(key), key
    assert not TOO_DEEP.search("a." * 15 + "b")
    assert not TOO_DEEP.search("a" * 100 + "." + "b" * 100)


LACKING = {
    "SALib": ("study", "sensitivity", "hong-kong-2020"), "jax": ("infer", "calibrate", "people", "--seed", "2"),
    "uvicorn": ("explore", "explore", "--no-browser"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("package", LACKING)
def test_an_extra_that_is_missing_is_named(tmp_path, package):
    extra, *command = LACKING[package]
    (tmp_path / "sitecustomize.py").write_text(MISSING.format(package))
    line = told(start(*command, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}), 2)
    assert f"pip install 'lawshock[{extra}]'" in line
    assert EXTRAS[package] == extra


DROPPED = """
import signal, time, click
from sim import cli
class Late:
    def __del__(self):
        signal.raise_signal({0})
        for _ in range(1000):
            pass
@click.command()
def stub():
    Late()
    print("dropped", flush=True)
    time.sleep(60)
cli.cli.get_command = lambda ctx, name: stub
cli.COMMANDS["stub"] = ("", "")
cli.main()
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_that_falls_into_a_finaliser_is_not_dropped(sent):
    """Python prints and drops what a handler raises there; the command would go on to its end, deaf to the next."""
    result = subprocess.run(
        [sys.executable, "-c", DROPPED.format(int(sent)), "stub"], capture_output=True, text=True, check=False,
        timeout=40, preexec_fn=hear_interrupts,
    )  # fmt: skip
    assert result.stdout == "dropped\n"
    assert result.returncode == 128 + sent, result.stderr
    assert "Traceback" not in result.stderr
