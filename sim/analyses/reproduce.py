"""Make a folder of results again in a clean process, and say exactly where it differs from what is kept.

The folder may come from anyone: nothing in it is believed, and its command is taken apart word by word.
"""

import itertools
import re
import shlex
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

from sim.analyses.discrepancy import Discrepancy, compare_files, compare_trees
from sim.analyses.knockout import KNOCKOUTS, SHAPLEY
from sim.analyses.rivals import REFERENCE, RIVALS, USERS
from sim.analyses.scale import SIZES
from sim.calibration import REPORTED
from sim.results.bands import pairs_by_chance
from sim.results.folder import BASELINE, CODE, MANIFEST
from sim.results.reading import ResultsError, digest_of, read_manifest, read_scenario
from sim.runs.processes import run_tied
from sim.scenario.errors import ScenarioError, show
from sim.scenario.files import folder as scenarios
from sim.scenario.files import load, to_toml, vary
from sim.scenario.schema import Scenario

# The command that a folder names

OF_SCENARIOS = ("run", "compare", "knockout", "decide", "claims", "scale")
"""Commands that are made again with the scenarios that their folder holds."""
OF_WHAT_SHIPS = ("validate", "calibrate")
"""Those that name cases or targets, which are taken from lawshock itself: a folder brings none."""
REPEATABLE = (*OF_SCENARIOS, *OF_WHAT_SHIPS)
"""Commands that write a folder with a manifest and take ``--out``."""
BEST, NO_RIVALS, REGISTER = "--best", "--no-rivals", "--register"
FLAGS = (BEST, NO_RIVALS, REGISTER)
RENAMED = {"register": ("validate", REGISTER)}
"""Commands that manifests may name by an earlier name: results that were registered are never altered."""
PRIVATE = {"calibrate": ("--draws", "draws")}
"""Options that keep what a command writes beside its results within the folder in which it is made again."""
NAME = re.compile(r"\w[\w .,+()'&@=-]{0,79}")
"""What a scenario may be called in a manifest, for the name becomes that of a file: no place, no option, no ``..``."""
WHOLE = re.compile(r"\d{1,19}")
LONGEST_COMMAND = 20_000
DISPUTES, PEOPLE = 64, 7_000
"""Runs of the calibration of disputes, at most: one or two a case; and of that of people, all short ones."""
MOST_NAMES = {"run": 1, "knockout": 1, "claims": 1, "scale": 1, "calibrate": 1, "validate": 64}
"""Names that a command takes at most; of the others, ``MOST_WORLDS``."""
MOST_WORLDS = 16
MOST_CLAIMS, RUNS_OF_A_CLAIM = 20, 60
"""Of a file of claims, and those of a flip test beside the plausible worlds."""
USUAL = {"claims": 40, "decide": 32, "scale": 10, "knockout": 10}
"""Replicates where a command says nothing of them; of the others, 20."""
FILES = ("baseline", "extends")
"""Keys that name a file, which a stranger's command may not."""
SETTINGS: Mapping[str, Callable[[str], bool]] = {
    "--users": lambda text: bool(WHOLE.fullmatch(text)),
    "--replicates": lambda text: bool(WHOLE.fullmatch(text)) and int(text) > 0,
    "--seed": lambda text: bool(WHOLE.fullmatch(text)),
    "--set": lambda text: "=" in text and text.isprintable() and text.split("=")[0].strip() not in FILES,
    "--only": str.isprintable,
    "--shapley": str.isprintable,
    "--threshold": str.isprintable,
    "--sizes": lambda text: bool(re.fullmatch(r"\d{1,9}(,\d{1,9}){0,19}", text)),
    "--points": lambda text: bool(WHOLE.fullmatch(text)),
    "--date": lambda text: bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text)),
}
"""Options that such a command may have in a manifest, and what they take: none names a file or a program."""


class Cost(NamedTuple):
    """How many runs of how many people over how many days."""

    runs: int
    users: int
    days: int


@dataclass(frozen=True)
class ManifestCommand:
    """A command of a manifest, taken apart."""

    command: str
    names: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]
    flags: tuple[str, ...]

    @classmethod
    def parse(cls, line: str) -> Self:
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

    def items(self, option: str, usual: Sequence[Any]) -> list[Any]:
        """What an option lists with commas between, or what is usual without it."""
        return list(usual) if (given := self.given(option)) is None else given.split(",")

    @property
    def largest(self) -> int:
        """The largest number of people that the command itself names."""
        return max(map(int, self.items("--sizes", SIZES))) if self.command == "scale" else 0

    def runs(self) -> int:
        """Runs that it makes, at most."""
        if self.command in OF_WHAT_SHIPS:
            return sum(cost.runs for cost in self.costs())
        replicates = int(self.given("--replicates") or USUAL.get(self.command, 20))
        if self.command == "claims":
            return 2 * MOST_CLAIMS * (replicates + RUNS_OF_A_CLAIM)
        if self.command == "scale":
            return replicates * len(self.items("--sizes", SIZES))
        if self.command == "knockout":
            outs, channels = (len(self.items(*one)) for one in (("--only", KNOCKOUTS), ("--shapley", SHAPLEY)))
            return replicates * 2 * (1 + outs + (1 << min(channels, 64)))
        by_chance = replicates if self.command == "run" else pairs_by_chance(replicates)  # a decision has fewer
        return (replicates + (0 if BEST in self.flags else by_chance)) * len(self.names)

    def costs(self) -> list[Cost]:
        """What a command on cases or targets runs, world by world."""
        users = self.given("--users")
        if self.command == "calibrate":
            return [_cost_of_targets(name, self.given("--points")) for name in self.names]
        from sim.analyses.validate import runs_needed
        from sim.calibration import forecast
        from sim.evidence.cases import cases, load_case

        if REGISTER in self.flags:
            days = load_case(self.names[0], awaited=True).scenario.days
            return [Cost(int(self.given("--replicates") or forecast.REPLICATES), int(users or forecast.USERS), days)]

        chosen = [load_case(name) for name in self.names or cases()]
        structures = [REFERENCE] if NO_RIVALS in self.flags else list(RIVALS)
        most, people = int(self.given("--replicates") or 24), int(users or USERS)
        return [Cost(runs_needed([case], structures, most), people, case.scenario.days) for case in chosen]


def renamed(words: Sequence[str]) -> list[str]:
    """The words of a command, with the name that it has today."""
    return [*words[:1], *RENAMED.get(words[1], words[1:2]), *words[2:]] if len(words) > 1 else list(words)


def _shipped(command: str, flags: Sequence[str]) -> Sequence[str]:
    """What a command on cases or targets may name."""
    if command == "validate":
        from sim.evidence.cases import cases, open_cases

        return open_cases() if REGISTER in flags else cases()
    return [*(path.stem for path in (scenarios() / "calibration").glob("*.toml")), *REPORTED]


def _cost_of_targets(name: str, points: str | None) -> Cost:
    from sim.calibration.priors import load_targets

    if name in REPORTED:
        return Cost(DISPUTES if name == "disputes" else PEOPLE, 10_000, 1_000)
    _, targets = load_targets(name)
    return Cost(int(points or targets.points), targets.users, targets.base().days)


# The folder, made again

CIRCUMSTANCES = ("packages", CODE)
"""Parts of a manifest that may differ although every result is the same."""

MOST_FILES, MOST_BYTES = 2_000, 4 << 30
MOST_USERS, MOST_RUNS = 2_000_000, 20_000
"""Bounds of what is made again for someone else; the calendar has its own in the schema, a century."""
UNASKED = 20_000_000_000
"""Days of simulated people, over all runs, that are made again without a word: twelve times those of the reference."""


@dataclass(frozen=True)
class Reproduction:
    """How a folder compares with what its command gives here and now."""

    files: int
    discrepancies: tuple[Discrepancy, ...]
    altered: tuple[str, ...]
    """Files that are not what the manifest says: changed after they were written."""
    circumstances: tuple[str, ...]
    """Versions of packages, or code, that differ from those of the manifest; they are no discrepancy in themselves."""

    @property
    def is_exact(self) -> bool:
        """Whether every file is the same, byte by byte."""
        return not self.discrepancies and not self.altered


@dataclass(frozen=True)
class Rerun:
    """What is to be run to make a folder again, checked: it names no place of whoever wrote the folder."""

    folder: Path
    manifest: Mapping[str, Any]
    recipe: ManifestCommand
    worlds: tuple[Scenario, ...]
    """As the folder has them, before the settings of the command."""
    users: int
    days: int

    @property
    def is_small(self) -> bool:
        """Whether it can be run without asking anyone."""
        return self.runs * self.users * self.days <= UNASKED

    @property
    def runs(self) -> int:
        """Runs that it makes, at most: a baseline is run as often as the world beside it."""
        return self.recipe.runs() * (2 if any(world.baseline for world in self.worlds) else 1)

    @property
    def sentence(self) -> str:
        """What will be run."""
        amount = f"{self.runs:,} {'run' if self.runs == 1 else 'runs'} of {self.users:,} people over {self.days:,} days"
        return f"{shlex.join(['lawshock', *self.recipe.words(self.recipe.names, Path('...'))[:-2]])}: {amount}"


def prepare(folder: Path) -> Rerun:
    """See what it would take to make ``folder`` again. The folder may come from anyone: nothing in it is believed.

    Raises:
        ResultsError: The folder has no manifest, holds links, is too large, or its command is none that is made again.
        ScenarioError: No scenario is left from which it could be.
    """
    files(folder)
    manifest = read_manifest(folder)
    recipe, worlds = ManifestCommand.parse(manifest["command"]), tuple[Scenario, ...]()
    if recipe.command in OF_WHAT_SHIPS:
        sizes = [(cost.users, cost.days) for cost in recipe.costs()]
    else:
        digests = itertools.chain([manifest["scenario_digest"]], itertools.repeat(None))
        worlds = tuple(_scenario(folder, *one, recipe.overrides) for one in zip(recipe.names, digests, strict=False))
        sizes = [(one.population.users, one.days) for one in (vary(world, recipe.overrides) for world in worlds)]
    users, days = map(max, zip(*sizes, strict=True))
    rerun = Rerun(folder, manifest, recipe, worlds, max(users, recipe.largest), days)
    for what, found, most in (("people", rerun.users, MOST_USERS), ("runs", rerun.runs, MOST_RUNS)):
        if found > most:
            raise ResultsError(f"{folder}: expected at most {most:,} {what} to be made again, found {found:,}")
    for world in worlds:
        if world.baseline not in (None, BASELINE):
            raise ResultsError(f"{folder}: expected the baseline as {BASELINE}, found {show(world.baseline)}")
    return rerun


def make_again(rerun: Rerun) -> Reproduction:
    """Run in a private folder what was prepared, and compare the result file by file."""
    with tempfile.TemporaryDirectory(prefix="lawshock-") as place:
        made = Path(place) / "made"
        names = [f"{name}.toml" if rerun.worlds else name for name in rerun.recipe.names]
        for name, world in zip(names, rerun.worlds, strict=bool(rerun.worlds)):
            (Path(place) / name).write_text(to_toml(world, world.baseline), encoding="utf-8")
            if world.baseline:
                baseline = read_scenario(rerun.folder / BASELINE)
                (Path(place) / BASELINE).write_text(to_toml(baseline), encoding="utf-8")
        words = rerun.recipe.words(names, made)
        if code := run_tied(words, Path(place)):
            raise ResultsError(f"lawshock {shlex.join(words)} ended with exit code {code}")
        return compare_folders(rerun.folder, made)


def compare_folders(kept: Path, made: Path) -> Reproduction:
    """Compare every file of two folders of results."""
    mine, theirs = ([name for name in files(folder) if name != MANIFEST] for folder in (kept, made))
    manifests = [read_manifest(folder) for folder in (kept, made)]
    altered = tuple(name for name in mine if digest_of(kept / name) != manifests[0]["files"].get(name))
    found, names = [], list(dict.fromkeys([*theirs, *mine, *manifests[0]["files"]]))
    for name in names:
        if name not in mine:
            found.append(Discrepancy(name, "missing"))
        elif name not in theirs:
            found.append(Discrepancy(name, "not there when made again"))
        else:
            found += compare_files(name, kept / name, made / name)
    manifests[0]["command"] = shlex.join(renamed(shlex.split(manifests[0]["command"])))
    left_out = ("files", *CIRCUMSTANCES)  # hashes follow from the files
    own = ({key: value for key, value in manifest.items() if key not in left_out} for manifest in manifests)
    found += [Discrepancy(MANIFEST, text) for text in compare_trees(*own)]
    around = ({key: manifest[key] for key in CIRCUMSTANCES if key in manifest} for manifest in manifests)
    return Reproduction(len(names), tuple(found), altered, tuple(compare_trees(*around)))


def _scenario(folder: Path, name: str, digest: str | None, overrides: Sequence[str]) -> Scenario:
    """The scenario with the manifest's digest: from the folder, or, where that was changed, the shipped one.

    Where neither has it, the one from the folder is taken, and the manifest's digest will show as a discrepancy.
    """
    errors, found = list[ScenarioError](), list[Scenario]()
    own = folder / f"{name}.toml"
    try:
        found.append(read_scenario(own if own.is_file() else folder / "scenario.toml"))
    except ScenarioError as error:
        errors.append(error)
    try:
        shipped = load(scenarios() / f"{name}.toml", overrides)
        found.append(shipped.model_copy(update={"baseline": BASELINE}) if shipped.baseline else shipped)
    except ScenarioError as error:
        errors.append(error)
    if not found:
        raise errors[0]
    return next((scenario for scenario in found if scenario.digest() == digest), found[0])


def files(folder: Path) -> list[str]:
    """Names of the files of a folder that may come from anyone.

    Raises:
        ResultsError: It holds a link or a device, which lead elsewhere, or more than results can be.
    """
    names, size = list[str](), 0
    for place, below, here in folder.walk(on_error=_cannot_look):
        for name in sorted([*below, *here]):
            path = place / name
            known = path.lstat()
            inside = path.relative_to(folder).as_posix()
            if stat.S_ISREG(known.st_mode):
                names.append(inside)
                size += known.st_size
            elif not stat.S_ISDIR(known.st_mode):
                raise ResultsError(f"{folder}: expected files alone, found a link or device: {show(inside)}")
        if len(names) > MOST_FILES or size > MOST_BYTES:
            raise ResultsError(f"{folder}: expected at most {MOST_FILES:,} files of {MOST_BYTES >> 30} GiB, found more")
    return sorted(names)


def _cannot_look(error: OSError) -> None:
    raise ResultsError(f"{error.filename}: expected a folder of results, {error.strerror}")


def in_words(result: Reproduction) -> Iterator[str]:
    """The result for a terminal, a line per place that differs."""
    for item in result.discrepancies:
        yield f"{item.file}: {item.text}."
    for name in result.altered:
        yield f"{name}: changed after it was written, by the manifest's hash."
    for text in result.circumstances:
        yield f"Note: {text}."
    apart = {item.file for item in result.discrepancies} | set(result.altered)
    if result.is_exact:
        yield f"Reproduced: all {result.files} files are the same, byte by byte."
    else:
        yield f"Not reproduced: {len(apart)} of {result.files} files differ."
