"""Tells the agency's own Slack channel what newly needs a person: each thing once, several in one message.

The lines are rows that were committed before, so nothing is forgotten; they are marked before the call, so
nothing is said twice. What may have arrived is not said again: everything stands in the admin as well.
A client's stop does not silence the agency about it; only the stop of everything does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from connectors import connect, registry, timekeeper
from connectors.errors import NeedsAttention, Refused, TryLater, VendorError
from connectors.models import Connection
from connectors.roles import Chat, Post
from orchestrator.act import stops
from orchestrator.act.fence import lease_end
from orchestrator.models import Attention
from orchestrator.record import attention
from rules.sentences import excerpt

VENDOR = "slack"
LINES = 20  # in one message
LINE = 140  # characters, so that all lines fit into a message
TOO_LATE = timedelta(days=1)
RETRY = timedelta(seconds=30)
RETRY_AFTER_ATTENTION = timedelta(minutes=5)

State = Attention.Post


def post(now: datetime) -> int:
    """Send at most one message; answers how many lines were settled."""
    if not settings.AGENCY_SLACK_WEBHOOK or stops.in_force().everything:
        return 0
    settled = _give_up(now)
    rows = _claim(now)
    return settled + (_send(rows, now) if rows else 0)


def due(now: datetime) -> list[int]:
    """The one row that stands for the agency's chat, while there is a chat."""
    return [0] if settings.AGENCY_SLACK_WEBHOOK else []


def soon(_: None, now: datetime) -> float | None:
    """Seconds until the next message may leave, where lines wait for it."""
    return _distance().total_seconds() if is_pacing(now) else None


def is_pacing(now: datetime) -> bool:
    """Whether lines are due that only wait for their distance to the message before."""
    due = Attention.objects.filter(post=State.WAITING, post_at__lte=now)
    return bool(settings.AGENCY_SLACK_WEBHOOK) and due.exists() and not stops.in_force().everything


def _give_up(now: datetime) -> int:
    """What is over or a day old is not said any more, and what a worker died with is not said again."""
    waiting = Attention.objects.filter(post=State.WAITING, post_at__lte=now)
    over = waiting.filter(Q(cleared_at__isnull=False) | Q(since__lt=now - TOO_LATE))
    dead = Attention.objects.filter(post=State.SENDING, post_at__lt=timekeeper.now())
    return over.update(post=State.SKIPPED, post_at=None) + dead.update(post=State.UNKNOWN, post_at=None)


def _claim(now: datetime) -> list[Attention]:
    """Mark the next lines as being sent, for as long as a call can take."""
    real = timekeeper.now()
    with transaction.atomic():
        # Leases and the distance between messages live on the real clock.
        just_said = Q(post=State.SENDING) | Q(post=State.POSTED, post_at__gt=real - _distance())
        if Attention.objects.filter(just_said).exists():
            return []
        due = Attention.objects.filter(post=State.WAITING, post_at__lte=now).order_by("post_at", "id")
        if database.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        rows = list(due.select_related("store")[:LINES])
        _mark(rows, State.SENDING, lease_end())
    return rows


def _send(rows: Sequence[Attention], now: datetime) -> int:
    try:
        _chat().post(_message(rows))
    except TryLater as error:
        if error.in_doubt:
            _mark(rows, State.UNKNOWN, None)
            return len(rows)
        wait = max(RETRY, timedelta(seconds=error.after or 0))
        _mark(rows, State.WAITING, now + wait)
    except NeedsAttention as error:
        _mark(rows, State.WAITING, now + RETRY_AFTER_ATTENTION)
        _alarm(error, now)
    except Refused as error:
        _mark(rows, State.FAILED, None)
        _alarm(error, now)
    else:
        _mark(rows, State.POSTED, timekeeper.now())
        attention.clear("agency_chat_failing", now=now, store_id=None)
        return len(rows)
    return 0


def _mark(rows: Sequence[Attention], state: State, at: datetime | None) -> None:
    Attention.objects.filter(pk__in=[row.pk for row in rows]).update(post=state, post_at=at)


def _alarm(error: VendorError, now: datetime) -> None:
    """The one thing that the chat cannot be told."""
    sentence = f"Alerts do not reach the agency's chat (AGENCY_SLACK_WEBHOOK). {error.sentence}"
    attention.call("agency_chat_failing", sentence, now=now, is_posted=False)


def _chat() -> Chat:
    """Raises NeedsAttention when the setting cannot be used."""
    kind = registry.vendor_class(VENDOR)
    credentials = {"webhook_url": settings.AGENCY_SLACK_WEBHOOK}
    if not kind.Credentials(credentials).is_valid():
        raise NeedsAttention("Slack: this is not the address of a webhook.", code="credentials_rejected")
    account = Connection(vendor=VENDOR)  # of no client, so it is never stored
    account.seal(credentials)
    vendor = connect.open(account)
    assert isinstance(vendor, Chat)
    return vendor


def _distance() -> timedelta:
    return timedelta(seconds=registry.vendor_class(VENDOR).seconds_between)


def _message(rows: Sequence[Attention]) -> Post:
    board = settings.PUBLIC_URL + reverse("admin:orchestrator_attention_changelist")
    return Post(
        title="Needs attention" if len(rows) == 1 else f"{len(rows)} things need attention",
        text="\n".join(_line(row) for row in rows),
        links=(("Open the list", board),),
        footer=f"Orchestrator, from {rows[0].since:%d %b %H:%M} UTC on",
    )


def _line(row: Attention) -> str:
    """Most sentences name their client; the others are given its name."""
    has_name = row.store is None or str(row.store) in row.sentence
    return "• " + excerpt(row.sentence if has_name else f"{row.store}: {row.sentence}", LINE)
