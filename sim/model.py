"""The model: institutions and people, one day at a time."""

from __future__ import annotations

import math
import secrets  # noqa: TID251  (a seed that nobody chose; the run draws nothing else from it)
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import EllipsisType, MappingProxyType
from typing import Protocol

import numpy as np
from mesa.datacollection import DataCollector  # type: ignore[import-untyped]
from numpy.typing import NDArray

from sim import chance
from sim.actors.calendar import HOURS, announce_ahead, find_at_start, lapse, take_effect
from sim.actors.city import City
from sim.actors.company import Company
from sim.actors.triggers import Triggers
from sim.chance import Stream
from sim.measures import Measure
from sim.population.conditions import Conditions, Day
from sim.population.population import Population
from sim.record import Recorder
from sim.scenario.acts import Demand, IspOrder
from sim.scenario.calendar import by_day, dated
from sim.scenario.files import load
from sim.scenario.schema import Scenario
from sim.scenario.stances import DEFYING
from sim.tables import Run

PHASES: tuple[tuple[str, str], ...] = (
    ("calendar", "Attention and pressure fade; orders and mandates lapse; acts that are due happen, or are announced."),
    ("regulators", "The police send requests; the committee moves companies up or down the ladder."),
    ("companies", "Each company, in an order drawn for the day, believes, decides, announces and answers requests."),
    ("isps", "Internet service providers carry out the orders that are due, or restore access."),
    ("perception", "What people will meet is put together: attention, fear, risk, access, outages, stores, arrests."),
    ("users", "People reconsider apps, VPN and speech."),
    ("observe", "The day is written down; nothing is drawn."),
)
"""Phases of a day, in order: name and what happens. ``Model.step`` runs them, ``lawshock describe`` prints them."""


class Observer(Protocol):
    """Anything that wants to see each day at its end."""

    def observe(self, model: Model) -> None:
        """Look at the model; it must not change it."""


class Model(City):
    """Companies, regulators, ISPs, press and civil society as Mesa agents, and a population in columns.

    Args:
        scenario: The world and its calendar; a file, or the name of a shipped scenario, will do.
        rng: Root seed, a whole number from 0 to 2**63 - 1; a run is a function of scenario and seed alone. None, which
            Mesa's ``batch_run`` gives, draws one, which ``seed`` then tells.
        threads: Threads of the population's kernel, which do not change results.
        seed: Another name of ``rng``, which goes before it.
        companies: Classes by names of companies, for those that decide by a rule of their own.
        measures: Measures of one's own, which the data collector has from the last day on.

    Use it as any Mesa model: ``step()`` lives a day, ``run_for(days)`` many, ``companies["Meta"]`` is an agent, and
    ``datacollector`` holds shares of platforms and counts of stances.

    Attributes:
        collects: Whether the data collector takes the days down; where a recorder alone is read, it need not.
    """

    today: Day | None

    def __init__(
        self,
        scenario: Scenario | Path | str,
        rng: int | None = 0,
        threads: int = 1,
        *,
        seed: int | EllipsisType | None = ...,
        companies: Mapping[str, type[Company]] = MappingProxyType({}),
        measures: Sequence[Measure] = (),
    ) -> None:
        root = rng if isinstance(seed, EllipsisType) else seed
        scenario = load(scenario) if isinstance(scenario, Path | str) else scenario
        super().__init__(scenario, secrets.randbits(63) if root is None else root, companies)
        self.recorder: Observer | None = Recorder(self) if measures else None
        self.collects = True
        self.conditions: Conditions | None = None
        self.triggers = Triggers(self)
        self._platform_specs = tuple(scenario.platforms.values())
        self._turns = np.array([chance.entity(name, "order") for name in self.companies], np.int64)
        self._speaking_at_first = 0
        self._start_orders(scenario)
        self.population = Population(
            scenario.population,
            scenario.platforms,
            scenario.isps,
            self.seed,
            steps_per_day=scenario.steps_per_day,
            threads=threads,
            standing=self.standing_access,
            standing_vpn=self.standing_vpn,
        )
        self.datacollector = self._collector(measures)

    def turn_to(self, scenario: Scenario) -> None:
        """Live on in another world, as if all days so far had been lived in it.

        The caller sees to it that they would have been the same: ``sim.runs.past.alike_days``.
        """
        super().turn_to(scenario)
        self._acts = by_day(scenario.acts, scenario.day)

    def _start_orders(self, scenario: Scenario) -> None:
        """Put orders and demands of before the start in force, and know what was announced by then."""
        for date, act in dated(act for act in scenario.acts if isinstance(act, IspOrder | Demand)):
            announced = getattr(act, "announced", None)
            if date < scenario.start or (announced is not None and announced < scenario.start):
                find_at_start(act, self)
        self.standing_access: NDArray[np.float64] = np.stack([isp.access for isp in self.isps.values()], axis=1)
        """(K, J) usability of platforms by ISP under the orders that stand when the run begins."""
        self.standing_vpn: NDArray[np.float64] = np.array([isp.vpn for isp in self.isps.values()])
        """(J,) what is left of a VPN's usability under the orders that stand when the run begins."""

    def _collector(self, measures: Sequence[Measure]) -> DataCollector:
        shares = {f"share of {name}": [self.share, [k]] for name, k in self._platforms.items()}
        stances = {str(stance): [self.companies_with, [stance]] for stance in (*DEFYING, "exit")}
        own = {one.id: [self.measured, [one]] for one in measures}
        return DataCollector(model_reporters={"salience": [self.salience, []], **shares, **stances, **own})

    # The day

    def step(self) -> None:
        """Live one day through ``PHASES``."""
        for name, _ in PHASES:
            getattr(self, f"_{name}")()
        self.day += 1
        self.running = self.day < self.scenario.days

    def _calendar(self) -> None:
        waited = self.triggers.due()  # before anything fades or lapses: conditions see the end of yesterday
        self.press.step()
        self.society.step()
        lapse(self)
        for act, is_ahead in self._acts.get(self.day, ()):
            (announce_ahead if is_ahead else take_effect)(act, self)
        for act in waited:
            take_effect(act, self)

    def _regulators(self) -> None:
        if self.police:
            self.police.step()
        if self.committee:
            self.committee.step()

    def _companies(self) -> None:
        drawn = self.draws(Stream.ORDER_OF_COMPANIES, self._turns)
        turns = zip(drawn, self.companies.values(), strict=True)
        for _, company in sorted(turns, key=lambda turn: turn[0]):
            company.step()

    def _isps(self) -> None:
        for isp in self.isps.values():
            isp.step()

    def _perception(self) -> None:
        if self.access_stale:
            self._refresh_access()
        self.conditions = Conditions(
            day=self.day,
            salience=self.press.salience,
            risk=np.array([self.risk(k) for k in range(len(self.owners))]),
            access=self._access,
            installable=self._installable,
            interoperability=self.interoperability,
            arrests=self.press.arrests,
            fear=self.press.fear,
            disclosing=np.array([company is not None and company.discloses for company in self.owners]),
            alarm=self.press.alarm,
            access_attention=self.press.access_attention,
            named=self.press.named,
            announced=self.orders.announced_loss(),
            down=self._down(),
            vpn=np.array([isp.vpn for isp in self.isps.values()]),
        )

    def _users(self) -> None:
        assert self.conditions is not None
        self.today = self.population.step(self.conditions)
        self._speaking_at_first = self._speaking_at_first or max(self.today.speaking, 1)
        self.speech_index = self.today.speaking / self._speaking_at_first

    def _observe(self) -> None:
        self.days_lived = self.day + 1
        if self.recorder is not None:
            self.recorder.observe(self)
        if self.collects:
            self.datacollector.collect(self)

    # What people meet

    def holders_and_use(self, k: int) -> tuple[int, float]:
        """People who hold a platform, and how many of them orders leave to it, each as far as it works for them."""
        people = self.population.people
        held = people[(people["hold"] >> k & 1) > 0]
        isps, through = list(self.isps.values()), self.scenario.population.vpn_usability * self._platform_specs[k].vpn
        access = np.array([isp.access[k] for isp in isps])
        with_vpn = np.maximum(access, through * np.array([isp.vpn for isp in isps]))
        works = np.where(held["vpn"] > 0, with_vpn[held["isp"]], access[held["isp"]])
        return held.size, float(works.sum())

    def risk(self, k: int) -> float:
        """R_k = R0_k + alarm if the owner obeys - relief if it has announced a refusal + lasting shifts (eq. 2)."""
        platform, company = self._platform_specs[k], self.owners[k]
        risk = platform.risk + self.risk_shift[k]
        if company is not None and company.stance == "comply":
            risk += platform.alarm_when_complying
        elif company is not None and company.announced and company.stance in DEFYING:
            risk -= platform.relief_when_paused
        return risk

    def _down(self) -> dict[int, tuple[float, float]]:
        """Platforms that work for no one during a part of the day, from and to as fractions of it.

        One whose owner has left is down all day; of two outages on one day the whole between counts.
        """
        down: dict[int, tuple[float, float]] = {}
        morning = HOURS * self.day
        for k, begin, end in self.outages:
            first, last = max(begin - morning, 0.0) / HOURS, min(end - morning, HOURS) / HOURS
            if first < last:
                before = down.get(k, (first, last))
                down[k] = min(first, before[0]), max(last, before[1])
        gone = (k for k, company in enumerate(self.owners) if company is not None and company.stance == "exit")
        return down | dict.fromkeys(gone, (0.0, 1.0))

    def _refresh_access(self) -> None:
        """Access by platform and ISP as orders leave it, and what stores offer."""
        self._access = np.stack([isp.access for isp in self.isps.values()], axis=1)
        gone = [company is not None and company.stance == "exit" for company in self.owners]
        self._installable = np.array([not left and not self.orders.banned(k) for k, left in enumerate(gone)])
        self.access_stale = False

    # What the data collector and notebooks read

    def share(self, k: int) -> float:
        """Holders of a platform over all people; 0 before the first day."""
        return int(self.today.holders[k]) / self.scenario.population.users if self.today else 0.0

    def companies_with(self, stance: str) -> int:
        """Number of companies with a stance."""
        return sum(company.stance == stance for company in self.companies.values())

    def salience(self) -> float:
        """Public attention S(t)."""
        return self.press.salience

    def measured(self, measure: Measure) -> float:
        """Value of a measure over the whole run, once its last day is over; not-a-number before."""
        if self.days_lived < self.scenario.days or not isinstance(self.recorder, Recorder):
            return math.nan
        return measure.of(Run(self.scenario, self.seed, self.recorder.tables(self)))
