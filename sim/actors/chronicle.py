"""The log of acts: who did what to whom, when, why, and because of which earlier acts, as data and as a sentence.

Each verb has its sentence here, and how it is named as the cause of another; acts of the calendar and answers of
companies bring their own. Below the log: words for how likely a decision was, and for the reasons of one.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sim.scenario.acts import KINDS
from sim.scenario.institutions import THREATS
from sim.scenario.stances import STANCES
from sim.scenario.words import day_in_words, listed

TOLD: dict[str, tuple[str, str]] = {
    **{act.verb: (act.sentence, act.cause) for act in KINDS.values()},
    **{answer.verb: (answer.sentence, answer.cause) for answer in STANCES.values() if answer.verb},
    # governments and courts
    "order a store ban": ("{actor} ordered stores to remove {target}{until}{after}.", ""),
    "announce an order": ("{actor} announced that {whom} would have to {do} {target} from {start}{until}.", ""),
    "withdraw an order": ("{actor} withdrew the order announced against {target}{after}.", "the withdrawal of {date}"),
    "announce a step": (
        "{actor} announced that {target} would face {threat} from {start} on{after}.",
        "the threat of {date}",
    ),
    "demand stands": (
        "{actor} had demanded {what} from {target}, on {since}, and had not been met.",
        "a demand of before the start",
    ),
    "order stands": (
        "{actor} had ordered, on {since}, {whom} to {do} {target}{until}.",
        "an order of before the start",
    ),
    "order is announced": ("{actor} had announced that {whom} would have to {do} {target} from {start}{until}.", ""),
    "lapse": ("The order against {target} lapsed{after}.", "the end of the order on {date}"),
    "end interoperability": ("The duty to carry messages across apps lapsed{after}.", ""),
    "step up": ("{actor} {did}{after}{why}.", "the sanction of {date}"),
    "put on notice": ("{actor} put {target} on notice of an offence{after}{why}.", "the notice of {date}"),
    "step down": ("{actor} {did}{after}{why}.", "the relief of {date}"),
    "ask less": ("{actor} cut requests to {target} below three quarters of what they had been: {ground}.", ""),
    "ask again": ("{actor} raised requests to {target} above three quarters of what they had been{after}.", ""),
    # companies and platforms
    "review the law": ("Lawyers of {actor} reviewed the law{news}{outcome}.", ""),
    "announce a pause": ("{actor} announced{reason} that it had paused{delay}{odds}.", "the announcement of {date}"),
    "announce an exit": ("{actor} announced{when} that it would leave: {ground}{odds}.", "the announcement of {date}"),
    "keep the pause": ("{actor} kept the pause{when}: {ground}{odds}.", ""),
    "reconsider": ("{actor} put its answer under review{news}.", ""),
    "stand by an answer": ("{actor} stood by its answer{when}: {ground}{odds}.", ""),
    "meet a demand": ("{actor} met the demand for {what}: {ground}{odds}.", "its compliance of {date}"),
    "give way": (
        "{actor} gave way to {target} after {days} days, and dropped the demand for {what}: {ground}.",
        "the retreat of {date}",
    ),
    "meet a part": ("{actor} met a part of the demand for {what}: {part}{after}.", "the instalment of {date}"),
    "miss a deadline": ("{actor} let the deadline for {what} pass{after}.", "the missed deadline of {date}"),
    # ISPs and press
    "execute an order": ("{actor} {did} {target} by {technique}, {delay} after the order{odds}.", ""),
    "restore access": ("{actor} restored access to {target}{after}.", ""),
    "ignore an order": ("{actor} did not carry out the order against {target}: {ground}{odds}.", ""),
}
"""Verb of an act -> its sentence, and how a later one refers to it as a cause, if it does.

``after`` names the causes; other fields are quantities of the act.
"""

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
        sentence = TOLD[verb][0].format(
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
        acts = [self.acts[cause] for cause in causes if TOLD[self.acts[cause].verb][1]]
        named = [
            TOLD[act.verb][1].format(date=day_in_words(self._date(act.day), today), target=act.target) for act in acts
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


# How likely a decision was under its own rule

OUTER = 0.25
"""A decision is early in the first quarter of its distribution over days and late in the last; the half between needs
no word. So one decision in four at most is called early, and one in four late."""
NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
RAREST = 1000


class Wait:
    """A decision that may fall on any of the days on which it is open: the chance of today, and that by today.

    Days are counted as one wait as long as they follow one another; after a gap, or a decision, a new wait begins.
    """

    def __init__(self) -> None:
        self.chance = 0.0
        """Probability under the rule, as of today, that the decision falls today."""
        self.still = 1.0
        """Probability that it had not fallen before today."""
        self._day: int | None = None

    def face(self, day: int, chance: float) -> None:
        """Meet a day with the chance that the rule gives the decision on it."""
        if self._day is not None and day == self._day + 1:
            self.still *= 1.0 - self.chance
        elif day != self._day:
            self.still = 1.0
        self._day, self.chance = day, chance

    @property
    def by_today(self) -> float:
        """Probability that the decision had fallen by the end of today, over all days of the wait."""
        return 1.0 - self.still * (1.0 - self.chance)

    def end(self) -> dict[str, Any]:
        """Let the decision fall today: its chances, and the words for one that is early or late. A new wait begins."""
        self._day = None
        return {"odds": timing(self.by_today, self.still), "chance": self.chance, "chance_by_then": self.by_today}


def timing(by_today: float, still: float) -> str:
    """Words for a decision in an outer quarter of its distribution; none for the half between.

    Args:
        by_today: Probability that it had fallen by the end of the day.
        still: Probability that it had not fallen before the day.
    """
    if by_today <= OUTER:
        return f" (early: the chance that it came by then was {one_in(by_today)})"
    if still <= OUTER:
        return f" (late: the chance that it took so long was {one_in(still)})"
    return ""


def choice(share: float) -> dict[str, Any]:
    """The chance of an outcome among those of a review, and words for one that few reviews have."""
    rare = f" (against the odds: the chance of this outcome was {one_in(share)})" if share <= OUTER else ""
    return {"odds": rare, "chance": share}


def one_in(probability: float) -> str:
    """A small probability as people say it: 'one in eleven', 'one in 130', 'less than one in 1000'."""
    if probability * RAREST < 1.0:
        return f"less than one in {RAREST}"
    return f"one in {in_words(round(float(f'{1.0 / probability:.2g}')))}"


def in_words(number: int) -> str:
    """A number in words up to twelve, in digits above."""
    return NUMBERS[number] if number < len(NUMBERS) else str(number)


# Why a decision fell

SMALLEST = 0.05
"""Log odds below which a term has moved nothing worth a word."""
MOST = 3
"""Reasons named in a sentence."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A term of a decision."""

    name: str
    weight: float
    """Log odds that it adds to refusing; below 0 it speaks for answering."""
    words: str
    """The clause that says what held."""
    acts: tuple[int, ...] = ()
    """Acts that brought it about."""
    always: bool = False
    """Whether there would have been no decision without it, however little it weighs."""


def for_refusing(terms: Iterable[Reason]) -> list[Reason]:
    """What speaks for refusing, the largest first, at most three; what is always named is among them."""
    return _foremost([term for term in terms if term.always or term.weight > SMALLEST], 1.0)


def for_answering(terms: Iterable[Reason]) -> list[Reason]:
    """What speaks for answering, the largest first, at most three."""
    return _foremost([term for term in terms if term.weight < -SMALLEST], -1.0)


def _foremost(terms: list[Reason], sign: float) -> list[Reason]:
    ranked = sorted(terms, key=lambda term: -sign * term.weight)
    named = [term for term in ranked if term.always]
    others = [term for term in ranked if not term.always][: MOST - len(named)]
    return [term for term in ranked if term in named or term in others]


def because_clause(named: Sequence[Reason], although: Sequence[Reason] = ()) -> str:
    """Reasons as the clauses of a sentence; without one, what spoke against, for then chance alone has decided."""
    if named:
        return clauses([term.words for term in named])
    if although:
        return f"although {clauses([term.words for term in although])}"
    return "nothing weighed much on either side"


def figures(terms: Iterable[Reason]) -> dict[str, Any]:
    """Log odds of each term that is not nothing, by its name; what is beyond any number is left out."""
    return {f"logits of {term.name}": term.weight for term in terms if term.weight and math.isfinite(term.weight)}


def clauses(words: Sequence[str]) -> str:
    """Clauses joined so that an 'and' within one is not taken for the next: 'a', 'a, and b', 'a, b, and c'."""
    *head, last = words
    return f"{', '.join(head)}, and {last}" if head else last


def names_or_number(names: Sequence[str], what: str) -> str:
    """One or two names, or how many there are: 'Meta and Google', 'three companies that it listens to'."""
    return listed([subject(name) for name in names]) if len(names) <= 2 else f"{in_words(len(names))} {what}"
