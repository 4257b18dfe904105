"""The population: it meets the conditions of a day and reports what people did."""

import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sim import chance
from sim.chance import Stream
from sim.population import balance, changes, kernel
from sim.population.choice import GROUP, Rules, Today
from sim.population.conditions import Conditions, Counts, Day, Floats
from sim.population.panel import PANEL, Panel
from sim.population.people import (
    People,
    allocate,
    count_contacts,
    cumulative,
    gamma_quantiles,
    packed_state,
    set_degrees,
    settle,
)
from sim.population.threads import bounds, in_parts
from sim.population.ties import build as build_ties
from sim.scenario.institutions import Isp
from sim.scenario.population import Platform
from sim.scenario.population import Population as Spec

WARM_UP = ((30, 6, 5.0), (2, 30, 1.0))
"""H3 before the first day: rounds, steps per round, days per step. Shares then stay within a point over 600 days."""
WARM_UP_GAIN = 1 / 60
"""Part of a missing share that a round of the warm-up aims to bring back per day."""
SAFE_REACH_DAYS = 7
"""Days between two looks at ``safe_reach``."""


class Population:
    """People on a network of contacts, who hold several apps and reconsider them.

    The same seed gives the same people with the same luck, whatever the number of threads.

    Attributes:
        people: (N,) rows of ``people.PERSON``.
        ties: Contacts.
        rules: Rules of the run, with the intercepts that make the starting shares stationary.
    """

    def __init__(
        self,
        spec: Spec,
        platforms: Mapping[str, Platform],
        isps: Mapping[str, Isp],
        seed: int,
        *,
        steps_per_day: int = 1,
        threads: int = 1,
    ) -> None:
        self.users = spec.users
        self.steps_per_day = steps_per_day
        self._seed = seed
        self._isps = len(isps)
        self._deletion_rate = spec.deletion_rate
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

        shares = np.array([platform.share for platform in platforms.values()])
        self.rules, start = balance.rules_at_rest(spec, shares, seed, 1.0 / steps_per_day)
        self.ties = build_ties(spec.users, spec.degree, spec.group_size, seed, threads, self._pool)
        self._voices = np.empty(spec.users, np.uint8)  # contacts who speak: apart from the rows, since it changes most
        self.people = self._people_at_start(spec, shares, start, cumulative([isp.share for isp in isps.values()]))
        quiet = balance.quiet_day(self.rules, len(isps), spec.interoperability)
        self.rules = balance.centred(self.rules, self.people[:PANEL], self._voices[:PANEL], quiet, spec)

        self._tally = self._tally_at_start()
        self._on_trial = (self.people["trial"] != 0).astype(np.uint8)
        self._highest_exposure = 0.0
        self._most_speaking = 0
        self._panel = Panel(self.people, self.rules.apps, np.array([p.pull for p in platforms.values()]))
        self._parts = bounds(self.users, threads, spec.group_size)
        self._changes = [
            (np.empty(4 * (hi - lo), np.int32), np.empty(4 * (hi - lo), np.uint8)) for lo, hi in self._parts
        ]
        self._outboxes = [changes.outbox(self.ties.indices.size) for _ in self._parts]
        self._desks = [kernel.empty_desk() for _ in self._parts]
        self._moves = np.zeros(self.users if self.rules.contagion == GROUP else 0, np.uint8)
        if self.rules.contagion == GROUP:
            self._warm_up(shares, quiet)
        self._highest_exposure = float(self.people["exposure"].max())
        self._panel.refresh(self.people, self.rules, quiet)
        self._safe_reach = math.nan

    def step(self, conditions: Conditions) -> Day:
        """Live one day under these conditions, in ``steps_per_day`` steps.

        Raises:
            ValueError: if the arrays of the conditions do not fit the platforms.
        """
        self._check(conditions)
        self._tally[[changes.INSTALLS, changes.FIRST_INSTALLS, changes.REMOVALS]] = 0
        for sub_step in range(self.steps_per_day):
            today = _today(conditions, self.rules, conditions.day * self.steps_per_day + sub_step)
            self._live(today)
        return self._observe(conditions, today)

    def _warm_up(self, shares: Floats, quiet: Today) -> None:
        """Let groups move on quiet days before the first, and hold the shares, until few groups are left to move (H3).

        Drawn one by one, people start in groups that would move at once, and shares would drift by six points.
        """
        rules, step = self.rules, -sum(rounds * steps for rounds, steps, _ in WARM_UP)
        self.people["exposed_at"] = step
        sample = self.people[:PANEL]
        for rounds, steps, days in WARM_UP:
            for _ in range(rounds):
                self.rules = self.rules._replace(days_per_step=days)
                for _ in range(steps):
                    self._live(quiet._replace(step=step))
                    step += 1
                missing = shares - self._tally[changes.HOLDERS, : rules.apps] / self.users
                self.rules = balance.steered(self.rules, sample, quiet, WARM_UP_GAIN * days * missing)
        self.rules = self.rules._replace(days_per_step=rules.days_per_step)
        self.rules = balance.steered(self.rules, self.people[: 5 * PANEL], quiet, np.zeros(rules.apps))
        self.people["ever"] = self.people["hold"]
        self.people["exposure"] = self.people["exposed_at"] = 0

    def _people_at_start(self, spec: Spec, shares: Floats, start: balance.Start, isp_shares: Floats) -> People:
        """Rows with a starting state: who holds what, concern, ISP, VPN, speech, and the counts of contacts."""
        people = allocate(self.users)
        set_degrees(people, self.ties)
        shape, common = spec.concern_shape, spec.homophily
        quantiles = gamma_quantiles(shape * common), gamma_quantiles(shape * (1.0 - common))
        in_parts(self._pool, self._threads, self.users, lambda lo, hi: settle(
            people, lo, hi, self._seed, spec.group_size, shares, start.on_trial, start.exposure_per_contact,
            spec.vpn_share, spec.speak_share, isp_shares, spec.concern_mean / shape, *quantiles,
        ))  # fmt: skip
        state = packed_state(people)
        in_parts(
            self._pool, self._threads, self.users,
            lambda lo, hi: count_contacts(people, lo, hi, self.ties.indptr, self.ties.indices, state, self._voices),
        )  # fmt: skip
        return people

    def _tally_at_start(self) -> Counts:
        """Running counts of the kernel, from a look at everyone."""
        tally = np.zeros(changes.TALLY_SHAPE, np.int64)
        hold, trial = self.people["hold"], self.people["trial"]
        for k in range(self.rules.apps):
            tally[changes.HOLDERS, k] = np.count_nonzero(hold & (1 << k))
            tally[changes.TRIALS, k] = np.count_nonzero(trial & (1 << k))
        tally[changes.TRIERS] = np.bincount(np.bitwise_count(trial), minlength=9)
        tally[changes.SOCIETY, changes.MULTI_HOMING] = np.count_nonzero(np.bitwise_count(hold) >= 2)
        tally[changes.SOCIETY, changes.WITH_VPN] = np.count_nonzero(self.people["vpn"])
        tally[changes.SOCIETY, changes.SPEAKING] = np.count_nonzero(self.people["speak"])
        return tally

    def _live(self, today: Today) -> None:
        """One step of everyone: groups, then each person, then the news to their contacts."""
        people, rules, touched = self.people, self.rules, self._panel.touched
        if rules.contagion == GROUP:
            self._each(lambda _, lo, hi: kernel.move_groups(people, lo, hi, rules, today, self._moves))
        rates = self._highest_rates(today)
        tallies = np.zeros((len(self._parts), *changes.TALLY_SHAPE), np.int64)
        sizes = self._each(lambda part, lo, hi: kernel.decide(
            people, lo, hi, rules, today, rates, self._moves, self._voices, self._on_trial, self._desks[part],
            *self._changes[part], touched, tallies[part],
        ))  # fmt: skip
        self._tally += tallies.sum(axis=0)
        self._highest_exposure = max(self._highest_exposure * float(rules.fading[1]), self._tell(sizes, today))

    def _tell(self, sizes: list[int], today: Today) -> float:
        """Let contacts know what changed; the largest exposure that rose.

        Each thread tells the contacts within its own range of people, then hears what the others have left for it.
        """
        people, rules, voices, touched = self.people, self.rules, self._voices, self._panel.touched
        news = [(who[:n], what[:n]) for (who, what), n in zip(self._changes, sizes, strict=True)]
        told = self._each(lambda part, lo, hi: changes.spread(
            people, lo, hi, rules, today, self.ties, voices, *news[part], touched, self._outboxes[part]
        ))  # fmt: skip
        left = [(box.ids[:n], box.codes[:n]) for box, (_, n) in zip(self._outboxes, told, strict=True) if n]
        heard = self._each(lambda _, lo, hi: [
            changes.receive(people, lo, hi, rules, today, voices, *others, touched) for others in left
        ])  # fmt: skip
        return max(*(exposure for exposure, _ in told), *sum(heard, [0.0]))

    def _each[T](self, work: Callable[[int, int, int], T]) -> list[T]:
        """Results of ``work(part, lo, hi)`` on each thread's range of people, in order."""
        arguments = [(part, lo, hi) for part, (lo, hi) in enumerate(self._parts)]
        if self._pool is None:
            return [work(*given) for given in arguments]
        return list(self._pool.map(lambda given: work(*given), arguments))

    def _highest_rates(self, today: Today) -> tuple[float, float]:
        """Bounds on revision rates without and with trials: as if one had all exposure, trials and retries."""
        attention = 1.0 + self.rules.attention_salience * today.salience
        attention += self.rules.attention_peers * self._highest_exposure
        most_trials = int(np.flatnonzero(self._tally[changes.TRIERS])[-1])
        calm = self.rules.revision_rate * attention + today.most_retries
        return calm, calm + self.rules.trial_rate * most_trials

    def _observe(self, conditions: Conditions, today: Today) -> Day:
        """What people did on the day."""
        apps, society = self.rules.apps, self._tally[changes.SOCIETY]
        usage_share, flows = self._panel.refresh(self.people, self.rules, today)
        if math.isnan(self._safe_reach) or conditions.day % SAFE_REACH_DAYS == 0:
            self._safe_reach = self._panel.safe_reach(self.people, self.ties, today, conditions.disclosing)
        per_app = self._tally[:, :apps].copy()
        return Day(
            holders=per_app[changes.HOLDERS],
            installs=per_app[changes.INSTALLS],
            first_installs=per_app[changes.FIRST_INSTALLS],
            removals=per_app[changes.REMOVALS],
            trials=per_app[changes.TRIALS],
            usage_share=usage_share,
            multi_homing=int(society[changes.MULTI_HOMING]),
            flows=flows,
            panel=self._panel.size,
            vpn=int(society[changes.WITH_VPN]),
            speaking=int(society[changes.SPEAKING]),
            deletions=self._deletions(conditions),
            safe_reach=self._safe_reach,
        )

    def _deletions(self, conditions: Conditions) -> int:
        """Posts deleted on a day: Poisson, at a hazard that rises by the factor exp(psi F).

        Posts stay when their author falls silent, so those who have posts are the most people who ever spoke at once.
        """
        self._most_speaking = max(self._most_speaking, int(self._tally[changes.SOCIETY, changes.SPEAKING]))
        hazard = self._deletion_rate * math.exp(self.rules.self_censorship * conditions.fear)
        return chance.poisson(chance.u(self._seed, int(Stream.DELETE), 0, conditions.day), hazard * self._most_speaking)

    def _check(self, conditions: Conditions) -> None:
        """Refuse conditions that do not fit, since compiled code would read past the end of an array."""
        apps, isps = self.rules.apps, self._isps
        fits = conditions.risk.shape == conditions.installable.shape == conditions.disclosing.shape == (
            apps,
        ) and conditions.access.shape == (apps, isps)
        if not fits:
            raise ValueError(f"conditions must have {apps} platforms and {isps} ISPs")


def _today(conditions: Conditions, rules: Rules, step: int) -> Today:
    """Conditions as the rules use them."""
    reopened, retries = np.zeros(rules.apps, np.bool_), np.zeros(rules.apps)
    for k, days in conditions.reopened.items():
        reopened[k] = True
        retries[k] = rules.trial_rate * math.exp(-days * rules.trial_end_rate)
    return Today(
        step=step,
        salience=float(conditions.salience),
        appeal=conditions.salience * (1.0 - np.asarray(conditions.risk, np.float64)),
        access=np.ascontiguousarray(conditions.access, np.float64),
        installable=np.ascontiguousarray(conditions.installable, np.bool_),
        interoperability=float(conditions.interoperability),
        arrests=float(conditions.arrests),
        fear=float(conditions.fear),
        reopened=reopened,
        retries=retries,
        most_retries=float(retries.sum()),
    )
