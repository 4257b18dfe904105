"""The state of a session, and the link that restores it: scenario, changed values, seed, pinned world, view.

A link is read as a stranger's text: every key and value is checked, names are looked up and never used as paths.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from sim.scenario.files import load, loads, shipped, vary
from sim.scenario.leaves import leaves
from sim.scenario.schema import Scenario

USERS = "population.users"
FEW_USERS = 20_000
"""People in a session unless it says otherwise: enough for shares within 0.3 points, few enough to answer at once."""
MOST_USERS = 200_000
MOST_DAYS = 3_653
MOST_COMPANIES = 40
MOST_ACTS = 400
MOST_CHANGES = 200
LARGEST_SEED = 2**31 - 1
"""Largest seed that a session takes, less the replicates: JavaScript and TOML both hold it exactly."""
IMPORTS_KEPT = 50

VIEWS = {
    "story": "Story",
    "numbers": "In numbers",
    "compliance": "Compliance",
    "platforms": "Platforms",
    "flows": "Flows",
    "ladder": "Ladder and blocks",
    "network": "Contact network",
    "lives": "Biographies",
}
"""Views by their name in the link."""


class LinkError(ValueError):
    """A link that cannot be followed; ``str`` is one line for the person who opened it."""

    for_users = True


@dataclass(frozen=True)
class World:
    """A scenario by its name in the library, and the values that differ from it: dotted key to TOML text."""

    name: str
    changes: tuple[tuple[str, str], ...] = ()

    def change(self, key: str, value: str) -> World:
        """The world with one more value changed."""
        return replace(self, changes=(*((k, v) for k, v in self.changes if k != key), (key, value)))

    def reset(self, key: str) -> World:
        """The world with the scenario's own value at ``key``; other changes stay."""
        return replace(self, changes=tuple((k, v) for k, v in self.changes if k != key))


@dataclass(frozen=True)
class State:
    """Everything that a link holds."""

    world: World
    seed: int = 1
    pinned: World | None = None
    view: str = "story"
    day: int = 0
    person: int = 0
    company: str = ""

    def query(self) -> str:
        """The link's part after the question mark."""
        pairs = [("scenario", self.world.name), ("seed", str(self.seed)), ("view", self.view)]
        pairs += [("set", f"{key}={value}") for key, value in self.world.changes]
        if self.pinned is not None:
            pairs += [("pin", self.pinned.name), *(("pin-set", f"{k}={v}") for k, v in self.pinned.changes)]
        defaults = {"day": 0, "person": 0, "company": ""}
        pairs += [(name, str(getattr(self, name))) for name, usual in defaults.items() if getattr(self, name) != usual]
        return urlencode(pairs)


@dataclass
class Library:
    """Scenarios that this server knows by name: those that ship, the one it was started with, and imported ones."""

    own: dict[str, Scenario] = field(default_factory=dict)
    first: str = "hong-kong-2020"
    _imported: OrderedDict[str, Scenario] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def names(self) -> dict[str, str]:
        """Names with titles, for choosing; imported scenarios are reached by their link only."""
        return {name: scenario.title for name, scenario in self.own.items()} | {n: t for n, t, _ in _shipped()}

    def scenario(self, name: str) -> Scenario:
        """The scenario of a name.

        Raises:
            LinkError: The library has none of that name; the name is only looked up, never opened as a path.
        """
        with self._lock:
            if name in self._imported:
                return self._imported[name]
        if name in self.own:
            return self.own[name]
        if name in self.names():
            return _load(name)
        if name.startswith("import-"):
            raise LinkError("this server no longer holds the imported scenario of this link: import its file again")
        raise LinkError(f"no scenario {name[:60]!r}: expected one of {', '.join(self.names())}")

    def build(self, world: World) -> Scenario:
        """The scenario with the world's changes.

        Raises:
            LinkError: No scenario of that name, or a world larger than the laboratory takes.
            ScenarioError: A change that the schema refuses.
        """
        base = self.scenario(world.name)
        scenario = _vary(base, world.changes)
        _check_size(scenario)
        return scenario

    def fresh(self, name: str) -> World:
        """A world as a session starts it: the scenario, with no more than ``FEW_USERS`` people."""
        world = World(name)
        return world.change(USERS, str(FEW_USERS)) if self.scenario(name).population.users > FEW_USERS else world

    def adopt(self, content: bytes) -> World:
        """Take in the text of a scenario file.

        A scenario that differs in values alone from one that the library knows becomes that one with changes, so that
        its link works on any server; others are kept here and named by their digest.

        Raises:
            ScenarioError: The text is no scenario.
            LinkError: The world is larger than the laboratory takes.
        """
        scenario = loads(content, "import")
        _check_size(scenario)
        known = ((name, differences(self.scenario(name), scenario)) for name in self.names())
        near = [World(name, changes) for name, changes in known if changes is not None]
        for world in sorted(near, key=lambda world: len(world.changes)):
            if self.build(world) == scenario:
                return world
        name = f"import-{scenario.digest()[:16]}"
        with self._lock:
            self._imported[name] = scenario
            while len(self._imported) > IMPORTS_KEPT:
                self._imported.popitem(last=False)
        return World(name)

    def follow(self, query: str) -> State:
        """The state that a link describes.

        Raises:
            LinkError, ScenarioError: What is wrong with it, in one line.
        """
        try:
            pairs = parse_qsl(
                query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=3 * MOST_CHANGES
            )
        except ValueError:
            raise LinkError("this link is not of the laboratory") from None
        known = {"scenario", "seed", "view", "set", "pin", "pin-set", "day", "person", "company"}
        for name, _ in pairs:
            if name not in known:
                raise LinkError(f"this link has an unknown part {name[:40]!r}")
        once = dict(pairs)
        name = once.get("scenario", self.first)
        world = World(name, _changes(pairs, "set")) if "scenario" in once else self.fresh(name)
        pinned = World(once["pin"], _changes(pairs, "pin-set")) if "pin" in once else None
        state = State(
            world, _whole(once, "seed", 1, LARGEST_SEED), pinned, once.get("view", "story"),
            _whole(once, "day", 0, MOST_DAYS), _whole(once, "person", 0, MOST_USERS - 1), once.get("company", ""),
        )  # fmt: skip
        scenario = self.build(world)
        if pinned is not None:
            self.build(pinned)
        if state.view not in VIEWS:
            raise LinkError(f"no view {state.view[:40]!r}: expected one of {', '.join(VIEWS)}")
        if state.company and state.company not in scenario.companies:
            raise LinkError(f"no company {state.company[:40]!r} in this scenario")
        return state


def differences(base: Scenario, other: Scenario) -> tuple[tuple[str, str], ...] | None:
    """Changes that lead from one scenario to another; nothing where they differ in more than values."""
    import tomli_w

    before = {leaf.key: leaf.value for leaf in leaves(base)}
    after = {leaf.key: leaf.value for leaf in leaves(other)}
    if list(before) != list(after):
        return None
    changed = {key: value for key, value in after.items() if value != before[key]}
    if len(changed) > MOST_CHANGES or any(value is None for value in changed.values()):
        return None
    texts = ((key, tomli_w.dumps({"value": value}).removeprefix("value = ").strip()) for key, value in changed.items())
    return tuple((key, " ".join(text.split("\n"))) for key, text in texts)


@lru_cache(maxsize=1)
def _shipped() -> tuple[tuple[str, str, str], ...]:
    return tuple(shipped())


@lru_cache(maxsize=32)
def _load(name: str) -> Scenario:
    return load(name)


@lru_cache(maxsize=256)
def _vary(base: Scenario, changes: tuple[tuple[str, str], ...]) -> Scenario:
    return vary(base, [f"{key}={value}" for key, value in changes]) if changes else base


def _check_size(scenario: Scenario) -> None:
    sizes = {
        USERS: (scenario.population.users, MOST_USERS),
        "days": (scenario.days, MOST_DAYS),
        "companies": (len(scenario.companies), MOST_COMPANIES),
        "acts": (len(scenario.acts), MOST_ACTS),
    }
    for key, (size, most) in sizes.items():
        if size > most:
            raise LinkError(f"{key}: the laboratory takes at most {most:,}, found {size:,}; use lawshock run")


def _changes(pairs: list[tuple[str, str]], name: str) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for key, text in pairs:
        if key == name:
            parameter, equals, value = text.partition("=")
            if not equals:
                raise LinkError(f"this link changes {text[:60]!r} to nothing")
            found[parameter] = value
    if len(found) > MOST_CHANGES:
        raise LinkError(f"this link changes more than {MOST_CHANGES} values")
    return tuple(found.items())


def _whole(once: dict[str, str], name: str, usual: int, most: int) -> int:
    text = once.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= most):
        raise LinkError(f"{name}: expected a whole number from 0 to {most}, found {text[:20]!r}")
    return int(text)
