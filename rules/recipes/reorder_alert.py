"""Alert the team and draft a reorder when a product's stock falls below a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

from django import forms

from connectors.types import Transition
from rules import reorder_point, velocity
from rules.actions.alert import Alert
from rules.decision import Answer, Decision, Message, No, Reorder, ReorderState
from rules.facts import SALES, Facts, OpenDraft, ProductFacts
from rules.reorder_point import Line, days
from rules.sentences import excerpt, quoted
from rules.velocity import Sold

slug = "reorder_alert"
label = "Alert and reorder when stock is low"

steers: frozenset[str] = frozenset()  # it speaks of a fall when it happens, not when it goes live
OUR_STATES = ("order_now", "critical")  # “on order” and “good” are for staff to say
UNSOLD = ("draft", "archived")
VARIANTS_TOLD = 5
MOST = 1_000_000
FIXED, BY_SALES = "fixed", "sales"
USE_FIXED, TELL = "threshold", "ask"


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
    reorder_point = forms.ChoiceField(
        choices=[(FIXED, "The threshold, for every product"), (BY_SALES, "From what each product sells")],
        initial=FIXED,
        help_text="Which stock is low. By sales: what is sold within the lead time, plus the safety stock.",
        error_messages={"invalid_choice": "There is no such reorder point: use “fixed” or “sales”."},
    )
    lead_days = forms.IntegerField(
        min_value=1,
        max_value=365,
        initial=14,
        help_text="Days from ordering until the goods are there; counts by sales only.",
    )
    safety_stock = forms.IntegerField(
        min_value=0,
        max_value=MOST,
        initial=0,
        help_text="So many should be left when the goods come; counts by sales only.",
    )
    window_days = forms.IntegerField(
        min_value=7,
        max_value=velocity.LONGEST_WINDOW,
        initial=30,
        help_text="The days of sales that are looked at; counts by sales only.",
    )
    least_days = forms.IntegerField(
        min_value=1,
        max_value=velocity.LONGEST_WINDOW,
        initial=14,
        help_text="With fewer days of sales it is too early to tell; days without stock are none.",
    )
    without_sales = forms.ChoiceField(
        choices=[(USE_FIXED, "Use the threshold"), (TELL, "Do nothing, and tell staff")],
        initial=USE_FIXED,
        help_text="What to do while it is too early to tell.",
        error_messages={"invalid_choice": "There is no such way: use “threshold” or “ask”."},
    )

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        least, window = values.get("least_days"), values.get("window_days")
        if least is not None and window is not None and least > window:
            self.add_error("least_days", f"Is more than the {window} days that are looked at.")
        return values


def hears(params: Mapping[str, Any]) -> frozenset[Transition]:
    return frozenset({Transition.STOCK_CHANGED})


def wants(params: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({SALES} if params["reorder_point"] == BY_SALES else ())


def needs(params: Mapping[str, Any]) -> frozenset[str]:
    sales = {Transition.ORDER_PLACED} if params["reorder_point"] == BY_SALES else set()
    return frozenset({Transition.STOCK_CHANGED, Alert.asks, *sales})


def sentence(params: Mapping[str, Any]) -> str:
    done = f"alert the team and draft {_order(params['quantity'], params['supplier'])}"
    if params["reorder_point"] == FIXED:
        above = params["threshold"] + params["hysteresis"]
        return (
            f"When a product's stock falls below {params['threshold']}, {done}, "
            f"once until the stock is above {above} again."
        )
    plus = f" plus {params['safety_stock']}" if params["safety_stock"] else ""
    more = f" by more than {params['hysteresis']}" if params["hysteresis"] else ""
    early = "tell staff" if params["without_sales"] == TELL else f"below {params['threshold']} is low"
    return (
        f"When a product's stock is down to what it sells in {days(params['lead_days'])}{plus}, judged by "
        f"the last {days(params['window_days'])}, {done}, once until the stock is above that{more} again. "
        f"With less than {days(params['least_days'])} of sales, {early}."
    )


def decide(facts: Facts, params: Mapping[str, Any]) -> Iterator[Answer]:
    product = facts.product
    if product is None:
        yield No(reason="product_unknown", is_unreadable=True)
        return
    line = _line(facts, product, params)
    draft = next((each for each in facts.own_drafts if each.reference == facts.change.reference), None)
    seen = _seen(product, line, params, draft)
    reason = _why_not(product, line)
    if line is None and not reason:
        yield No(reason="sales_too_few", seen=seen, is_unreadable=True)
    elif line is None or product.stock is None or reason:
        yield _not_low(facts, product, _recovered_above(line, params), draft, reason, seen)
    # Asked again about the change that opened the draft, it says the same again.
    elif draft is None or draft.source_at == facts.change.at:
        alert = Message(action=_alert(product, product.stock, line, params), key="alert")
        for effect in (_reorder(facts, product, product.stock, line, params), alert):
            yield Decision(effect=effect, because="stock_low", seen=seen)
    elif draft.state in OUR_STATES and draft.state != (state := _state(product.stock)):
        yield Decision(effect=_moved(facts, product, state), because="stock_changed_again", seen=seen)
    else:
        yield No(reason="told_already", seen=seen)


def _line(facts: Facts, product: ProductFacts, params: Mapping[str, Any]) -> Line | None:
    """None where too little is known of its sales, and nothing else shall be used then."""
    if params["reorder_point"] == FIXED:
        return Line(threshold=params["threshold"])
    today = facts.now.astimezone(UTC).date()
    found = velocity.pace(product.sold or Sold(), today, params["window_days"])
    if found.days >= params["least_days"]:
        return reorder_point.by_sales(found, params["lead_days"], params["safety_stock"])
    if params["without_sales"] == TELL:
        return None
    return reorder_point.too_early(found, params["threshold"], params["least_days"])


def _why_not(product: ProductFacts, line: Line | None) -> str:
    """The code of what speaks against low stock, "" when nothing does."""
    if product.stock is None:
        return "stock_not_counted"
    if product.status in UNSOLD:
        return "product_not_sold"
    return "stock_sufficient" if line and product.stock >= line.threshold else ""


def _not_low(
    facts: Facts,
    product: ProductFacts,
    above: int | None,
    draft: OpenDraft | None,
    reason: str,
    seen: Mapping[str, Any],
) -> Answer:
    """An open draft is closed only once the stock is well above the line, or counts no more."""
    if draft is None:
        return No(reason=reason, seen=seen)
    if (
        reason == "stock_sufficient"
        and product.stock is not None
        and above is not None
        and product.stock <= above
    ):
        return No(reason="not_recovered", seen=seen)
    because = "stock_recovered" if reason == "stock_sufficient" else reason
    return Decision(effect=_moved(facts, product, "good"), because=because, seen=seen)


def _moved(facts: Facts, product: ProductFacts, state: str) -> ReorderState:
    return ReorderState(
        reference=facts.change.reference, title=_title(product), stock=product.stock, state=state
    )


def _reorder(
    facts: Facts, product: ProductFacts, stock: int, line: Line, params: Mapping[str, Any]
) -> Reorder:
    return Reorder(
        reference=facts.change.reference,
        title=_title(product),
        source_at=facts.change.at,
        stock=stock,
        threshold=line.threshold,
        state=_state(stock),
        variant=_variants(product),
        sku=_sku(product),
        supplier=params["supplier"],
        quantity=params["quantity"],
        reckoning=line.reckoning,
    )


def _alert(product: ProductFacts, stock: int, line: Line, params: Mapping[str, Any]) -> Alert:
    title = excerpt(_title(product), 120)
    address = product.admin_url or product.url
    details = {
        "SKU": _sku(product),
        "Left": str(stock),
        "Threshold": str(line.threshold),
        "Variants": _variants(product),
        **dict(line.details),
        "Reorder draft": _order(params["quantity"], params["supplier"]),
    }
    return Alert(
        title=f"Sold out: {title}" if stock <= 0 else f"Low stock: {title}",
        text=f"{_left(stock)} The threshold is {line.threshold}.",
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


def _recovered_above(line: Line | None, params: Mapping[str, Any]) -> int | None:
    """Above this, the stock has recovered."""
    return line.threshold + int(params["hysteresis"]) if line else None


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


def _seen(
    product: ProductFacts, line: Line | None, params: Mapping[str, Any], draft: OpenDraft | None
) -> dict[str, Any]:
    return {
        "stock": product.stock,
        "status": product.status,
        "threshold": line.threshold if line else None,
        "recovered_above": _recovered_above(line, params),
        "draft": draft.state if draft else None,
        **(line.seen if line else {}),
    }
