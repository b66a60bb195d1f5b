"""Cuts the published Admin schema down to the types that the fake answers with.

    python -m connectors.sandbox.shopify.prune admin_2026-10.json.gz

The input is ``dist/data/admin_2026-10.json.gz`` of the npm package ``@shopify/dev-mcp`` (ISC, see LICENSE
beside this file). Types that are only reached by fields we leave out fall away with them.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphql import build_client_schema, build_schema, print_schema

HERE = Path(__file__).parent
QUERIES = {
    "abandonedCheckouts", "bulkOperation", "bulkOperations", "currentBulkOperation", "codeDiscountNodeByCode",
    "currentAppInstallation", "customer", "customerByIdentifier", "customers", "locations", "location",
    "node", "nodes", "order", "orders", "product", "products", "productVariant", "publicApiVersions",
    "return", "shop", "webhookSubscriptions", "abandonmentByAbandonedCheckoutId", "inventoryItem",
    "productVariants", "inventoryItems", "ordersCount", "customersCount", "productsCount",
}  # fmt: skip
MUTATIONS = {
    "bulkOperationCancel", "bulkOperationRunQuery", "discountCodeBasicCreate", "metafieldsSet",
    "discountCodeFreeShippingCreate",
    "customerEmailMarketingConsentUpdate",
    "returnApproveRequest", "returnDeclineRequest", "reverseDeliveryCreateWithShipping", "tagsAdd",
    "tagsRemove", "webhookSubscriptionCreate", "webhookSubscriptionDelete", "webhookSubscriptionUpdate",
}  # fmt: skip
FIELDS: dict[str, set[str]] = json.loads((HERE / "fields.json").read_text())

Types = dict[str, dict[str, Any]]


def main() -> None:
    """Write the pruned schema as SDL beside this file."""
    with gzip.open(sys.argv[1]) as packed:
        published = json.load(packed)
    schema = published["data"]["__schema"]
    types: Types = {each["name"]: each for each in schema["types"]}
    kept = _reached(types)
    schema["types"] = [_slim(types[name], kept) for name in sorted(kept)]
    schema["subscriptionType"] = None
    pruned = print_schema(build_client_schema({"__schema": schema}, assume_valid=True))
    build_schema(pruned, assume_valid=True)
    (HERE / "admin_2026-10.graphql").write_text(pruned + "\n")
    scopes = dict(_scopes(published["offline_scopes"]["items"], types, kept))
    (HERE / "scopes.json").write_text(json.dumps(scopes, indent=1, sort_keys=True) + "\n")


def _scopes(items: list[dict[str, Any]], types: Types, kept: set[str]) -> Iterator[tuple[str, list[str]]]:
    """What each type that is kept takes, and each of its fields that is."""
    for each in items:
        name = each["typeName"]
        if name in kept and each["offlineScopes"]:
            if each["type"] == "type":
                yield name, each["offlineScopes"]
            elif each["fieldName"] in {field["name"] for field in _fields(types[name])}:
                yield f"{name}.{each['fieldName']}", each["offlineScopes"]


def _reached(types: Types) -> set[str]:
    kept: set[str] = set()
    waiting = deque(["QueryRoot", "Mutation", "String", "Boolean", "Int", "Float", "ID"])
    waiting.extend(name for name in types if name.startswith("__"))
    waiting.extend(FIELDS)
    while waiting:
        name = waiting.popleft()
        if name not in kept and name in types:
            kept.add(name)
            waiting.extend(_leads_to(types[name]))
    return kept


def _leads_to(kind: dict[str, Any]) -> Iterator[str]:
    for field in _fields(kind):
        yield _bare(field["type"])
        for argument in field["args"]:
            yield _bare(argument["type"])
    for field in kind["inputFields"] or ():
        yield _bare(field["type"])


def _fields(kind: dict[str, Any]) -> list[dict[str, Any]]:
    """Of types that are listed the listed ones; of the others all plain values and pages."""
    wanted = {"QueryRoot": QUERIES, "Mutation": MUTATIONS}.get(kind["name"])
    wanted = wanted if wanted is not None else FIELDS.get(kind["name"])
    fields: list[dict[str, Any]] = kind["fields"] or []
    if kind["name"].startswith("__"):
        return fields
    if wanted is None:
        return [each for each in fields if _is_plain(each)]
    return [each for each in fields if each["name"] in wanted]


def _is_plain(field: dict[str, Any]) -> bool:
    kind = field["type"]
    while kind["ofType"]:
        kind = kind["ofType"]
    return kind["kind"] in ("SCALAR", "ENUM") and not field["args"]


def _slim(kind: dict[str, Any], kept: set[str]) -> dict[str, Any]:
    slim = {**kind, "description": None}
    if kind["fields"] is not None:
        slim["fields"] = [
            {**each, "description": None, "args": _bared(each["args"])} for each in _fields(kind)
        ]
    slim["inputFields"] = _bared(kind["inputFields"]) if kind["inputFields"] is not None else None
    slim["enumValues"] = _bared(kind["enumValues"]) if kind["enumValues"] is not None else None
    for name in ("interfaces", "possibleTypes"):
        if kind[name] is not None:
            slim[name] = [each for each in kind[name] if each["name"] in kept]
    return slim


def _bared(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**each, "description": None} for each in parts]


def _bare(kind: dict[str, Any]) -> str:
    while kind["ofType"]:
        kind = kind["ofType"]
    return str(kind["name"])


if __name__ == "__main__":
    main()
