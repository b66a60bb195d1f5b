"""What is so: the newest snapshot of every object, and who is who."""

from __future__ import annotations

from django.db import models

from connectors.models import Store


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


class Ticket(models.Model):
    """A support ticket as the helpdesk last told it."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="tickets")
    vendor = models.CharField(max_length=30)
    object_id = models.CharField(max_length=100)
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, blank=True, related_name="tickets")
    needs_care = models.BooleanField()
    source_at = models.DateTimeField()
    confirmed_at = models.DateTimeField()  # when we last had it from the vendor
    body = models.BinaryField()  # the snapshot, JSON

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "vendor", "object_id"], name="ticket_once_per_store")
        ]
        indexes = [
            models.Index(
                fields=["store", "vendor", "id"], name="ticket_open", condition=models.Q(needs_care=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.vendor}:ticket:{self.object_id}"
