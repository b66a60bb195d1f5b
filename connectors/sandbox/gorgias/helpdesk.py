"""The Gorgias REST API as one fake: credentials, rate limit, routes, seeds and verbs together.

https://developers.gorgias.com/reference/introduction
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Hashable
from itertools import chain
from typing import Any, ClassVar

from connectors.sandbox.gorgias import (
    conversation,
    custom_fields,
    customers,
    events,
    integrations,
    messages,
    profile,
    rules,
    seeds,
    shapes,
    staff,
    tags,
    tickets,
    views,
)
from connectors.sandbox.gorgias.account import GorgiasAccount
from connectors.sandbox.gorgias.errors import Refused, missing
from connectors.sandbox.gorgias.routes import Call
from connectors.sandbox.gorgias.verbs import verbs
from connectors.sandbox.refusal import Refusal
from connectors.sandbox.routing import RouteMap
from connectors.sandbox.vendor import Surroundings, Vendor, Verbs
from connectors.sandbox.wire import Json, Reply, Request

RESOURCES = (
    customers, custom_fields, events, integrations, messages, profile, rules, staff, tags, tickets, views,
)  # fmt: skip
LIMIT_HEADER = "X-Gorgias-Account-Api-Call-Limit"
ROUTES = RouteMap(chain.from_iterable(resource.routes for resource in RESOURCES))  # compiled once


class Gorgias(Vendor[GorgiasAccount]):
    """A helpdesk behind Basic auth: the user's e-mail and an API key."""

    slug = "gorgias"
    credential_keys = frozenset({"subdomain", "email", "api_key", "webhook_secret"})
    needed_credentials = frozenset({"subdomain", "email", "api_key"})
    kinds = frozenset(seeds.PLANT)
    verbs: ClassVar[Verbs[Any]] = verbs

    def new_account(self, name: str, around: Surroundings) -> GorgiasAccount:
        return GorgiasAccount(name, around)

    def credential_of(self, credentials: dict[str, str]) -> Hashable:
        return (credentials["email"].lower(), credentials["api_key"])

    def credential_in(self, request: Request) -> Hashable | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            email, colon, key = base64.b64decode(token, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return (email.lower(), key) if scheme.lower() == "basic" and colon else None

    def answer(self, request: Request, account: GorgiasAccount | None) -> Reply:
        if account is None:
            return Refused(401, "Could not verify your access level for that URL.").reply()
        with account.lock:
            reply = _limited(account) or self._carried_out(account, request)
            reply.headers[LIMIT_HEADER] = account.bucket.reading
            return reply

    def error(self, status: int, sentence: str) -> Reply:
        return Refused(status, sentence).reply()

    def do(self, name: str, verb: str, body: Json) -> Any:
        account = self.account(name)
        with account.lock:
            account.begin()
            _catch_up(account)
            try:
                return super().do(name, verb, body)
            except Refused as refused:
                raise Refusal(f"{refused.message} {refused.data or ''}".strip(), refused.status) from None

    def seed(self, account: GorgiasAccount, kind: str, objects: list[Json]) -> list[Any]:
        account.begin()
        try:
            return [seeds.plant(account, kind, given) for given in objects]
        except Refused as refused:
            raise Refusal(f"{refused.message} {refused.data or ''}".strip(), refused.status) from None

    def state(self, account: GorgiasAccount) -> Json:
        _catch_up(account)
        return {
            "tickets": [shapes.ticket(account, row) for row in account.tickets],
            "customers": [shapes.customer(account, row, fields=True) for row in account.customers],
            "tags": [shapes.tag(row) for row in account.tags],
            "teams": [shapes.team(row) for row in account.teams],
            "users": [shapes.user(row) for row in account.users],
            "rules": [shapes.rule(row) for row in account.rules],
            "integrations": [shapes.integration(row) for row in account.integrations],
            "custom_fields": [shapes.custom_field(row) for row in account.custom_fields],
            "views": [shapes.view(row) for row in account.views],
            "events": [shapes.event(row) for row in account.events],
        }

    def _carried_out(self, account: GorgiasAccount, request: Request) -> Reply:
        try:
            match = ROUTES.match(request.method, request.path)
            if isinstance(match, int):
                raise missing() if match == 404 else Refused(405, "Method not allowed.")
            endpoint, arguments = match
            unknown = [name for name in request.query if name not in endpoint.params]
            if unknown:
                raise Refused(
                    400, "Invalid query parameters.", {name: ["Unknown field."] for name in unknown}
                )
            account.begin(account.me()["id"])
            _catch_up(account)
            reply: Reply = endpoint.handler(Call(account, request), **arguments)
            return reply
        except Refused as refused:
            return refused.reply()


def _catch_up(account: GorgiasAccount) -> None:
    """Let happen what time has made due."""
    conversation.wake(account)
    messages.settle(account)


def _limited(account: GorgiasAccount) -> Reply | None:
    if not account.around.limits.on:
        return None
    wait = account.bucket.pour(account.around.clock.now())
    if not wait:
        return None
    reply = Refused(429, "Too many requests.").reply()
    reply.headers["Retry-after"] = str(math.ceil(wait))
    return reply
