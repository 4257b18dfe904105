"""One session: its state, what it asks the workers for, and how the page learns that an answer is there."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import solara
from solara.server import kernel_context

from sim.scenario.errors import ScenarioError
from sim.view.dashboard.controls import find, toml_text
from sim.view.dashboard.lab import REPLICATES, WATCHING, Lab
from sim.view.dashboard.state import LinkError, State

GROWTH = 1.5
"""A page is drawn again when it has this many times the replicates of the last drawing: the band changes ever less."""


class Session:
    """The state of one tab. Every change asks the workers anew, and drops what the tab asked before.

    Attributes:
        state: What the link holds.
        message: What went wrong last, for the person; empty when all is well.
        answered: Counts refreshes; a component that reads it is drawn again when answers arrive.
    """

    def __init__(self, lab: Lab, query: str) -> None:
        self.lab = lab
        self.message = solara.Reactive("")
        self.answered = solara.Reactive(0)
        self.state = solara.Reactive(self._begin(query))
        self._drawn = (0, False)
        self._wake, self._closed = threading.Event(), threading.Event()
        self._client = lab.scheduler.join(self._wake.set)
        self._context = kernel_context.get_current_context()
        threading.Thread(target=self._listen, daemon=True).start()
        self._ask()

    def _begin(self, query: str) -> State:
        try:
            return self.lab.library.follow(query)
        except (LinkError, ScenarioError) as error:
            self.message.value = f"The link was not followed: {error}"
            return self.lab.library.follow("")

    def close(self) -> None:
        """End the session and its work: its tab was closed."""
        self._closed.set()
        self._wake.set()
        self.lab.scheduler.leave(self._client)

    def go(self, state: State) -> None:
        """Take a new state, if its worlds can be built; otherwise say why, and stay."""
        if state == self.state.value:
            return
        try:
            scenario = self.lab.library.build(state.world)
            if state.company not in scenario.companies:
                state = replace(state, company="")
            state = replace(state, day=min(state.day, scenario.days - 1))
        except (LinkError, ScenarioError) as error:
            self.message.value = str(error)
            return
        self.message.value = ""
        before, self.state.value = self.state.value, state
        if replace(state, day=before.day) != before:
            self._ask()

    def _ask(self) -> None:
        self._drawn = (0, False)
        self.lab.scheduler.ask(self._client, self.lab.jobs(self.state.value))
        self._wake.set()

    # What a person does

    def move(self, told: dict[str, Any]) -> None:
        """Move a control: ``{"key": ..., "value": ...}``."""
        state = self.state.value
        control = find(self.lab.library.scenario(state.world.name), str(told["key"]))
        if control is not None:
            self.go(replace(state, world=state.world.change(control.key, toml_text(control, told["value"]))))

    def reset(self, key: str) -> None:
        """Give one control the scenario's value again; the others keep theirs."""
        state = self.state.value
        self.go(replace(state, world=state.world.reset(key)))

    def choose(self, name: str) -> None:
        """Open another scenario, as it is."""
        if name != self.state.value.world.name and name in self.lab.library.names():
            self.go(replace(self.state.value, world=self.lab.library.fresh(name), company=""))

    def set(self, **parts: Any) -> None:
        """Change parts of the state that are no parameters: seed, view, day, person, company."""
        self.go(replace(self.state.value, **parts))

    def pin(self) -> None:
        """Keep the present world beside the ones to come."""
        self.set(pinned=self.state.value.world)

    def unpin(self) -> None:
        """Stop comparing."""
        self.set(pinned=None)

    # How answers arrive

    def _listen(self) -> None:
        """Draw the page again as answers arrive, until the session closes: often at first, later now and then."""
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._closed.is_set():
                return
            count, watched = self._there()
            if count >= min(GROWTH * self._drawn[0], REPLICATES) or watched != self._drawn[1] or self.failure():
                self._drawn = count, watched
                with self._context:
                    self.answered.value += 1

    def _there(self) -> tuple[int, bool]:
        """How many replicates (or pairs, where worlds are compared) are there, and whether the watched one is."""
        now = len(self.now())
        count = now if self.state.value.pinned is None else min(now, len(self.then()))
        return count, self.state.value.view in WATCHING and self.watched() is not None

    def now(self) -> list[Any]:
        """Answers for the present world."""
        return self.lab.answers(self.lab.replicates(self.state.value.world, self.state.value.seed))

    def then(self) -> list[Any]:
        """Answers for the pinned world."""
        state = self.state.value
        return [] if state.pinned is None else self.lab.answers(self.lab.replicates(state.pinned, state.seed))

    def watched(self) -> Any:
        """The answer of the watched replicate, once it is there."""
        found = self.lab.scheduler.answers([self.lab.watched(self.state.value)])
        return found[0] if found else None

    def failure(self) -> str:
        """Why the workers gave up on the present state, if they did."""
        error = self.lab.scheduler.failure(self.lab.jobs(self.state.value))
        return "" if error is None else f"The run failed: {type(error).__name__}: {error}"
