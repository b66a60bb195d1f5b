"""Sets up the fake vendors for the demo and plays its story through the control interface."""

from __future__ import annotations

from typing import Any

import requests

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
BOOTS, JACKET, TENT = 7001, 7002, 7003
PRODUCTS = (
    {"id": BOOTS, "title": "Ridge boots", "product_type": "Shoes", "price": "180.00", "left": 24},
    {"id": JACKET, "title": "Rain jacket", "product_type": "Jackets", "price": "220.00", "left": 40},
    {"id": TENT, "title": "Two-person tent", "product_type": "Tents", "price": "410.00", "left": 15},
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
        self.do("klaviyo", "north-ridge", "flow_create", name="Welcome series", status="live")
        self._set_up_shop()

    def _set_up_shop(self) -> None:
        """A shop with three products and some orders of the past, and the team's channel."""
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
        lines = [{"variant_id": BOOTS * 10, "quantity": 1}]
        past = [
            {"email": email, "line_items": lines, "created_at": f"2026-0{month}-14T15:00:00Z"}
            for month, email in enumerate(PEOPLE, 3)
        ]
        self.put("shopify", "north-ridge", seed={"orders": past})
        self.put("slack", "north-ridge", credentials={"webhook_url": KEYS["DEMO_SLACK_WEBHOOK"]})

    def sell(self) -> None:
        """A big order and a small one, money back for a part, a cart left behind, and boots run out."""
        big = {"variant_id": TENT * 10, "quantity": 1}
        self.do("shopify", "north-ridge", "order_create", email=PEOPLE[0], line_items=[big])
        small = {"variant_id": JACKET * 10, "quantity": 1}
        order = self.do("shopify", "north-ridge", "order_create", email=PEOPLE[1], line_items=[small])
        self.do("shopify", "north-ridge", "order_refund", id=order["id"], amount="40.00")
        self.do("shopify", "north-ridge", "checkout_abandon", email=PEOPLE[4], line_items=[small])
        self.do("shopify", "north-ridge", "stock_set", id=BOOTS, available=4)

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


def _product(given: dict[str, Any]) -> dict[str, Any]:
    variant = {"id": given["id"] * 10, "price": given["price"], "inventory_quantity": given["left"]}
    return {**given, "variants": [{**variant, "sku": f"NR-{given['id']}"}]}
