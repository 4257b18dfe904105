"""Regulators: the police who ask, the committee that escalates, and the government above the city's."""

import numpy as np

from sim import chance
from sim.actors import ladder, steps
from sim.actors.company import Company
from sim.actors.institution import Institution
from sim.actors.odds import Wait
from sim.actors.reasons import figures, for_answering, for_refusing, told_because
from sim.actors.requests import REMOVAL, Channel
from sim.actors.stakes import hazard, sigma
from sim.actors.world import World
from sim.chance import Stream
from sim.scenario.stances import FINAL

CLEARLY_LESS = 0.75
"""Share of the requests of before below which it is news that the police ask less."""


class Police(Institution):
    """Those who ask companies for data (eq. 17) and for content to be taken down."""

    def __init__(self, model: World, name: str) -> None:
        super().__init__(model, name)
        spec = model.scenario.regulators[name]
        assert spec.role == "police"
        self.spec = spec
        self.demand: dict[tuple[str, str], float] = {}
        """Rate at which each company is asked for each type, requests per day."""
        self._yield: dict[tuple[str, str], float] = {}
        """Produced share that the police see, relative to the share before: the average of eq. (17)."""
        self._streams: list[tuple[Company, str]] = []
        """Who is asked for what, one by one."""
        self._for_data: dict[str, list[tuple[tuple[str, str], Channel]]] = {}
        """Channels by which a company is asked for data, with their keys in ``demand``."""
        self._start = {company.name: company.stance for company in model.companies.values()}
        for company in model.companies.values():
            for kind, channel in company.channels.items():
                self.demand[company.name, kind] = channel.spec.rate
                self._yield[company.name, kind] = 1.0
                self._streams.append((company, kind))
            channels = company.channels.items()
            self._for_data[company.name] = [((company.name, k), one) for k, one in channels if isinstance(one, Channel)]
        self._entities = np.array([chance.entity(company.name, kind) for company, kind in self._streams], np.int64)
        self._asked_less: set[str] = set()
        """Companies of which it asks clearly less than before."""
        self._adapts_paused = hazard(1.0 / spec.adaptation_days_paused)
        self._adapts_final = hazard(1.0 / spec.adaptation_days_final)

    def ask(self) -> None:
        """Send the requests of the day: a Poisson number per company and type, within the capacity of the force."""
        for company in self.model.companies.values():
            self._adapt_demand(company)
            company.request_rate = 0.0
        reach = self.spec.capacity / max(sum(self.demand.values()), self.spec.capacity)
        drawn = self.model.draws(Stream.DEMAND, self._entities)
        for (company, kind), luck in zip(self._streams, drawn, strict=True):
            rate = reach * self.demand[company.name, kind]
            company.inbox[kind] = 0 if rate == 0.0 or company.stance == "exit" else chance.poisson(luck, rate)
            if kind != REMOVAL:
                company.request_rate += rate

    def _adapt_demand(self, company: Company) -> None:
        """Demand relaxes to a floor set by the announced stance: d lambda/dt = -(lambda - floor)/T (eq. 17)."""
        for key, channel in self._for_data[company.name]:
            rate = channel.spec.rate if self._may_ask(channel) else 0.0
            if rate == 0.0 or company.stance == "exit":
                self.demand[key] = 0.0
                continue
            if company.stance == self._start[company.name] and self.demand[key] == rate:
                continue
            floor, pace = self._floor(company)
            self._learn(company, key, channel)
            aim = rate * (floor + (1.0 - floor) * self._yield[key])
            now = self.demand[key] if self.demand[key] > 0.0 else rate
            self.demand[key] = now + (aim - now) * pace
        self._tell(company)

    def _tell(self, company: Company) -> None:
        """Write down the day on which requests fall below three quarters of what they were, or are above it again."""
        asked = [(key, channel.spec.rate) for key, channel in self._for_data[company.name] if self._may_ask(channel)]
        before, now = sum([rate for _, rate in asked]), sum([self.demand[key] for key, _ in asked])
        less = now < CLEARLY_LESS * before
        if company.stance == "exit" or less is (company.name in self._asked_less):
            return
        self._asked_less ^= {company.name}
        known = self.model.press.known.get(company.name)
        because = steps.compliance(company) if not less else () if known is None else (known,)
        verb, said = ("ask less", {"ground": steps.why_ask_less(company)}) if less else ("ask again", {})
        counts = {"rate": now, "before": before}
        self.model.chronicle.add(self.model.day, self.name, verb, company.name, because, **said, **counts)

    def _may_ask(self, channel: Channel) -> bool:
        """Some types exist only while the law is in force and no court order is needed."""
        law = self.model.law
        return not channel.spec.since_law or (law.in_force and not law.court_order_required)

    def _floor(self, company: Company) -> tuple[float, float]:
        """Share of demand that goes on without success, and the daily pace of adaptation: 'not now' against 'never'."""
        if company.announced and company.stance in FINAL:
            return self.spec.floor_final, self._adapts_final
        return self.spec.floor_paused, self._adapts_paused

    def _learn(self, company: Company, key: tuple[str, str], channel: Channel) -> None:
        """See what requests yield: at once where the company has said so, else as its answers come in."""
        before, now = channel.share(self._start[company.name]), channel.share(company.stance)
        success = min(now / before, 1.0) if before > 0.0 else 1.0
        pace = 1.0 if company.announced or company.spec.processing_days < 1.0 else 1.0 / company.spec.processing_days
        self._yield[key] += (success - self._yield[key]) * pace


class Centre(Institution):
    """The government above the city's, which counts the city's costs less the less autonomy the city has."""

    def __init__(self, model: World, name: str) -> None:
        super().__init__(model, name)
        spec = model.scenario.regulators[name]
        assert spec.role == "centre"
        self.spec = spec
        self.autonomy = spec.autonomy

    def weigh(self, city: float, own: float) -> float:
        """Cost of a step as the two governments together see it: A C_HK + (1 - A) C_BJ (eq. 18)."""
        return self.autonomy * city + (1.0 - self.autonomy) * own


class Committee(Institution):
    """Those who climb the ladder against a company that does not comply (eq. 18, 19)."""

    def __init__(self, model: World, name: str) -> None:
        super().__init__(model, name)
        spec = model.scenario.regulators[name]
        assert spec.role == "committee"
        self.spec = spec
        self._obeyed: dict[str, int] = {}
        """Days for which a company on the ladder has complied."""
        self._waits = {company: Wait() for company in model.companies}
        """How likely the next rung has been so far, by company."""
        self._entities = {company: chance.entity(company, "ladder") for company in model.companies}

    def watch(self) -> None:
        """Consider each company: up with a hazard while it defies, down once it has complied long enough."""
        for company in self.model.companies.values():
            kind = company.defied()
            if kind is None or company.stance == "exit":
                self._relent(company)
            else:
                self._obeyed[company.name] = 0
                self._press(company, self.step_hazard(company))

    def _press(self, company: Company, probability: float) -> None:
        wait = self._waits[company.name]
        wait.face(self.model.day, probability)
        if self.model.draw(Stream.LADDER, self._entities[company.name]) < probability:
            terms, chances = steps.reasons_to_step_up(self, company), wait.end()
            ground = told_because(for_refusing(terms), for_answering(terms))
            said = chances | figures(terms) | {"why": f": {ground}{chances['odds']}"}
            ladder.step_up(self.model, self.name, company, company.rung + 1, steps.defiance(company), **said)

    def _relent(self, company: Company) -> None:
        """Take a rung back after ``step_down_days`` of compliance."""
        if company.rung == 0:
            return
        self._obeyed[company.name] = self._obeyed.get(company.name, 0) + 1
        if self._obeyed[company.name] >= self.spec.step_down_days:
            days, self._obeyed[company.name] = self._obeyed[company.name], 0
            why = f": no defiance of it was known for {days} days"
            because = steps.compliance(company)
            ladder.step_down(self.model, self.name, company, company.rung - 1, because, why=why)

    def step_hazard(self, company: Company) -> float:
        """Daily hazard of the next rung: epsilon sigma((G dp_yield - C) / tau_r), 0 where no rung is left (eq. 18)."""
        rung = company.rung + 1
        if rung > self.spec.highest_rung:
            return 0.0
        if rung >= ladder.FIRST_TECHNICAL_RUNG and not self.worth_blocking(company):
            return 0.0
        kind = company.defied() or "data"
        gain = self.spec.gain * (company.yielding(kind, rung) - company.yielding(kind, rung - 1))
        return hazard(self.spec.ladder_rate * sigma((gain - self.cost(company, rung)) / self.spec.ladder_noise))

    def cost(self, company: Company, rung: int, *, alone: bool = False) -> float:
        """Cost of a rung: the city's, with what it would lose with the platforms, and the centre's (eq. 18).

        ``alone`` leaves the centre out.
        """
        city, centre, technical = self.spec.rung_costs[rung], self.model.centre, rung >= ladder.FIRST_TECHNICAL_RUNG
        if technical:
            city += self.city_loss(company)
        if alone or centre is None:
            return city
        return centre.weigh(city, centre.spec.escalation_cost if technical else 0.0)

    def city_loss(self, company: Company) -> float:
        """Business that depends on the platforms, their share of users, and co-hosted sites that blocks would hit."""
        model = self.model
        loss = sum(model.scenario.platforms[platform].business_use for platform in company.platforms)
        if model.today is not None:
            loss += sum(int(model.today.holders[k]) for k in company.platform_numbers) / model.scenario.population.users
        return loss + sum(isp.spec.share * isp.hit_by_a_block for isp in model.isps.values())

    def worth_blocking(self, company: Company) -> bool:
        """Block test: some platform's objectionable share x exceeds F (eq. 19; Elahi et al. 2016, PoPETs)."""
        return any(self.objectionable_share(platform) > self.block_threshold() for platform in company.platforms)

    def block_threshold(self) -> float:
        """F = n / (o + n), for n the value of normal traffic, o that of stopping objectionable traffic (eq. 19)."""
        centre = self.model.centre
        traffic = centre.weigh(self.spec.traffic_value, 0.0) if centre else self.spec.traffic_value
        return traffic / (self.spec.objection_value + traffic)

    def objectionable_share(self, platform: str) -> float:
        """x: share of the platform's traffic that the government objects to; it moves with how many people speak."""
        return self.model.scenario.platforms[platform].objectionable_share * self.model.speech_index
