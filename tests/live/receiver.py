"""A receiver of notices on loopback: it records what it got and when, and answers well, badly, late or never."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.running import PATIENCE

RESET = struct.pack("ii", 1, 0)
"""A linger of no time: closing then resets the connection."""


@dataclass(frozen=True, slots=True)
class Got:
    """One request as it came, `at_s` by the monotonic clock that all processes of this machine share."""

    at_s: float
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How to answer. The plain one takes what it gets at once."""

    code: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    after_s: float = 0.0
    """Before the answer."""
    byte_every_s: float = 0.0
    """Between the bytes of the answer."""
    hangs: bool = False
    """Never answers, with the connection open."""
    resets: bool = False
    """Resets the connection instead of an answer."""

    @property
    def takes(self) -> bool:
        """Whether it has what it got, and says so in the end."""
        return 200 <= self.code < 300 and not self.hangs and not self.resets


GOOD = Behaviour()
HANGING = Behaviour(hangs=True)
RESETTING = Behaviour(resets=True)
FAILING = Behaviour(code=503, body=b"not now")
SLOW = Behaviour(after_s=1.0)
DRIBBLING = Behaviour(byte_every_s=0.5, body=b"x" * 1_000)
LYING = Behaviour(headers={"Content-Type": "application/json"}, body=b"\xff<html>all is well</html>")


def busy(retry_after: str) -> Behaviour:
    """429 with this Retry-After."""
    return Behaviour(code=429, headers={"Retry-After": retry_after}, body=b"too many")


class Receiver(ThreadingHTTPServer):
    """Listens on a free port; every connection has a thread. `behaviour` may be changed at any time."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, behaviour: Behaviour = GOOD, choose: Callable[[int], Behaviour] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.behaviour = behaviour
        self._choose = choose
        self.got: list[Got] = []
        self.taken: list[Got] = []
        """Of `got`, what it means to answer well. Its sender may be gone, or have given up, before it hears so."""
        self.over = threading.Event()
        self._came = threading.Condition()
        self.address = f"http://127.0.0.1:{self.server_port}"

    def come(self, got: Got) -> Behaviour:
        """A request has come; how to answer it."""
        with self._came:
            self.got.append(got)
            behaviour = self.behaviour if self._choose is None else self._choose(len(self.got))
            if behaviour.takes:
                self.taken.append(got)
            self._came.notify_all()
        return behaviour

    def wait_for(self, what: Callable[[list[Got]], Any], within_s: float) -> Any:
        """The first true answer about what came; AssertionError when there is none in time."""
        with self._came:
            found = self._came.wait_for(lambda: what(self.got), within_s * PATIENCE)
        assert found, f"not within {within_s * PATIENCE} s; of {len(self.got)} requests the last: {self.got[-3:]}"
        return found

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away, or is killed, is none of our trouble."""


class _Answering(BaseHTTPRequestHandler):
    """One connection, kept alive as long as its client likes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Receiver

    def _answer(self) -> None:
        at_s = time.monotonic()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        got = Got(at_s, self.command, self.path, dict(self.headers.items()), body)
        how = self.server.come(got)
        if how.hangs or how.after_s:
            self.server.over.wait(None if how.hangs else how.after_s)
        if how.resets or how.hangs:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(how.code)
        for name, text in how.headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(how.body)))
        self.end_headers()
        if how.byte_every_s:
            for place in range(len(how.body)):
                self.wfile.write(how.body[place : place + 1])
                if self.server.over.wait(how.byte_every_s):
                    return
        else:
            self.wfile.write(how.body)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = _answer  # noqa: N815 - the names that http.server looks for

    def log_message(self, *_: Any) -> None:
        """Nothing is written: what came is in `got`."""


@contextmanager
def receiver(behaviour: Behaviour = GOOD, choose: Callable[[int], Behaviour] | None = None) -> Iterator[Receiver]:
    """A receiver until the block ends. `choose` says for the nth request, from 1, how to answer it."""
    made = Receiver(behaviour, choose)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.over.set()
        made.shutdown()
        made.server_close()
        thread.join(timeout=5)
