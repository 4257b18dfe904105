"""Calibration on a file of targets: a bank of runs, the proof that it finds known parameters, and the posterior.

The layer of ISPs, in closed form, stands below; those of people and of disputes have files of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim import bounded
from sim.calibration.bank import READINGS, Progress, readings
from sim.calibration.posterior import Inference, recover
from sim.calibration.priors import Targets, Vector
from sim.chance import Stream, u
from sim.results.posterior import DRAWS
from sim.runs.executors import Call
from sim.runs.once import run_once
from sim.runs.store import Store, tables_of
from sim.scenario.errors import at
from sim.scenario.fields import leaves
from sim.scenario.files import folder, shape, vary

RECOVERED = 400
"""Runs of the bank whose parameters are inferred from their own readings."""
CHECKED = 40
"""Draws that are run once more, to see whether the posterior reproduces its targets."""
BAND = (0.05, 0.5, 0.95)
FIRST_SEED = 1_000_000
"""Seed of evaluation 0: away from those of ordinary runs."""
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
    """What a calibration found; ``COLUMNS`` explains parameters and fit, ``recover`` the recovery."""

    parameters: pd.DataFrame
    recovery: pd.DataFrame
    ranks: Vector
    """(runs, parameters) of true values."""
    fit: pd.DataFrame
    draws: pd.DataFrame
    """Equally weighted, a column a parameter."""
    effective: float
    """Equal draws that the posterior is worth."""


@dataclass(frozen=True)
class TargetRuns:
    """The runs of one file of targets: an evaluation has a number, which gives its seed, and a place in the prior."""

    targets: Targets

    def digest(self) -> str:
        """Digest of all that the readings depend on, beside place and seed."""
        return self.targets.digest()

    def read(self, seed: int, overrides: tuple[str, ...]) -> Mapping[str, float]:
        """Run the scenario once; give the readings of the targets in their order."""
        run = run_once(vary(self.targets.base(), overrides), seed)
        return {str(n): check.measure(run) for n, check in enumerate(self.targets.checks())}

    def at(
        self, points: Sequence[tuple[int, Vector]], keep: Store, workers: int | None, show: Progress | None = None
    ) -> Vector:
        """Readings, (n, m), each on the scale of its target, of evaluations by number and place."""
        digest = self.digest()
        calls = [
            Call(readings, (digest, self.targets.overrides(place), FIRST_SEED + number), how={"subject": self})
            for number, place in points
        ]
        found = tables_of(calls, keep=keep, workers=workers, on_progress=show)
        return np.array([self.targets.scaled(tables[READINGS].iloc[0].to_list()) for tables in found])

    def places(self, count: int, seed: int) -> Vector:
        """Places of a bank: the scenario's own values, or the nearest that the prior allows, then a sequence.

        The sequence is a scrambled Sobol' sequence (Owen 1998, J. Complexity 14), with which a larger bank begins.
        """
        from scipy.stats import qmc

        ranges, own = self.targets.parameters, {leaf.key: leaf.value for leaf in leaves(self.targets.base())}
        first = [float(np.clip(wide.place(np.array(own[key])), 0, 1)) for key, wide in ranges.items()]
        sequence = qmc.Sobol(len(ranges), scramble=True, seed=seed).random_base2(max(count - 1, 1).bit_length())
        return np.vstack([first, sequence[: count - 1]])

    def again(self, places: Vector, keep: Store, workers: int | None) -> Vector:
        """Readings at other places than those of the bank, (n, m), in the order of the places.

        Their numbers follow those of the bank. Places that are equal are run once, under the last number.
        """
        rows = [tuple(map(float, row)) for row in places]
        last = {row: self.targets.points + number for number, row in enumerate(rows)}
        found = self.at([(number, np.array(row)) for row, number in last.items()], keep, workers)
        index = {row: n for n, row in enumerate(last)}
        return found[[index[row] for row in rows]]


def calibrate(
    targets: Targets,
    runs: Path,
    *,
    seed: int = 1,
    workers: int | None = None,
    on_progress: Progress | None = None,
) -> Calibration:
    """Finish the bank in the folder ``runs``, and infer from it.

    Raises:
        StudyError: Another process is at work there, the disk is full or the workers are lost; what finished is kept.
    """
    subject, keep = TargetRuns(targets), Store(runs)
    places = subject.places(targets.points, seed)
    bank = subject.at(list(enumerate(places)), keep, workers, on_progress)
    inference = Inference(places, bank, targets.spreads(), seed)
    keys = list(targets.parameters)
    recovery, ranks = recover(inference, RECOVERED)
    recovery.insert(0, "parameter", keys)
    posterior = inference.posterior(targets.observed())
    drawn = posterior.draws(DRAWS, u(seed, int(Stream.POSTERIOR), 0, 0))
    again = subject.again(drawn[:: DRAWS // CHECKED], keep, workers)
    bands = np.array([posterior.quantile(level) for level in BAND])
    rows = [
        (key, float(wide.at(places[0, n])), *wide.at(bands[:, n]), wide.low, wide.high)
        for n, (key, wide) in enumerate(targets.parameters.items())
    ]
    table = pd.DataFrame(rows, columns=["parameter", "now", "low", "median", "high", "prior_low", "prior_high"])
    draws = pd.DataFrame({key: targets.parameters[key].at(drawn[:, n]) for n, key in enumerate(keys)})
    return Calibration(table, recovery, ranks, _fit(targets, bank, again), draws, posterior.effective)


def _fit(targets: Targets, bank: Vector, again: Vector) -> pd.DataFrame:
    prior, posterior = np.quantile(bank, (BAND[0], BAND[-1]), axis=0), np.quantile(again, BAND, axis=0)
    return pd.DataFrame(
        {
            "case": [target.case for target in targets.targets],
            "check": [target.check for target in targets.targets],
            "scale": ["logarithm" if target.log else target.found().unit for target in targets.targets],
            "observed": targets.observed(),
            "spread": targets.spreads(),
            "run_now": bank[0],
            **dict(zip(("prior_low", "prior_high"), prior, strict=True)),
            **dict(zip(("posterior_low", "posterior_median", "posterior_high"), posterior, strict=True)),
        }
    )


# ISPs

TABLE = "evidence/cases/crosscase_isp_compliance.csv"
GRID = 4000
SMALLEST_DAYS = 0.01
"""Lags below a quarter of an hour are not told apart."""


def isp_posterior(cases: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """Draws of ``isps.*.lag_days`` and ``isps.*.compliance``.

    The lag of an ISP is exponential, and a case says between which days it acted: the likelihood of a mean lag D is the
    product of exp(-low/D) - exp(-high/D), over a prior that is flat in log D up to the schema's bound. Obeying is
    binomial with a flat prior, so that the posterior of its probability is a Beta.

    Args:
        cases: The cross-case table: ``delay_days_low``, ``delay_days_high``, ``complied`` (1, 0 or nothing).
        count: Draws.
        seed: Of the draws.
    """
    from scipy.stats import beta

    known = cases.dropna(subset=["delay_days_low", "delay_days_high"])
    grid, weight = lag_density(known["delay_days_low"].to_numpy(float), known["delay_days_high"].to_numpy(float))
    obeyed = cases["complied"].dropna()
    first, second = (
        np.array([u(seed, int(Stream.POSTERIOR), draw, number) for draw in range(count)]) for number in (0, 1)
    )
    shares = beta.ppf(second, 1 + obeyed.sum(), 1 + (1 - obeyed).sum())
    return pd.DataFrame({"isps.*.lag_days": np.interp(first, np.cumsum(weight), grid), "isps.*.compliance": shares})


def lag_density(low: Vector, high: Vector) -> tuple[Vector, Vector]:
    """Mean lags in days, evenly spaced in the logarithm, and the posterior weight of each."""
    longest = float(at(shape(), ("network", "lag_days"), {}).body["maximum"])
    grid = np.geomspace(SMALLEST_DAYS, longest, GRID)
    likelihood = np.exp(-low[:, None] / grid) - np.exp(-high[:, None] / grid)
    log = np.log(np.maximum(likelihood, 1e-300)).sum(axis=0)
    weight = np.exp(log - log.max())
    return grid, weight / weight.sum()


def read_isps() -> pd.DataFrame:
    """The cross-case table of ISPs."""
    return bounded.csv(folder() / TABLE)
