"""Validate folders as Process Run Crates: ``python tests/crates.py CONTEXT FOLDER ...``, where roc-validator is.

The validator runs in an environment of its own (``uv run --with roc-validator``): it brings dozens of packages that the
project does not need. CONTEXT is a copy of the vocabulary that crates name by its address: nothing is fetched.
"""

import json
import sys
from pathlib import Path

from rocrate_validator import services
from rocrate_validator.models import Severity, ValidationSettings
from rocrate_validator.utils.http import HttpRequester

VOCABULARY = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "process-run-crate"


class Answer:
    """What the web would say of an address: the vocabulary, or nothing."""

    def __init__(self, text: str | None) -> None:
        self.status_code = 404 if text is None else 200
        self.ok, self.text = text is not None, text or ""
        self.content, self.headers, self.url = self.text.encode(), {"Content-Type": "application/ld+json"}, VOCABULARY

    def json(self):
        return json.loads(self.text)

    def raise_for_status(self) -> None:
        if not self.ok:
            raise OSError("this validation asks no network")


def main(context: str, *folders: str) -> int:
    """Print what is required and missing; the number of folders that lack something."""
    text = json.dumps({"@context": json.loads(Path(context).read_text(encoding="utf-8"))["@context"]})

    def look_up(self, address, *_, **__):
        return Answer(text if str(address).rstrip("/") == VOCABULARY else None)

    HttpRequester.get = HttpRequester.head = look_up
    bad = 0
    for folder in folders:
        settings = ValidationSettings(
            rocrate_uri=folder, profile_identifier=PROFILE, requirement_severity=Severity.REQUIRED
        )
        result = services.validate(settings)
        missing = sorted({f"{issue.check.identifier}: {issue.message}" for issue in result.get_issues()})
        bad += bool(missing)
        print(folder, *(missing or ["conforms"]), sep="\n  ")
    return bad


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
