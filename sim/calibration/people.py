"""People: waves of runs where the posterior is, the posterior of all countries, and its draws as data.

Runs at places that fill the prior come first. Each further wave runs a country where its posterior is, by the
emulators so far, and in part where that of a new country is; its runs test the emulators before they teach them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.calibration.bank import Bank, PeopleOf, Quantity
from sim.calibration.emulator import FARTHEST, learn
from sim.calibration.hierarchy import Data, Samples, diagnostics, new_country, places, sample, together
from sim.calibration.priors import Form, Forms, Vector
from sim.evidence import scores
from sim.results.posterior import DRAWS, ERROR, MU, TAU
from sim.scenario.fields import leaves
from sim.scenario.population import Population

WAVES = (192, 96, 96)
"""Runs of each case in each wave."""
WIDER = 1.2
"""Places of a wave are so much farther from their mean than the posterior so far."""
NEW = 4
"""One of so many places of a wave is that of a new country."""
MOST_WITHOUT = 0.3
"""A quantity without a reading in more of the last wave's runs, or beyond all reach, is no function to learn."""
CHAINS, WARM, KEPT, THIN = 4, 400, DRAWS // 4, 3
"""Chains of the shipped posterior, steps in which they adapt, and draws that are kept of each, every third."""

EMULATORS = {
    "case": "case of the library",
    "check": "quantity of the case",
    "kind": "kind of quantity, which has a discrepancy of its own",
    "fitted": "whether the constants are inferred from it",
    "used": "whether it has a reading in at least seven runs of ten of the last wave, so that it can be emulated",
    "claimed": "error that the emulators claimed before the last wave, in spreads, by runs predicted from the others",
    "error": "their error at the runs of the last wave, before they learnt from these; it enters the likelihood",
    "ratio": "error over claimed",
    "explained": "share of the variance over the last wave that they predicted",
}

DIAGNOSTICS = {
    "number": "column of the draws",
    "r_hat": "spread of all chains over that within chains, by ranks (Vehtari et al. 2021); 1 where they agree",
    "bulk": "independent draws that the shipped ones are worth for the middle of the distribution",
    "tail": "the same for its 5 and 95 % quantiles",
}


@dataclass(frozen=True)
class Inferred:
    """What the runs of the waves say."""

    form: Form
    quantities: tuple[Quantity, ...]
    data: Data
    """With the emulators of the last wave."""
    emulators: pd.DataFrame
    """A row for each quantity, columns as ``EMULATORS`` has them."""
    runs: int


def default_form(forms: Forms) -> str:
    """Name of the form that the model has by default: of those whose changes change nothing, the one with the most."""
    own = {leaf.key: str(leaf.value) for leaf in leaves(Population(), "population.")}
    changes = {name: [one.split("=") for one in forms.form(name).overrides] for name in forms.names}
    alike = [name for name, mine in changes.items() if all(own.get(key) == value for key, value in mine)]
    return max(alike, key=lambda name: len(changes[name]))


def whole(form: Form, free: Vector, constants: int) -> Vector:
    """Places (n, constants) of all constants, those that the form fixes in the middle."""
    found = np.full((len(free), constants), 0.5)
    found[:, form.fitted] = free
    return found


def readings_of(subjects: Sequence[PeopleOf]) -> list[str]:
    """Name of the reading of each quantity: those that read the same of the same column have the same."""
    found = []
    for check in (check for subject in subjects for check in subject.checks()):
        how = check.reading
        name = getattr(getattr(how, "func", None), "__name__", "")
        found.append(f"{name} {getattr(how, 'keywords', {}).get('of', '')}".strip() or check.id)
    return found


def infer(
    bank: Bank,
    name: str,
    seed: int,
    *,
    waves: Sequence[int] = WAVES,
    workers: int | None = None,
    on_progress: Callable[[float, float], None] | None = None,
) -> Inferred:
    """Run the waves and learn from them.

    Args:
        bank: Where the runs are kept.
        name: Of the form.
        seed: Of places and sampler.
        waves: Runs of each case in each.
        workers: Processes; all cores when absent. The result does not depend on it.
        on_progress: Called with how many runs are done, and of how many.
    """
    forms, form, quantities = bank.forms, bank.forms.form(name), bank.quantities
    names = tuple(dict.fromkeys(quantity.case for quantity in quantities))
    case = np.array([names.index(quantity.case) for quantity in quantities])
    free = list(form.fitted)
    there = dict.fromkeys(names, forms.design(waves[0], seed))
    expected = float(len(names) * sum(waves))
    data: Data | None = None
    start: Vector | None = None
    claimed = error = explained = np.full(len(quantities), np.nan)
    for number, count in enumerate(waves):
        if data is not None:
            drawn = together(sample(data, seed + number))
            more = _proposed(drawn, names, count, seed + number)
            there = {one: np.vstack([there[one], whole(form, more[one], len(forms.keys))]) for one in names}
        bank.make({name: there}, workers=workers,
                  on_progress=None if on_progress is None else lambda done: on_progress(done, expected))  # fmt: skip
        table = bank.table(form, there)
        learnable = _learnable(table.distances[-count:])
        if data is not None:
            gap = _clipped(table.distances[-count:]) - data.emulators.at(table.places[:, -count:][..., free])
            claimed, error = np.asarray(data.emulators.error), _root(gap)
            explained = 1.0 - error**2 / np.maximum(np.nanvar(_clipped(table.distances[-count:]), axis=0), 1e-9)
        learnt = learn(table.places[..., free], np.where(learnable, table.distances, np.nan), case, start)
        start = learnt.start
        own = _root(learnt.left_out[-count:])
        told = own if data is None or number < len(waves) - 1 else np.where(np.isfinite(error), error, own)
        emulators = learnt.emulators.with_error(np.where(np.isfinite(told), told, FARTHEST))
        data = Data.of(quantities, emulators, learnable)
    assert data is not None
    rows = pd.DataFrame({
        "case": [one.case for one in quantities], "check": [one.check for one in quantities],
        "kind": [one.kind for one in quantities], "fitted": [one.fitted for one in quantities], "used": learnable,
        "claimed": claimed, "error": error, "ratio": error / claimed, "explained": explained,
    })  # fmt: skip
    return Inferred(form, quantities, data, rows, bank.size({name: there}))


def _proposed(drawn: Samples, names: Sequence[str], count: int, seed: int) -> dict[str, Vector]:
    """Places (count, constants) of each case, most of them where its posterior is."""
    chosen = np.linspace(0, len(drawn["mu"]) - 1, count).round().astype(int)
    anywhere = new_country(drawn, seed)[chosen]
    is_new = np.arange(count) % NEW == NEW - 1
    found = {}
    for number, name in enumerate(names):
        own = (drawn["mu"] + drawn["tau"] * drawn["z"][:, number])[chosen]
        own = own.mean(axis=0) + WIDER * (own - own.mean(axis=0))
        found[name] = places(np.where(is_new[:, None], anywhere, own))
    return found


def _learnable(distances: Vector) -> NDArray[np.bool_]:
    """Which quantities (K,) have readings within reach in enough of these runs (n, K)."""
    without = ~np.isfinite(distances) | (np.abs(distances) >= scores.FARTHEST)
    return np.asarray(without.mean(axis=0) <= MOST_WITHOUT)


def _clipped(distances: Vector) -> Vector:
    return np.clip(distances, -FARTHEST, FARTHEST)


def _root(gaps: Vector) -> Vector:
    """Root mean square (K,) of errors (n, K), of those that there are."""
    known = np.isfinite(gaps)
    square = np.where(known, gaps, 0.0) ** 2
    return np.asarray(np.sqrt(square.sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan)))


# Draws as data


def posterior_draws(found: Inferred, forms: Forms, seed: int) -> pd.DataFrame:
    """``DRAWS`` draws of what countries share, equally weighted, by chain and draw, so that chains can be examined.

    ``diverging`` says whether the sampler lost its way in the steps that led to a draw.
    """
    drawn = sample(found.data, seed, chains=CHAINS, warm=WARM, count=KEPT * THIN)
    kept = {name: value[:, THIN - 1 :: THIN] for name, value in drawn.items()}
    lost = drawn["diverging"].reshape(CHAINS, KEPT, THIN).any(axis=2)
    keys = [forms.keys[number] for number in found.form.fitted]
    columns: dict[str, Any] = {
        "chain": np.repeat(np.arange(CHAINS), KEPT), "draw": np.tile(np.arange(KEPT), CHAINS), "diverging": lost,
        **{f"{MU}{key}": kept["mu"][..., n] for n, key in enumerate(keys)},
        **{f"{TAU}{key}": kept["tau"][..., n] for n, key in enumerate(keys)},
        **{f"{ERROR}{kind}": kept["sd"][..., n] for n, kind in enumerate(found.data.names)},
        **{name: kept[name] for name in ("t0", "kappa", "log_likelihood")},
    }  # fmt: skip
    return pd.DataFrame({name: np.ravel(value).astype(int if name in ("chain", "draw", "diverging") else float)
                         for name, value in columns.items()})  # fmt: skip


def diagnosed(draws: pd.DataFrame) -> pd.DataFrame:
    """R-hat and effective draws of each number, from the draws as they are shipped."""
    chains = draws["chain"].nunique()
    numbers = {str(name): draws[name].to_numpy().reshape(chains, -1) for name in draws
               if name not in ("chain", "draw", "diverging")}  # fmt: skip
    rows = [(name, *three) for name, three in diagnostics(numbers).items()]
    return pd.DataFrame(rows, columns=["number", "r_hat", "bulk", "tail"])


def manifest(found: Inferred, forms: Forms, draws: pd.DataFrame) -> dict[str, Any]:
    """What the draws rest on, and the priors in which they are places."""
    constants = [(forms.keys[number], forms.constants[forms.keys[number]]) for number in found.form.fitted]
    used = found.emulators["used"] & found.emulators["fitted"]
    return {
        "form": found.form.name, "cases": list(found.data.countries), "quantities": int(used.sum()),
        "set_aside": [f"{row.case}: {row.check}" for row in found.emulators[~found.emulators["used"]].itertuples()],
        "runs": found.runs, "divergences": int(draws["diverging"].sum()),
        "priors": {key: [one.low, one.high, one.log] for key, one in constants},
    }  # fmt: skip
