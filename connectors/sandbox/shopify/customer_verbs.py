"""What customers and staff do with customer records, without us."""

from __future__ import annotations

from connectors.sandbox.refusal import Refusal
from connectors.sandbox.shopify import bodies, hooks, shop, totals
from connectors.sandbox.shopify.account import ShopifyAccount
from connectors.sandbox.shopify.asgiven import plain
from connectors.sandbox.shopify.shop import found
from connectors.sandbox.shopify.values import words
from connectors.sandbox.vendor import Verbs
from connectors.sandbox.wire import Json

verbs: Verbs[ShopifyAccount] = Verbs()


@verbs.add
def customer_create(account: ShopifyAccount, body: Json) -> Json:
    """A customer signs up: email, first_name, last_name, tags, default_address, …"""
    email = plain(body).get("email")
    if email and account.customers.where("email", email.lower()):
        raise Refusal("A customer with this e-mail is there already.", 409)
    row = shop.add_customer(account, body)
    hooks.tell_customer(account, row, "create")
    return _whole(account, row)


@verbs.add
def customer_update(account: ShopifyAccount, body: Json) -> Json:
    """Change a customer: id, email, tags, default_address, orders_count, total_spent, …"""
    row, changed = found(account.customers, body.get("id"), "customer"), plain(body)
    if changed.get("email"):
        changed["email"] = changed["email"].lower()
    before = words(row["tags"])
    account.customers.change(row, {name: value for name, value in changed.items() if name != "id"})
    shop.touch(account, row)
    for told, is_added in (
        (set(words(row["tags"])) - set(before), True),
        (set(before) - set(words(row["tags"])), False),
    ):
        if told:
            hooks.tell_tags(account, "Customer", row, sorted(told), added=is_added)
    if "email_marketing_consent" in changed:
        hooks.tell_consent(account, row)
    hooks.tell_customer(account, row)
    return _whole(account, row)


@verbs.add
def customer_delete(account: ShopifyAccount, body: Json) -> Json:
    """A customer without orders is deleted: id."""
    row = found(account.customers, body.get("id"), "customer")
    if account.orders.where("customer_id", row["id"]):
        raise Refusal("Customers who ordered cannot be deleted.")
    account.customers.remove(row["id"])
    told = {"id": row["id"], "admin_graphql_api_id": row["admin_graphql_api_id"]}
    hooks.send(account, "customers/delete", told)
    return told


@verbs.add
def customer_merge(account: ShopifyAccount, body: Json) -> Json:
    """Two records become one: id goes into into_id."""
    gone = found(account.customers, body.get("id"), "customer")
    kept = found(account.customers, body.get("into_id") or body.get("into"), "customer")
    if gone is kept:
        raise Refusal("A customer cannot be merged into itself.")
    for table in (account.orders, account.checkouts):
        for row in table.where("customer_id", gone["id"]):
            table.change(row, {"customer_id": kept["id"]})
    account.customers.remove(gone["id"])
    totals.merged(kept, gone)
    shop.touch(account, kept)
    told: Json = {
        "admin_graphql_api_customer_kept_id": kept["admin_graphql_api_id"],
        "admin_graphql_api_customer_deleted_id": gone["admin_graphql_api_id"],
        "admin_graphql_api_job_id": None,
        "status": "completed",
        "errors": [],
    }
    hooks.send(account, "customers/merge", told)
    return told


def _whole(account: ShopifyAccount, row: Json) -> Json:
    """With what webhooks no longer tell."""
    return {**row, **bodies.customer(account, row)}
