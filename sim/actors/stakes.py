"""What answering and refusing are worth, and the logit between them, around the cut-off of eq. (11)."""

import math
from dataclasses import dataclass
from statistics import NormalDist

NEVER = math.inf
"""Log odds of a cut-off that no belief exceeds."""
NORMAL = NormalDist()


def sigma(x: float) -> float:
    """Logistic function, without overflow."""
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0.0 else math.exp(x) / (1.0 + math.exp(x))


def logit(p: float) -> float:
    """Log odds of a probability; ``NEVER`` from 1 on, and its opposite down from 0."""
    if p <= 0.0:
        return -NEVER
    return math.log(p / (1.0 - p)) if p < 1.0 else NEVER


def hazard(rate: float) -> float:
    """Probability that something that happens at ``rate`` per day happens within the day."""
    return -math.expm1(-rate)


def over(loss: float, worth: float) -> float:
    """A loss in days of what is at stake; a side with nothing at stake has enough of any loss."""
    return loss / worth if worth > 0.0 else math.inf if loss > 0.0 else 0.0


def spread_out(median: float, spread: float, place: float) -> float:
    """The value at a place, in (0, 1), of a log-normal distribution."""
    return median * math.exp(spread * NORMAL.inv_cdf(min(max(place, 1e-12), 1.0 - 1e-12)))


def below(value: float, median: float, spread: float) -> float:
    """Chance that a log-normal draw is at most a value: the inverse of ``spread_out``."""
    if value <= 0.0:
        return 0.0
    if spread == 0.0 or math.isinf(value):
        return float(value >= median)
    return NORMAL.cdf(math.log(value / median) / spread)


@dataclass(frozen=True, slots=True)
class Stakes:
    """What a company stands to gain and lose per day, in stakes (model of eq. 11)."""

    cooperation: float
    """g: value of cooperating under a benign law."""
    friction: float
    """c_f: cost of pausing without a sanction."""
    harm: float
    """h: harm of answering under a law that is used politically, human-rights weight included."""

    @classmethod
    def from_cutoff(cls, cutoff: float, cooperation: float, friction: float, human_rights_weight: float) -> "Stakes":
        """Solve (11) for the harm at which a company of weight 1 has the declared cut-off without a sanction."""
        harm = (cooperation + friction) / cutoff - cooperation
        return cls(cooperation, friction, human_rights_weight * harm)

    def cutoff(self, sanction: float, fear: float, market: float, precedent: float = 0.0) -> float:
        """p* = m (g + c) / (m g + d (h + k)): belief above which refusing is worth its cost (eq. 11).

        Args:
            sanction: Cost per day of the sanction in force, in stakes of a market of worth 1.
            fear: Harm feared from meeting this kind of demand, relative to user data.
            market: Worth of the market, which scales all but the harm.
            precedent: k, harm of being asked everywhere for what is given here, in stakes.

        Returns:
            The belief; 1 or more means that no belief makes refusing worth its cost.
        """
        return (
            market
            * (self.cooperation + self.friction + sanction)
            / (market * self.cooperation + fear * (self.harm + precedent))
        )


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer rests on, as far as others set it; pressure that fades and users who leave are not among it."""

    cutoff: float
    """p* at the rung whose sanction the company suffers."""
    doubt: float
    """Log odds of political use that the law, courts, rules, announced peers and advice give."""
    demands: frozenset[int]
    """Acts by which data was demanded of the company."""

    def opens(self, before: "Grounds", *, answers: bool) -> bool:
        """Whether they give a new reason to end an answer that was settled on other grounds.

        Any new demand does. A refusal is opened by a heavier sanction or by less doubt, an answer that was given by
        more doubt; that the sanction ends is what it was given for.
        """
        if not self.demands <= before.demands:
            return True
        return self.doubt > before.doubt if answers else self.cutoff > before.cutoff or self.doubt < before.doubt

    def beside(self, before: "Grounds", *, answers: bool) -> "Grounds":
        """What a settled answer rests on from now on, so that a sanction that ends and comes back is a new one."""
        doubt = min(self.doubt, before.doubt) if answers else max(self.doubt, before.doubt)
        return Grounds(min(self.cutoff, before.cutoff), doubt, before.demands)
