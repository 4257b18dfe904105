"""What the conditions of a day mean to people: usability by step, patience, fresh losses, news of an app, reopening.

These are numbers per platform and provider, kept from step to step. Who is cut off, person by person, is kept up to
date by ``population.py``.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.population import elementary
from sim.population.choice import Floats, Rules, Today
from sim.population.conditions import Conditions
from sim.population.reach import USABLE
from sim.scenario.population import Platform
from sim.scenario.population import Population as Spec

RETURN_DAYS = 365
"""Days after which an app that was shut is like any other."""
NO_CUTS = np.zeros((1, 8), np.uint8)
"""Stands for the counts of cut-off contacts where nobody is cut off."""


Met = dict[str, Any]
"""The part of ``Today`` that hangs on access, by its fields."""


def known_at_start(spec: Spec, platforms: Mapping[str, Platform], shares: Floats) -> Floats:
    """(K,) A_k: share of people who know each app at the start, beyond those whose contacts hold it."""
    heard = heard_of(shares, spec.acquaintances)
    given = [platform.awareness for platform in platforms.values()]
    return np.array([float(h) if a is None else a for h, a in zip(heard, given, strict=True)])


def heard_of(shares: Floats, acquaintances: float) -> Floats:
    """(K,) share of people who hear of an app: at least one of their acquaintances holds it."""
    return -elementary.expm1(acquaintances * elementary.log1p(-np.minimum(shares, 1.0 - 1e-12)))


class Surroundings:
    """The memory of what people met, and today's part of it.

    Args:
        spec: Parameters of the people.
        platforms: In the order of the scenario.
        isp_shares: (J,) shares of users.
        awareness: (K,) A_k at the start.
        standing: (K, J) usability under orders that stand before the first day.
    """

    def __init__(
        self, spec: Spec, platforms: Mapping[str, Platform], isp_shares: Floats, awareness: Floats, standing: Floats
    ) -> None:
        self._spec, self._shares = spec, isp_shares
        self._through_vpn = np.array([platform.vpn for platform in platforms.values()])
        self.awareness = awareness.copy()
        self._expected = standing.copy()
        self._felt = standing.copy()
        self._since = np.full(standing.shape, math.inf)  # days since an app got worse
        self._experience = (standing < 1.0).any(axis=0).astype(np.float64)
        self._shut = (isp_shares * standing).sum(axis=1) < USABLE
        self._open_days = np.full(len(platforms), math.inf)  # days since a shut platform opened
        apps, isps = standing.shape
        ones, zeros = np.ones(standing.shape), np.zeros(standing.shape)
        self._free: Met = {
            "dark": False, "access": ones, "with_vpn": ones, "felt": np.ones(apps), "expected": ones, "heat": zeros,
            "most_heat": 0.0, "experience": np.zeros(isps), "cut": np.zeros((2, isps), np.uint8), "shut": 0,
            "reopened": np.zeros(apps, np.bool_), "retries": np.zeros(apps), "most_retries": 0.0,
        }  # fmt: skip
        """Where everything works for everyone, and has for long."""
        self._nothing = np.zeros(len(platforms))
        self._worked = False
        """Whether everything worked for everyone in the step before: if it does again, nobody has to look at access."""
        self._calm = False
        """Whether nothing is left of an earlier darkness, so that such a step needs no look back either."""

    def today(self, conditions: Conditions, rules: Rules, step: int, holders: Floats) -> Today:
        """The conditions of a step as the rules use them.

        Args:
            conditions: Of the day.
            rules: Of the run.
            step: Number of the step, from the first day on.
            holders: (K,) share of people who hold each app now.
        """
        dt = rules.days_per_step
        announced = conditions.announced is not None and bool(conditions.announced.any())
        if self._worked and not conditions.down and not announced and conditions.access.min() >= 1.0:
            met = self._free if self._calm else self._look_back(rules)
        else:
            met = self._meet(conditions, rules, step)
            self._end(met["access"], dt)
            self._worked = not met["dark"]
            self._calm = self._worked and self._at_rest(met)
        named = self._nothing if conditions.named is None else conditions.named
        self._hear(named, holders, dt)
        return Today(
            step=step,
            salience=float(conditions.salience),
            appeal=conditions.salience * (1.0 - np.asarray(conditions.risk, np.float64)),
            alarm=float(conditions.alarm),
            access_attention=float(conditions.access_attention),
            stirred=met["dark"] or bool(named.any()),
            named=named,
            cuts=NO_CUTS,
            awareness=self.awareness,
            weight=np.maximum(holders, 1.0 / self._spec.users) * elementary.exp(named),
            installable=np.ascontiguousarray(conditions.installable, np.bool_),
            interoperability=float(conditions.interoperability),
            arrests=float(conditions.arrests),
            fear=float(conditions.fear),
            **met,
        )

    def _meet(self, conditions: Conditions, rules: Rules, step: int) -> Met:
        """What works for whom in a step, what people think of it, and how fresh the losses are."""
        spec = self._spec
        works = self._works(conditions, rules, step)
        access = np.ascontiguousarray(conditions.access * works[:, None], np.float64)
        through = spec.vpn_usability * np.where(self._through_vpn, works, 0.0)
        open_vpn = np.ones(access.shape[1]) if conditions.vpn is None else conditions.vpn
        with_vpn = np.maximum(access, through[:, None] * open_vpn)
        announced = self._nothing if conditions.announced is None else conditions.announced
        felt = 1.0 - spec.anticipation * announced
        heat, dark = self._heat(access * felt[:, None])
        self._expected = np.maximum(self._expected, access)
        self._experience = np.where((access < 1.0).any(axis=0), 1.0, self._faded(rules))
        reopened, retries = self._reopening(access, rules)
        return {
            "dark": dark, "access": access, "with_vpn": with_vpn, "felt": felt,
            "expected": self._expected if spec.patience_days > 0.0 else access,
            "heat": heat, "most_heat": float(heat.max()), "experience": self._experience,
            "cut": _cut_off(access, with_vpn), "shut": int((self._shut << np.arange(rules.apps)).sum()),
            "reopened": reopened, "retries": retries, "most_retries": float(retries.sum()),
        }  # fmt: skip

    def _look_back(self, rules: Rules) -> Met:
        """What is left of an earlier loss in a step in which everything works, as it did in the step before."""
        self._experience = self._faded(rules)
        reopened, retries = self._retries(rules)
        self._open_days = self._open_days + rules.days_per_step
        most = float(retries.sum())
        past = {"experience": self._experience, "reopened": reopened, "retries": retries, "most_retries": most}
        met = self._free | past
        self._calm = self._at_rest(met)
        return met

    def _faded(self, rules: Rules) -> Floats:
        """(J,) what is left of the experience of blocks after a step without one."""
        return self._experience * math.exp(-rules.days_per_step / self._spec.vpn_memory_days)

    @staticmethod
    def _at_rest(met: Met) -> bool:
        """Whether nothing of an earlier loss is left where everything works."""
        return not (met["reopened"].any() or met["experience"].any())

    @staticmethod
    def _works(conditions: Conditions, rules: Rules, step: int) -> Floats:
        """(K,) part of the step in which each platform works at all."""
        works = np.ones(rules.apps)
        steps = round(1.0 / rules.days_per_step)
        part = step % steps
        for k, (first, last) in conditions.down.items():  # in steps, so that halves of a step are exact
            works[k] = 1.0 - max(0.0, min(last * steps, part + 1.0) - max(first * steps, part))
        return works

    def _heat(self, felt: Floats) -> tuple[Floats, bool]:
        """h_kj, eq. (3): 1 where an app has just got worse, cooling to a remnant; and whether any is dark."""
        self._since = np.where(felt < self._felt, 0.0, self._since)
        self._felt = felt
        away = felt < 1.0
        dark = bool(away.any())
        if not dark:
            return np.zeros_like(felt), False
        remnant = self._spec.loss_remnant
        fresh = remnant + (1.0 - remnant) * elementary.exp(-self._since / self._spec.loss_days)
        return np.where(away, fresh, 0.0), True

    def _reopening(self, access: Floats, rules: Rules) -> tuple[NDArray[np.bool_], Floats]:
        """Which platforms have reopened within the year, and how often those who lost them try them again (1/day)."""
        shut = (self._shares * access).sum(axis=1) < USABLE
        self._open_days = np.where(shut, math.inf, np.where(self._shut, 0.0, self._open_days))
        self._shut = shut
        return self._retries(rules)

    def _retries(self, rules: Rules) -> tuple[NDArray[np.bool_], Floats]:
        """The same where the days since each platform opened are known."""
        reopened = self._open_days <= RETURN_DAYS
        return reopened, np.where(
            reopened, rules.trial_rate * elementary.exp(-self._open_days * rules.trial_end_rate), 0.0
        )

    def _hear(self, named: Floats, holders: Floats, dt: float) -> None:
        """More people know an app that attention names, or that more people hold."""
        self.awareness = 1.0 - (1.0 - self.awareness) * elementary.exp(-self._spec.awareness_rate * named * dt)
        self.awareness = np.maximum(self.awareness, heard_of(holders, self._spec.acquaintances))

    def _end(self, access: Floats, dt: float) -> None:
        """Let a step pass: patience runs out, losses age."""
        if self._spec.patience_days > 0.0:
            gone = -math.expm1(-dt / self._spec.patience_days)
            self._expected = self._expected + np.minimum(access - self._expected, 0.0) * gone
        self._since = self._since + dt
        self._open_days = self._open_days + dt


def _cut_off(access: Floats, with_vpn: Floats) -> NDArray[np.uint8]:
    """(2, J) bit mask of the apps that are of no use on each ISP, without and with a VPN."""
    bits = np.left_shift(1, np.arange(access.shape[0]))[:, None]
    return np.stack([(bits * (usable < USABLE)).sum(axis=0) for usable in (access, with_vpn)]).astype(np.uint8)
