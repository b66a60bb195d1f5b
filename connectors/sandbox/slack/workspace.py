"""Incoming webhooks as one fake: each account is one webhook, that is one channel.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from datetime import datetime
from typing import Any, ClassVar

from connectors.sandbox.refusal import Refusal
from connectors.sandbox.slack import messages
from connectors.sandbox.slack.messages import Refused
from connectors.sandbox.vendor import Account, Surroundings, Vendor, Verbs
from connectors.sandbox.wire import Json, Reply, Request

SERVICES = "/services/"
APART = 1.0  # seconds between two messages of a webhook


class Webhook(Account):
    """One channel. ``trouble`` is what every message is refused with, as (status, word)."""

    def __init__(self, name: str, around: Surroundings) -> None:
        super().__init__(name, around)
        self.messages: list[Json] = []
        self.trouble: tuple[int, str] | None = None
        self.posted_at: datetime | None = None

    def post(self, request: Request) -> None:
        """Raises Refused. Only what is posted counts against the limit."""
        if self.trouble is not None:
            raise Refused(*self.trouble)
        message = messages.read(request)
        now = self.around.clock.now()
        passed = (now - self.posted_at).total_seconds() if self.posted_at else APART
        if self.around.limits.on and 0 <= passed < APART:
            raise Refused(429, "rate_limited", wait=math.ceil(APART - passed))
        self.posted_at = now
        self.messages.append({"at": now.isoformat(), **message})


verbs: Verbs[Webhook] = Verbs()


@verbs.add
def channel_archive(account: Webhook, body: Json) -> Json:
    """Archive the channel: 410 channel_is_archived."""
    return _in_trouble(account, 410, "channel_is_archived")


@verbs.add
def channel_delete(account: Webhook, body: Json) -> Json:
    """Delete the channel: 404 channel_not_found."""
    return _in_trouble(account, 404, "channel_not_found")


@verbs.add
def webhook_remove(account: Webhook, body: Json) -> Json:
    """Take the webhook or its app away: 404 no_service."""
    return _in_trouble(account, 404, "no_service")


@verbs.add
def webhook_revoke(account: Webhook, body: Json) -> Json:
    """Revoke the webhook's secret: 403 invalid_token."""
    return _in_trouble(account, 403, "invalid_token")


@verbs.add
def apps_forbid(account: Webhook, body: Json) -> Json:
    """The workspace forbids apps to post: 403 action_prohibited."""
    return _in_trouble(account, 403, "action_prohibited")


@verbs.add
def restore(account: Webhook, body: Json) -> Json:
    """Undo all of that."""
    account.trouble = None
    return {"trouble": None}


def _in_trouble(account: Webhook, status: int, word: str) -> Json:
    account.trouble = (status, word)
    return {"trouble": {"status": status, "word": word}}


class Slack(Vendor[Webhook]):
    """Webhooks by their address: workspace, webhook and secret."""

    slug = "slack"
    credential_keys = frozenset({"webhook_url"})
    needed_credentials = frozenset({"webhook_url"})
    kinds: ClassVar[frozenset[str]] = frozenset()
    verbs: ClassVar[Verbs[Any]] = verbs

    def new_account(self, name: str, around: Surroundings) -> Webhook:
        return Webhook(name, around)

    def credential_of(self, credentials: dict[str, str]) -> Hashable:
        parts = _parts(credentials["webhook_url"].partition(SERVICES)[2])
        if parts is None:
            raise Refusal("A webhook_url is https://hooks.slack.com/services/ and three parts.")
        return parts

    def credential_in(self, request: Request) -> Hashable | None:
        return _parts(request.path.removeprefix(SERVICES)) if request.path.startswith(SERVICES) else None

    def answer(self, request: Request, account: Webhook | None) -> Reply:
        if account is None:
            return self._stranger(request).reply()
        with account.lock:
            try:
                if request.method != "POST":
                    raise Refused(400, "invalid_payload")
                account.post(request)
            except Refused as refused:
                return refused.reply()
            return messages.word_reply(200, "ok")

    def error(self, status: int, sentence: str) -> Reply:
        return messages.word_reply(status, sentence)

    def seed(self, account: Webhook, kind: str, objects: list[Json]) -> list[Any]:
        return []

    def state(self, account: Webhook) -> Json:
        status, word = account.trouble or (None, None)
        return {
            "messages": list(account.messages),
            "trouble": {"status": status, "word": word} if word else None,
        }

    def _stranger(self, request: Request) -> Refused:
        """A known webhook with a wrong secret is told apart from one that does not exist."""
        asked = self.credential_in(request)
        known = {key[:2] for key in self._by_credential if isinstance(key, tuple)}
        is_known = isinstance(asked, tuple) and asked[:2] in known
        return Refused(403, "invalid_token") if is_known else Refused(404, "no_service")


def _parts(path: str) -> tuple[str, str, str] | None:
    parts = path.split("/")
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and all(parts) else None
