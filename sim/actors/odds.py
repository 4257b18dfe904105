"""How likely a decision was under its own rule, and when it is told that it came early, late or against the odds."""

from typing import Any

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
