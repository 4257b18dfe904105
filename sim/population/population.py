"""The population: it meets the conditions of a day and reports what people did."""

import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sim import chance
from sim.chance import Stream
from sim.population import balance, kernel
from sim.population.choice import GROUP, Today
from sim.population.conditions import Conditions, Counts, Day, Floats
from sim.population.panel import PANEL, Panel
from sim.population.people import (
    Holdings,
    People,
    allocate,
    count_contacts,
    count_cut_off,
    cumulative,
    gamma_quantiles,
    mark_cut_off,
    packed_state,
    set_degrees,
    settle,
)
from sim.population.surroundings import NO_CUTS, Surroundings, known_at_start
from sim.population.threads import bounds, in_parts
from sim.population.ties import build as build_ties
from sim.scenario.institutions import Isp
from sim.scenario.population import Platform
from sim.scenario.population import Population as Spec

WARM_UP = ((30, 6, 5.0), (2, 30, 1.0))
"""H3 before the first day: rounds, steps per round, days per step. Shares then stay within a point over 600 days."""
WARM_UP_OF_VPNS = 0.5
"""Part of the log odds by which the share with a VPN is off that a round brings back, under orders that stand."""
WARM_UP_GAIN = 1 / 60
"""Part of a missing share that a round of the warm-up aims to bring back per day."""
SAFE_REACH_DAYS = 7
"""Days between two looks at ``safe_reach``."""
MOST_FEAR = 50.0
"""Logits from which on fear deletes whatever there is: e to this power is no number of posts."""
LIBRARIES = 300 * 2**20
"""Bytes that Python and its libraries take."""
NOT_PICKLED = ("_pool", "_changes", "_outboxes", "_batches")
"""What a copy of the population makes for itself."""


class MemoryNeededError(ValueError):
    """People for whom this machine has no memory; the message is one line for the reader of a terminal."""

    for_users = True


def bytes_needed(users: int, degree: int) -> int:
    """Memory for so many people with so many contacts on average, in bytes.

    By person: a row (32), where its contacts stand (8) and they (4 each), its state and voice (2), contacts who are
    cut off (9), and what changes in a step (up to 9). What Python and its libraries take comes on top.
    """
    return LIBRARIES + users * (60 + 4 * degree)


def check_memory(users: int, degree: int) -> None:
    """See that there is memory for people before they are made.

    Raises:
        MemoryNeededError: if the system says that it has less than they need.
    """
    needed, free = bytes_needed(users, degree), free_memory()
    if free is not None and needed > free:
        raise MemoryNeededError(
            f"population.users: {users:,} people need {needed / 2**30:.1f} GiB of memory, and {free / 2**30:.1f} GiB "
            f"are free: {max(0, (free - LIBRARIES) // (60 + 4 * degree)):,} people fit"
        )


def free_memory() -> int | None:
    """Memory that may be taken, in bytes; None where the system does not tell (only Linux does)."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return None
    told = dict(line.split(":", 1) for line in text.splitlines())
    return int(told["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in told else None


class Population:
    """People on a network of contacts, who hold several apps and reconsider them.

    The same seed gives the same people with the same draws, whatever the number of threads. ``standing`` (K, J) and
    ``standing_vpn`` (J,) are the usability of platforms and VPNs under orders that stand before the first day.

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
        standing: Floats | None = None,
        standing_vpn: Floats | None = None,
    ) -> None:
        check_memory(spec.users, spec.degree)
        self.users = spec.users
        self.steps_per_day = steps_per_day
        self._seed = seed
        self._isps = len(isps)
        self._deletion_rate = spec.deletion_rate
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

        days_per_step = 1.0 / steps_per_day
        shares = balance.shares_of_holders(spec, platforms, seed)
        awareness = known_at_start(spec, platforms, shares)
        self.rules, start = balance.rules_at_rest(spec, platforms, shares, awareness, seed, days_per_step)
        isp_shares = np.array([isp.share for isp in isps.values()])
        free = np.ones((self.rules.apps, len(isps)))
        standing = free if standing is None else standing
        self._cut, self._cuts = np.zeros((2, len(isps)), np.uint8), NO_CUTS
        quiet_day = partial(self._quiet_day, spec, platforms, isp_shares, awareness, standing, standing_vpn)
        kernel.get_ready(self.rules, quiet_day(shares), wait=False)
        self.ties = build_ties(spec.users, spec.degree, spec.group_size, seed, threads, self._pool)
        start_holdings = balance.holdings(spec, platforms, shares, start.on_trial, seed)
        self.people = self._people_at_start(
            spec, start_holdings, start.exposure_per_contact, cumulative(isp_shares.tolist())
        )
        self._surroundings = Surroundings(spec, platforms, isp_shares, awareness, standing)
        held = np.array([np.count_nonzero(self.people["hold"] >> k & 1) for k in range(self.rules.apps)])
        quiet = self._cut_off(quiet_day(held / self.users))
        self.rules = balance.centred(self.rules, self.people[:PANEL], self._voices(min(PANEL, self.users)), quiet, spec)

        self._tally = self._tally_at_start()
        self._speaks = np.packbits(self.people["speak"], bitorder="little")  # at hand, since it changes most
        self._state = np.empty(self.users, np.uint8)
        kernel.note_states(self.people, self._state)
        self._most_concern = float(self.people["concern"].max())
        self._highest_exposure = 0.0
        self._most_speaking = 0
        pull = np.array([platform.pull for platform in platforms.values()])
        self._panel = Panel(self.people, self.ties, self.rules.apps, pull, spec.sessions / steps_per_day, steps_per_day)
        self._parts = bounds(self.users, threads, 8 * spec.group_size)  # no byte of bits is of two
        self._most_contacts = int(self.people["degree"].max())
        self._make_room()
        self._moves = np.zeros(self.users if self.rules.contagion == GROUP else 0, np.uint8)
        settles = spec.standing == "settled" and quiet.dark
        if self.rules.contagion == GROUP or settles:
            self._warm_up(spec, shares, quiet, start.exposure_per_contact, settles=settles)
        self._highest_exposure = float(self.people["exposure"].max())
        self._panel.refresh(self.people, self.rules, self._cut_off(quiet))
        kernel.get_ready(self.rules, quiet, wait=True)
        self._safe_reach = math.nan

    def step(self, conditions: Conditions) -> Day:
        """Live one day under these conditions, in ``steps_per_day`` steps.

        Raises:
            ValueError: if the arrays of the conditions do not fit the platforms.
        """
        self._check(conditions)
        self._tally[[kernel.INSTALLS, kernel.FIRST_INSTALLS, kernel.REMOVALS]] = 0
        self._tally[kernel.SOCIETY, kernel.VPN_INSTALLS] = 0
        for sub_step in range(self.steps_per_day):
            step = conditions.day * self.steps_per_day + sub_step
            holders = self._tally[kernel.HOLDERS, : self.rules.apps] / self.users
            today = self._cut_off(self._surroundings.today(conditions, self.rules, step, holders))
            self._step(today)
            if sub_step + 1 < self.steps_per_day:
                self._panel.use(self.people, self.rules, today)
        return self._observe(conditions, today)

    def _make_room(self) -> None:
        """Room to work in, for each thread: nothing in it outlasts a step."""
        self._changes = [
            (
                np.empty(kernel.MOST_CHANGES * n, np.int32),
                np.empty(kernel.MOST_CHANGES * n, np.uint8),
                np.empty(n + 1, np.int32),
            )
            for n in (hi - lo for lo, hi in self._parts)
        ]
        self._outboxes = [kernel.outbox(0) for _ in self._parts]
        self._batches = [kernel.empty_batch() for _ in self._parts]

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: all but threads and their room."""
        return {name: value for name, value in vars(self).items() if name not in NOT_PICKLED}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.people = allocate(self.users)
        self.people[:] = state["people"]
        if self._cuts.shape == NO_CUTS.shape:
            self._cuts = NO_CUTS  # known by its identity
        self._pool = ThreadPoolExecutor(self._threads) if self._threads > 1 else None
        self._make_room()

    @property
    def awareness(self) -> Floats:
        """(K,) A_k: share of people who know each app beyond those whose contacts hold it."""
        return self._surroundings.awareness

    def _quiet_day(
        self,
        spec: Spec,
        platforms: Mapping[str, Platform],
        isp_shares: Floats,
        awareness: Floats,
        standing: Floats,
        standing_vpn: Floats | None,
        holders: Floats,
    ) -> Today:
        """A day without news, before the first step, under the orders that stand, for shares of holders (K,)."""
        none = np.zeros(self.rules.apps)
        conditions = Conditions(
            day=0, salience=0.0, risk=none, access=standing, installable=none == 0.0, arrests=0.0,
            interoperability=spec.interoperability, disclosing=none > 0.0, vpn=standing_vpn,
        )  # fmt: skip
        before = Surroundings(spec, platforms, isp_shares, awareness, standing)
        return before.today(conditions, self.rules, 0, holders)

    def _cut_off(self, today: Today) -> Today:
        """Bring up to date who is cut off from which app, when providers, outages or VPNs have changed it."""
        if today.cut is self._cut and self._cuts is today.cuts:
            return today  # as on most days
        if not np.array_equal(today.cut, self._cut):
            self._each_part(lambda lo, hi: mark_cut_off(self.people, lo, hi, today.cut))
            cuts = NO_CUTS
            if today.cut.any():
                cuts = np.empty((self.users, 8), np.uint8)
                column = np.ascontiguousarray(self.people["cut"])
                words = cuts.view(np.uint64)[:, 0]
                self._each_part(lambda lo, hi: count_cut_off(lo, hi, *self.ties, column, words))
            self._cuts = cuts
        self._cut = today.cut
        return today._replace(cuts=self._cuts)

    def _each_part(self, work: Callable[[int, int], object]) -> None:
        in_parts(self._pool, self._threads, self.users, work)

    def _warm_up(self, spec: Spec, shares: Floats, quiet: Today, exposure: float, *, settles: bool) -> None:
        """Let people live on quiet days before the first, and hold the shares, until hardly anyone is left to move.

        Under H3, people drawn one by one start in groups that would move at once, and shares would drift by six points.
        Where they settle under orders that stand, the share with a VPN is held as well, and by and by those have one
        who need it; then intercepts are found for people as they begin, with ``exposure`` per contact.
        """
        rules, step = self.rules, -sum(rounds * steps for rounds, steps, _ in WARM_UP)
        self.people["exposed_at"] = step
        sample = self.people[:PANEL]
        for rounds, steps, days in WARM_UP:
            for _ in range(rounds):
                self.rules = self.rules._replace(days_per_step=days, fading=balance.fading(spec.peer_memory_days, days))
                for _ in range(steps):
                    self._step(quiet._replace(step=step))
                    step += 1
                missing = shares - self._tally[kernel.HOLDERS, : rules.apps] / self.users
                self.rules = balance.steered(self.rules, sample, quiet, WARM_UP_GAIN * days * missing)
                if settles:
                    found = self._tally[kernel.SOCIETY, kernel.WITH_VPN] / self.users
                    lift = WARM_UP_OF_VPNS * (balance.logit(spec.vpn_share) - balance.logit(found))
                    self.rules = self.rules._replace(vpn_intercept=self.rules.vpn_intercept + lift)
        self.rules = self.rules._replace(days_per_step=rules.days_per_step, fading=rules.fading)
        many = self.people[: 5 * PANEL]
        if not settles:
            self.rules = balance.steered(self.rules, many, quiet, np.zeros(rules.apps))
        self.people["ever"] = self.people["hold"]
        self.people["left"] = self.people["exposed_at"] = 0
        self.people["exposure"] = exposure * self.people["degree"]
        if settles:
            self.rules = balance.steered(self.rules, many, quiet, np.zeros(rules.apps))

    def _people_at_start(self, spec: Spec, holdings: Holdings, exposure: float, isp_shares: Floats) -> People:
        """Rows with a starting state: who holds what, concern, ISP, VPN, speech, and the counts of contacts."""
        people = allocate(self.users)
        set_degrees(people, self.ties)
        shape, common = spec.concern_shape, spec.homophily
        quantiles = gamma_quantiles(shape * common), gamma_quantiles(shape * (1.0 - common))
        in_parts(self._pool, self._threads, self.users, lambda lo, hi: settle(
            people, lo, hi, holdings, spec.group_size, exposure, *balance.vpn_at_rest(spec)[:2],
            spec.speak_share, isp_shares, spec.concern_mean / shape, *quantiles,
        ))  # fmt: skip
        state = packed_state(people)
        in_parts(
            self._pool, self._threads, self.users,
            lambda lo, hi: count_contacts(people, lo, hi, self.ties.indptr, self.ties.indices, state),
        )  # fmt: skip
        return people

    def _voices(self, some: int) -> Counts:
        """(some,) how many contacts of each of the first persons speak."""
        ends = self.ties.indptr[: some + 1]
        spoken = np.cumsum(self.people["speak"][self.ties.indices[: ends[-1]]], dtype=np.int64)
        return np.diff(np.concatenate([[0], spoken])[ends])

    def _tally_at_start(self) -> Counts:
        """Running counts of the kernel, from a look at everyone."""
        tally = np.zeros(kernel.TALLY_SHAPE, np.int64)
        hold, trial = self.people["hold"], self.people["trial"]
        for k in range(self.rules.apps):
            tally[kernel.HOLDERS, k] = np.count_nonzero(hold & (1 << k))
            tally[kernel.TRIALS, k] = np.count_nonzero(trial & (1 << k))
        tally[kernel.TRIERS] = np.bincount(np.bitwise_count(trial), minlength=9)
        tally[kernel.SOCIETY, kernel.MULTI_HOMING] = np.count_nonzero(np.bitwise_count(hold) >= 2)
        tally[kernel.SOCIETY, kernel.WITH_VPN] = np.count_nonzero(self.people["vpn"])
        tally[kernel.SOCIETY, kernel.SPEAKING] = np.count_nonzero(self.people["speak"])
        return tally

    def _step(self, today: Today) -> None:
        """One step of everyone: groups, then each person, then the news to their contacts."""
        people, rules, touched = self.people, self.rules, self._panel.touched
        if rules.contagion == GROUP:
            self._each(lambda _, lo, hi: kernel.move_groups(people, lo, hi, rules, today, self._moves))
        highest = self._highest(today)
        tallies = np.zeros((len(self._parts), *kernel.TALLY_SHAPE), np.int64)
        sizes = self._each(lambda part, lo, hi: kernel.decide(
            people, lo, hi, rules, today, highest, self._moves, self.ties, self._speaks, self._state,
            self._batches[part], *self._changes[part], touched, tallies[part],
        ))  # fmt: skip
        self._tally += tallies.sum(axis=0)
        self._highest_exposure = max(self._highest_exposure * float(rules.fading[1]), self._spread(sizes, today))

    def _spread(self, sizes: list[tuple[int, int]], today: Today) -> float:
        """Let contacts know what changed; the largest exposure that rose.

        Each thread tells the contacts within its own range of people, then hears what the others have left for it.
        """
        people, rules, touched = self.people, self.rules, self._panel.touched
        news = [
            (turned[:turns], who[:n], what[:n])
            for (who, what, turned), (n, turns) in zip(self._changes, sizes, strict=True)
        ]
        for part, (n, _) in enumerate(sizes):
            if self._outboxes[part].ids.size <= n * self._most_contacts:
                self._outboxes[part] = kernel.outbox(n * self._most_contacts)
        spread = self._each(lambda part, lo, hi: kernel.spread(
            people, lo, hi, rules, today, self.ties, self._speaks, *news[part], touched, self._outboxes[part]
        ))  # fmt: skip
        left = [(box.ids[:n], box.codes[:n]) for box, (_, n) in zip(self._outboxes, spread, strict=True) if n]
        heard = self._each(lambda _, lo, hi: [
            kernel.receive(people, lo, hi, rules, today, *others, touched) for others in left
        ])  # fmt: skip
        return max(*(exposure for exposure, _ in spread), *sum(heard, [0.0]))

    def _each[T](self, work: Callable[[int, int, int], T]) -> list[T]:
        """Results of ``work(part, lo, hi)`` on each thread's range of people, in order."""
        arguments = [(part, lo, hi) for part, (lo, hi) in enumerate(self._parts)]
        if self._pool is None:
            return [work(*given) for given in arguments]
        return list(self._pool.map(lambda given: work(*given), arguments))

    def _highest(self, today: Today) -> kernel.Highest:
        """Bounds on what anyone does: as if one had all exposure, trials, retries and losses, and knew all apps."""
        rules = self.rules
        attention = 1.0 + rules.attention_salience * today.salience + rules.attention_peers * self._highest_exposure
        most_trials = int(np.flatnonzero(self._tally[kernel.TRIERS])[-1])
        search = rules.loss_rate * today.most_heat
        looks = (search + rules.dark_rate * today.most_heat) * rules.apps
        calm = rules.revision_rate * attention * rules.apps + looks + today.most_retries
        named = rules.revision_rate * rules.attention_salience * float(today.named.sum())
        calm += named
        vpn = rules.vpn_rate * (1.0 + rules.attention_salience * (today.alarm + today.access_attention))
        vpn += search
        trying = calm + rules.trial_rate * most_trials
        return kernel.Highest(calm, trying, vpn, vpn + rules.vpn_loss_rate, named + looks, self._most_concern)

    def _observe(self, conditions: Conditions, today: Today) -> Day:
        """What people did on the day."""
        apps, society = self.rules.apps, self._tally[kernel.SOCIETY]
        usage_share, users, flows = self._panel.refresh(self.people, self.rules, today)
        daily, weekly, monthly = users * (self.users / self._panel.size)
        if math.isnan(self._safe_reach) or conditions.day % SAFE_REACH_DAYS == 0:
            self._safe_reach = self._panel.safe_reach(self.people, today, conditions.disclosing)
        per_app = self._tally[:, :apps].copy()
        return Day(
            holders=per_app[kernel.HOLDERS], installs=per_app[kernel.INSTALLS],
            first_installs=per_app[kernel.FIRST_INSTALLS], removals=per_app[kernel.REMOVALS],
            trials=per_app[kernel.TRIALS], usage_share=usage_share, daily_users=daily, weekly_users=weekly,
            monthly_users=monthly, multi_homing=int(society[kernel.MULTI_HOMING]), flows=flows, panel=self._panel.size,
            vpn=int(society[kernel.WITH_VPN]), vpn_installs=int(society[kernel.VPN_INSTALLS]),
            speaking=int(society[kernel.SPEAKING]), deletions=self._deletions(conditions), safe_reach=self._safe_reach,
        )  # fmt: skip

    def _deletions(self, conditions: Conditions) -> int:
        """Posts deleted on a day: Poisson, at a hazard that rises by the factor exp(psi F) to one a post and day.

        Posts stay when their author falls silent, so those who have posts are the most people who ever spoke at once.
        """
        self._most_speaking = max(self._most_speaking, int(self._tally[kernel.SOCIETY, kernel.SPEAKING]))
        factor = math.exp(min(self.rules.self_censorship * conditions.fear, MOST_FEAR))
        hazard = min(self._deletion_rate * factor, 1.0)
        return chance.poisson(chance.u(self._seed, int(Stream.DELETE), 0, conditions.day), hazard * self._most_speaking)

    def _check(self, conditions: Conditions) -> None:
        """Refuse conditions that do not fit, since compiled code would read past the end of an array."""
        apps, isps = self.rules.apps, self._isps
        given = conditions
        per_app = (given.risk, given.installable, given.disclosing, given.named, given.announced)
        fits = all(one is None or one.shape == (apps,) for one in per_app)
        fits = fits and (conditions.vpn is None or conditions.vpn.shape == (isps,))
        if not fits or conditions.access.shape != (apps, isps) or not all(0 <= k < apps for k in conditions.down):
            raise ValueError(f"conditions must have {apps} platforms and {isps} ISPs")
