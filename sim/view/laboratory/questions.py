"""What can be asked: cards, worlds of one's own that the page or a file describes, and the forms to describe them with.

Cards are read from shipped scenarios. The page sends JSON: ``acts`` that are added or changed, ids of acts that the
world is ``without``, values to ``set`` by their dotted keys, and perhaps the card ``from`` which it starts. The same
text gives the same world on any server. Forms are read from the declarations of the schema; the page knows no field by
name.
"""

import csv
import datetime as dt
import json
import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import shorten
from typing import Any

import tomli_w
from pydantic import Field

from sim.analyses.ask import LONGEST_TEXT, LONGEST_TITLE, ask, title, to_file
from sim.analyses.compare.analysis import around_one_day, check_pairs
from sim.results.posterior import load_posterior
from sim.scenario import files
from sim.scenario.acts import KINDS
from sim.scenario.calendar import NAMING, Act
from sim.scenario.differences import act_sentence, of_values, spread_evenly
from sim.scenario.errors import Node, ScenarioError, at, known, show, validated
from sim.scenario.fields import Table, leaves
from sim.scenario.schema import ABOUT, Origin, Scenario, origins
from sim.scenario.words import day_in_words

# Cards

BASE = "hong-kong-2020"
"""The world as it was, beside which every question is put."""
INTRODUCTION = (
    "In June 2020 a national security law came to Hong Kong, and within a week companies stopped answering the police."
)


@dataclass(frozen=True, slots=True)
class Card:
    """A question of the laboratory.

    Attributes:
        name: What the question is called in files and links: that of its scenario, where one is shipped.
        words: What stands on the card.
        asks: The question as a sentence.
        acts: What is added to the base, as in ``lawshock ask``, where no scenario is shipped.
        says: The world as a sentence in which numbers can be changed: in braces an act with its field, or a dotted key.
        base: The world beside which it is put.
        group: The heading under which it is offered.
    """

    name: str
    words: str
    asks: str
    acts: tuple[str, ...] = ()
    says: str = ""
    base: str = BASE
    group: str = "Questions"

    def world(self, overrides: Sequence[str] = ()) -> Scenario:
        """The world that it asks about.

        Raises:
            ScenarioError: An override is refused.
        """
        if not self.acts:
            return files.load(self.name, overrides)
        return ask(self.base, self.acts, (), overrides)

    def text(self, path: Path) -> str:
        """The scenario file of the world, as it would be saved at ``path``."""
        if not self.acts:
            return files.locate(self.name).read_text(encoding="utf-8")
        return to_file(self.base, self.world(), self.acts, (), path)


def _read(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text("utf-8"))[name]
    return found


CARDS = tuple(Card(**card | {"acts": tuple(card.get("acts", ()))}) for card in _read("cards"))
"""In the order of the page: those that a newcomer asks first."""
LESSON = _read("lesson")
"""Steps of the lesson on what causes what: a question, what is predicted of it, what to look at."""


def cards_of(path: str, base: Scenario) -> tuple[Card, ...]:
    """The questions of a world: those of Hong Kong, and elsewhere what can be asked of any, about its largest app."""
    if path == BASE:
        return CARDS
    app = max(base.platforms, key=lambda name: base.platforms[name].share)
    day = base.date(base.days // 2)
    on, named = day_in_words(day), shlex.quote(app)
    return (
        Card(
            "largest-blocked", f"{app} is blocked for 30 days", f"What if {app} were blocked for 30 days from {on}?",
            (f"order-block platform={named} for_days=30 date={day}",),
            f"{app} is blocked for {{asked-1.for_days}} days from {{asked-1.date}}.", path,
        ),
        Card(
            "largest-fails", "An outage of two days", f"What if {app} failed for two days from {on}?",
            (f"outage platform={named} days=2 date={day}",),
            "An outage of {asked-1.platform} of {asked-1.days} days, from {asked-1.date} on.", path,
        ),
    )  # fmt: skip


def chosen(names: Sequence[str], cards: Sequence[Card] = CARDS) -> list[Card]:
    """The cards of some names, each once, in the order of the page.

    Raises:
        ScenarioError: There is none of a name.
    """
    of_page = [card.name for card in cards]
    for name in names:
        known("--only", "", name, of_page, f"questions, of {', '.join(of_page)}")
    return [card for card in cards if card.name in names]


# Worlds that are asked for

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


class Sent(Table):
    """What the page sends."""

    card: str | None = Field(None, alias="from")
    """Name of the card from which it starts."""
    acts: list[dict[str, Any]] = Field([], max_length=MOST_CHANGES)
    without: list[str] = Field([], max_length=MOST_CHANGES)
    set: dict[str, Any] = Field({}, max_length=MOST_CHANGES)


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

    def draft(self) -> files.Draft:
        """The same world, to be changed before it is checked."""
        return deepcopy(_read_once(self.path, self.overrides)[0])


@cache
def _read_once(path: str, overrides: tuple[str, ...]) -> tuple[files.Draft, Scenario]:
    draft = files.read(path, overrides)
    return draft, files.build(draft)


@dataclass(frozen=True)
class Asked:
    """A world that was asked for.

    Attributes:
        base: The world that it is put beside; outcomes of both are measured around one day.
        world: The world.
        request: What the page sends to get it again; nothing where only its file tells it.
        file: The scenario as a file.
    """

    base: Scenario
    world: Scenario
    request: dict[str, Any] | None
    file: str


def asked(home: Home, content: bytes) -> Asked:
    """The world that the page asks for.

    Raises:
        ScenarioError: One line that names the key, what was expected there, and the nearest choice.
    """
    said, base = _parsed(content), home.base()
    sent = said.model_dump(exclude={"card"})
    if (name := said.card) is not None:
        cards = {card.name: card for card in cards_of(home.path, base)}
        known(ASKED, "from", name, cards, f"a card, of {', '.join(cards)}")
        before = request_of(base, cards[name].world(home.overrides))
        sent = {key: before[key] | sent[key] if key == "set" else [*before[key], *sent[key]] for key in before}
    table, draft = _table(base, sent), home.draft()
    for key in dict.fromkeys(table.pop("without", ())):
        draft.drop(tuple(key.split(".", 1)), ASKED)
    for act in table.pop("acts", ()):
        here = draft.find(("acts", act["id"])) or {}
        for key in [key for key, value in act.items() if value is None]:
            if key in here:
                draft.drop(("acts", act["id"], key), ASKED)
            del act[key]
        files.merge(draft, {"acts": [act]}, ASKED)
    files.merge(draft, table, ASKED)
    world = files.build(draft)
    named = {act["id"] for act in request_of(base, world)["acts"]}
    return _whole(home, base, world, named)


def opened(home: Home, content: bytes) -> Asked:
    """The world of a scenario file.

    Raises:
        ScenarioError: The text is no scenario, or one that cannot be put beside the base.
    """
    base = home.base()
    settings = [f"{PEOPLE}{base.population.users}"]
    world = files.vary(files.loads(content, IMPORTED, _look), settings, IMPORTED)
    request = request_of(base, world)
    try:
        sent = json.dumps({key: value for key, value in request.items() if value}).encode()
        has_link = asked(home, sent).world.model_dump(exclude=ABOUT) == world.model_dump(exclude=ABOUT)
    except ScenarioError:
        has_link = False
    own = tomllib.loads(content.decode()).keys() & {"title", "question"}  # else they are of the file that it extends
    return _whole(home, base, world, {act["id"] for act in request["acts"]}, keeps_words=bool(own), has_link=has_link)


def _look(table: Mapping[str, Any]) -> None:
    """Refuse a file by its size alone: to check ten thousand companies takes seconds."""
    for key, value in table.items():
        most = MOST_TABLES.get(key, MOST_OTHERS)
        if isinstance(value, dict | list) and len(value) > most:
            raise ScenarioError.at(IMPORTED, key, f"at most {most:,} in the laboratory", f"{len(value):,}")
    if len(table) > MOST_OTHERS:
        raise ScenarioError.at(IMPORTED, "", f"at most {MOST_OTHERS:,} keys", f"{len(table):,}")


def _whole(
    home: Home, base: Scenario, world: Scenario, named: set[str], *, keeps_words: bool = False, has_link: bool = True
) -> Asked:
    """Check a world against its base, and give it its words, which name some of its acts."""
    sizes = {"days": (world.days, MOST_DAYS), "companies": (len(world.companies), MOST_COMPANIES)}
    for key, (size, most) in (sizes | {"acts": (len(world.acts), MOST_ACTS)}).items():
        if size > most:
            raise ScenarioError.at(ASKED, key, f"at most {most:,} in the laboratory", f"{size:,}; use lawshock compare")
    acts = [act for act in world.acts if act.id in named]
    for act in acts:
        if act.date is not None and not base.start <= act.date <= base.end:
            expected = f"a date of the run, {base.start} to {base.end}"
            raise ScenarioError.at(ASKED, f"acts.{act.id}.date", expected, show(act.date))
    check_pairs([base, world], [home.path, ASKED])
    request = request_of(base, world)
    values = list(of_values(base, world))
    if not values and not request["acts"] and not request["without"]:
        raise ScenarioError.at(ASKED, "", "something that the world as it was does not have", "the same world")
    if not keeps_words:
        words = title(base, acts, [f"acts.{act}" for act in request["without"]], values)
        short, long = (shorten(words, most, placeholder=" …") for most in (LONGEST_TITLE, LONGEST_TEXT))
        world = world.model_copy(update={"title": short, "question": long, "observed": {}})
    base, world = around_one_day([base, world])
    return Asked(base, world, request if has_link else None, _file(home, base, world, request if has_link else None))


def _parsed(content: bytes) -> Sent:
    """What the page sends, with all of its parts."""

    def refuse(word: str) -> Any:
        raise ValueError(f"{word} is no number")

    try:
        sent = json.loads(content, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ScenarioError.at(ASKED, "", "JSON", f"an error: {str(error)[:200]}") from None
    if not isinstance(sent, dict):
        raise ScenarioError.at(ASKED, "", "a table", show(sent))
    return validated(Sent, sent, ASKED)


def _table(base: Scenario, request: Mapping[str, Any]) -> dict[str, Any]:
    """A request as the table of a file that extends the base: acts have ids, and dates are dates."""
    values = {leaf.key: leaf.value for leaf in leaves(base) if leaf.key.split(".")[0] not in WORDS_OF_WORLD}
    there = {act.id: fields_of(act) for act in base.acts}
    table: dict[str, Any] = {"without": [f"acts.{act}" for act in request["without"]]} if request["without"] else {}
    for key, value in request["set"].items():
        known(ASKED, key, key, values, "the key of a value")
        if not all(
            isinstance(one, bool | int | float | str) for one in (value if isinstance(value, list) else [value])
        ):
            raise ScenarioError.at(ASKED, key, "a value", show(value))
        *steps, last = key.split(".")
        here = table
        for step in steps:
            here = here.setdefault(step, {})
        here[last] = _date(value, key) if isinstance(values[key], dt.date) and isinstance(value, str) else value
    taken = {*there, *(str(act.get("id")) for act in request["acts"])}
    for act in request["acts"]:
        name = act.get("id") or next(name for i in range(1, len(taken) + 2) if (name := f"yours-{i}") not in taken)
        if not isinstance(name, str):
            raise ScenarioError.at(ASKED, "acts.id", "a short name of a-z, 0-9 and -", show(name))
        taken.add(name)
        mine = {"id": name} | ({} if name in there else {"by": BY}) | {**act, "id": name}
        whole = {"acts": {name: there.get(name, {}) | mine}}
        table.setdefault("acts", []).append(_dated(mine, ("acts", name), whole))
    return table


def _dated(table: Mapping[str, Any], path: tuple[str, ...], whole: Mapping[str, Any]) -> dict[str, Any]:
    """The same with dates where the schema has dates."""

    def dated(key: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return _dated(value, (*path, key), whole)
        is_date = isinstance(value, str) and at(files.shape(), (*path, key), whole).body.get("format") == "date"
        return _date(value, ".".join((*path, key))) if is_date else value

    return {key: dated(key, value) for key, value in table.items()}


def _date(text: str, key: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ScenarioError.at(ASKED, key, "a date (YYYY-MM-DD)", show(text)) from None


def request_of(base: Scenario, world: Scenario) -> dict[str, Any]:
    """What the page would send to get a world from the base: acts, ids of acts left out, and values."""
    mine, theirs = ({act.id: act for act in one.acts} for one in (base, world))
    acts = []
    for name, act in theirs.items():
        now = fields_of(act)
        if name not in mine:
            acts.append({"id": name, "by": act.by, **now})
        elif act.model_dump() != mine[name].model_dump():
            before = fields_of(mine[name])
            gone = {key: None for key in before if key not in now}
            acts.append({"id": name, "kind": now["kind"]} | {k: v for k, v in now.items() if before.get(k) != v} | gone)
    was = {leaf.key: leaf.value for leaf in leaves(base)}
    others = [leaf for leaf in leaves(world) if leaf.value is not None and was.get(leaf.key) != leaf.value]
    values = {leaf.key: _plain(leaf.value) for leaf in others if leaf.key.split(".")[0] not in WORDS_OF_WORLD}
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


def _file(home: Home, base: Scenario, world: Scenario, request: Mapping[str, Any] | None) -> str:
    """The world as a file: short where it extends a shipped scenario, otherwise with every value."""
    if request is None or home.path not in files.shipped_files() or home.settings:
        return files.to_toml(world)
    table = _table(base, request)
    if any(value is None for act in table.get("acts", ()) for value in act.values()):
        return files.to_toml(world)
    head = {"extends": home.path, "title": world.title, "question": world.question}
    return tomli_w.dumps(head | table, multiline_strings=False)


# Forms

Form = dict[str, Any]

COMMON = ("id", "kind", "by", "note")
"""Fields of an act for which the page has no form: it names acts itself, and says by whom."""
TYPES = {"number": "number", "integer": "integer", "boolean": "bool", "array": "list", "string": "text"}
ENDS = {
    "low": ("minimum", "exclusiveMinimum"), "high": ("maximum", "exclusiveMaximum"),
}  # fmt: skip
STATUSES = ("assumed", "calibrated", "borrowed")
MOVES = {
    "bargaining": "how long a company holds out against a demand",
    "companies": "what the company does with demands",
    "decision": "what companies decide about demands",
    "isps": "how fast and how far ISPs carry orders out",
    "law": "how companies read the law",
    "platforms": "who takes and leaves the app",
    "population": "which apps people take and leave",
    "press": "how soon the public learns what happens",
    "regulators": "what authorities demand and threaten",
    "society": "how much pressure there is on companies",
}
"""What a number moves where no claim is known to hang on it, by the table in which it stands."""


def schema(base: Scenario, name: str, *, live: bool) -> dict[str, Any]:
    """Calendar and assumptions of a world, and forms of acts and conditions where there is a server that takes them."""
    found: dict[str, Any] = {"calendar": calendar(base), "assumptions": assumptions(base, name)}
    return forms(base) | found if live else found


def calendar(world: Scenario) -> list[dict[str, Any]]:
    """Acts by their dates, those that wait for something last; ``fields`` are the values that fill a form."""
    order = sorted(world.acts, key=lambda act: (act.date is None, act.date))
    found = []
    for act in order:
        first, last = act.span(world)
        until = getattr(act, "until", None)
        one: dict[str, Any] = {
            "id": act.id, "kind": getattr(act, "kind"), "date": act.date and act.date.isoformat(),  # noqa: B009
            "short": act.in_short(), "words": act_sentence(act) + spread_evenly(world, act), "fields": fields_of(act),
        }  # fmt: skip
        if act.date is None or until is not None:
            one["span"] = [first.isoformat(), (until or last).isoformat()]
        found.append(one)
    return found


def forms(base: Scenario) -> dict[str, list[Form]]:
    """A form for each kind of act, and for each condition that an act can wait for."""
    acts = [
        {"kind": kind, "words": (act.__doc__ or "").partition("\n")[0],
         "fields": list(_fields(at(files.shape(), ("acts", "x"), {}).chosen({"kind": kind}), base, kind))}
        for kind, act in KINDS.items()
    ]  # fmt: skip
    when = at(files.shape(), ("acts", "x", "when"), {"acts": {"x": {"kind": "report"}}})
    conditions = [
        {"kind": kind, "words": str(one.body.get("description", "")).partition("\n")[0],
         "fields": list(_fields(one, base, kind))}
        for kind in when.tags()
        for one in [when.chosen({"kind": kind})]
    ]  # fmt: skip
    return {"acts": acts, "conditions": conditions}


def _fields(node: Node, base: Scenario, kind: str) -> Iterator[Form]:
    """The fields of an act or a condition, those that must be given first."""
    required = node.body.get("required", ())
    names = [name for name in node.names() if name not in COMMON and name != "when"]
    for name in sorted(names, key=lambda name: name not in required and name != "date"):
        child = node.child(name)
        assert child is not None, f"{kind}.{name}"
        yield _field(name, child, base) | {"required": name in required}


def _field(name: str, node: Node, base: Scenario) -> Form:
    body = node.body
    choices = node.choices() or _names(name, base)
    kind = TYPES.get(str(body.get("type")), "text")
    if body.get("format") == "date":
        kind = "date"
    elif choices and kind == "text":
        kind = "choice"
    found: Form = {"name": name, "type": kind, "meaning": body.get("description", "")}
    if choices:
        found["choices"] = list(choices)
    if body.get("unit", "1") != "1":
        found["unit"] = body["unit"]
    for end, keys in ENDS.items():
        if (key := next((key for key in keys if key in body), None)) is not None:
            found[end] = body[key]
    if body.get("default") not in (None, [], ""):
        found["default"] = body["default"]
    return found


def _names(field: str, base: Scenario) -> tuple[str, ...]:
    """Names of the world that a field may hold."""
    if field == "act":
        return tuple(act.id for act in base.acts)
    return tuple(getattr(base, NAMING[field][0])) if field in NAMING else ()


def assumptions(base: Scenario, name: str) -> list[dict[str, Any]]:
    """Numbers that nobody measured and how far they may be off, most influential first.

    First come those on which claims of the documents hang, by the number of claims; then what is assumed, calibrated
    and borrowed, each in the order of the schema.
    """
    about = {origin.key: origin for origin in origins(base)}
    why = {leaf.key: leaf.plausible.why for leaf in leaves(base) if leaf.plausible}
    hanging = claims(name)
    ranges = {key: (one.values[0], one.values[-1]) for one in load_posterior().ranges(base) for key in one.keys}
    found = [about[key] for key in about if key in ranges and about[key].value is not None]
    order = sorted(found, key=lambda one: (-len(hanging.get(one.key, ())), STATUSES.index(one.status)))
    return [_assumption(one, ranges[one.key], why.get(one.key, ""), hanging) for one in order]


def _assumption(one: Origin, ends: tuple[float, float], why: str, claims: Mapping[str, list[str]]) -> dict[str, Any]:
    table, *inner = one.key.split(".")
    of = f"{inner[0]}: " if len(inner) > 1 and table in ("companies", "platforms", "isps", "regulators") else ""
    moves = MOVES.get(table, "what follows from it")
    if hang := claims.get(one.key):
        moves += f"; {len(hang)} {'claim' if len(hang) == 1 else 'claims'} of the documents: {' '.join(hang)}"
    return {
        "path": one.key, "words": of + one.meaning, "symbol": one.symbol, "unit": "" if one.unit == "1" else one.unit,
        "value": one.value, "low": float(f"{ends[0]:.4g}"), "high": float(f"{ends[1]:.4g}"), "status": one.status,
        "reason": one.source or why, "moves": moves,
    }  # fmt: skip


def claims(name: str) -> dict[str, list[str]]:
    """Sentences of the documents that hang on a number, by its key: results of ``lawshock claims``.

    A claim hangs on a number if it turns at a value of it in runs, or if a screen found that the number moves it.
    """
    installed = files.folder() / "claims" / f"{name}.csv"
    made: Path = installed if installed.is_file() else files.folder().parent / "results" / "claims" / "claims.csv"
    found: dict[str, list[str]] = {}
    if made.is_file():
        with made.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                hangs = row["hangs_on"] and (row["flip"] or float(row["explained"] or 0) > 0)
                if name in (row["scenario"], row["baseline"]) and hangs:
                    found.setdefault(row["hangs_on"], []).append(row["sentence"])
    return found
