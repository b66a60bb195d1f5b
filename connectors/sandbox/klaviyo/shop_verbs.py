"""What the shop tells the account (views, checkouts, orders), and what the vendor makes of it."""

from __future__ import annotations

from connectors.sandbox.klaviyo import profile_shapes, seeds, state
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.verbs import needed
from connectors.sandbox.refusal import Refusal
from connectors.sandbox.vendor import Verbs
from connectors.sandbox.wire import Json

verbs: Verbs[KlaviyoAccount] = Verbs()
OWN_WORDS = ("email", "metric", "integration", "time", "unique_id", "value", "value_currency", "properties")


@verbs.add
def product_view(account: KlaviyoAccount, body: Json) -> Json:
    """Email looks at a product: product_id, title, url; metric, integration and time where they differ."""
    told = {"ProductID": body.get("product_id"), "ProductName": body.get("title"), "URL": body.get("url")}
    return _happen(account, body, "Viewed Product", told)


@verbs.add
def checkout_start(account: KlaviyoAccount, body: Json) -> Json:
    """Email begins a checkout: items (ProductID, ProductName, Quantity), value, value_currency, url."""
    told = {"Items": body.get("items") or [], "CheckoutURL": body.get("url")}
    return _happen(account, body, "Started Checkout", told)


@verbs.add
def order_place(account: KlaviyoAccount, body: Json) -> Json:
    """Email places an order: order_id, items, value, value_currency."""
    told = {"OrderId": body.get("order_id"), "Items": body.get("items") or []}
    return _happen(account, body, "Placed Order", told)


@verbs.add
def profile_predict(account: KlaviyoAccount, body: Json) -> Json:
    """The vendor reckons anew for email: predicted_clv, historic_clv, churn_probability and the like."""
    row = seeds.person(account, needed(body, "email"))
    unknown = set(body) - {"email", *profile_shapes.PREDICTED}
    if unknown:
        raise Refusal(
            f"There is no figure {min(unknown)!r}; there are {', '.join(profile_shapes.PREDICTED)}."
        )
    row["predictive_analytics"] = {name: body[name] for name in profile_shapes.PREDICTED if name in body}
    return state.profile(account, row)


def _happen(account: KlaviyoAccount, body: Json, name: str, told: Json) -> Json:
    """An event under an id of its own, so that several within one second are several."""
    metric = {"name": body.get("metric") or name}
    if body.get("integration"):
        metric["integration"] = body["integration"]
    given = {word: body[word] for word in OWN_WORDS if body.get(word) is not None}
    given |= {"metric": metric, "email": needed(body, "email")}
    given.setdefault("unique_id", account.uuid())
    shown = {word: value for word, value in told.items() if value not in (None, "")}
    given["properties"] = {**shown, **(body.get("properties") or {})}
    return state.event(account, seeds.event(account, given))
