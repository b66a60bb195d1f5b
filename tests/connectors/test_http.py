"""What a status, a body or a header means is decided in one place, and says nothing it should not."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from connectors.errors import Conflict, NeedsAttention, NotFound, Problem, Refused, TryLater, VendorError
from connectors.http import Client
from tests.connectors.wire import listening, says

SECRET = "k3y-that-nobody-may-see-0123456789"


def client(url: str, **options: Any) -> Client:
    headers = {"Authorization": f"Bearer {SECRET}"}
    settings = {"allow_loopback": True, "deadline": 5.0, "label": "Acme", **options}
    return Client(url, headers, **settings)


def failure(call: Callable[[], Any]) -> VendorError:
    with pytest.raises(VendorError) as caught:
        call()
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, Refused, "refused"),
        (401, NeedsAttention, "credentials_rejected"),
        (403, NeedsAttention, "scope_missing"),
        (404, NotFound, "not_found"),
        (405, Refused, "refused"),
        (408, TryLater, "vendor_error"),
        (409, Conflict, "conflict"),
        (422, Refused, "refused"),
        (429, TryLater, "throttled"),
        (500, TryLater, "vendor_error"),
        (503, TryLater, "vendor_error"),
        (599, TryLater, "vendor_error"),
    ],
)
def test_a_status_becomes_the_error_named_by_its_remedy(status, kind, code):
    with listening(says(status=status)) as wire:
        error = failure(lambda: client(wire.url).get("/things"))

    assert type(error) is kind
    assert (error.code, error.status) == (code, status)
    assert error.sentence.startswith("Acme")


@pytest.mark.parametrize(("status", "in_doubt"), [(429, False), (500, True), (408, True)])
def test_a_write_is_in_doubt_when_it_may_have_landed(status, in_doubt):
    with listening(says(status=status)) as wire:
        error = failure(lambda: client(wire.url).post("/things", json={}))

    assert isinstance(error, TryLater)
    assert error.in_doubt is in_doubt


def test_a_read_is_never_in_doubt():
    with listening(says(status=500)) as wire:
        error = failure(lambda: client(wire.url).get("/things"))

    assert isinstance(error, TryLater)
    assert not error.in_doubt


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("1e99", 86_400.0),
        ("Sun, 22 Nov 2026 10:01:30 GMT", 90.0),
        ("Sun, 22 Nov 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("nan", None),
        ("", None),
    ],
)
def test_the_wait_is_read_from_seconds_or_a_date_on_the_vendors_clock(retry_after, seconds):
    talk = says(status=429, Retry_After=retry_after, Date="Sun, 22 Nov 2026 10:00:00 GMT")
    with listening(talk) as wire:
        error = failure(lambda: client(wire.url).get("/things"))

    assert isinstance(error, TryLater)
    assert error.after == seconds


def test_an_error_never_shows_query_headers_or_personal_data():
    body = b'{"why": "ana@shop.test (+1 500 555 0006) used pk_live_abcdef0123456789abcdef"}'

    def explain(json: Any) -> Problem:
        return Problem(text=json["why"])

    with listening(says(body, status=400)) as wire:
        vendor = client(wire.url, explain=explain)
        error = failure(lambda: vendor.get("/people", params={"email": "ben@shop.test"}))

    assert error.sentence == ("Acme, GET /people: refused with HTTP 400 ([e-mail] ([number]) used [secret]).")
    assert error.__suppress_context__ or error.__context__ is None


def test_a_conflict_names_what_exists_already():
    def explain(json: Any) -> Problem:
        return Problem(text="Exists.", code="duplicate", existing_id=json["id"])

    with listening(says(b'{"id": "01J0"}', status=409)) as wire:
        error = failure(lambda: client(wire.url, explain=explain).post("/people", json={}))

    assert isinstance(error, Conflict)
    assert (error.code, error.existing_id) == ("duplicate", "01J0")


@pytest.mark.parametrize("body", [b"<html>Please wait</html>", b"[" * 100_000, b"\xff\xfe\x00", b"{"])
def test_an_answer_that_is_no_json_is_tried_again(body):
    with listening(says(body)) as wire:
        error = failure(lambda: client(wire.url).post("/things", json={}))

    assert isinstance(error, TryLater)
    assert (error.code, error.in_doubt) == ("unreadable_answer", True)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_an_empty_body_is_no_error(status):
    with listening(says(b"", status=status)) as wire:
        response = client(wire.url).put("/things", json={})

    assert (response.status, response.json) == (status, None)


def test_text_that_databases_refuse_can_be_received():
    with listening(says(rb'{"a": "\ud800\u0000"}')) as wire:
        response = client(wire.url).get("/things")

    assert response.json == {"a": "\ud800\x00"}


def test_what_is_sent_is_the_body_the_query_and_the_headers():
    with listening(says()) as wire:
        vendor = Client(
            wire.url, {"Content-Type": "application/vnd.api+json"}, allow_loopback=True, deadline=5.0
        )
        vendor.delete("/lists/1", params=[("id", "a+b@x.test"), ("id", "2")], json={"data": [1]})

    head, _, body = wire.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"DELETE /lists/1?id=a%2Bb%40x.test&id=2 HTTP/1.1")
    assert b"application/vnd.api+json" in head
    assert body == b'{"data":[1]}'


def test_a_read_names_no_content_type():
    with listening(says()) as wire:
        client(wire.url).get("/things")

    assert b"content-type" not in wire.requests[0].lower()


def test_a_redirect_is_refused_and_not_followed():
    with listening(says()) as other, listening(says(status=302, Location=other.url)) as wire:
        error = failure(lambda: client(wire.url).get("/things"))

    assert isinstance(error, Refused)
    assert error.code == "redirected"
    assert other.requests == []


def test_a_next_address_is_followed_only_below_the_same_root():
    with listening(says()) as wire:
        vendor = client(f"{wire.url}/acme")

        assert vendor.get(f"{wire.url}/acme/things?page=2").status == 200
        elsewheres = (
            f"{wire.url}/acmeevil/x",
            "https://other.test/x?t=1",
            f"{wire.url}@other.test/x",
            "http://[",
        )
        for elsewhere in elsewheres:
            with pytest.raises(Refused, match="lead away"):
                vendor.get(elsewhere)
    assert len(wire.requests) == 1


def test_an_answer_that_unpacks_to_more_than_the_limit_is_not_read():
    bomb = gzip.compress(b"0" * 25_000_000)
    with listening(says(bomb, Content_Encoding="gzip")) as wire:
        error = failure(lambda: client(wire.url).post("/things", json={}))

    assert isinstance(error, TryLater)
    assert (error.code, error.in_doubt) == ("answer_too_large", True)


@pytest.mark.parametrize("content", [{"a": object()}, {"a": "\ud800"}])
def test_content_that_cannot_be_written_is_refused_before_the_call(content):
    with listening(says()) as wire:
        error = failure(lambda: client(wire.url).post("/things", json=content))

    assert isinstance(error, Refused)
    assert error.code == "unsendable"
    assert wire.requests == []


def test_a_credential_that_no_header_can_carry_stays_out_of_the_error():
    with listening(says()) as wire:
        vendor = Client(wire.url, {"Authorization": "sécret-κλειδί"}, allow_loopback=True, deadline=5.0)
        error = failure(lambda: vendor.get("/things"))

    assert error.code == "unsendable"
    assert "κλειδί" not in str(error)


def test_the_vendors_limits_and_clock_can_be_read():
    talk = says(X_Account_Api_Call_Limit="38/40", Date="Sun, 22 Nov 2026 10:00:00 GMT")
    with listening(talk) as wire:
        vendor = client(wire.url)
        response = vendor.get("/things")

    assert vendor.pace == {"X-Account-Api-Call-Limit": "38/40"}
    assert response.answered_at is not None
    assert response.answered_at.isoformat() == "2026-11-22T10:00:00+00:00"


def test_what_was_called_is_remembered_without_query_or_key():
    with listening(says(status=404)) as wire:
        vendor = client(wire.url)
        with pytest.raises(NotFound):
            vendor.get("/services/T0/B0/a1b2c3d4e5f6a7b8c9d0e1f2", params={"email": "ana@shop.test"})

    assert list(vendor.calls) == ["GET /services/[secret] → 404"]


def test_one_connection_serves_many_calls_and_cookies_are_not_kept():
    with listening(says(Set_Cookie="who=me; Path=/")) as wire:
        vendor = client(wire.url)
        for _ in range(3):
            vendor.get("/things")

    assert wire.connections == 1
    assert not any(b"cookie" in request.lower() for request in wire.requests)


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    with listening(says()) as wire:
        assert client(wire.url).get("/things").status == 200
