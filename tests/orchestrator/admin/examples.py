"""Rows that the console's tests look at: two clients, their people, and a day of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Permission, User
from django.db.models import Model

from connectors.models import Connection, Store
from orchestrator.models import (
    Attention,
    Delivery,
    InboxEvent,
    OutboxAction,
    ReorderDraft,
    RunLogEntry,
    Stop,
    Suppression,
    VendorState,
)
from orchestrator.record import runlog
from rules import publish
from rules.models import Rule
from tests.orchestrator.admin import asked, assessed, ruled, storefront, under_way

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
PASSWORD = "correct horse battery"
KEY = "pk_live_4f1d0c8e77"  # a credential that no page may show
SECRET = "whsec_9a8b7c6d5e"


def administrator(name: str = "root") -> User:
    return User.objects.create_superuser(name, f"{name}@agency.test", PASSWORD)


def colleague(name: str, *stores: Store) -> User:
    """May do everything that can be done for one client, for these."""
    user = User.objects.create_user(name, f"{name}@agency.test", PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.exclude(codename="administer_store"))
    for store in stores:
        store.staff.add(user)
    return user


def store(name: str = "North Ridge Outfitters", **fields: Any) -> Store:
    slug = name.lower().replace(" ", "-")[:60]
    defaults = {"slug": slug, "platform": "shopify", "timezone": "America/New_York", "country": "US"}
    return Store.objects.create(name=name, **{**defaults, **fields})


def connection(owner: Store, vendor: str = "klaviyo", **fields: Any) -> Connection:
    row = Connection(store=owner, vendor=vendor, **fields)
    credentials = {"klaviyo": {"private_key": KEY}}.get(
        vendor,
        {"subdomain": owner.slug, "email": "ops@agency.test", "api_key": KEY, "webhook_secret": SECRET},
    )
    row.seal(credentials)
    row.save()
    return row


def healthy(owner: Store, vendor: str, at: datetime = NOW) -> Connection:
    account = {"name": owner.name, "timezone": owner.timezone, "missing_scopes": []}
    return connection(
        owner,
        vendor,
        health="healthy",
        finding=f"Connected to {owner.name} ({owner.timezone}).",
        healthy_at=at,
        checked_at=at,
        account=account,
    )


def failing(owner: Store, vendor: str, at: datetime = NOW) -> Connection:
    sentence = "The key is not accepted (HTTP 401). Make a new private key and enter it here."
    row = connection(
        owner,
        vendor,
        health="attention",
        finding=sentence,
        error_code="credentials_rejected",
        checked_at=at,
        failing_since=at - timedelta(hours=2),
    )
    attention(owner, "connection_failing", f"{row}: {sentence}", connection=row, reference=vendor)
    return row


def attention(owner: Store | None, code: str, sentence: str, at: datetime = NOW, **fields: Any) -> Attention:
    fields |= {"since": at - timedelta(hours=2), "seen_at": at}
    return Attention.objects.create(store=owner, code=code, sentence=sentence, **fields)


def rule(owner: Store, mode: str = "live", name: str = "Hold marketing while a ticket is open") -> Rule:
    row = Rule.objects.create(store=owner, name=name, recipe="ticket_hold", params={})
    if mode != "draft":
        publish.set_mode(row, mode, now=NOW - timedelta(days=12))
    return row


def suppression(cause: Rule, subject: str, number: int = 8001, **fields: Any) -> Suppression:
    defaults = {
        "cause": "ticket_hold",
        "reference": f"gorgias:ticket:{number}",
        "method": "hold_list",
        "source_at": NOW - timedelta(hours=3),
        "opened_at": NOW - timedelta(hours=3),
        "expires_at": NOW + timedelta(days=30),
        "trace": f"{number:032x}",
    }
    return Suppression.objects.create(
        store=cause.store, rule=cause, subject=subject, **{**defaults, **fields}
    )


def vendor_state(place: Connection, subject: str, **fields: Any) -> VendorState:
    defaults = {
        "key": "hold_list",
        "wanted": True,
        "state": "applied",
        "seen": True,
        "changed_at": NOW,
        "trace": "a" * 32,
    }
    return VendorState.objects.create(connection=place, subject=subject, **{**defaults, **fields})


def delivery(
    place: Connection, state: str = "quarantined", body: bytes = b'{"id": 1}', **fields: Any
) -> Delivery:
    defaults = {"error": "The body is not JSON.", "trace": "b" * 32, "due_at": NOW, "received_at": NOW}
    return Delivery.objects.create(connection=place, state=state, body=body, **{**defaults, **fields})


def event(place: Connection, number: int = 8001, state: str = "aside", **fields: Any) -> InboxEvent:
    defaults = {
        "kind": "ticket",
        "object_id": str(number),
        "key": f"{place.vendor}:ticket:{number}:{NOW:%s}:ab",
        "origin": "webhook",
        "source_at": NOW,
        "received_at": NOW,
        "body": b'{"kind": "ticket", "id": "8001", "subject": "Where is it?"}',
        "trace": "c" * 32,
    }
    return InboxEvent.objects.create(store=place.store, connection=place, state=state, **(defaults | fields))


def action(place: Connection, number: int = 1, state: str = "failed", **fields: Any) -> OutboxAction:
    defaults = {
        "key": f"rule:1:{number}",
        "action": "tag_ticket",
        "arguments": '{"ticket_id": "8001", "tag": "vip"}',
        "subject": "ana@shop.test",
        "reference": "gorgias:ticket:8001",
        "planned_for": NOW,
        "due_at": NOW,
        "created_at": NOW,
        "because": "There is no such ticket.",
        "trace": "d" * 32,
        "settled_at": NOW if state in ("failed", "done", "skipped") else None,
    }
    return OutboxAction.objects.create(
        store=place.store, connection=place, state=state, **{**defaults, **fields}
    )


def stop(owner: Store | None, rule: Rule | None = None, because: str = "Wrong text.") -> Stop:
    return Stop.objects.create(store=owner, rule=rule, because=because, since=NOW, by="maya")


def mirrored(owner: Store, number: int = 1) -> list[Model]:
    return storefront.mirrored(owner, number, NOW)


def reorder(owner: Store, number: int = 1, state: str = "order_now", **fields: Any) -> ReorderDraft:
    defaults = {
        "reference": f"shopify:product:{number}",
        "title": f"Linen shirt of {owner}",
        "sku": f"SKU-{number}",
        "supplier": "Acme",
        "quantity": 40,
        "stock": 4,
        "threshold": 12,
        "source_at": NOW,
        "opened_at": NOW,
        "trace": "e" * 32,
    }
    return ReorderDraft.objects.create(store=owner, state=state, **{**defaults, **fields})


def entry(owner: Store | None, code: str = "hold_opened", at: datetime = NOW, **fields: Any) -> RunLogEntry:
    row = runlog.entry(code, store_id=owner.pk if owner else None, **fields)
    row.at = at
    row.save()
    return row


def story(
    owner: Store, subject: str = "ana@shop.test", number: int = 8001, at: datetime = NOW
) -> list[RunLogEntry]:
    """One ticket, from the event to the hold."""
    trace, reference = f"{number:032x}", f"gorgias:ticket:{number}"
    told = f"Gorgias ticket {number}"
    same: dict[str, Any] = {"subject": subject, "reference": reference, "trace": trace}
    minute = timedelta(minutes=1)
    name = "Hold marketing while a ticket is open"
    seen = {"open": True, "channel": "email", "tags": ["delivery"], "spam": False}
    return [
        entry(owner, "event_heard", at, vendor="gorgias", what=f"{told} opened", origin="webhook", **same),
        entry(
            owner,
            "decided_yes",
            at + minute / 60,
            rule=name,
            rule_version=1,
            effect=f"hold marketing for {told}",
            because="the ticket waits for an answer",
            seen=seen,
            **same,
        ),
        entry(
            owner,
            "decided_no",
            at + minute / 60,
            count="1 rule",
            told="“Tag wholesale buyers” (tag not listed)",
            noes=[{"rule": "Tag wholesale buyers", "version": 3, "reason": "tag_not_listed", "seen": seen}],
            **same,
        ),
        entry(owner, "hold_opened", at + minute / 60, rule=name, rule_version=1, reference_told=told, **same),
        entry(owner, "hold_applied", at + minute / 20, vendor="klaviyo", vendor_label="Klaviyo", **same),
    ]


@dataclass
class World:
    """One client with a row of every kind, and an administrator."""

    root: User
    store: Store
    gorgias: Connection
    klaviyo: Connection
    rule: Rule
    custom: Rule
    carts: Rule
    others: list[Model]

    def rows(self) -> list[Model]:
        return [
            self.root,
            self.store,
            self.gorgias,
            self.klaviyo,
            self.rule,
            self.custom,
            self.carts,
            *self.others,
        ]


def world(name: str = "North Ridge Outfitters", admin: str = "root", number: int = 8001) -> World:
    root, owner = administrator(admin), store(name)
    gorgias, klaviyo = healthy(owner, "gorgias"), failing(owner, "klaviyo")
    subject = f"ana@{owner.slug}.test"
    hold, custom = rule(owner), ruled.custom(owner)
    return World(
        root=root,
        store=owner,
        gorgias=gorgias,
        klaviyo=klaviyo,
        rule=hold,
        custom=custom,
        carts=ruled.carts(owner),
        others=[
            suppression(hold, subject, number),
            vendor_state(klaviyo, subject),
            under_way.enrolment(hold, subject, NOW, number),
            delivery(gorgias, body=f'{{"email": "{subject}"}}'.encode()),
            event(gorgias, number),
            action(gorgias, number, subject=subject),
            reorder(owner, number),
            *mirrored(owner, number),
            attention(owner, "hold_not_respected", f"{owner}: “Welcome” writes to people who are held."),
            story(owner, subject, number)[2],
            asked.approval(custom, NOW),
            ruled.blueprint(owner),
            stop(owner, custom, because=f"{owner}: wrong text."),
            *assessed.rows(owner, NOW),
        ],
    )


def permissions(*codenames: str) -> list[Permission]:
    return list(Permission.objects.filter(codename__in=codenames))
