"""The same scenario and seed give the same bytes, whoever computes; worlds part only at the first act that differs."""

import hashlib

import pandas as pd
import pytest

from sim.results.ensemble import run, summarise
from sim.results.folder import write_results
from sim.runs.once import run_once
from sim.scenario.schema import ABOUT, Scenario
from sim.tables import CODEBOOK
from sim.view.figures import draw
from tests.conftest import small_world


def _digests(ensemble, folder):
    write_results(
        ensemble, folder, command="test", summary=summarise(ensemble), draw=lambda place: draw(ensemble, place)
    )
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
def test_bytes_do_not_depend_on_workers_or_threads(hong_kong, tmp_path):
    one = _digests(run(hong_kong, replicates=2, workers=1, threads=1), tmp_path / "one")
    assert one == _digests(run(hong_kong, replicates=2, workers=2, threads=1), tmp_path / "workers")
    assert one == _digests(run(hong_kong, replicates=2, workers=1, threads=2), tmp_path / "threads")


def test_runs_that_cannot_be_written_leave_no_results(hong_kong, tmp_path, monkeypatch):
    """They are written by a thread, whose fault would be lost where nobody asks for it."""

    def full(ensemble, folder):
        raise OSError(28, "No space left on device", str(folder))

    monkeypatch.setattr("sim.results.folder._write_runs", full)
    ensemble = run(hong_kong, replicates=1, workers=1)
    with pytest.raises(OSError, match="No space left"):
        write_results(ensemble, tmp_path / "out", command="test", summary=summarise(ensemble), draw=lambda _: None)
    assert not list(tmp_path.iterdir())


def test_another_seed_gives_another_run(hong_kong):
    first, second = run_once(hong_kong, 1), run_once(hong_kong, 2)
    assert not first.tables["usage"].equals(second.tables["usage"])


def test_observing_does_not_change_a_run(hong_kong):
    from sim.model import Model

    observed = run_once(hong_kong, 1).tables["usage"]
    bare = Model(hong_kong, rng=1)
    bare.run_for(hong_kong.days)
    last = observed[observed["date"] == observed["date"].iloc[-1]]
    scale = hong_kong.population.represents / hong_kong.population.users
    assert (bare.today.holders * scale == last["holders"].to_numpy()).all()


@pytest.mark.parametrize("name", ["companies-comply", "telegram-blocked", "interoperability", "early-pause"])
def test_worlds_are_identical_until_the_first_act_that_differs(name):
    before, after = small_world(), small_world(name=name)
    day = first_difference(before, after)
    assert 0 < day < before.days
    first, second = run_once(before, 3), run_once(after, 3)
    date = pd.Timestamp(before.date(day))
    for table in CODEBOOK:
        key = "week" if table == "flows" else "date"
        early = [t.tables[table] for t in (first, second)]
        # a week is known only when it has ended before the day
        span = pd.Timedelta(days=6 if table == "flows" else 0)
        a, b = (t[t[key] + span < date] for t in early)
        pd.testing.assert_frame_equal(a, b, check_exact=True)
    assert any(not first.tables[t].equals(second.tables[t]) for t in CODEBOOK), "the worlds never part"


def first_difference(one: Scenario, other: Scenario) -> int:
    """Day of the first act that only one of two worlds has; their other tables must be equal."""
    keep = ABOUT | {"acts"}
    assert one.model_dump(exclude=keep) == other.model_dump(exclude=keep)
    mine, theirs = (set(map(repr, scenario.acts)) for scenario in (one, other))
    days = [one.day(act.date) for scenario in (one, other) for act in scenario.acts if repr(act) in mine ^ theirs]
    return min(days)
