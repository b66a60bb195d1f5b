"""The door for pushed changes: verify, store the raw body, commit, answer. Nothing else happens here."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from prometheus_client import Counter

from connectors import timekeeper
from connectors.models import Connection
from orchestrator import outage, wake
from orchestrator.intake import inbox, senders, storing
from orchestrator.intake.senders import Sender
from orchestrator.models import Delivery

log = logging.getLogger(__name__)
answers = Counter("orchestrator_webhooks", "Webhook deliveries by answer", ["vendor", "answer"])

# Headers that a vendor's parser may need later. Everything else, secrets above all, is left out.
KEPT_HEADERS = frozenset(
    {
        "content-type",
        "x-shopify-shop-domain",
        "x-shopify-topic",
        "x-shopify-triggered-at",
        "x-shopify-webhook-id",
        "x-wc-webhook-id",
        "x-wc-webhook-topic",
    }
)


@csrf_exempt
@require_POST
def receive(request: HttpRequest, token: str) -> HttpResponse:
    """One delivery. Verified and stored is always 200, not storable is 503 so that it is sent again."""
    try:
        sender = senders.by_token(token)
    except Error as error:
        return _not_stored("unknown", error)
    if sender is None:
        return _answer("unknown", 404)
    connection = sender.connection
    body = request.read(settings.WEBHOOK_MAX_BYTES + 1)
    if len(body) > settings.WEBHOOK_MAX_BYTES:
        return _answer(connection.vendor, 413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not _is_genuine(sender, headers, body):
        return _answer(connection.vendor, 401)
    try:
        _store(connection, headers, body)
    except Error as error:
        return _not_stored(connection.vendor, error)
    wake.after_commit("read")
    return _answer(connection.vendor, 200)


def _is_genuine(sender: Sender, headers: dict[str, str], body: bytes) -> bool:
    """Whatever goes wrong while verifying means: not genuine."""
    try:
        return sender.vendor.verify(sender.credentials, headers, body)
    except Exception:
        log.warning("A delivery could not be verified", extra={"connection": sender.connection.pk})
        return False


def _store(connection: Connection, headers: dict[str, str], body: bytes) -> None:
    now = timekeeper.now()
    storing.store(
        Delivery(
            connection=connection,
            received_at=now,
            due_at=now,
            headers={name: value[:500] for name, value in headers.items() if name in KEPT_HEADERS},
            body=body,
            trace=inbox.new_trace(),
        )
    )


def _not_stored(vendor: str, error: Error) -> HttpResponse:
    if not outage.note(error):
        log.error("A delivery could not be stored", exc_info=error)
    return _answer(vendor, 503)


def _answer(vendor: str, status: int) -> HttpResponse:
    answers.labels(vendor, status).inc()
    return HttpResponse(status=status, content_type="text/plain")
