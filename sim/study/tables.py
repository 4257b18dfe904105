"""The tables of a study: functions of its plan and its runs alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.measures import headline_measures
from sim.results.bands import QUANTILES, interval_of_mean
from sim.results.crate import CRATE
from sim.results.folder import replacing, sign, write_csv
from sim.results.paired import against_first
from sim.runs.claims import RESULTS
from sim.runs.files import FULL, unwritable
from sim.scenario.fields import leaves

if TYPE_CHECKING:
    from sim.study.study import Study

ROW_COLUMNS = (
    ("cell", "number", "cell of the study; cell 0 is the scenario unchanged"),
    ("seed", "number", "root seed of the replicate"),
    ("scenario", "digest", "SHA-256 of the scenario"),
    ("replicates", "runs", "replicates wanted of the cell"),
    ("error", "text", "what a failed run said; empty where it finished"),
    ("traceback", "text", "where in the code a failed run stopped"),
    ("measure", "name", "headline measure"),
    ("n", "runs", "replicates that have the measure"),
    ("p05", "of measure", "5th percentile over replicates"),
    ("p50", "of measure", "median over replicates"),
    ("p95", "of measure", "95th percentile over replicates"),
    ("difference", "of measure", "mean difference from cell 0, seed by seed"),
    ("low", "of measure", "lower end of the 90 % interval of the mean difference"),
    ("high", "of measure", "upper end of the 90 % interval of the mean difference"),
)


def cells(study: Study) -> pd.DataFrame:
    """One row per cell: number, settings, replicates wanted, digest of the scenario."""
    plan = study.plan
    names = plan.varied()
    rows = [
        (number, *(cell.settings.get(name) for name in names), cell.replicates, cell.scenario)
        for number, cell in enumerate(plan.cells)
    ]
    return pd.DataFrame(rows, columns=["cell", *names, "replicates", "scenario"])


def runs(study: Study) -> pd.DataFrame:
    """One row per run, finished or failed: cell, settings, seed, headline measures, error; by cell and seed."""
    finished = study.runs()
    failed = failures(study)[["cell", "seed", "error"]]
    both = pd.concat([finished, failed]) if len(failed) else finished.assign(error=None)
    settings = cells(study).drop(columns=["replicates", "scenario"])
    merged = settings.merge(both.sort_values(["cell", "seed"]), on="cell")
    return merged.assign(error=merged["error"].fillna(""))


def failures(study: Study) -> pd.DataFrame:
    """One row per failed run: cell, seed, error, traceback, scenario."""
    plan = study.plan
    errors = {(row["scenario"], row["seed"]): row for row in study.store.errors(plan.jobs()).to_pylist()}
    rows = [
        (number, seed, errors[cell.scenario, seed]["error"], errors[cell.scenario, seed]["traceback"], cell.scenario)
        for number, cell in enumerate(plan.cells)
        for seed in plan.seeds(cell)
        if (cell.scenario, seed) in errors
    ]
    return pd.DataFrame(rows, columns=["cell", "seed", "error", "traceback", "scenario"])


def summary(study: Study) -> pd.DataFrame:
    """One row per cell and measure: band over replicates, and the paired difference from cell 0 with its interval."""
    finished = study.runs()
    parts = []
    for measure in measures_of(finished):
        values = finished.groupby("cell")[measure]
        band = values.quantile(np.array(list(QUANTILES.values()))).unstack().set_axis(list(QUANTILES), axis=1)
        gap = interval_of_mean(against_first(finished, measure), ["cell"], "difference").set_index("cell")
        gap = gap.rename(columns={"mean": "difference"})[["difference", "low", "high"]]
        count = values.count().rename("n")
        parts.append(pd.concat([count, band, gap], axis=1).reset_index().assign(measure=measure))
    if not parts:
        return pd.DataFrame(columns=["cell", "measure", "n", "p05", "p50", "p95", "difference", "low", "high"])
    order = {measure: number for number, measure in enumerate(measures_of(finished))}
    whole = pd.concat(parts).assign(_order=lambda part: part["measure"].map(order)).sort_values(["cell", "_order"])
    settings = cells(study).drop(columns=["replicates", "scenario"])
    columns = ["n", "p05", "p50", "p95", "difference", "low", "high"]
    return settings.merge(whole, on="cell")[[*settings, "measure", *columns]]


def codebook(study: Study) -> pd.DataFrame:
    """What every column and measure means: name, unit, meaning."""
    rows = list(ROW_COLUMNS)
    known = {leaf.key: (leaf.unit, leaf.meaning) for leaf in leaves(study.scenario(study.plan.cells[0]))}
    rows += [(key, *known.get(key, ("", "what tells the cells apart"))) for key in study.plan.varied()]
    open_names = set(measures_of(study.runs()))
    for cell in study.plan.cells:
        if not open_names:
            break
        for measure in headline_measures(study.scenario(cell)):
            if measure.name in open_names:
                rows.append((measure.name, measure.unit, measure.meaning))
                open_names.remove(measure.name)
    return pd.DataFrame(rows, columns=["name", "unit", "meaning"])


def measures_of(finished: pd.DataFrame) -> list[str]:
    """Names of the headline measures among the columns of ``Study.runs``."""
    return [name for name in finished.columns if name not in ("cell", "seed")]


TABLES: dict[str, Callable[[Study], pd.DataFrame]] = {
    "cells": cells,
    "runs": runs,
    "summary": summary,
    "failures": failures,
    "codebook": codebook,
}


OTHERS = ("runs.parquet", "figures", CRATE)


def write_results(study: Study, folder: Path, draw: Callable[[Path], object] | None = None) -> None:
    """Write every table of a study as CSV, the runs also as Parquet at full precision, and a manifest.

    Equal plans and runs give equal bytes. ``draw`` puts pictures into the folder that it is given.

    Raises:
        OutputError: The folder holds something else or cannot be written.
        StudyError: The disk is full; what was in the folder before is kept.
    """
    plan = study.plan
    try:
        # Within the study's own folder they are its own, though a manifest that would say so is lost.
        ours = {*(f"{name}.csv" for name in TABLES), *OTHERS} if folder.parent == study.folder else ()
        with study.store.claims.alone(RESULTS), replacing(folder, ours) as draft:
            for name, make in TABLES.items():
                table = make(study)
                if name == "runs":
                    table.to_parquet(draft / "runs.parquet", index=False, compression="zstd")
                write_csv(table, draft / f"{name}.csv")
            if draw:
                (draft / "figures").mkdir()
                draw(draft / "figures")
            first = plan.cells[0]
            sign(draft, study.scenario(first), plan.seeds(first), plan.command)
    except OSError as error:
        if error.errno in FULL:
            raise unwritable(folder, error) from error
        raise
