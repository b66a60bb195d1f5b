"""The job that most lines do: signed Shopify ``orders/updated`` of 6 KB, a rule with three conditions, one
Klaviyo event each."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.house import Sandbox

SLUG, SHOP, SECRET, TOKEN = "bench", "bench.myshopify.com", "shpss_bench", "bench-shop"
METRIC = "Large order"
BYTES = 6_000  # of each delivery
SHOPIFY = {"shop": SHOP, "access_token": "shpat_bench", "client_secret": SECRET}
KLAVIYO = {"private_key": "pk_bench"}
CLIENT = f"""
store: {{slug: {SLUG}, name: Bench, platform: shopify, currency: USD, timezone: UTC}}
connections:
  - vendor: shopify
    credentials: {{shop: {SHOP}, access_token: shpat_bench, client_secret: {SECRET}}}
    api_root: {{sandbox}}/shopify
    token: {TOKEN}
  - vendor: klaviyo
    credentials: {{private_key: pk_bench}}
    api_root: {{sandbox}}/klaviyo
rules:
  - recipe: custom
    name: Tell of large orders
    mode: live
    params:
      when: order.placed
      if:
        all:
          - {{field: order.total, op: gte, value: 50}}
          - {{field: order.country, op: eq, value: US}}
          - {{field: order.item_count, op: gte, value: 2}}
      then:
        - {{action: send_event, with: {{metric: {METRIC}}}}}
"""
SETTLED = "SELECT count(*) FROM orchestrator_outboxaction WHERE state = 'done'"


def at_vendors(sandbox: Sandbox) -> None:
    """The client's accounts at the fake vendors."""
    sandbox.control("PUT", f"shopify/accounts/{SLUG}", {"credentials": SHOPIFY})
    sandbox.control("PUT", f"klaviyo/accounts/{SLUG}", {"credentials": KLAVIYO})


def delivery(number: int) -> tuple[dict[str, str], bytes]:
    """Headers and body as Shopify sends them; each of another order and another buyer, just placed."""
    body = json.dumps(order(number)).encode()
    signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": "orders/updated",
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": f"hook-{number}",
        "X-Shopify-Event-Id": f"event-{number}",
        "X-Shopify-Triggered-At": datetime.now(UTC).isoformat(),
        "X-Shopify-Hmac-Sha256": signature,
    }
    return headers, body


def order(number: int) -> dict[str, Any]:
    at = (datetime.now(UTC) - timedelta(milliseconds=1)).isoformat()
    email = f"buyer{number}@shop.test"
    made = {
        "id": 5_000_000 + number,
        "admin_graphql_api_id": f"gid://shopify/Order/{5_000_000 + number}",
        "name": f"#{number}",
        "order_number": number,
        "email": email,
        "contact_email": email,
        "created_at": at,
        "updated_at": at,
        "processed_at": at,
        "cancelled_at": None,
        "currency": "USD",
        "financial_status": "paid",
        "fulfillment_status": None,
        "checkout_token": f"checkout-{number}",
        "discount_codes": [],
        "refunds": [],
        "tags": "web, first-order",
        "test": False,
        "total_price": "120.50",
        "current_total_price": "120.50",
        "current_total_price_set": _set("120.50"),
        "total_price_set": _set("120.50"),
        "customer": {"id": 7_000_000 + number, "email": email, "first_name": "Ana", "last_name": "Lopez"},
        "shipping_address": {
            "first_name": "Ana",
            "address1": "1 Pine Street",
            "city": "Boulder",
            "zip": "80301",
            "country": "United States",
            "country_code": "US",
            "province_code": "CO",
        },
        "line_items": [_line(number, each) for each in range(5)],
    }
    made["note"] = secrets.token_urlsafe(BYTES)[: max(0, BYTES - len(json.dumps(made)) - 12)]
    return made


def _line(number: int, each: int) -> dict[str, Any]:
    return {
        "id": 20_000_000 + 10 * number + each,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{20_000_000 + 10 * number + each}",
        "current_quantity": 1,
        "fulfillable_quantity": 1,
        "fulfillment_service": "manual",
        "fulfillment_status": None,
        "gift_card": False,
        "grams": 400,
        "name": f"Trail Boot - {40 + each}",
        "price": "24.10",
        "price_set": _set("24.10"),
        "product_exists": True,
        "product_id": 8_001,
        "quantity": 1,
        "requires_shipping": True,
        "sku": f"BOOT-{40 + each}",
        "taxable": True,
        "title": "Trail Boot",
        "total_discount": "0.00",
        "total_discount_set": _set("0.00"),
        "variant_id": 8_501 + each,
        "variant_title": str(40 + each),
        "vendor": "North Ridge",
        "properties": [],
        "tax_lines": [],
        "duties": [],
    }


def _set(amount: str) -> dict[str, Any]:
    money = {"amount": amount, "currency_code": "USD"}
    return {"shop_money": money, "presentment_money": money}
