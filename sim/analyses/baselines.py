"""Baselines: what someone who knows no mechanism would say of a case, scored as the model is; and the gate.

Forecast hubs count a model as worth quoting where it beats such baselines and its bands hold what they say (CDC's
FluSight holds forecasts back whose intervals do not cover). Here, too: where either fails, the table says "not shown to
predict" and gives the wider band, that of the largest errors in the other countries.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.evidence.checks import Check
from sim.evidence.scores import FARTHEST, distance

BASELINES = ("elsewhere", "pooled", "constant")
"""*elsewhere*: the same quantity as observed in the other countries; *pooled*: every quantity there of this kind, that
is about the same and in the same unit; *constant*: of the values of the first, or else of the second, the one that
meets most of the rules there, for certain."""
FEWEST = 3
"""Observed values below which a baseline says nothing."""
COUNTRY = {
    "hong-kong-2020": "hong-kong", "sri-lanka-2018": "sri-lanka", "kakao-outage-2022": "korea",
    "mastodon-2022": "world", "outage-2021": "world", "threads-2023": "world", "whatsapp-terms-2021": "world",
    "outage-apps-2021": "world", "tumblr-2018": "world", "bluesky-2024": "us", "parler-2021": "us",
    "new-caledonia-2024": "new-caledonia", "sri-lanka-2019": "sri-lanka",
}  # fmt: skip
"""Where a case is, if not in the country that its name begins with. RIM's two are one story, as their names say."""
HOLDS = (0.85, 0.95)
"""Share of what was observed that a nominal 90 % band may hold, of cases from which constants or form were learnt."""
TAIL = 0.025
SHOWN, NOT_SHOWN, UNTOLD = "shown", "not shown to predict", "too few to tell"
FEWEST_COUNTRIES = 5
"""Countries below which no interval over countries is given, and nothing counts as shown."""


def country(case: str) -> str:
    """The country of a case, by its name: cases of one country are not independent."""
    return COUNTRY.get(case, case.partition("-")[0])


def seen(check: Check) -> float:
    """What was observed; infinity for a wait that was still going on when the record ends; else not-a-number."""
    if math.isnan(check.observed) and check.unit == "days" and math.isinf(check.high):
        return math.inf
    return check.observed


def baselines(checks: Sequence[tuple[str, Check]], first: Sequence[int]) -> list[dict[str, NDArray[np.float64]]]:
    """What each baseline says of each check: observed values as an ensemble; a baseline without enough is left out.

    No baseline sees the country that it speaks of, an observation twice, a proxy, or what went into a scenario.

    Args:
        checks: Each with the name of its case.
        first: Index of the check that stands for each (``sim.evidence.scores.observations``).
    """
    known = [
        (country(case), check, seen(check))
        for place, (case, check) in enumerate(checks)
        if first[place] == place and check.role != "proxy" and not check.input and not math.isnan(seen(check))
    ]
    found = []
    for case, check in checks:
        others = [(one, value) for where, one, value in known if where != country(case) and one.unit == check.unit]
        same = [(one, value) for one, value in others if one.quantity == check.quantity]
        alike = [(one, value) for one, value in others
                 if one.about == check.about and one.is_answer == check.is_answer]  # fmt: skip
        known_of = {name: some for name, some in (("elsewhere", same), ("pooled", alike)) if len(some) >= FEWEST}
        said = {name: np.sort([value for _, value in some]) for name, some in known_of.items()}
        if said:
            name, values = next(iter(said.items()))
            met = [sum(one.passes(value) for one, _ in known_of[name]) for value in values]
            best = np.flatnonzero(np.array(met) == max(met))
            said["constant"] = values[[best[(len(best) - 1) // 2]]]
        found.append(said)
    return found


def paired(ours: pd.Series, theirs: pd.Series, countries: pd.Series) -> tuple[float, float, float, int]:
    """How much larger our scores are than theirs, by country, with the 95 % interval of a paired t; and of how many."""
    from scipy.stats import t as student

    gaps = (ours - theirs).dropna()
    by_country = gaps.groupby(countries[gaps.index]).mean().to_numpy()
    if not len(by_country):
        return math.nan, math.nan, math.nan, 0
    if len(by_country) < FEWEST_COUNTRIES:
        return float(by_country.mean()), math.nan, math.nan, len(by_country)
    mean, error = float(by_country.mean()), float(by_country.std(ddof=1)) / math.sqrt(len(by_country))
    half = float(student.ppf(1.0 - TAIL, len(by_country) - 1)) * error
    return mean, mean - half, mean + half, len(by_country)


def gate(told: int, in_band: int, ahead: Sequence[tuple[float, int]]) -> str:
    """Whether a group of checks shows that the model predicts.

    Args:
        told: Observations with a band.
        in_band: Those that the band holds.
        ahead: Upper end of the interval of the model's score less a baseline's, and countries, for each baseline.
    """
    if told < FEWEST or not ahead or min(countries for _, countries in ahead) < FEWEST_COUNTRIES:
        return UNTOLD
    covers = HOLDS[0] <= in_band / told <= HOLDS[1]
    return SHOWN if covers and all(high < 0.0 for high, _ in ahead) else NOT_SHOWN


def wider(table: pd.DataFrame) -> pd.DataFrame:
    """``wide_low`` and ``wide_high`` of each check with a spread: a conformal 90 % band over countries.

    The median, give or take the error that nine of ten other countries stay below in their worst check of this kind
    (people, companies or ISPs); with so few countries that is the largest of them. It takes the country to be one like
    the others.

    Args:
        table: Checks of the model, with ``case``, ``about``, ``p50``, ``observed``, ``spread`` and ``scale``.
    """
    apart = [distance(row.p50, row.observed, row.spread, log=row.scale == "log") for row in table.itertuples()]
    error, where = pd.Series(np.abs(apart), table.index, dtype=float), table["case"].map(country)
    error[table["p50"].isna() & table["observed"].notna() & table["spread"].notna()] = FARTHEST
    counts = (table["role"] != "proxy") & (table["input"] == "") & error.notna()
    rows = []
    for row, here in zip(table.itertuples(), where, strict=True):
        others = counts & (where != here) & (table["about"] == row.about)
        worst = np.sort(error[others].groupby(where[others]).max().to_numpy())
        rank = math.ceil(0.9 * (len(worst) + 1))
        if math.isnan(row.spread) or rank > len(worst):
            rows.append((math.nan, math.nan))
        elif row.scale == "log":
            factor = math.exp(worst[rank - 1] * row.spread)
            rows.append((row.p50 / factor, row.p50 * factor))
        else:
            rows.append((row.p50 - worst[rank - 1] * row.spread, row.p50 + worst[rank - 1] * row.spread))
    return pd.DataFrame(rows, columns=["wide_low", "wide_high"], index=table.index)
