"""What would flip an answer, in words: its label, and the numbers on which it hangs with the value that turns it."""

from dataclasses import dataclass

from sim.analyses.claims.analysis import DEPENDS, FIRM, OPEN, TRIES, FlipTest
from sim.scenario.fields import leaves
from sim.scenario.schema import origins
from sim.scenario.words import listed, number, short_meaning

STATUS = {
    "assumed": "assumed: nobody measured it, and no fit determines it",
    "borrowed": "borrowed from another setting",
    "calibrated": "fitted to cases",
}
BARELY = 0.2
"""Part of the variance between pairs below which the emulator that chose the numbers says little."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A number on which an answer hangs, as a line of the page."""

    key: str
    meaning: str
    said: str
    """What happens when it moves through its plausible range."""
    rests: str
    """Where it comes from."""


@dataclass(frozen=True, slots=True)
class Turning:
    """What a page says of the firmness of its answer."""

    label: str
    """In a word or two: firm, depends on a number, or open."""
    why: str
    agreed: str
    """How many pairs have the sign of the answer, and why it is open where it is."""
    hangs: str
    """The numbers that the answer hangs on most, and whether one turns it; empty where it hangs on none."""
    doubts: tuple[Doubt, ...]
    together: str
    """What several numbers do together."""
    how: str
    """How it was tried."""

    @property
    def verdict(self) -> str:
        """The label where the numbers it depends on are told beside it."""
        depends = self.label.startswith(DEPENDS)
        return "Depends on a number" if depends else f"{self.label[0].upper()}{self.label[1:]}"


def turning(tested: FlipTest) -> Turning:
    """The label of an answer, and what would flip it."""
    one, ranges = tested.examined, tested.ranges
    scenario = one.claim.base.scenario
    about = {leaf.key: leaf for leaf in leaves(scenario)}
    status = {origin.key: origin.status for origin in origins(scenario)}
    doubts, turns = [], []
    for turn in one.flips.alone:
        numbered = ranges[turn.numbers[0]]
        leaf = about[numbered.keys[0]]
        span = f"{number(numbered.at(0.0))} to {number(numbered.at(1.0))}"
        if one.flips.own <= 0:
            said = "not told: the answer does not hold with the scenario’s own numbers"
        elif turn.move is None:
            said = f"no value from {span} turns the answer"
        else:
            value, own = numbered.at(turn.move[turn.numbers[0]]), numbered.own
            said = f"the answer turns at {number(value)} and {'above' if value > own else 'below'}"
            turns.append(leaf.meaning)
        unit = "" if leaf.unit == "1" else f" {leaf.unit}"
        said += f"; here {number(numbered.own)}{unit}, plausible are {span}"
        doubts.append(Doubt(numbered.key, leaf.meaning, said, STATUS.get(status[leaf.key], status[leaf.key])))
    label = one.label
    most = listed([short_meaning(doubt.meaning) for doubt in doubts])
    pairs = one.levels.shape[1]
    alike = f"{round(one.share * pairs)} of {pairs} pairs of runs have this sign"
    if label == FIRM:
        why = f"{alike}, and no single number turns it of those that it hangs on most: {most or 'none'}."
    elif label == DEPENDS:
        label, why = f"depends on {listed([short_meaning(text) for text in turns])}", f"{alike}."
    elif one.flips.own <= 0:
        why = f"{alike}; with the scenario’s own numbers the sign is another."
    else:
        why = f"{alike}, fewer than 95 %, and no single number was found that turns it."
    agreed = why if label == OPEN else f"{alike}."
    hangs = f"{most[0].upper()}{most[1:]}; {_alone(len(turns), len(doubts))}." if most and one.flips.own > 0 else ""
    return Turning(label, why, agreed, hangs, tuple(doubts), _together(tested), _how(tested))


def _alone(turns: int, tried: int) -> str:
    """How many of the numbers that were tried turn an answer."""
    if tried == 1:
        return "within what is plausible it turns the answer" if turns else "no plausible value of it turns the answer"
    some = "none of them" if not turns else "each of them" if turns == tried else f"{turns} of them"
    return f"{some} turns the answer alone" if turns in (0, 1, tried) else f"{some} turn the answer alone"


def _together(tested: FlipTest) -> str:
    turn, ranges = tested.examined.flips.together, tested.ranges
    if tested.examined.flips.own <= 0 or len(turn.numbers) < 2:
        return ""
    if turn.move is None:
        return (
            f"Nor do the {len(turn.numbers)} of them that matter most turn it, all moved to their worst ends together."
        )
    parts = [
        f"{ranges[n].key} {number(ranges[n].own)} → {number(ranges[n].at(place))}" for n, place in turn.move.items()
    ]
    far = number(turn.length)
    return f"Together, {len(parts)} numbers turn it by a move of {far} plausible ranges in all: {'; '.join(parts)}."


def _how(tested: FlipTest) -> str:
    one = tested.examined
    text = (
        f"Chosen by a regression over the {one.levels.shape[1]} pairs of this page, which predicts "
        f"{max(one.emulator.explained, 0):.0%} of what differs between pairs left out; tried by runs of "
        f"{one.claim.base.scenario.population.users:,} people, means of {min(TRIES, one.luck.shape[1])} pairs, all "
        "else as in the scenario."
    )
    if one.emulator.explained < BARELY:
        text += " That is little: other numbers may matter as much."
    return text
