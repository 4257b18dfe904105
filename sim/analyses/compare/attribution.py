"""Who did what because of a change: acts of institutions that happen in one world of a pair and not in the other.

Twins have the same luck, so that an act that only one of them has is a consequence of what makes the worlds differ. An
act is the same in both if the same actor does the same to the same for the same time.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.runs.once import Run

LEAST_SHIFT = 7
"""Days by which an act that both worlds have must move to be told."""
COLUMNS = ("what", "date", "days", "pairs", "of", "actor", "verb", "target", "sentence", "because")
LOGGED = ("id", "date", "actor", "verb", "target", "because", "sentence")
HERE, THERE, SOONER, LATER = "only here", "only there", "sooner", "later"

Key = tuple[str, str, str, int]
"""Actor, verb, target, and for which time."""


@dataclass(frozen=True, slots=True)
class Done:
    """An act of one run: its day, sentence, and the sentences of its causes."""

    date: pd.Timestamp
    sentence: str
    because: tuple[str, ...]


def acts_apart(base: Sequence[Run], other: Sequence[Run]) -> pd.DataFrame:
    """Acts that differ between twins, each once, by their date: ``COLUMNS``.

    ``what`` is what happens in most pairs: the act is "only there", in the other world, "only here", in the base, or in
    both but ``days`` "sooner" or "later" there (median). ``pairs`` counts the pairs, ``of`` all of them. Date, sentence
    and causes are those of the first pair in which it is so.
    """
    logs = [(_log(one), _log(two)) for one, two in zip(base, other, strict=True)]
    keys = dict.fromkeys(key for pair in logs for log in pair for key in log)
    rows = [row for key in keys if (row := _compare(key, logs))]
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found.sort_values("date", kind="stable", ignore_index=True)


def _log(run: Run) -> dict[Key, Done]:
    acts = run.tables["acts"]
    ids, dates, actors, verbs, targets, causes, said = (acts[name].tolist() for name in LOGGED)
    sentences = dict(zip(ids, said, strict=True))
    times: Counter[tuple[str, str, str]] = Counter()
    log = {}
    for date, *who, because, sentence in zip(dates, actors, verbs, targets, causes, said, strict=True):
        times[*who] += 1
        log[*who, times[*who]] = Done(date, sentence, tuple(sentences[int(cause)] for cause in because.split()))
    return log


def _compare(key: Key, logs: Sequence[tuple[dict[Key, Done], dict[Key, Done]]]) -> tuple[object, ...] | None:
    """The row of an act; nothing where most pairs that have it have it alike."""
    said: dict[str, list[tuple[Done, int]]] = {}
    for here, there in logs:
        one, two = here.get(key), there.get(key)
        if one and two:
            days = (two.date - one.date).days
            what = "alike" if abs(days) < LEAST_SHIFT else LATER if days > 0 else SOONER
            said.setdefault(what, []).append((two, days))
        elif one or two:
            said.setdefault(THERE if two else HERE, []).append((two or one, 0))  # type: ignore[arg-type]
    what = max(said, key=lambda name: len(said[name]))
    if what == "alike":
        return None
    first = said[what][0][0]
    days = round(abs(float(np.median([shift for _, shift in said[what]]))))
    actor, verb, target, _ = key
    return what, first.date, days, len(said[what]), len(logs), actor, verb, target, first.sentence, first.because
