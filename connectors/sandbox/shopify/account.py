"""All that one store holds, in the shapes of webhook bodies; GraphQL shows the same rows another way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count

from connectors.sandbox.shopify.tokens import Tokens
from connectors.sandbox.shopify.values import gid, stamp
from connectors.sandbox.vendor import Account, Surroundings
from connectors.sandbox.wire import Json

SCOPES = (
    "read_all_orders", "read_customer_merge", "read_customers", "read_discounts", "read_fulfillments",
    "read_inventory", "read_locations", "read_orders", "read_products", "read_returns", "write_customers",
    "write_discounts", "write_orders", "write_returns",
)  # fmt: skip


class Table:
    """Rows of one kind by their number."""

    def __init__(self, kind: str, first: int) -> None:
        self.kind = kind
        self.rows: dict[int, Json] = {}
        self._numbers = count(first)

    def add(self, row: Json) -> Json:
        row["id"] = row.get("id") or next(each for each in self._numbers if each not in self.rows)
        row["admin_graphql_api_id"] = gid(self.kind, row["id"])
        self.rows[row["id"]] = row
        return row

    def __iter__(self) -> Iterator[Json]:
        return iter(list(self.rows.values()))

    def get(self, key: int | None) -> Json | None:
        return self.rows.get(key) if key is not None else None


class Bucket:
    """Query points: full at first, refilled every second."""

    def __init__(self) -> None:
        self.size, self.restore = 2000.0, 100.0
        self._left, self._at = self.size, None

    def left(self, now: datetime) -> float:
        if self._at is not None:
            passed = max(0.0, (now - self._at).total_seconds())
            self._left = min(self.size, self._left + passed * self.restore)
        self._at = now
        return self._left

    def spend(self, points: float) -> None:
        self._left = max(0.0, self._left - points)

    _at: datetime | None


class ShopifyAccount(Account):
    """One store with one installed app."""

    def __init__(self, name: str, around: Surroundings) -> None:
        super().__init__(name, around)
        self.customers = Table("Customer", 7001)
        self.products = Table("Product", 8001)
        self.variants = Table("ProductVariant", 8501)
        self.items = Table("InventoryItem", 8901)
        self.levels = Table("InventoryLevel", 8951)
        self.locations = Table("Location", 61)
        self.orders = Table("Order", 1001)
        self.lines = Table("LineItem", 20001)
        self.checkouts = Table("AbandonedCheckout", 30001)
        self.returns = Table("Return", 40001)
        self.discounts = Table("DiscountCodeNode", 50001)
        self.subscriptions = Table("WebhookSubscription", 90001)
        self.bulk = Table("BulkOperation", 70001)
        self.files: dict[str, bytes] = {}  # results of bulk operations, by name
        self.orders_of: dict[int, list[Json]] = {}  # by customer
        self.deliveries = Table("ReverseDelivery", 95001)
        self.metafields: dict[tuple[str, str, str], Json] = {}
        self.scopes = set(SCOPES)
        self.shows_personal_data = True
        self.currency = "USD"
        self.plan = "Basic"
        self.bucket = Bucket()
        self.tokens = Tokens()
        self.host = "http://127.0.0.1"  # as the last request called us
        self.locations.add({"name": "Main", "active": True})

    def now(self) -> datetime:
        return self.around.clock.now()

    def stamp(self) -> str:
        return stamp(self.now())

    @property
    def domain(self) -> str:
        shop = self.credentials.get("shop", self.name)
        return shop if "." in shop else f"{shop}.myshopify.com"

    def row(self, kind: str, key: int) -> Json | None:
        """Any row by its kind's GraphQL name."""
        tables = {table.kind: table for table in vars(self).values() if isinstance(table, Table)}
        return tables[kind].get(key) if kind in tables else None
