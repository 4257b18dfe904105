"""Numbers of README.md and docs/paper.md from the tables under results/, and references from docs/paper.bib.

``python -m tests.docs.paper`` writes them again. A number stands between ``<!-- = QUERY -->`` and ``<!-- / -->``;
its query is a name of ``QUERIES`` and the words that it takes.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from sim.scenario.words import listed
from tests.docs import claims

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "results"
DOCUMENT, README, REFERENCES = ROOT / "docs" / "paper.md", ROOT / "README.md", ROOT / "docs" / "paper.bib"
FILLED = re.compile(r"(<!-- = ([\w -]+?) -->)(.*?)(<!-- / -->)", re.DOTALL)
BLOCK = re.compile(r"(<!-- references -->\n).*?(<!-- end of references -->)", re.DOTALL)


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(RESULTS / name)


def claim(name: str) -> pd.Series:
    return claims.read().set_index("claim").loc[name]


def plain(value: float, places: int = 0) -> str:
    return f"{value:,.{places}f}".replace("-", "−")


def difference(name: str) -> str:
    """The median difference of a claim with its band over plausible worlds."""
    row = claim(name)
    places = 0 if row["unit"] == "accounts" else 1
    return f"{plain(row['median'], places)} ({plain(row['low'], places)} to {plain(row['high'], places)})"


def counted(kind: str = "") -> str:
    """Claims whose label begins so."""
    return str(int(claims.read()["label"].str.startswith(kind).sum()))


def role(name: str) -> pd.Series:
    return table("validation/roles.csv").query("by == 'reference'").set_index("role").loc[name]


def constant(name: str) -> str:
    """What a constant meets of the observations of a role."""
    row = table("validation/roles.csv").query("by == 'constant'").set_index("role").loc[name]
    return f"{row['hits']:.0f} of {row['counted']:.0f}"


def disputes(what: str) -> str:
    """A score of the forms of disputes: 'behind', 'behind_se' or 'crps_behind' of the default, 'one rate' of that."""
    forms = table("disputes/forms.csv").set_index("form")
    if what == "one rate":
        return plain(forms.loc["resolve", "log_score"] - forms.loc["one rate", "log_score"], 0)
    return plain(forms.loc["resolve", what], 2 if what.startswith("crps") else 1)


def of_people(held: str) -> str:
    """Observed values about people that a band of plausible worlds holds: 'in_band', 'in_half' or 'in_runs'."""
    row = table("validation/kinds.csv").query("by == 'reference'").set_index("about").loc["people"]
    return f"{row[held]:.0f} of {row['told']:.0f}"


def left_out(level: str) -> str:
    """Observed values of left-out countries in a band of people."""
    inside = table("calibration/people/countries.csv")[f"inside_{level}"]
    return f"{inside.sum()} of {len(inside)}"


def passed() -> str:
    found = table("validation/patterns.csv")["passed"]
    return f"{found.sum()} of {len(found)}"


def missed(case: str) -> str:
    """Patterns of a case that the model does not pass, by their names in the table."""
    found = table("validation/patterns.csv").query("case == @case and not passed")
    return "; ".join(f"*{name}* ({pattern})" for name, pattern in zip(found["name"], found["pattern"], strict=True))


QUERIES: dict[str, Callable[..., str]] = {
    "claim": difference,
    "label": lambda name: claim(name)["label"],
    "flip": lambda name: plain(claim(name)["flip"], 1).removesuffix(".0"),
    "default": lambda name: plain(claim(name)["default"], 1).removesuffix(".0"),
    "claims": counted,
    "hits": lambda name: f"{role(name)['hits']:.0f} of {role(name)['counted']:.0f}",
    "constant": constant,
    "gate": lambda name: role(name)["gate"],
    "bands": lambda name: f"{role(name)['in_band']:.0f} of {role(name)['told']:.0f}",
    "disputes": disputes,
    "people": of_people,
    "left-out": left_out,
    "passed": passed,
    "missed": missed,
}


def answer(query: str) -> str:
    """What a query says now."""
    name, _, words = query.partition(" ")
    return QUERIES[name](*([words] if words else []))


def entries() -> dict[str, dict[str, str]]:
    """The references: their fields by key."""
    text = REFERENCES.read_text(encoding="utf-8")
    return {
        key: dict(re.findall(r"^  (\w+) = \{(.*)\},$", body, re.MULTILINE))
        for key, body in re.findall(r"^@\w+\{(\w+),\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    }


def references() -> str:
    """A line per reference, in the order of their keys."""
    lines = []
    for key, entry in sorted(entries().items()):
        people = [one.strip("{}").partition(", ") for one in entry["author"].split(" and ")]
        authors = listed(f"{first} {last}".strip() for last, _, first in people)
        issue = f"({entry['number']})" if "number" in entry else ""
        number = f" {entry['volume']}{issue}" if "volume" in entry else ""
        pages = f", {entry['pages'].replace('--', '–')}" if "pages" in entry else ""
        source = f" {entry['journal']}{number}{pages}." if "journal" in entry else ""
        doi = entry["doi"]
        lines.append(
            f"- `{key}`: {authors} ({entry['year']}). {entry['title']}.{source} [{doi}](https://doi.org/{doi})\n"
        )
    return "".join(lines)


def renew(text: str) -> str:
    """The paper with numbers and references as they are now."""
    text = FILLED.sub(lambda found: f"{found[1]}{answer(found[2])}{found[4]}", text)
    return BLOCK.sub(lambda found: f"{found[1]}\n{references()}\n{found[2]}", text)


if __name__ == "__main__":
    for document in (DOCUMENT, README):
        document.write_text(renew(document.read_text(encoding="utf-8")), encoding="utf-8")
