"""The answers of a company to demands for data: what each means for requests, whether it holds, its words and colour.

A stance is one entry here and a member of ``Stance``; one in which a review can end is in ``REVIEWED``, too, and has a
parameter of companies.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stance = Literal["process", "pause", "mlat", "refuse", "cannot", "comply", "withdraw", "exit"]
"""What a company does with demands: judge each, pause all, send to mutual legal assistance, refuse, have no data to
give, obey, close its office and hand nothing over while its platforms stay open, or leave."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a stance is."""

    words: str
    """What the company does, in a picture."""
    colour: str
    """In which pictures show it; colours of people who see no green differ as well."""
    forms: tuple[str, str, str]
    """The same as a verb: what one does, what several do, what was or had been done; ``rest`` comes after it."""
    rest: str
    requests: Literal["answered", "waiting", "passed on", "refused"]
    """What becomes of requests for data; of those that wait, urgent ones are answered."""
    verb: str = ""
    """What the log calls the act by which a company takes it; empty where it takes it by no decision of its own."""
    sentence: str = ""
    """How the log tells that act."""
    cause: str = ""
    """How the sentence of a later act names it as a cause."""
    share: float | Literal["produced", "produced_when_paused"] = 0.0
    """Share of requests that ends in data: a number, or the parameter of a company's requests that gives it."""
    final: bool = False
    """Whether it tells the police 'never', where a pause tells them 'not now'."""
    holds: bool = False
    """Whether a new reason opens it to review, and the mere passing of days does not."""
    open: bool = True
    """Whether the company's platforms stay in the market."""
    staffed: bool = True
    """Whether its local office, if it has one, stays."""

    @property
    def done(self) -> str:
        """What a company did, or had done, that took it."""
        return f"{self.forms[2]} {self.rest}"

    def does(self, companies: int = 1) -> str:
        """What a company does that has it, or several."""
        return f"{self.forms[companies > 1]} {self.rest}"


STANCES: dict[Stance, Answer] = {
    "process": Answer(
        "answers demands", "#CDD3D9", ("answers", "answer", "answered"), "lawful demands for data",
        "answered", "resume", "{actor} resumed the processing of data demands{when}: {ground}{odds}.",
        "its compliance of {date}", share="produced",
    ),
    "pause": Answer(
        "pauses", "#5C6FC9", ("pauses", "pause", "paused"), "all answers to demands for data", "waiting", "pause",
        "{actor} paused the processing of data demands{when}: {ground}{odds}.", "the pause of {date}",
        share="produced_when_paused",
    ),
    "mlat": Answer(
        "legal assistance only", "#3E8C7A", ("sends", "send", "sent"),
        "every demand for data to mutual legal assistance", "passed on", "turn to mutual legal assistance",
        "{actor} sent the police to mutual legal assistance{when}: {ground}{odds}.",
        "the turn to legal assistance of {date}", final=True,
    ),
    "refuse": Answer(
        "refuses", "#C9AE4B", ("refuses", "refuse", "refused"), "every demand for data", "refused", "refuse",
        "{actor} refused data demands for good{when}: {ground}{odds}.", "the refusal of {date}",
        final=True, holds=True,
    ),
    "cannot": Answer(
        "has no data to give", "#3B3B3B", ("has", "have", "had"), "no data to give", "refused", final=True, holds=True
    ),
    "comply": Answer(
        "complies with all", "#D55E00", ("answers", "answer", "answered"), "every demand for data", "answered", "obey",
        "{actor} began to obey every data demand, as no fear outweighs the sanction: {ground}{odds}.",
        "its compliance of {date}", share=1.0,
    ),
    "withdraw": Answer(
        "closes its office", "#7B4B1E", ("closes", "close", "closed"),
        "the local office with the apps still open", "refused", "withdraw",
        "{actor} closed its office{when} and handed nothing over, its platforms still open: {ground}{odds}.",
        "the withdrawal of {date}", final=True, holds=True, staffed=False,
    ),
    "exit": Answer(
        "leaves", "#A0468C", ("leaves", "leave", "left"), "the market", "refused", "leave",
        "{actor} left the market{after}.", "its exit of {date}", open=False, staffed=False,
    ),
}  # fmt: skip
"""Every stance, in the order of the schema."""

REVIEWED = ("mlat", "refuse", "exit", "resume", "withdraw")
"""What a review can end in but the present answer, in the order in which a draw passes them.

To each stance among them a company has a leaning of its own, a parameter under its name and ``_leaning``.
"""


def _those(has: Callable[[Answer], bool]) -> tuple[Stance, ...]:
    return tuple(name for name, answer in STANCES.items() if has(answer))


ANSWERING = _those(lambda answer: answer.requests == "answered")
"""Stances under which a company answers demands for data."""
FIRM = _those(lambda answer: answer.holds)
"""Stances that hold."""
FINAL = _those(lambda answer: answer.final)
"""Stances that are meant for good, short of leaving."""
DEFYING = _those(lambda answer: answer.requests != "answered" and answer.open)
"""Stances under which a company that has not left does not answer."""
HOLDING_BACK = _those(lambda answer: answer.requests != "answered" and answer.open and answer.staffed)
"""Stances under which a company hands nothing over by itself, while its platforms stay open and its office staffed."""
