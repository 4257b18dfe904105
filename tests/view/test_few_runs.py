"""Of fewer than twenty runs no band is called 90 % of them, wherever one is told; from twenty on it is."""

import re

import pytest

import sim
from sim.command.summary import summary_told
from sim.drawing.style import house_style
from sim.results import bands
from sim.results.ensemble import summarise
from sim.view.brief import brief
from sim.view.memo import paint_memo
from tests.view.conftest import figure_alt, texts
from tests.view.test_figures import painted

NINETY = re.compile(r"(?<!modelled \()90 %( of (plausible worlds|worlds|pairs|runs|them)|\))")
"""How a band of all worlds is called; that of observed cases is of the worlds that ship."""


@pytest.fixture(scope="module")
def answered():
    settings = ["population.users=300", "end=2020-07-20"]
    act = "outage platform=WhatsApp date=2020-07-02"
    return sim.ask("hong-kong-2020", act, overrides=settings, replicates=3, workers=1)


def told(worlds, answered):
    summary = "\n".join(map(str, summary_told(worlds, summarise(worlds))))
    yield "summary", summary
    yield "brief", brief(worlds)
    for name in ("holders", "installs", "requests"):
        yield name, figure_alt(name, worlds) + " ".join(text.get_text() for text in texts(painted(name, worlds)))
    yield "answer", answered.page()
    with house_style():
        yield "memo", " ".join(text.get_text() for text in texts(paint_memo(answered.comparison, answered.world)))


def test_few_runs_are_not_called_90_percent(worlds, answered, monkeypatch):
    assert (bands.FEWEST, bands.held(19), bands.held(20)) == (20, "nearly all", "90 %")
    assert [name for name, text in told(worlds, answered) if NINETY.search(" ".join(text.split()))] == []
    monkeypatch.setattr(bands, "FEWEST", 2)
    silent = [name for name, text in told(worlds, answered) if not NINETY.search(" ".join(text.split()))]
    assert silent == [], "where nothing is said of the band the test sees nothing"
