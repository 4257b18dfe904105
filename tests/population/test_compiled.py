"""Code kept on disk: it must never outlive the rule that it was made from."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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
