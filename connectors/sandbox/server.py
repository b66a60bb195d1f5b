"""The sandbox on its sockets: HTTP/1.1 with kept connections, one thread per connection.

Werkzeug's own request handler closes every connection after one answer, which real vendors do not;
so the sockets are the standard library's and only the routing is Werkzeug's.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from threading import Lock, Thread
from typing import cast

from werkzeug.datastructures import Headers

from connectors.sandbox.application import Application, Outcome
from connectors.sandbox.wire import Reply, Request

HOST = "127.0.0.1"
CUT_OFF = 64  # bytes that a cut reply promises and never sends


class Listener(ThreadingMixIn, TCPServer):
    """Accepts connections and remembers them, so that stopping leaves none behind."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, application: Application) -> None:
        self.application = application
        self.connections: set[socket.socket] = set()
        self.connections_lock = Lock()
        super().__init__((HOST, port), Handler)

    def close_connections(self) -> None:
        with self.connections_lock:
            for connection in self.connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        with self._listener.connections_lock:
            self._listener.connections.add(self.connection)

    def finish(self) -> None:
        with self._listener.connections_lock:
            self._listener.connections.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Requests are kept in the journal, not on stderr."""

    def exchange(self) -> None:
        """Answer one request, whatever its method."""
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self._write(Reply(400 if not length.isdigit() else 411))
            return
        body = self.rfile.read(int(length))
        request = Request(self.command, self.path, Headers(self.headers.items()), body)
        self._send(self._listener.application.answer(request))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = exchange

    @property
    def _listener(self) -> Listener:
        return cast(Listener, self.server)

    def _send(self, outcome: Outcome) -> None:
        if outcome.manner == "whole":
            self._write(outcome.reply)
            return
        self.close_connection = True
        if outcome.manner == "reset":
            self._reset()
        elif outcome.manner == "cut":
            self._write(outcome.reply, missing=CUT_OFF)
        else:
            self._drip(outcome.reply)

    def _write(self, reply: Reply, missing: int = 0) -> None:
        self.wfile.write(_head(reply, missing) + reply.body)
        for part in reply.parts:
            self.wfile.write(part)

    def _reset(self) -> None:
        """Close with a TCP reset instead of a polite end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()

    def _drip(self, reply: Reply) -> None:
        self.wfile.write(_head(reply))
        for byte in b"".join([reply.body, *reply.parts]):
            if self._listener.application.halted.wait(1.0):
                return
            self.wfile.write(bytes([byte]))


def _head(reply: Reply, missing: int = 0) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {_phrase(reply.status)}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    if reply.status != HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Length: {reply.length + missing}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


class Sandbox:
    """A running sandbox. Raises OSError when the port is taken."""

    def __init__(self, port: int = 0) -> None:
        self.application = Application()
        self._listener = Listener(port, self.application)
        self._thread = Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._listener.server_address[1])

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def stop(self) -> None:
        """End at once: hanging requests, open connections and waiting webhooks included."""
        self.application.halted.set()
        self.application.control.around.webhooks.close()
        self._listener.shutdown()
        self._listener.close_connections()
        self._listener.server_close()
        self._thread.join()


@contextmanager
def running(port: int = 0) -> Iterator[Sandbox]:
    """A sandbox for the length of a with block; port 0 takes a free one."""
    sandbox = Sandbox(port)
    try:
        yield sandbox
    finally:
        sandbox.stop()
