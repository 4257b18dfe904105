"""Ten sessions at once stay responsive, and a tab that is closed stops its work."""

import statistics
import time

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import steps
from tests.browser.conftest import Server, Visit, start, stop

pytestmark = [pytest.mark.browser, pytest.mark.alone]

SESSIONS = 10
MOVES = 7
RATIO = 1.5
START = "?view=platforms&scenario=hong-kong-2020&set=population.users%3D20000"


def first_answer(page: Page, vagueness: float) -> float:
    """Seconds from moving a control to the first band of the new world on the page."""
    before = steps.digest(page)
    field = steps.field(page, "law.vagueness")
    field.fill(f"{vagueness:.4f}")
    begin = time.perf_counter()
    field.press("Tab")
    page.wait_for_function(
        """before => { const s = document.querySelector('.lab-status').dataset;
           return s.digest !== before && Number(s.done) >= 2 && document.querySelector('.lab-pictures figure'); }""",
        arg=before,
        polling=20,
    )
    return time.perf_counter() - begin


@pytest.fixture(scope="module")
def quiet_server():
    """A server that no other test uses, so that its work can be counted."""
    started = start("--workers", "2")
    yield started
    stop(started)


def open_session(visit: Visit, server: Server, seed: int) -> Page:
    page = visit.open(f"{server.address}{START}&seed={seed}")
    steps.wait_for_replicates(page, 2)
    return page


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


def test_a_first_answer_among_ten_sessions_takes_at_most_half_as_long_again(quiet_server: Server, visit: Visit) -> None:
    """Median over moves of one session alone, and of the same session while nine others are being answered.

    The nine others have each moved a control just before, and wait for their twenty replicates, all of different worlds.
    """
    page = open_session(visit, quiet_server, seed=1)
    wait_until_idle(quiet_server)
    alone = []
    for move in range(MOVES):
        alone.append(first_answer(page, 0.10 + 0.001 * move))
        wait_until_idle(quiet_server)
    others = [open_session(visit, quiet_server, seed=1000 * (1 + i)) for i in range(SESSIONS - 1)]
    among = []
    for move in range(MOVES):
        for i, other in enumerate(others):
            other.bring_to_front()
            steps.set_number(other, "law.vagueness", round(0.3 + 0.01 * move + 0.001 * i, 4))
        page.bring_to_front()
        among.append(first_answer(page, 0.20 + 0.001 * move))
    ratio = statistics.median(among) / statistics.median(alone)
    print(
        f"\nfirst answer alone {statistics.median(alone):.2f} s, among ten {statistics.median(among):.2f} s: {ratio:.2f}"
    )
    assert ratio <= RATIO
