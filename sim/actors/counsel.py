"""A company's lawyers: they review the law when something about it is new, and a pause is decided at a review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.actors.chronicle import subject
from sim.actors.reasons import reasons, told_who
from sim.scenario.words import day_in_words, listed

if TYPE_CHECKING:
    from sim.actors.company import Company

NEWS = {
    "enact a law": "its coming into force on {date}",
    "gazette rules": "its rules of {date}",
    "rule": "the ruling of {date}",
    "demand": "the demand of {date}",
    "advise": "the advice of {date}",
    "publish the text": "its publication on {date}",
    "resume": "the return of {actor} to answering",
    "obey": "the return of {actor} to answering",
}
"""Verb of an act -> how a review refers to it; announcements are named by who made them, all else is a sanction."""
NO_NEWS = ("civil society",)
"""Reasons whose acts others bring before the lawyers."""


class Counsel:
    """The lawyers of one company. They meet at rate nu (eq. 13); what they have reviewed once is no news to them."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._reviewed: set[int] = set()
        self._has_met = False

    def review(self, *, decides: bool = False) -> int | None:
        """Meet: a meeting that has something new before it, or that decides, is written down as a review of the law.

        Returns:
            The act, or None where nothing was new and nothing came of it.
        """
        news = [act for act in self.agenda() if act not in self._reviewed]
        again, self._has_met = self._has_met, True
        if not news and not decides:
            return None
        self._reviewed.update(news)
        told = f" after {listed(self._named(news))}" if news else " again, with nothing new" if again else ""
        outcome = "" if decides else "; the company went on answering"
        model = self._company.model
        return model.chronicle.add(
            model.day, self._company.name, "review the law", "", news, news=told, outcome=outcome
        )

    def reopen(self, news: list[int]) -> int:
        """Put an answer that held under review, for what is new."""
        told = f" after {listed(self._named(news))}" if news else ""
        model = self._company.model
        return model.chronicle.add(model.day, self._company.name, "reconsider", "", news, news=told)

    def agenda(self) -> list[int]:
        """Acts that weigh on its decision today: the law and its rules, rulings, demands, announcements, sanctions."""
        terms = (
            term
            for term in reasons(self._company, giving=False)
            if (term.weight and term.name not in NO_NEWS) or term.always
        )
        return list(dict.fromkeys(act for term in terms for act in term.acts))

    def _named(self, news: list[int]) -> list[str]:
        model = self._company.model
        today = model.scenario.date(model.day)
        peers = {act: peer for peer, act in model.press.known.items()}
        named = [
            NEWS.get(act.verb, "the sanction of {date}").format(
                date=day_in_words(model.scenario.date(act.day), today), actor=subject(act.actor)
            )
            for act in (model.chronicle.acts[number] for number in news if number not in peers)
        ]
        heard = [peers[number] for number in news if number in peers]
        if heard:
            named.append(f"the announcement{'s' if len(heard) > 1 else ''} of {told_who(heard, 'companies')}")
        return list(dict.fromkeys(named))
