"""The people: how many, who knows whom, and how they choose (ODD 7.2 and 7.3)."""

from collections.abc import Iterator
from typing import Literal

from sim.scenario.fields import (
    Fault,
    Table,
    days,
    fraction,
    logits,
    odds,
    parameter,
    per_day,
    persons,
    plus,
    setting,
    times,
)

Contagion = Literal["none", "simple", "threshold", "group"]
"""Structural switch: H0 none, H1 contagion through attention, H2 individual thresholds, H3 groups move together."""
Reach = Literal["usable", "held"]
"""Structural switch: whether contacts count who hold an app *and can use it*, or all who hold it."""
Search = Literal["each", "view"]
"""Structural switch: whether a search after a loss goes to each substitute alike, or by how much each is in view."""
Standing = Literal["drawn", "settled"]
"""Structural switch: under orders that stand at the start, people are as drawn, or have settled under them."""
ShareOf = Literal["holders", "monthly", "weekly", "daily"]
"""What a platform's share counts: those who hold the app, or those who use it within a month, a week or a day."""
MESSENGER = "messenger"
CASES = "fourteen cases together, median country of lawshock calibrate people (docs/fitting.md), rounded"


# Of each number: name, value and meaning first, what else is known of it on the lines below.
# fmt: off
class Population(Table):
    """Users, their ties and their behaviour. One person each, up to a whole city."""

    users: int = setting(100_000, "simulated people, one each", unit="persons", symbol="N", ge=12, le=100_000_000)
    represents: int = persons(7_413_070, "people that the simulated ones stand for, used to state counts for the city",
        measured="evidence/hong-kong-2020/market.csv: 2021-06 | Hong Kong | population_census",
        ge=12, le=10_000_000_000)

    degree: int = persons(12, "mean number of contacts per person", ge=6, le=60,
        borrowed="sympathy-group size (Dunbar), recalled", plausible=times(1.5, "sympathy groups of eight to eighteen"))
    group_size: int = persons(6, "people in a close group (family, work, school), all of whom know one another", ge=2,
        le=20, plausible=times(1.5, "families and circles of four to nine"))
    homophily: float = fraction(0.3, "share of a person's concern that is common to the close group", symbol="phi_h",
        plausible=plus(0.2, "half to nearly twice what one would guess of families"))

    standing: Standing = setting("settled",
        "structural switch: under orders that stand at the start, people are as drawn or have settled, VPNs and all")
    offline_share: float = setting(0.0,
        "share of people who hold no app and never will, such as those without a smartphone", symbol="p_0", ge=0.0,
        le=1.0)
    holdings_correlation: float = parameter(0.2, "correlation of the readiness to hold any two apps at the start",
        symbol="r_h", ge=0.0, le=0.95, calibrated=CASES)

    reach: Reach = setting("usable", "structural switch: contacts who hold an app and can use it, or all who hold it")
    gamma: float = logits(2.6,
        "weight of the share of contacts whom the app reaches; not identified by any case, so report over 0 to 6",
        symbol="gamma", ge=0.0, le=12.0)
    redundancy: float = fraction(0.59,
        "part of an app's reach that is worth nothing where other apps reach the same contacts", symbol="psi_r",
        calibrated=CASES)
    outside_value: float = fraction(0.0,
        "part of an app's worth that does not hang on contacts in the country, unless it is a messenger", symbol="w",
        calibrated=CASES)
    inertia: float = logits(2.7, "inertia of an established app, or of its absence", symbol="kappa", ge=0.0, le=8.0,
        calibrated=CASES)
    curiosity: float = parameter(0.9, "worth of trying an app per unit of attention that names it, not felt once tried",
        unit="logits", symbol="c_n", ge=0.0, le=20.0, calibrated=CASES)
    substitution: float = logits(0.0, "loss of value of an app per other app held, whatever these reach", symbol="eta",
        ge=0.0, le=2.0)

    revision_rate: float = per_day(0.0046, "background rate at which a person looks at an app that it knows",
        symbol="lambda_0", gt=0.0, le=1.0, calibrated=CASES)
    attention_salience: float = parameter(1.4, "growth of the revision rate per unit of salience", symbol="mu_S",
        ge=0.0, le=50.0, calibrated=CASES)
    attention_peers: float = parameter(0.3, "growth of the revision rate per contact who has just adopted",
        symbol="mu_P", borrowed="Quelle et al. 2025, arXiv 2505.24801", ge=0.0, le=5.0,
        plausible=times(2.0, "one study, of another kind of app"))
    peer_memory_days: float = days(5.0, "memory of a contact's adoption", symbol="tau_P",
        borrowed="Quelle et al. 2025, arXiv 2505.24801: the effect is gone within about a week", gt=0.0, le=60.0,
        plausible=times(2.0, "one study: within about a week"))

    trial_rate: float = per_day(0.074, "rate at which a person re-tests an app on trial", symbol="lambda_tr", ge=0.0,
        le=1.0, calibrated=CASES)
    trial_days: float = days(31.0, "mean length of a trial, after which the app is established", symbol="tau_tr",
        ge=1.0, le=365.0, calibrated=CASES)

    concern_mean: float = parameter(3.7, "mean concern about surveillance", unit="logits per unit of risk and salience",
        symbol="rho_mean", ge=0.0, le=30.0, calibrated=CASES)
    concern_shape: float = parameter(0.25,
        "Gamma shape of concern: small means that most people hardly care and a few care much", symbol="s_rho", gt=0.01,
        le=10.0, calibrated=CASES)

    contagion: Contagion = setting("simple", "structural switch: how contacts bring about a revision", symbol="H")
    threshold_low: float = fraction(0.3, "H2: lowest personal threshold of contacts holding an app", symbol="theta",
        borrowed="Török & Kertész 2017, Sci Rep 7:16743 (iWiW)", plausible=odds(0.4, "one network of the 2000s"))
    threshold_high: float = fraction(0.7, "H2: highest personal threshold of contacts holding an app", symbol="theta",
        borrowed="Török & Kertész 2017, Sci Rep 7:16743 (iWiW)", plausible=odds(0.4, "one network of the 2000s"))
    group_move_rate: float = per_day(0.01, "H3: rate at which a close group considers an app together",
        symbol="lambda_g", ge=0.0, le=1.0, plausible=times(3.0, "not observed: once a month to once a year"))
    group_quorum: float = fraction(0.5, "H3: share of members in favour that moves the whole group", symbol="q",
        plausible=odds(0.7, "not observed: a third to two thirds"))

    entrant_worth: float = fraction(0.35,
        "of an app with share 0 whose number wanted is not told: that share over the largest of its type",
        symbol="omega_0", calibrated=CASES)
    acquaintances: float = persons(29.0,
        "people from whom one hears of apps: an app is known to whom one of so many holds it at the start", symbol="a",
        ge=1.0, le=1e6, calibrated=CASES)
    awareness_rate: float = per_day(0.045,
        "rate at which people come to know an app per unit of attention that names it", symbol="nu", ge=0.0, le=10.0,
        calibrated=CASES)

    loss_rate: float = per_day(0.25,
        "rate at which a person looks at an app that has gone dark, or at a substitute, per unit of lost reach",
        symbol="lambda_L", ge=0.0, le=20.0, calibrated=CASES)
    loss_days: float = days(6.7, "time over which the search after a loss cools", symbol="tau_L", gt=0.0, le=365.0,
        calibrated=CASES)
    loss_remnant: float = fraction(0.019, "part of the search that does not cool", symbol="phi", calibrated=CASES)
    search: Search = setting("view",
        "structural switch: a search after a loss goes to each substitute that one knows alike, or by what is in view")
    view_size: float = parameter(3.8,
        "search = view: how much size puts substitutes in view, where 1 is the part of a search that finds nothing",
        symbol="w_s", ge=0.0, le=100.0, calibrated=CASES)
    view_contacts: float = parameter(1.3, "search = view: the same of the apps of one's contacts", symbol="w_c", ge=0.0,
        le=100.0, calibrated=CASES)
    view_naming: float = parameter(1.5, "search = view: the same of a unit of attention that names an app",
        symbol="w_n", ge=0.0, le=100.0, calibrated=CASES)
    dark_rate: float = per_day(0.22,
        "rate at which a person looks for a substitute once no app of a type that it has works", symbol="lambda_D",
        ge=0.0, le=100.0, calibrated=CASES)
    expected_movement: float = logits(3.4,
        "worth of a substitute, per unit of lost reach, because others are expected to gather there", symbol="xi",
        ge=0.0, le=20.0, calibrated=CASES)
    anticipation: float = fraction(0.3, "part of a loss that is felt once it is announced", symbol="omega",
        calibrated=CASES)
    patience_days: float = days(28.0, "time over which people give up a dark app as lost; 0 is at once", symbol="tau_x",
        ge=0.0, le=3650.0, calibrated=CASES)
    block_cost: float = logits(0.9, "cost of an app that is taken for unusable, beside the reach that it lacks",
        symbol="B", ge=0.0, le=20.0, calibrated=CASES)
    sessions: float = per_day(23.0, "sessions a day of a person whose apps reach every contact", symbol="m_s", gt=0.0,
        le=500.0, calibrated=CASES)
    moved_use: float = fraction(0.23,
        "part of the use lost with dark apps that moves at once to apps of the type that a person has and that work",
        symbol="theta_u", calibrated=CASES)
    attention_use: float = parameter(1.5, "growth of the use of an app per unit of attention that names it",
        symbol="mu_U", ge=0.0, le=50.0, calibrated=CASES)
    interoperability: float = setting(0.0, "share of the missing contacts who can be reached from outside the app",
        symbol="iota", ge=0.0, le=1.0)

    vpn_share: float = fraction(0.07, "share of people with a VPN at the start", symbol="alpha_v",
        plausible=odds(0.7, "surveys of the region range from half to twice the odds"))
    vpn_rate: float = per_day(0.02, "background rate at which a person reconsiders a VPN", symbol="lambda_v", ge=0.0,
        le=1.0,
        plausible=times(3.0, "nothing tells how often people think of a VPN; once in two weeks to once in five months"))
    vpn_usability: float = fraction(0.87, "usability of a blocked app through a VPN: it is slow, breaks off, costs",
        symbol="x_vpn", calibrated=CASES)
    vpn_half_response: float = fraction(0.69,
        "share that takes a VPN when all that they reach by one type of app is lost", symbol="chi", calibrated=CASES)
    vpn_peers: float = logits(1.0, "weight of the share of contacts with a VPN", symbol="gamma_v", ge=0.0, le=6.0,
        plausible=times(3.0, "not observed; weaker or stronger than for an app"))
    vpn_protection: float = parameter(0.3,
        "how far a VPN answers a person's concern when the state's acts draw attention", symbol="g_v", ge=0.0, le=2.0,
        plausible=times(3.0, "how far a VPN calms a fear of surveillance is not observed"))
    vpn_inertia: float = logits(3.6, "inertia of a VPN that was needed once: whoever has learnt it keeps it",
        symbol="kappa_v", ge=0.0, le=12.0, calibrated=CASES)
    vpn_loss_rate: float = per_day(0.017, "rate at which a VPN is lost: expired, blocked, removed", symbol="delta_v",
        ge=0.0, le=1.0, calibrated=CASES)
    vpn_memory_days: float = days(180.0, "time over which that inertia fades once nothing is blocked any more",
        symbol="tau_v", gt=0.0, le=3650.0, plausible=times(2.0, "a quarter to a year"))

    speak_share: float = fraction(0.30, "share of people who speak publicly about politics at the start", symbol="b_i",
        plausible=odds(0.7, "nobody has counted who speaks in public; a fifth to two fifths or so"))
    speak_rate: float = per_day(0.05, "rate at which a person reconsiders speaking", symbol="lambda_s", ge=0.0, le=1.0,
        plausible=times(3.0, "not observed"))
    self_censorship: float = logits(2.54, "how much fear silences, in speech and in the deletion of posts",
        symbol="psi", ge=0.0, le=5.0,
        calibrated="Wang & Mayer 2023, FOCI: deletions 3.47 times those of controls, at a fear of 0.49 after the law",
        plausible=times(1.5, "one study of one platform"))
    arrest_weight: float = parameter(0.25, "fear that one arrest a day adds to self-censorship", symbol="zeta", ge=0.0,
        le=5.0, plausible=times(3.0, "not observed"))
    speak_peers: float = logits(1.0, "weight of the share of contacts who speak", symbol="varphi", ge=0.0, le=6.0,
        plausible=times(3.0, "not observed"))
    deletion_rate: float = per_day(0.002, "rate at which a person who has spoken deletes posts, without salience",
        symbol="d_0", ge=0.0, le=1.0, plausible=times(2.0, "controls of one study"))

    def faults(self) -> Iterator[Fault]:
        """Numbers of people that leave no room for one another."""
        least = self.group_size - 1
        if self.degree < least:
            yield Fault("degree", f"at least group_size - 1, {least} persons", self.degree)
        if self.degree >= self.users:
            yield Fault("degree", f"less than users, {self.users} persons", self.degree)
        if self.group_size > self.users:
            yield Fault("group_size", f"at most users, {self.users} persons", self.group_size)
        if self.threshold_high < self.threshold_low:
            yield Fault("threshold_high", f"at least threshold_low, {self.threshold_low}", self.threshold_high)


class Platform(Table):
    """An app that people hold, alone or beside others."""

    share: float = parameter(..., "share of people who have it at the start", symbol="m_k", ge=0.0, lt=1.0,
        plausible=odds(0.35, "where no survey counts it: a quarter more or less"))
    share_of: ShareOf = setting("holders", "what the share counts: holders, or users by the time in which they use it")
    type: str = setting(MESSENGER, "kind of app; reach, loss and substitution are within one",
        pattern=r"^[a-z][a-z0-9-]*$", max_length=20)
    outside: float | None = parameter(None,
        "part of its worth that does not hang on contacts in the country; by its type when absent", symbol="w_k",
        ge=0.0, le=1.0, plausible=odds(0.7, "not observed: half to twice the odds"))
    awareness: float | None = parameter(None,
        "share of people who know the app at the start; what its holders' acquaintances make when absent", symbol="A_k",
        ge=0.0, le=1.0, plausible=odds(0.7, "where no survey asks: half to twice the odds"))
    wanted: float | None = parameter(None,
        "of an app with share 0: share that would hold it at rest if everyone knew it", symbol="m_k*", gt=0.0, lt=1.0,
        plausible=odds(0.7, "told by what came of like apps elsewhere: half to twice the odds"))
    vpn: bool = setting(True, "whether a VPN brings it back where it is blocked")
    risk: float = parameter(1.0, "perceived risk index when salience is high; 1 is the break-even level", symbol="R0_k",
        ge=-2.0, le=4.0, plausible=plus(0.2, "index set on two waves; its unit is arbitrary, so that a fifth is much"))
    relief_when_paused: float = parameter(0.0,
        "fall of the risk index once the owning company has announced a pause or refusal", symbol="Delta_pause", ge=0.0,
        le=2.0, plausible=times(2.0, "not observed: nobody asked users what a pause meant to them"))
    alarm_when_complying: float = parameter(0.0, "rise of the risk index while the owner complies with every demand",
        symbol="Delta_comply", ge=0.0, le=2.0, plausible=times(2.0, "not observed"))
    pull: float = logits(0.0, "intensity of use beside the share of contacts", symbol="v_k", ge=-5.0, le=5.0,
        plausible=plus(0.4, "time in an app differs by half either way from what contacts explain"))
    objectionable_share: float = fraction(0.01, "share of traffic that the government objects to", symbol="x_k",
        plausible=times(5.0, "known by order of magnitude at best"))
    business_use: float = fraction(0.1, "share of the city's business that depends on it", symbol="z_k",
        plausible=odds(0.7, "a guess from who uses what at work"))

    def faults(self) -> Iterator[Fault]:
        """An app that fewer know than hold, or whose worth is told twice."""
        if self.awareness is not None and self.awareness < self.share:
            yield Fault("awareness", f"at least the share that has it, {self.share:g}", self.awareness)
        if self.wanted is not None and self.share > 0.0:
            expected = f"a share of 0, where nothing else tells its worth; not {self.share:g}"
            yield Fault("wanted", expected, self.wanted)
