"""HTTP 200 is no success: what the body, the status and the headers of an answer mean."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from connectors.errors import NeedsAttention, NotFound, Refused, TryLater, VendorError
from connectors.http import Client
from connectors.vendors.shopify import documents, graphql
from connectors.vendors.shopify.failures import TooDear
from tests.connectors.wire import Talk, listening, says

COST = {
    "requestedQueryCost": 712,
    "actualQueryCost": 46,
    "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 120, "restoreRate": 100.0},
}
CUSTOMER = {"data": {"customer": {"id": "gid://shopify/Customer/1"}}}


def client_of(url: str) -> Client:
    return Client(url, {}, allow_loopback=True, deadline=5.0, label="Shopify")


def asked(body: Any, status: int = 200, *, is_write: bool = False, **headers: str) -> Any:
    with listening(says(json.dumps(body).encode(), status, **headers)) as wire:
        call = graphql.change if is_write else graphql.ask
        return call(client_of(wire.url), "query { shop { id } }", {})


def failure(body: Any, status: int = 200, *, is_write: bool = False) -> VendorError:
    with pytest.raises(VendorError) as caught:
        asked(body, status, is_write=is_write)
    assert caught.value.sentence.endswith(".")
    return caught.value


def refused(code: str, message: str = "No.", **more: Any) -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {"code": code}}], **more}


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (refused("THROTTLED"), TryLater, "throttled"),
        (refused("INTERNAL_SERVER_ERROR"), TryLater, "vendor_error"),
        (refused("IDEMPOTENCY_CONCURRENT_REQUEST"), TryLater, "vendor_error"),
        (refused("MAX_COST_EXCEEDED"), TooDear, "too_dear"),
        (refused("ACCESS_DENIED"), NeedsAttention, "scope_missing"),
        (refused("SHOP_INACTIVE"), NeedsAttention, "shop_inactive"),
        (refused("IDEMPOTENCY_KEY_PARAMETER_MISMATCH"), Refused, "refused"),
        ({"errors": [{"message": "Field 'x' doesn't exist", "path": ["x"]}]}, Refused, "refused"),
        ({"errors": "Not Found"}, Refused, "refused"),
        ({"data": None}, TryLater, "unreadable_answer"),
        ({}, TryLater, "unreadable_answer"),
        ([], TryLater, "unreadable_answer"),
        ("no", TryLater, "unreadable_answer"),
        (None, TryLater, "unreadable_answer"),
    ],
)
def test_each_error_says_what_helps(body, kind, code):
    error = failure(body)

    assert isinstance(error, kind)
    assert error.code == code


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (402, NeedsAttention, "shop_inactive"),
        (423, NeedsAttention, "shop_inactive"),
        (404, NeedsAttention, "shop_unknown"),
        (401, NeedsAttention, "credentials_rejected"),
        (403, NeedsAttention, "scope_missing"),
        (430, TryLater, "throttled"),
        (429, TryLater, "throttled"),
        (502, TryLater, "vendor_error"),
        (400, Refused, "refused"),
    ],
)
def test_a_status_that_concerns_the_whole_connection_says_so(status, kind, code):
    error = failure({"errors": "Whatever"}, status)

    assert isinstance(error, kind)
    assert (error.code, error.status) == (code, status)


def test_a_security_pause_is_a_long_one():
    error = failure({}, 430)

    assert isinstance(error, TryLater)
    assert error.after == 600


def test_a_throttle_waits_until_there_is_room_for_this_query_and_another():
    error = failure(refused("THROTTLED", extensions={"cost": COST}))

    assert isinstance(error, TryLater)
    assert error.after == 14  # what twice 712 lacks of 120, at 100 a second
    assert not error.in_doubt


@pytest.mark.parametrize(
    "cost",
    [
        None,
        {},
        {"throttleStatus": None},
        {"throttleStatus": {"currentlyAvailable": "much", "maximumAvailable": 1, "restoreRate": 1}},
        {"throttleStatus": {"currentlyAvailable": 1, "maximumAvailable": 1, "restoreRate": 0}},
        {"throttleStatus": {"currentlyAvailable": "nan", "maximumAvailable": 1, "restoreRate": 1}},
    ],
)
def test_a_throttle_without_numbers_waits_a_little(cost):
    error = failure(refused("THROTTLED", extensions={"cost": cost}))

    assert isinstance(error, TryLater)
    assert error.after == 5


def test_a_query_is_never_in_doubt_and_a_change_that_failed_there_is():
    query, changed = (failure(refused("INTERNAL_SERVER_ERROR"), is_write=each) for each in (False, True))

    assert isinstance(query, TryLater)
    assert isinstance(changed, TryLater)
    assert (query.in_doubt, changed.in_doubt) == (False, True)


def test_a_partial_answer_is_none():
    error = failure(CUSTOMER | refused("ACCESS_DENIED", "Access denied for email field."))

    assert error.code == "scope_missing"
    assert "Access denied for email field." in error.sentence


@pytest.mark.parametrize(
    ("said", "kind", "code"),
    [
        ({"message": "Couldn't find resource with the given id."}, NotFound, "not_found"),
        ({"message": "Code must be unique.", "code": "TAKEN"}, Refused, "taken"),
        ({"message": "Title can't be blank"}, Refused, "refused"),
    ],
)
def test_a_rule_that_a_change_breaks_is_refused(said, kind, code):
    error = failure({"data": {"tagsAdd": {"userErrors": [said]}}}, is_write=True)

    assert type(error) is kind
    assert error.code == code


def test_an_error_shows_no_address_of_a_customer():
    error = failure({"errors": [{"message": "ana@shop.test is taken"}]})

    assert "ana@shop.test" not in error.sentence


def test_the_points_of_an_answer_are_kept_where_limits_are():
    with listening(says(json.dumps(CUSTOMER | {"extensions": {"cost": COST}}).encode())) as wire:
        client = client_of(wire.url)
        graphql.ask(client, "query { shop { id } }")

    assert client.pace == {
        "shopify-limit-size": "2000",
        "shopify-limit-left": "120",
        "shopify-limit-per-second": "100",
    }


def test_an_answer_of_another_version_is_noted_once(caplog):
    with caplog.at_level(logging.WARNING):
        for version in ("2027-01", "2027-01", documents.VERSION):
            asked(CUSTOMER, X_Shopify_API_Version=version)

    assert [each.getMessage() for each in caplog.records] == [
        f"Shopify answered as version 2027-01; this program speaks {documents.VERSION}"
    ]


def page(rows: int, cursor: str | None, *, more: bool) -> dict[str, Any]:
    nodes = [{"id": str(each)} for each in range(rows)]
    return {"data": {"orders": {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": cursor}}}}


def one_after_the_other(*bodies: Any) -> Talk:
    left = list(bodies)

    def talk(connection: Any, halted: Any) -> None:
        says(json.dumps(left.pop(0)).encode())(connection, halted)

    return talk


def paged(*bodies: Any) -> tuple[list[int], list[dict[str, Any]]]:
    """How many rows each page had, and with which variables they were asked for."""
    with listening(one_after_the_other(*bodies)) as wire:
        listed = graphql.pages(client_of(wire.url), "{ x }", {"q": "w"}, 8, lambda data: data.get("orders"))
        counts = [len(each.rows) for each in listed]
    bodies_sent = [each.partition(b"\r\n\r\n")[2] for each in wire.requests]
    return counts, [json.loads(each)["variables"] for each in bodies_sent]


def test_pages_are_followed_to_the_end():
    counts, asked_for = paged(page(8, "a", more=True), page(3, "b", more=False))

    assert counts == [8, 3]
    assert asked_for == [{"q": "w", "first": 8, "after": None}, {"q": "w", "first": 8, "after": "a"}]


def test_a_page_that_is_too_dear_is_halved_and_asked_for_again():
    counts, asked_for = paged(
        page(8, "a", more=True),
        refused("MAX_COST_EXCEEDED"),
        page(4, "b", more=True),
        page(1, None, more=True),
    )

    assert counts == [8, 4, 1]
    assert [(each["first"], each["after"]) for each in asked_for] == [(8, None), (8, "a"), (4, "a"), (4, "b")]


def test_one_row_that_is_too_dear_is_given_up():
    with pytest.raises(TooDear):
        paged(*[refused("MAX_COST_EXCEEDED")] * 4)


def test_a_list_that_does_not_get_on_ends():
    counts, _ = paged(page(8, "a", more=True), page(8, "a", more=True))

    assert counts == [8, 8]
