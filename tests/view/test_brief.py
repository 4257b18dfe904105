"""Pages say what their numbers carry, are whole in one file, and are the same whenever they are written: the brief."""

import dataclasses
import html
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.evidence.cases import load_case
from sim.measures import COARSE, OUTCOMES, kind_of
from sim.results.ensemble import run, summarise
from sim.results.reading import read_manifest, read_results
from sim.scenario.files import vary
from sim.view.brief import (
    Numbers,
    brief,
    claims_in_words,
    findings,
    how_much_wider,
    in_short,
    read_apart,
    read_claims,
)
from sim.view.figures import FIGURES
from sim.view.laboratory.questions import calendar as laboratory_calendar
from sim.view.page import calendar_in_words, environment, observed
from sim.view.words import NEXT_TO_NOTHING, Band, tell_change, tell_level
from tests.conftest import small_world
from tests.view.conftest import Size, make_ensemble

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "results" / "hong-kong-2020"
LARGEST_BYTES = 3_000_000
NUMBER = r"−?[\d,]*\.?\d+"
UNITS = ("points", "percent", "times", "persons")

ordered = st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3).map(sorted).map(lambda three: Band(*three))
near = st.lists(st.floats(-2, 2), min_size=3, max_size=3).map(sorted).map(lambda three: Band(*three))
ratios = st.lists(st.floats(0, 1e4), min_size=3, max_size=3).map(sorted).map(lambda three: Band(*three))


def read(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def stated_band(text: str) -> tuple[float, float, float]:
    """The first number with its band in brackets: '3.2 points (2.9 to 3.4)'."""
    found = re.search(rf"({NUMBER})[^()\d−]*\(({NUMBER}) to ({NUMBER})\)", text)
    assert found, text
    return read(found[1]), read(found[2]), read(found[3])


def agree(stated: tuple[float, float, float], band: Band) -> bool:
    """Whether number and ends are those of a band, to the digit of a third of it, and three of the number at most."""
    step = max(_digit((band.high - band.low) / 3), _digit(abs(band.middle)) / 100)
    told = zip(stated, (band.middle, band.low, band.high), strict=True)
    return all(abs(one - other) <= 0.5001 * step + 1e-12 for one, other in told)


def _digit(value: float) -> float:
    """One in the place of the first digit of a number."""
    return 10.0 ** math.floor(math.log10(value)) if value > 0 else 0.0


# The rules of verbs


@given(change=st.one_of(ordered, near), unit=st.sampled_from(UNITS))
def test_a_verb_is_said_only_where_the_whole_band_carries_it_with_its_numbers(change, unit):
    text = tell_change("m", "The share", change, unit).text
    middle, low, high = stated_band(text.split("at most: ")[-1])
    if " rose by " in text:
        assert change.low > 0
    elif " fell by " in text:
        assert change.high < 0
        middle, low, high = -middle, -high, -low
    elif "hardly changed" in text:
        assert max(-change.low, change.high) <= NEXT_TO_NOTHING.get(unit, 0.0)
    else:
        assert "is open" in text
        assert change.low <= 0 <= change.high
    assert agree((middle, low, high), change)


@given(ratio=ratios)
def test_a_ratio_rises_only_above_one(ratio):
    text = tell_change("m", "Weekly installs", ratio, "times", against="the quiet level").text
    assert (" rose to " not in text) or ratio.low > 1
    assert (" fell to " not in text) or ratio.high < 1
    assert agree(stated_band(text), ratio)


def test_missing_numbers_are_said_to_be_missing():
    nothing = Band(np.nan, np.nan, np.nan)
    ratio = tell_change("m", "It", nothing, "times", against="before")
    for finding in (tell_change("m", "It", nothing, "points"), ratio, tell_level("m", "It", nothing, "points")):
        assert (finding.verdict, finding.text) == ("unknown", "It: no run has a number for this.")


# Sentences against the tables


@pytest.mark.slow
@pytest.mark.parametrize(
    "size",
    [Size(), Size(platforms=8, replicates=3, days=200), Size(companies=0, replicates=2), Size(replicates=1, days=20)],
    ids=["city", "many apps", "no companies", "short"],
)
def test_every_sentence_agrees_with_the_tables(size):
    assert check_sentences(make_ensemble(size)) >= 10


@pytest.mark.slow
def test_every_sentence_of_demands_agrees_with_the_log():
    """Of twelve companies some meet a demand, some do not, and one is let off."""
    told = []
    for name in ("indonesia-2022", "turkey-2020"):
        ensemble = run(vary(load_case(name).scenario, ["population.users=300"]), replicates=4, workers=1)
        check_sentences(ensemble)
        numbers = Numbers.of(ensemble, summarise(ensemble))
        told += [one.text for under in findings(numbers).values() for one in under if kind_of(one.measure) == "outcome"]
    said = " ".join(told)
    assert all(outcome in said for outcome in OUTCOMES)


def check_sentences(ensemble) -> int:
    """Hold every sentence against the summary, and differences against the runs; give how many sentences there are."""
    numbers = Numbers.of(ensemble, summarise(ensemble))
    told = [one for under in findings(numbers).values() for one in under]
    for one in told:
        check(one, numbers)
    assert {one.measure for one in in_short(findings(numbers), numbers)} <= {one.measure for one in told}
    return len(told)


def check(finding, numbers) -> None:
    id, text = finding.measure, finding.text
    band, values, how = numbers.band(id), numbers.values[id], numbers.measures[id].sentence
    if finding.verdict == "unknown":
        assert "no run has" in text or "cannot be compared" in text
    elif how.kind == "days":
        assert ("No platform was blocked" in text) == (values.max() == 0)
        assert str(len(values)) in text
    elif how.kind == "counts":
        told = re.findall(r"([\w ]+?) in (\d+)", text.split(": ")[1])
        assert sum(int(times) for _, times in told) == len(values), text
        for said, times in told:
            names = COARSE[numbers.measures[id].unit]
            level = names.index(said.strip()) if names else int(said)
            assert (values.round() == level).sum() == int(times), text
    elif how.kind == "wait":
        assert (f"in {values.notna().sum()} of {len(values)} runs" in text) == values.notna().any(), text
        assert ("Neither" in text) == values.isna().all(), text
    elif how.since:
        gaps = (values - numbers.values[how.since]).dropna()
        check_direction(text, gaps.quantile(0.05), gaps.quantile(0.95))
        levels = re.search(rf"from ({NUMBER}) % before .* to ({NUMBER}) % after", text)
        for said, one in ((levels[1], numbers.band(how.since)), (levels[2], band)):
            assert agree((read(said), one.low, one.high), one), text
    else:
        zero = 1 if numbers.measures[id].unit == "times" else 0
        middle, low, high = stated_band(text.split("at most: ")[-1])
        if " fell by " in text:
            middle, low, high = -middle, -high, -low
        assert agree((middle, low, high), Band(values.quantile(0.05), band.middle, values.quantile(0.95))), text
        if finding.verdict != "level":
            check_direction(text, band.low - zero, band.high - zero)


def check_direction(text: str, low: float, high: float) -> None:
    assert (" rose " not in text.replace("rose or fell", "")) or low > 0, text
    assert (" fell " not in text.replace("rose or fell", "")) or high < 0, text


def test_the_test_of_sentences_can_fail():
    city = make_ensemble(Size(replicates=3, days=300))
    numbers = Numbers.of(city, summarise(city))
    (finding,) = [one for under in findings(numbers).values() for one in under if one.measure == "Telegram.change"]
    assert finding.verdict == "rose"
    check(finding, numbers)
    for wrong in (finding.text.replace("rose", "fell"), re.sub(r"by (\d)", r"by 1\1", finding.text)):
        with pytest.raises(AssertionError):
            check(dataclasses.replace(finding, text=wrong), numbers)


# What a page says of its world and its evidence


def test_observed_values_lie_where_the_page_says():
    rows = [("a", 1.0, 2.0, 3.0, 2.5), ("b", 1.0, 2.0, 3.0, 0.5), ("c", 1.0, 2.0, 3.0, 4.0), ("d", 1, 2, 3, np.nan)]
    table = pd.DataFrame(rows, columns=["measure", "low", "median", "high", "observed"])
    table = table.assign(name="m", unit="points", source="x")
    assert [one.lies for one in observed(table)] == ["in the band", "below the band by 0.5", "above the band by 1"]
    said = environment().get_template("macros.html").module.evidence
    assert said(observed(table)).startswith("Of 3 headline measures with an observed value, 1 has it in the band.")
    assert "names no observed value" in said([])


def test_arrests_that_were_spread_evenly_are_marked_as_such_wherever_they_appear():
    scenario = small_world(end="2022-06-30")
    told = [line for line in calendar_in_words(scenario) if "arrested" in line]
    assert len(told) == sum(act.kind == "arrest" for act in scenario.acts) > 5
    told += [act["words"] for act in laboratory_calendar(scenario) if act["kind"] == "arrest"]
    assert all("spread evenly, not counted on this day" in line for line in told)


def test_brief_says_how_many_times_as_wide_as_chance_its_bands_are():
    table = pd.DataFrame({
        "measure": ["A.share", "B.share", "C.share", "A.change"], "low": [10.0, 20.0, 5.0, 0.0],
        "high": [16.0, 30.0, 9.0, 9.0], "chance_low": [12.0, 24.0, 6.0, 1.0], "chance_high": [14.0, 28.0, 6.0, 2.0],
    }).set_index("measure")  # fmt: skip
    said = "Bands of the share of people who have an app are this many times as wide as luck alone: A 3 and B 2.5."
    assert how_much_wider(table, "ABC") == said
    assert how_much_wider(table.assign(chance_low=float("nan")), "ABC") == ""


# The page


class Outline(HTMLParser):
    """What a reader without eyes meets: headings, ids and references, tables and their captions."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.levels, self.ids, self.references, self.tables, self.captions = [], [], [], 0, 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tables += tag == "table"
        self.captions += tag == "caption"
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if "id" in given:
            self.ids.append(given["id"])
        for key in ("href", "aria-labelledby", "aria-describedby"):
            if given.get(key):
                self.references.append(given[key].removeprefix("#"))
        for value in given.values():
            self.references += re.findall(r"url\(#([^)]+)\)", value or "")


def test_the_page_is_whole_in_order_and_asks_nothing_of_a_network():
    """The page that is kept, which another test holds against the code byte by byte."""
    page = REFERENCE.with_name("hong-kong-2020.html").read_text(encoding="utf-8")
    outline = Outline(page)
    assert outline.levels[0] == 1
    assert outline.levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(outline.levels, outline.levels[1:], strict=False))
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.references) <= set(outline.ids)
    assert outline.tables == outline.captions > len(FIGURES)
    for name in FIGURES:
        assert f'id="title-{name}"' in page
        words = re.search(rf'<figcaption id="alt-{name}">(.+?)</figcaption>', page)
        assert words
        assert len(words[1]) > 40
    assert page.count("The numbers of this picture") == len(FIGURES)
    assert not re.search(r"""(src|href)=["'](?!#)|@import|url\((?!#)|<script|<link|<iframe""", page)
    assert "default-src 'none'" in page
    assert len(page.encode()) < LARGEST_BYTES


def test_what_is_read_before_a_fold_is_opened_is_short_and_begins_with_the_question():
    """Words for whoever does not see a picture are not read by eyes, and no screen reader is kept from them."""
    page = REFERENCE.with_name("hong-kong-2020.html").read_text(encoding="utf-8")
    (hidden,) = re.findall(r"^figcaption \{(.*)\}$", page, re.MULTILINE)
    assert "clip-path: inset(50%)" in hidden
    assert not re.search(r"display: none|visibility|aria-hidden", hidden)
    body = page[page.index("<body>") :]
    for folded in (r"<svg.*?</svg>", r"<figcaption.*?</figcaption>", r"<details>(?:(?!<details>).)*?</details>"):
        body = re.sub(folded, " ", body, flags=re.DOTALL)
    assert "<details" not in body
    read_first = html.unescape(re.sub(r"<[^>]+>", " ", body)).split()
    assert 500 < len(read_first) <= 1_500
    assert "In short Beside the baseline" in " ".join(read_first)


def test_names_from_a_scenario_cannot_write_html():
    world = small_world(name="no-law", users=100, end="2020-07-05")
    world = world.model_copy(update={"title": "<script>alert(1)</script>", "question": "a & b < c"})
    text = brief(run(world, replicates=1, workers=1))
    assert "<script" not in text
    assert html.escape(world.question) in text


# What is claimed


@pytest.mark.slow
def test_claims_are_told_with_their_bands_and_what_turns_them(city):
    row = {
        "sentence": "The law brings users.", "date": pd.Timestamp("2020-12-27"), "median": 1.3, "low": 0.5,
        "high": 2.4, "unit": "points", "share": 0.96, "label": "firm", "flip": np.nan, "default": 4.0, "rivals": np.nan,
        "explained": 0.31,
    }  # fmt: skip
    other = {"sentence": "A court matters.", "label": "depends on decision.court_weight", "flip": 3.1}
    table = pd.DataFrame([row, row | other, row | {"sentence": "It is open.", "rivals": "H3", "label": "open"}])
    told = claims_in_words(table)
    assert told["how sure"].tolist() == [
        "firm", "depends on decision.court_weight: turns below 3.1, here 4", "open; not in the form H3"
    ]  # fmt: skip
    assert told.iloc[0].tolist() == [
        "The law brings users.", "27 December 2020", "1.3 points (0.5 to 2.4)", "96%", "firm", "31%"
    ]  # fmt: skip
    since = {"label": "two outcomes", "unit": "companies", "low": 0.0, "median": 0.0, "high": 9.0, "mode_low": 0.0,
             "mode_low_share": 0.6, "mode_high": 8.0, "mode_high_share": 0.4}  # fmt: skip
    weak = {"label": "open", "power": 4.0, "horizon": pd.Timestamp("2021-02-01")}
    told_since = claims_in_words(pd.DataFrame([row | since, row | weak]))
    assert told_since.iloc[0, 2] == "0 companies (0 to 9); two outcomes: 0 in 60% and 8 in 40%"
    assert told_since.iloc[1, 4] == (
        "open: of ten planted effects the screen found 4; its sign turns on 1 February 2021"
    )
    text = brief(city, claimed=told)
    assert "What causes what" in text
    assert "turns below 3.1" in text
    assert "What causes what" not in brief(city)


def test_claims_are_not_told_of_a_changed_world(tmp_path):
    assert read_claims(REFERENCE, "lawshock run hong-kong-2020") is not None
    assert read_claims(REFERENCE, "lawshock run hong-kong-2020 --set population.gamma=0") is None
    assert read_claims(REFERENCE, "lawshock run no-law") is None
    assert read_claims(tmp_path / "kept", "lawshock run hong-kong-2020") is None


# The reference results that are kept


@pytest.mark.slow
def test_the_brief_that_is_kept_is_that_of_the_results_that_are_kept():
    ensemble, command = read_results(REFERENCE), read_manifest(REFERENCE)["command"]
    assert check_sentences(ensemble) >= 20
    beside = read_apart(REFERENCE, drawn=ensemble.best is not None)
    made = brief(
        ensemble, command=command, folder="results/hong-kong-2020", claimed=read_claims(REFERENCE, command),
        apart=beside,
    ).encode()  # fmt: skip
    assert len(made) < LARGEST_BYTES
    assert made == REFERENCE.with_name("hong-kong-2020.html").read_bytes(), "lawshock brief results/hong-kong-2020"
