"""The law as it stands on a day: what is in force, what is public, and which acts made it so."""

from dataclasses import dataclass, field

from sim.scenario import institutions as spec

NOT_YET_PUBLIC = 1.0
"""Vagueness of a law whose text no one outside the government has read: everything may be forbidden."""


@dataclass(slots=True)
class LawState:
    """The legal regime. Acts of the calendar change it; companies, police and press read it."""

    name: str
    terms_vagueness: float
    in_force: bool
    court_order_required: bool
    text_public: bool
    suspicion: float = 0.0
    rules_gazetted: bool = False
    unlawful_for: dict[str, int] = field(default_factory=dict)
    """Companies for which a court has held the demands unlawful, with the act that says so."""
    sources: dict[str, int] = field(default_factory=dict)
    """Acts behind the present regime, by what they did: announced, enacted, gazetted."""

    @classmethod
    def at_start(cls, law: spec.Law) -> "LawState":
        """The regime that the scenario starts with; the text of a law in force is public unless an act hid it."""
        return cls(
            law.name,
            law.vagueness,
            law.in_force,
            law.court_order_required,
            text_public=law.in_force,
            suspicion=law.suspicion,
        )

    @property
    def vagueness(self) -> float:
        """V: how far the law in force leaves open what is forbidden, from 0 to 1; without a public text it is 1."""
        if not self.in_force:
            return 0.0
        return self.terms_vagueness if self.text_public else NOT_YET_PUBLIC
