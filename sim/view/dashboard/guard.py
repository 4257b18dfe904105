"""What stands between the network and the page: whose address is called, from where, with what token, and how much."""

from __future__ import annotations

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
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        b"img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; "
        b"base-uri 'self'; form-action 'self'",
    ),
)
"""Sent with every answer. The page may load from its own address and from nowhere else; Vue compiles its templates."""


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
    - An ``Origin``, which browsers send with every websocket and every POST, must be the page's own; websockets and
      POSTs without one are not from a browser's page and are refused too.
    - With a token, the visitor shows it once in the link and then by cookie.
    - A body larger than a scenario may be is refused before it is read.
    """

    def __init__(self, inner: Callable[[Scope, Receive, Send], Awaitable[None]], host: str, token: str) -> None:
        self.inner = inner
        self.host = host
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, lead a visitor with a token in, or refuse."""
        if scope["type"] == "lifespan":
            await self.inner(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        status, words = self._refusal(scope, headers)
        if status:
            await _refuse(scope, receive, send, status, words)
        elif scope["type"] == "http" and self.token and _token_in_link(scope):
            await _enter(scope, send, self.token)
        else:
            await self.inner(scope, _bounded(receive), _with_headers(send) if scope["type"] == "http" else send)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str]:
        """Status and reason for refusing a request; 0 where it is welcome."""
        if not self._own_host(headers.get("host", "")):
            return 421, "this laboratory does not answer to that name"
        origin = headers.get("origin", "")
        acts = scope["type"] == "websocket" or scope.get("method") not in ("GET", "HEAD")
        if (acts or origin) and urlsplit(origin).netloc != headers["host"]:
            return 403, "foreign origin"
        if self.token and not self._shows_token(scope, headers):
            return 401, "this laboratory asks for the token that it printed when it was started"
        if not headers.get("content-length", "0").isdigit() or int(headers.get("content-length", "0")) > LARGEST_BYTES:
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
    """Put the token into a cookie and lead to the same page without it, so that links do not carry it on."""
    pairs = [
        (k, v) for k, v in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True) if k != "token"
    ]
    location = scope["path"] + (f"?{urlencode(pairs)}" if pairs else "")
    cookie = f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict"
    headers = [(b"location", location.encode()), (b"set-cookie", cookie.encode()), *HEADERS]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, words: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": words})  # before accepting: the browser sees 403
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS]
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
            message["headers"] = [*message.get("headers", []), *HEADERS]
        await send(message)

    return sent
