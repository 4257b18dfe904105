"""How lists, dates and numbers are written, and which name is suggested."""

import datetime as dt
import math

import numpy as np

from sim.scenario import words


def test_numbers_in_few_characters():
    some = (0, 0.4, 7, 320, 1_400, 26_000, 3.1e6, -12)
    assert [words.compact(value) for value in some] == ["0", "0.4", "7", "320", "1.4k", "26k", "3.1M", "−12"]
    some = (83.62, 100, 0.00012, -6.5, 12_345.6, math.nan)
    assert [words.number(value) for value in some] == ["83.6", "100", "0.00012", "−6.5", "12,346", "–"]


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


# A number and its band


def digits_after_the_point(text: str) -> int:
    return len(text.partition(".")[2])


BANDED = {
    (1.5, 2.69, 3.4): ("1.5", "2.7", "3.4"), (3, 8.2, 12): ("3", "8", "12"), (0.2, 0.4, 8): ("0.2", "0.4", "8"),
    (-8.2, -8.04, -7.88): ("−8.2", "−8.0", "−7.9"), (1003, 1066, 1121): ("1,000", "1,070", "1,120"),
    (0.04, 1.5, 3.4): ("0.04", "2", "3"), (-4, 0.4, 4): ("−4", "0", "4"), (5, 5, 5): ("5.00", "5.00", "5.00"),
    (0, 0, 0): ("0", "0", "0"), (0, 0.0344, 0): ("0", "0.03", "0"), (0, -0.00075, 0): ("0", "−0.0008", "0"),
    (0, 31, 0): ("0", "30", "0"), (5, 5.03, 5): ("5.00", "5.03", "5.00"), (0, 63, math.inf): ("0", "63", "inf"),
    (4, math.inf, math.inf): ("4", "inf", "inf"),
}  # fmt: skip


def test_a_number_is_as_coarse_as_its_band():
    assert {band: words.banded(*band) for band in BANDED} == BANDED


def test_no_number_is_told_finer_than_its_band_nor_a_band_coarser_than_its_steps():
    """Over many bands of all sizes: what is told is in order, close to what is, and never finer than both ends."""
    draws = np.random.default_rng(1)
    for _ in range(3_000):
        low, middle, high = np.sort(draws.normal(draws.normal(0, 3), 1, 3)) * 10 ** draws.uniform(-3, 6)
        texts = words.banded(low, middle, high)
        first, number, last = (float(text.replace(",", "").replace("−", "-")) for text in texts)
        assert digits_after_the_point(texts[1]) <= max(digits_after_the_point(texts[n]) for n in (0, 2)), texts
        assert first <= number <= last
        assert (first > 0) == (low > 0)
        assert (last < 0) == (high < 0)
        assert max(abs(first - low), abs(number - middle), abs(last - high)) <= (high - low) / words.STEPS / 2 + 1e-9
        places = -words.decimals(low, high, middle)
        assert 10.0 ** (places + 1) > (high - low) / words.STEPS, f"{texts}: a coarser digit would do"
