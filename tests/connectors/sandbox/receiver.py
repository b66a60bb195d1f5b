"""Somebody who receives webhooks over a real socket and remembers them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Receiver(ThreadingHTTPServer):
    """Keeps what arrives; answers with ``status``, or with the next of ``first`` while there are any."""

    daemon_threads = True

    def __init__(self) -> None:
        self.arrived: list[tuple[str, dict[str, str], Any]] = []
        self.raw: list[bytes] = []
        self.status = 200
        self.first: list[int] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def bodies(self) -> list[Any]:
        return [body for _, _, body in self.arrived]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver = self.server
        assert isinstance(receiver, Receiver)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver.raw.append(body)
        receiver.arrived.append((self.path, dict(self.headers.items()), json.loads(body or b"null")))
        self.send_response(receiver.first.pop(0) if receiver.first else receiver.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Arrivals are kept, not printed."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join()
