"""The questions that are asked of Hong Kong: on a card in a few words that give no answer away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.analyses.ask.question import ask, to_file
from sim.scenario.errors import ScenarioError, show
from sim.scenario.files import load
from sim.scenario.names import locate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sim.scenario.schema import Scenario

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
    """

    name: str
    words: str
    asks: str
    acts: tuple[str, ...] = ()

    def world(self, overrides: Sequence[str] = ()) -> Scenario:
        """The world that it asks about.

        Raises:
            ScenarioError: An override is refused.
        """
        if not self.acts:
            return load(self.name, overrides)
        return ask(BASE, self.acts, (), overrides)

    def text(self, place: Path) -> str:
        """The scenario file of the world, as it would be saved at ``place``."""
        if not self.acts:
            return locate(self.name).read_text(encoding="utf-8")
        return to_file(BASE, self.world(), self.acts, (), place)


CARDS = (
    Card("whatsapp-complies", "Meta complies", "What if Meta had answered every demand for data from 30 June 2020 on?"),
    Card(
        "whatsapp-blocked-90-days", "WhatsApp is blocked for 90 days",
        "What if WhatsApp had been blocked from 1 August to 30 October 2020?",
    ),
    Card(
        "court-order-kept", "The court order stays",
        "What if the police still needed an order of a court for every demand?",
    ),
    Card("no-law", "No law", "What if the national security law had never come?"),
    Card(
        "outage-of-two-days", "An outage of two days", "What if WhatsApp had failed for two days in October 2021?",
        ("outage platform=WhatsApp days=2 date=2021-10-04",),
    ),
    Card("companies-comply", "Every company complies", "What did the companies protect that stopped answering?"),
    Card("early-pause", "Companies pause before the law", "What if the companies had paused before the law, together?"),
    Card("companies-exit", "Western companies leave", "What if the companies had left the city?"),
    Card(
        "telegram-blocked", "Telegram is blocked for good",
        "What if Telegram had been blocked on 1 August 2020, and taken out of the stores?",
    ),
    Card(
        "autonomy-lost", "The city loses its autonomy",
        "What if sanctions against platforms had cost the city nothing as a hub?",
    ),
    Card("clear-terms", "The law is clear", "What if the law had left less open what it forbids?"),
    Card("stops-public", "Every stop is public", "What if it were public within a day that a company stops answering?"),
    Card(
        "interoperability", "Messages cross apps",
        "What if half of all messages could have been sent from any messenger to any other?",
    ),
    Card(
        "court-order-if-three-pause", "The court order returns",
        "What if the court order had come back as soon as three companies paused?",
    ),
    Card(
        "interoperability-if-tenth-lost", "WhatsApp is blocked, then messages cross apps",
        "What if WhatsApp had been blocked for 90 days, and then messages had to cross apps?",
    ),
)  # fmt: skip
"""In the order of the page: those that a newcomer asks first."""


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
