"""Queues of requests: what a company receives and how its stance answers it (eq. 16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim import chance
from sim.actors.stakes import hazard
from sim.chance import Stream
from sim.scenario.stances import STANCES

if TYPE_CHECKING:
    from sim.actors.world import World
    from sim.scenario.institutions import Company, Police, Removals, RequestStream
    from sim.scenario.stances import Stance

REMOVAL = "removal"
"""Type of the channel of content removal."""


@dataclass(slots=True)
class Tally:
    """Counts of a day, and stocks at its end. Received = produced + refused + granted + growth of the two stocks."""

    received: int = 0
    produced: int = 0
    refused: int = 0
    granted: int = 0
    """Requests that came back from mutual legal assistance with data; companies do not report these as produced."""
    pending: int = 0
    """Stock of requests that wait for an answer."""
    mlat: int = 0
    """Stock of requests under way through mutual legal assistance."""
    accounts: float = 0.0
    """Accounts whose data was produced."""

    def begin_day(self) -> None:
        """Counts start anew; stocks stay."""
        self.received = self.produced = self.refused = self.granted = 0
        self.accounts = 0.0


class Channel:
    """Requests of one type to one company. Waiting times are exponential, so a stock needs no ages."""

    def __init__(
        self, world: World, company: str, kind: str, spec: RequestStream, processing_days: float, police: Police | None
    ) -> None:
        self._world = world
        self.tally = Tally()
        self.spec = spec
        self._shares = {"produced": spec.produced, "produced_when_paused": spec.produced_when_paused}
        self._accounts = spec.accounts
        self._answered = hazard(1.0 / processing_days) if processing_days > 0.0 else 1.0
        self._returned = hazard(1.0 / police.mlat_days) if police else 0.0
        self._granted = police.mlat_granted if police else 0.0
        self._entity = chance.entity(company, kind)
        self._granting = chance.entity(company, kind, "granted")

    def share(self, stance: Stance) -> float:
        """Share of requests that ends in data, at once or after the usual time, under a stance."""
        declared = STANCES[stance].share
        return self._shares[declared] if isinstance(declared, str) else declared

    def open_up(self, produced: float) -> None:
        """Let at least a share of requests be answered with data from now on, where requests are processed."""
        self._shares["produced"] = max(self._shares["produced"], produced)

    def discloses(self, stance: Stance) -> bool:
        """Whether requests come and may be answered with data under a stance."""
        return self.spec.rate > 0.0 and self.share(stance) > 0.0

    def answer(self, stance: Stance, received: int) -> None:
        """Live a day: take in the requests received, and answer as the stance says (eq. 16)."""
        tally = self.tally
        tally.begin_day()
        tally.received = received
        self._return_from_mlat(0.0 if stance == "cannot" else self._granted)
        fate = STANCES[stance].requests
        if fate == "answered":
            tally.pending += received
            self._process(self.share(stance))
        elif fate == "waiting":
            urgent = self._count(Stream.OUTCOME, self._entity, received, self.share(stance))
            tally.produced += urgent
            tally.pending += received - urgent
        elif fate == "passed on":
            tally.mlat, tally.pending = tally.mlat + received + tally.pending, 0
        else:
            tally.refused, tally.pending = tally.refused + received + tally.pending, 0
        tally.accounts = (tally.produced + tally.granted) * self._accounts

    def _process(self, produced_share: float) -> None:
        """Answer each waiting request with the chance 1 - exp(-1 / processing days), by data with that share."""
        tally = self.tally
        answered = self._count(Stream.ANSWER, self._entity, tally.pending, self._answered)
        produced = self._count(Stream.OUTCOME, self._entity, answered, produced_share)
        tally.pending -= answered
        tally.produced += produced
        tally.refused += answered - produced

    def _return_from_mlat(self, granted: float) -> None:
        """Requests come back from the other country's courts after an exponential delay, a share of them with data."""
        tally = self.tally
        returned = self._count(Stream.MLAT, self._entity, tally.mlat, self._returned)
        tally.granted = self._count(Stream.MLAT, self._granting, returned, granted)
        tally.mlat -= returned
        tally.refused += returned - tally.granted

    def _count(self, stream: Stream, entity: int, trials: int, probability: float) -> int:
        """Binomial count; draws only when there is something to decide, which the hash makes harmless."""
        if trials == 0 or probability == 0.0:
            return 0
        return chance.binomial(self._world.draw(stream, entity), trials, probability)


class RemovalChannel:
    """Orders to take content down, obeyed or refused on the day, whatever the stance on data."""

    def __init__(self, world: World, company: str, spec: Removals) -> None:
        self._world = world
        self.tally = Tally()
        self.spec = spec
        self._entity = chance.entity(company, REMOVAL)

    def answer(self, stance: Stance, received: int) -> None:
        """Live a day; only a company that has left the market receives nothing."""
        self.tally.begin_day()
        if received == 0 or stance == "exit":
            return
        draw = self._world.draw(Stream.REMOVAL, self._entity)
        accepted = chance.binomial(draw, received, self.spec.accepted)
        self.tally.received, self.tally.produced, self.tally.refused = received, accepted, received - accepted


def open_channels(world: World, company: str, spec: Company) -> dict[str, Channel | RemovalChannel]:
    """The channels of a company by type, that of removals last."""
    police = world.scenario.police
    rules = police[1] if police else None
    channels: dict[str, Channel | RemovalChannel] = {
        kind: Channel(world, company, kind, stream, spec.processing_days, rules)
        for kind, stream in spec.requests.items()
    }
    channels[REMOVAL] = RemovalChannel(world, company, spec.removals)
    return channels
