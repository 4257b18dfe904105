"""What stands between the network and the page: whose address is called, from where, with what token, and how much."""

import hmac
import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sim.scenario.files import LARGEST_BYTES

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

COOKIE = "lawshock-token"
LONGEST_ADDRESS = 4_000
"""Bytes of path and query: the page keeps worlds behind the number sign, which no server sees."""
POLICY = b"content-security-policy"
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""Sent with every answer."""
NOTHING = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""What an answer may load and run that does not say so itself."""


def loopback(host: str) -> bool:
    """Whether an address is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """Refuses what did not come from the page itself.

    - The ``Host`` must be the address that the server was bound to, or a loopback name; another name that leads here is
      an attack by DNS rebinding.
    - An ``Origin``, which browsers send with every POST, must be the page's own; POSTs without one are not from a
      browser's page and are refused too, as is all but the page itself where the browser says that another page asks.
    - With a token, the visitor shows it once in the link and then by cookie.
    - An address, and a body, larger than any of ours are refused before they are read. There are no sockets.
    """

    def __init__(self, inner: Callable[[Scope, Receive, Send], Awaitable[None]], host: str, token: str) -> None:
        self.inner = inner
        self.host = host
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, lead a visitor with a token in, or refuse."""
        if scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": 1008})  # before accepting: the browser sees 403
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        status, words = self._refusal(scope, headers)
        if status:
            await _refuse(send, status, words)
        elif self.token and _token_in_link(scope):
            await _enter(scope, send, self.token)
        else:
            await self.inner(scope, _bounded(receive), _with_headers(send))

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str]:
        """Status and reason for refusing a request; 0 where it is welcome."""
        if len(scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            return 414, f"expected an address of at most {LONGEST_ADDRESS:,} bytes"
        if not self._own_host(headers.get("host", "")):
            return 421, "this laboratory does not answer to that name"
        origin = headers.get("origin", "")
        if (scope["method"] not in ("GET", "HEAD") or origin) and _netloc(origin) != headers["host"]:
            return 403, "foreign origin"
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and scope["path"] != "/":
            return 403, "another page may not ask for that"
        if self.token and not self._shows_token(scope, headers):
            return 401, "this laboratory asks for the token that it printed when it was started"
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit() and len(length) < 12 and int(length) <= LARGEST_BYTES):
            return 413, f"at most {LARGEST_BYTES} bytes"
        return 0, ""

    def _own_host(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if loopback(self.host):
            return loopback(name)
        return name == self.host.lower() or _is_address(name)

    def _shows_token(self, scope: Scope, headers: dict[str, str]) -> bool:
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            cookie = None
        shown = _token_in_link(scope) or (cookie.value if cookie else "")
        return hmac.compare_digest(shown.encode(), self.token.encode())


def _netloc(origin: str) -> str:
    """Name and port of an origin; empty where it is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    """Whether a host is a bare IP address, to which no name can be rebound."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _token_in_link(scope: Scope) -> str:
    pairs = dict(parse_qsl(str(scope["query_string"], "latin-1")))
    return pairs.get("token", "")


async def _enter(scope: Scope, send: Send, token: str) -> None:
    """Put the token into a cookie and lead to the page without it, so that links do not carry it on.

    There is one page, so that nothing of the path that was asked for goes into the answer.
    """
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    location = "/" + "?".join(["", urlencode([pair for pair in pairs if pair[0] != "token"])]).rstrip("?")
    cookie = f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict"
    headers = [(b"location", location.encode()), (b"set-cookie", cookie.encode()), *HEADERS, (POLICY, NOTHING)]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(send: Send, status: int, words: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS, (POLICY, NOTHING)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"lawshock: {words}\n".encode()})


def _bounded(receive: Receive) -> Receive:
    """Stop reading a body that grows beyond what its length said, or that said none."""
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > LARGEST_BYTES:
                return {"type": "http.disconnect"}
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = list(message.get("headers", []))
            policy = [] if any(name == POLICY for name, _ in own) else [(POLICY, NOTHING)]
            message["headers"] = [*own, *HEADERS, *policy]
        await send(message)

    return sent
