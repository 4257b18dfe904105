"""Plausible constants of the people: the default form on all cases together, by the emulators of the tournament."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.calibration.prior import Vector
from sim.calibration.tournament.analysis import learn_form
from sim.calibration.tournament.bank import Bank
from sim.calibration.tournament.compete import MOST_FAILED
from sim.calibration.tournament.forms import Forms
from sim.chance import Stream, u
from sim.scenario.fields import leaves
from sim.scenario.population import Population


@dataclass(frozen=True)
class People:
    """Draws, and how much they are worth.

    Attributes:
        draws: A column for each constant by its dotted key, a row for each equally weighted draw.
        effective: Effective number of weighted draws from which these are taken (Kish).
        power: Power to which the likelihood was taken: 1, or less for want of effective draws.
        quantities: Quantities of the cases on which they rest.
    """

    draws: pd.DataFrame
    effective: float
    power: float
    quantities: int


def default_form(forms: Forms) -> str:
    """Name of the form that the model has by default: of those whose changes change nothing, the one with the most."""
    own = {leaf.key: leaf.value for leaf in leaves(Population(), "population.")}
    changes = {name: [one.split("=") for one in forms.form(name).overrides] for name in forms.names}
    alike = [name for name, mine in changes.items() if all(str(own.get(key)) == value for key, value in mine)]
    return max(alike, key=lambda name: len(changes[name]))


def people_posterior(bank: Bank, name: str, places: Vector, count: int, seed: int) -> People:
    """Draws of the constants that a form leaves open, given all cases of the bank.

    Args:
        bank: Has the runs of the form at ``places``.
        name: Of the form.
        places: (points, constants) places in the prior.
        count: Draws.
        seed: Of the walk and of the draws.
    """
    form = bank.forms.form(name)
    whole = bank.table(form, places)
    keep = np.asarray(whole.failed <= MOST_FAILED)
    quantities = [quantity for quantity, kept in zip(bank.quantities, keep, strict=True) if kept]
    _, fitted = learn_form(form, bank.forms, quantities, whole.part(len(places), keep), seed)
    found = fitted.posterior()
    drawn = found.posterior.draws(count, u(seed, int(Stream.POSTERIOR), 0, 0))
    told = bank.forms.told.constants
    columns = {bank.forms.keys[n]: told[bank.forms.keys[n]].at(drawn[:, n]) for n in form.fitted}
    return People(pd.DataFrame(columns), found.effective, found.power, len(quantities))
