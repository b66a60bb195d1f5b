"""One client by dice: tickets come and go, orders are placed, stock falls and is filled up."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import requests

from tests.chaos import truth

PLACED, LATER, OPENED = "Order placed", "Order followed up", "Ticket opened"
THRESHOLD, FULL = 10, 50
PRODUCTS = range(1, 9)
TICKETS = ("close", "close", "reopen", "reply", "trash", "untrash")
HELPDESK = """
store: {{slug: {slug}, name: {slug}, platform: shopify, currency: USD, timezone: UTC}}
rules:
  - {{recipe: ticket_hold, name: Hold, mode: live, params: {{method: {method}}}}}
  - recipe: custom
    name: Answer
    mode: live
    params:
      when: ticket.opened
      then:
        - {{action: send_event, with: {{metric: {opened}, properties: {{about: "{{ticket.subject}}"}}}}}}
        - {{action: internal_note, with: {{text: "{{ticket.subject}}"}}}}
        - {{action: tag_ticket, with: {{tag: seen}}}}
"""
SHOP = """
  - recipe: custom
    name: Thank
    mode: live
    params:
      when: order.placed
      then:
        - {{action: send_event, with: {{metric: {placed}, properties: {{about: "{{order.number}}"}}}}}}
        - {{action: set_property, with: {{name: bought, value: true}}}}
        - action: send_event
          after: PT20M
          with: {{metric: {later}, properties: {{about: "{{order.number}}"}}}}
  - {{recipe: reorder_alert, name: Reorder, mode: live, params: {{threshold: {threshold}}}}}
"""
CONNECTIONS = """
connections:
  - {{vendor: gorgias, credentials: {gorgias}, api_root: {url}/gorgias, token: hook-{slug}, poll_every: 5}}
  - {{vendor: klaviyo, credentials: {klaviyo}, api_root: {url}/klaviyo}}
"""
SHOPS_CONNECTIONS = """
  - {{vendor: shopify, credentials: {shopify}, api_root: {url}/shopify, token: shop-{slug}, poll_every: 5}}
  - {{vendor: slack, credentials: {slack}, api_root: {url}/slack}}
"""


class Client:
    """Everything goes through the sandbox's control interface.

    ``method`` is how marketing is held; a client with a shop has products, a chat and rules for them too.
    """

    def __init__(
        self, url: str, slug: str, method: str, customers: int, dice: random.Random, *, has_shop: bool = True
    ) -> None:
        self.slug, self.method, self.has_shop = slug, method, has_shop
        self.openings = truth.Openings()
        self.never_trashed: set[str] = set()  # subjects
        self.falls: Counter[str] = Counter()  # by product
        self.stock = dict.fromkeys(PRODUCTS, FULL)
        self._url = url
        self._customers = [f"customer{number}@{slug}.test" for number in range(customers)]
        self._dice = dice
        self._session = requests.Session()

    def set_up(self, web: str) -> str:
        """The accounts at the vendors; answers the client file."""
        secret = f"secret-{self.slug}"
        login = {"subdomain": self.slug, "email": "ops@agency.test", "api_key": f"key-{self.slug}"}
        given = {
            "gorgias": {**login, "webhook_secret": secret},
            "klaviyo": {"private_key": f"pk_{self.slug}"},
            "slack": {"webhook_url": f"https://hooks.slack.com/services/T1/{self.slug}/k1"},
            "shopify": {
                "shop": f"{self.slug}.myshopify.com",
                "client_secret": secret,
                "access_token": f"shpat_{self.slug}",
            },
        }
        hook = {"url": f"{web}/hooks/hook-{self.slug}/", "secret": secret}
        self._make("gorgias", given, webhook=hook)
        self._make("klaviyo", given, seed={"profiles": [{"email": email} for email in self._customers]})
        self._make("slack", given)
        self._make("shopify", given, seed={"products": [_product(each) for each in PRODUCTS]})
        names = {"opened": OPENED, "placed": PLACED, "later": LATER, "threshold": THRESHOLD}
        parts = (HELPDESK, SHOP, CONNECTIONS, SHOPS_CONNECTIONS)
        file = "".join(part for part in parts if self.has_shop or part in (HELPDESK, CONNECTIONS))
        return file.format(slug=self.slug, url=self._url, method=self.method, **names, **given)

    def go_on(self, most_tickets: int) -> None:
        """One thing happens."""
        chance = self._dice.random() if self.has_shop else 1.0
        if chance < 0.2:
            self._do("shopify", "order_create", email=self._somebody(), line_items=[{"title": "Gift"}])
        elif chance < 0.35:
            self._count_stock()
        else:
            self._go_on_with_tickets(most_tickets)

    def state(self, vendor: str) -> truth.Json:
        return dict(self._tell("GET", f"{vendor}/accounts/{self.slug}"))

    def _go_on_with_tickets(self, most: int) -> None:
        tickets = list(self.openings.is_open)
        if len(tickets) < most and (not tickets or self._dice.random() < 0.45):
            subject = f"Question {len(tickets)}"
            self.never_trashed.add(subject)
            self._ticket("open", email=self._somebody(), subject=subject)
            return
        verb = self._dice.choice(TICKETS)
        shown = self._ticket(verb, id=self._dice.choice(tickets))
        if verb == "trash":
            self.never_trashed.discard(shown["subject"])

    def _ticket(self, verb: str, **fields: Any) -> truth.Json:
        shown = dict(self._do("gorgias", f"ticket_{verb}", **fields))
        self.openings.note(shown)
        return shown

    def _count_stock(self) -> None:
        product = self._dice.choice(PRODUCTS)
        before, after = self.stock[product], self._dice.choice((0, 4, THRESHOLD - 1, THRESHOLD + 1, FULL))
        if after < THRESHOLD <= before:
            self.falls[str(product)] += 1
        self.stock[product] = after
        self._do("shopify", "stock_set", id=product, available=after)

    def _somebody(self) -> str:
        return self._dice.choice(self._customers)

    def _make(self, vendor: str, given: dict[str, Any], **more: Any) -> None:
        body = {"credentials": given[vendor], **more}
        self._tell("PUT", f"{vendor}/accounts/{self.slug}", body)

    def _do(self, vendor: str, verb: str, **fields: Any) -> Any:
        return self._tell("POST", f"{vendor}/accounts/{self.slug}/do/{verb}", fields)

    def _tell(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._session.request(method, f"{self._url}/_control/{path}", json=body, timeout=60)
        assert answer.ok, answer.text[:500]
        return answer.json()


def _product(number: int) -> truth.Json:
    variant = {"id": 70 + number, "sku": f"SKU-{number}", "inventory_quantity": FULL}
    return {"id": number, "title": f"Product {number}", "variants": [variant]}
