"""The ways that staff walk all day are short: their clicks are counted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.models import Connection
from rules.models import Rule
from tests.browser.clicks import Counting
from tests.browser.conftest import Console
from tests.browser.test_ways import gorgias  # noqa: F401  # a fixture
from tests.connectors.accounts import FakeAccount
from tests.orchestrator.admin import examples, pages

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Enter = Callable[..., Console]


def test_from_a_new_client_to_a_tested_connection(enter: Enter, gorgias: FakeAccount) -> None:  # noqa: F811
    """At most eight, from the front page."""
    screen = Counting(enter(examples.administrator()), "/admin/")

    screen.link("Clients")
    screen.link("Add client")
    screen.page.fill("#id_name", "Juniper Home")
    screen.choose("#id_platform", "shopify")
    screen.button("Save")
    screen.link("Connect a tool")
    screen.card("Gorgias")
    for name, value in gorgias.credentials.items():
        screen.page.fill(f"#id_credential_{name}", value)
    screen.page.fill("#id_api_root", f"{gorgias.url}/gorgias")
    screen.button("Save")

    screen.sees(f"Connected to {gorgias.name}", ".messagelist")
    screen.sees("3 of 3 done")
    assert Connection.objects.get().health == "healthy"
    assert len(screen.clicks) <= 8, screen.clicks
    assert screen.console.complaints == []


def test_from_a_recipe_to_shadow_and_from_there_to_live(enter: Enter) -> None:
    """At most four, from the client's page; then at most three, from the front page."""
    store, console = examples.store(), enter(examples.administrator())
    shadow = Counting(console, pages.change(store))

    shadow.link("Add a rule")
    shadow.card("Hold marketing while a ticket")
    shadow.page.fill("#id_name", "Hold while we answer")
    shadow.button("Save")
    shadow.button("Shadow")
    shadow.sees("the mode is now shadow", ".messagelist")

    live = Counting(console, "/admin/")
    live.link("Rules")
    live.link("Hold while we answer")
    live.button("Live")
    live.sees("mode is now live", ".messagelist")

    assert Rule.objects.get().mode == "live"
    assert len(shadow.clicks) <= 4, shadow.clicks
    assert len(live.clicks) <= 3, live.clicks
    assert console.complaints == []


def test_from_the_dashboard_to_why_somebody_got_no_mail(enter: Enter) -> None:
    """At most three, with the raw facts."""
    examples.story(examples.store())
    screen = Counting(enter(examples.administrator()), "/admin/")

    screen.find("Find a customer by e-mail address or number", "ana@shop.test")
    screen.sees("Marketing held for Gorgias ticket 8001", ".timeline")
    screen.on("Facts", ".timeline li:has-text('Tag wholesale buyers') a:has-text('Facts')")

    screen.sees("tag not listed", ".timeline")
    assert len(screen.clicks) <= 3, screen.clicks
    assert screen.console.complaints == []
