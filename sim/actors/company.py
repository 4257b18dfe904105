"""Companies: what they believe of the law, whether they pause, when they say so, and how they change their mind."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from itertools import accumulate
from typing import Any

from sim import chance
from sim.actors.answers import Settled, news
from sim.actors.bargaining import Bargaining
from sim.actors.counsel import Counsel
from sim.actors.demands import Docket
from sim.actors.mind import Mind
from sim.actors.odds import Wait, choice
from sim.actors.reasons import grounds
from sim.actors.requests import Channel, RemovalChannel, Tally, open_channels
from sim.actors.stakes import NEVER, hazard, logit, sigma
from sim.actors.world import World
from sim.chance import Stream
from sim.scenario.institutions import DemandKind
from sim.scenario.stances import ANSWERING, DEFYING, FINAL, FIRM, REVIEWED, STANCES, Stance


class Company(Mind):
    """A company that holds data on users. Its platforms follow its stance."""

    def __init__(self, model: World, name: str) -> None:
        super().__init__(model, name)
        spec = self.spec
        self.group = spec.group
        self.stance: Stance = spec.stance
        self.announced = spec.stance in FINAL
        """Whether it is public that it does not answer; a final answer of before the start is, and is no news."""
        self.on_review = spec.stance == "pause"
        self.held = False
        """Whether the scenario fixes its stance."""
        self.rung = 0
        self.rung_day: int | None = None
        self.rung_act: int | None = None
        self.rung_for: DemandKind | None = None
        """Kind of the demand for which it stands on its rung."""
        self.docket = Docket(self)
        self.bargaining = Bargaining(self)
        self.settled = Settled(self)
        self.counsel = Counsel(self)
        self.waits: defaultdict[str, Wait] = defaultdict(Wait)
        """How likely each kind of decision has been so far, by its name."""
        self.channels: dict[str, Channel | RemovalChannel] = open_channels(model, name, spec)
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
        self.cutoff = self.cutoff_at("data", 0)

    def meet_peers(self) -> None:
        """Learn whose announcements count; a stance that holds rests on what is known by then."""
        super().meet_peers()
        if self.stance in FIRM:
            self.settled.settle()

    # Platforms

    def lose_platform(self, platform: str, k: int) -> int | None:
        """Own a platform no more; tell its holders on the eve of a dispute that it was part of."""
        self.platforms = tuple(name for name in self.platforms if name != platform)
        self.platform_numbers = tuple(number for number in self.platform_numbers if number != k)
        return self.bargaining.give_up(k)

    def gain_platform(self, platform: str, k: int, eve: int | None) -> None:
        """Own a platform, with its holders on the eve of the dispute that it was part of, if it was of one."""
        self.platforms, self.platform_numbers = (*self.platforms, platform), (*self.platform_numbers, k)
        self.bargaining.take_over(k, eve)

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
        self.belief = self.belief_at(self.log_odds())
        self.resolve = logit(self.belief) + self.decision.users_weight * self.users_lost() + self.advice

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

    def can_give(self, kind: DemandKind) -> bool:
        """Whether it has what is demanded."""
        return kind != "data" or self.stance != "cannot"

    def giving_cutoff(self, kind: DemandKind, rung: int) -> float:
        """Cut-off for giving in, which may set a precedent, or go against a principle (eq. 11)."""
        market, precedent = self.spec.market, self.precedent(kind)
        return self.stakes.cutoff(self.sanction(rung), self.fear(kind), market, precedent, self.docket.principle(kind))

    def net_of_refusing(self, kind: DemandKind) -> float:
        """Worth by the day of not meeting a demand, without a sanction, as the company believes now (eq. 11, 12)."""
        belief, market, precedent = sigma(self.resolve), self.spec.market, self.precedent(kind)
        return self.stakes.net_of_refusing(belief, self.fear(kind), market, precedent, self.docket.principle(kind))

    def yielding(self, kind: DemandKind, rung: int) -> float:
        """Probability of giving in when it considers a demand under the sanction of a rung: a logit."""
        if not self.can_give(kind):
            return 0.0
        cutoff = logit(self.giving_cutoff(kind, rung))
        if cutoff == NEVER:
            return 1.0
        return sigma((cutoff - self.resolve) / self.decision.noise)

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
            if not self.settled.stands():
                self.consider_pausing()
        elif self._leaving_on is None and self.reconsiders() and not self.consider_yielding() and self.on_review:
            self.review()

    def reconsiders(self) -> bool:
        """Whether its answer is open: a pause always is, a stance that holds once a new reason is under review."""
        if self.stance not in FIRM or self.on_review:
            return True
        if self.settled.stands():
            return False
        self.on_review = True
        self.counsel.reopen(news(self))
        return True

    def consider_pausing(self) -> None:
        """Meet with counsel at rate nu, and pause at a meeting with chance sigma((l - logit p*) / tau) (eq. 13).

        One draw decides whether counsel meets and whether a meeting ends in a pause: chances are those of a Poisson
        number of meetings in the day, each with that chance.
        """
        cutoff = self.cutoff_at("data", self.pressure_rung)
        if not self.asked_for_data or cutoff >= 1.0:
            return
        decision = self.decision
        pull = sigma((self.resolve - logit(cutoff)) / decision.noise)
        luck, likely = self._draw(Stream.MEETING), hazard(decision.meeting_rate * pull)
        self.waits["pause"].face(self.model.day, likely)
        if luck < likely:
            self.pause()
        elif luck < hazard(decision.meeting_rate):
            self.counsel.review()

    def pause(self) -> None:
        """Stop answering demands for data, or announce an exit where others would pause; due diligence begins."""
        verb = "announce an exit" if self.spec.exits_instead else "pause"
        review = self.counsel.review(decides=True)
        said = {"when": " after a legal review"} | self.waits["pause"].end()
        act = self.tell(verb, (review,), giving=False, **said)
        self._paused_on, self._pause_act = self.model.day, act
        self._become("pause", on_review=not self.spec.exits_instead)
        if self.spec.exits_instead:
            self._go_public(act)
            self._leaving_on = self.model.day + math.ceil(self.spec.exit_days)
        else:
            self.docket.broken(act)

    def _become(self, stance: Stance, *, on_review: bool = False) -> None:
        """Take a stance; one that holds rests on today's grounds, and an office once closed stays closed."""
        self.stance, self.on_review = stance, on_review
        if stance == "withdraw":
            self.local_staff = False
        if stance in FIRM:
            self.settled.settle()
        else:
            self.settled.forget()

    def consider_yielding(self) -> bool:
        """Under a sanction, perhaps answer demands again: the logit from the other side, or bargaining (eq. 15)."""
        rung = self.pressure_rung
        if self.model.ladder.rung_sanctions[rung] == 0.0 and self.bargaining.dispute is None:
            return False
        likely = hazard(self.docket.rate("data"))
        self.waits["yield"].face(self.model.day, likely)
        draw = self._draw(Stream.YIELD)
        if draw >= likely:
            return False
        if self.docket.pay_by_instalment("data", draw):
            self.waits["yield"].end()
            return False
        self.resume(obey=self.giving_cutoff("data", rung) >= 1.0, pressed=True, **self.waits["yield"].end())
        return True

    def review(self) -> None:
        """Due diligence ends at rate 1/review_days in a logit over keep, MLAT, refuse, resume and exit (eq. 15)."""
        if self._draw(Stream.REVIEW_END) >= self._review_ends:
            return
        steps: dict[str, Callable[..., None]] = {stance: partial(self.turn_to, stance) for stance in STANCES}
        steps |= {"keep": self.keep, "resume": self.resume, "exit": self.announce_exit}
        odds = self.review_odds()
        pick = self._draw(Stream.REVIEW_OUTCOME) * sum(odds.values())
        for outcome, passed in zip(odds, accumulate(odds.values()), strict=True):
            if pick < passed:
                steps[outcome](when=" at the end of a review", **choice(odds[outcome] / sum(odds.values())))
                return

    def review_odds(self) -> dict[str, float]:
        """Odds of each outcome against keeping the answer; resuming is as likely as the belief is below the cut-off.

        Whoever cannot answer can only leave the market, or close its office.
        """
        spec, cutoff = self.spec, logit(self.giving_cutoff("data", self.pressure_rung))
        resume = (cutoff - self.resolve) / self.decision.noise
        leanings = {name: resume if name == "resume" else getattr(spec, f"{name}_leaning") for name in REVIEWED}
        if self.stance == "cannot":
            leanings = {outcome: leanings[outcome] for outcome in ("exit", "withdraw")}
        leanings.pop(self.stance, None)
        return {"keep": 1.0} | {outcome: math.exp(min(log_odds, 50.0)) for outcome, log_odds in leanings.items()}

    def keep(self, **said: Any) -> None:
        """Keep the present answer: the next review of a pause begins, a stance that holds is settled anew."""
        self.tell("keep the pause" if self.stance == "pause" else "stand by an answer", (self._pause_act,), **said)
        if self.stance in FIRM:
            self._become(self.stance)

    def turn_to(self, stance: Stance, **said: Any) -> None:
        """End a review in another answer, and say so: as Google did on 14 August 2020 with legal assistance."""
        act = self.tell(STANCES[stance].verb, (self._pause_act,), **said)
        self._become(stance)
        self._go_public(act)

    def resume(self, obey: bool = False, **said: Any) -> None:
        """Answer demands again: judge each, or obey every one when the sanction outweighs any belief."""
        act = self.tell("obey" if obey else "resume", answer=True, **said)
        self._become("comply" if obey else "process")
        self._answer_again(act)

    def _answer_again(self, act: int) -> None:
        """It is no announced peer any more; an answer that meets a demand holds until there is a new reason."""
        self.announced = False
        self.model.press.forget(self.name)
        if self.docket.answered(act):
            self.settled.settle()

    def announce_exit(self, **said: Any) -> None:
        """Announce that it leaves the market; demands stay unanswered until then."""
        act = self.tell("announce an exit", (self._pause_act,), **said)
        self.on_review = False
        self._go_public(act)
        self._leaving_on = self.model.day + math.ceil(self.spec.exit_days)

    # Announcement

    def announce(self) -> None:
        """Make a silent pause public, by itself or because the press enquires (eq. 14)."""
        if self.announced or self.stance != "pause":
            return
        own, press = self.model.scenario.press.disclosure_rate, self.model.press
        luck, likely = self._draw(Stream.DISCLOSURE), hazard(own + press.enquiry_rate())
        self.waits["announce"].face(self.model.day, likely)
        if luck >= likely:
            return
        reason, acts = (" of its own accord", []) if luck < hazard(own) else press.enquiry()
        days = self.model.day - self._paused_on
        delay = {0: "", 1: " a day before"}.get(days, f" {days} days before")
        said = {"reason": reason, "delay": delay} | self.waits["announce"].end()
        self._go_public(self._log("announce a pause", (self._pause_act, *acts), **said))

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
        self._become("exit")
        self.docket.dismiss(act)
        self.model.access_changed()

    def take_stance(self, stance: Stance, lasting: bool, act: int) -> None:
        """Take a stance from outside, with all that it entails when a company takes it by itself.

        A refusal is public from that day, a pause starts due diligence, demands that it met before count as defied,
        whoever leaves is under no demand any more, and one that takes up answering, or obeys everything, meets them.
        """
        self.held, self._leaving_on, before = lasting, None, self.stance
        if stance == "pause" and before != "pause":
            self._paused_on, self._pause_act = self.model.day, act
        self._become(stance, on_review=stance == "pause" and not lasting)
        self.model.access_changed()
        if stance in ANSWERING:
            if stance == "comply" or before not in ANSWERING:
                self._answer_again(act)
        else:
            self._go_public(act)
            self.docket.dismiss(act) if stance == "exit" else self.docket.broken(act)

    def give_access(self, produced: float, act: int) -> None:
        """Be able to produce data for a share of requests, as a feature that prevented it is withdrawn."""
        for channel in self.channels.values():
            if isinstance(channel, Channel):
                channel.open_up(produced)
        if self.stance == "cannot":
            self.take_stance("process", self.held, act)

    @property
    def discloses(self) -> bool:
        """Whether it may hand data over: it answers demands, and has data to give."""
        if self.stance not in ANSWERING:
            return False
        channels = (channel for channel in self.channels.values() if isinstance(channel, Channel))
        return any(channel.discloses(self.stance) for channel in channels)

    def tell(self, verb: str, because: Iterable[int | None] = (), **said: Any) -> int:
        """Write a decision down with what moved it, of which ``grounds`` says more."""
        acts, told = grounds(self, **said)
        return self._log(verb, (*because, *acts), **told)

    def _log(self, verb: str, because: Iterable[int | None] = (), **quantities: Any) -> int:
        causes = [act for act in because if act is not None]
        return self.model.chronicle.add(self.model.day, self.name, verb, "", causes, **quantities)

    def _draw(self, stream: Stream) -> float:
        return self.model.draw(stream, self._entity)
