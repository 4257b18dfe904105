"""The command, as its users type it."""

import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest

from sim.analyses.question import foretell
from sim.command import shared
from sim.runs import pace
from sim.scenario.acts import KINDS
from sim.scenario.files import load, vary
from sim.scenario.schema import origins
from tests.terminal import lawshock, refused
from tests.test_house import ROOT, module

HEAVY = ("numpy", "pandas", "mesa", "numba", "matplotlib", "pydantic", "rich")


def test_help_imports_nothing_heavy():
    """Neither that of all commands nor that of any one of them."""
    every = "[importlib.import_module(place) for place, _ in COMMANDS.values()]"
    code = f"import importlib, sys; from sim.cli import COMMANDS; {every}; print(*({{*{HEAVY}}} & {{*sys.modules}}))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []


def test_every_question_has_its_command():
    """A question that the list lacks could not be asked."""
    from sim.cli import COMMANDS

    listed = {module for module, _ in COMMANDS.values()}
    for file in sorted((ROOT / "sim").rglob("*.py")):
        if "\n@question(" in file.read_text(encoding="utf-8"):
            assert module(file) in listed, f"add {module(file)} to GROUPS in sim/cli.py"


def test_help_lists_every_command_in_its_group():
    from sim.cli import GROUPS

    assert sum(map(len, GROUPS.values())) <= 18
    text = lawshock("--help").stdout
    assert [line[:-1] for line in text.splitlines() if line[:-1] in GROUPS] == [*GROUPS]
    assert all(f"  {name} " in text for commands in GROUPS.values() for name in commands)


def test_a_name_of_before_is_answered_with_the_new_one():
    from sim.cli import COMMANDS, RENAMED

    for name, now in RENAMED.items():
        assert now.split()[0] in COMMANDS
        if name not in COMMANDS:
            assert refused(name, "x") == f"lawshock: error: {name} is now: lawshock {now}"


def test_every_command_shows_an_example():
    from sim.cli import COMMANDS, cli

    for name in COMMANDS:
        command = cli.get_command(None, name)
        assert command is not None
        assert "Example:  lawshock" in (command.help or ""), name


@pytest.mark.slow
def test_run_writes_a_folder_and_prints_a_summary(tmp_path):
    out = tmp_path / "out"
    settings = ("--users", 2000, "--replicates", 2, "--set", "companies.Meta.review_days=30")
    result = lawshock("run", "hong-kong-2020", *settings, "--out", out)
    assert result.returncode == 0, result.stderr
    assert "WhatsApp change" in result.stdout
    assert "rest on assumption" in result.stdout
    assert "Beside the baseline: No law" in result.stdout
    assert (out / "manifest.json").is_file()
    assert "--set companies.Meta.review_days=30" in (out / "manifest.json").read_text()
    assert sorted(p.name for p in out.iterdir()) == [
        "acts.csv", "bands", "baseline.toml", "chance", "codebook.csv", "differences.csv", "figures", "manifest.json",
        "pairs.csv", "scenario.toml", "summary.csv", "tables",
    ]  # fmt: skip


def test_bad_input_is_one_line():
    for args, words in (
        (("rnu", "hong-kong-2020"), ["rnu", '"run"']),
        (("run", "hong-kong-2021"), ["hong-kong-2021", "hong-kong-2020"]),
        (("run", "hong-kong-2020", "--users", "0"), ["population.users", "0"]),
        (("run", "hong-kong-2020", "--replicates", "0"), ["--replicates"]),
        (("run", "hong-kong-2020", "--set", "companies.Meta.reveiw_days=30"), ["reveiw_days", "review_days"]),
    ):
        line = refused(*args)
        assert [word for word in words if word not in line] == [], line


def test_a_folder_that_cannot_be_written_is_refused_before_the_run(tmp_path):
    taken = tmp_path / "file"
    taken.write_text("mine")
    assert "--out" in refused("run", "hong-kong-2020", "--out", taken)
    assert taken.read_text() == "mine"
    assert "--out" in refused("run", "hong-kong-2020", "--out", "/proc/nowhere/results")


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    assert "thesis" not in refused("run", "hong-kong-2020", "--out", tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_an_interrupt_after_the_work_is_done_changes_nothing():
    late = "import atexit, os, signal, sim.cli; atexit.register(os.kill, os.getpid(), signal.SIGINT); sim.cli.main()"
    result = subprocess.run([sys.executable, "-c", late, "describe"], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert "hong-kong-2020" in result.stdout


def test_a_log_has_a_line_a_minute_with_the_time_left(monkeypatch, capsys):
    """Of 100 things 20 were kept, and two are made a minute: the first minute leaves 78, which take 39 more."""
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(shared, "time", clock)
    with shared.progress("claims", 100) as report:
        for done in range(5):
            clock.now = 30.0 * done
            report(20 + done)
    told = [line for line in capsys.readouterr().err.splitlines() if "about" in line]
    assert told == ["claims: 22 of 100, about 39 min left", "claims: 24 of 100, about 38 min left"]
    with shared.progress("claims", 2000) as report:  # after a minute of compiling, one a second
        for done in range(65):
            report(done)
            clock.now += 59.0 if done == 0 else 1.0
    told = [line for line in capsys.readouterr().err.splitlines() if " of 2000," in line or line.endswith("of 2000")]
    assert told == ["claims: 2 of 2000", "claims: 62 of 2000, about 32 min left"]


def test_a_folder_without_checks_is_not_called_good_in_silence(tmp_path):
    for name in ("scenario.toml", "facts.csv"):
        shutil.copy(ROOT / "scenarios" / "cases" / "uganda-2021" / name, tmp_path)
    told = lawshock("check", tmp_path)
    assert told.stderr == f"note: {tmp_path}: expected a file checks.toml, found none: facts were not looked at\n"
    assert told.returncode == 0


def test_plain_rows_are_lines_that_can_be_searched():
    """A table as a terminal shows it breaks long keys and words over several lines."""
    text = lawshock("describe", "hong-kong-2020", "--plain").stdout
    parts = dict(part.split("\n", 1) for part in text.split("\n\n") if "\t" in part)
    told = {key: rest for key, *rest in (line.split("\t") for line in parts["Parameters"].splitlines())}
    wanted = [(one.key, one.meaning) for one in origins(load("hong-kong-2020"))]
    assert wanted == [(key, rest[-1]) for key, rest in told.items() if key != "parameter"]
    assert {len(rest) for rest in told.values()} == {5}
    assert "[bold]" not in text
    facts = lawshock("describe", "--facts", "Telegram share", "--plain").stdout.splitlines()
    assert all("http" in line.split("\t")[6] for line in facts if line.startswith("20"))


def test_many_runs_are_foretold_from_one_that_is_timed(monkeypatch, capsys):
    """By people and days, with what it takes to start."""
    world = load("hong-kong-2020", ["population.users=1000", "end=2020-08-07", "focus=2020-06-30"])
    large = vary(world, ["population.users=3000"])
    clock = SimpleNamespace(now=0.0)

    def took(seconds):
        clock.now += seconds

    monkeypatch.setattr(pace, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    monkeypatch.setattr(pace, "Model", lambda *_, **__: SimpleNamespace(run_for=lambda _: took(3.0)))
    monkeypatch.setattr(pace, "run_once", lambda lived, _: took(lived.days * lived.population.users / 10_000))
    each = world.days * 0.1
    assert pace.foreseen([(world, 39)]) is None
    assert clock.now == 0.0
    assert pace.foreseen([(world, 40), (large, 20)], workers=2) == pytest.approx(3 + (40 + 3 * 20) * each / 2)
    foretell([(world, 100)], workers=1)
    assert capsys.readouterr().err == f"100 runs: about {(3 + 100 * each) / 60:.0f} min, by one that was timed\n"
    foretell([(world, 40)], workers=40)
    assert capsys.readouterr().err == f"40 runs: about {3 + each:.0f} s, by one that was timed\n"


def test_every_kind_of_act_and_its_keys_are_listed():
    listed = lawshock("describe", "--acts", "all").stdout
    assert [kind for kind in KINDS if f" {kind} " not in listed] == []
    keys = lawshock("describe", "--acts", "outage").stdout
    assert [name for name in KINDS["outage"].model_fields if name != "kind" and f" {name} " not in keys] == []
    assert "needed" in next(line for line in keys.splitlines() if line.startswith(" platform "))
    assert '"outage"' in refused("describe", "--acts", "outge")
