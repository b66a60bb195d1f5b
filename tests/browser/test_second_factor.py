"""Switching the second factor on with an app's code, and logging in with it."""

from __future__ import annotations

from base64 import b32decode
from collections.abc import Callable

import pytest
from django_otp.oath import totp

from tests.browser.conftest import Console, see
from tests.orchestrator.admin import examples

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_code_is_asked_for_once_it_is_on(enter: Callable[..., Console]) -> None:
    inside = enter(examples.administrator())
    page = inside.open("/admin/second-factor/")
    key = str(page.locator(".numbered code").inner_text())
    found = inside.barriers()
    page.fill("#id_code", f"{totp(b32decode(key.replace(' ', ''))):06d}")
    page.get_by_role("button", name="Switch it on").click()
    see(page.locator(".codes code")).to_have_count(10)
    found += inside.barriers()
    backup = page.locator(".codes code").first.inner_text()

    stranger = enter(mode="phone")
    page = stranger.open("/admin/operations/")
    page.fill("#id_username", "root")
    page.fill("#id_password", examples.PASSWORD)
    page.keyboard.press("Enter")
    see(page.locator("h1")).to_have_text("Your code")
    found += stranger.barriers()
    page.fill("#id_code", backup)
    page.keyboard.press("Enter")

    see(page.locator("h1")).to_have_text("Operations")
    assert found == []
    assert not stranger.scrolls_sideways()
    assert inside.complaints + stranger.complaints == []
