"""Commands that look at what there is, without running it: ``check``, ``describe``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.analyses.question import Listing, load_scenario
from sim.command import shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.evidence.facts import Fact
    from sim.scenario.schema import Scenario


@click.command()
@click.argument("scenario", metavar="SCENARIO|FOLDER")
@shared.set_option
def check(scenario: str, overrides: tuple[str, ...]) -> None:
    """Check SCENARIO, a file or the name of one that comes with lawshock, and say what it holds.

    Of a case, a FOLDER with scenario.toml, facts.csv and checks.toml, the facts and the checks are checked as well.
    It warns of acts that can have no effect or one that is hardly meant, and of one provider for all; it notes where a
    file gives an act of the one that it extends another kind or day. None is an error; each fault is one line.

    Example:  lawshock check hong-kong-2020 --set population.users=50000
    """
    from sim.evidence import cases as evidence
    from sim.results.ensemble import unknown_observations
    from sim.scenario.calendar import doubtful, idle_acts
    from sim.scenario.files import build, locate, read

    case = evidence.case_of(scenario)
    path = evidence.scenario_of(case, scenario) if case else scenario
    draft = read(path, overrides)
    world = build(draft)
    faults = evidence.all_faults(world, locate(path), case)
    faults += [f"{path}: {line}" for line in unknown_observations(world)]
    remarks = [f"note: {note}" for note in draft.notes]
    warnings = (*idle_acts(world), *doubtful(world))
    remarks += [f"warning: {draft.provenance_of(tuple(key.split('.')))}: {key}: {why}" for key, why in warnings]
    if not case and (Path(scenario) / "scenario.toml").is_file():
        remarks.append(f"note: {scenario}: expected a file {evidence.CHECKS}, found none: facts were not looked at")
    for line in [*faults, *remarks]:
        click.echo(line, err=True)
    if faults:
        raise click.exceptions.Exit(2)
    checks = f", {len(evidence.read_case(case)[0].checks)} checks" if case else ""
    click.echo(
        f"{scenario}: good. {world.title}. {world.days} days from {world.start}, {len(world.companies)} companies, "
        f"{len(world.platforms)} platforms, {len(world.isps)} ISPs, {len(world.acts)} acts{checks}. "
        f"Digest {world.digest()[:12]}."
    )


@click.command()
@click.argument("scenario", required=False)
@click.option(
    "--facts", "pattern", metavar="WORDS",
    help="List the observed facts that hold every word in table, period, entity or variable, with their sources.",
)  # fmt: skip
@click.option("--acts", "kind", metavar="KIND", help="List the keys of a kind of act, or 'all' for the kinds of acts.")
@click.option("--plain", is_flag=True, help="Print each row as a line with tabs between its cells, to be searched.")
@shared.set_option
def describe(
    scenario: str | None, pattern: str | None, kind: str | None, plain: bool, overrides: tuple[str, ...]
) -> None:
    """Print the world of SCENARIO: actors, calendar, the order of a day, and every number with its unit, status and
    source. Without SCENARIO, list the scenarios that come with lawshock, and the tables of facts.

    Example:  lawshock describe hong-kong-2020
    """
    if scenario is None and overrides:
        raise click.UsageError("--set: expected a scenario of which it changes a value")
    said: list[str | Listing] = []
    if scenario is not None:
        said += world_told(load_scenario(scenario, overrides))
    if kind is not None:
        said.append(acts_told(kind))
    if pattern is not None:
        said += facts_told(pattern)
    elif scenario is None and kind is None:
        from sim.scenario.files import shipped

        said += [Listing("Scenarios", ("name", "title", "question"), shipped()), _tables_of_facts()]
    shared.say(said, plain=plain)


def world_told(world: Scenario) -> Iterator[str | Listing]:
    """A world as tables: the order of a day, actors, calendar, and every number."""
    from sim.model import PHASES
    from sim.scenario.calendar import dated, waiting
    from sim.scenario.differences import day_or_condition
    from sim.scenario.schema import count_assumed, origins

    yield f"{world.title}\n{world.question}\n"
    phases = [(i, name, sentence) for i, (name, sentence) in enumerate(PHASES, start=1)]
    yield Listing("One day, in this order", ("", "phase", "what happens"), phases)
    platforms = [(name, f"{p.share:.0%}", world.owner(name) or "no one", p.risk) for name, p in world.platforms.items()]
    yield Listing("Platforms", ("platform", "share", "owner", "risk index"), platforms)
    companies = [
        (name, c.group, c.stance, c.cutoff, f"{sum(s.rate for s in c.requests.values()):.2f}")
        for name, c in world.companies.items()
    ]
    yield Listing("Companies", ("company", "group", "stance at the start", "cut-off", "requests per day"), companies)
    yield Listing("Regulators", ("regulator", "role"), [(name, one.role) for name, one in world.regulators.items()])
    providers = {name: isp.within(world.network) for name, isp in world.isps.items()}
    isps = [(name, f"{i.share:.0%}", i.lag_days, i.technique, i.leak, i.compliance) for name, i in providers.items()]
    yield Listing("ISPs", ("ISP", "share", "lag (days)", "technique", "leak", "compliance"), isps)
    acts = [*(act for _, act in dated(world.acts)), *(act for _, act in waiting(world.acts))]
    calendar = [(day_or_condition(act, day=str), act.by, act.kind, act.salience or "–", act.note) for act in acts]
    yield Listing("Calendar", ("date", "by", "act", "salience", "note"), calendar)
    numbers = [
        (o.key, o.value, o.unit, o.status, o.source or ("default" if o.is_claim and o.is_default else ""), o.meaning)
        for o in origins(world)
    ]
    yield Listing("Parameters", ("parameter", "value", "unit", "status", "source", "meaning"), numbers)
    assumed, claims = count_assumed(world)
    yield f"{assumed} of {claims} numbers rest on assumption."


EVERY = "all"
"""In the place of a kind of act."""


def acts_told(kind: str) -> Listing:
    """The kinds of acts, for ``EVERY``, or the keys of one, as ``--act`` and the calendar of a file take them.

    Raises:
        ScenarioError: There is no such kind.
    """
    from sim.scenario.acts import KINDS
    from sim.scenario.errors import known

    meanings = {name: (act.__doc__ or "").splitlines()[0] for name, act in KINDS.items()}
    if kind == EVERY:
        return Listing("Kinds of acts", ("kind", "what happens"), [*meanings.items()])
    known("describe", "--acts", kind, [*KINDS, EVERY], "a kind of act")
    fields = KINDS[kind].model_json_schema()["properties"]
    needed = {name for name, field in KINDS[kind].model_fields.items() if field.is_required()}
    rows = []
    for name, field in fields.items():
        default, unit = field.get("default"), field.get("unit", "1")
        given = "needed" if name in needed else "" if default is None else str(default)
        rows.append((name, given, "" if unit == "1" else unit, str(field.get("description", ""))))
    return Listing(f"{kind}: {meanings[kind]}", ("key", "default", "unit", "meaning"), rows)


def facts_told(pattern: str) -> Iterator[str | Listing]:
    """The facts that match a pattern, table by table, each with its source.

    Args:
        pattern: Words that must all occur in a fact's table, key, unit, publisher or title; empty for the tables alone.

    Raises:
        ScenarioError: when no fact matches.
    """
    from sim.evidence.facts import facts as found_by
    from sim.scenario.errors import ScenarioError
    from sim.scenario.words import counted

    if not pattern.strip():
        yield _tables_of_facts()
        return
    found = found_by(pattern)
    if not found:
        raise ScenarioError.at("evidence", "", "words that occur in a fact", f'"{pattern}"')
    for table in dict.fromkeys(one.table for one in found):
        yield _facts_of(table, [one for one in found if one.table == table])
    yield (f"{counted(len(found), 'fact')}. A to C: how far a fact can be relied on; "
           "* the source has no complete address, and the fact is not calibrated on.")  # fmt: skip


def _tables_of_facts() -> Listing:
    from sim.evidence.facts import facts as found_by
    from sim.evidence.facts import tables

    rows = []
    for name in tables():
        mine = [one for one in found_by() if one.table == name]
        days = sorted(day for one in mine for day in (one.start, one.end) if day)
        rows.append((name, len(mine), len({one.entity for one in mine}), days[0], days[-1]))
    title = "Tables of facts: lawshock describe --facts WORDS lists them"
    columns = ("table", "facts", "entities", "first", "last")
    return Listing(title, columns, rows, columns[1:3])


def _facts_of(table: str, found: list[Fact]) -> Listing:
    from rich.text import Text

    rows = []
    for one in found:
        what = Text(one.variable).append(f" ({one.remark})" if one.remark else "", style="dim")
        cited = ", ".join(part for part in (one.source_title, one.publisher, one.source_date) if part)
        source = Text(cited).append("\n" + one.url, style=f"dim link {one.url}")
        confidence = one.confidence + ("" if one.complete else "*")
        when, who, value, unit, sure = map(Text, (one.date_or_period, one.entity, one.text, one.unit, confidence))
        rows.append((when, who, what, value, unit, sure, source))
    columns = ("when", "who", "what", "value", "unit", "", "source")
    return Listing(table, columns, rows, ("value",))
