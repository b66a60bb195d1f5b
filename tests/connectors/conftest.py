"""Fake vendors over real HTTP for the tests of the real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests

from connectors.sandbox.server import running
from tests.connectors.accounts import FakeAccount


@pytest.fixture(scope="session")
def vendors_url() -> Iterator[str]:
    """Where all fake vendors are, for the whole session."""
    with running(port=0) as sandbox:
        yield sandbox.url


@pytest.fixture
def new_account(vendors_url: str) -> Iterator[Callable[[str], FakeAccount]]:
    """Makes an account at a fake vendor; the clock and the limits are as at the start afterwards."""
    made: list[FakeAccount] = []

    def make(slug: str) -> FakeAccount:
        made.append(FakeAccount(vendors_url, slug))
        return made[-1]

    yield make
    for account in made:
        account.close()
    requests.post(f"{vendors_url}/_control/reset", timeout=20).raise_for_status()


@pytest.fixture
def gorgias(new_account: Callable[[str], FakeAccount]) -> FakeAccount:
    return new_account("gorgias")


@pytest.fixture
def klaviyo(new_account: Callable[[str], FakeAccount]) -> FakeAccount:
    return new_account("klaviyo")


@pytest.fixture
def slack(new_account: Callable[[str], FakeAccount]) -> FakeAccount:
    return new_account("slack")


@pytest.fixture
def shopify(new_account: Callable[[str], FakeAccount]) -> FakeAccount:
    return new_account("shopify")
