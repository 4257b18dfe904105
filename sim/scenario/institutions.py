"""Law, regulators, ISPs, press and civil society: what each is and what moves it (ODD 7.1, 7.5, 7.6)."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.fields import (
    Fault,
    Table,
    days,
    fraction,
    logits,
    odds,
    parameter,
    per_day,
    plus,
    setting,
    several,
    stakes,
    times,
    within,
)
from sim.scenario.stances import Stance

DemandKind = Literal["data", "registration", "takedown"]
"""What the government asks for; companies fear wrongful disclosure from the first far more than from the others."""
DEMANDED: dict[DemandKind, str] = {
    "data": "user data", "registration": "registration", "takedown": "the takedown of content"
}  # fmt: skip
"""The same in words."""

COURT_AGAIN = "that data may be demanded only by court order"
"""How it is told that a court order is needed again."""
FIRST_TECHNICAL_RUNG = 4
"""Rung from which on (throttle, block, store ban) orders go against platforms, and reach people as well."""
RUNGS = ("request", "order", "notice", "staff liability", "throttle", "block", "store ban")
"""The escalation ladder, rung 0 to 6."""
THREATS = (
    "no more than a request",
    "an order",
    "a notice of an offence",
    "the liability of staff",
    "a slowdown",
    "a block",
    "removal from stores",
)
"""What standing on a rung of the ladder is called, as a threat or as what a company stands under."""


# Of each number: name, value and meaning first, what else is known of it on the lines below.
# fmt: off
class Law(Table):
    """The legal regime before any act of the calendar changes it."""

    name: str = setting("national security law", "name of the law")
    in_force: bool = setting(False, "whether it is in force at the start")
    court_order_required: bool = setting(True, "whether authorities need a court order before they demand data")
    suspicion: float = logits(0.0,
        "weight of the government's record in the belief in political use; Hong Kong's was 0", symbol="omega_g",
        ge=-6.0, le=6.0, plausible=plus(0.5, "half a logit: two freedom indices place a country that far apart"))
    vagueness: float = fraction(0.8, "how far the terms leave open what is forbidden, once the law is in force",
        symbol="V", plausible=odds(1.0, "lawyers differ"))


class Police(Table):
    """Those who ask for data and order sites blocked."""

    role: Literal["police"] = setting("police", "role")
    capacity: float = per_day(50.0, "requests sent per day at most", gt=0.0, le=10000.0,
        plausible=times(2.0, "never reached in the reports"))
    floor_paused: float = fraction(0.53, "share of requests that goes on while the answer is 'not now'", symbol="chi_0",
        calibrated="eq. 17 on Facebook 262, 202, 152 requests per half-year, 2020H1 to 2021H1 (bootstrap 0.24 to 0.62)",
        plausible=odds(0.7, "one company of one country"))
    floor_final: float = fraction(0.05, "share of requests that goes on once the answer is final", symbol="chi_0",
        calibrated="eq. 17 on Google 135, 42, 7, 3, 9, 11 requests per half-year, 2020H1 to 2022H2",
        plausible=odds(0.7, "one company of one country"))
    adaptation_days_paused: float = days(120.0, "time in which demand adapts to a pause", symbol="T_lambda",
        calibrated="eq. 17 on Facebook half-years (bootstrap 61 to 339)", gt=0.0, le=3650.0,
        plausible=times(2.0, "one company of one country"))
    adaptation_days_final: float = days(20.0, "time in which demand adapts to a final answer", symbol="T_lambda",
        calibrated="eq. 17 on Google half-years", gt=0.0, le=3650.0, plausible=times(2.0, "one company of one country"))
    mlat_days: float = days(300.0, "mean delay of mutual legal assistance", symbol="G",
        borrowed="US review group: about ten months", gt=0.0, le=3650.0,
        plausible=times(1.5, "ten months on average in one report"))
    mlat_granted: float = fraction(0.1, "share of mutual-legal-assistance requests that end in data",
        plausible=odds(1.0, "few returns are public"))


class Committee(Table):
    """Those who climb the ladder against a company that does not comply."""

    role: Literal["committee"] = setting("committee", "role")
    ladder_rate: float = per_day(1 / 60, "rate at which the next rung is considered", symbol="epsilon", ge=0.0, le=1.0,
        plausible=times(3.0, "a month to half a year between steps of the cases that climbed"))
    ladder_noise: float = stakes(0.15, "noise of a step up the ladder", symbol="tau_r", gt=0.01, le=5.0,
        plausible=times(2.0, "not observed"))
    gain: float = stakes(1.0, "value to the government of a company that yields", symbol="G_f", ge=0.0, le=20.0,
        plausible=times(2.0, "the unit of stakes on the state's side"))
    rung_costs: tuple[Annotated[float, Field(ge=0.0, le=100.0)], ...] = stakes((0.0, 0.1, 0.4, 0.9, 2.0, 4.0, 5.0),
        "cost to the city of each rung, at full autonomy", symbol="C_r", min_length=7, max_length=7, strict=False)
    rung_sanctions: tuple[Annotated[float, Field(ge=0.0, le=100.0)], ...] = stakes((0.0, 0.0, 0.05, 0.2, 0.8, 1.5, 2.0),
        "cost per day to the company at each rung", symbol="Phi(r)", min_length=7, max_length=7, strict=False)
    staff_rung: int = setting(3, "rung that only companies with staff on the spot feel; 0 where the law has none",
        unit="rung", ge=0, le=6)
    highest_rung: int = setting(6, "highest rung the law provides for", unit="rung", ge=0, le=6)
    step_down_days: float = days(90.0, "days of compliance after which a rung is taken back", ge=1.0, le=3650.0,
        plausible=times(2.0, "not observed"))
    objection_value: float = stakes(1.0, "value of stopping objectionable traffic", symbol="alpha_act + alpha_bct",
        gt=0.0, le=10.0, plausible=times(2.0, "not observed"))
    traffic_value: float = stakes(0.25, "value of normal traffic to the city, at full autonomy",
        symbol="beta_ant + beta_bnt", ge=0.0, le=10.0, plausible=times(2.0, "not observed"))
    throttle_access: float = fraction(0.3, "usability of a platform that is throttled",
        plausible=odds(0.7, "reports from a tenth to a half of the usual speed"))


class Centre(Table):
    """The government above the city's."""

    role: Literal["centre"] = setting("centre", "role")
    autonomy: float = fraction(0.8, "weight of the city's own interest as a hub when escalation is weighed", symbol="A",
        plausible=odds(1.0, "scholars differ, and it falls"))
    escalation_cost: float = stakes(0.0, "cost to the centre of rungs 4 to 6", symbol="C_BJ", ge=0.0, le=20.0,
        plausible=times(2.0, "not observed"))


Regulator = Annotated[Police | Committee | Centre, Field(discriminator="role")]


Technique = Literal["dns", "ip", "sni"]
"""How an ISP blocks: it answers no request for the name, none for the address, or cuts the connection by the name."""


class Network(Table):
    """What internet service providers (ISPs) have in common, unless one says otherwise."""

    lag_days: float = days(3.0, "mean time from order to execution", symbol="D_j",
        assumed="HKChronicles, January 2021, bounds it: the four large networks within 8 days", gt=0.0, le=60.0)
    technique: Technique = setting("dns", "how ISPs block")
    leak: float = fraction(0.0, "share of traffic that blocks let through",
        plausible=odds(0.7, "measured for no country: half to twice"))
    # Nigeria 2021: all four mobile operators blocked, the smallest with perhaps 6 % of users; some fixed ISPs did not.
    national_share: float = fraction(0.05,
        "share of users from which on an ISP is a carrier of national size, which obeys late rather than never",
        symbol="w_n", plausible=times(2.0, "one country"))
    late_days: float = days(7.0, "mean further lag of a carrier of national size that does not obey at first",
        symbol="D_late", gt=0.0, le=365.0,
        borrowed="Vietnam 2025: carriers blocked Telegram 2 to 12 days after the order",
        plausible=times(2.0, "two cases"))


class Isp(Table):
    """An internet service provider with a licence to lose."""

    share: float = fraction(..., "share of users whose traffic it carries", symbol="w_j",
        plausible=times(1.3, "subscribers and traffic differ; what all carry together stays"))
    compliance: float = fraction(0.99, "probability that it executes an order when it comes, 0 if it is never told",
        symbol="c_j", borrowed="cross-case table: open refusal is very rare")
    lag_days: float | None = days(None, "mean time from order to execution; as network has it when absent",
        symbol="D_j", gt=0.0, le=60.0)
    technique: Technique | None = setting(None, "how it blocks; as network has it when absent")
    over_blocking: float = fraction(0.01, "share of co-hosted sites hit by each block", symbol="o_j",
        plausible=times(5.0, "known by order of magnitude"))
    leak: float | None = parameter(None, "share of traffic that its blocks let through; as network has it when absent",
        ge=0.0, le=1.0, plausible=odds(0.7, "measured for no provider: half to twice"))

    def within(self, network: Network) -> "Isp":
        """The same ISP with nothing left to what the network has in common."""
        own = {name: getattr(self, name) for name in ("lag_days", "technique", "leak")}
        common = {name: getattr(network, name) for name, value in own.items() if value is None}
        return self.model_copy(update=common) if common else self

    def chance_to_act(self, days: int, network: Network) -> float:
        """Chance that it acts within some days of an order; roughly so for a national carrier that may be late."""
        lag = self.lag_days or network.lag_days
        soon = self.compliance * -math.expm1(-days / lag)
        if self.share < network.national_share:
            return soon
        return soon + (1.0 - self.compliance) * -math.expm1(-days / (lag + network.late_days))


class Press(Table):
    """Attention to the law, and enquiries that bring silent pauses to light."""

    salience_days: float = days(16.0, "decay time of attention, of either topic", symbol="tau_S",
        calibrated="fourteen cases together, with the people: docs/fitting.md", gt=0.0, le=365.0,
        plausible=times(1.5, "one wave"))
    fear_days: float = days(365.0, "decay time of the fear that law and arrests leave in those who speak",
        symbol="tau_F", gt=0.0, le=3650.0, plausible=times(2.0, "half a year to two years"))
    salience_per_pause: float = parameter(0.02, "attention to surveillance that an announced pause draws",
        symbol="A_pause", ge=0.0, le=2.0, plausible=times(3.0, "not observed"))
    salience_per_block: float = parameter(0.5,
        "attention to access that an order to block a platform draws, and so does its announcement ahead",
        symbol="A_block", ge=0.0, le=5.0, plausible=times(2.0, "by the search for VPNs after blocks"))
    salience_per_arrest: float = parameter(0.01, "attention to surveillance, and fear, that an arrest draws",
        symbol="A_arrest", ge=0.0, le=2.0, plausible=times(3.0, "not observed"))
    disclosure_rate: float = per_day(0.05, "rate at which a silent pause becomes public by itself", symbol="nu_a",
        calibrated="Hong Kong announcements of July 2020, first numerical study", ge=0.0, le=5.0)
    enquiry_after_rules: float = per_day(0.3, "rise of that rate once rules are gazetted",
        calibrated="Hong Kong announcements of July 2020, first numerical study", ge=0.0, le=5.0,
        plausible=times(3.0, "one episode"))
    enquiry_per_announcement: float = per_day(0.45, "rise of that rate per company that has announced, up to five",
        calibrated="Hong Kong announcements of July 2020, first numerical study", ge=0.0, le=5.0)


class CivilSociety(Table):
    """Organisations that press companies to protect users."""

    pressure_days: float = days(30.0, "decay time of pressure", symbol="tau_cs", gt=0.0, le=365.0,
        plausible=times(2.0, "not observed"))
    pressure_per_act: float = parameter(1.0, "pressure raised when a law is announced or enacted", symbol="A_law",
        ge=0.0, le=10.0, plausible=times(2.0, "the unit of pressure"))
    pressure_per_arrest: float = parameter(0.02, "pressure raised by each person arrested", symbol="A_person", ge=0.0,
        le=10.0, plausible=times(3.0, "not observed"))


DISPUTES = "delays of thirty-four disputes: docs/validation.md"


class RequestStream(Table):
    """Demands of one type that a company receives."""

    rate: float = per_day(..., "requests before the law", symbol="lambda_f0", ge=0.0, le=1000.0,
        plausible=times(2.0, "where no report counts requests: half to twice"))
    produced: float = fraction(..., "share answered with data while requests are processed", symbol="kappa_f",
        plausible=odds(0.7, "where no report counts answers: half to twice the odds"))
    produced_when_paused: float = fraction(0.0, "share still answered during a pause (emergencies)", symbol="kappa_e",
        plausible=odds(0.7, "where no report counts emergencies: half to twice the odds"))
    since_law: bool = setting(False,
        "whether the type exists only while the law is in force and no court order is needed")
    accounts: float = parameter(1.1, "accounts named per request", unit="accounts", ge=0.0, le=100.0,
        measured="evidence/hong-kong-2020/transparency.csv: 2020H2 | Facebook/Meta | accounts_specified; over 202")


class Removals(Table):
    """Orders to take content down: a channel of its own, which a pause of data requests does not close."""

    rate: float = per_day(0.0, "removal orders", ge=0.0, le=1000.0,
        plausible=times(2.0, "where no report counts requests: half to twice"))
    accepted: float = fraction(0.5, "share obeyed, whatever the stance on data", symbol="kappa_rem",
        plausible=odds(0.7, "where no report counts removals: half to twice the odds"))


class Company(Table):
    """A company that holds data on users."""

    group: str = setting("western", "group in which companies read one another's announcements")
    listens_to: dict[str, Annotated[float, Field(ge=0.0, le=1.0)]] = parameter({"western": 1.0},
        "weight of an announced peer, by the peer's group", symbol="W_fg",
        plausible=odds(0.7, "who heeds whom is a guess: half to twice the odds"))
    platforms: tuple[str, ...] = several((), "platforms that it owns, which follow its stance")
    stance: Stance = setting("process", "stance at the start")
    requests: dict[str, RequestStream] = setting({}, "demands received, by type")
    removals: Removals = setting(Removals(), "content-removal orders")
    processing_days: float = days(14.0, "mean time to answer a request", ge=0.0, le=365.0,
        plausible=times(2.0, "a week to a month"))

    cutoff: float = parameter(0.4,
        "belief in political use above which pausing is worth its cost, when no sanction has been threatened",
        symbol="p*_f", gt=0.0, lt=1.0,
        plausible=odds(0.4, "a tier, not a measurement: who is in it is known, where it lies is not"))
    cooperation_value: float = stakes(1.0, "value per day of cooperating under a benign law", symbol="g_f", gt=0.0,
        le=10.0, plausible=times(1.2, "the unit of stakes; companies differ around it"))
    market: float = parameter(1.0,
        "worth of the market to the company, beside Hong Kong's: it scales what cooperation, friction and sanctions "
        "are worth, and not the harm of a wrongful answer, which is felt everywhere", symbol="m_f", gt=0.0, le=100.0,
        plausible=times(2.0, "coarse steps by economy and income"))
    friction: float = stakes(0.1, "cost per day of pausing when no sanction has been threatened", symbol="c_f", ge=0.0,
        le=10.0, plausible=times(3.0, "small beside the value of the market, how small is not known"))
    human_rights_weight: float = parameter(1.0,
        "weight of wrongful disclosure, and of free expression, in the company's stakes", symbol="w_f", ge=0.0, le=5.0,
        plausible=times(1.5, "public commitments, not conduct"))
    precedent: float = stakes(0.0,
        "harm of being asked everywhere for what is given in to for the first time, in any kind of demand",
        symbol="k_f", ge=0.0, le=20.0, plausible=times(2.0, "not observed"))
    ambiguity_aversion: float = fraction(0.0, "belief added per unit of the law's vagueness", symbol="epsilon_a",
        plausible=times(2.0, "not observed"))
    local_staff: bool = setting(True, "whether it has staff on the spot: liable in person, and heedful of deadlines")
    review_days: float = days(90.0, "mean length of human-rights due diligence", symbol="1/delta",
        borrowed="Google took 45 days, Meta never ended its review", gt=0.0, le=3650.0,
        plausible=times(2.0, "one review took 45 days, others never ended"))
    mlat_leaning: float = logits(-2.0, "leaning to mutual legal assistance when a review ends", ge=-8.0, le=8.0,
        plausible=plus(1.0, "one company of nine turned to it"))
    refuse_leaning: float = logits(-4.0, "leaning to refuse for good when a review ends", ge=-8.0, le=8.0,
        plausible=plus(1.0, "set by what companies said of themselves"))
    exit_leaning: float = logits(-6.0, "leaning to leave the market when it reconsiders", ge=-8.0, le=8.0,
        plausible=plus(1.0, "one exit, of TikTok"))
    withdraw_leaning: float = logits(-8.0,
        "leaning to close the office, with the platforms left open, when it reconsiders", ge=-8.0, le=8.0,
        plausible=plus(1.0, "none was seen here"))
    exits_instead: bool = setting(False, "whether it leaves the market where others would pause")
    exit_days: float = days(4.0, "days from announcing an exit to leaving", ge=0.0, le=365.0,
        plausible=times(3.0, "one exit, of TikTok"))

    def faults(self) -> Iterator[Fault]:
        """A type of request that goes by another name."""
        if "removal" in self.requests:
            yield Fault("requests", "another name: removals have a table of their own", "removal")


class Decision(Table):
    """How companies come to believe and decide: shared by all of them."""

    prior: float = parameter(0.15, "prior probability that the law is used politically", symbol="p_0",
        calibrated="Hong Kong announcements of July 2020, first numerical study", gt=0.0, lt=1.0)
    court_weight: float = logits(4.0,
        "weight against political use while a court order is needed; fitted by nothing (docs/limits.md)",
        symbol="omega_court", ge=0.0, le=6.0,
        plausible=within(0.0, 6.0, "fitted by nothing: from no comfort at all to one that outweighs any doubt"))
    rules_weight: float = logits(1.0, "weight of gazetted rules in the belief in political use", symbol="omega_rules",
        calibrated="Hong Kong announcements of July 2020, first numerical study", ge=0.0, le=4.0,
        plausible=times(2.0, "one episode"))
    peer_weight: float = logits(0.693, "weight of each announced peer in the belief in political use", symbol="omega",
        borrowed="Anderson & Holt 1997: signals of precision 2/3, ln 2", ge=0.0, le=3.0,
        plausible=times(2.0, "a laboratory experiment with students"))
    society_weight: float = logits(0.2, "weight of civil-society pressure in the belief in political use",
        symbol="omega_cs", ge=0.0, le=4.0, plausible=times(3.0, "not observed"))
    users_weight: float = logits(10.0, "weight of users lost since the law in the decision to pause", symbol="omega_u",
        ge=0.0, le=100.0, plausible=times(3.0, "not observed: no company said that it paused because users left"))
    meeting_rate: float = per_day(1.0, "rate of meetings that can decide", symbol="nu",
        calibrated="Hong Kong announcements of July 2020, first numerical study", ge=0.0, le=10.0)
    occasion_days: float = days(7.0, "time for which a deadline or a new sanction makes companies meet on a demand",
        symbol="tau_o", gt=0.0, le=90.0, plausible=times(2.0, "days to two weeks before a deadline"))
    noise: float = logits(0.5, "noise of a decision", symbol="tau_f",
        calibrated="Hong Kong announcements of July 2020, first numerical study", gt=0.01, le=5.0,
        plausible=times(1.5, "one episode"))
    demand_stakes: dict[DemandKind, Annotated[float, Field(ge=0.0, le=5.0)]] = parameter(
        {"data": 1.0, "registration": 0.25, "takedown": 0.4},
        "harm that a company fears from wrongly meeting a demand, by kind of demand, relative to user data",
        borrowed="cross-case table of company responses: data is refused, registration half the time met",
        plausible=times(1.5, "by how often each kind was met"))


class Bargaining(Table):
    """How much either side of a dispute bears before it gives in, the same in all."""

    # Medians of what the delays of all disputes leave (results/disputes/constants.csv has intervals).
    company_days: float = days(5.0, "losses that a company bears in the median, in days of what refusing is worth",
        symbol="T_f", gt=0.0, le=1e9, calibrated=DISPUTES)
    state_days: float = days(2400.0,
        "losses that a state bears in the median, in days of what a company that gave in is worth to it", symbol="T_g",
        gt=0.0, le=1e9, calibrated=DISPUTES)
    standing: float = setting(0.0,
        "standing that a day of open defiance costs a state, beside business and users that are cut off; the delays do "
        "not ask for it", unit="stakes", symbol="c_0", ge=0.0, le=10.0)
    principle: float = setting(1.0,
        "what a day of refusing a demand is worth whoever makes it, for one of user data: the unit in which its "
        "other stakes in refusing count", unit="stakes", symbol="b", ge=0.0, le=1e4)
    stakes_spread: float = parameter(2.3,
        "standard deviation of the log of what a side bears, among demands: what the model cannot know of a dispute",
        symbol="sigma_b", ge=0.0, le=6.0, calibrated=DISPUTES)
    unyielding: float = fraction(0.25, "share of demands that a company does not give in to at any loss", symbol="pi",
        calibrated=DISPUTES)
    decision_days: float = days(17.0, "mean time in which a side that has had enough gives in", symbol="1/nu_d",
        gt=0.0, le=365.0, calibrated=DISPUTES)
    foresight_days: float = days(14.0, "days ahead whose losses, as far as known, weigh like those of the past",
        symbol="H", ge=0.0, le=90.0, plausible=times(2.0, "the delays do not tell one day from sixty"))
