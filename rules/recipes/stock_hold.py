"""Hold the campaigns that feature a product while it is sold out or nearly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms

from connectors.types import Transition
from rules.decision import Answer, Decision, Hold, No, Release
from rules.facts import Facts, OpenCause, ProductFacts
from rules.featuring import Surety
from rules.fields import NamesField

slug = "stock_hold"
label = "Hold campaigns of sold-out products"
steers = frozenset({"product"})

MOST = 1_000_000
UNSOLD = ("draft", "archived")
ALL, ANY = "all", "any"
CAMPAIGN, CATALOG = "hold_campaign", "hold_catalog"
# What a campaign is held for, from the surest clue on.
ACTS_ON = {"named": Surety.MAPPING, "text": Surety.TEXT, "name": Surety.NAME}


class Params(forms.Form):
    threshold = forms.IntegerField(
        min_value=0, max_value=MOST, initial=0, help_text="So many left, or fewer, hold; 0 is sold out."
    )
    hysteresis = forms.IntegerField(
        min_value=0,
        max_value=MOST,
        initial=0,
        help_text="So many above the threshold the stock has to rise before campaigns are let go.",
    )
    variants = forms.ChoiceField(
        choices=[(ALL, "All its variants are"), (ANY, "One of its variants is")],
        initial=ALL,
        help_text="When a product that comes in several forms counts as sold out.",
        error_messages={"invalid_choice": "Use “all” or “any”."},
    )
    act_on = forms.ChoiceField(
        choices=[
            ("named", "Its tag, or the table below"),
            ("text", "Also its subject, text or template"),
            ("name", "Also its name"),
        ],
        initial="named",
        help_text="What has to say that a campaign features a product for us to hold it. Weaker clues are "
        "shown to you as proposals.",
        error_messages={"invalid_choice": "Use “named”, “text” or “name”."},
    )
    hide_items = forms.BooleanField(
        required=False,
        initial=False,
        help_text="Hide the product from product feeds too, if you keep a catalog of your own in the "
        "marketing tool. What the storefront's integration syncs cannot be changed.",
    )
    campaigns = NamesField(
        required=False,
        initial={},
        help_text="The campaigns of a product, by SKU, id or handle: SKU-1 = Summer sale, 01J0CAMPAIGN. "
        "A campaign is named by its name, its id or one of its tags.",
    )


def hears(params: Mapping[str, Any]) -> frozenset[Transition]:
    return frozenset({Transition.STOCK_CHANGED, Transition.PRODUCT_CHANGED})


def wants(params: Mapping[str, Any]) -> frozenset[str]:
    return frozenset()


def needs(params: Mapping[str, Any]) -> frozenset[str]:
    hidden = {CATALOG} if params["hide_items"] else set()
    return frozenset({Transition.STOCK_CHANGED, CAMPAIGN, *hidden})


def sentence(params: Mapping[str, Any]) -> str:
    which = "every variant" if params["variants"] == ALL else "one variant"
    low = f"has {params['threshold']} left or fewer" if params["threshold"] else "is sold out"
    also = " and hide its catalog item" if params["hide_items"] else ""
    return (
        f"While {which} of a product {low}, hold the campaigns that feature it{also}, "
        f"until more than {_line(params)} are left again."
    )


def decide(facts: Facts, params: Mapping[str, Any]) -> Iterator[Answer]:
    product = facts.product
    if product is None:
        yield No(reason="product_unknown", is_unreadable=True)
        return
    left = _left(product, params)
    held = next((each for each in facts.own_causes if each.subject == _subject(product)), None)
    seen = _seen(product, left, params, held)
    reason = _why_not(product, left, params)
    if not reason:
        yield Decision(effect=_hold(facts, product, params), because="sold_out", seen=seen)
    elif held and (ends := _ended(left, params, reason)):
        yield Decision(effect=_release(facts, held, ends), because=ends, seen=seen)
    else:
        still = held and reason == "stock_sufficient"
        yield No(reason="not_recovered" if still else reason, seen=seen)


def _why_not(product: ProductFacts, left: int | None, params: Mapping[str, Any]) -> str:
    if product.status in UNSOLD:
        return "product_not_sold"
    if left is None:
        return "stock_not_counted"
    return "" if left <= params["threshold"] else "stock_sufficient"


def _ended(left: int | None, params: Mapping[str, Any], reason: str) -> str:
    """Why a hold is over. One that was taken off sale meanwhile cannot be bought either: it stays held."""
    if reason == "stock_sufficient" and left is not None and left > _line(params):
        return "stock_recovered"
    return reason if reason == "stock_not_counted" else ""


def _left(product: ProductFacts, params: Mapping[str, Any]) -> int | None:
    """What decides: of all variants the fullest, of any the emptiest. None where that is not counted."""
    if not product.variants:
        return product.stock
    stocks = [None if each.sells_without_stock else each.stock for each in product.variants]
    counted = [each for each in stocks if each is not None]
    if params["variants"] == ANY:
        return min(counted, default=None)
    return max(counted) if counted and len(counted) == len(stocks) else None


def _hold(facts: Facts, product: ProductFacts, params: Mapping[str, Any]) -> Hold:
    return Hold(
        subject=_subject(product),
        subject_kind="catalog_item",
        cause=slug,
        reference=facts.change.reference,
        method=CATALOG if params["hide_items"] else "",
        source_at=facts.change.at,
        told=product.title[:200] or f"product {product.id}",
    )


def _release(facts: Facts, held: OpenCause, why: str) -> Release:
    return Release(
        subject=held.subject,
        cause=slug,
        reference=held.reference,
        source_at=facts.change.at,
        at=facts.now,
        why=why,
    )


def _subject(product: ProductFacts) -> str:
    return f"product:{product.id}"


def _line(params: Mapping[str, Any]) -> int:
    """Above this, the stock has recovered."""
    return int(params["threshold"] + params["hysteresis"])


def _seen(
    product: ProductFacts, left: int | None, params: Mapping[str, Any], held: OpenCause | None
) -> dict[str, Any]:
    return {
        "left": left,
        "stock": product.stock,
        "status": product.status,
        "threshold": params["threshold"],
        "recovered_above": _line(params),
        "held": held is not None,
    }
