"""What a day of people costs beside an earlier version: ``python -m tests.beside CHECKOUT [USERS]``.

Both versions live the same days in turn, a few at a time, so that a machine whose speed drifts does so for both.
Processor time is compared. ``CHECKOUT`` is a folder with the earlier version and an environment (``make env``).
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CHUNK, CHUNKS, BLOCK_DAYS = 5, 24, 90
WORKER = """
import json, sys, time
from sim.model import Model
from sim.scenario.files import load
users = sys.argv[1]
Model(load("whatsapp-blocked-90-days", ["population.users=1000"])).run_for(150)  # compiles what there is
quiet = Model(load("no-law", [f"population.users={users}"]), rng=1)
blocked = Model(load("whatsapp-blocked-90-days", [f"population.users={users}"]), rng=1)
blocked.run_for((blocked.scenario.acts[-1].date - blocked.scenario.start).days)
spent = []
for model in (quiet, blocked):
    def timed(conditions, step=model.population.step):
        begun = time.process_time()
        day = step(conditions)
        spent.append(time.process_time() - begun)
        return day
    model.population.step = timed
print(json.dumps(0), flush=True)
for line in sys.stdin:
    which, days = line.split()
    spent.clear()
    (quiet if which == "quiet" else blocked).run_for(int(days))
    print(json.dumps(spent), flush=True)
"""


class Version:
    """A version of the model that lives days when it is told to."""

    def __init__(self, checkout: Path, users: int) -> None:
        command = [str(checkout / ".venv" / "bin" / "python"), "-c", WORKER, str(users)]
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process = subprocess.Popen(command, cwd=checkout, text=True, **pipes)
        self._read()

    def live(self, which: str, days: int) -> list[float]:
        """Seconds of each of the next days, quiet ones or those of a block."""
        assert self._process.stdin is not None
        print(which, days, file=self._process.stdin, flush=True)
        return self._read()

    def _read(self) -> list[float]:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        """End the process."""
        self._process.communicate()


def main(before: Path, users: int) -> None:
    """Print the days' costs and their ratios."""
    versions = {"before": Version(before, users), "now": Version(ROOT, users)}
    spent = {(name, which): [] for name in versions for which in ("quiet", "block")}
    for which, chunks in (("quiet", CHUNKS), ("block", BLOCK_DAYS // CHUNK)):
        for _ in range(chunks):
            for name, version in versions.items():
                spent[name, which] += version.live(which, CHUNK)
    for version in versions.values():
        version.end()
    quiet = {name: statistics.median(spent[name, "quiet"]) for name in versions}
    print(f"{users:,} people; ms of processor time per day of people")
    print(f"quiet day, median: {1e3 * quiet['before']:.2f} before, {1e3 * quiet['now']:.2f} now: "
          f"{quiet['now'] / quiet['before']:.2f} times")  # fmt: skip
    for label, days in (("first day of a block", slice(0, 1)), ("first week", slice(0, 7)), ("90 days", slice(0, 90))):
        then, now = (statistics.mean(spent[name, "block"][days]) for name in versions)
        print(f"{label}, mean: {1e3 * then:.2f} before, {1e3 * now:.2f} now: {now / then:.2f} times; "
              f"{now / quiet['before']:.2f} times a quiet day before")  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
