"""The command that a folder of results names, taken apart. The folder may come from anyone: nothing is believed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.results.reading import ResultsError
from sim.scenario.errors import show

REPEATABLE = ("run", "compare", "knockout", "decide", "claims")
"""Commands that write a folder with a manifest and take ``--out``."""
BEST = "--best"
FLAGS = (BEST,)
NAME = re.compile(r"\w[\w .,+()'&@=-]{0,79}")
"""What a scenario may be called in a manifest, for the name becomes that of a file: no place, no option, no ``..``."""
WHOLE = re.compile(r"\d{1,19}")
LONGEST_COMMAND = 20_000
MOST_NAMES = 16
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
        at = next((i for i, word in enumerate(words) if i > 1 and word.startswith("-")), len(words))
        names, rest = words[2:at], iter(words[at:])
        settings, flags = list[tuple[str, str]](), list[str]()
        known = (
            words[:1] == ["lawshock"] and words[1:2] != [] and words[1] in REPEATABLE and 0 < len(names) <= MOST_NAMES
        )
        for word in rest:
            if word in FLAGS:
                flags.append(word)
                continue
            value = next(rest, None)
            known = known and word in SETTINGS and value is not None and SETTINGS[word](value)
            settings.append((word, value or ""))
        if not known:
            raise ResultsError(f"expected a command that lawshock {', '.join(REPEATABLE)} wrote, found {show(line)}")
        for name in names:
            if not NAME.fullmatch(name):
                raise ResultsError(f"command: expected the name of a scenario, not a place, found {show(name)}")
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
        return [self.command, *names, *settings, *self.flags, "--out", str(folder)]

    def given(self, option: str) -> str | None:
        """The value of an option, the last one where it comes twice."""
        return next((value for name, value in reversed(self.settings) if name == option), None)

    def runs(self) -> int:
        """Runs that it makes, at most."""
        replicates = self.given("--replicates")
        if self.command == "claims":
            return 2 * MOST_CLAIMS * (int(replicates or 40) + RUNS_OF_A_CLAIM)
        if self.command != "knockout":
            from sim.results.paired import lucky_pairs

            plausible = int(replicates or (32 if self.command == "decide" else 20))
            luck = plausible if self.command == "run" else lucky_pairs(plausible)  # a decision has fewer
            return (plausible + (0 if BEST in self.flags else luck)) * len(self.names)
        from sim.analyses.knockout.analysis import KNOCKOUTS, SHAPLEY

        only, shapley = self.given("--only"), self.given("--shapley")
        outs = len(KNOCKOUTS) if only is None else only.count(",") + 1
        channels = len(SHAPLEY) if shapley is None else shapley.count(",") + 1
        return int(replicates or 10) * 2 * (1 + outs + (1 << min(channels, 64)))
