"""Rules of the house that a linter cannot see: rooms, one source of chance, and what a lock may hold."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "sim").rglob("*.py"))
TOP_LEVEL = {
    ".ci", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE",
    "codecheck.yml", "codemeta.json",
    "Makefile", "README.md", "docs", "pyproject.toml", "requirements", "results", "scenarios", "sim", "tests",
}  # fmt: skip

ROOMS = (
    "bounded", "compiled", "scenario", "chance", "actors", "population", "tables", "record", "measures", "model",
    "runs", "evidence", "results", "study", "drawing", "calibration", "analyses", "view", "public", "command", "cli",
)  # fmt: skip
"""A room imports only from itself and from rooms before it; ``sim/__init__.py`` is the front door and has no room.

No room of the model comes after ``calibration``, so that none imports it.
"""
STRANGERS = {frozenset({"actors", "population"})}
"""Rooms that do not know each other although the order would let them: only the model joins them."""
MESA_ROOMS = {"actors", "model"}
REPEATABLE_ROOMS = set(ROOMS[: ROOMS.index("runs")])
"""Rooms whose results are a function of scenario and seed, so that they may read no clock."""

CHANCE = {"random", "rng", "shuffle", "shuffle_do", "default_rng", "RandomState", "rvs", "urandom"}
CLOCKS = {
    "datetime.now",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.perf_counter",
    "time.monotonic",
}
DISPATCHED = re.compile(
    r"np\.(exp(2|m1)?|log(2|10|1p)?|(float_)?power|cbrt|(arc)?(sin|cos|tan)[h2]?|v?dot|inner|matmul|tensordot|einsum)"
)


def in_tree(path: Path) -> str:
    """Name of a file as seen from the root of the project."""
    return path.relative_to(ROOT).as_posix()


def room(path: Path) -> str:
    """Room of a file: ``sim/actors/isp.py`` and ``sim/model.py`` are in rooms actors and model."""
    return room_of(module(path))


def module(path: Path) -> str:
    """Dotted name of a file."""
    return in_tree(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def room_of(name: str) -> str:
    """Room of a module, or of a name in it: the first part below ``sim``."""
    return (name.split(".")[1:] or [name])[0]


def walk(tree: ast.AST, *, skip: Callable[[ast.AST], bool]) -> Iterator[ast.AST]:
    """Every node of a tree, except those that ``skip`` names and what lies within them."""
    if not skip(tree):
        yield tree
        for child in ast.iter_child_nodes(tree):
            yield from walk(child, skip=skip)


def imports(tree: ast.AST) -> Iterator[str]:
    """Full names of what a file imports, wherever in the file, for types alone, too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_used(tree: ast.AST) -> set[str]:
    """Rooms from which a file imports."""
    return {room_of(name) for name in imports(tree) if name.startswith("sim.")}


def misplaced(home: str, used: set[str]) -> set[str]:
    """Rooms among ``used`` from which a file of room ``home`` may not import."""
    allowed = ROOMS[: ROOMS.index(home) + 1]
    return {other for other in used if other not in allowed or frozenset({home, other}) in STRANGERS}


def circles(imported: dict[str, set[str]]) -> list[list[str]]:
    """Modules that import one another in a circle, by what each imports, late and for types alone included."""
    graph = TopologicalSorter(imported)
    try:
        graph.prepare()
    except CycleError as error:
        return [error.args[1]]
    return []


def stray_chance(tree: ast.AST) -> list[str]:
    """Uses of any randomness but ``sim.chance``, and of orders that differ from run to run."""
    found = []
    for node in walk(tree, skip=lambda node: isinstance(node, ast.FunctionDef) and node.name == "__hash__"):
        if isinstance(node, ast.Attribute) and node.attr in CHANCE:
            found.append(f"line {node.lineno}: .{node.attr}")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hash":
            found.append(f"line {node.lineno}: hash() of text differs from process to process")
        if isinstance(node, ast.For | ast.comprehension) and _is_set(node.iter):
            found.append(f"line {node.iter.lineno}: the order of a set is not fixed")
    return found


def _is_set(node: ast.expr) -> bool:
    made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"set", "frozenset"}
    return made or isinstance(node, ast.Set | ast.SetComp)


def clock_reads(tree: ast.AST) -> list[str]:
    """Calls that read a clock."""
    names = (ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return [name for name in names if ".".join(name.split(".")[-2:]) in CLOCKS]


def rounded_by_processor(tree: ast.AST) -> list[str]:
    """Functions of arrays whose last place depends on the processor, numpy having a path of its own for some."""
    names = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    products = [ast.unparse(node) for node in ast.walk(tree) if isinstance(getattr(node, "op", None), ast.MatMult)]
    return sorted(filter(DISPATCHED.fullmatch, names)) + products


def parse(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"))


def tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


# Rooms


def faults(path: Path) -> Iterator[str]:
    """What a file of the model may not do, and does."""
    tree, home = parse(path), room(path)
    yield from stray_chance(tree)
    if len(path.read_text(encoding="utf-8").splitlines()) > 900:
        yield "more than 900 lines: does it hold two things?"
    if path == ROOT / "sim" / "__init__.py":
        return
    if home not in ROOMS:
        yield f"sim/{home} is in no list of rooms"
        return
    yield from (f"{home} may not import from {one}" for one in sorted(misplaced(home, rooms_used(tree))))
    if home not in MESA_ROOMS and any(name.split(".")[0] == "mesa" for name in imports(tree)):
        yield "contact with Mesa stays in actors and model"
    if home in REPEATABLE_ROOMS:
        yield from (f"reads a clock: {name}" for name in clock_reads(tree))
        yield from (f"{name}: use sim.population.elementary" for name in rounded_by_processor(tree))


def test_source_files_keep_the_rules():
    assert [f"{in_tree(path)}: {fault}" for path in SOURCES for fault in faults(path)] == []


LINES = {
    # part: (asked, reached)
    "scenario": (2900, 3619), "people": (2700, 3232), "actors": (2500, 3151), "model and tables": (1100, 1343),
    "runs": (1200, 2217), "evidence": (1700, 2055), "results": (1000, 1434), "questions": (5000, 8135),
    "calibration": (3000, 2838), "drawing": (1800, 1904), "pages": (1400, 2675), "laboratory": (1700, 2097),
    "sim": (26_000, 33_692), "tests": (20_000, 27_600),
}  # fmt: skip
"""Lines of Python by part: what was asked, and what was reached so far. No part grows by more than a tenth."""
PART = {
    "bounded": "runs", "compiled": "people", "chance": "people", "population": "people", "study": "runs",
    "view/figures": "drawing", "view/laboratory": "laboratory", "view": "pages",
    **dict.fromkeys(("analyses", "public", "command", "cli"), "questions"),
    **dict.fromkeys(("tables", "model", "record", "measures"), "model and tables"),
}  # fmt: skip


def test_no_part_grows_again():
    found = dict.fromkeys(LINES, 0)
    for path in SOURCES:
        place, lines = path.relative_to(ROOT / "sim"), len(path.read_text(encoding="utf-8").splitlines())
        found["sim"] += lines
        names = place.parent.as_posix(), place.with_suffix("").parts[0]
        part = next((PART[name] for name in names if name in PART), names[1])
        found[part] = found.get(part, 0) + lines
    found["tests"] = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "tests").rglob("*.py"))
    del found["__init__"]
    assert found.keys() == LINES.keys()
    grown = {part: found[part] for part, (asked, reached) in LINES.items() if found[part] > 1.1 * max(asked, reached)}
    assert grown == {}, "delete before you add; or say in the design log why a part needs more"


def test_no_modules_import_one_another_in_a_circle():
    known = {module(path) for path in SOURCES}
    imported = {module(path): {*imports(parse(path))} for path in SOURCES}
    imported = {
        name: {one if one in known else one.rpartition(".")[0] for one in all_} for name, all_ in imported.items()
    }
    found = circles({name: (all_ & known) - {name} for name, all_ in imported.items()})
    assert found == [], "let what they share stand in a module of its own"


def test_the_rule_on_circles_sees():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert not circles({"a": {"b", "c"}, "b": {"c"}, "c": set()})


STRAY = (
    "x = self.random.choice(y)", "x = np.random.rand()", "x = self.model.rng.integers(2)",
    "self.agents.shuffle_do('step')", "g = np.random.default_rng(1)", "x = norm.rvs(size=3)", "k = hash('Meta') % 7",
    "for name in {'a', 'b'}: pass", "x = [f(n) for n in set(names)]",
)  # fmt: skip
MISPLACED = (
    ("scenario", "from sim.population import Day"), ("population", "from sim.actors.company import Company"),
    ("actors", "import sim.population.people"), ("study", "from sim.view.figures import draw"),
    ("calibration", "from sim.analyses.validate import validate"), ("model", "from sim.runs import once"),
)  # fmt: skip
ROUNDED = (
    "weight = np.exp(pull)",
    "heard = np.power(1.0 - shares, degree)",
    "met = shares @ access.T",
    "met @= access",
)
CLOCKED = ("now = dt.date.today()", "now = datetime.now()", "now = time.perf_counter()")


def test_the_rules_see():
    assert [line for line in STRAY if not stray_chance(ast.parse(line))] == []
    assert stray_chance(ast.parse("x = u(seed, Stream.PICK, i, day); [f(n) for n in sorted(set(names))]")) == []
    told = [(home, rooms_used(ast.parse(f"def later():\n    {line}"))) for home, line in MISPLACED]
    assert [one for one in told if not misplaced(*one)] == []
    assert [line for line in CLOCKED if not clock_reads(ast.parse(line))] == []
    assert clock_reads(ast.parse("share = self.today.usage_share")) == []
    assert [line for line in ROUNDED if not rounded_by_processor(ast.parse(line))] == []
    assert rounded_by_processor(ast.parse("rate = elementary.exp(-np.sqrt(days)) * math.exp(2)")) == []


# What is committed


def test_top_level_holds_what_was_agreed():
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= TOP_LEVEL


def test_no_registry_and_no_path_of_one_machine():
    registry = re.compile(r"pypi\.org|pythonhosted\.org|npmjs\.org|deb\.debian\.org", re.IGNORECASE)
    machine = re.compile(r"(?<![\w./:%-])/(?:work|tmp|root|home/\w+|Users/\w+)/")
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        if "\0" in text:  # a picture or a Parquet table
            continue
        found += [
            f"{path.relative_to(ROOT)}: {hit.group()}" for rule in (registry, machine) for hit in rule.finditer(text)
        ]
    assert found == []


# Locks


def pins(name: str) -> dict[str, str]:
    """Pinned versions of a lock file, by canonical name."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return {
        canonicalize_name(found[1]): found[2] for found in re.finditer(r"^([A-Za-z0-9._-]+)==(\S+)", text, re.MULTILINE)
    }


def direct(name: str) -> set[str]:
    """Packages that a lock file says the project itself asks for."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return {canonicalize_name(one.split("==")[0]) for one in entries(text) if "lawshock (pyproject.toml" in one}


def entries(text: str) -> list[str]:
    """The entries of a lock file, each from its pin to what it is there for."""
    return re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]


def asked(*groups: str, extras: bool) -> Iterator[Requirement]:
    """What pyproject.toml asks for, without and with its extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lists = [project["project"]["dependencies"], *(project["dependency-groups"][group] for group in groups)]
    if extras:
        lists += project["project"]["optional-dependencies"].values()
    for requirements in lists:
        yield from map(Requirement, requirements)


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("run.txt", list(asked("build", extras=False))),
        ("dev.txt", list(asked("build", "dev", "docs", extras=True))),
    ],
)
def test_lock_is_fresh(lock, wanted):
    pinned = pins(lock)
    stale = [str(one) for one in wanted if not one.specifier.contains(pinned.get(canonicalize_name(one.name), "0"))]
    assert stale == [], "run make lock"
    assert direct(lock) == {canonicalize_name(one.name) for one in wanted}, "run make lock"


def test_the_small_lock_is_a_part_of_the_large_one():
    assert pins("run.txt").items() <= pins("dev.txt").items()


@pytest.mark.parametrize("lock", ["run.txt", "dev.txt", "uv.txt"])
def test_lock_has_hashes_and_no_address(lock):
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--index|--extra-index|--find-links|--trusted-host)", text, re.MULTILINE)
    assert entries(text)
    assert [one.split()[0] for one in entries(text) if "--hash=sha256:" not in one] == []


def test_every_room_of_institutions_is_mutated():
    """A module that is added under sim/actors is added to tests/mutants.py, with the tests that can reach it."""
    from tests.mutants import NO_RULES, ROOMS

    assert {in_tree(path) for path in SOURCES if room(path) == "actors"} <= {*ROOMS, *NO_RULES}
    for module, patterns in ROOMS.items():
        assert (ROOT / module).is_file(), module
        for pattern in patterns:
            assert list((ROOT / "tests").glob(pattern)) or "*" in pattern, f"{module}: no {pattern}"
