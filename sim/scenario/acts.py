"""The calendar: dated acts of governments, courts, companies and fate, as data."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.fields import Table, fraction, parameter, several
from sim.scenario.institutions import DemandKind, Stance


class Act(Table):
    """What every act has. ``id`` lets a file that extends another change or drop the act."""

    id: str = parameter(..., "short name, unique in the scenario", status="setting", pattern=r"^[a-z0-9][a-z0-9-]*$")
    date: dt.date = parameter(..., "calendar date", status="setting")
    by: str = parameter("government", "who acts", status="setting")
    salience: float = parameter(0.0, "salience that the act adds", symbol="A_e", ge=0.0, le=10.0)
    note: str = parameter("", "what happened, for the reader", status="setting")


class Announce(Act):
    """A law is announced."""

    kind: Literal["announce"]


class Enact(Act):
    """A law comes into force, with or without its text public."""

    kind: Literal["enact"]
    court_order_required: bool = parameter(False, "whether a court order is needed from now on", status="setting")
    text_published: bool = parameter(True, "whether the text is public on that day", status="setting")


class PublishText(Act):
    """The text of the law becomes public."""

    kind: Literal["publish-text"]


class GazetteRules(Act):
    """Implementation rules are gazetted."""

    kind: Literal["gazette-rules"]
    vagueness: float | None = parameter(None, "vagueness from now on, if the rules change it", ge=0.0, le=1.0)


class Arrest(Act):
    """Arrests under the law."""

    kind: Literal["arrest"]
    persons: int = parameter(1, "people arrested", unit="persons", ge=1, status="setting")


class OrderBlock(Act):
    """ISPs are ordered to block a platform."""

    kind: Literal["order-block"]
    platform: str = parameter(..., "platform", status="setting")
    until: dt.date | None = parameter(None, "day on which the order lapses", status="setting")
    access: float = fraction(0.0, "usability that remains where the order is executed", status="setting")
    store_ban: bool = parameter(
        False, "whether stores must remove the app, so that no one can install it", status="setting"
    )


class OrderThrottle(Act):
    """ISPs are ordered to slow a platform."""

    kind: Literal["order-throttle"]
    platform: str = parameter(..., "platform", status="setting")
    until: dt.date | None = parameter(None, "day on which the order lapses", status="setting")
    access: float = fraction(0.3, "usability that remains where the order is executed", status="setting")


class OrderSiteBlock(Act):
    """ISPs are ordered to block a website, which no one holds as an app; co-hosted sites suffer with it."""

    kind: Literal["order-site-block"]
    site: str = parameter(..., "website", status="setting", min_length=1)
    until: dt.date | None = parameter(None, "day on which the order lapses", status="setting")


class Lift(Act):
    """Orders against a platform are withdrawn."""

    kind: Literal["lift"]
    platform: str = parameter(..., "platform", status="setting")


class CourtRuling(Act):
    """A court rules."""

    kind: Literal["court-ruling"]
    outcome: Literal["court-order-restored", "block-lifted", "law-upheld", "demand-unlawful"] = parameter(
        ..., "what the ruling changes", status="setting"
    )
    platform: str | None = parameter(None, "platform whose block is lifted", status="setting")
    company: str | None = parameter(None, "company freed from a demand", status="setting")


class ChangeTerms(Act):
    """A platform changes its terms of service."""

    kind: Literal["change-terms"]
    platform: str = parameter(..., "platform", status="setting")
    risk: float = parameter(0.0, "change of its risk index, which lasts", ge=-2.0, le=2.0)


class Outage(Act):
    """A platform fails for everyone."""

    kind: Literal["outage"]
    platform: str = parameter(..., "platform", status="setting")
    days: int = parameter(1, "length", unit="days", ge=1, le=3650, status="setting")


class MandateInteroperability(Act):
    """Platforms must carry messages across apps."""

    kind: Literal["mandate-interoperability"]
    reach: float = fraction(1.0, "share of the missing contacts who can then be reached", status="setting")
    until: dt.date | None = parameter(None, "day on which the mandate lapses", status="setting")


class ForceStance(Act):
    """A company takes a stance by order, or as this scenario supposes."""

    kind: Literal["force-stance"]
    company: str = parameter(..., "company", status="setting")
    stance: Stance = parameter(..., "stance from that day on", status="setting")
    lasting: bool = parameter(True, "whether the company keeps it whatever comes", status="setting")


class AdviseStance(Act):
    """Someone whom companies heed advises a stance."""

    kind: Literal["advise-stance"]
    company: str = parameter(..., "company", status="setting")
    stance: Literal["pause", "process"] = parameter(..., "stance advised", status="setting")
    weight: float = parameter(1.0, "change of the log odds of pausing", unit="logits", ge=0.0, le=6.0)


class Demand(Act):
    """A regulator demands something of companies, with a deadline; failing to meet it can be sanctioned."""

    kind: Literal["demand"]
    of: DemandKind = parameter("data", "what is demanded", status="setting")
    companies: tuple[str, ...] = several(..., "companies addressed", status="setting", min_length=1)
    deadline: dt.date | None = parameter(None, "day by which it must be met", status="setting")


class Escalate(Act):
    """A regulator takes companies to a rung of the ladder, if they have not met what was demanded."""

    kind: Literal["escalate"]
    companies: tuple[str, ...] = several(..., "companies addressed", status="setting", min_length=1)
    rung: int = parameter(..., "rung", unit="rung", ge=0, le=6, status="setting")


class Report(Act):
    """Press or an organisation reports something; only salience changes."""

    kind: Literal["report"]


AnyAct = Annotated[
    Announce | Enact | PublishText | GazetteRules | Arrest | OrderBlock | OrderThrottle | OrderSiteBlock | Lift
    | CourtRuling | ChangeTerms | Outage | MandateInteroperability | ForceStance | AdviseStance | Demand | Escalate
    | Report,
    Field(discriminator="kind"),
]  # fmt: skip
