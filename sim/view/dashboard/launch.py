"""Start the laboratory: library, workers, token, server."""

from __future__ import annotations

import secrets  # noqa: TID251  (a token is to be unguessable; it touches no run)
from collections.abc import Callable

from sim.runs.executors import cores
from sim.scenario.files import vary
from sim.scenario.names import name_of
from sim.scenario.schema import Scenario
from sim.view.dashboard.guard import loopback
from sim.view.dashboard.lab import Lab
from sim.view.dashboard.scheduler import Scheduler
from sim.view.dashboard.server import serve
from sim.view.dashboard.state import FEW_USERS, USERS, Library


def launch(
    scenario: Scenario, name: str, *, host: str, port: int, workers: int | None, ready: Callable[[str], None]
) -> None:
    """Serve the laboratory until it is interrupted.

    Args:
        scenario: What a session opens on.
        name: File or name that it was loaded from.
        host: Address to bind to; beyond loopback a visitor needs the token in the address that ``ready`` is given.
        port: Port; 0 takes a free one.
        workers: Worker processes; one for each core when absent.
        ready: Called with the address once the server listens.
    """
    first = name_of(name)
    library = Library(own={first: scenario}, first=first)
    scheduler = Scheduler(workers or cores())
    try:
        scheduler.warm(vary(scenario, [f"{USERS}={min(scenario.population.users, FEW_USERS)}"]))
        serve(Lab(library, scheduler), host, port, "" if loopback(host) else secrets.token_urlsafe(24), ready)
    finally:
        scheduler.close()
