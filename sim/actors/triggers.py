"""Acts that wait for a condition: when it is met, by which earlier acts, and what happens today because of it.

Conditions are looked at before the day begins, so that they see the world as the day before left it. What happens
today is therefore seen tomorrow at the earliest, and nothing can set itself off within a day.
"""

from dataclasses import dataclass, field
from functools import singledispatchmethod

from sim.actors.city import City
from sim.scenario import calendar as conditions
from sim.scenario.acts import AnyAct
from sim.scenario.calendar import waiting
from sim.scenario.stances import STANCES

Causes = tuple[int, ...]
"""Ids of the acts of the chronicle that fulfilled a condition; empty where no act did, or none is known to have."""
ROUNDING = 1e-6
"""Persons by which a share of holders may miss a whole number: 0.1 of 30 people are three."""
TAKEN = ("announce an exit", "take a stance", *(stance.verb for stance in STANCES.values() if stance.verb))
"""Verbs of acts by which a company comes to a stance."""


@dataclass(slots=True)
class Waiting:
    """An act that waits, and how far its condition has come."""

    act: AnyAct
    when: conditions.AnyCondition
    was_met: bool = False
    """Whether the condition was met on the last day that counted."""
    is_over: bool = False
    """Whether it has been met, for one that happens once."""
    coming: list[tuple[int, Causes]] = field(default_factory=list)
    """Days on which the act is to happen, with the causes."""


class Triggers:
    """Watches what the conditions of the calendar's acts ask for."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._waiting = [Waiting(act, when) for when, act in waiting(city.scenario.acts)]
        self._holders: dict[int, tuple[int, ...]] = {}
        """(K,) holders at the end of the days against which conditions count."""
        self._levels = {self._level(one.when) for one in self._waiting if isinstance(one.when, conditions.UsersMoved)}

    def due(self) -> list[AnyAct]:
        """Look at yesterday, and return the acts that happen today, in the order of the file."""
        if not self._waiting:
            return []
        yesterday = self._city.day - 1
        if yesterday in self._levels and self._city.today is not None:
            self._holders[yesterday] = tuple(int(count) for count in self._city.today.holders)
        found: list[AnyAct] = []
        for one in self._waiting:
            self._look(one, yesterday)
            for day, causes in one.coming:
                if day == self._city.day:
                    self._city.causes[one.act.id] = causes
                    found.append(one.act)
            one.coming = [(day, causes) for day, causes in one.coming if day > self._city.day]
        return found

    def _look(self, one: Waiting, yesterday: int) -> None:
        date, when = self._city.scenario.date(yesterday), one.when
        counts = (when.earliest is None or date >= when.earliest) and (when.latest is None or date <= when.latest)
        if one.is_over or not counts:
            return
        causes = self.causes_of(when)
        if causes is not None and not one.was_met:
            one.coming.append((yesterday + when.days_after, causes))
            one.is_over = not when.each_time
        one.was_met = causes is not None

    # What a condition asks

    @singledispatchmethod
    def causes_of(self, when: conditions.Condition) -> Causes | None:
        """The causes where a condition is met, else nothing: one rule below for each kind, registered by its class."""
        missing = f"{type(when).__name__} asks nothing: write what into {__name__}, under @causes_of.register"
        raise NotImplementedError(missing)

    @causes_of.register
    def _announced(self, when: conditions.CompaniesAnnounced) -> Causes | None:
        """Enough companies are known not to answer; one that is so since before the start did so by no act."""
        known = self._city.press.known
        names = [name for name in self._counted(when) if self._city.companies[name].announced]
        causes = sorted(known[name] for name in names if name in known)
        return tuple(causes) if len(names) >= when.count else None

    @causes_of.register
    def _stance(self, when: conditions.CompaniesStance) -> Causes | None:
        names = [name for name in self._counted(when) if self._city.companies[name].stance == when.stance]
        return self._last_acts(names) if len(names) >= when.count else None

    @causes_of.register
    def _rung(self, when: conditions.RungReached) -> Causes | None:
        companies = [self._city.companies[name] for name in self._counted(when)]
        acts = [company.rung_act for company in companies if company.rung >= when.rung]
        return tuple(act for act in acts if act is not None) if len(acts) >= when.count else None

    @causes_of.register
    def _lost(self, when: conditions.UsersLost) -> Causes | None:
        had, have = self._moved(when)
        return () if had > 0 and had - have >= when.share * had - ROUNDING else None

    @causes_of.register
    def _gained(self, when: conditions.UsersGained) -> Causes | None:
        had, have = self._moved(when)
        return () if had > 0 and have - had >= when.share * had - ROUNDING else None

    @causes_of.register
    def _blocked(self, when: conditions.PlatformBlocked) -> Causes | None:
        """The average user can use less of a platform than a level; the causes are the orders against it."""
        k = self._city.platform_index(when.platform)
        isps = list(self._city.isps.values())
        usable = sum(isp.spec.share * float(isp.access[k]) for isp in isps) / sum(isp.spec.share for isp in isps)
        if usable >= when.access:
            return None
        return tuple(dict.fromkeys(order.act for order in self._city.orders.against(k)))

    @causes_of.register
    def _in_force(self, _: conditions.LawInForce) -> Causes | None:
        law = self._city.law
        return law.acts("enacted") if law.in_force else None

    @causes_of.register
    def _attention(self, when: conditions.AttentionAbove) -> Causes | None:
        press = self._city.press
        now = press.access_attention if when.topic == "access" else press.salience
        return () if now > when.level else None

    @causes_of.register
    def _act(self, when: conditions.ActHappened) -> Causes | None:
        """Another act happened on that day."""
        day, logged = self._city.happened.get(when.act, (None, 0))
        return (logged,) if day == self._city.day - 1 else None

    def _counted(self, when: conditions.OfCompanies) -> tuple[str, ...]:
        return when.companies or tuple(self._city.companies)

    def _last_acts(self, names: list[str]) -> Causes:
        """The acts by which companies came to their stance; none for one that began with it."""
        last: dict[str, int] = {}
        for act in self._city.chronicle.acts:
            who = act.target if act.verb == "take a stance" else act.actor
            if act.verb in TAKEN and who in names:
                last[who] = act.id
        return tuple(sorted(last.values()))

    def _level(self, when: conditions.UsersMoved) -> int:
        return 0 if when.since is None else self._city.scenario.day(when.since)

    def _moved(self, when: conditions.UsersMoved) -> tuple[int, int]:
        """Holders at the end of the day that counts as the level, and now; no holders before that day."""
        before, today = self._holders.get(self._level(when)), self._city.today
        if before is None or today is None:
            return 0, 0
        k = self._city.platform_index(when.platform)
        return before[k], int(today.holders[k])
