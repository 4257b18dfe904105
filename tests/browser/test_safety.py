"""What the server refuses, tried over the wire and from a foreign page."""

import contextlib
import http.client
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import expect

from sim.scenario.files import LARGEST_BYTES
from tests.browser.conftest import Server, Visit, start, stop

pytestmark = pytest.mark.browser


def ask(server: Server, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
    """Status and text of an answer to a request that is sent as it stands: no path is tidied."""
    place = urlsplit(server.address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    connection.putrequest(method, path, skip_host="host" in headers)
    for name, value in ({"content-length": str(len(body))} | headers).items():
        connection.putheader(name, value)
    connection.endheaders()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may answer and close before it heard the rest
        connection.send(body)
    answer = connection.getresponse()
    text = answer.read().decode(errors="replace")
    connection.close()
    return answer.status, text


def origin(server: Server) -> str:
    return server.address.rstrip("/")


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd",
        "/static/../../../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static/assets/..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/_solara/cdn/../../../../../../../../etc/passwd",
        "/_solara/cdn/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/jupyter/nbextensions/..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
        "/export/tables/..%2f..%2fetc%2fpasswd.csv",
        "/export/tables/../scenario.csv",
        "/export/scenario.toml?scenario=../../../../etc/passwd",
        "/export/scenario.toml?scenario=%2fetc%2fpasswd",
    ],
)
def test_paths_lead_nowhere(server: Server, path: str) -> None:
    status, text = ask(server, "GET", path)
    assert status in (400, 404)
    assert "root:" not in text


def test_a_script_that_is_not_here_is_not_fetched_elsewhere(server: Server) -> None:
    assert ask(server, "GET", "/_solara/cdn/left-pad@1.3.0/index.js")[0] == 404


def test_only_the_routes_of_the_laboratory_are_there(server: Server) -> None:
    for path in ("/resourcez", "/readyz", "/jupyter/api/kernels/1", "/_solara/api/evict/1", "/docs"):
        assert ask(server, "GET", path)[0] in (404, 405)


def test_foreign_names_and_origins_are_refused(server: Server) -> None:
    assert ask(server, "GET", "/", host="evil.example")[0] == 421
    assert ask(server, "GET", "/", origin="http://evil.example")[0] == 403
    assert ask(server, "POST", "/import", b"x = 1", origin="http://evil.example")[0] == 403
    assert ask(server, "POST", "/import", b"x = 1")[0] == 403


def test_a_socket_from_a_foreign_origin_is_not_opened(server: Server) -> None:
    upgrade = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
               "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
    path = "/jupyter/api/kernels/1/channels?session_id=1"
    assert ask(server, "GET", path, origin="http://evil.example", **upgrade)[0] == 403
    assert ask(server, "GET", path, **upgrade)[0] == 403
    assert ask(server, "GET", path, host="evil.example", origin="http://evil.example", **upgrade)[0] == 403


def test_oversized_and_hostile_files_are_refused(server: Server) -> None:
    own = origin(server)
    assert ask(server, "POST", "/import", b"#" * (LARGEST_BYTES + 1), origin=own)[0] == 413
    for text in (b"a." * 100_000 + b"b = 1", b"x = " + b"[" * 100_000, b'extends = "/etc/passwd"', b"\x00"):
        status, words = ask(server, "POST", "/import", text, origin=own)
        assert status == 422
        assert "\n" not in words
        assert len(words) < 400


def test_a_foreign_page_cannot_use_the_laboratory(server: Server, visit: Visit) -> None:
    page = visit.context.new_page()
    page.goto("data:text/html,<p>a foreign page</p>")
    seen = page.evaluate(
        """async (address) => {
          const socket = new WebSocket(address.replace("http", "ws") + "jupyter/api/kernels/1/channels?session_id=1");
          const opened = await new Promise((done) => {
            socket.onopen = () => done(true);
            socket.onerror = () => done(false);
          });
          const read = await fetch(address).then(() => true, () => false);
          return { opened, read };
        }""",
        server.address,
    )
    assert seen == {"opened": False, "read": False}


def test_it_listens_on_loopback_alone(server: Server) -> None:
    sockets = psutil.Process(server.process.pid).net_connections(kind="inet")
    assert {s.laddr.ip for s in sockets if s.status == psutil.CONN_LISTEN} == {"127.0.0.1"}


def test_beyond_loopback_the_token_of_the_terminal_opens_it(visit: Visit) -> None:
    server = start("--workers", "1", "--host", "0.0.0.0")
    try:
        port = urlsplit(server.address).port
        address = server.address.replace("0.0.0.0", "127.0.0.1")
        page = visit.open(f"http://127.0.0.1:{port}/", ready=False)
        expect(page.locator("body")).to_contain_text("asks for the token")
        visit.troubles.clear()
        page = visit.open(address)
        assert "token" not in page.url
        page.close()
    finally:
        stop(server)
