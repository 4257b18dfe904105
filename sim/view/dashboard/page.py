"""The page: controls at the side, a line that says how far the answer is, and the view that the person chose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import solara

from sim.drawing.reduce import focus_day
from sim.drawing.style import platform_colours
from sim.record import CODEBOOK
from sim.scenario.differences import differences
from sim.scenario.schema import Scenario
from sim.view.dashboard import payload
from sim.view.dashboard.controls import GROUPS, controls, present
from sim.view.dashboard.lab import REPLICATES, WATCHING, Lab
from sim.view.dashboard.pictures import Picture, bars, chart, limits
from sim.view.dashboard.scheduler import FIRST
from sim.view.dashboard.series import PANELS, WEEK, Panel, difference, flows
from sim.view.dashboard.session import Session
from sim.view.dashboard.state import LARGEST_SEED, VIEWS, State
from sim.view.dashboard.worker import Answer

HERE = Path(__file__).parent
MOST_FLOWS = 8
FLOW_WEEKS = 26

_lab: list[Lab] = []


def use(lab: Lab) -> None:
    """Let the page serve sessions of this laboratory; a server has one."""
    _lab[:] = [lab]


@solara.component_vue("vue/bar.vue", vuetify=False)
def Bar(
    query: str,
    title: str,
    line: str,
    names: list[list[str]],
    scenario: str,
    seed: int,
    largest_seed: int,
    status: dict[str, Any],
    message: str,
    pinned: list[str],
    tables: list[str],
    event_choose: Callable[[str], None],
    event_seed: Callable[[int], None],
    event_pin: Callable[[Any], None],
    event_unpin: Callable[[Any], None],
) -> None:
    """Title, scenario, seed, progress, pin, link, export and import. Keeps the address of the tab up to date."""


@solara.component_vue("vue/controls.vue", vuetify=False)
def Controls(
    groups: list[list[str]],
    group: str,
    controls: list[dict[str, Any]],
    changed: list[list[str]],
    event_group: Callable[[str], None],
    event_move: Callable[[dict[str, Any]], None],
    event_reset: Callable[[str], None],
) -> None:
    """The controls of one group, and what differs from the scenario."""


@solara.component_vue("vue/tabs.vue", vuetify=False)
def Tabs(views: list[list[str]], view: str, event_view: Callable[[str], None]) -> None:
    """The views to choose from."""


@solara.component_vue("vue/pictures.vue", vuetify=False)
def Pictures(rows: list[list[dict[str, Any]]], heads: list[str], note: str) -> None:
    """Pictures, in rows of the worlds that are compared; each with its words and its numbers."""


@solara.component_vue("vue/story.vue", vuetify=False)
def Story(worlds: list[dict[str, Any]]) -> None:
    """Ribbons of stances over the calendar, and the acts with their causes."""


@solara.component_vue("vue/numbers.vue", vuetify=False)
def Numbers(facts: dict[str, Any]) -> None:
    """The table of headline measures."""


@solara.component_vue("vue/near.vue", vuetify=False)
def Near(
    facts: dict[str, Any],
    mode: str,
    day: int,
    event_day: Callable[[int], None],
    event_person: Callable[[int], None],
    event_company: Callable[[str], None],
) -> None:
    """One replicate day by day, with play, pause and speed."""


@solara.component
def Page() -> None:
    """One session in one tab."""
    router = solara.use_router()
    session = solara.use_memo(lambda: Session(_lab[0], router.search or ""), [])
    solara.use_effect(lambda: session.close, [])
    group, choose_group = solara.use_state("law")
    solara.Title("lawshock laboratory")
    solara.Style(HERE / "vue" / "page.css")
    with solara.v.Html(tag="div", class_="lab"):
        Head(session)
        with solara.v.Html(tag="div", class_="lab-body"):
            Side(session, group, choose_group)
            with solara.v.Html(tag="div", class_="lab-main"):
                Tabs(
                    views=[[name, label] for name, label in VIEWS.items()],
                    view=session.state.value.view,
                    event_view=_part(session, "view"),
                )
                View(session)


def _part(session: Session, name: str) -> Callable[[Any], None]:
    return lambda value: session.set(**{name: value})


@solara.component
def Head(session: Session) -> None:
    """The bar on top, drawn again with each answer."""
    state, library = session.state.value, session.lab.library
    scenario = library.build(state.world)
    base = library.scenario(state.world.name)
    names = library.names() | {state.world.name: base.title}
    Bar(
        query=state.query(), title=base.title, line=payload.scenario_line(scenario),
        names=[[name, title] for name, title in names.items()], scenario=state.world.name,
        seed=state.seed, largest_seed=LARGEST_SEED, status=_status(session, scenario),
        message=session.message.value or session.failure(), pinned=_pinned(session),
        tables=list(CODEBOOK), event_choose=session.choose, event_seed=lambda seed: _seed(session, seed),
        event_pin=lambda _: session.pin(), event_unpin=lambda _: session.unpin(),
    )  # fmt: skip


def _seed(session: Session, seed: Any) -> None:
    if isinstance(seed, int) and 0 <= seed <= LARGEST_SEED:
        session.set(seed=seed)


def _status(session: Session, scenario: Scenario) -> dict[str, Any]:
    session.answered.value  # noqa: B018  (reading it draws the bar again when answers arrive)
    now, then = len(session.now()), len(session.then())
    done = now if session.state.value.pinned is None else min(now, then)
    return {
        "done": done,
        "of": REPLICATES,
        "first": FIRST,
        "people": f"{scenario.population.users:,}",
        "digest": scenario.digest(),
    }


def _pinned(session: Session) -> list[str]:
    """The pinned world, and what makes the present one another, in sentences; nothing where none is pinned."""
    state, library = session.state.value, session.lab.library
    if state.pinned is None:
        return []
    apart = differences(library.build(state.pinned), library.build(state.world))
    return [f"Compared with the pinned world, {state.pinned.name}:", *(one.sentence for one in apart)]


@solara.component
def Side(session: Session, group: str, choose: Callable[[str], None]) -> None:
    """The controls of the chosen group; drawn again when a value changes, not when an answer arrives."""
    state, library = session.state.value, session.lab.library
    base, scenario = library.scenario(state.world.name), library.build(state.world)
    changed = dict(state.world.changes)
    mine = [
        control.on_page(present(scenario, key), changed=key in changed)
        for key, control in controls(base)[group].items()
        if key.split(".")[0] != "acts" or _has_act(scenario, key)
    ]
    Controls(
        groups=[[name, label] for name, label in GROUPS.items()], group=group, controls=mine,
        changed=[[key, value] for key, value in changed.items()],
        event_group=choose, event_move=session.move, event_reset=session.reset,
    )  # fmt: skip


def _has_act(scenario: Scenario, key: str) -> bool:
    return any(act.id == key.split(".")[1] for act in scenario.acts)


@solara.component
def View(session: Session) -> None:
    """The chosen view. Until the first answer to a move is there, the last answer stays, and is marked as such."""
    session.answered.value  # noqa: B018  (reading it draws the view again when answers arrive)
    state = session.state.value
    last = solara.use_ref(("", None))
    answer = _answer(session, state)
    if answer is not None:
        last.current = (state.view, answer)
    view, shown = last.current
    is_old = answer is None
    kind = "lab-answer old" if is_old else "lab-answer"
    seen = {"aria-busy": "true" if is_old else "false", "data-view-of": state.view}
    with solara.v.Html(tag="div", class_=kind, attributes=seen):
        if is_old:
            text = "The first answer to this setting is under way." + (
                " Below: the last one." if view == state.view else ""
            )
            solara.v.Html(tag="p", class_="lab-waiting", attributes={"role": "status"}, children=[text])
        if shown is not None and view == state.view:
            _draw(session, state, shown)


def _answer(session: Session, state: State) -> Any:
    """What the chosen view shows, as plain data; nothing before the first answer."""
    if state.view in WATCHING:
        answer = session.watched()
        return (
            None
            if answer is None
            else payload.replicate_by_day(answer, state.company or next(iter(answer.run.scenario.companies), ""))
        )
    now, then = session.now(), session.then()
    if min(len(now), len(then) if state.pinned else len(now)) < FIRST:
        return None
    if state.view == "story":
        worlds = [(payload.story(now), "now"), *([(payload.story(then), "pinned")] if then else [])]
        return [world | {"which": which if then else ""} for world, which in worlds]
    if state.view == "numbers":
        return payload.numbers(now, then)
    return _flows(now, then) if state.view == "flows" else _panels(state.view, now, then)


def _draw(session: Session, state: State, answer: Any) -> None:
    if state.view == "story":
        Story(worlds=answer)
    elif state.view == "numbers":
        Numbers(facts=answer)
    elif state.view in WATCHING:
        Near(
            facts=answer, mode=state.view, day=state.day, event_day=_part(session, "day"),
            event_person=_part(session, "person"), event_company=_part(session, "company"),
        )  # fmt: skip
    else:
        rows, heads, note = answer
        Pictures(rows=rows, heads=heads, note=note)


HEADS = ["Pinned", "Now", "Difference"]


def _panels(view: str, now: Sequence[Answer], then: Sequence[Answer]) -> tuple[list[Any], list[str], str]:
    """Rows of pictures: one column, or the two worlds on one scale and their paired difference."""
    runs = [answer.run for answer in now]
    here, scenario = PANELS[view](runs), runs[0].scenario
    if not then:
        rows = [[chart(panel, scenario, limits([panel])).on_page()] for panel in here]
        return rows, [], _note(len(now))
    pairs = min(len(now), len(then))
    before = {panel.title: panel for panel in PANELS[view]([answer.run for answer in then[:pairs]])}
    here = [panel for panel in PANELS[view](runs[:pairs]) if panel.title in before]
    rows = [_compared(panel, before[panel.title], scenario, then[0].run.scenario) for panel in here]
    return rows, HEADS, _note(pairs) + _PAIRS


def _compared(now: Panel, pinned: Panel, scenario: Scenario, before: Scenario) -> list[dict[str, Any]]:
    ends, change = limits([now, pinned]), difference(now, pinned)
    pictures = [
        chart(pinned, before, ends),
        chart(now, scenario, ends),
        chart(change, scenario, limits([change]), signed=True),
    ]
    return [picture.on_page() for picture in pictures]


def _flows(now: Sequence[Answer], then: Sequence[Answer]) -> tuple[list[Any], list[str], str]:
    """Moves between primary apps in the half-year from the focus: bars, or those of two worlds and their difference."""
    scenario = now[0].run.scenario
    first = focus_day(scenario) // WEEK
    colours = platform_colours(list(scenario.platforms))
    title = "Moves of people's primary app in 26 weeks from the focus"
    pairs = min(len(now), len(then)) if then else len(now)
    moves = flows([answer.run for answer in now[:pairs]], first, FLOW_WEEKS)[:MOST_FLOWS]
    if not then:
        return [[bars(title, "persons", moves, colours, signed=False).on_page()]], [], _note(pairs)
    before = {(a, b): values for a, b, values in flows([answer.run for answer in then[:pairs]], first, FLOW_WEEKS)}
    empty = np.zeros(pairs)
    pinned = [(a, b, before.get((a, b), empty)) for a, b, _ in moves]
    change = [(a, b, values - before.get((a, b), empty)) for a, b, values in moves]
    pictures: list[Picture] = [
        bars(title, "persons", pinned, colours, signed=False),
        bars(title, "persons", moves, colours, signed=False),
        bars(title, "persons", change, colours, signed=True),
    ]
    return [[picture.on_page() for picture in pictures]], HEADS, _note(pairs) + _PAIRS


_PAIRS = (
    " Difference: now minus pinned, replicate by replicate; the two of a pair share a seed, and so people and luck."
)


def _note(replicates: int) -> str:
    return (
        f"Line or bar: median of {replicates} replicates. Band: 5th to 95th percentile"
        + (f", which of {replicates} is nearly their range." if replicates < 10 else ".")
        + " Dotted lines: days of the law."
    )
