"""A folder of results as a research object: a Process Run Crate 0.5, which archives and search engines read."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sim.runs.once import MODEL_VERSION

CRATE = "ro-crate-metadata.json"
RELEASED = "2026-11-26"
"""Day on which this version of the model was released: a folder does not depend on the day on which it is written."""
LICENSE = "https://spdx.org/licenses/BSD-3-Clause"
RUN = "#run"
"""The action that made the folder."""
MAKERS = "#makers"
"""Who is responsible for it: the name that stands in CITATION.cff."""
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
SOFTWARE = "urn:lawshock"
"""Name of the software, with its version after it; it has no home on the web."""
KINDS = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
}
"""Media type by the ending of a file."""
ABOUT = {
    "acts.csv": "who did what to whom, when, and because of what, in the first replicate",
    "codebook.csv": "what the columns of the tables mean",
    "manifest.json": "what made the folder, and the SHA-256 of every file",
    "scenario.toml": "the whole scenario, with every value written out",
    "summary.csv": "headline measures: bands over plausible worlds and of luck alone, and observed values",
    "bands": "percentiles over plausible worlds and of luck alone, by the week",
    "chance": "every run of the best world by the day: luck alone",
    "figures": "picture",
    "tables": "every replicate by the day",
}
"""What a file is, by its name or that of its folder."""


def write_crate(folder: Path, title: str, command: str, names: Iterable[str]) -> None:
    """Write the metadata of ``folder``.

    Args:
        folder: Folder of results.
        title: Of the scenario.
        command: What makes the folder.
        names: Every other file in it, relative to it; the manifest may be written later.
    """
    graph = describe(title, command, sorted(names))
    (folder / CRATE).write_text(json.dumps(graph, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def describe(title: str, command: str, names: Iterable[str], version: str = MODEL_VERSION) -> dict[str, Any]:
    """The metadata as JSON-LD: the folder, its files, and the command of a version as the action that made them."""
    files = [_file(name) for name in names]
    parts = [{"@id": file["@id"]} for file in files]
    made_from = [part for part in parts if part["@id"].endswith(".toml")]
    software = f"{SOFTWARE}:{version}"
    return {
        "@context": "https://w3id.org/ro/crate/1.1/context",
        "@graph": [
            {
                "@id": CRATE,
                "@type": "CreativeWork",
                "about": {"@id": "./"},
                "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            },
            {
                "@id": "./",
                "@type": "Dataset",
                "name": title,
                "description": f"Results of an agent-based model, made by: {command}",
                "conformsTo": {"@id": PROFILE},
                "datePublished": RELEASED,
                "license": {"@id": LICENSE},
                "hasPart": parts,
                "mentions": {"@id": RUN},
            },
            {"@id": LICENSE, "@type": "CreativeWork", "name": "BSD-3-Clause"},
            {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
            {"@id": MAKERS, "@type": "Organization", "name": "The lawshock developers"},
            {
                "@id": software,
                "@type": "SoftwareApplication",
                "name": "lawshock",
                "url": {"@id": software},
                "version": version,
            },
            {
                "@id": RUN,
                "@type": "CreateAction",
                "name": command,
                "description": f"Simulation by the command in the name, of: {title}",
                "agent": {"@id": MAKERS},
                "instrument": {"@id": software},
                "object": made_from,
                "result": [part for part in parts if part not in made_from],
            },
            *files,
        ],
    }


def command_of(metadata: bytes) -> str | None:
    """The command that the metadata of a folder name; nothing where they name none."""
    try:
        graph = json.loads(metadata)["@graph"]
        return next((str(item["name"]) for item in graph if item.get("@id") == RUN), None)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _file(name: str) -> dict[str, Any]:
    path = Path(name)
    about = ABOUT.get(name) or ABOUT.get(path.parent.name)
    told = {"@id": name, "@type": "File", "name": f"{path.stem}: {about}" if about else path.stem}
    kind = KINDS.get(path.suffix)
    return told | ({"encodingFormat": kind} if kind else {})
