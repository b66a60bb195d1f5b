"""A real browser on a real server: every page that a test opens is watched for broken promises."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from orchestrator.staff_login import BACKEND

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page
    from pytest_django.live_server_helper import LiveServer

AXE = Path(__file__).parent.parent / "assets" / "axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PATIENCE = 20_000  # milliseconds that something may take to show on a busy machine
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MODES = {
    "light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}


def see(what: Locator | Page) -> Any:
    """What somebody sees in a moment: a click returns before the page it leads to is there."""
    return import_module("playwright.sync_api").expect(what)


class Console:
    """One person at one screen. ``complaints`` is what the browser said about the pages so far."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.address = address
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))

    def open(self, path: str) -> Page:
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status < 500, path
        return self.page

    def barriers(self) -> list[str]:
        """What axe finds against WCAG A and AA on the page that is open."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "levels => axe.run(document, {runOnly: {type: 'tag', values: levels}, preload: false})", LEVELS
        )
        return [
            f"{each['id']}: {node['html'][:160]}" for each in found["violations"] for node in each["nodes"]
        ]

    def scrolls_sideways(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))

    def _hear(self, message: Any) -> None:
        """Refusals by the content security policy arrive as errors on the browser's console."""
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text[:300]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    playwright = import_module("playwright.sync_api")  # only here: the other tests run without it
    with pytest.MonkeyPatch.context() as environment, playwright.sync_playwright() as driver:
        # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        playwright.expect.set_options(timeout=PATIENCE)
        running = driver.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES)
        yield running
        running.close()


@pytest.fixture
def enter(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Console]]:
    """Opens the console as a person (or as nobody) in one of the modes."""
    opened: list[BrowserContext] = []

    def enter(user: User | None = None, mode: str = "light") -> Console:
        context = browser.new_context(**MODES[mode])
        opened.append(context)
        if user is not None:
            session = Client()
            session.force_login(user, BACKEND)
            value = session.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}]
            )
        return Console(context, live_server.url)

    yield enter
    for context in opened:
        context.close()
