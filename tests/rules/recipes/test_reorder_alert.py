"""A fall below the line is told once; what was told is ended by recovery alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.types import Transition, Variant
from rules import engine, params
from rules.actions.alert import Alert
from rules.decision import Answer, Decision, Message, No, Reorder, ReorderState
from rules.facts import Facts, OpenDraft, ProductFacts
from rules.recipes import reorder_alert
from tests.rules.examples import NOW, change, facts, rule

SHIRT = "shopify:product:7"
ADMIN = "https://admin.shopify.com/store/north/products/7"


def known(
    stock: int | None, draft: str = "", told_at: Any = NOW - timedelta(hours=1), **fields: Any
) -> Facts:
    """The shirt's stock changed; ``draft`` is the state of the open draft, if there is one."""
    product = ProductFacts(id="7", stock=stock, **{"title": "Linen shirt", "admin_url": ADMIN, **fields})
    open_drafts = (OpenDraft(reference=SHIRT, state=draft, source_at=told_at),) if draft else ()
    heard = change(Transition.STOCK_CHANGED, vendor="shopify", kind="product", object_id="7")
    return facts(change=heard, ticket=None, customer=None, product=product, drafts={1: open_drafts})


def decide(about: Facts, **values: Any) -> list[Answer]:
    given = {"threshold": 12, **values}
    verdict = engine.decide([rule("reorder_alert", given)], about)[0]
    return [*verdict.decisions, *verdict.noes]


def effects(answers: list[Answer]) -> list[Any]:
    return [answer.effect for answer in answers if isinstance(answer, Decision)]


def reasons(answers: list[Answer]) -> list[str]:
    return [answer.reason for answer in answers if isinstance(answer, No)]


def test_stock_below_the_threshold_alerts_and_drafts():
    draft, message = effects(decide(known(4), supplier="Acme", quantity=40))

    assert draft == Reorder(
        reference=SHIRT,
        title="Linen shirt",
        source_at=NOW,
        stock=4,
        threshold=12,
        state="order_now",
        supplier="Acme",
        quantity=40,
    )
    assert message == Message(
        key="alert",
        action=Alert(
            title="Low stock: Linen shirt",
            text="4 left. The threshold is 12.",
            details=(("Left", "4"), ("Threshold", "12"), ("Reorder draft", "a reorder of 40 from “Acme”")),
            links=(("Open the product", ADMIN),),
        ),
    )


@pytest.mark.parametrize(("stock", "reason"), [(12, "stock_sufficient"), (13, "stock_sufficient")])
def test_at_the_threshold_is_not_below_it(stock, reason):
    assert reasons(decide(known(stock))) == [reason]


@pytest.mark.parametrize(
    ("stock", "title", "text"),
    [
        (0, "Sold out: Linen shirt", "None left. The threshold is 12."),
        (-3, "Sold out: Linen shirt", "More was sold than there was: the stock is -3. The threshold is 12."),
    ],
)
def test_nothing_left_and_less_than_nothing_are_critical(stock, title, text):
    draft, message = effects(decide(known(stock)))

    assert draft.state == "critical"
    assert (message.action.title, message.action.text) == (title, text)


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        (known(None), "stock_not_counted"),
        (known(4, status="archived"), "product_not_sold"),
        (known(4, status="draft"), "product_not_sold"),
        (known(4, draft="order_now"), "told_already"),
        (known(4, draft="on_order"), "told_already"),
        (known(0, draft="on_order"), "told_already"),
        (known(0, draft="good"), "told_already"),
        (known(12, draft="order_now"), "not_recovered"),
    ],
)
def test_there_is_nothing_to_tell(about, reason):
    answers = decide(about)

    assert reasons(answers) == [reason]
    assert effects(answers) == []


def test_a_product_that_is_not_known_is_no_plain_no():
    answers = decide(facts(change=known(4).change, product=None))

    assert answers == [No(reason="product_unknown", is_unreadable=True)]


@pytest.mark.parametrize(
    ("stock", "draft", "state"),
    [
        (0, "order_now", "critical"),
        (3, "critical", "order_now"),
        (13, "order_now", "good"),
        (13, "critical", "good"),
        (13, "on_order", "good"),
        (None, "order_now", "good"),
    ],
)
def test_an_open_draft_follows_the_stock_without_another_alert(stock, draft, state):
    assert effects(decide(known(stock, draft=draft))) == [
        ReorderState(reference=SHIRT, title="Linen shirt", stock=stock, state=state)
    ]


@pytest.mark.parametrize(("stock", "is_over"), [(12, False), (15, False), (16, True)])
def test_hysteresis_keeps_a_wavering_stock_quiet(stock, is_over):
    answers = decide(known(stock, draft="order_now"), hysteresis=3)

    assert bool(effects(answers)) == is_over


def test_asked_again_about_the_same_change_it_says_the_same():
    first, again = decide(known(4)), decide(known(4, draft="order_now", told_at=NOW))

    assert effects(first) == effects(again)


def test_the_alert_is_no_longer_wanted_once_the_stock_recovered():
    compiled = rule("reorder_alert", {"threshold": 12})

    answer = engine.still_wanted(compiled, known(40, draft="order_now", told_at=NOW), "alert")

    assert answer == No(reason="no_longer_wanted")


def test_a_rule_that_is_paused_tells_nothing_and_still_closes_drafts():
    paused = rule("reorder_alert", {"threshold": 12}, mode="paused")

    fallen, recovered = (
        engine.decide([paused], each)[0] for each in (known(4), known(40, draft="order_now"))
    )

    assert [no.reason for no in fallen.noes] == ["paused", "paused"]
    assert [type(decision.effect) for decision in recovered.decisions] == [ReorderState]


def test_history_that_is_read_in_drafts_nothing():
    about = known(4)
    imported = change(
        Transition.STOCK_CHANGED, vendor="shopify", kind="product", object_id="7", is_import=True
    )

    verdict = engine.decide([rule("reorder_alert")], facts(change=imported, product=about.product))[0]

    assert [no.reason for no in verdict.noes] == ["from_import", "from_import"]


def test_the_lowest_of_many_variants_are_named():
    variants = tuple(Variant(id=str(each), title=f"Size {each}", stock=each) for each in range(100))

    draft, message = effects(decide(known(4, variants=variants)))

    assert draft.variant == "Size 0: 0, Size 1: 1, Size 2: 2, Size 3: 3, Size 4: 4, …"
    assert ("Variants", draft.variant) in message.action.details


def test_the_only_variant_gives_its_sku():
    draft, message = effects(decide(known(4, variants=(Variant(id="1", sku="SKU-1", stock=4),))))

    assert (draft.sku, draft.variant) == ("SKU-1", "")
    assert ("SKU", "SKU-1") in message.action.details


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {},
            "When a product's stock falls below 10, alert the team and draft a reorder, once until the stock "
            "is above 10 again.",
        ),
        (
            {"threshold": 12, "hysteresis": 3, "supplier": "Acme", "quantity": 40},
            "When a product's stock falls below 12, alert the team and draft a reorder of 40 from “Acme”, "
            "once until the stock is above 15 again.",
        ),
    ],
)
def test_it_reads_as_one_sentence(values, sentence):
    assert reorder_alert.sentence(params.clean(rule("reorder_alert").recipe, values)) == sentence


@given(stocks=st.lists(st.integers(-5, 30)), hysteresis=st.integers(0, 5))
def test_one_alert_for_each_fall_whatever_the_stock_does(stocks, hysteresis):
    draft, alerts, falls, is_low = "", 0, 0, False

    for stock in stocks:
        for effect in effects(decide(known(stock, draft=draft), hysteresis=hysteresis)):
            alerts += isinstance(effect, Message)
            draft = getattr(effect, "state", draft)
            draft = "" if draft == "good" else draft
        falls += stock < 12 and not is_low
        is_low = stock < 12 or (is_low and stock <= 12 + hysteresis)

    assert alerts == falls
    assert bool(draft) == is_low
