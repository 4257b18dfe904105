"""One session: its state, what it asks the workers for, and how the page learns that an answer is there."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import solara
from solara.server import kernel_context

from sim.scenario.errors import ScenarioError
from sim.view.dashboard.controls import find, toml_text
from sim.view.dashboard.lab import Lab
from sim.view.dashboard.scheduler import FIRST
from sim.view.dashboard.state import LinkError, State

REST = 0.5
"""Seconds between two refreshes of a page once it has its first answer: enough to watch, little enough to compute."""


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
        self.state.value = state
        self._ask()

    def _ask(self) -> None:
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
        """Tell the page of answers, at once for the first band and then now and then, until the session closes."""
        while not self._closed.is_set():
            self._wake.wait()
            self._wake.clear()
            if self._closed.is_set():
                return
            with self._context:
                self.answered.value += 1
            if len(self.now()) > FIRST:
                self._closed.wait(REST)

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
