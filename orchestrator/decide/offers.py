"""What may be offered with an order: best sellers of its categories, and what its customer owns already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from django.db.models import F, OuterRef, Q, Subquery, Sum, Window
from django.db.models.functions import RowNumber

from connectors.types import AnySnapshot, LineItem, OrderSnapshot, ProductSnapshot
from orchestrator.decide import people, shelf, shelves
from orchestrator.decide.belongings import Belongings
from orchestrator.intake import known
from orchestrator.intake.known import Place
from orchestrator.models import Order, Product, Sale
from rules import engine, facts
from rules.compiled import CompiledRule
from rules.facts import Change
from rules.recommending import MOST, Purchased, Seller

Category = tuple[str, str]  # vendor and category
Thing = tuple[str, str]  # vendor and product id
Ranking = Mapping[Category, Sequence[Thing]]
RANKED = 50  # of each category; beyond them nothing is recommended
SPARE = 4  # more than are named are read again, because some may be gone by then


class Offers:
    """Of a batch's orders; each part is one query, once a rule asks. ``windows`` are in days.

    ``ranked`` says what sells best where no table is asked, for every window.
    """

    def __init__(
        self,
        store_id: int,
        now: datetime,
        who: people.People,
        told: Iterable[tuple[str, AnySnapshot]] = (),
        windows: Iterable[int] = (),
        ranked: Ranking | None = None,
    ) -> None:
        self._store_id, self.now = store_id, now
        self.windows, self._given = sorted(windows), ranked
        told = list(told)
        self._orders = [(vendor, each) for vendor, each in told if isinstance(each, OrderSnapshot)]
        self._told = {(vendor, each.id): each for vendor, each in told if isinstance(each, ProductSnapshot)}
        self._purchases = Belongings(
            who, OrderSnapshot, Order, _counts, {"standing": Order.Standing.COUNTED.value}
        )

    def basket(self, vendor: str, order: OrderSnapshot) -> tuple[Purchased, ...]:
        """What is left of it."""
        return tuple(self._purchased(vendor, each) for each in order.items if each.quantity > 0)

    def owned(self, vendor: str, order: OrderSnapshot) -> frozenset[str]:
        """Whatever its customer ever bought, what they sent back too."""
        theirs = self._purchases.of(vendor, order.customer)
        return frozenset(each.product_id for one in (*theirs, order) for each in one.items)

    def best_sellers(self, vendor: str, order: OrderSnapshot) -> Mapping[int, tuple[Seller, ...]]:
        """Of those products alone that were read again."""
        here = {(vendor, each.category) for each in self.basket(vendor, order)}
        return {
            days: tuple(
                self._seller(category[1], self._told[place])
                for category in sorted(here)
                for place in ranked.get(category, ())
                if place in self._told
            )
            for days, ranked in self._ranked.items()
        }

    def places(self) -> Iterator[Place]:
        """What has to be read again before one of these orders is followed up."""
        for vendor, order in self._orders:
            categories = {(vendor, each.category) for each in self.basket(vendor, order)}
            mine = {(vendor, each) for each in self.owned(vendor, order)}
            yield from ((vendor, ProductSnapshot.kind, each.product_id) for each in order.items)
            for ranked in self._ranked.values():
                for category in categories:
                    new = [each for each in ranked.get(category, ()) if each not in mine]
                    yield from ((vendor, ProductSnapshot.kind, id_) for _, id_ in new[: MOST + SPARE])

    def _purchased(self, vendor: str, item: LineItem) -> Purchased:
        place = (vendor, item.product_id)
        product = self._told.get(place) or self._bought.get(place)
        if product is None or product.is_gone:
            is_known = product is not None or not item.product_id
            return Purchased(item=item, category=item.product_type, is_known=is_known)
        variant = next((each for each in product.variants if each.id == item.variant_id), None)
        category = shelves.category_of(product) or item.product_type
        return Purchased(item=item, category=category, price=variant.price if variant else _cheapest(product))

    def _seller(self, category: str, product: ProductSnapshot) -> Seller:
        return Seller(
            product_id=product.id,
            category=category,
            title=product.title,
            url=product.url,
            price=_cheapest(product),
            left=product.stock,
            is_on_sale=not product.is_gone and product.status in ("", "active") and bool(product.url),
            is_held=product.id in self._held,
        )

    @cached_property
    def _bought(self) -> dict[Thing, ProductSnapshot]:
        """The products of the orders, where they are not in hand."""
        places = {
            (vendor, ProductSnapshot.kind, item.product_id)
            for vendor, order in self._orders
            for item in order.items
            if item.product_id and (vendor, item.product_id) not in self._told
        }
        found = known.snapshots(self._store_id, places)
        return {(vendor, each.id): each for vendor, each in found if isinstance(each, ProductSnapshot)}

    @cached_property
    def _held(self) -> frozenset[str]:
        return shelf.held(self._store_id, {id_ for _, id_ in self._told})

    @cached_property
    def _ranked(self) -> Mapping[int, Ranking]:
        """By days; best first, of those that were in stock when we heard last. One query for each window."""
        if self._given is not None:
            return dict.fromkeys(self.windows, self._given)
        categories = {each.category for vendor, order in self._orders for each in self.basket(vendor, order)}
        wanted = sorted(categories - {""})
        return {days: self._rank(wanted, days) for days in self.windows} if wanted else {}

    def _rank(self, categories: list[str], days: int) -> Ranking:
        sold = Sale.objects.filter(
            store_id=self._store_id,
            vendor=OuterRef("vendor"),
            product_id=OuterRef("object_id"),
            placed_at__gt=self.now - timedelta(days=days),
        )
        units = sold.order_by().values("product_id").annotate(sum=Sum("units")).values("sum")
        place = Window(
            RowNumber(),
            partition_by=[F("vendor"), F("category")],
            order_by=[F("units").desc(), F("object_id").asc()],
        )
        rows = Product.objects.filter(store_id=self._store_id, category__in=categories)
        rows = rows.filter(Q(stock=None) | Q(stock__gt=0)).annotate(units=Subquery(units))
        best = rows.filter(units__gt=0).annotate(place=place).filter(place__lte=RANKED)
        found: defaultdict[Category, list[Thing]] = defaultdict(list)
        named = best.order_by("place").values_list("vendor", "category", "object_id")
        for vendor, category, product_id in named:
            found[(vendor, category)].append((vendor, product_id))
        return found


def places(
    store_id: int, changes: Iterable[Change], rules: Iterable[CompiledRule], now: datetime
) -> set[Place]:
    """What decisions about these orders look at, for rules that recommend. No query for others."""
    orders = {(each.vendor, each.kind, each.object_id) for each in changes if each.kind == Order.kind}
    windows = facts.windows(engine.wants(rules))
    if not (orders and windows):
        return set()
    told = known.snapshots(store_id, orders)
    keys = {key for vendor, each in told for key in people.owners(vendor, each)}
    offers = Offers(store_id, now, people.People.load(store_id, keys), told, windows)
    return {place for place in offers.places() if place[2]}


def _counts(order: OrderSnapshot) -> bool:
    return shelves.standing(order) == Order.Standing.COUNTED


def _cheapest(product: ProductSnapshot) -> Decimal | None:
    return min((each.price for each in product.variants if each.price is not None), default=None)
