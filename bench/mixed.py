"""A client's mixed day at the fake vendors, steady and by dice, and what has to have come of it."""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import Any, NamedTuple

import requests

SLUG, METRIC, SECRET = "soak", "Order seen", "hook-secret"
CUSTOMERS, PRODUCTS = 200, 20  # at a time
STAYS = 10  # events, until somebody new takes the place of another: some three orders and three tickets each
LOOK_EVERY = 10  # events
MOST_UNDELIVERED, PAUSE = 100, 0.5  # webhooks; seconds
OPEN_AT_LEAST = 60.0  # seconds: a ticket that is closed before anybody read it was never seen open
CREDENTIALS = {
    "gorgias": {"subdomain": SLUG, "email": "ops@agency.test", "api_key": "key", "webhook_secret": SECRET},
    "klaviyo": {"private_key": "pk_soak"},
    "shopify": {"shop": f"{SLUG}.myshopify.com", "access_token": "shpat_soak", "client_secret": "shpss_soak"},
}
CLIENT = """
store: {{slug: soak, name: Soak, platform: shopify, currency: USD, timezone: UTC}}
connections:
  - {{vendor: gorgias, credentials: {gorgias}, api_root: {url}/gorgias, token: soak-gorgias, poll_every: 60}}
  - {{vendor: klaviyo, credentials: {klaviyo}, api_root: {url}/klaviyo}}
  - {{vendor: shopify, credentials: {shopify}, api_root: {url}/shopify, token: soak-shopify, poll_every: 60}}
rules:
  - {{recipe: ticket_hold, name: Hold, mode: live, params: {{}}}}
  - recipe: custom
    name: Tell of orders
    mode: live
    params:
      when: order.placed
      if: {{all: [{{field: order.total, op: gt, value: 5}}]}}
      then:
        - {{action: send_event, with: {{metric: Order seen, properties: {{about: "{{order.number}}"}}}}}}
  - recipe: custom
    name: Note on tickets
    mode: live
    params:
      when: ticket.opened
      then:
        - {{action: internal_note, with: {{text: "{{ticket.subject}}"}}}}
"""


class Verdict(NamedTuple):
    """Effects that are owed, missing, and there twice; people who are held or not against the tickets."""

    owed: int
    lost: int
    doubled: int
    wrong: int


class Day:
    """Tickets come and go, orders are placed, stock moves: all through the control interface."""

    def __init__(self, url: str, web: str, seed: int) -> None:
        self.events = 0
        self._url, self._web = url, web
        self._control = f"{url}/_control"
        self._dice = random.Random(seed)  # noqa: S311  to be repeated, not to be secret
        self._session = requests.Session()
        self._session.trust_env = False
        self._open: dict[int, tuple[str, float]] = {}  # tickets that wait: their customer, and since when
        self._newest, self._turn = CUSTOMERS - 1, 0
        self._subjects: list[str] = []
        self._orders: list[str] = []

    def set_up(self) -> str:
        """The accounts at the vendors; answers the client file."""
        people = [{"email": _email(number)} for number in range(CUSTOMERS)]
        products = [_product(number) for number in range(PRODUCTS)]
        self._tell("POST", "limits", {"on": False, "job_seconds": 0.2})
        self._tell("POST", "webhooks", {"delivery": "double"})
        for vendor, seed in (
            ("klaviyo", {"profiles": people}),
            ("gorgias", {}),
            ("shopify", {"products": products}),
        ):
            secret = SECRET if vendor == "gorgias" else CREDENTIALS["shopify"]["client_secret"]
            hook = {"url": f"{self._web}/hooks/{SLUG}-{vendor}/", "secret": secret}
            account = {"credentials": CREDENTIALS[vendor], "seed": seed}
            self._tell(
                "PUT",
                f"{vendor}/accounts/{SLUG}",
                account | ({} if vendor == "klaviyo" else {"webhook": hook}),
            )
        return CLIENT.format(url=self._url, **CREDENTIALS)

    def go_on(self, seconds: float, rate: float) -> None:
        """So many events a second, evenly, for so long; fewer where the fakes cannot send their webhooks
        as fast, so that what is measured is never a growing queue of theirs.
        """
        began, count = time.monotonic(), 0
        while (passed := time.monotonic() - began) < seconds:
            if count > passed * rate:
                time.sleep(count / rate - passed)
            if count % LOOK_EVERY == 0 and self.undelivered() > MOST_UNDELIVERED:
                time.sleep(PAUSE)
                continue
            self._happen()
            count += 1
        self.events += count

    def undelivered(self) -> int:
        """Webhooks that the fakes still have to send."""
        return int(self._tell("GET", "webhooks", None)["pending"])

    def forget_requests(self) -> None:
        """The fake keeps every request; in hours it would be the largest of all processes."""
        self._tell("DELETE", "requests", None)

    def verdict(self) -> Verdict:
        """By the state of the fake vendors alone."""
        klaviyo, gorgias = self._state("klaviyo"), self._state("gorgias")
        seen = Counter(
            str(each["properties"]["about"]) for each in klaviyo["events"] if each["metric_name"] == METRIC
        )
        notes = Counter(
            message["body_text"]
            for ticket in gorgias["tickets"]
            for message in ticket["messages"]
            if message["channel"] == "internal-note"
        )
        held = {email for each in klaviyo["lists"] if SLUG in each["name"] for email in each["members"]}
        wanted = Counter(self._orders), Counter(self._subjects)
        return Verdict(
            owed=len(self._orders) + len(self._subjects),
            lost=(wanted[0] - seen).total() + (wanted[1] - notes).total(),
            doubled=(seen - wanted[0]).total() + (notes - wanted[1]).total(),
            wrong=len(held ^ {email for email, _ in self._open.values()}),
        )

    def _happen(self) -> None:
        self._turn = (self._turn + 1) % STAYS
        if not self._turn:
            self._newest += 1
            self._do("klaviyo", "profile_create", email=_email(self._newest))
        what = self._dice.random()
        if what < 0.3:
            self._place_order()
        elif what < 0.4:
            self._do(
                "shopify",
                "stock_set",
                id=self._dice.randrange(PRODUCTS) + 1,
                available=self._dice.randrange(900),
            )
        elif what < 0.7 and (ticket := self._oldest_ticket()):
            self._do("gorgias", "ticket_close", id=ticket)
            del self._open[ticket]
        else:
            email, subject = self._somebody(), f"Question {len(self._subjects)}"
            ticket = self._do("gorgias", "ticket_open", email=email, subject=subject)["id"]
            self._open[ticket] = (email, time.monotonic())
            self._subjects.append(subject)

    def _oldest_ticket(self) -> int | None:
        """If it was open for long enough; what was opened first stands first."""
        ticket, (_, since) = next(iter(self._open.items()), (None, ("", 0.0)))
        return ticket if time.monotonic() - since > OPEN_AT_LEAST else None

    def _place_order(self) -> None:
        lines = [{"variant_id": (self._dice.randrange(PRODUCTS) + 1) * 10, "quantity": 1}]
        order = self._do("shopify", "order_create", email=self._somebody(), line_items=lines)
        self._orders.append(str(order["name"]))

    def _somebody(self) -> str:
        """Who is a customer now. With the same few for ever, everybody's history would grow without end, and
        with it what there is to know before each decision.
        """
        return _email(self._newest - self._dice.randrange(CUSTOMERS))

    def _state(self, vendor: str) -> Any:
        return self._tell("GET", f"{vendor}/accounts/{SLUG}", None)

    def _do(self, vendor: str, verb: str, **fields: Any) -> Any:
        return self._tell("POST", f"{vendor}/accounts/{SLUG}/do/{verb}", fields)

    def _tell(self, method: str, path: str, body: Any) -> Any:
        answer = self._session.request(method, f"{self._control}/{path}", json=body, timeout=300)
        if not answer.ok:
            raise RuntimeError(answer.text[:500])
        return answer.json()


def _email(number: int) -> str:
    return f"buyer{number}@shop.test"


def _product(number: int) -> dict[str, Any]:
    variant = {"id": (number + 1) * 10, "price": "20.00", "inventory_quantity": 500, "sku": f"S-{number}"}
    return {"id": number + 1, "title": f"Thing {number}", "variants": [variant]}
