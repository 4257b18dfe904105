"""The institutions of a world, each a Mesa agent, and how they know one another."""

from collections.abc import Mapping

from sim.actors.company import Company
from sim.actors.isp import Isp, Orders
from sim.actors.press import CivilSociety, Press
from sim.actors.reasons import Reasons
from sim.actors.regulator import Centre, Committee, Police
from sim.actors.world import World
from sim.scenario.schema import Scenario
from sim.scenario.words import did_you_mean, listed


class City(World):
    """A world with its press, civil society, ISPs, companies and regulators."""

    def __init__(self, scenario: Scenario, seed: int, companies: Mapping[str, type[Company]]) -> None:
        for name in sorted(companies.keys() - scenario.companies.keys()):
            advice = did_you_mean(name, scenario.companies) or f"it has {listed(list(scenario.companies))}"
            raise ValueError(f"companies: expected a company of the scenario, found {name!r}; {advice}")
        super().__init__(scenario, seed)
        self.press = Press(self)
        self.society = CivilSociety(self)
        self.isps = {name: Isp(self, name) for name in scenario.isps}
        self.orders = Orders(self, self.isps, self.press)
        self.companies = {
            name: companies.get(name, Company)(self, name, self.orders, self.press, self.society, Reasons)
            for name in scenario.companies
        }
        self.centre = Centre(self, scenario.centre[0]) if scenario.centre else None
        self.committee = self.police = None
        if scenario.committee:
            self.committee = Committee(self, scenario.committee[0], self.companies, self.isps, self.centre)
        if scenario.police:
            self.police = Police(self, scenario.police[0], self.companies)
        owned = {platform: company for company in self.companies.values() for platform in company.platforms}
        self.owners = [owned.get(name) for name in scenario.platforms]
        """(K,) owner of each platform today."""
