"""The calendar: how each kind of act takes effect on its day, and what ends by itself."""

import datetime as dt
from functools import singledispatch
from typing import Any

from sim.actors.city import City
from sim.actors.company import Company
from sim.actors.isp import VPNS, Order, highest_rung
from sim.actors.requests import Outstanding
from sim.scenario import acts
from sim.scenario.calendar import Act
from sim.scenario.institutions import DEMANDED, RUNGS, THREATS
from sim.scenario.stances import STANCES
from sim.scenario.words import day_in_words, listed

HOURS = 24.0
NO_COURT = "without need of a court order to demand data"
"""How the log tells that no court order is needed from a day on."""


def take_effect(act: Act, city: City) -> None:
    """Let an act of the calendar happen: it is written down, draws attention, and changes what its kind changes.

    An order that was announced ahead and withdrawn does not happen.
    """
    if isinstance(act, acts.IspOrder) and not city.orders.falls_due(act.id):
        return
    city.happened[act.id] = city.day, len(city.chronicle.acts)
    effect(act, city)
    named = [city.platform_index(name) for name in act.names]
    city.press.cover(act.salience, act.about, by_the_state=act.alarms, platforms=named)


def lapse(city: City) -> None:
    """End what lasts until today: orders, a duty to carry messages across apps, outages."""
    city.orders.lapse()
    if city.mandate_ends is not None and city.day >= city.mandate_ends[0]:
        city.log("government", "end interoperability", "", (city.mandate_ends[1],))
        city.interoperability, city.mandate_ends = city.scenario.population.interoperability, None
    city.outages = [outage for outage in city.outages if outage[2] > HOURS * city.day]


def announce_ahead(act: Act, city: City) -> None:
    """An order is announced ahead of its day: the press tells of it, and people know what is going to be taken.

    A step up the ladder is announced to those whom it threatens.
    """
    start = day_in_words(_begin(act, city))
    if isinstance(act, acts.Escalate):
        _log(act, city, listed(act.companies), verb="announce a step", threat=THREATS[act.rung], start=start)
        return
    assert isinstance(act, acts.IspOrder)  # no other act is announced
    city.orders.announce(act.id, _isp_order(act, city, verb="announce an order", start=start))
    if isinstance(act, acts.OrderBlock):
        city.press.cover_block()


def find_at_start(act: acts.IspOrder | acts.Demand, city: City) -> None:
    """An order of before the start is in force when the run begins, or known to be coming; it is no news.

    A demand of before the start stands, and was not met: those who had refused by then do not open that again.
    """
    assert act.date is not None  # what waits for a condition does not stand before the start
    if isinstance(act, acts.Demand):
        words = {"what": DEMANDED[act.of], "since": day_in_words(act.date)}
        _demand(act, city, _log(act, city, listed(act.companies), verb="demand stands", **words), settled=True)
    elif act.date >= city.scenario.start:
        start = day_in_words(act.date)
        city.orders.announce(act.id, _isp_order(act, city, verb="order is announced", start=start))
    elif (end := act.over(act.date)) is None or end > city.scenario.start:
        order = _isp_order(act, city, verb="order stands", since=day_in_words(act.date))
        city.orders.stand(order)
        if isinstance(act, acts.OrderBlock) and act.store_ban:
            city.orders.stand(_store_ban(act, order))


@singledispatch
def effect(act: Act, city: City) -> None:
    """What an act changes in the world: for each kind of act one function below, registered by its class."""
    raise NotImplementedError(f"{type(act).__name__} has no effect: write one in {__name__}, under @effect.register")


@effect.register
def _announce(act: acts.Announce, city: City) -> None:
    city.law.sources["announced"] = _log(act, city, law=city.law.name)
    city.society.protest_law()
    city.count_holders()


@effect.register
def _enact(act: acts.Enact, city: City) -> None:
    law = city.law
    law.in_force, law.court_order_required = True, act.court_order_required
    law.text_public = law.text_public or act.text_published
    terms = "" if law.text_public else ", its text unpublished"
    terms += "" if act.court_order_required else f" and {NO_COURT}"
    law.sources["enacted"] = _log(act, city, law=law.name, terms=terms.removeprefix(" and"))
    city.society.protest_law()
    city.count_holders()


@effect.register
def _publish_text(act: acts.PublishText, city: City) -> None:
    city.law.text_public = True
    _log(act, city, law=city.law.name)


@effect.register
def _gazette_rules(act: acts.GazetteRules, city: City) -> None:
    city.law.rules_gazetted = True
    if act.vagueness is not None:
        city.law.terms_vagueness = act.vagueness
    city.law.sources["gazetted"] = _log(act, city, law=city.law.name)


@effect.register
def _arrest(act: acts.Arrest, city: City) -> None:
    persons = "one person" if act.persons == 1 else f"{act.persons} people"
    _log(act, city, law=city.law.name, persons=persons)
    city.press.cover_arrest(act.persons)
    city.society.protest_arrests(act.persons)


@effect.register
def order_isps(act: acts.IspOrder, city: City) -> None:
    """ISPs are ordered to block or slow something, and stores to remove a platform where the act says so."""
    order = _isp_order(act, city)
    city.orders.issue(order)
    if isinstance(act, acts.OrderBlock) and act.store_ban:
        banned = _store_ban(act, order)
        banned.act = _log(act, city, act.platform, verb="order a store ban", until=_until(act, city))
        city.orders.issue(banned)


@effect.register
def _lift_orders(act: acts.Lift, city: City) -> None:
    verb = _lifting(act, act.platform, city)
    _lift(act.by, act.platform, _log(act, city, act.platform, verb=verb), city)


@effect.register
def _lift_vpn_block(act: acts.LiftVpnBlock, city: City) -> None:
    logged = _log(act, city, VPNS, verb=_lifting(act, VPNS, city))
    city.orders.end(city.orders.on(VPNS), logged)
    city.orders.withdraw(VPNS)


@effect.register
def _court_ruling(act: acts.CourtRuling, city: City) -> None:
    law = city.law
    ruling = act.ruling(law.name)
    logged = _log(act, city, act.company or act.platform or "", ruling=ruling)
    if act.outcome == "court-order-restored":
        law.court_order_required = True
    elif act.outcome == "block-lifted" and act.platform is not None:
        _lift(act.by, act.platform, logged, city)
    elif act.outcome == "law-upheld":
        law.unlawful_for.clear()
    elif act.company is not None:
        law.unlawful_for[act.company] = logged
        city.companies[act.company].dismiss_demands(logged)


@effect.register
def _change_terms(act: acts.ChangeTerms, city: City) -> None:
    city.risk_shift[city.platform_index(act.platform)] += act.risk
    _log(act, city, act.platform, risk=act.risk)


@effect.register
def _withdraw_feature(act: acts.WithdrawFeature, city: City) -> None:
    k = city.platform_index(act.platform)
    owner, share = city.owners[k], f"{act.produced:.0%}"
    by = act if owner is None else act.model_copy(update={"by": owner.name})
    logged = _log(by, city, act.platform, risk=act.risk, share=share)
    city.risk_shift[k] += act.risk
    if owner is not None:
        owner.give_access(act.produced, logged)


@effect.register
def _change_owner(act: acts.ChangeOwner, city: City) -> None:
    logged = _log(act, city, act.platform, owner=act.company)
    _hand_over(act.by, act.platform, city.companies[act.company], logged, city)


@effect.register
def _outage(act: acts.Outage, city: City) -> None:
    _log(act, city, act.platform, length=act.length_in_words)
    begin = HOURS * city.day + act.from_hour
    city.outages.append((city.platform_index(act.platform), begin, begin + act.length))


@effect.register
def _mandate_interoperability(act: acts.MandateInteroperability, city: City) -> None:
    logged = _log(act, city, reach=act.reach, until=_until(act, city))
    end = _ends(act, city)
    city.interoperability = max(act.reach, city.scenario.population.interoperability)
    city.mandate_ends = None if end is None else (end, logged)


@effect.register
def _force_stance(act: acts.ForceStance, city: City) -> None:
    logged = _log(act, city, act.company, stance=act.stance, done=STANCES[act.stance].done)
    city.companies[act.company].take_stance(act.stance, act.lasting, logged)


@effect.register
def _advise_stance(act: acts.AdviseStance, city: City) -> None:
    logged = _log(act, city, act.company, stance=act.stance, does=STANCES[act.stance].does(2), weight=act.weight)
    city.companies[act.company].advise(act.weight if act.stance == "pause" else -act.weight, logged)


@effect.register
def _make_demand(act: acts.Demand, city: City) -> None:
    due = None if act.deadline is None else city.scenario.day(act.deadline)
    if act.within_days is not None:
        due = city.day + act.within_days
    deadline = "" if due is None else f" by {day_in_words(city.scenario.date(due))}"
    logged = _log(act, city, listed(act.companies), what=DEMANDED[act.of], deadline=deadline)
    _demand(act, city, logged, due=due)


@effect.register
def _escalate(act: acts.Escalate, city: City) -> None:
    logged = _log(act, city, listed(act.companies), rung=act.rung, name=RUNGS[act.rung], threat=THREATS[act.rung])
    for company in (city.companies[name] for name in act.companies):
        if company.stance == "exit" or company.defied() is None:
            continue
        company.assets_held = act.assets
        if act.rung > company.rung:
            company.step_up(act.by, act.rung, (logged,))
        elif act.rung < company.rung:
            company.step_down(act.by, act.rung, (logged,))


@effect.register
def _report(act: acts.Report, city: City) -> None:
    _log(act, city, text=act.note or f"{act.by} published a report.")


def _log(act: Act, city: City, target: str = "", *, verb: str = "", **quantities: Any) -> int:
    """Write an act down, under the verb of its kind where no other is given, and return its place in the log."""
    if act.when is not None:
        quantities |= {"waited": act.id, "condition": act.when.said(past=True)}
    return city.log(act.by, verb or act.verb, target, city.causes.get(act.id, ()), **quantities)


def _begin(act: Act, city: City) -> dt.date:
    """The date of an act, or today for one that waited for a condition."""
    return act.date or city.scenario.date(city.day)


def _ends(act: acts.IspOrder | acts.MandateInteroperability, city: City) -> int | None:
    """Day on which an order or mandate is over."""
    end = act.over(_begin(act, city))
    return None if end is None else city.scenario.day(end)


def _until(act: acts.IspOrder | acts.MandateInteroperability, city: City) -> str:
    end = act.over(_begin(act, city))
    return "" if end is None else f" until {day_in_words(end)}"


def _demand(act: acts.Demand, city: City, logged: int, *, due: int | None = None, settled: bool = False) -> None:
    for name in act.companies:
        demand = Outstanding(act.of, logged, act.by, city.day, due, act.parts, settled=settled)
        city.companies[name].receive_demand(demand)


# Orders


def _isp_order(act: acts.IspOrder, city: City, *, verb: str = "", **words: str) -> Order:
    """The order that an act gives or announces, and its entry in the log."""
    platform = getattr(act, "platform", None)
    words = {"whom": act.whom, "do": act.does} | words | {"until": _until(act, city)}
    return Order(
        act.order,
        act.target,
        None if platform is None else city.platform_index(platform),
        getattr(act, "access", 0.0),
        city.scenario.day(_begin(act, city)),
        _log(act, city, act.target, verb=verb, **words),
        _ends(act, city),
        act.isps,
        getattr(act, "part", ""),
        act.announced is not None,
        0 if act.told is None else (_begin(act, city) - act.told).days,
    )


def _store_ban(act: acts.OrderBlock, order: Order) -> Order:
    """The order to stores that goes with a block."""
    return Order("store ban", act.platform, order.platform, 1.0, order.issued, order.act, order.until)


def _lifting(act: Act, target: str, city: City) -> str:
    """What a lift is called: of orders in force, or of one that is only announced."""
    return "withdraw an order" if city.orders.ahead(target) and not city.orders.on(target) else act.verb


def _lift(by: str, platform: str, logged: int, city: City) -> None:
    """Withdraw every order against a platform, and what is announced; its owner leaves the rungs that they upheld."""
    against = city.orders.against(city.platform_index(platform))
    city.orders.end(against, logged)
    city.orders.withdraw(platform)
    owner = city.owners[city.platform_index(platform)]
    if owner is not None:
        owner.relieve(by, against, logged)


def _hand_over(by: str, platform: str, to: Company, logged: int, city: City) -> None:
    """Let a platform follow another company's stance from now on.

    Orders stay in force. Those that a rung had brought about burden the new owner, who stands on their rung; the old
    one leaves the rungs that nothing else upholds.
    """
    k = city.platform_index(platform)
    owner = city.owners[k]
    if owner is to:
        return
    burden = [order for order in city.orders.against(k) if order.from_ladder]
    to.gain_platform(platform, k, None if owner is None else owner.lose_platform(platform, k))
    city.owners[k], city.access_stale = to, True
    if highest_rung(burden) > to.rung:
        to.stand_on(highest_rung(burden), logged)
    if owner is not None:
        owner.relieve(by, burden, logged)
