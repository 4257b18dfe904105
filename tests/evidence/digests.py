"""One line per row of evidence: a digest of all its columns, then its name. Rewrite facts.sha256 after a change with

    python -m tests.evidence.digests > tests/evidence/facts.sha256

and read the difference: each line of it is a fact that was added, edited or removed.
"""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

SCENARIOS = Path(__file__).parents[2] / "scenarios"
EVIDENCE = SCENARIOS / "evidence"
MANIFEST = Path(__file__).parent / "facts.sha256"
KEYS = {
    "crosscase_company_response": ("case_file", "country", "company", "demand_type", "pressure_type", "pressure_start"),
    "crosscase_isp_compliance": ("case_file", "country", "order_served", "isp"),
    "crosscase_persistence": ("case_file", "measure", "platform", "months_after", "basis"),
    "crosscase_user_shift": ("case_file", "origin", "origin_base_million", "destination"),
}
FACT_KEY = ("date_or_period", "entity", "variable")


def tables() -> list[Path]:
    """Tables that several cases use, then those of one case."""
    return sorted(EVIDENCE.glob("*/*.csv")) + sorted(SCENARIOS.glob("cases/*/facts.csv"))


def rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def name(table: Path, row: dict[str, str]) -> str:
    key = " | ".join(row[column] for column in KEYS.get(table.stem, FACT_KEY))
    return f"{called(table)}: {key}"


def called(table: Path) -> str:
    root = EVIDENCE if table.is_relative_to(EVIDENCE) else SCENARIOS
    return table.relative_to(root).with_suffix("").as_posix()


def lines() -> Iterator[str]:
    for table in tables():
        found = rows(table)
        yield f"# {called(table)}.csv: {len(found)} rows"
        for row in found:
            digest = hashlib.sha256("\n".join(f"{k}={v}" for k, v in row.items()).encode()).hexdigest()
            yield f"{digest[:16]}  {name(table, row)}"


if __name__ == "__main__":
    print("\n".join(lines()))
