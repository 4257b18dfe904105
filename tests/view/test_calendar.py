import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.drawing import calendar
from sim.drawing.calendar import Mark
from sim.drawing.style import SMALL, text_width
from sim.results.ensemble import Ensemble
from sim.scenario.schema import Scenario
from sim.scenario.words import short_day


def world(acts: list[dict[str, object]], days: int = 800) -> Scenario:
    start = dt.date(2020, 5, 1)
    return Scenario.model_validate(
        {
            "title": "world",
            "start": start,
            "end": start + dt.timedelta(days - 1),
            "platforms": {"WhatsApp": {"share": 0.5}},
            "isps": {"North": {"share": 1.0}},
            "acts": acts,
        }
    )


def test_acts_of_one_day_share_a_mark_and_the_law_stands_apart(city: Ensemble) -> None:
    laws = {mark.day: mark.label for mark in calendar.law_marks(city.scenario)}
    assert laws == {20: "law announced", 60: "law in force, text public", 66: "rules gazetted"}
    others = {mark.day: mark.label for mark in calendar.other_marks(city.scenario)}
    assert others[250] == "53 arrests, hkchronicles.com: block"
    assert [mark.number for mark in calendar.other_marks(city.scenario)] == [1, 2, 3, 4, 5, 6]


def test_a_crowded_calendar_numbers_the_weightiest_acts() -> None:
    start = dt.date(2020, 5, 1)
    acts = [
        {"id": f"a{i}", "kind": "arrest", "date": start + dt.timedelta(i), "salience": 1.0 if i % 2 else 0.0}
        for i in range(50)
    ]
    others = calendar.other_marks(world(acts))
    assert sum(mark.number > 0 for mark in others) == calendar.MOST_NUMBERS
    assert all(mark.number > 0 for mark in others if mark.weight > 0)


def test_acts_outside_the_calendar_have_no_mark() -> None:
    assert calendar.other_marks(world([{"id": "late", "kind": "arrest", "date": dt.date(2020, 7, 1)}], days=30)) == []


@pytest.mark.parametrize("days", [2, 12, 30, 90, 200, 791, 4000, 12000])
def test_ticks_lie_within_the_axis_and_leave_room_for_their_labels(days: int) -> None:
    scenario = world([], days)
    ticks = calendar.tick_days(scenario, 0, days - 1, 7.0)
    assert ticks
    assert all(0 <= day < days for day, _ in ticks)
    places = [day * 7.0 / days for day, _ in ticks]
    assert all(b - a > 0.4 for a, b in itertools.pairwise(places))


def test_days_and_months_are_named_in_english() -> None:
    assert short_day(dt.date(2020, 7, 6)) == "6 Jul 2020"


laws_anywhere = st.lists(st.tuples(st.integers(0, 790), st.text("abc ", min_size=1, max_size=50)), max_size=12,
                         unique_by=lambda pair: pair[0])  # fmt: skip


@given(laws_anywhere, st.lists(st.integers(0, 790), max_size=40, unique=True))
def test_no_label_meets_a_label_or_a_leader(laws: list[tuple[int, str]], others: list[int]) -> None:
    shown = [Mark(day, words, 0.0) for day, words in sorted(laws)]
    numbered = [Mark(day, "act", 0.0, number) for number, day in enumerate(sorted(others), start=1)]
    strip = calendar.arrange(shown, numbered, 0, 790, 7.0)
    assert len(strip.labels) == len(shown)
    boxes = []
    for label in strip.labels:
        width = text_width(label.mark.label, SMALL) + 0.05
        boxes.append((label.place, label.place + width) if label.rightward else (label.place - width, label.place))
    for i, one in enumerate(strip.labels):
        for j, other in enumerate(strip.labels):
            if i == j:
                continue
            if one.line == other.line:
                assert boxes[i][1] <= boxes[j][0] + 1e-9 or boxes[j][1] <= boxes[i][0] + 1e-9
            if boxes[i][0] < other.place < boxes[i][1]:
                assert one.line > other.line
    places = sorted([place for _, place, _ in strip.numbers] + [label.place for label in strip.labels if strip.numbers])
    assert all(b - a > calendar.NUMBER_GAP - 1e-9 for a, b in itertools.pairwise(places))
