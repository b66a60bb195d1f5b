"""Somebody at a screen whose every click is counted: on a link, a button, a card. Typing is none."""

from __future__ import annotations

from typing import Any

from tests.browser.conftest import Console, see


class Counting:
    """``clicks`` are those that led on; each waits for the page that it leads to."""

    def __init__(self, console: Console, path: str) -> None:
        self.console = console
        self.page: Any = console.open(path)
        self.clicks: list[str] = []

    def link(self, name: str) -> None:
        self._click(name, self.page.get_by_role("link", name=name, exact=True).first)

    def button(self, name: str) -> None:
        self._click(name, self.page.get_by_role("button", name=name, exact=True).first)

    def card(self, words: str) -> None:
        self._click(words, self.page.locator("a.card", has_text=words).first)

    def on(self, name: str, selector: str) -> None:
        """What has no words of its own, such as a line of a list."""
        self._click(name, self.page.locator(selector).first)

    def choose(self, selector: str, option: str) -> None:
        self.clicks.append(option)
        self.page.select_option(selector, option)

    def find(self, label: str, words: str) -> None:
        """Typing; Enter counts as a click."""
        box = self.page.get_by_role("searchbox", name=label)
        box.fill(words)
        self.clicks.append("Enter")
        with self.page.expect_navigation():
            box.press("Enter")

    def sees(self, words: str, where: str = "body") -> None:
        see(self.page.locator(where).first).to_contain_text(words)

    def _click(self, name: str, what: Any) -> None:
        self.clicks.append(name)
        with self.page.expect_navigation():
            what.click()
