"""The laboratory on a free port, spoken to without a browser."""

import contextlib
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psutil

from sim.view.laboratory.server import VISITOR

PATIENCE = 300.0
LITTLE = ("--set", "population.users=400", "--set", "end=2020-09-30")


@dataclass(frozen=True)
class Server:
    """A laboratory that was started for tests."""

    address: str
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or 0

    @property
    def family(self) -> list[psutil.Process]:
        process = psutil.Process(self.process.pid)
        return [process, *process.children(recursive=True)]


def start(*options: str, said: list[str] | None = None) -> Server:
    """Start ``lawshock explore`` and wait until it says where it is."""
    command = [sys.executable, "-u", "-m", "sim.cli", "explore", "--no-browser", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    lines = [] if said is None else said
    for line in process.stdout:
        lines.append(line)
        if "http://" in line:
            return Server(line.split()[-1], process)
    process.stdout.close()
    raise AssertionError(f"{process.wait(30)}: {''.join(lines)}")


def stop(server: Server) -> str:
    """End a server, whose workers go with it; give what it still said."""
    workers = server.family[1:]
    server.process.terminate()
    server.process.wait(30)
    assert psutil.wait_procs(workers, timeout=30)[1] == []
    assert server.process.stdout is not None
    with server.process.stdout as said:
        return said.read()


def ask(
    server: Server, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, str, http.client.HTTPMessage]:
    """Status, text and headers of an answer to a request that is sent as it stands: no path is tidied."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.putrequest(method, path, skip_host="host" in headers, skip_accept_encoding=True)
    for name, value in ({"content-length": str(len(body))} | headers).items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may answer and close before it heard the rest
        connection.send(body)
    answer = connection.getresponse()
    text = answer.read().decode(errors="replace")
    connection.close()
    return answer.status, text, answer.headers


def post(server: Server, path: str, body: bytes | dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """A request of the page."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    status, text, _ = ask(server, "POST", path, content, origin=server.address.rstrip("/"))
    return status, json.loads(text)


def lines(server: Server, name: str, visitor: str = "") -> Iterator[str]:
    """Lines of the stream of an answer, also those that say nothing. Closing the iterator closes the stream."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    try:
        connection.request("GET", f"/api/answers/{name}", headers={"cookie": f"{VISITOR}={visitor}"} if visitor else {})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        while line := answer.readline():
            yield line.decode().rstrip("\n")
    finally:
        connection.close()


def events(server: Server, name: str, visitor: str = "") -> Iterator[tuple[str, dict[str, Any], float]]:
    """Events of an answer: kind, data, and seconds since it was asked for. Closing the iterator closes the stream."""
    begin, kind = time.monotonic(), ""
    with contextlib.closing(lines(server, name, visitor)) as stream:
        for line in stream:
            if line.startswith("event: "):
                kind = line[7:].strip()
            elif line.startswith("data: "):
                yield kind, json.loads(line[6:]), time.monotonic() - begin


def working(server: Server) -> float:
    """Share of a processor that the workers use, over half a second."""
    workers = server.family[1:]
    before = sum(sum(worker.cpu_times()[:2]) for worker in workers)
    time.sleep(0.5)
    return (sum(sum(worker.cpu_times()[:2]) for worker in workers) - before) / 0.5


def rest(server: Server) -> None:
    """Wait until the workers have nothing to do."""
    limit = time.monotonic() + PATIENCE
    while any(working(server) > 0.1 for _ in range(3)):
        assert time.monotonic() < limit, "the workers go on"


def first(server: Server, name: str, visitor: str = "") -> tuple[dict[str, Any], float]:
    """The first answer, and how long it took."""
    for kind, data, seconds in events(server, name, visitor):
        assert kind in ("waits", "answer"), data
        if kind == "answer":
            return data, seconds
    raise AssertionError("the stream ended without an answer")
