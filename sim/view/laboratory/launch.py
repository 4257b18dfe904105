"""Start the laboratory: worlds, workers, page, token, server."""

import re
import secrets  # noqa: TID251  (a token is to be unguessable; it touches no run)
import tempfile
from collections.abc import Callable
from pathlib import Path

from sim.runs.executors import cores
from sim.view.laboratory.asking import Home
from sim.view.laboratory.forms import schema
from sim.view.laboratory.guard import loopback
from sim.view.laboratory.jobs import PAIRS, SEED, draws
from sim.view.laboratory.lab import Lab
from sim.view.laboratory.page import laboratory
from sim.view.laboratory.reader import Readers
from sim.view.laboratory.server import build, listen, serve
from sim.view.laboratory.worlds import Asked

USERS = 20_000
"""People of a run: enough for shares within 0.3 points, few enough to answer at once."""
FRAMED = "; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def launch(
    home: Home, *, host: str, port: int, workers: int | None, say: Callable[[str], None], ready: Callable[[str], None],
    command: str,
) -> None:  # fmt: skip
    """Serve the laboratory until it is interrupted.

    Args:
        home: Beside which world all are put.
        host: Address to bind to; beyond loopback a visitor needs the token in the address that ``ready`` is given.
        port: Port; 0 takes a free one.
        workers: Worker processes; one for each core when absent.
        say: Called with a line for each step of the start.
        ready: Called with the address once the server listens.
        command: What was typed, for the page.

    Raises:
        OSError: The port is taken.
    """
    listener, address = listen(host, port)
    with listener, tempfile.TemporaryDirectory(prefix="lawshock-laboratory-") as folder:
        say("Reading the worlds …")
        lab = Lab(home, workers or cores(), Path(folder))
        readers = Readers(home)
        try:
            for words, error in lab.left_out.items():
                say(f"Without the card '{words}': {error}")
            lab.warm()
            say("Making the page …")
            told = schema(lab.base, lab.name, live=True)
            worlds = {name: question.pairing.world for name, question in lab.cards.items()}
            asked = Asked((lab.name, lab.base), worlds, PAIRS, SEED, draws().world, draws().hashes)
            page = laboratory(asked, lab.on_cards, {}, place=Path("x.html"), command=command, live=True, schema=told)
            found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
            assert found is not None
            token = "" if loopback(host) else secrets.token_urlsafe(24)
            app = build(lab, readers, page, found[1] + FRAMED, told, host, token)
            ready(address + (f"?token={token}" if token else ""))
            serve(app, listener, lab.end)
        finally:
            readers.close()
            lab.close()
