"""A company under pressure on a tiny world, with rules of bargaining that can be worked out on paper.

Sixty people hold one app or not; who is cut off is set by hand.
"""

from tests.actors.firms import NO_LAW, firm
from tests.actors.worlds import act

PRIOR = 0.9
"""Far above every cut-off used here: refusing is worth something."""
FEARS = {"data": 1.0, "registration": 0.25, "takedown": 0.4}
IN_FORCE = {"in_force": True, "court_order_required": False, "vagueness": 0.0}
HARM = 1.1 / 0.4 - 1.0
BUSINESS = 0.1


def table(*acts, spec=None, tables=None, **draws):
    """A firm under no law, with the rules of bargaining that these tests reckon with and hardly an occasion."""
    tables = {
        "law": NO_LAW,
        "decision": {"prior": PRIOR, "noise": 0.5, "meeting_rate": 0.0},
        **(tables or {}),
    }
    return firm(acts, tables, {"review_days": 3650.0} | (spec or {}), **draws)


def demand(of="takedown", day=0, number=0, **fields):
    return act("demand", day, number, of=of, companies=["Firm"], by="Ministry", **fields)


def rung(number, day=0):
    return act("escalate", day, companies=["Firm"], rung=number)


def cut_off(model, share):
    """Let the one ISP take a share of the app's use from those who have no VPN, and all be such; give the holders."""
    model.population.people["vpn"] = 0
    model.isps["Net"].access[0] = 1.0 - share
    return int((model.population.people["hold"] & 1).sum())


def by_parts(*parts, **fields):
    return demand(parts=list(parts), **fields)
