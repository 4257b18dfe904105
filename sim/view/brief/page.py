"""One page about an ensemble: question, world, calendar, findings, pictures, evidence, assumptions, limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.results.summary import summarise
from sim.runs.once import MODEL_VERSION
from sim.scenario.calendar import dated, waiting
from sim.scenario.differences import act_sentence, spread_evenly
from sim.scenario.schema import Origin, count_assumed, origins
from sim.scenario.words import day_in_words, number
from sim.view.brief import evidence
from sim.view.brief.drawing import draw_all
from sim.view.brief.findings import Numbers, cautions, findings, in_short
from sim.view.brief.sentences import by_name
from sim.view.figures import FIGURES

if TYPE_CHECKING:
    from jinja2 import Environment

    from sim.results.ensemble import Ensemble
    from sim.scenario.schema import Scenario
    from sim.view.brief.against import Told
    from sim.view.brief.difference import Apart


def brief(
    ensemble: Ensemble,
    *,
    command: str = "",
    folder: str = "",
    told: Sequence[Told] = (),
    claimed: pd.DataFrame | None = None,
    changed: Sequence[str] = (),
    apart: Apart | None = None,
) -> str:
    """The brief of an ensemble as one HTML file, without script and without anything from elsewhere.

    The same ensemble gives the same text: it holds no clock and no path.

    Args:
        ensemble: Replicates of one scenario.
        command: What made the ensemble; a command on the exported scenario when absent.
        folder: Folder of the results that the reader may have, for the commands that check them.
        told: Comparisons with other worlds, to be told as what would change.
        claimed: What is claimed of the scenario and how sure that is, where it was examined; all text.
        changed: Files of the results that are not what was written; the page says so before it says anything else.
        apart: What differs from the baseline of the run, where it has one.
    """
    content = _content(ensemble, command, folder, told) | {"claimed": claimed, "apart": apart}
    if changed:
        warning = f"Not verified: of these results, {', '.join(changed)} changed after they were written."
        content["cautions"] = [warning, *content["cautions"]]
    return environment().get_template("brief/brief.html").render(content)


PAGES = ("brief", "answer", "decide", "laboratory")
"""Rooms with templates of pages."""


def environment() -> Environment:
    """Templates of the pages, which share their style, tables and limits."""
    from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined

    made = Environment(
        loader=PrefixLoader({name: PackageLoader(f"sim.view.{name}") for name in PAGES}),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    made.filters |= {"number": number, "cell": cell}
    return made


def _content(ensemble: Ensemble, command: str, folder: str, told: Sequence[Told]) -> dict[str, Any]:
    scenario, summary = ensemble.scenario, summarise(ensemble)
    numbers = Numbers.of(ensemble, summary)
    groups = findings(numbers)
    command = command or _command(ensemble)
    gallery = draw_all(ensemble, command)
    assumed, claims = count_assumed(scenario)
    return {
        "scenario": scenario,
        "runs": len(ensemble.runs),
        "is_plausible": ensemble.best is not None,
        "seeds": seeds_in_words(ensemble.seeds),
        "world": world_in_words(scenario),
        "calendar": calendar_in_words(scenario),
        "cautions": list(cautions(numbers)),
        "short": in_short(groups, numbers),
        "groups": groups,
        "summary": by_name(summary),
        "letters": gallery.letters,
        "pictures": gallery.pictures,
        "captions": {name: picture.caption for name, picture in FIGURES.items()},
        "seen": evidence.rows(summary),
        "evidence_says": evidence.in_words(summary),
        "told": told,
        "assumed": assumed,
        "claims": claims,
        "assumptions": assumptions(scenario),
        "command": command,
        "folder": folder,
        "version": MODEL_VERSION,
        "digest": scenario.digest(),
    }


def world_in_words(scenario: Scenario) -> str:
    """The world in a paragraph."""
    people, platforms = scenario.population, scenario.platforms
    apps = ", ".join(f"{name} ({platform.share:.0%})" for name, platform in platforms.items())
    weight = people.represents / people.users
    told = [
        f"{people.users:,} simulated people stand for {people.represents:,}, each for {number(weight)}. "
        f"They hold any number of {len(platforms)} messengers, with these shares on {day_in_words(scenario.start)}: "
        f"{apps}."
    ]
    if scenario.companies:
        told.append(
            f"{len(scenario.companies)} companies receive demands for data, by which they believe more or less in a "
            f"political use of the law, and decide what to do: {', '.join(scenario.companies)}."
        )
    offices = [
        f"{name}, which {does}"
        for found, does in (
            (scenario.police, "asks for data and orders sites blocked"),
            (scenario.committee, "climbs a ladder of sanctions"),
            (scenario.centre, "stands above the city's government"),
        )
        if found
        for name in found[:1]
    ]
    if offices:
        told.append(f"The authorities are {'; '.join(offices)}.")
    told.append(f"{len(scenario.isps)} internet providers carry out orders, each with its own delay and technique.")
    told.append(f"The run lasts {scenario.days} days, to {day_in_words(scenario.end)}.")
    return " ".join(told)


def calendar_in_words(scenario: Scenario) -> list[str]:
    """The acts that are given, in the order of their dates; those that wait for a condition last.

    What was spread over a period is no dated fact, and is marked.
    """
    waits = [act for _, act in waiting(scenario.acts)]
    return [
        act_sentence(act) + spread_evenly(scenario, act) for act in [*(act for _, act in dated(scenario.acts)), *waits]
    ]


def assumptions(scenario: Scenario) -> list[Origin]:
    """Numbers that rest on assumption, a default that many tables share once."""
    once: dict[str, Origin] = {}
    for item in origins(scenario):
        if item.is_claim and item.status == "assumed":
            once.setdefault(item.meaning if item.is_default else item.key, item)
    return list(once.values())


def cell(value: Any) -> str:
    """A cell of a table: numbers to three digits, days as dates, a dash for what is missing."""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if value is None or value is pd.NaT:
        return "–"
    return number(value) if isinstance(value, float) else str(value)


def seeds_in_words(seeds: Sequence[int]) -> str:
    """Seeds of replicates: '1 to 20'."""
    together = list(seeds) == list(range(seeds[0], seeds[0] + len(seeds)))
    return f"{seeds[0]} to {seeds[-1]}" if together and len(seeds) > 1 else ", ".join(map(str, seeds))


def _command(ensemble: Ensemble) -> str:
    return f"lawshock run scenario.toml --replicates {len(ensemble.runs)} --seed {ensemble.seeds[0]}"
