"""Placeholders stand for facts and for nothing else."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from rules import placeholders
from tests.rules.examples import ORDER, facts, ticket


def test_values_replace_their_names_at_any_depth():
    text = {"greeting": "Hi {customer.name}", "about": ["{ticket.subject}", 7], "tags": "{ticket.tags}"}

    filled = placeholders.fill(text, facts(ticket=ticket(subject="Late", tags=("a", "b"))))

    assert filled == {"greeting": "Hi Ana", "about": ["Late", 7], "tags": "a, b"}


def test_amounts_are_written_exactly():
    assert placeholders.fill("{order.total} {order.currency}", facts(order=ORDER)) == "120.50 USD"


@pytest.mark.parametrize("text", ["{0}", "{}", "{ticket}", "{ticket.subject!r}", "{{x}}", "100 %s {"])
def test_other_braces_are_text(text):
    placeholders.check(text)

    assert placeholders.fill(text, facts()) == text


def test_a_value_that_looks_like_a_placeholder_is_not_filled_again():
    known = facts(ticket=ticket(subject="{customer.email}"))

    assert placeholders.fill("{ticket.subject}", known) == "{customer.email}"


@pytest.mark.parametrize("name", ["ticket.customer", "ticket.__class__", "facts.now", "customer.phone"])
def test_a_name_that_stands_for_nothing_is_refused(name):
    with pytest.raises(ValidationError, match="stands for nothing"):
        placeholders.check([{"text": f"see {{{name}}}"}])


def test_a_value_that_cannot_be_known_is_not_left_blank():
    with pytest.raises(placeholders.Unknowable) as caught:
        placeholders.fill("{order.total}", facts(order=None))

    assert caught.value.field == "order.total"
