"""The block of docs/validation.md that tells model and baselines by role, as results/validation has them.

``python -m tests.docs.roles`` writes it again.
"""

import re
from pathlib import Path

import pandas as pd

from sim.command.validate import HEADS, tallies

ROOT = Path(__file__).parents[2]
DOCUMENT, TABLES = ROOT / "docs" / "validation.md", ROOT / "results" / "validation"
BLOCK = re.compile(r"(<!-- (roles|kinds) -->\n).*?(<!-- end of \2 -->)", re.DOTALL)


def block(name: str) -> str:
    """A row per role, or per kind, and forecaster."""
    rows = tallies(pd.read_csv(TABLES / f"{name}.csv"), "role" if name == "roles" else "about")
    return "".join(f"| {' | '.join(row)} |\n" for row in (HEADS, ("---",) * len(HEADS), *rows))


def renew(text: str) -> str:
    """A document with the blocks as the tables have them."""
    return BLOCK.sub(lambda found: f"{found[1]}{block(found[2])}{found[3]}", text)


if __name__ == "__main__":
    DOCUMENT.write_text(renew(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
