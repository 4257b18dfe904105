"""What the pages of story, numbers, network and biographies are told, as plain data."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.drawing.calendar import law_marks
from sim.drawing.reduce import focus_day
from sim.drawing.style import QUIET, RUNG_COLOURS, STANCES, ink_on, platform_colours, tint
from sim.measures import headline_measures
from sim.results.bands import percentiles
from sim.runs.once import Run
from sim.scenario.schema import Scenario
from sim.scenario.words import short_day
from sim.view.dashboard.pictures import said
from sim.view.dashboard.watch import SPEAKS, VPN, Watched
from sim.view.dashboard.worker import Answer


def story(answers: Sequence[Answer]) -> dict[str, Any]:
    """Ribbons of the most frequent stance over all replicates, and the acts of the first one."""
    runs = tuple(answer.run for answer in answers)
    scenario = runs[0].scenario
    return {
        "days": scenario.days,
        "focus": focus_day(scenario),
        "marks": [{"day": mark.day, "label": mark.label} for mark in law_marks(scenario)],
        "rows": ribbons(runs),
        "key": [{"colour": colour, "words": words} for colour, words in STANCES.values()],
        "acts": acts(runs[0]),
        "seed": runs[0].seed,
        "ticks": [{"day": day, "label": short_day(scenario.date(day))[2 if scenario.date(day).day < 10 else 3 :]}
                  for day in range(scenario.days) if scenario.date(day).day == 1 and scenario.date(day).month % 6 == 1],
    }  # fmt: skip


def ribbons(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Per company, spells of the stance that most replicates hold: first and last day, colour, share that agree."""
    scenario, stances = runs[0].scenario, list(STANCES)
    table = np.stack([run.tables["companies"]["stance"].to_numpy(str).reshape(scenario.days, -1) for run in runs])
    rows = []
    for column, company in enumerate(scenario.companies):
        votes = np.stack([(table[..., column] == stance).mean(axis=0) for stance in stances])
        modal, share = votes.argmax(axis=0), (20 * votes.max(axis=0)).round() / 20
        changes = np.flatnonzero((np.diff(modal) != 0) | (np.diff(share) != 0)) + 1
        ends = [*(changes - 1).tolist(), scenario.days - 1]
        spells = [
            _spell(first, last, stances[modal[first]], float(share[first]))
            for first, last in zip([0, *changes.tolist()], ends, strict=True)
        ]
        rows.append({"company": company, "spells": spells})
    return rows


def _spell(first: int, last: int, stance: str, share: float) -> dict[str, Any]:
    colour, words = STANCES[stance]
    fill = tint(colour, 0.25 + 0.75 * share)
    return {
        "first": first, "last": last, "words": words, "colour": fill, "ink": ink_on(fill), "share": round(100 * share),
    }  # fmt: skip


def acts(run: Run) -> list[dict[str, Any]]:
    """The acts of a run with their causes."""
    start = pd.Timestamp(run.scenario.start)
    return [
        {
            "id": int(act.id), "day": (act.date - start).days, "date": short_day(act.date), "actor": act.actor,
            "verb": act.verb, "target": act.target, "because": [int(cause) for cause in act.because.split()],
            "sentence": act.sentence,
            "quantities": figures(json.loads(act.quantities)),
        }
        for act in run.tables["acts"].itertuples()
    ]  # fmt: skip


def figures(quantities: dict[str, Any]) -> list[list[str]]:
    """Numbers that decided an act, by name; its words stand in the sentence."""
    numbers = [(name, value) for name, value in quantities.items() if isinstance(value, int | float)]
    return [[name.replace("_", " "), f"{value:.3g}"] for name, value in numbers]


def numbers(now: Sequence[Answer], then: Sequence[Answer]) -> dict[str, Any]:
    """Headline measures with bands; with a pinned world, its bands and the paired differences."""
    scenario = now[0].run.scenario
    table = pd.DataFrame([answer.measures for answer in now])
    pinned = pd.DataFrame([answer.measures for answer in then]) if then else None
    pairs = min(len(now), len(then))
    rows = []
    for measure in headline_measures(scenario):
        row = {
            "name": measure.name,
            "unit": measure.unit,
            "meaning": measure.meaning,
            "now": _band(table[measure.name]),
        }
        if pinned is not None:
            here = pinned[measure.name] if measure.name in pinned else pd.Series(dtype=float)
            row["pinned"] = _band(here)
            change = table[measure.name].iloc[:pairs].to_numpy() - here.iloc[:pairs].to_numpy() if len(here) else here
            row["difference"] = _band(pd.Series(change), signed=True)
        observed = scenario.observed.get(measure.name)
        row["observed"] = "" if observed is None else said(observed.value, signed=False)
        rows.append(row)
    return {"rows": rows, "compared": pinned is not None, "replicates": pairs if pinned is not None else len(now)}


def _band(values: pd.Series, *, signed: bool = False) -> str:
    known = values.dropna()
    if known.empty:
        return "–"
    low, middle, high = percentiles(known)
    return f"{said(middle, signed)} ({said(low, signed)} to {said(high, signed)})"


def replicate_by_day(answer: Answer, company: str) -> dict[str, Any]:
    """The watched replicate day by day: sample of people, one person's life, one company's life."""
    run, watched = answer.run, answer.watched
    assert watched is not None
    scenario = run.scenario
    names = list(scenario.platforms)
    colours = platform_colours(names)
    return {
        "days": scenario.days,
        "dates": [short_day(scenario.date(day)) for day in range(scenario.days)],
        "acts": acts(run),
        "apps": [{"name": name, "colour": colours[name]} for name in names],
        "none": QUIET,
        "shares": run.tables["usage"]["share"].to_numpy().reshape(scenario.days, -1).round(4).tolist(),
        "people": watched.people.tolist(),
        "places": watched.places.round(3).tolist(),
        "ties": watched.ties.tolist(),
        "hold": _bytes(watched.hold),
        "habits": _bytes(watched.habits),
        "person": person(watched, run),
        "company": life_of_company(run, company) if company else None,
        "companies": list(scenario.companies),
        "rungs": list(RUNG_COLOURS),
        "seed": run.seed,
    }


def _bytes(array: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def person(watched: Watched, run: Run) -> dict[str, Any]:
    """One person's life: who they are, and what they did on which day, with what they met."""
    scenario = run.scenario
    names = list(scenario.platforms)
    salience = run.tables["society"]["salience"].to_numpy()
    entries = []
    hold, trial = watched.hold[:, 0], watched.trial[:, 0]
    for day in range(1, scenario.days):
        for k, name in enumerate(names):
            had, has = hold[day - 1] >> k & 1, hold[day] >> k & 1
            tried, tries = trial[day - 1] >> k & 1, trial[day] >> k & 1
            held = int((watched.hold[day - 1, 1 : watched.contacts + 1] >> k & 1).sum())
            met = f"{held} of {watched.contacts} contacts held it, salience {salience[day]:.2f}"
            if has > had:
                entries.append({"day": day, "sentence": f"Took {name} to try it: {met}."})
            elif has < had:
                entries.append({"day": day, "sentence": f"Dropped {name}: {met}."})
            elif has and tries < tried:
                entries.append({"day": day, "sentence": f"Kept {name}: the trial was over."})
        entries += _habits(day, watched, float(salience[day]))
    isp = list(scenario.isps)[watched.isp]
    at_first = [name for k, name in enumerate(names) if hold[0] >> k & 1]
    return {
        "number": watched.person,
        "facts": f"Person {watched.person} has {watched.contacts} contacts, is a customer of {isp}, and has a concern "
        f"of {watched.concern:.2f} (the mean is {scenario.population.concern_mean:g}). "
        f"On the first day: {', '.join(at_first) or 'no app'}.",
        "entries": entries,
    }  # fmt: skip


def _habits(day: int, watched: Watched, salience: float) -> list[dict[str, Any]]:
    words = {
        VPN: ("Took a VPN", "Gave up the VPN", "had one"),
        SPEAKS: ("Began to speak about politics", "Fell silent about politics", "spoke"),
    }
    before, after = watched.habits[day - 1], int(watched.habits[day, 0])
    entries = []
    for bit, (began, ended, did) in words.items():
        if (int(before[0]) ^ after) & bit:
            contacts = int((before[1 : watched.contacts + 1] & bit).astype(bool).sum())
            said = f"{contacts} of {watched.contacts} contacts {did}, salience {salience:.2f}"
            entries.append({"day": day, "sentence": f"{began if after & bit else ended}: {said}."})
    return entries


def life_of_company(run: Run, company: str) -> dict[str, Any]:
    """One company's life: its state each day."""
    table = run.tables["companies"]
    mine = table[table["company"] == company]
    asked = run.tables["requests"]
    requests = asked[(asked["company"] == company) & (asked["type"] != "removal")]
    pending = requests.groupby("date", sort=True)["pending"].sum() if len(requests) else pd.Series(dtype=float)
    return {
        "name": company,
        "stance": [STANCES[stance][1] for stance in mine["stance"]],
        "colour": [STANCES[stance][0] for stance in mine["stance"]],
        "public": mine["announced"].astype(int).tolist(),
        "review": mine["on_review"].astype(int).tolist(),
        "belief": mine["belief"].round(3).tolist(),
        "cutoff": mine["cutoff"].round(3).tolist(),
        "rung": mine["rung"].astype(int).tolist(),
        "pending": pending.astype(int).tolist() or [0] * run.scenario.days,
    }


def scenario_line(scenario: Scenario) -> str:
    """What the world is, in a line below the title."""
    return f"{scenario.question} {short_day(scenario.start)} to {short_day(scenario.end)}."
