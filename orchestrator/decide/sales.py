"""What a batch's products sold: read once a rule asks, kept right in the batch, written with it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from django.db.models import Min, Sum
from django.db.models.functions import TruncDate

from connectors.types import OrderSnapshot, ProductSnapshot
from orchestrator.decide import shelves
from orchestrator.models import Order, Sale, StockDay, bulk
from orchestrator.models.mirror import Mirrored
from rules.velocity import LONGEST_WINDOW, Sold

Place = tuple[str, str]  # vendor and product id
Lines = Mapping[str, int]  # product id → units
KEPT = timedelta(days=LONGEST_WINDOW + 30)


class Sales:
    """Of the batch's products by day, with what this batch itself moves."""

    def __init__(self, store_id: int, now: datetime, products: Iterable[Place] = ()) -> None:
        self._store_id = store_id
        self.now = now
        self._products = set(products)
        self._moved: defaultdict[Place, Counter[date]] = defaultdict(Counter)
        self._before: dict[Place, Lines] = {}  # by order: what is stored of it
        self._after: dict[Place, tuple[Lines, datetime]] = {}
        self._told: defaultdict[Place, dict[date, StockDay]] = defaultdict(dict)

    def put(self, vendor: str, known: OrderSnapshot | None, told: OrderSnapshot) -> None:
        """An order is so from now on."""
        order = (vendor, told.id)
        before = lines(known) if known else {}
        self._before.setdefault(order, before)
        self._after[order] = (lines(told), placed_at(told))
        if known:
            self._move(vendor, before, placed_at(known), -1)
        self._move(vendor, lines(told), placed_at(told), 1)

    def see(self, vendor: str, told: ProductSnapshot) -> None:
        """A product's stock, in whatever order it is heard of: the last word of each day counts."""
        if told.stock is None or told.is_gone:
            return
        place, day = (vendor, told.id), told.source_at.astimezone(UTC).date()
        row = self._days_of(place).get(day)
        if row is None:
            row = StockDay(store_id=self._store_id, vendor=vendor, product_id=told.id, day=day)
        elif told.source_at <= row.source_at:
            return
        sells_on = any(each.sells_without_stock for each in told.variants)
        row.source_at, row.is_out = told.source_at, told.stock <= 0 and not sells_on
        self._told[place][day] = row

    def of(self, vendor: str, product_id: str) -> Sold:
        place = (vendor, product_id)
        by_day = Counter(self._stored.get(place, {}))
        by_day.update(self._moved[place])
        days = {day: row.is_out for day, row in self._days_of(place).items()}
        known = [each for each in (self._first.get(place), *by_day, *days) if each]
        begun = [each for each in (self._shop_since, *self._days_moved()) if each]
        since = max(min(known), min(begun)) if known and begun else None
        return Sold(
            since=since, by_day={day: units for day, units in by_day.items() if units}, stock_days=days
        )

    def save(self, rows: Mapping[Place, Mirrored]) -> None:
        """``rows`` are the stored orders of this batch."""
        changed = {each: after for each, after in self._after.items() if after[0] != self._before[each]}
        gone = [rows[each].pk for each in changed if self._before[each]]
        if gone:
            Sale.objects.filter(order__in=gone).delete()
        Sale.objects.bulk_create(
            Sale(
                store_id=self._store_id,
                order_id=rows[order].pk,
                vendor=order[0],
                product_id=product_id,
                units=units,
                placed_at=at,
            )
            for order, (sold, at) in changed.items()
            for product_id, units in sold.items()
        )
        self._save_days()
        self._before, self._after = {}, {}

    def _save_days(self) -> None:
        rows = [row for days in self._told.values() for row in days.values()]
        if any(row.pk is None for row in rows):
            products = {product_id for _, product_id in self._told}
            old = StockDay.objects.filter(store_id=self._store_id, product_id__in=products)
            old.filter(day__lt=(self.now - KEPT).date()).delete()
        bulk.create_or_update(rows, ["source_at", "is_out"])
        self._told.clear()

    def _move(self, vendor: str, sold: Lines, at: datetime, sign: int) -> None:
        for product_id, units in sold.items():
            self._moved[(vendor, product_id)][at.astimezone(UTC).date()] += sign * units

    def _days_of(self, place: Place) -> dict[date, StockDay]:
        return {**self._stored_days.get(place, {}), **self._told[place]}

    def _days_moved(self) -> set[date]:
        return {day for days in self._moved.values() for day, units in days.items() if units > 0}

    @cached_property
    def _ids(self) -> list[str]:
        return sorted({product_id for _, product_id in self._products})

    @cached_property
    def _stored(self) -> dict[Place, dict[date, int]]:
        since = self.now - timedelta(days=LONGEST_WINDOW + 1)
        rows = Sale.objects.filter(store_id=self._store_id, product_id__in=self._ids, placed_at__gte=since)
        days = rows.annotate(day=TruncDate("placed_at", tzinfo=UTC)).values("vendor", "product_id", "day")
        found: defaultdict[Place, dict[date, int]] = defaultdict(dict)
        for row in days.annotate(sum=Sum("units")).order_by():
            found[(row["vendor"], row["product_id"])][row["day"]] = row["sum"]
        return found

    @cached_property
    def _first(self) -> dict[Place, date]:
        rows = Sale.objects.filter(store_id=self._store_id, product_id__in=self._ids)
        firsts = rows.values("vendor", "product_id").annotate(first=Min("placed_at")).order_by()
        return {(row["vendor"], row["product_id"]): row["first"].astimezone(UTC).date() for row in firsts}

    @cached_property
    def _shop_since(self) -> date | None:
        rows = Sale.objects.filter(store_id=self._store_id).order_by("placed_at")
        first = rows.values_list("placed_at", flat=True).first()
        return first.astimezone(UTC).date() if first else None

    @cached_property
    def _stored_days(self) -> dict[Place, dict[date, StockDay]]:
        found: defaultdict[Place, dict[date, StockDay]] = defaultdict(dict)
        for row in StockDay.objects.filter(store_id=self._store_id, product_id__in=self._ids):
            found[(row.vendor, row.product_id)][row.day] = row
        return found


def lines(order: OrderSnapshot) -> dict[str, int]:
    """What counts of an order; nothing of one that was cancelled or is a test."""
    if shelves.standing(order) != Order.Standing.COUNTED:
        return {}
    found: Counter[str] = Counter()
    for each in order.items:
        if each.product_id and each.quantity > 0:
            found[each.product_id[:100]] += each.quantity
    return dict(found)


def placed_at(order: OrderSnapshot) -> datetime:
    return order.placed_at or order.source_at
