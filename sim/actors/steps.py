"""Why regulators act: the terms of eq. (18) as clauses, and the acts by which companies defy or comply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.actors import ladder
from sim.actors.reasons import Reason

if TYPE_CHECKING:
    from sim.actors.company import Company
    from sim.actors.regulator import Committee

COMPLIED = ("resume", "obey", "meet a demand", "leave")
"""Acts by which a company ends its defiance."""


def reasons_to_step_up(committee: Committee, company: Company) -> list[Reason]:
    """Terms of (18) that move a committee to the next rung, in units of its noise; the centre takes off of the cost."""
    rung, spec = company.rung + 1, committee.spec
    kind = company.defied() or "data"
    gain = spec.gain * (company.yielding(kind, rung) - company.yielding(kind, rung - 1)) / spec.ladder_noise
    alone, together = committee.cost(company, rung, alone=True), committee.cost(company, rung)
    taken_off = (alone - together) / spec.ladder_noise
    less = "less" if taken_off >= 0.0 else "more"
    terms = [
        Reason("gain", gain, "the step made it likelier to give in"),
        Reason("centre", taken_off, f"the centre had a say and bore {less} of the cost"),
        Reason("cost", -alone / spec.ladder_noise, "it cost the city more than it promised"),
    ]
    if rung >= ladder.FIRST_TECHNICAL_RUNG:
        terms.append(Reason("traffic", 0.0, "enough of its traffic was objectionable", always=True))
    return terms


def why_ask_less(company: Company) -> str:
    """Why the police ask a company for less, as its sentence has it."""
    if not company.announced:
        return "its answers brought less data"
    return f"it had said that it would not answer{' for now' if company.stance == 'pause' else ''}"


def defiance(company: Company) -> tuple[int, ...]:
    """The act that a company defies, a demand, or by which it has made its defiance of the law public."""
    kind, known = company.docket.unmet(), company.model.press.known
    if kind is not None:
        return (company.docket.demands[kind].act,)
    return (known[company.name],) if company.name in known else ()


def compliance(company: Company) -> tuple[int, ...]:
    """The last act by which a company ended its defiance, if there is one."""
    for act in reversed(company.model.chronicle.acts):
        by_itself = act.actor == company.name and act.verb in COMPLIED
        if by_itself or (act.verb == "take a stance" and act.target == company.name):
            return (act.id,)
    return ()
