"""Alert the team and draft a reorder when a product's stock falls below a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms

from connectors.types import Transition
from rules.actions.alert import Alert
from rules.decision import Answer, Decision, Message, No, Reorder, ReorderState
from rules.facts import Facts, OpenDraft, ProductFacts
from rules.sentences import excerpt, quoted

slug = "reorder_alert"
label = "Alert and reorder when stock is low"

steers: frozenset[str] = frozenset()  # it speaks of a fall when it happens, not when it goes live
OUR_STATES = ("order_now", "critical")  # “on order” and “good” are for staff to say
UNSOLD = ("draft", "archived")
VARIANTS_TOLD = 5
MOST = 1_000_000


class Params(forms.Form):
    threshold = forms.IntegerField(
        min_value=1, max_value=MOST, initial=10, help_text="Stock below this number is low."
    )
    hysteresis = forms.IntegerField(
        min_value=0,
        max_value=MOST,
        initial=0,
        help_text="So many above the threshold the stock has to rise before a new fall is told.",
    )
    supplier = forms.CharField(
        required=False, max_length=200, initial="", help_text="Who is asked for more; may be empty."
    )
    quantity = forms.IntegerField(
        min_value=0,
        max_value=MOST,
        initial=0,
        help_text="How many the draft orders; 0 leaves it to whoever places the order.",
    )


def hears(params: Mapping[str, Any]) -> frozenset[Transition]:
    return frozenset({Transition.STOCK_CHANGED})


def wants(params: Mapping[str, Any]) -> frozenset[str]:
    return frozenset()


def sentence(params: Mapping[str, Any]) -> str:
    return (
        f"When a product's stock falls below {params['threshold']}, alert the team and draft "
        f"{_order(params['quantity'], params['supplier'])}, "
        f"once until the stock is above {_line(params)} again."
    )


def decide(facts: Facts, params: Mapping[str, Any]) -> Iterator[Answer]:
    product = facts.product
    if product is None:
        yield No(reason="product_unknown", is_unreadable=True)
        return
    draft = next((each for each in facts.own_drafts if each.reference == facts.change.reference), None)
    seen = _seen(product, params, draft)
    reason = _why_not(product, params)
    if product.stock is None or reason:
        yield _not_low(facts, product, params, draft, reason)
    # Asked again about the change that opened the draft, it says the same again.
    elif draft is None or draft.source_at == facts.change.at:
        alert = Message(action=_alert(product, product.stock, params), key="alert")
        for effect in (_reorder(facts, product, product.stock, params), alert):
            yield Decision(effect=effect, because="stock_low", seen=seen)
    elif draft.state in OUR_STATES and draft.state != (state := _state(product.stock)):
        yield Decision(effect=_moved(facts, product, state), because="stock_changed_again", seen=seen)
    else:
        yield No(reason="told_already", seen=seen)


def _why_not(product: ProductFacts, params: Mapping[str, Any]) -> str:
    """The code of what speaks against low stock, "" when nothing does."""
    if product.stock is None:
        return "stock_not_counted"
    if product.status in UNSOLD:
        return "product_not_sold"
    return "" if product.stock < params["threshold"] else "stock_sufficient"


def _not_low(
    facts: Facts, product: ProductFacts, params: Mapping[str, Any], draft: OpenDraft | None, reason: str
) -> Answer:
    """An open draft is closed only once the stock is well above the line, or counts no more."""
    seen = _seen(product, params, draft)
    if draft is None:
        return No(reason=reason, seen=seen)
    if reason == "stock_sufficient" and product.stock is not None and product.stock <= _line(params):
        return No(reason="not_recovered", seen=seen)
    because = "stock_recovered" if reason == "stock_sufficient" else reason
    return Decision(effect=_moved(facts, product, "good"), because=because, seen=seen)


def _moved(facts: Facts, product: ProductFacts, state: str) -> ReorderState:
    return ReorderState(
        reference=facts.change.reference, title=_title(product), stock=product.stock, state=state
    )


def _reorder(facts: Facts, product: ProductFacts, stock: int, params: Mapping[str, Any]) -> Reorder:
    return Reorder(
        reference=facts.change.reference,
        title=_title(product),
        source_at=facts.change.at,
        stock=stock,
        threshold=params["threshold"],
        state=_state(stock),
        variant=_variants(product),
        sku=_sku(product),
        supplier=params["supplier"],
        quantity=params["quantity"],
    )


def _alert(product: ProductFacts, stock: int, params: Mapping[str, Any]) -> Alert:
    title = excerpt(_title(product), 120)
    address = product.admin_url or product.url
    details = {
        "SKU": _sku(product),
        "Left": str(stock),
        "Threshold": str(params["threshold"]),
        "Variants": _variants(product),
        "Reorder draft": _order(params["quantity"], params["supplier"]),
    }
    return Alert(
        title=f"Sold out: {title}" if stock <= 0 else f"Low stock: {title}",
        text=f"{_left(stock)} The threshold is {params['threshold']}.",
        details=tuple((name, value) for name, value in details.items() if value),
        links=(("Open the product", address),) if address else (),
    )


def _left(stock: int) -> str:
    if stock < 0:
        return f"More was sold than there was: the stock is {stock}."
    return f"{stock} left." if stock else "None left."


def _order(quantity: int, supplier: str) -> str:
    much = f"a reorder of {quantity}" if quantity else "a reorder"
    return f"{much} from {quoted(supplier)}" if supplier else much


def _state(stock: int) -> str:
    return "critical" if stock <= 0 else "order_now"


def _line(params: Mapping[str, Any]) -> int:
    """Above this, the stock has recovered."""
    return int(params["threshold"] + params["hysteresis"])


def _title(product: ProductFacts) -> str:
    return product.title or f"product {product.id}"


def _sku(product: ProductFacts) -> str:
    """Of a product that comes in one form."""
    return product.variants[0].sku if len(product.variants) == 1 else ""


def _variants(product: ProductFacts) -> str:
    """The lowest of several, such as: S: 0, M: 2."""
    counted = [(each.stock, each.title or each.sku) for each in product.variants if each.stock is not None]
    if len(product.variants) < 2:
        return ""
    told = [f"{excerpt(name, 40)}: {stock}" for stock, name in sorted(counted)[:VARIANTS_TOLD]]
    return ", ".join(told + ["…"] * (len(counted) > VARIANTS_TOLD))


def _seen(product: ProductFacts, params: Mapping[str, Any], draft: OpenDraft | None) -> dict[str, Any]:
    return {
        "stock": product.stock,
        "status": product.status,
        "threshold": params["threshold"],
        "recovered_above": _line(params),
        "draft": draft.state if draft else None,
    }
