"""The command that a folder of results names, taken apart. The folder may come from anyone: nothing is believed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.results.reading import ResultsError
from sim.scenario.errors import show

OF_SCENARIOS = ("run", "compare", "knockout", "decide", "claims", "scale")
"""Commands that are made again with the scenarios that their folder holds."""
OF_WHAT_SHIPS = ("validate", "calibrate")
"""Those that name cases or targets, which are taken from lawshock itself: a folder brings none."""
REPEATABLE = (*OF_SCENARIOS, *OF_WHAT_SHIPS)
"""Commands that write a folder with a manifest and take ``--out``."""
BEST, NO_RIVALS, LEAVE_ONE_OUT, REGISTER = "--best", "--no-rivals", "--leave-one-out", "--register"
FLAGS = (BEST, NO_RIVALS, LEAVE_ONE_OUT, REGISTER)
RENAMED = {"register": ("validate", REGISTER)}
"""Commands that manifests may name by an earlier name: results that were registered are never altered."""
PRIVATE = {"calibrate": ("--draws", "draws")}
"""Options that keep what a command writes beside its results within the folder in which it is made again."""
NAME = re.compile(r"\w[\w .,+()'&@=-]{0,79}")
"""What a scenario may be called in a manifest, for the name becomes that of a file: no place, no option, no ``..``."""
WHOLE = re.compile(r"\d{1,19}")
LONGEST_COMMAND = 20_000
DISPUTES = 64
"""Runs of the calibration of disputes, at most: one or two a case."""
MOST_NAMES = {"run": 1, "knockout": 1, "claims": 1, "scale": 1, "calibrate": 1, "validate": 64}
"""Names that a command takes at most; of the others, ``MOST_WORLDS``."""
MOST_WORLDS = 16
MOST_CLAIMS, RUNS_OF_A_CLAIM = 20, 60
"""Of a file of claims, and those of a flip test beside the plausible worlds."""
SETTINGS: Mapping[str, Callable[[str], bool]] = {
    "--users": lambda text: bool(WHOLE.fullmatch(text)),
    "--replicates": lambda text: bool(WHOLE.fullmatch(text)) and int(text) > 0,
    "--seed": lambda text: bool(WHOLE.fullmatch(text)),
    "--set": lambda text: "=" in text and text.isprintable(),
    "--only": str.isprintable,
    "--shapley": str.isprintable,
    "--threshold": str.isprintable,
    "--sizes": lambda text: bool(re.fullmatch(r"\d{1,9}(,\d{1,9}){0,19}", text)),
    "--points": lambda text: bool(WHOLE.fullmatch(text)),
    "--rival-points": lambda text: bool(WHOLE.fullmatch(text)),
    "--form": lambda text: bool(NAME.fullmatch(text)),
    "--date": lambda text: bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text)),
}
"""Options that such a command may have in a manifest, and what they take: none names a file or a program."""


@dataclass(frozen=True)
class ManifestCommand:
    """A command of a manifest, taken apart."""

    command: str
    names: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]
    flags: tuple[str, ...]

    @classmethod
    def parse(cls, line: str) -> ManifestCommand:
        """Take a command apart: a word that is on no list ends it.

        Raises:
            ResultsError: It is none that is made again.
        """
        try:
            words = shlex.split(line) if len(line) <= LONGEST_COMMAND else []
        except ValueError:  # a quote without end
            words = []
        words = renamed(words)
        names, settings, flags = list[str](), list[tuple[str, str]](), list[str]()
        known, rest = words[:1] == ["lawshock"] and words[1:2] != [] and words[1] in REPEATABLE, iter(words[2:])
        for word in rest:
            if word in FLAGS or not word.startswith("-"):
                (flags if word in FLAGS else names).append(word)
                continue
            value = next(rest, None)
            known = known and word in SETTINGS and value is not None and SETTINGS[word](value)
            settings.append((word, value or ""))
        ships = known and words[1] in OF_WHAT_SHIPS
        known = known and (len(names) == 1 if REGISTER in flags else names != [] or words[1] == "validate")
        known = known and len(names) <= MOST_NAMES.get(words[1], MOST_WORLDS)
        if not known:
            raise ResultsError(f"expected a command that lawshock {', '.join(REPEATABLE)} wrote, found {show(line)}")
        for name in names:
            if not NAME.fullmatch(name):
                raise ResultsError(f"command: expected the name of a scenario, not a place, found {show(name)}")
            if ships and name not in _shipped(words[1], flags):
                raise ResultsError(f"command: expected a name that comes with lawshock, found {show(name)}")
        return cls(words[1], tuple(names), tuple(settings), tuple(flags))

    @property
    def overrides(self) -> list[str]:
        """The settings as ``load`` takes them."""
        return [
            f"population.users={value}" if option == "--users" else value
            for option, value in self.settings
            if option in ("--users", "--set")
        ]

    def words(self, names: Sequence[str], folder: Path) -> list[str]:
        """The command on other files, into another folder."""
        settings = [word for pair in self.settings for word in pair]
        return [self.command, *names, *settings, *self.flags, *PRIVATE.get(self.command, ()), "--out", str(folder)]

    def given(self, option: str) -> str | None:
        """The value of an option, the last one where it comes twice."""
        return next((value for name, value in reversed(self.settings) if name == option), None)

    @property
    def largest(self) -> int:
        """The largest number of people that the command itself names."""
        if self.command != "scale":
            return 0
        from sim.analyses.scale import SIZES

        sizes = self.given("--sizes")
        return max(SIZES if sizes is None else map(int, sizes.split(",")))

    def runs(self) -> int:
        """Runs that it makes, at most."""
        replicates = self.given("--replicates")
        if self.command == "claims":
            return 2 * MOST_CLAIMS * (int(replicates or 40) + RUNS_OF_A_CLAIM)
        if self.command in OF_WHAT_SHIPS:
            return sum(cost.runs for cost in self.costs())
        if self.command == "scale":
            return int(replicates or 10) * (7 if (sizes := self.given("--sizes")) is None else sizes.count(",") + 1)
        if self.command != "knockout":
            from sim.results.paired import lucky_pairs

            plausible = int(replicates or (32 if self.command == "decide" else 20))
            luck = plausible if self.command == "run" else lucky_pairs(plausible)  # a decision has fewer
            return (plausible + (0 if BEST in self.flags else luck)) * len(self.names)
        from sim.analyses.knockout import KNOCKOUTS, SHAPLEY

        only, shapley = self.given("--only"), self.given("--shapley")
        outs = len(KNOCKOUTS) if only is None else only.count(",") + 1
        channels = len(SHAPLEY) if shapley is None else shapley.count(",") + 1
        return int(replicates or 10) * 2 * (1 + outs + (1 << min(channels, 64)))

    def costs(self) -> list[Cost]:
        """What a command on cases or targets runs, world by world."""
        users = self.given("--users")
        if self.command == "calibrate":
            return [_cost_of_targets(name, self.given("--points")) for name in self.names]
        from sim.analyses.validate import REFERENCE, RIVALS, USERS, runs_needed
        from sim.calibration import forecast
        from sim.calibration.priors import load_forms
        from sim.evidence.cases import cases, load_case

        if REGISTER in self.flags:
            days = load_case(self.names[0], awaited=True).scenario.days
            return [Cost(int(self.given("--replicates") or forecast.REPLICATES), int(users or forecast.USERS), days)]

        chosen = [load_case(name) for name in self.names or cases()]
        told = load_forms()
        if LEAVE_ONE_OUT in self.flags:
            forms = sum(option == "--form" for option, _ in self.settings) or len(told.names)
            first, each = self.given("--points") or told.points, self.given("--rival-points")
            runs = int(first) + (forms - 1) * int(each or told.rival_points) + forms
            return [Cost(runs, int(users or told.users), case.scenario.days) for case in chosen]
        structures = [REFERENCE] if NO_RIVALS in self.flags else list(RIVALS)
        most, people = int(self.given("--replicates") or 24), int(users or USERS)
        return [Cost(runs_needed([case], structures, most), people, case.scenario.days) for case in chosen]


@dataclass(frozen=True)
class Cost:
    """How many runs of how many people over how many days."""

    runs: int
    users: int
    days: int


def renamed(words: Sequence[str]) -> list[str]:
    """The words of a command, with the name that it has today."""
    return [*words[:1], *RENAMED.get(words[1], words[1:2]), *words[2:]] if len(words) > 1 else list(words)


def _shipped(command: str, flags: Sequence[str]) -> Sequence[str]:
    """What a command on cases or targets may name."""
    if command == "validate":
        from sim.evidence.cases import cases, open_cases

        return open_cases() if REGISTER in flags else cases()
    from sim.calibration import REPORTED
    from sim.scenario.files import folder

    return [*(path.stem for path in (folder() / "calibration").glob("*.toml")), REPORTED]


def _cost_of_targets(name: str, points: str | None) -> Cost:
    from sim.calibration import REPORTED
    from sim.calibration.priors import load_targets

    if name == REPORTED:
        return Cost(DISPUTES, 10_000, 1_000)
    _, targets = load_targets(name)
    return Cost(int(points or targets.points), targets.users, targets.base().days)
