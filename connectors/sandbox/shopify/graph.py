"""Rows as GraphQL shows them. Pages are lists here; execution.py cuts them when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from connectors.sandbox.shopify import access, discounts, returns, shapes
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.values import amount, bag, gid, money, words
from connectors.sandbox.wire import Json


class Graph:
    """The store as one graph. Links are functions, so that only what is asked for is built."""

    def __init__(self, account: ShopifyAccount) -> None:
        self.account = account

    def show(self, kind: str, row: Json | None) -> Json | None:
        if row is None:
            return None
        shown = SHOW[kind](self, row)
        return {"__typename": kind, "_row": row, "id": row.get("admin_graphql_api_id"), **shown}

    def shows(self, kind: str, rows: list[Json]) -> list[Json]:
        return [each for row in rows if (each := self.show(kind, row)) is not None]

    def named(self, given: str) -> Json | None:
        """The object of a gid; None when there is none. Raises GraphQLError for what is no gid."""
        kind, key = access.parts(given)
        if kind == "InventoryLevel":
            place, _, item = key.partition("?inventory_item_id=")
            levels = self.account.levels.where("inventory_item_id", int(item) if item.isdigit() else None)
            return self.show(kind, next((each for each in levels if str(each["location_id"]) == place), None))
        row = self.account.row(kind, int(key)) if key.isdigit() else None
        if kind == "Order" and row is not None and not self.account.visible([row]):
            return None
        return self.show(kind, row) if kind in SHOW else None

    def personal(self, value: Any, kind: str) -> Any:
        """Protected customer data is null for an app that was not granted it, or refused with a reason."""
        if self.account.shows_personal_data:
            return value
        if not self.account.denies_personal_data:
            return None
        return lambda: access.refuse(access.personal(kind))

    def orders_of(self, customer: Json) -> list[Json]:
        """Oldest first; without the scope for all of them only those of the last sixty days."""
        mine = self.account.visible(self.account.orders.where("customer_id", customer["id"]))
        return sorted(mine, key=lambda each: (each["created_at"], each["id"]))

    def metafield(self, row: Json, namespace: str | None, key: str) -> Json | None:
        return self.account.metafields.get((row["admin_graphql_api_id"], namespace or "app", key))

    def customer(self, row: Json) -> Json:
        account = self.account
        name = f"{row['first_name'] or ''} {row['last_name'] or ''}".strip() or row["email"] or ""
        return {
            "legacyResourceId": str(row["id"]),
            "createdAt": row["created_at"],
            "updatedAt": row["updated_at"],
            "displayName": name if account.shows_personal_data else "",
            "state": row["state"].upper(),
            "locale": "en",
            "numberOfOrders": str(row["orders_count"]),
            "amountSpent": money(row["total_spent"], account.currency),
            "tags": words(row["tags"]),
            "defaultEmailAddress": self.personal(shapes.email(row), "Customer"),
            "defaultPhoneNumber": self.personal(shapes.phone(row), "Customer"),
            "defaultAddress": self.personal(shapes.address(row["default_address"]), "Customer"),
            "lastOrder": lambda: self.show("Order", next(reversed(self.orders_of(row)), None)),
            "orders": lambda: self.shows("Order", self.orders_of(row)),
            "metafield": lambda **asked: self.metafield(row, **asked),
        }

    def order(self, row: Json) -> Json:
        account, currency, shown = self.account, row["currency"], row["presentment_currency"]
        refunds = sum((Decimal(t["amount"]) for r in row["refunds"] for t in r["transactions"]), Decimal())
        rate = Decimal(str(row.get("presentment_rate", 1)))
        total = Decimal(row["current_total_price"])
        return {
            "legacyResourceId": str(row["id"]),
            "name": row["name"],
            **{shown_as: row[name] for name, shown_as in shapes.ORDER_STAMPS.items()},
            "cancelReason": row["cancel_reason"].upper() if row["cancel_reason"] else None,
            "test": row["test"],
            "displayFinancialStatus": (row["financial_status"] or "").upper() or None,
            "displayFulfillmentStatus": shapes.FULFILMENT.get(row["fulfillment_status"], "UNFULFILLED"),
            "returnStatus": row["return_status"],
            "currencyCode": currency,
            "presentmentCurrencyCode": shown,
            "currentTotalPriceSet": bag(total, currency, total * rate, shown),
            "totalRefundedSet": bag(refunds, currency, refunds * rate, shown),
            "totalDiscountsSet": bag(0, currency),
            "discountCodes": [each["code"] for each in row["discount_codes"]],
            "tags": words(row["tags"]),
            "sourceName": row["source_name"],
            "email": self.personal(row["email"], "Order"),
            "cartToken": row["cart_token"],
            "checkoutToken": row["checkout_token"],
            "attribution": None,
            "customAttributes": [],
            "customer": lambda: self.show("Customer", account.customers.get(row["customer_id"])),
            "shippingAddress": self.personal(shapes.address(row["shipping_address"]), "Order"),
            "customerJourneySummary": {"ready": False, "customerOrderIndex": None},
            "lineItems": lambda: self.shows(
                "LineItem", [account.lines.rows[key] for key in row["line_items"]]
            ),
            "refunds": lambda **_: [shapes.refund(row, each) for each in row["refunds"]],
            "returns": lambda: self.shows("Return", account.returns.where("order_id", row["id"])),
        }

    def line(self, row: Json) -> Json:
        account = self.account
        spent = Decimal(row["price"]) * row["quantity"]
        return {
            "sku": row["sku"] or None,
            "title": row["title"],
            "quantity": row["quantity"],
            "currentQuantity": row["current_quantity"],
            "discountedTotalSet": bag(spent, account.currency),
            "variant": lambda: self.show("ProductVariant", account.variants.get(row["variant_id"])),
            "product": lambda: self.show("Product", account.products.get(row["product_id"])),
        }

    def product(self, row: Json) -> Json:
        account = self.account
        variants = [account.variants.rows[key] for key in row["variants"]]
        return {
            **{name: row[name] for name in ("handle", "title", "vendor")},
            "status": row["status"].upper(),
            "productType": row["product_type"],
            "tags": words(row["tags"]),
            "createdAt": row["created_at"],
            "updatedAt": row["updated_at"],
            "totalInventory": sum(shapes.stock(account, each) for each in variants),
            "tracksInventory": any(
                account.items.rows[each["inventory_item_id"]]["tracked"] for each in variants
            ),
            "category": {"id": gid("TaxonomyCategory", 1), "fullName": row["category"]}
            if row.get("category")
            else None,
            "collections": [
                {"id": gid("Collection", place), "handle": each.lower(), "title": each}
                for place, each in enumerate(row["collections"], 1)
            ],
            "onlineStoreUrl": f"https://{account.domain}/products/{row['handle']}"
            if row["status"] == "active"
            else None,
            "variants": lambda: self.shows("ProductVariant", variants),
        }

    def variant(self, row: Json) -> Json:
        account = self.account
        item = account.items.rows[row["inventory_item_id"]]
        left = shapes.stock(account, row)
        return {
            "sku": row["sku"] or None,
            "title": row["title"],
            "displayName": row["title"],
            "price": amount(row["price"]),
            "compareAtPrice": None,
            "inventoryQuantity": left,
            "inventoryPolicy": row["inventory_policy"].upper(),
            "availableForSale": left > 0 or row["inventory_policy"] == "continue" or not item["tracked"],
            "updatedAt": row["updated_at"],
            "inventoryItem": lambda: self.show("InventoryItem", item),
            "product": lambda: self.show("Product", account.products.get(row["product_id"])),
        }

    def item(self, row: Json) -> Json:
        account = self.account
        levels = account.levels.where("inventory_item_id", row["id"])
        return {
            "sku": row["sku"] or None,
            "tracked": row["tracked"],
            "updatedAt": row["updated_at"],
            "inventoryLevels": lambda: self.shows("InventoryLevel", levels),
            "variants": lambda: self.shows("ProductVariant", [account.variants.rows[row["variant_id"]]]),
        }

    def level(self, row: Json) -> Json:
        account = self.account
        quantities = [
            {
                "name": name,
                "quantity": row["available"] if name != "incoming" else 0,
                "updatedAt": row["updated_at"],
            }
            for name in ("available", "on_hand", "incoming", "committed")
        ]
        return {
            "updatedAt": row["updated_at"],
            "quantities": lambda names: [each for each in quantities if each["name"] in names],
            "item": lambda: self.show("InventoryItem", account.items.get(row["inventory_item_id"])),
            "location": lambda: self.show("Location", account.locations.get(row["location_id"])),
        }

    def location(self, row: Json) -> Json:
        account = self.account
        levels = account.levels.where("location_id", row["id"])
        return {
            "name": row["name"],
            "isActive": row["active"],
            "shipsInventory": True,
            "fulfillsOnlineOrders": True,
            "inventoryLevels": lambda: self.shows("InventoryLevel", levels),
        }

    def checkout(self, row: Json) -> Json:
        account, currency = self.account, row["currency"]
        return {
            "name": f"#{row['id']}",
            "createdAt": row["created_at"],
            "updatedAt": row["updated_at"],
            "completedAt": row["completed_at"],
            "abandonedCheckoutUrl": row["abandoned_checkout_url"],
            "totalPriceSet": bag(row["total_price"], currency, None, row["presentment_currency"]),
            "subtotalPriceSet": bag(row["total_price"], currency),
            "totalDiscountSet": bag(0, currency),
            "discountCodes": [each["code"] for each in row["discount_codes"]],
            "customer": lambda: self.show("Customer", account.customers.get(row["customer_id"])),
            "shippingAddress": self.personal(shapes.address(row["shipping_address"]), "Order"),
            "customAttributes": [],
            "lineItems": lambda: [
                {
                    **each,
                    "__typename": "AbandonedCheckoutLineItem",
                    "discountedTotalPriceSet": each["discountedTotalSet"],
                }
                for each in self.shows("LineItem", [account.lines.rows[key] for key in row["line_items"]])
            ],
        }

    def plain(self, row: Json) -> Json:
        return {name: value for name, value in row.items() if name not in ("id", "admin_graphql_api_id")}


SHOW: dict[str, Callable[[Graph, Json], Json]] = {
    "Customer": Graph.customer,
    "Order": Graph.order,
    "LineItem": Graph.line,
    "Product": Graph.product,
    "ProductVariant": Graph.variant,
    "InventoryItem": Graph.item,
    "InventoryLevel": Graph.level,
    "Location": Graph.location,
    "AbandonedCheckout": Graph.checkout,
    "Return": returns.shown,
    "DiscountCodeNode": discounts.shown,
    "WebhookSubscription": Graph.plain,
    "BulkOperation": Graph.plain,
}
