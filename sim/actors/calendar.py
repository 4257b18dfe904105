"""The calendar: how each kind of act takes effect on its day."""

import datetime as dt
from functools import singledispatch
from typing import Any

from sim.actors import ladder
from sim.actors.demands import Outstanding
from sim.actors.orders import VPNS, Order
from sim.actors.ownership import hand_over
from sim.actors.world import World
from sim.scenario import acts
from sim.scenario.calendar import Act
from sim.scenario.institutions import DEMANDED, RUNGS, THREATS
from sim.scenario.stances import STANCES
from sim.scenario.words import day_in_words, listed

NO_COURT = "without need of a court order to demand data"
"""How the log tells that no court order is needed from a day on."""


def take_effect(act: Act, world: World) -> None:
    """Let an act of the calendar happen: it is written down, draws attention, and changes what its kind changes.

    An order that was announced ahead and withdrawn does not happen.
    """
    if isinstance(act, acts.IspOrder) and not world.orders.falls_due(act.id):
        return
    world.triggers.happened(act, len(world.chronicle.acts))
    effect(act, world)
    named = [world.platform_index(name) for name in act.names]
    world.press.cover(act.salience, act.about, by_the_state=act.alarms, platforms=named)


def announce_ahead(act: Act, world: World) -> None:
    """An order is announced ahead of its day: the press tells of it, and people know what is going to be taken."""
    assert isinstance(act, acts.IspOrder)  # no other act is announced
    world.orders.announce(act.id, _ahead(act, world, "announce an order"))
    if isinstance(act, acts.OrderBlock):
        world.press.cover_block()


def find_at_start(act: acts.IspOrder, world: World) -> None:
    """An order of before the start is in force when the run begins, or known to be coming; it is no news."""
    assert act.date is not None  # what waits for a condition does not stand before the start
    if act.date >= world.scenario.start:
        world.orders.announce(act.id, _ahead(act, world, "order is announced"))
    elif (end := acts.end_of(act, act.date)) is None or end > world.scenario.start:
        words = _words(act) | {"since": day_in_words(act.date), "until": _until(act, world)}
        order = _isp_order(act, world, _log(act, world, _target(act), verb="order stands", **words))
        world.orders.stand(order)
        if isinstance(act, acts.OrderBlock) and act.store_ban:
            world.orders.stand(_store_ban(act, order))


def _ahead(act: acts.IspOrder, world: World, verb: str) -> Order:
    words = _words(act) | {"start": day_in_words(_begin(act, world)), "until": _until(act, world)}
    return _isp_order(act, world, _log(act, world, _target(act), verb=verb, **words))


@singledispatch
def effect(act: Act, world: World) -> None:
    """What an act changes in the world: for each kind of act one function below, registered by its class."""
    raise NotImplementedError(f"{type(act).__name__} has no effect: write one in {__name__}, under @effect.register")


@effect.register(acts.Announce)
def announce(act: acts.Announce, world: World) -> None:
    """A law is announced: civil society protests, and users are counted from here on."""
    world.law.sources["announced"] = _log(act, world, law=world.law.name)
    world.society.protest_law()
    world.count_holders()


@effect.register(acts.Enact)
def enact(act: acts.Enact, world: World) -> None:
    """A law comes into force."""
    law = world.law
    law.in_force, law.court_order_required = True, act.court_order_required
    law.text_public = law.text_public or act.text_published
    terms = "" if law.text_public else ", its text unpublished"
    terms += "" if act.court_order_required else f" and {NO_COURT}"
    law.sources["enacted"] = _log(act, world, law=law.name, terms=terms.removeprefix(" and"))
    world.society.protest_law()
    world.count_holders()


@effect.register(acts.PublishText)
def publish_text(act: acts.PublishText, world: World) -> None:
    """The text becomes public, so that only the vagueness of its terms is left."""
    world.law.text_public = True
    _log(act, world, law=world.law.name)


@effect.register(acts.GazetteRules)
def gazette_rules(act: acts.GazetteRules, world: World) -> None:
    """Implementation rules come out; they may change how vague the law is."""
    world.law.rules_gazetted = True
    if act.vagueness is not None:
        world.law.terms_vagueness = act.vagueness
    world.law.sources["gazetted"] = _log(act, world, law=world.law.name)


@effect.register(acts.Arrest)
def arrest(act: acts.Arrest, world: World) -> None:
    """People are arrested."""
    persons = "one person" if act.persons == 1 else f"{act.persons} people"
    _log(act, world, law=world.law.name, persons=persons)
    world.press.cover_arrest(act.persons)
    world.society.protest_arrests(act.persons)


@effect.register(acts.IspOrder)
def order_isps(act: acts.IspOrder, world: World) -> None:
    """ISPs are ordered to block or slow something, and stores to remove a platform where the act says so."""
    logged = _log(act, world, _target(act), **_words(act), until=_until(act, world))
    order = _isp_order(act, world, logged)
    world.orders.issue(order)
    if isinstance(act, acts.OrderBlock) and act.store_ban:
        banned = _store_ban(act, order)
        banned.act = _log(act, world, act.platform, verb="order a store ban", until=_until(act, world))
        world.orders.issue(banned)


@effect.register(acts.Lift)
def lift(act: acts.Lift, world: World) -> None:
    """All orders against a platform are withdrawn."""
    verb = _lifting(act, act.platform, world)
    _lift(act.by, act.platform, _log(act, world, act.platform, verb=verb), world)


@effect.register(acts.LiftVpnBlock)
def lift_vpn_block(act: acts.LiftVpnBlock, world: World) -> None:
    """All orders to block VPNs are withdrawn."""
    logged = _log(act, world, VPNS, verb=_lifting(act, VPNS, world))
    world.orders.lift(world.orders.on(VPNS), logged)
    world.orders.withdraw(VPNS)


@effect.register(acts.CourtRuling)
def court_ruling(act: acts.CourtRuling, world: World) -> None:
    """A court restores the court order, lifts a block, upholds the law, or frees a company from a demand."""
    law = world.law
    ruling = act.ruling(law.name)
    logged = _log(act, world, act.company or act.platform or "", ruling=ruling)
    if act.outcome == "court-order-restored":
        law.court_order_required = True
    elif act.outcome == "block-lifted" and act.platform is not None:
        _lift(act.by, act.platform, logged, world)
    elif act.outcome == "law-upheld":
        law.unlawful_for.clear()
    elif act.company is not None:
        law.unlawful_for[act.company] = logged
        world.companies[act.company].docket.dismiss(logged)


@effect.register(acts.ChangeTerms)
def change_terms(act: acts.ChangeTerms, world: World) -> None:
    """A platform's risk index moves for good (eq. 2)."""
    world.risk_shift[world.platform_index(act.platform)] += act.risk
    _log(act, world, act.platform, risk=act.risk)


@effect.register(acts.WithdrawFeature)
def withdraw_feature(act: acts.WithdrawFeature, world: World) -> None:
    """A feature that kept data from being produced is gone: the app is riskier, and its owner can answer."""
    k = world.platform_index(act.platform)
    owner, share = world.owners[k], f"{act.produced:.0%}"
    by = act if owner is None else act.model_copy(update={"by": owner.name})
    logged = _log(by, world, act.platform, risk=act.risk, share=share)
    world.risk_shift[k] += act.risk
    if owner is not None:
        owner.give_access(act.produced, logged)


@effect.register(acts.ChangeOwner)
def change_owner(act: acts.ChangeOwner, world: World) -> None:
    """A platform passes to another company and follows its stance."""
    logged = _log(act, world, act.platform, owner=act.company)
    hand_over(world, act.by, act.platform, world.companies[act.company], logged)


@effect.register(acts.Outage)
def outage(act: acts.Outage, world: World) -> None:
    """A platform fails for everyone, VPN or not, from an hour of the day on."""
    _log(act, world, act.platform, length=act.length_in_words)
    begin = 24.0 * world.day + act.from_hour
    world.outages.append((world.platform_index(act.platform), begin, begin + act.length))


@effect.register(acts.MandateInteroperability)
def mandate_interoperability(act: acts.MandateInteroperability, world: World) -> None:
    """Messengers must carry messages across apps, which brings a share of the missing contacts within reach."""
    logged = _log(act, world, reach=act.reach, until=_until(act, world))
    world.mandate(act.reach, _ends(act, world), logged)


@effect.register(acts.ForceStance)
def force_stance(act: acts.ForceStance, world: World) -> None:
    """A company takes a stance by order, or as the scenario supposes."""
    logged = _log(act, world, act.company, stance=act.stance, done=STANCES[act.stance].done)
    world.companies[act.company].take_stance(act.stance, act.lasting, logged)


@effect.register(acts.AdviseStance)
def advise_stance(act: acts.AdviseStance, world: World) -> None:
    """Someone whom a company heeds moves its log odds of pausing."""
    _log(act, world, act.company, stance=act.stance, does=STANCES[act.stance].does(2), weight=act.weight)
    world.companies[act.company].advice += act.weight if act.stance == "pause" else -act.weight


@effect.register(acts.Demand)
def demand(act: acts.Demand, world: World) -> None:
    """A demand is put to companies."""
    due = None if act.deadline is None else world.scenario.day(act.deadline)
    if act.within_days is not None:
        due = world.day + act.within_days
    deadline = "" if due is None else f" by {day_in_words(world.scenario.date(due))}"
    logged = _log(act, world, listed(act.companies), what=DEMANDED[act.of], deadline=deadline)
    for name in act.companies:
        world.companies[name].docket.add(Outstanding(act.of, logged, act.by, world.day, due, act.parts))


@effect.register(acts.Escalate)
def escalate(act: acts.Escalate, world: World) -> None:
    """Companies that have not met what was demanded are taken to a rung."""
    logged = _log(act, world, listed(act.companies), rung=act.rung, name=RUNGS[act.rung], threat=THREATS[act.rung])
    for company in (world.companies[name] for name in act.companies):
        if company.stance == "exit" or company.defied() is None:
            continue
        if act.rung > company.rung:
            ladder.step_up(world, act.by, company, act.rung, (logged,))
        elif act.rung < company.rung:
            ladder.step_down(world, act.by, company, act.rung, (logged,))


@effect.register(acts.Report)
def report(act: acts.Report, world: World) -> None:
    """Someone reports something."""
    _log(act, world, text=act.note or f"{act.by} published a report.")


def _log(act: Act, world: World, target: str = "", *, verb: str = "", **quantities: Any) -> int:
    """Write an act down, under the verb of its kind where no other is given, and return its place in the log."""
    if act.when is not None:
        quantities |= {"waited": act.id, "condition": act.when.said(past=True)}
    return world.chronicle.add(world.day, act.by, verb or act.verb, target, world.triggers.causes(act.id), **quantities)


def _begin(act: Act, world: World) -> dt.date:
    """The date of an act, or today for one that waited for a condition."""
    return act.date or world.scenario.date(world.day)


def _ends(act: acts.IspOrder | acts.MandateInteroperability, world: World) -> int | None:
    """Day on which an order or mandate is over."""
    end = acts.end_of(act, _begin(act, world))
    return None if end is None else world.scenario.day(end)


def _until(act: acts.IspOrder | acts.MandateInteroperability, world: World) -> str:
    end = acts.end_of(act, _begin(act, world))
    return "" if end is None else f" until {day_in_words(end)}"


# Orders


def _target(act: acts.IspOrder) -> str:
    """What an order is against: a platform, a website, or VPNs."""
    return str(getattr(act, "platform", getattr(act, "site", VPNS)))


def _words(act: acts.IspOrder) -> dict[str, str]:
    """Whom an order is addressed to and what it has them do, as words of a sentence before the target."""
    return {"whom": act.whom, "do": act.does}


def _isp_order(act: acts.IspOrder, world: World, logged: int) -> Order:
    platform = getattr(act, "platform", None)
    return Order(
        act.order,
        _target(act),
        None if platform is None else world.platform_index(platform),
        getattr(act, "access", 0.0),
        world.scenario.day(_begin(act, world)),
        logged,
        _ends(act, world),
        act.isps,
        getattr(act, "part", ""),
        act.announced is not None,
    )


def _store_ban(act: acts.OrderBlock, order: Order) -> Order:
    """The order to stores that goes with a block."""
    return Order("store ban", act.platform, order.platform, 1.0, order.issued, order.act, order.until)


def _lifting(act: Act, target: str, world: World) -> str:
    """What a lift is called: of orders in force, or of one that is only announced."""
    return "withdraw an order" if world.orders.ahead(target) and not world.orders.on(target) else act.verb


def _lift(by: str, platform: str, logged: int, world: World) -> None:
    """Withdraw every order against a platform, and what is announced; its owner leaves the rungs that they upheld."""
    against = world.orders.against(world.platform_index(platform))
    world.orders.lift(against, logged)
    world.orders.withdraw(platform)
    owner = world.owners[world.platform_index(platform)]
    if owner is not None:
        ladder.relieve(world, by, owner, against, logged)
