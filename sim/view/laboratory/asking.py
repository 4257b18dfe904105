"""A world that a visitor asks for: what the page sends, or a scenario file, read as a stranger's text.

The page sends JSON: ``acts`` that are added or changed, ids of acts that the world is ``without``, values to ``set``
by their dotted keys, and perhaps the card ``from`` which it starts. The same text gives the same world on any server.
"""

import datetime as dt
import json
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from textwrap import shorten
from typing import Any

import tomli_w

from sim.analyses.ask import LONGEST_TEXT, LONGEST_TITLE, title
from sim.analyses.compare.analysis import around_one_day, check_pairs
from sim.scenario.calendar import Act
from sim.scenario.differences import of_values
from sim.scenario.errors import ScenarioError, at, show
from sim.scenario.fields import leaves
from sim.scenario.files import Draft, build, change, loads, merge, read, shape, shipped_files, to_toml, vary
from sim.scenario.schema import ABOUT, Scenario
from sim.view.laboratory.cards import cards_of

KEYS = ("base", "from", "acts", "without", "set")
ASKED, IMPORTED = "your world", "your file"
"""What an error calls the text of the page, and a file that is opened."""
BY = "this question"
PEOPLE = "population.users="
WORDS_OF_WORLD = ("title", "question", "focus", "observed", "sources", "acts")
"""Keys that are not set as values: they make no world, or are acts."""
MOST_DAYS, MOST_COMPANIES, MOST_ACTS, MOST_CHANGES = 3_653, 40, 400, 200
MOST_TABLES = {"companies": MOST_COMPANIES, "platforms": MOST_COMPANIES, "isps": MOST_COMPANIES, "acts": MOST_ACTS}
MOST_OTHERS = 1_000
"""Entries of a table of a file that is opened: of some, and of any other."""


@dataclass(frozen=True)
class Home:
    """Beside which world all are put: a file or name, and what was set on the command line."""

    path: str
    overrides: tuple[str, ...]

    @property
    def settings(self) -> tuple[str, ...]:
        """What was set, but for the number of people."""
        return tuple(text for text in self.overrides if not text.startswith(PEOPLE))

    def base(self) -> Scenario:
        """The world, as it was when this process first read it."""
        return _read_once(self.path, self.overrides)[1]

    def draft(self) -> Draft:
        """The same world, to be changed before it is checked."""
        return deepcopy(_read_once(self.path, self.overrides)[0])


@cache
def _read_once(path: str, overrides: tuple[str, ...]) -> tuple[Draft, Scenario]:
    draft = read(path, overrides)
    return draft, build(draft)


@dataclass(frozen=True)
class Put:
    """A world that was asked for.

    Attributes:
        base: The world that it is put beside; outcomes of both are measured around one day.
        world: The world.
        request: What the page sends to get it again; nothing where only its file tells it.
        fixed: Numbers in which they differ.
        file: The scenario as a file.
    """

    base: Scenario
    world: Scenario
    request: dict[str, Any] | None
    fixed: tuple[str, ...]
    file: str


def put(home: Home, content: bytes) -> Put:
    """The world that the page asks for.

    Raises:
        ScenarioError: One line that names the key, what was expected there, and the nearest choice.
    """
    said = _said(content)
    base = home.base()
    request = {"acts": said.get("acts", []), "without": said.get("without", []), "set": said.get("set", {})}
    if "from" in said:
        before = request_of(base, _card(said["from"], home))
        request["acts"] = [*before["acts"], *request["acts"]]
        request["without"] = [*before["without"], *request["without"]]
        request["set"] = before["set"] | request["set"]
    draft = home.draft()
    change(draft, _settings(request["set"], base))
    taken = {*(draft.find(("acts",)) or {}), *(act.get("id") for act in request["acts"] if _is_text(act.get("id")))}
    for act in dict.fromkeys(request["without"]):
        draft.drop(("acts", act), ASKED)
    acts = []
    for act in request["acts"]:
        acts.append(_table(act, draft, taken))
        _merge(draft, acts[-1])
    named = [table["id"] for table in acts]
    world = build(draft)
    request["acts"] = [_plain(table) for table in acts]
    if "from" in said:
        request = request_of(base, world)
    return _whole(home, base, world, request, [name for name in named if name not in request["without"]])


def take_in(home: Home, content: bytes) -> Put:
    """The world of a scenario file.

    Raises:
        ScenarioError: The text is no scenario, or one that cannot be put beside the base.
    """
    base = home.base()
    world = vary(loads(content, IMPORTED, _look), [f"population.users={base.population.users}"], IMPORTED)
    request = request_of(base, world)
    again = bool(request["acts"] or request["without"] or request["set"])
    if again:
        try:
            text = json.dumps({key: value for key, value in request.items() if value}).encode()
            again = _alike(put(home, text).world, world)
        except ScenarioError:
            again = False
    own = tomllib.loads(content.decode()).keys() & {"title", "question"}  # else they are of the file that it extends
    named = [act["id"] for act in request["acts"]]
    return _whole(home, base, world, request, named, keeps_words=bool(own), has_link=again)


def _look(table: Mapping[str, Any]) -> None:
    """Refuse a file by its size alone: to check ten thousand companies takes seconds."""
    for key, value in table.items():
        most = MOST_TABLES.get(key, MOST_OTHERS)
        if isinstance(value, dict | list) and len(value) > most:
            raise ScenarioError.at(IMPORTED, key, f"at most {most:,} in the laboratory", f"{len(value):,}")
    if len(table) > MOST_OTHERS:
        raise ScenarioError.at(IMPORTED, "", f"at most {MOST_OTHERS:,} keys", f"{len(table):,}")


def _whole(
    home: Home, base: Scenario, world: Scenario, request: dict[str, Any], named: list[str], *,
    keeps_words: bool = False, has_link: bool = True,
) -> Put:  # fmt: skip
    """Check a world against its base, and give it its words."""
    sizes = {"days": (world.days, MOST_DAYS), "companies": (len(world.companies), MOST_COMPANIES)}
    for key, (size, most) in (sizes | {"acts": (len(world.acts), MOST_ACTS)}).items():
        if size > most:
            raise ScenarioError.at(ASKED, key, f"at most {most:,} in the laboratory", f"{size:,}; use lawshock compare")
    for act in world.acts:
        if act.id in named and act.date is not None and not base.start <= act.date <= base.end:
            expected = f"a date of the run, {base.start} to {base.end}"
            raise ScenarioError.at(ASKED, f"acts.{act.id}.date", expected, show(act.date))
    check_pairs([base, world], [home.path, ASKED])
    values = list(of_values(base, world))
    if not values and [act.model_dump() for act in base.acts] == [act.model_dump() for act in world.acts]:
        raise ScenarioError.at(ASKED, "", "something that the world as it was does not have", "the same world")
    if not keeps_words:
        left = [f"acts.{act}" for act in request["without"]]
        words = title(base, [act for act in world.acts if act.id in named], left, values)
        named_, told_ = (shorten(words, most, placeholder=" …") for most in (LONGEST_TITLE, LONGEST_TEXT))
        world = world.model_copy(update={"title": named_, "question": told_, "observed": {}})
    base, world = around_one_day([base, world])
    request_ = request if has_link else None
    return Put(base, world, request_, tuple(one.key for one in values), _file(home, world, request_))


def _said(content: bytes) -> dict[str, Any]:
    def refuse(word: str) -> Any:
        raise ValueError(f"{word} is no number")

    try:
        said = json.loads(content, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ScenarioError.at(ASKED, "", "JSON", f"an error: {str(error)[:200]}") from None
    if not isinstance(said, dict):
        raise ScenarioError.at(ASKED, "", "a table", show(said))
    for key in said:
        if key not in KEYS:
            raise ScenarioError.at(ASKED, key, f"one of {', '.join(KEYS)}", show(key), KEYS, key)
    kinds = {"acts": (list, dict), "without": (list, str), "set": (dict, str)}
    for key, (around, inner) in kinds.items():
        value = said.get(key, around())
        if not isinstance(value, around) or not all(isinstance(item, inner) for item in value):
            raise ScenarioError.at(
                ASKED, key, "a list of acts" if key == "acts" else "ids of acts, or values", show(value)
            )
        if len(value) > MOST_CHANGES:
            raise ScenarioError.at(ASKED, key, f"at most {MOST_CHANGES}", f"{len(value)}")
    return said


def _card(name: Any, home: Home) -> Scenario:
    known = {card.name: card for card in cards_of(home.path, home.base())}
    if not isinstance(name, str) or name not in known:
        raise ScenarioError.at(ASKED, "from", f"a card, of {', '.join(known)}", show(name), known, str(name))
    return known[name].world(home.overrides)


def _settings(values: Mapping[str, Any], base: Scenario) -> Iterator[str]:
    """Values as overrides."""
    known = {leaf.key: leaf.value for leaf in leaves(base)}
    for key, value in values.items():
        if key not in known or key.split(".")[0] in WORDS_OF_WORLD:
            near = [name for name in known if name.split(".")[0] not in WORDS_OF_WORLD]
            raise ScenarioError.at(ASKED, key, "the key of a value", show(key), near, key)
        if isinstance(value, str) and isinstance(known[key], dt.date):
            text = str(_date(value, key))
        elif isinstance(value, bool | int | float | str) or (
            isinstance(value, list) and all(isinstance(item, bool | int | float | str) for item in value)
        ):
            text = json.dumps(value)
        else:
            raise ScenarioError.at(ASKED, key, "a value", show(value))
        yield f"{key}={text}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _table(act: Mapping[str, Any], draft: Draft, taken: set[Any]) -> dict[str, Any]:
    """An act as a table of a scenario file, with an id, its dates as dates."""
    there = draft.find(("acts",)) or {}
    name = act.get("id")
    if name is None:
        name = next(name for i in range(1, len(taken) + 2) if (name := f"yours-{i}") not in taken)
        taken.add(name)
    if not isinstance(name, str):
        raise ScenarioError.at(ASKED, "acts.id", "a short name of a-z, 0-9 and -", show(name))
    table = {"id": name, **{key: value for key, value in act.items() if key != "id"}}
    whole = {"acts": {name: {**there.get(name, {}), **table}}}
    if name not in there and "by" not in table:
        table["by"] = BY
    return _dated(table, ("acts", name), whole)


def _dated(table: Mapping[str, Any], path: tuple[str, ...], whole: Mapping[str, Any]) -> dict[str, Any]:
    """The same with dates where the schema has dates."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            found[key] = _dated(value, (*path, key), whole)
        elif isinstance(value, str) and at(shape(), (*path, key), whole).body.get("format") == "date":
            found[key] = _date(value, ".".join((*path, key)))
        else:
            found[key] = value
    return found


def _date(text: str, key: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ScenarioError.at(ASKED, key, "a date (YYYY-MM-DD)", show(text)) from None


def _merge(draft: Draft, table: dict[str, Any]) -> None:
    """Add or change an act; a key without a value is taken from it."""
    here = draft.find(("acts", table["id"]))
    for key in [key for key, value in table.items() if value is None and isinstance(here, dict) and key in here]:
        draft.drop(("acts", table["id"], key), ASKED)
    merge(draft, {"acts": [{key: value for key, value in table.items() if value is not None}]}, ASKED)


def request_of(base: Scenario, world: Scenario) -> dict[str, Any]:
    """What the page would send to get a world from the base: acts, ids of acts left out, and values."""
    mine, theirs = ({act.id: act for act in one.acts} for one in (base, world))
    acts = []
    for name, act in theirs.items():
        if name not in mine:
            acts.append({"id": name, "by": act.by, **fields_of(act)})
        elif act.model_dump() != mine[name].model_dump():
            now, before = fields_of(act), fields_of(mine[name])
            gone = {key: None for key in before if key not in now}
            acts.append({"id": name, "kind": now["kind"]} | {k: v for k, v in now.items() if before.get(k) != v} | gone)
    before = {leaf.key: leaf.value for leaf in leaves(base)}
    values = {
        leaf.key: _plain(leaf.value)
        for leaf in leaves(world)
        if leaf.key.split(".")[0] not in WORDS_OF_WORLD
        and before.get(leaf.key) != leaf.value
        and leaf.value is not None
    }
    return {"acts": acts, "without": [name for name in mine if name not in theirs], "set": values}


def fields_of(act: Act) -> dict[str, Any]:
    """Values of an act that are not those of its kind, as JSON has them."""
    return {key: value for key, value in _plain(act.model_dump(exclude_defaults=True)).items() if key != "id"}


def _plain(value: Any) -> Any:
    """For JSON: dates as text, tuples as lists."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _alike(one: Scenario, two: Scenario) -> bool:
    return one.model_dump(exclude=ABOUT) == two.model_dump(exclude=ABOUT)


def _file(home: Home, world: Scenario, request: Mapping[str, Any] | None) -> str:
    """The world as a file: short where it extends a shipped scenario, otherwise with every value."""
    if request is None or home.path not in shipped_files() or home.settings:
        return to_toml(world)
    table: dict[str, Any] = {"extends": home.path, "title": world.title, "question": world.question}
    if request["without"]:
        table["without"] = [f"acts.{act}" for act in request["without"]]
    for key, value in request["set"].items():
        *steps, last = key.split(".")
        here = table
        for step in steps:
            here = here.setdefault(step, {})
        here[last] = value
    kinds = {"acts": {act.id: fields_of(act) for act in world.acts}}
    acts = [_dated(act, ("acts", act["id"]), kinds) for act in request["acts"]]
    if any(value is None for act in acts for value in act.values()):
        return to_toml(world)
    return tomli_w.dumps(table | ({"acts": acts} if acts else {}), multiline_strings=False)
