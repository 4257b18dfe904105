"""The server as the page sees it: answers that grow, worlds that are asked for, files, refusals, and many at once."""

import contextlib
import threading
import time

import psutil
import pytest

from sim.scenario.files import LARGEST_BYTES, load
from sim.view.laboratory.answers import PAIRS, STAGES
from sim.view.laboratory.questions import CARDS
from sim.view.laboratory.server import VISITOR
from tests.laboratory.served import LITTLE, Server, ask, events, first, lines, post, rest, start, stop

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
    assert [len(data["city"][world].split(" ")) for world in ("base", "now")] == [240, 240]


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


def test_the_first_answer_of_every_card_is_there_before_somebody_asks(server: Server) -> None:
    rest(server)
    page = ask(server, "GET", "/")[1]
    cards = [card.name for card in CARDS if f'"name":"{card.name}"' in page]
    assert len(cards) > 5
    for card in cards:
        with contextlib.closing(lines(server, card)) as stream:
            assert next(stream) == "event: answer", card


# Servers of their own


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
    server = start("--workers", "1", "--set", "population.users=1000", "--set", "end=2020-12-31")
    try:
        rest(server)  # it makes the base, and first answers, in advance
        stream = events(server, "no-law")
        next(stream)
        stream.close()
        rest(server)
        assert first(server, "no-law")[0]["pairs"] < PAIRS
    finally:
        stop(server)
