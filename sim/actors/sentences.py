"""Sentences of the chronicle: how each act is told, and how an act is named when it is the cause of another."""

SENTENCES: dict[str, str] = {
    # governments and courts
    "announce a law": "{actor} announced the {law}.",
    "enact a law": "The {law} came into force{terms}.",
    "publish the text": "{actor} published the text of the {law}.",
    "gazette rules": "{actor} gazetted the implementation rules of the {law}.",
    "arrest": "{actor} arrested {persons} under the {law}.",
    "order a block": "{actor} ordered ISPs to block {target}{until}{after}.",
    "order a throttle": "{actor} ordered ISPs to slow {target}{until}{after}.",
    "order a store ban": "{actor} ordered stores to remove {target}{until}{after}.",
    "order a site block": "{actor} ordered ISPs to block the website {target}{until}.",
    "lift orders": "{actor} lifted the orders against {target}{after}.",
    "lapse": "The order against {target} lapsed{after}.",
    "rule": "{actor} ruled {ruling}.",
    "demand": "{actor} demanded {what} from {target}{deadline}.",
    "mandate interoperability": "{actor} obliged messengers to carry messages across apps{until}.",
    "end interoperability": "The duty to carry messages across apps lapsed{after}.",
    "escalate": "{actor} threatened {target} with rung {rung}, {name}{after}.",
    "step up": "{actor} took {target} from rung {before} to rung {rung}, {name}{after}.",
    "put on notice": "{actor} put {target} on notice of an offence{after}.",
    "step down": "{actor} took {target} back from rung {before} to rung {rung}, {name}{after}.",
    # companies and platforms
    "change terms": "{target} changed its terms of service.",
    "suffer an outage": "{target} failed for everyone for {length}.",
    "pause": "{actor} paused the processing of data demands: {ground}{after}.",
    "announce a pause": "{actor} announced{reason} that it had paused{delay}.",
    "announce an exit": "{actor} announced that it would leave: {ground}{after}.",
    "leave": "{actor} left the market{after}.",
    "keep the pause": "{actor} ended a review and kept the pause: {ground}.",
    "turn to mutual legal assistance": "{actor} sent the police to mutual legal assistance{after}.",
    "refuse": "{actor} refused data demands for good{after}.",
    "resume": "{actor} resumed the processing of data demands: {ground}{after}.",
    "obey": "{actor} began to obey every data demand, as no belief outweighs the sanction{after}.",
    "meet a demand": "{actor} met the demand for {what}{after}.",
    "miss a deadline": "{actor} let the deadline for {what} pass{after}.",
    "take a stance": "{target} took the stance '{stance}', as this scenario supposes.",
    "advise": "{actor} advised {target} to {stance}.",
    # ISPs and press
    "execute an order": "{actor} {did} {target} by {technique}, {delay} after the order.",
    "restore access": "{actor} restored access to {target}{after}.",
    "ignore an order": "{actor} did not carry out the order against {target}.",
    "report": "{text}",
}
"""Verb of an act -> its sentence. ``after`` names the causes; other fields are quantities of the act."""

CAUSES: dict[str, str] = {
    "announce a law": "the announcement of {date}",
    "enact a law": "the law of {date}",
    "gazette rules": "the rules of {date}",
    "order a block": "the block of {date}",
    "order a throttle": "the slowing of {date}",
    "rule": "the ruling of {date}",
    "demand": "the demand of {date}",
    "lift orders": "the lifting of {date}",
    "lapse": "the end of the order on {date}",
    "mandate interoperability": "the mandate of {date}",
    "escalate": "the threat of {date}",
    "step up": "the sanction of {date}",
    "put on notice": "the notice of {date}",
    "pause": "the pause of {date}",
    "announce an exit": "the announcement of {date}",
    "announce a pause": "the announcement of {date}",
    "turn to mutual legal assistance": "the answer of {date}",
    "refuse": "the refusal of {date}",
    "resume": "its compliance of {date}",
    "obey": "its compliance of {date}",
    "meet a demand": "its compliance of {date}",
    "miss a deadline": "the missed deadline of {date}",
    "advise": "the advice of {date}",
}
"""Verb of an act -> how a later sentence refers to it."""

ANNOUNCEMENTS = (
    "pause",
    "announce a pause",
    "announce an exit",
    "turn to mutual legal assistance",
    "refuse",
    "take a stance",
)
"""Acts by which a company ceases to answer or says so; those of others are counted as peers where they are a cause."""
