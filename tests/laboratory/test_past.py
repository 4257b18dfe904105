"""First answers go on from evenings of the base, and say what they would have said without."""

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from sim.analyses.compare.analysis import around_one_day
from sim.runs import past
from sim.scenario.files import load
from sim.view.laboratory import jobs
from sim.view.laboratory.asking import Home
from sim.view.laboratory.cards import BASE, chosen
from sim.view.laboratory.jobs import STAGES, Live, Pairing, file_of
from sim.view.laboratory.lab import Lab

SMALL = ("population.users=400", "end=2021-01-31")
NAME = "whatsapp-blocked-90-days"


def pairing(folder: Path, name: str = NAME, *fixed: str) -> Pairing:
    base, world = around_one_day([load(BASE, SMALL), chosen([name])[0].world(SMALL)])
    return Pairing(folder, name, (BASE, base), world, fixed)


def days_of(run: Live) -> list[int]:
    """Days that a run lives."""
    lived: list[int] = []
    run.make(lived.append)
    return lived


def what_is_kept(run: Live) -> tuple:
    world, grids, stances, acts, watcher = pickle.loads(file_of(run.folder, run.key).read_bytes())
    columns = {(table, name): values.tobytes() for table, (_, held) in grids.items() for name, values in held.items()}
    return world, columns, stances.tolist(), acts.to_csv(), watcher and (watcher.isps, watcher.weeks)


@pytest.mark.parametrize("name", [NAME, "telegram-blocked", "companies-exit"])
def test_a_first_answer_lives_the_days_alone_in_which_its_world_differs(name, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(past, "EVERY", 56)  # evenings that end a week, on which the city is looked at
    asked = pairing(tmp_path, name)
    days = past.alike_days(*(world for world, _ in asked._worlds))
    assert days >= past.EVERY
    for base, now in zip(asked.runs(2, 0), asked.runs(2, 1), strict=True):
        whole = range(1, now.world.days + 1)
        assert days_of(now) == days_of(base) == [*whole]  # nothing was kept yet
        before = what_is_kept(now)
        assert days_of(now) == [*whole][days // past.EVERY * past.EVERY :]
        assert what_is_kept(now) == before


def test_evenings_are_kept_of_the_base_in_first_answers(tmp_path, monkeypatch) -> None:
    asked = pairing(tmp_path)
    kept = {run.key for run in asked.both(8) if run.is_kept}
    assert kept == {run.key for run in asked.runs(STAGES[0], 0)}
    monkeypatch.setattr(jobs, "MOST_KEPT", 399)
    assert not any(run.is_kept for run in asked.both(8))


def test_a_run_does_not_go_on_from_an_evening_with_other_draws(tmp_path) -> None:
    base, now = pairing(tmp_path).runs(1, 0)[0], pairing(tmp_path).runs(1, 1)[0]
    base.make(lambda _: None)
    other = replace(now, fixed=("law.vagueness",))  # it would have lived another past
    assert other.past == now.past
    assert days_of(other)[0] == 1
    assert days_of(now)[0] > 1


def test_a_run_that_is_forgotten_leaves_no_evenings(tmp_path) -> None:
    lab = Lab(Home(BASE, SMALL), 0, tmp_path)
    run = pairing(tmp_path).runs(1, 0)[0]
    run.make(lambda _: None)
    assert len(list(tmp_path.iterdir())) > 2
    lab._forget(run.key)
    assert list(tmp_path.iterdir()) == []
    lab.close()
