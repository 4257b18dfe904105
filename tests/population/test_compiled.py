"""Code kept on disk: it must never outlive the rule that it was made from."""

import shutil
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numba as nb
import pytest

from sim import compiled
from sim.population import kernel
from sim.runs.once import run_once
from tests.conftest import small_world

ROOT = Path(__file__).parents[2]
ONE_DAY = """
from sim.model import Model
from sim.scenario.files import load
model = Model(load("hong-kong-2020", ["population.users=1000", "population.vpn_share=0.5"]), rng=1)
model.step()
print(model.population.people["vpn"].sum())
"""


@pytest.mark.slow
def test_editing_a_rule_changes_the_loops_of_other_files(tmp_path):
    for folder in ("sim", "scenarios"):
        shutil.copytree(ROOT / folder, tmp_path / folder)  # with what was compiled
    rules = tmp_path / "sim" / "population" / "choice.py"

    def one_day() -> int:
        return int(subprocess.check_output([sys.executable, "-c", ONE_DAY], cwd=tmp_path, text=True))

    before = one_day()
    assert before > 100
    rule = "rules.vpn_intercept\n"
    text = rules.read_text()
    assert text.count(rule) == 1
    rules.write_text(text.replace(rule, "rules.vpn_intercept - 100.0\n"))
    assert one_day() < before
    rules.write_text(text)
    assert one_day() == before


def test_nobody_is_of_the_same_types_as_everybody():
    """Else the loop that takes longest would be compiled twice, once for nobody."""
    for contagion in ("simple", "group"):
        run_once(small_world(f"population.contagion={contagion}", users=200, end="2020-07-02"), 0)
    assert len(kernel.decide.signatures) == 1


@pytest.mark.skipif(compiled.fcntl is None, reason="files cannot be locked")
def test_one_process_at_a_time_compiles_a_loop(tmp_path):
    """Another that is at it is left to it, or waited for; where nothing can be locked, each is on its own."""
    calls = []

    class Loop:
        __name__ = "loop"
        _cache = SimpleNamespace(cache_path=str(tmp_path))
        signatures: list[object] = calls

        def __call__(self, *nobody):
            calls.append(nobody)

    with (tmp_path / "loop.turn").open("wb") as other:  # as another process would
        compiled.fcntl.flock(other, compiled.fcntl.LOCK_EX)
        compiled.compile_in_turn(Loop(), (1, 2), wait=False)
        assert not calls
        waiting = threading.Thread(target=compiled.compile_in_turn, args=(Loop(), (1, 2)), kwargs={"wait": True})
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        assert not calls
    waiting.join(60)
    compiled.compile_in_turn(Loop(), (1, 2), wait=True)
    assert calls == [(1, 2)]
    calls.clear()
    Loop._cache.cache_path = str(tmp_path / "loop.turn")  # no folder
    compiled.compile_in_turn(Loop(), (3,), wait=False)
    assert calls == [(3,)]
    assert nb.njit(cache=True)(kernel.get_ready)._cache.cache_path  # a name of numba's own
