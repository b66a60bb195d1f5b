"""A client with a storefront and a marketing account, as journeys through the storefront need it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.core.management import call_command
from django.utils import timezone

from connectors.models import Store
from connectors.types import Transition
from orchestrator.decide import facts
from orchestrator.decide.world import World
from orchestrator.intake import known
from orchestrator.models import Import, Order
from rules.facts import Change, CustomerFacts
from tests.journeys.conftest import Client

FILE = """
store: {{slug: {slug}, name: North Ridge, platform: shopify, currency: USD}}
connections:
  - vendor: shopify
    credentials: {{shop: {slug}.myshopify.com, client_secret: secret-{slug}, access_token: shpat_{slug}}}
    api_root: {url}/shopify
    token: hook-{slug}
  - vendor: klaviyo
    credentials: {{private_key: pk_{slug}}}
    api_root: {url}/klaviyo
rules: {rules}
"""


class Shop(Client):
    """A storefront whose history was read before the story begins."""

    file: ClassVar[str] = FILE

    def furnish(self, path: Any, rules: list[dict[str, Any]], **seed: list[dict[str, Any]]) -> None:
        credentials = {
            "shop": f"{self.slug}.myshopify.com",
            "client_secret": f"secret-{self.slug}",
            "access_token": f"shpat_{self.slug}",
        }
        self.control("PUT", f"shopify/accounts/{self.slug}", {"credentials": credentials, "seed": seed})
        self.control(
            "PUT", f"klaviyo/accounts/{self.slug}", {"credentials": {"private_key": f"pk_{self.slug}"}}
        )
        path.write_text(self.file.format(slug=self.slug, url=self.url, rules=rules))
        call_command("apply_client", str(path), verbosity=0)
        self.control("POST", "limits", {"on": False, "job_seconds": 0})
        work()
        while Import.objects.exclude(state="done").exists():
            work()
        # Whole seconds, and after the rules went live however slow the machine is: what is older is history.
        self.clock = timezone.now().replace(microsecond=0) + timedelta(seconds=1)

    @property
    def store(self) -> Store:
        return Store.objects.get(slug=self.slug)

    def listen(self, delivery: str = "normal") -> None:
        """Webhooks come too; unkindly, where the network is."""
        call_command("set_up_webhooks", "--store", self.slug, verbosity=0)
        self.control("POST", "webhooks", {"delivery": delivery})

    def later(self, minutes: float) -> None:
        """On Shopify's clock, which counts whole seconds."""
        self.clock += timedelta(minutes=minutes)
        self.control("POST", "clock", {"now": self.clock.isoformat()})

    def happens(self, verb: str, /, **fields: Any) -> Any:
        """Each thing at a second of its own."""
        self.later(1 / 30)
        return self.do("shopify", verb, **fields)

    def told_klaviyo(self, metric: str) -> list[dict[str, Any]]:
        account = self.control("GET", f"klaviyo/accounts/{self.slug}")
        return [each for each in account["events"] if each["metric_name"] == metric]

    def knows(self, order: int) -> CustomerFacts | None:
        """What a rule would be told of whoever placed this order."""
        row = Order.objects.get(store=self.store, object_id=str(order))
        change = Change(
            transition=Transition.ORDER_PLACED,
            vendor="shopify",
            kind="order",
            object_id=str(order),
            at=row.source_at,
        )
        world = World.load(self.store, [("shopify", known.snapshot(row))], timezone.now())
        return facts.gather(world, change).customer


def work(minutes: float = 0.0) -> None:
    now = timezone.now() + timedelta(minutes=minutes)
    call_command("work", "--until-idle", "--poll-now", "--now", now.isoformat())
