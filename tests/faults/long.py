"""Every command that makes runs, small: one list for all tests of kills, full disks, lost workers and replacing."""

import os
import subprocess
import sys
from pathlib import Path

import click

from sim.cli import COMMANDS, cli
from tests.evidence.checks import OPEN, write_case

LITTLE = ("--users", "200", "--workers", "2")
SHORT = ("--set", "end=2020-07-12")
CALIBRATION = """
title = "A small calibration"
scenario = "germany-2021"
users = 200
points = 50
[parameters]
"population.inertia" = { low = 2.0, high = 4.0 }
[[targets]]
case = "germany-2021"
check = "p9-signal-share"
spread = 1.0
note = "for a test"
"""
LONG = {
    "run": ("run", "hong-kong-2020", "--replicates", "2", *LITTLE, *SHORT, "--out", "{0}/out"),
    "compare": ("compare", "hong-kong-2020", "no-law", "--replicates", "2", *LITTLE, *SHORT, "--out", "{0}/out"),
    "ask": (
        "ask", "hong-kong-2020", "--act", "outage platform=WhatsApp date=2020-07-02", "--replicates", "2", *LITTLE,
        *SHORT, "--out", "{0}/out.html",
    ),
    "calibrate": ("calibrate", "{1}/c.toml", "--workers", "2", "--runs", "{0}/r", "--draws", "{0}/d", "--out", "{0}/o"),
    "knockout": (
        "knockout", "hong-kong-2020", "--only", "peers", "--shapley", "", "--replicates", "2", *LITTLE, *SHORT,
        "--study", "{0}/s", "--out", "{0}/out",
    ),
    "claims": ("claims", "hong-kong-2020", "--only", "law-signal", "--replicates", "3", "--pairs", "4", *LITTLE, *SHORT,
               "--out", "{0}/out"),
    "sensitivity": (
        "sensitivity", "hong-kong-2020", "--over", "population.gamma=0:6", "--over", "decision.prior", "--points",
        "2", "--replicates", "2", *LITTLE,
        *SHORT, "--study", "{0}/s", "--out", "{0}/out",
    ),
    "explore": ("explore", "--export", "{0}/out.html", "--only", "no-law", "--replicates", "1", *LITTLE, *SHORT),
    "sweep": ("sweep", "hong-kong-2020", "--over", "population.gamma=0,3", *LITTLE, *SHORT, "--out", "{0}/out"),
    "scale": ("scale", "hong-kong-2020", "--sizes", "100,200,300", "--replicates", "2", "--workers", "2", *SHORT,
              "--out", "{0}/out"),
    "decide": (
        "decide", "hong-kong-2020", "court-order-kept", "--replicates", "2", *LITTLE, *SHORT, "--study", "{0}/s",
        "--out", "{0}/out",
    ),
    "validate": ("validate", "germany-2021", "--no-rivals", "--replicates", "2", "--users", "200", "--workers", "2",
                 "--out", "{0}/out"),
    "register": ("validate", "--register", "{1}/island", "--date", "2021-01-15", "--replicates", "40", *LITTLE,
                 "--out", "{0}/out"),
}  # fmt: skip


def with_workers() -> set[str]:
    """Names of the commands that start processes, by their declarations: what is long is among them."""
    found = {name: cli.get_command(click.Context(cli), name) for name in COMMANDS}
    return {name for name, one in found.items() if one and any(param.name == "workers" for param in one.params)}


def told(result, *codes) -> str:
    """The last line of a command that must fail in one of some ways; before it only progress may stand."""
    assert result.returncode in codes, result.stderr
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr
    lines = result.stderr.strip().splitlines()
    assert [line.startswith("lawshock: error: ") for line in lines].count(True) == 1, result.stderr
    return lines[-1]


def words(name, place, home) -> list[str]:
    (home / "c.toml").write_text(CALIBRATION)
    write_case(home / "island", checks=OPEN)
    return [word.format(place, home) for word in LONG[name]]


def start(*args, env=None, **options):
    return subprocess.run(
        [sys.executable, "-m", "sim.cli", *map(str, args)], env=os.environ | (env or {}),
        **({"capture_output": True, "text": True, "timeout": 300, "check": False} | options),
    )  # fmt: skip


KEEPERS = ("r", "s", "out.runs", "out.html.runs")
"""Where the commands of the list keep finished runs: what is there depends on how often they were killed."""


def results(name: str, place: Path) -> dict[str, bytes]:
    """Every file that a command of the list has put in place, by its name, without the runs that it keeps."""
    folder = place / "out" / "results" if name == "sweep" else place
    names = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.as_posix(): (folder / path).read_bytes() for path in names if path.parts[0] not in KEEPERS}
