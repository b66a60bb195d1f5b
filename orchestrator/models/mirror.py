"""What is so: the newest snapshot of every object, and who is who."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from connectors.models import Store
from orchestrator.models.packed import PackedField


class Customer(models.Model):
    """One person at one store, whichever vendors know them.

    Keys are vendor ids ("gorgias:8001") and normalised e-mails ("email:ana@shop.test"). Rows that
    share a key are one person; the row with the smallest key survives, so order does not matter.
    """

    store = models.ForeignKey(Store, models.CASCADE, related_name="customers")
    key = models.CharField(max_length=260)  # the smallest of its keys
    name = models.CharField(max_length=200, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "key"], name="customer_once_per_key")]

    def __str__(self) -> str:
        return self.key


class CustomerKey(models.Model):
    """One way of recognising a customer."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="keys")
    value = models.CharField(max_length=260)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "value"], name="customerkey_once_per_store")]

    def __str__(self) -> str:
        return self.value


class Mirrored(models.Model):
    """The newest that one vendor told about one object. Columns beside ``body`` are there to be asked."""

    kind = ""  # of the snapshots it keeps
    may_change = True  # False: what it tells happened once, so reading it again is no use

    store = models.ForeignKey(Store, models.CASCADE, related_name="%(class)ss")
    vendor = models.CharField(max_length=30)
    object_id = models.CharField(max_length=100)
    source_at = models.DateTimeField()
    confirmed_at = models.DateTimeField()  # when we last had it from the vendor
    body = PackedField()  # the snapshot, JSON

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["store", "vendor", "object_id"], name="%(class)s_once_per_store")
        ]

    def __str__(self) -> str:
        return f"{self.vendor}:{self.kind}:{self.object_id}"


class OfCustomer(Mirrored):
    """Something that belongs to a person; ``customer`` is null while nobody is known."""

    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, blank=True, related_name="%(class)ss")

    class Meta(Mirrored.Meta):
        abstract = True


class Ticket(OfCustomer):
    """A support ticket as the helpdesk last told it."""

    kind = "ticket"

    needs_care = models.BooleanField()

    class Meta(OfCustomer.Meta):
        indexes = [
            models.Index(fields=["store", "vendor", "id"], name="ticket_open", condition=Q(needs_care=True))
        ]


class CustomerRecord(OfCustomer):
    """What one vendor has on a person, with its own totals where it keeps them."""

    kind = "customer"

    order_count = models.PositiveIntegerField(null=True, blank=True)
    spent = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    phone = models.CharField(max_length=16, blank=True)  # E.164; finds people and joins nobody

    class Meta(OfCustomer.Meta):
        indexes = [models.Index(fields=["phone", "store"], name="record_of_phone")]


class Order(OfCustomer):
    """A purchase. ``total`` is what is left of it after edits and refunds."""

    class Standing(models.TextChoices):
        COUNTED = "counted", "Counted"
        CANCELLED = "cancelled", "Cancelled"
        LEFT_OUT = "left_out", "Left out"  # a test, or gone from the storefront

    kind = "order"

    standing = models.CharField(max_length=10, choices=Standing.choices)
    placed_at = models.DateTimeField(null=True, blank=True)
    total = models.DecimalField(max_digits=18, decimal_places=4)
    currency = models.CharField(max_length=3, blank=True)
    refunded = models.DecimalField(max_digits=18, decimal_places=4, default=Decimal())
    status = models.CharField(max_length=20, blank=True)  # the last thing that happened to it, in a word
    country = models.CharField(max_length=2, blank=True)  # it was sent to
    region = models.CharField(max_length=10, blank=True)


class Cart(OfCustomer):
    """A checkout that was begun. ``abandons_at`` is set while time may still make it abandoned;
    ``abandoned_at`` is the end of the hour for which that was told last."""

    kind = "cart"

    abandons_at = models.DateTimeField(null=True, blank=True)
    abandoned_at = models.DateTimeField(null=True, blank=True)

    class Meta(OfCustomer.Meta):
        indexes = [
            models.Index(
                fields=["abandons_at"], name="cart_to_abandon", condition=Q(abandons_at__isnull=False)
            )
        ]


class Return(OfCustomer):
    """Goods on their way back."""

    kind = "return"

    is_open = models.BooleanField()


class View(OfCustomer):
    """That somebody looked at a product, as the marketing tool heard it."""

    kind = "view"
    may_change = False


class Prediction(OfCustomer):
    """What the marketing tool expects of a person; ``source_at`` is when we read it."""

    kind = "prediction"
    may_change = False  # on a day: it is read ahead, once a day at the most


class Product(Mirrored):
    """A product with its stock, null where stock is not counted."""

    kind = "product"

    title = models.CharField(max_length=200, blank=True)
    category = models.CharField(max_length=200, blank=True)  # the vendor's category, else its type
    stock = models.IntegerField(null=True, blank=True)

    class Meta(Mirrored.Meta):
        indexes = [models.Index(fields=["store", "category"], name="product_of_category")]


MIRRORS: dict[str, type[Mirrored]] = {
    table.kind: table for table in (Ticket, CustomerRecord, Order, Cart, Return, View, Prediction, Product)
}
OF_CUSTOMERS: tuple[type[OfCustomer], ...] = (
    Ticket,
    CustomerRecord,
    Order,
    Cart,
    Return,
    View,
    Prediction,
)
