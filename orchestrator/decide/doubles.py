"""What a client's tools do by themselves, and which of it does the same as a recipe of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db import transaction

from connectors.automations import Automation
from connectors.models import Connection, Store
from connectors.roles import Helpdesk, Marketing
from orchestrator.decide import evidence, signs
from orchestrator.models import Existing, Inventory
from rules import setting_up

PATIENCE = timedelta(hours=1)  # with a tool that asks us to wait


class Unseen(Exception):
    """Something could not be read; the message says what and why, in sentences for people."""


class Waiting(Unseen):
    """A tool asks us to wait; what it told so far is remembered for a while, so another look gets further."""


def _cart_flow(each: Automation) -> bool:
    return bool(each.channels) and signs.started_by(each, signs.CARTS)


def _order_flow(each: Automation) -> bool:
    return bool(each.channels) and signs.started_by(each, signs.ORDERS)


def _stock_flow(each: Automation) -> bool:
    return each.trigger == "low-inventory"


def _vip_rule(each: Automation) -> bool:
    return bool(signs.vip_rules([each]))


def _return_rule(each: Automation) -> bool:
    return signs.has(each.does, ("reply",)) and signs.has(each.reads, ("return", "refund"))


# By kind of automation, the first that fits: which recipe of ours does the same.
LIKE: Mapping[str, tuple[tuple[str, Callable[[Automation], bool]], ...]] = {
    "flow": (
        ("cart_recovery", _cart_flow),
        ("post_purchase", _order_flow),
        ("reorder_alert", _stock_flow),
    ),
    "rule": (("vip", _vip_rule), ("return_hold", _return_rule)),
}


def double_of(each: Automation) -> str:
    """The slug of a recipe, "" when nothing of ours does the same. What our own events start is ours."""
    if each.kind == "flow" and each.trigger in setting_up.metrics():
        return ""
    return next((recipe for recipe, is_like in LIKE.get(each.kind, ()) if is_like(each)), "")


def read(store: Store, now: datetime) -> int:
    """Read both tools and remember what is live there; what was decided about it stays decided.

    Answers how many doubles wait for a decision. Raises Unseen when a tool could not be read: then
    nothing changes, and while it is Waiting another look is planned. Calls the vendors, so not within
    a transaction.
    """
    accounts = evidence.read(store)
    if accounts.flows is None or accounts.desk is None:
        wanted = (signs.FLOWS, signs.DESK)
        told = " ".join(accounts.unseen[each] for each in wanted if each in accounts.unseen)
        if accounts.is_whole:
            raise Unseen(told)
        Inventory.objects.get_or_create(store=store)
        Inventory.objects.filter(store=store, wanted_at=None).update(wanted_at=now)
        raise Waiting(told)
    vendors = {row.role: row.vendor for row in Connection.objects.active().filter(store=store)}
    live = {Marketing.role: accounts.flows, Helpdesk.role: accounts.desk}
    rows = [_row(store, vendors[role], each) for role, found in live.items() for each in found]
    with transaction.atomic():
        _keep(store, rows)
        Inventory.objects.update_or_create(store=store, defaults={"read_at": now, "wanted_at": None})
    return sum(row.is_open for row in Existing.objects.filter(store=store))


def wanted(now: datetime) -> list[int]:
    rows = Inventory.objects.filter(wanted_at__lte=now).order_by("wanted_at", "pk")
    return list(rows.values_list("pk", flat=True)[:20])


def look(row: Inventory, now: datetime) -> int:
    """Another look, until it is whole; 0 while it is not. After an hour it has to be asked for again."""
    try:
        read(row.store, now)
    except Unseen as error:
        is_over = row.wanted_at is None or now - row.wanted_at >= PATIENCE
        if is_over or not isinstance(error, Waiting):
            Inventory.objects.filter(pk=row.pk).update(wanted_at=None)
        return 0
    return 1


def _row(store: Store, vendor: str, each: Automation) -> Existing:
    return Existing(
        store=store,
        vendor=vendor,
        kind=each.kind,
        object_id=each.id[:100],
        name=each.name[:200] or each.id[:100],
        trigger=each.trigger[:200],
        double_of=double_of(each),
    )


def _keep(store: Store, rows: list[Existing]) -> None:
    """What is not live any more is no double any more."""
    Existing.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["store", "vendor", "kind", "object_id"],
        update_fields=["name", "trigger", "double_of"],
    )
    live = {(row.vendor, row.kind, row.object_id) for row in rows}
    gone = [
        row.pk
        for row in Existing.objects.filter(store=store)
        if (row.vendor, row.kind, row.object_id) not in live
    ]
    Existing.objects.filter(pk__in=gone).delete()
