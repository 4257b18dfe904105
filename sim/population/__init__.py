"""The people of a city: their apps, their contacts and how they choose. They know no companies, only conditions."""

from sim.population.conditions import Conditions, Day
from sim.population.population import Population

__all__ = ["Conditions", "Day", "Population"]
