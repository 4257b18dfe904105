"""Ten sessions at once stay responsive, and a tab that is closed stops its work."""

import statistics
import time
from collections.abc import Iterator

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import Server, Visit, start, stop

pytestmark = [pytest.mark.browser, pytest.mark.alone]

SESSIONS = 10
PAUSE = 10.0
"""Seconds for which a person looks at an answer before moving on."""
ROUNDS = 2
ALONE = 12
MOVES = 50
RATIO = 1.5
WORLD = "?view=platforms&scenario=hong-kong-2020&set=population.users%3D20000"
WATCH = """() => {
  window.answers = [];
  let begin = 0, before = "";
  document.addEventListener("change", () => {
    [begin, before] = [performance.now(), document.querySelector(".lab-status").dataset.digest];
  }, true);
  const see = () => {
    const status = document.querySelector(".lab-status").dataset;
    const shown = document.querySelector(".lab-answer:not(.old) section");
    if (begin && shown && status.digest !== before && Number(status.done) >= 2) {
      window.answers.push((performance.now() - begin) / 1000);
      begin = 0;
    }
  };
  new MutationObserver(see).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""
"""Keeps the seconds from each move of a control to the first band of the new world, as the page itself sees them."""


def open_session(visit: Visit, server: Server, seed: int) -> Page:
    """A tab with its first answer, in which answers are timed from now on."""
    page = visit.open(f"{server.address}{WORLD}&seed={seed}")
    steps.wait_for_replicates(page, 2)
    page.evaluate(WATCH)
    return page


def move(page: Page, vagueness: float) -> None:
    field = steps.field(page, "law.vagueness")
    field.fill(f"{vagueness:.4f}")
    field.press("Tab")


def answers(page: Page, count: int) -> list[float]:
    """Seconds to each first answer, once there are ``count``."""
    page.wait_for_function("count => window.answers.length >= count", arg=count)
    return page.evaluate("window.answers")


@pytest.fixture(scope="module")
def quiet_server() -> Iterator[Server]:
    """A server that no other test uses, so that its work can be counted."""
    started = start("--workers", "2")
    yield started
    stop(started)


def working(server: Server) -> float:
    """Share of a processor that the server's workers use, over half a second."""
    workers = psutil.Process(server.process.pid).children(recursive=True)
    before = sum(sum(worker.cpu_times()[:2]) for worker in workers)
    time.sleep(0.5)
    return (sum(sum(worker.cpu_times()[:2]) for worker in workers) - before) / 0.5


def wait_until_idle(server: Server) -> None:
    limit = time.monotonic() + 60
    while working(server) > 0.1:
        assert time.monotonic() < limit, "the workers go on"


def test_a_closed_tab_stops_its_work(quiet_server: Server, visit: Visit) -> None:
    page = visit.open(
        f"{quiet_server.address}?scenario=hong-kong-2020&set=population.users%3D200000&seed=5", ready=False
    )
    expect(page.locator(".lab-status")).to_be_visible()
    assert working(quiet_server) > 0.5
    page.close(run_before_unload=True)
    begin = time.monotonic()
    wait_until_idle(quiet_server)
    assert time.monotonic() - begin < 10


def test_each_of_fifty_moves_is_answered(quiet_server: Server, visit: Visit) -> None:
    """One person moves a control fifty times, each time once the first band is there; prints how long that took."""
    page = open_session(visit, quiet_server, seed=77)
    for i in range(MOVES):
        move(page, 0.6 + 0.001 * i)
        seconds = answers(page, i + 1)
    median, nine_in_ten = statistics.median(seconds), statistics.quantiles(seconds, n=10)[-1]
    print(f"\n{MOVES} moves, first band: median {median:.2f} s, 90 % {nine_in_ten:.2f} s, at most {max(seconds):.2f} s")
    assert len(seconds) == MOVES


def test_first_answers_among_ten_sessions_take_at_most_half_as_long_again(quiet_server: Server, visit: Visit) -> None:
    """Ten people move a control every ten seconds, in turn, each in another world; nine other answers are refined.

    Compared are medians over moves: of all ten sessions together, and of one session before the others came.
    """
    pages = [open_session(visit, quiet_server, seed=1)]
    for i in range(ALONE):
        move(pages[0], 0.1 + 0.001 * i)
        alone = answers(pages[0], i + 1)
    pages += [open_session(visit, quiet_server, seed=1000 * i) for i in range(1, SESSIONS)]
    begin = time.monotonic()
    for turn in range(ROUNDS * SESSIONS):
        time.sleep(max(0.0, begin + turn * PAUSE / SESSIONS - time.monotonic()))
        move(pages[turn % SESSIONS], 0.3 + 0.002 * turn)
    among = answers(pages[0], ALONE + ROUNDS)[ALONE:]
    among += [seconds for page in pages[1:] for seconds in answers(page, ROUNDS)]
    one, ten = statistics.median(alone), statistics.median(among)
    print(f"\nfirst answer alone {one:.2f} s, among ten {ten:.2f} s, at most {max(among):.2f} s: ratio {ten / one:.2f}")
    assert len(among) == ROUNDS * SESSIONS
    assert ten <= RATIO * one
