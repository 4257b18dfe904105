"""Ensembles made of formulas: what the pictures show is known, and no model has to run."""

import datetime as dt
import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.results.ensemble import Ensemble
from sim.scenario.schema import Scenario
from sim.tables import CODEBOOK, Run, keys
from sim.view.figures import FIGURES

PLATFORMS = ("WhatsApp", "Telegram", "WeChat", "Signal", "Line", "KakaoTalk", "Threema", "Session")
COMPANIES = ("Meta", "Google", "Twitter", "Microsoft", "Zoom", "Telegram FZ-LLC", "Apple", "ByteDance", "Tencent")
SHARES = (0.85, 0.20, 0.54, 0.02, 0.30, 0.10, 0.01, 0.0)
REPORTS = "evidence/hong-kong-2020/transparency.csv"
ACTS = (
    ("law-plan", "2020-05-21", {"kind": "announce"}, 0.3),
    ("law", "2020-06-30", {"kind": "enact"}, 1.0),
    ("first-arrests", "2020-07-01", {"kind": "arrest", "persons": 10}, 0.0),
    ("text", "2020-06-30", {"kind": "publish-text"}, 0.0),
    ("rules", "2020-07-06", {"kind": "gazette-rules"}, 0.2),
    ("raid", "2020-08-10", {"kind": "arrest", "persons": 9}, 0.1),
    ("dawn-arrests", "2021-01-06", {"kind": "arrest", "persons": 53}, 0.2),
    ("site", "2021-01-06", {"kind": "order-site-block", "site": "hkchronicles.com"}, 0.0),
    ("terms", "2021-01-07", {"kind": "change-terms", "platform": "WhatsApp", "risk": 0.1}, 1.0),
    ("one-day-outage", "2021-10-04", {"kind": "outage", "platform": "WhatsApp"}, 0.0),
    ("regulator-weighs-a-block", "2022-05-17", {"kind": "report"}, 0.0),
)


@dataclass(frozen=True)
class Size:
    """How large a made ensemble is."""

    platforms: int = 4
    companies: int = 9
    replicates: int = 5
    days: int = 791
    best: int = 0
    """Runs of the best world beside the replicates, which then count as plausible worlds."""


def figure_alt(name: str, ensemble: Ensemble) -> str:
    """A picture in words."""
    return FIGURES[name].alt(FIGURES[name].data(ensemble), ensemble)


def make_scenario(size: Size) -> Scenario:
    start = dt.date(2020, 5, 1)
    end = start + dt.timedelta(size.days - 1)
    platforms = PLATFORMS[: size.platforms]
    dated = [(dt.date.fromisoformat(date), name, kind, salience) for name, date, kind, salience in ACTS]
    acts = [{"id": n, "date": d, "salience": s, **kind} for d, n, kind, s in dated if d <= end]
    return Scenario.model_validate(
        {
            "title": "A made-up city",
            "start": start,
            "end": end,
            "platforms": {name: {"share": max(SHARES[i], 0.001)} for i, name in enumerate(platforms)},
            "companies": {
                name: {"requests": {"ordinary": {"rate": 1.0, "produced": 0.5}}} for name in COMPANIES[: size.companies]
            },
            "isps": {"North": {"share": 0.6}, "South": {"share": 0.4}},
            "sources": {
                f"companies.{name}.requests.ordinary.rate": {"status": "measured", "table": REPORTS}
                for name in ("Meta", "Google")[: size.companies]
            },
            "acts": [a for a in acts if a.get("platform", platforms[0]) in platforms],
        }
    )


def noise(seed: int, *axes: np.ndarray) -> np.ndarray:
    """Numbers in [0, 1) that look irregular and are the same everywhere."""
    total = sum((i + 1) * 0.7548776662 * axis for i, axis in enumerate(axes)) + 0.5698402909 * seed
    return np.asarray(total % 1.0)


def make_tables(scenario: Scenario, seed: int) -> dict[str, pd.DataFrame]:
    platforms, companies, isps = list(scenario.platforms), list(scenario.companies), list(scenario.isps)
    dates = pd.date_range(str(scenario.start), periods=scenario.days, unit="s")
    weeks = dates[::7]
    law = 60
    represents = scenario.population.represents

    def grid(table: str, *levels: list | pd.DatetimeIndex) -> pd.DataFrame:
        levels = tuple(
            pd.Categorical(level, categories=level) if isinstance(level, list) else level for level in levels
        )
        return pd.MultiIndex.from_product(levels).to_frame(index=False).set_axis(keys(table), axis=1)

    def since(frame: pd.DataFrame) -> np.ndarray:
        return (frame["date"] - dates[0]).dt.days.to_numpy() - law

    usage = grid("usage", dates, platforms)
    k = usage["platform"].cat.codes.to_numpy().astype(int)
    t = since(usage)
    shares = np.array(SHARES)[k]
    step = np.where(t > 0, 1 - np.exp(-np.maximum(t, 0) / 60), 0)
    drift = np.array([-0.005, 0.02, 0.0, 0.03, -0.01, 0.0, 0.01, 0.0])[k] * (1 + 0.2 * noise(seed, k))
    usage["share"] = np.clip(shares + drift * step, 0, 1) * (shares > 0)
    usage["holders"] = usage["share"] * represents
    for period, part in (("daily", 0.6), ("weekly", 0.8), ("monthly", 0.9)):
        usage[f"{period}_users"] = part * usage["holders"]
    usage["usage_share"] = usage["share"] / max(len(platforms), 1)
    wave = 1 + 30 * np.exp(-np.abs(t - 5) / 10) * (drift > 0)
    usage["installs"] = np.round(represents / 1e5 * wave * (0.5 + noise(seed, t, k))) * (shares > 0)
    usage["first_installs"] = usage["installs"] / 2
    usage["removals"] = usage["installs"] / 3
    usage["trials"] = usage["installs"] * 10

    apps = [*platforms, "none"]
    flows = grid("flows", weeks, apps, apps)
    i, j = (flows[c].cat.codes.to_numpy().astype(int) for c in ("origin", "destination"))
    late = (flows["week"] >= dates[min(law, len(dates) - 1)]).to_numpy()
    flows["users"] = np.where(i == j, 0, (100 + 400 * noise(seed, i, j)) * (1 + 3 * late * (j == 1)))

    company = grid("companies", dates, companies)
    c, t = company["company"].cat.codes.to_numpy().astype(int), since(company)
    decided = 1 + 6 * noise(seed, c) + c / 3
    stops = c < len(companies) - 1
    names = np.array(["process", "pause", "mlat", "exit"])
    code = np.where(stops & (t >= decided), np.where((c == 1) & (t > 45), 2, np.where(c == 7, 3, 1)), 0)
    company["stance"] = names[code]
    company["announced"] = ((t >= decided + 2) & stops).astype(float)
    company["on_review"] = 0.0
    company["belief"], company["cutoff"] = 0.5, 0.4
    company["rung"] = np.where(t > 100 + 40 * c, np.minimum(1 + (t - 100 - 40 * c) // 90, 2 + (seed + c) % 3), 0).clip(
        0
    )

    requests = grid("requests", dates, companies, ["ordinary", "removal"])
    c, t = requests["company"].cat.codes.to_numpy().astype(int), since(requests)
    requests["received"] = np.floor(3 * noise(seed, t, c) ** 2 * np.where(t > 0, 0.6, 1) * (1 + (c == 0)))
    requests["produced"] = np.where((t < 0) | (c == len(companies) - 1), np.floor(requests["received"] * 0.6), 0)
    requests["refused"] = requests["received"] - requests["produced"]
    requests["granted"], requests["pending"], requests["mlat"] = 0.0, 0.0, 0.0
    requests["accounts"] = requests["produced"] * 1.1

    regulators = company[["date", "company"]].assign(request_rate=1.0, rung=company["rung"])
    providers = grid("isps", dates, isps, platforms)
    t, k, p = (
        since(providers),
        providers["platform"].cat.codes.to_numpy().astype(int),
        providers["isp"].cat.codes.to_numpy().astype(int),
    )
    providers["access"] = np.where((k == 1) & (t > 300 + 4 * p + seed) & (t < 390), 0.0, 1.0)
    providers["over_blocked"] = 0.0

    society = pd.DataFrame({"date": dates})
    t = since(society)
    society["salience"] = np.where(t >= 0, 1.3 * np.exp(-np.maximum(t, 0) / 22), 0.05)
    society["access_attention"] = 0.0
    society["pressure"], society["arrests"], society["vagueness"] = 0.0, 0.1, 0.8
    society["vpn"] = 0.07 + 0.03 * society["salience"] + 0.002 * noise(seed, t)
    society["speaking"] = 0.3 - 0.1 * society["salience"] + 0.002 * noise(seed, t)
    society["deletions"] = np.round(3000 * np.exp(society["salience"]) * (0.9 + 0.2 * noise(seed, t)))
    society["multi_homing"] = 0.5
    made = pd.DataFrame({"date": dates})
    made["disclosed_accounts"] = requests.groupby("date")["accounts"].sum().cumsum().to_numpy() if companies else 0.0
    made["safe_reach"] = 0.4 + 0.5 * (t > 6)
    acts = pd.DataFrame(columns=list(CODEBOOK["acts"])).astype({"date": "datetime64[s]"})
    tables = {
        "usage": usage, "flows": flows, "companies": company, "requests": requests, "regulators": regulators,
        "isps": providers, "society": society, "measures": made, "acts": acts,
    }  # fmt: skip
    for name, table in tables.items():  # a column that is new has some number, too
        for column in CODEBOOK[name].keys() - {*table}:
            table[column] = 0.5 + 0.1 * noise(seed, np.arange(len(table)))
    return tables


def make_ensemble(size: Size = Size()) -> Ensemble:
    scenario = make_scenario(size)
    runs = tuple(Run(scenario, seed, make_tables(scenario, seed)) for seed in range(1, 1 + size.replicates))
    luck = tuple(Run(scenario, seed, make_tables(scenario, 100 + seed)) for seed in range(1, 1 + size.best))
    return Ensemble(scenario, runs, Ensemble(scenario, luck) if luck else None, {"some": "0" * 64} if luck else {})


@pytest.fixture(scope="session")
def city() -> Ensemble:
    """A world of the reference scenario's size."""
    return make_ensemble()


@pytest.fixture(scope="session")
def worlds() -> Ensemble:
    """Plausible worlds of that size, and runs of the best one."""
    return make_ensemble(Size(best=4))


def texts(figure: Figure) -> list[Text]:
    """Every text that is drawn; matplotlib keeps labels of ticks beyond the ends of an axis, and does not draw them."""
    beyond = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            outside = [tick for tick in ticks if not low - 1e-9 <= tick.get_loc() <= high + 1e-9]
            beyond |= {id(label) for tick in outside for label in (tick.label1, tick.label2)}
    found = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    return [t for t in found if id(t) not in beyond]


def assert_every_text_is_apart(figure: Figure) -> None:
    """No text leaves the page or meets another; the figure has been drawn, in the house style."""
    boxes = [(t.get_text(), t.get_window_extent(), t.get_rotation()) for t in texts(figure)]
    page = figure.bbox
    for text, box, _ in boxes:
        assert page.x0 <= box.x0, text
        assert box.x1 <= page.x1, text
        assert page.y0 <= box.y0, text
        assert box.y1 <= page.y1, text
    level = [(text, box) for text, box, angle in boxes if angle == 0]  # boxes of slanted texts meet though they do not
    for (one, a), (other, b) in itertools.combinations(level, 2):
        across, along = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across < 1 or along < 1, (one, other)
