"""The calendar: acts of governments, courts, companies and fate, on a date or after a condition is met, as data."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.fields import Table, fraction, parameter, several
from sim.scenario.institutions import DemandKind, Stance
from sim.scenario.triggers import AnyCondition, Topic


def _absent(value: object) -> bool:
    """Whether a value says nothing and is left out of what is written: most acts have a date and no lengths."""
    return value is None


class Act(Table):
    """What every act has: a date, or a condition that it waits for. ``id`` lets an extending file change or drop it."""

    id: str = parameter(..., "short name, unique in the scenario", status="setting", pattern=r"^[a-z0-9][a-z0-9-]*$")
    date: dt.date | None = parameter(None, "calendar date; absent where it waits", status="setting")
    when: AnyCondition | None = parameter(
        None, "condition that it waits for, in the place of a date", status="setting", exclude_if=_absent
    )
    by: str = parameter("government", "who acts", status="setting")
    salience: float = parameter(0.0, "attention that the act adds to its topic", symbol="A_e", ge=0.0, le=10.0)
    topic: Topic | None = parameter(
        None, "what its news is about: surveillance or access; as its kind has it when absent", status="setting"
    )
    names: tuple[str, ...] = several((), "platforms that its news names, and so makes known", status="setting")
    note: str = parameter("", "what happened, for the reader", status="setting")

    @property
    def about(self) -> Topic:
        """Topic of its news."""
        return self.topic or self._usual_topic()

    def _usual_topic(self) -> Topic:
        return "surveillance"


class AccessAct(Act):
    """An act whose news is about what can be reached."""

    def _usual_topic(self) -> Topic:
        return "access"


class IspOrder(AccessAct):
    """What every order to ISPs has. One that is dated before the start stands when the run begins."""

    until: dt.date | None = parameter(None, "day on which the order has lapsed", status="setting")
    for_days: int | None = parameter(
        None, "length, in the place of until", unit="days", ge=1, le=36_525, status="setting", exclude_if=_absent
    )
    announced: dt.date | None = parameter(
        None, "day on which the order is announced, when that is ahead of its date", status="setting"
    )
    isps: tuple[str, ...] = several((), "ISPs that are ordered to; all when absent", status="setting")


class Announce(Act):
    """A law is announced."""

    kind: Literal["announce"]


class Enact(Act):
    """A law comes into force, with or without its text public."""

    kind: Literal["enact"]
    court_order_required: bool = parameter(False, "whether a court order is needed from now on", status="setting")
    text_published: bool = parameter(True, "whether the text is public on that day", status="setting")


class PublishText(Act):
    """The text of the law becomes public."""

    kind: Literal["publish-text"]


class GazetteRules(Act):
    """Implementation rules are gazetted."""

    kind: Literal["gazette-rules"]
    vagueness: float | None = parameter(None, "vagueness from now on, if the rules change it", ge=0.0, le=1.0)


class Arrest(Act):
    """Arrests under the law."""

    kind: Literal["arrest"]
    persons: int = parameter(1, "people arrested", unit="persons", ge=1, status="setting")


class OrderBlock(IspOrder):
    """ISPs are ordered to block a platform."""

    kind: Literal["order-block"]
    platform: str = parameter(..., "platform", status="setting")
    part: str = parameter("", "function of the app, such as uploads; the whole app when absent", status="setting")
    access: float = fraction(0.0, "usability that remains where the order is executed", status="setting")
    store_ban: bool = parameter(
        False, "whether stores must remove the app, so that no one can install it", status="setting"
    )


class OrderThrottle(IspOrder):
    """ISPs are ordered to slow a platform."""

    kind: Literal["order-throttle"]
    platform: str = parameter(..., "platform", status="setting")
    part: str = parameter("", "function of the app, such as uploads; the whole app when absent", status="setting")
    access: float = fraction(0.3, "usability that remains where the order is executed", status="setting")


class OrderSiteBlock(IspOrder):
    """ISPs are ordered to block a website, which no one holds as an app; co-hosted sites suffer with it."""

    kind: Literal["order-site-block"]
    site: str = parameter(..., "website", status="setting", min_length=1)


class OrderVpnBlock(IspOrder):
    """ISPs are ordered to block virtual private networks (VPNs), and with them the way around other blocks."""

    kind: Literal["order-vpn-block"]
    access: float = fraction(0.0, "usability of a VPN that remains where the order is executed", status="setting")


class Lift(AccessAct):
    """Orders against a platform are withdrawn, those that are only announced as well."""

    kind: Literal["lift"]
    platform: str = parameter(..., "platform", status="setting")


class LiftVpnBlock(AccessAct):
    """Orders to block VPNs are withdrawn, those that are only announced as well."""

    kind: Literal["lift-vpn-block"]


class CourtRuling(Act):
    """A court rules."""

    kind: Literal["court-ruling"]
    outcome: Literal["court-order-restored", "block-lifted", "law-upheld", "demand-unlawful"] = parameter(
        ..., "what the ruling changes", status="setting"
    )
    platform: str | None = parameter(None, "platform whose block is lifted", status="setting")
    company: str | None = parameter(None, "company freed from a demand", status="setting")

    def _usual_topic(self) -> Topic:
        return "access" if self.outcome == "block-lifted" else "surveillance"


class ChangeTerms(Act):
    """A platform changes its terms of service."""

    kind: Literal["change-terms"]
    platform: str = parameter(..., "platform", status="setting")
    risk: float = parameter(0.0, "change of its risk index, which lasts", ge=-2.0, le=2.0)


class WithdrawFeature(Act):
    """A company withdraws a feature, such as end-to-end encryption, that kept it from producing data."""

    kind: Literal["withdraw-feature"]
    platform: str = parameter(..., "platform", status="setting")
    risk: float = parameter(0.0, "rise of its risk index, which lasts", ge=0.0, le=2.0)
    produced: float = fraction(
        ..., "share of requests to its owner that can be answered with data from then on, at least"
    )


class ChangeOwner(Act):
    """A platform passes to another company, and follows its stance from then on."""

    kind: Literal["change-owner"]
    platform: str = parameter(..., "platform", status="setting")
    company: str = parameter(..., "company that owns it from that day on", status="setting")


class Outage(AccessAct):
    """A platform fails for everyone, whatever the ISP and with a VPN as well."""

    kind: Literal["outage"]
    platform: str = parameter(..., "platform", status="setting")
    days: int = parameter(1, "length", unit="days", ge=1, le=3650, status="setting")
    hours: float | None = parameter(
        None, "length in hours, which takes the place of days", unit="hours", gt=0.0, le=87_600.0, status="setting"
    )
    from_hour: float = parameter(
        0.0, "hour of the day at which it begins", unit="hours", ge=0.0, lt=24.0, status="setting"
    )

    @property
    def length(self) -> float:
        """How long it lasts, in hours."""
        return 24.0 * self.days if self.hours is None else self.hours

    @property
    def length_in_words(self) -> str:
        """How long it lasts, as in a sentence: 'a day', '30 hours'."""
        count, unit = (self.days, "day") if self.hours is None else (self.hours, "hour")
        if count == 1:
            return "a day" if unit == "day" else "an hour"
        return f"{count:g} {unit}s"


class MandateInteroperability(Act):
    """Platforms must carry messages across apps."""

    kind: Literal["mandate-interoperability"]
    reach: float = fraction(1.0, "share of the missing contacts who can then be reached", status="setting")
    until: dt.date | None = parameter(None, "day on which the mandate lapses", status="setting")
    for_days: int | None = parameter(
        None, "length, in the place of until", unit="days", ge=1, le=36_525, status="setting", exclude_if=_absent
    )


class ForceStance(Act):
    """A company takes a stance by order, or as this scenario supposes."""

    kind: Literal["force-stance"]
    company: str = parameter(..., "company", status="setting")
    stance: Stance = parameter(..., "stance from that day on", status="setting")
    lasting: bool = parameter(True, "whether the company keeps it whatever comes", status="setting")


class AdviseStance(Act):
    """Someone whom companies heed advises a stance."""

    kind: Literal["advise-stance"]
    company: str = parameter(..., "company", status="setting")
    stance: Literal["pause", "process"] = parameter(..., "stance advised", status="setting")
    weight: float = parameter(1.0, "change of the log odds of pausing", unit="logits", ge=0.0, le=6.0)


class Demand(Act):
    """A regulator demands something of companies, with a deadline; failing to meet it can be sanctioned."""

    kind: Literal["demand"]
    of: DemandKind = parameter("data", "what is demanded", status="setting")
    companies: tuple[str, ...] = several(..., "companies addressed", status="setting", min_length=1)
    deadline: dt.date | None = parameter(None, "day by which it must be met", status="setting")
    parts: tuple[str, ...] = several(
        (), "parts in which it can be met one after another, in words; all at once when empty", status="setting"
    )
    within_days: int | None = parameter(
        None, "time to meet it, in the place of deadline", unit="days", ge=1, le=36_525, status="setting",
        exclude_if=_absent,
    )  # fmt: skip


class Escalate(Act):
    """A regulator takes companies to a rung of the ladder, if they have not met what was demanded."""

    kind: Literal["escalate"]
    companies: tuple[str, ...] = several(..., "companies addressed", status="setting", min_length=1)
    rung: int = parameter(..., "rung", unit="rung", ge=0, le=6, status="setting")


class Report(Act):
    """Press or an organisation reports something; only attention changes."""

    kind: Literal["report"]


AnyAct = Annotated[
    Announce | Enact | PublishText | GazetteRules | Arrest | OrderBlock | OrderThrottle | OrderSiteBlock
    | OrderVpnBlock | Lift | LiftVpnBlock | CourtRuling | ChangeTerms | WithdrawFeature | ChangeOwner | Outage
    | MandateInteroperability | ForceStance | AdviseStance | Demand | Escalate | Report,
    Field(discriminator="kind"),
]  # fmt: skip


def dated[A: Act](acts: Iterable[A]) -> list[tuple[dt.date, A]]:
    """Acts that have a date, with it, from the first to the last; those of one day in the order of the file."""
    found = [(act.date, act) for act in acts if act.date is not None]
    return sorted(found, key=lambda pair: pair[0])


def waiting[A: Act](acts: Iterable[A]) -> list[tuple[AnyCondition, A]]:
    """Acts that wait for a condition, with it, in the order of the file."""
    return [(act.when, act) for act in acts if act.when is not None]


def end_of(act: IspOrder | MandateInteroperability, begin: dt.date) -> dt.date | None:
    """First day on which an order or mandate that begins on a day is over; None where it is for good."""
    return act.until if act.for_days is None else begin + dt.timedelta(act.for_days)


def span_of(act: Act, start: dt.date, end: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day on which an act may happen in a run from ``start`` to ``end``: its date, if it has one."""
    if act.date is not None:
        return act.date, act.date
    assert act.when is not None
    wait = dt.timedelta(act.when.days_after)
    first = (act.when.earliest or start - dt.timedelta(1)) + wait
    return first, end if act.when.latest is None else min(act.when.latest + wait, end)
