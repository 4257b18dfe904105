"""The server: the page and what it asks for, behind a guard. It keeps nothing of a visitor but streams and turns."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import ipaddress
import json
import re
import secrets  # noqa: TID251  (tokens and names of visitors are to be unguessable; they touch no run)
import shutil
import signal
import socket
import tempfile
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from sim.runs import past
from sim.runs.executors import cores
from sim.runs.files import is_left, maker
from sim.scenario.errors import ScenarioError
from sim.scenario.files import LARGEST_BYTES
from sim.view.laboratory import answers, questions
from sim.view.laboratory.answers import PAIRS, Answer, Download, Question, Simulate
from sim.view.laboratory.chain import Chain, lead_in
from sim.view.laboratory.page import laboratory
from sim.view.laboratory.questions import Asked, Home
from sim.view.laboratory.queue import Job, Key, Queue
from sim.view.links import LINK_PAIRS

FOLDER = "lawshock-laboratory-"
"""How the name of a laboratory's private folder begins; its process follows."""
MOST_QUESTIONS = 100
"""Questions of visitors that are known by their digest; who comes back to an older one asks it again."""
FILES = {
    "scenario.toml": "application/toml",
    "answer.html": "text/html",
    "tables.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    **{f"tables/{name}.csv": "text/csv" for name in answers.TABLES},
}
"""Files to take away, and of what kind they are."""
READERS, MOST_READ = 2, 50
"""Processes that read what visitors send, and worlds of theirs that are kept beside those of questions."""
READING_SECONDS, MOST_MEMORY = 1.5, 2_000_000_000
"""Time of a processor and bytes that reading may take; a scenario takes a tenth of the time, what is hostile less than
half."""
SILENCE_SECONDS = 15.0
"""After so long without an event, and after each run, an empty line goes: a stream whose reader is gone then ends."""
VISITOR, LONGEST_NAME = "lawshock-visitor", 40
"""The cookie that says whose turn it is, and how much of it is heard. It is kept in memory and says nothing else."""
NOT_WARM = "The workers are still made ready; at the first start the model is compiled, which takes a minute or two."
FRAMED = "; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

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


# What all visitors share


@dataclass(frozen=True)
class Read(Job):
    """A text that a visitor sends, to be read as a world in a process of its own: others are served meanwhile.

    Attributes:
        home: Beside which world it is put.
        content: The text.
        is_file: Whether it is a scenario file, and not what the page sends.
    """

    home: Home
    content: bytes
    is_file: bool = False

    deadly = f"expected something that is read within {READING_SECONDS:g} seconds"

    @property
    def key(self) -> Key:
        """What is read."""
        return "read", self.is_file, self.content

    def make(self) -> Asked:
        """Read it; the process dies of what takes too long, or too much memory."""
        _limit(READING_SECONDS)
        try:
            return (questions.opened if self.is_file else questions.asked)(self.home, self.content)
        except (RecursionError, MemoryError, ValueError) as error:
            if getattr(error, "for_users", False):
                raise
            raise ScenarioError("expected a world, found what cannot be read") from None
        finally:
            _limit(0.0)


def _limit(seconds: float) -> None:
    """Let the system end this process once it has used so much time of a processor; 0 lifts the limit."""
    if hasattr(signal, "setitimer"):  # the usual end by SIGPROF, which no library holds up as it would a handler
        signal.setitimer(signal.ITIMER_PROF, seconds)
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))


class Lab:
    """Questions, what was answered, and the queues.

    Args:
        home: Beside which world all are put.
        folder: Where runs are kept; the caller removes it.

    Attributes:
        left_out: Why cards are not there, by their words: settings of the command line may leave no room for one.

    Raises:
        ScenarioError: There is no card.
    """

    def __init__(self, home: Home, folder: Path) -> None:
        self.home, self.folder = home, folder
        self.queue, self.readers = Queue(self._forget), Queue(most=MOST_READ)
        self.cards: dict[str, Question] = {}
        self.left_out: dict[str, ScenarioError] = {}
        self.is_ending = False
        self._warming: list[Simulate] = []
        self._asked: OrderedDict[str, Question] = OrderedDict()
        for card in questions.cards_of(home.path, home.base()):
            try:
                self.cards[card.name] = answers.of_card(card, home, folder=folder)
            except ScenarioError as error:
                self.left_out[card.words] = error
        if not self.cards:
            raise next(iter(self.left_out.values()))

    def start(self, workers: int) -> None:
        """Start the processes, make them ready, and begin with what is likely to be asked."""
        base = self.home.base()
        small = base.model_copy(update={"population": base.population.model_copy(update={"users": 500})})
        self._warming = [Simulate(self.folder, small, small.digest(), number, None) for number in range(workers)]
        jobs: list[Job] = [*self._warming]
        for question in self.cards.values():
            wanted, first = self.jobs(question)
            jobs += wanted[:first]
        self.queue.ask([*jobs, *next(iter(self.cards.values())).stage(PAIRS)[0]])
        self.queue.start(workers)
        act = {"kind": "report", "date": base.start.isoformat()}
        texts = [json.dumps({"acts": [act | {"salience": 1.0 + number}]}) for number in range(READERS)]
        self.readers.ask([Read(self.home, text.encode()) for text in texts])
        self.readers.start(READERS)

    def end(self) -> None:
        """Stop all work, and let the streams of all visitors end."""
        self.is_ending = True
        self.readers.close()
        self.queue.close()

    @property
    def is_warm(self) -> bool:
        """Whether a process is ready."""
        return any(self.queue.result(job.key) for job in self._warming)

    def adopt(self, world: Asked) -> dict[str, Any]:
        """Take in a world that a visitor asks for; give what the page is told of it."""
        question = answers.of_asked(world, self.home, self.folder)
        link = ""
        if world.request:
            text = json.dumps({key: value for key, value in world.request.items() if value}, separators=(",", ":"))
            link = "#w=" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        self._asked[question.name] = question
        self._asked.move_to_end(question.name)
        while len(self._asked) > MOST_QUESTIONS:
            self._asked.popitem(last=False)
        return {"id": question.name, "question": question.words, "acts": questions.calendar(world.world), "link": link}

    def question(self, name: str) -> Question | None:
        """A question by its name."""
        return self.cards.get(name) or self._asked.get(name)

    def answer(self, question: Question, beyond: int = 0) -> tuple[int, bytes]:
        """Most pairs, above some number, from which there is an answer, and the answer; 0 where there is none yet."""
        for pairs in (stage for stage in reversed(answers.STAGES) if stage > beyond):
            if (found := self.queue.result(Answer(question, pairs).key)) is not None:
                return pairs, zlib.decompress(found)
        return 0, b""

    def jobs(self, question: Question) -> tuple[list[Job], int]:
        """What is still to be made for a question, in order, and how much of it makes the first answer."""
        done, _ = self.answer(question)
        jobs: dict[Key, Job] = {}
        first = 0
        for pairs in (stage for stage in answers.STAGES if stage > done):
            stage: list[Job] = [*question.both(pairs), Answer(question, pairs)]
            for job in stage:
                jobs.setdefault(job.key, job)
            first = first or len(jobs)
        return [*jobs.values()], 0 if done else first

    def _forget(self, key: Key) -> None:
        if key[0] == "run":
            past.forget(answers.run_file(self.folder, key))
            answers.run_file(self.folder, key).unlink(missing_ok=True)


# The guard


def loopback(host: str) -> bool:
    """Whether an address is reached from this machine only."""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """A bare IP address, to which no name can be rebound; nothing where a host is none."""
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


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
        request = Request(scope)
        status, words = self._refusal(request)
        answer: Callable[[Scope, Receive, Send], Awaitable[None]] = self.inner
        if status:
            answer = PlainTextResponse(f"lawshock: {words}\n", status)
        elif self.token and "token" in request.query_params:
            answer = self._entrance(request)
        await answer(scope, _bounded(receive), _with_headers(send))

    def _refusal(self, request: Request) -> tuple[int, str]:
        """Status and reason for refusing a request; 0 where it is welcome."""
        path, headers = request.scope["path"], request.headers
        if len(path) + len(request.scope["query_string"]) > LONGEST_ADDRESS:
            return 414, f"expected an address of at most {LONGEST_ADDRESS:,} bytes"
        if not self._is_own(_part(f"//{headers.get('host', '')}", "hostname")):
            return 421, "this laboratory does not answer to that name"
        origin = headers.get("origin", "")
        if (request.method not in ("GET", "HEAD") or origin) and _part(origin, "netloc") != headers["host"]:
            return 403, "foreign origin"
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and path != "/":
            return 403, "another page may not ask for that"
        shown = request.query_params.get("token") or request.cookies.get(COOKIE, "")
        if self.token and not hmac.compare_digest(shown.encode(), self.token.encode()):
            return 401, "this laboratory asks for the token that it printed when it was started"
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit() and len(length) < 12 and int(length) <= LARGEST_BYTES):
            return 413, f"at most {LARGEST_BYTES} bytes"
        return 0, ""

    def _is_own(self, name: str) -> bool:
        if loopback(self.host):
            return loopback(name)
        return name == self.host.lower() or _address(name) is not None

    def _entrance(self, request: Request) -> Response:
        """Put the token into a cookie and lead to the page without it, so that links do not carry it on.

        There is one page, so that nothing of the path that was asked for goes into the answer.
        """
        others = urlencode([pair for pair in request.query_params.multi_items() if pair[0] != "token"])
        found = RedirectResponse(f"/?{others}".rstrip("?"), 303)
        found.set_cookie(COOKIE, self.token, httponly=True, samesite="strict")
        return found


def _part(address: str, part: str) -> str:
    """A part of an address; empty where it has none, or is none."""
    try:
        return getattr(urlsplit(address), part) or ""
    except ValueError:
        return ""


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


# The server


def build(lab: Lab, page: str, policy: str, forms: dict[str, Any], host: str, token: str) -> Guard:
    """The application for uvicorn.

    Args:
        lab: The laboratory.
        page: The page.
        policy: What it may load and run, as a content security policy.
        forms: What the page asks for under ``/api/schema``.
        host: Address that the server binds to.
        token: What a visitor must show; empty on loopback.
    """
    html, schema = page.encode(), json.dumps(forms, ensure_ascii=False).encode()

    def home(request: Request) -> Response:
        found = Response(html, media_type="text/html", headers={"content-security-policy": policy})
        if VISITOR not in request.cookies:
            found.set_cookie(VISITOR, secrets.token_urlsafe(12), httponly=True, samesite="strict")
        return found

    def question_of(request: Request) -> Question:
        question = lab.question(request.path_params["name"])
        if question is None:
            raise HTTPException(404, "this server does not know that question: ask it again")
        return question

    async def events(request: Request) -> Response:
        found = _events(lab, question_of(request), _visitor(request))
        return StreamingResponse(found, media_type="text/event-stream", headers={"cache-control": "no-store"})

    async def take(request: Request) -> Response:
        question, file = question_of(request), request.path_params["file"]
        if file not in FILES:
            raise HTTPException(404, f"no file of that name: expected one of {', '.join(FILES)}")
        pairs, _ = lab.answer(question)
        if file == "scenario.toml":
            found = str(question.words["file"]).encode()
        elif not answers.chance_pairs(pairs):
            raise HTTPException(409, "there are too few pairs of runs yet: look at the answer until it has four")
        else:
            jobs: list[Job] = [*question.both(pairs), Download(question, pairs, file)]
            found = zlib.decompress(await _made(lab, lab.queue, request, jobs))
        name = f"{question.name}-{file.rpartition('/')[2]}"
        return Response(
            found, media_type=FILES[file], headers={"content-disposition": f'attachment; filename="{name}"'}
        )

    async def why(request: Request) -> Response:
        question = question_of(request)
        pairs, answer = lab.answer(question)
        if pairs < LINK_PAIRS:
            raise HTTPException(409, f"links are switched off once an answer rests on {LINK_PAIRS} pairs")
        jobs = Chain(question, lead_in(json.loads(answer))).jobs
        found = zlib.decompress(await _made(lab, lab.queue, request, jobs, first=0))
        return Response(found, media_type="application/json")

    async def read(request: Request) -> Response:
        try:
            content = await request.body()
        except ClientDisconnect:
            raise HTTPException(413, "what was sent is too large for a scenario") from None
        text = Read(lab.home, content, request.url.path.endswith("import"))
        return JSONResponse(lab.adopt(await _made(lab, lab.readers, request, [text], refused=422)))

    app = Starlette(
        routes=[
            Route("/", home),
            Route("/favicon.ico", lambda _: Response(status_code=204)),
            Route("/api/schema", lambda _: Response(schema, media_type="application/json")),
            Route("/api/answers/{name}", events),
            Route("/api/chain/{name}", why),
            Route("/api/take/{name}/{file:path}", take),
            Route("/api/ask", read, methods=["POST"]),
            Route("/api/import", read, methods=["POST"]),
        ],
        middleware=[Middleware(GZipMiddleware, minimum_size=1000)],
        exception_handlers={HTTPException: _refusal},
    )
    app.router.redirect_slashes = False  # no address leads to another
    return Guard(app, host, token)


async def _refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"message": error.detail}, error.status_code)


async def _events(lab: Lab, question: Question, visitor: str) -> AsyncIterator[bytes]:
    """Server-sent events: an answer whenever there is one from more pairs, until it has all, or fails."""
    jobs, first = lab.jobs(question)
    async with _waiting(lab.queue, jobs, visitor, first) as wake:
        sent = 0
        while True:
            wake.clear()
            pairs, answer = lab.answer(question, sent)
            if pairs:
                sent = pairs
                yield b"event: answer\ndata: " + answer + b"\n\n"
            else:
                yield b":\n\n"
            if sent == PAIRS:
                yield b"event: done\ndata: {}\n\n"
                return
            if error := lab.queue.failure(jobs):
                yield _event("failed", f"The runs failed: {error}")
                return
            if lab.is_ending:
                return
            if not lab.is_warm:
                yield _event("waits", NOT_WARM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), SILENCE_SECONDS)


async def _made(
    lab: Lab, queue: Queue, request: Request, jobs: Sequence[Job], *, refused: int = 500, first: int | None = None
) -> Any:
    """The result of the last of some jobs; all but the ``first`` of them are refinements.

    Raises:
        HTTPException: One failed, which has the status ``refused``, or nobody waits any longer.
    """
    async with _waiting(queue, jobs, _visitor(request), len(jobs) if first is None else first) as wake:
        while True:
            wake.clear()
            if (found := queue.result(jobs[-1].key)) is not None:
                return found
            if error := queue.failure(jobs):
                raise HTTPException(refused, error if refused < 500 else f"the runs failed: {error}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), 1.0)
            if lab.is_ending or await request.is_disconnected():
                raise HTTPException(499, "nobody waits any longer")


@contextlib.asynccontextmanager
async def _waiting(queue: Queue, jobs: Sequence[Job], visitor: str, first: int) -> AsyncIterator[asyncio.Event]:
    """Wait for jobs as long as the block lasts: an event that is set after each of them."""
    loop, wake = asyncio.get_running_loop(), asyncio.Event()

    def tell() -> None:
        with contextlib.suppress(RuntimeError):  # the server has ended
            loop.call_soon_threadsafe(wake.set)

    waiting = queue.ask(jobs, visitor, first=first, tell=tell)
    try:
        yield wake
    finally:
        queue.leave(waiting)


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


def sweep_folders() -> None:
    """Remove the private folders of laboratories that were killed, which they could not do themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        with contextlib.suppress(OSError):  # another user's, or gone meanwhile
            if not folder.is_symlink() and is_left(folder, folder.name.removeprefix(FOLDER)):
                shutil.rmtree(folder, ignore_errors=True)


def launch(
    home: Home, *, host: str, port: int, workers: int | None, say: Callable[[str], None], ready: Callable[[str], None],
    command: str,
) -> None:  # fmt: skip
    """Serve the laboratory until it is interrupted.

    Args:
        home: Beside which world all are put.
        host: Address to bind to; beyond loopback a visitor needs the token in the address that ``ready`` is given.
        port: Port; 0 takes a free one.
        workers: Worker processes; one for each core when absent.
        say: Called with a line for each step of the start.
        ready: Called with the address once the server listens.
        command: What was typed, for the page.

    Raises:
        OSError: The port is taken.
    """
    listener, address = listen(host, port)
    sweep_folders()
    with listener, tempfile.TemporaryDirectory(prefix=f"{FOLDER}{maker()}-", ignore_cleanup_errors=True) as folder:
        say("Reading the worlds …")
        lab = Lab(home, Path(folder))
        for words, error in lab.left_out.items():
            say(f"Without the card '{words}': {error}")
        try:
            lab.start(workers or cores())
            say("Making the page …")
            forms = questions.schema(home.base(), next(iter(lab.cards.values())).base[0], live=True)
            page = laboratory([*lab.cards.values()], {}, pairs=PAIRS, command=command, live=True, schema=forms)
            found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
            assert found is not None
            token = "" if loopback(host) else secrets.token_urlsafe(24)
            app = build(lab, page, found[1] + FRAMED, forms, host, token)
            ready(address + (f"?token={token}" if token else ""))
            serve(app, listener, lab.end)
        finally:
            lab.end()
