"""Regulators: the police who ask, the committee that escalates, and the government above the city's (7.5)."""

import numpy as np

from sim import chance
from sim.actors.chronicle import Reason, Wait, because_clause, figures, for_answering, for_refusing
from sim.actors.company import Company
from sim.actors.isp import Isp
from sim.actors.reasons import compliance, defiance, why_asked_less
from sim.actors.requests import REMOVAL, Channel
from sim.actors.stakes import hazard, sigma
from sim.actors.world import Institution, World
from sim.chance import Stream
from sim.scenario.institutions import FIRST_TECHNICAL_RUNG
from sim.scenario.stances import FINAL

CLEARLY_LESS = 0.75
"""Share of the requests of before below which it is news that the police ask less."""


class Police(Institution):
    """Those who ask companies for data (eq. 17) and for content to be taken down."""

    def __init__(self, model: World, name: str, companies: dict[str, Company]) -> None:
        super().__init__(model, name)
        self.companies = list(companies.values())
        spec = model.scenario.regulators[name]
        assert spec.role == "police"
        self.spec = spec
        self.demand: dict[tuple[str, str], float] = {}
        """Rate at which each company is asked for each type, requests per day."""
        self._yield: dict[tuple[str, str], float] = {}
        """Produced share that the police see, relative to the share before: the average of eq. (17)."""
        self._start = {company.name: company.stance for company in self.companies}
        self._streams = [(company, kind) for company in self.companies for kind in company.channels]
        """Who is asked for what, one by one."""
        for company, kind in self._streams:
            self.demand[company.name, kind] = company.channels[kind].spec.rate
            self._yield[company.name, kind] = 1.0
        self._for_data = {
            company.name: [((company.name, kind), channel) for kind, channel in company.data_channels.items()]
            for company in self.companies
        }
        """Channels by which a company is asked for data, with their keys in ``demand``."""
        self._entities = np.array([chance.entity(company.name, kind) for company, kind in self._streams], np.int64)
        self._asked_less: set[str] = set()
        """Companies of which it asks clearly less than before."""
        self._adapts_paused = hazard(1.0 / spec.adaptation_days_paused)
        self._adapts_final = hazard(1.0 / spec.adaptation_days_final)

    def step(self) -> None:
        """Send the requests of the day: a Poisson number per company and type, within the capacity of the force."""
        for company in self.companies:
            self._adapt_demand(company)
            company.request_rate = 0.0
        reach = self.spec.capacity / max(sum(self.demand.values()), self.spec.capacity)
        drawn = self.model.draws(Stream.DEMAND, self._entities)
        for (company, kind), draw in zip(self._streams, drawn, strict=True):
            rate = reach * self.demand[company.name, kind]
            company.inbox[kind] = 0 if rate == 0.0 or company.stance == "exit" else chance.poisson(draw, rate)
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
        self._report(company)

    def _report(self, company: Company) -> None:
        """Write down the day on which requests fall below three quarters of what they were, or are above it again."""
        asked = [(key, channel.spec.rate) for key, channel in self._for_data[company.name] if self._may_ask(channel)]
        before, now = sum([rate for _, rate in asked]), sum([self.demand[key] for key, _ in asked])
        less = now < CLEARLY_LESS * before
        if company.stance == "exit" or less is (company.name in self._asked_less):
            return
        self._asked_less ^= {company.name}
        because = (company.press.known.get(company.name),) if less else compliance(company)
        verb, words = ("ask less", {"ground": why_asked_less(company)}) if less else ("ask again", {})
        self.log(verb, company.name, because, **words, rate=now, before=before)

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
    """The government above the city's; its costs count beside the city's by the law's autonomy (eq. 18)."""

    def __init__(self, model: World, name: str) -> None:
        super().__init__(model, name)
        spec = model.scenario.regulators[name]
        assert spec.role == "centre"
        self.spec = spec


class Committee(Institution):
    """Those who climb the ladder against a company that does not comply (eq. 18, 19)."""

    def __init__(
        self, model: World, name: str, companies: dict[str, Company], isps: dict[str, Isp], centre: Centre | None
    ) -> None:
        super().__init__(model, name)
        self.companies, self.isps, self.centre = list(companies.values()), list(isps.values()), centre
        spec = model.scenario.regulators[name]
        assert spec.role == "committee"
        self.spec = spec
        self._obeyed: dict[str, int] = {}
        """Days for which a company on the ladder has complied."""
        self._waits = {company: Wait() for company in companies}
        """How likely the next rung has been so far, by company."""
        self._entities = {company: chance.entity(company, "ladder") for company in companies}

    def step(self) -> None:
        """Consider each company: up with a hazard while it defies, down once it has complied long enough."""
        for company in self.companies:
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
            terms, chances = self.reasons_to_step_up(company), wait.end()
            ground = because_clause(for_refusing(terms), for_answering(terms))
            words = chances | figures(terms) | {"why": f": {ground}{chances['odds']}"}
            company.step_up(self.name, company.rung + 1, defiance(company), **words)

    def reasons_to_step_up(self, company: Company) -> list[Reason]:
        """Terms of (18) that move it to the next rung, in units of its noise; the centre takes off of the cost."""
        rung, noise = company.rung + 1, self.spec.ladder_noise
        alone, together = self.cost(company, rung, alone=True), self.cost(company, rung)
        less = "less" if alone >= together else "more"
        terms = [
            Reason("gain", self.gain(company, rung) / noise, "the step made it likelier to give in"),
            Reason("centre", (alone - together) / noise, f"the centre had a say and bore {less} of the cost"),
            Reason("cost", -alone / noise, "it cost the city more than it promised"),
        ]
        if rung >= FIRST_TECHNICAL_RUNG:
            terms.append(Reason("traffic", 0.0, "enough of its traffic was objectionable", always=True))
        return terms

    def _relent(self, company: Company) -> None:
        """Take a rung back after ``step_down_days`` of compliance."""
        if company.rung == 0:
            return
        self._obeyed[company.name] = self._obeyed.get(company.name, 0) + 1
        if self._obeyed[company.name] >= self.spec.step_down_days:
            days, self._obeyed[company.name] = self._obeyed[company.name], 0
            why = f": no defiance of it was known for {days} days"
            company.step_down(self.name, company.rung - 1, compliance(company), why=why)

    def step_hazard(self, company: Company) -> float:
        """Daily hazard of the next rung: epsilon sigma((G dp_f - C) / tau_r), 0 where no rung is left (eq. 18)."""
        rung = company.rung + 1
        if rung > self.spec.highest_rung:
            return 0.0
        if rung >= FIRST_TECHNICAL_RUNG and not self.worth_blocking(company):
            return 0.0
        net = self.gain(company, rung) - self.cost(company, rung)
        return hazard(self.spec.ladder_rate * sigma(net / self.spec.ladder_noise))

    def gain(self, company: Company, rung: int) -> float:
        """G dp_f: what a rung brings by making the company likelier to have had enough (eq. 18, 23)."""
        return self.spec.gain * (company.chance_to_give(rung) - company.chance_to_give(rung - 1))

    def cost(self, company: Company, rung: int, *, alone: bool = False) -> float:
        """Cost of a rung: the city's, with what it would lose with the platforms, and the centre's (eq. 18).

        ``alone`` leaves the centre out.
        """
        city, technical = self.spec.rung_costs[rung], rung >= FIRST_TECHNICAL_RUNG
        if technical:
            city += self.city_loss(company)
        above = self.centre.spec.escalation_cost if self.centre and technical else 0.0
        return city if alone else self.model.law.weigh(city, above)

    def city_loss(self, company: Company) -> float:
        """Business that depends on the platforms, their share of users, and co-hosted sites that blocks would hit."""
        model = self.model
        loss = sum(model.scenario.platforms[platform].business_use for platform in company.platforms)
        if model.today is not None:
            loss += sum(int(model.today.holders[k]) for k in company.platform_numbers) / model.scenario.population.users
        return loss + sum(isp.spec.share * isp.hit_by_a_block for isp in self.isps)

    def worth_blocking(self, company: Company) -> bool:
        """Block test: some platform's objectionable share x exceeds F (eq. 19; Elahi et al. 2016, PoPETs)."""
        return any(self.objectionable_share(platform) > self.block_threshold() for platform in company.platforms)

    def block_threshold(self) -> float:
        """F = n / (o + n), for n the value of normal traffic, o that of stopping objectionable traffic (eq. 19)."""
        traffic = self.model.law.weigh(self.spec.traffic_value, 0.0)
        return traffic / (self.spec.objection_value + traffic)

    def objectionable_share(self, platform: str) -> float:
        """x: share of the platform's traffic that the government objects to; it moves with how many people speak."""
        return self.model.scenario.platforms[platform].objectionable_share * self.model.speech_index
