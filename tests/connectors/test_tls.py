"""The way every real vendor is reached: over TLS, with its certificate checked, and still in time."""

from __future__ import annotations

import ipaddress
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connectors import deadline
from connectors.errors import TryLater
from connectors.http import Client
from tests.connectors.wire import SlowWire, Talk, Wire, drips, says

SOON = 0.6


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vendor")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), 1, now - timedelta(hours=1), now + timedelta(hours=1)
        )
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "vendor.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return path


@pytest.fixture
def serve(certificate: Path) -> Iterator[Callable[..., str]]:
    """Starts a TLS server that talks as told; its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    wires: list[Wire] = []

    def start(talk: Talk, kind: type[Wire] = Wire) -> str:
        wires.append(kind(talk, wrap=lambda plain: context.wrap_socket(plain, server_side=True)))
        return wires[-1].url.replace("http://", "https://")

    yield start
    for wire in wires:
        wire.stop()


def client(url: str, trusted: Path | None) -> Client:
    session = deadline.new_session(allow_loopback=True)
    if trusted is not None:
        session.verify = str(trusted)
    return Client(url, {}, allow_loopback=True, deadline=SOON, session=session)


def test_calls_go_over_one_kept_encrypted_connection(serve, certificate):
    vendor = client(serve(says(b'{"ok": true}')), certificate)

    assert [vendor.get("/things").json for _ in range(3)] == [{"ok": True}] * 3


def test_a_certificate_that_nobody_vouches_for_ends_the_call_before_anything_is_sent(serve):
    with pytest.raises(TryLater) as caught:
        client(serve(says()), None).post("/things", json={})

    assert (caught.value.code, caught.value.in_doubt) == ("unreachable", False)


def test_a_certificate_of_another_name_ends_the_call_before_anything_is_sent(serve, certificate):
    elsewhere = serve(says()).replace("127.0.0.1", "localhost")

    with pytest.raises(TryLater) as caught:
        client(elsewhere, certificate).post("/things", json={})

    assert (caught.value.code, caught.value.in_doubt) == ("unreachable", False)


def test_an_encrypted_answer_that_drips_ends_in_time(serve, certificate):
    slow = drips(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + b" " * 99, every=0.01)
    vendor = client(serve(slow), certificate)
    began = time.monotonic()

    with pytest.raises(TryLater) as caught:
        vendor.post("/things", json={})

    assert (caught.value.code, caught.value.in_doubt) == ("timed_out", True)
    assert time.monotonic() - began < SOON + 1


def test_a_large_content_that_is_taken_slowly_ends_in_time(serve, certificate):
    vendor = client(serve(says(), kind=SlowWire), certificate)
    began = time.monotonic()

    with pytest.raises(TryLater) as caught:
        vendor.post("/things", json={"text": "x" * 30_000_000})

    assert (caught.value.code, caught.value.in_doubt) == ("timed_out", True)
    assert time.monotonic() - began < SOON + 1
