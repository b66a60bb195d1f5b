"""Every kind of page, in every mode: no barrier, nothing the policy refuses, no scrolling sideways."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import override_settings

from tests.browser.conftest import MODES, Console
from tests.orchestrator.admin import examples, pages

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("mode", MODES)
@override_settings(ALLOW_LOOPBACK_VENDORS=True)
def test_no_page_has_a_barrier(mode: str, enter: Callable[..., Console]) -> None:
    world = examples.world()
    world.store.staff.add(world.root)
    console = enter(world.root, mode)

    found: list[str] = []
    for path in pages.all_of(world):
        console.open(path)
        found += [f"{path}: {barrier}" for barrier in console.barriers()]
        if console.scrolls_sideways():
            found.append(f"{path}: scrolls sideways")

    assert not found, "\n".join(found)
    assert not console.complaints, "\n".join(console.complaints)


@pytest.mark.parametrize("mode", MODES)
def test_no_page_outside_has_a_barrier(mode: str, enter: Callable[..., Console]) -> None:
    console = enter(mode=mode)

    for path in ("/admin/login/", "/nowhere/"):
        console.open(path)

        assert console.barriers() == [], path
        assert not console.scrolls_sideways(), path
    assert [each for each in console.complaints if "404" not in each] == []
