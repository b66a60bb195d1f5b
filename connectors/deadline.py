"""A requests session that reaches public addresses only and whose calls end in time, come what may.

A time-out of requests is renewed by every byte that arrives, so a server that sends one byte a second
holds a call for ever. Here each step of a call, from the name's look-up to the last byte, gets only
what the whole call has left.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

KEPT_CONNECTIONS = 16  # as many as there are workers in one process
CLOCK_TICK = 0.01  # seconds by which a time-out may come early

T = TypeVar("T")


class Call:
    """One call under way: when it must be over, and whether the vendor may have heard of it."""

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        self.has_sent = False

    def left(self) -> float:
        """Seconds that remain. Raises TimeoutError when none do."""
        seconds = self.until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("The call took longer than it may.")
        return seconds

    @property
    def is_over(self) -> bool:
        return self.until - time.monotonic() < CLOCK_TICK


_current: ContextVar[Call] = ContextVar("call")


@contextmanager
def within(seconds: float) -> Iterator[Call]:
    """What is sent through a session inside this block ends after ``seconds``, all together."""
    call = Call(seconds)
    token = _current.set(call)
    try:
        yield call
    finally:
        _current.reset(token)


def new_session(*, allow_loopback: bool) -> requests.Session:
    """A session that may be shared by threads: no cookies, no proxies of the environment, no redirects."""
    session: requests.Session = HTTPSession(
        Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=allow_loopback,
            never_redirect=True,
            default_timeout=None,
        )
    )
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.mount("http://", _Adapter(is_https_proto=False, allow_loopback=allow_loopback))
    session.mount("https://", _Adapter(is_https_proto=True, allow_loopback=allow_loopback))
    return session


class _Body(io.RawIOBase):
    """The bytes of an answer; waiting for any of them takes from the time of the call."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self.raw = raw
        self.sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self.sock.settimeout(_current.get().left())
        return self.raw.readinto(buffer)

    def close(self) -> None:
        self.raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp: io.BufferedReader = io.BufferedReader(_Body(self.fp.detach(), sock))


class _Timed(HTTPConnection):
    """Connects and sends within the time of the call, and notes when the first byte goes out."""

    response_class = _Response

    def _new_conn(self) -> socket.socket:
        self.timeout = _current.get().left()
        sock = super()._new_conn()
        sock.settimeout(_current.get().left())  # for the TLS handshake
        return sock

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        call = _current.get()
        self.sock.settimeout(call.left())  # sending keeps to it as a whole, unlike reading
        call.has_sent = True
        super().send(data)


class _TimedTLS(_Timed, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Timed


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TimedTLS


class _Adapter(IPFilterAdapter):  # type: ignore[misc]
    """Resolves a name once, checks its address and connects to exactly that address."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        super().init_poolmanager(connections, KEPT_CONNECTIONS, block, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        def resolve() -> Any:
            return IPFilterAdapter.build_connection_pool_key_attributes(self, request, verify, cert)

        return resolve() if _is_address(str(request.url)) else _in_time(resolve)


def _is_address(url: str) -> bool:
    """Whether the host is an address already, so that there is no name to wait for."""
    try:
        ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return False
    return True


def _in_time(work: Callable[[], T]) -> T:
    """The system's name look-up cannot be told to hurry, so it runs aside and is left behind when late."""
    found: Future[T] = Future()

    def run() -> None:
        try:
            found.set_result(work())
        except Exception as error:
            found.set_exception(error)

    threading.Thread(target=run, name="name look-up", daemon=True).start()
    return found.result(timeout=_current.get().left())
