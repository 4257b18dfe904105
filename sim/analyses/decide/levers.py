"""Levers that may be weighed: what protects rights by its kind, and nothing else (docs/limits.md).

A lever is a scenario that differs from another. The rule looks at what differs, not at names or intentions: acts that
come new must protect, acts that protect must not go, and values may move only to the side that protects.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from sim.scenario.acts import KINDS
from sim.scenario.calendar import Act
from sim.scenario.differences import Difference, act_sentence, differences
from sim.scenario.files import folder
from sim.scenario.schema import Scenario

BETTER: Mapping[str, Literal["true", "lower", "higher"]] = {
    "law.court_order_required": "true",
    "law.vagueness": "lower",
    "acts.*.court_order_required": "true",
    "acts.*.text_published": "true",
    "acts.*.vagueness": "lower",
    "press.disclosure_rate": "higher",
    "regulators.*.highest_rung": "lower",
}
"""Values that a lever may move, and to which side."""
LIMITS = "docs/limits.md says why"


class LeverError(ValueError):
    """Something that may not be weighed; the message is one line for the reader of a terminal."""

    for_users = True


@dataclass(frozen=True, slots=True)
class Choice:
    """What is weighed where nothing else is said: names of scenarios, and levels that are good enough."""

    levers: tuple[str, ...]
    thresholds: tuple[str, ...]


def shipped_choice(name: str) -> Choice:
    """The levers and thresholds that come with a scenario; none where it has none."""
    file = folder() / "decide" / f"{name}.toml"
    if not file.is_file():
        return Choice((), ())
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return Choice(tuple(table["levers"]), tuple(table["thresholds"]))


def check_lever(base: Scenario, name: str, lever: Scenario) -> None:
    """Raise ``LeverError`` where a scenario is no lever of ``base``, or one that may coerce or cut off."""
    found = differences(base, lever)
    if not found:
        raise LeverError(f"{name}: expected a lever, found the same world as the one that it is put beside")
    for what in (*_acts(base, lever), *_values(found)):
        raise LeverError(f"{name}: {what}; {LIMITS}")


def _acts(base: Scenario, lever: Scenario) -> Iterator[str]:
    """What is wrong with the acts that only one of them has."""
    mine, theirs = ({act.id: act for act in world.acts} for world in (base, lever))
    for one, act in theirs.items():
        if _is_new(act, mine) and not act.protects():
            yield f"acts.{one}: expected an act that protects rights ({_protecting()}), found '{act_sentence(act)}'"
    for one, act in mine.items():
        if _is_new(act, theirs) and act.protects():
            yield f"acts.{one}: expected this act to stay, as it protects rights: '{act_sentence(act)}'"


def _is_new(act: Act, others: Mapping[str, Act]) -> bool:
    return act.id not in others or type(others[act.id]) is not type(act)


def _protecting() -> str:
    """Kinds of acts that can protect: those whose class says when."""
    from sim.scenario.calendar import Act

    return ", ".join(kind for kind, act in KINDS.items() if act.protects is not Act.protects)


def _values(found: Sequence[Difference]) -> Iterator[str]:
    """What is wrong with the values that differ."""
    for change in found:
        if change.what in ("only here", "only there") and change.key.startswith("acts."):
            continue
        side = next((side for pattern, side in BETTER.items() if fnmatchcase(change.key, pattern)), None)
        if side is None or change.what not in ("value", "act"):
            yield f"{change.key}: expected one of {', '.join(BETTER)}, found another value that differs"
        elif not _protects(change, side):
            told = "true" if side == "true" else f"{side} than {change.before}"
            yield f"{change.key}: expected {told}, as it protects rights, found {change.after}"


def _protects(change: Difference, side: Literal["true", "lower", "higher"]) -> bool:
    if side == "true":
        return change.after == "true"
    before, after = float(change.before), float(change.after)
    return after < before if side == "lower" else after > before
