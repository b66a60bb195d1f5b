"""What a delivery says beside changes: the connection is over, or somebody wants to be forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.errors import NeedsAttention
from connectors.models import Connection
from connectors.types import Parsed, PrivacyRequest
from orchestrator.models import Delivery
from orchestrator.record import attention, erasure, health, runlog

ANSWER_WITHIN = timedelta(days=30)
SENTENCES = {
    "export": "a customer asks which data you hold of them. Export it from all tools, send it to the store",
    "erase": "a customer has to be forgotten. Here it is done; erase them in the other tools too",
    "erase_shop": "the store is closed there and has to be forgotten. What it told us of people is erased",
}


def hear(connection: Connection, told: Parsed, trace: str, now: datetime) -> None:
    """Safe to repeat: deliveries come twice."""
    if told.trouble:
        error = NeedsAttention(f"{connection.label}: {told.trouble}", code="app_withdrawn")
        health.fails(connection, error, now)
    for request in told.privacy:
        _answer(connection, request, trace, now)
        Delivery.objects.filter(connection=connection, trace=trace).update(body=b"{}")  # it named them


def _answer(connection: Connection, request: PrivacyRequest, trace: str, now: datetime) -> None:
    count = 0
    if request.kind == "erase":
        count = erasure.erase_person(connection, request, now)
    elif request.kind == "erase_shop":
        count = erasure.erase_storefront(connection, now)
    until = now + ANSWER_WITHIN
    attention.call(
        "privacy_request",
        f"{connection}: {SENTENCES[request.kind]}, by {until:%d %b %Y}. "
        f"Customer {request.customer_id or '–'}.",
        now=now,
        connection=connection,
        reference=f"{connection.vendor}:privacy:{request.kind}:{request.customer_id}"[:150],
    )
    runlog.note(
        "privacy_request",
        store_id=connection.store_id,
        vendor=connection.vendor,
        reference=f"{connection.vendor}:customer:{request.customer_id}",
        trace=trace,
        vendor_label=connection.label,
        request=request.kind.replace("_", " "),
        count=count,
    )
