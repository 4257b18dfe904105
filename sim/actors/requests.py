"""What is asked of a company: queues of requests and how a stance answers them (eq. 16), and demands made by name."""

from dataclasses import dataclass

from sim import chance
from sim.actors.stakes import hazard
from sim.actors.world import World
from sim.chance import Stream
from sim.scenario.institutions import Company, DemandKind, Police, Removals, RequestStream
from sim.scenario.stances import STANCES, Stance

REMOVAL = "removal"
"""Type of the channel of content removal."""


@dataclass(slots=True)
class Outstanding:
    """A demand addressed to a company."""

    kind: DemandKind
    act: int
    by: str
    since: int
    deadline: int | None
    parts: tuple[str, ...] = ()
    """Parts in which it can be met, in words; all at once when empty."""
    parts_met: int = 0
    number: int = 0
    """How many demands the company had had with it."""
    settled: bool = False
    """Whether it is of before the start, and was not met then."""
    met: bool = False
    let_off: int = 0
    """Rung of the sanctions that ended when it was met."""

    @property
    def number_of_parts(self) -> int:
        """Parts in which it can be met; one, the whole, where none are named."""
        return max(len(self.parts), 1)


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
        self._answered = hazard(1.0 / processing_days) if processing_days > 0.0 else 1.0
        self._returned = hazard(1.0 / police.mlat_days) if police else 0.0
        self._granted = police.mlat_granted if police else 0.0
        self._entity = chance.entity(company, kind)
        self._granting = chance.entity(company, kind, "granted")

    def share(self, stance: Stance) -> float:
        """Share of requests that ends in data, at once or after the usual time, under a stance (eq. 16)."""
        declared = STANCES[stance].share
        return self._shares[declared] if isinstance(declared, str) else declared

    def open_up(self, produced: float) -> None:
        """Let at least a share of requests be answered with data from now on, where requests are processed."""
        self._shares["produced"] = max(self._shares["produced"], produced)

    def discloses(self, stance: Stance) -> bool:
        """Whether requests come and may be answered with data under a stance."""
        return self.spec.rate > 0.0 and self.share(stance) > 0.0

    def answer(self, stance: Stance, received: int) -> None:
        """Take in the requests of a day, and answer as the stance says (eq. 16)."""
        tally, becomes = self.tally, STANCES[stance].requests
        tally.begin_day()
        tally.received = received
        self._return_from_mlat(0.0 if stance == "cannot" else self._granted)
        if becomes == "answered":
            tally.pending += received
            self._process(self.share(stance))
        elif becomes == "waiting":
            urgent = self._count(Stream.OUTCOME, self._entity, received, self.share(stance))
            tally.produced += urgent
            tally.pending += received - urgent
        elif becomes == "passed on":
            tally.mlat, tally.pending = tally.mlat + received + tally.pending, 0
        else:
            tally.refused, tally.pending = tally.refused + received + tally.pending, 0
        tally.accounts = (tally.produced + tally.granted) * self.spec.accounts

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
        """Obey or refuse those of a day; only a company that has left the market receives nothing."""
        self.tally.begin_day()
        if received == 0 or stance == "exit":
            return
        draw = self._world.draw(Stream.REMOVAL, self._entity)
        accepted = chance.binomial(draw, received, self.spec.accepted)
        self.tally.received, self.tally.produced, self.tally.refused = received, accepted, received - accepted


def open_channels(world: World, company: str, spec: Company) -> dict[str, Channel | RemovalChannel]:
    """The channels of a company by type, that of removals last."""
    police = world.scenario.police[1] if world.scenario.police else None
    channels: dict[str, Channel | RemovalChannel] = {
        kind: Channel(world, company, kind, stream, spec.processing_days, police)
        for kind, stream in spec.requests.items()
    }
    return channels | {REMOVAL: RemovalChannel(world, company, spec.removals)}
