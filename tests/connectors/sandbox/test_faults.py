"""Faults of every kind, over real sockets."""

from __future__ import annotations

import http.client
import json
import threading
import time

import pytest
import requests

from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.conftest import Control, Vendor

TICKET = {
    "via": "api",
    "messages": [{"channel": "api", "via": "api", "from_agent": False, "sender": {"email": "ana@shop.test"}}],
}


def subjects(control: Control) -> int:
    return len(control.state("gorgias", "north")["tickets"])


def test_a_status_before_the_effect_leaves_nothing(control: Control, gorgias: Vendor) -> None:
    control.fault(vendor="gorgias", path="^/api/tickets$", kind="status", status=503, when="before")
    answer = gorgias.call("POST", "/api/tickets", TICKET)
    assert (answer.status_code, answer.json()["error"]["msg"]) == (503, "This failure was ordered.")
    assert subjects(control) == 0


def test_a_status_after_the_effect_hides_what_happened(control: Control, gorgias: Vendor) -> None:
    control.fault(vendor="gorgias", path="^/api/tickets$", kind="status", status=502, when="after")
    assert gorgias.call("POST", "/api/tickets", TICKET).status_code == 502
    assert subjects(control) == 1


def test_a_fault_lasts_as_often_as_was_ordered(control: Control, gorgias: Vendor) -> None:
    control.fault(vendor="gorgias", path="account", kind="status", status=500, times=2)
    assert [gorgias.call("GET", "/api/account").status_code for _ in range(3)] == [500, 500, 200]


def test_a_fault_without_end_lasts_until_it_is_deleted(control: Control, gorgias: Vendor) -> None:
    control.fault(vendor="gorgias", path="account", kind="status", status=500, times=None)
    assert [gorgias.call("GET", "/api/account").status_code for _ in range(3)] == [500] * 3
    control.call("DELETE", "/faults")
    assert gorgias.call("GET", "/api/account").status_code == 200


def test_a_fault_meets_only_its_vendor_account_method_and_path(
    control: Control, gorgias: Vendor, klaviyo: Vendor
) -> None:
    control.fault(vendor="gorgias", account="south", path=".", kind="status", status=500)
    control.fault(vendor="gorgias", method="post", path=".", kind="status", status=500)
    control.fault(vendor="gorgias", path=r"tickets\?trashed=false", kind="status", status=500)
    assert klaviyo.call("GET", "/api/lists").status_code == 200
    assert gorgias.call("GET", "/api/tickets").status_code == 200
    assert gorgias.call("GET", "/api/tickets", trashed="false").status_code == 500
    assert gorgias.call("POST", "/api/tags", {"name": "x"}).status_code == 500


def test_an_ordered_429_says_when_to_come_back(control: Control, klaviyo: Vendor) -> None:
    control.fault(vendor="klaviyo", path="lists", kind="status", status=429, seconds=7)
    answer = klaviyo.call("GET", "/api/lists")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


@pytest.mark.parametrize(("when", "tickets"), [("before", 0), ("after", 1)])
def test_a_reset_breaks_the_connection(control: Control, gorgias: Vendor, when: str, tickets: int) -> None:
    control.fault(vendor="gorgias", path="tickets", kind="reset", when=when)
    with pytest.raises(requests.ConnectionError, match="reset"):
        gorgias.call("POST", "/api/tickets", TICKET)
    assert subjects(control) == tickets
    assert control.call("GET", "/requests").json()[-1]["status"] is None


def test_an_html_page_comes_with_a_good_status(control: Control, gorgias: Vendor) -> None:
    control.fault(vendor="gorgias", path="account", kind="html")
    answer = gorgias.call("GET", "/api/account")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!doctype html>")


def test_a_cut_body_is_shorter_than_it_says(control: Control, gorgias: Vendor) -> None:
    control.fault(vendor="gorgias", path="tickets", kind="cut", when="after")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        gorgias.call("POST", "/api/tickets", TICKET)
    assert subjects(control) == 1


def test_a_drip_gives_a_byte_a_second(control: Control, gorgias: Vendor, sandbox: Sandbox) -> None:
    control.fault(vendor="gorgias", path="account", kind="drip", when="after")
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=5)
    connection.request("GET", "/gorgias/api/account")
    response = connection.getresponse()
    begun = time.monotonic()
    first = response.read(1)
    assert (first, 0.8 < time.monotonic() - begun < 3) == (b"{", True)
    connection.close()


def test_a_hang_after_the_effect_keeps_the_client_waiting(control: Control, gorgias: Vendor) -> None:
    control.fault(vendor="gorgias", path="tickets", kind="hang", when="after")
    with pytest.raises(requests.ReadTimeout):
        gorgias.session.post(f"{gorgias.root}/api/tickets", json=TICKET, timeout=0.3)
    assert subjects(control) == 1


def test_a_hang_before_the_effect_lets_it_land_late(control: Control, gorgias: Vendor) -> None:
    control.fault(vendor="gorgias", path="tickets", kind="hang", when="before", seconds=0.6)
    with pytest.raises(requests.ReadTimeout):
        gorgias.session.post(f"{gorgias.root}/api/tickets", json=TICKET, timeout=0.2)
    seen_at_once = subjects(control)
    landed = threading.Event()
    deadline = time.monotonic() + 5
    while subjects(control) == 0 and time.monotonic() < deadline:
        landed.wait(0.05)
    assert (seen_at_once, subjects(control)) == (0, 1)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"vendor": "gorgias", "path": "."}, "needs the key 'kind'"),
        ({"vendor": "gorgias", "path": ".", "kind": "fire"}, "not 'fire'"),
        ({"vendor": "gorgias", "path": "(", "kind": "cut"}, "must be a regular expression"),
        ({"vendor": "gorgias", "path": ".", "kind": "status"}, "needs a status"),
        ({"vendor": "gorgias", "path": ".", "kind": "cut", "times": 0}, "at least 1"),
        ({"vendor": "gorgias", "path": ".", "kind": "cut", "when": "later"}, "not 'later'"),
        ({"vendor": "nobody", "path": ".", "kind": "cut"}, "no fake vendor 'nobody'"),
        ({"vendor": "gorgias", "path": ".", "kind": "cut", "often": 2}, "no key 'often'"),
    ],
)
def test_a_fault_that_cannot_be_gets_one_sentence(control: Control, body: object, sentence: str) -> None:
    answer = control.call("POST", "/faults", body)
    assert answer.status_code in (400, 404)
    assert sentence in answer.json()["error"]


def test_connections_are_kept_between_requests(sandbox: Sandbox, gorgias: Vendor) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=5)
    connection.request("GET", "/_control/")
    connection.getresponse().read()
    socket = connection.sock
    connection.request("GET", "/_control/faults")
    assert json.loads(connection.getresponse().read()) == []
    assert connection.sock is socket
    connection.close()


def test_a_body_without_a_length_is_refused(sandbox: Sandbox) -> None:
    answer = requests.post(f"{sandbox.url}/gorgias/api/tickets", data=iter([b"{}"]), timeout=5)
    assert answer.status_code == 411
