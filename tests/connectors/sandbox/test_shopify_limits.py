"""Query points, and the tokens an app shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.conftest import Control
from tests.connectors.sandbox.shops import Shop

DEAR = """query($first: Int!) { orders(first: $first) { nodes { id
  lineItems(first: 10) { nodes {
    id variant { id } product { id } discountedTotalSet { shopMoney { amount } } } } } } }"""


@pytest.fixture
def shop(sandbox: Sandbox, control: Control) -> Shop:
    return Shop(sandbox, control)


def order(number: int) -> dict[str, Any]:
    things = [{"title": f"Thing {each}", "quantity": 1, "price": "5.00"} for each in range(10)]
    return {"id": 9_000 + number, "line_items": things}


def cost(answer: dict[str, Any]) -> dict[str, Any]:
    return dict(answer["extensions"]["cost"])


def granted(shop: Shop, **fields: str) -> requests.Response:
    return requests.post(f"{shop.url}/shopify/admin/oauth/access_token", data=fields, timeout=10)


def entered(shop: Shop, **credentials: str) -> None:
    shop.put(credentials={"shop": "north.myshopify.com", "client_secret": "shpss", **credentials})


def test_every_answer_says_what_it_cost_and_what_is_left(shop: Shop) -> None:
    told = cost(shop.answer("{ shop { name } }"))
    assert told["requestedQueryCost"] == 1
    assert told["actualQueryCost"] == 1
    status = told["throttleStatus"]
    assert (status["maximumAvailable"], status["restoreRate"]) == (2000.0, 100.0)
    assert 1999 <= status["currentlyAvailable"] <= 2000


def test_a_page_costs_its_size_when_asked_and_its_rows_in_the_end(shop: Shop) -> None:
    told = cost(shop.answer(DEAR, first=10))
    assert told["requestedQueryCost"] == 532
    assert 0 < told["actualQueryCost"] < 100


def test_a_query_that_is_too_dear_is_refused_whatever_is_left(shop: Shop) -> None:
    error = shop.error(DEAR, first=50)
    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert shop.ask(DEAR, first=10)


def test_an_empty_bucket_throttles_with_http_200_and_fills_again(
    shop: Shop, pass_time: Callable[[float], None]
) -> None:
    shop.put(seed={"orders": [order(number) for number in range(18)]})
    answers = [shop.answer(DEAR, first=18) for _ in range(12)]  # dear ones: it cannot fill as fast
    throttled = [each for each in answers if each.get("errors")]
    assert throttled
    assert throttled[-1]["errors"] == [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
    assert cost(throttled[-1])["actualQueryCost"] is None
    assert (
        cost(throttled[-1])["throttleStatus"]["currentlyAvailable"]
        < cost(throttled[-1])["requestedQueryCost"]
    )
    pass_time(60)
    assert "errors" not in shop.answer(DEAR, first=18)


def test_each_store_has_a_bucket_of_its_own_and_limits_can_be_off(shop: Shop) -> None:
    shop.control.call("POST", "/limits", {"on": False})
    left = [cost(shop.answer(DEAR, first=10))["throttleStatus"]["currentlyAvailable"] for _ in range(6)]
    assert left == [2000] * 6


def test_queries_fail_on_order_whole_or_in_part(shop: Shop) -> None:
    shop.do("query_fail")
    shop.do("query_fail", code="SHOP_INACTIVE", partial=True)
    whole, part, well = (shop.answer("{ shop { name } }") for _ in range(3))
    assert whole["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "data" not in whole
    assert part["data"] == well["data"] == {"shop": {"name": "North"}}
    assert (part["errors"][0]["path"], part["errors"][0]["extensions"]["code"]) == (["shop"], "SHOP_INACTIVE")
    assert "errors" not in well


def test_a_client_and_its_secret_get_a_token_for_a_day(
    shop: Shop, pass_time: Callable[[float], None]
) -> None:
    entered(shop, client_id="app-1")
    body = granted(shop, grant_type="client_credentials", client_id="app-1", client_secret="shpss").json()
    assert body["expires_in"] == 86_399
    assert "read_orders" in body["scope"].split(",")
    assert "refresh_token" not in body
    shop.token = body["access_token"]
    assert shop.ask("{ shop { id } }")
    pass_time(86_400)
    assert shop.post("{ shop { id } }").status_code == 401


def test_a_refresh_token_is_replaced_and_the_former_one_works_until_then(
    shop: Shop, pass_time: Callable[[float], None]
) -> None:
    entered(shop, client_id="app-1", refresh_token="shprt_1")
    asked = {"grant_type": "refresh_token", "client_id": "app-1", "client_secret": "shpss"}
    first = granted(shop, refresh_token="shprt_1", **asked).json()
    lost = granted(shop, refresh_token="shprt_1", **asked).json()
    assert first["expires_in"] == 3600
    assert lost["refresh_token"] not in ("shprt_1", first["refresh_token"])
    assert granted(shop, refresh_token=lost["refresh_token"], **asked).status_code == 200
    spent = granted(shop, refresh_token="shprt_1", **asked)
    assert (spent.status_code, spent.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_other_exchanges_are_refused(shop: Shop, fields: dict[str, str], error: str) -> None:
    entered(shop, client_id="app-1")
    asked = {"grant_type": "client_credentials", "client_id": "app-1", "client_secret": "shpss", **fields}
    answer = granted(shop, **asked)
    assert (answer.status_code in (400, 401), answer.json()["error"]) == (True, error)


def test_an_app_that_was_removed_gets_nothing(shop: Shop) -> None:
    entered(shop, client_id="app-1")
    shop.do("app_uninstall")
    answer = granted(shop, grant_type="client_credentials", client_id="app-1", client_secret="shpss")
    assert (answer.status_code, answer.json()["error"]) == (400, "app_not_installed")


def test_tokens_that_expired_are_refused_and_a_seed_does_not_bring_them_back(shop: Shop) -> None:
    shop.do("token_expire")
    shop.put(seed={"customers": [{"email": "cleo@shop.test"}]})
    assert shop.post("{ shop { id } }").status_code == 401
