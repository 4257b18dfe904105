"""Press and civil society: attention by topic, enquiries that end silence, pressure on companies."""

import math
from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sim.actors.chronicle import names_or_number
from sim.actors.world import Institution, World
from sim.scenario.calendar import Topic
from sim.scenario.words import listed

MONTH = 30
ENQUIRED_AT_MOST = 5
"""Announcements beyond the fifth make no more news (model of eq. 14)."""
FORGOTTEN = 0.01
"""Attention that names a platform is gone below this, a thirtieth of a front page: nobody looks, and days are quiet."""


class Press(Institution):
    """Newspapers and broadcasters: attention by topic (1), arrests of the month, and who has announced what."""

    def __init__(self, model: World) -> None:
        super().__init__(model, "press")
        spec = model.scenario.press
        self.spec = spec
        self.salience = 0.0
        """S: attention to surveillance."""
        self.alarm = 0.0
        """S_v: the part of it that acts of the state have drawn."""
        self.access_attention = 0.0
        """S_a: attention to what can be reached: blocks, throttles, outages."""
        self.fear = 0.0
        """F: what acts of the state leave in those who speak."""
        self.named: NDArray[np.float64] = np.zeros(len(model.scenario.platforms))
        """(K,) N_k: attention that names a platform, of either topic."""
        self.known: dict[str, int] = {}
        """Companies whose refusal is public, with the act that made it so, in the order of the announcements."""
        self._arrests: deque[int] = deque([0] * MONTH, maxlen=MONTH)
        self._memory = math.exp(-1.0 / spec.salience_days)
        self._lasting = math.exp(-1.0 / spec.fear_days)

    def step(self) -> None:
        """Attention fades with tau_S, fear far more slowly with tau_F, and a new day of arrests begins (eq. 1)."""
        self.salience *= self._memory
        self.alarm *= self._memory
        self.access_attention *= self._memory
        faded = self.named * self._memory
        self.named = np.where(faded < FORGOTTEN, 0.0, faded)
        self.fear *= self._lasting
        self._arrests.append(0)

    def cover(
        self,
        salience: float,
        topic: Topic = "surveillance",
        *,
        by_the_state: bool = False,
        platforms: Iterable[int] = (),
    ) -> None:
        """Give an act its attention A_e: to its topic, and to the platforms that its news names.

        One of the state that threatens speakers leaves fear as well, and its part of the salience is alarm.
        """
        if topic == "access":
            self.access_attention += salience
        else:
            self.salience += salience
        if by_the_state:
            self.fear += salience
            self.alarm += salience if topic == "surveillance" else 0.0
        for k in platforms:
            self.named[k] += salience

    def cover_arrest(self, persons: int) -> None:
        """Report arrests: each adds A_arrest."""
        self._arrests[-1] += persons
        self.cover(self.spec.salience_per_arrest * persons, by_the_state=True)

    def cover_block(self) -> None:
        """Report that a platform is ordered blocked, or is going to be: A_block, of attention to access."""
        self.cover(self.spec.salience_per_block, "access")

    def cover_announcement(self, company: str, act: int) -> None:
        """Report that a company no longer answers demands: A_pause when it is news, which is no act of the state."""
        if company not in self.known:
            self.cover(self.spec.salience_per_pause)
        self.known[company] = act

    def forget(self, company: str) -> None:
        """A company answers demands again: it is no longer an announced peer."""
        self.known.pop(company, None)

    @property
    def arrests(self) -> float:
        """Arrests per day, mean of the last 30 days."""
        return sum(self._arrests) / MONTH

    def enquiry_rate(self) -> float:
        """Rate at which enquiries end a silence, per day: rules and announcements bring journalists to ask (eq. 14)."""
        return sum(self._enquiries())

    def _enquiries(self) -> tuple[float, float]:
        """The two parts of that rate: what the rules bring, and what announcements bring."""
        after_rules = self.spec.enquiry_after_rules if self.model.law.rules_gazetted else 0.0
        return after_rules, self.spec.enquiry_per_announcement * min(len(self.known), ENQUIRED_AT_MOST)

    def enquiry(self) -> tuple[str, list[int]]:
        """What brings the press to ask today, the greater part first: in words, and the acts behind it."""
        after_rules, announced = self._enquiries()
        parts: list[tuple[float, str, list[int]]] = []
        if announced > 0.0:
            several = "s" if len(self.known) > 1 else ""
            who = names_or_number(list(self.known), "companies")
            parts.append((announced, f"the announcement{several} of {who}", list(self.known.values())))
        if after_rules > 0.0:
            parts.append((after_rules, "the rules of the law", list(self.model.law.acts("gazetted"))))
        parts.sort(key=lambda part: -part[0])
        acts = [act for _, _, behind in parts for act in behind]
        return f", when the press enquired after {listed(words for _, words, _ in parts)},", acts


class CivilSociety(Institution):
    """Organisations whose pressure companies feel (omega_cs in eq. 12)."""

    def __init__(self, model: World) -> None:
        super().__init__(model, "civil society")
        spec = model.scenario.society
        self.spec = spec
        self.pressure = 0.0
        self._memory = math.exp(-1.0 / spec.pressure_days)

    def step(self) -> None:
        """Pressure fades."""
        self.pressure *= self._memory

    def protest_law(self) -> None:
        """A law is announced or enacted."""
        self.pressure += self.spec.pressure_per_act

    def protest_arrests(self, persons: int) -> None:
        """People are arrested."""
        self.pressure += self.spec.pressure_per_arrest * persons
