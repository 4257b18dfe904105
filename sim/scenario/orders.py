"""Acts that hold until they lapse or are lifted: orders to ISPs, their end, and a duty of platforms."""

import datetime as dt
from typing import Any, ClassVar, Literal

from sim.scenario.calendar import Act, absent
from sim.scenario.fields import fraction, parameter, several
from sim.scenario.triggers import Topic
from sim.scenario.words import counted, day_in_words, listed

OrderKind = Literal["throttle", "block", "store ban", "site block", "vpn block"]
"""Orders to ISPs and stores; that to stores goes with a block, or is the ladder's."""


class IspOrder(Act):
    """What every order to ISPs has. One that is dated before the start stands when the run begins."""

    sentence = "{actor} ordered {whom} to {do} {target}{until}{after}."
    usual_topic: ClassVar[Topic] = "access"
    of_the_law = True
    supposed, onward = "{whom} {had} been ordered to {does} {what} {when}{more}", True
    order: ClassVar[OrderKind]
    """What kind of order it is."""
    do: ClassVar[str] = "block"
    """What ISPs are ordered to do to the target."""
    did: ClassVar[str] = "blocked"
    """What one has done that carries it out."""

    until: dt.date | None = parameter(None, "day on which the order has lapsed", status="setting")
    for_days: int | None = parameter(
        None, "length, in the place of until", unit="days", ge=1, le=36_525, status="setting", exclude_if=absent
    )
    announced: dt.date | None = parameter(
        None, "day on which the order is announced, when that is ahead of its date", status="setting"
    )
    isps: tuple[str, ...] = several((), "ISPs that are ordered to; all when absent", status="setting")

    @property
    def whom(self) -> str:
        """Whom it is addressed to."""
        return listed(self.isps) if self.isps else "ISPs"

    @property
    def does(self) -> str:
        """What it has them do, before its target."""
        part = getattr(self, "part", "")
        return f"{self.do} {part} on" if part else self.do

    def how_long(self) -> str:
        """How long it holds."""
        return _how_long(self)

    def _words(self) -> dict[str, Any]:
        words = super()._words()
        left, stores = words.get("access", 0.0), words.get("store_ban", False)
        more = f", with {100 * left:g} % of its use left" if left else ""
        more += ", and stores to remove it" if stores else ""
        what = words.get("platform", words.get("site", "VPNs"))
        return words | {"whom": self.whom, "does": self.does, "what": what, "more": more}


class OrderBlock(IspOrder):
    """ISPs are ordered to block a platform."""

    kind: Literal["order-block"]
    clause, short = "ISPs are ordered to block {platform}", "{platform}: block"
    verb, cause = "order a block", "the block of {date}"
    order = "block"
    platform: str = parameter(..., "platform", status="setting")
    part: str = parameter("", "function of the app, such as uploads; the whole app when absent", status="setting")
    access: float = fraction(0.0, "usability that remains where the order is executed", status="setting")
    store_ban: bool = parameter(
        False, "whether stores must remove the app, so that no one can install it", status="setting"
    )


class OrderThrottle(IspOrder):
    """ISPs are ordered to slow a platform."""

    kind: Literal["order-throttle"]
    clause, short = "ISPs are ordered to slow {platform}", "{platform}: throttle"
    verb, cause = "order a throttle", "the slowing of {date}"
    order, do, did = "throttle", "slow", "slowed"
    platform: str = parameter(..., "platform", status="setting")
    part: str = parameter("", "function of the app, such as uploads; the whole app when absent", status="setting")
    access: float = fraction(0.3, "usability that remains where the order is executed", status="setting")


class OrderSiteBlock(IspOrder):
    """ISPs are ordered to block a website, which no one holds as an app; co-hosted sites suffer with it."""

    kind: Literal["order-site-block"]
    clause, short = "ISPs are ordered to block the website {site}", "{site}: block"
    verb, cause = "order a site block", ""
    order, do = "site block", "block the website"
    only_news = True
    site: str = parameter(..., "website", status="setting", min_length=1)


class OrderVpnBlock(IspOrder):
    """ISPs are ordered to block virtual private networks (VPNs), and with them the way around other blocks."""

    kind: Literal["order-vpn-block"]
    clause, short = "ISPs are ordered to block VPNs", "VPNs: block"
    verb, cause = "order a vpn block", "the order of {date}"
    order = "vpn block"
    access: float = fraction(0.0, "usability of a VPN that remains where the order is executed", status="setting")


class Withdrawal(Act):
    """What has orders withdrawn."""

    verb, cause = "lift orders", "the lifting of {date}"
    sentence = "{actor} lifted the orders against {target}{after}."
    usual_topic: ClassVar[Topic] = "access"
    of_the_law = True

    def protects(self) -> bool:
        """Access comes back."""
        return True


class Lift(Withdrawal):
    """Orders against a platform are withdrawn, those that are only announced as well."""

    kind: Literal["lift"]
    clause, short = "the orders against {platform} are lifted", "{platform}: lifted"
    supposed = "the orders against {platform} {had} been lifted {when}"
    platform: str = parameter(..., "platform", status="setting")


class LiftVpnBlock(Withdrawal):
    """Orders to block VPNs are withdrawn, those that are only announced as well."""

    kind: Literal["lift-vpn-block"]
    clause, short = "the orders to block VPNs are lifted", "VPNs: lifted"
    supposed = "the orders to block VPNs {had} been lifted {when}"


class MandateInteroperability(Act):
    """Platforms must carry messages across apps."""

    kind: Literal["mandate-interoperability"]
    clause, short = "platforms must carry messages across apps", "interoperability"
    supposed, onward = "platforms {had} been obliged to carry messages across apps {when}{more}", True
    verb, cause = "mandate interoperability", "the mandate of {date}"
    sentence = "{actor} obliged messengers to carry messages across apps{until}{after}."
    reach: float = fraction(1.0, "share of the missing contacts who can then be reached", status="setting")
    until: dt.date | None = parameter(None, "day on which the mandate lapses", status="setting")
    for_days: int | None = parameter(
        None, "length, in the place of until", unit="days", ge=1, le=36_525, status="setting", exclude_if=absent
    )

    def protects(self) -> bool:
        """People reach more of one another, whatever app they choose."""
        return True

    def how_long(self) -> str:
        """How long it holds."""
        return _how_long(self)

    def _words(self) -> dict[str, Any]:
        more = "" if self.reach == 1 else f", which brings {100 * self.reach:g} % of the missing contacts within reach"
        return super()._words() | {"more": more}


def _how_long(act: IspOrder | MandateInteroperability) -> str:
    if act.for_days is not None:
        return f"for {counted(act.for_days, 'day')}"
    return f"until {day_in_words(act.until)}" if act.until else ""


def end_of(act: IspOrder | MandateInteroperability, begin: dt.date) -> dt.date | None:
    """First day on which an order or mandate that begins on a day is over; None where it is for good."""
    return act.until if act.for_days is None else begin + dt.timedelta(act.for_days)
