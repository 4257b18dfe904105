"""The server: one page and what it asks for, behind a guard. It keeps nothing of a visitor but streams and turns."""

import asyncio
import contextlib
import json
import secrets  # noqa: TID251  (names of visitors; it touches no run)
import socket
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sim.view.laboratory.guard import Guard, loopback
from sim.view.laboratory.jobs import PAIRS
from sim.view.laboratory.lab import Lab, Question, files, kind_of
from sim.view.laboratory.reader import ASK, IMPORT, Readers, RefusedError
from sim.view.laboratory.scheduler import Job

SILENCE_SECONDS = 15.0
"""After so long without an event, and after each run, an empty line goes: a stream whose reader is gone then ends."""
VISITOR, LONGEST_NAME = "lawshock-visitor", 40
"""The cookie that says whose turn it is, and how much of it is heard. It is kept in memory and says nothing else."""
NOT_WARM = "The workers are still made ready; at the first start the model is compiled, which takes a minute or two."


def build(lab: Lab, readers: Readers, page: str, policy: str, told: dict[str, Any], host: str, token: str) -> Guard:
    """The application for uvicorn.

    Args:
        lab: The laboratory.
        readers: Read what visitors send.
        page: The page.
        policy: What it may load and run, as a content security policy.
        told: What the page asks for under ``/api/schema``.
        host: Address that the server binds to.
        token: What a visitor must show; empty on loopback.
    """
    html, schema = page.encode(), json.dumps(told, ensure_ascii=False).encode()

    def home(request: Request) -> Response:
        found = Response(html, media_type="text/html", headers={"content-security-policy": policy})
        if VISITOR not in request.cookies:
            found.set_cookie(VISITOR, secrets.token_urlsafe(12), httponly=True, samesite="strict")
        return found

    def forms(_: Request) -> Response:
        return Response(schema, media_type="application/json")

    def icon(_: Request) -> Response:
        return Response(status_code=204)

    def question_of(request: Request) -> Question:
        question = lab.question(request.path_params["name"])
        if question is None:
            raise HTTPException(404, "this server does not know that question: ask it again")
        return question

    async def answers(request: Request) -> Response:
        question = question_of(request)
        return StreamingResponse(
            _events(lab, question, _visitor(request)), media_type="text/event-stream", headers=_FRESH
        )

    async def city(request: Request) -> Response:
        found = await _made(lab, request, lab.city(question_of(request)))
        return Response(found, media_type="application/json")

    async def take(request: Request) -> Response:
        question, file = question_of(request), request.path_params["file"]
        if not kind_of(file):
            raise HTTPException(404, f"no file of that name: expected one of {', '.join(files())}")
        if file == "scenario.toml":
            found = str(question.words["file"]).encode()
        else:
            jobs = lab.take(question, file)
            if not jobs:
                raise HTTPException(409, "there are too few pairs of runs yet: look at the answer until it has four")
            found = await _made(lab, request, jobs)
        name = f"{question.pairing.name}-{file.rpartition('/')[2]}"
        return Response(
            found, media_type=kind_of(file), headers={"content-disposition": f'attachment; filename="{name}"'}
        )

    def reads(kind: str) -> Callable[[Request], Any]:
        async def read(request: Request) -> Response:
            try:
                content = await request.body()
            except ClientDisconnect:
                raise HTTPException(413, "what was sent is too large for a scenario") from None
            try:
                put = await asyncio.to_thread(readers.read, kind, content)
            except RefusedError as error:
                raise HTTPException(422, str(error)) from None
            return JSONResponse(lab.adopt(put)[1])

        return read

    app = Starlette(
        routes=[
            Route("/", home),
            Route("/favicon.ico", icon),
            Route("/api/schema", forms),
            Route("/api/answers/{name}", answers),
            Route("/api/city/{name}", city),
            Route("/api/take/{name}/{file:path}", take),
            Route("/api/ask", reads(ASK), methods=["POST"]),
            Route("/api/import", reads(IMPORT), methods=["POST"]),
        ],
        middleware=[Middleware(GZipMiddleware, minimum_size=1000)],
        exception_handlers={HTTPException: _refusal},
    )
    app.router.redirect_slashes = False  # no address leads to another
    return Guard(app, host, token)


_FRESH = {"cache-control": "no-store"}


async def _refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"message": error.detail}, error.status_code)


async def _events(lab: Lab, question: Question, visitor: str) -> AsyncIterator[bytes]:
    """Server-sent events: an answer whenever there is one from more pairs, until it has all, or fails."""
    async with _waiting(lab, visitor) as (client, wake):
        lab.scheduler.ask(client, *lab.jobs(question))
        sent = 0
        while True:
            wake.clear()
            pairs, answer = lab.told(question, sent)
            if pairs:
                sent = pairs
                yield b"event: answer\ndata: " + answer + b"\n\n"
            else:
                yield b":\n\n"
            if sent == PAIRS:
                yield b"event: done\ndata: {}\n\n"
                return
            if error := lab.scheduler.failure(client.jobs):
                yield _event("failed", f"The runs failed: {error}")
                return
            if lab.is_ending:
                return
            if not lab.is_warm:
                yield _event("waits", NOT_WARM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), SILENCE_SECONDS)


async def _made(lab: Lab, request: Request, jobs: list[Job]) -> bytes:
    """The result of the last of some jobs; their work is dropped when the visitor goes.

    Raises:
        HTTPException: One failed, or nobody waits any longer.
    """
    found = lab.scheduler.result(jobs[-1].key)
    if found is not None:
        return zlib.decompress(found)
    async with _waiting(lab, _visitor(request)) as (client, wake):
        lab.scheduler.ask(client, jobs, len(jobs))
        while True:
            wake.clear()
            found = lab.scheduler.result(jobs[-1].key)
            if found is not None:
                return zlib.decompress(found)
            if error := lab.scheduler.failure(jobs):
                raise HTTPException(500, f"the runs failed: {error}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), 1.0)
            if lab.is_ending or await request.is_disconnected():
                raise HTTPException(499, "nobody waits any longer")


@contextlib.asynccontextmanager
async def _waiting(lab: Lab, visitor: str) -> AsyncIterator[Any]:
    """A place in the queue, and an event that is set after each of its jobs."""
    loop, wake = asyncio.get_running_loop(), asyncio.Event()

    def tell() -> None:
        with contextlib.suppress(RuntimeError):  # the server has ended
            loop.call_soon_threadsafe(wake.set)

    client = lab.scheduler.join(tell, visitor)
    try:
        yield client, wake
    finally:
        lab.scheduler.leave(client)


def _event(kind: str, message: str) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'message': message})}\n\n".encode()


def _visitor(request: Request) -> str:
    """Who asks, so that turns go by person: by the browser's cookie, or by address where there is none."""
    return request.cookies.get(VISITOR, "")[:LONGEST_NAME] or (request.client.host if request.client else "")


def listen(host: str, port: int) -> tuple[socket.socket, str]:
    """A socket at an address, and the address that a browser opens, here or, beyond loopback, at another machine.

    Raises:
        OSError: The port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family)
    shown = host
    if loopback(host) and ":" not in host:
        shown = "127.0.0.1"
    elif host in ("0.0.0.0", "::"):
        shown = _own_address(family)
    return listener, f"http://{f'[{shown}]' if ':' in shown else shown}:{listener.getsockname()[1]}/"


def _own_address(family: socket.AddressFamily) -> str:
    """The address by which other machines reach this one: what it would send from. Nothing is sent to find out."""
    far, own = ("2001:db8::1", "::1") if family == socket.AF_INET6 else ("192.0.2.1", "127.0.0.1")
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((far, 9))
            return str(probe.getsockname()[0])
        except OSError:
            return own


def serve(app: Guard, listener: socket.socket, end: Callable[[], None]) -> None:
    """Serve until interrupted; ``end`` is then called, so that streams end."""
    import uvicorn

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: Any) -> None:
            super().handle_exit(sig, frame)
            end()

    config = uvicorn.Config(
        app, log_level="error", access_log=False, ws="none", loop="asyncio", http="h11", lifespan="off",
        timeout_graceful_shutdown=2, server_header=False,
    )  # fmt: skip
    Server(config).run(sockets=[listener])
