"""Figure 6: the ladder of sanctions against companies, and access to platforms."""

import itertools

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.drawing import calendar, event_labels
from sim.drawing.picture import Picture
from sim.drawing.reduce import BAND, BLOCKED_BELOW, LUCK, band_over_seeds, footer, has_luck, with_luck
from sim.drawing.series import CHANCE_ALONE, TOTAL
from sim.drawing.style import (
    BODY,
    FAINT,
    INK,
    MARGIN,
    QUIET,
    RUNG_COLOURS,
    SMALL,
    WIDTH,
    Page,
    platform_colours,
    shorten,
    text_width,
    tint,
)
from sim.results.ensemble import Ensemble
from sim.scenario.institutions import RUNGS
from sim.scenario.words import counted, percent

ROW, GAP = 0.32, 0.75
LONGEST_NAME, TAIL = 1.6, 2.0


def data(ensemble: Ensemble) -> pd.DataFrame:
    """Columns: measure, date, name, p05, p50, p95.

    ``rung`` is the rung against a company, 0 to 6; ``access`` the usability of a platform, in percent, mean over ISPs
    weighted by their users.
    """
    rungs = ensemble.bands("regulators")
    rungs = rungs[rungs["measure"] == "rung"].rename(columns={"company": "name"})
    isps = ensemble.scenario.isps
    total = sum(isp.share for isp in isps.values())
    table = ensemble.table("isps")
    weight = table["isp"].astype(str).map({name: 100 * isp.share / total for name, isp in isps.items()})
    weighted = table.assign(weighted=table["access"] * weight)
    access = weighted.groupby(["date", "platform", "seed"], observed=True)["weighted"].sum()
    bands = band_over_seeds(access).rename(columns={"platform": "name"}).assign(measure="access")
    both = [frame.astype({"name": str}) for frame in (rungs, bands) if not frame.empty]
    return pd.concat(both, ignore_index=True)[["measure", "date", "name", *BAND]]


def highest(bands: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Highest rung of each company on any day: in the median of the replicates, and in their 95th percentile."""
    top = bands[bands["measure"] == "rung"].groupby("name", sort=False)[["p50", "p95"]].max().round().astype(int)
    return dict(zip(top.index, zip(top["p50"], top["p95"], strict=True), strict=True))


def least_access(bands: pd.DataFrame) -> dict[str, tuple[float, int]]:
    """Of each platform, in the median of the replicates: least access in percent, and days on which it was blocked."""
    access = bands[bands["measure"] == "access"].set_index("name")["p50"]
    least, blocked = (values.groupby(level="name", sort=False) for values in (access, access < 100 * BLOCKED_BELOW))
    return dict(zip(least.min().index, zip(least.min(), blocked.sum(), strict=True), strict=True))


def title(bands: pd.DataFrame) -> str:
    """How high the ladder was climbed, and what was blocked."""
    rung = max((middle for middle, _ in highest(bands).values()), default=0)
    climbed = f"Sanctions rose to “{RUNGS[rung]}”" if rung else "No company was sanctioned"
    blocked = [f"{p} was blocked for {counted(n, 'day')}" for p, (_, n) in least_access(bands).items() if n]
    return f"{climbed}; {', '.join(blocked) or 'no platform was blocked'} (medians)"


def paint(bands: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
    """Ribbons: one per company coloured by rung, one per platform filled as far as it could be used."""
    scenario, luck = ensemble.scenario, has_luck(bands)
    companies, platforms = list(scenario.companies), list(scenario.platforms)
    left = MARGIN + 0.1 + min(max(text_width(name) for name in [*companies, *platforms]), LONGEST_NAME)
    width = WIDTH - left - MARGIN - TAIL
    laws, others = calendar.law_marks(scenario), calendar.other_marks(scenario)
    strip = event_labels.arrange(laws, others, 0, scenario.days - 1, width)
    top = 0.65 + strip.height
    upper, lower = max(ROW * len(companies), 0.3), ROW * len(platforms)
    subtitle = (
        "Thick ribbon: median rung; thin ribbon below it: 95th percentile. Access: share of users who could use a "
        "platform, full colour in 95\u00a0% of replicates, paler in half of them, palest in 5\u00a0%."
    )
    subtitle += " Thinnest, at the bottom of each row: the same by luck alone, in the best world." if luck else ""
    bottom = top + upper + GAP + lower + 0.5
    page = Page(title(bands), subtitle, bottom + event_labels.list_height(others), footer(ensemble, command))
    page.key(0.05, [(colour, f"{i} {name}") for i, (colour, name) in enumerate(zip(RUNG_COLOURS, RUNGS, strict=True))])
    page.write(MARGIN, 0.38, "Rung of the ladder against each company", weight="bold", size=SMALL)
    if companies:
        page.write(left + width + 0.1, top - 0.24, "Highest: median (95th percentile)", size=SMALL, color=QUIET)
    ladder = page.axes(left, top, width, upper)
    page.write(MARGIN, top + upper + GAP - 0.3, "Access to each platform, % of users", weight="bold", size=SMALL)
    access = page.axes(left, top + upper + GAP, width, lower)
    _rungs(ladder, bands, ensemble)
    _access(access, bands, ensemble)
    for axes, last in ((ladder, False), (access, True)):
        calendar.set_calendar(axes, scenario, 0, scenario.days - 1, width, labels=last)
        calendar.draw_lines(axes, laws, others)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    event_labels.draw_strip(ladder, strip)
    event_labels.write_list(page, bottom, others, scenario)
    return page.figure


def _rungs(axes: Axes, bands: pd.DataFrame, ensemble: Ensemble) -> None:
    companies, tops = list(ensemble.scenario.companies), highest(bands)
    ribbons = [("p50", -0.34, 0.42), ("p95", 0.12, 0.16)]
    if has_luck(bands):
        ribbons = [("p50", -0.36, 0.4), ("p95", 0.07, 0.15), (LUCK[1], 0.27, 0.09)]
    for row, company in enumerate(companies):
        mine = bands[(bands["measure"] == "rung") & (bands["name"] == company)]
        for quantile, below, height in ribbons:
            spells = _spells(mine[quantile].round(), len(mine))
            fills = [RUNG_COLOURS[round(rung)] for _, _, rung in spells]
            axes.broken_barh([(first, length) for first, length, _ in spells], (row + below, height), facecolors=fills,
                             linewidth=0, zorder=1, label=CHANCE_ALONE if quantile in LUCK else TOTAL)  # fmt: skip
        middle, high = (RUNGS[rung] for rung in tops[company])
        _at_end(axes, row, middle if middle == high else f"{middle} ({high})")
    axes.set_yticks(range(len(companies)), [shorten(name, LONGEST_NAME) for name in companies], color=INK, size=BODY)
    axes.set_ylim(max(len(companies), 1) - 0.45, -0.55)
    if not companies:
        axes.text(0.5, 0.5, "no companies", transform=axes.transAxes, ha="center", va="center", color=QUIET)


def _spells(values: pd.Series, days: int) -> list[tuple[int, int, float]]:
    """Runs of equal value over all days from 0 on: first day, length in days, value."""
    numbers = values.to_numpy()
    starts = [day for day in range(days) if day == 0 or numbers[day] != numbers[day - 1]]
    return [(start, end - start, float(numbers[start])) for start, end in itertools.pairwise([*starts, days])]


def _access(axes: Axes, bands: pd.DataFrame, ensemble: Ensemble) -> None:
    colours, least = platform_colours(list(ensemble.scenario.platforms)), least_access(bands)
    for row, (platform, colour) in enumerate(colours.items()):
        mine = bands[(bands["measure"] == "access") & (bands["name"] == platform)]
        if has_luck(bands):
            _usable(axes, mine, colour, {"p95": 0.3, "p50": 0.6, "p05": 1.0}, row + 0.22, 0.56)
            _usable(axes, mine, colour, {LUCK[1]: 0.3, LUCK[0]: 1.0}, row + 0.36, 0.09)
        else:
            _usable(axes, mine, colour, {"p95": 0.3, "p50": 0.6, "p05": 1.0}, row + 0.34, 0.68)
        lowest, blocked = least[platform]
        words = f"least {percent(lowest, 0)}" if lowest < 100 else f"always {percent(100, 0)}"
        _at_end(axes, row, words + (f", blocked {counted(blocked, 'day')}" if blocked else ""))
    axes.set_yticks(range(len(colours)), [shorten(name, LONGEST_NAME) for name in colours], color=INK, size=BODY)
    axes.set_ylim(len(colours) - 0.45, -0.55)


def _usable(
    axes: Axes, mine: pd.DataFrame, colour: str, strengths: dict[str, float], bottom: float, whole: float
) -> None:
    """A ribbon filled as far as a platform could be used, ``whole`` for all users, once for each percentile."""
    axes.broken_barh([(0, len(mine))], (bottom - whole, whole), facecolors=FAINT, linewidth=0, zorder=0.8)
    for quantile, strength in strengths.items():
        for first, length, share in _spells(mine[quantile].round(1), len(mine)):
            height = whole * share / 100
            axes.broken_barh([(first, length)], (bottom - height, height), facecolors=tint(colour, strength),
                             linewidth=0, zorder=0.9 + strength / 10,
                             label=CHANCE_ALONE if quantile in LUCK else TOTAL)  # fmt: skip


def _at_end(axes: Axes, row: int, text: str) -> None:
    axes.annotate(
        shorten(text, TAIL, SMALL), (1, row), xycoords=("axes fraction", "data"), xytext=(7, 0),
        textcoords="offset points", size=SMALL, va="center", color=INK, annotation_clip=False,
    )  # fmt: skip


def alt(bands: pd.DataFrame, ensemble: Ensemble) -> str:
    """The picture in words: the highest rung against each company, and each platform's least access."""
    parts = [f"{title(bands)}, over {counted(len(ensemble.seeds), 'replicate')}"]
    for company, (middle, high) in highest(bands).items():
        parts.append(f"{company}: highest rung {RUNGS[middle]}, 95th percentile {RUNGS[high]}")
    for platform, (lowest, blocked) in least_access(bands).items():
        parts.append(f"{platform}: least access {percent(lowest, 0)} of users, blocked on {counted(blocked, 'day')}")
    return ". ".join(parts) + "."


PICTURES = {"ladder": Picture("The ladder of sanctions, and blocks", with_luck(data), paint, alt)}
