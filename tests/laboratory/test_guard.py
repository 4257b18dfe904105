"""Who is let in: the right host, the page's own origin, the token, and no more than a scenario."""

from typing import Any

import pytest

from sim.scenario.files import LARGEST_BYTES
from sim.view.laboratory.server import COOKIE, LONGEST_ADDRESS, NOTHING, Guard, loopback

TOKEN = "a-token"
OWN = "http://127.0.0.1:8765"


async def welcome(scope: Any, receive: Any, send: Any) -> None:
    """The page behind the guard: reads a body to its end, or gives up, and answers."""
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass
    status = 200 if message["type"] == "http.request" else 499
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"welcome"})


def visit(
    *, bound: str = "127.0.0.1", token: str = "", kind: str = "http", method: str = "GET", query: str = "",
    path: str = "/", body: tuple[bytes, ...] = (b"",), **headers: str,
) -> tuple[int, dict[str, str]]:  # fmt: skip
    """Status (403 for a websocket that is closed) and headers of an answer."""
    headers.setdefault("host", "127.0.0.1:8765")
    scope = {
        "type": kind, "method": method, "path": path, "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items() if value],
    }  # fmt: skip
    parts = [{"type": "http.request", "body": part, "more_body": i + 1 < len(body)} for i, part in enumerate(body)]
    sent: list[Any] = []

    async def receive() -> Any:
        return parts.pop(0) if kind == "http" else {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    with pytest.raises(StopIteration):  # a coroutine that waits for nothing ends at its first step, in no event loop
        Guard(welcome, bound, token)(scope, receive, send).send(None)
    if kind == "websocket":
        return {"websocket.close": 403}[sent[0]["type"]], {}
    words = sent[1]["body"].decode()
    assert words in ("welcome", "") or (words.startswith("lawshock: ") and words.count("\n") == 1)
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def statuses(key: str, values, **how) -> set[int]:
    return {visit(**how, **{key: value})[0] for value in values}


def test_the_page_itself_is_let_in_and_forbids_frames_and_foreign_sources():
    status, headers = visit()
    assert {status, visit(origin=OWN)[0], visit(method="POST", origin=OWN)[0]} == {200}
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-security-policy"] == NOTHING.decode()
    assert headers["x-content-type-options"] == "nosniff"


def test_a_name_that_was_rebound_to_this_machine_is_refused():
    evil = ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "[", " "]
    assert statuses("host", evil) == {421}
    assert statuses("host", ["localhost:8765", "127.0.0.1", "[::1]:8765", "LOCALHOST"]) == {200}
    everywhere = {"token": TOKEN, "cookie": f"{COOKIE}={TOKEN}"}
    assert visit(bound="0.0.0.0", host="evil.example", **everywhere)[0] == 421
    assert visit(bound="lab.example", host="lab.example", **everywhere)[0] == 200


def test_a_foreign_page_posts_and_reads_nothing_and_there_are_no_sockets():
    evil = ["null", "http://evil.example", "http://127.0.0.1:9999", f"{OWN}.evil.example", "http://[", "//"]
    assert statuses("origin", ["", *evil], method="POST") == {403}
    assert statuses("origin", evil) == {403}
    assert visit(path="/api/answers/no-law", sec_fetch_site="cross-site")[0] == 403
    assert visit(path="/api/answers/no-law", sec_fetch_site="same-origin")[0] == 200
    assert visit(sec_fetch_site="cross-site")[0] == 200  # a link that leads here
    assert visit(kind="websocket", origin=OWN)[0] == 403


def test_an_address_or_a_body_that_is_longer_than_any_of_ours_is_refused():
    assert visit(path="/" + "x" * LONGEST_ADDRESS)[0] == visit(query="x" * LONGEST_ADDRESS)[0] == 414
    lengths = [str(LARGEST_BYTES + 1), "much", "-1", "٣", "9" * 5000]
    assert statuses("content_length", lengths, method="POST", origin=OWN) == {413}
    grows = (b"x" * LARGEST_BYTES, b"x")
    assert visit(method="POST", origin=OWN, body=grows)[0] == 499  # its length was not said; reading stops


def test_beyond_loopback_a_token_is_asked_for_and_leads_to_the_page_alone():
    there: dict[str, Any] = {"bound": "0.0.0.0", "token": TOKEN, "host": "192.0.2.7:8765"}
    assert visit(**there)[0] == visit(**there, query="token=wrong")[0] == 401
    assert visit(**there, cookie=f"{COOKIE}=wrong")[0] == 401
    assert visit(**there, cookie=f"other=1; {COOKIE}={TOKEN}")[0] == 200
    status, headers = visit(**there, query=f"seed=3&token={TOKEN}")
    assert (status, headers["location"]) == (303, "/?seed=3")
    assert {"HttpOnly", "SameSite=strict"} <= {*headers["set-cookie"].split("; ")}
    for path in ("//evil.example", "//evil.example/x", "/x\r\nset-cookie: a=b", "/\\evil.example"):
        status, headers = visit(**there, path=path, query=f"token={TOKEN}&x=%0d%0ay")
        assert (status, headers["location"]) == (303, "/?x=%0D%0Ay")


def test_loopback_is_known():
    assert all(map(loopback, ("127.0.0.1", "::1", "localhost", "127.9.9.9")))
    assert not any(map(loopback, ("0.0.0.0", "::", "192.0.2.1", "example.org", "")))
