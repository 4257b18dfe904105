"""Small worlds in which every rule of a person's day fires many times within a month."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.population import Conditions
from sim.scenario.institutions import Isp
from sim.scenario.population import Platform
from sim.scenario.population import Population as Spec

ISPS = {"A": Isp(share=0.5), "B": Isp(share=0.3), "C": Isp(share=0.2)}
DAYS = 30

WITHOUT_GAINS: dict[str, Any] = {
    "search": "each", "standing": "drawn", "dark_rate": 0.0, "moved_use": 0.0, "attention_use": 0.0, "curiosity": 0.0,
    "vpn_loss_rate": 0.0, "entrant_worth": 0.0, "holdings_correlation": 0.0,
}  # fmt: skip
"""Every part of the form of who gains switched off."""

LIVELY: dict[str, Any] = WITHOUT_GAINS | {
    "users": 150, "revision_rate": 0.06, "inertia": 1.0, "gamma": 3.0, "substitution": 0.1, "redundancy": 0.4,
    "trial_rate": 0.4, "trial_days": 6.0, "attention_peers": 0.8, "concern_mean": 1.5,
    "loss_rate": 1.5, "loss_days": 4.0, "loss_remnant": 0.2, "expected_movement": 3.0, "anticipation": 0.4,
    "patience_days": 5.0, "block_cost": 1.5, "acquaintances": 4.0, "awareness_rate": 0.3, "outside_value": 0.5,
    "sessions": 2.0, "offline_share": 0.05,
    "vpn_share": 0.15, "vpn_rate": 0.08, "vpn_usability": 0.8, "vpn_inertia": 2.0, "vpn_memory_days": 6.0,
    "speak_rate": 0.25, "group_move_rate": 0.2, "threshold_low": 0.05,
}  # fmt: skip

MIXED = {
    "W": Platform(share=0.8),
    "N": Platform(share=0.6, type="network"),
    "T": Platform(share=0.3, pull=0.4),
    "E": Platform(share=0.0, wanted=0.3, awareness=0.02),
    "V": Platform(share=0.5, type="video", outside=0.3),
    "L": Platform(share=0.25, vpn=False, pull=-0.3),
    "M": Platform(share=0.3, type="network", awareness=0.5, vpn=False),
    "Z": Platform(share=0.0, type="network", awareness=0.6),
}
"""Two types with rivals and one without, an app that enters, one that nobody wants, and two that no VPN brings back."""

FOUR = {
    "W": Platform(share=0.85), "T": Platform(share=0.2, pull=0.4), "C": Platform(share=0.54, awareness=0.9),
    "S": Platform(share=0.05, pull=-0.3),
}  # fmt: skip

GAINS: dict[str, Any] = {
    "search": "view", "view_size": 0.7, "view_contacts": 1.5, "view_naming": 3.0, "dark_rate": 3.0, "moved_use": 0.6,
    "attention_use": 0.8, "curiosity": 2.0, "vpn_loss_rate": 0.05, "entrant_worth": 0.4,
}  # fmt: skip
"""Every part of the form of who gains."""


@dataclass(frozen=True)
class World:
    """A world's people, platforms and calendar."""

    name: str
    contagion: str = "simple"
    platforms: dict[str, Platform] = field(default_factory=lambda: MIXED)
    steps: int = 1
    changes: dict[str, Any] = field(default_factory=dict)
    standing: bool = False
    """Whether orders against two platforms stand before the first day."""

    def spec(self) -> Spec:
        return Spec(**LIVELY | {"contagion": self.contagion} | self.changes)

    def standing_access(self) -> np.ndarray | None:
        if not self.standing:
            return None
        access = np.ones((len(self.platforms), len(ISPS)))
        access[0, 1] = 0.2
        access[-2, :] = 0.0
        return access

    def conditions(self, day: int) -> Conditions:
        """A month of orders, leaks, outages, announcements, attention and a mandate.

        Platforms are met by their place: the first is blocked, the second throttled, the third and others go down.
        """
        apps = len(self.platforms)
        access = np.ones((apps, len(ISPS)))
        down: dict[int, tuple[float, float]] = {}
        announced, named, vpn = np.zeros(apps), np.zeros(apps), np.ones(len(ISPS))
        if self.standing and day < 9:
            access = self.standing_access()
        if 8 <= day < 17:  # shut to most, at first on two of three providers, then on the largest alone
            access[0] = (0.0, 0.05, 1.0) if day < 13 else (0.0, 0.9, 0.95)
        if 12 <= day < 21:  # throttled, harder after a while, lighter before it ends
            access[1 % apps] = (0.6, 1.0, 0.3) if day < 15 else (0.35, 0.9, 0.3) if day < 18 else (0.7, 0.95, 0.6)
        if 6 <= day < 16:  # a platform that no VPN brings back, in MIXED
            access[5 % apps] = np.minimum(access[5 % apps], 0.1)
        if 5 <= day < 8:
            announced[0] = 0.7
        if 10 <= day < 18:
            announced[2 % apps] = 1.0
        if 18 <= day < 22:
            announced[-1] = 0.5
        if day >= 3:
            named[3 % apps] = 2.0 * np.exp(-(day - 3) / 6)
        if day >= 10:
            named[-1] = 4.0
        if day >= 12:
            named[1 % apps] += 1.2 * np.exp(-(day - 12) / 6)
            vpn[1] = 0.0
            vpn[2] = 0.55
        if day in (19, 20):
            down[2 % apps] = (0.25, 0.75)
        if day == 23:
            down[0] = (0.0, 1.0)
        if day in (24, 26):
            down[4 % apps] = (0.4, 1.0)
            down[0] = (0.1, 0.35)
        installable = np.ones(apps, bool)
        installable[-2:] = not 15 <= day < 24
        return Conditions(
            day=day,
            salience=0.0 if day < 5 else float(np.exp(-(day - 5) / 9)),
            risk=np.linspace(1.3, 0.1, apps),
            access=access,
            installable=installable,
            interoperability=0.4 if 20 <= day < 25 else 0.0,
            arrests=0.7 if day >= 10 else 0.0,
            disclosing=np.arange(apps) % 2 == (day > 20),
            fear=0.0 if day < 5 else float(np.exp(-(day - 5) / 50)),
            alarm=0.0 if day < 5 else 0.2 * float(np.exp(-(day - 5) / 9)),
            access_attention=0.0 if day < 8 else 0.5 * float(np.exp(-(day - 8) / 9)),
            named=named if day else None,
            announced=announced if day else None,
            down=down,
            vpn=vpn if day else None,
        )


WORLDS = [
    World("H0", "none"),
    World("H1"),
    World("H2", "threshold"),
    World("H3", "group"),
    World("four messengers", platforms=FOUR),
    World("hours", steps=4),
    World("thirds of a day", "none", steps=3, platforms=FOUR),
    World("H3 in sub-steps, groups of 5", "group", steps=2, changes={"group_size": 5, "users": 153}),
    World("orders that stand", standing=True),
    World("reach by holding", changes={"reach": "held", "block_cost": 4.0}),
    World("reach by holding, H2", "threshold", changes={"reach": "held", "patience_days": 0.0}),
    World("no patience", changes={"patience_days": 0.0}),
    World("correlated holdings, many offline", changes={"holdings_correlation": 0.5, "offline_share": 0.18}),
    World("one app", platforms={"only": Platform(share=0.4)}, changes={"trial_rate": 0.0}),
    World("one network", platforms={"only": Platform(share=0.4, type="network")}),
    World("short memories", changes={"peer_memory_days": 0.4, "vpn_memory_days": 0.7, "loss_days": 0.3}),
    World("by what is in view", standing=True, changes=GAINS | {"standing": "settled"}),
    World("by what is in view, hours", steps=4, changes=GAINS | {"reach": "held", "view_contacts": 5.0}),
    World("plain", changes={"redundancy": 0.0, "expected_movement": 0.0, "vpn_inertia": 0.0, "outside_value": 0.0,
                            "anticipation": 0.0, "substitution": 0.0, "block_cost": 0.0}),
]  # fmt: skip
