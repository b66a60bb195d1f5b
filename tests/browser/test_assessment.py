"""The assessment as owners walk it: with a mouse, with keys only, without scripts, on a phone, on paper."""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from assessment import links
from assessment.models import Assessment, AuditRequest
from tests.assessment.visits import GROUPS, Visit, answers
from tests.browser.conftest import MODES, Console, see
from tests.orchestrator.admin import examples, pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Enter = Callable[..., Console]
NARROW = {"width": 360, "height": 740}
HEAVIEST = 15_000  # bytes, gzipped


@pytest.fixture
def plain(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A small phone with scripts switched off."""
    context = browser.new_context(viewport=NARROW, java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + "/assessment/")
    yield page
    context.close()


def every_page() -> list[str]:
    """Each kind once, the errors too, of one attempt that is finished and one that is not."""
    done, begun = Visit(Client()), Visit(Client())
    done.finish(answers("ticket_hold", "cross_tool", "low_stock", "vip_queue", unsure=("cart_steps",)))
    done.post("share/", do="share")
    begun.begin()
    begun.profile()
    paths = ["/assessment/", "/assessment/nothing/", links.share_url(done_row())]
    paths += [done.home + each for each in ("result/", "result/?revenue=x&abandonment=0&recovery=7")]
    paths += [done.home + each for each in ("call/", "delete/")]
    paths += [begun.home + "profile/", *(f"{begun.home}questions/{group}/" for group in GROUPS)]
    return paths


def done_row() -> Assessment:
    return Assessment.objects.get(share_key__isnull=False)


def click(page: Page, name: str) -> None:
    """A button that leads to the next page, and that page is there."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def fill_by_mouse(page: Page) -> None:
    click(page, "Start the assessment")
    page.get_by_label("Shop platform").select_option("shopify")
    page.get_by_label("Yearly revenue").fill("1.234.567,00")
    click(page, "Save and go on")
    for group in GROUPS:
        for question in page.locator("fieldset.question").all():
            question.get_by_text("No", exact=True).click()
        click(page, "See the result" if group == GROUPS[-1] else "Save and go on")


def tab_to(page: Page, selector: str) -> None:
    """By the Tab key alone, as far as it takes."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(selector).evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"The Tab key does not reach {selector}")


def press(page: Page, name: str) -> None:
    tab_to(page, "button.main")
    assert page.evaluate("document.activeElement.textContent") == name
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("mode", [*MODES, "narrow"])
def test_no_page_has_a_barrier(mode: str, enter: Enter) -> None:
    paths = every_page()
    console = enter(mode="dark" if mode == "narrow" else mode)
    if mode == "narrow":
        console.page.set_viewport_size(NARROW)

    found: list[str] = []
    for path in paths:
        console.open(path)
        found += [f"{path}: {barrier}" for barrier in console.barriers()]
        if console.scrolls_sideways():
            found.append(f"{path}: scrolls sideways")

    assert not found, "\n".join(found)
    assert not [each for each in console.complaints if "404" not in each and "422" not in each]


def test_the_whole_way_with_a_mouse(enter: Enter) -> None:
    console = enter()
    page = console.open("/assessment/")

    fill_by_mouse(page)

    see(page.get_by_role("heading", name="Level 1: Reactive")).to_be_visible()
    see(page.locator("article.gap")).to_have_count(3)
    page.get_by_role("link", name="Ask for the audit call").click()
    page.get_by_label("Your name").fill("Ana")
    page.get_by_label("E-mail").fill("ana@shop.test")
    click(page, "Ask for the call")
    see(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert AuditRequest.objects.get().email == "ana@shop.test"
    assert console.complaints == []


def test_the_whole_way_without_scripts_on_a_small_phone(plain: Page) -> None:
    fill_by_mouse(plain)

    see(plain.get_by_role("heading", name="Level 1: Reactive")).to_be_visible()
    click(plain, "Make a link to read")
    see(plain.get_by_text("Anybody with this link can read")).to_be_visible()
    assert Assessment.objects.get().score == 0


def test_the_whole_way_with_keys_only(enter: Enter) -> None:
    page = enter().open("/assessment/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    press(page, "Start the assessment")
    tab_to(page, "#id_platform")
    page.keyboard.type("Woo")
    page.keyboard.press("Enter")
    press(page, "Save and go on")

    for group in GROUPS:
        for question in page.locator("fieldset.question").all():
            first = question.locator("input").first.get_attribute("id")
            tab_to(page, f"#{first}")
            page.keyboard.press("Space")
        press(page, "See the result" if group == GROUPS[-1] else "Save and go on")

    see(page.get_by_role("heading", name="Level 4: Predictive")).to_be_visible()
    assert Assessment.objects.get().platform == "woocommerce"


def test_what_is_left_out_is_told_first_and_leads_to_its_question(enter: Enter) -> None:
    page = enter().open("/assessment/")
    click(page, "Start the assessment")
    page.get_by_label("Shop platform").select_option("shopify")
    click(page, "Save and go on")
    page.locator("fieldset.question").nth(1).get_by_text("Not sure").click()

    click(page, "Save and go on")

    see(page).to_have_title(re.compile("^Error:"))
    see(page.locator(".errors")).to_be_focused()
    see(page.locator("#id_after_purchase_2")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    see(page.locator("#id_cart_steps_0")).to_be_focused()
    assert page.url.endswith("#id_cart_steps_0")


def test_pages_are_light(enter: Enter, capsys: pytest.CaptureFixture[str]) -> None:
    """Each page alone, and with all that it loads."""
    console, told = enter(), []
    loaded: list[str] = []
    console.page.on("response", lambda each: loaded.append(each.url))
    for path in every_page():
        loaded.clear()
        console.open(path)
        # Chromium forgets a body as it likes: each is read once more, by the same visitor
        sizes = [len(gzip.compress(console.page.request.get(url).body())) for url in loaded]
        told.append(f"{sizes[0]:6,} bytes, {sum(sizes):6,} with what it loads: {path.rstrip('/')[-40:]}")
        assert sizes[0] <= HEAVIEST, path
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(told) + "\n")


def test_on_paper_it_is_two_clean_pages(enter: Enter) -> None:
    every_page()
    page = enter().open(links.share_url(done_row()))
    page.emulate_media(media="print")

    see(page.locator(".inputs")).to_be_hidden()
    see(page.locator("header")).to_be_hidden()
    see(page.locator(".ladder")).to_be_visible()
    paper = page.pdf(format="A4", prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") == 2


@pytest.mark.parametrize("mode", MODES)
def test_the_consoles_pages_have_no_barrier(mode: str, enter: Enter) -> None:
    world = examples.world()
    console = enter(world.root, mode)
    row = Assessment.objects.get(finished_at__isnull=False)

    for path in (pages.change(row), reverse("admin:assessment_assessment_funnel")):
        console.open(path)
        assert console.barriers() == [], path
        assert not console.scrolls_sideways(), path
    assert console.complaints == []
