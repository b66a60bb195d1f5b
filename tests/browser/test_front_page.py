"""The front page keeps itself fresh, and takes nothing from under somebody's hands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.models import Store
from tests.browser.conftest import Console, see
from tests.orchestrator.admin import examples

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fetched(requests: list[str]) -> list[str]:
    """What the page asked for by itself: not its icon."""
    return [each for each in requests if each.startswith("fetch ")]


def test_what_is_new_appears_and_the_keyboard_keeps_its_place(enter: Callable[..., Console]) -> None:
    store = examples.store("North Ridge")
    console = enter(examples.administrator())
    console.page.clock.install()
    page = console.open("/admin/")
    link = page.locator("table.clients a", has_text="North Ridge")
    link.focus()
    Store.objects.filter(pk=store.pk).update(name="North Ridge, renamed")

    page.clock.run_for(31_000)

    see(link).to_have_text("North Ridge, renamed")
    see(link).to_be_focused()
    assert not console.complaints


def test_a_hidden_page_asks_nothing(enter: Callable[..., Console]) -> None:
    console = enter(examples.administrator())
    console.page.clock.install()
    console.page.add_init_script(
        "Object.defineProperty(document, 'visibilityState', {get: () => window.seen || 'hidden'})"
    )
    page = console.open("/admin/")
    every: list[str] = []
    page.on("request", lambda request: every.append(f"{request.resource_type} {request.url}"))

    page.clock.run_for(95_000)
    while_hidden = fetched(every)
    with page.expect_response("**/admin/"):
        page.evaluate("window.seen = 'visible'; document.dispatchEvent(new Event('visibilitychange'))")
    page.evaluate("window.seen = 'hidden'")  # closing a tab is told as a change too

    assert (while_hidden, len(fetched(every))) == ([], 1)
