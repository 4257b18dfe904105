"""The kinds of acts: the fields of each, the words in which it is told, and what it is to people and to a law.

A kind is one class, here or among the orders, and a member of ``AnyAct``; ``calendar.py`` explains what it says. What
it does to a world is one function in ``sim/actors/calendar.py``, registered by the class. All else, from the schema to
the figures, reads the class.
"""

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from operator import not_
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field

from sim.scenario.calendar import Act, Idle, Setup, Topic, absent, dated, notice
from sim.scenario.fields import Fault, fraction, odds, parameter, setting, several, times
from sim.scenario.institutions import COURT_AGAIN, DEMANDED, THREATS, DemandKind
from sim.scenario.stances import HOLDING_BACK, STANCES, Stance
from sim.scenario.words import counted, day_in_words, listed

OrderKind = Literal["throttle", "block", "store ban", "site block", "vpn block"]
"""Orders to ISPs and stores; that to stores goes with a block, or is the ladder's."""


FEW = 0.05
"""Share of users whom an order can be expected to reach before it lapses, below which it hardly happens."""


def faults_of_announcing(act: Act, announced: dt.date | None, key: str = "announced") -> Iterator[Fault]:
    """An announcement that is not ahead of a date."""
    if announced is not None and act.when is not None:
        yield Fault(key, "no date in an act that waits", announced)
    elif announced is not None and act.date is not None and announced >= act.date:
        yield Fault(key, f"a date before the act's own, {act.date}", announced)


class IspOrder(Act):
    """What every order to ISPs has. One that is dated before the start stands when the run begins."""

    sentence = "{actor} ordered {whom} to {do} {target}{until}{after}."
    usual_topic: ClassVar[Topic] = "access"
    of_the_law = is_order = may_stand = True
    supposed, onward = "{whom} {had} been ordered to {does} {what} {when}{more}", True
    order: ClassVar[OrderKind]
    """What kind of order it is."""
    do: ClassVar[str] = "block"
    """What ISPs are ordered to do to the target."""
    did: ClassVar[str] = "blocked"
    """What one has done that carries it out."""

    until: dt.date | None = setting(None, "day on which the order has lapsed")
    for_days: int | None = setting(None, "length, in the place of until", unit="days", ge=1, le=36_525,
        exclude_if=absent)  # fmt: skip
    announced: dt.date | None = setting(None, "day on which the order is announced, when that is ahead of its date")
    told: dt.date | None = setting(None, "day on which ISPs are told, when that is ahead of its date: lags run from it",
        exclude_if=absent)  # fmt: skip
    isps: tuple[str, ...] = several((), "ISPs that are ordered to; all when absent")

    @property
    def target(self) -> str:
        """What it is against: a platform, a website, or VPNs."""
        return str(getattr(self, "platform", getattr(self, "site", "VPNs")))

    @property
    def whom(self) -> str:
        """Whom it is addressed to."""
        return listed(self.isps) if self.isps else "ISPs"

    @property
    def does(self) -> str:
        """What it has them do, before its target."""
        part = getattr(self, "part", "")
        return f"{self.do} {part} on" if part else self.do

    def faults(self) -> Iterator[Fault]:
        """Dates that are in no order."""
        yield from super().faults()
        yield from faults_of_announcing(self, self.announced)
        yield from faults_of_announcing(self, self.told, "told")

    def idle(self, scenario: Setup) -> Idle:
        """An order that no ISP carries out, or that leaves everything."""
        access = getattr(self, "access", 0.0)
        if self.until is not None and self.until <= scenario.start:
            yield "until", f"it has lapsed by the start, {scenario.start}"
            return
        if self.span(scenario)[0] < scenario.start and (self.salience > 0.0 or self.names):
            yield "salience", "an order of before the start is no news, and draws no attention"
        if getattr(self, "store_ban", False):
            return
        if access == 1.0:
            yield "access", "it leaves all of the usability"
        elif getattr(self, "part", "") and access == 0.0:
            yield "part", "of a part of the app, it leaves nothing of the whole; say in access what remains"
        yield from self._carried_out_by_none(scenario)

    def _carried_out_by_none(self, scenario: Setup) -> Idle:
        addressed = {name: isp for name, isp in scenario.isps.items() if not self.isps or name in self.isps}
        isps = [isp.within(scenario.network) for isp in addressed.values() if isp.compliance > 0.0]
        known = self.told or self.date
        days = self.for_days if self.until is None or known is None else (self.until - known).days
        if not isps:
            yield "", "no ISP that it goes to ever carries an order out (compliance = 0)"
        elif all(isp.leak == 1.0 for isp in isps):
            yield "", "each ISP that it goes to lets all traffic through (leak = 1)"
        elif days is not None and self.span(scenario)[0] >= scenario.start:
            acted = sum(isp.share * isp.chance_to_act(days, scenario.network) for isp in isps)
            reached = acted / sum(isp.share for isp in isps)
            if reached < FEW:
                key, end = ("until", f"by {self.until}") if self.for_days is None else ("for_days", f"in {days} days")
                yield key, f"{end}, it can be expected to have reached {reached:.1%} of those whom it is for"

    def stands(self, lift: Act, scenario: Setup) -> bool:
        """Whether the order may be in force, or known to be coming, when a lift comes."""
        first, last = self.span(scenario)
        lifted_first, lifted_last = lift.span(scenario)
        end = self.over(last)
        over = end is not None and end <= max(lifted_first, scenario.start)
        return min(first, self.announced or first) <= lifted_last and not over

    def _words(self) -> dict[str, Any]:
        words = super()._words()
        left, stores = words.get("access", 0.0), words.get("store_ban", False)
        more = f", with {100 * left:g} % of its use left" if left else ""
        more += ", and stores to remove it" if stores else ""
        return words | {"whom": self.whom, "does": self.does, "what": self.target, "more": more}


class OrderBlock(IspOrder):
    """ISPs are ordered to block a platform."""

    kind: Literal["order-block"]
    meanwhile = "is blocked"
    clause, short = "ISPs are ordered to block {platform}", "{platform}: block"
    verb, cause = "order a block", "the block of {date}"
    order = "block"
    platform: str = setting(..., "platform")
    part: str = setting("", "function of the app, such as uploads; the whole app when absent")
    access: float = setting(0.0, "usability that remains where the order is executed", ge=0.0, le=1.0)
    store_ban: bool = setting(False, "whether stores must remove the app, so that no one can install it")


class OrderThrottle(IspOrder):
    """ISPs are ordered to slow a platform."""

    kind: Literal["order-throttle"]
    meanwhile = "is throttled"
    clause, short = "ISPs are ordered to slow {platform}", "{platform}: throttle"
    verb, cause = "order a throttle", "the slowing of {date}"
    order, do, did = "throttle", "slow", "slowed"
    platform: str = setting(..., "platform")
    part: str = setting("", "function of the app, such as uploads; the whole app when absent")
    access: float = setting(0.3, "usability that remains where the order is executed", ge=0.0, le=1.0)


class OrderSiteBlock(IspOrder):
    """ISPs are ordered to block a website, which no one holds as an app; co-hosted sites suffer with it."""

    kind: Literal["order-site-block"]
    clause, short = "ISPs are ordered to block the website {site}", "{site}: block"
    verb, cause = "order a site block", ""
    order, do = "site block", "block the website"
    only_news = True
    site: str = setting(..., "website", min_length=1)


class OrderVpnBlock(IspOrder):
    """ISPs are ordered to block virtual private networks (VPNs), and with them the way around other blocks."""

    kind: Literal["order-vpn-block"]
    clause, short = "ISPs are ordered to block VPNs", "VPNs: block"
    verb, cause = "order a vpn block", "the order of {date}"
    order = "vpn block"
    access: float = setting(0.0, "usability of a VPN that remains where the order is executed", ge=0.0, le=1.0)


class Withdrawal(Act):
    """What has orders withdrawn."""

    verb, cause = "lift orders", "the lifting of {date}"
    sentence = "{actor} lifted the orders against {target}{after}."
    usual_topic: ClassVar[Topic] = "access"
    of_the_law = protective = True


class Lift(Withdrawal):
    """Orders against a platform are withdrawn, those that are only announced as well."""

    kind: Literal["lift"]
    clause, short = "the orders against {platform} are lifted", "{platform}: lifted"
    supposed = "the orders against {platform} {had} been lifted {when}"
    platform: str = setting(..., "platform")

    def idle(self, scenario: Setup) -> Idle:
        """There is no order that it could end."""
        yield from _nothing_to_lift(self, self.platform, scenario)

    def doubts(self, scenario: Setup) -> Idle:
        """It comes on the day of an order."""
        yield from _on_one_day(self, self.platform, scenario)


class LiftVpnBlock(Withdrawal):
    """Orders to block VPNs are withdrawn, those that are only announced as well."""

    kind: Literal["lift-vpn-block"]
    clause, short = "the orders to block VPNs are lifted", "VPNs: lifted"
    supposed = "the orders to block VPNs {had} been lifted {when}"

    def idle(self, scenario: Setup) -> Idle:
        """There is no order that it could end."""
        orders = (order for order in scenario.acts if isinstance(order, OrderVpnBlock))
        if not any(order.stands(self, scenario) for order in orders):
            yield "", f"no order to block VPNs can be in force, or announced, {_on(self)}"

    def doubts(self, scenario: Setup) -> Idle:
        """It comes on the day of an order."""
        yield from _on_one_day(self, None, scenario)


def _on_one_day(lift: Act, platform: str | None, scenario: Setup) -> Idle:
    """Orders of the day of a lift, or announced by then, against a platform or, without one, against VPNs."""
    ids = [act.id for act in scenario.acts]
    for order in scenario.acts:
        against = getattr(order, "platform", None) == platform if platform else isinstance(order, OrderVpnBlock)
        if not (isinstance(order, IspOrder) and against and order.date and lift.date):
            continue
        if order.announced and order.announced <= lift.date < order.date:
            yield "date", f"'{order.id}', announced by then, is withdrawn and never comes"
        elif order.date == lift.date:
            if ids.index(order.id) < ids.index(lift.id):
                late = f"{counted(ahead + 1, 'day')} from being told" if (ahead := notice(order)) else "that"
                why = f"is cut short: it ends with its day, and whoever needs longer than {late} never acts"
            else:
                why = "stands after it in the file, and is not lifted"
            yield "date", f"'{order.id}' of the same day {why}"


def _nothing_to_lift(lift: Act, platform: str, scenario: Setup) -> Idle:
    orders = (act for act in scenario.acts if isinstance(act, IspOrder) and getattr(act, "platform", "") == platform)
    ladder = scenario.may_be_ordered_against(platform, lift)
    if not ladder and not any(order.stands(lift, scenario) for order in orders):
        yield "", f"no order against {platform} can be in force, or announced, {_on(lift)}"


def _on(act: Act) -> str:
    return "when it happens" if act.date is None else f"on {act.date}"


class MandateInteroperability(Act):
    """Platforms must carry messages across apps."""

    kind: Literal["mandate-interoperability"]
    clause, short = "platforms must carry messages across apps", "interoperability"
    supposed, onward = "platforms {had} been obliged to carry messages across apps {when}{more}", True
    verb, cause = "mandate interoperability", "the mandate of {date}"
    sentence = "{actor} obliged messengers to carry messages across apps{until}{after}."
    protective = True
    reach: float = setting(1.0, "share of the missing contacts who can then be reached", ge=0.0, le=1.0)
    until: dt.date | None = setting(None, "day on which the mandate lapses")
    for_days: int | None = setting(None, "length, in the place of until", unit="days", ge=1, le=36_525,
        exclude_if=absent)  # fmt: skip

    def idle(self, scenario: Setup) -> Idle:
        """It brings nobody within reach."""
        if self.reach <= scenario.population.interoperability:
            yield "reach", "it reaches no further than population.interoperability does"

    def _words(self) -> dict[str, Any]:
        more = "" if self.reach == 1 else f", which brings {100 * self.reach:g} % of the missing contacts within reach"
        return super()._words() | {"more": more}


class LawAct(Act):
    """An act by which the law itself moves."""

    alarms = of_the_law = moves_law = of_institutions = True


class Announce(LawAct):
    """A law is announced."""

    kind: Literal["announce"]
    clause, short = "a law is announced", "law announced"
    supposed = "a law {had} been announced {when}"
    verb, cause = "announce a law", "the announcement of {date}"
    sentence = "{actor} announced the {law}{after}."


class Enact(LawAct):
    """A law comes into force, with or without its text public."""

    kind: Literal["enact"]
    clause, short = "the law comes into force", "law in force"
    supposed = "the law {had} come into force {when}{more}"
    verb, cause = "enact a law", "the law of {date}"
    sentence = "The {law} came into force{terms}{after}."
    lessens_doubt = enacts = True
    court_order_required: bool = setting(False, "whether a court order is needed from now on")
    text_published: bool = setting(True, "whether the text is public on that day")

    def _words(self) -> dict[str, Any]:
        more = "a court order still" if self.court_order_required else "no court order"
        more = f", with {more} needed to demand data" + ("" if self.text_published else ", its text kept back")
        return super()._words() | {"more": more}

    def asked(self, when: str, had: str = "had") -> str:
        """What a question supposes; of a law that does not come, no terms."""
        return super().asked(when, had) if had == "had" else f"the law {had} come into force {when}"


class PublishText(LawAct):
    """The text of the law becomes public."""

    kind: Literal["publish-text"]
    clause, short = "the text of the law becomes public", "text public"
    supposed = "the text of the law {had} become public {when}"
    verb, cause = "publish the text", ""
    sentence = "{actor} published the text of the {law}{after}."
    lessens_doubt = protective = True


class GazetteRules(LawAct):
    """Implementation rules are gazetted."""

    kind: Literal["gazette-rules"]
    clause, short = "implementation rules are gazetted", "rules gazetted"
    supposed = "implementation rules {had} been gazetted {when}"
    verb, cause = "gazette rules", "the rules of {date}"
    sentence = "{actor} gazetted the implementation rules of the {law}{after}."
    lessens_doubt = True
    vagueness: float | None = parameter(
        None, "vagueness from now on, if the rules change it", ge=0.0, le=1.0, plausible=odds(1.0, "lawyers differ")
    )


class Arrest(Act):
    """Arrests under the law."""

    kind: Literal["arrest"]
    clause, short = "people are arrested, {persons} of them", "{persons} arrests"
    supposed = "{people} {had} been arrested under the law {when}"
    verb, cause = "arrest", ""
    sentence = "{actor} arrested {persons} under the {law}{after}."
    alarms = of_the_law = only_news = of_institutions = True
    persons: int = setting(1, "people arrested", unit="persons", ge=1, le=10_000_000)

    def in_short(self) -> str:
        """How many."""
        return "1 arrest" if self.persons == 1 else super().in_short()

    @property
    def people(self) -> str:
        """How many, as in a sentence."""
        return "one person" if self.persons == 1 else f"{self.persons} people"

    def _words(self) -> dict[str, Any]:
        return super()._words() | {"people": self.people}


class CourtRuling(Act):
    """A court rules."""

    kind: Literal["court-ruling"]
    clause, short = "a court rules {that}", "court: {outcome}"
    supposed = "a court {had} ruled {when} {that}"
    verb, cause = "rule", "the ruling of {date}"
    sentence = "{actor} ruled {ruling}{after}."
    of_the_law = lessens_doubt = of_institutions = True
    outcome: Literal["court-order-restored", "block-lifted", "law-upheld", "demand-unlawful"] = setting(...,
        "what the ruling changes")  # fmt: skip
    platform: str | None = setting(None, "platform whose block is lifted")
    company: str | None = setting(None, "company freed from a demand")

    @property
    def about(self) -> Topic:
        """Topic of its news, which is access where a block is lifted."""
        return self.topic or ("access" if self.outcome == "block-lifted" else self.usual_topic)

    def protects(self) -> bool:
        """Whether it rules against the authorities."""
        return self.outcome != "law-upheld"

    def ruling(self, law: str = "law") -> str:
        """What it rules, in words."""
        return {
            "court-order-restored": COURT_AGAIN,
            "block-lifted": f"that the block of {self.platform} must end",
            "law-upheld": f"that the {law} stands",
            "demand-unlawful": f"that the demands on {self.company} are unlawful",
        }[self.outcome]

    def _words(self) -> dict[str, Any]:
        return super()._words() | {"that": self.ruling()}

    def in_short(self) -> str:
        """The outcome in words."""
        return super().in_short().replace("-", " ")

    def faults(self) -> Iterator[Fault]:
        """Whom the outcome is about is not said."""
        if self.outcome == "block-lifted" and self.platform is None:
            yield Fault("platform", "the platform whose block the ruling lifts", None)
        if self.outcome == "demand-unlawful" and self.company is None:
            yield Fault("company", "the company that the ruling frees", None)

    def idle(self, scenario: Setup) -> Idle:
        """There is no order that it could end."""
        if self.outcome == "block-lifted" and self.platform is not None:
            yield from _nothing_to_lift(self, self.platform, scenario)

    def doubts(self, scenario: Setup) -> Idle:
        """It lifts on the day of an order."""
        if self.outcome == "block-lifted" and self.platform is not None:
            yield from _on_one_day(self, self.platform, scenario)


class ChangeTerms(Act):
    """A platform changes its terms of service."""

    kind: Literal["change-terms"]
    clause, short = "the terms of {platform} change", "{platform}: new terms"
    supposed = "{platform} {had} changed its terms of service {when}{more}"
    verb, cause = "change terms", ""
    sentence = "{target} changed its terms of service{after}."
    platform: str = setting(..., "platform")
    risk: float = parameter(
        0.0, "change of its risk index, which lasts", ge=-2.0, le=2.0, plausible=times(2.0, "not observed")
    )

    def _words(self) -> dict[str, Any]:
        judged = "less safe" if self.risk > 0 else "safer"
        return super()._words() | {"more": f", which makes it look {judged}" if self.risk else ""}

    def idle(self, scenario: Setup) -> Idle:
        """Terms that change nothing."""
        del scenario
        if self.risk == self.salience == 0.0:
            yield "", "new terms that change no risk and add no salience"


class WithdrawFeature(Act):
    """A company withdraws a feature, such as end-to-end encryption, that kept it from producing data."""

    kind: Literal["withdraw-feature"]
    clause, short = "{platform} loses a feature that kept data from being produced", "{platform}: feature withdrawn"
    supposed = "{platform} {had} lost {when} a feature that kept its data from being handed over"
    verb, cause = "withdraw a feature", ""
    sentence = "{actor} withdrew a feature of {target}, so that {share} of requests can bring data{after}."
    platform: str = setting(..., "platform")
    risk: float = parameter(
        0.0, "rise of its risk index, which lasts", ge=0.0, le=2.0, plausible=times(2.0, "not observed")
    )
    produced: float = fraction(...,
        "share of requests to its owner that can be answered with data from then on, at least",
        plausible=odds(0.7, "where no report counts answers: half to twice the odds"))  # fmt: skip

    def idle(self, scenario: Setup) -> Idle:
        """It lets no request be answered that was not before."""
        owners = may_own(self.platform, self, scenario)
        if any(name is not None and self._opens(name, scenario) for name in owners):
            return
        if self.produced > 0.0:
            named = " or ".join(sorted(name for name in owners if name is not None))
            nobody = f"nobody owns {self.platform}, and so nobody answers"
            yield "produced", f"{named} answers no further request by it" if named else nobody
        elif self.risk == self.salience == 0.0:
            yield "", "a feature that changes no risk, lets no request be answered and adds no salience"

    def _opens(self, company: str, scenario: Setup) -> bool:
        """Whether a company may come to answer requests that it could not before."""
        spec = scenario.companies[company]
        forced = (act.stance for act in scenario.acts if isinstance(act, ForceStance) and act.company == company)
        if "cannot" in (spec.stance, *forced):
            return True
        return any(stream.rate > 0.0 and stream.produced < self.produced for stream in spec.requests.values())


class ChangeOwner(Act):
    """A platform passes to another company, and follows its stance from then on."""

    kind: Literal["change-owner"]
    clause, short = "{platform} passes to {company}", "{platform}: to {company}"
    supposed = "{platform} {had} passed to {company} {when}"
    verb, cause = "change hands", ""
    sentence = "{target} passed to {owner}{after}."
    platform: str = setting(..., "platform")
    company: str = setting(..., "company that owns it from that day on")

    def idle(self, scenario: Setup) -> Idle:
        """It is sold to its owner."""
        if may_own(self.platform, self, scenario) == {self.company}:
            yield "company", f"{self.company} owns {self.platform} already"


def may_own(platform: str, act: Act, scenario: Setup) -> set[str | None]:
    """Companies that may own a platform when an act happens; None stands for nobody."""
    sales = [sale for sale in scenario.acts if isinstance(sale, ChangeOwner) and sale.platform == platform]
    sure = [sale for date, sale in dated(sales) if date < act.span(scenario)[0]]
    maybe = {sale.company for sale in sales if sale not in sure and scenario.may_precede(sale, act)}
    return {sure[-1].company if sure else scenario.owner(platform), *maybe}


class Outage(Act):
    """A platform fails for everyone, whatever the ISP and with a VPN as well."""

    kind: Literal["outage"]
    meanwhile = "is down"
    clause, short = "{platform} is down for {length}", "{platform}: outage"
    supposed = "{platform} {had} failed for everyone {when}"
    verb, cause = "suffer an outage", ""
    sentence = "{target} failed for everyone for {length}{after}."
    usual_topic = "access"
    platform: str = setting(..., "platform")
    days: int = setting(1, "length", unit="days", ge=1, le=3650)
    hours: float | None = setting(None, "length in hours, which takes the place of days", unit="hours", gt=0.0,
        le=87_600.0)  # fmt: skip
    from_hour: float = setting(0.0, "hour of the day at which it begins", unit="hours", ge=0.0, lt=24.0)

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

    def how_long(self) -> str:
        """How long it lasts."""
        return f"for {self.length_in_words}"

    def over(self, begin: dt.date) -> dt.date:
        """First day on which it is over."""
        return begin + dt.timedelta(math.ceil((self.from_hour + self.length) / 24.0))

    def _words(self) -> dict[str, Any]:
        return super()._words() | {"length": self.length_in_words}


class ForceStance(Act):
    """A company takes a stance by order, or as this scenario supposes."""

    kind: Literal["force-stance"]
    of_institutions = True
    clause, short = "{company} {does}", "{company}: {words}"
    supposed, onward = "{company} {had} {done} {when}{more}", True
    verb, cause = "take a stance", "its stance of {date}"
    sentence = "{target} {done}, as this scenario supposes{after}."
    company: str = setting(..., "company")
    stance: Stance = setting(..., "stance from that day on")
    lasting: bool = setting(True, "whether the company keeps it whatever comes")

    def protects(self) -> bool:
        """Whether data is held back while the platforms stay open and staffed."""
        return self.stance in HOLDING_BACK

    def when_asked(self, day: str) -> str:
        """A company leaves on a day; all else it does from that day on."""
        return f"on {day}" if self.stance == "exit" and self.date is not None else super().when_asked(day)

    def said(self, companies: Sequence[str] = ()) -> str:
        """What it does, or they do."""
        does = STANCES[self.stance].does(len(companies))
        return self.clause.format(company=listed(companies or [self.company]), does=does)

    def _words(self) -> dict[str, Any]:
        answer = STANCES[self.stance]
        more = "" if self.lasting else ", free to answer otherwise later"
        return super()._words() | {"does": answer.does(), "done": answer.done, "words": answer.words, "more": more}


def decides_nothing(company: str, act: Act, scenario: Setup) -> str:
    """Why a company decides nothing any more on the day of an act; empty where it does, or where that is unsure."""
    forced = [stance for stance in scenario.acts if isinstance(stance, ForceStance) and stance.company == company]
    day = act.span(scenario)[0]
    before = [(date, stance) for date, stance in dated(forced) if date < day]
    if not before:
        return "has left at the start" if scenario.companies[company].stance == "exit" else ""
    date, last = max(before, key=lambda pair: pair[0])
    if last.stance == "exit":
        return f"has left on {date}"
    free = any(stance.span(scenario)[1] >= day for stance in forced)
    return f"keeps the stance '{last.stance}' of {date} for good" if last.lasting and not free else ""


class AdviseStance(Act):
    """Someone whom companies heed advises a stance."""

    kind: Literal["advise-stance"]
    of_institutions = True
    clause, short = "{company} {are} advised to {does}", "{company}: advised to {verb_}"
    supposed = "{company} {had} been advised {when} to {does}"
    verb, cause = "advise", "the advice of {date}"
    sentence = "{actor} advised {target} to {does}{after}."
    lessens_doubt = True
    company: str = setting(..., "company")
    stance: Literal["pause", "process"] = setting(..., "stance advised")
    weight: float = parameter(
        1.0,
        "weight of the advice in the decision to pause",
        unit="logits",
        ge=0.0,
        le=6.0,
        plausible=times(2.0, "not observed"),
    )

    def protects(self) -> bool:
        """Whether the advice is to hold data back."""
        return self.stance in HOLDING_BACK

    def idle(self, scenario: Setup) -> Idle:
        """Nobody heeds it."""
        if reason := decides_nothing(self.company, self, scenario):
            yield "company", f"{self.company} {reason} and heeds no advice"
        elif self.weight == 0.0:
            yield "weight", "advice without weight moves nobody"

    def said(self, companies: Sequence[str] = ()) -> str:
        """What it is advised to, or they are."""
        are, does = "are" if len(companies) > 1 else "is", STANCES[self.stance].does(2)
        return self.clause.format(company=listed(companies or [self.company]), are=are, does=does)

    def _words(self) -> dict[str, Any]:
        answer = STANCES[self.stance]
        return super()._words() | {"does": answer.does(2), "verb_": answer.forms[1]}


class Demand(Act):
    """A regulator demands something of companies, with a deadline; failing to meet it can be sanctioned.

    One that is dated before the start was not met by then, and stands.
    """

    kind: Literal["demand"]
    clause, short = "{what} {are} demanded of {companies}", "demand: {of}"
    supposed = "{what} {had} been demanded of {companies} {when}{more}"
    verb, cause = "demand", "the demand of {date}"
    sentence = "{actor} demanded {what} from {target}{deadline}{after}."
    of_the_law = may_stand = of_institutions = True
    of: DemandKind = setting("data", "what is demanded")
    companies: tuple[str, ...] = several(..., "companies addressed", min_length=1)
    deadline: dt.date | None = setting(None, "day by which it must be met")
    parts: tuple[str, ...] = several((),
        "parts in which it can be met one after another, in words; all at once when empty")  # fmt: skip
    within_days: int | None = setting(None, "time to meet it, in the place of deadline", unit="days", ge=1, le=36_525,
        exclude_if=absent)  # fmt: skip

    def idle(self, scenario: Setup) -> Idle:
        """Nobody considers it."""
        for name in self.companies:
            if reason := decides_nothing(name, self, scenario):
                yield "companies", f"{name} {reason} and never considers a demand"

    def doubts(self, scenario: Setup) -> Idle:
        """It asks for data of a company that has none to give, or for what nothing makes it think about."""
        for name in self.companies:
            spec = scenario.companies[name]
            if self.of != "data":
                due = self.deadline is not None or self.within_days is not None
                if not (due and spec.local_staff) and not scenario.may_press(name):
                    why = "has no staff on the spot to heed a deadline" if due else "is given no deadline"
                    yield "companies", f"{name} {why}, and nothing presses it: it never meets the demand"
                continue
            forced = {act.stance for act in scenario.acts if isinstance(act, ForceStance) and act.company == name}
            opened = any(isinstance(act, WithdrawFeature) and act.platform in spec.platforms and act.produced > 0.0
                         for act in scenario.acts)  # fmt: skip
            if {spec.stance} | forced == {"cannot"} and not opened:
                yield "companies", f"{name} has no keys or data to give (stance 'cannot'): only the state can end it"

    def _words(self) -> dict[str, Any]:
        within = "" if self.within_days is None else f", to be met within {counted(self.within_days, 'day')}"
        more = within or (f", to be met by {day_in_words(self.deadline)}" if self.deadline else "")
        return super()._words() | {"what": DEMANDED[self.of], "more": more, "are": "is"}


class Escalate(Act):
    """A regulator takes companies to a rung of the ladder, if they have not met what was demanded."""

    kind: Literal["escalate"]
    clause, short = "{companies} {are} threatened with {threat}", "{companies}: threat of {threat}"
    supposed = "{companies} {had} been threatened with {threat} {when}"
    verb, cause = "escalate", "the threat of {date}"
    sentence = "{actor} threatened {target} with {threat}{after}."
    of_the_law = of_institutions = True
    companies: tuple[str, ...] = several(..., "companies addressed", min_length=1)
    rung: int = setting(..., "rung", unit="rung", ge=0, le=6)
    announced: dt.date | None = setting(
        None, "day from which on the step is known to be coming, when that is ahead of its date", exclude_if=absent,
    )  # fmt: skip
    assets: float = setting(
        0.0, "what a day costs a company of which assets are seized with this step, its own or those of a sister "
        "company", unit="stakes", symbol="a_f", ge=0.0, le=100.0, exclude_if=not_,
    )  # fmt: skip

    def faults(self) -> Iterator[Fault]:
        """An announcement that is not ahead of the step."""
        yield from super().faults()
        yield from faults_of_announcing(self, self.announced)

    def idle(self, scenario: Setup) -> Idle:
        """Nobody defies a demand."""
        demands = (act for act in scenario.acts if isinstance(act, Demand) and scenario.may_precede(act, self))
        asked = {name for demand in demands for name in demand.companies}
        if not scenario.may_be_law(self) and not asked.intersection(self.companies):
            yield "", "it goes to those who defy a demand, and none is made of them by then"

    def in_short(self) -> str:
        """The threat, and the first of the companies."""
        first, *more = self.companies
        return self.short.format(**self._words() | {"companies": f"{first} +{len(more)}" if more else first})

    def _words(self) -> dict[str, Any]:
        return super()._words() | {"threat": THREATS[self.rung]}


class Report(Act):
    """Press or an organisation reports something; only attention changes."""

    kind: Literal["report"]
    clause = short = "a report"
    supposed = "there {had} been a report {when}{more}"
    verb, sentence, cause = "report", "{text}", ""
    only_news = True

    def said(self, companies: Sequence[str] = ()) -> str:
        """What is reported."""
        return self.note.rstrip(".") if self.note else super().said(companies)

    def _words(self) -> dict[str, Any]:
        return super()._words() | {"more": f" ({self.note.rstrip('.')})" if self.note else ""}

    def in_short(self) -> str:
        """Its note up to the first semicolon, or its name."""
        return self.note.split(";")[0].rstrip(".") or self.id.replace("-", " ")

    def idle(self, scenario: Setup) -> Idle:
        """A report of nothing."""
        del scenario
        if self.salience == 0.0 and not self.note:
            yield "", "a report that adds no salience and tells nothing (note)"


AnyAct = Annotated[
    Announce | Enact | PublishText | GazetteRules | Arrest | OrderBlock | OrderThrottle | OrderSiteBlock
    | OrderVpnBlock | Lift | LiftVpnBlock | CourtRuling | ChangeTerms | WithdrawFeature | ChangeOwner | Outage
    | MandateInteroperability | ForceStance | AdviseStance | Demand | Escalate | Report,
    Field(discriminator="kind"),
]  # fmt: skip


KINDS: dict[str, type[Act]] = {
    get_args(act.model_fields["kind"].annotation)[0]: act for act in get_args(get_args(AnyAct)[0])
}
"""Every kind of act by its name."""
