"""What people meet on a day, and what they did: the only two things that pass between institutions and people."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What people meet on a day. K platforms, J internet service providers (ISPs)."""

    day: int
    salience: float
    """S(t), eq. (1): attention to surveillance."""
    risk: Floats
    """(K,) risk index R_k, eq. (2); 1 is the break-even level."""
    access: Floats
    """(K, J) usability of a platform as an ISP leaves it, from 0 (blocked) to 1 (free)."""
    installable: Flags
    """(K,) false once a platform is out of the stores or its owner has left."""
    interoperability: float
    """iota: share of the missing contacts who can be reached from outside the app."""
    arrests: float
    """Arrests per day, mean of 30 days."""
    disclosing: Flags
    """(K,) whether the owner may hand over data. People do not react to it; only ``safe_reach`` reads it."""
    fear: float = 0.0
    """F(t), eq. (1): what acts of the state leave in people who speak."""
    alarm: float = 0.0
    """S_v(t): the part of the salience that acts of the state drew."""
    access_attention: float = 0.0
    """S_a(t): attention to blocks, throttles and outages."""
    named: Floats | None = None
    """(K,) N_k(t): attention that names the platform; none when absent."""
    announced: Floats | None = None
    """(K,) share of the platform's use that an order announced for later is going to take; none when absent."""
    down: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    """Platforms that work for no one during a part of the day, from and to as fractions of it."""
    vpn: Floats | None = None
    """(J,) what an ISP leaves of the usability of a VPN; all of it when absent."""


@dataclass(frozen=True, slots=True)
class Day:
    """What people did on a day, in simulated persons. K platforms, in the order of the scenario."""

    holders: Counts
    """(K,) people who hold the app at the end of the day."""
    installs: Counts
    """(K,) adoptions of the day."""
    first_installs: Counts
    """(K,) adoptions by people who had never held the app."""
    removals: Counts
    """(K,) people who dropped the app that day."""
    trials: Counts
    """(K,) holders who have the app on trial."""
    usage_share: Floats
    """(K,) usage share U_k within the platform's type, eq. (7), mean over the panel."""
    daily_users: Floats
    """(K,) people expected to use the app on a day like this one, eq. (7)."""
    weekly_users: Floats
    """(K,) people expected to use it within a week of such days."""
    monthly_users: Floats
    """(K,) people expected to use it within thirty such days."""
    multi_homing: int
    """People who hold two or more apps."""
    flows: Counts
    """(K+1, K+1) panel members whose primary app moved from row to column; the last index is 'none'."""
    panel: int
    """People in the panel."""
    vpn: int
    """People with a VPN."""
    vpn_installs: int
    """People who took a VPN that day."""
    speaking: int
    """People who speak publicly about politics."""
    deletions: int
    """Posts deleted that day."""
    safe_reach: float
    """Share of the panel's ties whose ends share an app that both can use and whose owner hands over nothing."""
