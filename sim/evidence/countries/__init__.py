"""Patterns of other countries. Behaviour is that of Hong Kong, unchanged; only shock, market, demands and ISPs differ.

The names of platforms, companies and ISPs are those that the scenario files of these countries use.
"""

from __future__ import annotations

from sim.evidence.countries.germany import germany
from sim.evidence.countries.indonesia import indonesia
from sim.evidence.countries.korea import korea_company, korea_users
from sim.evidence.countries.nigeria import nigeria_company, nigeria_users
from sim.evidence.countries.turkey import turkey
from sim.evidence.countries.uganda import uganda
from sim.evidence.countries.vietnam import vietnam
from sim.evidence.patterns import Pattern


def country_patterns() -> tuple[Pattern, ...]:
    """Germany, Korea, Nigeria, Turkey, Indonesia, Vietnam; and Uganda, written by the guide for a new case."""
    return (
        germany(),
        korea_users(),
        korea_company(),
        nigeria_users(),
        nigeria_company(),
        turkey(),
        indonesia(),
        vietnam(),
        uganda(),
    )
