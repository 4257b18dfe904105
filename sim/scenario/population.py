"""The people: how many, who knows whom, and how they choose (ODD 7.2 and 7.3)."""

from collections.abc import Iterator
from typing import Literal

from sim.scenario.fields import Fault, Table, fraction, odds, parameter, plus, setting, times

Contagion = Literal["none", "simple", "threshold", "group"]
"""Structural switch: H0 none, H1 contagion through attention, H2 individual thresholds, H3 groups move together."""
Reach = Literal["usable", "held"]
"""Structural switch: whether contacts count who hold an app *and can use it*, or all who hold it."""
ShareOf = Literal["holders", "monthly", "weekly", "daily"]
"""What a platform's share counts: those who hold the app, or those who use it within a month, a week or a day."""
MESSENGER = "messenger"
CASES = "fourteen cases together: lawshock validate --leave-one-out, docs/validation.md"


class Population(Table):
    """Users, their ties and their behaviour. One person each, up to a whole city."""

    users: int = setting(100_000, "simulated people, one each", unit="persons", symbol="N", ge=12, le=10_000_000)
    represents: int = parameter(
        7_413_070, "people that the simulated ones stand for, used to state counts for the city", unit="persons",
        measured="evidence/hong-kong-2020/market.csv: 2021-06 | Hong Kong | population_census", ge=12,
        le=10_000_000_000,
    )  # fmt: skip

    degree: int = parameter(
        12, "mean number of contacts per person", unit="persons", ge=6, le=60,
        borrowed="sympathy-group size (Dunbar), recalled",
    )  # fmt: skip
    group_size: int = parameter(
        6, "people in a close group (family, work, school), all of whom know one another", unit="persons", ge=2, le=20,
    )  # fmt: skip
    homophily: float = fraction(
        0.3, "share of a person's concern that is common to the close group", symbol="phi_h",
        plausible=plus(0.2, "half to nearly twice what one would guess of families"),
    )  # fmt: skip

    offline_share: float = setting(
        0.0, "share of people who hold no app and never will, such as those without a smartphone", symbol="p_0", ge=0.0,
        le=1.0,
    )  # fmt: skip
    holdings_correlation: float = setting(
        0.0, "correlation of the readiness to hold any two apps at the start", symbol="r_h", ge=0.0, le=0.95,
    )  # fmt: skip

    reach: Reach = setting("usable", "structural switch: contacts who hold an app and can use it, or all who hold it")
    gamma: float = parameter(
        2.6, "weight of the share of contacts whom the app reaches; not identified by any case, so report over 0 to 6",
        unit="logits", symbol="gamma", ge=0.0, le=12.0,
    )  # fmt: skip
    redundancy: float = fraction(
        0.92, "part of an app's reach that is worth nothing where other apps reach the same contacts", symbol="psi_r",
        calibrated=CASES,
    )  # fmt: skip
    outside_value: float = fraction(
        0.0, "part of an app's worth that does not hang on contacts in the country, unless it is a messenger",
        symbol="w", calibrated=CASES,
    )  # fmt: skip
    inertia: float = parameter(
        3.5, "inertia of an established app, or of its absence", unit="logits", symbol="kappa", ge=0.0, le=8.0,
        calibrated=CASES,
    )  # fmt: skip
    substitution: float = parameter(
        0.0, "loss of value of an app per other app held, whatever these reach", unit="logits", symbol="eta", ge=0.0,
        le=2.0,
    )  # fmt: skip

    revision_rate: float = parameter(
        0.0079, "background rate at which a person looks at an app that it knows", unit="1/day", symbol="lambda_0",
        gt=0.0, le=1.0, calibrated=CASES,
    )  # fmt: skip
    attention_salience: float = parameter(
        2.8, "growth of the revision rate per unit of salience", symbol="mu_S", ge=0.0, le=50.0, calibrated=CASES,
    )  # fmt: skip
    attention_peers: float = parameter(
        0.3, "growth of the revision rate per contact who has just adopted", symbol="mu_P",
        borrowed="Quelle et al. 2025, arXiv 2505.24801", ge=0.0, le=5.0,
        plausible=times(2.0, "one study, of another kind of app"),
    )  # fmt: skip
    peer_memory_days: float = parameter(
        5.0, "memory of a contact's adoption", unit="days", symbol="tau_P",
        borrowed="Quelle et al. 2025, arXiv 2505.24801: the effect is gone within about a week", gt=0.0, le=60.0,
        plausible=times(2.0, "one study: within about a week"),
    )  # fmt: skip

    trial_rate: float = parameter(
        0.054, "rate at which a person re-tests an app on trial", unit="1/day", symbol="lambda_tr", ge=0.0, le=1.0,
        calibrated=CASES,
    )  # fmt: skip
    trial_days: float = parameter(
        35.0, "mean length of a trial, after which the app is established", unit="days", symbol="tau_tr", ge=1.0,
        le=365.0, calibrated=CASES,
    )  # fmt: skip

    concern_mean: float = parameter(
        2.8, "mean concern about surveillance", unit="logits per unit of risk and salience", symbol="rho_mean", ge=0.0,
        le=30.0, calibrated=CASES,
    )  # fmt: skip
    concern_shape: float = parameter(
        0.18, "Gamma shape of concern: small means that most people hardly care and a few care much", symbol="s_rho",
        gt=0.01, le=10.0, calibrated=CASES,
    )  # fmt: skip

    contagion: Contagion = setting("simple", "structural switch: how contacts bring about a revision", symbol="H")
    threshold_low: float = fraction(
        0.3, "H2: lowest personal threshold of contacts holding an app", symbol="theta",
        borrowed="Török & Kertész 2017, Sci Rep 7:16743 (iWiW)",
    )  # fmt: skip
    threshold_high: float = fraction(
        0.7, "H2: highest personal threshold of contacts holding an app", symbol="theta",
        borrowed="Török & Kertész 2017, Sci Rep 7:16743 (iWiW)",
    )  # fmt: skip
    group_move_rate: float = parameter(
        0.01, "H3: rate at which a close group considers an app together", unit="1/day", symbol="lambda_g", ge=0.0,
        le=1.0,
    )  # fmt: skip
    group_quorum: float = fraction(0.5, "H3: share of members in favour that moves the whole group", symbol="q")

    acquaintances: float = parameter(
        7.6, "people from whom one hears of apps: an app is known to whom one of so many holds it at the start",
        unit="persons", symbol="a", ge=1.0, le=1e6, calibrated=CASES,
    )  # fmt: skip
    awareness_rate: float = parameter(
        0.058, "rate at which people come to know an app per unit of attention that names it", unit="1/day",
        symbol="nu", ge=0.0, le=10.0, calibrated=CASES,
    )  # fmt: skip

    loss_rate: float = parameter(
        0.126, "rate at which a person looks at an app that has gone dark, or at a substitute, per unit of lost reach",
        unit="1/day", symbol="lambda_L", ge=0.0, le=20.0, calibrated=CASES,
    )  # fmt: skip
    loss_days: float = parameter(
        4.4, "time over which the search after a loss cools", unit="days", symbol="tau_L", gt=0.0, le=365.0,
        calibrated=CASES,
    )  # fmt: skip
    loss_remnant: float = fraction(0.062, "part of the search that does not cool", symbol="phi", calibrated=CASES)
    expected_movement: float = parameter(
        5.8, "worth of a substitute, per unit of lost reach, because others are expected to gather there",
        unit="logits", symbol="xi", ge=0.0, le=20.0, calibrated=CASES,
    )  # fmt: skip
    anticipation: float = fraction(
        0.22, "part of a loss that is felt once it is announced", symbol="omega", calibrated=CASES,
    )  # fmt: skip
    patience_days: float = parameter(
        9.5, "time over which people give up a dark app as lost; 0 is at once", unit="days", symbol="tau_x", ge=0.0,
        le=3650.0, calibrated=CASES,
    )  # fmt: skip
    block_cost: float = parameter(
        2.7, "cost of an app that is taken for unusable, beside the reach that it lacks", unit="logits", symbol="B",
        ge=0.0, le=20.0, calibrated=CASES,
    )  # fmt: skip
    sessions: float = parameter(
        12.0, "sessions a day of a person whose apps reach every contact", unit="1/day", symbol="m_s", gt=0.0, le=500.0,
        calibrated=CASES,
    )  # fmt: skip
    interoperability: float = setting(
        0.0, "share of the missing contacts who can be reached from outside the app", symbol="iota", ge=0.0, le=1.0,
    )  # fmt: skip

    vpn_share: float = fraction(
        0.07, "share of people with a VPN at the start", symbol="alpha_v",
        plausible=odds(0.7, "surveys of the region range from half to twice the odds"),
    )  # fmt: skip
    vpn_rate: float = parameter(
        0.02, "background rate at which a person reconsiders a VPN", unit="1/day", symbol="lambda_v", ge=0.0, le=1.0,
        plausible=times(3.0, "nothing tells how often people think of a VPN; once in two weeks to once in five months"),
    )  # fmt: skip
    vpn_usability: float = fraction(
        0.96, "usability of a blocked app through a VPN: it is slow, breaks off, costs", symbol="x_vpn",
        calibrated=CASES,
    )  # fmt: skip
    vpn_half_response: float = fraction(
        0.73, "share that takes a VPN when all that they reach by one type of app is lost", symbol="chi",
        calibrated=CASES,
    )  # fmt: skip
    vpn_peers: float = parameter(
        1.0, "weight of the share of contacts with a VPN", unit="logits", symbol="gamma_v", ge=0.0, le=6.0,
        plausible=times(3.0, "not observed; weaker or stronger than for an app"),
    )  # fmt: skip
    vpn_protection: float = parameter(
        0.3, "how far a VPN answers a person's concern when the state's acts draw attention", symbol="g_v", ge=0.0,
        le=2.0, plausible=times(3.0, "how far a VPN calms a fear of surveillance is not observed"),
    )  # fmt: skip
    vpn_inertia: float = parameter(
        2.2, "inertia of a VPN that was needed once: whoever has learnt it keeps it", unit="logits", symbol="kappa_v",
        ge=0.0, le=12.0, calibrated=CASES,
    )  # fmt: skip
    vpn_memory_days: float = parameter(
        180.0, "time over which that inertia fades once nothing is blocked any more", unit="days", symbol="tau_v",
        gt=0.0, le=3650.0, plausible=times(2.0, "a quarter to a year"),
    )  # fmt: skip

    speak_share: float = fraction(
        0.30, "share of people who speak publicly about politics at the start", symbol="b_i",
        plausible=odds(0.7, "nobody has counted who speaks in public; a fifth to two fifths or so"),
    )  # fmt: skip
    speak_rate: float = parameter(
        0.05, "rate at which a person reconsiders speaking", unit="1/day", symbol="lambda_s", ge=0.0, le=1.0,
        plausible=times(3.0, "not observed"),
    )  # fmt: skip
    self_censorship: float = parameter(
        2.54, "how much fear silences, in speech and in the deletion of posts", unit="logits", symbol="psi", ge=0.0,
        le=5.0,
        calibrated="Wang & Mayer 2023, FOCI: deletions 3.47 times those of controls, at a fear of 0.49 after the law",
        plausible=times(1.5, "one study of one platform"),
    )  # fmt: skip
    arrest_weight: float = parameter(
        0.25, "fear that one arrest a day adds to self-censorship", symbol="zeta", ge=0.0, le=5.0,
        plausible=times(3.0, "not observed"),
    )  # fmt: skip
    speak_peers: float = parameter(
        1.0, "weight of the share of contacts who speak", unit="logits", symbol="varphi", ge=0.0, le=6.0,
        plausible=times(3.0, "not observed"),
    )  # fmt: skip
    deletion_rate: float = parameter(
        0.002, "rate at which a person who has spoken deletes posts, without salience", unit="1/day", symbol="d_0",
        ge=0.0, le=1.0, plausible=times(2.0, "controls of one study"),
    )  # fmt: skip

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

    share: float = parameter(
        ..., "share of people who have it at the start", symbol="m_k", ge=0.0, lt=1.0,
        plausible=odds(0.35, "where no survey counts it: a quarter more or less"),
    )  # fmt: skip
    share_of: ShareOf = setting("holders", "what the share counts: holders, or users by the time in which they use it")
    type: str = setting(
        MESSENGER, "kind of app; reach, loss and substitution are within one", pattern=r"^[a-z][a-z0-9-]*$",
        max_length=20,
    )  # fmt: skip
    outside: float | None = parameter(
        None, "part of its worth that does not hang on contacts in the country; by its type when absent", symbol="w_k",
        ge=0.0, le=1.0,
    )  # fmt: skip
    awareness: float | None = parameter(
        None, "share of people who know the app at the start; what its holders' acquaintances make when absent",
        symbol="A_k", ge=0.0, le=1.0,
    )  # fmt: skip
    wanted: float | None = parameter(
        None, "of an app with share 0: share that would hold it at rest if everyone knew it", symbol="m_k*", gt=0.0,
        lt=1.0,
    )  # fmt: skip
    vpn: bool = setting(True, "whether a VPN brings it back where it is blocked")
    risk: float = parameter(
        1.0, "perceived risk index when salience is high; 1 is the break-even level", symbol="R0_k", ge=-2.0, le=4.0,
        plausible=plus(0.2, "index set on two waves; its unit is arbitrary, so that a fifth is much"),
    )  # fmt: skip
    relief_when_paused: float = parameter(
        0.0, "fall of the risk index once the owning company has announced a pause or refusal", symbol="Delta_pause",
        ge=0.0, le=2.0, plausible=times(2.0, "not observed: nobody asked users what a pause meant to them"),
    )  # fmt: skip
    alarm_when_complying: float = parameter(
        0.0, "rise of the risk index while the owner complies with every demand", symbol="Delta_comply", ge=0.0, le=2.0,
        plausible=times(2.0, "not observed"),
    )  # fmt: skip
    pull: float = parameter(
        0.0, "intensity of use beside the share of contacts", unit="logits", symbol="v_k", ge=-5.0, le=5.0,
    )  # fmt: skip
    objectionable_share: float = fraction(
        0.01, "share of traffic that the government objects to", symbol="x_k",
        plausible=times(5.0, "known by order of magnitude at best"),
    )  # fmt: skip
    business_use: float = fraction(
        0.1, "share of the city's business that depends on it", symbol="z_k",
        plausible=odds(0.7, "a guess from who uses what at work"),
    )  # fmt: skip

    def faults(self) -> Iterator[Fault]:
        """An app that fewer know than hold, or whose worth is told twice."""
        if self.awareness is not None and self.awareness < self.share:
            yield Fault("awareness", f"at least the share that has it, {self.share:g}", self.awareness)
        if self.wanted is not None and self.share > 0.0:
            expected = f"a share of 0, where nothing else tells its worth; not {self.share:g}"
            yield Fault("wanted", expected, self.wanted)
