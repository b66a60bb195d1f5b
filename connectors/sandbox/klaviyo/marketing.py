"""The Klaviyo REST API of one revision as one fake: credentials, scopes, limits, routes, seeds and verbs.

https://developers.klaviyo.com/en/reference/api_overview
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import chain
from typing import Any, ClassVar

from connectors.sandbox.klaviyo import (
    campaigns,
    catalog,
    events,
    flows,
    imports,
    lists,
    metrics,
    profile,
    profiles,
    query,
    seeds,
    segments,
    sending_verbs,
    sends,
    shop_verbs,
    state,
    subscriptions,
    suppressions,
    tags,
    templates,
    verbs,
)
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.errors import MEDIA_TYPE, Refused
from connectors.sandbox.klaviyo.limits import Tier, throttled
from connectors.sandbox.klaviyo.query import Asked
from connectors.sandbox.klaviyo.routes import Call, Endpoint
from connectors.sandbox.refusal import Refusal
from connectors.sandbox.routing import RouteMap
from connectors.sandbox.vendor import Surroundings, Vendor, Verbs
from connectors.sandbox.wire import Json, Reply, Request

REVISION = "2026-07-15"
SCHEME = "Klaviyo-API-Key"
RESOURCES = (
    campaigns, catalog, events, flows, imports, lists, metrics, profile, profiles, segments, sends,
    subscriptions, suppressions, tags, templates,
)  # fmt: skip
MEDIA_TYPES = frozenset({MEDIA_TYPE, "application/json"})
INCLUDE_SCOPES = {
    "lists": "lists:read",
    "segments": "segments:read",
    "tags": "tags:read",
    "flow-triggers": "flows:read",
    "metric": "metrics:read",
    "profile": "profiles:read",
    "template": "templates:read",
}
ROUTES = RouteMap(chain.from_iterable(resource.routes for resource in RESOURCES))  # compiled once


class Klaviyo(Vendor[KlaviyoAccount]):
    """A marketing tool behind a private key."""

    slug = "klaviyo"
    credential_keys = frozenset({"private_key"})
    needed_credentials = credential_keys
    extra_keys: ClassVar[dict[str, type | tuple[type, ...]]] = {"scopes": list, "recipients_at_send": bool}
    kinds = frozenset(seeds.PLANT)
    verbs: ClassVar[Verbs[Any]] = Verbs({**verbs.verbs, **sending_verbs.verbs, **shop_verbs.verbs})

    def new_account(self, name: str, around: Surroundings) -> KlaviyoAccount:
        return KlaviyoAccount(name, around)

    def configure(self, account: KlaviyoAccount, extras: Json) -> None:
        if "scopes" in extras:
            account.scopes = None if extras["scopes"] is None else frozenset(extras["scopes"])
        if "recipients_at_send" in extras:
            account.recipients_at_send = bool(extras["recipients_at_send"])

    def credential_of(self, credentials: dict[str, str]) -> Hashable:
        return credentials["private_key"]

    def credential_in(self, request: Request) -> Hashable | None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        return key.strip() if scheme == SCHEME and key.strip() else None

    def answer(self, request: Request, account: KlaviyoAccount | None) -> Reply:
        if account is None:
            return _unknown(request)
        with account.lock:
            try:
                return self._carried_out(account, request)
            except Refused as refused:
                return refused.reply()

    def error(self, status: int, sentence: str) -> Reply:
        return Refused(status, "error", "Error.", sentence).reply()

    def do(self, name: str, verb: str, body: Json) -> Any:
        account = self.account(name)
        with account.lock:
            account.catch_up()
            try:
                return super().do(name, verb, body)
            except Refused as refused:
                raise Refusal(refused.detail, refused.status) from None

    def seed(self, account: KlaviyoAccount, kind: str, objects: list[Json]) -> list[Any]:
        try:
            return [seeds.plant(account, kind, given) for given in objects]
        except Refused as refused:
            raise Refusal(refused.detail, refused.status) from None

    def state(self, account: KlaviyoAccount) -> Json:
        account.catch_up()
        return state.whole(account)

    def _carried_out(self, account: KlaviyoAccount, request: Request) -> Reply:
        match = ROUTES.match(request.method, request.path)
        if isinstance(match, int):
            raise _no_route(match, request)
        endpoint, arguments = match
        _check_headers(request)
        account.catch_up()
        try:
            asked = query.read(endpoint.query, request.query)
        except Refused as refused:
            return _counted(account, endpoint, endpoint.tier) or refused.reply()
        tier = endpoint.tier_for(asked)
        if (reply := _counted(account, endpoint, tier)) is not None:
            return reply
        try:
            _check_scopes(account, endpoint, asked)
            reply = endpoint.handler(Call(account, request, asked), **arguments)
        except Refused as refused:
            reply = refused.reply()
        account.catch_up()
        reply.headers.update(account.windows.headers(endpoint.name, tier, account.now()))
        return reply


def _unknown(request: Request) -> Reply:
    if "Authorization" not in request.headers:
        detail = "Missing or invalid authorization scheme. Use the Klaviyo-API-Key scheme with a private key."
        return Refused(
            401, "not_authenticated", "Authentication credentials were not provided.", detail
        ).reply()
    title = "Incorrect authentication credentials."
    return Refused(401, "authentication_failed", title, "Missing or invalid private key.").reply()


def _no_route(status: int, request: Request) -> Refused:
    if status == 405:
        detail = f"{request.method} is not allowed here."
        return Refused(405, "method_not_allowed", "Method not allowed.", detail)
    return Refused(404, "not_found", "Not found.", "The path was not found.")


def _check_headers(request: Request) -> None:
    revision = request.headers.get("revision")
    if revision is None:
        raise Refused(
            400, "invalid", "Invalid input.", "The revision header is missing.", parameter="revision"
        )
    if revision != REVISION:
        detail = f"Revision {revision!r} is not served here, only {REVISION}."
        raise Refused(400, "invalid", "Invalid input.", detail, parameter="revision")
    accepts = {one.partition(";")[0].strip() for one in request.headers.get("Accept", "*/*").split(",")}
    if not accepts & {*MEDIA_TYPES, "*/*", "application/*"}:
        raise Refused(406, "not_acceptable", "Not acceptable.", f"Only {MEDIA_TYPE} is given.")
    content_type = request.headers.get("Content-Type", "").partition(";")[0].strip()
    if request.body and content_type not in MEDIA_TYPES:
        detail = f"Unsupported media type {content_type!r} in request."
        raise Refused(415, "unsupported_media_type", "Unsupported media type.", detail)


def _counted(account: KlaviyoAccount, endpoint: Endpoint, tier: Tier) -> Reply | None:
    """The 429 of an endpoint whose window is full."""
    if not account.around.limits.on:
        return None
    wait = account.windows.count(endpoint.name, tier, account.now())
    return throttled(wait) if wait else None


def _check_scopes(account: KlaviyoAccount, endpoint: Endpoint, asked: Asked) -> None:
    if account.scopes is None:
        return
    wanted = {*endpoint.scopes, *(INCLUDE_SCOPES[one] for one in asked.include if one in INCLUDE_SCOPES)}
    if lacking := sorted(wanted - account.scopes):
        detail = f"The API key does not have the required scopes: {', '.join(lacking)}."
        raise Refused(403, "permission_denied", "You do not have permission to perform this action.", detail)
