import ast
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.drawing import style
from sim.scenario.institutions import RUNGS

PLATFORMS = ["WhatsApp", "Telegram", "WeChat", "Signal", "Line", "KakaoTalk", "Threema", "Session"]
DEUTERANOPIA = ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969))
PROTANOPIA = ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052))


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


@pytest.mark.parametrize("matrix", [DEUTERANOPIA, PROTANOPIA], ids=["deuteranopia", "protanopia"])
@pytest.mark.parametrize(
    "colours",
    [[colour for colour, _ in style.STANCES.values()], list(style.platform_colours(PLATFORMS[:4]).values())],
    ids=["stances", "platforms"],
)
def test_colours_can_be_told_apart_without_one_kind_of_cone(
    colours: list[str], matrix: tuple[tuple[float, ...], ...]
) -> None:
    """Ten units of CIE 1976 are about four just noticeable differences."""
    pairs = [(a, b) for i, a in enumerate(colours) for b in colours[:i]]
    assert min(distance(a, b, matrix) for a, b in pairs) > 10


@pytest.mark.parametrize("matrix", [DEUTERANOPIA, PROTANOPIA], ids=["deuteranopia", "protanopia"])
@pytest.mark.parametrize("colour", [style.MODEL, style.APART])
def test_what_is_no_app_and_no_stance_has_the_colour_of_none(
    colour: str, matrix: tuple[tuple[float, ...], ...]
) -> None:
    apps = style.platform_colours(PLATFORMS[:4]).values()
    taken = [*apps, *(shade for shade, _ in style.STANCES.values())]
    assert min(distance(colour, other, matrix) for other in taken) > 10
    assert distance(style.MODEL, style.APART, matrix) > 10


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


def test_rungs_darken_step_by_step() -> None:
    light = [style.luminance(colour) for colour in style.RUNG_COLOURS]
    assert len(light) == len(RUNGS)
    assert light == sorted(light, reverse=True)


def test_named_platforms_keep_their_colour_in_any_company() -> None:
    alone, together = style.platform_colours(["Signal"]), style.platform_colours(["Line", "Signal", "Threema"])
    assert alone["Signal"] == together["Signal"]


def test_eight_platforms_have_eight_colours() -> None:
    assert len(set(style.platform_colours(PLATFORMS).values())) == 8
    assert len(set(style.platform_colours([f"App {i}" for i in range(8)]).values())) == 8


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_text_in_any_colour_and_on_any_colour_can_be_read(colour: str) -> None:
    assert style.contrast(style.ink_of(colour), "#ffffff") >= 4.5
    assert style.contrast(style.ink_on(colour), colour) >= 4.5


@given(st.lists(st.floats(0, 5, allow_nan=False), max_size=12), st.floats(0.05, 0.3))
def test_spread_keeps_order_gap_and_bounds(places: list[float], gap: float) -> None:
    moved = style.spread(places, gap, 0.0, 5.0)
    order = sorted(range(len(places)), key=places.__getitem__)
    ranked = [moved[i] for i in order]
    assert all(b - a > gap - 1e-9 for a, b in itertools.pairwise(ranked))
    assert all(-1e-9 <= place <= 5 + 1e-9 for place in moved)


def test_spread_leaves_distant_places_alone_and_centres_a_crowd() -> None:
    assert style.spread([1.0, 2.0], 0.2, 0.0, 5.0) == [1.0, 2.0]
    assert style.spread([2.0, 2.0, 2.0], 0.2, 0.0, 5.0) == pytest.approx([1.8, 2.0, 2.2])


@given(st.text(max_size=60), st.floats(0.3, 3))
def test_shortened_text_fits(text: str, width: float) -> None:
    text = "".join(character for character in text if character.isascii() and character.isprintable())
    short = style.shorten(text, width)
    assert style.text_width(short) <= width or short == "…"
    assert short == text or short.endswith("…")


def test_wrapped_lines_fit_and_lose_nothing() -> None:
    text = "Requests for user data went from many in the first half-year to few in the last of them all"
    lines = style.wrap(text, 3.0, style.BODY)
    assert " ".join(lines) == text
    assert max(style.text_width(line, style.BODY) for line in lines) <= 3.0


def test_style_leaves_the_settings_of_others_alone() -> None:
    before = dict(style.mpl.rcParams)
    with style.house_style():
        assert style.mpl.rcParams["svg.hashsalt"] == "lawshock"
    assert dict(style.mpl.rcParams) == before
