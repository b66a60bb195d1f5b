"""Which metric of an account means what: what staff say, else what the account maps, else its name.

Names are unique within one integration only. https://developers.klaviyo.com/en/reference/get_mapped_metrics
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from django import forms

from connectors.http import Client
from connectors.roles import Heard
from connectors.roles.marketing import CARTS, VIEWS
from connectors.types import Transition
from connectors.values import mapping, text
from connectors.vendors.klaviyo.api import Item, attributes, everything, needing

# What the shop told Klaviyo, found by polling its events; there are no webhooks for these.
TELLS: dict[str, Heard] = {
    each: Heard()
    for each in (
        Transition.PRODUCT_VIEWED,
        Transition.CART_CHANGED,
        Transition.CART_ABANDONED,
        Transition.CART_RECOVERED,
    )
}


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of event. Names are unique within one integration only."""

    id: str
    name: str
    integration: str = ""

    @property
    def told(self) -> str:
        return f"{self.name} ({self.integration})"


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """``option`` is where staff name another metric; ``mapped`` the vendor's word for this."""

    noun: str
    want: str  # what makes us listen
    option: str
    mapped: str
    names: tuple[str, ...]
    is_sure: bool = True  # that there is one; of orders there may be none yet


VIEW, CHECKOUT, PURCHASE = "view", "checkout", "purchase"
MEANINGS: dict[str, Meaning] = {
    VIEW: Meaning(
        noun="product views",
        want=VIEWS,
        option="viewed_product_metric",
        mapped="viewed_product",
        names=("Viewed Product",),
    ),
    CHECKOUT: Meaning(
        noun="checkouts",
        want=CARTS,
        option="started_checkout_metric",
        mapped="started_checkout",
        names=("Started Checkout", "Checkout Started"),
    ),
    PURCHASE: Meaning(
        noun="orders",
        want=CARTS,
        option="placed_order_metric",
        mapped="revenue",
        names=("Placed Order",),
        is_sure=False,
    ),
}


def _option(word: str) -> forms.CharField:
    meaning = MEANINGS[word]
    told = (
        f"The metric of {meaning.noun}: its name, “Name (Integration)” or its id. "
        f"Empty: the one that Klaviyo maps, else “{meaning.names[0]}”."
    )
    return forms.CharField(required=False, max_length=128, help_text=told)


class KlaviyoOptions(forms.Form):
    viewed_product_metric = _option(VIEW)
    started_checkout_metric = _option(CHECKOUT)
    placed_order_metric = _option(PURCHASE)


def wanted(wants: frozenset[str]) -> list[str]:
    """The meanings that somebody listens for."""
    return [word for word, meaning in MEANINGS.items() if meaning.want in wants]


def metrics(client: Client) -> list[Metric]:
    with needing("metrics:read"):
        return [_metric(each) for each in everything(client, "/api/metrics")]


def by_word(mapped: Sequence[Item]) -> dict[str, str]:
    """The vendor's word → metric id, of what it maps at all."""
    ids = {text(each.get("id"), 60): _related(each) for each in mapped}
    return {word: metric_id for word, metric_id in ids.items() if metric_id}


def find(
    word: str, options: Mapping[str, str], known: Sequence[Metric], mapped: Mapping[str, str]
) -> Metric | str:
    """The metric, or a sentence that says why there is none and what to do; "" where nothing need be done."""
    meaning = MEANINGS[word]
    if named := options.get(meaning.option, ""):
        return _only([each for each in known if _is_named(each, named)], named, meaning, is_named=True)
    by_id = {each.id: each for each in known}
    if metric := by_id.get(mapped.get(meaning.mapped, "")):
        return metric
    found = [each for each in known if each.name in meaning.names]
    return _only(found, meaning.names[0], meaning, is_named=False)


def _only(found: Sequence[Metric], name: str, meaning: Meaning, *, is_named: bool) -> Metric | str:
    if len(found) == 1:
        return found[0]
    if found:
        several = " and ".join(sorted(f"“{each.told}”" for each in found))
        return (
            f"Klaviyo has several metrics for {meaning.noun}: {several}. "
            "Name the right one in the connection, in this form."
        )
    if is_named:
        said = f"Klaviyo has no metric “{name}”, which the connection names for {meaning.noun}."
        return f"{said} Correct it there."
    if not meaning.is_sure:
        return ""
    return (
        f"Klaviyo has no metric “{name}” yet, so no {meaning.noun} are heard. It comes to be with its first "
        "event; where the account calls it otherwise, name it in the connection."
    )


def _is_named(metric: Metric, name: str) -> bool:
    return metric.id == name or name.casefold() in (metric.name.casefold(), metric.told.casefold())


def _related(found: Item) -> str:
    related = mapping(mapping(found.get("relationships")).get("metric"))
    return text(mapping(related.get("data")).get("id"), 60)


def _metric(found: Item) -> Metric:
    about = attributes(found)
    return Metric(
        id=text(found.get("id"), 60),
        name=text(about.get("name")),
        integration=text(mapping(about.get("integration")).get("name")),
    )
