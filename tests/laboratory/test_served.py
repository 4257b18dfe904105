"""The server as the page sees it: answers that grow, worlds that are asked for, files, refusals, and many at once."""

import contextlib
import http.client
import itertools
import json
import statistics
import threading
import time

import psutil
import pytest

from sim.scenario.files import LARGEST_BYTES, load
from sim.view.laboratory.cards import BASE, CARDS
from sim.view.laboratory.jobs import PAIRS, STAGES
from sim.view.laboratory.server import VISITOR
from tests.laboratory.classroom import measure
from tests.laboratory.served import LITTLE, PATIENCE, Server, ask, events, first, lines, post, rest, start, stop

pytestmark = pytest.mark.slow

OUTAGE = {"acts": [{"kind": "outage", "platform": "WhatsApp", "days": 2, "date": "2020-08-04"}]}


@pytest.fixture(scope="module")
def server():
    started = start("--workers", "2", *LITTLE)
    yield started
    assert stop(started) == "Stop it with Ctrl+C.\n"


def own(acts: list, **more) -> dict:
    return {"acts": acts, **more}


def test_an_answer_grows_from_two_pairs_to_all(server: Server) -> None:
    told = [(kind, data) for kind, data, _ in events(server, "whatsapp-complies") if kind != "waits"]
    pairs = [data["pairs"] for kind, data in told if kind == "answer"]
    assert pairs[-1] == PAIRS
    assert set(pairs) <= {*STAGES}
    assert pairs == sorted(pairs)
    assert told[-1][0] == "done"
    last = told[-2][1]
    assert last["sentence"].startswith("By 30 September 2020, ")
    assert (last["name"], last["of"], last["luckyPairs"]) == ("whatsapp-complies", PAIRS, PAIRS // 2)
    again, seconds = first(server, "whatsapp-complies")
    print(f"\na cached answer: {seconds:.3f} s")
    assert again == last


def test_a_world_of_ones_own_has_the_same_id_and_the_same_words(server: Server) -> None:
    status, asked = post(server, "/api/ask", OUTAGE)
    assert status == 200
    assert post(server, "/api/ask", OUTAGE)[1] == asked
    assert asked["link"].startswith("#w=")
    assert {act["id"] for act in asked["acts"]} > {"yours-1"}
    data, _ = first(server, asked["id"])
    assert data["name"] == asked["id"]
    assert data["asks"] == asked["question"]["asks"]
    assert data["asks"] == "What if WhatsApp had failed for everyone for 2 days from 4 August 2020?"
    city = json.loads(ask(server, "GET", f"/api/city/{asked['id']}")[1])
    assert len(city["people"]) == len(city["now"][0]) == 240


def test_what_is_taken_away_is_of_the_world(server: Server, tmp_path) -> None:
    status, asked = post(server, "/api/ask", own([{"kind": "lift", "platform": "Signal", "date": "2020-08-01"}]))
    path = f"/api/take/{asked['id']}"
    status, text, headers = ask(server, "GET", f"{path}/scenario.toml")
    assert status == 200
    assert headers["content-disposition"] == f'attachment; filename="{asked["id"]}-scenario.toml"'
    (tmp_path / "x.toml").write_text(text)
    assert any(act.kind == "lift" for act in load(tmp_path / "x.toml").acts)
    assert ask(server, "GET", f"{path}/answer.html")[0] == 409
    stream = events(server, asked["id"])
    for kind, data, _ in stream:
        if kind == "answer" and data["luckyPairs"]:
            break
    status, page, _ = ask(server, "GET", f"{path}/answer.html")
    assert status == 200
    assert "<title>" in page
    assert ask(server, "GET", f"{path}/tables/outcomes.csv")[1].startswith("world,measure")
    assert ask(server, "GET", f"{path}/tables.xlsx")[0] == 200
    for wrong in ("tables/people.csv", "../../etc/passwd", "tables/..%2fx.csv", "x"):
        assert ask(server, "GET", f"{path}/{wrong}")[0] == 404
    stream.close()


def test_an_imported_file_is_a_world_of_ones_own(server: Server) -> None:
    text = b'extends = "no-law"\n[[acts]]\nid = "out"\nkind = "outage"\nplatform = "Signal"\ndate = 2020-08-01\n'
    status, put = post(server, "/api/import", b"end = 2020-09-30\n" + text)
    assert status == 200, put
    assert post(server, "/api/ask", put["question"]["request"])[1]["id"] == put["id"]


def test_other_visitors_are_served_while_a_hostile_file_is_read(server: Server) -> None:
    hostile = {
        "letters": b'title = "' + b"x" * (LARGEST_BYTES - 20) + b'"',
        "bad keys": b'extends = "hong-kong-2020"\n' + b"".join(b"key%d = 1\n" % i for i in range(10_000)),
        "bad companies": b'extends = "hong-kong-2020"\n' + b"".join(b"[companies.x%d]\n" % i for i in range(10_000)),
        "hex": b"x = 0x" + b"f" * 900_000,
        "brackets": b"x = " + b"[" * 900_000,
        "braces": b"x = " + b"{a=" * 200_000,
        "a file": b'extends = "/etc/passwd"',
        "nothing": b"\0",
    }
    slowest = {}
    for name, text in hostile.items():
        waited: list[float] = []
        ended = threading.Event()

        def others(waited: list[float] = waited, ended: threading.Event = ended) -> None:
            while not ended.is_set():
                begin = time.monotonic()
                assert ask(server, "GET", "/api/schema")[0] == 200
                waited.append(time.monotonic() - begin)
                time.sleep(0.05)

        thread = threading.Thread(target=others)
        thread.start()
        begin = time.monotonic()
        status, said = post(server, "/api/import", text)
        slowest[name] = time.monotonic() - begin, max(waited, default=0.0)
        ended.set()
        thread.join()
        assert status == 422, name
        assert "is read within" not in said["message"], f"{name}: it took until the limit"
        assert "\n" not in said["message"]
        assert len(said["message"]) < 600
    print("\n" + "\n".join(f"{name}: {own:.2f} s, others {them:.2f} s" for name, (own, them) in slowest.items()))
    assert post(server, "/api/ask", OUTAGE)[0] == 200


def test_nonsense_is_refused_in_one_line(server: Server) -> None:
    own_ = server.address.rstrip("/")
    for path, wrong in (
        ("/api/answers/no-such", 404), ("/api/city/no-such", 404), ("/x", 404), ("/../../etc/passwd", 404),
        ("//evil.example", 404), ("/x%0d%0aset-cookie:a=b", 404), ("/docs", 404), ("/api/take/no-law", 404),
        ("/" + "x" * 5000, 414),
    ):  # fmt: skip
        status, text, headers = ask(server, "GET", path)
        assert status == wrong, path
        assert text.count("\n") <= 1
        assert len(text) < 200
        assert "set-cookie" not in headers
        assert "location" not in headers
    assert ask(server, "GET", "/", host="evil.example")[0] == 421
    assert ask(server, "GET", "/", origin="http://[")[0] == 403
    assert ask(server, "POST", "/api/ask", b"{}")[0] == 403
    assert ask(server, "POST", "/api/import", b"#" * (LARGEST_BYTES + 1), origin=own_)[0] == 413
    assert ask(server, "POST", "/api/schema", b"", origin=own_)[0] == 405
    upgrade = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    assert ask(server, "GET", "/api/answers/no-such", origin=own_, **upgrade)[0] in (400, 403, 404)


def test_the_page_may_run_its_own_script_and_load_nothing(server: Server) -> None:
    status, page, headers = ask(server, "GET", "/")
    policy = headers["content-security-policy"]
    assert status == 200
    assert "unsafe-eval" not in policy
    assert "script-src 'sha256-" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert all(f'"name":"{card.name}"' in page for card in CARDS if not card.acts)


def test_a_browser_is_told_apart_by_a_name_that_it_keeps(server: Server) -> None:
    cookie = ask(server, "GET", "/")[2]["set-cookie"]
    assert cookie.startswith(f"{VISITOR}=")
    assert "HttpOnly" in cookie
    assert cookie != ask(server, "GET", "/")[2]["set-cookie"]
    assert "set-cookie" not in ask(server, "GET", "/", cookie=cookie.partition(";")[0])[2]


def test_it_listens_on_loopback_alone_and_speaks_to_no_other_machine(server: Server) -> None:
    connections = [c for process in server.family for c in process.net_connections(kind="inet")]
    assert {c.laddr.ip for c in connections} == {"127.0.0.1"}
    assert {c.raddr.ip for c in connections if c.raddr} <= {"127.0.0.1"}


def test_ten_visitors_are_all_answered_while_one_asks_without_rest(server: Server) -> None:
    """Prints how long a first answer takes alone and among ten."""
    acts = [[{"kind": "outage", "platform": "Signal", "days": 1 + i, "date": "2020-08-10"}] for i in range(40)]
    alone = [first(server, post(server, "/api/ask", own(acts[i]))[1]["id"])[1] for i in range(3)]
    stopped, waited = threading.Event(), []

    def restless() -> None:
        """Asks for another world before the last one is answered, and lets that go, as the page does."""
        for move in itertools.count():
            made = own([
                {"kind": "outage", "platform": "WeChat", "hours": 1.0 + move, "date": f"2020-07-{1 + move % 28:02}"}
            ])  # fmt: skip
            name = post(server, "/api/ask", made)[1]["id"]
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
            connection.request("GET", f"/api/answers/{name}")
            time.sleep(0.2)
            connection.close()
            if stopped.is_set():
                return

    def patient(number: int) -> None:
        name = post(server, "/api/ask", own(acts[number]))[1]["id"]
        for kind, data, seconds in events(server, name, f"patient {number}"):
            if kind == "answer" and data["pairs"] == 2:
                waited.append(seconds)
            if kind == "answer" and data["pairs"] >= 4:
                return

    mover = threading.Thread(target=restless)
    mover.start()
    nine = [threading.Thread(target=patient, args=(10 + i,)) for i in range(9)]
    for one in nine:
        one.start()
    for one in nine:
        one.join(PATIENCE)
    stopped.set()
    mover.join()
    assert not any(one.is_alive() for one in nine), "a visitor was not answered"
    print(f"\nfirst answer alone {statistics.median(alone):.2f} s, among ten {statistics.median(waited):.2f} s")


def test_the_first_answer_of_every_card_is_there_before_somebody_asks(server: Server) -> None:
    rest(server)
    page = ask(server, "GET", "/")[1]
    cards = [card.name for card in CARDS if f'"name":"{card.name}"' in page]
    assert len(cards) > 5
    for card in cards:
        with contextlib.closing(lines(server, card)) as stream:
            assert next(stream) == "event: answer", card


# Servers of their own


def test_a_server_that_was_started_again_answers_what_the_page_asks_again() -> None:
    one = start("--workers", "1", *LITTLE)
    try:
        _, asked = post(one, "/api/ask", OUTAGE)
        stream = events(one, asked["id"])
        assert next(stream)[0] in ("waits", "answer")
    finally:
        assert "Traceback" not in stop(one)  # with a stream open
    two = start("--workers", "1", *LITTLE)
    try:
        assert ask(two, "GET", f"/api/answers/{asked['id']}")[0] == 404
        assert post(two, "/api/ask", OUTAGE)[1] == asked
        assert first(two, asked["id"])[0]["name"] == asked["id"]
    finally:
        stop(two)


def test_a_killed_server_leaves_neither_workers_nor_runs(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    server = start("--workers", "1", *LITTLE)
    first(server, "no-law")
    assert list(tmp_path.glob("lawshock-laboratory-*/*.run"))
    workers = server.family[1:]
    server.process.kill()
    server.process.wait(30)
    assert psutil.wait_procs(workers, timeout=30)[1] == []
    assert list(tmp_path.glob("lawshock-laboratory-*")) == []
    server.process.stdout.close()


def test_who_closes_the_stream_stops_the_work() -> None:
    """Whoever asks again later finds some pairs, not all of them."""
    server = start("--workers", "1", "--set", "population.users=4000")
    try:
        rest(server)  # it lives the base, and first answers, in advance
        stream = events(server, "no-law")
        next(stream)
        stream.close()
        rest(server)
        assert first(server, "no-law")[0]["pairs"] < PAIRS
    finally:
        stop(server)


def test_beyond_loopback_the_printed_address_opens_it_with_its_token() -> None:
    server = start("--workers", "1", "--host", "0.0.0.0", *LITTLE)
    try:
        assert "0.0.0.0" not in server.address
        assert "token=" in server.address
        assert ask(server, "GET", "/")[0] == 401
        status, _, headers = ask(server, "GET", "//evil.example/?token=" + server.address.partition("token=")[2])
        assert (status, headers["location"]) == (303, "/")
        cookie = headers["set-cookie"].partition(";")[0]
        assert ask(server, "GET", "/", cookie=cookie)[0] == 200
    finally:
        stop(server)


def test_a_card_and_another_world_open_as_what_they_are() -> None:
    server = start("--workers", "1", "no-law")
    try:
        assert server.address.endswith("#q=no-law")
        assert f'"base":"{BASE}"' in ask(server, "GET", "/")[1]
    finally:
        stop(server)
    server = start("--workers", "1", "nigeria-2021", "--set", "population.users=400")
    try:
        data, _ = first(server, "largest-blocked")
        assert "WhatsApp" in data["asks"]
    finally:
        stop(server)


@pytest.mark.alone
def test_nine_are_answered_as_one_alone_while_a_tenth_is_restless() -> None:
    """Prints what was measured. How turns go is shown without clocks in ``test_scheduler.py``."""
    server = start()
    try:
        measured = measure(server)
    finally:
        stop(server)
    print(f"\n{measured}")
    assert measured.ratio <= 1.5
    assert max(measured.stops) <= 10.0


@pytest.mark.alone
def test_three_hundred_questions_leave_no_more_in_memory_than_a_few() -> None:
    """Prints what the server and its processes hold before and after."""
    server = start("--workers", "2", *LITTLE)

    def held() -> float:
        return sum(process.memory_info().rss for process in server.family) / 1e6

    def question(number: int) -> None:
        made = own([{"kind": "outage", "platform": "Signal", "hours": 1.0 + number, "date": "2020-08-10"}])
        first(server, post(server, "/api/ask", made)[1]["id"])

    try:
        for number in range(5):
            question(number)
        fresh = held()
        for number in range(5, 305):
            question(number)
        after = held()
        print(f"\n{fresh:.0f} MB after 5 questions, {after:.0f} MB after 300 more")
        assert after - fresh < 150
    finally:
        stop(server)
