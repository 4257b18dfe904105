"""A picture of an ensemble: what each must give, and from the tables of runs to the numbers that are drawn."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from sim.drawing.style import Page
from sim.measures import focus
from sim.results.bands import QUANTILES, held
from sim.results.ensemble import Ensemble
from sim.results.folder import made_by
from sim.scenario.calendar import dated
from sim.scenario.schema import Scenario
from sim.scenario.words import counted

BAND = list(QUANTILES)
"""The columns of a band: p05, p50, p95."""
BLOCKED_BELOW = 0.5
"""A platform counts as blocked on a day when fewer than half of the users could use it, as in the headline measures."""


class Picture(ABC):
    """A picture of an ensemble: the table that it shows, the drawing of that table, and the same in words."""

    caption: str
    """Its heading on a page; the drawing has a title of its own."""

    @abstractmethod
    def data(self, ensemble: Ensemble) -> pd.DataFrame:
        """The table that is shown."""

    @abstractmethod
    def title(self, table: pd.DataFrame, ensemble: Ensemble) -> str:
        """What is seen, in a sentence."""

    @abstractmethod
    def paint(self, table: pd.DataFrame, ensemble: Ensemble, command: str) -> Figure:
        """The drawing of the table; ``command`` is what made it."""

    @abstractmethod
    def alt(self, table: pd.DataFrame, ensemble: Ensemble) -> str:
        """The picture in words, with its numbers."""

    def page(self, table: pd.DataFrame, ensemble: Ensemble, command: str, subtitle: str, body: float) -> Page:
        """The page with its title and footer, and room of ``body`` inches for panels."""
        return Page(self.title(table, ensemble), subtitle, body, footer(ensemble, command))


def band_over_seeds(values: pd.Series) -> pd.DataFrame:
    """Percentiles over replicates of a series indexed by (keys..., seed), with the keys as columns, in their order."""
    by_seed = values.unstack("seed")
    bands = by_seed.quantile(list(QUANTILES.values()), axis=1).T
    bands.columns = pd.Index(BAND)
    return bands.reset_index()


def sums(table: pd.DataFrame, keys: Sequence[str], value: str) -> pd.Series:
    """Sum of a column per keys and seed; categories keep their order, and those without rows count zero."""
    return table.groupby([*keys, "seed"], observed=False, sort=True)[value].sum()


def focus_day(scenario: Scenario) -> int:
    """Day number of the focus, which is clipped to the calendar."""
    return min(max(scenario.day(focus(scenario).date()), 0), scenario.days - 1)


def has_law(scenario: Scenario) -> bool:
    """Whether the calendar brings a law into force."""
    return any(act.kind == "enact" and scenario.start <= date <= scenario.end for date, act in dated(scenario.acts))


def day_numbers(dates: pd.Series, scenario: Scenario) -> pd.Series:
    """Day number of each date of a table."""
    return (dates - pd.Timestamp(scenario.start)).dt.days


def half_year(date: dt.date) -> str:
    """Name of the half-year of a date, as in transparency reports: 2020H1 is January to June."""
    return f"{date.year}H{1 if date.month <= 6 else 2}"


def half_year_days(period: str) -> int:
    """Length of a half-year in days."""
    year = int(period[:4])
    middle = dt.date(year, 7, 1)
    return (middle - dt.date(year, 1, 1) if period.endswith("1") else dt.date(year + 1, 1, 1) - middle).days


def replicates_words(ensemble: Ensemble) -> str:
    """What lines and bands are, for a subtitle."""
    one, many = ("plausible world", "plausible worlds") if ensemble.best else ("replicate", "replicates, luck alone")
    n = len(ensemble.seeds)
    return f"One {one}, so no bands." if n == 1 else f"Line: median of {n} {many}; band: {held(n)} of them."


def footer(ensemble: Ensemble, command: str) -> tuple[str, ...]:
    """What made the picture, in lines: scenario; digest, seeds, people and version of the model; command."""
    scenario, seeds = ensemble.scenario, ensemble.seeds
    first, last = seeds[0], seeds[-1]
    runs = counted(len(seeds), "plausible world" if ensemble.best else "replicate")
    runs += f" and {len(ensemble.best.seeds)} of the best" if ensemble.best else ""
    runs += f", seed {first}" if first == last else f", seeds {first} to {last}"
    people = f"{scenario.population.users:,} simulated people"
    facts = made_by(f"scenario {scenario.digest()[:12]}", runs, people)
    return (scenario.title, facts, command) if command else (scenario.title, facts)
