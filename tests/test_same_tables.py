"""What runs gave before a change of the code's shape, by hash: of numbers and of words apart, for each of many worlds.

A change that is to move no number leaves ``tables.sha256`` as it is. One that moves numbers says so in the changelog
and writes the file again: ``python -m tests.test_same_tables``.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.runs.once import run_once
from sim.scenario.files import load
from sim.tables import Run

ROOT = Path(__file__).parent.parent
HASHES = Path(__file__).with_name("tables.sha256")
SEED, USERS = 3, 1_000
MORE = {
    "hong-kong-2020, 5,000 people": ("hong-kong-2020", ["population.users=5000"]),
    "hong-kong-2020, four steps a day": ("hong-kong-2020", ["steps_per_day=4", f"population.users={USERS}"]),
    **{
        name: (f"scenarios/cases/{name}/scenario.toml", [f"population.users={USERS}"])
        for name in ("kakao-outage-2022", "uganda-2021", "turkey-2020", "india-tiktok-2020")
    },
}
WORLDS = {
    **{path.stem: (path.stem, [f"population.users={USERS}"]) for path in sorted((ROOT / "scenarios").glob("*.toml"))},
    **MORE,
}


def numbers_of(run: Run) -> Iterator[bytes]:
    """Every value of every table by its name, in an order that does not depend on the code."""
    for name in sorted(run.tables):
        frame = run.tables[name].drop(columns="sentence", errors="ignore")
        for column in sorted(frame):
            yield f"{name}.{column}".encode()
            values = frame[column]
            yield (
                values.to_numpy(float).tobytes() if values.dtype.kind in "fiu" else "\n".join(map(str, values)).encode()
            )


def digest(parts: Iterator[bytes]) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]


def hashes(name: str) -> tuple[str, str]:
    """Hash of the numbers and of the sentences of one world."""
    run = run_once(load(*WORLDS[name]), SEED)
    return digest(numbers_of(run)), digest(text.encode() for text in run.tables["acts"]["sentence"])


def kept() -> dict[str, tuple[str, str]]:
    rows = (line.split(None, 2) for line in HASHES.read_text(encoding="utf-8").splitlines())
    return {name: (numbers, words) for numbers, words, name in rows}


def test_every_world_has_a_hash():
    assert list(kept()) == list(WORLDS)


@pytest.mark.parametrize("name", WORLDS)
def test_tables_are_those_of_before(name):
    numbers, words = hashes(name)
    assert numbers == kept()[name][0], "numbers moved"
    assert words == kept()[name][1], "sentences of the log of acts moved"


if __name__ == "__main__":
    HASHES.write_text("".join(f"{' '.join(hashes(name))} {name}\n" for name in WORLDS), encoding="utf-8")
