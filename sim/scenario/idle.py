"""Acts of the calendar that can have no effect, as far as the file alone shows it."""

import datetime as dt
import math
from collections.abc import Callable, Iterator

from sim.scenario.acts import (
    AdviseStance,
    ChangeOwner,
    CourtRuling,
    Demand,
    Enact,
    Escalate,
    ForceStance,
    IspOrder,
    Lift,
    LiftVpnBlock,
    MandateInteroperability,
    OrderBlock,
    OrderVpnBlock,
    WithdrawFeature,
    end_of,
)
from sim.scenario.calendar import Act, ActHappened, LawInForce, PlatformBlocked, RungReached, UsersMoved, dated, span_of
from sim.scenario.institutions import Isp, Network
from sim.scenario.schema import Scenario

FEW = 0.05
"""Share of users whom an order can be expected to reach before it lapses, below which it hardly happens."""
TECHNICAL_RUNG = 4
"""Rung of the ladder from which on there are orders against platforms."""


def idle_acts(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield the key of each act that can have no effect, or lacks the effect that it names, and why."""
    for act in scenario.acts:
        if _first(act, scenario) > scenario.end and not _announced_in_time(act, scenario):
            key, day = ("date", act.date) if act.when is None else ("when", _first(act, scenario))
            yield f"acts.{act.id}.{key}", f"{day} is after the end, {scenario.end}: it never happens"
            continue
        for rule in RULES:
            yield from ((f"acts.{act.id}{key}", why) for key, why in rule(act, scenario))


Found = Iterator[tuple[str, str]]


def _first(act: Act, scenario: Scenario) -> dt.date:
    """First day on which an act may happen."""
    return span_of(act, scenario.start, scenario.end)[0]


def _last(act: Act, scenario: Scenario) -> dt.date:
    """Last day on which an act may happen."""
    return span_of(act, scenario.start, scenario.end)[1]


def _on(act: Act) -> str:
    return "when it happens" if act.date is None else f"on {act.date}"


def _announced_in_time(act: Act, scenario: Scenario) -> bool:
    return isinstance(act, IspOrder) and act.announced is not None and act.announced <= scenario.end


def _news(act: Act, scenario: Scenario) -> Found:
    """Words about attention that the act does not draw."""
    del scenario
    if act.salience == 0.0:
        if act.names:
            yield ".names", f"without salience, nobody comes to know {' or '.join(act.names)} by it"
        if act.topic is not None:
            yield ".topic", "without salience, there is no attention that could go to a topic"
    yield from act.idle()


def _order(act: Act, scenario: Scenario) -> Found:
    """Orders to ISPs that none carries out, or that leave everything."""
    if not isinstance(act, IspOrder):
        return
    if act.until is not None and act.until <= scenario.start:
        yield ".until", f"it has lapsed by the start, {scenario.start}"
        return
    if _first(act, scenario) < scenario.start and (act.salience > 0.0 or act.names):
        yield ".salience", "an order of before the start is no news, and draws no attention"
    if isinstance(act, OrderBlock) and act.store_ban:
        return
    if getattr(act, "access", 0.0) == 1.0:
        yield ".access", "it leaves all of the usability"
    elif getattr(act, "part", "") and getattr(act, "access", 0.0) == 0.0:
        yield ".part", "of a part of the app, it leaves nothing of the whole; say in access what remains"
    yield from _carried_out(act, scenario)


def _carried_out(act: IspOrder, scenario: Scenario) -> Found:
    isps = [
        isp.within(scenario.network)
        for name, isp in scenario.isps.items()
        if isp.compliance > 0.0 and (not act.isps or name in act.isps)
    ]
    if not isps:
        yield "", "no ISP that it goes to ever carries an order out (compliance = 0)"
    elif all(isp.leak == 1.0 for isp in isps):
        yield "", "each ISP that it goes to lets all traffic through (leak = 1)"
    elif (days := _days(act)) is not None and _first(act, scenario) >= scenario.start:
        reached = sum(isp.share * _acted(isp, scenario.network, days) for isp in isps) / sum(isp.share for isp in isps)
        if reached < FEW:
            key, end = (".until", f"by {act.until}") if act.for_days is None else (".for_days", f"in {days} days")
            yield key, f"{end}, it can be expected to have reached {reached:.1%} of those whom it is for"


def _days(act: IspOrder) -> int | None:
    """How long an order is in force; None where it is for good."""
    if act.until is None or act.date is None:
        return act.for_days
    return (act.until - act.date).days


def _acted(isp: Isp, network: Network, days: int) -> float:
    """Chance that an ISP acts within some days of an order; roughly so for a national carrier that may be late."""
    lag = isp.lag_days or network.lag_days
    soon = isp.compliance * -math.expm1(-days / lag)
    if isp.share < network.national_share:
        return soon
    return soon + (1.0 - isp.compliance) * -math.expm1(-days / (lag + network.late_days))


def _lift(act: Act, scenario: Scenario) -> Found:
    """Lifts without an order that they could end."""
    if isinstance(act, LiftVpnBlock):
        if not any(_stands(order, act, scenario) for order in scenario.acts if isinstance(order, OrderVpnBlock)):
            yield "", f"no order to block VPNs can be in force, or announced, {_on(act)}"
        return
    lifts = isinstance(act, Lift) or (isinstance(act, CourtRuling) and act.outcome == "block-lifted")
    platform = getattr(act, "platform", None)
    if not lifts or platform is None or _climbs(scenario, platform, act):
        return
    orders = [order for order in scenario.acts if getattr(order, "platform", None) == platform]
    if not any(_stands(order, act, scenario) for order in orders if isinstance(order, IspOrder)):
        yield "", f"no order against {platform} can be in force, or announced, {_on(act)}"


def _stands(order: IspOrder, lift: Act, scenario: Scenario) -> bool:
    known = min(_first(order, scenario), order.announced or dt.date.max)
    end = end_of(order, _last(order, scenario))
    over = end is not None and end <= max(_first(lift, scenario), scenario.start)
    return known <= _last(lift, scenario) and not over


def _climbs(scenario: Scenario, platform: str, lift: Act) -> bool:
    """Whether the ladder may have issued an order against a platform by the day of a lift."""
    owner = scenario.owner(platform)
    if owner is None:
        return False
    committee = scenario.committee
    if committee is not None and committee[1].ladder_rate > 0.0 and committee[1].highest_rung >= TECHNICAL_RUNG:
        return True
    by = _last(lift, scenario)
    acts = (act for act in scenario.acts if isinstance(act, Escalate) and _first(act, scenario) <= by)
    return any(act.rung >= TECHNICAL_RUNG and owner in act.companies for act in acts)


def _pressure(act: Act, scenario: Scenario) -> Found:
    """Acts on companies that cannot answer them."""
    if isinstance(act, Escalate) and not _law(scenario, act):
        demands = [demand for demand in scenario.acts if isinstance(demand, Demand)]
        made = [demand for demand in demands if _first(demand, scenario) <= _last(act, scenario)]
        asked = {name for demand in made for name in demand.companies}
        if not asked.intersection(act.companies):
            yield "", "it goes to those who defy a demand, and none is made of them by then"
    if isinstance(act, Demand):
        for name in act.companies:
            if fixed := _fixed(scenario, name, act):
                yield ".companies", f"{name} {fixed} and never considers a demand"
    if isinstance(act, AdviseStance):
        fixed = _fixed(scenario, act.company, act)
        if fixed:
            yield ".company", f"{act.company} {fixed} and heeds no advice"
        elif act.weight == 0.0:
            yield ".weight", "advice without weight moves nobody"


def _law(scenario: Scenario, act: Act) -> bool:
    """Whether the law may be in force on the day of an act."""
    enacts = (enact for enact in scenario.acts if isinstance(enact, Enact))
    return scenario.law.in_force or any(_first(enact, scenario) <= _last(act, scenario) for enact in enacts)


def _fixed(scenario: Scenario, company: str, act: Act) -> str:
    """Why a company decides nothing any more on the day of an act; empty where it does, or where that is unsure."""
    forced = [stance for stance in scenario.acts if isinstance(stance, ForceStance) and stance.company == company]
    day = _first(act, scenario)
    before = [(date, stance) for date, stance in dated(forced) if date < day]
    if not before:
        return "has left at the start" if scenario.companies[company].stance == "exit" else ""
    date, last = max(before, key=lambda pair: pair[0])
    if last.stance == "exit":
        return f"has left on {date}"
    free = any(_last(stance, scenario) >= day for stance in forced)
    return f"keeps the stance '{last.stance}' of {date} for good" if last.lasting and not free else ""


def _platform(act: Act, scenario: Scenario) -> Found:
    """Acts on an app that nobody holds and nobody can come to know."""
    name = getattr(act, "platform", None)
    if name is None or scenario.platforms[name].share > 0.0:
        return
    known = getattr(scenario.platforms[name], "awareness", None)
    told = any(name in other.names and other.salience > 0.0 for other in scenario.acts)
    if not known and not told:
        yield ".platform", f"nobody holds {name}, and nobody can come to know it: no awareness, and no news names it"


def _owner(act: Act, scenario: Scenario) -> Found:
    """Sales to the owner."""
    if isinstance(act, ChangeOwner) and _owners(act, act.platform, scenario) == {act.company}:
        yield ".company", f"{act.company} owns {act.platform} already"


def _owners(act: Act, platform: str, scenario: Scenario) -> set[str | None]:
    """Companies that may own a platform when an act happens; None stands for nobody."""
    sales = [sale for sale in scenario.acts if isinstance(sale, ChangeOwner) and sale.platform == platform]
    sure = [sale for date, sale in dated(sales) if date < _first(act, scenario)]
    maybe = [sale for sale in sales if sale not in sure and _first(sale, scenario) <= _last(act, scenario)]
    return {sure[-1].company if sure else scenario.owner(platform), *(sale.company for sale in maybe)}


def _feature(act: Act, scenario: Scenario) -> Found:
    """Features whose withdrawal lets no request be answered that was not before."""
    if not isinstance(act, WithdrawFeature):
        return
    owners = _owners(act, act.platform, scenario)
    if any(name is not None and _opens_up(scenario, name, act.produced) for name in owners):
        return
    if act.produced > 0.0:
        told = " or ".join(sorted(name for name in owners if name is not None))
        nobody = f"nobody owns {act.platform}, and so nobody answers"
        yield ".produced", f"{told} answers no further request by it" if told else nobody
    elif act.risk == act.salience == 0.0:
        yield "", "a feature that changes no risk, lets no request be answered and adds no salience"


def _opens_up(scenario: Scenario, company: str, produced: float) -> bool:
    """Whether a company may come to answer requests that it could not, where a share of them can be answered."""
    spec = scenario.companies[company]
    forced = (act for act in scenario.acts if isinstance(act, ForceStance) and act.company == company)
    if spec.stance == "cannot" or any(act.stance == "cannot" for act in forced):
        return True
    return any(stream.rate > 0.0 and stream.produced < produced for stream in spec.requests.values())


def _reach(act: Act, scenario: Scenario) -> Found:
    if isinstance(act, MandateInteroperability) and act.reach <= scenario.population.interoperability:
        yield ".reach", "it reaches no further than population.interoperability does"


def _condition(act: Act, scenario: Scenario) -> Found:
    """Conditions that no evening can meet."""
    match act.when:
        case ActHappened(act=name):
            yield from ((".when.act", why) for why in _never(act, name, scenario))
        case LawInForce() if not _law(scenario, act):
            yield ".when", "the law is not in force at the start, and no act brings it into force by then"
        case PlatformBlocked(platform=platform):
            orders = [order for order in scenario.acts if isinstance(order, IspOrder)]
            against = [order for order in orders if getattr(order, "platform", None) == platform]
            early = any(_first(order, scenario) <= _last(act, scenario) for order in against)
            if not early and not _climbs(scenario, platform, act):
                yield ".when", f"no order against {platform} can be in force by then"
        case RungReached(rung=rung) if not _may_reach(scenario, rung, act):
            yield ".when.rung", f"nothing takes a company to rung {rung} by then"
        case UsersMoved(platform=platform, since=None) if scenario.platforms[platform].share == 0.0:
            yield ".when.platform", f"nobody holds {platform} at the start, against which its users are counted"


def _never(act: Act, name: str, scenario: Scenario) -> Iterator[str]:
    """Why the act that another waits for does not happen in time."""
    acts = {other.id: other for other in scenario.acts}
    met, chain = acts[name], [act.id]
    while isinstance(met.when, ActHappened) and met.id not in chain:
        chain.append(met.id)
        met = acts[met.when.act]
    if met.id == act.id:
        yield f"it waits for itself, by way of {' and '.join(chain[1:])}"
        return
    assert act.when is not None
    first, last = span_of(acts[name], scenario.start, scenario.end)
    if first > min(act.when.latest or scenario.end, scenario.end):
        yield f"'{name}' does not happen before {first}"
    elif last < (act.when.earliest or scenario.start):
        yield f"'{name}' does not happen after {last}"


def _may_reach(scenario: Scenario, rung: int, act: Act) -> bool:
    """Whether the ladder, or an act, may take any company to a rung by the day of an act."""
    committee = scenario.committee
    if committee is not None and committee[1].ladder_rate > 0.0 and committee[1].highest_rung >= rung:
        return True
    ups = (other for other in scenario.acts if isinstance(other, Escalate) and other.rung >= rung)
    return any(_first(other, scenario) <= _last(act, scenario) for other in ups)


RULES: tuple[Callable[[Act, Scenario], Found], ...] = (
    _news, _order, _lift, _pressure, _platform, _owner, _feature, _reach, _condition,
)  # fmt: skip
