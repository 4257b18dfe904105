"""What ``sim`` hands out: the same worlds as on the command line, in scripts that are run as they stand."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from mesa import batch_run

import sim
from sim.results.ensemble import run as run_ensemble
from sim.results.ensemble import summarise
from sim.results.posterior import load_posterior
from tests.terminal import lawshock

SMALL = ["population.users=300", "end=2020-07-12"]
OUTAGE = "outage platform=WhatsApp date=2020-07-02"
README = Path(__file__).parents[1] / "README.md"


def small():
    return sim.load("hong-kong-2020", SMALL)


def test_an_ensemble_lives_plausible_worlds_unless_told_otherwise():
    made = sim.run(small(), replicates=3, workers=1)
    assert [one.scenario for one in made.runs] == list(sim.plausible(small(), 3))
    assert len({one.scenario.digest() for one in made.runs}) == 3
    assert [one.scenario for one in made.best.runs] == [small()] * len(made.best.runs)
    assert made.draws == load_posterior().hashes
    alone = sim.run(small(), replicates=2, plausible=False, workers=1)
    assert alone.best is None
    assert alone.bands("usage").equals(run_ensemble(small(), replicates=2, workers=1).bands("usage"))


def test_a_comparison_and_an_answer_are_those_of_the_command_line(tmp_path):
    words = [word for setting in SMALL for word in ("--set", setting)]
    told = lawshock(
        "ask", "hong-kong-2020", "--act", OUTAGE, "--replicates", 3, "--users", 300, "--workers", 1, *words[2:],
        cwd=tmp_path,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    one = sim.ask("hong-kong-2020", OUTAGE, overrides=SMALL, replicates=3, workers=1)
    assert one.sentence in told.stdout
    assert " points " in one.sentence
    assert len(one.figure().axes) > 0
    assert one.sentence.split(",")[1].split("(")[0].strip() in re.sub(r"\s+", " ", one.page())
    assert {*one.tables} == {"outcomes", "headlines", "changes", "people"}
    set_by_hand = [sim.load("hong-kong-2020", [*SMALL, f"population.gamma={gamma}"]) for gamma in (1.5, 4.5)]
    pair = sim.compare(*set_by_hand, names=("a", "b"), replicates=2, workers=1)
    assert [{run.scenario.population.gamma for run in one.runs} for one in pair.ensembles] == [{1.5}, {4.5}]
    same = sim.compare(small(), small().model_copy(update={"title": "b"}), replicates=2, workers=1)
    assert (same.outcomes["mean"] == 0).all()


def test_a_model_is_seeded_as_mesa_seeds():
    assert [sim.Model(small(), rng=4).seed, sim.Model(small(), seed=5).seed, sim.Model(small(), 6).seed] == [4, 5, 6]
    assert sim.Model(small()).seed == 0
    drawn = {sim.Model(small(), rng=None).seed for _ in range(3)} | {sim.Model(small(), seed=None).seed}
    assert len(drawn) == 4


def test_a_batch_of_mesa_runs_by_default():
    rows = batch_run(sim.Model, {"scenario": [small()]}, display_progress=False)
    assert [row["Step"] for row in rows] == [small().days]
    shares = [batch_run(sim.Model, {"scenario": [small()]}, rng=[3], display_progress=False)[0] for _ in range(2)]
    assert shares[0]["share of Telegram"] == shares[1]["share of Telegram"]


class Follower(sim.Company):
    """Pauses as soon as another has announced that it did."""

    def decide(self):
        if self.stance == "process" and self.press.known:
            self.pause()


def days_paused(run):
    table = run.tables["companies"]
    return float(((table["company"] == "Meta") & (table["stance"] == "pause")).sum())


PAUSED = sim.Measure(
    id="paused", name="days of Meta's pause", unit="days", meaning="days on which Meta pauses", formula="",
    of=days_paused, group="companies",
)  # fmt: skip


def test_a_company_and_a_measure_of_ones_own_reach_workers_and_the_summary():
    base = sim.load("hong-kong-2020", ["population.users=300", "end=2020-07-20"])
    own = {"companies": {"Meta": Follower}, "measures": [PAUSED]}
    here, there = (sim.run(base, replicates=2, plausible=False, workers=n, **own) for n in (1, 2))
    assert summarise(here).equals(summarise(there))
    row = summarise(there).set_index("measure").loc["paused"]
    for run in here.runs:  # its own rule alone says when it pauses: on the day after another's announcement
        table = run.tables["companies"]
        first = table[(table["announced"] > 0) & (table["company"] != "Meta")]["date"].min()
        paused = table[(table["company"] == "Meta") & (table["stance"] == "pause")]["date"].min()
        assert 0 <= (paused - first).days <= 1
    values = [days_paused(run) for run in here.runs]
    assert row["low"] <= row["median"] <= row["high"]
    assert row["median"] == sum(values) / 2
    batch = batch_run(sim.Model, {"scenario": [base], **{name: [value] for name, value in own.items()}}, rng=[1],
                      display_progress=False)  # fmt: skip
    assert batch[0]["paused"] == values[0] > 0
    usual = run_ensemble(base, replicates=1, workers=1)
    assert not usual.runs[0].tables["companies"].equals(here.runs[0].tables["companies"])


def test_a_company_that_is_not_there_or_that_no_other_process_knows_is_refused_in_a_line():
    with pytest.raises(ValueError, match="found 'Mets'; did you mean \"Meta\""):
        sim.Model(small(), companies={"Mets": Follower})
    of_a_script = type("Mine", (sim.Company,), {"__module__": "__main__"})
    with pytest.raises(ValueError, match="Mine: expected a class of a module"):
        sim.run(small(), replicates=2, workers=2, companies={"Meta": of_a_script})


SCRIPT = """
import multiprocessing
multiprocessing.set_start_method({0!r}, force=True)
{1}
print(len(ensemble.runs))
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_the_block_of_the_readme_runs_as_a_script(tmp_path, method):
    (block,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    little = block.replace('["population.users=10000"]', repr(SMALL)).replace("run_for(90)", "run_for(5)")
    little = little.replace("2020-10-01", "2020-07-02").replace("replicates=10", "replicates=2")
    assert little.count("12") > block.count("12")
    (tmp_path / "mine.py").write_text(SCRIPT.format(method, little))
    done = subprocess.run(
        [sys.executable, "mine.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.returncode, done.stdout) == (0, "5\n"), done.stderr
