"""Named readings: numbers taken from one run, in the words in which evidence is reported.

A check of a case names one of them and gives its arguments; ``READINGS`` has them all. A reading is a function of a
run, and not-a-number where the run does not reach its dates or has no such row: no check passes on missing ground.
"""

from sim.evidence.readings import companies, contagion, isps, persons, society, usage
from sim.evidence.readings.naming import NAMED, Named
from sim.evidence.readings.persons import PersonReading, Watch
from sim.evidence.readings.rows import Reading

__all__ = [
    "READINGS",
    "Named",
    "PersonReading",
    "Reading",
    "Watch",
    "companies",
    "contagion",
    "isps",
    "persons",
    "society",
    "usage",
]

READINGS: dict[str, Named] = NAMED
"""Every reading by its name."""
