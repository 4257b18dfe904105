"""How pictures look: colours that are told apart, texts that fit, the axis of days and the marks above it."""

import ast
import datetime as dt
import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.drawing import calendar, style
from sim.drawing.calendar import Mark
from sim.drawing.style import PAPERS, SMALL, text_width
from sim.scenario.institutions import RUNGS
from sim.scenario.schema import Scenario
from sim.scenario.words import short_day
from sim.view.answer import GREY
from sim.view.figures.institutions import MADE, SEEN
from tests.conftest import small_world

PLATFORMS = ["WhatsApp", "Telegram", "WeChat", "Signal", "Line", "KakaoTalk", "Threema", "Session"]
DEUTERANOPIA = ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969))
PROTANOPIA = ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052))


# Colours


def seen_by(colour: str, matrix: tuple[tuple[float, ...], ...]) -> tuple[float, ...]:
    """A colour as seen without one kind of cone: Machado, Oliveira & Fernandes 2009, severity 1, in linear light."""
    linear = [((c + 0.055) / 1.055) ** 2.4 if c > 0.04045 else c / 12.92 for c in style.to_rgb(colour)]
    return tuple(sum(m * c for m, c in zip(row, linear, strict=True)) for row in matrix)


def lab(linear: tuple[float, ...]) -> tuple[float, ...]:
    """CIE L*a*b* under D65 of linear sRGB."""
    red, green, blue = (min(max(c, 0.0), 1.0) for c in linear)
    xyz = (
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
    )
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one: str, other: str, matrix: tuple[tuple[float, ...], ...]) -> float:
    a, b = lab(seen_by(one, matrix)), lab(seen_by(other, matrix))
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5


ALL_CONES = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
SIGHTS = (DEUTERANOPIA, PROTANOPIA, ALL_CONES)
APPS = style.platform_colours(PLATFORMS[:4])
STANCES = {stance: colour for stance, (colour, _) in style.STANCES.items()}
MARKED = {"handed over": style.HANDED_OVER, "apart": style.APART, "as it was": GREY}
MEET = {
    "answers, memos and the laboratory": style.platform_colours(PLATFORMS[:5]) | MARKED | {"simulated": style.MODEL},
    "the laboratory in the dark": APPS | MARKED | {"apart": style.ON_DARK[style.APART], "ink": PAPERS["dark"]["ink"]},
    "the ladder of companies": STANCES,
    "where people went": APPS | {"no app": style.QUIET},
    "requests": {f"{name}, observed": colour for name, colour in SEEN.items()}
    | {f"{name}, simulated": style.tint(colour, 0.55) for name, colour in MADE.items()},
    "analyses": {"simulated": style.MODEL, "apart": style.APART, "observed": style.OBSERVED, "law": style.INK},
}  # fmt: skip
"""Colours by what they mean, for each kind of picture or page in which they meet."""


def seldom_apart(colours: dict[str, str], least: float) -> list[tuple[str, str, float]]:
    """Pairs of meanings that some eye tells apart less well than asked, in units of CIE 1976."""
    found = [(a, b, min(distance(colours[a], colours[b], sight) for sight in SIGHTS))
             for a, b in itertools.combinations(colours, 2)]  # fmt: skip
    return [(a, b, round(apart, 1)) for a, b, apart in found if apart < least]


@pytest.mark.parametrize("picture", MEET)
def test_meanings_that_meet_are_told_apart_without_one_kind_of_cone(picture: str) -> None:
    assert seldom_apart(MEET[picture], 15) == []


@pytest.mark.parametrize("picture", [name for name in MEET if "dark" not in name])
def test_meanings_are_told_apart_on_dark_paper_too(picture: str) -> None:
    dark = {meaning: style.in_the_dark(colour.lower(), is_text=False) for meaning, colour in MEET[picture].items()}
    assert seldom_apart(dark, 15) == []
    faint = [name for name, colour in dark.items() if style.contrast(colour, PAPERS["dark"]["paper"]) < 3]
    assert faint == [name for name in dark if name == "cannot"]


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_text_of_a_light_page_can_be_read_on_dark_paper(colour: str) -> None:
    """But for the black and white that stand on a mark, which stays as it is."""
    paper = PAPERS["dark"]["paper"]
    if colour not in ("#000000", "#ffffff"):
        assert style.contrast(style.in_the_dark(colour, is_text=True), paper) >= 4.5
    for app, mark in APPS.items():
        assert style.in_the_dark(mark.lower(), is_text=False) == mark.lower(), app
        for strength in (0.2, 0.35):
            pale, wanted = (
                style.in_the_dark(style.tint(mark, strength), is_text=False),
                style.tint(mark, strength, paper),
            )
            assert style.to_rgb(pale) == pytest.approx(style.to_rgb(wanted), abs=1.1 / 255), app


def test_no_colour_stands_for_two_things() -> None:
    """In any picture: what hands data over has one colour, be it the stance or the data."""
    others = {"simulated": style.MODEL, "apart": style.APART, "as it was": GREY, "observed": style.OBSERVED}
    palette = style.platform_colours(PLATFORMS) | STANCES | others
    close = [(a, b) for a, b in itertools.combinations(palette, 2) if distance(palette[a], palette[b], ALL_CONES) < 12]
    assert close == []
    assert STANCES["comply"] == style.HANDED_OVER


def test_pages_take_their_colours_from_the_palette() -> None:
    """Beside those of papers, style sheets have colours of links and errors, which no mark has; scripts have none."""
    root = Path(style.__file__).parents[1] / "view"
    papers = {colour.lower() for paper in PAPERS.values() for colour in paper.values()} | {"#fff", "#000"}
    marks = APPS | {"handed over": style.HANDED_OVER, "apart": style.APART, "as it was": GREY}
    wrong = []
    for place in sorted([*root.rglob("*.css"), *root.glob("laboratory/front/src/*")]):
        used = {*re.findall(r"#[0-9a-f]{6}\b|#[0-9a-f]{3}\b", place.read_text(), re.IGNORECASE)} - papers
        wrong += [(place.name, colour) for colour in used if place.suffix != ".css"]
        wrong += [(place.name, colour, name) for colour, (name, mark) in itertools.product(used, marks.items())
                  if place.suffix == ".css" and distance(colour, mark, ALL_CONES) < 12]  # fmt: skip
    assert wrong == []


def test_pictures_name_a_colour_by_its_meaning() -> None:
    """The bare hues are those of apps and stances: a picture that takes one by its hue gives it a second meaning."""
    hues = {"ORANGE", "SKY", "GREEN", "YELLOW", "BLUE", "VERMILION", "PURPLE", "BLACK"}
    root = Path(style.__file__).parents[1]
    taken = [
        f"{place.relative_to(root)}: {name.name}"
        for place in sorted(root.rglob("*.py"))
        for node in ast.walk(ast.parse(place.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == style.__name__
        for name in node.names
        if name.name in hues
    ]
    assert not taken


def test_rungs_darken_step_by_step_and_apps_keep_their_colour() -> None:
    light = [style.luminance(colour) for colour in style.RUNG_COLOURS]
    assert len(light) == len(RUNGS)
    assert light == sorted(light, reverse=True)
    alone, together = style.platform_colours(["Signal"]), style.platform_colours(["Line", "Signal", "Threema"])
    assert alone["Signal"] == together["Signal"]
    for names in (PLATFORMS, [f"App {i}" for i in range(8)]):
        assert len(set(style.platform_colours(names).values())) == 8


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_text_in_any_colour_and_on_any_colour_can_be_read(colour: str) -> None:
    assert style.contrast("#000000", "#ffffff") == pytest.approx(21.0), "by WCAG 2.2"
    assert style.contrast(style.ink_of(colour), "#ffffff") >= 4.5
    assert style.contrast(style.ink_on(colour), colour) >= 4.5


# Texts


@given(st.lists(st.floats(0, 5, allow_nan=False), max_size=12), st.floats(0.05, 0.3))
def test_spread_keeps_order_gap_and_bounds(places: list[float], gap: float) -> None:
    moved = style.spread(places, gap, 0.0, 5.0)
    ranked = [moved[i] for i in sorted(range(len(places)), key=places.__getitem__)]
    assert all(b - a > gap - 1e-9 for a, b in itertools.pairwise(ranked))
    assert all(-1e-9 <= place <= 5 + 1e-9 for place in moved)


def test_style_leaves_the_settings_of_others_alone() -> None:
    before = dict(style.mpl.rcParams)
    with style.house_style():
        assert style.mpl.rcParams["svg.hashsalt"] == "lawshock"
    assert dict(style.mpl.rcParams) == before


# The axis of days


def world(acts: list[dict[str, object]], days: int = 800) -> Scenario:
    start = dt.date(2020, 5, 1)
    return Scenario.model_validate({
        "title": "world", "start": start, "end": start + dt.timedelta(days - 1), "acts": acts,
        "platforms": {"WhatsApp": {"share": 0.5}}, "isps": {"North": {"share": 1.0}},
    })  # fmt: skip


def test_acts_of_one_day_share_a_mark(city) -> None:
    marks = {mark.day: mark.label for mark in calendar.named_marks(city.scenario)}
    assert marks[60] == "law in force, text public"
    assert marks[250] == "53 arrests"
    assert {mark.day: mark.label for mark in calendar.law_marks(city.scenario)}.keys() <= marks.keys()


def test_every_act_that_can_move_people_is_named_in_the_reference() -> None:
    scenario = small_world(end="2022-06-30")
    named = {mark.day for mark in calendar.named_marks(scenario)}
    assert {scenario.day(act.date) for act in scenario.acts if calendar.moves(act)} <= named


@pytest.mark.parametrize("days", [2, 12, 30, 90, 200, 791, 4000, 12000])
def test_ticks_lie_within_the_axis_and_leave_room_for_their_labels(days: int) -> None:
    ticks = calendar.tick_days(world([], days), 0, days - 1, 7.0)
    assert ticks
    assert all(0 <= day < days for day, _ in ticks)
    assert all(b - a > 0.4 for a, b in itertools.pairwise(day * 7.0 / days for day, _ in ticks))
    assert short_day(dt.date(2020, 7, 6)) == "6 Jul 2020"


laws_anywhere = st.lists(st.tuples(st.integers(0, 790), st.text("abc ", min_size=1, max_size=50)), max_size=12,
                         unique_by=lambda pair: pair[0])  # fmt: skip


@given(laws_anywhere)
def test_no_label_meets_a_label_or_a_leader(laws: list[tuple[int, str]]) -> None:
    shown = [Mark(day, words, 0.0) for day, words in sorted(laws)]
    labels = calendar.arrange(shown, 0, 790, 7.0)
    assert len(labels) == len(shown)
    boxes = []
    for label in labels:
        width = text_width(label.mark.label, SMALL) + 0.05
        boxes.append((label.place, label.place + width) if label.rightward else (label.place - width, label.place))
    for (one, mine), (other, theirs) in itertools.permutations(zip(labels, boxes, strict=True), 2):
        if one.line == other.line:
            assert mine[1] <= theirs[0] + 1e-9 or theirs[1] <= mine[0] + 1e-9
        if mine[0] < other.place < mine[1]:
            assert one.line > other.line
