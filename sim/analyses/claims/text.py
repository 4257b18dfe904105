"""The file of claims of a scenario: read and checked, with one line per mistake."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from sim.analyses.knockout import KNOCKOUTS, find, knock_out
from sim.analyses.rivals import REFERENCE, RIVALS, changes_of
from sim.calibration.priors import Form, load_forms
from sim.measures import Measure, Quantity, advice, focus, headline_measures, quantities
from sim.scenario.differences import of_values
from sim.scenario.errors import ScenarioError, show, validated
from sim.scenario.fields import Table
from sim.scenario.files import folder, load, name_of, read_toml, shipped_files, vary, without
from sim.scenario.schema import Scenario

MORE, FEWER = "more", "fewer"


class ClaimText(Table):
    """One claim as it is written."""

    id: str = Field(min_length=1, max_length=40)
    sentence: str = Field(min_length=1, max_length=300)
    base: str
    other: str = ""
    without: str = ""
    measure: str
    date: dt.date
    direction: Literal["more", "fewer"]
    definition: str = ""
    """Why it holds by what its worlds are, so that no run can turn it; empty of a claim that runs can turn."""


class FileText(Table):
    """What stands above the claims."""

    title: str = ""
    rivals: tuple[str, ...] = Field(default=(), strict=False)
    """Forms of the people (``scenarios/calibration/forms.toml``) and of the companies (``sim.analyses.rivals``)."""


@dataclass(frozen=True)
class World:
    """A world of a claim, ended on the day of the claim."""

    name: str
    scenario: Scenario
    fixed: tuple[str, ...] = ()
    """Keys that make it another world than the base, which no draw and no move may change."""
    uncut: Scenario | None = None
    """The same to its own end, where that is later and the measure is one of each day."""

    @property
    def whole(self) -> "World":
        """The world to its own end."""
        return World(self.name, self.uncut or self.scenario, self.fixed)

    @property
    def key(self) -> tuple[str, dt.date]:
        """What tells it from the other worlds of a file."""
        return self.name, self.scenario.end


@dataclass(frozen=True)
class Claim:
    """Two worlds, what is measured in both, and which way it is said to differ."""

    id: str
    sentence: str
    base: World
    other: World
    measure: str
    """Its id."""
    name: str
    unit: str
    sign: int
    """1 where the other world is said to have more, else -1."""
    definition: str = ""
    """Why it holds by what its worlds are; empty where runs can turn it."""

    @property
    def date(self) -> dt.date:
        """The day on which it is measured."""
        return self.base.scenario.end


@dataclass(frozen=True)
class Claims:
    """The claims of a scenario, and the rival forms in which they are tried."""

    scenario: Scenario
    claims: tuple[Claim, ...]
    rivals: tuple[Form, ...]
    """Of the people and of the companies."""


def claims_file(name: str) -> Path:
    """Where the claims of a shipped scenario are."""
    return folder() / "claims" / f"{name_of(name)}.toml"


def read_claims(name: str, overrides: Sequence[str] = (), only: Sequence[str] = ()) -> Claims:
    """The claims that are made of a shipped scenario.

    Args:
        name: Of the scenario.
        overrides: ``dotted.key=value`` texts that change every world; a calendar cut short cuts the claims, too.
        only: Ids of those that are wanted; all where empty.

    Raises:
        ScenarioError: There is no such scenario, none is claimed of it, or the file makes no sense.
    """
    scenario = load(name, overrides)
    file = claims_file(name)
    if not file.is_file():
        known = sorted(other.stem for other in file.parent.glob("*.toml"))
        raise ScenarioError.at(
            name, "", f"a scenario with claims, one of {', '.join(known)}", "one without", known, name
        )
    table = read_toml(file)
    if only and isinstance(table.get("claims"), list):
        known = [str(one.get("id")) for one in table["claims"]]
        for wanted in only:
            if wanted not in known:
                raise ScenarioError.at("--only", "", f"some of {', '.join(known)}", show(wanted), known, wanted)
        table["claims"] = [one for one in table["claims"] if one.get("id") in only]
    return parse_claims(table, f"claims/{file.name}", scenario, overrides)


def parse_claims(table: Mapping[str, Any], place: str, scenario: Scenario, overrides: Sequence[str] = ()) -> Claims:
    """The claims of a table.

    Args:
        table: The file as TOML has it.
        place: The file, for errors.
        scenario: What they are claimed of.
        overrides: ``dotted.key=value`` texts that change every world.

    Raises:
        ScenarioError: It makes no sense.
    """
    head = validated(FileText, {key: value for key, value in table.items() if key != "claims"}, place, "", ("claims",))
    forms = load_forms()
    structures = {name: Form(name, tuple(changes_of(scenario, name)), ()) for name in RIVALS if name != REFERENCE}
    known = [*forms.names, *structures]
    for name in head.rivals:
        if name not in known:
            raise ScenarioError.at(place, "rivals", f"one of {', '.join(known)}", show(name), known, name)
    written = table.get("claims")
    if not isinstance(written, list) or not written or not all(isinstance(one, dict) for one in written):
        raise ScenarioError.at(place, "claims", "tables [[claims]]", show(written))
    claims: dict[str, Claim] = {}
    for number, one in enumerate(written, 1):
        key = f"claims.{one.get('id', number)}"
        text = validated(ClaimText, one, place, key)
        if text.id in claims:
            raise ScenarioError.at(place, f"{key}.id", "an id that no other claim has", show(text.id))
        claims[text.id] = _claim(text, place, key, focus(scenario).date(), overrides)
    rivals = tuple(structures[name] if name in structures else forms.form(name) for name in head.rivals)
    return Claims(scenario, tuple(claims.values()), rivals)


def _claim(text: ClaimText, place: str, key: str, day: dt.date, overrides: Sequence[str]) -> Claim:
    if bool(text.other) == bool(text.without):
        raise ScenarioError.at(place, key, "either other or without", "both" if text.other else "neither")
    for word, name in (("base", text.base), ("other", text.other)):
        if name and name not in shipped_files():
            raise ScenarioError.at(place, f"{key}.{word}", "a shipped scenario", show(name), shipped_files(), name)
    base = load(text.base, overrides)
    known = [*(f"acts.{act.id}" for act in base.acts), *(knockout.name for knockout in KNOCKOUTS)]
    if text.without and text.without not in known:
        raise ScenarioError.at(
            place, f"{key}.without", "an act of base, or a knock-out", show(text.without), known, text.without
        )
    if text.other:
        other = load(text.other, overrides)
    elif text.without.startswith("acts."):
        other = without(base, [text.without], place)
    else:
        other = knock_out(base, find([text.without]))
    cut = any(override.partition("=")[0].strip() == "end" for override in overrides)
    day_of = min(text.date, base.end) if cut else text.date
    if not base.start <= day_of <= base.end:
        expected = f"a day from {base.start} to {base.end}"
        raise ScenarioError.at(place, f"{key}.date", expected, show(text.date))
    whole = [vary(world, [f"focus={day}"], place) for world in (base, other)]
    worlds = [vary(world, [f"end={day_of}"], place) for world in whole]
    measures = measures_of(worlds[0])
    if text.measure not in measures:
        hint = advice(text.measure, measures.values())
        expected, found = "the id of a measure of both worlds", show(text.measure)
        raise ScenarioError.at(place, f"{key}.measure", expected, f"{found}; {hint}" if hint else found)
    what = measures[text.measure]
    fixed = tuple(change.key for change in of_values(*worlds))
    uncut = whole if isinstance(what, Quantity) and whole[0].end == whole[1].end else (None, None)
    return Claim(
        text.id, text.sentence, World(text.base, worlds[0], (), uncut[0]),
        World(text.other or f"{text.base} without {text.without}", worlds[1], fixed, uncut[1]), what.id,
        what.name, what.unit, 1 if text.direction == MORE else -1, text.definition,
    )  # fmt: skip


def measures_of(scenario: Scenario) -> dict[str, Measure | Quantity]:
    """Everything that a claim can be about, by its id: headline measures, and quantities of the last day."""
    known: list[Measure | Quantity] = [*headline_measures(scenario), *quantities(scenario)]
    return {one.id: one for one in known}
