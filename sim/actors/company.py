"""A company: what it believes of the law, what it answers, what it gives in to, and its way on the ladder (7.4).

All that changes of it from day to day is its ``State``; its day is ``Company.step``; the sections below follow a day.
What is told of it, with reasons and odds, is ``sim.actors.reasons``: a ``Narrator`` reads it and changes nothing of it.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate, pairwise
from typing import Any, Protocol

from sim import chance
from sim.actors.chronicle import STEPS_UP, choice, stepping_down
from sim.actors.isp import RUNG_OF, Order, Orders, highest_rung
from sim.actors.press import CivilSociety, Press
from sim.actors.requests import Channel, Outstanding, RemovalChannel, open_channels
from sim.actors.stakes import NEVER, Grounds, Stakes, below, hazard, logit, over, sigma, spread_out
from sim.actors.world import Institution, World
from sim.chance import Stream
from sim.scenario.acts import Escalate, OrderKind
from sim.scenario.institutions import DEMANDED, FIRST_TECHNICAL_RUNG, RUNGS, DemandKind
from sim.scenario.stances import ANSWERING, DEFYING, FINAL, FIRM, REVIEWED, STANCES, Stance

SUREST = 0.999
"""Belief that ambiguity aversion raises a company to at most."""
NOTICE, THROTTLED, BLOCKED, REMOVED = 2, 4, 5, 6
"""Rungs. The sanction of a block is what a company loses by a day without any use of its platforms, in a market of
worth 1; what that of a removal from stores is above it, by a day out of the stores."""


class Narrator(Protocol):
    """Writes down what a company does, and why: ``reasons.Reasons``."""

    def face(self, decision: str | int, chance: float) -> None:
        """Note the chance that the rule gives a decision today, by its name or the demand that it is about."""

    def end(self, decision: str | int) -> dict[str, Any]:
        """The decision falls today: its chances, and words for one that is early or late."""

    def decide(self, verb: str, because: Iterable[int | None] = (), **how: Any) -> int:
        """Log a decision with its reasons and causes."""

    def review(self, *, decides: bool = False) -> int | None:
        """Log a meeting with counsel, where something new was before it or it decides."""

    def reopen(self) -> int:
        """Log that an answer which held is under review."""

    def give_way(self) -> int:
        """Log that the state gives way in the dispute."""


@dataclass(eq=False, kw_only=True)
class State:
    """What changes of a company."""

    stance: Stance
    platforms: tuple[str, ...]
    platform_numbers: tuple[int, ...]
    local_staff: bool
    announced: bool
    """Whether it is public that it does not answer; a final answer of before the start is, and is no news."""
    on_review: bool
    given: set[DemandKind]
    """Kinds of demand that it has once given in to: what was given before sets no precedent."""
    held: bool = False
    """Whether the scenario fixes its stance."""
    belief: float = 0.0
    reluctance: float = -math.inf
    """Log odds that speak for refusing: belief, lost users and advice."""
    cutoff: float = 1.0
    """p* at the rung whose sanction it suffers, at most 1."""
    advised: list[tuple[float, int]] = field(default_factory=list)
    """Advice to stop answering, in log odds, or below 0 to go on; each with its act."""
    grounds: Grounds | None = None
    """What its answer rests on, if it does not open it again without a new reason."""
    demands: dict[DemandKind, Outstanding] = field(default_factory=dict)
    """Demands addressed to it, at most one of a kind; a new one of the same kind replaces the old."""
    dispute: "Dispute | None" = None
    rung: int = 0
    rung_day: int | None = None
    rung_act: int | None = None
    assets_held: float = 0.0
    """What a day costs it that the state holds its assets, or those of a sister company, in stakes."""
    rung_for: DemandKind | None = None
    """Kind of the demand for which it stands on its rung."""
    paused_on: int = 0
    pause_act: int | None = None
    leaving_on: int | None = None
    """Day on which it leaves the market, once it has announced that."""
    request_rate: float = 0.0
    """Rate at which the police ask it for data, requests per day."""


class Company(State, Institution):
    """A company that holds data on users. Its platforms follow its stance."""

    def __init__(
        self,
        model: World,
        name: str,
        orders: Orders,
        press: Press,
        society: CivilSociety,
        narrator: Callable[["Company"], Narrator],
    ) -> None:
        Institution.__init__(self, model, name)
        scenario = model.scenario
        self.spec = spec = scenario.companies[name]
        self.decision, self.bargaining = scenario.decision, scenario.bargaining
        super().__init__(
            stance=spec.stance,
            platforms=spec.platforms,
            platform_numbers=tuple(model.platform_index(platform) for platform in spec.platforms),
            local_staff=spec.local_staff and spec.stance != "withdraw",
            announced=spec.stance in FINAL,
            on_review=spec.stance == "pause",
            given={"data"} if spec.stance == "comply" else set(),
        )
        self.orders, self.press, self.society, self.narrator = orders, press, society, narrator(self)
        self.stakes = Stakes.from_cutoff(spec.cutoff, spec.cooperation_value, spec.friction, spec.human_rights_weight)
        self.channels: dict[str, Channel | RemovalChannel] = open_channels(model, name, spec)
        self.data_channels = {kind: one for kind, one in self.channels.items() if isinstance(one, Channel)}
        """Channels by which it is asked for data, by type."""
        self.tally = {kind: channel.tally for kind, channel in self.channels.items()}
        self.inbox = dict.fromkeys(self.channels, 0)
        """Requests received today, by type."""
        self.peers = tuple(
            (peer, spec.listens_to[other.group])
            for peer, other in scenario.companies.items()
            if peer != name and spec.listens_to.get(other.group, 0.0) > 0.0
        )
        """Companies whose announcements count, and how much: W_fg by the peer's group (eq. 12)."""
        self._entity, self._retreat = chance.entity(name), chance.entity(name, "bargaining")
        self._asked_times = 0
        self._review_ends = hazard(1.0 / spec.review_days)
        self.cutoff = self.cutoff_at("data", 0)
        if self.stance in FIRM:
            self.grounds = self.grounds_today()

    # A day

    def step(self) -> None:
        """A company's day: believe, count losses, decide, announce, answer."""
        self.weigh()
        self.watch_dispute()
        if self.dispute is not None:
            self.dispute.live()
        if not self.held and self.stance != "exit":
            self.decide()
            self.consider_demands()
        self.waver()
        self.announce()
        self.leave()
        self.answer()

    # Belief

    @property
    def asked_for_data(self) -> bool:
        """Whether data is at stake: the law is in force and the company is asked under it, or data is demanded."""
        return (bool(self.spec.requests) and self.model.law.in_force) or "data" in self.demands

    def weigh(self) -> None:
        """Update belief p, reluctance and the cut-off p* at the present rung (eq. 11, 12)."""
        self.cutoff = min(self.cutoff_at("data", self.pressure_rung), 1.0)
        if not self.demands and not self.asked_for_data:
            self.belief, self.reluctance = 0.0, -math.inf
            return
        self.belief = self.belief_at(self.log_odds())
        self.reluctance = logit(self.belief) + self.decision.users_weight * self.users_lost() + self.advice

    def log_odds(self, pressure: float | None = None) -> float:
        """Belief l: logit p_0 and what record, rulings, rules, society (``pressure``) and peers add (eq. 12)."""
        law, decision = self.model.law, self.decision
        pressure = self.society.pressure if pressure is None else pressure
        log_odds = logit(decision.prior) + law.suspicion + decision.society_weight * pressure
        if law.court_order_required:
            log_odds -= decision.court_weight
        if self.name in law.unlawful_for:
            log_odds += decision.court_weight
        if law.rules_gazetted:
            log_odds += decision.rules_weight
        return log_odds + decision.peer_weight * sum(weight for peer, weight in self.peers if peer in self.press.known)

    def belief_at(self, log_odds: float) -> float:
        """Belief p that goes with log odds l; vague terms add to it where no court stands between (eq. 12)."""
        law = self.model.law
        vague = 0.0 if law.court_order_required else self.spec.ambiguity_aversion * law.vagueness
        return min(sigma(log_odds) + vague, SUREST)

    def users_lost(self) -> float:
        """Share of its platforms' holders lost since a law was last announced or enacted; 0 without a loss (eq. 12)."""
        today, before = self.model.today, self.model.holders_at_law
        if not self.platform_numbers or today is None or not before:
            return 0.0
        had = sum(before[k] for k in self.platform_numbers)
        have = sum(int(today.holders[k]) for k in self.platform_numbers)
        return max(0.0, 1.0 - have / had) if had else 0.0

    @property
    def advice(self) -> float:
        """Log odds that advice adds to refusing (eq. 12)."""
        return sum(weight for weight, _ in self.advised)

    # What is at stake

    @property
    def pressure_rung(self) -> int:
        """Rung whose sanction it suffers: its own, or that of orders that will be lifted once it meets a demand."""
        if self.unmet() is None:
            return self.rung
        return max(self.rung, self.orders.rung(self.platform_numbers))

    @property
    def pressed_on(self) -> int | None:
        """Last day on which a sanction came: a rung of the ladder, or an order against one of its platforms."""
        orders = [order.issued for k in self.platform_numbers for order in self.orders.against(k)]
        return max((day for day in (self.rung_day, *orders) if day is not None), default=None)

    def sanction(self, rung: int) -> float:
        """Phi(r): cost per day of a rung, in stakes of a market of worth 1; staff liability needs staff on the spot."""
        ladder = self.model.ladder
        spared = rung == ladder.staff_rung > 0 and not self.local_staff
        return ladder.rung_sanctions[rung - 1 if spared else rung]

    def fear(self, kind: DemandKind) -> float:
        """d: what a kind of demand is feared, and worth, relative to user data."""
        return self.decision.demand_stakes[kind]

    def precedent(self, kind: DemandKind) -> float:
        """k: harm of being asked everywhere for what is given here; nothing for what was given before."""
        return 0.0 if kind in self.given else self.spec.precedent

    def cutoff_at(self, kind: DemandKind, rung: int, *, giving: bool = False) -> float:
        """Cut-off p* for a kind of demand under the sanction of a rung; giving in may set a precedent (eq. 11)."""
        precedent = self.precedent(kind) if giving else 0.0
        return self.stakes.cutoff(self.sanction(rung), self.fear(kind), self.spec.market, precedent)

    def worth_of_refusing(self, kind: DemandKind) -> float:
        """W_f: what a day of not having given in is worth: d (b + p (w h + k)), in stakes (eq. 22)."""
        return self.fear(kind) * (
            self.bargaining.principle + sigma(self.reluctance) * (self.stakes.harm + self.precedent(kind))
        )

    def worth_of_success(self, kind: DemandKind) -> float:
        """W_g: what a day of a company that gave in is worth to the state: its gain, by the kind of demand (eq. 22)."""
        return self.model.ladder.gain * self.fear(kind)

    # Its stance

    def decide(self) -> None:
        """Choose a stance by the rule of the present one (eq. 13, 15)."""
        if self.stance in ANSWERING:
            if not self.answer_stands():
                self.consider_pausing()
        elif self.leaving_on is None:
            is_open = self.reconsiders()
            if not self.consider_yielding(is_open) and is_open and self.on_review:
                self.review()

    def grounds_today(self) -> Grounds:
        """What an answer of today rests on."""
        demands = frozenset(demand.act for demand in self.demands.values() if demand.kind == "data")
        doubt = logit(self.belief_at(self.log_odds(pressure=0.0))) + self.advice
        return Grounds(self.cutoff_at("data", self.pressure_rung), doubt, demands)

    def answer_stands(self) -> bool:
        """Whether a settled answer stands today; a new reason opens it until it is settled again."""
        if self.grounds is None:
            return False
        today, answers = self.grounds_today(), self.stance in ANSWERING
        opened = today.opens(self.grounds, answers=answers)
        self.grounds = None if opened else today.beside(self.grounds, answers=answers)
        return not opened

    def reconsiders(self) -> bool:
        """Whether its answer is open: a pause always is, a stance that holds once there is a new reason."""
        if self.stance not in FIRM or self.on_review:
            return True
        if self.answer_stands():
            return False
        self.on_review = True
        self.narrator.reopen()
        return True

    def consider_pausing(self) -> None:
        """Meet with counsel at rate nu, and pause at a meeting with chance sigma((l - logit p*) / tau) (eq. 13).

        One draw decides whether counsel meets and whether a meeting ends in a pause: chances are those of a Poisson
        number of meetings in the day, each with that chance.
        """
        cutoff = self.cutoff_at("data", self.pressure_rung)
        if not self.asked_for_data or cutoff >= 1.0:
            return
        pull = sigma((self.reluctance - logit(cutoff)) / self.decision.noise)
        draw, likely = self._draw(Stream.MEETING), hazard(self.decision.meeting_rate * pull)
        self.narrator.face("pause", likely)
        if draw < likely:
            self.pause()
        elif draw < hazard(self.decision.meeting_rate):
            self.narrator.review()

    def pause(self) -> None:
        """Stop answering demands for data, or announce an exit where others would pause; due diligence begins."""
        leaves = self.spec.exits_instead
        words = {"when": " after a legal review"} | self.narrator.end("pause")
        because = (self.narrator.review(decides=True),)
        act = self.narrator.decide("announce an exit" if leaves else "pause", because, giving=False, **words)
        self.paused_on, self.pause_act = self.model.day, act
        self._become("pause", on_review=not leaves)
        if leaves:
            self._prepare_to_leave(act)
        else:
            self.count_as_defied(act)

    def _become(self, stance: Stance, *, on_review: bool = False) -> None:
        """Take a stance; one that holds rests on today's grounds, and an office once closed stays closed."""
        self.stance, self.on_review = stance, on_review
        if stance == "withdraw":
            self.local_staff = False
        self.grounds = self.grounds_today() if stance in FIRM else None

    def consider_yielding(self, is_open: bool) -> bool:
        """Perhaps answer demands again: at a deadline, if its answer is open, or having lost enough (eq. 15, 24)."""
        if self.dispute is None and not is_open:
            return False
        draw, likely = self._draw(Stream.YIELD), self.chance_of_giving("data")
        if likely == 0.0:
            return False
        self.narrator.face("yield", likely)
        if draw >= likely:
            return False
        if self.meets_a_part("data"):
            self.narrator.end("yield")
            return False
        obey = self.cutoff_at("data", self.pressure_rung, giving=True) >= 1.0
        self.resume(obey=obey, pressed=True, **self.narrator.end("yield"))
        return True

    def review(self) -> None:
        """Due diligence ends at rate 1/review_days in a logit over keep, MLAT, refuse, resume and exit (eq. 15)."""
        if self._draw(Stream.REVIEW_END) >= self._review_ends:
            return
        odds = self.review_odds()
        total = sum(odds.values())
        pick = self._draw(Stream.REVIEW_OUTCOME) * total
        outcome = next(name for name, passed in zip(odds, accumulate(odds.values()), strict=True) if pick < passed)
        steps: dict[str, Callable[..., None]] = {stance: partial(self.turn_to, stance) for stance in STANCES}
        steps |= {"keep": self.keep, "resume": self.resume, "exit": self.announce_exit}
        steps[outcome](when=" at the end of a review", **choice(odds[outcome] / total))

    def review_odds(self) -> dict[str, float]:
        """Odds of each outcome against keeping the answer; resuming is as likely as the belief is below the cut-off.

        Whoever cannot answer can only leave the market, or close its office (eq. 15).
        """
        cutoff = logit(self.cutoff_at("data", self.pressure_rung, giving=True))
        resume = (cutoff - self.reluctance) / self.decision.noise
        leanings = {name: resume if name == "resume" else getattr(self.spec, f"{name}_leaning") for name in REVIEWED}
        if self.stance == "cannot":
            leanings = {outcome: leanings[outcome] for outcome in ("exit", "withdraw")}
        leanings.pop(self.stance, None)
        return {"keep": 1.0} | {outcome: math.exp(min(log_odds, 50.0)) for outcome, log_odds in leanings.items()}

    def keep(self, **words: Any) -> None:
        """Keep the present answer: the next review of a pause begins, a stance that holds is settled anew."""
        verb = "keep the pause" if self.stance == "pause" else "stand by an answer"
        self.narrator.decide(verb, (self.pause_act,), **words)
        if self.stance in FIRM:
            self._become(self.stance)

    def turn_to(self, stance: Stance, **words: Any) -> None:
        """End a review in another answer, and say so: as Google did on 14 August 2020 with legal assistance."""
        act = self.narrator.decide(STANCES[stance].verb, (self.pause_act,), **words)
        self._become(stance)
        self._go_public(act)

    def resume(self, obey: bool = False, **words: Any) -> None:
        """Answer demands again: judge each, or obey every one when the sanction outweighs any belief (eq. 15)."""
        act = self.narrator.decide("obey" if obey else "resume", answer=True, **words)
        self._become("comply" if obey else "process")
        self._answer_again(act)

    def _answer_again(self, act: int) -> None:
        """It is no announced peer any more; an answer that meets a demand holds until there is a new reason."""
        self.announced = False
        self.press.forget(self.name)
        if self.count_as_met(act):
            self.grounds = self.grounds_today()

    # Announcement and exit

    def announce(self) -> None:
        """Make a silent pause public, by itself or because the press enquires (eq. 14)."""
        if self.announced or self.stance != "pause":
            return
        own = self.press.spec.disclosure_rate
        draw, likely = self._draw(Stream.DISCLOSURE), hazard(own + self.press.enquiry_rate())
        self.narrator.face("announce", likely)
        if draw >= likely:
            return
        reason, acts = (" of its own accord", []) if draw < hazard(own) else self.press.enquiry()
        days = self.model.day - self.paused_on
        words = {"reason": reason, "delay": {0: "", 1: " a day before"}.get(days, f" {days} days before")}
        words |= self.narrator.end("announce")
        self._go_public(self.log("announce a pause", "", (self.pause_act, *acts), **words))

    def _go_public(self, act: int) -> None:
        self.announced = True
        self.press.cover_announcement(self.name, act)

    def announce_exit(self, **words: Any) -> None:
        """Announce that it leaves the market; demands stay unanswered until then."""
        self.on_review = False
        self._prepare_to_leave(self.narrator.decide("announce an exit", (self.pause_act,), **words))

    def _prepare_to_leave(self, act: int) -> None:
        self._go_public(act)
        self.leaving_on = self.model.day + math.ceil(self.spec.exit_days)

    def leave(self) -> None:
        """Leave the market on the day announced: its platforms can no longer be used or installed."""
        if self.leaving_on is None or self.model.day < self.leaving_on:
            return
        act = self.log("leave", "", (self.press.known.get(self.name, self.pause_act),))
        self.leaving_on, self.model.access_stale = None, True
        self._become("exit")
        self.dismiss_demands(act)

    # What the calendar does to it

    def take_stance(self, stance: Stance, lasting: bool, act: int) -> None:
        """Take a stance from outside, with all that it entails when a company takes it by itself.

        A refusal is public from that day, a pause starts due diligence, demands that it met before count as defied,
        whoever leaves is under no demand any more, and one that takes up answering, or obeys everything, meets them.
        """
        self.held, self.leaving_on, before = lasting, None, self.stance
        if stance == "pause" and before != "pause":
            self.paused_on, self.pause_act = self.model.day, act
        self._become(stance, on_review=stance == "pause" and not lasting)
        self.model.access_stale = True
        if stance in ANSWERING:
            if stance == "comply" or before not in ANSWERING:
                self._answer_again(act)
        else:
            self._go_public(act)
            self.dismiss_demands(act) if stance == "exit" else self.count_as_defied(act)

    def advise(self, weight: float, act: int) -> None:
        """Be advised to stop answering, or, below 0, to go on (eq. 12)."""
        self.advised.append((weight, act))

    def give_access(self, produced: float, act: int) -> None:
        """Be able to produce data for a share of requests, as a feature that prevented it is withdrawn."""
        for channel in self.data_channels.values():
            channel.open_up(produced)
        if self.stance == "cannot":
            self.take_stance("process", self.held, act)

    def answer(self) -> None:
        """Answer the requests of the day in every channel (eq. 16)."""
        for kind, channel in self.channels.items():
            channel.answer(self.stance, self.inbox[kind])

    @property
    def discloses(self) -> bool:
        """Whether it may hand data over: it answers demands, and has data to give."""
        return self.stance in ANSWERING and any(one.discloses(self.stance) for one in self.data_channels.values())

    def lose_platform(self, platform: str, k: int) -> int | None:
        """Own a platform no more, and tell its holders on the day before the dispute that it was part of, if any."""
        self.platforms = tuple(name for name in self.platforms if name != platform)
        self.platform_numbers = tuple(number for number in self.platform_numbers if number != k)
        return None if self.dispute is None else self.dispute.holders.pop(k, None)

    def gain_platform(self, platform: str, k: int, before: int | None) -> None:
        """Own a platform, with its holders on the day before the dispute that it was part of, today's if of none."""
        self.platforms, self.platform_numbers = (*self.platforms, platform), (*self.platform_numbers, k)
        if self.dispute is not None:
            self.dispute.holders[k] = self.model.holders_and_use(k)[0] if before is None else before

    # Demands made by name

    def receive_demand(self, demand: Outstanding) -> None:
        """Take a demand in; a company that obeys every demand for data meets that one by what it does already."""
        self.demands[demand.kind] = demand
        demand.number, self._asked_times = self._asked_times + 1, self._asked_times + 1
        demand.met = demand.kind == "data" and self.stance == "comply"
        if demand.settled and self.stance in FIRM:
            self.grounds = self.grounds_today()

    def private(self, kind: DemandKind, side: str) -> float:
        """Place of a side's resolve over a demand, in (0, 1), drawn once; the law's standing one has one (eq. 23)."""
        demand = self.demands.get(kind)
        return self.model.draw(Stream.STAKES, chance.entity(self.name, kind, side), demand.number if demand else 0)

    def unmet(self) -> DemandKind | None:
        """Kind of a demand that is not met, if there is one."""
        for kind, demand in self.demands.items():
            if not demand.met:
                return kind
        return None

    def defied(self) -> DemandKind | None:
        """Kind of demand that it defies: one addressed to it, or the law's standing one for data; None if it obeys."""
        kind = self.unmet()
        if kind is None and self.stance in DEFYING and self.announced and self.model.law.in_force:
            return "data"
        return kind

    def occasions(self, kind: DemandKind) -> float:
        """o: rate at which a company that is not pressed thinks about a demand, per day (eq. 15).

        Meetings come at rate nu around a deadline, fading over ``occasion_days`` to either side. Without staff on the
        spot a deadline passes unheeded, and what is neither due nor pressed is left where it lies.
        """
        demand, near = self.demands.get(kind), self.decision.occasion_days
        if demand is None or demand.deadline is None or not self.local_staff:
            return 0.0
        days = self.model.day - demand.deadline
        return 0.0 if days < -near else self.decision.meeting_rate * math.exp(-abs(days) / near)

    def yielding(self, kind: DemandKind) -> float:
        """Probability of meeting a demand, unpressed, at an occasion: a logit around the cut-off (eq. 15)."""
        cutoff = logit(self.cutoff_at(kind, 0, giving=True))
        return 1.0 if cutoff == NEVER else sigma((cutoff - self.reluctance) / self.decision.noise)

    def chance_of_giving(self, kind: DemandKind) -> float:
        """Probability that the company gives in to a demand today (eq. 15, 24).

        In a dispute over it, it does so once it has had enough, at rate nu_d, and at the latest on the eve of a step
        that is announced. As long as nothing hurts it yet, it meets what it does not mind, around a deadline.
        """
        if kind == "data" and self.stance == "cannot":
            return 0.0
        dispute, demand = self.dispute, self.demands.get(kind)
        is_open = self.stance not in FIRM or kind != "data" or self.on_review
        unpressed = self.occasions(kind) * self.yielding(kind) if is_open and not self.under_pressure else 0.0
        if dispute is None or dispute.kind != kind:
            return hazard(self.occasions(kind) * self.yielding(kind))
        part = (demand.parts_met + 1) / demand.number_of_parts if demand else 1.0
        if not dispute.company_has_enough(part):
            return hazard(unpressed)
        on_the_eve = any(step.day == self.model.day + 1 for step in dispute.steps)
        return 1.0 if on_the_eve else hazard(unpressed + 1.0 / self.bargaining.decision_days)

    def consider_demands(self) -> None:
        """Meet each demand with its chance of today (eq. 15, 24).

        A company that does not answer demands for data meets one by a change of stance instead, see
        ``consider_yielding``; one that judges each judges that one as well.
        """
        for kind, demand in self.demands.items():
            if demand.met:
                continue
            draw, likely = self.model.draw(Stream.YIELD, chance.entity(self.name, kind)), self.chance_of_giving(kind)
            self.narrator.face(demand.act, likely)
            if (kind != "data" or self.stance == "process") and draw < likely:
                if not self.meets_a_part(kind):
                    self._meet(demand)
            elif self.model.day == demand.deadline:
                self.log("miss a deadline", what=DEMANDED[kind])

    def _meet(self, demand: Outstanding) -> None:
        kind, words = demand.kind, {"what": DEMANDED[demand.kind]} | self.narrator.end(demand.act)
        act = self.narrator.decide("meet a demand", (demand.act,), kind=kind, answer=True, pressed=True, **words)
        demand.met = True
        self.given.add(kind)
        self._end_pressure_behind(demand, act)

    def meets_a_part(self, kind: DemandKind) -> bool:
        """Whether giving in today meets a part only: it is pressed, and another is left after it (eq. 25)."""
        demand = self.demands.get(kind)
        if demand is None or self.dispute is None or demand.parts_met + 1 == demand.number_of_parts:
            return False
        part = demand.parts[demand.parts_met]
        demand.parts_met += 1
        self.narrator.end(demand.act)
        self.log("meet a part", "", (demand.act,), what=DEMANDED[demand.kind], part=part)
        return True

    def count_as_met(self, act: int) -> bool:
        """Count a demand for data as met, since the company answers such demands again, and tell whether one was."""
        demand = self.demands.get("data")
        self.given.add("data")
        if demand is None or demand.met:
            return False
        demand.met = True
        self._end_pressure_behind(demand, act)
        return True

    def count_as_defied(self, act: int) -> None:
        """Count a demand for data that was met as defied: the company has stopped answering.

        Sanctions that were lifted because it answered come back, up to the rung on which they stood.
        """
        demand = self.demands.get("data")
        if demand is None or not demand.met:
            return
        demand.met = False
        if demand.let_off > self.rung:
            self.step_up(demand.by, demand.let_off, (act,))

    def _end_pressure_behind(self, demand: Outstanding, act: int) -> None:
        """Meeting a demand ends the pressure behind it, unless another is unmet or the rung was reached for another."""
        reached_for = self.rung_for if self.rung > 0 else demand.kind
        if self.unmet() is None and reached_for == demand.kind:
            demand.let_off = max(self.rung, self.orders.rung(self.platform_numbers))
            self.end_pressure(demand.by, (act,))

    def dismiss_demands(self, act: int, *kinds: DemandKind) -> None:
        """Drop demands, of all kinds unless some are named, and the pressure behind them unless another is unmet."""
        for kind in kinds or tuple(self.demands):
            self.demands.pop(kind, None)
        if self.unmet() is None:
            self.end_pressure("government", (act,))

    # Disputes

    def watch_dispute(self) -> None:
        """Open a dispute when pressure is first felt, close it once nothing is left to fight over, and book a day."""
        kind, before = self.contested(), self.dispute
        if kind is None:
            self.dispute = None
            return
        if before is None:
            holders = {k: self.model.holders_and_use(k)[0] for k in self.platform_numbers}
            self.dispute = Dispute(self, kind, self.model.day, holders)
        elif before.kind != kind:
            before.kind, before.most = kind, (0.0, 0.0)

    def contested(self) -> DemandKind | None:
        """Kind of the demand that pressure stands behind; None without pressure.

        A demand addressed to the company comes first; one of before the start, not met then, stands until there is new
        pressure. The law's standing demand for data is fought over only on rungs that take its platforms from people.
        """
        kind = self.defied()
        if kind is None or self.stance == "exit":
            return None
        demand = self.demands.get(kind)
        if demand is None:
            return kind if self.rung >= FIRST_TECHNICAL_RUNG else None
        if demand.settled and (self.pressed_on is None or self.pressed_on < 0) and not self.steps_ahead():
            return None
        return kind if self.under_pressure or self.steps_ahead() else None

    def chance_to_give(self, rung: int) -> float:
        """p_f: chance, to those who do not know its resolve, that it has enough with a rung before it (eq. 18)."""
        kind = self.defied() or "data"
        stands_alone = kind not in self.demands and rung < FIRST_TECHNICAL_RUNG
        if stands_alone or (kind == "data" and self.stance == "cannot"):
            return 0.0
        dispute = self.dispute or Dispute(self, kind, self.model.day, dict.fromkeys(self.platform_numbers, 1))
        return dispute.chance_at(rung)

    @property
    def under_pressure(self) -> bool:
        """Whether a sanction that hurts, or an order against a platform of it, is in force."""
        ordered = any(self.orders.against(k) for k in self.platform_numbers)
        return ordered or self.assets_held > 0.0 or self.sanction(self.rung) > 0.0

    def steps_ahead(self) -> "list[Step]":
        """Steps against it that are announced, dated and still to come.

        Who is not under pressure yet, and has no staff on the spot, lets them come.
        """
        model, today = self.model, self.model.day
        if not (self.local_staff or self.under_pressure):
            return []
        found = [
            Step(day, act.rung)
            for act in model.scenario.acts
            if isinstance(act, Escalate) and act.announced is not None and act.date is not None
            if self.name in act.companies and model.scenario.day(act.announced) <= today
            if (day := model.scenario.day(act.date)) > today
        ]
        return found + [Step(day) for k in self.platform_numbers for day in self.orders.days_ahead(k)]

    def waver(self) -> None:
        """The state gives way, perhaps: once it has had enough, it drops the demand and ends the pressure (eq. 24)."""
        self.watch_dispute()
        dispute = self.dispute
        if dispute is None or not dispute.state_has_enough():
            return
        if self.model.draw(Stream.RETREAT, self._retreat) < hazard(1.0 / self.bargaining.decision_days):
            self.dismiss_demands(self.narrator.give_way(), dispute.kind)
            self.watch_dispute()

    # The ladder: what standing on a rung means (responsive regulation, Ayres & Braithwaite 1992)

    def stand_on(self, rung: int, act: int) -> None:
        """Be taken to a rung of the ladder, which is an occasion to think again."""
        if rung > self.rung:
            self.rung_for = self.defied()
        self.rung, self.rung_day, self.rung_act = rung, self.model.day, act

    def step_up(self, by: str, rung: int, because: Sequence[int], **words: Any) -> None:
        """Be taken to a higher rung, with the orders that the rung provides for; ``words`` tell why."""
        verb, before = "put on notice" if rung == NOTICE else "step up", self.rung
        self._step(by, verb, STEPS_UP[rung].format(target=self.name), rung, because, words)
        for platform in self.platforms:
            for kind, provided_on in RUNG_OF.items():
                if provided_on <= rung:
                    self._order(by, platform, kind, before)
            if rung >= FIRST_TECHNICAL_RUNG:
                self.orders.insist(platform)

    def step_down(self, by: str, rung: int, because: Sequence[int], **words: Any) -> None:
        """Be taken back to a lower rung; the orders of the rungs above it are lifted. ``words`` tell why."""
        act = self._step(by, "step down", stepping_down(self.name, self.rung, rung), rung, because, words)
        self.orders.lift([order for order in self.ladder_orders() if RUNG_OF[order.kind] > rung], act)

    def _step(self, by: str, verb: str, did: str, rung: int, because: Sequence[int], words: dict[str, Any]) -> int:
        words = {"did": did, "why": ""} | words | {"before": self.rung, "rung": rung, "name": RUNGS[rung]}
        act = self.model.log(by, verb, self.name, because, **words)
        self.stand_on(rung, act)
        return act

    def _order(self, by: str, platform: str, kind: OrderKind, stood_on: int) -> None:
        """Order ISPs or stores what the rung provides for, unless the ladder has done so already."""
        k, act = self.model.platform_index(platform), self.rung_act
        if any(order.kind == kind and order.from_ladder for order in self.orders.against(k)):
            return
        access = {"throttle": self.model.ladder.throttle_access, "block": 0.0}.get(kind, 1.0)
        do = {"throttle": "slow", "block": "block"}.get(kind, "remove")
        act = self.model.log(by, f"order a {kind}", platform, (act,), whom="ISPs", do=do, until="")
        issued = self.model.day
        self.orders.issue(Order(kind, platform, k, access, issued, act, from_ladder=True, stood_on=stood_on))

    def ladder_orders(self) -> list[Order]:
        """Orders in force against its platforms that its rung has brought about."""
        return [order for k in self.platform_numbers for order in self.orders.against(k) if order.from_ladder]

    def relieve(self, by: str, lifted: Sequence[Order], act: int) -> None:
        """Orders against a platform of it were lifted: it no longer stands on a rung that only they upheld.

        It stands on the highest rung of the ladder's orders that are left, against its other platforms, and without any
        on the rung from which the first of those lifted had taken it.
        """
        left = self.ladder_orders()
        before = [order.stood_on for order in lifted if order.from_ladder]
        rung = highest_rung(left) if left else min(before, default=self.rung)
        if self.rung >= FIRST_TECHNICAL_RUNG and rung < self.rung:
            self.step_down(by, rung, (act,))

    def end_pressure(self, by: str, because: tuple[int, ...]) -> None:
        """End all pressure: back to rung 0, and no order left or announced against its platforms."""
        if self.rung > 0:
            self.step_down(by, 0, because)
        self.assets_held = 0.0
        for platform, k in zip(self.platforms, self.platform_numbers, strict=True):
            orders, ahead = self.orders.against(k), self.orders.ahead(platform)
            if orders or ahead:
                act = self.model.log(by, "lift orders" if orders else "withdraw an order", platform, because)
                self.orders.lift(orders, act)
                self.orders.withdraw(platform)

    def _draw(self, stream: Stream) -> float:
        return self.model.draw(stream, self._entity)


@dataclass(frozen=True, slots=True)
class Step:
    """A step that is announced and still to come."""

    day: int
    rung: int = 0
    """Rung to which the company is going to be taken; 0 for an order, which the book of orders knows."""


@dataclass(eq=False, slots=True)
class Dispute:
    """A demand that is not met, and pressure behind it: what it costs the company and the state by the day.

    Losses add up from what really happens to each side, and what is announced is foreseen. Either side has a private
    resolve, drawn once for the demand, and gives in once what it has lost and is about to lose exceeds it (ODD 7.4.1).
    """

    company: Company
    kind: DemandKind
    since: int
    """Day on which the pressure was first felt."""
    holders: dict[int, int]
    """Holders of each of the company's platforms on the day before, by number of the platform."""
    lost: tuple[float, float] = (0.0, 0.0)
    """What the company, and the state, has lost so far, in stakes by the day."""
    most: tuple[float, float] = (0.0, 0.0)
    """The most that either has had before it, over what a day of the other's success is worth to it; in days."""
    shares: dict[int, float] = field(default_factory=dict)
    """L_k: share of the use of each platform that is lost today."""
    steps: list[Step] = field(default_factory=list)

    # What a day costs (eq. 21)

    def live(self) -> None:
        """Book the losses of today, and look ahead (eq. 21, 22)."""
        self.shares, self.steps = {k: self._share_lost(k) for k in self.holders}, self.company.steps_ahead()
        by_day = self.losses(0)
        self.lost = self.lost[0] + by_day[0], self.lost[1] + by_day[1]
        ahead = self.foreseen()
        worth = self.company.worth_of_refusing(self.kind), self.company.worth_of_success(self.kind)
        felt = (over(self.lost[side] + ahead[side], worth[side]) for side in (0, 1))
        self.most = tuple(map(max, self.most, felt))  # type: ignore[assignment]

    def _share_lost(self, k: int) -> float:
        """Share of a platform's use of before that is lost, as long as an ISP hampers it; circumvention keeps it down.

        Whoever has dropped the app since then is lost, too.
        """
        before = self.holders[k]
        if not before or not self.company.orders.hampered(k):
            return 0.0
        return min(max(1.0 - self.company.model.holders_and_use(k)[1] / before, 0.0), 1.0)

    def mean(self, of: dict[int, float]) -> float:
        """L, or any other share by platform: of all its platforms, each by its holders of before."""
        return sum(of.get(k, 0.0) * had for k, had in self.holders.items()) / max(sum(self.holders.values()), 1)

    def losses(self, ahead: int) -> tuple[float, float]:
        """c_f and c_g: what a day so many days ahead costs the company, and the state, as far as is known (eq. 21)."""
        company, day = self.company, self.company.model.day + ahead
        if ahead == 0:
            return self.losses_at(company.rung, self.shares, day)
        steps = [step.rung for step in self.steps if step.day <= day]
        return self.losses_at(max([company.rung, *steps]), {k: self._lost_on(k, day, steps) for k in self.holders}, day)

    def losses_at(self, rung: int, shares: dict[int, float], day: int) -> tuple[float, float]:
        """What a day on a rung costs both, with these shares of use lost."""
        company, ladder = self.company, self.company.model.ladder
        legal = company.sanction(min(rung, FIRST_TECHNICAL_RUNG - 1))
        removed = self.mean({k: float(rung >= REMOVED or company.orders.banned(k, day)) for k in self.holders})
        stores = max(ladder.rung_sanctions[REMOVED] - ladder.rung_sanctions[BLOCKED], 0.0)
        use = ladder.rung_sanctions[BLOCKED] * self.mean(shares)
        mine = company.spec.market * (legal + use + stores * removed) + company.assets_held
        return mine, company.model.law.weigh(self.trade_lost(shares), 0.0) + company.bargaining.standing

    def trade_lost(self, shares: dict[int, float]) -> float:
        """Business and users that are cut off with its platforms, in the stakes of eq. (18)."""
        model = self.company.model
        users, platforms = model.scenario.population.users, model.scenario.platforms
        return sum(
            shares.get(k, 0.0) * (platforms[name].business_use + self.holders.get(k, 0) / users)
            for name, k in zip(self.company.platforms, self.company.platform_numbers, strict=True)
        )

    # What is foreseen (eq. 22)

    def foreseen(self) -> tuple[float, float]:
        """Losses of both in the next ``foresight_days``: as today's, but for steps with a date."""
        company, past = self.company, round(self.company.bargaining.foresight_days) + 1
        dates = [*(step.day for step in self.steps), *(end for k in self.holders for end in company.orders.ends(k))]
        turns = sorted({1, past, *(day - company.model.day for day in dates)} & set(range(1, past + 1)))
        spells = [(until - since, self.losses(since)) for since, until in pairwise(turns)]
        return sum(days * mine for days, (mine, _) in spells), sum(days * theirs for days, (_, theirs) in spells)

    def _lost_on(self, k: int, day: int, steps: list[int]) -> float:
        """L_k on a day: today's while an order stands, and what orders and steps up to that day are going to take."""
        orders = self.company.orders
        now = self.shares.get(k, 0.0) if orders.stands_on(k, day) else 0.0
        return max(min(now + orders.loss_by(k, day), 1.0), self.loss_on(max(steps, default=0)))

    def loss_on(self, rung: int) -> float:
        """Share of use that the orders of a rung would take, through the ISPs that obey."""
        if rung < THROTTLED:
            return 0.0
        left = self.company.model.ladder.throttle_access if rung == THROTTLED else 0.0
        return (1.0 - left) * self.company.orders.reach()

    # Who has had enough (eq. 23, 24)

    def company_has_enough(self, part: float = 1.0) -> bool:
        """Whether the company would rather give in, in a part of the demand, by its private resolve."""
        rules = self.company.bargaining
        place = self.company.private(self.kind, "company")
        if place >= 1.0 - rules.unyielding:
            return False
        resolve = spread_out(rules.company_days, rules.stakes_spread, place / (1.0 - rules.unyielding))
        return self.most[0] > 0.0 and self.most[0] >= part * resolve

    def state_has_enough(self) -> bool:
        """Whether the state would rather drop the demand, by its private resolve."""
        rules, place = self.company.bargaining, self.company.private(self.kind, "state")
        return self.most[1] > 0.0 and self.most[1] >= spread_out(rules.state_days, rules.stakes_spread, place)

    def chance_at(self, rung: int) -> float:
        """Chance, to one who does not know its resolve, that the company has enough with a rung before it (eq. 18)."""
        rules, days = self.company.bargaining, round(self.company.bargaining.foresight_days)
        shares = {k: max(self.shares.get(k, 0.0), self.loss_on(rung)) for k in self.holders}
        day = self.company.model.day
        before = self.lost[0] + days * self.losses_at(rung, shares, day)[0]
        felt = over(before, self.company.worth_of_refusing(self.kind))
        return (1.0 - rules.unyielding) * below(felt, rules.company_days, rules.stakes_spread)
