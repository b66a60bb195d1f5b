"""One client with every recipe live, and vendors whose webhooks the test hands over itself.

All of it is one thread and one transaction, so a story costs milliseconds, is undone at its end, and comes
out the same each time it is told.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from connectors import budget, registry
from connectors.models import Connection, Store
from connectors.sandbox.server import Sandbox
from connectors.sandbox.webhooks import Delivery, Webhooks
from orchestrator import work
from orchestrator.models import Import
from rules import publish
from rules import registry as rulebook
from rules.models import Rule
from tests.connectors.accounts import credentials

Json = dict[str, Any]

BEGIN = datetime(2031, 3, 3, 15, 0, tzinfo=UTC)  # ten in the morning in New York, a week before summer time
ZONE = "America/New_York"
VENDORS = ("shopify", "gorgias", "klaviyo")
# What makes a recipe speak that by default says nothing; whatever is not named here runs on its defaults.
PARAMS: dict[str, Json] = {
    "custom": {
        "when": "ticket.opened",
        "if": {"all": []},
        "then": [{"action": "internal_note", "with": {"text": "Heard of {ticket.subject}"}}],
    },
    "region_routing": {"regions": {"US": "America"}, "teams": {"America": "West"}},
    "return_hold": {"label": "https://shop.test/label.pdf"},
}


class Post(Webhooks):
    """Keeps what the vendors tell."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Delivery] = []

    def send(self, delivery: Delivery) -> None:
        self.waiting.append(delivery)


class House:
    """The client, its three accounts, and a clock that all of them live by."""

    mode = "live"

    def __init__(self, sandbox: Sandbox, seed: dict[str, Json]) -> None:
        self.control = sandbox.application.control
        self.url = sandbox.url
        self.slug = f"house-{uuid4().hex[:8]}"
        self.ahead = BEGIN - timezone.now()
        self.post = self.control.around.webhooks = Post()
        self.control.around.clock.set(BEGIN)
        self.control.around.limits.on, self.control.around.limits.job_seconds = False, 0.0
        self.store = Store.objects.create(
            slug=self.slug, name="North Ridge", platform="shopify", currency="USD", timezone=ZONE
        )
        self.connections = {vendor: self._connect(vendor, seed.get(vendor, {})) for vendor in VENDORS}
        for slug in rulebook.all_recipes():
            self._live(slug)
        self.works(polls=True)
        self.post.waiting.clear()

    def _connect(self, vendor: str, seed: Json) -> Connection:
        given, token = credentials(vendor, self.slug), f"{vendor}-{self.slug}"
        target = {"url": f"http://testserver/hooks/{token}/", "secret": f"secret-{self.slug}"}
        body = {"credentials": given, "webhook": target, "seed": seed}
        self.control.vendors[vendor].put(self.slug, body, self.control.around)
        row = Connection(store=self.store, vendor=vendor, token=token, api_root=f"{self.url}/{vendor}")
        row.seal(given)
        row.save()
        for kind in registry.vendor_class(vendor).imports:
            Import.objects.create(
                connection=row, kind=kind, state=Import.State.DONE, asked_at=BEGIN, due_at=BEGIN
            )
        return row

    def _live(self, slug: str) -> None:
        rule = Rule.objects.create(
            store=self.store, name=slug, recipe=slug, params=PARAMS.get(slug, {}), mode="draft"
        )
        publish.set_mode(rule, self.mode, now=BEGIN - timedelta(minutes=5))

    @property
    def now(self) -> datetime:
        return timezone.now() + self.ahead

    def later(self, minutes: float) -> None:
        self.ahead += timedelta(minutes=minutes)
        self.control.around.clock.set(self.now)

    def do(self, vendor: str, verb: str, /, **fields: Any) -> Any:
        """Each thing at a second of its own, as vendors count in seconds."""
        self.later(1 / 60)
        return self.control.vendors[vendor].do(self.slug, verb, fields)

    def state(self, vendor: str) -> Json:
        fake = self.control.vendors[vendor]
        return fake.state(fake.account(self.slug))

    def hands_over(self, delivery: Delivery) -> None:
        path = delivery.url.removeprefix("http://testserver")
        headers = dict(delivery.headers)
        kind = headers.pop("Content-Type", "application/json")
        answer = Client(headers=headers).post(path, data=delivery.body, content_type=kind)
        assert answer.status_code == 200, answer.status_code

    def works(self, polls: bool = False) -> None:
        """All that is due now, until nothing is left to do."""
        with budget.pretending(self.now):
            if polls:
                work.poll_everything(self.now)
            for _ in count():
                if not sum(stage(self.now) for stage in work.ALL):
                    break
