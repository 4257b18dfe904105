"""What a company believes of the law, and what it has to gain and to lose by its answer (eq. 11, 12)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.actors.institution import Institution
from sim.actors.stakes import Stakes, logit, sigma

if TYPE_CHECKING:
    from sim.actors.world import World
    from sim.scenario.institutions import DemandKind

SUREST = 0.999
"""Belief that ambiguity aversion raises a company to at most."""


class Mind(Institution):
    """A company as one that believes more or less in a political use of the law, and knows what is at stake for it."""

    def __init__(self, model: World, name: str) -> None:
        super().__init__(model, name)
        self.spec, self.decision = model.scenario.companies[name], model.scenario.decision
        self.platforms = self.spec.platforms
        self.platform_numbers = tuple(model.platform_index(platform) for platform in self.platforms)
        self.peers: tuple[tuple[str, float], ...] = ()
        """Companies whose announcements count, and how much."""
        self.belief = 0.0
        self.resolve = -math.inf
        """Log odds that speak for refusing: belief, lost users and advice."""
        self.advice = 0.0
        spec = self.spec
        self.local_staff = spec.local_staff and spec.stance != "withdraw"
        self.given: set[DemandKind] = {"data"} if spec.stance == "comply" else set()
        """Kinds of demand that it has once given in to: what was given before sets no precedent."""
        self.stakes = Stakes.from_cutoff(spec.cutoff, spec.cooperation_value, spec.friction, spec.human_rights_weight)

    # Belief

    def meet_peers(self) -> None:
        """Learn which companies' announcements count, and how much: W_fg by the peer's group (eq. 12)."""
        weights = self.spec.listens_to
        self.peers = tuple(
            (name, weights[peer.group])
            for name, peer in self.model.scenario.companies.items()
            if name != self.name and weights.get(peer.group, 0.0) > 0.0
        )

    def log_odds(self, pressure: float | None = None) -> float:
        """Belief l: logit p_0 and what the government's record, rulings, rules, society and peers add (eq. 12).

        Args:
            pressure: That of civil society; today's when absent.
        """
        law, decision = self.model.law, self.decision
        pressure = self.model.society.pressure if pressure is None else pressure
        log_odds = logit(decision.prior) + law.suspicion + decision.society_weight * pressure
        if law.court_order_required:
            log_odds -= decision.court_weight
        if self.name in law.unlawful_for:
            log_odds += decision.court_weight
        if law.rules_gazetted:
            log_odds += decision.rules_weight
        known = self.model.press.known
        return log_odds + decision.peer_weight * sum(weight for peer, weight in self.peers if peer in known)

    def belief_at(self, log_odds: float) -> float:
        """Belief p that goes with log odds l; vague terms add to it where no court stands between (eq. 12)."""
        law = self.model.law
        vague = 0.0 if law.court_order_required else self.spec.ambiguity_aversion * law.vagueness
        return min(sigma(log_odds) + vague, SUREST)

    def users_lost(self) -> float:
        """Share of its platforms' holders lost since a law was last announced or enacted; 0 without a loss."""
        today, before = self.model.today, self.model.holders_at_law
        if not self.platform_numbers or today is None or not before:
            return 0.0
        had = sum(before[k] for k in self.platform_numbers)
        have = sum(int(today.holders[k]) for k in self.platform_numbers)
        return max(0.0, 1.0 - have / had) if had else 0.0

    # Stakes

    def sanction(self, rung: int) -> float:
        """Phi(r): cost per day of a rung, in stakes of a market of worth 1; staff liability needs staff on the spot."""
        ladder = self.model.ladder
        spared = rung == ladder.staff_rung > 0 and not self.local_staff
        return ladder.rung_sanctions[rung - 1 if spared else rung]

    def cutoff_at(self, kind: DemandKind, rung: int) -> float:
        """Cut-off p* for a kind of demand under the sanction of a rung (eq. 11)."""
        return self.stakes.cutoff(self.sanction(rung), self.fear(kind), self.spec.market)

    def precedent(self, kind: DemandKind) -> float:
        """k: harm of being asked everywhere for what is given here; nothing for what was given before."""
        return 0.0 if kind in self.given else self.spec.precedent

    def fear(self, kind: DemandKind) -> float:
        """d: what a kind of demand is feared, and worth, relative to user data."""
        return self.decision.demand_stakes[kind]
