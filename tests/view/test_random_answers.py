"""Two thousand random answers, from values that no simulation made: what is told is no finer and no surer than they."""

import datetime as dt
import re
from types import SimpleNamespace

import numpy as np

from sim.analyses.ask import ask
from sim.measures import ACCOUNTS, ANSWERS, COMPANIES, DAILY, POINTS
from sim.scenario.files import load
from sim.scenario.words import DIGITS, STEPS
from sim.view import words
from sim.view.answer import by_pairs

APPS = ("WhatsApp", "Telegram", "WeChat", "Signal")
ACTS = (
    "order-block platform=WhatsApp date=2020-10-01 until=2020-11-30", "order-block platform=WhatsApp date=2020-10-01",
    "force-stance company=Meta stance=comply date=2020-10-01", "enact id=enact court_order_required=true",
    "report date=2020-10-01 note=x",
)  # fmt: skip
USE = re.compile(
    r"([\d.]+) % of people use it on a day instead of ([\d.]+) %, .*?: ([\d.]+) points? \w+ \((.*?) to (.*?)\)"
)
USERS = re.compile(
    r"(\w+) has ([\d.]+) points? \w+ users \((.*?) to (.*?)\): ([\d.]+) % of people instead of ([\d.]+) %"
)
DATA = re.compile(r"ata of ([\d,.]+) \w+ accounts? is handed over \((.*?) to (.*?)\)")
KINDS = {"use": USE, "users": USERS, "data": DATA}


def number(text):
    return float(text.replace(",", "").replace("−", "-"))


def places(text):
    return len(text.partition(".")[2])


def pairs_of(draw, count, low, high):
    """Levels of both worlds over pairs: alike, apart by much or little, or apart in some pairs alone."""
    base = draw.uniform(low, high) + draw.normal(0, 10.0 ** draw.uniform(-2, 0.7), count)
    gaps = draw.normal(draw.normal(0, 10), 10.0 ** draw.uniform(-3, 1), count) * (
        draw.random(count) < draw.choice([1, 0.3, 0])
    )
    return np.clip(base, low, high)[:, None], np.clip(base + gaps, low, high)[:, None]


def one_change(id, unit, values, app="", role="row"):
    return words.changes_of(SimpleNamespace(id=id, name=id.replace(".", " "), unit=unit), *values, app, role)[0]


def faults(text, change, level_texts, size, ends):
    """Where a number is not that of its values, or is finer than its band."""
    low, high = np.percentile(change.gaps, [5, 95])
    for said, value in zip(level_texts, (change.other, change.base), strict=False):
        if number(said) < 0 or abs(number(said) - value) > 0.501 * 10.0 ** -places(said):
            yield f"level {said}, not {value}: {text}"
    step = 10.0 ** -places(size)
    if places(size) and step < (high - low) / STEPS / 10 and step < abs(change.mean) / 10**DIGITS:
        yield f"{size} is finer than its band ({low} to {high}): {text}"
    if places(size) > max(map(places, ends)):
        yield f"{size} is finer than its ends {ends}: {text}"
    coarse = 10.0 ** np.ceil(np.log10(max(high - low, abs(change.mean), 1e-9)))
    if abs(number(size) - abs(change.mean)) > max(0.501 * step, coarse / 10):
        yield f"{size}, not {change.mean}: {text}"


def test_random_answers_tell_no_level_below_zero_no_digit_beyond_the_band_and_no_verdict_under_ten_pairs():
    draw, wrong, seen = np.random.default_rng(20201001), [], set()
    base = load("hong-kong-2020", ["end=2020-12-31"])
    questions = [(base, ask("hong-kong-2020", [act], [], ["end=2020-12-31"])) for act in ACTS]
    for turn in range(2_000):
        worlds, count = questions[turn % len(ACTS)], int(draw.integers(2, 41))
        found = [one_change(f"{app}.holders", POINTS, pairs_of(draw, count, 0.0, 100.0), app, "users") for app in APPS]
        found += [one_change(ACCOUNTS, "accounts", pairs_of(draw, count, 0.0, 10.0 ** draw.uniform(0, 5)))]
        companies = [np.round(values) for values in pairs_of(draw, count, 0.0, 11.0)]
        found += [one_change(ANSWERS, COMPANIES, companies)]
        peaks = {
            id: one_change(id, POINTS, pairs_of(draw, count, 0.0, 100.0), app) for app in APPS if (id := app + DAILY)
        }
        told = words.parts(found, *worlds, {id: words.Trough(one, dt.date(2020, 10, 9)) for id, one in peaks.items()})
        by_id = {one.id: one for one in (*found, *peaks.values())}
        for part in told:
            change, text = by_id[part.id], part.text
            if hit := USE.search(text):
                wrong += faults(text, change, hit.groups()[:2], hit[3], (hit[4], hit[5]))
            elif hit := USERS.search(text):
                wrong += [text] * (hit[1] != change.platform)
                wrong += faults(text, change, (hit[5], hit[6]), hit[2], (hit[3], hit[4]))
            elif hit := DATA.search(text):
                wrong += faults(text, change, (), hit[1], (hit[2], hit[3]))
            elif part.id == ANSWERS:
                wrong += [text] * (f"of {count} pairs" not in text)
            seen |= {name for name, hit in KINDS.items() if hit.search(text)} or {part.id}
            fine = {places(level) if number(level) >= 0 else level for level in words.levels(change)}
            apart = part.id != ANSWERS and any(change.gaps) and fine != {places(words.signed(change).split(" ")[0])}
            wrong += [f"{fine}: {text}"] * apart
            wrong += [text] * bool(re.search(r"\d{2}\.\d{3}|nan|inf", text))
        wrong += [told[0].text] * ("users of no app differ" in told[0].text and words.is_of_institutions(*worlds))
        is_quiet = told[0].id == ANSWERS and not any(by_id[ANSWERS].gaps)
        wrong += [told[0].text] * (is_quiet and words.headlines(found) != [])
        verdict, why = by_pairs(found, by_id[told[0].id], is_drawn=bool(turn % 2))
        if count < words.FEW_PAIRS and verdict not in ("A trial", "Nothing"):
            wrong.append(f"{verdict} on {count} pairs: {why}")
        wrong += [why] * (not why[0].isupper() or (verdict == "Open" and not any(by_id[told[0].id].gaps)))
        rough = " ".join(words.how_sure(found, drawn=True))
        wrong += [rough] * (("do not quote" in rough) != (count < words.FEW_PAIRS))
    assert wrong == []
    assert seen >= {"use", "users", "data", ANSWERS}
    met = one_change("Meta.demand_met", COMPANIES, (np.array([[0.0], [1.0], [0.0]]), np.array([[1.0], [1.0], [0.0]])))
    assert words.signed(met) == "2 of 3 pairs instead of 1"
