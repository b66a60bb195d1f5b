"""Two clients that know nothing of each other, and the people who may see one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from connectors.sandbox.server import Sandbox
from orchestrator.staff_login import BACKEND
from tests.connectors.accounts import FakeAccount
from tests.orchestrator.admin import examples
from tests.orchestrator.admin.examples import World


@pytest.fixture
def enter() -> Callable[[User], Client]:
    """A browser session of this person, without pixels."""

    def enter(user: User) -> Client:
        client = Client()
        client.force_login(user, BACKEND)
        return client

    return enter


@pytest.fixture
def ours(db: None) -> World:
    return examples.world()


@pytest.fixture
def theirs(db: None) -> World:
    """The other client: its name is in every row, so "zebra" on a page is a leak."""
    return examples.world("Zebra Goods", "zoe", number=9001)


@pytest.fixture
def maya(ours: World) -> User:
    """May do everything, for our client only."""
    return examples.colleague("maya", ours.store)


@pytest.fixture
def gorgias(sandbox: Sandbox) -> Iterator[FakeAccount]:
    """An account at the fake helpdesk, and settings that let us call it."""
    account = FakeAccount(sandbox.url, "gorgias")
    with override_settings(ALLOW_LOOPBACK_VENDORS=True, PUBLIC_URL=sandbox.url):
        yield account
    account.close()
