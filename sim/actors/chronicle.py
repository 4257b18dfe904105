"""The log of acts: who did what to whom, when, and because of which earlier acts, as data and as a sentence.

Each verb has its sentence here, and how it is named as the cause of another; acts of the calendar and answers of
companies bring their own.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sim.scenario.acts import KINDS
from sim.scenario.institutions import THREATS
from sim.scenario.stances import STANCES
from sim.scenario.words import day_in_words, listed

WORDS = [
    *((act.verb, act.sentence, act.cause) for act in KINDS.values()),
    *((answer.verb, answer.sentence, answer.cause) for answer in STANCES.values() if answer.verb),
]
"""Verb, sentence and name as a cause of what brings its own: acts of the calendar, and answers that companies take."""

SENTENCES: dict[str, str] = {verb: sentence for verb, sentence, _ in WORDS} | {
    # governments and courts
    "order a store ban": "{actor} ordered stores to remove {target}{until}{after}.",
    "announce an order": "{actor} announced that {whom} would have to {do} {target} from {start}{until}.",
    "withdraw an order": "{actor} withdrew the order announced against {target}{after}.",
    "order stands": "{actor} had ordered, on {since}, {whom} to {do} {target}{until}.",
    "order is announced": "{actor} had announced that {whom} would have to {do} {target} from {start}{until}.",
    "lapse": "The order against {target} lapsed{after}.",
    "end interoperability": "The duty to carry messages across apps lapsed{after}.",
    "step up": "{actor} {did}{after}{why}.",
    "put on notice": "{actor} put {target} on notice of an offence{after}{why}.",
    "step down": "{actor} {did}{after}{why}.",
    "ask less": "{actor} cut requests to {target} below three quarters of what they had been: {ground}.",
    "ask again": "{actor} raised requests to {target} above three quarters of what they had been{after}.",
    # companies and platforms
    "review the law": "Lawyers of {actor} reviewed the law{news}{outcome}.",
    "announce a pause": "{actor} announced{reason} that it had paused{delay}{odds}.",
    "announce an exit": "{actor} announced{when} that it would leave: {ground}{odds}.",
    "keep the pause": "{actor} kept the pause{when}: {ground}{odds}.",
    "reconsider": "{actor} put its answer under review{news}.",
    "stand by an answer": "{actor} stood by its answer{when}: {ground}{odds}.",
    "meet a demand": "{actor} met the demand for {what}: {ground}{odds}.",
    "give way": "{actor} gave way to {target} after {days} days, and dropped the demand for {what}: {ground}.",
    "meet a part": "{actor} met a part of the demand for {what}: {part}{after}.",
    "miss a deadline": "{actor} let the deadline for {what} pass{after}.",
    # ISPs and press
    "execute an order": "{actor} {did} {target} by {technique}, {delay} after the order{odds}.",
    "restore access": "{actor} restored access to {target}{after}.",
    "ignore an order": "{actor} did not carry out the order against {target}: {ground}{odds}.",
}
"""Verb of an act -> its sentence. ``after`` names the causes; other fields are quantities of the act."""

CAUSES: dict[str, str] = {verb: cause for verb, _, cause in WORDS if cause} | {
    "order stands": "an order of before the start",
    "withdraw an order": "the withdrawal of {date}",
    "lapse": "the end of the order on {date}",
    "step up": "the sanction of {date}",
    "step down": "the relief of {date}",
    "put on notice": "the notice of {date}",
    "announce an exit": "the announcement of {date}",
    "announce a pause": "the announcement of {date}",
    "meet a demand": "its compliance of {date}",
    "give way": "the retreat of {date}",
    "meet a part": "the instalment of {date}",
    "miss a deadline": "the missed deadline of {date}",
}
"""Verb of an act -> how a later sentence refers to it."""

STEPS_UP = (
    "asked {target}",
    "ordered {target} to comply",
    "put {target} on notice of an offence",
    "made staff of {target} liable",
    "went on to slow {target} down",
    "went on to block {target}",
    "went on to remove {target} from stores",
)
"""What is done by taking a company up to a rung."""


@dataclass(frozen=True, slots=True)
class Logged:
    """One act of an institution."""

    id: int
    day: int
    actor: str
    verb: str
    target: str
    because: tuple[int, ...]
    """Ids of the earlier acts that brought it about."""
    quantities: dict[str, Any]
    """Numbers and words that decided it."""
    sentence: str


class Chronicle:
    """Acts in the order in which they happened; the id of an act is its place in the log."""

    def __init__(self, date: Callable[[int], dt.date]) -> None:
        """Start an empty log.

        Args:
            date: Calendar date of a day number.
        """
        self.acts: list[Logged] = []
        self._date = date

    def add(
        self, day: int, actor: str, verb: str, target: str = "", because: Iterable[int] = (), **quantities: Any
    ) -> int:
        """Write an act down and return its id.

        A sentence names the causes, or, of an act that waited, the ``condition`` among its quantities.

        Raises:
            KeyError: The verb has no sentence, or the sentence needs a quantity that is not given.
        """
        causes, condition = tuple(dict.fromkeys(because)), quantities.get("condition")
        sentence = SENTENCES[verb].format(
            actor=subject(actor),
            target=target,
            date=day_in_words(self._date(day)),
            after=f", as {condition}" if condition else self._after(causes, self._date(day)),
            **quantities,
        )
        act = Logged(len(self.acts), day, actor, verb, target, causes, quantities, sentence[0].upper() + sentence[1:])
        self.acts.append(act)
        return act.id

    def _after(self, causes: tuple[int, ...], today: dt.date) -> str:
        """Name the causes in a clause: ', after the law of 30 June and the rules of 6 July'; empty without causes."""
        acts = [self.acts[cause] for cause in causes if self.acts[cause].verb in CAUSES]
        named = [
            CAUSES[act.verb].format(date=day_in_words(self._date(act.day), today), target=act.target) for act in acts
        ]
        return f", after {listed(named)}" if named else ""


BODIES = ("commission", "committee", "congress", "council", "court", "government", "ministry", "parliament", "police")
"""Last words of the names of public bodies, which take an article."""
DETERMINED = ("the", "this", "a", "an")


def subject(name: str) -> str:
    """Name as the subject of a sentence: common nouns and public bodies take an article, other names do not."""
    words = name.split()
    if words[0].lower() in DETERMINED:
        return name
    common = words[0][0].islower() and words[0].islower()
    return f"the {name}" if common or words[-1].lower() in BODIES else name


def stepping_down(target: str, before: int, rung: int) -> str:
    """What is done by taking a company back to a lower rung."""
    if rung == 0:
        return f"ended its pressure on {target}"
    return f"eased its pressure on {target}, from {THREATS[before]} to {THREATS[rung]}"
