"""The block of README.md that tells the claims of the reference, as results/claims has them.

``python -m tests.docs.claims`` writes it again.
"""

import re
from pathlib import Path

import pandas as pd

from sim.view.brief import claims_in_words

ROOT = Path(__file__).parents[2]
DOCUMENT, TABLE = ROOT / "README.md", ROOT / "results" / "claims" / "claims.csv"
BLOCK = re.compile(r"(<!-- claims -->\n).*?(<!-- end of claims -->)", re.DOTALL)


def read() -> pd.DataFrame:
    """The table of claims."""
    return pd.read_csv(TABLE, parse_dates=["date"])


def block(table: pd.DataFrame) -> str:
    """A row per claim: what is said, the difference with its total band, in how many worlds, and what turns it."""
    told = claims_in_words(table)
    rows = [tuple(told), ("---",) * len(told.columns), *told.itertuples(index=False)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def renew(text: str) -> str:
    """A document with the block as the table has it."""
    return BLOCK.sub(lambda found: f"{found[1]}{block(read())}{found[2]}", text)


if __name__ == "__main__":
    DOCUMENT.write_text(renew(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
