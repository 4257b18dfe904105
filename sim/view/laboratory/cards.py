"""The questions that are asked of Hong Kong: on a card in a few words that give no answer away."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.analyses.ask import ask, parse_acts, to_file
from sim.scenario.errors import ScenarioError, show
from sim.scenario.files import load, locate, read
from sim.scenario.schema import Scenario
from sim.scenario.words import day_in_words

BASE = "hong-kong-2020"
"""The world as it was, beside which every question is put."""
ABOUT = (
    "In June 2020 a national security law came to Hong Kong, and within a week companies stopped answering the police."
)


@dataclass(frozen=True, slots=True)
class Card:
    """A question of the laboratory.

    Attributes:
        name: What the question is called in files and links: that of its scenario, where one is shipped.
        words: What stands on the card.
        asks: The question as a sentence.
        acts: What is added to the base, as in ``lawshock ask``, where no scenario is shipped.
        says: The world as a sentence in which numbers can be changed: in braces an act with its field, or a dotted key.
        base: The world beside which it is put.
    """

    name: str
    words: str
    asks: str
    acts: tuple[str, ...] = ()
    says: str = ""
    base: str = BASE

    def world(self, overrides: Sequence[str] = ()) -> Scenario:
        """The world that it asks about.

        Raises:
            ScenarioError: An override is refused.
        """
        if not self.acts:
            return load(self.name, overrides)
        return ask(self.base, self.acts, (), overrides)

    def text(self, place: Path) -> str:
        """The scenario file of the world, as it would be saved at ``place``."""
        if not self.acts:
            return locate(self.name).read_text(encoding="utf-8")
        return to_file(self.base, self.world(), self.acts, (), place)

    def request(self) -> dict[str, Any]:
        """What is asked of the base as the page writes it: ``acts``, ids of those left ``without``, values ``set``."""
        base = read(self.base).table
        if self.acts:
            return {"acts": _plain(parse_acts(self.acts, base["acts"])), "without": [], "set": {}}
        here = read(self.name).table
        changed = {name: _changed(base["acts"].get(name, {}), act) for name, act in here["acts"].items()}
        values, mine = dict(_values(base)), dict(_values(here))
        acts = [{"id": name, "kind": here["acts"][name]["kind"]} | act for name, act in changed.items() if act]
        return {
            "acts": _plain(acts),
            "without": [name for name in base["acts"] if name not in here["acts"]],
            "set": {key: value for key, value in mine.items() if values.get(key) != value},
        }


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in now.items() if before.get(key) != value}


def _values(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Values that make a world, outside the calendar, by their dotted keys."""
    for name, value in table.items():
        if prefix or name not in ("acts", "extends", "focus", "observed", "question", "sources", "title", "without"):
            yield from _values(value, f"{prefix}{name}.") if isinstance(value, dict) else [(f"{prefix}{name}", value)]


def _plain(value: Any) -> Any:
    """The same for JSON: dates as text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


CARDS = (
    Card(
        "whatsapp-complies", "Meta complies", "What if Meta had answered every demand for data from 30 June 2020 on?",
        says="Meta answers every demand for data from {comply-meta.date} on.",
    ),
    Card(
        "whatsapp-blocked-90-days", "WhatsApp is blocked for 90 days",
        "What if WhatsApp had been blocked from 1 August to 30 October 2020?",
        says="WhatsApp is blocked for {block-whatsapp.days} days from {block-whatsapp.date}.",
    ),
    Card(
        "court-order-kept", "The court order stays",
        "What if the police still needed an order of a court for every demand?",
    ),
    Card("no-law", "No law", "What if the national security law had never come?"),
    Card(
        "outage-of-two-days", "An outage of two days", "What if WhatsApp had failed for two days in October 2021?",
        ("outage platform=WhatsApp days=2 date=2021-10-04",),
        "An outage of {asked-1.platform} of {asked-1.days} days, from {asked-1.date} on.",
    ),
    Card("companies-comply", "Every company complies", "What did the companies protect that stopped answering?"),
    Card("early-pause", "Companies pause before the law", "What if the companies had paused before the law, together?"),
    Card("companies-exit", "Western companies leave", "What if the companies had left the city?"),
    Card(
        "telegram-blocked", "Telegram is blocked for good",
        "What if Telegram had been blocked on 1 August 2020, and taken out of the stores?",
        says="Telegram is blocked for good, and taken out of the stores, from {block-telegram.date} on.",
    ),
    Card(
        "autonomy-lost", "The city loses its autonomy",
        "What if sanctions against platforms had cost the city nothing as a hub?",
        says="The city's autonomy is {regulators.Beijing.autonomy}, from 0 to 1.",
    ),
    Card(
        "clear-terms", "The law is clear", "What if the law had left less open what it forbids?",
        says="How much the law leaves open is {law.vagueness}, from 0 to 1.",
    ),
    Card(
        "stops-public", "Every stop is public", "What if it were public within a day that a company stops answering?",
        says="A silent stop becomes public at a rate of {press.disclosure_rate} a day.",
    ),
    Card(
        "interoperability", "Messages cross apps",
        "What if half of all messages could have been sent from any messenger to any other?",
        says="A share of {interoperability.reach} of all messages can be sent from any messenger to any other.",
    ),
    Card(
        "court-order-if-three-pause", "The court order returns",
        "What if the court order had come back as soon as three companies paused?",
        says="The court order comes back as soon as {court-order-returns.when.count} companies have paused in public.",
    ),
    Card(
        "interoperability-if-tenth-lost", "WhatsApp is blocked, then messages cross apps",
        "What if WhatsApp had been blocked for 90 days, and then messages had to cross apps?",
        says="WhatsApp is blocked for {block-whatsapp.days} days from {block-whatsapp.date}; messages then cross apps.",
    ),
)  # fmt: skip
"""In the order of the page: those that a newcomer asks first."""


def cards_of(path: str, base: Scenario) -> tuple[Card, ...]:
    """The questions of a world: those of Hong Kong, and elsewhere what can be asked of any, about its largest app."""
    if path == BASE:
        return CARDS
    app = max(base.platforms, key=lambda name: base.platforms[name].share)
    day = base.date(base.days // 2)
    on, named = day_in_words(day), shlex.quote(app)
    return (
        Card(
            "largest-blocked", f"{app} is blocked for 30 days", f"What if {app} were blocked for 30 days from {on}?",
            (f"order-block platform={named} for_days=30 date={day}",),
            f"{app} is blocked for {{asked-1.for_days}} days from {{asked-1.date}}.", path,
        ),
        Card(
            "largest-fails", "An outage of two days", f"What if {app} failed for two days from {on}?",
            (f"outage platform={named} days=2 date={day}",),
            "An outage of {asked-1.platform} of {asked-1.days} days, from {asked-1.date} on.", path,
        ),
    )  # fmt: skip


def chosen(names: Sequence[str]) -> list[Card]:
    """The cards of some names, each once, in the order of the page.

    Raises:
        ScenarioError: There is none of a name.
    """
    known = {card.name: card for card in CARDS}
    for name in names:
        if name not in known:
            raise ScenarioError.at("--only", "", f"questions, of {', '.join(known)}", show(name), known, name)
    return [card for card in CARDS if card.name in names]
