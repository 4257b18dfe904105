"""The exercises of docs/exercises.md: what each runs, and the numbers that it quotes.

``python -m tests.docs.exercises`` writes the numbers into the document again.
"""

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from sim.analyses.compare.analysis import compare
from sim.command.summary import cells
from sim.results.ensemble import Ensemble, run, summarise
from sim.scenario.files import load
from sim.scenario.schema import Scenario
from sim.scenario.words import number

DOCUMENT = Path(__file__).parents[2] / "docs" / "exercises.md"
END = "end=2020-12-31"
USERS, REPLICATES = 2000, 4


@dataclass(frozen=True)
class World:
    """A command of the document: a column of a table."""

    heading: str
    scenario: str = "hong-kong-2020"
    overrides: tuple[str, ...] = ()
    users: int = USERS

    @property
    def command(self) -> str:
        extra = "".join(f" --set {override}" for override in self.overrides)
        return f"lawshock run {self.scenario} --users {self.users} --replicates {REPLICATES} --best --set {END}{extra}"

    @property
    def world(self) -> Scenario:
        return load(self.scenario, [f"population.users={self.users}", END, *self.overrides])


REFERENCE = World("reference")
EXERCISES = {
    1: (
        [REFERENCE, World("cut-off 0.98", overrides=("companies.Meta.cutoff=0.98",))],
        ["announced", "Meta.produced_after", "Google.produced_after", "disclosed"],
    ),
    2: (
        [REFERENCE, World("review of 30 days", overrides=("companies.Meta.review_days=30",))],
        ["announced", "Meta.produced_after", "disclosed"],
    ),
    3: (
        [REFERENCE, World("500 people", users=500)],
        ["WhatsApp.share", "Telegram.share", "Signal.share", "announced"],
    ),
    4: (
        [REFERENCE, World("no law", "no-law")],
        ["Telegram.install_jump", "Signal.install_jump", "Signal.change", "announced"],
    ),
    5: (
        [
            World("gamma 0", overrides=("population.gamma=0",)),
            REFERENCE,
            World("gamma 6", overrides=("population.gamma=6",)),
        ],
        ["WhatsApp.change", "Telegram.change", "Signal.change", "multi_homing_change", "disclosed"],
    ),
    6: (
        [REFERENCE, World("blocked", "whatsapp-blocked-90-days")],
        ["blocked_days", "WhatsApp.share", "Telegram.change", "Signal.change", "vpn_change"],
    ),
}
PAIRED = ["disclosed", "Telegram.change", "Signal.change"]
ISLAND = ["Gull.share", "Tern.share", "Tern.install_jump", "vpn_change", "blocked_days"]


@functools.cache
def ensemble(world: World) -> Ensemble:
    return run(world.world, replicates=REPLICATES, workers=1, threads=1)


@functools.cache
def summary(world: World) -> pd.DataFrame:
    return summarise(ensemble(world)).set_index("measure")


@functools.cache
def pairs() -> pd.DataFrame:
    worlds = [World("", name).world for name in ("hong-kong-2020", "early-pause")]
    made = compare(*worlds, names=("reference", "early pause"), replicates=REPLICATES, workers=1)
    return made.headlines.set_index("measure")


@functools.cache
def island() -> pd.DataFrame:
    from sim.scenario.files import loads

    text = re.search(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert text
    made = run(loads(text[1].encode(), "island.toml"), replicates=REPLICATES, workers=1, threads=1)
    return summarise(made).set_index("measure")


def band(row: pd.Series) -> str:
    """The cell of a measure as ``lawshock run`` prints it: the median and the band, or how many runs have which."""
    middle, told = cells(SimpleNamespace(**row), chance=False)
    return f"{middle} ({told})" if middle else told


def answer(exercise: int) -> str:
    """The table of an exercise, in Markdown."""
    if exercise == 7:
        rows = [["measure", "reference", "early pause", "mean difference", "90 % interval of it", "unit"]]
        for id in PAIRED:
            row = pairs().loc[id]
            interval = f"{number(row['low'])} to {number(row['high'])}"
            rows.append(
                [row["name"], number(row["base"]), number(row["other"]), number(row["mean"]), interval, row["unit"]]
            )
    elif exercise == 8:
        rows = [["measure", "island", "unit"]]
        rows += [[row["name"], band(row), row["unit"]] for row in (island().loc[id] for id in ISLAND)]
    else:
        worlds, measures = EXERCISES[exercise]
        rows = [["measure", *(world.heading for world in worlds), "unit"]]
        rows += [
            [named["name"], *(band(summary(world).loc[id]) for world in worlds), named["unit"]]
            for id in measures
            for named in [summary(worlds[0]).loc[id]]
        ]
    head, *body = (f"| {' | '.join(cells)} |" for cells in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])


def quoted(text: str, exercise: int) -> str:
    """What the document says."""
    found = re.search(rf"<!-- numbers {exercise} -->\n(.*?)\n*<!-- end -->", text, re.DOTALL)
    assert found, exercise
    return found[1].strip()


def main() -> None:
    """Write every table into the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for exercise in range(1, 9):
        mark = f"<!-- numbers {exercise} -->\n"
        before, after = text.split(mark)
        text = f"{before}{mark}\n{answer(exercise)}\n\n{after[after.index('<!-- end -->') :]}"
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
