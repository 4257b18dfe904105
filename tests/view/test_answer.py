"""The answer page: sentence, picture and table tell one number, as fine as its band, and no more than the pairs do."""

import datetime as dt
import html
import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from sim.analyses.ask import ask
from sim.analyses.claims import Claim, Examined, FlipTest, Turn, World
from sim.analyses.compare.analysis import compare, tables_beside
from sim.analyses.compare.outcomes import spell
from sim.analyses.compare.people import FATES
from sim.analyses.screening import Screen
from sim.command.compare import answer_told
from sim.drawing.style import house_style
from sim.results.posterior import Range, load_posterior
from sim.scenario.files import folder, load
from sim.scenario.stances import STANCES
from sim.scenario.words import day_in_words, decimals
from sim.view import words
from sim.view.answer import (
    NARROW,
    WIDE,
    answer,
    cut_off,
    fates_of_groups,
    groups_apart,
    paint_gap,
    paint_worlds,
    panels,
    try_answers,
    turning,
    unsaid,
)
from sim.view.brief import apart
from sim.view.laboratory.answers import answer as laboratory
from sim.view.stage import in_words, paint_scene, scene_of
from tests.view.test_brief import read

EXTENDS = {
    file.stem: found[1]
    for file in sorted(folder().glob("*.toml"))
    if (found := re.search(r'^extends = "(.+)\.toml"$', file.read_text(), re.MULTILINE))
}
"""Every shipped counterfactual, and what it is put beside."""
COUNTERFACTUALS = [name for name, base in EXTENDS.items() if base == "hong-kong-2020"]
QUESTION = "force-stance company=Meta stance=comply date=2020-10-01"


def few(*settings: str) -> list[str]:
    return ["population.users=1000", *settings]


@pytest.fixture(scope="module")
def comparison():
    """Every shipped counterfactual, and the question of October 2020, each beside the reference."""
    worlds = [load(name, few()) for name in ("hong-kong-2020", *COUNTERFACTUALS)]
    october = ask("hong-kong-2020", [QUESTION], [], few())
    return compare(
        *worlds, october, names=("hong-kong-2020", *COUNTERFACTUALS, "october"), replicates=3, workers=1
    )  # fmt: skip


@pytest.fixture(scope="module")
def comparisons(comparison):
    """The comparison that every shipped counterfactual is in, by its name."""
    others = {base: [name for name, of in EXTENDS.items() if of == base] for base in {*EXTENDS.values()}}
    found = dict.fromkeys([*COUNTERFACTUALS, "october"], comparison)
    for base, names in others.items():
        if base != "hong-kong-2020":
            worlds = [load(name, few("end=2020-12-31")) for name in (base, *names)]
            found |= dict.fromkeys(names, compare(*worlds, names=(base, *names), replicates=3, workers=1))
    return found


def changed(id="WhatsApp.holders", unit="points", gaps=(-8.0, -6.0, -4.0), base=85.0) -> words.Change:
    values = np.array(gaps)
    low, high = np.quantile(values, [0.05, 0.95])
    app, _, holders = id.rpartition(".")
    levels = (base, base + values.mean(), values.mean(), low, high)
    return words.Change(id, f"{app} {holders}", unit, *levels, tuple(values), app, "users" if app else "row")


def said(found, base, other, *troughs) -> tuple[str, str]:
    """The first sentence of an answer, and the others."""
    parts = words.parts(found, base, other, {one.change.id: one for one in troughs})
    first, *rest = words.sentences(parts)
    return first, " ".join(rest)


@pytest.mark.slow
def test_an_answer_is_one_number_in_one_wording_wherever_it_is_told(comparisons):
    """In the sentence, the picture and the table; on the page, in the laboratory, on the terminal, and in a brief."""
    wrong = []
    for world, comparison in comparisons.items():
        text = answer(comparison, world)
        parts = [re.search(rf'class="{part}">(.*?)</p>', text) for part in ("sentence", "further")]
        sentence, further = (html.unescape(part[1]) if part else "" for part in parts)
        wrong += [f"{world}: {problem}" for problem in numbers_apart(comparison, world, sentence, further)]
        wrong += [f"{world}: {problem}" for problem in moves_apart(comparison, world, text)]
        wrong += [f"{world}: {problem}" for problem in stage_apart(comparison, world, text)]
        base, other, said = comparison.scenarios[0], comparison.world(world), f"{sentence} {further}".strip()
        beside = tables_beside(comparison.ensemble(comparison.names[0]), comparison.ensemble(world))
        told = {
            "laboratory": laboratory(comparison, world)["sentence"],
            "terminal": next(answer_told(comparison, world, None)).strip(),
            "brief": apart(base, other, beside, drawn=False).sentence,
        }
        wrong += [f"{world}: {where}: {one}, not {said}" for where, one in told.items() if one != said]
    assert wrong == []


def numbers_apart(comparison, world, sentence, further) -> Iterator[str]:
    """Where sentence, picture and table of a world tell different numbers, or the sentence more than one thing."""
    table = comparison.outcomes[comparison.outcomes["world"] == world].set_index(["measure", "when"])
    told = words.Told(comparison, world)
    found = panels(told.courses, told.base, told.named)
    for width in (WIDE, NARROW):
        with house_style():
            figure = paint_gap(found, [], comparison.scenarios[0], width)
        for panel, axes in zip(found, figure.axes, strict=True):
            grey, colour = (line.get_ydata()[-1] for line in axes.get_lines()[-2:])
            row = table.loc[(panel.course.quantity.id, "end")]
            if (colour - grey, grey, colour) != pytest.approx((row["mean"], row["base"], row["other"])):
                yield f"picture of {panel.heading}"
    headlines = words.headlines(told.changes, told.named)
    whole = f"{sentence} {further}"
    users = re.search(r"(\S+) has ([\d.,]+) points? (more|fewer) users", whole)
    accounts = re.search(r"[Dd]ata of ([\d,]+) (more|fewer) accounts", whole)
    if bool(headlines) != bool(users) or bool(headlines) == bool(re.search("no app differ|nothing differs", whole)):
        yield whole
    messages = ("has .* users|no app differ|nothing differs|use it on a day", "accounts", "answers? demands")
    if sum(bool(re.search(one, sentence)) for one in messages) != 1:
        yield f"not one message: {sentence}"
    row = table.loc[("accounts", "end")]
    if bool(accounts) != (row["p05"] > 0 or row["p95"] < 0):
        yield f"accounts: {further}"
    told = [(f"{users[1]}.holders", users[2], users[3])] if users else []
    for id, number, more in told + ([("accounts", accounts[1], accounts[2])] if accounts else []):
        row = table.loc[(id, "end")]
        within = 0.51 * 10 ** -decimals(row["p05"], row["p95"], row["mean"])
        if abs(read(number) - abs(row["mean"])) > within or (more == "more") != (row["mean"] > 0):
            yield f"{id}: {number} {more}"
    if users and not any(f"{users[2]} point" in words.signed(one) for one in headlines if one.platform == users[1]):
        yield f"row of {users[1]}"
    if users and found[0].course.quantity.platform != users[1]:
        yield f"first picture of {found[0].heading}"


def moves_apart(comparison, world, text) -> Iterator[str]:
    """Where what is said of people who went from app to app, and of owners, is not in the tables of all pairs."""
    told = words.Told(comparison, world)
    week = told.day // 7 * 7 + 6
    day, lived = pd.Timestamp(told.base.date(min(week, told.base.days - 1))), []
    for runs in comparison.runs(world):
        rows = pd.concat(run.tables["flows"][run.tables["flows"]["week"] <= day] for run in runs)
        lived.append(rows.groupby(["origin", "destination"], observed=True)["users"].sum() / len(runs))
    more = 100 * (lived[1] - lived[0]) / told.base.population.represents
    net = {ends: by - more[ends[::-1]] for ends, by in more.items()}
    said = re.findall(r'"when">(\d+) of 100 people</span><span>from (.*?) to (.*?)[,.]', text.replace("no app", "none"))
    largest = [(str(round(net[ends])), *ends) for ends in sorted(net, key=net.get)[:-4:-1] if net[ends] >= 0.95]
    yield from [f"{said}, not {largest}"] * (said != largest or f"by {day_in_words(day.date())}" not in text)
    rows = pd.concat(run.tables["companies"] for run in comparison.runs(world)[1])
    for owner, does in re.findall(r"whose owner (\w+) (.*?)\.</span>", text):
        if STANCES[rows[(rows["company"] == owner) & (rows["date"] == day)]["stance"].mode()[0]].does() != does:
            yield f"{owner} {does}"


def stage_apart(comparison, world, text) -> Iterator[str]:
    """Where dots, people and companies of a page are not those of its runs."""
    told, runs = words.Told(comparison, world), comparison.runs(world)
    scene, apps = scene_of(told), [*told.base.platforms]
    with house_style():
        dots = paint_worlds(told.lead, "#000000", WIDE).axes[0].collections[0].get_offsets()
        figure = paint_scene(scene, dict.fromkeys([*apps, ""], "#000000"), NARROW)
    yield from [f"{len(dots)} dots"] * (len(dots) != len(told.lead.gaps))
    rising = np.diff(dots[np.argsort(told.lead.gaps), 0]) >= 0
    yield from ["order of dots"] * (not rising.all())
    week = told.day // 7
    lived = [[[one[week].lower() for one in run.tables["city"]["letters"]] for run in one] for one in runs]
    counts = [tuple((here.count(letter), there.count(letter)) for letter in "abcdefghijkl"[: len(apps)])
              for here, there in zip(*lived, strict=True)]  # fmt: skip
    said = [one.get_text() for one in figure.axes[0].texts]
    shown = {app: tuple(map(int, many.split(" → "))) for app, many in pairwise(said) if " → " in many}
    drawn = tuple(shown.get(app, (0, 0)) for app in apps)
    yield from [f"people {drawn}, not {counts}"] * (drawn not in counts)
    dots = figure.axes[0].collections
    hollow = sum((one.get_facecolors() == 1).all(axis=1).sum() for one in dots)
    off = [sum(one["letters"].str[week].str.isupper().sum() for one in (lives.tables["city"] for lives in pair))
           for pair in zip(*runs, strict=True)]  # fmt: skip
    yield from [f"{hollow} hollow, not of {off}"] * (hollow not in off)
    points = sum(len(one.get_offsets()) for one in dots)
    yield from [f"{points} people"] * (points != 2 * len(lived[0][0]))
    yield from ["box behind a text"] * any(one.get_bbox_patch() for one in figure.axes[0].texts)
    yield from ["not on the page"] * (html.escape(in_words(scene), quote=False) not in text)
    day = pd.Timestamp(told.base.date(min(week * 7 + 6, told.base.days - 1)))
    tables = [pd.concat(run.tables["companies"] for run in one) for one in runs]
    firms = " ".join(one.get_text() for one in figure.texts)
    for company in told.base.companies:
        was, now = (one[(one["company"] == company) & (one["date"] == day)]["stance"].mode()[0] for one in tables)
        line = f"{STANCES[now].words}: [^:]*{company}" if was == now else rf"{company}\b[^:]*: {STANCES[now].words} \("
        yield from [f"{company}: {now}, in {firms}"] * (not re.search(line, firms))


# What would flip it


def flipped(shares=1.0, move=None, own=1.0, power=10.0, found=True, pairs=20):
    """The flip test of an answer about WhatsApp that hangs on the weight of a court."""
    scenario = load("hong-kong-2020", few())
    court = Range("decision.court_weight", ("decision.court_weight",), 4.0, (0.0, 3.0, 6.0))
    claim = Claim(
        "x", "", World("base", scenario), World("other", scenario), "WhatsApp.holders", "WhatsApp holders", "points", -1
    )
    gaps = np.where(np.arange(pairs) < round(pairs * shares), -1.0, 1.0)
    screen = Screen((0,), (1.0,), 0.6, power, 0) if found else Screen((), (), 0.0, power, 0)
    courses = np.stack([np.zeros(pairs), gaps])[:, :, None]
    return FlipTest(
        Examined(claim, courses, np.zeros((2, 3)), screen, own, (Turn(0, move),) if found else ()), (court,)
    )


def test_an_answer_is_firm_depends_on_a_number_or_is_open():
    told = turning(flipped())
    assert (told.label, told.agreed) == ("firm", "WhatsApp holders: 20 of 20 pairs of runs differ this way.")
    assert "no value from 0 to 6 turns the answer" in told.doubts[0].said
    assert told.hangs.endswith("while a court order is needed; no plausible value of it turns the answer.")
    told = turning(flipped(move=0.4))
    assert told.label.startswith("depends on ")
    assert (told.verdict, turning(flipped()).verdict) == ("Depends on a number", "Firm")
    assert "turns at 2.4 and below; here 4" in told.doubts[0].said
    assert told.hangs.endswith("; within what is plausible it turns the answer.")
    assert told.doubts[0].rests.startswith("assumed")
    assert turning(flipped(shares=0.8)).label == "open"
    other = turning(flipped(own=-0.1))
    assert (other.label, other.hangs) == ("open", "")
    assert "with the scenario’s own numbers the sign is another" in other.agreed


def test_fewer_than_ten_pairs_carry_no_verdict():
    assert [turning(flipped(pairs=pairs)).label for pairs in (9, 10)] == ["a trial", "firm"]
    assert turning(flipped(pairs=9, move=0.4)).agreed.endswith("fewer than 10 carry no verdict.")


def test_an_answer_on_which_few_pairs_can_find_nothing_is_not_called_firm():
    told = turning(flipped(power=2.0, found=False))
    assert (told.label, told.verdict) == ("no single number found", "No single number found")
    assert told.hangs == "20 pairs are few: they would find 2 of ten numbers that move it by half a spread."
    none = turning(flipped(found=False))
    assert (none.verdict, none.hangs) == ("Firm", "No single number found.")
    assert turning(flipped(power=2.0)).label == "no single number found", "one number found is no proof of power"


@pytest.mark.slow
def test_the_page_says_what_the_screen_explains_and_would_have_found(comparison):
    page = answer(comparison, "october", tested=flipped(power=2.0, found=False))
    assert "No single number was found that the difference hangs on." in page
    assert re.search("they explain 0% of what differs.* by half a spread it would find 2\\.", page)


@pytest.mark.slow
def test_the_page_of_plausible_worlds_has_the_flip_test_of_its_own_pairs():
    worlds = [load(name, ["population.users=300", "end=2020-07-20"]) for name in ("hong-kong-2020", "companies-comply")]
    posterior = load_posterior()
    made = compare(
        *worlds, names=("hong-kong-2020", "companies-comply"), replicates=3, workers=1, drawn=posterior.world
    )
    found = try_answers(made, workers=1)
    page = answer(made, "companies-comply", tested=found.get("companies-comply"))
    subject = words.Told(made, "companies-comply").lead
    one = found["companies-comply"].examined
    assert one.claim.measure == subject.id
    assert (one.levels[1] - one.levels[0]).mean() == pytest.approx(subject.mean)
    assert "What would flip it" in page
    assert not one.screen.is_shown, "three pairs find nothing"
    assert "What would flip it" not in answer(made, "companies-comply")


def test_a_count_of_companies_is_a_distribution_and_two_outcomes_are_told_as_two():
    for gaps, said in (
        ((1, 1, 2, 0, 1, 1, 1, 1, 1, 1), "1 more company answers demands in 8, as many in 1, 2 more in 1 of 10 pairs"),
        ((1, 1, 1, 1, 1), "1 more company answers demands in 5 of 5 pairs"),
        ((0,) * 13 + (6, 9, 10, 10, 8, 9, 9),
         "as many companies answer demands in 13 of 20 pairs, and 6 to 10 more in 7"),
        ((0, 0, -2, 3, 5), "as many companies answer demands in 2 of 5 pairs, and 3 to 5 more in 2 and 2 fewer in 1"),
    ):  # fmt: skip
        assert words.distribution(changed("answering", "companies", tuple(map(float, gaps)), 2.0)) == said


def asked(*acts, base="hong-kong-2020", without=()):
    settings = few("end=2020-12-31")
    return load(base, settings), ask(base, acts, without, settings)


def test_what_leads_goes_by_the_kind_of_question():
    block = "order-block platform=WhatsApp date=2020-10-01"
    lasting = {
        f"{block} until=2020-11-30": (dt.date(2020, 10, 1), dt.date(2020, 11, 30)),
        f"{block} for_days=10": (dt.date(2020, 10, 1), dt.date(2020, 10, 11)),
        "outage platform=WhatsApp date=2020-10-01 hours=30 from_hour=20": (dt.date(2020, 10, 1), dt.date(2020, 10, 4)),
    }
    for act, days in lasting.items():
        one = spell(*asked(act))
        assert (one.app, one.first, one.end) == ("WhatsApp", *days), act
        assert not words.is_of_institutions(*asked(act))
    lasts = f"{block} until=2020-11-30"
    for acts in ((block,), (lasts, "force-stance company=Meta stance=comply date=2020-08-01"),
                 (lasts, lasts.replace("WhatsApp", "Telegram"))):  # fmt: skip
        assert spell(*asked(*acts)) is None, acts
    for one, other in (("hong-kong-2020", "court-order-kept"), ("no-law", "hong-kong-2020")):
        assert words.is_of_institutions(load(one, few()), load(other, few()))
    assert words.is_of_institutions(*asked("force-stance company=Meta stance=comply date=2020-10-01"))
    assert not any(words.is_of_institutions(*asked(act)) for act in (block, "report date=2020-10-01 note=x"))
    assert words.apps_named(*asked(block)) == ["WhatsApp"]
    assert words.apps_named(load("hong-kong-2020", few()), load("companies-comply", few())) == []


def test_what_a_question_leaves_unsaid_is_told_as_assumed():
    block = "order-block platform=WhatsApp date=2020-10-01"
    assert unsaid(*asked(block)) == ["access = 0 (usability that remains where the order is executed)"]
    assert unsaid(*asked(f"{block} access=0.2")) == []
    assert unsaid(load("hong-kong-2020", few()), load("court-order-kept", few())) == []


def test_each_kind_of_question_has_its_first_sentence():
    users = changed(gaps=(-1.0,) * 10)
    more = changed("answering", "companies", (2.0,) * 10, 2.0)
    trough = changed("WhatsApp.daily_users", gaps=(-20.2, -20.0, -20.5), base=20.7)
    act = "order-block platform=WhatsApp date=2020-10-01 until=2020-11-30"
    day = dt.date(2020, 10, 4)
    first, rest = said([users, more], *asked(act), words.Trough(trough, day))
    assert first.startswith("While WhatsApp is blocked, from 1 October 2020 until 30 November 2020, 0.5 % of people")
    assert "instead of 20.7 %, at the most, on 4 October 2020: 20.2 points fewer" in first
    assert rest.startswith(
        "Daily use is not back by the last day: more than a tenth of that is left. By 31 December 2020"
    )
    assert "By 31 December 2020, WhatsApp has 1.00 points fewer users" in rest
    _, rest = said([users, more], *asked(act), words.Trough(trough, day, dt.date(2020, 12, 1)))
    assert rest.startswith(
        "Daily use is back by 1 December 2020, 1 day after the end: a tenth of that is left at most."
    )
    late = said([users, more], *asked(act), words.Trough(trough, dt.date(2020, 12, 30)))[0]
    assert late.startswith("By 31 December 2020, WhatsApp has 1.00 points fewer users")
    first, rest = said([users, more], load("hong-kong-2020", few()), load("court-order-kept", few()))
    assert "2 more companies answer demands in 10 of 10 pairs" in first
    assert rest.startswith("WhatsApp has 1.00 points fewer users")
    accounts = changed("accounts", "accounts", (350.0,) * 10, 1000.0)
    one = changed("answering", "companies", (1.0,) * 10, 2.0)
    first, rest = said([users, one, accounts], *asked("force-stance company=Meta stance=comply date=2020-10-01"))
    assert first.startswith("By 31 December 2020, data of 350 more accounts is handed over")
    assert rest.startswith("1 more company answers demands in 10 of 10 pairs.")  # which was supposed
    short = "outage platform=WhatsApp date=2020-10-05 hours=6"
    for base, levels, begins in (
        (84.45, ("84", "84"), "By 31 December 2020, WhatsApp has"),
        (84.9, ("85", "84"), "While WhatsApp is down, from 5 October 2020 until 6 October 2020"),
    ):
        little = changed("WhatsApp.daily_users", gaps=(-0.06,) * 8 + (-4.0,) * 2, base=base)
        assert words.levels(little) == levels
        told = said([users, more], *asked(short), words.Trough(little, dt.date(2020, 10, 5)))[0]
        assert told.startswith(begins)


def test_what_is_called_firm_is_what_leads():
    users = changed(gaps=(-1.0,) * 10)
    accounts = changed("accounts", "accounts", (350.0,) * 10, 1000.0)
    more, one = (changed("answering", "companies", (gap,) * 10, 2.0) for gap in (2.0, 1.0))
    stance = asked("force-stance company=Meta stance=comply date=2020-10-01")
    court = load("hong-kong-2020", few()), load("court-order-kept", few())
    block = asked("order-block platform=WhatsApp date=2020-10-01")
    for worlds, found, id in (
        (court, [users, accounts, more], "answering"), (court, [users, accounts], "accounts"),
        (court, [users], users.id),
        (stance, [users, accounts, one], "accounts"), (stance, [users, accounts, more], "answering"),
        (block, [users, accounts, more], users.id),
    ):  # fmt: skip
        assert words.parts(found, *worlds)[0].id == id


def test_a_difference_that_no_page_shows_is_none():
    assert not changed(gaps=(-0.04, -0.02, -0.03)).is_clear
    assert changed(gaps=(-0.06, -0.07, -0.05)).is_clear


# No direction that the pairs do not carry


def test_the_largest_clear_difference_is_told():
    gaps = {"A": (1.0, 2.0), "B": (-3.0, -2.9), "C": (-9.0, 9.5)}
    found = [changed(f"{app}.holders", gaps=of_pairs) for app, of_pairs in gaps.items()]
    assert [one.id for one in words.headlines(found)] == ["B.holders", "A.holders"]
    assert [one.id for one in words.headlines(found, ["A"])] == ["A.holders", "B.holders"]
    rows, rest = words.rows_of(found, (5, 3))
    assert [one.id for one in rows] == ["B.holders", "A.holders"]
    assert [one.id for one in rest] == ["C.holders"]
    assert words.headlines(found[2:]) == []
    two = load("hong-kong-2020", few()), load("whatsapp-complies", few())
    assert "no app differ in a direction" in said(found[2:], *two)[0]


# Who bears it


def groups(same, cut=0.0) -> pd.DataFrame:
    """Two groups with a fate each in percent; the other fates are of nobody."""
    parts = []
    for by, group, value in (("concern", "lowest third", same), ("internet provider", "Near", 100.0)):
        for fate in FATES:
            mean = {FATES[0]: value, FATES[4]: cut if group == "Near" else 0.0}.get(fate, 0.0)
            band = {"p05": mean - 2, "p50": mean, "p95": mean + 1, "mean": mean}
            parts.append({"group": f"{by}: {group}", "by": by, "fate": fate, "size": 50.0, **band})
    return pd.DataFrame(parts)


def test_who_bears_it_is_told_by_groups_whose_apps_differ():
    table = groups(same=90.0)
    rows = groups_apart(table)
    assert [one.name for one in rows] == ["concern: lowest third", "internet provider: Near"]
    assert (rows[0].mean, rows[0].low, rows[0].high) == (10, 9, 12)
    assert groups_apart(groups(same=100.0)) == []
    assert "Nobody is cut off" in cut_off(table)
    assert "12 to 12 percent" in cut_off(groups(90.0, 12.0))
    found = fates_of_groups(table)
    assert list(found.columns) == ["group", "percent of all", *FATES]
    shown = [["concern: lowest third", "90"], ["internet provider: Near", "100"]]
    assert found[["group", FATES[0]]].values.tolist() == shown


@pytest.mark.slow
def test_observed_values_stand_beside_the_world_that_was_observed_alone(comparison):
    assert "Beside what was observed" in answer(comparison, "october")
    worlds = [load(name, few("end=2020-08-01")) for name in ("no-law", "hong-kong-2020")]
    turned = compare(*worlds, names=("no-law", "law"), replicates=1, workers=1)
    assert "Beside what was observed" not in answer(turned, "law")
