"""Companies: what they believe of the law, whether they pause, when they say so, and how they change their mind."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from sim import chance
from sim.actors.bargaining import Bargaining
from sim.actors.demands import Docket
from sim.actors.institution import Institution
from sim.actors.requests import REMOVAL, Channel, RemovalChannel, Tally
from sim.actors.stakes import NEVER, Stakes, hazard, logit, sigma
from sim.chance import Stream

if TYPE_CHECKING:
    from sim.actors.world import World
    from sim.scenario.institutions import DemandKind, Stance

ANSWERING = ("process", "comply")
"""Stances under which a company answers demands for data."""
DEFYING = ("pause", "mlat", "refuse")
"""Stances under which it does not."""
SUREST = 0.999
"""Belief that ambiguity aversion raises a company to at most."""


class Company(Institution):
    """A company that holds data on users. Its platforms follow its stance."""

    def __init__(self, model: World, name: str) -> None:
        super().__init__(model, name)
        spec = model.scenario.companies[name]
        self.spec = spec
        self.group = spec.group
        self.platforms = spec.platforms
        self.platform_numbers = tuple(model.platform_index(platform) for platform in spec.platforms)
        self.stance: Stance = spec.stance
        self.announced = False
        self.on_review = spec.stance == "pause"
        self.held = False
        """Whether the scenario fixes its stance."""
        self.belief = 0.0
        self.resolve = -math.inf
        """Log odds that speak for refusing: belief, lost users and advice."""
        self.advice = 0.0
        self.rung = 0
        self.rung_day: int | None = None
        self.rung_act: int | None = None
        self.rung_for: DemandKind | None = None
        """Kind of the demand for which it stands on its rung."""
        self.docket = Docket(self)
        self.bargaining = Bargaining(self)
        self.channels: dict[str, Channel | RemovalChannel] = self._open_channels()
        self.tally: dict[str, Tally] = {kind: channel.tally for kind, channel in self.channels.items()}
        self.inbox: dict[str, int] = dict.fromkeys(self.channels, 0)
        """Requests received today, by type."""
        self.request_rate = 0.0
        self._asked = bool(spec.requests)
        self._entity = chance.entity(name)
        self._review_ends = hazard(1.0 / spec.review_days)
        self._paused_on = 0
        self._pause_act: int | None = None
        self._leaving_on: int | None = None
        self._stakes = Stakes.from_cutoff(spec.cutoff, spec.cooperation_value, spec.friction, spec.human_rights_weight)
        self._cutoffs = self._solve_cutoffs()
        self.cutoff = self.cutoff_at("data", 0)
        self._peers: tuple[tuple[str, float], ...] = ()

    def _open_channels(self) -> dict[str, Channel | RemovalChannel]:
        police = self.model.scenario.police
        rules = police[1] if police else None
        channels: dict[str, Channel | RemovalChannel] = {
            kind: Channel(self.model, self.name, kind, stream, self.spec.processing_days, rules)
            for kind, stream in self.spec.requests.items()
        }
        channels[REMOVAL] = RemovalChannel(self.model, self.name, self.spec.removals)
        return channels

    def _solve_cutoffs(self) -> dict[DemandKind, tuple[float, ...]]:
        """p* by kind of demand and rung (eq. 11). Staff liability does not bite where there is no staff."""
        return {
            kind: tuple(
                self._stakes.cutoff(self.sanction(rung), fear, self.spec.market)
                for rung in range(len(self.model.ladder.rung_sanctions))
            )
            for kind, fear in self.model.scenario.decision.demand_stakes.items()
        }

    def sanction(self, rung: int) -> float:
        """Phi(r): cost per day of a rung, in stakes of a market of worth 1; staff liability needs staff on the spot."""
        ladder = self.model.ladder
        spared = rung == ladder.staff_rung > 0 and not self.spec.local_staff
        return ladder.rung_sanctions[rung - 1 if spared else rung]

    def net_of_refusing(self, kind: DemandKind) -> float:
        """Worth by the day of not meeting a demand, without a sanction, as the company believes now (eq. 11, 12)."""
        fear = self.model.scenario.decision.demand_stakes[kind]
        return self._stakes.net_of_refusing(sigma(self.resolve), fear, self.spec.market)

    def meet_peers(self) -> None:
        """Learn which companies' announcements count, and how much: W_fg by the peer's group (eq. 12)."""
        weights = self.spec.listens_to
        self._peers = tuple(
            (peer.name, weights[peer.group])
            for peer in self.model.companies.values()
            if peer is not self and weights.get(peer.group, 0.0) > 0.0
        )

    # A day

    def live(self) -> None:
        """A company's day: believe, bargain, decide, announce, answer."""
        self.weigh()
        self.bargaining.watch()
        if not self.held and self.stance != "exit":
            self.decide()
            self.docket.consider()
        self.bargaining.waver()
        self.announce()
        self.leave()
        self.answer()

    def answer(self) -> None:
        """Answer the requests of the day in every channel (eq. 16)."""
        for kind, channel in self.channels.items():
            channel.answer(self.stance, self.inbox[kind])

    # Belief

    @property
    def asked_for_data(self) -> bool:
        """Whether data is at stake: the law is in force and the company is asked under it, or data is demanded."""
        return (self._asked and self.model.law.in_force) or "data" in self.docket.demands

    def weigh(self) -> None:
        """Update belief p, ambiguity of vague terms added, and the cut-off p* at the present rung (eq. 11, 12)."""
        self.cutoff = min(self.cutoff_at("data", self.pressure_rung), 1.0)
        if not self.docket.demands and not self.asked_for_data:
            self.belief, self.resolve = 0.0, -math.inf
            return
        p = sigma(self.log_odds()) + self.spec.ambiguity_aversion * self.model.law.vagueness
        self.belief = min(p, SUREST)
        self.resolve = logit(self.belief) + self.model.scenario.decision.users_weight * self.users_lost() + self.advice

    def log_odds(self) -> float:
        """Belief l: logit p_0 and what the government's record, rulings, rules, society and peers add (eq. 12)."""
        law, decision = self.model.law, self.model.scenario.decision
        log_odds = logit(decision.prior) + law.suspicion + decision.society_weight * self.model.society.pressure
        if law.court_order_required:
            log_odds -= decision.court_weight
        if self.name in law.unlawful_for:
            log_odds += decision.court_weight
        if law.rules_gazetted:
            log_odds += decision.rules_weight
        known = self.model.press.known
        return log_odds + decision.peer_weight * sum(weight for peer, weight in self._peers if peer in known)

    def users_lost(self) -> float:
        """Share of its platforms' holders lost since a law was last announced or enacted; 0 without a loss."""
        today, before = self.model.today, self.model.holders_at_law
        if not self.platform_numbers or today is None or not before:
            return 0.0
        had = sum(before[k] for k in self.platform_numbers)
        have = sum(int(today.holders[k]) for k in self.platform_numbers)
        return max(0.0, 1.0 - have / had) if had else 0.0

    # Pressure

    @property
    def pressure_rung(self) -> int:
        """Rung whose sanction it suffers: its own, or that of orders that will be lifted once it meets a demand."""
        if self.docket.unmet() is None:
            return self.rung
        return max(self.rung, self.model.orders.rung(self.platform_numbers))

    @property
    def pressed_on(self) -> int | None:
        """Last day on which a sanction came: a rung of the ladder, or an order against one of its platforms."""
        orders = [order.issued for k in self.platform_numbers for order in self.model.orders.against(k)]
        return max((day for day in (self.rung_day, *orders) if day is not None), default=None)

    def cutoff_at(self, kind: DemandKind, rung: int) -> float:
        """Cut-off p* for a kind of demand under the sanction of a rung (eq. 11)."""
        return self._cutoffs[kind][rung]

    def yielding(self, kind: DemandKind, rung: int) -> float:
        """Probability of giving in when it considers a demand under the sanction of a rung: a logit."""
        cutoff = logit(self.cutoff_at(kind, rung))
        if cutoff == NEVER:
            return 1.0
        return sigma((cutoff - self.resolve) / self.model.scenario.decision.noise)

    def defied(self) -> DemandKind | None:
        """Kind of demand that it defies: one addressed to it, or the law's standing one for data; None if it obeys."""
        kind = self.docket.unmet()
        if kind is None and self.stance in DEFYING and self.announced and self.model.law.in_force:
            return "data"
        return kind

    def stand_on(self, rung: int, act: int) -> None:
        """Be taken to a rung of the ladder, which is an occasion to think again."""
        if rung > self.rung:
            self.rung_for = self.defied()
        self.rung, self.rung_day, self.rung_act = rung, self.model.day, act

    # Decision

    def decide(self) -> None:
        """Choose a stance by the rule of the present one (eq. 13, 15)."""
        if self.stance in ANSWERING:
            self.consider_pausing()
        elif self._leaving_on is None and not self.consider_yielding() and self.on_review:
            self.review()

    def consider_pausing(self) -> None:
        """Pause with hazard 1 - exp(-nu sigma((l - logit p*) / tau)) (eq. 13)."""
        cutoff = self.cutoff_at("data", self.pressure_rung)
        if not self.asked_for_data or cutoff >= 1.0:
            return
        decision = self.model.scenario.decision
        pull = sigma((self.resolve - logit(cutoff)) / decision.noise)
        if self._draw(Stream.MEETING) < hazard(decision.meeting_rate * pull):
            self.pause()

    def pause(self) -> None:
        """Stop answering demands for data, or announce an exit where others would pause; due diligence begins."""
        verb = "announce an exit" if self.spec.exits_instead else "pause"
        act = self._log(verb, self._reasons(), **self._ground())
        self.stance, self._paused_on, self._pause_act = "pause", self.model.day, act
        if self.spec.exits_instead:
            self._go_public(act)
            self._leaving_on = self.model.day + math.ceil(self.spec.exit_days)
        else:
            self.on_review = True

    def _reasons(self) -> list[int | None]:
        """Acts behind a pause: the law, its rules, a ruling, demands and the announcements of peers it listens to."""
        law, known = self.model.law, self.model.press.known
        legal = [*law.sources.values(), law.unlawful_for.get(self.name)]
        demands = [demand.act for demand in self.docket.demands.values() if demand.kind == "data"]
        return [*legal, *demands, *(known[peer] for peer, _ in self._peers if peer in known)]

    def consider_yielding(self) -> bool:
        """Under a sanction, perhaps answer demands again: the logit from the other side, or bargaining (eq. 15)."""
        rung = self.pressure_rung
        if self.model.ladder.rung_sanctions[rung] == 0.0 and self.bargaining.dispute is None:
            return False
        if self._draw(Stream.YIELD) >= hazard(self.docket.rate("data")):
            return False
        self.resume(obey=self.cutoff_at("data", rung) >= 1.0)
        return True

    def review(self) -> None:
        """Due diligence ends at rate 1/review_days in a logit over keep, MLAT, refuse, resume and exit (eq. 15)."""
        if self._draw(Stream.REVIEW_END) >= self._review_ends:
            return
        steps = {
            "keep": self.keep_pause,
            "mlat": self.turn_to_mlat,
            "refuse": self.refuse,
            "resume": self.resume,
            "exit": self.announce_exit,
        }
        odds = self.review_odds()
        pick = self._draw(Stream.REVIEW_OUTCOME) * sum(odds.values())
        for outcome, passed in zip(odds, accumulate(odds.values()), strict=True):
            if pick < passed:
                steps[outcome]()
                return

    def review_odds(self) -> dict[str, float]:
        """Odds of each outcome against keeping the pause; resuming is as likely as the belief is below the cut-off."""
        cutoff = logit(self.cutoff_at("data", self.pressure_rung))
        resume = (cutoff - self.resolve) / self.model.scenario.decision.noise
        spec = self.spec
        leanings = {
            "mlat": spec.mlat_leaning,
            "refuse": spec.refuse_leaning,
            "exit": spec.exit_leaning,
            "resume": resume,
        }
        return {"keep": 1.0} | {outcome: math.exp(min(log_odds, 50.0)) for outcome, log_odds in leanings.items()}

    def keep_pause(self) -> None:
        """Keep the pause; the next review begins."""
        self._log("keep the pause", **self._ground())

    def turn_to_mlat(self) -> None:
        """Send the police to mutual legal assistance, as Google did on 14 August 2020."""
        self._end_review("mlat", self._log("turn to mutual legal assistance", (self._pause_act,)))

    def refuse(self) -> None:
        """Refuse for good."""
        self._end_review("refuse", self._log("refuse", (self._pause_act,)))

    def resume(self, obey: bool = False) -> None:
        """Answer demands again: judge each, or obey every one when the sanction outweighs any belief."""
        because = (self.rung_act,)
        act = self._log("obey", because) if obey else self._log("resume", because, **self._ground())
        self.stance, self.on_review, self.announced = ("comply" if obey else "process"), False, False
        self.model.press.forget(self.name)
        self.docket.answered(act)

    def announce_exit(self) -> None:
        """Announce that it leaves the market; demands stay unanswered until then."""
        act = self._log("announce an exit", (self._pause_act,), **self._ground())
        self.on_review = False
        self._go_public(act)
        self._leaving_on = self.model.day + math.ceil(self.spec.exit_days)

    def _end_review(self, stance: Stance, act: int) -> None:
        self.stance, self.on_review = stance, False
        self._go_public(act)

    # Announcement

    def announce(self) -> None:
        """Make a silent pause public, by itself or because the press enquires (eq. 14)."""
        if self.announced or self.stance != "pause":
            return
        own = self.model.scenario.press.disclosure_rate
        luck = self._draw(Stream.DISCLOSURE)
        if luck >= hazard(own + self.model.press.enquiry_rate()):
            return
        days = self.model.day - self._paused_on
        act = self._log(
            "announce a pause",
            (self._pause_act, *self.model.press.known.values()),
            reason="" if luck < hazard(own) else ", when the press enquired,",
            delay={0: "", 1: " a day before"}.get(days, f" {days} days before"),
        )
        self._go_public(act)

    def _go_public(self, act: int) -> None:
        self.announced = True
        self.model.press.cover_announcement(self.name, act)

    # Exit and orders from outside

    def leave(self) -> None:
        """Leave the market on the day announced: its platforms can no longer be used or installed."""
        if self._leaving_on is None or self.model.day < self._leaving_on:
            return
        act = self._log("leave", (self.model.press.known.get(self.name, self._pause_act),))
        self._leaving_on = None
        self.stance, self.on_review = "exit", False
        self.docket.dismiss(act)
        self.model.access_changed()

    def take_stance(self, stance: Stance, lasting: bool, act: int) -> None:
        """Take a stance from outside; a refusal is public from that day, and a pause starts due diligence."""
        self.held = lasting
        self._leaving_on = None
        self.on_review = stance == "pause" and not lasting
        if stance == "pause" and self.stance != "pause":
            self._paused_on, self._pause_act = self.model.day, act
        self.stance = stance
        self.model.access_changed()
        if stance in ANSWERING:
            self.announced = False
            self.model.press.forget(self.name)
            self.docket.answered(act)
        else:
            self._go_public(act)

    @property
    def discloses(self) -> bool:
        """Whether it may hand data over: it answers demands, and has data to give."""
        if self.stance not in ANSWERING:
            return False
        streams = self.spec.requests.values()
        return any(stream.rate > 0.0 and (stream.produced > 0.0 or self.stance == "comply") for stream in streams)

    def _ground(self) -> dict[str, Any]:
        """Quantities of a decision: belief, cut-off and users lost, in figures and in words."""
        lost = self.users_lost()
        ground = (
            f"belief {self.belief:.2f} {'above' if self.belief > self.cutoff else 'below'} cut-off {self.cutoff:.2f}"
        )
        if lost >= 0.005:
            ground += f", with {lost:.1%} of its users gone"
        return {"ground": ground, "belief": self.belief, "cutoff": self.cutoff, "users_lost": lost}

    def _log(self, verb: str, because: Iterable[int | None] = (), **quantities: Any) -> int:
        causes = [act for act in because if act is not None]
        return self.model.chronicle.add(self.model.day, self.name, verb, "", causes, **quantities)

    def _draw(self, stream: Stream) -> float:
        return self.model.draw(stream, self._entity)
