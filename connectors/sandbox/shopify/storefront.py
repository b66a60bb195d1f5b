"""The Admin API of Shopify as one fake: tokens, GraphQL, bulk files, seeds and verbs together.

https://shopify.dev/docs/api/admin-graphql
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from connectors.sandbox.shopify import (
    app_verbs,
    customer_verbs,
    execution,
    oauth,
    product_verbs,
    return_verbs,
    seeds,
    verbs,
)
from connectors.sandbox.shopify.account import SCOPES, ShopifyAccount
from connectors.sandbox.shopify.schema import VERSION
from connectors.sandbox.vendor import Surroundings, Vendor, Verbs
from connectors.sandbox.wire import Json, Reply, Request, json_reply

GRAPHQL = f"/admin/api/{VERSION}/graphql.json"
FILE = re.compile(r"/bulk/([0-9a-f]{32})\.jsonl")
PART = re.compile(r"bytes=(\d+)-")
UNAUTHORIZED = "[API] Invalid API key or access token (unrecognized login or wrong password)"


class Shopify(Vendor[ShopifyAccount]):
    """A store behind ``X-Shopify-Access-Token``."""

    slug = "shopify"
    credential_keys = frozenset({"shop", "client_secret", "access_token", "client_id", "refresh_token"})
    needed_credentials = frozenset({"shop", "client_secret"})
    extra_keys: ClassVar[dict[str, Any]] = {
        "currency": str, "plan": str, "timezone": str, "scopes": list, "missing_scopes": list,
        "shows_personal_data": bool, "denies_personal_data": bool,
    }  # fmt: skip
    kinds = frozenset(seeds.PLANT)
    verbs: ClassVar[Verbs[Any]] = Verbs(
        {
            **verbs.verbs,
            **customer_verbs.verbs,
            **product_verbs.verbs,
            **return_verbs.verbs,
            **app_verbs.verbs,
        }
    )

    def new_account(self, name: str, around: Surroundings) -> ShopifyAccount:
        return ShopifyAccount(name, around)

    def credential_of(self, credentials: dict[str, str]) -> Hashable:
        shown = credentials.get("access_token") or credentials.get("client_id") or ""
        return shown or credentials["shop"]

    def credential_in(self, request: Request) -> Hashable | None:
        return request.headers.get("X-Shopify-Access-Token")

    def find(self, request: Request) -> ShopifyAccount | None:
        if request.path == oauth.PATH:
            client = oauth.fields(request).get("client_id")
            return next((each for each in self.accounts.values() if _is_client(each, client)), None)
        if match := FILE.fullmatch(request.path):
            return next((each for each in self.accounts.values() if _file(each, match[1])), None)
        token = str(self.credential_in(request) or "")
        return next((each for each in self.accounts.values() if _accepts(each, token)), None)

    def put(self, name: str, body: Json, around: Surroundings) -> Json:
        """Credentials that are given begin anew; without them the tokens of before go on."""
        if isinstance(body.get("seed"), dict):
            body = {**body, "seed": seeds.in_order(body["seed"])}
        seeded = super().put(name, body, around)
        if body.get("credentials") is not None:
            account = self.accounts[name]
            account.tokens.begin(account.credentials)
        return seeded

    def answer(self, request: Request, account: ShopifyAccount | None) -> Reply:
        if request.path == oauth.PATH and request.method == "POST":
            return oauth.grant(account, oauth.fields(request))
        if match := FILE.fullmatch(request.path):
            return _download(account, match[1], request.headers.get("Range", ""))
        if account is None:
            return json_reply(401, {"errors": UNAUTHORIZED})
        if request.path != GRAPHQL or request.method != "POST":
            return json_reply(404, {"errors": "Not Found"})
        with account.lock:
            account.host = f"http://{request.headers.get('Host', '127.0.0.1')}"
            try:
                reply = json_reply(200, execution.answer(account, request.json()))
            except ValueError:
                reply = json_reply(400, {"errors": {"query": "Required parameter missing or invalid"}})
            reply.headers["X-Shopify-API-Version"] = VERSION
            return reply

    def error(self, status: int, sentence: str) -> Reply:
        return json_reply(status, {"errors": sentence})

    def seed(self, account: ShopifyAccount, kind: str, objects: list[Json]) -> list[Any]:
        return seeds.plant(account, kind, objects)

    def configure(self, account: ShopifyAccount, extras: Json) -> None:
        account.currency = extras.get("currency", account.currency)
        account.plan = extras.get("plan", account.plan)
        account.timezone = ZoneInfo(extras.get("timezone", account.timezone.key))
        if "scopes" in extras:
            account.scopes = set(SCOPES if extras["scopes"] is None else extras["scopes"])
        account.scopes -= set(extras.get("missing_scopes", ()))
        account.shows_personal_data = extras.get("shows_personal_data", account.shows_personal_data)
        account.denies_personal_data = extras.get("denies_personal_data", account.denies_personal_data)

    def state(self, account: ShopifyAccount) -> Json:
        tables = (
            "customers", "products", "variants", "items", "levels", "locations", "orders", "lines",
            "checkouts", "returns",
        )  # fmt: skip
        more = ("discounts", "subscriptions", "bulk")
        return {
            **{name: list(getattr(account, name)) for name in (*tables, *more)},
            "metafields": list(account.metafields.values()),
            "scopes": sorted(account.scopes),
        }


def _is_client(account: ShopifyAccount, client: str | None) -> bool:
    given = account.credentials
    return bool(client) and client in {given.get("client_id"), given.get("shop")}


def _accepts(account: ShopifyAccount, token: str) -> bool:
    return bool(token) and account.tokens.is_good(token, account.now())


def _file(account: ShopifyAccount, name: str) -> Json | None:
    return next((each for each in account.bulk if each["file"] == name), None)


def _download(account: ShopifyAccount | None, name: str, part: str) -> Reply:
    """The whole file, or from a byte on."""
    row = _file(account, name) if account else None
    if account is None or row is None or not row["url"]:
        return Reply(404, b"<Error><Code>NoSuchKey</Code></Error>", {"Content-Type": "application/xml"})
    file = account.files[name]
    start = int(match[1]) if (match := PART.fullmatch(part)) else 0
    if start >= file.size:
        return Reply(416, b"", {"Content-Range": f"bytes */{file.size}"})
    headers = {"Content-Type": "application/jsonl", "Accept-Ranges": "bytes"}
    if start:
        headers["Content-Range"] = f"bytes {start}-{file.size - 1}/{file.size}"
    return Reply(206 if start else 200, b"", headers, parts=file.read(start), size=file.size - start)
