"""Calibration: a bank of runs, the proof that it finds known parameters, and the posterior of the observed values."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.calibration.inference import Inference, recover
from sim.calibration.ledger import Bank, Ledger
from sim.calibration.targets import Targets
from sim.chance import Stream, u
from sim.results.posterior import DRAWS

RECOVERED = 400
"""Runs of the bank whose parameters are inferred from their own readings."""
CHECKED = 40
"""Draws that are run once more, to see whether the posterior reproduces its targets."""
BAND = (0.05, 0.5, 0.95)
COLUMNS = {
    "p_value": "of the test (Kolmogorov-Smirnov) that the ranks of true values among the draws are uniform",
    "uniform": "whether the test lets the parameter pass; it falsely alarms once in 100 sound calibrations",
    "covered_50": "share of runs whose true value lies in the central 50 % of the draws inferred from their readings",
    "covered_90": "the same for 90 %",
    "correlation": "of the true values with the medians of the draws",
    "width": "mean width of the 90 % interval, as a share of that of the prior",
    "now": "value of the scenario as it is",
    "low": "5th percentile of the posterior",
    "median": "50th percentile of the posterior",
    "high": "95th percentile of the posterior",
    "observed": "observed value; a logarithm where the spread is that of a factor",
    "spread": "standard error of the observed value",
    "prior_low": "5th percentile of the target over the prior",
    "prior_high": "95th percentile of the target over the prior",
    "run_now": "a run at the scenario's own values",
    "posterior_low": "5th percentile of the target over runs at draws of the posterior",
    "posterior_median": "50th percentile of the same",
    "posterior_high": "95th percentile of the same",
}


@dataclass(frozen=True)
class Calibration:
    """What a calibration found.

    Attributes:
        parameters: A row per parameter: key, now, low, median, high, and the prior.
        recovery: A row per parameter, as ``sim.calibration.inference.recover`` gives it.
        ranks: (runs, parameters) ranks of true values.
        fit: A row per target: observed, over the prior, and over the posterior.
        draws: Equally weighted draws of the parameters.
    """

    parameters: pd.DataFrame
    recovery: pd.DataFrame
    ranks: NDArray[np.float64]
    fit: pd.DataFrame
    draws: pd.DataFrame
    effective: float


def calibrate(
    targets: Targets,
    runs: Path,
    *,
    seed: int = 1,
    workers: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Calibration:
    """Finish the bank in the folder ``runs``, and infer from it.

    Raises:
        TargetsError: The folder holds evaluations of something else, or another process is at work there.
        StudyError: The disk is full or the workers are lost; what finished is kept.
    """
    ledger = Ledger(runs, targets, seed)
    ledger.make(targets.points, workers=workers, on_progress=on_progress)
    bank = ledger.bank(targets.points)
    inference = Inference(bank, targets.spreads(), seed, axis=targets.axis is not None)
    keys = list(targets.parameters)
    recovery, ranks = recover(inference, bank, RECOVERED)
    recovery.insert(0, "parameter", keys)
    posterior = inference.posterior(targets.observed(), _at(targets))
    places = posterior.draws(DRAWS, u(seed, int(Stream.POSTERIOR), 0, 0))
    checked = _with_axis(targets, places[:: DRAWS // CHECKED])
    again = ledger.evaluate_at(checked, points=targets.points, workers=workers)
    bands = [
        targets.parameters[key].at(np.array([posterior.quantile(q)[i] for q in BAND])) for i, key in enumerate(keys)
    ]
    now = [float(targets.parameters[key].at(bank.places[0, i])) for i, key in enumerate(keys)]
    table = pd.DataFrame(bands, columns=["low", "median", "high"]).assign(
        prior_low=[r.low for r in targets.parameters.values()], prior_high=[r.high for r in targets.parameters.values()]
    )
    table.insert(0, "parameter", keys)
    table.insert(1, "now", now)
    draws = pd.DataFrame({key: targets.parameters[key].at(places[:, i]) for i, key in enumerate(keys)})
    return Calibration(table, recovery, ranks, _fit(targets, bank, again), draws, posterior.effective)


def _fit(targets: Targets, bank: Bank, again: NDArray[np.float64]) -> pd.DataFrame:
    prior, posterior = np.quantile(bank.readings, (BAND[0], BAND[-1]), axis=0), np.quantile(again, BAND, axis=0)
    return pd.DataFrame(
        {
            "case": [target.case for target in targets.targets],
            "check": [target.check for target in targets.targets],
            "scale": ["logarithm" if target.log else target.found().unit for target in targets.targets],
            "observed": targets.observed(),
            "spread": targets.spreads(),
            "run_now": bank.readings[0],
            "prior_low": prior[0],
            "prior_high": prior[1],
            "posterior_low": posterior[0],
            "posterior_median": posterior[1],
            "posterior_high": posterior[2],
        }
    )


def _at(targets: Targets) -> float | None:
    """Place of the axis at which draws are made."""
    return None if targets.axis is None else float(targets.ranges()[targets.axis.key].place(np.array(targets.axis.at)))


def _with_axis(targets: Targets, places: NDArray[np.float64]) -> NDArray[np.float64]:
    at = _at(targets)
    return places if at is None else np.hstack([places, np.full((len(places), 1), at)])
