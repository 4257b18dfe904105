"""Conditions that an act of the calendar can wait for, as data: what the world must show, when it counts, how often.

A condition looks at the world as it stands in the evening, at the end of a day; its act happens on a later day.
"""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.fields import Table, parameter, several
from sim.scenario.institutions import THREATS
from sim.scenario.stances import STANCES, Stance
from sim.scenario.words import listed

Topic = Literal["surveillance", "access"]
"""What news is about: who reads along (laws, demands, terms of apps), or what can be reached (blocks, outages)."""


class Condition(Table):
    """What every condition has."""

    days_after: int = parameter(
        1, "days from the evening on which it is met to the act", unit="days", ge=1, le=36_525, status="setting"
    )
    earliest: dt.date | None = parameter(None, "first evening that counts; any when absent", status="setting")
    latest: dt.date | None = parameter(None, "last evening that counts; any when absent", status="setting")
    each_time: bool = parameter(
        False, "whether the act happens each time that the condition comes true, or once at most", status="setting"
    )

    def said(self, *, past: bool = False) -> str:
        """The condition as a clause, 'WhatsApp has lost 10 % of its users'; 'had lost' when told of afterwards."""
        raise NotImplementedError


class OfCompanies(Condition):
    """A condition that a number of companies meets."""

    companies: tuple[str, ...] = several((), "companies that count; all when absent", status="setting")
    count: int = parameter(1, "how many of them it takes", unit="companies", ge=1, status="setting")

    def _who(self) -> str:
        if not self.companies:
            return "a company" if self.count == 1 else f"{self.count} companies"
        if self.count == len(self.companies):
            return listed(self.companies)
        return f"{self.count} of {', '.join(self.companies)}"

    def _have(self, *, past: bool) -> str:
        return "had" if past else "has" if self.count == 1 else "have"

    def _are(self, *, past: bool) -> str:
        now, then = ("is", "was") if self.count == 1 else ("are", "were")
        return then if past else now


class CompaniesAnnounced(OfCompanies):
    """It is public of companies that they do not answer demands for data, and they have not gone back on it."""

    kind: Literal["companies-announced"]

    def said(self, *, past: bool = False) -> str:
        """Who has stopped answering in public."""
        return f"{self._who()} {self._have(past=past)} publicly stopped answering demands for data"


class CompaniesStance(OfCompanies):
    """Companies have a stance, announced or not."""

    kind: Literal["companies-stance"]
    stance: Stance = parameter(..., "stance", status="setting")

    def said(self, *, past: bool = False) -> str:
        """Who has which stance."""
        return f"{self._who()} {self._have(past=past)} {STANCES[self.stance].done}"


class RungReached(OfCompanies):
    """Companies stand on a rung of the ladder, or on a higher one."""

    kind: Literal["rung-reached"]
    rung: int = parameter(..., "rung", unit="rung", ge=1, le=6, status="setting")

    def said(self, *, past: bool = False) -> str:
        """Who stands where."""
        return f"{self._who()} {self._are(past=past)} under {THREATS[self.rung]} or worse"


class UsersMoved(Condition):
    """A condition on the holders of a platform against those of an evening before."""

    platform: str = parameter(..., "platform", status="setting")
    since: dt.date | None = parameter(
        None, "evening whose holders it is measured against; the first day's when absent", status="setting"
    )


class UsersLost(UsersMoved):
    """A platform has lost a share of its holders."""

    kind: Literal["users-lost"]
    share: float = parameter(..., "share of its holders that it has lost, at least", gt=0.0, le=1.0, status="setting")

    def said(self, *, past: bool = False) -> str:
        """Which platform, and how much."""
        return f"{self.platform} {'had' if past else 'has'} lost {100 * self.share:g} % of its users"


class UsersGained(UsersMoved):
    """A platform has gained holders, by a share of those that it had."""

    kind: Literal["users-gained"]
    share: float = parameter(..., "gain over the holders that it had, at least", gt=0.0, status="setting")

    def said(self, *, past: bool = False) -> str:
        """Which platform, and how much."""
        return f"{self.platform} {'had' if past else 'has'} gained {100 * self.share:g} % of its users"


class PlatformBlocked(Condition):
    """The average user can hardly use a platform where ISPs carry orders out."""

    kind: Literal["platform-blocked"]
    platform: str = parameter(..., "platform", status="setting")
    access: float = parameter(
        0.5, "usability for the average user below which it is blocked", gt=0.0, le=1.0, status="setting"
    )

    def said(self, *, past: bool = False) -> str:
        """Which platform."""
        return f"{self.platform} {'was' if past else 'is'} blocked"


class LawInForce(Condition):
    """The law is in force."""

    kind: Literal["law-in-force"]

    def said(self, *, past: bool = False) -> str:
        """The clause."""
        return f"the law {'was' if past else 'is'} in force"


class AttentionAbove(Condition):
    """Public attention to a topic is above a level."""

    kind: Literal["attention-above"]
    level: float = parameter(..., "level, in the unit of salience", ge=0.0, status="setting")
    topic: Topic = parameter("surveillance", "topic of the attention", status="setting")

    def said(self, *, past: bool = False) -> str:
        """Attention to what, and above which level."""
        return f"attention to {self.topic} {'was' if past else 'is'} above {self.level:g}"


class ActHappened(Condition):
    """Another act of the calendar happened on that day, dated or waiting itself."""

    kind: Literal["act-happened"]
    act: str = parameter(..., "id of the other act", status="setting")

    def said(self, *, past: bool = False) -> str:
        """Which act."""
        return f"the act '{self.act}' {'had' if past else 'has'} happened"


AnyCondition = Annotated[
    CompaniesAnnounced | CompaniesStance | RungReached | UsersLost | UsersGained | PlatformBlocked | LawInForce
    | AttentionAbove | ActHappened,
    Field(discriminator="kind"),
]  # fmt: skip
