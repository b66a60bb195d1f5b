"""A rule of one's own, written in rows: with the mouse, the keyboard, and nothing to know by heart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rules.models import Rule
from tests.browser.conftest import Console, see
from tests.orchestrator.admin import examples

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Enter = Callable[..., Console]
ADD = "/admin/rules/rule/add/?recipe=custom&store={}"


def put(page: Any, box: str, value: str) -> None:
    """Into a list of choices or a box, once the page has it."""
    found = page.locator(f"#id_param_{box}")
    if found.evaluate("each => each.localName") == "select":
        found.select_option(value)
    else:
        found.fill(value)


def test_a_rule_is_written_in_rows_and_its_sentence_follows(enter: Enter) -> None:
    store = examples.store()
    console = enter(examples.administrator())
    page = console.open(ADD.format(store.pk))

    page.fill("#id_name", "Wholesale first")
    put(page, "when", "ticket.opened")
    page.click("#add_param_if")
    see(page.locator("#id_param_if-0-field")).to_be_focused()
    put(page, "if-0-field", "ticket.tags")
    put(page, "if-0-value", "wholesale")
    page.click("#add_param_if")
    put(page, "if-1-field", "ticket.created_at")
    see(page.locator("#id_param_if-1-field")).to_be_focused()
    put(page, "if-1-value", "2 days")
    see(page.locator("[data-said]")).to_contain_text("its beginning was more than 2 days ago")
    page.locator("[data-wish='remove param_if-1']").press("Enter")
    see(page.locator("#add_param_if")).to_be_focused()
    page.click("#add_param_then")
    put(page, "then-0-action", "set_priority")
    put(page, "then-0-with-priority", "high")
    said = page.locator("[data-said]")
    see(said).to_have_text(
        "When a ticket is opened and its tags include “wholesale”, set the ticket's priority to “high”."
    )
    page.get_by_role("button", name="Save", exact=True).click()
    see(page.locator(".messagelist")).to_contain_text("is saved as a draft")

    assert Rule.objects.get().params == {
        "when": "ticket.opened",
        "if": {"all": [{"field": "ticket.tags", "op": "contains", "value": "wholesale"}]},
        "then": [{"action": "set_priority", "with": {"priority": "high"}}],
    }
    assert console.complaints == []


def test_a_mistake_keeps_every_row_and_marks_its_own(enter: Enter) -> None:
    store = examples.store()
    console = enter(examples.administrator())
    page = console.open(ADD.format(store.pk))
    page.fill("#id_name", "Large carts")
    put(page, "when", "cart.abandoned")
    page.click("#add_param_if")
    put(page, "if-0-field", "cart.total")
    put(page, "if-0-value", "a lot")
    page.click("#add_param_if")
    put(page, "if-1-field", "cart.country")
    put(page, "if-1-value", "US")

    page.get_by_role("button", name="Save", exact=True).click()

    see(page.locator("#id_param_if-0-problem")).to_contain_text("cart.total needs a number, not “a lot”.")
    see(page.locator("#id_param_if-0-value")).to_have_value("a lot")
    see(page.locator("#id_param_if-1-value")).to_have_value("US")
    assert not Rule.objects.exists()
