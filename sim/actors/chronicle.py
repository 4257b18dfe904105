"""The log of acts: who did what to whom, when, and because of which earlier acts, as data and as a sentence."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sim.actors.sentences import CAUSES, SENTENCES
from sim.scenario.words import day_in_words, listed


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
