"""What is known: every object of the mirror as it was last told. Read only."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from connectors import registry
from connectors.types import (
    CartSnapshot,
    CustomerSnapshot,
    OrderSnapshot,
    ProductSnapshot,
    ReturnSnapshot,
    TicketSnapshot,
)
from orchestrator.admin import display, places, readable, scope
from orchestrator.admin.base import ReadOnlyAdmin
from orchestrator.admin.filters import ClientFilter
from orchestrator.intake import known
from orchestrator.models import Cart, CustomerRecord, Order, Product, Return, RunLogEntry, Ticket
from orchestrator.models.mirror import Mirrored, OfCustomer
from orchestrator.record import addresses, telling
from rules import subjects

Told = TypeVar(
    "Told", OrderSnapshot, CartSnapshot, ReturnSnapshot, ProductSnapshot, CustomerSnapshot, TicketSnapshot
)


class MirroredAdmin(ReadOnlyAdmin):
    """Newest first; found by the vendor's id."""

    list_filter = (ClientFilter,)
    list_select_related: ClassVar[bool | list[str] | tuple[str, ...]] = ("store",)
    search_fields = ("object_id",)
    search_help_text = "The vendor's id"
    fieldsets = (
        (None, {"fields": ("what", "client_link", "changed", "confirmed", "history")}),
        ("As it was last told", {"fields": ("told",)}),
    )
    keyset_field = "pk"

    def page_title(self, row: Mirrored) -> str:
        return telling.thing(str(row))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The index on ids begins with client and vendor, so these are named, whichever there are."""
        if not (term := search_term.strip()):
            return queryset, False
        clients = [client.pk for client in scope.clients(request)]
        found = self.model._default_manager.filter(store__in=clients, vendor__in=registry.all_vendors())
        return queryset.filter(pk__in=found.filter(object_id=term).values("pk")), False

    @admin.display(description="What")
    def what(self, row: Mirrored) -> str:
        return telling.thing(str(row))

    @admin.display(description="Changed at the vendor")
    def changed(self, row: Mirrored) -> SafeString | str:
        return self.moment(row, row.source_at)

    @admin.display(description="Read last")
    def confirmed(self, row: Mirrored) -> SafeString | str:
        return self.moment(row, row.confirmed_at)

    @admin.display(description="Run log")
    def history(self, row: Mirrored) -> SafeString:
        return format_html('<a href="{}">Run log</a>', places.list_url(RunLogEntry, q=str(row)))

    @admin.display(description="Snapshot")
    def told(self, row: Mirrored) -> SafeString:
        return readable.body(bytes(row.body))

    def moment(self, row: Mirrored, at: datetime | None) -> SafeString | str:
        return display.when(at, row.store.timezone)


class OfCustomerAdmin(MirroredAdmin):
    """Found by the person's address too."""

    list_select_related = ("store", "customer")
    search_help_text = "Whole e-mail address, telephone number such as +15550100200, or the vendor's id"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        asked = subjects.typed(search_term)
        if phone := subjects.phone_of(asked):
            return queryset.filter(
                customer__in=CustomerRecord.objects.filter(phone=phone).values("customer")
            ), False
        if asked:
            return queryset.filter(customer__keys__value=f"{addresses.EMAIL}{asked}"), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="Customer")
    def person(self, row: OfCustomer) -> str:
        if row.customer is None:
            return "–"
        return row.customer.name or row.customer.key.removeprefix("email:")


@admin.register(Order)
class OrderAdmin(OfCustomerAdmin):
    list_display = ("number", "client", "person", "placed", "sum", "paid", "sent", "standing_chip", "changed")
    empty_list = "No orders yet. They appear here once a storefront is connected."

    @admin.display(description="Order")
    def number(self, row: Order) -> str:
        return _read(row, OrderSnapshot).number or row.object_id

    @admin.display(description="Placed")
    def placed(self, row: Order) -> SafeString | str:
        return self.moment(row, row.placed_at)

    @admin.display(description="Total without refunds")
    def sum(self, row: Order) -> str:
        return _money(row.total, row.currency)

    @admin.display(description="Payment")
    def paid(self, row: Order) -> str:
        return _words(_read(row, OrderSnapshot).payment_status)

    @admin.display(description="Fulfilment")
    def sent(self, row: Order) -> str:
        return _words(_read(row, OrderSnapshot).fulfillment_status)

    @admin.display(description="Counts")
    def standing_chip(self, row: Order) -> SafeString:
        return display.chip(row.get_standing_display(), row.standing)


@admin.register(Cart)
class CartAdmin(OfCustomerAdmin):
    list_display = ("object_id", "client", "person", "sum", "items", "state", "changed")
    empty_list = "No carts yet. Checkouts that were begun appear here once a storefront is connected."

    @admin.display(description="Total")
    def sum(self, row: Cart) -> str:
        total = _read(row, CartSnapshot).total
        return _money(total.amount, total.currency)

    @admin.display(description="Items")
    def items(self, row: Cart) -> int:
        return sum(each.quantity for each in _read(row, CartSnapshot).items)

    @admin.display(description="State")
    def state(self, row: Cart) -> SafeString:
        told = _read(row, CartSnapshot)
        if told.is_gone or told.bought_at:
            return display.chip("Gone" if told.is_gone else "Bought", "ok" if told.bought_at else "")
        if row.abandons_at is not None:
            return display.chip("Being filled", "new")
        return display.chip("Abandoned", "waiting")


@admin.register(Return)
class ReturnAdmin(OfCustomerAdmin):
    list_display = ("number", "client", "person", "order", "status", "reason", "changed")
    empty_list = "No returns yet. They appear here once a storefront is connected."

    @admin.display(description="Return")
    def number(self, row: Return) -> str:
        return _read(row, ReturnSnapshot).number or row.object_id

    @admin.display(description="Order")
    def order(self, row: Return) -> str:
        told = _read(row, ReturnSnapshot)
        return told.order_number or told.order_id or "–"

    @admin.display(description="State")
    def status(self, row: Return) -> SafeString:
        return display.chip(_words(_read(row, ReturnSnapshot).status), "new" if row.is_open else "ok")

    @admin.display(description="Reason")
    def reason(self, row: Return) -> str:
        return _words(_read(row, ReturnSnapshot).reason)


@admin.register(CustomerRecord)
class CustomerRecordAdmin(OfCustomerAdmin):
    list_title = "Customers"
    list_display = ("person", "client", "address", "orders", "sum", "tags", "consent", "changed")
    empty_list = "No customers yet. The records of a storefront appear here once it is connected."

    @admin.display(description="E-mail")
    def address(self, row: CustomerRecord) -> str:
        return ", ".join(_read(row, CustomerSnapshot).person.emails) or "–"

    @admin.display(description="Orders, as the storefront counts")
    def orders(self, row: CustomerRecord) -> str:
        return "–" if row.order_count is None else str(row.order_count)

    @admin.display(description="Spent, as the storefront counts")
    def sum(self, row: CustomerRecord) -> str:
        return "–" if row.spent is None else _money(row.spent, row.currency)

    @admin.display(description="Tags")
    def tags(self, row: CustomerRecord) -> str:
        return ", ".join(_read(row, CustomerSnapshot).tags) or "–"

    @admin.display(description="Consent to e-mail")
    def consent(self, row: CustomerRecord) -> str:
        return _words(_read(row, CustomerSnapshot).email_consent)


@admin.register(Ticket)
class TicketAdmin(OfCustomerAdmin):
    list_display = ("subject", "client", "person", "channel", "tags", "state", "changed")
    empty_list = "No tickets yet. They appear here once a helpdesk is connected."

    @admin.display(description="Ticket")
    def subject(self, row: Ticket) -> str:
        return _read(row, TicketSnapshot).subject or row.object_id

    @admin.display(description="Channel")
    def channel(self, row: Ticket) -> str:
        return _words(_read(row, TicketSnapshot).channel)

    @admin.display(description="Tags")
    def tags(self, row: Ticket) -> str:
        return ", ".join(_read(row, TicketSnapshot).tags) or "–"

    @admin.display(description="State")
    def state(self, row: Ticket) -> SafeString:
        told = _read(row, TicketSnapshot)
        if told.is_gone or not told.is_open:
            return display.chip("Gone" if told.is_gone else "Closed", "ok")
        return display.chip("Waits for an answer", "new") if row.needs_care else display.chip("Open")


@admin.register(Product)
class ProductAdmin(MirroredAdmin):
    list_display = ("name", "client", "stock_left", "variants", "status", "changed")
    search_help_text = "The vendor's id, or a part of the name once one client is chosen"
    empty_list = "No products yet. They appear here once a storefront is connected."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Names are looked through, so only those of one client."""
        found, may_double = super().get_search_results(request, queryset, search_term)
        mine = {str(client.pk) for client in scope.clients(request)}
        chosen = mine if len(mine) == 1 else mine & {request.GET.get(str(ClientFilter.parameter_name))}
        for key in chosen if search_term.strip() else ():
            found |= queryset.filter(store=key, title__icontains=search_term.strip())
        return found, may_double

    @admin.display(description="Product")
    def name(self, row: Product) -> str:
        return row.title or row.object_id

    @admin.display(description="Stock")
    def stock_left(self, row: Product) -> str:
        return "not counted" if row.stock is None else str(row.stock)

    @admin.display(description="Variants")
    def variants(self, row: Product) -> int:
        return len(_read(row, ProductSnapshot).variants)

    @admin.display(description="State")
    def status(self, row: Product) -> str:
        told = _read(row, ProductSnapshot)
        return "Gone" if told.is_gone else _words(told.status)


def _read(row: Mirrored, kind: type[Told]) -> Told:
    told = known.snapshot(row)
    assert isinstance(told, kind)  # a row keeps snapshots of its own kind only
    return told


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:,.2f} {currency}".strip()


def _words(code: str) -> str:
    return code.replace("_", " ").capitalize() or "–"
