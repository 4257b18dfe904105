"""What counts as an idle moment, and who finds that out."""

import multiprocessing
import os
import time

import pytest

from tests.laboratory.idle import Asked, cores_timed, idle, since_last, told


def test_a_moment_is_idle_by_the_loop_alone():
    """Neither a slow answer nor a quick one changes whether its moment counts."""
    series = [Asked(0.8, 1.0), Asked(1.7, 1.14), Asked(0.7, 1.16), Asked(0.9, 1.5)]
    assert idle(series) == [0.8, 1.7]
    assert idle([Asked(one.waited, 20.0 * one.loop) for one in series]) == [0.8, 1.7]


def test_answers_are_told_with_those_that_took_too_long():
    assert told([0.8, 1.0, 0.9, 1.25]) == "4, of which 2 within 1 s: 0.80 to 1.25, in the middle 0.95 s"
    assert told([]) == "none"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes cannot be bound to a core here")
def test_every_core_is_timed_and_nothing_is_left():
    before = multiprocessing.active_children()
    with cores_timed() as pipes:
        since_last(pipes)
        time.sleep(1.0)
        assert 0.0 < since_last(pipes) < 1.0
        assert len(multiprocessing.active_children()) == len(before) + len(pipes)
    assert len(multiprocessing.active_children()) == len(before)
