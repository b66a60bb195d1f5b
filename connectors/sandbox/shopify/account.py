"""All that one store holds, in the shapes of webhook bodies; GraphQL shows the same rows another way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from zoneinfo import ZoneInfo

from connectors.sandbox.shopify.blocks import Blocks
from connectors.sandbox.shopify.table import Table
from connectors.sandbox.shopify.tokens import Tokens
from connectors.sandbox.shopify.values import stamp
from connectors.sandbox.vendor import Account, Surroundings
from connectors.sandbox.wire import Json

SCOPES = (
    "read_all_orders", "read_customer_merge", "read_customers", "read_discounts", "read_fulfillments",
    "read_inventory", "read_locations", "read_orders", "read_products", "read_returns", "write_customers",
    "write_discounts", "write_orders", "write_returns",
)  # fmt: skip
WALL = timedelta(days=60)


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
        self.customers = Table("Customer", 7001, "email")
        self.products = Table("Product", 8001)
        self.variants = Table("ProductVariant", 8501)
        self.items = Table("InventoryItem", 8901)
        self.levels = Table("InventoryLevel", 8951, "inventory_item_id", "location_id")
        self.locations = Table("Location", 61)
        self.orders = Table("Order", 1001, "customer_id")
        self.lines = Table("LineItem", 20001)
        self.checkouts = Table("AbandonedCheckout", 30001, "customer_id")
        self.returns = Table("Return", 40001, "order_id")
        self.discounts = Table("DiscountCodeNode", 50001)
        self.subscriptions = Table("WebhookSubscription", 90001)
        self.bulk = Table("BulkOperation", 70001)
        self.preparing: dict[int, tuple[Iterator[tuple[bool, bytes]], Blocks]] = {}  # by bulk operation
        self.files: dict[str, Blocks] = {}  # results of bulk operations, by name
        self.metafields: dict[tuple[str, str, str], Json] = {}
        self.claims: dict[int, tuple[int, Decimal]] = {}  # totals of customers that came with them
        self._refunds = count(600_001)
        self.scopes = set(SCOPES)
        self.shows_personal_data = True
        self.denies_personal_data = False  # as an error that names the object, instead of null
        self.timezone = ZoneInfo("America/New_York")
        self.currency = "USD"
        self.plan = "Basic"
        self.bucket = Bucket()
        self.tokens = Tokens()
        self.host = "http://127.0.0.1"  # as the last request called us
        self.locations.add({"name": "Main", "active": True})

    def visible(self, orders: Iterable[Json]) -> list[Json]:
        """Without the scope for all orders only those of the last sixty days exist."""
        if "read_all_orders" in self.scopes:
            return list(orders)
        wall = stamp(self.now() - WALL)
        return [each for each in orders if each["created_at"] >= wall]

    def next_refund(self) -> int:
        return next(self._refunds)

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
