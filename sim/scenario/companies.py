"""Companies: what they are asked, what they have to lose, how they decide and bargain (ODD 7.4)."""

from typing import Annotated

from pydantic import Field

from sim.scenario.fields import Table, fraction, odds, parameter, plus, several, times, within
from sim.scenario.institutions import DemandKind
from sim.scenario.stances import Stance

DISPUTES = "delays of disputes in eighteen cases, by leave-one-out: docs/validation.md"


class RequestStream(Table):
    """Demands of one type that a company receives."""

    rate: float = parameter(
        ..., "requests before the law", unit="1/day", symbol="lambda_f0", ge=0.0, le=1000.0,
        plausible=times(2.0, "where no report counts requests: half to twice"),
    )  # fmt: skip
    produced: float = fraction(
        ..., "share answered with data while requests are processed", symbol="kappa_f",
        plausible=odds(0.7, "where no report counts answers: half to twice the odds"),
    )  # fmt: skip
    produced_when_paused: float = fraction(0.0, "share still answered during a pause (emergencies)", symbol="kappa_e")
    since_law: bool = parameter(
        False, "whether the type exists only while the law is in force and no court order is needed", status="setting"
    )
    accounts: float = parameter(
        1.1, "accounts named per request", unit="accounts", ge=0.0, le=100.0, status="measured",
        source="evidence/hong-kong-2020/transparency.csv: 2020H2 | Facebook/Meta | accounts_specified; over 202",
    )  # fmt: skip


class Removals(Table):
    """Orders to take content down: a channel of its own, which a pause of data requests does not close."""

    rate: float = parameter(
        0.0, "removal orders", unit="1/day", ge=0.0, le=1000.0,
        plausible=times(2.0, "where no report counts requests: half to twice"),
    )  # fmt: skip
    accepted: float = fraction(
        0.5, "share obeyed, whatever the stance on data", symbol="kappa_rem",
        plausible=odds(0.7, "where no report counts removals: half to twice the odds"),
    )  # fmt: skip


class Company(Table):
    """A company that holds data on users."""

    group: str = parameter("western", "group in which companies read one another's announcements", status="setting")
    listens_to: dict[str, Annotated[float, Field(ge=0.0, le=1.0)]] = parameter(
        {"western": 1.0}, "weight of an announced peer, by the peer's group", symbol="W_fg"
    )
    platforms: tuple[str, ...] = several((), "platforms that it owns, which follow its stance", status="setting")
    stance: Stance = parameter("process", "stance at the start", status="setting")
    requests: dict[str, RequestStream] = parameter({}, "demands received, by type", status="setting")
    removals: Removals = parameter(Removals(), "content-removal orders", status="setting")
    processing_days: float = parameter(
        14.0, "mean time to answer a request", unit="days", ge=0.0, le=365.0,
        plausible=times(2.0, "a week to a month"),
    )  # fmt: skip

    cutoff: float = parameter(
        0.4, "belief in political use above which pausing is worth its cost, when no sanction has been threatened",
        symbol="p*_f", gt=0.0, lt=1.0,
        plausible=odds(0.4, "a tier, not a measurement: who is in it is known, where it lies is not"),
    )  # fmt: skip
    cooperation_value: float = parameter(
        1.0, "value per day of cooperating under a benign law", unit="stakes", symbol="g_f", gt=0.0, le=10.0,
        plausible=times(1.2, "the unit of stakes; companies differ around it"),
    )  # fmt: skip
    market: float = parameter(
        1.0, "worth of the market to the company, beside Hong Kong's: it scales what cooperation, friction and "
        "sanctions are worth, and not the harm of a wrongful answer, which is felt everywhere",
        symbol="m_f", gt=0.0, le=100.0,
        plausible=times(2.0, "coarse steps by economy and income"),
    )  # fmt: skip
    friction: float = parameter(
        0.1, "cost per day of pausing when no sanction has been threatened", unit="stakes", symbol="c_f",
        ge=0.0, le=10.0,
        plausible=times(3.0, "small beside the value of the market, how small is not known"),
    )  # fmt: skip
    human_rights_weight: float = parameter(
        1.0, "weight of wrongful disclosure, and of free expression, in the company's stakes", symbol="w_f",
        ge=0.0, le=5.0,
        plausible=times(1.5, "public commitments, not conduct"),
    )  # fmt: skip
    precedent: float = parameter(
        0.0, "harm of being asked everywhere for what is given in to for the first time, in any kind of demand",
        unit="stakes", symbol="k_f", ge=0.0, le=20.0,
    )  # fmt: skip
    ambiguity_aversion: float = fraction(0.0, "belief added per unit of the law's vagueness", symbol="epsilon_a")
    local_staff: bool = parameter(
        True, "whether it has staff on the spot: liable in person, and heedful of deadlines", status="setting"
    )
    review_days: float = parameter(
        90.0, "mean length of human-rights due diligence", unit="days", status="borrowed", symbol="1/delta",
        source="Google took 45 days, Meta never ended its review", gt=0.0, le=3650.0,
        plausible=times(2.0, "one review took 45 days, others never ended"),
    )  # fmt: skip
    mlat_leaning: float = parameter(
        -2.0, "leaning to mutual legal assistance when a review ends", unit="logits", ge=-8.0, le=8.0,
        plausible=plus(1.0, "one company of nine turned to it"),
    )  # fmt: skip
    refuse_leaning: float = parameter(
        -4.0, "leaning to refuse for good when a review ends", unit="logits", ge=-8.0, le=8.0,
        plausible=plus(1.0, "set by what companies said of themselves"),
    )  # fmt: skip
    exit_leaning: float = parameter(
        -6.0, "leaning to leave the market when it reconsiders", unit="logits", ge=-8.0, le=8.0,
        plausible=plus(1.0, "one exit, of TikTok"),
    )  # fmt: skip
    withdraw_leaning: float = parameter(
        -8.0, "leaning to close the office, with the platforms left open, when it reconsiders", unit="logits",
        ge=-8.0, le=8.0,
        plausible=plus(1.0, "none was seen here"),
    )  # fmt: skip
    exits_instead: bool = parameter(False, "whether it leaves the market where others would pause", status="setting")
    exit_days: float = parameter(4.0, "days from announcing an exit to leaving", unit="days", ge=0.0, le=365.0)


class Decision(Table):
    """How companies come to believe and decide: shared by all of them."""

    prior: float = parameter(
        0.15, "prior probability that the law is used politically", status="calibrated", symbol="p_0",
        source="Hong Kong announcements of July 2020, first numerical study", gt=0.0, lt=1.0,
    )  # fmt: skip
    court_weight: float = parameter(
        4.0, "weight against political use while a court order is needed; fitted by nothing (docs/limits.md)",
        unit="logits", symbol="omega_court", ge=0.0, le=6.0,
        plausible=within(0.0, 6.0, "fitted by nothing: from no comfort at all to one that outweighs any doubt"),
    )  # fmt: skip
    rules_weight: float = parameter(
        1.0, "weight of gazetted rules in the belief in political use", unit="logits", status="calibrated",
        symbol="omega_rules", source="Hong Kong announcements of July 2020, first numerical study", ge=0.0, le=4.0,
        plausible=times(2.0, "one episode"),
    )  # fmt: skip
    peer_weight: float = parameter(
        0.693, "weight of each announced peer in the belief in political use", unit="logits", status="borrowed",
        symbol="omega", source="Anderson & Holt 1997: signals of precision 2/3, ln 2", ge=0.0, le=3.0,
        plausible=times(2.0, "a laboratory experiment with students"),
    )  # fmt: skip
    society_weight: float = parameter(
        0.2, "weight of civil-society pressure in the belief in political use", unit="logits", symbol="omega_cs",
        ge=0.0, le=4.0, plausible=times(3.0, "not observed"),
    )  # fmt: skip
    users_weight: float = parameter(
        10.0, "weight of users lost since the law in the decision to pause", unit="logits", symbol="omega_u", ge=0.0,
        le=100.0,
        plausible=times(3.0, "not observed: no company said that it paused because users left"),
    )  # fmt: skip
    meeting_rate: float = parameter(
        1.0, "rate of meetings that can decide", unit="1/day", status="calibrated", symbol="nu",
        source="Hong Kong announcements of July 2020, first numerical study", ge=0.0, le=10.0,
    )  # fmt: skip
    occasion_days: float = parameter(
        7.0, "time for which a deadline or a new sanction makes companies meet on a demand", unit="days",
        symbol="tau_o", gt=0.0, le=90.0,
        plausible=times(2.0, "days to two weeks before a deadline"),
    )  # fmt: skip
    noise: float = parameter(
        0.5, "noise of a decision", unit="logits", status="calibrated", symbol="tau_f",
        source="Hong Kong announcements of July 2020, first numerical study", gt=0.01, le=5.0,
        plausible=times(1.5, "one episode"),
    )  # fmt: skip
    demand_stakes: dict[DemandKind, Annotated[float, Field(ge=0.0, le=5.0)]] = parameter(
        {"data": 1.0, "registration": 0.25, "takedown": 0.4},
        "harm that a company fears from wrongly meeting a demand, by kind of demand, relative to user data",
        status="borrowed",
        source="cross-case table of company responses: data is refused, registration half the time met",
    )  # fmt: skip


class Bargaining(Table):
    """What holding out is worth in a dispute between a company under pressure and the state, the same in all."""

    # Medians of what the delays of eighteen cases leave (results/disputes/constants.csv has intervals and the best).
    company_days: float = parameter(
        100.0, "days for which a company feels that it has given in: the harm, and what others then ask of it",
        unit="days", symbol="T_f", gt=0.0, le=1e9, status="calibrated", source=DISPUTES,
    )  # fmt: skip
    state_days: float = parameter(
        100.0, "days for which a state has the gain of a company that gives in", unit="days", symbol="T_g", gt=0.0,
        le=1e9, status="calibrated", source=DISPUTES,
    )  # fmt: skip
    standing: float = parameter(
        0.1, "standing that a day of open defiance costs a state, while the company's platforms are in use",
        unit="stakes", symbol="c_0", ge=0.0, le=10.0, status="calibrated", source=DISPUTES,
    )  # fmt: skip
    principle: float = parameter(
        20.0, "what a day of refusing a demand in a dispute is worth whoever makes it, for one of user data: promises "
        "to users everywhere, and what others would ask", unit="stakes", symbol="b", ge=0.0, le=1e4,
        status="calibrated", source=DISPUTES,
    )  # fmt: skip
    stakes_spread: float = parameter(
        2.0, "standard deviation of the log of what a demand is worth to a side, among demands of a kind: what the "
        "model cannot know of a dispute", symbol="sigma_b", ge=0.0, le=6.0, status="calibrated", source=DISPUTES,
    )  # fmt: skip
