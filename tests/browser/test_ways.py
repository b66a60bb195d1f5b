"""The main ways through the console, as people walk them: with a mouse, a keyboard, a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import override_settings

from connectors.models import Connection, Store
from connectors.sandbox.server import Sandbox
from rules.models import Rule
from tests.browser.conftest import Console, see
from tests.connectors.accounts import FakeAccount
from tests.orchestrator.admin import examples, pages

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Enter = Callable[..., Console]


@pytest.fixture
def gorgias(sandbox: Sandbox) -> Iterator[FakeAccount]:
    account = FakeAccount(sandbox.url, "gorgias")
    with override_settings(ALLOW_LOOPBACK_VENDORS=True):
        yield account
    account.close()


def click(page: Any, name: str, role: str = "link") -> None:
    page.get_by_role(role, name=name, exact=True).first.click()


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))


def test_logging_in_and_a_wrong_password(enter: Enter) -> None:
    examples.administrator()
    console = enter()
    page = console.open("/admin/")

    page.fill("#id_username", "root")
    page.fill("#id_password", "wrong")
    page.keyboard.press("Enter")
    see(page.locator(".errornote")).to_be_visible()
    page.fill("#id_password", examples.PASSWORD)
    page.keyboard.press("Enter")

    page.wait_for_selector("text=No client yet")
    assert console.complaints == []


def test_from_a_new_client_to_a_tested_connection(enter: Enter, gorgias: FakeAccount) -> None:
    """Four clicks from the client's page, and the answer of the vendor stands there."""
    store = examples.store()
    console = enter(examples.administrator())
    page = console.open(pages.change(store))

    click(page, "Connect a tool")
    page.locator("a.card", has_text="Gorgias").click()
    for name, value in gorgias.credentials.items():
        page.fill(f"#id_credential_{name}", value)
    page.fill("#id_api_root", f"{gorgias.url}/gorgias")
    click(page, "Save", "button")

    see(page.locator(".messagelist")).to_contain_text(f"Connected to {gorgias.name}")
    assert Connection.objects.get(store=store).health == "healthy"
    assert console.complaints == []


def test_from_a_recipe_to_a_live_rule(enter: Enter) -> None:
    store = examples.store()
    console = enter(examples.administrator())
    page = console.open(pages.change(store))

    click(page, "Add a rule")
    page.locator("a.card", has_text="Hold marketing while a ticket").click()
    page.fill("#id_name", "Hold while we answer")
    click(page, "Save", "button")
    click(page, "Shadow", "button")
    page.wait_for_selector("text=the mode is now shadow")
    click(page, "Live", "button")
    page.wait_for_selector("text=the mode is now live")

    assert Rule.objects.get(store=store).mode == "live"
    see(page.locator(".sentence")).to_contain_text("While a ticket waits for an answer")
    assert console.complaints == []


def test_a_client_is_found_by_typing(enter: Enter) -> None:
    for number in range(30):
        examples.store(f"Client {number:02d}")
    wanted = examples.store("Juniper Home")
    console = enter(examples.administrator())
    page = console.open(pages.add(Rule) + "?recipe=ticket_hold")

    page.get_by_role("combobox", name="Client").click()
    page.keyboard.type("juni")
    page.locator(".select2-results__option", has_text="Juniper Home").click()

    see(page.locator("#id_store")).to_have_value(str(wanted.pk))
    assert console.barriers() == []
    assert console.complaints == []


def test_the_keyboard_reaches_content_search_and_filters(enter: Enter) -> None:
    examples.story(examples.store())
    console = enter(examples.administrator())
    page = console.open("/admin/orchestrator/runlogentry/")

    page.keyboard.press("Tab")
    assert focused(page) == "Skip to main content"
    page.keyboard.press("Enter")
    page.keyboard.press("/")
    assert focused(page) == "searchbar"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    see(page.locator("details.pick[open]")).to_have_count(1)
    page.keyboard.press("Escape")
    see(page.locator("details.pick[open]")).to_have_count(0)
    assert focused(page).startswith("Look for")


def test_what_has_the_focus_can_be_seen(enter: Enter) -> None:
    world = examples.world()
    page = enter(world.root).open(pages.change(world.rule))
    hidden = []

    for _ in range(40):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => { const on = document.activeElement, box = on.getBoundingClientRect();
            const bar = document.querySelector('.submit-row')?.getBoundingClientRect();
            const isCovered = bar && !on.closest('.submit-row') && box.bottom > bar.top + 1
                && box.left < bar.right && box.right > bar.left;
            const style = getComputedStyle(on);
            return [on.tagName + on.id, style.outlineStyle !== 'none' && !isCovered]; }"""
        )
        if seen[0] == "BODY":  # once around
            break
        if not seen[1]:
            hidden.append(seen[0])

    assert hidden == []


def test_on_a_phone_the_menu_opens_and_closes(enter: Enter) -> None:
    world = examples.world()
    console = enter(world.root, "phone")
    page = console.open("/admin/")

    see(page.locator("#menu")).to_be_hidden()
    click(page, "Open the menu")
    see(page.locator("#menu")).to_be_visible()
    assert console.barriers() == []
    click(page, "Close the menu")
    see(page.locator("#menu")).to_be_hidden()
    click(page, "Open the menu")
    click(page, "Run log")

    page.wait_for_selector("h1:has-text('Run log')")
    assert not console.scrolls_sideways()
    assert console.complaints == []


def test_the_theme_that_somebody_chose_stays(enter: Enter) -> None:
    console = enter(examples.administrator())
    page = console.open("/admin/")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)

    page.click(".theme-toggle")
    page = console.open("/admin/orchestrator/runlogentry/")

    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate(background) != light


def test_from_the_dashboard_to_why(enter: Enter) -> None:
    """Two clicks and a search to everything that happened to one customer's ticket."""
    examples.story(examples.store())
    console = enter(examples.administrator())
    page = console.open("/admin/")

    click(page, "Run log")
    page.fill("#searchbar", "ana@shop.test")
    with page.expect_navigation():  # or the click would meet the list as it was
        page.keyboard.press("Enter")
    page.locator("#result_list tbody th a").first.click()

    steps = page.locator(".timeline > li")
    see(steps).to_have_count(5)
    see(page.locator(".timeline")).to_contain_text("Marketing held for Gorgias ticket 8001")
    steps.nth(1).get_by_text("Facts").click()
    see(steps.nth(1).get_by_text("Values seen")).to_be_visible()
    assert console.complaints == []


def test_a_page_on_paper_is_its_content(enter: Enter) -> None:
    world = examples.world()
    page = enter(world.root).open("/admin/")

    page.emulate_media(media="print")

    see(page.locator("#menu")).to_be_hidden()
    see(page.locator("svg.chart")).to_be_visible()
    see(page.locator("table.clients")).to_contain_text(Store.objects.get().name)


def test_a_client_is_stopped_every_page_says_so_and_the_stop_is_lifted(enter: Enter) -> None:
    store = examples.store()
    examples.healthy(store, "gorgias")
    console = enter(examples.administrator())
    page = console.open(pages.change(store))

    click(page, "Stop this client…")
    page.fill("#id_because", "They get the wrong text.")
    click(page, f"Stop {store}", "button")
    see(page.locator(".stops")).to_be_visible()
    console.open("/admin/")
    see(page.locator(".stops")).to_contain_text(f"Stopped: {store}.")
    see(page.locator(".stops")).to_contain_text("They get the wrong text.")
    click(page, "Nothing is sent. See what waits")
    click(page, "Lift the stop", "button")

    see(page.locator(".messagelist")).to_contain_text("What waited goes on.")
    see(page.locator(".stops")).to_have_count(0)
    assert console.complaints == []


def test_the_operations_page_looks_again_by_itself(enter: Enter) -> None:
    gorgias = examples.healthy(examples.store(), "gorgias")
    console = enter(examples.administrator())
    page = console.open("/admin/operations/")
    examples.action(gorgias, 7, state="waiting")

    see(page.locator("main")).to_contain_text("1 effect due", timeout=30_000)
    assert console.complaints == []
