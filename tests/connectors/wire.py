"""A server that sends exactly the bytes a test wants, as slowly as it wants."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

Talk = Callable[[socket.socket, Event], None]


class Wire:
    """One listening socket; each connection is handled by ``talk``, after ``wrap`` has encrypted it."""

    def __init__(self, talk: Talk, wrap: Callable[[socket.socket], socket.socket] | None = None) -> None:
        self.talk = talk
        self.wrap = wrap or (lambda plain: plain)
        self.requests: list[bytes] = []
        self.connections = 0
        self.halted = Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def stop(self) -> None:
        self.halted.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        with suppress(OSError), self.wrap(connection) as wrapped:
            while request := receive(wrapped):
                self.requests.append(request)
                self.talk(wrapped, self.halted)


class SlowWire(Wire):
    """Takes what it is sent a little at a time and never answers."""

    def _handle(self, connection: socket.socket) -> None:
        with suppress(OSError), self.wrap(connection) as wrapped:
            while wrapped.recv(65_536):
                self.halted.wait(0.003)


def receive(connection: socket.socket) -> bytes:
    """One request with its body; nothing when the other side has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(65536)):
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def says(body: bytes = b"{}", status: int = 200, **headers: str) -> Talk:
    """An ordinary answer. Header names are written with underscores."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    answer = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    return lambda connection, halted: connection.sendall(answer)


def drips(data: bytes, every: float) -> Talk:
    """The same bytes, one at a time."""

    def talk(connection: socket.socket, halted: Event) -> None:
        for byte in data:
            if halted.wait(every):
                return
            connection.sendall(bytes([byte]))

    return talk


def is_silent(connection: socket.socket, halted: Event) -> None:
    halted.wait()


def hangs_up(connection: socket.socket, halted: Event) -> None:
    connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def listening(talk: Talk) -> Iterator[Wire]:
    wire = Wire(talk)
    try:
        yield wire
    finally:
        wire.stop()
