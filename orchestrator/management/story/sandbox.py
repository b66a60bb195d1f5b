"""Sets up the fake vendors for the demo and plays its story through the control interface."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import requests
from django.utils import timezone

KEYS = {
    "DEMO_GORGIAS_KEY": "demo-gorgias-key",
    "DEMO_GORGIAS_SECRET": "demo-gorgias-webhook-secret",
    "DEMO_KLAVIYO_KEY": "pk_demo_north_ridge",
    "DEMO_SHOPIFY_SECRET": "demo-shopify-client-secret",
    "DEMO_SHOPIFY_TOKEN": "shpat_demo_north_ridge",
    "DEMO_SLACK_WEBHOOK": "https://hooks.slack.com/services/T0DEMO/B0DEMO/demoNorthRidge",
    "DEMO_GORGIAS_KEY_2": "demo-gorgias-key-2",
    "DEMO_GORGIAS_SECRET_2": "demo-gorgias-webhook-secret-2",
    "DEMO_KLAVIYO_KEY_2": "pk_demo_revoked",
}
PEOPLE = ("ana@shop.test", "ben@shop.test", "cleo@shop.test", "dan@shop.test", "eve@shop.test")
STORY = (
    ("ana@shop.test", "Where is my parcel?", "email"),
    ("ben@shop.test", "I want to return the boots", "chat"),
    ("nobody@shop.test", "Do you ship to Norway?", "contact_form"),
    ("cleo@shop.test", "Urgent: wrong size", "email"),
)
BOOTS, JACKET, TENT, DOWN = 7001, 7002, 7003, 7004
PRODUCTS = (
    {"id": BOOTS, "title": "Ridge boots", "product_type": "Shoes", "price": "180.00", "left": 24},
    {"id": JACKET, "title": "Rain jacket", "product_type": "Jackets", "price": "220.00", "left": 40},
    {"id": TENT, "title": "Two-person tent", "product_type": "Tents", "price": "410.00", "left": 15},
    {"id": DOWN, "title": "Down jacket", "product_type": "Jackets", "price": "240.00", "left": 30},
)


class Fakes:
    """The control interface of a running sandbox."""

    def __init__(self, url: str, web: str) -> None:
        self.url = url
        self.web = web
        self.session = requests.Session()
        self.session.trust_env = False

    def put(self, vendor: str, name: str, **account: Any) -> None:
        self._call("PUT", f"{vendor}/accounts/{name}", account)

    def do(self, vendor: str, account: str, verb: str, /, **fields: Any) -> Any:
        return self._call("POST", f"{vendor}/accounts/{account}/do/{verb}", fields)

    def set_up(self) -> None:
        """Two helpdesks, two marketing accounts; the second marketing key is not the one we were given."""
        for name, number in (("north-ridge", ""), ("harbor-pine", "_2")):
            self.put(
                "gorgias",
                name,
                credentials={
                    "subdomain": name,
                    "email": "ops@agency.test",
                    "api_key": KEYS[f"DEMO_GORGIAS_KEY{number}"],
                    "webhook_secret": KEYS[f"DEMO_GORGIAS_SECRET{number}"],
                },
                webhook={
                    "url": f"{self.web}/hooks/demo-{name}-gorgias/",
                    "secret": KEYS[f"DEMO_GORGIAS_SECRET{number}"],
                },
                seed={"teams": [{"name": "Returns"}, {"name": "Care"}]},
            )
            self.put(
                "klaviyo",
                name,
                credentials={"private_key": "pk_demo_north_ridge" if not number else "pk_demo_replaced"},
                seed={"profiles": [{"email": email} for email in PEOPLE]},
            )
        self._set_up_marketing()
        self._set_up_shop()

    def _set_up_marketing(self) -> None:
        """A flow that writes to people who are held, and a campaign that will promise tents."""
        self.do("klaviyo", "north-ridge", "flow_create", name="Welcome series", status="live")
        news = {"name": "Newsletter", "members": list(PEOPLE)}
        self.put("klaviyo", "north-ridge", seed={"lists": [news]})
        tents = {"name": "Tents for autumn", "subject": "Sleep outside", "tags": [f"product:{TENT}"]}
        reaches = {"included": ["Newsletter"]}
        made = self.do("klaviyo", "north-ridge", "campaign_create", audiences=reaches, **tents)
        self.do("klaviyo", "north-ridge", "campaign_schedule", id=made["id"], datetime=_ago(hours=-9))

    def _set_up_shop(self) -> None:
        """A shop with four products and some orders of the past, and the team's channel."""
        secret = KEYS["DEMO_SHOPIFY_SECRET"]
        self.put(
            "shopify",
            "north-ridge",
            credentials={
                "shop": "north-ridge.myshopify.com",
                "client_secret": secret,
                "access_token": KEYS["DEMO_SHOPIFY_TOKEN"],
            },
            webhook={"url": f"{self.web}/hooks/demo-north-ridge-shopify/", "secret": secret},
            seed={"products": [_product(each) for each in PRODUCTS]},
        )
        past = [
            _order(email, BOOTS, days) for days, email in zip((200, 160, 120, 80, 40), PEOPLE, strict=True)
        ]
        self.put("shopify", "north-ridge", seed={"orders": [*past, _order(PEOPLE[2], DOWN, 12)]})
        self.put("slack", "north-ridge", credentials={"webhook_url": KEYS["DEMO_SLACK_WEBHOOK"]})

    def sell(self) -> None:
        """Orders, money back for a part of one, a cart that was left an hour ago; boots and tents run out."""
        self._buys(PEOPLE[0], TENT)
        refunded = self._buys(PEOPLE[1], JACKET)
        self.do("shopify", "north-ridge", "order_refund", id=refunded, amount="40.00")
        self._buys(PEOPLE[3], JACKET, shipping_address={"country_code": "US", "province_code": "CA"})
        cart = {"email": PEOPLE[4], "line_items": _lines(JACKET), "created_at": _ago(minutes=70)}
        self.do("shopify", "north-ridge", "checkout_abandon", **cart)
        self.do("shopify", "north-ridge", "stock_set", id=BOOTS, available=4)
        self.do("shopify", "north-ridge", "stock_set", id=TENT, available=0)

    def _buys(self, email: str, product: int, **fields: Any) -> int:
        fields = {"email": email, "line_items": _lines(product), **fields}
        return int(self.do("shopify", "north-ridge", "order_create", **fields)["id"])

    def open_tickets(self) -> None:
        """Customers write: to the healthy client, and to the one whose marketing key was revoked."""
        for email, subject, channel in STORY:
            self._open("north-ridge", email, subject, channel)
        self._open("harbor-pine", "dan@shop.test", "My order never came", "email")

    def close_one(self) -> None:
        """An agent answers the last of them."""
        self.do("gorgias", "north-ridge", "ticket_close", id=self.last_ticket)

    def said_in_slack(self) -> int:
        """How many messages stand in the team's channel."""
        return len(self._call("GET", "slack/accounts/north-ridge", {})["messages"])

    def _open(self, account: str, email: str, subject: str, channel: str) -> None:
        fields = {"subject": subject, "channel": channel, "customer": {"email": email}}
        ticket = self.do("gorgias", account, "ticket_open", **fields)
        if account == "north-ridge" and email in PEOPLE:
            self.last_ticket = ticket["id"]

    def _call(self, method: str, path: str, body: dict[str, Any]) -> Any:
        answer = self.session.request(method, f"{self.url}/_control/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()


def _order(email: str, product: int, days: int) -> dict[str, Any]:
    return {"email": email, "line_items": _lines(product), "created_at": _ago(days=days)}


def _lines(product: int) -> list[dict[str, Any]]:
    return [{"variant_id": product * 10, "quantity": 1}]


def _ago(**length: float) -> str:
    moment: datetime = timezone.now().replace(microsecond=0) - timedelta(**length)
    return moment.isoformat()


def _product(given: dict[str, Any]) -> dict[str, Any]:
    variant = {"id": given["id"] * 10, "price": given["price"], "inventory_quantity": given["left"]}
    return {**given, "variants": [{**variant, "sku": f"NR-{given['id']}"}]}
