"""How lists, dates and numbers are written, and which name is suggested."""

import datetime as dt
import math

import pytest

from sim.scenario import words


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.4, "0.4"), (7, "7"), (320, "320"), (1_400, "1.4k"), (26_000, "26k"), (3.1e6, "3.1M"), (-12, "−12")],
)
def test_a_number_in_few_characters(value, text):
    assert words.compact(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(83.62, "83.6"), (100, "100"), (0.00012, "0.00012"), (-6.5, "−6.5"), (12_345.6, "12,346")]
)
def test_a_number_of_three_digits(value, text):
    assert words.number(value) == text
    assert words.number(math.nan) == "–"


def test_signs():
    assert [words.signed(value) for value in (1.26, -1.26, 0.01)] == ["+1.3", "−1.3", "0.0"]
    assert [words.signed_number(value) for value in (1_400, -7, 0)] == ["+1.4k", "−7", "0"]


def test_lists_and_dates():
    assert [words.listed(some) for some in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]
    day = dt.date(2020, 7, 6)
    assert (words.day_in_words(day), words.short_day(day)) == ("6 July 2020", "6 Jul 2020")
    assert words.day_in_words(day, beside=dt.date(2020, 1, 1)) == "6 July"
    assert [words.counted(n, "act") for n in (0, 1, 2)] == ["0 acts", "1 act", "2 acts"]


def test_the_nearest_name():
    assert words.did_you_mean("Whatsap", ["Telegram", "WhatsApp"]) == 'did you mean "WhatsApp"?'
    assert words.did_you_mean("", ["WhatsApp"]) == words.did_you_mean("xyz", ["WhatsApp"]) == ""
