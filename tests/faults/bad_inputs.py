"""Bad inputs, drawn from the schema of scenarios, the options of the commands and files that are lying about.

What a scenario may hold is read from its JSON schema, and what a command takes from its own declaration, so that new
kinds of acts and new options are tried without being listed here.
"""

import datetime as dt
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import click
import tomli_w

from sim.cli import COMMANDS, cli
from sim.scenario.errors import Node
from sim.scenario.files import load, shape, shipped_files

ROOT = Path(__file__).parents[2]
HUGE = 10**30
STRANGE = (
    "", " ", ".", "..", "/", "\0", "x" * 300, "-1", "1e999", "nan", "=", "a.b", "\u202e", "\x1b[2J", "ñ", "{}", "[]",
    "%",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Input:
    """One command line; ``bad`` where nothing but a refusal is right, else it may turn out to be good."""

    kind: str
    words: tuple[str, ...]
    bad: bool
    said: str
    """What was done, for whoever looks into a failure."""


Maker = Callable[[random.Random, Path, int], Input]


@cache
def base(name: str) -> dict[str, Any]:
    """The table of a shipped scenario."""
    return _plain(load(name).model_dump())


def _plain(value: Any) -> Any:
    """Without what TOML cannot say, and with lists that can be changed."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def places(value: Any, node: Node, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Node]]:
    """Every place of a table with its node of the schema, the table itself included."""
    node = node.chosen(value)
    yield path, node
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in steps:
        below = node.child(str(step))
        if below is not None:
            yield from places(item, below, (*path, step))


def wrong(rng: random.Random, node: Node) -> tuple[Any, str]:
    """A value that the schema forbids at a node, and what is wrong with it."""
    body = node.body
    kinds = {"string": 7, "integer": 0.5, "number": "much", "boolean": "yes", "array": 3, "object": 3}
    found: list[tuple[Any, str]] = [(kinds.get(str(body.get("type")), 3), "another kind")]
    if node.choices():
        found.append((rng.choice(node.choices())[::-1] + "x", "no choice"))
    if body.get("type") == "string" and body.get("format") == "date":
        found = [("2020-01-01", "a date as text"), (2020, "a date as a number")]
    elif body.get("type") == "string" and not node.choices():
        found += [("a\x07b", "a control character"), ("a" * 5000, "a long text")]
    if body.get("type") in ("integer", "number"):
        found += [(float("nan"), "nan"), (float("inf"), "infinity"), (True, "a truth")]
        found += [(body["minimum"] - 1, "too low")] if "minimum" in body else []
        found += [(body["maximum"] + 1, "too high")] if "maximum" in body else []
        found += [(body["exclusiveMinimum"], "at the open end")] if "exclusiveMinimum" in body else []
    return rng.choice(found)


def _write(folder: Path, number: int, text: str | bytes, name: str = "toml") -> Path:
    path = folder / f"{number}.{name}"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _put(table: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The table with another value at a path; what is not on the way is shared."""
    if not path:
        return value
    copy = list(table) if isinstance(table, list) else dict(table)
    copy[path[0]] = _put(copy[path[0]], path[1:], value) if len(path) > 1 else value
    return copy


def scenario_value(rng: random.Random, folder: Path, number: int) -> Input:
    """A shipped scenario with one value that the schema forbids."""
    table = base(rng.choice(sorted(shipped_files())))
    around = [(path, node) for path, node in places(table, shape()) if path and "type" in node.body]
    path, node = rng.choice(around)
    value, said = wrong(rng, node)
    file = _write(folder, number, tomli_w.dumps(_put(table, path, value)))
    return Input("a value of a scenario", ("check", str(file)), True, f"{said} at {path}")


def scenario_key(rng: random.Random, folder: Path, number: int) -> Input:
    """A shipped scenario with an unknown key, or without a key that is needed."""
    table = base(rng.choice(sorted(shipped_files())))
    fixed = [(path, node) for path, node in places(table, shape()) if node.body.get("properties")]
    path, node = rng.choice(fixed)
    around: Any = table
    for step in path:
        around = around[step]
    needed = [key for key in node.body.get("required", ()) if key in around]
    if needed and rng.random() < 0.5:
        key = rng.choice(needed)
        changed, said = {name: item for name, item in around.items() if name != key}, f"without {key}"
    else:
        key = rng.choice(node.names()) + rng.choice("sx_")
        changed, said = around | {key: 1}, f"with {key}"
    file = _write(folder, number, tomli_w.dumps(_put(table, path, changed)))
    return Input("a key of a scenario", ("check", str(file)), True, f"{said} at {path}")


def act(rng: random.Random, folder: Path, number: int) -> Input:
    """An act of any kind that the schema knows, with one field wrong or with a name that nobody has."""
    item = shape().child("acts").child("0")
    kind = rng.choice(item.tags())
    node = item.chosen({item.tag_name(): kind})
    fields = {"id": "new-one", "date": dt.date(2020, 8, 1), item.tag_name(): kind}
    key = rng.choice([name for name in node.names() if name != item.tag_name()])
    value, said = wrong(rng, node.child(key) or Node({}))
    text = tomli_w.dumps({"extends": "hong-kong-2020", "acts": [fields | {key: value}]})
    return Input("an act of any kind", ("check", str(_write(folder, number, text))), True, f"{said} at {key} of {kind}")


def override(rng: random.Random, folder: Path, number: int) -> Input:
    """``--set`` of a key that exists with a value that cannot be, or of one that does not."""
    table = base("hong-kong-2020")
    leaves = [path for path, node in places(table, shape()) if node.body.get("type") not in (None, "object")]
    keys = [path for path in leaves if len(path) > 1 and path[0] not in ("acts", "sources", "observed")]
    key = ".".join(map(str, rng.choice(keys)))
    if rng.random() < 0.5:
        cut = rng.randrange(len(key))
        key, value = key[:cut] + rng.choice("qzxj#") + key[cut:], "1"
    else:
        value = rng.choice(["{}", "[[1]]", "{a.b = 1}", "1979-05-27T07:32:00Z", "07:32:00", '"\\u0007"', '"\\u001b"'])
    return Input("an override", ("check", "hong-kong-2020", "--set", f"{key}={value}"), True, "")


def damaged_text(rng: random.Random, folder: Path, number: int) -> Input:
    """The text of a scenario, a set of targets or a case with bytes changed, cut or put in."""
    name, words, files = rng.choice([
        ("scenario", ("check",), sorted((ROOT / "scenarios").glob("*.toml"))),
        ("targets", ("calibrate",), sorted((ROOT / "scenarios" / "calibration").glob("*.toml"))),
    ])  # fmt: skip
    data = bytearray(rng.choice(files).read_bytes())
    where = rng.randrange(len(data))
    what = rng.choice(["flip", "cut", "put in", "twice"])
    if what == "flip":
        data[where] ^= 1 << rng.randrange(8)
    elif what == "cut":
        del data[where : where + rng.randrange(1, 200)]
    elif what == "put in":
        data[where:where] = rng.randbytes(rng.randrange(1, 20))
    else:
        data[where:where] = data[where : where + 200]
    data += b"\n[a.no]\nsuch = 1\n" if name != "scenario" else b""  # else a harmless change would begin hours of work
    return Input(
        "a damaged text", (*words, str(_write(folder, number, bytes(data)))), name != "scenario", f"{what} at {where}"
    )


def case(rng: random.Random, folder: Path, number: int) -> Input:
    """The folder of a case with one of its files damaged."""
    source = rng.choice(sorted((ROOT / "scenarios" / "cases").iterdir()))
    place = folder / f"case-{number}"
    place.mkdir()
    for file in source.iterdir():
        if file.is_file():
            (place / file.name).write_bytes(file.read_bytes())
    chosen = rng.choice(sorted(place.iterdir()))
    data = bytearray(chosen.read_bytes())
    where = rng.randrange(len(data))
    data[where : where + rng.choice((0, 1, 50))] = rng.choice((b"", b'"', b"\xff", b",", b"\n", b"x", rng.randbytes(5)))
    chosen.write_bytes(bytes(data))
    return Input("a damaged case", ("check", str(place)), False, f"{chosen.name} of {source.name} at {where}")


def foreign(rng: random.Random, folder: Path, number: int) -> Input:
    """A file or folder of another sort where a scenario, targets or results belong."""
    corpus = [
        *(ROOT / name for name in ("README.md", "Makefile", "results", "scenarios/cases", "scenarios/schema.json")),
        *sorted((ROOT / "results" / "hong-kong-2020").rglob("*.p*"))[:6],
        Path("/dev/null"), _write(folder, number, rng.randbytes(200)), _write(folder, number, b"", "csv"),
    ]  # fmt: skip
    words = rng.choice([
        ("run",), ("check",), ("describe",), ("compare", "no-law"), ("calibrate",), ("brief",), ("reproduce",),
        ("runs",), ("runs", "--out", "t"), ("validate",), ("knockout",), ("claims",),
    ])  # fmt: skip
    file = rng.choice(corpus)
    listed = words == ("runs",) and file.is_dir()  # of any folder it lists the studies, and there may be none
    return Input("a foreign file", (*words, str(file)), not listed, "")


NEEDED = {
    "scenario": "hong-kong-2020",
    "targets": "institutions",
    "results": str(ROOT / "results" / "hong-kong-2020"),
    "folder": "x",
}


def option(rng: random.Random, folder: Path, number: int) -> Input:
    """A command with an option that its own declaration forbids, an unknown one, or arguments too few or too many."""
    del folder, number
    name = rng.choice(list(COMMANDS))
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    words = [
        NEEDED.get(param.name or "", "x")
        for param in command.params
        if isinstance(param, click.Argument) and param.required
    ]
    bounded = [param for param in command.params if _forbidden(rng, param) is not None]
    if bounded and rng.random() < 0.7:
        param = rng.choice(bounded)
        return Input("an option", (name, *words, param.opts[-1], str(_forbidden(rng, param))), True, "")
    if words and rng.random() < 0.3:
        return Input("an option", (name,), True, "nothing")
    unknown = "--" + "".join(rng.choices(string.ascii_lowercase, k=6)) + rng.choice(STRANGE[:2])
    return Input("an option", (name, *words, unknown), True, "")


def _forbidden(rng: random.Random, param: click.Parameter) -> object:
    """A value that an option must refuse, or ``None`` where it takes any."""
    if isinstance(param.type, click.IntRange):
        ends = [param.type.min, param.type.max]
        return rng.choice([HUGE, "much", "", *([ends[0] - 1] if ends[0] is not None else [])])
    if isinstance(param.type, click.Choice):
        return "no-such-choice"
    return "much" if param.type is click.INT else None


def name(rng: random.Random, folder: Path, number: int) -> Input:
    """A strange word where a scenario, a case, a folder or a measure is named."""
    del folder, number
    word = rng.choice(STRANGE).replace("\0", "\x01") + "".join(
        rng.choices(string.ascii_letters + "./=:", k=rng.randrange(4))
    )
    words = rng.choice([
        ("run", word), ("check", word), ("describe", word), ("compare", "hong-kong-2020", word), ("calibrate", word),
        ("brief", word), ("reproduce", word), ("runs", word), ("validate", word), ("explore", word),
        ("knockout", "hong-kong-2020", "--only", f"no {word}"), ("sweep", "hong-kong-2020", "--over", word),
        ("sensitivity", "hong-kong-2020", "--over", word), ("sensitivity", "hong-kong-2020", "--event", word),
        ("scale", "hong-kong-2020", "--sizes", word), ("run", "hong-kong-2020", "--set", word),
    ])  # fmt: skip
    return Input("a strange name", words, False, "")


MAKERS: tuple[Maker, ...] = (scenario_value, scenario_key, act, override, damaged_text, case, foreign, option, name)


def inputs(seed: int, count: int, folder: Path) -> Iterator[Input]:
    """Bad inputs of every sort in turn, the same for the same seed."""
    rng = random.Random(seed)
    for number in range(count):
        yield MAKERS[number % len(MAKERS)](rng, folder, number)
