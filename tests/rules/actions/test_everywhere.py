"""Every action on every change: it is built from what such a change tells, or says what is missing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from connectors.types import Transition
from rules import params, registry
from rules.actions.base import Missing
from rules.decision import Decision, No
from rules.facts import CartFacts, Facts, ReturnFacts
from tests.rules.actions.test_contract import ARGUMENTS as EXAMPLES
from tests.rules.examples import CUSTOMER, NOW, ORDER, PRODUCT, change, facts, rule, ticket

# What each kind of change tells; a viewed product is told together with who viewed it.
TOLD: dict[str, dict[str, Any]] = {
    "ticket": {"ticket": ticket(tags=("vip",)), "customer": CUSTOMER},
    "order": {"order": msgspec.structs.replace(ORDER, tags=("hold",)), "customer": CUSTOMER},
    "cart": {"cart": CartFacts(id="4", total=ORDER.total, currency="USD"), "customer": CUSTOMER},
    "stock": {"product": PRODUCT},
    "product": {"product": PRODUCT},
    "customer": {"customer": CUSTOMER},
    "return": {"return_": ReturnFacts(id="3"), "customer": CUSTOMER},
}
NEEDS = {
    "alert": None,
    "assign_team": "ticket",
    "attach_label": "return_",
    "create_discount": "customer",
    "internal_note": "ticket",
    "reply": "ticket",
    "send_event": "customer",
    "set_customer_field": "ticket",
    "set_priority": "ticket",
    "set_property": "customer",
    "tag_customer": "customer",
    "tag_order": "order",
    "tag_ticket": "ticket",
    "untag_customer": "customer",
    "untag_order": "order",
    "untag_ticket": "ticket",
}
ARGUMENTS = {**EXAMPLES, "create_discount": {"code": "THANKS", "worth": "10%"}}
LACKS = {"ticket": "no_ticket", "return_": "no_return", "order": "no_order"}
NOBODY = {"send_event": "no_email", "set_property": "no_email"}


def told(transition: Transition) -> Facts:
    given = dict(TOLD[transition.partition(".")[0]])
    if transition is Transition.PRODUCT_VIEWED:
        given["customer"] = CUSTOMER
    return facts(**{"ticket": None, "customer": None, "change": change(transition), **given})


@pytest.mark.parametrize("transition", Transition)
@pytest.mark.parametrize("slug", NEEDS)
def test_it_is_built_or_says_what_is_missing(slug, transition):
    known, kind, part = told(transition), registry.all_actions()[slug], NEEDS[slug]

    built = kind.build(params.checked(kind.Arguments, ARGUMENTS[slug]), known, NOW)

    if part is None or getattr(known, part) is not None:
        assert isinstance(built, kind)
    else:
        assert built == Missing(LACKS.get(part) or NOBODY.get(slug, "no_record"))


@pytest.mark.parametrize("transition", Transition)
def test_a_rule_of_all_actions_answers_for_each_of_them(transition):
    steps = [{"action": slug, "with": ARGUMENTS[slug]} for slug in NEEDS]
    compiled = rule("custom", {"when": transition.value, "then": steps})

    answers = list(compiled.recipe.decide(told(transition), compiled.params))

    keys = [each.seen["key"] if isinstance(each, No) else getattr(each.effect, "key", "") for each in answers]
    assert keys == [f"{index}:{slug}" for index, slug in enumerate(NEEDS)]
    assert not any(isinstance(each, No) and each.is_unreadable for each in answers)
    assert any(isinstance(each, Decision) for each in answers)


def test_the_table_names_every_action():
    assert set(NEEDS) == set(registry.all_actions())
