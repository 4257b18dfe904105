"""Commands that look at a scenario without running it: ``check``, ``describe``, ``scenarios``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sim.command import shared

if TYPE_CHECKING:
    from rich.console import Console

    from sim.scenario.schema import Scenario


@click.command()
@click.argument("scenario", metavar="SCENARIO|FOLDER")
@shared.set_option
def check(scenario: str, overrides: tuple[str, ...]) -> None:
    """Check SCENARIO, a file or the name of one that comes with lawshock, and say what it holds.

    Of a case, a FOLDER with scenario.toml, facts.csv and checks.toml, the facts and the checks are checked as well.
    It warns of acts that can have no effect, and notes where a file gives an act of the one that it extends another
    kind or day. Neither is an error; each fault is one line.

    Example:  lawshock check hong-kong-2020 --set population.users=50000
    """
    from sim.evidence import inspection
    from sim.results.summary import unknown_observations
    from sim.scenario.files import build, locate, read
    from sim.scenario.idle import idle_acts

    case = inspection.case_of(scenario)
    path = inspection.scenario_of(case, scenario) if case else scenario
    draft = read(path, overrides)
    world = build(draft)
    faults = inspection.all_faults(world, locate(path), case)
    faults += [
        f"{path}: observed.{name!r} is no headline measure of this scenario" for name in unknown_observations(world)
    ]
    told = [f"note: {note}" for note in draft.notes]
    told += [f"warning: {draft.place(tuple(key.split('.')))}: {key}: {why}" for key, why in idle_acts(world)]
    for line in [*faults, *told]:
        click.echo(line, err=True)
    if faults:
        raise click.exceptions.Exit(2)
    checks = f", {inspection.count_checks(case)} checks" if case else ""
    click.echo(
        f"{scenario}: good. {world.title}. {world.days} days from {world.start}, {len(world.companies)} companies, "
        f"{len(world.platforms)} platforms, {len(world.isps)} ISPs, {len(world.acts)} acts{checks}. "
        f"Digest {world.digest()[:12]}."
    )


@click.command()
@click.argument("scenario", default="hong-kong-2020")
@shared.set_option
def describe(scenario: str, overrides: tuple[str, ...]) -> None:
    """Print the world of SCENARIO: actors, calendar, the order of a day, and every parameter with unit and origin.

    Example:  lawshock describe hong-kong-2020
    """
    world = shared.load_scenario(scenario, overrides)
    console = shared.console()
    console.print(f"[bold]{world.title}[/bold]\n{world.question}\n")
    _print_day(console)
    _print_actors(console, world)
    _print_calendar(console, world)
    _print_parameters(console, world)


def _print_day(console: Console) -> None:
    from sim.model import PHASES

    rows = [(i, name, sentence) for i, (name, sentence) in enumerate(PHASES, start=1)]
    console.print(shared.terminal_table("One day, in this order", ("", "phase", "what happens"), rows))


def _print_actors(console: Console, world: Scenario) -> None:
    platforms = [(name, f"{p.share:.0%}", world.owner(name) or "no one", p.risk) for name, p in world.platforms.items()]
    console.print(shared.terminal_table("Platforms", ("platform", "share", "owner", "risk index"), platforms))
    companies = [
        (name, c.group, c.stance, c.cutoff, f"{sum(s.rate for s in c.requests.values()):.2f}")
        for name, c in world.companies.items()
    ]
    about = ("company", "group", "stance at the start", "cut-off", "requests per day")
    console.print(shared.terminal_table("Companies", about, companies))
    regulators = [(name, regulator.role) for name, regulator in world.regulators.items()]
    console.print(shared.terminal_table("Regulators", ("regulator", "role"), regulators))
    providers = {name: isp.within(world.network) for name, isp in world.isps.items()}
    isps = [(name, f"{i.share:.0%}", i.lag_days, i.technique, i.leak, i.compliance) for name, i in providers.items()]
    about_isps = ("ISP", "share", "lag (days)", "technique", "leak", "compliance")
    console.print(shared.terminal_table("ISPs", about_isps, isps))


def _print_calendar(console: Console, world: Scenario) -> None:
    from sim.scenario.calendar import dated, waiting
    from sim.scenario.differences import day_or_condition

    acts = [*(act for _, act in dated(world.acts)), *(act for _, act in waiting(world.acts))]
    days = [day_or_condition(act, day=str) for act in acts]
    rows = [(day, act.by, act.kind, act.salience or "–", act.note) for day, act in zip(days, acts, strict=True)]
    console.print(shared.terminal_table("Calendar", ("date", "by", "act", "salience", "note"), rows))


def _print_parameters(console: Console, world: Scenario) -> None:
    from sim.scenario.schema import count_assumed, origins

    rows = [(o.key, o.value, o.unit, o.status, o.source, o.meaning) for o in origins(world)]
    columns = ("parameter", "value", "unit", "status", "source", "meaning")
    console.print(shared.terminal_table("Parameters", columns, rows))
    assumed, claims = count_assumed(world)
    console.print(f"{assumed} of {claims} numbers rest on assumption.")


@click.command()
def scenarios() -> None:
    """List the scenarios that come with lawshock.

    Example:  lawshock scenarios
    """
    from sim.scenario.files import shipped

    console = shared.console()
    console.print(shared.terminal_table("Scenarios", ("name", "title", "question"), shipped()))
