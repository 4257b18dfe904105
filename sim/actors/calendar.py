"""The calendar: how each kind of act takes effect on the day it is dated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sim.actors import ladder
from sim.actors.chronicle import listed, spoken
from sim.actors.demands import WHAT, Outstanding
from sim.actors.orders import Order, OrderKind
from sim.scenario import acts as dated
from sim.scenario.institutions import RUNGS

if TYPE_CHECKING:
    from sim.actors.world import World


THREATS = ("announce", "enact", "publish-text", "gazette-rules", "arrest")
"""Acts of the state that may reach those who speak, and leave fear; new terms of an app, or its block, do not."""


def take_effect(act: dated.AnyAct, world: World) -> None:
    """Let an act of the calendar happen: it is written down, draws attention, and changes what its kind changes."""
    EFFECTS[act.kind](act, world)
    world.press.cover(act.salience, by_the_state=act.kind in THREATS)


def announce(act: dated.Announce, world: World) -> None:
    """A law is announced: civil society protests, and users are counted from here on."""
    world.law.sources["announced"] = _log(act, world, "announce a law", law=world.law.name)
    world.society.protest_law()
    world.count_holders()


def enact(act: dated.Enact, world: World) -> None:
    """A law comes into force."""
    law = world.law
    law.in_force, law.court_order_required = True, act.court_order_required
    law.text_public = law.text_public or act.text_published
    terms = "" if law.text_public else ", its text unpublished"
    terms += "" if act.court_order_required else " and without need of a court order to demand data"
    law.sources["enacted"] = _log(act, world, "enact a law", law=law.name, terms=terms.removeprefix(" and"))
    world.society.protest_law()
    world.count_holders()


def publish_text(act: dated.PublishText, world: World) -> None:
    """The text becomes public, so that only the vagueness of its terms is left."""
    world.law.text_public = True
    _log(act, world, "publish the text", law=world.law.name)


def gazette_rules(act: dated.GazetteRules, world: World) -> None:
    """Implementation rules come out; they may change how vague the law is."""
    world.law.rules_gazetted = True
    if act.vagueness is not None:
        world.law.terms_vagueness = act.vagueness
    world.law.sources["gazetted"] = _log(act, world, "gazette rules", law=world.law.name)


def arrest(act: dated.Arrest, world: World) -> None:
    """People are arrested."""
    persons = "one person" if act.persons == 1 else f"{act.persons} people"
    _log(act, world, "arrest", law=world.law.name, persons=persons)
    world.press.cover_arrest(act.persons)
    world.society.protest_arrests(act.persons)


def order_block(act: dated.OrderBlock, world: World) -> None:
    """ISPs are ordered to block a platform, and stores to remove it where the act says so."""
    _order(act, world, "block", act.access)
    if act.store_ban:
        _order(act, world, "store ban", 1.0)


def order_throttle(act: dated.OrderThrottle, world: World) -> None:
    """ISPs are ordered to slow a platform."""
    _order(act, world, "throttle", act.access)


def order_site_block(act: dated.OrderSiteBlock, world: World) -> None:
    """ISPs are ordered to block a website; sites that share its address suffer with it."""
    logged = _log(act, world, "order a site block", act.site, until=_until(act.until))
    until = None if act.until is None else world.scenario.day(act.until)
    world.orders.issue(Order("site block", act.site, None, 0.0, world.day, logged, until))


def lift(act: dated.Lift, world: World) -> None:
    """All orders against a platform are withdrawn."""
    _lift(act.platform, _log(act, world, "lift orders", act.platform), world)


def court_ruling(act: dated.CourtRuling, world: World) -> None:
    """A court restores the court order, lifts a block, upholds the law, or frees a company from a demand."""
    law = world.law
    ruling = {
        "court-order-restored": "that data may be demanded only by court order",
        "block-lifted": f"that the block of {act.platform} must end",
        "law-upheld": f"that the {law.name} stands",
        "demand-unlawful": f"that the demands on {act.company} are unlawful",
    }[act.outcome]
    logged = _log(act, world, "rule", act.company or act.platform or "", ruling=ruling)
    if act.outcome == "court-order-restored":
        law.court_order_required = True
    elif act.outcome == "block-lifted" and act.platform is not None:
        _lift(act.platform, logged, world)
    elif act.outcome == "law-upheld":
        law.unlawful_for.clear()
    elif act.company is not None:
        law.unlawful_for[act.company] = logged
        world.companies[act.company].docket.dismiss(logged)


def change_terms(act: dated.ChangeTerms, world: World) -> None:
    """A platform's risk index moves for good (eq. 2)."""
    world.risk_shift[world.platform_index(act.platform)] += act.risk
    _log(act, world, "change terms", act.platform, risk=act.risk)


def outage(act: dated.Outage, world: World) -> None:
    """A platform fails for everyone, VPN or not."""
    length = "a day" if act.days == 1 else f"{act.days} days"
    _log(act, world, "suffer an outage", act.platform, length=length)
    world.outages.append((world.platform_index(act.platform), world.day + act.days))
    world.access_changed()


def mandate_interoperability(act: dated.MandateInteroperability, world: World) -> None:
    """Messengers must carry messages across apps, which brings a share of the missing contacts within reach."""
    logged = _log(act, world, "mandate interoperability", reach=act.reach, until=_until(act.until))
    world.mandate(act.reach, None if act.until is None else world.scenario.day(act.until), logged)


def force_stance(act: dated.ForceStance, world: World) -> None:
    """A company takes a stance by order, or as the scenario supposes."""
    logged = _log(act, world, "take a stance", act.company, stance=act.stance)
    world.companies[act.company].take_stance(act.stance, act.lasting, logged)


def advise_stance(act: dated.AdviseStance, world: World) -> None:
    """Someone whom a company heeds moves its log odds of pausing."""
    _log(act, world, "advise", act.company, stance=act.stance, weight=act.weight)
    world.companies[act.company].advice += act.weight if act.stance == "pause" else -act.weight


def demand(act: dated.Demand, world: World) -> None:
    """A demand is put to companies."""
    deadline = "" if act.deadline is None else f" by {spoken(act.deadline)}"
    logged = _log(act, world, "demand", listed(act.companies), what=WHAT[act.of], deadline=deadline)
    due = None if act.deadline is None else world.scenario.day(act.deadline)
    for name in act.companies:
        world.companies[name].docket.add(Outstanding(act.of, logged, act.by, world.day, due))


def escalate(act: dated.Escalate, world: World) -> None:
    """Companies that have not met what was demanded are taken to a rung."""
    logged = _log(act, world, "escalate", listed(act.companies), rung=act.rung, name=RUNGS[act.rung])
    for company in (world.companies[name] for name in act.companies):
        if company.stance == "exit" or company.defied() is None:
            continue
        if act.rung > company.rung:
            ladder.step_up(world, act.by, company, act.rung, (logged,))
        elif act.rung < company.rung:
            ladder.step_down(world, act.by, company, act.rung, (logged,))


def report(act: dated.Report, world: World) -> None:
    """Someone reports something."""
    _log(act, world, "report", text=act.note or f"{act.by} published a report.")


EFFECTS: dict[str, Callable[[Any, World], None]] = {
    "announce": announce,
    "enact": enact,
    "publish-text": publish_text,
    "gazette-rules": gazette_rules,
    "arrest": arrest,
    "order-block": order_block,
    "order-throttle": order_throttle,
    "order-site-block": order_site_block,
    "lift": lift,
    "court-ruling": court_ruling,
    "change-terms": change_terms,
    "outage": outage,
    "mandate-interoperability": mandate_interoperability,
    "force-stance": force_stance,
    "advise-stance": advise_stance,
    "demand": demand,
    "escalate": escalate,
    "report": report,
}
"""Kind of an act -> its effect."""


def _log(act: dated.Act, world: World, verb: str, target: str = "", **quantities: Any) -> int:
    return world.chronicle.add(world.day, act.by, verb, target, **quantities)


def _until(date: dt.date | None) -> str:
    return "" if date is None else f" until {spoken(date)}"


def _order(act: dated.OrderBlock | dated.OrderThrottle, world: World, kind: OrderKind, access: float) -> None:
    logged = _log(act, world, f"order a {kind}", act.platform, until=_until(act.until))
    until = None if act.until is None else world.scenario.day(act.until)
    k = world.platform_index(act.platform)
    world.orders.issue(Order(kind, act.platform, k, access, world.day, logged, until))


def _lift(platform: str, logged: int, world: World) -> None:
    """Withdraw every order against a platform; its owner is left below the technical rungs."""
    world.orders.lift(world.orders.against(world.platform_index(platform)), logged)
    owner = world.scenario.owner(platform)
    if owner is not None and world.companies[owner].rung >= ladder.FIRST_TECHNICAL_RUNG:
        world.companies[owner].stand_on(ladder.FIRST_TECHNICAL_RUNG - 1, logged)
